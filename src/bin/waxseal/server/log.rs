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

/// Where lines go and how they look. Each is preceded by its severity for journald (`sd-daemon(3)`).
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
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
}

impl Taken {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Lost => "possible duplicate",
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
    pub(crate) fn message(&self, entry: Entry, taken: Taken) {
        let severity = match taken {
            Taken::Delivered => 6,
            Taken::Refused => 5,
            Taken::Lost => 4,
        };
        self.line(severity, "message", entry.fields(taken));
    }

    /// Something is wrong that an administrator should see to.
    pub(crate) fn trouble(&self, text: &str) {
        self.line(4, "trouble", Map::from_iter([("text".to_owned(), json!(text))]));
    }

    /// Something happened that should be known.
    pub(crate) fn note(&self, text: &str) {
        self.line(6, "note", Map::from_iter([("text".to_owned(), json!(text))]));
    }

    fn line(&self, severity: u8, event: &str, fields: Map<String, Value>) {
        let text = match self.format {
            LogFormat::Json => {
                let mut whole = Map::from_iter([("event".to_owned(), json!(event))]);
                whole.extend(fields);
                Value::Object(whole).to_string()
            }
            LogFormat::Text => {
                let pairs: Vec<_> =
                    fields.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
                format!("{event}: {}", pairs.join(" "))
            }
        };
        // nobody can be told that the log is gone
        let _ = std::io::stderr().lock().write_all(format!("<{severity}>{text}\n").as_bytes());
    }
}

/// A value in a text line: quoted where it has more than plain characters. JSON's quotes escape every
/// control character.
fn plain(value: &Value) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || "@._-/:=+[]<>".contains(c);
    match value {
        Value::String(text) if !text.is_empty() && text.chars().all(simple) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
