//! What becomes of mail by its result, and of mail with odd octets.

use super::hop::{Hop, Manners};
use super::running::{Client, KEYS, Running, free_port};

/// A server with these settings in its one bank, before a next hop.
pub(super) fn with(settings: &str) -> (Running, Hop, u16) {
    let hop = Hop::start(Manners::default());
    let port = free_port();
    let server = Running::start(&format!(
        "forward_to = \"smtp:[127.0.0.1]:{}\"\nmy_host = \"filter.example\"\n{KEYS}\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\nbank = \"B\"\n[bank.B]\n{settings}\n",
        hop.port
    ));
    (server, hop, port)
}

const UNSIGNED: &[u8] = b"From: a@example.net\r\n\r\nx\r\n";

/// A signature whose key does not exist.
const BROKEN: &[u8] = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=from;\r\n\
    \tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\nFrom: a@example.net\r\n\r\nx\r\n";

#[test]
fn results_are_refused_put_off_and_put_aside_where_asked() {
    for (action, code, text) in [
        ("annotate", 250, "2.0.0 from MTA"),
        ("reject", 550, "5.7.20 DKIM result permerror (keyNotFound, d=example.net)"),
        ("tempfail", 451, "4.7.5 DKIM result permerror"),
        ("quarantine", 250, "2.0.0 from MTA"),
    ] {
        let (_server, hop, port) =
            with(&format!("originating = false\n[bank.B.policy]\npermerror = \"{action}\""));
        let (found, said) = Client::hello(port).message(BROKEN);
        assert_eq!(found, code, "{action}: {said}");
        assert!(said.starts_with(text), "{action}: {said}");
        let quarantined = hop.taken().iter().any(|one| {
            one.text()
                .contains("X-Waxseal-Quarantine: dkim=permerror (keyNotFound, d=example.net)\r\n")
        });
        assert_eq!(quarantined, action == "quarantine");
        // what the policy does not speak of goes on
        assert_eq!(Client::hello(port).message(UNSIGNED).0, 250);
    }
}

#[test]
fn an_outage_is_never_refused_for_good() {
    let hop = Hop::start(Manners::default());
    let (port, dead) = (free_port(), free_port());
    let config = format!(
        "forward_to = \"smtp:[127.0.0.1]:{}\"\n[policy]\ntemperror = \"reject\"\n\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\n",
        hop.port
    );
    let resolver = format!("127.0.0.1:{dead}");
    let scratch = crate::command_runner::Scratch::new();
    let _server = Running::start_in(scratch, &config, &["--resolver", &resolver, "--timeout", "1"]);
    let (code, text) = Client::hello(port).message(BROKEN);
    assert_eq!(code, 451, "{text}");
    assert!(text.starts_with("4.7.5 DKIM result temperror"), "{text}");
}

#[test]
fn mail_that_cannot_be_signed_is_kept_back_or_let_go() {
    // no header at all is needed to break a signer: a second From, say, is not enough
    let odd: &[u8] = b"From: joe@example.com\r\nno field\r\n\r\nx\r\n";
    for (setting, code) in [("", 451), ("on_sign_error = \"pass\"", 250)] {
        let (server, hop, port) = with(&format!("originating = true\nverify = false\n{setting}"));
        let (found, said) = Client::hello(port).message(odd);
        assert_eq!(found, code, "{said}");
        assert!(server.logged("notSigned").contains("malformed"));
        assert_eq!(
            hop.taken().iter().filter(|one| one.octets == odd).count(),
            usize::from(code == 250)
        );
    }
}

