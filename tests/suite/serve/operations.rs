//! Start, reload, stop, metrics, key watch.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::filter::{Between, MESSAGE, configuration};
use super::hop::{Hop, Manners};
use super::running::{Client, KEYS, Running, free_port};
use crate::command_runner::{Scratch, waxseal};

pub(super) fn http(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_reload_takes_keys_banks_and_listeners_and_says_what_changed() {
    let hop = Hop::start(Manners::default());
    let (verify, sign, more) = (free_port(), free_port(), free_port());
    let scratch = Scratch::new();
    let control = scratch.path("control");
    let head = format!("[server]\ncontrol = {:?}\n", control.to_str().unwrap());
    let config = configuration(verify, sign, hop.port);
    // tables stand after what belongs to the whole file
    let config = |rest: &str| format!("{config}{head}{rest}");
    let server = Running::start_in(scratch, &config(""), &[]);
    let path = server.scratch.path("waxseal.toml").to_str().unwrap().to_owned();
    let reload = || waxseal(&["--config", &path, "reload"]);

    let ran = reload();
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "generation 2 replaces 1: nothing changed\n")
    );

    server.scratch.write(
        "waxseal.toml",
        config(&format!("[[listener]]\naddress = \"127.0.0.1:{more}\"\nbank = \"ORIGINATING\"\n")),
    );
    let ran = reload();
    assert_eq!(ran.stdout, format!("generation 3 replaces 2: listener 127.0.0.1:{more} added\n"));
    assert_eq!(Client::hello(more).message(MESSAGE).0, 250);

    // what is wrong changes nothing, and is told with file and line
    server.scratch.write("waxseal.toml", config("nonsense = 1\n"));
    let ran = reload();
    assert_eq!(ran.code, Some(78));
    assert!(ran.stderr.contains("nonsense") && ran.stderr.contains("waxseal.toml:"), "{ran:?}");
    assert_eq!(Client::hello(more).message(MESSAGE).0, 250);

    server
        .scratch
        .write("waxseal.toml", config("").replace("selector = \"ed\"", "selector = \"ed2\""));
    server.signal("HUP");
    server.logged("generation 4 replaces 3: key ed2._domainkey.example.com added, key ed._domainkey.example.com removed");
    server.logged(&format!("listener 127.0.0.1:{more} removed"));
    assert!(TcpStream::connect(("127.0.0.1", more)).is_err());
    assert_eq!(Client::hello(sign).message(MESSAGE).0, 250);
    assert!(hop.taken().pop().unwrap().text().contains("s=ed2"));
}

