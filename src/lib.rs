//! DKIM that runs wherever mail is read or sent.
//!
//! The core verifies signatures without touching a clock, a file or a socket: a host pushes the
//! octets of a message into a [`Verifier`], answers its DNS queries, and gets a [`Report`]. It makes
//! them alike: a [`sign::Signer`] hands out what a key, wherever it lives, has to sign. The same code
//! runs natively and in WebAssembly and gives the same reports and signatures.
//!
//! # Features
//!
//! - `cli` (default): what the command `waxseal` needs. The library needs none of it.
//! - `rsa` (default, part of `cli`): RSA private keys sign and are made in Rust. Without it they are read,
//!   checked and handed on, to sign outside; verifying needs no feature.
//! - `aws-lc` (part of `cli`): a second [`crypto::Provider`], `crypto::AWS_LC`, for native hosts that
//!   verify and sign much.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Where data from outside is handled, nothing may panic or wrap (CONTRIBUTING.md, "No panic").
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

pub mod alignment;
pub mod arc;
pub mod auth_results;
pub mod canon;
pub mod check;
pub mod crypto;
pub mod diagnose;
pub mod dns;
pub mod domainkeys;
pub mod encoding;
mod hash;
pub mod key;
mod lanes;
pub mod message;
mod name;
pub mod reporting;
pub mod sign;
pub mod signature;
mod sorted;
pub mod tag_list;
mod time;
mod verifier;
pub mod verify;

#[cfg(all(target_arch = "wasm32", any(feature = "npm", feature = "npm-diagnose")))]
mod wasm;

pub use name::{DomainName, NameError, Selector};
pub use time::{UnixTime, VerificationTime};
pub use verifier::{Diagnoser, SignatureChecks, Verifier};
pub use verify::{Interest, Limits, Options, Policy, Reason, Report, VerificationResult};

/// The examples of the README are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
