//! What a session says to scripts.

use super::*;

fn settings() -> Settings {
    Settings {
        host: "filter.example".into(),
        offered: Capabilities::offered(10_000, &[], true),
        recipients: 3,
        mistakes: 5,
    }
}

/// Feeds a script, answers everything, and gives what was said and happened.
struct Client {
    session: Session,
    events: Vec<Event>,
    message: Vec<u8>,
}

impl Client {
    fn new() -> Self {
        Self { session: Session::new(settings()), events: Vec::new(), message: Vec::new() }
    }

    fn say(&mut self, text: &str) -> String {
        self.session.receive(text.as_bytes());
        loop {
            if self.session.is_in_message() {
                let message = &mut self.message;
                if !self.session.message(|octets| message.extend_from_slice(octets)) {
                    break;
                }
                let count = if self.session.protocol() == Protocol::Lmtp {
                    self.session.recipients
                } else {
                    1
                };
                self.session.answer_message(&vec![Reply::new(250, "2.0.0 taken"); count]);
            }
            let Some(event) = self.session.next() else { break };
            match &event {
                Event::Mail(_) | Event::Rcpt(_) => {
                    self.session.answer(&Reply::new(250, "2.1.0 Ok"))
                }
                Event::Data => self.session.answer(&Reply::new(354, "Go on")),
                _ => {}
            }
            self.events.push(event);
        }
        String::from_utf8(self.session.take_output()).unwrap()
    }
}

#[test]
fn a_whole_session_at_once() {
    let mut client = Client::new();
    let said = client.say(
        "EHLO mx.example\r\nXFORWARD ADDR=192.0.2.1\r\nMAIL FROM:<a@b> SIZE=10 BODY=8BITMIME\r\n\
         RCPT TO:<c@d> NOTIFY=SUCCESS,delay ORCPT=rfc822;c@d\r\nRCPT TO:<e@f>\r\nDATA\r\n\
         From: a\r\n\r\n..x\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n",
    );
    let codes: Vec<_> = said.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let codes: Vec<_> = codes.into_iter().filter(|code| !code.contains('-')).collect();
    assert_eq!(codes, ["250", "250", "250", "250", "250", "354", "250", "250", "221"]);
    assert_eq!(client.message, b"From: a\r\n\r\n.x\r\n");
    assert_eq!(client.events.last(), Some(&Event::Close(Ending::Quit)));
    assert!(client.session.xforward().is_empty(), "it is reset after each transaction");
}

#[test]
fn recipients_ahead_are_those_that_come() {
    for (script, ahead) in [
        ("RCPT TO:<a@b>\r\nRCPT TO:<c@d> NOTIFY=NEVER\nDATA\r\n", 2),
        ("RCPT TO:<a@b>\r\nRCPT TO:<c@d>", 1),
        ("RCPT TO:<a@b>\r\nRCPT TO:<>\r\nRCPT TO:<c@d>\r\n", 1),
        ("RCPT TO:<a@b> X=Y\r\n", 0),
        ("NOOP\r\nRCPT TO:<a@b>\r\n", 0),
        ("RCPT TO:<1@b>\r\nRCPT TO:<2@b>\r\nRCPT TO:<3@b>\r\nRCPT TO:<4@b>\r\n", 3),
        ("", 0),
    ] {
        let mut session = Session::new(settings());
        session.receive(format!("EHLO a\r\nMAIL FROM:<a@b>\r\n{script}").as_bytes());
        assert!(matches!(session.next(), Some(Event::Mail(_))));
        let told = session.recipients_ahead(100);
        assert_eq!(told.len(), ahead, "{script}");
        assert!(session.recipients_ahead(1).len() <= 1);
        session.answer(&Reply::new(250, "2.1.0 Ok"));
        for address in told {
            assert_eq!(session.next(), Some(Event::Rcpt(address)));
            session.answer(&Reply::new(550, "5.1.1 no"));
        }
    }
}

#[test]
fn lmtp_has_a_reply_for_each_recipient() {
    let mut client = Client::new();
    let said =
        client.say("LHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n.\r\n");
    assert_eq!(said.matches("250 2.0.0 taken").count(), 2);
}

#[test]
fn order_is_kept() {
    for (script, code) in [
        ("MAIL FROM:<a@b>\r\n", "503"),
        ("EHLO a\r\nRCPT TO:<a@b>\r\n", "503"),
        ("EHLO a\r\nDATA\r\n", "503"),
        ("EHLO a\r\nMAIL FROM:<a@b>\r\nDATA\r\n", "503"),
        ("EHLO a\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", "503"),
        ("EHLO a\r\nMAIL FROM:<a@b>\r\nXFORWARD NAME=a\r\n", "503"),
        ("EHLO a\r\nMAIL FROM:<a@b> SIZE=10001\r\n", "552"),
        ("EHLO a\r\nMAIL FROM:<a@b> AUTH=<>\r\n", "555"),
        ("EHLO a\r\nMAIL FROM:<a@b> BODY=BINARYMIME\r\n", "501"),
        ("EHLO a\r\nMAIL FROM:<ä@b>\r\n", "553"),
        ("EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<>\r\n", "501"),
        ("EHLO a\r\nBDAT 10\r\n", "500"),
        ("GET / HTTP/1.1\r\n", "421"),
    ] {
        let said = Client::new().say(script);
        assert!(said.lines().last().unwrap().starts_with(code), "{script}: {said}");
    }
}

#[test]
fn hello_and_rset_begin_anew() {
    let mut client = Client::new();
    client.say(
        "EHLO a\r\nMAIL FROM:<a@b>\r\nEHLO a\r\nMAIL FROM:<a@b>\r\nRSET\r\nMAIL FROM:<a@b>\r\n",
    );
    let resets = client.events.iter().filter(|event| **event == Event::Reset).count();
    let mails = client.events.iter().filter(|event| matches!(event, Event::Mail(_))).count();
    assert_eq!((resets, mails), (2, 3));
}

#[test]
fn mistakes_have_an_end() {
    let mut client = Client::new();
    let said = client.say(&"XYZ\r\n".repeat(50));
    assert_eq!(said.matches("500 ").count(), 5);
    assert!(said.ends_with("421 4.7.0 Too many mistakes\r\n"));
    assert_eq!(client.say("EHLO a\r\n"), "", "nothing is said any more");
}

#[test]
fn what_follows_a_refusal_unasked_is_no_mistake() {
    let mut session = Session::new(settings());
    let all = format!("EHLO a\r\nMAIL FROM:<a@b>\r\n{}DATA\r\n", "RCPT TO:<c@d>\r\n".repeat(50));
    session.receive(all.as_bytes());
    assert!(matches!(session.next(), Some(Event::Mail(_))));
    session.answer(&Reply::new(451, "4.4.1 later"));
    assert_eq!(session.next(), None);
    let said = String::from_utf8(session.take_output()).unwrap();
    assert_eq!(said.matches("503 5.5.1").count(), 51);
    // and what nobody has refused is one
    session.receive("RSET\r\n".as_bytes());
    assert_eq!(session.next(), Some(Event::Reset));
    session.receive("DATA\r\n".repeat(6).as_bytes());
    assert_eq!(session.next(), Some(Event::Close(Ending::TooManyMistakes)));
}

#[test]
fn recipients_have_an_end() {
    let said = Client::new()
        .say(&format!("EHLO a\r\nMAIL FROM:<a@b>\r\n{}", "RCPT TO:<c@d>\r\n".repeat(4)));
    assert!(
        said.ends_with("452 4.5.3 Too many recipients; send the message again to the others\r\n")
    );
}
