//! The server beside a mail server: content filter and milter.
//!
//! A message goes its way on the reading of the configuration it began with ([`generation`]). The
//! protocols are machines elsewhere (`smtp`, `milter`); here are the sockets, and the [`engine`] that
//! both ask what is to be done with a message.

mod control;
mod engine;
mod filter;
mod generation;
mod hop;
mod listeners;
mod log;
mod lookups;
mod milter;
mod pool;
mod reload;
mod run;
mod shared;
mod spool;

pub(crate) use control::{Command, ControlError, ask};
pub(crate) use reload::Source;
pub(crate) use run::{Options, run};
