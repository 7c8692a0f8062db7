//! The server's side of a session: what a client may say, and when (RFC 5321 §4.1.4, RFC 2033).

use super::capabilities::Capabilities;
use super::command::Command;
use super::data::Undotter;
use super::envelope::Address;
use super::lines::{Line, Lines};
use super::reply::Reply;
use super::xforward::XForward;

#[cfg(test)]
mod tests;

/// Octets of a command line. RFC 5321 §4.5.3.1.4 has 512, each extension adds to it; ORCPT alone may
/// have 500.
const COMMAND_LINE: usize = 4096;

/// What a session offers and bears.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Our name, in the greeting and the answer to EHLO.
    pub(crate) host: String,
    pub(crate) offered: Capabilities,
    /// Recipients of one message.
    pub(crate) recipients: usize,
    /// Commands that are refused for their syntax or their order, in one session.
    pub(crate) mistakes: usize,
}

/// The machine. What arrives goes into [`input`](Self::input); what comes of it is taken by
/// [`next`](Self::next), and what goes to the client by [`take_output`](Self::take_output).
#[derive(Debug)]
pub(crate) struct Session {
    settings: Settings,
    lines: Lines,
    input: Vec<u8>,
    from: usize,
    output: Vec<u8>,
    protocol: Protocol,
    state: State,
    client_name: String,
    xforward: XForward,
    recipients: usize,
    mistakes: usize,
    /// The sender or a recipient was refused. Who sends commands without waiting for answers (RFC 2920) has
    /// sent more by then, which are refused, too, and are no mistakes.
    refused: bool,
    undotter: Undotter,
}

/// What the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Smtp,
    Esmtp,
    Lmtp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before HELO, EHLO or LHLO.
    Fresh,
    Ready,
    /// A sender was accepted.
    Mail,
    /// DATA was answered by 354.
    Message,
    /// The message is there, its reply is due.
    Delivered,
    /// The host is to answer MAIL, RCPT or DATA.
    Asked(Asked),
    /// Nothing is said any more.
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Mail,
    Rcpt,
    Data,
}

/// What the host has to deal with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// MAIL, to be answered.
    Mail(Address),
    /// RCPT, to be answered.
    Rcpt(Address),
    /// DATA, to be answered; by 354, and the message follows.
    Data,
    /// The sender and the recipients are forgotten.
    Reset,
    /// The output is to be sent and the connection closed.
    Close(Ending),
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Quit,
    TooManyMistakes,
    Foreign,
}

