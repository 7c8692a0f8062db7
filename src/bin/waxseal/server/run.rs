//! From start to stop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::net::UnixListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::alerts;
use super::control::{self, Command, Wish};
use super::key_reader::KeyReader;
use super::key_watch::KeyWatch;
use super::listeners::{Connections, Listeners, Socket};
use super::log::Log;
use super::metrics::{self, ReloadLabels};
use super::privileges::Identity;
use super::reload::{Source, open_sockets, prepare, reload};
use super::shared::Shared;
use crate::config::{ListenAddress, LogFormat, ServerSettings};
use crate::exit::Exit;
use crate::keys::Permissions;
use crate::resolver::Resolver;

/// How long messages under way may take once we are told to stop.
const LAST: Duration = Duration::from_secs(30);

/// How often our own keys are tested, besides at the start and after each reload.
const KEYS_TESTED: Duration = Duration::from_secs(3600);

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    /// The configuration; the usual one where `None`.
    pub(crate) config: Option<PathBuf>,
    pub(crate) permissions: Permissions,
    pub(crate) resolver: Resolver,
    /// In place of what the configuration says.
    pub(crate) control: Option<PathBuf>,
    pub(crate) metrics: Option<SocketAddr>,
    /// The log is JSON, whatever the configuration says.
    pub(crate) json: bool,
}

/// Why the server does not run.
pub(crate) type Failure = (Exit, String);

/// Runs until it is told to stop.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("serve")
        .build()
        .map_err(|error| (Exit::TemporaryFailure, format!("cannot start: {error}")))?;
    runtime.block_on(serve(options))
}

