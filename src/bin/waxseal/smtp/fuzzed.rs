//! Every codec of SMTP on anything at all: none panics, none depends on how its octets arrive, none
//! contradicts its own twin.

use proptest::prelude::*;
use proptest::sample::Index;

use super::capabilities::Capabilities;
use super::command::Command;
use super::envelope::{Address, Parameter};
use super::hygiene::Hygiene;
use super::reply::{Reply, ReplyReader};
use super::session::{Event, Protocol, Session, Settings};
use super::xforward::{ATTRIBUTES, XForward};
use super::xtext;

/// Pieces of what clients say, well and badly, and anything.
fn said() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "EHLO a\r\n",
        "LHLO b\r\n",
        "HELO c\n",
        "MAIL FROM:<a@b>\r\n",
        "MAIL FROM:<> SIZE=9 RET=FULL\r\n",
        "MAIL FROM:<\u{e4}@b> SMTPUTF8\r\n",
        "RCPT TO:<c@d>\r\n",
        "RCPT TO:<c@d> NOTIFY=NEVER ORCPT=a;b\r\n",
        "RCPT TO:<>\r\n",
        "DATA\r\n",
        "DATA\r\nFrom: a\r\n\r\nx\r\n.\r\n",
        ".\r\n",
        "..\r\n",
        "RSET\r\n",
        "NOOP\r\n",
        "VRFY x\r\n",
        "QUIT\r\n",
        "GET / HTTP/1.1\r\n",
        "XFORWARD ADDR=192.0.2.1 NAME=x\r\n",
        "XFORWARD HELO=a+2Bb\r\n",
        "\r\n",
        "\r",
        "\n",
        ".",
        "+",
        "<",
        ">",
        "=",
        "\"",
        " ",
        "MAIL ",
    ]);
    let piece = prop_oneof![
        8 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..30),
        1 => (3000_usize..5000).prop_map(|length| vec![b'x'; length]),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// The octets cut at these places.
fn cut<'a>(octets: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(octets.len() + 1)).collect();
    places.extend([0, octets.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &octets[pair[0]..pair[1]]).collect()
}

/// What a session says and does where everything is granted: its output, its events, the messages.
fn session(pieces: &[&[u8]]) -> (String, Vec<Event>, Vec<u8>) {
    let mut session = Session::new(Settings {
        host: "filter.example".into(),
        offered: Capabilities::offered(10_000, &[], true),
        recipients: 3,
        mistakes: 8,
    });
    let (mut events, mut message, mut accepted) = (Vec::new(), Vec::new(), 0);
    for piece in pieces {
        session.receive(piece);
        loop {
            if session.is_in_message() {
                if !session.message(|octets| message.extend_from_slice(octets)) {
                    break;
                }
                let count = if session.protocol() == Protocol::Lmtp { accepted } else { 1 };
                session.answer_message(&vec![Reply::new(250, "2.0.0 taken"); count]);
            }
            let Some(event) = session.next() else { break };
            match &event {
                Event::Mail(_) => {
                    accepted = 0;
                    session.answer(&Reply::new(250, "2.1.0 Ok"));
                }
                Event::Rcpt(_) => {
                    accepted += 1;
                    session.answer(&Reply::new(250, "2.1.5 Ok"));
                }
                Event::Data => session.answer(&Reply::new(354, "Go on")),
                _ => {}
            }
            events.push(event);
        }
    }
    (String::from_utf8(session.take_output()).expect("what we say is UTF-8"), events, message)
}

/// The replies in these pieces, and why there are no more.
fn replies(pieces: &[&[u8]]) -> (Vec<Reply>, Option<String>) {
    let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
    for piece in pieces {
        reader.push(piece);
        loop {
            match reader.next() {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(error) => return (replies, Some(error.0)),
            }
        }
    }
    (replies, None)
}

