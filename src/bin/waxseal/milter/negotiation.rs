//! What mail server and filter agree on at the start of a connection.

use std::fmt;

/// What a filter may do (`SMFIF_…`).
pub(crate) const ADD_HEADERS: u32 = 0x01;
pub(crate) const CHANGE_BODY: u32 = 0x02;
pub(crate) const CHANGE_HEADERS: u32 = 0x10;
pub(crate) const QUARANTINE: u32 = 0x20;

/// What the server leaves out or does not wait for (`SMFIP_…`).
pub(crate) mod steps {
    pub(crate) const NO_UNKNOWN: u32 = 0x100;
    pub(crate) const NO_DATA: u32 = 0x200;
    pub(crate) const NO_REPLY_HEADER: u32 = 0x80;
    pub(crate) const NO_REPLY_CONNECT: u32 = 0x1000;
    pub(crate) const NO_REPLY_HELO: u32 = 0x2000;
    pub(crate) const NO_REPLY_MAIL: u32 = 0x4000;
    pub(crate) const NO_REPLY_RCPT: u32 = 0x8000;
    pub(crate) const NO_REPLY_DATA: u32 = 0x1_0000;
    pub(crate) const NO_REPLY_UNKNOWN: u32 = 0x2_0000;
    pub(crate) const NO_REPLY_END_OF_HEADER: u32 = 0x4_0000;
    pub(crate) const NO_REPLY_BODY: u32 = 0x8_0000;
    /// The blank behind the colon of a field belongs to its value.
    pub(crate) const LEADING_SPACE: u32 = 0x10_0000;
}

/// Everything we would have, where the server can do it.
const WANTED_STEPS: u32 = steps::NO_UNKNOWN
    | steps::NO_DATA
    | steps::NO_REPLY_HEADER
    | steps::NO_REPLY_CONNECT
    | steps::NO_REPLY_HELO
    | steps::NO_REPLY_MAIL
    | steps::NO_REPLY_RCPT
    | steps::NO_REPLY_DATA
    | steps::NO_REPLY_UNKNOWN
    | steps::NO_REPLY_END_OF_HEADER
    | steps::NO_REPLY_BODY
    | steps::LEADING_SPACE;

const NEEDED_ACTIONS: u32 = ADD_HEADERS | CHANGE_HEADERS;

/// What is taken where it is offered.
const WANTED_ACTIONS: u32 = NEEDED_ACTIONS | CHANGE_BODY | QUARANTINE;

const OLDEST: u32 = 2;
const NEWEST: u32 = 6;

/// What was agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub(crate) version: u32,
    pub(crate) actions: u32,
    pub(crate) steps: u32,
}

/// Why there is no agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAgreement {
    /// The packet is too short.
    Short,
    /// The server's version.
    Version(u32),
    /// What the server lets a filter do.
    Actions(u32),
}

impl fmt::Display for NoAgreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("the mail server's negotiation has fewer than 12 octets"),
            Self::Version(version) => {
                write!(
                    f,
                    "the mail server speaks version {version}; {OLDEST} is the oldest we know"
                )
            }
            Self::Actions(actions) => write!(
                f,
                "the mail server lets filters do {actions:#x}; adding and changing header fields \
                 ({NEEDED_ACTIONS:#x}) is needed"
            ),
        }
    }
}

impl Agreement {
    /// Answers what the server offers.
    pub(crate) fn answer(data: &[u8]) -> Result<Self, NoAgreement> {
        let mut numbers = data
            .chunks_exact(4)
            .map(|four| four.iter().fold(0_u32, |number, octet| number << 8 | u32::from(*octet)));
        let mut number = || numbers.next().ok_or(NoAgreement::Short);
        let (version, actions, offered) = (number()?, number()?, number()?);
        if version < OLDEST {
            return Err(NoAgreement::Version(version));
        }
        if actions & NEEDED_ACTIONS != NEEDED_ACTIONS {
            return Err(NoAgreement::Actions(actions));
        }
        Ok(Self {
            version: version.min(NEWEST),
            actions: actions & WANTED_ACTIONS,
            steps: offered & WANTED_STEPS,
        })
    }

    /// The data of our answer.
    pub(crate) fn data(self) -> [u8; 12] {
        let mut data = [0; 12];
        let numbers = [self.version, self.actions, self.steps];
        for (four, number) in data.chunks_exact_mut(4).zip(numbers) {
            four.copy_from_slice(&number.to_be_bytes());
        }
        data
    }

    /// Whether that step was agreed on.
    pub(crate) const fn has(self, step: u32) -> bool {
        self.steps & step != 0
    }

    /// Whether that may be done to a message.
    pub(crate) const fn may(self, action: u32) -> bool {
        self.actions & action != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(version: u32, actions: u32, steps: u32) -> [u8; 12] {
        Agreement { version, actions, steps }.data()
    }

    #[test]
    fn we_take_what_is_offered() {
        let agreed = Agreement::answer(&offer(6, 0x1FF, 0x001F_FFFF)).unwrap();
        assert_eq!(agreed.version, 6);
        assert_eq!(agreed.actions, 0x33);
        assert!(agreed.has(steps::LEADING_SPACE) && agreed.has(steps::NO_REPLY_BODY));
        let old = Agreement::answer(&offer(2, 0x1F, 0x7F)).unwrap();
        assert_eq!((old.version, old.actions, old.steps), (2, 0x13, 0));
        assert_eq!(Agreement::answer(&offer(9, 0x3F, 0)).unwrap().version, 6);
        let least = Agreement::answer(&offer(6, 0x11, 0)).unwrap();
        assert!(!least.may(CHANGE_BODY) && !least.may(QUARANTINE));
    }

    #[test]
    fn without_header_changes_there_is_no_agreement() {
        assert_eq!(Agreement::answer(&offer(6, 0x01, 0)), Err(NoAgreement::Actions(1)));
        assert_eq!(Agreement::answer(&offer(1, 0x11, 0)), Err(NoAgreement::Version(1)));
        assert_eq!(Agreement::answer(&[0; 11]), Err(NoAgreement::Short));
    }
}
