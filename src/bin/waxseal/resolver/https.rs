//! DNS over HTTPS (RFC 8484): the core's octets in a POST, its answer back.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response, Url, redirect};
use waxseal::DomainName;
use waxseal::dns::{Answer, message};

/// RFC 8484 §6.
const MEDIA_TYPE: &str = "application/dns-message";

/// A DNS message is never longer (RFC 1035 §4.2.2).
const LONGEST_ANSWER: usize = 65_535;

/// A server that speaks DNS over HTTPS.
#[derive(Debug)]
pub(super) struct HttpsServer {
    client: Client,
    url: Url,
}

impl HttpsServer {
    /// The server behind `url`. Certificates are checked against the system's, or those of
    /// `$SSL_CERT_FILE` and `$SSL_CERT_DIR`.
    pub(super) fn new(url: &Url, timeout: Duration) -> Result<Self, String> {
        // Fails only where a provider is installed already, and then that one serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .https_only(true)
            .redirect(redirect::Policy::limited(3))
            .connect_timeout(timeout)
            .user_agent(concat!("waxseal/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                format!(
                    "DNS over HTTPS is not possible here: {} (are CA certificates installed? else \
                     name a file in $SSL_CERT_FILE)",
                    cause(&error)
                )
            })?;
        Ok(Self { client, url: url.clone() })
    }

    pub(super) fn whom(&self) -> &str {
        self.url.as_str()
    }

    pub(super) async fn ask(&self, name: &DomainName) -> Answer {
        match self.exchange(name).await {
            Ok(octets) => message::answer(&octets, name),
            Err(cause) => Answer::unavailable(format!("{}: {cause}", self.url)),
        }
    }

    async fn exchange(&self, name: &DomainName) -> Result<Vec<u8>, String> {
        // RFC 8484 §4.1: an ID of 0 lets caches on the way see equal questions as equal.
        let query = message::encode_query(name, 0);
        let response = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .header(ACCEPT, MEDIA_TYPE)
            .body(query)
            .send()
            .await
            .map_err(|error| cause(&error.without_url()))?;
        // RFC 8484 §4.2.1: only a 2xx carries a DNS answer.
        if !response.status().is_success() {
            return Err(format!("HTTP status {}", response.status()));
        }
        check_media_type(&response)?;
        bounded_body(response).await
    }
}

fn check_media_type(response: &Response) -> Result<(), String> {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(MEDIA_TYPE) {
        return Ok(());
    }
    Err(format!("the answer is of type {essence:?}, not {MEDIA_TYPE}; is this a DNS server?"))
}

async fn bounded_body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error.without_url()))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(format!("the answer has more than {LONGEST_ANSWER} octets"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause of an error: reqwest's own text says that something went wrong, the last in
/// the row what it was.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
