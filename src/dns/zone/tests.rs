use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

fn zone(text: &str) -> Zone {
    Zone::parse(text, None).unwrap()
}

fn look(zone: &Zone, name: &str) -> Answer {
    zone.lookup(&DomainName::parse(name).unwrap())
}

/// The records of `name` as text and their time to live; none where there are none.
fn found(zone: &Zone, name: &str) -> (Vec<String>, Option<u32>) {
    match look(zone, name) {
        Answer::Records(found) => {
            assert_eq!(found.authenticated, None);
            let texts = found.records.into_iter().map(|record| String::from_utf8(record).unwrap());
            (texts.collect(), found.ttl)
        }
        Answer::NotFound | Answer::Absent(_) => (Vec::new(), None),
        Answer::Unavailable { cause } => panic!("{cause}"),
    }
}

fn texts(zone: &Zone, name: &str) -> Vec<String> {
    found(zone, name).0
}

#[test]
fn a_zone_as_servers_load_it() {
    let zone = zone(
        r#"; the zone of example.com
$TTL 2d ; two days
$ORIGIN example.com.
@       IN SOA  ns1.example.com. hostmaster.example.com. (
                2003080800 ; serial
                3h         ; refresh
                15M        ; retry (in minutes)
                3W12h 2h20M )
        IN NS   ns1
        IN MX 10 mail.example.com.
        TXT "v=spf1 mx -all"
ns1     A       192.0.2.1
        AAAA    2001:db8::1
www     CNAME   ns1
_sip._tcp SRV   0 5 5060 sip.example.com.
s1._domainkey   300 IN TXT ( "v=DKIM1; k=rsa; " ; the version first
                  "p=MIIBIjAN" "BgkqhkiG" )
s2._domainkey IN 1h30m TXT v=DKIM1\;\ p=
$ORIGIN _domainkey
s3      TXT     "v=DKIM1; p=AA=="
s4.     TXT     absolute
odd     TYPE65280 \# 4 0a000001
"#,
    );
    let two_days = Some(172_800);
    assert_eq!(found(&zone, "example.com"), (vec!["v=spf1 mx -all".into()], two_days));
    assert_eq!(
        found(&zone, "s1._domainkey.example.com"),
        (vec!["v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG".into()], Some(300))
    );
    assert_eq!(
        found(&zone, "S2._domainkey.Example.com"),
        (vec!["v=DKIM1; p=".into()], Some(5_400))
    );
    let name = "s3._domainkey.example.com";
    assert_eq!(found(&zone, name), (vec!["v=DKIM1; p=AA==".into()], two_days));
    assert_eq!(texts(&zone, "s4"), ["absolute"]);
    for name in ["ns1.example.com", "www.example.com", "none.example.com", "com", "org"] {
        assert!(look(&zone, name).is_not_found(), "{name}");
    }
}

#[test]
fn what_showkeys_prints_is_a_zone() {
    let text = "; key#1 2048 bits, s=a, d=example.com, /etc/waxseal/a.pem\r\n\
                a._domainkey.example.com.\t3600 TXT (\r\n  \"v=DKIM1; p=\"\r\n  \"MIIB\")\r\n\r\n\
                b._domainkey.example.com\t3600 TXT (\r\n  \"v=DKIM1; k=ed25519; p=AA==\")\r\n";
    let zone = zone(&format!("\u{feff}{text}"));
    assert_eq!(
        found(&zone, "a._domainkey.example.com"),
        (vec!["v=DKIM1; p=MIIB".into()], Some(3_600))
    );
    assert_eq!(texts(&zone, "b._domainkey.example.com"), ["v=DKIM1; k=ed25519; p=AA=="]);
}

#[test]
fn names_stand_below_the_origin_given() {
    let origin = DomainName::parse("Example.org").unwrap();
    let zone = Zone::parse("@ TXT apex\nk TXT below\nk.example.com. TXT away\n", Some(&origin));
    let zone = zone.unwrap();
    assert_eq!(texts(&zone, "example.org"), ["apex"]);
    assert_eq!(texts(&zone, "k.example.org"), ["below"]);
    assert_eq!(texts(&zone, "k.example.com"), ["away"]);
}

#[test]
fn strings_are_unescaped_and_joined() {
    let zone = zone(
        "a TXT \"say \\\"x\\\" \\\\ \\059\\200\" tail\nb TXT a\"b\"c ; d\nc TXT \"; ( \" \"\"\nd TXT x\\\"y\n",
    );
    let Answer::Records(found) = look(&zone, "a") else { panic!() };
    assert_eq!(found.records, [b"say \"x\" \\ ;\xc8tail"]);
    assert_eq!(texts(&zone, "b"), ["abc"]);
    assert_eq!(texts(&zone, "c"), ["; ( "]);
    assert_eq!(texts(&zone, "d"), ["x\"y"]);
}

