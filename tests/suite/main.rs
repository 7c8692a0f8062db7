//! The integration suite: one binary natively, and the same tests in WebAssembly under Node.

#![allow(clippy::disallowed_methods, reason = "tests read vectors and start programs")]

mod arc;
mod canon_cases;
mod diagnosis;
mod domainkeys;
mod fuzzed_parsers;
mod key_check;
mod outside_checks;
mod properties;
mod rfc_examples;
mod signer;
mod signing;
mod support;
mod vectors;
mod verdicts;

// What needs files, programs or sockets has no place in WebAssembly.
#[cfg(not(target_arch = "wasm32"))]
mod analyzer_samples;
#[cfg(not(target_arch = "wasm32"))]
mod arc_peers;
#[cfg(not(target_arch = "wasm32"))]
mod auth_results_peers;
#[cfg(not(target_arch = "wasm32"))]
mod command;
#[cfg(not(target_arch = "wasm32"))]
mod command_config;
#[cfg(not(target_arch = "wasm32"))]
mod command_input;
#[cfg(not(target_arch = "wasm32"))]
mod command_keys;
#[cfg(not(target_arch = "wasm32"))]
mod command_providers;
#[cfg(not(target_arch = "wasm32"))]
mod command_readme;
#[cfg(not(target_arch = "wasm32"))]
mod command_runner;
#[cfg(not(target_arch = "wasm32"))]
mod command_seal;
#[cfg(not(target_arch = "wasm32"))]
mod command_showkeys;
#[cfg(not(target_arch = "wasm32"))]
mod command_sign;
#[cfg(not(target_arch = "wasm32"))]
mod command_testkeys;
#[cfg(not(target_arch = "wasm32"))]
mod conformance;
#[cfg(not(target_arch = "wasm32"))]
mod dns_server;
#[cfg(not(target_arch = "wasm32"))]
mod dns_server_https;
#[cfg(not(target_arch = "wasm32"))]
mod dns_server_scripted;
#[cfg(not(target_arch = "wasm32"))]
mod domainkeys_peers;
#[cfg(not(target_arch = "wasm32"))]
mod floors;
#[cfg(not(target_arch = "wasm32"))]
mod mta;
#[cfg(not(target_arch = "wasm32"))]
mod peers;
#[cfg(not(target_arch = "wasm32"))]
mod private_keys;
#[cfg(not(target_arch = "wasm32"))]
mod reporting_peers;
#[cfg(not(target_arch = "wasm32"))]
mod serve;
#[cfg(not(target_arch = "wasm32"))]
mod signing_cases;
#[cfg(not(target_arch = "wasm32"))]
mod signing_peers;
