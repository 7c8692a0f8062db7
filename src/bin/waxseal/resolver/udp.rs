//! The DNS over UDP, and over TCP where an answer is truncated, through hickory-resolver's pool of
//! name servers.
//!
//! Its stub resolver proper is passed by: that sets no AD bit, appends search domains, and answers
//! some names by itself. The pool sends, repeats, matches and falls back to TCP; the answer's octets
//! go to the core.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverOpts, ServerOrderingStrategy,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, FirstAnswer, RetryDnsHandle};
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::{
    DnsRequest, DnsRequestOptions, DnsResponse, Message, Query, ResponseCode,
};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig, system_conf};
use waxseal::DomainName;
use waxseal::dns::{Absence, Answer, TxtRecords, message};

/// Aliases followed by questions of our own. A resolver follows them itself; this is for servers
/// that only know their own zones.
const LONGEST_ALIAS_CHAIN: usize = 8;

type Pool = RetryDnsHandle<NameServerPool<TokioRuntimeProvider>>;

/// The name servers to ask.
pub(super) struct Servers {
    /// All of them, the quickest first.
    all: Pool,
    /// Each alone, for when `all` brings a refusal: hickory takes the first word of any of them for
    /// the last, though another may know better. Empty where there is only one.
    each: Vec<Pool>,
    whom: String,
}

impl Servers {
    /// The servers that the system is configured with.
    pub(super) fn system(timeout: Duration) -> Result<Self, String> {
        let (config, _) = system_conf::read_system_conf().map_err(|error| {
            format!(
                "the system's resolver configuration cannot be used: {}; name a server with \
                 --resolver",
                in_words(&error)
            )
        })?;
        Self::new(config.name_servers().to_vec(), timeout)
    }

    /// This server alone.
    pub(super) fn one(address: SocketAddr, timeout: Duration) -> Result<Self, String> {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
        let connections = connections.map(|mut connection| {
            connection.port = address.port();
            connection
        });
        let server = NameServerConfig::new(address.ip(), true, connections.to_vec());
        Self::new(vec![server], timeout)
    }

    fn new(servers: Vec<NameServerConfig>, timeout: Duration) -> Result<Self, String> {
        let whom = servers.iter().map(show_server).collect::<Vec<_>>().join(", ");
        let each = match servers.len() {
            0 | 1 => Vec::new(),
            _ => servers
                .iter()
                .map(|server| pool(vec![server.clone()], timeout))
                .collect::<Result<_, _>>()?,
        };
        Ok(Self { all: pool(servers, timeout)?, each, whom })
    }

    pub(super) fn whom(&self) -> &str {
        &self.whom
    }

    /// The TXT records of `name`.
    pub(super) async fn ask(&self, name: &DomainName) -> Answer {
        let mut asked = name.clone();
        let mut on_the_way: Option<TxtRecords> = None;
        for _ in 0..=LONGEST_ALIAS_CHAIN {
            let (answer, alias) = self.ask_once(&asked).await;
            match alias {
                None => return joined(on_the_way, answer),
                Some(alias) => {
                    let step = TxtRecords {
                        records: Vec::new(),
                        ttl: alias.ttl,
                        authenticated: alias.authenticated,
                        aliases: alias.aliases,
                    };
                    on_the_way = Some(match on_the_way {
                        Some(before) => along(before, step),
                        None => step,
                    });
                    asked = alias.target;
                }
            }
        }
        Answer::unavailable(format!("more than {LONGEST_ALIAS_CHAIN} aliases (CNAME) in a row"))
    }

    /// One question: the answer, or the alias at which it breaks off.
    async fn ask_once(&self, name: &DomainName) -> (Answer, Option<Alias>) {
        let response = self.send(name).await;
        match response {
            Ok(response) => match broken_off(&response) {
                Some(alias) => (Answer::NotFound, Some(alias)),
                None => (message::answer(response.as_buffer(), name), None),
            },
            Err(error) => (answer_of(&error, &self.whom), None),
        }
    }

    async fn send(&self, name: &DomainName) -> Result<DnsResponse, NetError> {
        let error = match send(&self.all, name, true).await {
            Ok(response) => return Ok(response),
            Err(error) if !is_refusal(&error) => return Err(error),
            Err(error) => error,
        };
        for server in &self.each {
            match send(server, name, true).await {
                Err(error) if is_refusal(&error) => {}
                outcome => return outcome,
            }
        }
        // RFC 6891 §7: a server that does not know EDNS says FORMERR or NOTIMP.
        if let NetError::Dns(DnsError::ResponseCode(ResponseCode::FormErr | ResponseCode::NotImp)) =
            error
        {
            return send(&self.all, name, false).await;
        }
        Err(error)
    }
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").field("whom", &self.whom).finish_non_exhaustive()
    }
}

/// The last alias of an answer that stops there.
struct Alias {
    target: DomainName,
    /// All of them.
    aliases: Vec<String>,
    ttl: Option<u32>,
    authenticated: Option<bool>,
}

fn pool(servers: Vec<NameServerConfig>, timeout: Duration) -> Result<Pool, String> {
    let mut options = ResolverOpts::default();
    // Two rounds within the time there is, each with repeated datagrams.
    options.timeout = timeout.mul_f32(0.45);
    options.attempts = 1;
    options.use_hosts_file = ResolveHosts::Never;
    options.server_ordering_strategy = ServerOrderingStrategy::QueryStatistics;
    let attempts = options.attempts;
    let tls = TlsConfig::new().map_err(|error| error.to_string())?;
    let context = Arc::new(PoolContext::new(options, tls));
    let pool = NameServerPool::from_config(servers, context, TokioRuntimeProvider::default());
    Ok(RetryDnsHandle::new(pool, attempts))
}

