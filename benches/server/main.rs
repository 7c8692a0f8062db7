//! The server beside amavisd-new and OpenDKIM, in one run: messages per second and processor time per
//! message, and a load of ten thousand messages of which none may be lost or changed.
//!
//! `benches/server/run` calls it: `cargo bench --bench server -- FOLDER ROUNDS MESSAGES`. The folder has the
//! key `key.pem` and takes configurations and logs.

#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark starts programs and reads files and the clock"
)]

mod clients;
mod load;
mod mail;
mod milter;
mod name_server;
mod process;
mod programs;
mod smtp;

use std::path::Path;

use clients::{Measured, Work};
use mail::{Kind, Mail};
use programs::{Program, Setting};

/// Sessions at once, as many as a busy Postfix has.
const SESSIONS: usize = 50;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [folder, rounds, messages] = arguments.as_slice() else {
        // `cargo test --all-targets` and a bare `cargo bench` have no folder.
        println!("usage: cargo bench --bench server -- FOLDER ROUNDS MESSAGES");
        return;
    };
    let rounds: usize = rounds.parse().expect("a number of rounds");
    let messages: usize = messages.parse().expect("a number of messages");
    let mail = Mail::new(Path::new(folder));
    let names = name_server::start(mail.record());
    let setting = Setting::new(Path::new(folder), names, mail.record());

    println!(
        "load: {messages} messages of 10 KB from {SESSIONS} sessions through waxseal to smtp-sink"
    );
    load::run_through(&setting, &mail, messages);
    let filters = [Program::WaxsealFilter, Program::Amavis, Program::AmavisBare];
    let milters = [Program::WaxsealMilter, Program::OpenDkim];
    for (title, kind, programs) in [
        ("content filter, verifying", Kind::Verified, &filters[..]),
        ("content filter, signing", Kind::Signed, &filters),
        ("milter, verifying", Kind::Verified, &milters),
        ("milter, signing", Kind::Signed, &milters),
    ] {
        println!("\n{title}: messages per second, milliseconds of processor per message");
        let best = compare(&setting, &mail, kind, programs, rounds, messages);
        for (program, best) in programs.iter().zip(best) {
            println!("{:34} {:10.0} {:10.2}", program.name(), best.rate, best.milliseconds);
        }
    }
}

/// The best of several rounds of each, in turns, since others may use the machine too.
fn compare(
    setting: &Setting,
    mail: &Mail,
    kind: Kind,
    programs: &[Program],
    rounds: usize,
    messages: usize,
) -> Vec<Measured> {
    let mut found = vec![Vec::new(); programs.len()];
    for _ in 0..rounds {
        for (program, found) in programs.iter().zip(&mut found) {
            let running = program.start(setting, kind);
            let amavis = program.is_amavis();
            let work = Work {
                port: running.port(kind),
                pid: running.pid(),
                kind,
                // a process of amavis serves one client at a time
                sessions: if amavis { programs::AMAVIS_PROCESSES } else { SESSIONS },
                messages: if amavis { messages / 20 } else { messages },
            };
            // what is loaded with the first message is not counted
            let warm = Work { messages: work.messages / 10, ..work };
            for (work, counts) in [(&warm, false), (&work, true)] {
                let measured = match program {
                    Program::OpenDkim | Program::WaxsealMilter => milter::measure(work, mail),
                    _ => smtp::measure(work, mail, &setting.sink),
                };
                if counts {
                    found.push(measured);
                }
            }
        }
    }
    found.iter().map(|found| Measured::best(found)).collect()
}
