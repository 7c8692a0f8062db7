//! The watch over our own keys: what is told of them, and what is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use super::hop::{Hop, Manners};
use super::operations::http;
use super::running::{LIMIT, Running, free_port};
use crate::command_runner::Scratch;
use crate::dns_server_scripted::{Server, with_flags, with_key};

/// What the name server says.
const NO_SUCH_NAME: u8 = 3;
const TROUBLE: u8 = 2;
const PUBLISHED: u8 = 0;

/// Waits until that is so.
fn until(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < LIMIT, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_is_wrong_and_what_is_right_again_is_told_once_and_an_outage_is_neither() {
    let says = Arc::new(AtomicU8::new(NO_SUCH_NAME));
    let said = Arc::clone(&says);
    let dns = Server::start(move |query| {
        let reply = with_flags(query, 0, said.load(Ordering::SeqCst));
        Some(if said.load(Ordering::SeqCst) == PUBLISHED { with_key(reply) } else { reply })
    });
    let admin = Hop::start(Manners::default());
    let (port, metrics) = (free_port(), free_port());
    let config = format!(
        "notify = \"smtp:[127.0.0.1]:{}\"\nmy_host = \"filter.example\"\n\
         [[key]]\ndomain = \"example.com\"\nselector = \"rsa\"\nfile = \"rsa.pem\"\n\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\n[server]\nadmin = \"postmaster@example.com\"\n\
         metrics = \"127.0.0.1:{metrics}\"\n",
        admin.port
    );
    let options = ["--resolver", &dns.address, "--timeout", "5"];
    let server = Running::start_in(Scratch::new(), &config, &options);
    let measured = |value: u8| {
        let line =
            format!("waxseal_key_published{{domain=\"example.com\",selector=\"rsa\"}} {value}\n");
        http(metrics, "/metrics").contains(&line)
    };
    let notes = |text: &str| server.log().matches(text).count();

    until("the first notice", || admin.taken().len() == 1);
    assert!(admin.taken()[0].text().contains("- key rsa._domainkey.example.com: "));
    assert!(measured(0));

    // the name server is away: nothing is known, and nothing is told
    says.store(TROUBLE, Ordering::SeqCst);
    server.signal("HUP");
    until("an outage", || notes("could not be tested") == 1);
    assert!(measured(0));

    says.store(PUBLISHED, Ordering::SeqCst);
    server.signal("HUP");
    until("the second notice", || admin.taken().len() == 2);
    let text = admin.taken()[1].text();
    assert!(text.contains("- key rsa._domainkey.example.com: is published right again"), "{text}");
    until("the metric", || measured(1));

    says.store(TROUBLE, Ordering::SeqCst);
    server.signal("HUP");
    until("another outage", || notes("could not be tested") == 2);
    assert!(measured(1), "what was known stays");

    // the same again changes nothing
    says.store(PUBLISHED, Ordering::SeqCst);
    let checked = || {
        let text = http(metrics, "/metrics");
        let line = text.lines().find(|line| line.starts_with("waxseal_reloads_total"));
        line.is_some_and(|line| line.ends_with(" 4"))
    };
    server.signal("HUP");
    until("the fourth reload", checked);
    says.store(NO_SUCH_NAME, Ordering::SeqCst);
    server.signal("HUP");
    until("the third notice", || admin.taken().len() >= 3);
    assert!(!admin.taken()[2].text().contains("again"));
}
