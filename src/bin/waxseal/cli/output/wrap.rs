//! Text in lines of at most [`WIDTH`] columns.

/// As wide as terminals and mail have always been.
pub(super) const WIDTH: usize = 80;

/// Appends `text` in lines that begin with `indent` blanks, the first of them after `used` columns
/// that stand there already. A word that is longer than a line is cut.
pub(super) fn append_wrapped(out: &mut String, text: &str, used: usize, indent: usize) {
    let mut column = used;
    let mut at_start = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        let gap = usize::from(!at_start);
        let mut room = WIDTH.saturating_sub(column + gap);
        if word.chars().count() > room && !at_start {
            new_line(out, indent);
            column = indent;
            room = WIDTH.saturating_sub(indent);
        } else if !at_start {
            out.push(' ');
            column += 1;
        }
        while word.chars().count() > room.max(1) {
            let cut = word.char_indices().nth(room.max(1)).map_or(word.len(), |(at, _)| at);
            let (head, tail) = word.split_at(cut);
            out.push_str(head);
            new_line(out, indent);
            column = indent;
            room = WIDTH.saturating_sub(indent);
            word = tail;
        }
        out.push_str(word);
        column += word.chars().count();
        at_start = false;
    }
    out.push('\n');
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_width() {
        let text = format!("some words {} and {}", "x".repeat(200), "more words ".repeat(30));
        let mut out = "  label  ".to_owned();
        append_wrapped(&mut out, &text, 9, 9);
        assert!(out.lines().all(|line| line.chars().count() <= WIDTH), "{out}");
        assert!(out.lines().skip(1).all(|line| line.starts_with("         ")), "{out}");
        let words = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(words(&out), words(&format!("label {text}")));
    }
}
