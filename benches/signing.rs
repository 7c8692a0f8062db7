//! Signs one message again and again on one core, and prints messages per second.
//!
//! `benches/peers/run` calls it beside the peers: `cargo bench --bench signing -- MESSAGE KEY SECONDS`.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads files and the clock")]

use std::time::{Duration, Instant};

use waxseal::canon::Canonicalization;
use waxseal::crypto::{AWS_LC, Algorithm, KeyType};
use waxseal::key::private;
use waxseal::sign::{Request, SignOptions, Signer};
use waxseal::{DomainName, Selector, UnixTime};

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [message, key, seconds] = arguments.as_slice() else {
        // `cargo test --all-targets` and a bare `cargo bench` have no message to sign.
        println!("usage: cargo bench --bench signing -- MESSAGE KEY SECONDS");
        return;
    };
    let message = std::fs::read(message).expect("a message");
    let key = private::parse(&std::fs::read(key).expect("a key file")).expect("a private key");
    let algorithm = match key.key_type() {
        KeyType::Rsa => Algorithm::RsaSha256,
        KeyType::Ed25519 => Algorithm::Ed25519Sha256,
    };
    let key = AWS_LC.signing_key(&key).expect("a usable key");
    let mut request = Request::new(
        DomainName::parse("example.com").expect("a name"),
        Selector::parse("bench").expect("a selector"),
        algorithm,
    );
    request.body_canonicalization = Canonicalization::Relaxed;
    request.timestamp = Some(UnixTime::from_seconds(1_700_000_000));
    let span = Duration::from_secs_f64(seconds.parse().expect("a number of seconds"));

    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < span {
        let options = SignOptions { provider: AWS_LC, ..SignOptions::default() };
        let mut signer = Signer::new(vec![request.clone()], options).expect("a request");
        message.chunks(64 * 1024).for_each(|piece| signer.push(piece).expect("a message"));
        for unsigned in signer.finish().expect("signed").unsigned {
            unsigned.sign(&*key).expect("a signature");
        }
        count += 1;
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    println!("{:34} {rate:10.0}", "waxseal, the crate");
}
