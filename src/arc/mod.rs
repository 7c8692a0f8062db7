//! The Authenticated Received Chain (RFC 8617): who handled a message on its way, and what each of
//! them found, sealed set upon set.
//!
//! ARC is an experiment, and on its way to Historic: verify chains for what they tell, seal where
//! receivers ask for it, and build nothing on it that has to last.
//!
//! A [`Verifier`](crate::Verifier) judges the chain of every message and says so in
//! [`Report::arc`](crate::Report::arc). A [`Sealer`] adds a set, as a host does that forwards a
//! message after having changed it. A chain that fails is never repaired: at most it is marked as
//! failed, once.
//!
//! ```
//! use waxseal::arc::{CarriedResults, SealKey, SealRequest, Sealer};
//! use waxseal::crypto::{Algorithm, PURE_RUST, Provider};
//! use waxseal::dns::Answer;
//! use waxseal::key::private;
//! use waxseal::sign::SignOptions;
//! use waxseal::{DomainName, Options, Selector, UnixTime, VerificationTime};
//!
//! let now = UnixTime::from_seconds(1_700_000_000);
//! let key = private::parse(b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
//! let key = PURE_RUST.signing_key(&key).unwrap();
//! let results = CarriedResults::Given("lists.example.org; spf=pass".to_owned());
//! let name = SealKey {
//!     domain: DomainName::parse("example.org").unwrap(),
//!     selector: Selector::parse("2026").unwrap(),
//!     algorithm: Algorithm::Ed25519Sha256,
//! };
//! let mut request = SealRequest::new(name, results);
//! request.timestamp = Some(now);
//!
//! let options = Options::new(VerificationTime::At(now));
//! let mut sealer = Sealer::new(request, options, SignOptions::default()).unwrap();
//! sealer.push(b"From: joe@example.com\r\nSubject: hello\r\n\r\nHi.\r\n").unwrap();
//! while let Some(query) = sealer.poll_query() {
//!     // Ask the DNS for the TXT records of query.name here.
//!     sealer.answer(query.id, Answer::NotFound);
//! }
//! let sealing = sealer.finish().unwrap();
//! assert_eq!(sealing.chain.result.as_str(), "none");
//! let set = sealing.set.unwrap().sign(&*key, &*key).unwrap();
//! assert!(set.header().starts_with("ARC-Seal: a=ed25519-sha256;"));
//! assert_eq!(
//!     set.authentication_results,
//!     "ARC-Authentication-Results: i=1; lists.example.org; spf=pass\r\n"
//! );
//! ```

mod chain;
mod compose;
mod request;
mod results;
mod seal;
mod sets;

pub(crate) use chain::Chain;

pub use compose::{SealedSet, UnsignedSeal, UnsignedSet};
pub use request::{CarriedResults, SealKey, SealRequest, SealRequestError};
pub use seal::{NotSealed, SealChecks, Sealer, Sealing};