impl Session {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            lines: Lines::new(COMMAND_LINE),
            input: Vec::new(),
            from: 0,
            output: Vec::new(),
            protocol: Protocol::Smtp,
            state: State::Fresh,
            client_name: String::new(),
            xforward: XForward::default(),
            recipients: 0,
            mistakes: 0,
            refused: false,
            undotter: Undotter::default(),
        }
    }

    /// Greets the client, or turns it away.
    pub(crate) fn greet(&mut self) {
        let text = format!("{} ESMTP waxseal", self.settings.host);
        self.say(&Reply::new(220, text));
    }

    /// Where what arrives is appended.
    pub(crate) fn input(&mut self) -> &mut Vec<u8> {
        self.input.drain(..self.from);
        self.from = 0;
        super::make_room(&mut self.input);
        &mut self.input
    }

    #[cfg(test)]
    pub(crate) fn receive(&mut self, octets: &[u8]) {
        self.input().extend_from_slice(octets);
    }

    /// Takes what is to be sent.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// What the client calls itself.
    pub(crate) fn client_name(&self) -> &str {
        &self.client_name
    }

    /// What the client told of the message that is under way.
    pub(crate) fn xforward(&self) -> &XForward {
        &self.xforward
    }

    /// Deals with what has arrived until the host is needed, or more must arrive.
    pub(crate) fn next(&mut self) -> Option<Event> {
        while matches!(self.state, State::Fresh | State::Ready | State::Mail) {
            let event = match self.lines.take(&mut self.input, &mut self.from)? {
                Line::TooLong => self.mistake(500, "5.5.6 The line is too long"),
                Line::Text(line) => self.command(Command::parse(&line)),
            };
            if event.is_some() {
                return event;
            }
        }
        None
    }

    /// The recipients that the client has named ahead, behind the MAIL that is being answered: those that
    /// will be [`Event::Rcpt`] next, whatever the answer to each is. At most so many.
    pub(crate) fn recipients_ahead(&self, most: usize) -> Vec<Address> {
        let most = most.min(self.settings.recipients);
        let mut rest = self.input.get(self.from..).unwrap_or_default();
        let mut ahead = Vec::new();
        while self.state == State::Asked(Asked::Mail)
            && ahead.len() < most
            && let Some(end) = memchr::memchr(b'\n', rest).filter(|end| *end < COMMAND_LINE)
        {
            let (line, after) = rest.split_at(end);
            let command = Command::parse(line.strip_suffix(b"\r").unwrap_or(line));
            match command {
                Command::Rcpt(Ok(address)) if self.judge_recipient(&address).is_ok() => {
                    ahead.push(address);
                }
                _ => break,
            }
            rest = after.get(1..).unwrap_or_default();
        }
        ahead
    }

    /// Answers MAIL, RCPT or DATA.
    pub(crate) fn answer(&mut self, reply: &Reply) {
        let State::Asked(asked) = self.state else { return };
        self.say(reply);
        self.refused |= asked != Asked::Data && !reply.is_good();
        self.state = match asked {
            Asked::Mail if reply.is_good() => State::Mail,
            Asked::Mail => State::Ready,
            Asked::Rcpt => {
                self.recipients += usize::from(reply.is_good());
                State::Mail
            }
            Asked::Data if reply.code == 354 => {
                self.undotter = Undotter::default();
                State::Message
            }
            Asked::Data => State::Mail,
        };
    }

    /// Whether octets of a message are expected.
    pub(crate) fn is_in_message(&self) -> bool {
        self.state == State::Message
    }

    /// Hands out the octets of the message that have arrived. True once it is whole; its reply is due
    /// then.
    pub(crate) fn message(&mut self, sink: impl FnMut(&[u8])) -> bool {
        if self.state != State::Message {
            return false;
        }
        let rest = self.input.get(self.from..).unwrap_or_default();
        let end = self.undotter.push(rest, sink);
        self.from += end.unwrap_or(rest.len());
        if end.is_some() {
            self.state = State::Delivered;
        }
        end.is_some()
    }

    /// Answers for the message: once in SMTP, in LMTP for each recipient that was accepted, in their
    /// order (RFC 2033 §4.2).
    pub(crate) fn answer_message(&mut self, replies: &[Reply]) {
        if self.state == State::Delivered {
            for reply in replies {
                self.say(reply);
            }
            self.forget();
            self.state = State::Ready;
        }
    }

    /// Says 421 and nothing any more: time is up, or we stop.
    pub(crate) fn close(&mut self, enhanced: &str, text: &str) {
        if self.state != State::Over {
            let text = format!("{enhanced} {} {text}", self.settings.host);
            self.say(&Reply::new(421, text));
            self.state = State::Over;
        }
    }

    fn command(&mut self, command: Command) -> Option<Event> {
        match command {
            Command::Helo(name) => self.hello(Protocol::Smtp, name),
            Command::Ehlo(name) => self.hello(Protocol::Esmtp, name),
            Command::Lhlo(name) => self.hello(Protocol::Lmtp, name),
            Command::Mail(_) | Command::Rcpt(_) | Command::Data | Command::XForward(_)
                if self.state == State::Fresh =>
            {
                self.mistake(503, "5.5.1 Say EHLO first")
            }
            Command::Mail(_) | Command::XForward(_) if self.state == State::Mail => {
                self.mistake(503, "5.5.1 A message is under way; RSET forgets it")
            }
            Command::Mail(Ok(address)) => {
                self.refused = false;
                self.mail(address)
            }
            Command::Rcpt(_) | Command::Data if self.state != State::Mail => {
                let text = "5.5.1 Say MAIL FROM first";
                if self.refused { self.say_none(503, text) } else { self.mistake(503, text) }
            }
            Command::Rcpt(Ok(address)) => self.rcpt(address),
            Command::Mail(Err(error)) | Command::Rcpt(Err(error)) => {
                let (code, text) = error.reply();
                self.mistake(code, text)
            }
            // RFC 2033 §4.2 and RFC 5321 §4.1.1.4
            Command::Data if self.recipients == 0 => {
                let text = "5.5.1 No recipient was accepted";
                if self.refused { self.say_none(503, text) } else { self.mistake(503, text) }
            }
            Command::Data => self.ask(Asked::Data, Event::Data),
            Command::XForward(arguments) => self.take_xforward(&arguments),
            Command::Rset => {
                self.forget();
                if self.state == State::Mail {
                    self.state = State::Ready;
                }
                self.fine("2.0.0 Ok");
                Some(Event::Reset)
            }
            Command::Noop => self.fine("2.0.0 Ok"),
            Command::Vrfy => self.say_none(252, "2.0.0 The next hop knows; send the message"),
            Command::Help => {
                self.say_none(214, "2.0.0 waxseal filters mail: see its documentation")
            }
            Command::Quit => {
                self.say(&Reply::new(221, "2.0.0 Bye"));
                self.state = State::Over;
                Some(Event::Close(Ending::Quit))
            }
            Command::Foreign => {
                self.say(&Reply::new(421, "4.7.0 This is a mail server"));
                self.state = State::Over;
                Some(Event::Close(Ending::Foreign))
            }
            Command::Unknown(_) => self.mistake(500, "5.5.1 Unknown command"),
            Command::Arguments(wanted) => {
                self.mistake(501, &format!("5.5.4 The command takes {wanted}"))
            }
        }
    }

    fn hello(&mut self, protocol: Protocol, name: String) -> Option<Event> {
        let was_under_way = self.state == State::Mail;
        self.protocol = protocol;
        self.client_name = name;
        self.forget();
        self.state = State::Ready;
        let mut lines = vec![self.settings.host.clone()];
        if protocol != Protocol::Smtp {
            lines.extend(self.settings.offered.lines());
        }
        self.say(&Reply { code: 250, lines });
        was_under_way.then_some(Event::Reset)
    }

    fn mail(&mut self, address: Address) -> Option<Event> {
        for parameter in &address.parameters {
            let value = parameter.value.as_deref();
            let offered = &self.settings.offered;
            let (known, good) = match parameter.name.as_str() {
                "SIZE" => (offered.size, value.is_some_and(is_number)),
                "BODY" => (offered.eight_bit_mime, value.is_some_and(is_body)),
                "SMTPUTF8" => (offered.smtp_utf8, value.is_none()),
                "RET" => (offered.dsn, value.is_some_and(is_ret)),
                "ENVID" => (offered.dsn, value.is_some_and(|value| value.len() <= 100)),
                _ => (false, false),
            };
            if !known {
                return self
                    .mistake(555, &format!("5.5.4 Unsupported parameter {}", parameter.name));
            }
            if !good {
                return self.mistake(501, &format!("5.5.4 Bad value of {}", parameter.name));
            }
        }
        let size = address.value("SIZE").and_then(|size| size.parse::<u64>().ok());
        if let (Some(size), Some(limit)) = (size, self.settings.offered.size_limit)
            && size > limit
        {
            return self.say_none(552, &format!("5.3.4 The message is larger than {limit} octets"));
        }
        if address.needs_utf8() && address.parameter("SMTPUTF8").is_none() {
            return self.mistake(553, "5.6.7 An address beyond ASCII needs SMTPUTF8");
        }
        self.ask(Asked::Mail, Event::Mail(address))
    }

    fn rcpt(&mut self, address: Address) -> Option<Event> {
        if let Err((code, text)) = self.judge_recipient(&address) {
            return self.mistake(code, &text);
        }
        if self.recipients >= self.settings.recipients {
            return self
                .say_none(452, "4.5.3 Too many recipients; send the message again to the others");
        }
        self.ask(Asked::Rcpt, Event::Rcpt(address))
    }

    fn judge_recipient(&self, address: &Address) -> Result<(), (u16, String)> {
        for parameter in &address.parameters {
            let value = parameter.value.as_deref();
            let good = match parameter.name.as_str() {
                _ if !self.settings.offered.dsn => false,
                "NOTIFY" => value.is_some_and(is_notify),
                "ORCPT" => value.is_some_and(|value| value.len() <= 500 && value.contains(';')),
                name => return Err((555, format!("5.5.4 Unsupported parameter {name}"))),
            };
            if !good {
                return Err((501, format!("5.5.4 Bad value of {}", parameter.name)));
            }
        }
        match address.path.is_empty() {
            true => Err((501, "5.1.3 A recipient has an address".to_owned())),
            false => Ok(()),
        }
    }

    fn take_xforward(&mut self, arguments: &str) -> Option<Event> {
        if self.settings.offered.xforward.is_empty() {
            return self.mistake(550, "5.7.0 XFORWARD is not for this client");
        }
        match self.xforward.add(arguments) {
            Ok(()) => self.fine("2.0.0 Ok"),
            Err(why) => self.mistake(501, &format!("5.5.4 XFORWARD: {why}")),
        }
    }

    fn ask(&mut self, asked: Asked, event: Event) -> Option<Event> {
        self.state = State::Asked(asked);
        Some(event)
    }

    /// The end of a transaction.
    fn forget(&mut self) {
        self.recipients = 0;
        self.refused = false;
        self.xforward = XForward::default();
    }

    fn mistake(&mut self, code: u16, text: &str) -> Option<Event> {
        self.mistakes += 1;
        if self.mistakes > self.settings.mistakes {
            self.say(&Reply::new(421, "4.7.0 Too many mistakes"));
            self.state = State::Over;
            return Some(Event::Close(Ending::TooManyMistakes));
        }
        self.say_none(code, text)
    }

    fn fine(&mut self, text: &str) -> Option<Event> {
        self.say_none(250, text)
    }

    fn say_none(&mut self, code: u16, text: &str) -> Option<Event> {
        self.say(&Reply::new(code, text));
        None
    }

    fn say(&mut self, reply: &Reply) {
        reply.write(&mut self.output);
    }
}

/// RFC 1870 §6.1: at most twenty digits.
fn is_number(value: &str) -> bool {
    value.len() <= 20 && value.bytes().all(|octet| octet.is_ascii_digit())
}

/// RFC 6152 §2.
fn is_body(value: &str) -> bool {
    value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME")
}

/// RFC 3461 §4.3.
fn is_ret(value: &str) -> bool {
    value.eq_ignore_ascii_case("FULL") || value.eq_ignore_ascii_case("HDRS")
}

/// RFC 3461 §4.1.
fn is_notify(value: &str) -> bool {
    let event =
        |word: &str| ["SUCCESS", "FAILURE", "DELAY"].iter().any(|e| e.eq_ignore_ascii_case(word));
    value.eq_ignore_ascii_case("NEVER") || value.split(',').all(event)
}
