//! The check of one published key: is it there, can it be used, is it the one that signs?
//!
//! What a verifier says of a message whose key is wrong is rarely what its owner needs to know. The
//! check names the cause: the name does not exist, another key stands there, an alias leads nowhere.

mod findings;
mod machine;
mod report;

pub use machine::{CheckOptions, KeyCheck};
pub use report::KeyReport;

use crate::crypto::{HashAlgorithm, Provider, PublicKey};
use crate::encoding::base64;
use crate::key::public;

/// What a key is known by, short enough to compare: SHA-256 over its SubjectPublicKeyInfo in DER, in
/// base64.
///
/// `openssl pkey -in KEY -pubout -outform DER | openssl dgst -sha256 -binary | base64` prints the same
/// after the `SHA256:`.
///
/// ```
/// use waxseal::crypto::{PURE_RUST, PublicKey};
///
/// let fingerprint = waxseal::check::fingerprint(&PublicKey::Ed25519([0; 32]), PURE_RUST);
/// assert_eq!(fingerprint, "SHA256:ciq9EumaU2fzda65ZyqOB3EuA8Kt0W+o1pFNHPou/gw=");
/// ```
pub fn fingerprint(key: &PublicKey, provider: &dyn Provider) -> String {
    let mut hasher = provider.hasher(HashAlgorithm::Sha256);
    hasher.update(&public::to_spki_der(key));
    format!("SHA256:{}", base64::encode(&hasher.finish()))
}
