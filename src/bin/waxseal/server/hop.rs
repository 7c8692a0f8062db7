//! A connection to a next hop: the client's side of SMTP and LMTP.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::config::{Destination, HopProtocol, Host, NextHop, Port};
use crate::smtp::capabilities::Capabilities;
use crate::smtp::data::{Dotter, END};
use crate::smtp::reply::{Reply, ReplyReader};

/// How long a next hop may take for each step (RFC 5321 §4.5.3.2, shorter where nothing is lost by it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HopTimes {
    pub(crate) connect: Duration,
    pub(crate) command: Duration,
    pub(crate) block: Duration,
    /// After the final dot: the next hop has the message then, and giving up may double it.
    pub(crate) end: Duration,
}

impl Default for HopTimes {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(120),
            block: Duration::from_secs(180),
            end: Duration::from_secs(600),
        }
    }
}

/// Where a next hop is, for one client: what `*` means is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HopAddress {
    Inet(String, u16),
    Unix(PathBuf),
}

/// A next hop as it is called in replies and logs: `smtp:[127.0.0.1]:10025`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HopName {
    pub(crate) lmtp: bool,
    pub(crate) address: HopAddress,
}

impl HopName {
    /// The next hop for what a peer with that address handed us on that port. `*` is that very peer, never
    /// the client that it tells of.
    pub(crate) fn of(
        hop: &NextHop,
        peer: Option<IpAddr>,
        port: Option<u16>,
    ) -> Result<Self, String> {
        let lmtp = hop.protocol == HopProtocol::Lmtp;
        let address = match &hop.destination {
            Destination::Unix(path) => HopAddress::Unix(path.clone()),
            Destination::Inet(host, number) => {
                let host = match host {
                    Host::Address(address) => address.to_string(),
                    Host::Name(name) => name.clone(),
                    Host::Peer => peer
                        .ok_or_else(|| format!("{hop}: whoever hands us mail has no address"))?
                        .to_string(),
                };
                let number = match number {
                    Port::Number(number) => *number,
                    Port::Next => port
                        .and_then(|port| port.checked_add(1))
                        .ok_or_else(|| format!("{hop}: there is no port to count on from"))?,
                };
                HopAddress::Inet(host, number)
            }
        };
        Ok(Self { lmtp, address })
    }
}

impl fmt::Display for HopName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.lmtp { "lmtp:" } else { "smtp:" })?;
        match &self.address {
            HopAddress::Unix(path) => write!(f, "{}", path.display()),
            HopAddress::Inet(host, port) if host.parse::<IpAddr>().is_ok() => {
                write!(f, "[{host}]:{port}")
            }
            HopAddress::Inet(host, port) => write!(f, "{host}:{port}"),
        }
    }
}

/// Octets of a message that are gathered before they are sent.
const WIRE: usize = 64 * 1024;

/// Why a next hop did not do what was asked.
#[derive(Debug)]
pub(crate) enum HopError {
    /// It cannot be reached, broke off, or took too long.
    Away(String),
    /// It said no.
    Refused(Reply),
}

impl fmt::Display for HopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => f.write_str(why),
            Self::Refused(reply) => reply.fmt(f),
        }
    }
}

/// An open connection after EHLO or LHLO.
#[derive(Debug)]
pub(crate) struct Hop {
    pub(crate) name: HopName,
    pub(crate) capabilities: Capabilities,
    stream: Stream,
    replies: ReplyReader,
    times: HopTimes,
    block: Vec<u8>,
    /// Octets of the message that are not sent yet.
    wire: Vec<u8>,
    /// Commands that were sent ahead, in order; their replies are not read yet.
    ahead: VecDeque<String>,
}

