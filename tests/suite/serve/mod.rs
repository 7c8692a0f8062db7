//! The server as a process: content filter and milter, between clients and next hops of these tests.

mod amavis;
mod documents;
mod faults;
mod filter;
pub(crate) mod hop;
mod keys;
mod libmilter;
mod limits;
mod load;
mod log;
mod mail_server;
mod memory;
mod milter;
mod miltertest;
mod normalizing;
mod operations;
mod policies;
mod privileges;
pub(crate) mod running;
mod sealing;
mod transparency;
