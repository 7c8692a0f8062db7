//! The server beside a mail server: content filter and milter.
//!
//! A message goes its way on the reading of the configuration it began with ([`generation`]). The
//! protocols are machines elsewhere (`smtp`, `milter`); here are the sockets, and the [`engine`] that
//! both ask what is to be done with a message.

mod alerts;
mod changes;
mod control;
mod engine;
mod filter;
mod generation;
mod hop;
mod key_reader;
mod key_watch;
mod limits;
mod listeners;
mod log;
mod lookups;
mod metrics;
mod milter;
mod notify;
mod pool;
mod privileges;
mod reload;
mod run;
mod shared;
mod spool;

pub(crate) use control::{Command, ControlError, ask};
pub(crate) use key_reader::run as read_keys;
pub(crate) use run::{Options, run};
