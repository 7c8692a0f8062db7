//! `amavisd.conf`: what of it concerns DKIM, the ports and the way of mail.
//!
//! The file is Perl, and no Perl is run: a lexer, a parser and an evaluator know the subset that such
//! set-ups consist of. A setting that does not concern DKIM is listed; one that does and cannot be
//! understood is an error with its place.

mod aside;
mod banks;
mod build;
mod evaluate;
mod keys;
mod lexer;
mod listeners;
mod names;
mod options;
mod quoted;
mod server;
mod statements;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

use super::model::Config;
use super::problem::{ConfigError, Source};
use std::path::Path;

/// Reads the files, each going on where the one before ended, as Debian splits its configuration.
pub(super) fn read(origin: &Path, sources: Vec<Source>) -> Result<Config, ConfigError> {
    let mut evaluator = evaluate::Evaluator::new();
    build::preset_defaults(&mut evaluator);
    for source in sources {
        evaluator.file(source);
    }
    build::config(origin, evaluator)
}
