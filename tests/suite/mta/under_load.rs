//! The filter killed, stopped and reloaded in the midst of many messages: none is lost, none is changed, and
//! none arrives twice but where it was killed.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::JoinHandle;

use super::content_filter::by_maps;
use super::numbered::{counts, numbered};
use super::postfix::{program, wait_for};
use super::site::{JOE, Plan, Site, zone};
use crate::command_runner::{Scratch, waxseal};
use crate::serve::hop::Taken;
use crate::serve::running::{Client, on_the_wire};

/// Messages of a test.
const COUNT: usize = 1000;

/// How many of them our users send at a time.
const SENDERS: usize = 4;

/// The most connections that Postfix feeds us by: `maxproc` of `amavisfeed` in the document.
const CONNECTIONS: usize = 20;

/// Sends numbered messages through the submission service.
fn submit_all(site: &Site) -> Vec<JoinHandle<()>> {
    (0..SENDERS)
        .map(|sender| {
            let mut client = site.submitting_client();
            std::thread::spawn(move || {
                for number in (sender..COUNT).step_by(SENDERS) {
                    client.envelope("joe@example.com", &["ann@example.org"]);
                    assert_eq!(client.data(&numbered(number, "joe@example.com")).0, 250);
                }
            })
        })
        .collect()
}

/// What went out once everything has.
fn all_went_out(site: &Site, senders: Vec<JoinHandle<()>>) -> Vec<Taken> {
    for sender in senders {
        sender.join().unwrap();
    }
    site.plan.postfix.drained();
    let taken = site.plan.world.taken();
    all_are_signed(&taken);
    taken
}

/// Asserts that each has one signature, which passes.
fn all_are_signed(taken: &[Taken]) {
    let scratch = Scratch::new();
    let zone = scratch.write("zone", zone());
    for (place, one) in taken.iter().enumerate() {
        scratch.write(&format!("messages/{place}.eml"), &one.octets);
    }
    let folder = scratch.path("messages");
    let ran = waxseal(&["verify", "--json", "--zone", &zone, folder.to_str().unwrap()]);
    let reports = ran.reports();
    assert_eq!(reports.len(), taken.len());
    for report in reports {
        assert_eq!(report["signatures"].as_array().unwrap().len(), 1, "{report}");
        assert_eq!(report["result"], "pass", "{report}");
    }
}

fn until_so_many_went_out(site: &Site, count: usize) {
    wait_for(&format!("{count} messages that go out"), || site.plan.world.count() >= count);
}

fn each_once(count: usize) -> BTreeMap<usize, usize> {
    (0..count).map(|number| (number, 1)).collect()
}

#[test]
fn killed_amid_a_thousand_messages_it_loses_none() {
    let mut site = Plan::new().content_filter();
    let senders = submit_all(&site);
    let mut kills = 0;
    for count in [COUNT / 4, COUNT / 2] {
        until_so_many_went_out(&site, count);
        site.waxseal.child.kill().unwrap();
        site.waxseal.child.wait().unwrap();
        kills += 1;
        site.restart_waxseal();
    }
    let taken = all_went_out(&site, senders);
    let counts = counts(&taken);
    assert!(counts.keys().copied().eq(0..COUNT), "{} of {COUNT} arrived", counts.len());
    // Postfix sends anew what was on its way when we died; the next hop may have had it already
    let twice: usize = counts.values().map(|count| count - 1).sum();
    println!("{twice} of {COUNT} messages arrived twice");
    assert!(twice <= kills * CONNECTIONS, "{twice} arrived twice");
    assert!(!site.plan.postfix.log().contains("status=bounced"));
}

#[test]
fn reloaded_amid_a_thousand_messages_it_hands_on_each_once() {
    let site = Plan::new().content_filter();
    let senders = submit_all(&site);
    let next_year = site.config.replace("selector = \"2026\"", "selector = \"2027\"");
    for (generation, count) in [(2, COUNT / 4), (3, COUNT / 2), (4, COUNT * 3 / 4)] {
        until_so_many_went_out(&site, count);
        let config = if generation == 3 { &site.config } else { &next_year };
        site.waxseal.scratch.write("waxseal.toml", config);
        site.waxseal.signal("HUP");
        site.waxseal.logged(&format!("generation {generation} replaces"));
    }
    let taken = all_went_out(&site, senders);
    assert_eq!(counts(&taken), each_once(COUNT));
    for selector in ["s=2026;", "s=2027;"] {
        let count = taken.iter().filter(|one| one.text().contains(selector)).count();
        assert!(count > 0, "no {selector}");
    }
    // nobody had to try twice
    let log = site.plan.postfix.log();
    assert!(!log.contains("status=deferred") && !log.contains("status=bounced"), "{log}");
}

