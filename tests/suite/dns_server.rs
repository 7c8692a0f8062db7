//! The command against real name servers on loopback: knot with a zone, unbound in front of it.

use std::net::{TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use waxseal::DomainName;
use waxseal::dns::message;

use crate::command_runner::{AT, Ran, Scratch, message_signed_for, waxseal_reading};
use crate::rfc_examples::{ED25519_RECORD, RFC_8463, RSA_RECORD};

#[test]
fn keys_come_over_udp_through_aliases_and_in_several_strings() {
    let Some(knot) = Knot::start(&plain_zone()) else {
        return;
    };
    let ran = verify(&knot.address, RFC_8463);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = ran.reports().remove(0);
    let key = |at: usize| &report["signatures"][at]["key"];
    assert_eq!(key(0)["ttl"], 300);
    // The lowest on the way: the alias lives for a minute.
    assert_eq!(key(1)["ttl"], 60);
    assert_eq!(key(1)["name"], "test._domainkey.football.example.com");
    assert_eq!(key(1)["authenticated"], false);
}

#[test]
fn an_answer_too_large_for_udp_is_fetched_over_tcp() {
    let junk: String = (0..4)
        .map(|n| {
            let string = format!("\"{}{n}\"", "v=spf1 not a key ".repeat(14));
            format!("test._domainkey TXT {string} {string} {string}\n")
        })
        .collect();
    let zone = format!("{}{junk}", zone(&format!("TXT {}", strings(RSA_RECORD, 60))));
    let Some(knot) = Knot::start(&zone) else {
        return;
    };
    assert!(knot.truncates("test._domainkey.football.example.com"));
    let ran = verify(&knot.address, RFC_8463);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.reports()[0]["signatures"][1]["result"], "pass");
}

#[test]
fn what_does_not_exist_is_permanent_and_what_fails_is_not() {
    let Some(knot) = Knot::start(&plain_zone()) else {
        return;
    };
    for (selector, domain, result, said) in [
        // NXDOMAIN.
        ("missing", "football.example.com", "permerror keyNotFound", ""),
        // The name has another type of record.
        ("address", "football.example.com", "permerror keyNotFound", ""),
        // The name only stands between others that exist.
        ("between", "football.example.com", "permerror keyNotFound", ""),
        // The alias leads to a name that does not exist.
        ("dangling", "football.example.com", "permerror keyNotFound", ""),
        // A delegation: this server is no resolver.
        ("s", "below.football.example.com", "temperror keyUnavailable", "refers"),
        // knot has the zone in its configuration but could not load it.
        ("s", "broken.example", "temperror keyUnavailable", "SERVFAIL"),
        // A zone it knows nothing of.
        ("s", "foreign.example", "temperror keyUnavailable", "REFUSED"),
        // An alias into a zone it knows nothing of.
        ("away", "football.example.com", "temperror keyUnavailable", "REFUSED"),
        // Aliases in a circle.
        ("circle", "football.example.com", "temperror keyUnavailable", "CNAME"),
    ] {
        let ran = verify(&knot.address, &message_signed_for(selector, domain));
        let signature = ran.reports().remove(0)["signatures"][0].clone();
        assert_eq!(outcome(&signature), result, "{selector} {domain}: {signature}");
        let explanation = signature["explanation"].as_str().unwrap();
        assert!(explanation.contains(said), "{selector} {domain}: {explanation}");
        let code = if result.starts_with("temperror") { 75 } else { 1 };
        assert_eq!(ran.code, Some(code));
    }
}

#[test]
fn a_resolver_in_between_gives_the_same_answers() {
    let Some(knot) = Knot::start(&plain_zone()) else {
        return;
    };
    let Some(unbound) = Unbound::start(&knot.address, None) else {
        return;
    };
    let ran = verify(&unbound.address, RFC_8463);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // Whoever it asks fails, so it says SERVFAIL itself.
    let ran = verify(&unbound.address, &message_signed_for("s", "broken.example"));
    assert_eq!(ran.code, Some(75), "{ran:?}");
    let signature = ran.reports().remove(0)["signatures"][0].clone();
    assert_eq!(outcome(&signature), "temperror keyUnavailable");
    assert!(signature["explanation"].as_str().unwrap().contains("SERVFAIL"), "{signature}");
}

