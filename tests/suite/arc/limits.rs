//! Bounds on the work that a chain can cause.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::arc::NotSealed;
use waxseal::canon::Canonicalization;

use super::*;

#[test]
fn a_chain_has_fifty_sets_at_most() {
    let message = sealed(50);
    assert_eq!(verdict(&verify(&message)), "pass 0");
    let full = sealing(message.as_bytes(), request());
    assert_eq!(full.set.unwrap_err(), NotSealed::TooManySets);

    let beyond = message.replacen("i=50", "i=51", 3);
    let report = verify(&beyond);
    assert_eq!(verdict(&report), "fail chainBroken");
    assert!(report.arc.explanation.contains("only 50"), "{}", report.arc.explanation);
}

#[test]
fn fewer_sets_may_be_allowed_but_not_more() {
    let message = sealed(2);
    let with = |sets| {
        let mut options = at(NOW);
        options.limits.arc_sets = sets;
        verdict(&support::verify(message.as_bytes(), &dns(), options))
    };
    assert_eq!(with(2), "pass 0");
    assert_eq!(with(1), "fail chainBroken");
    assert_eq!(with(60), "pass 0");
}

#[test]
fn message_signatures_take_part_in_the_cap_on_body_hashes() {
    let simple = || request_with(|one| one.body_canonicalization = Canonicalization::Simple);
    let message = seal(&seal(MESSAGE.as_bytes(), simple()), request());
    let with = |hashes| {
        let mut options = at(NOW);
        options.limits.body_hashes = hashes;
        support::verify(&message, &dns(), options)
    };
    assert_eq!(verdict(&with(2)), "pass 0");
    // The newest message signature has the precedence, the older counts as one that fails.
    let report = with(1);
    assert_eq!(verdict(&report), "pass 2");
    let first = &report.arc.sets[0].message_signature;
    assert_eq!(first.reason.map(|reason| reason.code()), Some("tooManySignatures"));
    assert_eq!(verdict(&with(0)), "fail tooManySignatures");
}

#[test]
fn lookups_have_a_cap_and_few_are_in_flight() {
    // Ten sets of ten keys that nobody has.
    let mut message = sealed(10);
    for instance in 0..20 {
        message = message.replacen("s=ed;", &format!("s=x{instance};"), 1);
    }
    let mut options = at(NOW);
    options.limits.lookups = 15;
    let mut verifier = waxseal::Verifier::new(options);
    verifier.push(message.as_bytes());
    let mut asked: Vec<_> = std::iter::from_fn(|| verifier.poll_query()).collect();
    assert_eq!(asked.len(), 6);
    let mut total = asked.len();
    while let Some(query) = asked.pop() {
        verifier.answer(query.id, Answer::NotFound);
        let more: Vec<_> = std::iter::from_fn(|| verifier.poll_query()).collect();
        assert!(more.len() <= 1);
        total += more.len();
        asked.extend(more);
    }
    assert_eq!(total, 15);
    let report = verifier.finish();
    assert_eq!(verdict(&report), "fail keyNotFound");
    let unasked = &report.arc.sets[0].message_signature;
    assert!(unasked.explanation.contains("more than the 15 lookups"), "{}", unasked.explanation);
}