#[test]
fn stopped_amid_many_messages_it_hands_on_each_once() {
    const MANY: usize = 400;
    let mut site = by_maps(Plan::new());
    let mut source = program("smtp-source");
    // a number before each recipient
    source.args(["-4", "-N", "-s", "10", "-l", "2000", "-f", "joe@example.com", "-t"]);
    source.args(["ann@example.org", "-m", &MANY.to_string()]);
    source.arg(format!("127.0.0.1:{}", site.plan.mx));
    let mut source = source.spawn().unwrap();
    for count in [MANY / 4, MANY / 2] {
        until_so_many_went_out(&site, count);
        site.waxseal.signal("TERM");
        assert_eq!(site.waxseal.child.wait().unwrap().code(), Some(0));
        site.restart_waxseal();
    }
    assert!(source.wait().unwrap().success());
    site.plan.postfix.drained();
    let taken = site.plan.world.taken();
    let recipients: BTreeSet<_> = taken.iter().map(|one| one.accepted.clone()).collect();
    assert_eq!((recipients.len(), taken.len()), (MANY, MANY), "each once");
    all_are_signed(&taken);
    let body = |one: &Taken| one.text().split_once("\r\n\r\n").unwrap().1.to_owned();
    let bodies: BTreeSet<_> = taken.iter().map(body).collect();
    assert_eq!(bodies.len(), 1, "smtp-source sends one body");
}

#[test]
fn a_milter_killed_stopped_and_reloaded_signs_each_once() {
    const MANY: usize = 200;
    let mut site = super::milter::site(Plan::new(), "");
    let address = site.plan.submission;
    let mut client = site.submitting_client();
    let sender = std::thread::spawn(move || {
        for number in 0..MANY {
            // whoever is told to come again does
            while !submitted(&mut client, &numbered(number, "joe@example.com")) {
                client = authenticated(address);
            }
        }
    });
    for (part, signal) in ["KILL", "TERM", "HUP"].into_iter().enumerate() {
        until_so_many_went_out(&site, MANY / 4 * (part + 1));
        if signal == "HUP" {
            let config = site.config.replace("selector = \"2026\"", "selector = \"2027\"");
            site.waxseal.scratch.write("waxseal.toml", config);
        }
        site.waxseal.signal(signal);
        if signal == "HUP" {
            site.waxseal.logged("generation 2 replaces 1");
        } else {
            site.waxseal.child.wait().unwrap();
            site.restart_waxseal();
        }
    }
    let taken = all_went_out(&site, vec![sender]);
    assert_eq!(counts(&taken), each_once(MANY));
    assert!(taken.iter().any(|one| one.text().contains("s=2027;")));
}

/// A client that has said joe's password. While there is no milter none may.
fn authenticated(port: u16) -> Client {
    loop {
        let mut client = Client::hello(port);
        client.send(format!("AUTH PLAIN {JOE}\r\n").as_bytes());
        match client.reply() {
            (235, _) => return client,
            (code, text) => assert_eq!(code, 454, "{text:?}"),
        }
    }
}

/// Sends a message; whether it was taken. What is refused must be refused for now.
fn submitted(client: &mut Client, message: &[u8]) -> bool {
    for command in ["MAIL FROM:<joe@example.com>", "RCPT TO:<ann@example.org>", "DATA"] {
        client.send(format!("{command}\r\n").as_bytes());
        match client.reply().0 {
            250 | 354 => {}
            code => {
                assert_eq!(code / 100, 4, "{command}");
                return false;
            }
        }
    }
    client.send(&on_the_wire(message));
    let (code, text) = client.reply();
    assert!(code == 250 || code / 100 == 4, "{code} {text:?}");
    code == 250
}