#[test]
fn odd_octets_are_made_fit_passed_or_refused() {
    let odd =
        [&b"From: joe@example.com\r\n\r\na\nb\rc\0d\r\n"[..], &[b'x'; 1200], b"\r\n"].concat();
    let fit =
        [&b"\r\n\r\na\r\nb\r\ncd\r\n"[..], &[b'x'; 998], b"\r\n ", &[b'x'; 202], b"\r\n"].concat();
    for (settings, code, ends) in [
        ("originating = true\nverify = false", 250, fit.clone()),
        ("originating = true\nverify = false\nodd_lines = \"reject\"", 550, Vec::new()),
        ("originating = false", 250, odd.clone()),
        ("originating = false\nodd_lines = \"normalize\"", 250, fit.clone()),
        ("originating = false\nodd_lines = \"reject\"", 550, Vec::new()),
    ] {
        let (server, hop, port) = with(settings);
        let (found, said) = Client::hello(port).message(&odd);
        assert_eq!(found, code, "{settings}: {said}");
        for taken in hop.taken() {
            assert!(taken.octets.ends_with(&ends), "{settings}: {}", taken.text());
        }
        assert_eq!(hop.taken().len(), usize::from(code == 250));
        let line = server.logged("loneCr=1");
        assert!(
            line.contains("loneLf=1") && line.contains("nul=1") && line.contains("longLines=1")
        );
    }
}

#[test]
fn what_is_signed_is_what_goes_on() {
    let (server, hop, port) = with("originating = true\nverify = false");
    let odd =
        [&b"From: joe@example.com\r\nX: a\rb\r\n\r\na\nb\rc\0d\r\n"[..], &[b'x'; 1200], b"\r\n"]
            .concat();
    Client::hello(port).message(&odd);
    let file = server.scratch.write("signed.eml", hop.one().octets);
    let zone = server.scratch.path("keys.zone");
    let ran = crate::command_runner::waxseal(&[
        "verify",
        "--json",
        "--zone",
        zone.to_str().unwrap(),
        &file,
    ]);
    assert_eq!(ran.reports()[0]["result"], "pass", "{ran:?}");
}

#[test]
fn who_may_connect_and_who_may_tell_of_the_client() {
    let (_server, _hop, port) = with("peers = [\"192.0.2.0/24\"]");
    let mut client = Client::connect_silently(port);
    assert_eq!(client.reply().0, 554);
    let (_server, _hop, port) = with("peers = [\"127.0.0.0/8\"]\nxforward = [\"192.0.2.1\"]");
    let mut client = Client::connect(port);
    assert!(!client.say("EHLO a", 250).contains("XFORWARD"));
    client.say("XFORWARD ADDR=10.0.0.1", 550);
}

#[test]
fn whose_mail_is_ours_is_told_by_xforward() {
    let hop = Hop::start(Manners::default());
    let port = free_port();
    let _server = Running::start(&format!(
        "forward_to = \"smtp:[127.0.0.1]:{}\"\nnetworks = [\"10.0.0.0/8\", \"127.0.0.1\"]\nverify = false\n{KEYS}\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\n",
        hop.port
    ));
    for (xforward, signed) in [
        ("ADDR=10.1.2.3", true),
        ("ADDR=192.0.2.1", false),
        ("ADDR=[UNAVAILABLE] SOURCE=LOCAL", true),
        // who hands us mail is a mail server, and its own address says nothing about the client's
        ("", false),
    ] {
        let mut client = Client::hello(port);
        if !xforward.is_empty() {
            client.say(&format!("XFORWARD {xforward}"), 250);
        }
        client.message(super::filter::MESSAGE);
        let last = hop.taken().pop().unwrap();
        assert_eq!(last.text().contains("DKIM-Signature:"), signed, "{xforward}");
    }
}

#[test]
fn a_message_that_is_too_large_is_refused_and_the_next_is_not() {
    let hop = Hop::start(Manners::default());
    let port = free_port();
    let _server = Running::start(&format!(
        "forward_to = \"smtp:[127.0.0.1]:{}\"\n[limits]\nmessage_octets = 1000\nrecipients = 2\n\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\n",
        hop.port
    ));
    let mut client = Client::hello(port);
    client.say("MAIL FROM:<joe@example.com> SIZE=1001", 552);
    let line = [vec![b'x'; 70], b"\r\n".to_vec()].concat();
    assert_eq!(client.message(&[UNSIGNED, &line.repeat(20)].concat()).0, 552);
    assert_eq!(client.message(UNSIGNED).0, 250);
    client.envelope("joe@example.com", &["a@example.net", "b@example.net"]);
    client.say("RCPT TO:<c@example.net>", 452);
    assert_eq!(hop.taken().len(), 1);
}
