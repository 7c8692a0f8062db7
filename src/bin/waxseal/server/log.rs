//! The log: one line for each message, and what else an administrator must know. What comes from
//! outside cannot begin a line of its own.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::alerts::Alert;
use super::engine::Outcome;
use super::generation::Generation;
use crate::config::LogFormat;

/// Where lines go and how they look. In the journal each has its severity before it (`sd-daemon(3)`).
#[derive(Debug)]
pub(crate) struct Log {
    format: LogFormat,
    to_journal: bool,
}

/// How grave it is, as syslog counts.
#[derive(Clone, Copy, Debug)]
enum Severity {
    Warning = 4,
    Notice = 5,
    Info = 6,
}

impl Severity {
    const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Info => "info",
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The next hop has it.
    Delivered,
    /// The client has it still.
    Refused,
    /// The client has it still, and the next hop may have it too.
    Lost,
    /// The client gave it up.
    Abandoned,
}

impl Taken {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Lost => "possible duplicate",
            Self::Abandoned => "abandoned",
        }
    }
}

/// One message.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) generation: u64,
    pub(crate) listener: String,
    pub(crate) sender: String,
    pub(crate) begun: Instant,
    /// When the message itself began.
    pub(crate) data: Option<Instant>,
    pub(crate) client: Option<String>,
    pub(crate) client_name: Option<String>,
    /// The mail server's.
    pub(crate) queue_id: Option<String>,
    pub(crate) originating: bool,
    pub(crate) recipients: usize,
    pub(crate) size: u64,
    pub(crate) hop: Option<String>,
    pub(crate) reply: Option<String>,
    /// The DKIM result, where it was verified.
    pub(crate) result: Option<&'static str>,
    /// Domain and selector of each signature made.
    pub(crate) signed: Vec<(String, String)>,
    /// It should have been signed, and could not be.
    pub(crate) sign_failed: bool,
    /// Domain and selector of the key that sealed it.
    pub(crate) sealed: Option<(String, String)>,
    /// The administrator is to be told.
    pub(crate) alert: Option<Alert>,
    /// It has lone CR or LF, NUL or overlong lines.
    pub(crate) odd: bool,
    examined: Map<String, Value>,
}

impl Entry {
    pub(crate) fn new(generation: &Generation, listener: &str, sender: &str) -> Self {
        Self {
            generation: generation.number,
            listener: listener.to_owned(),
            sender: sender.to_owned(),
            begun: Instant::now(),
            data: None,
            client: None,
            client_name: None,
            queue_id: None,
            originating: false,
            recipients: 0,
            size: 0,
            hop: None,
            reply: None,
            result: None,
            signed: Vec::new(),
            sign_failed: false,
            sealed: None,
            alert: None,
            odd: false,
            examined: Map::new(),
        }
    }

    /// Takes over what was found out about the message.
    pub(crate) fn examined(&mut self, outcome: &Outcome) {
        self.sign_failed = outcome.sign_failed;
        self.alert = outcome.sign_failed.then(|| Alert {
            generation: Arc::clone(&outcome.context.generation),
            bank: Arc::clone(&outcome.context.bank),
            listener: self.listener.clone(),
            why: outcome.not_signed.clone().unwrap_or_default(),
        });
        self.signed.clone_from(&outcome.signed);
        self.sealed = outcome.sealed.clone().and_then(Result::ok);
        self.odd = !outcome.findings.is_clean();
        let examined = &mut self.examined;
        let mut add = |name: &str, value: Value| drop(examined.insert(name.to_owned(), value));
        if let Some(report) = &outcome.report {
            self.result = Some(report.result.as_str());
            add("result", json!(report.result.as_str()));
            let signatures: Vec<_> = report
                .signatures
                .iter()
                .map(|one| {
                    let text =
                        |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
                    let reason =
                        one.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
                    format!("{}/{}={}{reason}", text(&one.domain), text(&one.selector), one.result)
                })
                .collect();
            add("signatures", json!(signatures));
            if report.arc.result.as_str() != "none" {
                add("arc", json!(report.arc.result.as_str()));
            }
        }
        if !outcome.signed.is_empty() {
            let signed: Vec<_> = outcome
                .signed
                .iter()
                .map(|(domain, selector)| format!("{domain}/{selector}"))
                .collect();
            add("signed", json!(signed));
        }
        if let Some(why) = &outcome.not_signed {
            add("notSigned", json!(why));
        }
        match &outcome.sealed {
            Some(Ok((domain, selector))) => add("sealed", json!(format!("{domain}/{selector}"))),
            Some(Err(why)) => add("notSealed", json!(why)),
            None => {}
        }
        if !outcome.removals.is_empty() {
            add("removed", json!(outcome.removals.len()));
        }
        let found = &outcome.findings;
        for (name, count) in [
            ("loneCr", found.lone_cr),
            ("loneLf", found.lone_lf),
            ("nul", found.nul),
            ("longLines", found.long_lines),
        ] {
            if count > 0 {
                add(name, json!(count));
            }
        }
        if outcome.normalized {
            add("normalized", json!(true));
        }
    }