impl Hop {
    /// Connects, waits for the greeting and says hello.
    pub(crate) async fn open(
        name: &HopName,
        host: &str,
        times: HopTimes,
    ) -> Result<Self, HopError> {
        let connecting = timeout(times.connect, Stream::connect(&name.address)).await;
        let stream = connecting
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))
            .and_then(|stream| stream)
            .map_err(|error| HopError::Away(format!("cannot connect: {error}")))?;
        let mut hop = Self {
            name: name.clone(),
            capabilities: Capabilities::default(),
            stream,
            replies: ReplyReader::default(),
            times,
            block: vec![0; 4096],
            wire: Vec::new(),
            ahead: VecDeque::new(),
        };
        hop.expect_good(times.command, "greeting").await?;
        let verb = if name.lmtp { "LHLO" } else { "EHLO" };
        hop.send(format!("{verb} {host}\r\n").as_bytes(), times.command).await?;
        let reply = hop.reply(times.command, "EHLO").await?;
        if reply.is_good() {
            hop.capabilities = Capabilities::parse(&reply);
        } else if name.lmtp || reply.is_transient() {
            return Err(HopError::Refused(reply));
        } else {
            // RFC 5321 §3.2: a server without extensions
            hop.send(format!("HELO {host}\r\n").as_bytes(), times.command).await?;
            hop.expect_good(times.command, "HELO").await?;
        }
        Ok(hop)
    }

    /// Sends commands in one piece where the next hop lets us (RFC 2920); [`command`](Self::command) gives
    /// the reply of each, in this order.
    pub(crate) async fn send_ahead(&mut self, commands: Vec<String>) -> Result<(), HopError> {
        if self.capabilities.pipelining && commands.len() > 1 {
            let wire: String = commands.iter().flat_map(|one| [one.as_str(), "\r\n"]).collect();
            self.ahead.extend(commands);
            self.send(wire.as_bytes(), self.times.command).await?;
        }
        Ok(())
    }

    /// Sends a command, unless it was sent ahead, and gives its reply, whatever it says. The replies to
    /// what was sent ahead for nothing are passed over.
    pub(crate) async fn command(&mut self, command: &str) -> Result<Reply, HopError> {
        let verb = command.split(' ').next().unwrap_or_default();
        while let Some(ahead) = self.ahead.pop_front() {
            let reply = self.reply(self.times.command, verb).await?;
            if ahead == command {
                return Ok(reply);
            }
        }
        self.send(format!("{command}\r\n").as_bytes(), self.times.command).await?;
        self.reply(self.times.command, verb).await
    }

    /// Whether something has come that nobody asked for, such as 421 or the end: the connection is of no
    /// use then.
    pub(crate) fn is_stale(&mut self) -> bool {
        let mut octet = [0];
        self.replies.has_more() || self.stream.try_read(&mut octet).is_none_or(|read| read)
    }

    /// Takes octets of the message, and sends them with the dots they need as they become many.
    pub(crate) async fn message(
        &mut self,
        dotter: &mut Dotter,
        octets: &[u8],
    ) -> Result<(), HopError> {
        let wire = &mut self.wire;
        dotter.push(octets, |span| wire.extend_from_slice(span));
        match self.wire.len() >= WIRE {
            true => self.send_wire().await,
            false => Ok(()),
        }
    }

    /// Sends the rest and the end of the message. An error here leaves open whether the next hop has it.
    pub(crate) async fn end(&mut self, dotter: &Dotter) -> Result<(), HopError> {
        debug_assert!(dotter.end().ends_with(END));
        self.wire.extend_from_slice(dotter.end());
        self.send_wire().await?;
        self.wire.shrink_to(WIRE / 4);
        Ok(())
    }

    async fn send_wire(&mut self) -> Result<(), HopError> {
        let wire = std::mem::take(&mut self.wire);
        let sent = self.send(&wire, self.times.block).await;
        self.wire = wire;
        self.wire.clear();
        sent
    }

    /// The reply to the end of the message, or the next of several in LMTP.
    pub(crate) async fn end_reply(&mut self) -> Result<Reply, HopError> {
        self.reply(self.times.end, "the end of the message").await
    }

    /// Says goodbye; nobody waits for the answer.
    pub(crate) async fn quit(mut self) {
        let _ = self.send(b"QUIT\r\n", Duration::from_secs(5)).await;
    }

    async fn expect_good(&mut self, time: Duration, what: &str) -> Result<(), HopError> {
        let reply = self.reply(time, what).await?;
        if reply.is_good() { Ok(()) } else { Err(HopError::Refused(reply)) }
    }

    async fn send(&mut self, octets: &[u8], time: Duration) -> Result<(), HopError> {
        match timeout(time, self.stream.write_all(octets)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(HopError::Away(format!("the connection broke: {error}"))),
            Err(_) => Err(HopError::Away(format!("it took nothing for {} s", time.as_secs()))),
        }
    }

    async fn reply(&mut self, time: Duration, what: &str) -> Result<Reply, HopError> {
        let waiting = async {
            loop {
                match self.replies.next() {
                    Ok(Some(reply)) => return Ok(reply),
                    Ok(None) => {}
                    Err(error) => return Err(HopError::Away(error.to_string())),
                }
                match self.stream.read(&mut self.block).await {
                    Ok(0) => {
                        return Err(HopError::Away(format!(
                            "it closed the connection, {what} unanswered"
                        )));
                    }
                    Ok(length) => self.replies.push(&self.block[..length]),
                    Err(error) => {
                        return Err(HopError::Away(format!(
                            "the connection broke, {what} unanswered: {error}"
                        )));
                    }
                }
            }
        };
        timeout(time, waiting).await.unwrap_or_else(|_| {
            Err(HopError::Away(format!("no answer to {what} within {} s", time.as_secs())))
        })
    }
}

/// A TCP or Unix socket.
#[derive(Debug)]
pub(crate) enum Stream {
    Inet(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    async fn connect(address: &HopAddress) -> io::Result<Self> {
        match address {
            HopAddress::Inet(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Self::Inet(stream))
            }
            HopAddress::Unix(path) => UnixStream::connect(path).await.map(Self::Unix),
        }
    }

    /// Whether something could be read just now, its end included; nothing where nothing is there yet.
    fn try_read(&self, buffer: &mut [u8]) -> Option<bool> {
        let read = match self {
            Self::Inet(stream) => stream.try_read(buffer),
            Self::Unix(stream) => stream.try_read(buffer),
        };
        match read {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Some(false),
            _ => Some(true),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Inet(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Inet(stream) => Pin::new(stream).poll_write(context, octets),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Inet(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Inet(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
