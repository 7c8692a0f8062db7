//! The command `waxseal verify` as a process: verdicts, options, exit status, what it prints.

use serde_json::Value;
use waxseal::dns::zone::Zone;
use waxseal::{Options, UnixTime, VerificationTime, Verifier};

use crate::command_runner::{
    AT, Scratch, command, message_signed_for, rfc_8463_zone, run, waxseal, waxseal_reading,
};
use crate::rfc_examples::{RFC_6376, RFC_8463};
use crate::support::REPORT_NAMES;

#[test]
fn a_message_passes_and_the_report_is_for_people() {
    let scratch = Scratch::new();
    let (zone, file) = (scratch.zone(), scratch.write("rfc8463.eml", RFC_8463));
    let ran = waxseal(&["verify", "--zone", &zone, "--at", AT, &file]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stderr, "");
    for part in [
        "rfc8463.eml: pass\n",
        "From        Joe SixPack <joe@football.example.com>\n",
        "Subject     Is dinner ready?\n",
        "pass        d=football.example.com s=brisbane ed25519-sha256 256 bits\n",
        "pass        d=football.example.com s=test rsa-sha256 1024 bits\n",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
    assert!(ran.stdout.lines().skip(1).all(|line| line.chars().count() <= 80));
}

#[test]
fn verbose_and_trace_tell_more() {
    let scratch = Scratch::new();
    let (zone, file) = (scratch.zone(), scratch.write("m.eml", RFC_8463));
    let ran = waxseal(&["verify", "-v", "--trace", "--zone", &zone, "--at", AT, &file]);
    for part in [
        "c=         relaxed/relaxed\n",
        "signed at  2018-06-10T13:38:29Z\n",
        "TTL 300 s",
        "Body        54 of 54 octets signed\n",
        "Oversigned  From Subject Date\n",
        "Authentication-Results:\n",
        "[canonicalBody] ok, 54 octets:\n",
        "We lost the game. Are you hungry yet?␍␊\n",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
}

#[test]
fn json_is_the_report_of_the_core_and_nothing_else() {
    let scratch = Scratch::new();
    let (zone, file) = (scratch.zone(), scratch.write("m.eml", RFC_8463));
    let arguments = ["verify", "--json", "--zone", &zone, "--at", "1528638209", &file];
    let ran = waxseal(&arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");

    let zone = Zone::parse(&rfc_8463_zone(), None).unwrap();
    let now = UnixTime::from_seconds(1_528_638_209);
    let mut verifier = Verifier::new(Options::new(VerificationTime::At(now)));
    verifier.push(RFC_8463.as_bytes());
    verifier.end();
    while let Some(query) = verifier.poll_query() {
        verifier.answer(query.id, zone.lookup(&query.name));
    }
    let mut report = verifier.finish();
    report.file = Some(file);
    assert_eq!(ran.stdout, serde_json::to_string(&report).unwrap() + "\n");

    let shape = &ran.reports()[0];
    for name in REPORT_NAMES {
        assert!(shape.get(name).is_some(), "{name} in {shape}");
    }
}

#[test]
fn the_time_decides_about_expired_signatures() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let result = |file: &str, more: &[&str]| {
        let mut arguments = vec!["verify", "--json", "--zone", &zone, file];
        arguments.extend(more);
        let reports = waxseal(&arguments).reports();
        reports[0]["signatures"][0]["reason"].clone()
    };
    // The signatures of RFC 8463 have t= but no x=.
    let file = scratch.write("m.eml", RFC_8463);
    assert_eq!(result(&file, &[]), Value::Null);
    assert_eq!(result(&file, &["--at", "2018-06-10T13:30:00Z"]), "timestampInFuture");
    let received = "Received: from a by b; Sun, 10 Jun 2018 13:30:00 +0000\r\n";
    let file = scratch.write("received.eml", format!("{received}{RFC_8463}"));
    assert_eq!(result(&file, &["--at", "received"]), "timestampInFuture");
    assert_eq!(result(&file, &[]), Value::Null);
}

#[test]
fn policy_is_what_the_options_say() {
    let scratch = Scratch::new();
    let (zone, file) = (scratch.zone(), scratch.write("m.eml", RFC_8463));
    let verify = |more: &[&str]| {
        let mut arguments = vec!["verify", "--json", "--zone", &zone, "--at", AT, &file];
        arguments.extend(more);
        waxseal(&arguments)
    };
    let reasons = |more: &[&str]| -> Vec<String> {
        let report = verify(more).reports().remove(0);
        let signatures = report["signatures"].as_array().unwrap();
        signatures.iter().map(|one| one["reason"].as_str().unwrap_or("pass").to_owned()).collect()
    };
    assert_eq!(reasons(&[]), ["pass", "pass"]);
    assert_eq!(reasons(&["--min-rsa-bits", "2048"]), ["pass", "keyTooSmall"]);
    assert_eq!(reasons(&["--max-signatures", "1"]), ["pass", "tooManySignatures"]);
    assert_eq!(reasons(&["--headers-only"]), ["bodyNotChecked", "bodyNotChecked"]);
    assert_eq!(verify(&["--headers-only"]).code, Some(1));
    let report = verify(&["--authserv-id", "mx.example.net"]).reports().remove(0);
    let field = report["authenticationResults"].as_str().unwrap();
    assert!(field.starts_with("mx.example.net;"), "{field}");
}

#[test]
fn the_exit_status_tells_the_weightiest() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let pass = scratch.write("pass.eml", RFC_8463);
    let fail = scratch.write("fail.eml", RFC_8463.replace("hungry", "thirsty"));
    let unsigned = scratch.write("unsigned.eml", "From: a@b.example\r\n\r\nHi.\r\n");
    let junk = scratch.write("junk.eml", [0, 1, 2, 3, 255]);
    let code = |files: &[&str]| {
        let mut arguments = vec!["verify", "--zone", &zone, "--at", AT];
        arguments.extend(files);
        waxseal(&arguments).code
    };
    assert_eq!(code(&[&pass]), Some(0));
    assert_eq!(code(&[&pass, &fail, &pass]), Some(1));
    assert_eq!(code(&[&unsigned]), Some(1));
    assert_eq!(code(&[&fail, &junk]), Some(65));
    assert_eq!(code(&["/nowhere.eml", &junk, &pass]), Some(66));
}

#[test]
fn temporary_trouble_has_a_status_of_its_own() {
    // Nothing listens on the port of a socket that was closed; UDP does not tell, hence the time.
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = format!("127.0.0.1:{port}");
    let message = message_signed_for("s", "d.example");
    let network = ["verify", "--json", "--resolver", &server, "--timeout", "1"];
    let ran = waxseal_reading(message.as_bytes(), &network);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    let signature = &ran.reports()[0]["signatures"][0];
    assert_eq!(signature["result"], "temperror");
    assert_eq!(signature["reason"], "keyUnavailable");
    assert!(signature["explanation"].as_str().unwrap().contains("time-out"), "{signature}");

    // A message that plainly has no passing signature outweighs it.
    let scratch = Scratch::new();
    let unsigned = scratch.write("unsigned.eml", "From: a@b.example\r\n\r\nHi.\r\n");
    let both = [&network[..], &["-", &unsigned]].concat();
    assert_eq!(waxseal_reading(message.as_bytes(), &both).code, Some(1));
}

#[test]
fn what_is_no_message_is_said_and_still_reported() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    for (name, octets, said) in [
        ("empty", &b""[..], "it is empty"),
        ("binary", b"\x7fELF\x02\x01\x01\0\0\0", "it is binary"),
        ("text", b"Dear all,\nthis is a letter.\n", "it does not begin with a header field"),
        ("blank", b"\r\nFrom: a@b.example\r\n", "it begins with an empty line"),
    ] {
        let file = scratch.write(name, octets);
        let ran = waxseal(&["verify", "--json", "--zone", &zone, &file]);
        assert_eq!(ran.code, Some(65), "{name}: {ran:?}");
        assert!(ran.stderr.contains(&format!("{file}: is no message: {said}")), "{ran:?}");
        assert_eq!(ran.results(), [(file, "permerror".to_owned())]);
    }
}

