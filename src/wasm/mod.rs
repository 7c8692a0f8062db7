//! The core for JavaScript: bindings and nothing else (wasm32 only).
//!
//! What is exported here is the inside of the npm package, not its face: the entries in
//! `pkg-scripts/npm` check arguments, read streams and keep the deadline, and are what is
//! documented for users. Here values change their type.
//!
//! The package has two modules, built of the same sources: one for each of the features `npm` and
//! `npm-diagnose`. What stands without a feature is in both.

// wasm-bindgen exports `pub` items only, although nothing in Rust reaches them.
#![allow(unreachable_pub)]
// The two modules share the readers of values; each has some that it does not need.
#![cfg_attr(not(all(feature = "npm", feature = "npm-diagnose")), allow(dead_code))]

mod answer;
mod dns;
mod error;
mod json;
mod options;
mod settings;
mod task;
mod value;

#[cfg(feature = "npm")]
mod auth_results;
#[cfg(feature = "npm")]
mod check;
#[cfg(feature = "npm")]
mod checks;
#[cfg(feature = "npm")]
mod keys;
#[cfg(feature = "npm")]
mod reports;
#[cfg(feature = "npm")]
mod requests;
#[cfg(feature = "npm")]
mod seal;
#[cfg(feature = "npm")]
mod sign;
#[cfg(feature = "npm")]
mod verify;
#[cfg(feature = "npm")]
mod zone;

#[cfg(feature = "npm-diagnose")]
mod diagnose;

#[cfg(all(test, feature = "npm"))]
mod tests;
