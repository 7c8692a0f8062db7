//! What `waxseal verify` reads: files, standard input, mbox, Maildir, and files that are none.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::command_runner::{AT, Scratch, command, waxseal, waxseal_reading};
use crate::rfc_examples::RFC_8463;

const FROM_LINE: &str = "From joe@example.com Sun Jun 10 13:38:30 2018\n";

fn lf(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[test]
fn standard_input_is_a_message() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    for arguments in [&["-"][..], &[]] {
        let arguments = [&["verify", "--json", "--zone", &zone, "--at", AT], arguments].concat();
        let ran = waxseal_reading(RFC_8463.as_bytes(), &arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.results(), [("-".to_owned(), "pass".to_owned())]);
    }
}

#[test]
fn lines_that_end_in_lf_alone_are_converted_and_mixed_ones_are_not() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let verify = |name: &str, message: &str| {
        let file = scratch.write(name, message);
        waxseal(&["verify", "--json", "--zone", &zone, "--at", AT, &file]).reports().remove(0)
    };
    let report = verify("lf.eml", &lf(RFC_8463));
    assert_eq!(report["result"], "pass", "{report}");
    assert_eq!(report["warnings"], serde_json::json!([]));

    let mixed = RFC_8463.replace("hungry yet?\r\n", "hungry yet?\n");
    let report = verify("mixed.eml", &mixed);
    assert_eq!(report["result"], "fail", "{report}");
    assert_eq!(report["warnings"][0]["code"], "bareLineEnding", "{report}");

    let report = verify("short.eml", "From: a@b.example");
    assert_eq!(report["result"], "none", "{report}");
}

#[test]
fn an_mbox_is_taken_apart() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    // The second message has a line that the mbox had to quote; signed by nobody.
    let quoted = "From: a@b.example\n\n>From the start\n";
    let message = lf(RFC_8463);
    let mbox = format!("{FROM_LINE}{message}\n{FROM_LINE}{quoted}\n{FROM_LINE}{message}");
    let file = scratch.write("box.mbox", &mbox);
    for more in [&[][..], &["--mbox"], &["-j", "4"]] {
        let arguments = [&["verify", "--json", "--zone", &zone, "--at", AT, &file], more].concat();
        let ran = waxseal(&arguments);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let expected = [(1, "pass"), (2, "none"), (3, "pass")];
        let expected = expected.map(|(n, result)| (format!("{file}#{n}"), result.to_owned()));
        assert_eq!(ran.results(), expected);
        // "From the start" CRLF, with no bracket.
        assert_eq!(ran.reports()[1]["coverage"]["body"]["total"], 16);
    }
    let ran = waxseal_reading(mbox.as_bytes(), &["verify", "--json", "--zone", &zone, "-"]);
    assert_eq!(ran.results()[2].0, "-#3");

    let ran = waxseal(&["verify", "--mbox", "--zone", &zone, &scratch.write("m.eml", RFC_8463)]);
    assert_eq!(ran.code, Some(65), "{ran:?}");
    assert!(ran.stderr.contains("is no mbox"), "{ran:?}");
}

#[test]
fn reports_come_in_the_order_of_the_messages() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let long = "x".repeat(100_000);
    let messages: String = (0..200)
        .map(|n| {
            let body = if n % 7 == 0 { long.as_str() } else { "short" };
            format!("{FROM_LINE}{}\n{body}\n\n", lf(RFC_8463))
        })
        .collect();
    let file = scratch.write("many.mbox", messages);
    let ran = waxseal(&["verify", "--json", "-j", "8", "--zone", &zone, "--at", AT, &file]);
    let names: Vec<String> = ran.results().into_iter().map(|(name, _)| name).collect();
    let expected: Vec<String> = (1..=200).map(|n| format!("{file}#{n}")).collect();
    assert_eq!(names, expected);
}

