//! An amavisd.conf starts the server as it is.

use std::os::unix::fs::PermissionsExt as _;

use super::filter::MESSAGE;
use super::hop::{Hop, Manners};
use super::running::{Client, Running, free_port};
use crate::command_runner::Scratch;
use crate::signer::RSA_KEY;

const SAMPLE: &str = include_str!("../../../docs/samples/amavisd.conf");

/// A key file in a folder of the scratch.
fn key(scratch: &Scratch, name: &str) {
    let path = scratch.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let path = scratch.write(name, RSA_KEY);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Two ports, the second right above the first.
fn neighbours() -> (u16, Hop) {
    loop {
        let port = free_port();
        if let Some(hop) =
            port.checked_add(1).and_then(|next| Hop::start_at(Manners::default(), next))
        {
            return (port, hop);
        }
    }
}

#[test]
fn the_sample_takes_mail_on_both_ports_and_hands_it_on() {
    let scratch = Scratch::new();
    for name in ["example.com-2026", "guest", "sub.example.com-2026"] {
        key(&scratch, &format!("dkim/{name}.pem"));
    }
    let (back, out) = (Hop::start(Manners::default()), Hop::start(Manners::default()));
    let (verify, sign) = (free_port(), free_port());
    let folder = scratch.path("dkim");
    let mut config = SAMPLE.replace("/var/db/dkim", folder.to_str().unwrap());
    for (documented, port) in
        [(10024, verify), (10025, back.port), (10026, sign), (10027, out.port)]
    {
        assert!(config.contains(&documented.to_string()));
        config = config.replace(&documented.to_string(), &port.to_string());
    }
    let server = Running::start_named(scratch, "amavisd.conf", &config, &[]);
    let offers = Client::connect(sign).say("EHLO a", 250);
    assert!(!offers.contains("8BITMIME") && !offers.contains("SMTPUTF8"), "{offers}");
    assert_eq!(Client::hello(sign).message(MESSAGE).0, 250);
    let signed = out.one();
    assert!(signed.text().starts_with("DKIM-Signature:"), "{}", signed.text());
    let tags: String =
        signed.text().split("\r\nFrom:").next().unwrap().split_whitespace().collect();
    assert!(tags.contains("d=example.com;s=2026;") && tags.contains("c=relaxed/simple;"), "{tags}");
    let (code, text) = Client::hello(verify).message(&signed.octets);
    assert_eq!(code, 250);
    let hop = back.port;
    assert_eq!(text, format!("2.0.0 from MTA(smtp:[127.0.0.1]:{hop}): 250 2.0.0 Ok: queued as 0"));
    let verified = back.taken().into_iter().find(|one| one.octets.ends_with(&signed.octets));
    let verified = verified.expect("it is handed on as it came").text();
    assert!(verified.starts_with("Authentication-Results:"), "{verified}");
    // none of the keys is published, and the administrator is told by $notify_method
    server.logged("key guest._domainkey.example.com");
    let is_notice = |one: &super::hop::Taken| {
        one.commands.iter().any(|command| command == "RCPT TO:<virusalert@example.com>")
    };
    let since = std::time::Instant::now();
    while !back.taken().iter().any(is_notice) {
        assert!(since.elapsed() < super::running::LIMIT);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn what_amavisd_sets_by_itself_is_set_and_the_next_port_is_the_way_on() {
    let scratch = Scratch::new();
    key(&scratch, "foo.pem");
    let pem = scratch.path("foo.pem");
    let (port, hop) = neighbours();
    // the addresses are those that amavisd listens on: 127.0.0.1 and, where there is one, [::1]
    let config = format!(
        "use strict;\n$mydomain = 'example.com';\n$myhostname = 'mail.example.com';\n\
         $myauthservid = 'auth.example.com';\n$MYHOME = '/nowhere';\n$TEMPBASE = \"$MYHOME/tmp\";\n\
         $smtpd_message_size_limit = 100*1024;\n$smtpd_recipient_limit = 2;\n$max_servers = 4;\n\
         $inet_socket_port = {port};\n$forward_method = 'smtp:*:*';\n$notify_method = $forward_method;\n\
         $enable_dkim_signing = 1;\n$enable_dkim_verification = 1;\n@mynetworks = ('192.0.2.0/24');\n\
         dkim_key('example.com', 'foo', '{}');\n1;\n",
        pem.display()
    );
    let server = Running::start_named(scratch, "amavisd.conf", &config, &[]);
    server.logged("/nowhere/tmp: messages cannot be spooled there");
    let mut client = Client::connect(port);
    assert!(client.say("EHLO a", 250).contains("SIZE 102400"));
    // the way back is to who hands us the mail, not to the client that it tells of
    client.say("XFORWARD ADDR=203.0.113.9", 250);
    client.envelope("joe@example.com", &["a@example.net", "b@example.net"]);
    client.say("RCPT TO:<c@example.net>", 452);
    assert_eq!(client.data(MESSAGE).0, 250);
    assert!(hop.one().text().starts_with("Authentication-Results: auth.example.com; dkim=none"));
}
