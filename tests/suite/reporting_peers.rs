//! ATPS names as OpenDKIM's zone generator writes them.

use std::io::Write as _;
use std::process::Command;

use waxseal::DomainName;
use waxseal::crypto::PURE_RUST;
use waxseal::dns::{Answer, TxtRecords};
use waxseal::reporting::{Atps, AtpsHash, AtpsResult};

const SIGNERS: [&str; 3] = ["example.net", "provider.example.com", "xn--bcher-kva.example"];

#[test]
fn opendkim_publishes_the_names_that_we_ask_for() {
    let mut list = tempfile::NamedTempFile::new().expect("a file");
    for signer in SIGNERS {
        writeln!(list, "{signer}").expect("written");
    }
    // SHA-256 is left out: OpenDKIM cuts its base32 off after the 32 digits of SHA-1.
    for hash in [AtpsHash::None, AtpsHash::Sha1] {
        // Debian keeps it where not everyone's PATH leads.
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("opendkim-atpszone")
            .env("PATH", format!("{path}:/usr/sbin"))
            .args(["-A", "-h", hash.name(), "-u", "example.com"])
            .arg(format!("file:{}", list.path().display()))
            .output()
            .expect("opendkim-atpszone: run pkg-scripts/tools/mail-peers");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let mut found = 0;
        // update add NAME TXT TTL "RECORD", NAME less the author's domain
        for line in text.lines().filter_map(|line| line.strip_prefix("update add ")) {
            let (name, rest) = line.split_once(' ').expect("a name");
            let record = rest.split('"').nth(1).expect("a record").as_bytes().to_vec();
            let author = DomainName::parse("example.com").expect("a name");
            let atps = Atps { author, hash };
            let is_this = |signer: &DomainName| {
                let wanted = atps.query_name(signer, PURE_RUST).expect("a name");
                wanted.as_str().eq_ignore_ascii_case(&format!("{name}.example.com"))
            };
            let mut signers = SIGNERS.iter().map(|one| DomainName::parse(one).expect("a name"));
            let signer = signers.find(is_this).unwrap_or_else(|| panic!("{line}"));
            let records = TxtRecords { records: vec![record], ..TxtRecords::default() };
            assert_eq!(atps.check(&signer, &Answer::Records(records)), AtpsResult::Pass, "{line}");
            found += 1;
        }
        assert_eq!(found, SIGNERS.len(), "{text}");
    }
}
