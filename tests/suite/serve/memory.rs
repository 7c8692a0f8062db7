//! Memory for a connection is bounded, whatever it is told; nothing here looks at a clock.

use std::io::Write as _;
use std::net::TcpStream;

use super::filter::{Between, configuration};
use super::hop::{Hop, Manners};
use super::mail_server::{EVERY_STEP, MailServer};
use super::running::{Client, Running, free_port};

/// Octets of a large message, by SMTP and by milter.
const LARGE: usize = 50_000_000;
const LARGE_MILTER: usize = 30_000_000;

/// What a server may need for it besides what it has when it is started.
const ROOM: usize = 24_000_000;

/// Octets of memory that the process holds (proc(5), VmHWM is the most that it ever held).
fn memory(server: &Running, line: &str) -> usize {
    let path = format!("/proc/{}/status", server.child.id());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    let kilobytes: usize = line.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap();
    kilobytes * 1024
}

fn most(server: &Running) -> usize {
    memory(server, "VmHWM:")
}

#[test]
fn a_large_message_is_not_held_in_memory() {
    let between = Between::start(Manners::default());
    let port = between.verify;
    // once, so that what is loaded with the first message does not count
    Client::hello(port).message(b"From: joe@example.com\r\n\r\nx\r\n");
    let before = most(&between.server);
    let mut client = Client::hello(port);
    client.envelope("joe@example.com", &["ann@example.net"]);
    client.say("DATA", 354);
    client.send(b"From: joe@example.com\r\n\r\n");
    let block = b"0123456789 abcdefghijklmnopqrstuvwxyz\r\n".repeat(10_000);
    for _ in 0..LARGE / block.len() {
        client.send(&block);
    }
    client.send(b".\r\n");
    assert_eq!(client.reply().0, 250);
    let grown = most(&between.server) - before;
    assert!(grown < ROOM, "it grew by {grown} octets");
}

#[test]
fn a_large_message_of_a_milter_is_not_held_in_memory() {
    let port = free_port();
    let server = Running::start(&super::milter::configuration(port, ""));
    let before = most(&server);
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "10.1.1.1");
    mta.envelope(b"", "joe@example.com");
    mta.field("From", b" joe@example.com");
    mta.step(b'N', b"", 0x40, 0x4_0000);
    // to be repaired, and so handed back
    let block = b"0123456789 abcdefghijklmnopqrstuvwxyz\n".repeat(1700);
    for _ in 0..LARGE_MILTER / block.len() {
        mta.step(b'B', &block, 0x10, 0x8_0000);
    }
    mta.send(b'E', b"");
    let wishes = mta.wishes();
    assert!(wishes.last == b'c' && wishes.body.is_some_and(|body| body.len() > LARGE_MILTER));
    let grown = most(&server) - before;
    assert!(grown < ROOM, "it grew by {grown} octets");
}

#[test]
fn no_client_makes_us_hold_what_it_likes() {
    let (verify, milter) = (free_port(), free_port());
    let hop = Hop::start(Manners::default());
    let both = format!(
        "{}[[listener]]\naddress = \"127.0.0.1:{milter}\"\nprotocol = \"milter\"\n",
        configuration(verify, free_port(), hop.port)
    );
    let server = Running::start(&both);
    let before = most(&server);
    let block = vec![b'x'; 1_000_000];
    // a command line without an end
    let mut client = Client::hello(verify);
    // the server may well hang up
    for _ in 0..50 {
        let _ = client.stream.get_mut().write_all(&block);
    }
    // packets that do not end, a header and macros without end
    let packet = |letter: u8, data: &[u8]| {
        let length = u32::try_from(data.len() + 1).unwrap().to_be_bytes();
        [&length[..], &[letter], data].concat()
    };
    let long = [b"X\0", &block[..60_000], b"\0"].concat();
    for (announced, again) in [
        (vec![0xFF; 5], block.clone()),
        (vec![0, 0x10, 0, 0, b'L'], block.clone()),
        (Vec::new(), packet(b'L', &long).repeat(16)),
        (Vec::new(), packet(b'L', b"X\0\0").repeat(50_000)),
        (Vec::new(), packet(b'D', &[b"C", &long[..]].concat()).repeat(16)),
    ] {
        for address in ["192.0.2.1", "10.1.1.1"] {
            let mut mta = MailServer::connect(milter, 6, EVERY_STEP);
            mta.client(b"", address);
            mta.envelope(b"", "joe@example.com");
            let _ = mta.stream.write_all(&announced);
            for _ in 0..50 {
                let _ = mta.stream.write_all(&again);
            }
        }
    }
    let grown = most(&server) - before;
    assert!(grown < ROOM, "it grew by {grown} octets");
}

#[test]
fn a_thousand_idle_connections_cost_little() {
    const COUNT: usize = 900;
    let port = free_port();
    let limits = "[limits]\nconnections = 1000\nconnections_per_peer = 1000\n";
    let server = Running::start(&super::milter::configuration(port, limits));
    let before = memory(&server, "VmRSS:");
    let connections: Vec<_> =
        (0..COUNT).map(|_| MailServer::connect(port, 6, EVERY_STEP)).collect();
    let each = memory(&server, "VmRSS:").saturating_sub(before) / COUNT;
    println!("an idle connection costs {each} octets");
    // without optimisation it is 33,000
    assert!(each < 60_000, "each costs {each} octets");
    drop(connections);
    let _ = TcpStream::connect(("127.0.0.1", port)).unwrap();
}
