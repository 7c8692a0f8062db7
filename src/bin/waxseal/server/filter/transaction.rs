//! One message of a client: its envelope is agreed with the next hop as it is told, so that each
//! recipient gets the next hop's own answer; the message itself waits until we know what to add.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::delivery::deliver;
use super::replies::{from_hop, merged, refusal, trouble};
use crate::config::Bank;
use crate::server::engine::{Context, Disposition, Examination};
use crate::server::generation::Generation;
use crate::server::hop::{Hop, HopError, HopName};
use crate::server::log::{Entry, Taken};
use crate::server::lookups::Lookups;
use crate::server::shared::{Listening, Shared};
use crate::server::spool::Spool;
use crate::smtp::envelope::{Address, Parameter};
use crate::smtp::reply::Reply;
use crate::smtp::session::Protocol;
use crate::smtp::xforward::XForward;

/// A message under way.
pub(super) struct Transaction {
    generation: Arc<Generation>,
    bank: Arc<Bank>,
    originating: bool,
    mail: Address,
    hop: Hop,
    /// The next hop broke off: why. Whatever comes is answered so.
    lost: Option<Reply>,
    /// How many were accepted.
    recipients: usize,
    message: Option<Message>,
    entry: Entry,
}

/// Who hands us the message.
#[derive(Clone, Copy)]
pub(super) struct Peer {
    pub(super) address: Option<IpAddr>,
    /// It may tell of the client by XFORWARD, and so is no client itself.
    pub(super) may_xforward: bool,
}

/// A message that is arriving.
struct Message {
    spool: Spool,
    examination: Examination,
    lookups: Lookups,
    /// It cannot be taken: what the client is told at its end.
    refused: Option<Reply>,
}

impl Transaction {
    /// Opens a way to the next hop and tells it of the sender. The reply is for the client, in either
    /// case.
    pub(super) async fn begin(
        mail: Address,
        recipients_ahead: &[Address],
        xforward: &XForward,
        client_name: &str,
        peer: Peer,
        listening: &Listening,
        shared: &Shared,
    ) -> Result<(Self, Reply), Reply> {
        let generation = shared.generation();
        let client = xforward.client().or(peer.address.filter(|_| !peer.may_xforward));
        let Some(listener) = generation.listener(&listening.address) else {
            return Err(Reply::new(451, "4.3.2 Nobody listens here any more"));
        };
        let bank = bank_for(&generation, &listener.banks, client);
        let originating = match &bank.originating {
            Some(originating) => originating.value,
            None => {
                xforward.is_local()
                    || client.is_some_and(|client| generation.config.is_internal(&bank, client))
            }
        };
        let mut entry = Entry::new(&generation, &listening.name, &mail.path);
        entry.client = client.map(|client| client.to_string());
        entry.client_name = Some(client_name.to_owned());
        entry.queue_id = xforward.queue_id();
        entry.originating = originating;
        let announced = Announced { mail: &mail, recipients_ahead, xforward };
        let opened = open(&generation, &bank, &announced, peer.address, listening, shared).await;
        let (hop, reply) = match opened {
            Ok(opened) => opened,
            Err(reply) => {
                entry.reply = Some(reply.one_line());
                shared.done(entry, Taken::Refused);
                return Err(reply);
            }
        };
        entry.hop = Some(hop.name.to_string());
        let transaction = Self {
            generation,
            bank: Arc::new(bank),
            originating,
            mail,
            hop,
            lost: None,
            recipients: 0,
            message: None,
            entry,
        };
        Ok((transaction, reply))
    }

    /// Tells the next hop of a recipient; its answer.
    pub(super) async fn recipient(&mut self, recipient: Address) -> Reply {
        if let Some(lost) = &self.lost {
            return lost.clone();
        }
        if !fits(&recipient, &self.mail) {
            return Reply::new(553, "5.6.7 An address beyond ASCII needs SMTPUTF8");
        }
        let command = recipient_command(&recipient, self.hop.capabilities.dsn);
        match self.hop.command(&command).await {
            Ok(reply) if reply.is_good() => {
                self.recipients += 1;
                Reply::new(250, "2.1.5 Ok")
            }
            Ok(reply) => {
                let reply = from_hop(&self.hop.name, &reply);
                self.entry.reply = Some(reply.one_line());
                reply
            }
            Err(error) => {
                let reply = trouble(&self.hop.name, &error);
                self.entry.reply = Some(reply.one_line());
                self.lost = Some(reply.clone());
                reply
            }
        }
    }

    /// The message is about to come.
    pub(super) fn start_message(&mut self, shared: &Shared) {
        let context = Context {
            generation: Arc::clone(&self.generation),
            bank: Arc::clone(&self.bank),
            originating: self.originating,
            envelope_sender: Some(self.mail.path.clone()).filter(|path| !path.is_empty()),
            now: shared.now(),
            hands_out: true,
        };
        self.entry.data = Some(Instant::now());
        self.message = Some(Message {
            spool: Spool::default(),
            examination: Examination::new(context),
            lookups: Lookups::new(Arc::clone(&shared.resolver)),
            refused: None,
        });
    }

