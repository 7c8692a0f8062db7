use std::collections::HashMap;

use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

const OWNER: &str = "s._domainkey.example.com";
const OK: u16 = RESPONSE | RECURSION_DESIRED | RECURSION_AVAILABLE;

/// Writes responses as servers do, every name compressed against those before it.
#[derive(Default)]
struct Writer {
    octets: Vec<u8>,
    names: HashMap<String, u16>,
}

impl Writer {
    fn new(flags: u16, [answers, authorities, additional]: [u16; 3]) -> Self {
        let mut writer = Self::default();
        writer.fields(&[7, flags, 1, answers, authorities, additional]);
        writer.name(OWNER);
        writer.fields(&[TXT, CLASS_IN]);
        writer
    }

    fn fields(&mut self, fields: &[u16]) {
        self.octets.extend(fields.iter().flat_map(|field| field.to_be_bytes()));
    }

    fn name(&mut self, name: &str) {
        let mut rest = name;
        while !rest.is_empty() {
            if let Some(at) = self.names.get(rest) {
                return self.fields(&[0xc000 | at]);
            }
            let at = u16::try_from(self.octets.len()).unwrap();
            self.names.insert(rest.to_owned(), at);
            let (label, parent) = rest.split_once('.').unwrap_or((rest, ""));
            self.octets.push(u8::try_from(label.len()).unwrap());
            self.octets.extend(label.bytes());
            rest = parent;
        }
        self.octets.push(0);
    }

    fn record(&mut self, owner: &str, kind: u16, ttl: u16, data: impl FnOnce(&mut Self)) {
        self.name(owner);
        self.fields(&[kind, CLASS_IN, 0, ttl, 0]);
        let start = self.octets.len();
        data(self);
        let length = u16::try_from(self.octets.len() - start).unwrap();
        self.octets[start - 2..start].copy_from_slice(&length.to_be_bytes());
    }

    fn txt(&mut self, owner: &str, ttl: u16, data: &[u8]) {
        self.record(owner, TXT, ttl, |writer| {
            for string in data.chunks(255) {
                writer.octets.push(u8::try_from(string.len()).unwrap());
                writer.octets.extend(string);
            }
        });
    }

    fn cname(&mut self, owner: &str, ttl: u16, target: &str) {
        self.record(owner, CNAME, ttl, |writer| writer.name(target));
    }

    fn opaque(&mut self, owner: &str, kind: u16, data: &[u8]) {
        self.record(owner, kind, 60, |writer| writer.octets.extend(data));
    }

    fn response(&self) -> Result<Response, MessageError> {
        decode(&self.octets, &owner())
    }

    fn answer(&self) -> Answer {
        answer(&self.octets, &owner())
    }

    fn cause(&self) -> String {
        match self.answer() {
            Answer::Unavailable { cause } => cause,
            other => panic!("{other:?}"),
        }
    }
}

fn owner() -> DomainName {
    DomainName::parse(OWNER).unwrap()
}

fn records(records: &[&[u8]], ttl: u32, authenticated: bool) -> Answer {
    let records = records.iter().map(|record| record.to_vec()).collect();
    Answer::Records(TxtRecords {
        records,
        ttl: Some(ttl),
        authenticated: Some(authenticated),
        aliases: Vec::new(),
    })
}

#[test]
fn the_query_asks_for_txt_recursion_authentication_and_1232_octets() {
    let name = DomainName::parse("a.example").unwrap();
    assert_eq!(
        encode_query(&name, 0x0102),
        b"\x01\x02\x01\x20\0\x01\0\0\0\0\0\x01\
          \x01a\x07example\0\0\x10\0\x01\
          \0\0\x29\x04\xd0\0\0\0\0\0\0"
    );
}

#[test]
fn strings_are_joined_and_records_kept_apart() {
    let long = [b'p'; 600];
    let mut writer = Writer::new(OK | AUTHENTICATED, [2, 0, 0]);
    writer.txt(OWNER, 300, &long);
    writer.txt(OWNER, 200, b"other");
    let response = writer.response().unwrap();
    assert_eq!((response.id, response.truncated), (7, false));
    assert_eq!(response.answer, records(&[&long, b"other"], 200, true));
}

