//! The milter: a mail server tells us of a message while it receives it, and we say what to add, what to
//! take away and whether it is taken at all. The message stays with the mail server.

mod message;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::engine::{Context, Disposition, Examination, Outcome, Refusal, is_made_fit};
use super::log::{Entry, Taken};
use super::lookups::Lookups;
use super::shared::{Listening, Shared};
use crate::milter::negotiation::{CHANGE_BODY, QUARANTINE};
use crate::milter::reply;
use crate::milter::session::{Event, Session, SessionError};
use message::{Content, Message, Unchangeable};

/// How long a mail server may be silent: as long as it keeps a connection to its client.
const IDLE: Duration = Duration::from_secs(7210);

/// How often a mail server hears that we still wait for the DNS.
const PROGRESS: Duration = Duration::from_secs(3);

/// Serves one connection to its end.
pub(crate) async fn serve<S>(stream: S, listening: Arc<Listening>, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = Connection {
        stream,
        session: Session::default(),
        listening,
        shared,
        client: None,
        message: None,
    };
    if let Err(error) = connection.run().await {
        let name = &connection.listening.name;
        connection.shared.log.trouble(&format!("milter on {name}: {error}"));
    }
}

struct Connection<S> {
    stream: S,
    session: Session,
    listening: Arc<Listening>,
    shared: Arc<Shared>,
    client: Option<IpAddr>,
    message: Option<Message>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn run(&mut self) -> Result<(), SessionError> {
        loop {
            while let Some(event) = self.session.next()? {
                if self.event(event).await {
                    return Ok(());
                }
            }
            if let Some(message) = &mut self.message {
                message.lookups.advance(&mut message.examination);
            }
            if self.flush().await.is_err() {
                return Ok(());
            }
            let idle = self.message.is_none();
            let read = tokio::select! {
                read = timeout(IDLE, self.stream.read_buf(self.session.input())) => read,
                () = self.shared.stopping(), if idle => return Ok(()),
            };
            match read {
                Err(_) | Ok(Ok(0) | Err(_)) => return Ok(()),
                Ok(Ok(_)) => {}
            }
        }
    }

    /// Deals with what a mail server said; true where that was the last.
    async fn event(&mut self, event: Event) -> bool {
        match event {
            Event::Connect(client) => self.client = client,
            Event::Mail(sender) => self.message = self.begin(&sender),
            Event::Field { name, octets } => {
                if let Some(message) = &mut self.message {
                    message.field(name, octets, &self.shared);
                }
            }
            Event::EndOfHeader => {
                if let Some(message) = &mut self.message {
                    message.push(b"\r\n", &self.shared);
                }
            }
            Event::Body(octets) => {
                if let Some(message) = &mut self.message {
                    message.push(&octets, &self.shared);
                }
            }
            Event::EndOfMessage => match self.message.take() {
                Some(message) => self.finish(message).await,
                None => reply::temporary_failure(self.session.output()),
            },
            Event::Abort => self.message = None,
            Event::NewConnection => {
                self.message = None;
                self.client = None;
            }
            Event::Quit => return true,
        }
        false
    }

    /// Nothing where nobody listens here any more: the mail server is told to try again.
    fn begin(&self, sender: &str) -> Option<Message> {
        let generation = self.shared.generation();
        let config = &generation.config;
        let macros = self.session.macros();
        // whoever comes by a service of that name gets the bank of that name
        let daemon = macros.get("daemon_name").unwrap_or_default();
        let mut names = generation.listener(&self.listening.address)?.banks.clone();
        if config.banks.contains_key(daemon) && !names.iter().any(|name| name == daemon) {
            names.push(daemon.to_owned());
        }
        let bank = generation.bank(&names);
        let more = self.client.map_or(&[][..], |client| config.banks_for(&bank, client));
        let bank = match more {
            [] => bank,
            more => generation.bank(&[&names, more].concat()),
        };
        let originating = match &bank.originating {
            Some(originating) => originating.value,
            None => {
                daemon == "ORIGINATING"
                    || macros.get("auth_type").is_some()
                    || self.client.map_or_else(
                        // a message made on the machine itself has no client
                        || macros.get("client_addr").is_none(),
                        |client| config.is_internal(&bank, client),
                    )
            }
        };
        let mut entry = Entry::new(&generation, &self.listening.name, sender);
        entry.client = self.client.map(|client| client.to_string());
        entry.originating = originating;
        let memory = generation.limits.memory_octets;
        // where the bank lets the message be, it goes on as it came, also with us
        let hands_out =
            self.session.agreement().may(CHANGE_BODY) && is_made_fit(&bank, originating);
        let context = Context {
            generation,
            bank: Arc::new(bank),
            originating,
            envelope_sender: Some(sender.to_owned()).filter(|sender| !sender.is_empty()),
            now: self.shared.now(),
            hands_out,
        };
        let lookups = Lookups::new(Arc::clone(&self.shared.resolver));
        Some(Message::new(Examination::new(context), lookups, entry, memory))
    }