    /// Takes octets of the message.
    pub(super) fn message(&mut self, octets: &[u8], shared: &Shared) {
        let Some(message) = &mut self.message else { return };
        if message.refused.is_some() {
            return;
        }
        let limit = self.generation.limits.message_octets;
        if limit > 0 && message.spool.length() + octets.len() as u64 > limit {
            message.refused =
                Some(Reply::new(552, format!("5.3.4 The message is larger than {limit} octets")));
            message.spool = Spool::default();
            return;
        }
        message.push(octets, self.generation.limits.memory_octets, shared);
    }

    /// Sends the DNS queries that are due.
    pub(super) fn advance(&mut self) {
        if let Some(message) = &mut self.message {
            message.lookups.advance(&mut message.examination);
        }
    }

    /// The message is whole: what the client is told.
    pub(super) async fn finish(mut self, protocol: Protocol, shared: &Shared) -> Vec<Reply> {
        let count = self.recipients;
        let (replies, taken) = self.outcome(shared).await;
        let mut entry = self.entry;
        entry.recipients = count;
        let all: Vec<Reply> = match protocol {
            // where there are fewer than recipients, the last holds for the rest
            Protocol::Lmtp => {
                let last = replies.last();
                (0..count).filter_map(|index| replies.get(index).or(last).cloned()).collect()
            }
            _ => vec![merged(&replies)],
        };
        entry.reply = Some(all.iter().map(Reply::one_line).collect::<Vec<_>>().join(" / "));
        shared.done(entry, taken);
        if self.lost.is_some() || taken == Taken::Lost {
            drop(self.hop);
        } else {
            shared.pool.put(self.hop, taken != Taken::Delivered).await;
        }
        all
    }

    async fn outcome(&mut self, shared: &Shared) -> (Vec<Reply>, Taken) {
        let Some(mut message) = self.message.take() else {
            return (vec![Reply::new(451, "4.3.0 There is no message")], Taken::Refused);
        };
        message.end(self.generation.limits.memory_octets, shared);
        let Message { mut spool, mut examination, mut lookups, refused } = message;
        self.entry.size = spool.length();
        if let Some(refused) = refused {
            return (vec![refused], Taken::Refused);
        }
        while !lookups.complete(&mut examination, std::time::Duration::from_secs(3600)).await {}
        let outcome = examination.finish();
        self.entry.examined(&outcome);
        if let Disposition::Refuse(why) = &outcome.disposition {
            return (vec![refusal(why)], Taken::Refused);
        }
        if let Some(lost) = &self.lost {
            return (vec![lost.clone()], Taken::Refused);
        }
        let delivered = deliver(&mut self.hop, self.recipients, &outcome, &mut spool).await;
        if let Some(reply) = &delivered.lost {
            self.lost = Some(reply.clone());
        }
        (delivered.replies, delivered.taken)
    }

    /// The client has given the message up.
    pub(super) async fn abandon(self, shared: &Shared) {
        // what was refused, or begun, is told; an envelope alone is nothing
        if self.message.is_some() || self.entry.reply.is_some() {
            let mut entry = self.entry;
            entry.recipients = self.recipients;
            entry.size = self.message.as_ref().map_or(0, |message| message.spool.length());
            let begun = self.message.is_some();
            shared.done(entry, if begun { Taken::Abandoned } else { Taken::Refused });
        }
        if self.lost.is_none() {
            shared.pool.put(self.hop, true).await;
        }
    }
}

impl Message {
    /// The next octets: what goes on of them is spooled.
    fn push(&mut self, octets: &[u8], limit: usize, shared: &Shared) {
        self.spooling(limit, shared, |examination, sink| examination.push(octets, sink));
    }

    /// The message is whole.
    fn end(&mut self, limit: usize, shared: &Shared) {
        if self.refused.is_none() {
            self.spooling(limit, shared, Examination::end);
        }
    }

    fn spooling(
        &mut self,
        limit: usize,
        shared: &Shared,
        examine: impl FnOnce(&mut Examination, &mut dyn FnMut(&[u8])),
    ) {
        let Self { spool, examination, refused, .. } = self;
        let mut result = Ok(());
        examine(examination, &mut |span| {
            if result.is_ok() {
                result = spool.push(span, limit, &shared.spool_folder);
            }
        });
        if let Err(error) = result {
            *refused = Some(Reply::new(452, "4.3.1 No room for the message"));
            *spool = Spool::default();
            shared.log.trouble(&format!(
                "{}: a message cannot be spooled: {error}",
                shared.spool_folder.display()
            ));
        }
    }
}