async fn serve(options: Options) -> Result<(), Failure> {
    let Options { config, permissions, resolver, control, metrics, json } = options;
    let wrong = |error: String| (Exit::Configuration, error);
    let source = Source { config, keys: KeyReader::Here(permissions) };
    let generation = prepare(&source, 1).map_err(wrong)?;
    let config = &generation.config;
    if config.listeners.is_empty() {
        let why = format!(
            "{} has no listener: add [[listener]] with an address, such as 127.0.0.1:10024",
            config.origin.display()
        );
        return Err((Exit::Configuration, why));
    }
    let wanted = config.listeners.clone();
    let settings = config.server.clone();
    let identity = Identity::of(&settings).map_err(wrong)?;
    let mut listeners = Listeners::default();
    let cannot_listen = |error: String| (Exit::CannotWrite, error);
    let (sockets, told) = open_sockets(config, &listeners).map_err(cannot_listen)?;
    let configured = settings.control.as_ref().map(|path| path.value.clone());
    let control_path = control.or(configured);
    let control = control_path.as_deref().map(control_socket).transpose().map_err(cannot_listen)?;
    let configured = settings.metrics.as_ref().map(|address| address.value);
    let metrics = metrics.or(configured).map(metrics::open);
    let metrics = metrics.transpose().map_err(cannot_listen)?;
    let mut source = source;
    if let Some(identity) = &identity {
        let origin = std::fs::canonicalize(&config.origin).map_err(|error| {
            (Exit::Configuration, format!("{}: {error}", config.origin.display()))
        })?;
        let sockets = sockets.keys().filter_map(|address| match address {
            ListenAddress::Unix(path) => Some(path),
            ListenAddress::Inet(_) => None,
        });
        for path in sockets.chain(&control_path) {
            identity.own(path).map_err(|error| {
                cannot_listen(format!("{}: cannot be given away: {error}", path.display()))
            })?;
        }
        // before we become somebody who cannot read them
        source.keys = KeyReader::start(&origin, permissions).map_err(|error| {
            (Exit::TemporaryFailure, format!("cannot start the process that reads keys: {error}"))
        })?;
        source.config = Some(origin);
        identity.assume().map_err(|error| (Exit::TemporaryFailure, error))?;
    }
    let format = settings.log.as_ref().map_or(LogFormat::Text, |format| format.value);
    let log = Log::new(if json { LogFormat::Json } else { format });
    for text in &told {
        log.trouble(text);
    }
    if identity.is_none() && nix::unistd::geteuid().is_root() {
        log.trouble(
            "running as root, which nothing here needs: write user = \"waxseal\" in [server] \
             ($daemon_user in amavisd.conf), or start it as another user",
        );
    }
    let spool = spool(&settings, &log).map_err(|error| (Exit::CannotWrite, error))?;
    let (alerts, alerted) = mpsc::channel(64);
    let shared = Arc::new(Shared::new(generation, resolver, log, spool, alerts));
    tokio::spawn(alerts::watch(alerted, Arc::clone(&shared)));
    shared.metrics.generation.set(1);
    shared.metrics.set_started(shared.now().seconds());
    let connections = Connections::new(Arc::clone(&shared));
    listeners.replace(&wanted, sockets, &connections).await;
    if let Some(listener) = metrics {
        tokio::spawn(metrics::serve(listener, Arc::clone(&shared.metrics)));
    }
    let watched = Arc::clone(&shared);
    tokio::spawn(async move {
        let mut watch = KeyWatch::default();
        let mut hourly = tokio::time::interval(KEYS_TESTED);
        loop {
            tokio::select! {
                _ = hourly.tick() => {}
                () = watched.replaced() => {}
            }
            watch.round(&watched).await;
        }
    });
    // before anybody is told that we are there, for an unheard signal would end us
    let mut signals = Signals::new()?;
    let addresses: Vec<String> = listeners.addresses().map(ToString::to_string).collect();
    shared.log.note(&format!("ready, listening on {}", addresses.join(", ")));
    tell_systemd(&[NotifyState::Ready]);
    let mut server = Server { source, shared, connections, listeners };
    server.watch(control, &mut signals).await;
    tell_systemd(&[NotifyState::Stopping]);
    server.stop().await;
    if let Some(path) = control_path {
        // it may be gone already
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// Where there is a systemd that waits for it (`sd_notify(3)`).
fn tell_systemd(states: &[NotifyState<'_>]) {
    // without one nobody misses it
    let _ = sd_notify::notify(false, states);
}

fn control_socket(path: &Path) -> Result<UnixListener, String> {
    let address = ListenAddress::Unix(path.to_path_buf());
    match Socket::open(&address, 0o600) {
        Ok(Socket::Unix(listener, _)) => Ok(listener),
        Ok(Socket::Inet(_)) => Err(format!("{} is no path", path.display())),
        Err(error) => Err(format!("cannot make the control socket {}: {error}", path.display())),
    }
}

/// Where messages are spooled: a file can be made there.
fn spool(settings: &ServerSettings, log: &Log) -> Result<PathBuf, String> {
    let usual = std::env::temp_dir();
    let folder = settings.spool.as_ref().map_or_else(|| usual.clone(), |path| path.value.clone());
    let error = match tempfile::tempfile_in(&folder) {
        Ok(_) => return Ok(folder),
        Err(error) => format!("{}: messages cannot be spooled there: {error}", folder.display()),
    };
    if settings.spool_may_be_missing && tempfile::tempfile_in(&usual).is_ok() {
        log.trouble(&format!("{error}; they are spooled in {}", usual.display()));
        return Ok(usual);
    }
    Err(error)
}

/// The signals that we listen to.
struct Signals {
    hang_up: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let on = |kind: SignalKind| -> Result<Signal, Failure> {
            signal(kind).map_err(|error| (Exit::TemporaryFailure, format!("no signals: {error}")))
        };
        Ok(Self {
            hang_up: on(SignalKind::hangup())?,
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }
}

struct Server {
    source: Source,
    shared: Arc<Shared>,
    connections: Connections,
    listeners: Listeners,
}

impl Server {
    /// Deals with signals and wishes until one of them is to stop.
    async fn watch(&mut self, control: Option<UnixListener>, signals: &mut Signals) {
        let Signals { hang_up, terminate, interrupt } = signals;
        let (sender, mut wishes) = mpsc::channel::<Wish>(16);
        let mut sweep = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                _ = hang_up.recv() => {
                    let told = self.reload().await;
                    match told {
                        Ok(text) => self.shared.log.note(&text),
                        Err(text) => self.shared.log.trouble(&text),
                    }
                }
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = sweep.tick() => self.shared.pool.sweep(),
                accepted = accept(control.as_ref()) => match accepted {
                    Ok(stream) => drop(tokio::spawn(control::serve(stream, sender.clone()))),
                    // too many open files: the next try may do better
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                },
                Some((command, answer)) = wishes.recv() => {
                    let told = match command {
                        Command::Reload => self.reload().await,
                        Command::Status => Ok(self.status()),
                    };
                    if command == Command::Reload {
                        match &told {
                            Ok(text) => self.shared.log.note(text),
                            Err(text) => self.shared.log.trouble(text),
                        }
                    }
                    // who asked may be gone
                    let _ = answer.send(told);
                }
            }
        }
    }

    async fn reload(&mut self) -> Result<String, String> {
        tell_systemd(&[NotifyState::Reloading]);
        let told = reload(&self.source, &self.shared, &mut self.listeners, &self.connections).await;
        tell_systemd(&[NotifyState::Ready]);
        let outcome = if told.is_ok() { "replaced" } else { "refused" };
        let metrics = &self.shared.metrics;
        metrics.reloads.get_or_create(&ReloadLabels { outcome }).inc();
        let number = self.shared.generation().number;
        metrics.generation.set(i64::try_from(number).unwrap_or(i64::MAX));
        told
    }

    fn status(&self) -> String {
        let addresses: Vec<String> = self.listeners.addresses().map(ToString::to_string).collect();
        format!(
            "generation {}, {} connections, listening on {}",
            self.shared.generation().number,
            self.connections.count(),
            addresses.join(", ")
        )
    }

    /// Takes no connection any more, lets messages under way come to their end, and stops.
    async fn stop(&mut self) {
        self.shared.log.note("stopping");
        self.listeners.close().await;
        self.shared.stop();
        if tokio::time::timeout(LAST, self.connections.ended()).await.is_err() {
            let left = self.connections.count();
            self.shared.log.trouble(&format!("{left} connections are broken off"));
        }
    }
}

async fn accept(control: Option<&UnixListener>) -> std::io::Result<tokio::net::UnixStream> {
    match control {
        Some(control) => control.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}
