use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::Config;

const KEY: &str = "[[key]]\ndomain = \"example.com\"\nselector = \"foo\"\nfile = \"foo.pem\"\n";

fn read_text(text: &str) -> Result<Config, ConfigError> {
    read(&Source::new(Path::new("/etc/waxseal/waxseal.toml"), text))
}

fn good(text: &str) -> Config {
    read_text(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The problems, each as `line: text`.
fn problems(text: &str) -> Vec<String> {
    let error = read_text(text).map(|_| ()).unwrap_err();
    let line = |problem: &Problem| {
        let line = problem.place.as_ref().map_or(0, |place| place.line());
        format!("{line}: {}", problem.text)
    };
    error.problems.iter().map(line).collect()
}

#[test]
fn the_sample_is_read() {
    let config = good(include_str!("../../../../../docs/samples/waxseal.toml"));
    assert_eq!(config.keys.len(), 3);
    assert_eq!(config.keys[0].file, Path::new("/etc/waxseal/keys/example.com-2026r.pem"));
    assert_eq!(config.listeners.len(), 3);
    assert!(config.bank(&["ORIGINATING".to_owned()]).signs());
    let originating = &config.banks["ORIGINATING"];
    assert_eq!(originating.discard_ehlo_keywords.as_ref().unwrap().value, ["8BITMIME"]);
}

#[test]
fn paths_are_relative_to_the_file() {
    let config = good(KEY);
    assert_eq!(config.keys[0].file, Path::new("/etc/waxseal/foo.pem"));
    assert_eq!(config.keys[0].place.to_string(), "/etc/waxseal/waxseal.toml:1");
    assert!(config.base.signs());
    assert!(!good(&format!("sign = false\n{KEY}")).base.signs());
}

#[test]
fn unknown_names_are_told_with_the_nearest() {
    assert_eq!(
        problems("[[key]]\ndomain = \"a.example\"\nselecter = \"x\"\nfile = \"f\"\n"),
        [
            "1: [[key]] has no selector; add selector = …",
            "3: unknown name \"selecter\" in [[key]]; did you mean \"selector\"?",
        ]
    );
    assert_eq!(
        problems("[signing.\".\"]\nexpire = 1\n")[0],
        "2: unknown name \"expire\" in [signing.\".\"]; it knows a, c, d, i, s, ttl, x, h, \
         oversign, l, z"
    );
    assert!(problems("netwroks = []\n")[0].ends_with("did you mean \"networks\"?"));
    assert!(problems("[bank.A]\noriginatin = true\n")[0].contains("[bank.A]; did you mean"));
}

#[test]
fn the_text_of_the_line_is_shown() {
    let error = read_text("[[key]]\ndomain = \"a b\" # x\nselector = \"s\"\nfile = \"f\"\n");
    assert_eq!(
        error.unwrap_err().to_string(),
        "/etc/waxseal/waxseal.toml:2: domain: \"a b\" is not a domain name: it contains the octet \
         0x20\n    domain = \"a b\" # x"
    );
}

#[test]
fn every_wrong_value_is_told_at_once() {
    let text = format!(
        "{KEY}h = 7\n[signing.\".\"]\na = \"rsa-sha1\"\nc = \"nofws\"\nttl = \"21y\"\nl = \"x\"\n\
         z = 1\nh = \"Received\"\ni = \"@a b\"\n"
    );
    let found = problems(&text);
    let starts = [
        "5: h must be",
        "7: a: rsa-sha1",
        "8: c:",
        "9: ttl:",
        "10: l must",
        "11: z must",
        "12: h: the field Received",
        "13: i:",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}");
    }
}

#[test]
fn what_contradicts_itself_is_told() {
    assert!(
        problems(&format!("{KEY}{KEY}"))[0]
            .starts_with("5: the selector foo of example.com has a key already, at /etc/")
    );
    let options = |options: &str| problems(&format!("{KEY}[signing.\".\"]\n{options}\n"));
    assert_eq!(
        options("d = \"exmaple.com\""),
        ["6: d = \"exmaple.com\", but there is no [[key]] of that domain; did you mean \
          \"example.com\"?"]
    );
    assert_eq!(
        options("s = \"fooo\""),
        ["6: s = \"fooo\", but there is no [[key]] with that selector; did you mean \"foo\"?"]
    );
    assert_eq!(
        problems("[[listener]]\naddress = \"127.0.0.1:1\"\nbank = \"A\"\n"),
        ["3: there is no bank \"A\"; add [bank.A]"]
    );
    assert_eq!(
        problems("[[listener]]\naddress = \"/a\"\n[[listener]]\naddress = \"unix:/a\"\n"),
        ["3: /a is listened on already, at /etc/waxseal/waxseal.toml:1"]
    );
    let twice = "[signing.\"Example.com\"]\nttl = 1\n[signing.\"example.com\"]\nttl = 2\n";
    assert_eq!(problems(twice).len(), 1);
}

#[test]
fn time_spans_are_texts_or_seconds() {
    for (text, seconds) in [("\"21d\"", 1_814_400), ("\"3600s\"", 3600), ("60", 60), ("0x10", 16)] {
        let config = good(&format!("[signing.\".\"]\nttl = {text}\n"));
        let maps = config.base.signing.unwrap();
        assert_eq!(maps[0].entries[0].tags.ttl.as_ref().unwrap().value, seconds);
    }
}

#[test]
fn what_is_no_toml_is_told_where() {
    assert!(problems("a = \n[[key]\n")[0].starts_with("1: not TOML: "));
    let perl = read_text("use strict;\ndkim_key('a', 'b', 'c');\n").unwrap_err().to_string();
    assert!(perl.contains("its name does not end in .conf"), "{perl}");
}

#[test]
fn banks_and_policies_are_read() {
    let config = good(
        "forward_to = [\"smtp:[127.0.0.1]:10025\", \"smtp:backup.example:25\"]\n\
         on_sign_error = \"pass\"\n[policy]\nfail = \"reject\"\n[bank.A]\nforward_to = []\n\
         networks = \"!10.0.0.1\"\n[bank.A.policy]\ntemperror = \"tempfail\"\n",
    );
    let bank = config.bank(&["A".to_owned()]);
    assert_eq!(bank.forward_to.unwrap().value, []);
    assert_eq!(config.base.forward_to.unwrap().value.len(), 2);
    assert_eq!(bank.policy.len(), 2);
    assert_eq!(bank.on_sign_error.unwrap().value.name(), "pass");
    assert!(problems("[policy]\nfial = \"reject\"\n")[0].contains("did you mean \"fail\""));
    assert!(problems("[policy]\nfail = \"drop\"\n")[0].contains("annotate, reject"));
}

#[test]
fn what_a_server_needs_is_read() {
    let config = good(
        "[server]\nuser = \"waxseal\"\nsocket_mode = \"0600\"\nspool = \"spool\"\nlog = \"json\"\n\
         metrics = \"[::1]:9464\"\nadmin = \"postmaster@example.com\"\nauthserv_id = \"MX.example.com\"\n\
         [limits]\nidle = \"5m\"\ndeadline = 60\nhop_end = \"1h\"\nconnections = 7\n",
    );
    let said: Vec<_> =
        config.server.said().iter().map(|(name, value, _)| format!("{name}={value}")).collect();
    assert_eq!(
        said,
        [
            "authserv_id=mx.example.com",
            "spool=/etc/waxseal/spool",
            "user=waxseal",
            "log=json",
            "metrics=[::1]:9464",
            "admin=postmaster@example.com",
            "socket_mode=0600",
            "connections=7",
            "idle=300",
            "deadline=60",
            "hop_end=3600",
        ]
    );
    for (text, part) in [
        ("[server]\nlog = \"xml\"\n", "text or json"),
        ("[server]\nmetrics = \"9464\"\n", "no address with a port"),
        ("[server]\nadmin = \"joe\"\n", "no address"),
        ("[server]\nadmin = \"a b@example.com\"\n", "no address"),
        ("[server]\nsocket_mode = \"0x8\"\n", "no file mode"),
        ("[server]\nspool = \"\"\n", "names no path"),
        ("[limits]\nidle = \"soon\"\n", "no time span"),
        ("[limits]\nconnection = 1\n", "did you mean \"connections\""),
    ] {
        assert!(problems(text)[0].contains(part), "{text}: {:?}", problems(text));
    }
}

#[test]
fn what_seals_is_a_key() {
    let key = "[[key]]\ndomain = \"example.com\"\nselector = \"s\"\nfile = \"x\"\n";
    let config = good(&format!(
        "arc_seal = \"S._domainkey.example.com\"\n[bank.A]\noriginating = true\n{key}"
    ));
    let seal = config.bank(&["A".to_owned()]).arc_seal.unwrap();
    assert_eq!(config.key_named(&seal.value), Some(0));
    let found = problems(&format!("arc_seal = \"t._domainkey.example.com\"\n{key}"));
    assert!(found[0].contains("there is no [[key]] for arc_seal"), "{found:?}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z=\"\\[\\]. \n#{}',0-9]{0,120}") {
        let _ = read_text(&text);
    }

    #[test]
    fn any_value_is_read_or_refused(
        name in prop::sample::select(vec![
            "key", "signing", "listener", "bank", "networks", "sign", "forward_to", "policy",
            "on_sign_error", "my_domain", "peers", "arc_seal",
        ]),
        value in prop::sample::select(vec![
            "1", "true", "\"x\"", "[]", "{}", "[1]", "[{}]", "{a = 1}", "{a = {}}", "1.5",
            "2026-01-01", "[[]]", "\"\"", "[\"\"]",
        ]),
    ) {
        let _ = read_text(&format!("{name} = {value}\n"));
    }
}