#[test]
fn directories_and_maildirs_are_read() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    scratch.write("maildir/cur/2.host:2,S", RFC_8463);
    scratch.write("maildir/cur/1.host:2,S", lf(RFC_8463));
    scratch.write("maildir/new/0.host", RFC_8463);
    scratch.write("maildir/tmp/9.host", "half a mess");
    scratch.write("maildir/dovecot.index", "\0");
    let names = |directory: &str| {
        let path = scratch.path(directory);
        let path = path.to_str().unwrap();
        let ran = waxseal(&["verify", "--json", "--zone", &zone, "--at", AT, path]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let prefix = format!("{path}/");
        let name = |(file, _): (String, String)| file.strip_prefix(&prefix).unwrap().to_owned();
        ran.results().into_iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names("maildir"), ["cur/1.host:2,S", "cur/2.host:2,S", "new/0.host"]);

    for name in ["plain/b.eml", "plain/a.eml", "plain/.hidden", "plain/below/c.eml"] {
        scratch.write(name, RFC_8463);
    }
    assert_eq!(names("plain"), ["a.eml", "b.eml"]);

    std::fs::create_dir_all(scratch.path("empty/nothing")).unwrap();
    let ran = waxseal(&["verify", "--zone", &zone, scratch.path("empty").to_str().unwrap()]);
    assert_eq!(ran.code, Some(65), "{ran:?}");
    assert!(ran.stderr.contains("holds no message"), "{ran:?}");
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_others_are_still_verified() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let good = scratch.write("good.eml", RFC_8463);
    let ran = waxseal(&["verify", "--json", "--zone", &zone, "--at", AT, "/nowhere.eml", &good]);
    assert_eq!(ran.code, Some(66), "{ran:?}");
    assert!(ran.stderr.starts_with("waxseal: /nowhere.eml: cannot be read: "), "{ran:?}");
    assert_eq!(ran.results(), [(good, "pass".to_owned())]);
}

/// Reading the start of its own address space is an I/O error, for root as well.
#[cfg(target_os = "linux")]
#[test]
fn a_read_error_is_never_a_verdict() {
    let scratch = Scratch::new();
    let ran = waxseal(&["verify", "--json", "--zone", &scratch.zone(), "/proc/self/mem"]);
    assert_eq!(ran.code, Some(66), "{ran:?}");
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("/proc/self/mem: cannot be read: "), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let file = scratch.write("many.mbox", format!("{FROM_LINE}{}\n", lf(RFC_8463)).repeat(500));
    let mut child = command(&["verify", "--json", "--zone", &zone, &file])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("#1"), "{first}");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// 100 MB in each of the ways that need more than one look: LF line endings, an mbox, a stream.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_message() {
    const MIB: u64 = 1024 * 1024;
    let scratch = Scratch::new();
    let zone = scratch.zone();
    let head = lf(RFC_8463);
    let line = format!("{}\n", "All work and no play makes Jack a dull boy. ".repeat(23));
    let path = scratch.write("big.mbox", FROM_LINE);
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(head.as_bytes()).unwrap();
    let block = line.repeat(1000);
    for _ in 0..100 {
        file.write_all(block.as_bytes()).unwrap();
    }
    assert!(file.metadata().unwrap().len() > 100_000_000);
    drop(file);

    // It reports on the file and then waits for standard input, so its peak can be read.
    let mut child = command(&["verify", "--json", "-j", "1", "--zone", &zone, &path, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut report = String::new();
    stdout.read_line(&mut report).unwrap();
    assert!(report.contains("bodyHashMismatch"), "{report}");
    let peak = peak_memory(child.id());
    assert!(peak < 64 * MIB, "{peak} octets at the peak");

    // Now as much again through the pipe.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(head.as_bytes()).unwrap();
    for _ in 0..100 {
        stdin.write_all(block.as_bytes()).unwrap();
    }
    let peak = peak_memory(child.id());
    assert!(peak < 64 * MIB, "{peak} octets at the peak");
    drop(stdin);
    report.clear();
    stdout.read_line(&mut report).unwrap();
    assert!(report.contains("bodyHashMismatch"), "{report}");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[cfg(target_os = "linux")]
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}
