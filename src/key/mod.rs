//! Keys: the records they are published in, and the numbers they hold.

mod container;
pub mod generate;
pub mod private;
pub mod public;
pub mod publish;
pub mod record;

pub use container::ContainerError;
pub use public::PublicKeyError;
pub use record::{KeyRecord, KeyRecordError};
