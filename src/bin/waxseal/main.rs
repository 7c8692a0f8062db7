//! The command `waxseal`: a host of the core, with files, sockets, a clock and a terminal.

#![allow(
    clippy::disallowed_methods,
    reason = "clocks, files and sockets are kept out of the library; here is where they belong"
)]

mod cli;
mod config;
mod exit;
mod input;
mod keys;
mod milter;
mod resolver;
mod server;
mod sign;
mod smtp;
mod verify;

fn main() -> std::process::ExitCode {
    cli::run().into()
}
