//! Long lines, broken as Postfix breaks them: a CRLF and a blank after 998 octets.

use memchr::memchr;

/// Octets of a line without its CRLF (RFC 5321 §4.5.3.1.6).
const LINE: usize = 998;

/// Breaks long lines of what is pushed. Every CR in it is followed by LF, every LF preceded by CR; what
/// is not is left as it is.
#[derive(Debug, Default)]
pub(crate) struct LongLines {
    /// Octets of the present line so far.
    line: usize,
    after_cr: bool,
    changed: bool,
}

impl LongLines {
    pub(crate) fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        // what is passed on next begins here
        let mut from = 0;
        let mut at = 0;
        while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
            let end = memchr(b'\n', rest).map_or(rest.len(), |place| place + 1);
            let line = rest.get(..end).unwrap_or_default();
            // the line's end is no part of its length, and may come in another piece
            let mut visible = match line {
                [visible @ .., b'\r', b'\n'] | [visible @ .., b'\r'] => visible.len(),
                [b'\n'] if self.after_cr => 0,
                _ => line.len(),
            };
            let mut cut = at;
            while self.line + visible > LINE {
                let room = LINE.saturating_sub(self.line);
                cut += room;
                visible -= room;
                sink(octets.get(from..cut).unwrap_or_default());
                sink(b"\r\n ");
                from = cut;
                self.line = 1;
                self.changed = true;
            }
            self.line += visible;
            self.after_cr = line.ends_with(b"\r");
            if line.ends_with(b"\n") {
                self.line = 0;
            }
            at += end;
        }
        sink(octets.get(from..).unwrap_or_default());
    }

    pub(crate) fn has_changed(&self) -> bool {
        self.changed
    }
}