#[test]
fn aliases_are_followed_in_any_order_and_strangers_ignored() {
    let mut writer = Writer::new(OK, [5, 0, 0]);
    writer.txt("k.provider.example", 3600, b"v=DKIM1");
    writer.txt("stranger.example", 1, b"p=no");
    writer.cname("S.Mid.example", 50, "k.provider.example");
    writer.opaque("_domainkey.example.com", 39, b"\x03mid\x07example\0");
    writer.cname(&OWNER.to_uppercase(), 900, "s.mid.example");
    let Answer::Records(found) = writer.answer() else { panic!() };
    assert_eq!(found.aliases, ["s.mid.example", "k.provider.example"]);
    assert_eq!((found.records, found.ttl), (vec![b"v=DKIM1".to_vec()], Some(50)));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let mut no_data = Writer::new(OK, [0, 1, 0]);
    no_data.opaque("example.com", SOA, b"unread");
    let mut no_name = Writer::new(OK | NXDOMAIN, [1, 0, 0]);
    no_name.cname(OWNER, 60, "gone.example");
    let mut dangling = Writer::new(OK, [1, 0, 0]);
    dangling.cname(OWNER, 60, "gone e.example");
    let mut authoritative = Writer::new(RESPONSE, [0, 1, 0]);
    authoritative.opaque("example.com", SOA, b"unread");
    let mut other_types = Writer::new(OK, [1, 0, 0]);
    other_types.opaque(OWNER, 1, &[127, 0, 0, 1]);
    for (writer, name_exists, aliases) in [
        (no_data, true, &[][..]),
        (no_name, false, &["gone.example"]),
        (dangling, true, &["gone\\032e.example"]),
        (authoritative, true, &[]),
        (other_types, true, &[]),
    ] {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        let absence = Absence { name_exists: Some(name_exists), aliases };
        assert_eq!(writer.answer(), Answer::Absent(absence), "{:?}", writer.octets);
    }
}

#[test]
fn an_answer_holds_as_long_as_its_records_and_an_absence_as_long_as_the_zone_says() {
    let soa = |minimum: u32| {
        let mut data = b"\x02ns\0\x04root\0".to_vec();
        data.extend([0; 16]);
        data.extend(minimum.to_be_bytes());
        data
    };
    let absent = |flags: u16, aliases: u16, data: &[u8]| {
        let mut writer = Writer::new(flags, [aliases, 1, 0]);
        for _ in 0..aliases {
            writer.cname(OWNER, 20, "gone.example");
        }
        // its own time to live is 60
        writer.opaque("example.com", SOA, data);
        writer
    };
    let mut found = Writer::new(OK, [3, 1, 0]);
    found.cname(OWNER, 40, "k.example");
    found.txt("k.example", 30, b"v=DKIM1");
    found.txt("stranger.example", 1, b"other");
    found.opaque("example", SOA, &soa(5));
    let gone = Writer::new(OK | NXDOMAIN, [0, 0, 0]);
    for (writer, lifetime) in [
        (found, Some(30)),
        (absent(OK, 0, &soa(50)), Some(50)),
        (absent(OK | NXDOMAIN, 0, &soa(900)), Some(60)),
        (absent(OK | NXDOMAIN, 1, &soa(900)), Some(20)),
        // RFC 2181 §8
        (absent(OK, 0, &soa(u32::MAX)), Some(0)),
        // Nobody says for how long.
        (gone, None),
        (absent(OK, 0, b"broken"), None),
        (absent(OK | 2, 0, &soa(900)), None),
        (absent(OK | TRUNCATED, 0, &soa(900)), None),
    ] {
        assert_eq!(writer.response().unwrap().lifetime, lifetime, "{:?}", writer.octets);
    }
}

