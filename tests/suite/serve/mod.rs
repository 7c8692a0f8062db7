//! The server as a process: content filter and milter, between clients and next hops of these tests.

mod filter;
mod faults;
mod hop;
mod milter;
mod operations;
mod policies;
mod running;
mod transparency;