async fn send(pool: &Pool, name: &DomainName, edns: bool) -> Result<DnsResponse, NetError> {
    let mut asked = Name::from_ascii(name.as_str())?;
    // The name is complete: nothing is ever appended to it.
    asked.set_fqdn(true);
    let mut options = DnsRequestOptions::default();
    options.use_edns = edns;
    let request = DnsRequest::from_query(Query::query(asked, RecordType::TXT), options);
    let (mut message, options): (Message, _) = request.into_parts();
    // RFC 6840 §5.7: asks the resolver to say whether DNSSEC vouches for the answer.
    message.metadata.authentic_data = true;
    pool.send(DnsRequest::new(message, options)).first_answer().await
}

/// Whether the server answered that it will not or cannot.
fn is_refusal(error: &NetError) -> bool {
    matches!(error, NetError::Dns(DnsError::ResponseCode(_)))
}

/// The alias at which an answer breaks off: it has CNAME records, no TXT record for the last one's
/// target, and nothing that says there is none (RFC 2308 §2.2: an SOA record, or NXDOMAIN).
fn broken_off(response: &DnsResponse) -> Option<Alias> {
    if response.metadata.response_code != ResponseCode::NoError
        || response.metadata.truncation
        || response.soa().is_some()
    {
        return None;
    }
    let mut name = response.queries.first()?.name().clone();
    let mut ttl = u32::MAX;
    let mut aliases = Vec::new();
    // Each round follows one alias, so a loop among the records ends.
    for _ in 0..response.answers.len() {
        let next = response.answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == name => Some((target.0.clone(), record.ttl)),
            _ => None,
        });
        let Some((target, lives)) = next else { break };
        name = target;
        ttl = ttl.min(lives);
        aliases.push(name.to_lowercase().to_ascii().trim_end_matches('.').to_owned());
    }
    let has_text = response
        .answers
        .iter()
        .any(|record| record.name == name && record.record_type() == RecordType::TXT);
    if aliases.is_empty() || has_text {
        return None;
    }
    let target = DomainName::parse(name.to_ascii().trim_end_matches('.')).ok()?;
    let authenticated = Some(response.metadata.authentic_data);
    Some(Alias { target, aliases, ttl: Some(ttl), authenticated })
}

/// The answer at the end of a chain that began with other answers.
fn joined(on_the_way: Option<TxtRecords>, answer: Answer) -> Answer {
    match (on_the_way, answer) {
        (Some(way), Answer::Records(records)) => Answer::Records(along(way, records)),
        (Some(way), Answer::Absent(absence)) => {
            let aliases = [way.aliases, absence.aliases].concat();
            Answer::Absent(Absence { aliases, ..absence })
        }
        (_, answer) => answer,
    }
}

/// A chain lives as long as its shortest-lived link, and is vouched for when all of it is.
fn along(before: TxtRecords, after: TxtRecords) -> TxtRecords {
    let ttl = match (before.ttl, after.ttl) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let authenticated = match (before.authenticated, after.authenticated) {
        (Some(one), Some(other)) => Some(one && other),
        _ => None,
    };
    let aliases = [before.aliases, after.aliases].concat();
    TxtRecords { records: after.records, ttl, authenticated, aliases }
}

/// What an error of hickory's means. It calls every empty answer "no records", whatever the
/// response code and even a referral: only NXDOMAIN and NOERROR with neither are facts.
fn answer_of(error: &NetError, whom: &str) -> Answer {
    if let NetError::Dns(DnsError::NoRecordsFound(none)) = error {
        let NoRecords { response_code, soa, ns, .. } = none;
        match response_code {
            ResponseCode::NXDomain => return absent(false),
            // RFC 2308 §2.2: name servers and no SOA record are a referral to other servers.
            ResponseCode::NoError if soa.is_none() && ns.is_some() => {
                return Answer::unavailable(format!(
                    "{whom} refers to other name servers: it is no resolver"
                ));
            }
            ResponseCode::NoError => return absent(true),
            _ => {}
        }
    }
    Answer::unavailable(format!("{} from {whom}", in_words(error)))
}

fn absent(name_exists: bool) -> Answer {
    Answer::Absent(Absence { name_exists: Some(name_exists), aliases: Vec::new() })
}

/// An error in the words of people who run name servers.
fn in_words(error: &NetError) -> String {
    match error {
        NetError::Timeout => "time-out: no answer".to_owned(),
        NetError::Truncated => "a truncated answer, also over TCP,".to_owned(),
        NetError::NoConnections | NetError::Busy => "no connection".to_owned(),
        NetError::Io(error) => format!("{error}: no answer"),
        NetError::Proto(error) => format!("a broken answer ({error})"),
        NetError::Dns(DnsError::ResponseCode(code)) => code_in_words(*code),
        NetError::Dns(DnsError::NoRecordsFound(none)) => code_in_words(none.response_code),
        other => format!("{other}: no answer"),
    }
}

fn code_in_words(code: ResponseCode) -> String {
    match code {
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        other => format!("response code {} ({other})", u16::from(other)),
    }
}

fn show_server(server: &NameServerConfig) -> String {
    let port = server.connections.first().map_or(53, |connection| connection.port);
    match port {
        53 => server.ip.to_string(),
        _ => SocketAddr::new(server.ip, port).to_string(),
    }
}