#[test]
fn zone_files_that_are_broken_are_named_with_their_line() {
    let scratch = Scratch::new();
    let file = scratch.write("m.eml", RFC_8463);
    let broken = scratch.write("broken.zone", "$TTL 300\na.example. IN TXT \"no end\n");
    let ran = waxseal(&["verify", "--zone", &broken, &file]);
    assert_eq!(ran.code, Some(65), "{ran:?}");
    assert!(ran.stderr.contains(&broken) && ran.stderr.contains("line 2"), "{ran:?}");
    assert_eq!(ran.stdout, "");

    let latin = scratch.write("latin.zone", b"$TTL 300\n; caf\xe9\n");
    let ran = waxseal(&["verify", "--zone", &latin, &file]);
    assert_eq!(ran.code, Some(65), "{ran:?}");
    assert!(ran.stderr.contains("line 2"), "{ran:?}");

    let ran = waxseal(&["verify", "--zone", "/nowhere.zone", &file]);
    assert_eq!(ran.code, Some(66), "{ran:?}");
    assert!(ran.stderr.contains("/nowhere.zone"), "{ran:?}");
}

#[test]
fn several_zone_files_answer_together() {
    let scratch = Scratch::new();
    let file = scratch.write("m.eml", RFC_8463);
    let zone = rfc_8463_zone();
    let without = |word: &str| {
        zone.lines().filter(|line| !line.starts_with(word)).collect::<Vec<_>>().join("\n") + "\n"
    };
    let one = scratch.write("one.zone", without("test"));
    let other = scratch.write("other.zone", without("brisbane"));
    let reasons = |zones: &[&str]| {
        let mut arguments = vec!["verify", "--json", "--at", AT, &file];
        zones.iter().for_each(|zone| arguments.extend(["--zone", zone]));
        let report = waxseal(&arguments).reports().remove(0);
        [0, 1].map(|at| report["signatures"][at]["reason"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(reasons(&[&one, &other]), ["", ""]);
    assert_eq!(reasons(&[&one]), ["", "keyNotFound"]);
}

#[test]
fn wrong_usage_is_64_and_help_is_not() {
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["verify", "--frobnicate"],
        &["verify", "--at", "tomorrow"],
        &["verify", "--resolver", "dns.example"],
        &["verify", "--resolver", "http://dns.example/dns-query"],
        &["verify", "--resolver", "127.0.0.1", "--zone", "x"],
        &["verify", "-j", "0"],
        &["verify", "--color", "pink"],
        &["verify", "--authserv-id", ""],
    ] {
        let ran = waxseal(arguments);
        assert_eq!(ran.code, Some(64), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "");
        assert_ne!(ran.stderr, "");
    }
    for arguments in [&["--help"][..], &["--version"], &["verify", "--help"], &["verify", "-h"]] {
        let ran = waxseal(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stderr, "");
    }
    assert!(waxseal(&["verify", "--help"]).stdout.contains("Exit status:"));
}

#[test]
fn nothing_in_a_message_acts_on_the_terminal() {
    let scratch = Scratch::new();
    let file = scratch.write(
        "evil.eml",
        "DKIM-Signature: v=1; a=\x1b[2J; d=\u{202e}moc.elpmaxe; s=\u{9b}31m; x\x07\r\n\
         From: \x1b]0;owned\x07 \u{202e}gro.elpmaxe@eoj <joe@football.example.com>\r\n\
         Subject: =?utf-8?B?G1syShs=?= \u{2066}x\u{1b}[31m\r\n\r\nHi.\r\n",
    );
    let zone = scratch.zone();
    for color in ["never", "always"] {
        let ran = waxseal(&["verify", "-v", "--trace", "--color", color, "--zone", &zone, &file]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        // What we colour with, and nothing else, may be there.
        let mut rest = ran.stdout.clone();
        for code in ["0", "1", "2", "33", "1;31", "1;32", "1;33", "1;35"] {
            rest = rest.replace(&format!("\x1b[{code}m"), "");
        }
        assert_eq!(rest == ran.stdout, color == "never");
        let acts = |one: &char| {
            one.is_control() && *one != '\n' || matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}')
        };
        assert!(!rest.chars().any(|one| acts(&one)), "{rest:?}");
    }
}

#[test]
fn no_color_is_respected_and_colour_can_be_forced() {
    let scratch = Scratch::new();
    let (zone, file) = (scratch.zone(), scratch.write("m.eml", RFC_8463));
    let colored = |when: &str, no_color: Option<&str>| {
        let mut command = command(&["verify", "--color", when, "--zone", &zone, &file]);
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        run(command, b"").stdout.contains('\x1b')
    };
    assert!(!colored("auto", None), "stdout is no terminal");
    assert!(!colored("auto", Some("1")));
    assert!(colored("always", Some("1")), "the option outweighs the environment");
    assert!(!colored("never", None));
}

#[test]
fn the_example_of_rfc_6376_is_judged_by_its_own_key() {
    let scratch = Scratch::new();
    let key = "v=DKIM1; p=\
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
    let (head, tail) = key.split_at(100);
    let zone = scratch.write(
        "keys.zone",
        format!(
            "brisbane._domainkey.example.com. 3600 IN TXT (\n \"{head}\" ; one\n \"{tail}\")\n"
        ),
    );
    let file = scratch.write("rfc6376.eml", RFC_6376);
    let ran = waxseal(&["verify", "--json", "--zone", &zone, &file]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.reports()[0]["signatures"][0]["key"]["bits"], 1024);
}

/// The message that other implementations test with, from the vectors this repository shares.
#[test]
fn the_shared_vector_is_the_message_of_rfc_8463() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/vectors/messages/lieser__RFC_8463_Appendix_A_Example.eml"
    );
    let Ok(octets) = std::fs::read(path) else {
        println!("skipped: there is no {path}");
        return;
    };
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let ran = waxseal_reading(&octets, &["verify", "--json", "--zone", &zone, "--at", AT]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ours =
        waxseal_reading(RFC_8463.as_bytes(), &["verify", "--json", "--zone", &zone, "--at", AT]);
    assert_eq!(ran.stdout, ours.stdout);
}
