//! Signing (RFC 6376 §5): a message goes in, [`Unsigned`] signatures come out, and a key that may
//! live anywhere completes them.
//!
//! ```
//! use waxseal::crypto::{Algorithm, PURE_RUST, PrivateKey, Provider};
//! use waxseal::key::private;
//! use waxseal::sign::{Request, SignOptions, Signer};
//! use waxseal::{DomainName, Selector};
//!
//! let key = private::parse(b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
//! let key = PURE_RUST.signing_key(&key).unwrap();
//! let request = Request::new(
//!     DomainName::parse("example.com").unwrap(),
//!     Selector::parse("2026").unwrap(),
//!     Algorithm::Ed25519Sha256,
//! );
//! let mut signer = Signer::new(vec![request], SignOptions::default()).unwrap();
//! signer.push(b"From: joe@example.com\r\nSubject: hello\r\n\r\nHi.\r\n").unwrap();
//! let signing = signer.finish().unwrap();
//! for unsigned in signing.unsigned {
//!     let field = unsigned.sign(&*key).unwrap();
//!     assert!(field.starts_with("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple;"));
//! }
//! ```
//!
//! The tags of a field stand in the order v a c d s i q t x l h z bh b. For the same message,
//! request and key the field is the same, octet for octet, on every platform.

mod compose;
mod error;
mod machine;
mod request;
mod selection;
mod transport;
mod unsigned;

pub(crate) use selection::Selection;
pub(crate) use transport::Transport;
pub(crate) use unsigned::Parts;

pub use error::{RequestError, SignError};
pub use machine::{SignLimits, SignOptions, SignWarning, Signer, Signing};
pub use request::{BodyLength, Oversign, Request, SignedFields};
pub use selection::{NEVER_SIGNED, OVERSIGNED_FIELDS, RECOMMENDED_FIELDS};
pub use transport::{LineEndings, LongLines, MAX_LINE_OCTETS};
pub use unsigned::Unsigned;