#[test]
fn times_to_live_come_from_the_record_the_directive_or_the_record_before() {
    let zone = zone("a TXT 1\nb 60 TXT 1\nc TXT 1\n$TTL 1W2D3H4M5S\nd TXT 1\ne 0 TXT 1\nf TXT 1\n");
    let ttl = |name| found(&zone, name).1;
    assert_eq!(
        ["a", "b", "c", "d", "e", "f"].map(ttl),
        [None, Some(60), Some(60), Some(788_645), Some(0), Some(788_645)]
    );
}

#[test]
fn aliases_are_followed_to_their_end() {
    let zone = zone(
        "a 60 CNAME b\nb 30 CNAME K.example.\nk.example 90 TXT key\nl CNAME m\nm CNAME l\n\
         d CNAME gone\n",
    );
    assert_eq!(found(&zone, "a"), (vec!["key".into()], Some(30)));
    assert_eq!(look(&zone, "l"), Answer::unavailable(ALIAS_LOOP));
    let Answer::Records(TxtRecords { aliases, .. }) = look(&zone, "a") else { panic!() };
    assert_eq!(aliases, ["b", "k.example"]);
}

#[test]
fn what_is_not_there_tells_how() {
    let zone = zone("a.b TXT x\nc CNAME a.d.\na.d CNAME e\\.f.gone.\nm MX 1 x\nr CNAME .\n");
    for (name, name_exists, aliases) in [
        ("x", false, &[][..]),
        ("b", true, &[]),
        ("m", true, &[]),
        ("c", false, &["a.d", "e\\046f.gone"]),
        ("r", true, &["."]),
    ] {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        let absence = Absence { name_exists: Some(name_exists), aliases };
        assert_eq!(look(&zone, name), Answer::Absent(absence), "{name}");
    }
}

#[test]
fn wildcards_cover_what_does_not_exist() {
    // The example of RFC 4592 §2.2.1, and an alias.
    let zone = zone(
        "$ORIGIN example.\n@ SOA x\n  NS ns.example.com.\n* TXT \"this is a wildcard\"\n\
         * MX 10 host1\nsub.* TXT \"this is not a wildcard\"\nhost1 A 192.0.2.1\n\
         _ssh._tcp.host1 SRV x\n_ssh._tcp.host2 SRV x\nsubdel NS ns.example.com.\n\
         *._domainkey.mail CNAME key\nkey TXT key\nodd\\.dot.up TXT x\n",
    );
    for (name, text) in [
        ("host3.example", "this is a wildcard"),
        ("foo.bar.example", "this is a wildcard"),
        ("s1._domainkey.mail.example", "key"),
        ("a.b._domainkey.mail.example", "key"),
    ] {
        assert_eq!(texts(&zone, name), [text], "{name}");
    }
    for name in [
        "host1.example",
        "sub.wild.host1.example",
        "_telnet._tcp.host1.example",
        "host2.example",
        "_tcp.host2.example",
        "x.host2.example",
        "mail.example",
        "x.up.example",
        "example.com",
    ] {
        assert!(look(&zone, name).is_not_found(), "{name}");
    }
    assert_eq!(texts(&self::zone("* TXT all\n"), "any.where"), ["all"]);
}

#[test]
fn names_in_other_letters() {
    let zone =
        zone("bücher.example TXT u\nB\\195\\188CHER.org TXT e\n\\097.b TXT a\nx/y.b TXT z\n");
    assert_eq!(texts(&zone, "xn--bcher-kva.example"), ["u"]);
    assert_eq!(texts(&zone, "bücher.org"), ["e"]);
    assert_eq!(texts(&zone, "a.b"), ["a"]);
    assert!(look(&zone, "b").is_not_found());
}

#[test]
fn zones_merge_and_equal_records_are_one() {
    let mut zone = zone("a 60 TXT one\nb CNAME a\n");
    zone.merge(self::zone("a 30 TXT one\na TXT two\nb CNAME c\nc TXT three\n"));
    let name = DomainName::parse("a").unwrap();
    zone.add_txt(&name, [b"two".to_vec(), b"four".to_vec()]);
    assert_eq!(found(&zone, "b"), (vec!["one".into(), "two".into(), "four".into()], Some(30)));
}

#[test]
fn other_classes_are_read_over() {
    let zone = zone("a CH TXT chaos\nb CLASS1 5 TXT internet\nc HS 5 (\n TXT\n x ) y\nd TXT d\n");
    assert!(look(&zone, "a").is_not_found());
    assert_eq!(texts(&zone, "b"), ["internet"]);
    assert_eq!(texts(&zone, "d"), ["d"]);
}