#[test]
fn a_server_that_never_answers_is_a_time_out() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let arguments = ["verify", "--json", "--resolver", &address, "--timeout", "1"];
    let ran = waxseal_reading(RFC_8463.as_bytes(), &arguments);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    for signature in ran.reports()[0]["signatures"].as_array().unwrap() {
        assert_eq!(outcome(signature), "temperror keyUnavailable");
        assert!(signature["explanation"].as_str().unwrap().contains("time-out"), "{signature}");
    }
}

/// Verifies a message with keys from that resolver.
pub(crate) fn verify(resolver: &str, message: &str) -> Ran {
    let arguments = ["verify", "--json", "--resolver", resolver, "--at", AT];
    waxseal_reading(message.as_bytes(), &arguments)
}

/// Result and reason of a signature.
pub(crate) fn outcome(signature: &Value) -> String {
    let word = |name: &str| signature[name].as_str().unwrap_or("-").to_owned();
    format!("{} {}", word("result"), word("reason"))
}

/// The zone of RFC 8463's example with `test` behind two aliases.
pub(crate) fn plain_zone() -> String {
    let aliased = format!(
        "60 CNAME a._domainkey\n\
         a._domainkey 120 CNAME b._domainkey\n\
         b._domainkey TXT {}",
        strings(RSA_RECORD, 100)
    );
    zone(&aliased)
}

fn zone(test: &str) -> String {
    format!(
        "$ORIGIN football.example.com.\n$TTL 300\n\
         @ SOA ns hostmaster 1 3600 600 86400 60\n\
         @ NS ns\n\
         ns A 127.0.0.1\n\
         brisbane._domainkey TXT \"{ED25519_RECORD}\"\n\
         address._domainkey A 127.0.0.1\n\
         x.between._domainkey A 127.0.0.1\n\
         dangling._domainkey CNAME nothing\n\
         away._domainkey CNAME key.foreign.example.\n\
         circle._domainkey CNAME round\n\
         round CNAME circle._domainkey\n\
         below NS ns.below\n\
         ns.below A 127.0.0.1\n\
         test._domainkey {test}\n"
    )
}

/// A record in quoted strings of so many octets.
fn strings(record: &str, octets: usize) -> String {
    let string = |part: &[u8]| format!("\"{}\"", std::str::from_utf8(part).unwrap());
    record.as_bytes().chunks(octets).map(string).collect::<Vec<_>>().join(" ")
}

/// An authoritative name server.
pub(crate) struct Knot {
    pub(crate) address: String,
    _process: Process,
    _scratch: Scratch,
}

impl Knot {
    /// Serves that zone, and fails to load `broken.example`. `None` where knot is not installed.
    pub(crate) fn start(zone: &str) -> Option<Self> {
        Self::start_with(zone, "")
    }

    /// The same, and lets anyone change the zone (RFC 2136).
    pub(crate) fn start_updatable(zone: &str) -> Option<Self> {
        Self::start_with(zone, "    acl: anyone\n")
    }

    fn start_with(zone: &str, options: &str) -> Option<Self> {
        let program = installed("knotd")?;
        let scratch = Scratch::new();
        let zone = scratch.write("zone", zone);
        let directory = scratch.path(".");
        // Where it keeps its journal of changes.
        scratch.write("db/of-knot", "");
        let port = free_port();
        let configuration = format!(
            "server:\n    rundir: \"{directory}\"\n    listen: [ \"127.0.0.1@{port}\" ]\n\
             database:\n    storage: \"{directory}/db\"\n\
             acl:\n  - id: anyone\n    address: 127.0.0.1\n    action: update\n\
             zone:\n  - domain: football.example.com\n    file: \"{zone}\"\n{options}  \
             - domain: broken.example\n    file: \"{directory}/missing\"\n\
             log:\n  - target: stderr\n    any: warning\n",
            directory = directory.display()
        );
        let configuration = scratch.write("knot.conf", configuration);
        let address = format!("127.0.0.1:{port}");
        let process = Process::start(
            Command::new(program).args(["-c", &configuration]),
            &scratch,
            &address,
            "football.example.com",
        );
        Some(Self { address, _process: process, _scratch: scratch })
    }

