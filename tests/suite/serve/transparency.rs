//! Every octet that we did not add or take away on purpose arrives unchanged, over thousands of messages.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::filter::Between;
use super::hop::Manners;
use super::running::Client;

/// Fields and bodies as they come, and as they should not.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        Just(b"Subject: hello".to_vec()),
        Just(b"Subject : blank before the colon".to_vec()),
        Just(b"X-Folded:\r\n \t a\r\n\tb \t".to_vec()),
        Just(b"X-Empty:".to_vec()),
        Just(b"X-Eight: \xC3\xA4\xFF".to_vec()),
        Just(b"X-Long: ".iter().copied().chain(std::iter::repeat_n(b'y', 2000)).collect()),
        Just(b"Authentication-Results: other.example; none".to_vec()),
        Just(b".Dot: x".to_vec()),
        Just(b"X-Bare: a\rb\nc\0d".to_vec()),
        "X-[a-zA-Z]{1,10}: [ -~]{0,60}".prop_map(String::into_bytes),
    ];
    let line = prop_oneof![
        Just(b".".to_vec()),
        Just(b"..".to_vec()),
        Just(b".leading".to_vec()),
        Just(Vec::new()),
        Just(b"trailing \t".to_vec()),
        Just(b"From x".to_vec()),
        Just(b"\xE2\x82\xAC\xFF\xFE".to_vec()),
        Just(b"lone\rcr and\nlf".to_vec()),
        Just(vec![b'z'; 3000]),
        prop::collection::vec(
            any::<u8>().prop_filter("no line ends", |o| !b"\r\n".contains(o)),
            0..100
        ),
    ];
    (prop::collection::vec(field, 0..12), prop::collection::vec(line, 0..30), any::<bool>())
        .prop_map(|(fields, lines, has_body)| {
            let mut message = b"From: joe@example.com\r\n".to_vec();
            for field in fields {
                message.extend(field);
                message.extend_from_slice(b"\r\n");
            }
            if has_body {
                message.extend_from_slice(b"\r\n");
                for line in lines {
                    message.extend(line);
                    message.extend_from_slice(b"\r\n");
                }
            }
            message
        })
}

/// What a careless server would take for the end of a message is refused, and so left out here.
fn smuggles(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\u{1}");
    let text = text.replace('\0', "");
    ["\r.\r", "\r.\n", "\r.\u{1}", "\n.\r", "\n.\n", "\n.\u{1}"]
        .iter()
        .any(|end| text.contains(end))
        || String::from_utf8_lossy(message).contains('\0')
}

#[test]
fn thousands_of_messages_arrive_as_they_were_sent() {
    const COUNT: u32 = 2500;
    let between = Between::start(Manners::default());
    let mut clients = [Client::hello(between.verify), Client::hello(between.sign)];
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    let strategy = message();
    let mut sent = 0_usize;
    for number in 0..COUNT {
        let message = strategy.new_tree(&mut runner).unwrap().current();
        if smuggles(&message) {
            continue;
        }
        // every other one is signed; what is signed is made fit to travel, so only fit ones
        let odd = message.windows(2).any(|two| (two[0] == b'\r') != (two[1] == b'\n'))
            || message.split(|octet| *octet == b'\n').any(|line| line.len() > 999);
        let signing = number % 2 == 1 && !odd;
        let (code, text) = clients[usize::from(signing)].message(&message);
        assert_eq!(code, 250, "{text}: {:?}", String::from_utf8_lossy(&message));
        let taken = between.hop.taken_number(sent);
        sent += 1;
        let added = taken.octets.strip_suffix(&message[..]);
        let added = added.unwrap_or_else(|| {
            panic!("{:?}\nbecame\n{:?}", String::from_utf8_lossy(&message), taken.text())
        });
        let added = String::from_utf8(added.to_vec()).unwrap();
        let name =
            if signing { "DKIM-Signature: " } else { "Authentication-Results: filter.example;" };
        assert!(added.starts_with(name) && added.ends_with("\r\n"), "{added}");
        // folded lines begin with a blank, all others are fields of ours
        let fields =
            added.split("\r\n").filter(|line| !line.is_empty() && !line.starts_with(['\t', ' ']));
        assert_eq!(fields.count(), if signing { 2 } else { 1 }, "{added}");
    }
    assert!(sent > 1000, "{sent}");
}
