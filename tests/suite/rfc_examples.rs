//! The examples of the RFCs themselves: RFC 6376 appendix A and RFC 8463 appendix A.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use waxseal::VerificationResult;

use crate::support::{self, Dns, at, outcomes};

/// RFC 6376 §A.2, the signed message, its body as appendix A prints it.
pub(crate) const RFC_6376: &str = "\
DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r
      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r
      h=Received : From : To : Subject : Date : Message-ID;\r
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r
      4bmp/YzhwvcubU4=;\r
Received: from client1.football.example.com  [192.0.2.1]\r
      by submitserver.example.com with SUBMISSION;\r
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r
From: Joe SixPack <joe@football.example.com>\r
To: Suzie Q <suzie@shopping.example.net>\r
Subject: Is dinner ready?\r
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r
Message-ID: <20030712040037.46341.5F8J@football.example.com>\r
\r
Hi.\r
\r
We lost the game. Are you hungry yet?\r
\r
Joe.\r
";

/// RFC 8463 §A.3, signed with both algorithms.
pub(crate) const RFC_8463: &str = include_str!("../../docs/samples/rfc8463.eml");

/// The key of RFC 6376 appendix C and RFC 8463 §A.2, PKCS#1 within SubjectPublicKeyInfo.
pub(crate) const RSA_RECORD: &str = "v=DKIM1; k=rsa; p=\
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

pub(crate) const ED25519_RECORD: &str =
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

pub(crate) fn keys() -> Dns {
    Dns::new()
        .txt("brisbane._domainkey.football.example.com", ED25519_RECORD)
        .txt("test._domainkey.football.example.com", RSA_RECORD)
}

pub(crate) const SIGNED_AT: u64 = 1_528_637_909;

#[test]
fn rfc_6376_appendix_a_verifies_with_the_key_of_appendix_c() {
    let key = "v=DKIM1; p=\
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
    let dns = Dns::new().txt("brisbane._domainkey.example.com", key);
    let report = support::verify(RFC_6376.as_bytes(), &dns, at(1_057_982_514));
    assert_eq!(outcomes(&report), ["pass"], "{report:#?}");
    assert_eq!(report.signatures[0].identity.as_deref(), Some("joe@football.example.com"));

    // Its body is canonicalized as simple: one blank more is another body.
    let changed = RFC_6376.replace("game. Are", "game.  Are");
    let report = support::verify(changed.as_bytes(), &dns, at(1_057_982_514));
    assert_eq!(outcomes(&report), ["fail bodyHashMismatch"]);
}

#[test]
fn rfc_8463_appendix_a_verifies_with_both_keys() {
    let report = support::verify(RFC_8463.as_bytes(), &keys(), at(SIGNED_AT));
    assert_eq!(outcomes(&report), ["pass", "pass"], "{report:#?}");
    assert_eq!(report.result, VerificationResult::Pass);
    assert_eq!(report.alignment.from.as_deref(), Some("football.example.com"));
    assert_eq!(
        report.authentication_results,
        "localhost;\r\n\tdkim=pass header.d=football.example.com \
         header.i=@football.example.com header.s=brisbane header.a=ed25519-sha256 \
         header.b=\"/gCrinpc\";\r\n\tdkim=pass header.d=football.example.com \
         header.i=@football.example.com header.s=test header.a=rsa-sha256 header.b=F45dVWDf"
    );
}