fn bank_for(generation: &Generation, names: &[String], client: Option<IpAddr>) -> Bank {
    let bank = generation.bank(names);
    let Some(client) = client else { return bank };
    match generation.config.banks_for(&bank, client) {
        [] => bank,
        more => generation.bank(&[names, more].concat()),
    }
}

/// The first next hop that answers, told of the sender; and the reply for the client.
async fn open(
    generation: &Generation,
    bank: &Bank,
    announced: &Announced<'_>,
    peer: Option<IpAddr>,
    listening: &Listening,
    shared: &Shared,
) -> Result<(Hop, Reply), Reply> {
    let hops = bank.forward_to.as_ref().map(|hops| hops.value.as_slice()).unwrap_or_default();
    let mut last = Reply::new(451, "4.3.5 No next hop is configured (forward_to)");
    for hop in hops {
        let name = match HopName::of(hop, peer, listening.port) {
            Ok(name) => name,
            Err(why) => {
                last = Reply::new(451, format!("4.3.5 {why}"));
                continue;
            }
        };
        // a kept connection may have gone stale meanwhile: then a new one
        for fresh in [false, true] {
            let opened = match fresh {
                false => match shared.pool.take(&name) {
                    Some(hop) => Ok(hop),
                    None => continue,
                },
                true => Hop::open(&name, &generation.host, generation.limits.hop).await,
            };
            let mut hop = match opened {
                Ok(hop) => hop,
                Err(error) => {
                    last = trouble(&name, &error);
                    continue;
                }
            };
            match announced.to(&mut hop).await {
                Ok(reply) if reply.is_good() => return Ok((hop, Reply::new(250, "2.1.0 Ok"))),
                Ok(reply) => {
                    let said = match &reply {
                        ours if ours.lines.first().is_some_and(|line| line.starts_with("5.6."))
                            && ours.code == 550 =>
                        {
                            ours.clone()
                        }
                        theirs => from_hop(&name, theirs),
                    };
                    shared.pool.put(hop, true).await;
                    return Err(said);
                }
                Err(error) => last = trouble(&name, &error),
            }
        }
    }
    Err(last)
}

/// What a next hop is told of a message at first.
struct Announced<'a> {
    mail: &'a Address,
    /// Recipients that the client has named already.
    recipients_ahead: &'a [Address],
    xforward: &'a XForward,
}

impl Announced<'_> {
    /// XFORWARD and MAIL, and the recipients in the same breath where there are some. What the next hop
    /// cannot take is refused here, before there is a message: nothing is converted after signing.
    async fn to(&self, hop: &mut Hop) -> Result<Reply, HopError> {
        let Self { mail, recipients_ahead, xforward } = self;
        let can = &hop.capabilities;
        if mail.is_eight_bit() && !can.eight_bit_mime {
            return Ok(Reply::new(550, format!("5.6.3 MTA({}) does not take 8BITMIME", hop.name)));
        }
        if mail.parameter("SMTPUTF8").is_some() && !can.smtp_utf8 {
            return Ok(Reply::new(550, format!("5.6.7 MTA({}) does not take SMTPUTF8", hop.name)));
        }
        let taken = |parameter: &Parameter| match parameter.name.as_str() {
            "SIZE" => can.size,
            "BODY" => can.eight_bit_mime,
            "SMTPUTF8" => can.smtp_utf8,
            "RET" | "ENVID" => can.dsn,
            _ => false,
        };
        let parameters = parameters(&mail.parameters, taken);
        let mail_command = format!("MAIL FROM:<{}>{parameters}", mail.path);
        let xforward = match xforward.is_empty() {
            true => None,
            false => xforward.command(&can.xforward),
        };
        let recipients = recipients_ahead.iter().take_while(|recipient| fits(recipient, mail));
        let recipients = recipients.map(|recipient| recipient_command(recipient, can.dsn));
        let before = xforward.iter().chain([&mail_command]).cloned();
        hop.send_ahead(before.chain(recipients).collect()).await?;
        if let Some(xforward) = &xforward {
            // it is for the next hop's log: that it is refused loses nothing
            hop.command(xforward).await?;
        }
        hop.command(&mail_command).await
    }
}

/// An address beyond ASCII goes with SMTPUTF8 alone (RFC 6531 §3.4).
fn fits(recipient: &Address, mail: &Address) -> bool {
    !recipient.needs_utf8() || mail.parameter("SMTPUTF8").is_some()
}

fn recipient_command(recipient: &Address, dsn: bool) -> String {
    format!("RCPT TO:<{}>{}", recipient.path, parameters(&recipient.parameters, |_| dsn))
}

/// The parameters that the next hop knows, each with a blank before it.
fn parameters(parameters: &[Parameter], taken: impl Fn(&Parameter) -> bool) -> String {
    parameters.iter().filter(|one| taken(one)).map(|one| format!(" {one}")).collect()
}
