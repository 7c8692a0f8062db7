//! The messages: 10 KB of text, as it comes and signed, each with a number in a field that no signature
//! covers.

use std::path::Path;

use waxseal::crypto::{AWS_LC, Algorithm, PublicKey};
use waxseal::key::{private, publish};
use waxseal::sign::{Request, SignOptions, Signer};
use waxseal::{DomainName, Selector, UnixTime};

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Signed,
    Verified,
}

pub(crate) const DOMAIN: &str = "example.com";
pub(crate) const SELECTOR: &str = "bench";

/// The fields below the numbered one.
const HEADER: &str = "\
From: Joe SixPack <joe@example.com>\r\n\
To: Suzie Q <suzie@example.net>\r\n\
Cc: team@example.net\r\n\
Subject: Is dinner ready? And who brings the salad?\r\n\
Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n\
Message-ID: <20261123090000.4711@mail.example.com>\r\n\
In-Reply-To: <20261122200000.4242@mail.example.net>\r\n\
References: <20261122190000.1@mail.example.net>\r\n\
\t<20261122200000.4242@mail.example.net>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: 7bit\r\n\
User-Agent: bench\r\n";

/// Octets of a message.
const SIZE: usize = 10_240;

/// A message, to be sent with any number.
#[derive(Debug)]
pub(crate) struct Mail {
    signature: String,
    body: Vec<u8>,
    public: PublicKey,
}

impl Mail {
    /// With the key `key.pem` of that folder.
    pub(crate) fn new(folder: &Path) -> Self {
        let key = std::fs::read(folder.join("key.pem")).expect("key.pem");
        let key = private::parse(&key).expect("a private key");
        let mut body = Vec::new();
        let mut line = 0;
        while HEADER.len() + body.len() < SIZE {
            line += 1;
            let dot = if line % 20 == 0 { "." } else { "" };
            let text = format!("{dot}line {line}: we lost the game. Are you hungry yet? Joe.\r\n");
            body.extend_from_slice(text.as_bytes());
        }
        let mut mail = Self { signature: String::new(), body, public: key.public_key() };
        let mut request = Request::new(
            DomainName::parse(DOMAIN).expect("a name"),
            Selector::parse(SELECTOR).expect("a selector"),
            Algorithm::RsaSha256,
        );
        request.timestamp = Some(UnixTime::from_seconds(1_700_000_000));
        let options = SignOptions { provider: AWS_LC, ..SignOptions::default() };
        let mut signer = Signer::new(vec![request], options).expect("a request");
        signer.push(&mail.numbered(Kind::Signed, 0)).expect("a message");
        let unsigned = signer.finish().expect("signed").unsigned.remove(0);
        let key = AWS_LC.signing_key(&key).expect("a usable key");
        mail.signature = unsigned.sign(&*key).expect("a signature");
        mail
    }

    /// The key record.
    pub(crate) fn record(&self) -> String {
        publish::record(&self.public, &publish::RecordTags::default()).expect("a record")
    }

    /// The message with that number, to be signed or to be verified.
    pub(crate) fn numbered(&self, kind: Kind, number: usize) -> Vec<u8> {
        let mut octets = self.header(kind, number).into_bytes();
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(&self.body);
        octets
    }

    /// Its header, without the empty line.
    pub(crate) fn header(&self, kind: Kind, number: usize) -> String {
        let signature = if kind == Kind::Verified { self.signature.as_str() } else { "" };
        format!(
            "Received: from client.example ([192.0.2.1])\r\n\tby mail.example with ESMTP id bench-{number:08};\r\n\
             \tMon, 23 Nov 2026 09:00:00 +0000\r\n{signature}{HEADER}"
        )
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

/// What is expected on top of a message that went through: the field that says so.
pub(crate) fn is_done(kind: Kind, added: &str) -> bool {
    match kind {
        Kind::Signed => added.contains("DKIM-Signature:") && added.contains("d=example.com"),
        Kind::Verified => added.contains("Authentication-Results:") && added.contains("dkim=pass"),
    }
}

/// The number that the text tells.
pub(crate) fn number_in(text: &[u8]) -> Option<usize> {
    let at = memchr::memmem::find(text, b"id bench-")? + 9;
    std::str::from_utf8(text.get(at..at + 8)?).ok()?.parse().ok()
}
