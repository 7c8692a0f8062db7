//! The core for JavaScript: bindings and nothing else (wasm32 only).
//!
//! What is exported here is the inside of the npm package, not its face: the entries in
//! `pkg-scripts/npm` check arguments, read streams and keep the deadline, and are what is
//! documented for users. Here values change their type.

// wasm-bindgen exports `pub` items only, although nothing in Rust reaches them.
#![allow(unreachable_pub)]

mod answer;
mod auth_results;
mod check;
mod checks;
mod diagnose;
mod dns;
mod error;
mod json;
mod keys;
mod options;
mod reports;
mod requests;
mod seal;
mod settings;
mod sign;
mod task;
mod value;
mod verify;

#[cfg(test)]
mod tests;
