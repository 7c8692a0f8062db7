//! The snippets of docs/postfix.md, and what stands in them for a place of the machine.

const DOCUMENT: &str = include_str!("../../../docs/postfix.md");

/// The one code block of that section that has that text.
pub(super) fn snippet(section: &str, text: &str) -> String {
    let all = blocks(section);
    let mut found = all.iter().filter(|block| block.contains(text));
    let block = found.next();
    let block =
        block.unwrap_or_else(|| panic!("{section:?} has no snippet with {text:?}: {all:?}"));
    assert!(found.next().is_none(), "{section:?} has several snippets with {text:?}");
    block.clone()
}

/// The code blocks below that heading: lines indented by four, blank lines between them included.
fn blocks(section: &str) -> Vec<String> {
    let heading = format!("\n## {section}\n");
    let (_, rest) = DOCUMENT.split_once(&heading).expect("the heading is there");
    let (section, _) = rest.split_once("\n## ").unwrap_or((rest, ""));
    let mut blocks = vec![String::new()];
    for line in section.lines() {
        let last = blocks.last_mut().expect("there is one");
        match line.strip_prefix("    ") {
            Some(code) => {
                last.push_str(code);
                last.push('\n');
            }
            None if line.is_empty() && !last.is_empty() => last.push('\n'),
            None if line.is_empty() => {}
            None => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// What is put in the place of what the document says.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(&'static str, String)>);

impl Places {
    pub(super) fn set(&mut self, written: &'static str, here: impl ToString) {
        self.0.push((written, here.to_string()));
    }

    /// Replaces each, from left to right; what was put in is not looked at again.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        loop {
            let found = self.0.iter().filter_map(|one| Some((rest.find(one.0)?, one)));
            let Some((place, (written, here))) = found.min_by_key(|(place, _)| *place) else {
                return filled + rest;
            };
            filled.push_str(&rest[..place]);
            filled.push_str(here);
            rest = &rest[place + written.len()..];
        }
    }
}

#[test]
fn snippets_are_found_and_filled() {
    assert!(snippet("The content filter", "amavisfeed unix").contains("  -o max_use=20\n"));
    assert_eq!(
        snippet("The content filter", "content_filter = "),
        "content_filter = amavisfeed:[127.0.0.1]:10024\n\n"
    );
    let mut places = Places::default();
    places.set("10024", 10025);
    places.set("10025", 10026);
    assert_eq!(places.fill("a:10024 b:10025 c"), "a:10025 b:10026 c");
}