#[test]
fn what_a_listener_is_may_change_while_it_listens() {
    let hop = Hop::start(Manners::default());
    let (verify, sign) = (free_port(), free_port());
    let config = configuration(verify, sign, hop.port);
    let server = Running::start(&config);
    assert_eq!(Client::hello(verify).message(MESSAGE).0, 250);
    // the two ports change places, and limits change
    let swapped =
        config.replace("\"INCOMING\"", "\"X\"").replace("\"ORIGINATING\"", "\"INCOMING\"");
    let swapped = swapped.replace("\"X\"", "\"ORIGINATING\"");
    server
        .scratch
        .write("waxseal.toml", format!("{swapped}[limits]\nrecipients = 1\nconnections = 7\n"));
    server.signal("HUP");
    let line = server.logged("generation 2 replaces 1");
    for change in [
        format!("listener 127.0.0.1:{verify} loads ORIGINATING"),
        format!("listener 127.0.0.1:{sign} loads INCOMING"),
        "limits changed".to_owned(),
        "connections changed, which holds from the next start on".to_owned(),
    ] {
        assert!(line.contains(&change), "{change}: {line}");
    }
    let mut client = Client::hello(verify);
    client.envelope("joe@example.com", &["a@example.net"]);
    client.say("RCPT TO:<b@example.net>", 452);
    assert_eq!(client.data(MESSAGE).0, 250);
    assert!(hop.taken()[1].text().starts_with("DKIM-Signature:"));
    // and then it is a milter
    let milter = swapped.replacen("bank = \"ORIGINATING\"", "protocol = \"milter\"", 1);
    server.scratch.write("waxseal.toml", &milter);
    server.signal("HUP");
    let line = server.logged("generation 3 replaces 2");
    assert!(line.contains(&format!("listener 127.0.0.1:{verify} speaks milter")), "{line}");
    let mut stream = TcpStream::connect(("127.0.0.1", verify)).unwrap();
    stream.write_all(b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xFF\0\0\0\0").unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, *b"\0\0\0\x0dO");
}

#[test]
fn what_a_reload_changes_is_told() {
    let hop = Hop::start(Manners::default());
    let (verify, sign) = (free_port(), free_port());
    let config = configuration(verify, sign, hop.port);
    let server = Running::start(&config);
    let tail = "[server]\nadmin = \"a@b.example\"\nauthserv_id = \"c.example\"\n";
    let bank = "[bank.NEW]\nverify = false\n";
    for (number, (changed, told)) in [
        (config.replace("verify = false", "verify = true"), "bank ORIGINATING changed"),
        (
            config.replacen("forward_to", "odd_lines = \"pass\"\nforward_to", 1),
            "bank ORIGINATING changed, settings for all banks changed",
        ),
        (
            format!("networks = \"10.0.0.0/8\"\n{config}"),
            "settings for all banks changed, networks changed",
        ),
        (format!("{config}{bank}"), "bank NEW added, networks changed"),
        (format!("{config}{tail}"), "bank NEW removed, our name changed, admin changed"),
        (
            format!("{config}{tail}log = \"json\"\n"),
            "log changed, which holds from the next start on",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        server.scratch.write("waxseal.toml", changed);
        server.signal("HUP");
        let line = server.logged(&format!("generation {} replaces", number + 2));
        for one in told.split(", ") {
            assert!(line.contains(one), "{one}: {line}");
        }
    }
    // another key in the same file, and the order of keys
    server.scratch.write("waxseal.toml", &config);
    server.scratch.write("rsa.pem", crate::signer::ED25519_SEED);
    server.signal("HUP");
    let line = server.logged("generation 8 replaces");
    assert!(line.contains("key rsa._domainkey.example.com is another"), "{line}");
}

#[test]
fn messages_in_flight_end_on_the_generation_they_began_with() {
    let between = Between::start(Manners::default());
    let mut client = Client::hello(between.sign);
    client.envelope("joe@example.com", &["ann@example.net"]);
    client.say("DATA", 354);
    let config = configuration(between.verify, between.sign, between.hop.port);
    between
        .server
        .scratch
        .write("waxseal.toml", config.replace("selector = \"ed\"", "selector = \"ed2\""));
    between.server.signal("HUP");
    between.server.logged("generation 2 replaces 1");
    client.send(&super::running::on_the_wire(MESSAGE));
    assert_eq!(client.reply().0, 250);
    client.message(MESSAGE);
    let taken = between.hop.taken();
    assert!(taken[0].text().contains("s=ed;") && taken[1].text().contains("s=ed2;"));
}

#[test]
fn a_connection_outlives_what_it_began_with() {
    let between = Between::start(Manners::default());
    let mut client = Client::hello(between.sign);
    assert_eq!(client.message(MESSAGE).0, 250);
    let config = configuration(between.verify, between.sign, between.hop.port);
    let renamed = config.replace("ORIGINATING", "OUTGOING");
    between.server.scratch.write("waxseal.toml", &renamed);
    between.server.signal("HUP");
    between.server.logged("generation 2 replaces 1");
    assert_eq!(client.message(MESSAGE).0, 250);
    let taken = between.hop.taken();
    assert!(taken.iter().all(|one| one.text().starts_with("DKIM-Signature:")), "{taken:?}");
    // and where its listener is gone nothing goes out unsigned
    let gone = renamed.replace(&format!(":{}\"", between.sign), &format!(":{}\"", free_port()));
    between.server.scratch.write("waxseal.toml", gone);
    between.server.signal("HUP");
    between.server.logged("generation 3 replaces 2");
    client.say("MAIL FROM:<joe@example.com>", 451);
}

#[test]
fn reloading_under_load_loses_nothing() {
    let between = Between::start(Manners::default());
    let ports = [between.verify, between.sign];
    let clients: Vec<_> = (0..8)
        .map(|number| {
            let port = ports[number % 2];
            std::thread::spawn(move || {
                let mut client = Client::hello(port);
                for _ in 0..125 {
                    let (code, text) = client.message(MESSAGE);
                    assert_eq!(code, 250, "{text}");
                }
            })
        })
        .collect();
    for _ in 0..20 {
        between.server.signal("HUP");
        std::thread::sleep(Duration::from_millis(20));
    }
    for client in clients {
        client.join().unwrap();
    }
    let taken = between.hop.taken();
    assert_eq!(taken.len(), 1000);
    assert!(taken.iter().all(|one| one.octets.ends_with(MESSAGE)));
    between.server.logged("generation 2 replaces 1");
}

#[test]
fn a_stop_lets_messages_under_way_come_to_their_end() {
    let mut between = Between::start(Manners::default());
    let mut busy = Client::hello(between.verify);
    busy.envelope("joe@example.com", &["ann@example.net"]);
    busy.say("DATA", 354);
    let mut idle = Client::hello(between.verify);
    between.server.signal("TERM");
    assert!(idle.rest().starts_with("421 4.3.2 "));
    assert!(TcpStream::connect(("127.0.0.1", between.verify)).is_err());
    busy.send(&super::running::on_the_wire(MESSAGE));
    assert_eq!(busy.reply().0, 250);
    drop(busy);
    assert_eq!(between.server.child.wait().unwrap().code(), Some(0));
    assert_eq!(between.hop.taken().len(), 1);
}

#[test]
fn a_broken_configuration_or_an_address_in_use_is_told_at_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (config, code, text) in [
        ("x = 1".to_owned(), 78, "waxseal.toml:1"),
        ("my_host = \"a.example\"".to_owned(), 78, "no listener"),
        (format!("[[listener]]\naddress = \"127.0.0.1:{port}\"\n"), 73, "cannot listen on"),
        ("[[key]]\ndomain = \"a.example\"\nselector = \"s\"\nfile = \"none.pem\"\n[[listener]]\naddress = \"127.0.0.1:9\"\n".to_owned(), 78, "none.pem"),
    ] {
        let scratch = Scratch::new();
        let path = scratch.write("waxseal.toml", config);
        let ran = waxseal(&["--config", &path, "serve"]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.stderr.contains(text), "{ran:?}");
    }
}

#[test]
fn metrics_count_and_health_is_told() {
    let hop = Hop::start(Manners::default());
    let (verify, sign, metrics) = (free_port(), free_port(), free_port());
    let config = configuration(verify, sign, hop.port);
    let server = Running::start(&format!(
        "{config}[server]\nmetrics = \"127.0.0.1:{metrics}\"\nlog = \"json\"\n"
    ));
    assert!(http(metrics, "/healthz").ends_with("\r\n\r\nok\n"));
    Client::hello(sign).message(MESSAGE);
    Client::hello(verify).message(MESSAGE);
    server.logged("ready");
    let text = http(metrics, "/metrics");
    for line in [
        format!("waxseal_messages_total{{listener=\"127.0.0.1:{sign}\",action=\"delivered\"}} 1"),
        "waxseal_results_total{result=\"none\"} 1".to_owned(),
        "waxseal_signatures_total{domain=\"example.com\",selector=\"rsa\"} 1".to_owned(),
        "waxseal_generation 1".to_owned(),
    ] {
        assert!(text.contains(&line), "{line}: {text}");
    }
    assert!(http(metrics, "/").starts_with("HTTP/1.1 404"));
    assert!(
        text.contains("\r\ncontent-type: application/openmetrics-text; version=1.0.0"),
        "{text}"
    );
    is_exposition(text.split("\r\n\r\n").nth(1).unwrap());
    let line = server.logged("\"event\":\"message\"");
    let object: serde_json::Value = serde_json::from_str(line.trim_start_matches("<6>")).unwrap();
    assert_eq!(object["from"], "joe@example.com");
}

/// Holds the text to the OpenMetrics format: a family is described before its samples and not again, names
/// fit its type, values are numbers, `# EOF` is the end.
fn is_exposition(text: &str) {
    let text = text.strip_suffix("# EOF\n").expect("an end");
    let (mut families, mut current) = (std::collections::BTreeSet::new(), None);
    let mut samples = 0;
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# ") {
            let words: Vec<&str> = described.splitn(3, ' ').collect();
            assert!(["HELP", "TYPE", "UNIT"].contains(&words[0]), "{line}");
            if current.as_ref().is_none_or(|(name, _)| *name != words[1]) {
                assert!(families.insert(words[1]), "{line}: twice");
                current = Some((words[1], ""));
            }
            if words[0] == "TYPE" {
                current = Some((words[1], words[2]));
            }
            continue;
        }
        let (name, kind) = current.unwrap_or_else(|| panic!("{line}: not described"));
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let suffix = sample.split('{').next().unwrap().strip_prefix(name).unwrap();
        let suffixes: &[&str] = match kind {
            "counter" => &["_total"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => panic!("{line}: {kind}"),
        };
        assert!(suffixes.contains(&suffix), "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(!sample.contains('{') || sample.ends_with('}'), "{line}");
        samples += 1;
    }
    assert!(families.len() > 10 && samples > 20, "{families:?}");
}

#[test]
fn a_key_that_is_not_published_right_is_told_by_mail_log_and_metric() {
    let hop = Hop::start(Manners::default());
    let (port, metrics) = (free_port(), free_port());
    let scratch = Scratch::new();
    // the zone lacks what `gone` would be published as
    let keys = format!(
        "{KEYS}[[key]]\ndomain = \"example.com\"\nselector = \"gone\"\nfile = \"rsa.pem\"\n"
    );
    let server = Running::start_in(
        scratch,
        &format!(
            "notify = \"smtp:[127.0.0.1]:{}\"\nmy_host = \"filter.example\"\n{keys}\
             [[listener]]\naddress = \"127.0.0.1:{port}\"\n\
             [server]\nadmin = \"postmaster@example.com\"\nmetrics = \"127.0.0.1:{metrics}\"\n",
            hop.port
        ),
        &[],
    );
    server.logged("key gone._domainkey.example.com");
    let since = std::time::Instant::now();
    while hop.taken().is_empty() && since.elapsed() < super::running::LIMIT {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mail = hop.one();
    assert!(mail.commands.contains(&"MAIL FROM:<>".to_owned()));
    assert!(mail.commands.contains(&"RCPT TO:<postmaster@example.com>".to_owned()));
    assert!(mail.text().contains("- key gone._domainkey.example.com"), "{}", mail.text());
    let text = http(metrics, "/metrics");
    assert!(
        text.contains("waxseal_key_published{domain=\"example.com\",selector=\"gone\"} 0"),
        "{text}"
    );
    assert!(
        text.contains("waxseal_key_published{domain=\"example.com\",selector=\"rsa\"} 1"),
        "{text}"
    );
}

#[test]
fn connections_are_bounded() {
    let hop = Hop::start(Manners::default());
    let port = free_port();
    let _server = Running::start(&format!(
        "forward_to = \"smtp:[127.0.0.1]:{}\"\n[limits]\nconnections_per_peer = 3\n\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\n",
        hop.port
    ));
    let clients: Vec<_> = (0..3).map(|_| Client::connect(port)).collect();
    assert_eq!(Client::connect_silently(port).reply().0, 421);
    drop(clients);
    let since = std::time::Instant::now();
    while Client::connect_silently(port).reply().0 != 220 {
        assert!(since.elapsed() < super::running::LIMIT);
    }
}
