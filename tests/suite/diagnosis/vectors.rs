//! The shared vectors: messages that other people wrote, some of which are broken.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::support::verify;
use crate::vectors::cases_of;

#[test]
fn the_vectors_that_fail_are_diagnosed() {
    let mut seen = Vec::new();
    for (kind, status) in
        [("dkim", "clear"), ("dkim", "disputed"), ("arc", "clear"), ("arc", "disputed")]
    {
        for case in cases_of(kind, status) {
            let bounds = Bounds::default();
            let options = case.options.clone();
            let diagnosis = diagnose_in_dns(&case.message, &case.dns, options.clone(), bounds);
            assert_eq!(diagnosis.report, verify(&case.message, &case.dns, options), "{}", case.id);
            assert!(diagnosis.work.octets <= diagnosis.work.limit);
            let whole = diagnosis.message.iter().map(|one| one.hypothesis.code().to_owned());
            let found = whole.chain(diagnosis.signatures.iter().map(restored_by));
            for found in found.collect::<Vec<_>>() {
                seen.push((case.id.clone(), found));
            }
        }
    }
    // Looked at by eye: what these say is what happened to the messages.
    for (id, expected) in [
        ("stalwart/arc-001-dkim", "subjectTag + footer"),
        ("jdkim/gamma_gmail.com", "mboxLine"),
        ("mox/verify-second_subject_at_end", "otherInstance"),
        ("rfc/rfc6376-A.2-two-spaces", "blanks"),
        ("rspamd/dmarc_bad_dkim_rspamd", "signedEmptyBody"),
        ("lieser/Body_modified", "-"),
        ("mox/verify-subject_modified", "-"),
        ("gomsgauth/ed25519_rsa_wrong_key", "-"),
    ] {
        let found = seen.iter().filter(|(other, _)| other == id).map(|(_, found)| found.as_str());
        let found: Vec<_> = found.collect();
        assert!(seen.is_empty() || found == [expected], "{id}: {found:?}");
    }
}
