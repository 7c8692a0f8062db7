//! Mail of our own to the administrator.

use std::sync::Arc;
use std::time::Duration;

use super::generation::Generation;
use super::hop::{Hop, HopError, HopName};
use super::shared::Shared;
use crate::config::{Bank, NextHop};
use crate::smtp::data::Dotter;

/// What the administrator is told.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) subject: String,
    /// The first sentence.
    pub(crate) about: String,
    pub(crate) lines: Vec<String>,
    /// What can be done about it.
    pub(crate) advice: String,
}

/// When a notice that could not be sent is sent again. At boot the mail server comes up after us; later it
/// may be away for a while.
const AGAIN: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(2400),
];

/// Tells the administrator, where the configuration names one, by the way that the bank has for it. What
/// cannot be sent is logged, and sent again for a while; nobody waits for that.
pub(crate) async fn notify(
    shared: &Arc<Shared>,
    generation: &Arc<Generation>,
    bank: &Bank,
    notice: &Notice,
) {
    let Some(admin) = &generation.config.server.admin else { return };
    let admin = admin.value.clone();
    let hops = bank.notify.as_ref().or(bank.forward_to.as_ref());
    let hops = hops.map(|hops| hops.value.clone()).unwrap_or_default();
    let message = message(generation, &admin, notice, shared.now().seconds());
    let Err(why) = tell(&hops, generation, &admin, &message).await else { return };
    shared.log.trouble(&format!("{admin} could not be told, which is tried again: {why}"));
    let (shared, generation) = (Arc::clone(shared), Arc::clone(generation));
    tokio::spawn(async move {
        let mut last = why;
        for wait in AGAIN {
            tokio::time::sleep(wait).await;
            match tell(&hops, &generation, &admin, &message).await {
                Ok(()) => return,
                Err(why) => last = why,
            }
        }
        shared.log.trouble(&format!("{admin} could not be told: {last}"));
    });
}

/// Sends a notice by the first next hop that takes it.
async fn tell(
    hops: &[NextHop],
    generation: &Generation,
    admin: &str,
    message: &str,
) -> Result<(), String> {
    let mut last = "no next hop is configured (notify)".to_owned();
    for hop in hops {
        match HopName::of(hop, None, None) {
            Ok(name) => match send(&name, generation, admin, message).await {
                Ok(()) => return Ok(()),
                Err(error) => last = format!("MTA({name}): {error}"),
            },
            Err(why) => last = why,
        }
    }
    Err(last)
}

async fn send(
    name: &HopName,
    generation: &Generation,
    to: &str,
    message: &str,
) -> Result<(), HopError> {
    let mut hop = Hop::open(name, &generation.host, generation.limits.hop).await?;
    for (command, code) in
        [("MAIL FROM:<>".to_owned(), 2), (format!("RCPT TO:<{to}>"), 2), ("DATA".to_owned(), 3)]
    {
        let reply = hop.command(&command).await?;
        if reply.code / 100 != code {
            return Err(HopError::Refused(reply));
        }
    }
    let mut dotter = Dotter::default();
    hop.message(&mut dotter, message.as_bytes()).await?;
    hop.end(&dotter).await?;
    let reply = hop.end_reply().await?;
    if !reply.is_good() {
        return Err(HopError::Refused(reply));
    }
    hop.quit().await;
    Ok(())
}

/// RFC 5322, and RFC 3834 §5: made by a program, not to be answered by one.
fn message(generation: &Generation, to: &str, notice: &Notice, now: u64) -> String {
    let host = &generation.host;
    let date = jiff::Timestamp::from_second(i64::try_from(now).unwrap_or_default())
        .map(|time| {
            jiff::fmt::rfc2822::to_string(&time.to_zoned(jiff::tz::TimeZone::UTC))
                .unwrap_or_default()
        })
        .unwrap_or_default();
    let text: String =
        notice.lines.iter().map(|line| format!("- {}\r\n", one_line(line))).collect();
    format!(
        "From: waxseal <postmaster@{host}>\r\nTo: <{to}>\r\nSubject: {}\r\n\
         Date: {date}\r\nMessage-ID: <{now}.{}.waxseal@{host}>\r\nAuto-Submitted: auto-generated\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         {}\r\n\r\n{text}\r\n{}\r\n",
        one_line(&notice.subject),
        std::process::id(),
        one_line(&notice.about),
        one_line(&notice.advice),
    )
}

/// What may hold a stranger's words, as one line of ASCII that is not too long.
fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' };
    text.chars().take(900).map(plain).collect()
}
