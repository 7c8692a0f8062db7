//! Where keys come from: zone files, the DNS over UDP and TCP, or the DNS over HTTPS.
//!
//! Whatever the way, the octets of an answer are read by the core's own codec, so one name gets one
//! verdict. Only NXDOMAIN and "no data" are [`Answer::Absent`]; everything else that is no record
//! is [`Answer::Unavailable`] (RFC 6376 §6.1.2).

mod cache;
mod https;
mod spec;
mod udp;
mod zones;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, Runtime};
use waxseal::DomainName;
use waxseal::dns::Answer;
use waxseal::dns::zone::Zone;

use cache::Cache;
use https::HttpsServer;
use udp::Servers;

pub(crate) use spec::ResolverSpec;
pub(crate) use zones::{ZoneFileError, read_zones};

/// Answers the queries of one run, each name once while its answer lives.
#[derive(Debug)]
pub(crate) struct Resolver {
    source: Source,
    timeout: Duration,
}

#[derive(Debug)]
enum Source {
    Zone(Zone),
    Network(Network),
}

#[derive(Debug)]
struct Network {
    handle: Handle,
    /// Taken when the network is dropped.
    runtime: Option<Runtime>,
    lookups: Arc<Lookups>,
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Nobody waits for what is still on its way; dropping the runtime would.
            runtime.shutdown_background();
        }
    }
}

#[derive(Debug)]
struct Lookups {
    transport: Transport,
    cache: Cache,
    timeout: Duration,
}

#[derive(Debug)]
enum Transport {
    Servers(Servers),
    Https(HttpsServer),
    /// Nothing can be asked. Messages without a signature still get their verdict, the others the
    /// reason why not.
    Broken(String),
}

impl Resolver {
    /// A resolver that knows nothing but this zone.
    pub(crate) fn from_zone(zone: Zone, timeout: Duration) -> Self {
        Self { source: Source::Zone(zone), timeout }
    }

    /// Has the name asked for anew, however long its answer would live.
    pub(crate) fn forget(&self, name: &DomainName) {
        if let Source::Network(network) = &self.source {
            network.lookups.cache.forget(name);
        }
    }

    /// A resolver that asks the network.
    ///
    /// # Errors
    ///
    /// When the operating system gives no thread or poller to wait with.
    pub(crate) fn from_spec(spec: &ResolverSpec, timeout: Duration) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("dns")
            .enable_all()
            .build()?;
        let transport = {
            let _inside = runtime.enter();
            match spec {
                ResolverSpec::System => Servers::system(timeout).map(Transport::Servers),
                ResolverSpec::Server(address) => {
                    Servers::one(*address, timeout).map(Transport::Servers)
                }
                ResolverSpec::Https(url) => HttpsServer::new(url, timeout).map(Transport::Https),
            }
            .unwrap_or_else(Transport::Broken)
        };
        let lookups = Arc::new(Lookups { transport, cache: Cache::default(), timeout });
        Ok(Self {
            source: Source::Network(Network {
                handle: runtime.handle().clone(),
                runtime: Some(runtime),
                lookups,
            }),
            timeout,
        })
    }

    /// How long all lookups of one message may take together.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Looks up the TXT records of `name` and hands the answer to `deliver`, at once or later and
    /// from another thread.
    pub(crate) fn lookup(&self, name: DomainName, deliver: impl FnOnce(Answer) + Send + 'static) {
        match &self.source {
            Source::Zone(zone) => deliver(zone.lookup(&name)),
            Source::Network(network) => {
                let lookups = Arc::clone(&network.lookups);
                network.handle.spawn(async move { deliver(lookups.lookup(name).await) });
            }
        }
    }
}

impl Lookups {
    async fn lookup(&self, name: DomainName) -> Answer {
        // The lookup goes on when the message that asked has given up: the next message with the
        // name may profit. Hence the bound here besides the one in the verification.
        self.cache
            .get_or_ask(&name, || async {
                match tokio::time::timeout(self.timeout, self.transport.ask(&name)).await {
                    Ok(answer) => answer,
                    Err(_) => Answer::unavailable(self.time_out()),
                }
            })
            .await
    }

    fn time_out(&self) -> String {
        format!(
            "time-out: no answer from {} within {} s",
            self.transport.whom(),
            self.timeout.as_secs()
        )
    }
}

impl Transport {
    async fn ask(&self, name: &DomainName) -> Answer {
        match self {
            Self::Servers(servers) => servers.ask(name).await,
            Self::Https(server) => server.ask(name).await,
            Self::Broken(cause) => Answer::unavailable(cause.as_str()),
        }
    }

    fn whom(&self) -> &str {
        match self {
            Self::Servers(servers) => servers.whom(),
            Self::Https(server) => server.whom(),
            Self::Broken(_) => "the resolver",
        }
    }
}
