//! The control socket: `waxseal reload` asks the running server here.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};

/// How long a server may take to read its configuration and keys.
const PATIENCE: Duration = Duration::from_secs(60);

/// A wish, and where its answer goes.
pub(crate) type Wish = (Command, oneshot::Sender<Result<String, String>>);

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Reload,
    Status,
}

/// Answers one connection: a line with a word, and back a line `ok` or `error`, then text.
pub(crate) async fn serve(stream: UnixStream, wishes: mpsc::Sender<Wish>) {
    let (reading, mut writing) = stream.into_split();
    let mut reading = tokio::io::BufReader::new(reading).take(100);
    let mut line = String::new();
    let reading = tokio::time::timeout(Duration::from_secs(10), reading.read_line(&mut line));
    if !matches!(reading.await, Ok(Ok(1..))) {
        return;
    }
    let command = match line.trim() {
        "reload" => Some(Command::Reload),
        "status" => Some(Command::Status),
        _ => None,
    };
    let answer = match command {
        None => Err(format!("unknown command {:?}: reload, status", line.trim())),
        Some(command) => {
            let (sender, receiver) = oneshot::channel();
            match wishes.send((command, sender)).await {
                Ok(()) => {
                    receiver.await.unwrap_or_else(|_| Err("the server is stopping".to_owned()))
                }
                Err(_) => Err("the server is stopping".to_owned()),
            }
        }
    };
    let text = match answer {
        Ok(text) => format!("ok\n{text}\n"),
        Err(text) => format!("error\n{text}\n"),
    };
    // who asked may be gone
    let _ = writing.write_all(text.as_bytes()).await;
}

/// Why the running server did not do what was asked.
#[derive(Debug)]
pub(crate) enum ControlError {
    /// There is none, or it does not answer.
    NoServer(PathBuf, std::io::Error),
    /// It said no.
    Refused(String),
}

/// Asks the server at that socket.
pub(crate) fn ask(socket: &Path, command: Command) -> Result<String, ControlError> {
    let asking = || {
        let mut stream = BlockingStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let word = match command {
            Command::Reload => "reload\n",
            Command::Status => "status\n",
        };
        stream.write_all(word.as_bytes())?;
        let mut lines = BufReader::new(stream).lines();
        let first =
            lines.next().unwrap_or_else(|| Err(std::io::ErrorKind::UnexpectedEof.into()))?;
        let rest: Vec<String> = lines.collect::<Result<_, _>>()?;
        Ok((first, rest.join("\n")))
    };
    match asking() {
        Ok((word, text)) if word == "ok" => Ok(text),
        Ok((_, text)) => Err(ControlError::Refused(text)),
        Err(error) => Err(ControlError::NoServer(socket.to_path_buf(), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is answered to these octets; a reload is refused.
    fn answer(said: &[u8]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (ours, theirs) = UnixStream::pair().unwrap();
            let (sender, mut wishes) = mpsc::channel::<Wish>(1);
            tokio::spawn(async move {
                while let Some((command, answer)) = wishes.recv().await {
                    let _ = answer.send(match command {
                        Command::Status => Ok("generation 1".to_owned()),
                        Command::Reload => Err("a.toml:1: no\ngeneration 1 stays".to_owned()),
                    });
                }
            });
            let serving = tokio::spawn(serve(ours, sender));
            let (mut reading, mut writing) = theirs.into_split();
            // it may have heard enough before the end
            let _ = writing.write_all(said).await;
            drop(writing);
            let mut answer = String::new();
            let _ = reading.read_to_string(&mut answer).await;
            serving.await.unwrap();
            answer
        })
    }

    #[test]
    fn words_are_answered() {
        assert_eq!(answer(b"status\n"), "ok\ngeneration 1\n");
        assert_eq!(answer(b"status"), "ok\ngeneration 1\n");
        assert_eq!(answer(b"reload\r\n"), "error\na.toml:1: no\ngeneration 1 stays\n");
        assert_eq!(answer(b"stop\n"), "error\nunknown command \"stop\": reload, status\n");
        assert_eq!(answer(b""), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn anything_is_answered_or_hung_up_on(said in prop::collection::vec(any::<u8>(), 0..400)) {
            let answer = answer(&said);
            prop_assert!(answer.is_empty() || answer.starts_with("error\n"), "{answer:?}");
            prop_assert!(answer.len() < 1000);
        }
    }
}
