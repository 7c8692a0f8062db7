//! Hands a message to the next hop that has agreed to its envelope.

use std::time::Duration;

use tokio::time::timeout;

use super::replies::{from_hop, trouble};
use crate::server::engine::{Outcome, kept};
use crate::server::hop::{Hop, HopError};
use crate::server::log::Taken;
use crate::server::spool::Spool;
use crate::smtp::data::Dotter;
use crate::smtp::reply::Reply;

/// How it went.
#[derive(Debug)]
pub(super) struct Delivered {
    /// The next hop's answers, one for SMTP, one for each recipient for LMTP.
    pub(super) replies: Vec<Reply>,
    pub(super) taken: Taken,
    /// The connection is of no use any more.
    pub(super) lost: Option<Reply>,
}

/// How long handing a message over may take in all. With that the client has its answer within the 20
/// minutes that it waits (`smtp_data_done_timeout`), whatever happens: who gives up earlier sends it twice.
const TRANSFER: Duration = Duration::from_secs(420);

/// Octets that are handed to the next hop's connection at once.
const PIECE: usize = 64 * 1024;

/// Sends the message as it shall go on.
pub(super) async fn deliver(
    hop: &mut Hop,
    recipients: usize,
    outcome: &Outcome,
    spool: &mut Spool,
) -> Delivered {
    match hop.command("DATA").await {
        Ok(reply) if reply.code == 354 => {}
        Ok(reply) => {
            let replies = vec![from_hop(&hop.name, &reply)];
            return Delivered { replies, taken: Taken::Refused, lost: None };
        }
        Err(error) => return broken(hop, &error),
    }
    let sent = timeout(TRANSFER, send(hop, outcome, spool)).await.unwrap_or_else(|_| {
        let seconds = TRANSFER.as_secs();
        Err(HopError::Away(format!("it did not take the message within {seconds} s")))
    });
    let dotter = match sent {
        Ok(dotter) => dotter,
        // without its final dot the next hop throws away what it has
        Err(error) => return broken(hop, &error),
    };
    if let Err(error) = hop.end(&dotter).await {
        return in_doubt(hop, &error, Vec::new());
    }
    let count = if hop.name.lmtp { recipients } else { 1 };
    let mut replies = Vec::with_capacity(count);
    for _ in 0..count {
        match hop.end_reply().await {
            Ok(reply) => replies.push(from_hop(&hop.name, &reply)),
            Err(error) => return in_doubt(hop, &error, replies),
        }
    }
    let taken = match replies.iter().any(Reply::is_good) {
        true => Taken::Delivered,
        false => Taken::Refused,
    };
    Delivered { replies, taken, lost: None }
}

/// The message: what goes on top, the header without what is taken away, the rest.
async fn send(hop: &mut Hop, outcome: &Outcome, spool: &mut Spool) -> Result<Dotter, HopError> {
    let mut dotter = Dotter::default();
    for field in &outcome.additions {
        hop.message(&mut dotter, field.as_bytes()).await?;
    }
    for piece in kept(&outcome.header, &outcome.removals) {
        hop.message(&mut dotter, piece).await?;
    }
    let from = outcome.header.octets().len() as u64;
    let cut_off =
        |error: std::io::Error| HopError::Away(format!("our spool cannot be read: {error}"));
    let mut reader = spool.reader(from).map_err(cut_off)?;
    loop {
        let piece = reader.next().map_err(cut_off)?;
        if piece.is_empty() {
            break;
        }
        for part in piece.chunks(PIECE) {
            hop.message(&mut dotter, part).await?;
        }
    }
    Ok(dotter)
}

/// Nothing was handed over.
fn broken(hop: &Hop, error: &HopError) -> Delivered {
    let reply = trouble(&hop.name, error);
    Delivered { replies: vec![reply.clone()], taken: Taken::Refused, lost: Some(reply) }
}

/// The next hop may have taken the message and may not. The client keeps it: two copies are better than
/// none.
fn in_doubt(hop: &Hop, error: &HopError, mut replies: Vec<Reply>) -> Delivered {
    let text = format!("4.4.2 MTA({}) broke off, the message may arrive twice: {error}", hop.name);
    let reply = Reply::new(451, text);
    replies.push(reply.clone());
    Delivered { replies, taken: Taken::Lost, lost: Some(reply) }
}