proptest! {
    #[test]
    fn a_session_does_not_depend_on_how_it_arrives(
        said in said(),
        cuts in prop::collection::vec(any::<Index>(), 0..30),
    ) {
        let whole = session(&[&said]);
        prop_assert_eq!(&session(&cut(&said, &cuts)), &whole);
        let octets: Vec<&[u8]> = said.chunks(1).collect();
        prop_assert_eq!(&session(&octets), &whole);
        // whatever was said, the answers are replies, and one is read for each that was given
        let (read, error) = replies(&[whole.0.as_bytes()]);
        prop_assert_eq!(error, None);
        let lines = whole.0.lines().filter(|line| line.as_bytes().get(3) == Some(&b' ')).count();
        prop_assert_eq!(read.len(), lines);
    }

    #[test]
    fn a_command_is_one_whatever_it_is(line in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Command::parse(&line);
    }

    #[test]
    fn an_address_that_is_read_is_written_the_same(
        start in prop::sample::select(vec!["FROM:<", "from: <", "FROM:", ""]),
        path in prop_oneof!["[a-z\"\\\\@<>. \u{e4}]{0,20}", ".{0,20}"],
        rest in prop_oneof!["( [A-Za-z0-9-]{1,5}(=[!-~]{0,6})?){0,4}", ".{0,20}"],
    ) {
        let text = format!("{start}{path}>{rest}");
        if let Ok(address) = Address::parse(text.as_bytes(), "FROM:") {
            let parameters: String =
                address.parameters.iter().map(|one: &Parameter| format!(" {one}")).collect();
            let written = format!("FROM:<{}>{parameters}", address.path);
            prop_assert!(!written.contains(['\r', '\n', '\0']));
            prop_assert_eq!(Address::parse(written.as_bytes(), "FROM:"), Ok(address));
        }
    }

    #[test]
    fn anything_is_no_address_or_one(octets in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = Address::parse(&octets, "TO:");
        let _ = Address::parse(&[b"TO:<", &octets[..]].concat(), "TO:");
    }

    #[test]
    fn what_is_told_of_a_client_goes_on_as_it_came(
        values in prop::collection::vec(
            (prop::sample::select(ATTRIBUTES.to_vec()), prop::collection::vec(any::<u8>(), 0..300)),
            1..8,
        ),
    ) {
        let words: Vec<_> =
            values.iter().map(|(name, value)| format!("{name}={}", xtext::encode(value))).collect();
        let mut forward = XForward::default();
        if forward.add(&words.join(" ")).is_ok() {
            let taken = ATTRIBUTES.map(str::to_owned);
            let command = forward.command(&taken).expect("all are taken");
            prop_assert!(!command.contains(['\r', '\n', '\0']));
            let mut again = XForward::default();
            prop_assert!(again.add(command.strip_prefix("XFORWARD ").unwrap()).is_ok());
            prop_assert_eq!(again, forward);
        }
    }

    #[test]
    fn anything_told_of_a_client_is_taken_or_refused(text in ".{0,200}") {
        let mut forward = XForward::default();
        if forward.add(&text).is_err() {
            prop_assert!(forward.is_empty());
        }
    }

    #[test]
    fn xtext_is_exact(octets in prop::collection::vec(any::<u8>(), 0..100)) {
        let encoded = xtext::encode(&octets);
        prop_assert!(encoded.bytes().all(|octet| octet.is_ascii_graphic()));
        prop_assert_eq!(xtext::decode(encoded.as_bytes()), Some(octets.clone()));
        if let Some(decoded) = xtext::decode(&octets) {
            prop_assert_eq!(xtext::decode(xtext::encode(&decoded).as_bytes()), Some(decoded));
        }
    }

    #[test]
    fn replies_do_not_depend_on_how_they_arrive(
        lines in prop::collection::vec(
            prop_oneof![
                4 => "[2345][0-9]{2}[ -][ -~]{0,30}\r?\n",
                1 => "250-[a-z]{0,5}\r\n250 x\r\n",
                1 => ".{0,20}\n",
                1 => Just("5".repeat(5000)),
            ],
            0..12,
        ),
        cuts in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let wire = lines.concat().into_bytes();
        let whole = replies(&[&wire]);
        let pieces = replies(&cut(&wire, &cuts));
        // an endless line is noticed sooner where its end has not come yet
        prop_assert_eq!(&pieces.0, &whole.0);
        prop_assert!(whole.1.is_none() || pieces.1.is_some());
        for reply in &whole.0 {
            let _ = (reply.enhanced(), Capabilities::parse(reply));
            let mut written = Vec::new();
            reply.write(&mut written);
            let (read, error) = replies(&[&written]);
            prop_assert_eq!((read.len(), error), (1, None));
            prop_assert_eq!(read[0].code, reply.code);
        }
    }

    #[test]
    fn what_does_not_travel_is_found_however_it_arrives(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["\r", "\n", "\r\n", "\0", ".", "a", "\u{e4}", "bc"]), 0..60,
        ),
        long in 0_usize..2100,
        cuts in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let mut message = pieces.concat().into_bytes();
        message.extend(vec![b'x'; long]);
        let found = |pieces: &[&[u8]]| {
            let mut hygiene = Hygiene::default();
            pieces.iter().for_each(|piece| hygiene.push(piece));
            hygiene.finish()
        };
        prop_assert_eq!(found(&cut(&message, &cuts)), found(&[&message]));
    }
}
