//! What a configuration says, whichever language it was written in.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use waxseal::crypto::KeyType;
use waxseal::key::publish::RecordTags;
use waxseal::{DomainName, Selector};

use super::networks::Networks;
use super::next_hop::NextHop;
use super::place::{Note, Place, Placed, Setting};
use super::sender::{SenderMap, SignatureTags};
use super::server::ServerSettings;

/// A configuration, read and checked. The key files are not opened yet.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The file (or folder) that was asked for.
    pub(crate) origin: PathBuf,
    /// Every file that was read, in order.
    pub(crate) files: Vec<PathBuf>,
    /// The signing keys, in the order they stand; the first that fits signs.
    pub(crate) keys: Vec<Key>,
    /// What holds where no bank says otherwise.
    pub(crate) base: Bank,
    /// The policy banks, by name.
    pub(crate) banks: BTreeMap<String, Bank>,
    /// Where the server listens.
    pub(crate) listeners: Vec<Listener>,
    /// Whose mail is ours: it is signed.
    pub(crate) networks: Networks,
    /// The banks that are loaded for mail from some networks; the first that has the client decides.
    pub(crate) client_banks: Vec<ClientBanks>,
    /// Our domain and host, where they are said.
    pub(crate) my_domain: Option<Placed<String>>,
    pub(crate) my_host: Option<Placed<String>>,
    /// What the server needs besides.
    pub(crate) server: ServerSettings,
    /// Settings that do not concern DKIM.
    pub(crate) not_ours: Vec<Setting>,
    /// What is no error but should be known.
    pub(crate) notes: Vec<Note>,
}

/// A signing key, as the configuration declares it.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) domain: DomainName,
    pub(crate) selector: Selector,
    /// The file of the private key, as it is opened.
    pub(crate) file: PathBuf,
    /// The tags its record has besides `v=`, `k=` and `p=`.
    pub(crate) tags: RecordTags,
    /// `k=`, where it is said; the key in the file must be of that kind.
    pub(crate) kind: Option<KeyType>,
    pub(crate) place: Place,
    /// Where its file and its tags stand, by name; where they do not, at `place`.
    pub(crate) places: BTreeMap<&'static str, Place>,
}

/// Settings that a listener chooses by name. What is `None` is left as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bank {
    /// Where it was declared.
    pub(crate) place: Option<Place>,
    /// Mail is from our own users: it is signed.
    pub(crate) originating: Option<Placed<bool>>,
    /// Signatures are made, of originating mail.
    pub(crate) sign: Option<Placed<bool>>,
    /// Signatures are verified.
    pub(crate) verify: Option<Placed<bool>>,
    /// Where mail goes on to; the first that answers takes it. An empty list sends nowhere.
    pub(crate) forward_to: Option<Placed<Vec<NextHop>>>,
    /// Where notifications are sent by.
    pub(crate) notify: Option<Placed<Vec<NextHop>>>,
    /// Extensions that are not offered, such as `8BITMIME`: upper case.
    pub(crate) discard_ehlo_keywords: Option<Placed<Vec<String>>>,
    /// Who may connect.
    pub(crate) peers: Option<Placed<Networks>>,
    /// Whose mail is ours, in place of [`Config::networks`].
    pub(crate) networks: Option<Placed<Networks>>,
    /// The characters of which each ends an address before its extension: `+` in
    /// `user+extension@example.com`.
    pub(crate) recipient_delimiter: Option<Placed<String>>,
    /// Signature options by sender, the maps in the order they are searched.
    pub(crate) signing: Option<Vec<SenderMap>>,
    /// What holds where no map says otherwise.
    pub(crate) general_tags: Option<SignatureTags>,
    /// What becomes of mail by its result; results that are not listed are annotated.
    pub(crate) policy: BTreeMap<&'static str, Placed<Action>>,
    /// What becomes of mail that should be signed and cannot be.
    pub(crate) on_sign_error: Option<Placed<OnSignError>>,
    /// The key that seals what is forwarded (ARC), by the name of its record.
    pub(crate) arc_seal: Option<Placed<DomainName>>,
    /// What becomes of lone CR and LF, NUL and overlong lines.
    pub(crate) odd_lines: Option<Placed<OddLines>>,
    /// Who may tell of the client by XFORWARD; where it is not said, all who may connect.
    pub(crate) xforward: Option<Placed<Networks>>,
}

/// Banks for mail that comes from some networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientBanks {
    pub(crate) networks: Networks,
    pub(crate) banks: Vec<String>,
}

impl Config {
    /// What holds with these banks loaded, each over the one before; a bank that does not exist
    /// changes nothing.
    pub(crate) fn bank(&self, names: &[String]) -> Bank {
        let mut bank = self.base.clone();
        for over in names.iter().filter_map(|name| self.banks.get(name)) {
            bank.load(over);
        }
        bank
    }

