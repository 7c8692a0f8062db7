//! The server beside a real Postfix, set up as docs/postfix.md says: the snippets are taken from there,
//! and only ports, paths and host names are replaced. Each test has a Postfix of its own, with its
//! configuration, queue and mailboxes in a folder of the test, on ports of the loopback; the machine's own
//! mail is left alone.
//!
//! Postfix's `master` must be root, and so must these tests: `pkg-scripts/test mta` runs them.

mod content_filter;
mod document;
mod faults;
mod judges;
mod milter;
mod numbered;
mod postfix;
mod site;
mod smuggling;
mod under_load;
