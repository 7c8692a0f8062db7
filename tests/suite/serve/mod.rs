//! The server as a process: content filter and milter, between clients and next hops of these tests.

mod amavis;
mod faults;
mod filter;
pub(crate) mod hop;
mod limits;
mod load;
mod mail_server;
mod milter;
mod normalizing;
mod operations;
mod policies;
pub(crate) mod running;
mod sealing;
mod transparency;