    /// Whether the answer for `name` comes truncated over UDP.
    fn truncates(&self, name: &str) -> bool {
        let reply = ask(&self.address, name).expect("it answers");
        message::decode(&reply, &DomainName::parse(name).unwrap()).unwrap().truncated
    }
}

/// A recursive resolver.
pub(crate) struct Unbound {
    pub(crate) address: String,
    /// Where it speaks DNS over HTTPS, if it does.
    pub(crate) https_port: u16,
    _process: Process,
    _scratch: Scratch,
}

impl Unbound {
    /// Asks `upstream` for everything; speaks HTTPS with that key and certificate. `None` where
    /// unbound is not installed.
    pub(crate) fn start(upstream: &str, tls: Option<(&str, &str)>) -> Option<Self> {
        let program = installed("unbound")?;
        let scratch = Scratch::new();
        let (port, https_port) = (free_port(), free_port());
        let https = tls.map_or_else(String::new, |(key, certificate)| {
            format!(
                "interface: 127.0.0.1@{https_port}\n https-port: {https_port}\n \
                 tls-service-key: \"{key}\"\n tls-service-pem: \"{certificate}\"\n"
            )
        });
        let configuration = format!(
            "server:\n directory: \"{directory}\"\n chroot: \"\"\n username: \"\"\n pidfile: \"\"\n \
             use-syslog: no\n do-daemonize: no\n interface: 127.0.0.1@{port}\n {https} \
             module-config: \"iterator\"\n do-not-query-localhost: no\n do-ip6: no\n \
             local-zone: \"example.\" transparent\n num-threads: 1\n\
             remote-control:\n control-enable: no\n\
             forward-zone:\n name: \".\"\n forward-addr: {upstream}\n",
            directory = scratch.path(".").display(),
            upstream = upstream.replace(':', "@"),
        );
        let configuration = scratch.write("unbound.conf", configuration);
        let address = format!("127.0.0.1:{port}");
        // It answers questions about itself even while nobody behind it answers.
        let process = Process::start(
            Command::new(program).args(["-d", "-c", &configuration]),
            &scratch,
            &address,
            "localhost",
        );
        Some(Self { address, https_port, _process: process, _scratch: scratch })
    }
}

/// A daemon that is ended with the test.
struct Process(Child);

impl Process {
    /// Starts it and waits until it answers a question about `name`. What it logs is shown when it
    /// does not.
    fn start(command: &mut Command, scratch: &Scratch, address: &str, name: &str) -> Self {
        let log = scratch.path("log");
        let file = std::fs::File::create(&log).expect("the directory can be written");
        let child = command.stdin(Stdio::null()).stderr(file).spawn().expect("the server starts");
        let mut process = Self(child);
        let logged = || std::fs::read_to_string(&log).unwrap_or_default();
        for _ in 0..100 {
            if ask(address, name).is_some() {
                return process;
            }
            if let Ok(Some(status)) = process.0.try_wait() {
                panic!("{command:?} ended at once: {status}\n{}", logged());
            }
        }
        panic!("{command:?} does not answer on {address}\n{}", logged());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One TXT question over UDP, one short wait for an answer.
pub(crate) fn ask(address: &str, name: &str) -> Option<Vec<u8>> {
    const WAIT: Duration = Duration::from_millis(100);
    let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
    socket.connect(address).ok()?;
    socket.set_read_timeout(Some(WAIT)).ok()?;
    let sent = socket.send(&message::encode_query(&DomainName::parse(name).ok()?, 4711));
    let mut reply = vec![0; 4096];
    match sent.and_then(|_| socket.recv(&mut reply)) {
        Ok(count) => {
            reply.truncate(count);
            Some(reply)
        }
        Err(_) => {
            // A closed port answers at once; do not ask it a hundred times in a millisecond.
            std::thread::sleep(WAIT);
            None
        }
    }
}

/// A port that is free for UDP and TCP at this moment.
fn free_port() -> u16 {
    for _ in 0..100 {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free for UDP and TCP")
}

/// Where a program is. `None`, and a line that says so, where it is not installed; in CI that fails.
pub(crate) fn installed(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(std::path::PathBuf::from);
    let found = std::env::split_paths(&path)
        .chain(system)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{program} is not installed");
        println!("skipped: {program} is not installed");
    }
    found
}
