//! Private keys in files: reading them with suspicion, writing them whole or not at all.

pub(crate) mod choice;
mod create;
mod file;
pub(crate) mod formats;
pub(crate) mod records;
pub(crate) mod test;

use std::path::Path;

use clap::Args;

pub(crate) use create::{check_free, create_key_file};
pub(crate) use file::{KeyFileError, Permissions, read_private_key};

/// The options of every command that reads private keys.
#[derive(Debug, Args)]
pub(crate) struct KeyFileArguments {
    /// Read private keys from files that group or others may read or write, too.
    #[arg(long)]
    allow_open_key_files: bool,
}

impl KeyFileArguments {
    pub(crate) fn permissions(&self) -> Permissions {
        if self.allow_open_key_files { Permissions::Ignored } else { Permissions::Strict }
    }
}

/// The path as a word for a shell, so that a command can be copied from a message.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%,:=".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text;
    }
    // A leading dash would be an option.
    let here = if text.starts_with('-') { "./" } else { "" };
    format!("'{here}{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_where_a_shell_needs_it() {
        for (path, word) in [
            ("/etc/dkim/a_b-1.pem", "/etc/dkim/a_b-1.pem"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("-f", "'./-f'"),
            ("a;rm", "'a;rm'"),
        ] {
            assert_eq!(shell_word(Path::new(path)), word);
        }
    }
}
