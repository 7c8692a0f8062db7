//! Programs of others as processes that are asked in JSON Lines (`tests/peers/README.md`).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a peer said.
pub(crate) struct Answers {
    /// Its name and version.
    pub(crate) name: String,
    by_id: BTreeMap<String, Value>,
}

impl Answers {
    /// The answer to the request with that id.
    pub(crate) fn get(&self, id: &str) -> &Value {
        self.by_id.get(id).unwrap_or_else(|| panic!("{}, {id}: no answer", self.name))
    }

    /// A text of an answer, where it is there.
    pub(crate) fn text(&self, id: &str, name: &str) -> Option<&str> {
        self.get(id)[name].as_str()
    }
}

/// Starts `tests/peers/<script>`, asks it all that, and gives its answers.
pub(crate) fn ask(script: &str, requests: Vec<Value>) -> Answers {
    let program = if script.ends_with(".pl") { "perl".to_owned() } else { python() };
    // Debian keeps opendkim where not everyone's PATH leads.
    let path = std::env::var("PATH").unwrap_or_default();
    let mut child = Command::new(program)
        .arg(format!("{}/tests/peers/{script}", env!("CARGO_MANIFEST_DIR")))
        .env("PATH", format!("{path}:/usr/sbin"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{script}: {error}: run pkg-scripts/tools/mail-peers"));
    let mut stdin = BufWriter::new(child.stdin.take().expect("stdin"));
    let stdout = BufReader::new(child.stdout.take().expect("stdout"));
    let mut lines = std::thread::scope(|scope| {
        scope.spawn(move || {
            for request in requests {
                // A peer that has died is told by its status.
                let _ = writeln!(stdin, "{request}");
            }
        });
        let parse = |line: std::io::Result<String>| -> Value {
            serde_json::from_str(&line.expect("UTF-8")).expect("JSON")
        };
        stdout.lines().map(parse).collect::<Vec<_>>().into_iter()
    });
    let status = child.wait().expect("its end");
    assert!(status.success(), "{script} ended with {status}; its words are on stderr");
    let name = lines.next().expect("what the peer is")["peer"].as_str().expect("a name").to_owned();
    let id = |line: &Value| line["id"].as_str().expect("an id").to_owned();
    Answers { name, by_id: lines.map(|line| (id(&line), line)).collect() }
}

/// The Python that has dkimpy and authres. Whoever has it has the other peers, too.
fn python() -> String {
    std::env::var("WAXSEAL_PEERS").unwrap_or_else(|_| {
        panic!(
            "the DKIM programs of others are not known: run `pkg-scripts/test native`, or \
             export WAXSEAL_PEERS=$(pkg-scripts/tools/mail-peers | tail -n 1)"
        )
    })
}
