//! Keys: the records they are published in, and the numbers they hold.

pub mod public;
pub mod record;

pub use public::PublicKeyError;
pub use record::{KeyRecord, KeyRecordError};
