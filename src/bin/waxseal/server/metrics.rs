//! Numbers for Prometheus, and whether we are well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::log::{Entry, Taken};

/// What is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    messages: Family<MessageLabels, Counter>,
    results: Family<ResultLabels, Counter>,
    signatures: Family<SignatureLabels, Counter>,
    seals: Family<SignatureLabels, Counter>,
    sign_errors: Counter,
    odd_messages: Counter,
    octets: Counter,
    seconds: Histogram,
    pub(crate) connections: Gauge,
    pub(crate) turned_away: Counter,
    pub(crate) generation: Gauge,
    pub(crate) reloads: Family<ReloadLabels, Counter>,
    pub(crate) keys: Family<KeyLabels, Gauge>,
    pub(crate) keys_checked: Gauge<f64, AtomicU64>,
    started: Gauge<i64, AtomicI64>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct MessageLabels {
    listener: String,
    action: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SignatureLabels {
    domain: String,
    selector: String,
}

/// How a reload went.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct ReloadLabels {
    pub(crate) outcome: &'static str,
}

/// Which key.
#[derive(Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord, EncodeLabelSet)]
pub(crate) struct KeyLabels {
    pub(crate) domain: String,
    pub(crate) selector: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("waxseal");
        let metrics = Self {
            messages: Family::default(),
            results: Family::default(),
            signatures: Family::default(),
            seals: Family::default(),
            sign_errors: Counter::default(),
            odd_messages: Counter::default(),
            octets: Counter::default(),
            seconds: Histogram::new(exponential_buckets(0.001, 2.0, 16)),
            connections: Gauge::default(),
            turned_away: Counter::default(),
            generation: Gauge::default(),
            reloads: Family::default(),
            keys: Family::default(),
            keys_checked: Gauge::default(),
            started: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "messages",
            "Messages, by listener and what became of them",
            metrics.messages.clone(),
        );
        registry.register("results", "Verified messages, by DKIM result", metrics.results.clone());
        registry.register("signatures", "Signatures made, by key", metrics.signatures.clone());
        registry.register("seals", "ARC seals made, by key", metrics.seals.clone());
        registry.register(
            "sign_errors",
            "Messages that should have been signed and could not be",
            metrics.sign_errors.clone(),
        );
        registry.register(
            "odd_messages",
            "Messages with lone CR or LF, NUL or overlong lines",
            metrics.odd_messages.clone(),
        );
        registry.register_with_unit(
            "message",
            "Size of all messages",
            Unit::Bytes,
            metrics.octets.clone(),
        );
        registry.register_with_unit(
            "message_duration",
            "From MAIL to the reply",
            Unit::Seconds,
            metrics.seconds.clone(),
        );
        registry.register("connections", "Connections open", metrics.connections.clone());
        registry.register("turned_away", "Connections turned away", metrics.turned_away.clone());
        registry.register(
            "generation",
            "Number of the configuration in use",
            metrics.generation.clone(),
        );
        registry.register("reloads", "Reloads, by outcome", metrics.reloads.clone());
        registry.register(
            "key_published",
            "1 where the key is published right, else 0",
            metrics.keys.clone(),
        );
        registry.register_with_unit(
            "keys_checked_timestamp",
            "When keys were tested last, Unix time",
            Unit::Seconds,
            metrics.keys_checked.clone(),
        );
        registry.register_with_unit(
            "start_time",
            "When the server started, Unix time",
            Unit::Seconds,
            metrics.started.clone(),
        );
        Self { registry, ..metrics }
    }
}

impl Metrics {
    pub(crate) fn set_started(&self, unix_seconds: u64) {
        self.started.set(i64::try_from(unix_seconds).unwrap_or(i64::MAX));
    }

    /// Counts a message.
    pub(crate) fn message(&self, entry: &Entry, taken: Taken) {
        let labels = MessageLabels { listener: entry.listener.clone(), action: taken.name() };
        self.messages.get_or_create(&labels).inc();
        self.octets.inc_by(entry.size);
        self.seconds.observe(entry.begun.elapsed().as_secs_f64());
        if let Some(result) = entry.result {
            self.results.get_or_create(&ResultLabels { result }).inc();
        }
        for (domain, selector) in &entry.signed {
            let labels = SignatureLabels { domain: domain.clone(), selector: selector.clone() };
            self.signatures.get_or_create(&labels).inc();
        }
        if let Some((domain, selector)) = entry.sealed.clone() {
            self.seals.get_or_create(&SignatureLabels { domain, selector }).inc();
        }
        if entry.sign_failed {
            self.sign_errors.inc();
        }
        if entry.odd {
            self.odd_messages.inc();
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // writing to a string does not fail
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many may ask at a time.
const CONNECTIONS: usize = 64;

/// Answers `GET /metrics` and `GET /healthz` on that socket.
pub(crate) async fn serve(listener: TcpListener, metrics: Arc<Metrics>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // fails when it is closed, which nobody does
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            let _place = place;
            let answer = service_fn(|request| {
                let response = respond(&request, &metrics);
                async move { Ok::<_, std::convert::Infallible>(response) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
            http.max_buf_size(16 * 1024).keep_alive(false);
            // who asked may be gone
            let serving = http.serve_connection(TokioIo::new(stream), answer);
            let _ = timeout(PATIENCE, serving).await;
        });
    }
}

fn respond<B>(request: &Request<B>, metrics: &Metrics) -> Response<Full<Bytes>> {
    let (status, kind, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            (StatusCode::OK, kind, metrics.text())
        }
        (&Method::GET, "/healthz") => {
            (StatusCode::OK, "text/plain; charset=utf-8", "ok\n".to_owned())
        }
        (&Method::GET, _) => {
            (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "/metrics, /healthz\n".to_owned())
        }
        _ => (StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "GET\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    if let Ok(kind) = kind.parse() {
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    }
    response
}

/// Opens the socket for it.
pub(crate) fn open(address: SocketAddr) -> Result<TcpListener, String> {
    let cannot = |error: std::io::Error| format!("cannot listen on {address} for metrics: {error}");
    let listener = std::net::TcpListener::bind(address).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    TcpListener::from_std(listener).map_err(cannot)
}
