//! What the next hop said, as we say it to the client.

use crate::server::engine::Refusal;
use crate::server::hop::{HopError, HopName};
use crate::smtp::reply::Reply;

/// The reply of a next hop, with the code it has: `250 2.0.0 from MTA(smtp:[127.0.0.1]:10027): 250 2.0.0
/// Ok`.
pub(super) fn from_hop(hop: &HopName, reply: &Reply) -> Reply {
    // 421 would say that we close our connection, and what is no answer to a message is a trouble
    let code = match reply.code {
        421 => 451,
        code if matches!(code / 100, 2 | 4 | 5) => code,
        _ => 451,
    };
    let class = code / 100;
    let enhanced = match reply.enhanced() {
        Some(enhanced) if code == reply.code => enhanced.to_owned(),
        Some(enhanced) if class == 4 && enhanced.starts_with('4') => enhanced.to_owned(),
        _ => format!("{class}.0.0"),
    };
    Reply::new(code, format!("{enhanced} from MTA({hop}): {}", reply.one_line()))
}

/// What went wrong with a next hop: temporary, whatever it is, unless the hop itself said otherwise.
pub(super) fn trouble(hop: &HopName, error: &HopError) -> Reply {
    match error {
        HopError::Refused(reply) => from_hop(hop, reply),
        HopError::Away(why) => Reply::new(451, format!("4.4.1 MTA({hop}) is away: {why}")),
    }
}

pub(super) fn refusal(refusal: &Refusal) -> Reply {
    Reply::new(refusal.code, format!("{} {}", refusal.enhanced, refusal.text))
}

/// One reply for a message that was handed to several recipients, each with a reply of its own. Whoever
/// gets no copy must not be forgotten: the client is told of the worst.
pub(super) fn merged(replies: &[Reply]) -> Reply {
    let worst = |class: fn(&Reply) -> bool| replies.iter().find(|reply| class(reply));
    worst(Reply::is_transient)
        .or_else(|| worst(|reply| !reply.is_good()))
        .or_else(|| replies.first())
        .cloned()
        .unwrap_or_else(|| Reply::new(451, "4.3.0 The next hop gave no answer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::hop::HopAddress;

    fn hop() -> HopName {
        HopName { lmtp: false, address: HopAddress::Inet("127.0.0.1".into(), 10027) }
    }

    #[test]
    fn the_answer_is_the_next_hops_own() {
        for (theirs, ours) in [
            (
                (250, "2.0.0 Ok: queued as 4Zq"),
                "250 2.0.0 from MTA(smtp:[127.0.0.1]:10027): 250 2.0.0 Ok: queued as 4Zq",
            ),
            ((250, "Ok"), "250 2.0.0 from MTA(smtp:[127.0.0.1]:10027): 250 Ok"),
            ((550, "5.1.1 no"), "550 5.1.1 from MTA(smtp:[127.0.0.1]:10027): 550 5.1.1 no"),
            ((421, "4.3.2 bye"), "451 4.3.2 from MTA(smtp:[127.0.0.1]:10027): 421 4.3.2 bye"),
            ((354, "what"), "451 4.0.0 from MTA(smtp:[127.0.0.1]:10027): 354 what"),
        ] {
            let (code, text) = theirs;
            assert_eq!(from_hop(&hop(), &Reply::new(code, text)).one_line(), ours);
        }
    }

    #[test]
    fn the_worst_is_told() {
        let [good, later, never] =
            [Reply::new(250, "a"), Reply::new(451, "b"), Reply::new(550, "c")];
        assert_eq!(merged(&[good.clone(), never.clone(), later.clone()]), later);
        assert_eq!(merged(&[good.clone(), never.clone()]), never);
        assert_eq!(merged(&[good.clone(), good.clone()]), good);
        assert_eq!(merged(&[]).code, 451);
    }
}
