//! Mail of our own to the administrator.

use super::generation::Generation;
use super::hop::{Hop, HopError, HopName};
use super::shared::Shared;
use crate::smtp::data::Dotter;

/// Tells the administrator, where the configuration names one. What cannot be sent is logged.
pub(crate) async fn notify(shared: &Shared, generation: &Generation, lines: &[String]) {
    let Some(admin) = &generation.config.server.admin else { return };
    let bank = generation.bank(&[]);
    let hops = bank.notify.or(bank.forward_to).map(|hops| hops.value).unwrap_or_default();
    let message = message(generation, &admin.value, lines, shared.now().seconds());
    let mut last = "no next hop is configured (notify)".to_owned();
    for hop in &hops {
        match HopName::of(hop, None, None) {
            Ok(name) => match send(&name, shared, generation, &admin.value, &message).await {
                Ok(()) => return,
                Err(error) => last = format!("MTA({name}): {error}"),
            },
            Err(why) => last = why,
        }
    }
    shared.log.trouble(&format!("{} could not be told: {last}", admin.value));
}

async fn send(
    name: &HopName,
    shared: &Shared,
    generation: &Generation,
    to: &str,
    message: &str,
) -> Result<(), HopError> {
    let mut hop = Hop::open(name, &generation.host, shared.hop_times).await?;
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
fn message(generation: &Generation, to: &str, lines: &[String], now: u64) -> String {
    let host = &generation.host;
    let date = jiff::Timestamp::from_second(i64::try_from(now).unwrap_or_default())
        .map(|time| {
            jiff::fmt::rfc2822::to_string(&time.to_zoned(jiff::tz::TimeZone::UTC))
                .unwrap_or_default()
        })
        .unwrap_or_default();
    let text: String =
        lines.iter().map(|line| format!("- {}\r\n", line.replace(['\r', '\n'], " "))).collect();
    format!(
        "From: waxseal <postmaster@{host}>\r\nTo: <{to}>\r\nSubject: DKIM keys on {host}\r\n\
         Date: {date}\r\nMessage-ID: <{now}.{}.waxseal@{host}>\r\nAuto-Submitted: auto-generated\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         waxseal on {host} has tested the DKIM keys of its configuration:\r\n\r\n{text}\r\n\
         Mail signed with a key that is not published right fails at its receivers.\r\n\
         To see the test: waxseal testkeys; to see what is to be published: waxseal showkeys\r\n",
        std::process::id()
    )
}
