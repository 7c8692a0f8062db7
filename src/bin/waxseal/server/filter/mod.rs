//! The content filter: a mail server hands us a message by SMTP or LMTP and gets the answer of the next
//! hop, which we hand the message on to. We keep nothing: until the next hop has said yes, the message
//! is the client's.

mod delivery;
mod replies;
mod transaction;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::shared::{Listening, Shared};
use crate::smtp::capabilities::Capabilities;
use crate::smtp::reply::Reply;
use crate::smtp::session::{Event, Session, Settings};
use transaction::{Peer, Transaction};

/// Recipients that are told to the next hop before its answer to the first: their replies fit into what
/// a socket holds, so neither side waits for the other (RFC 2920 §3.1).
const AHEAD: usize = 50;

/// What ends a connection.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client is done, or gone.
    Closed,
    /// It took too long, or we stop: the enhanced code and the text that it is told.
    TurnedAway(&'static str, &'static str),
}

/// Serves one connection to its end.
pub(crate) async fn serve<S>(
    stream: S,
    peer: Option<IpAddr>,
    listening: Arc<Listening>,
    shared: Arc<Shared>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let generation = shared.generation();
    let limits = &generation.limits;
    let Some(listener) = generation.listener(&listening.address) else { return };
    let bank = generation.bank(&listener.banks);
    let may_xforward = bank.allows_xforward(peer);
    let discarded = bank.discard_ehlo_keywords.map(|list| list.value).unwrap_or_default();
    let session = Session::new(Settings {
        host: generation.host.clone(),
        offered: Capabilities::offered(limits.message_octets, &discarded, may_xforward),
        recipients: limits.recipients,
        mistakes: 20,
    });
    let (idle, deadline) = (limits.idle, limits.deadline);
    drop(generation);
    let mut connection = Connection {
        stream,
        session,
        peer,
        may_xforward,
        listening,
        shared,
        transaction: None,
        idle,
        deadline,
        since: Instant::now(),
    };
    connection.session.greet();
    let end = connection.run().await;
    if let End::TurnedAway(enhanced, why) = end {
        connection.session.close(enhanced, why);
        let _ = connection.flush().await;
    }
    if let Some(transaction) = connection.transaction.take() {
        transaction.abandon(&connection.shared).await;
    }
    let _ = timeout(Duration::from_secs(5), connection.stream.shutdown()).await;
}

struct Connection<S> {
    stream: S,
    session: Session,
    peer: Option<IpAddr>,
    may_xforward: bool,
    listening: Arc<Listening>,
    shared: Arc<Shared>,
    transaction: Option<Transaction>,
    idle: Duration,
    deadline: Duration,
    /// When it was greeted, or its last message ended.
    since: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn run(&mut self) -> End {
        loop {
            while let Some(event) = self.session.next() {
                if self.event(event).await {
                    let _ = self.flush().await;
                    return End::Closed;
                }
            }
            if self.session.is_in_message() && self.message_part().await {
                continue;
            }
            if self.flush().await.is_err() {
                return End::Closed;
            }
            // between messages nobody waits for us: a good moment to stop
            let idle = self.transaction.is_none();
            let left = self.deadline.saturating_sub(self.since.elapsed()).min(self.idle);
            let read = tokio::select! {
                read = timeout(left, self.stream.read_buf(self.session.input())) => read,
                () = self.shared.stopping(), if idle => {
                    return End::TurnedAway("4.3.2", "Service not available, closing");
                }
            };
            match read {
                Err(_) => return End::TurnedAway("4.4.2", "Time is up"),
                Ok(Ok(0) | Err(_)) => return End::Closed,
                Ok(Ok(_)) => {}
            }
        }
    }

    /// Deals with what a client said; true where that was the last.
    async fn event(&mut self, event: Event) -> bool {
        match event {
            Event::Mail(mail) => {
                let ahead = self.session.recipients_ahead(AHEAD);
                let begun = Transaction::begin(
                    mail,
                    &ahead,
                    self.session.xforward(),
                    self.session.client_name(),
                    Peer { address: self.peer, may_xforward: self.may_xforward },
                    &self.listening,
                    &self.shared,
                );
                let reply = match begun.await {
                    Ok((transaction, reply)) => {
                        self.transaction = Some(transaction);
                        reply
                    }
                    Err(reply) => reply,
                };
                self.session.answer(&reply);
            }
            Event::Rcpt(recipient) => {
                let reply = match &mut self.transaction {
                    Some(transaction) => transaction.recipient(recipient).await,
                    None => Reply::new(503, "5.5.1 Say MAIL FROM first"),
                };
                self.session.answer(&reply);
            }
            Event::Data => {
                self.session.answer(&Reply::new(354, "End data with <CR><LF>.<CR><LF>"));
                if let Some(transaction) = &mut self.transaction {
                    transaction.start_message(&self.shared);
                }
            }
            Event::Reset => {
                if let Some(transaction) = self.transaction.take() {
                    transaction.abandon(&self.shared).await;
                }
            }
            Event::Close(_) => return true,
        }
        false
    }

    /// Takes what has arrived of the message; true once it is whole and answered.
    async fn message_part(&mut self) -> bool {
        let Self { session, transaction, shared, .. } = self;
        let Some(transaction) = transaction else { return false };
        let whole = session.message(|octets| transaction.message(octets, shared));
        transaction.advance();
        if !whole {
            return false;
        }
        if let Some(transaction) = self.transaction.take() {
            let replies = transaction.finish(self.session.protocol(), &self.shared).await;
            self.session.answer_message(&replies);
        }
        self.since = Instant::now();
        true
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        let output = self.session.take_output();
        if output.is_empty() {
            return Ok(());
        }
        match timeout(self.idle, self.stream.write_all(&output)).await {
            Ok(written) => written,
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}