#[test]
fn error_codes_are_unavailable_and_named() {
    for (rcode, name) in
        [(1, "FORMERR"), (2, "SERVFAIL"), (4, "NOTIMP"), (5, "REFUSED"), (11, "RCODE 11")]
    {
        assert_eq!(Writer::new(OK | rcode, [0, 0, 0]).cause(), name);
    }
    let mut bare = Writer::default();
    bare.fields(&[7, OK | 5, 0, 0, 0, 0]);
    assert_eq!(bare.cause(), "REFUSED");
    for rcode in [NOERROR, NXDOMAIN] {
        let mut bare = Writer::default();
        bare.fields(&[7, OK | rcode, 0, 0, 0, 0]);
        assert_eq!(bare.cause(), NO_QUESTION);
    }
}

#[test]
fn extended_errors_are_told_in_printable_text() {
    let mut writer = Writer::new(OK | 2, [0, 0, 1]);
    writer.opaque("", OPT, b"\0\x0a\0\x02ab\0\x0f\0\x0e\0\x09no\x1b[31m key\0");
    assert_eq!(writer.cause(), "SERVFAIL, extended DNS error 9: no?[31m key");
    let mut writer = Writer::new(OK, [0, 0, 1]);
    writer.octets.extend(b"\0\0\x29\x04\xd0\x01\0\0\0\0\0");
    assert_eq!(writer.cause(), "BADVERS");
}

#[test]
fn a_truncated_response_may_end_anywhere() {
    let mut writer = Writer::new(OK | TRUNCATED, [9, 0, 0]);
    writer.octets.extend(b"\xc0");
    assert!(writer.response().unwrap().truncated);
    assert_eq!(writer.cause(), "truncated response: ask over TCP");
}

#[test]
fn chains_end() {
    let mut round = Writer::new(OK, [2, 0, 0]);
    round.cname(OWNER, 60, "b.example");
    round.cname("b.example", 60, OWNER);
    assert_eq!(round.cause(), ALIAS_LOOP);
    for aliases in [16_u16, 17] {
        let mut chain = Writer::new(OK, [aliases + 1, 0, 0]);
        chain.cname(OWNER, 60, "1.example");
        for link in 1..aliases {
            chain.cname(&format!("{link}.example"), 60, &format!("{}.example", link + 1));
        }
        chain.txt(&format!("{aliases}.example"), 60, b"end");
        match chain.answer() {
            Answer::Records(_) => assert_eq!(aliases, 16),
            other => assert_eq!((other, aliases), (Answer::unavailable(ALIAS_LOOP), 17)),
        }
    }
}

#[test]
fn what_a_server_leaves_to_others_is_not_known() {
    let mut referral = Writer::new(RESPONSE, [0, 1, 0]);
    referral.record("com", NS, 60, |writer| writer.name("ns.example"));
    assert_eq!(referral.cause(), INCOMPLETE);
    for flags in [RESPONSE, OK | AUTHORITATIVE] {
        let mut unfinished = Writer::new(flags, [1, 0, 0]);
        unfinished.cname(OWNER, 60, "k.provider.example");
        assert_eq!(unfinished.cause(), INCOMPLETE);
    }
}

