//! The command asking by DNS over HTTPS: a real server (unbound) with a certificate of our own.

use std::process::{Command, Stdio};

use crate::command_runner::{AT, Ran, Scratch, command, message_signed_for, run};
use crate::dns_server::{Knot, Unbound, installed, outcome, plain_zone};
use crate::rfc_examples::RFC_8463;

#[test]
fn keys_come_over_https() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let ran = servers.verify(RFC_8463, &servers.certificates.authority);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let signatures = ran.reports().remove(0)["signatures"].clone();
    assert_eq!(signatures[1]["key"]["bits"], 1024);
    assert_eq!(signatures[1]["key"]["authenticated"], false);

    for (selector, domain, expected, code) in [
        ("missing", "football.example.com", "permerror keyNotFound", 1),
        ("address", "football.example.com", "permerror keyNotFound", 1),
        ("s", "broken.example", "temperror keyUnavailable", 75),
    ] {
        let message = message_signed_for(selector, domain);
        let ran = servers.verify(&message, &servers.certificates.authority);
        assert_eq!(outcome(&ran.reports()[0]["signatures"][0]), expected, "{ran:?}");
        assert_eq!(ran.code, Some(code));
    }
}

#[test]
fn a_certificate_of_a_stranger_is_not_trusted() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let Some(others) = Certificates::make() else {
        return;
    };
    let ran = servers.verify(RFC_8463, &others.authority);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    let explanation = ran.reports()[0]["signatures"][0]["explanation"].as_str().unwrap().to_owned();
    assert!(explanation.contains("certificate"), "{explanation}");
}

#[test]
fn a_web_server_that_knows_no_dns_is_temporary_trouble() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let url = format!("https://127.0.0.1:{}/elsewhere", servers.unbound.https_port);
    let ran = verify(&url, RFC_8463, &servers.certificates.authority);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    let explanation = ran.reports()[0]["signatures"][0]["explanation"].as_str().unwrap().to_owned();
    assert!(explanation.contains("404"), "{explanation}");
}

struct Servers {
    unbound: Unbound,
    certificates: Certificates,
    _knot: Knot,
}

impl Servers {
    fn start() -> Option<Self> {
        let certificates = Certificates::make()?;
        let knot = Knot::start(&plain_zone())?;
        let tls = (certificates.key.as_str(), certificates.certificate.as_str());
        let unbound = Unbound::start(&knot.address, Some(tls))?;
        Some(Self { unbound, certificates, _knot: knot })
    }

    fn verify(&self, message: &str, authority: &str) -> Ran {
        let url = format!("https://127.0.0.1:{}/dns-query", self.unbound.https_port);
        verify(&url, message, authority)
    }
}

fn verify(url: &str, message: &str, authority: &str) -> Ran {
    let mut command = command(&["verify", "--json", "--resolver", url, "--at", AT]);
    command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
    run(command, message.as_bytes())
}

/// An authority, and a certificate that it gave to 127.0.0.1.
struct Certificates {
    authority: String,
    key: String,
    certificate: String,
    _scratch: Scratch,
}

impl Certificates {
    fn make() -> Option<Self> {
        let openssl = installed("openssl")?;
        let scratch = Scratch::new();
        let path = |name: &str| scratch.path(name).to_str().unwrap().to_owned();
        let (authority, authority_key) = (path("ca.pem"), path("ca.key"));
        let (certificate, key) = (path("leaf.pem"), path("leaf.key"));
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let make = |arguments: &[&str]| {
            let status = Command::new(&openssl)
                .args(["req", "-x509", "-days", "2"])
                .args(new_key)
                .args(arguments)
                .stderr(Stdio::null())
                .status();
            assert!(status.expect("openssl runs").success(), "{arguments:?}");
        };
        make(&["-subj", "/CN=Test authority", "-keyout", &authority_key, "-out", &authority]);
        let names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
        make(
            &[
                &["-subj", "/CN=127.0.0.1", "-keyout", &key, "-out", &certificate][..],
                &["-CA", &authority, "-CAkey", &authority_key, "-addext", names],
                &["-addext", "basicConstraints=critical,CA:FALSE"],
            ]
            .concat(),
        );
        Some(Self { authority, key, certificate, _scratch: scratch })
    }
}
