//! What is wrong with a configuration, and where.

use std::fmt;
use std::sync::Arc;

use std::path::Path;

use super::place::Place;

/// How much of a line is shown.
const EXCERPT_CHARACTERS: usize = 120;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) place: Option<Place>,
    pub(crate) text: String,
    /// The line that it is about.
    pub(crate) excerpt: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.text)?;
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n    {excerpt}")?;
        }
        Ok(())
    }
}

/// Why there is no configuration: every problem that was found, in the order of lines.
#[derive(Debug)]
pub(crate) struct ConfigError {
    pub(crate) problems: Vec<Problem>,
}

impl ConfigError {
    /// The problems of one file after the other, each by line.
    pub(crate) fn new(mut problems: Vec<Problem>) -> Self {
        let mut files: Vec<&Path> = Vec::new();
        for place in problems.iter().filter_map(|problem| problem.place.as_ref()) {
            if !files.contains(&place.file()) {
                files.push(place.file());
            }
        }
        let order: Vec<_> = files.iter().map(|file| file.to_path_buf()).collect();
        problems.sort_by_key(|problem| {
            problem
                .place
                .as_ref()
                .map(|place| (order.iter().position(|file| file == place.file()), place.line()))
        });
        problems.dedup();
        Self { problems }
    }

    /// A problem with the configuration as a whole.
    pub(super) fn whole(text: String) -> Self {
        Self { problems: vec![Problem { place: None, text, excerpt: None }] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The text of a file, and where its lines begin.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: Arc<Path>,
    pub(super) text: Arc<str>,
    line_starts: Arc<[usize]>,
}

impl Source {
    pub(super) fn new(path: &Path, text: &str) -> Self {
        let after_ends = text.bytes().enumerate().filter(|(_, octet)| *octet == b'\n');
        let line_starts = std::iter::once(0).chain(after_ends.map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text: text.into(), line_starts }
    }

    /// The line that the octet stands in.
    pub(super) fn place(&self, octet: usize) -> Place {
        Place::new(&self.path, self.line_starts.partition_point(|&start| start <= octet).max(1))
    }

    /// The line as it can be shown: no control characters, and not endless.
    pub(super) fn excerpt(&self, line: usize) -> Option<String> {
        let text = self.text.lines().nth(line.checked_sub(1)?)?.trim();
        let mut shown: String = text
            .chars()
            .take(EXCERPT_CHARACTERS)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if text.chars().nth(EXCERPT_CHARACTERS).is_some() {
            shown.push('…');
        }
        (!shown.is_empty()).then_some(shown)
    }

    /// A problem at that octet, its line shown.
    pub(super) fn problem(&self, octet: usize, text: impl Into<String>) -> Problem {
        self.problem_at(self.place(octet), text)
    }

    /// A problem at that place, its line shown.
    pub(super) fn problem_at(&self, place: Place, text: impl Into<String>) -> Problem {
        let excerpt = self.excerpt(place.line());
        Problem { place: Some(place), text: text.into(), excerpt }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_on_their_lines() {
        let source = Source::new(Path::new("x"), "one\ntwo\n\nfour");
        for (octet, line) in [(0, 1), (3, 1), (4, 2), (8, 3), (9, 4), (900, 4)] {
            assert_eq!(source.place(octet).line(), line, "{octet}");
        }
        assert_eq!(source.excerpt(2).as_deref(), Some("two"));
        assert_eq!(source.excerpt(3), None);
        assert_eq!(source.excerpt(0), None);
    }

    #[test]
    fn problems_stand_in_the_order_of_lines() {
        let source = Source::new(Path::new("x"), "one\ntwo\nth\x07ree");
        let error = ConfigError::new(vec![
            source.problem(9, "last"),
            source.problem(0, "first"),
            source.problem(0, "first"),
        ]);
        assert_eq!(error.to_string(), "x:1: first\n    one\nx:3: last\n    th ree");
    }
}
