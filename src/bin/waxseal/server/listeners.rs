//! Sockets that are listened on, and the connections that come in.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::shared::{Listening, Shared};
use super::{filter, milter};
use crate::config::{ListenAddress, Listener, Protocol};

/// A socket that is open, and not yet accepted from.
#[derive(Debug)]
pub(crate) enum Socket {
    Inet(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Socket {
    /// Opens the socket of that listener.
    pub(crate) fn open(address: &ListenAddress, mode: u32) -> io::Result<Self> {
        match address {
            ListenAddress::Inet(address) => {
                let socket =
                    if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
                // a server that starts anew shall not wait for connections of the old one to fade
                socket.set_reuseaddr(true)?;
                socket.bind(*address)?;
                Ok(Self::Inet(socket.listen(1024)?))
            }
            ListenAddress::Unix(path) => {
                remove_stale(path)?;
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
                Ok(Self::Unix(listener, path.clone()))
            }
        }
    }
}

/// Removes the socket of a server that is gone. One that answers is in use, and what is no socket is
/// not ours.
fn remove_stale(path: &Path) -> io::Result<()> {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of that name"));
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
        Err(_) => std::fs::remove_file(path),
    }
}

/// The listeners at work.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    running: BTreeMap<ListenAddress, Running>,
}

#[derive(Debug)]
struct Running {
    task: JoinHandle<()>,
    path: Option<PathBuf>,
}

impl Running {
    /// Listens no more once this is over.
    async fn end(mut self) {
        self.task.abort();
        // fails because it was aborted
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(path) = &self.path {
            // it may be gone already
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Listeners {
    /// Whether that address is listened on.
    pub(crate) fn has(&self, listener: &Listener) -> bool {
        self.running.contains_key(&listener.address)
    }

    /// The addresses that are listened on.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &ListenAddress> {
        self.running.keys()
    }

    /// Makes the listeners those of the configuration; new ones come with their open sockets.
    pub(crate) async fn replace(
        &mut self,
        wanted: &[Listener],
        mut sockets: BTreeMap<ListenAddress, Socket>,
        connections: &Connections,
    ) {
        let is_wanted = |address: &ListenAddress| wanted.iter().any(|one| one.address == *address);
        for (_, running) in self.running.extract_if(.., |address, _| !is_wanted(address)) {
            running.end().await;
        }
        for listener in wanted {
            if let Some(socket) = sockets.remove(&listener.address) {
                let listening = Arc::new(Listening {
                    name: listener.address.to_string(),
                    address: listener.address.clone(),
                    port: match &listener.address {
                        ListenAddress::Inet(address) => Some(address.port()),
                        ListenAddress::Unix(_) => None,
                    },
                });
                let path = match &socket {
                    Socket::Unix(_, path) => Some(path.clone()),
                    Socket::Inet(_) => None,
                };
                let task = tokio::spawn(accept(socket, listening, connections.clone()));
                let running = Running { task, path };
                self.running.insert(listener.address.clone(), running);
            }
        }
    }

    /// Stops listening.
    pub(crate) async fn close(&mut self) {
        for running in std::mem::take(&mut self.running).into_values() {
            running.end().await;
        }
    }
}

/// The connections there are, and what they share.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    shared: Arc<Shared>,
    /// How many there may be: that of the start, for all generations.
    limit: usize,
    places: Arc<Semaphore>,
    per_peer: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The place of one connection, given back when it ends.
struct Place {
    _permit: OwnedSemaphorePermit,
    peer: Option<IpAddr>,
    per_peer: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(peer) = self.peer {
            let mut counts = self.per_peer.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = counts.get_mut(&peer) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&peer);
                }
            }
        }
    }
}

impl Connections {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let limit = shared.generation().limits.connections;
        let places = Arc::new(Semaphore::new(limit));
        Self { shared, limit, places, per_peer: Arc::default() }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.limit - self.places.available_permits()
    }

    /// Waits until there are none.
    pub(crate) async fn ended(&self) {
        let all = u32::try_from(self.limit).unwrap_or(u32::MAX);
        // fails when the semaphore is closed, which nobody does
        let _ = self.places.acquire_many(all).await;
    }

    fn place(&self, peer: Option<IpAddr>) -> Option<Place> {
        let per_peer = self.shared.generation().limits.connections_per_peer;
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        if let Some(peer) = peer {
            let mut counts = self.per_peer.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(peer).or_default();
            if *count >= per_peer {
                return None;
            }
            *count += 1;
        }
        Some(Place { _permit: permit, peer, per_peer: Arc::clone(&self.per_peer) })
    }
}

async fn accept(socket: Socket, listening: Arc<Listening>, connections: Connections) {
    loop {
        let accepted = match &socket {
            Socket::Inet(listener) => listener.accept().await.map(|(stream, peer)| {
                // a reply shall not wait for more of it
                let _ = stream.set_nodelay(true);
                start(stream, Some(peer.ip().to_canonical()), &listening, &connections);
            }),
            Socket::Unix(listener, _) => listener
                .accept()
                .await
                .map(|(stream, _)| start(stream, None, &listening, &connections)),
        };
        if let Err(error) = accepted {
            // too many open files, or a client that was gone at once: the next may do better
            connections.shared.log.trouble(&format!("cannot accept a connection: {error}"));
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

fn start<S>(
    mut stream: S,
    peer: Option<IpAddr>,
    listening: &Arc<Listening>,
    connections: &Connections,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let listening = Arc::clone(listening);
    let shared = Arc::clone(&connections.shared);
    let generation = shared.generation();
    // gone meanwhile
    let Some(listener) = generation.listener(&listening.address) else { return };
    let may = generation.bank(&listener.banks).lets_in(peer);
    let protocol = listener.protocol;
    let place = if may { connections.place(peer) } else { None };
    tokio::spawn(async move {
        let Some(_place) = place else {
            let line: &[u8] = match may {
                true => b"421 4.3.2 Too many connections\r\n",
                false => b"554 5.7.1 This server is not for you\r\n",
            };
            if protocol == Protocol::Smtp {
                // the client may not wait for it
                let _ = stream.write_all(line).await;
            }
            shared.metrics.turned_away.inc();
            let who = peer.map_or_else(|| "a client".to_owned(), |peer| peer.to_string());
            let why = if may { "too many connections" } else { "not among the peers" };
            shared.log.trouble(&format!("{who} was turned away from {}: {why}", listening.name));
            return;
        };
        shared.metrics.connections.inc();
        match protocol {
            Protocol::Smtp => filter::serve(stream, peer, listening, Arc::clone(&shared)).await,
            Protocol::Milter => milter::serve(stream, listening, Arc::clone(&shared)).await,
        }
        shared.metrics.connections.dec();
    });
}