    async fn finish(&mut self, mut message: Message) {
        message.end(&self.shared);
        let Message { mut examination, mut lookups, mut entry, mut content } = message;
        while !lookups.complete(&mut examination, PROGRESS).await {
            reply::progress(self.session.output());
            if self.flush().await.is_err() {
                return;
            }
        }
        let mut outcome = examination.finish();
        content.add_to(&mut outcome);
        entry.queue_id = self.session.macros().get("i").map(str::to_owned);
        entry.size = content.size;
        entry.examined(&outcome);
        let answered = match &outcome.disposition {
            Disposition::Refuse(refusal) => Err(refusal.clone()),
            _ => self.change(&outcome, &mut content).await.map_err(|Unchangeable(why)| {
                let name = &self.listening.name;
                self.shared.log.trouble(&format!("milter on {name}: a message is refused: {why}"));
                Refusal::temporary("4.3.0", "the message cannot be changed as it should be")
            }),
        };
        let taken = match answered {
            Ok(()) => {
                reply::go_on(self.session.output());
                entry.reply = Some("accepted".to_owned());
                Taken::Delivered
            }
            Err(refusal) => {
                let text = format!("{} {} {}", refusal.code, refusal.enhanced, refusal.text);
                reply::reply_code(self.session.output(), &text);
                entry.reply = Some(text);
                Taken::Refused
            }
        };
        self.shared.done(entry, taken);
        self.session.answered();
    }

    /// Asks the mail server for all changes of the message.
    async fn change(
        &mut self,
        outcome: &Outcome,
        content: &mut Content,
    ) -> Result<(), Unchangeable> {
        let leading_space = self.session.has_leading_space();
        let agreement = self.session.agreement();
        let mut out = Vec::new();
        content.change_fields(outcome, leading_space, &mut out)?;
        let repaired = content.repaired(outcome)?;
        self.session.output().append(&mut out);
        if let Some((spool, from)) = repaired {
            let cannot = |error| Unchangeable(format!("the spool cannot be read: {error}"));
            let mut reader = spool.reader(from).map_err(cannot)?;
            let mut first = true;
            loop {
                let piece = reader.next().map_err(cannot)?;
                for part in piece.chunks(reply::BODY) {
                    reply::replace_body(self.session.output(), part);
                    // a mail server that is gone is noticed at the end
                    let _ = self.flush().await;
                    first = false;
                }
                if piece.is_empty() {
                    break;
                }
            }
            if first {
                reply::replace_body(self.session.output(), b"");
            }
        }
        let out = self.session.output();
        // each goes to the very top, so the last one sent is the first
        for field in outcome.additions.iter().rev() {
            if let Some((name, value)) = field.trim_end_matches("\r\n").split_once(':') {
                reply::insert_field(out, 0, name, value, leading_space);
            }
        }
        if let Disposition::Quarantine(reason) = &outcome.disposition
            && agreement.may(QUARANTINE)
        {
            reply::quarantine(out, reason);
        }
        Ok(())
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        let output = self.session.take_output();
        if output.is_empty() {
            return Ok(());
        }
        match timeout(Duration::from_secs(300), self.stream.write_all(&output)).await {
            Ok(written) => written,
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}
