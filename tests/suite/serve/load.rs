//! Many messages from many sessions at once: each arrives once, with every octet it had.
//! `benches/server` does the same with ten thousand of them, through Postfix's smtp-sink.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::filter::Between;
use super::hop::Manners;
use super::running::Client;

const SESSIONS: usize = 50;
const MESSAGES: usize = 2000;
const SIZE: usize = 10_240;

/// A message that no other is like, dots where lines begin among its octets.
fn message(number: usize) -> Vec<u8> {
    let mut message = format!(
        "Received: from x by y with ESMTP id {number:08}\r\nFrom: joe@example.com\r\n\
         To: ann@example.net\r\nSubject: number {number}\r\n\r\n"
    )
    .into_bytes();
    let mut state = number as u64 + 1;
    while message.len() < SIZE {
        for _ in 0..state % 90 {
            // the generator of Lehmer
            state = state * 48_271 % 0x7FFF_FFFF;
            message.push(b"..  abcdefghijklmnopqrstuvwxyz"[(state % 30) as usize]);
        }
        message.extend_from_slice(b"\r\n");
        state = state * 48_271 % 0x7FFF_FFFF;
    }
    message
}

#[test]
fn fifty_sessions_lose_nothing_and_change_nothing() {
    let between = Between::start(Manners::default());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for session in 0..SESSIONS {
            let (next, ports) = (&next, [between.verify, between.sign]);
            scope.spawn(move || {
                let mut client = Client::hello(ports[session % 2]);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= MESSAGES {
                        break;
                    }
                    let (code, text) = client.message(&message(number));
                    assert_eq!(code, 250, "number {number}: {text}");
                }
                client.say("QUIT", 221);
            });
        }
    });
    let taken = between.hop.taken();
    assert_eq!(taken.len(), MESSAGES);
    let (mut seen, mut signed) = (vec![false; MESSAGES], 0);
    for taken in &taken {
        let text = taken.text();
        let number = text.split("ESMTP id ").nth(1).unwrap()[..8].parse::<usize>().unwrap();
        assert!(!std::mem::replace(&mut seen[number], true), "number {number} came twice");
        let added = taken.octets.strip_suffix(&message(number)[..]);
        let added = added.unwrap_or_else(|| panic!("number {number} was changed: {text}"));
        let added = String::from_utf8_lossy(added);
        match added.matches("DKIM-Signature: ").count() {
            2 => signed += 1,
            count => assert!(count == 0 && added.contains("dkim=none"), "{added}"),
        }
    }
    assert!(signed > 0 && signed < MESSAGES, "both banks were at work: {signed}");
    assert!(between.hop.connections() < MESSAGES, "connections are used again");
    between.server.logged_times("action=delivered", MESSAGES);
}