    fn fields(self, taken: Taken) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut add = |name: &str, value: Value| {
            if !value.is_null() {
                fields.insert(name.to_owned(), value);
            }
        };
        add("queueId", json!(self.queue_id));
        add("action", json!(taken.name()));
        add("listener", json!(self.listener));
        add("client", json!(self.client));
        add("clientName", json!(self.client_name));
        add("originating", json!(self.originating));
        add("from", json!(self.sender));
        add("recipients", json!(self.recipients));
        add("size", json!(self.size));
        for (name, value) in self.examined {
            add(&name, value);
        }
        add("hop", json!(self.hop));
        add("reply", json!(self.reply));
        add("generation", json!(self.generation));
        add("milliseconds", json!(milliseconds(self.begun)));
        add("dataMilliseconds", json!(self.data.map(milliseconds)));
        fields
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl Log {
    pub(crate) fn new(format: LogFormat) -> Self {
        Self { format, to_journal: leads_to_journal() }
    }

    pub(crate) fn message(&self, entry: Entry, taken: Taken) {
        let severity = match taken {
            Taken::Delivered => Severity::Info,
            Taken::Refused | Taken::Abandoned => Severity::Notice,
            Taken::Lost => Severity::Warning,
        };
        self.line(severity, "message", entry.fields(taken));
    }

    /// Something is wrong that an administrator should see to.
    pub(crate) fn trouble(&self, text: &str) {
        self.line(Severity::Warning, "trouble", Map::from_iter([("text".to_owned(), json!(text))]));
    }

    /// Something happened that should be known.
    pub(crate) fn note(&self, text: &str) {
        self.line(Severity::Info, "note", Map::from_iter([("text".to_owned(), json!(text))]));
    }

    fn line(&self, severity: Severity, event: &str, fields: Map<String, Value>) {
        let text = match self.format {
            LogFormat::Json => {
                let head = [
                    (
                        "time",
                        json!(
                            jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
                        ),
                    ),
                    ("event", json!(event)),
                    ("severity", json!(severity.name())),
                ];
                let mut whole = Map::from_iter(head.map(|(name, value)| (name.to_owned(), value)));
                whole.extend(fields);
                visible(&Value::Object(whole).to_string())
            }
            LogFormat::Text => {
                let pairs: Vec<_> =
                    fields.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
                format!("{event}: {}", pairs.join(" "))
            }
        };
        let line = match self.to_journal {
            true => format!("<{}>{text}\n", severity as u8),
            false => format!("{text}\n"),
        };
        // nobody can be told that the log is gone
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

/// Whether standard error leads to the journal, which takes a severity before each line from us
/// (`$JOURNAL_STREAM` in systemd.exec(5)).
fn leads_to_journal() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(said) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(stream) = std::fs::metadata("/proc/self/fd/2") else { return false };
    said == format!("{}:{}", stream.dev(), stream.ino())
}

/// JSON that a terminal or a reader of lines takes for nothing else: what is left unescaped by JSON and is
/// no plain text (C1 controls, separators of lines, marks that turn text around) is escaped too. Such
/// stand within strings alone.
fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text
}

/// A value in a text line: quoted where it has more than plain characters. JSON's quotes escape every
/// control character.
fn plain(value: &Value) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || "@._-/:=+[]<>".contains(c);
    match value {
        Value::String(text) if !text.is_empty() && text.chars().all(simple) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(","),
        other => visible(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_begins_a_line_or_speaks_to_a_terminal() {
        let hostile = "a\r\nmessage: queueId=forged\x1b[2J\u{9b}2J\u{2028}\u{202e}\x7f\0\u{feff}";
        for text in
            [plain(&json!(hostile)), plain(&json!([hostile])), visible(&json!(hostile).to_string())]
        {
            assert!(
                !text.chars().any(|c| c.is_control() || "\u{2028}\u{202e}\u{feff}".contains(c)),
                "{text:?}"
            );
            assert!(text.starts_with('"') && text.ends_with('"'), "{text}");
            assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
        }
        assert_eq!(plain(&json!("joe@example.com")), "joe@example.com");
        assert_eq!(plain(&json!("a b=c")), "\"a b=c\"");
        assert_eq!(plain(&json!("")), "\"\"");
    }
}