#[test]
fn broken_responses_say_where_and_are_never_not_found() {
    use MessageErrorKind as Kind;

    // The question's name starts at octet 12, the first record at 42.
    let with = |records: &[u8]| {
        let mut writer = Writer::new(OK, [1, 0, 0]);
        writer.octets.extend(records);
        writer
    };
    let mut other_name = Writer::new(OK, [0, 0, 0]);
    other_name.octets[13] = b't';
    let mut other_type = Writer::new(OK, [0, 0, 0]);
    other_type.octets[39] = 1;
    let long_name = [[63; 64]; 4].concat();
    for (writer, offset, kind) in [
        (Writer::default(), 0, Kind::CutShort),
        (Writer::new(RECURSION_DESIRED, [0, 0, 0]), 2, Kind::NotAResponse),
        (Writer::new(OK | 0x2000, [0, 0, 0]), 2, Kind::NotAResponse),
        (other_name, 12, Kind::OtherQuestion),
        (other_type, 12, Kind::OtherQuestion),
        (with(b""), 42, Kind::CutShort),
        (with(b"\xc0\x2a"), 42, Kind::BadPointer),
        (with(b"\x01a\xc0\x2a"), 44, Kind::BadPointer),
        (with(b"\x41a"), 42, Kind::BadLabel),
        (with(&long_name), 42, Kind::NameTooLong),
        (with(b"\xc0\x0c\0\x10\0\x01\0\0\0\0\0\x02\x02a"), 55, Kind::CutShort),
        (with(b"\xc0\x0c\0\x10\0\x01\0\0\0\0\0\0"), 54, Kind::CutShort),
        (with(b"\xc0\x0c\0\x05\0\x01\0\0\0\0\0\x02\0\0"), 55, Kind::TrailingOctets),
    ] {
        assert_eq!(writer.response(), Err(kind.at(offset)), "{:?}", writer.octets);
        assert!(writer.cause().contains(&format!("at octet {offset} ")));
    }
    let huge = vec![0; MAX_MESSAGE_OCTETS + 1];
    assert_eq!(decode(&huge, &owner()).unwrap_err().kind, Kind::TooLong);
}

#[test]
fn pointers_to_pointers_do_not_make_work() {
    let mut writer = Writer::default();
    writer.fields(&[7, OK, 0, u16::MAX, 0, 0]);
    // 3000 pointers in the data of one record, each to the one before; then names at their end.
    writer.octets.extend(b"\0\0\x01\0\x01\0\0\0\0");
    writer.fields(&[6002, 0]);
    for link in 0..3000 {
        writer.fields(&[0xc000 | (23 + 2 * link)]);
    }
    writer.octets.extend(b"\xd7\x85");
    assert_eq!(writer.response().unwrap_err().kind, MessageErrorKind::NameTooLong);
}

fn sample() -> Vec<u8> {
    let mut writer = Writer::new(OK | AUTHENTICATED, [3, 1, 1]);
    writer.cname(OWNER, 60, "k.provider.example");
    writer.txt("k.provider.example", 60, &[b'p'; 300]);
    writer.txt("k.provider.example", 60, b"v=spf1 -all");
    writer.record("example.com", NS, 60, |writer| {
        writer.name("ns.example.com");
    });
    writer.opaque("", OPT, b"\0\x0f\0\x04\0\x03ok");
    writer.octets
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(message in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = answer(&message, &owner());
    }

    #[test]
    fn no_damage_makes_it_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        length in any::<prop::sample::Index>(),
    ) {
        let mut message = sample();
        for (at, octet) in damage {
            let at = at.index(message.len());
            message[at] = octet;
        }
        message.truncate(length.index(message.len() + 1));
        let _ = answer(&message, &owner());
    }

    #[test]
    fn a_cut_response_is_never_not_found(length in any::<prop::sample::Index>()) {
        let message = sample();
        let cut = &message[..length.index(message.len())];
        let unavailable = matches!(answer(cut, &owner()), Answer::Unavailable { .. });
        prop_assert!(unavailable);
    }

    #[test]
    fn a_query_sent_back_as_a_response_answers_it(
        id in any::<u16>(),
        labels in prop::collection::vec("[a-z0-9_-]{1,63}", 1..4),
    ) {
        let name = DomainName::parse(&labels.join(".")).unwrap();
        let mut message = encode_query(&name, id);
        message[2] |= 0x80;
        let response = decode(&message, &name).unwrap();
        prop_assert_eq!(response.id, id);
        prop_assert!(response.answer.is_not_found());
    }

    #[test]
    fn records_come_back_as_they_went(
        data in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..700), 1..4),
    ) {
        let mut writer = Writer::new(OK, [u16::try_from(data.len()).unwrap(), 0, 0]);
        for record in &data {
            writer.txt(OWNER, 60, record);
        }
        let slices: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(writer.answer(), records(&slices, 60, false));
    }
}