#[test]
fn errors_say_where() {
    use ZoneErrorKind as Kind;

    let long = "x".repeat(256);
    let label = "l".repeat(64);
    let name = ["l".repeat(63).as_str(); 4].join(".");
    for (text, line, column, kind) in [
        ("a TXT x\nb TXT \"y\nc TXT z\"\n", 2, 7, Kind::UnclosedQuote),
        ("a TXT (x\nb TXT y\n", 1, 7, Kind::UnclosedParenthesis),
        ("a TXT ( x ) )", 1, 13, Kind::UnopenedParenthesis),
        ("\r\n; é\r\né TXT é \\256", 3, 9, Kind::BadEscape),
        ("a TXT x\\", 1, 7, Kind::BadEscape),
        ("a TXT \\1\u{e9}", 1, 7, Kind::BadEscape),
        ("a A 1\nb TXT x \\25", 2, 9, Kind::BadEscape),
        (&format!("a A 1\na TXT x {long}"), 2, 9, Kind::StringTooLong(256)),
        ("\n  TXT x", 2, 3, Kind::NoOwner),
        ("@ TXT x", 1, 1, Kind::NoOrigin),
        ("a..b TXT x", 1, 1, Kind::BadName(NameError::EmptyLabel)),
        ("a CNAME \"\"", 1, 9, Kind::BadName(NameError::Empty)),
        (&format!("{label} TXT x"), 1, 1, Kind::BadName(NameError::LabelTooLong)),
        (&format!("{name} TXT x"), 1, 1, Kind::BadName(NameError::TooLong)),
        ("$TTL 1x", 1, 6, Kind::BadTtl("1x".into())),
        ("a 2147483648 TXT x", 1, 3, Kind::BadTtl("2147483648".into())),
        ("a 1h2 TXT x", 1, 3, Kind::BadTtl("1h2".into())),
        ("a 9999w9999w TXT x", 1, 3, Kind::BadTtl("9999w9999w".into())),
        ("a \"TXT\" x", 1, 3, Kind::BadType("TXT".into())),
        ("a v=DKIM1 x", 1, 3, Kind::BadType("v=DKIM1".into())),
        ("a 60 IN\nb", 1, 1, Kind::NoType),
        ("a TXT ; nothing", 1, 3, Kind::NoString),
        ("a CNAME b c", 1, 3, Kind::NotOneTarget),
        ("$ORIGIN", 1, 1, Kind::NotOneValue),
        ("a A 1\n$INCLUDE other.db", 2, 1, Kind::Include),
        ("$GENERATE 1-2 a$ A 1", 1, 1, Kind::UnknownDirective("$GENERATE".into())),
        ("a TXT \\# 2 0161", 1, 3, Kind::GenericForm),
        ("a TYPE16 \\# 2 0161", 1, 3, Kind::GenericForm),
    ] {
        let error = Zone::parse(text, None).expect_err(text);
        assert_eq!(error, ZoneError { line, column, kind }, "{text:?}");
        let told = error.to_string();
        assert!(told.starts_with(&format!("line {line}, column {column}: ")), "{told}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), name in "[a-c*]{1,3}(\\.[a-c]){0,3}") {
        let zone = Zone::parse(&text, None).unwrap_or_default();
        if let Ok(name) = DomainName::parse(&name) {
            let _ = zone.lookup(&name);
        }
    }

    #[test]
    fn no_near_zone_makes_it_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                " ", " ", "\n", "\n", "a", "b.a", "*", "*.a", "@", "TXT ", "CNAME ", "IN", "60", "(",
                ")", "\"", "\\", "\\046", ".", ";", "$ORIGIN ", "$TTL ", "é", "\r", "\u{feff}",
            ]),
            0..40,
        ),
    ) {
        let origin = DomainName::parse("a.b").unwrap();
        let zone = Zone::parse(&words.concat(), Some(&origin)).unwrap_or_default();
        for name in ["a", "b.a", "c.a", "a.b", "c.a.b", "x"] {
            let _ = look(&zone, name);
        }
    }

    #[test]
    fn any_octets_come_back_from_the_file(
        data in prop::collection::vec(any::<u8>(), 1..700),
        quoted in any::<bool>(),
    ) {
        let mut text = String::from("s._domainkey.example.com. IN TXT (");
        for string in data.chunks(255) {
            let escaped: String = string
                .iter()
                .map(|&octet| match octet {
                    b'a'..=b'z' | b'0'..=b'9' => char::from(octet).to_string(),
                    b'"' | b'\\' | b';' | b'(' | b')' => format!("\\{}", char::from(octet)),
                    _ => format!("\\{octet:03}"),
                })
                .collect();
            let quote = if quoted { "\"" } else { "" };
            text.push_str(&format!("\n\t{quote}{escaped}{quote}"));
        }
        text.push_str(" )\n");
        let Answer::Records(found) = look(&zone(&text), "s._domainkey.example.com") else {
            panic!("{text}");
        };
        prop_assert_eq!(found.records, vec![data]);
    }
}
