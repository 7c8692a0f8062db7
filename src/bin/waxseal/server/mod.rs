//! The server beside a mail server: content filter and milter.

mod engine;
mod filter;
mod generation;
mod hop;
mod log;
mod lookups;
mod pool;
mod shared;
mod spool;