    /// The key whose record has that name, by its place in `keys`.
    pub(crate) fn key_named(&self, name: &DomainName) -> Option<usize> {
        self.keys.iter().position(|key| key.is_published_at(name))
    }

    /// Whether mail from that address is ours, where that bank is loaded.
    pub(crate) fn is_internal(&self, bank: &Bank, client: IpAddr) -> bool {
        bank.networks.as_ref().map_or(&self.networks, |own| &own.value).contains(client)
    }

    /// The banks for mail from that address, where that bank is loaded already.
    pub(crate) fn banks_for(&self, bank: &Bank, client: IpAddr) -> &[String] {
        let holds = |entry: &&ClientBanks| {
            entry.networks.contains(client)
                && (entry.networks != self.networks || self.is_internal(bank, client))
        };
        self.client_banks.iter().find(holds).map_or(&[], |entry| entry.banks.as_slice())
    }
}

impl Key {
    /// Whether its record has that name.
    pub(crate) fn is_published_at(&self, name: &DomainName) -> bool {
        self.selector.key_name(&self.domain).is_ok_and(|own| own == *name)
    }
}

impl Bank {
    /// Whether signatures are made of originating mail.
    pub(crate) fn signs(&self) -> bool {
        self.sign.as_ref().is_some_and(|sign| sign.value)
    }

    /// Whether that peer may connect: those of the list, or where there is none whoever is on this
    /// machine. A peer without an address came by a Unix socket, which has permissions of its own.
    pub(crate) fn lets_in(&self, peer: Option<IpAddr>) -> bool {
        peer.is_none_or(|peer| match &self.peers {
            Some(peers) => peers.value.contains(peer),
            None => peer.to_canonical().is_loopback(),
        })
    }

    /// Whether that peer may tell of the client by XFORWARD.
    pub(crate) fn allows_xforward(&self, peer: Option<IpAddr>) -> bool {
        match (&self.xforward, peer) {
            (Some(list), Some(peer)) => list.value.contains(peer),
            _ => self.lets_in(peer),
        }
    }

    /// Takes over what the other bank sets.
    fn load(&mut self, over: &Self) {
        fn take<T: Clone>(ours: &mut Option<T>, theirs: &Option<T>) {
            if theirs.is_some() {
                ours.clone_from(theirs);
            }
        }
        take(&mut self.place, &over.place);
        take(&mut self.originating, &over.originating);
        take(&mut self.sign, &over.sign);
        take(&mut self.verify, &over.verify);
        take(&mut self.forward_to, &over.forward_to);
        take(&mut self.notify, &over.notify);
        take(&mut self.discard_ehlo_keywords, &over.discard_ehlo_keywords);
        take(&mut self.peers, &over.peers);
        take(&mut self.networks, &over.networks);
        take(&mut self.recipient_delimiter, &over.recipient_delimiter);
        take(&mut self.signing, &over.signing);
        take(&mut self.general_tags, &over.general_tags);
        take(&mut self.on_sign_error, &over.on_sign_error);
        take(&mut self.arc_seal, &over.arc_seal);
        take(&mut self.odd_lines, &over.odd_lines);
        take(&mut self.xforward, &over.xforward);
        self.policy.extend(over.policy.iter().map(|(result, action)| (*result, action.clone())));
    }
}

/// What becomes of a message with some result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It goes on with its Authentication-Results field.
    Annotate,
    /// 5xx.
    Reject,
    /// 4xx.
    Tempfail,
    /// It goes on with a field that asks to put it aside.
    Quarantine,
}

/// What becomes of lone CR and LF, NUL and overlong lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OddLines {
    /// 5xx.
    Reject,
    /// They go on as they are.
    Pass,
    /// They are made fit to travel.
    Normalize,
}

/// What becomes of mail that should be signed and cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnSignError {
    /// 4xx: the sender keeps it.
    Tempfail,
    /// It goes on unsigned.
    Pass,
}

/// Where the server listens, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    pub(crate) address: ListenAddress,
    pub(crate) protocol: Protocol,
    /// The banks it loads, one over the other.
    pub(crate) banks: Vec<String>,
    pub(crate) place: Place,
}

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListenAddress {
    Inet(SocketAddr),
    Unix(PathBuf),
}

/// What is spoken on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// SMTP or LMTP: a content filter.
    Smtp,
    /// The milter protocol.
    Milter,
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl Action {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Annotate => "annotate",
            Self::Reject => "reject",
            Self::Tempfail => "tempfail",
            Self::Quarantine => "quarantine",
        }
    }
}

impl OnSignError {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tempfail => "tempfail",
            Self::Pass => "pass",
        }
    }
}

impl OddLines {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Pass => "pass",
            Self::Normalize => "normalize",
        }
    }
}

impl Protocol {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Milter => "milter",
        }
    }
}
