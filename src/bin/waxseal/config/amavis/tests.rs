use std::path::PathBuf;

use proptest::prelude::*;
use waxseal::sign::{Oversign, SignedFields};

use super::*;
use crate::config::model::ListenAddress;

fn read_text(text: &str) -> Result<Config, ConfigError> {
    let path = Path::new("amavisd.conf");
    read(path, vec![Source::new(path, text)])
}

fn good(text: &str) -> Config {
    read_text(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The problems, each as `line: text`.
fn problems(text: &str) -> Vec<String> {
    let error = match read_text(text) {
        Ok(config) => panic!("{config:#?}"),
        Err(error) => error,
    };
    let line = |problem: &crate::config::problem::Problem| {
        let line = problem.place.as_ref().map_or(0, |place| place.line());
        format!("{line}: {}", problem.text)
    };
    error.problems.iter().map(line).collect()
}

/// The tags of each sender, as text.
fn options(config: &Config) -> Vec<(String, String)> {
    let entries = config.base.signing.iter().flatten().flat_map(|map| &map.entries);
    let shown = |entry: &crate::config::SenderEntry| {
        let tags = entry.tags.texts().into_iter().map(|(name, value)| format!("{name}={value}"));
        (entry.pattern.to_string(), tags.collect::<Vec<_>>().join(" "))
    };
    entries.map(shown).collect()
}

fn keys(config: &Config) -> Vec<String> {
    let shown = |key: &crate::config::Key| {
        format!("{} {} {}", key.selector, key.domain, key.file.display())
    };
    config.keys.iter().map(shown).collect()
}

fn ignored(config: &Config) -> Vec<String> {
    config.not_ours.iter().map(|setting| setting.name.clone()).collect()
}

fn sample() -> Config {
    good(include_str!("../../../../../docs/samples/amavisd.conf"))
}

#[test]
fn the_sample_is_read() {
    let config = sample();
    assert_eq!(
        keys(&config),
        [
            "2026 example.com /var/db/dkim/example.com-2026.pem",
            "guest example.com /var/db/dkim/guest.pem",
            "2026 sub.example.com /var/db/dkim/sub.example.com-2026.pem",
        ]
    );
    assert_eq!(config.keys[2].tags.flags, ["s"]);
    assert!(config.base.signs());
    assert!(config.base.verify.as_ref().unwrap().value);
    assert_eq!(
        options(&config),
        [
            ("postmaster@example.com".to_owned(), "a=rsa-sha256 ttl=604800s".to_owned()),
            ("guest.example.net".to_owned(), "d=example.com s=guest".to_owned()),
            (".example.com".to_owned(), "d=example.com".to_owned()),
            (".".to_owned(), "c=relaxed/simple ttl=1814400s".to_owned()),
        ]
    );
    let listeners: Vec<_> = config
        .listeners
        .iter()
        .map(|listener| (listener.address.to_string(), listener.banks.join(",")))
        .collect();
    let expected = [("127.0.0.1:10024", ""), ("127.0.0.1:10026", "ORIGINATING")];
    assert_eq!(listeners, expected.map(|(one, two)| (one.to_owned(), two.to_owned())));
    let bank = config.bank(&["ORIGINATING".to_owned()]);
    assert!(bank.originating.unwrap().value);
    assert_eq!(bank.discard_ehlo_keywords.unwrap().value, ["8BITMIME"]);
    assert_eq!(bank.forward_to.unwrap().value[0].to_string(), "smtp:[127.0.0.1]:10027");
    assert_eq!(
        config.base.forward_to.as_ref().unwrap().value[0].to_string(),
        "smtp:[127.0.0.1]:10025"
    );
    assert!(config.is_internal(&config.base, "10.1.2.3".parse().unwrap()));
    assert!(!config.is_internal(&config.base, "10.66.2.3".parse().unwrap()));
    assert_eq!(config.banks_for(&config.base, "127.0.0.1".parse().unwrap()), ["MYNETS"]);
    let SignedFields::Listed(signed) = config.base.general_tags.unwrap().fields.unwrap().value
    else {
        panic!("fields are listed");
    };
    assert!(signed.contains(&"x-campaign".to_owned()));
    assert!(!signed.contains(&"received".to_owned()));
    assert!(!signed.contains(&"list-post".to_owned()));
    assert!(signed.contains(&"from".to_owned()));
    assert_eq!(
        config.not_ours.iter().map(|setting| setting.name.as_str()).collect::<Vec<_>>(),
        [
            "$max_servers",
            "$sa_tag2_level_deflt",
            "@bypass_spam_checks_maps",
            "@av_scanners",
            "$banned_filename_re",
            "$policy_bank{'ORIGINATING'}{allow_disclaimers}",
            "$policy_bank{'ORIGINATING'}{virus_admin_maps}",
        ]
    );
}

/// Web pages make typographic quotes, dashes and hard blanks of the plain ones.
#[test]
fn the_sample_is_read_as_a_web_page_shows_it() {
    let plain = include_str!("../../../../../docs/samples/amavisd.conf");
    let mut single = 0;
    let web: String = plain
        .chars()
        .map(|c| match c {
            '\'' => {
                single += 1;
                if single % 2 == 1 { '‘' } else { '’' }
            }
            ' ' => '\u{a0}',
            other => other,
        })
        .collect();
    let web = web.replace("\"", "”").replace("=\u{a0}”", "=\u{a0}“");
    let (plain, web) = (sample(), good(&web));
    assert_eq!(keys(&web), keys(&plain));
    assert_eq!(options(&web), options(&plain));
    assert_eq!(web.banks.keys().collect::<Vec<_>>(), plain.banks.keys().collect::<Vec<_>>());
    assert_eq!(web.networks, plain.networks);
    assert_eq!(ignored(&web), ignored(&plain));
}

#[test]
fn every_way_to_write_a_key_is_the_same() {
    for text in [
        "dkim_key('example.org', 'foo', '/k');",
        "dkim_key(\"example.org\",\"foo\",\"/k\")",
        "dkim_key 'example.org', 'foo', '/k';",
        "dkim_key(qw(example.org foo /k));",
        "$mydomain = 'example.org'; dkim_key($mydomain, q{foo}, qq(/k));",
        "$mydomain = 'org'; dkim_key(\"example.$mydomain\", 'fo'.'o', \"/k\");",
        "my $d = 'EXAMPLE.org'; dkim_key(\"${d}\", lc('FOO'), join('', '/', 'k'));",
        "my($d, $s) = ('example.org', 'foo'); dkim_key($d, $s, '/k',);",
        "our @k = ('example.org', 'foo'); dkim_key(@k, '/k');",
        "my %k = (d => 'example.org', s => 'foo'); dkim_key($k{d}, $k{'s'}, '/k');",
        "my $k = { d => 'example.org', s => ['foo'] }; dkim_key($k->{d}, $k->{s}[0], '/k');",
        "for my $d ('example.org') { dkim_key($d, 'foo', '/k'); }",
        "foreach (qw(example.org)) { dkim_key($_, 'foo', '/k') }",
        "dkim_key($_, 'foo', '/k') for ('example.org');",
        "if (1) { dkim_key('example.org', 'foo', '/k'); } else { dkim_key('x', 'y', '/z'); }",
        "dkim_key('example.org', 'foo', '/k') if 1 == 1;",
        "Amavis::Conf::dkim_key('example.org', 'foo', '/k');",
        "&dkim_key('example.org', 'foo', '/k');",
        "dkim_key('example.org', 'foo', '/k') or die 'x';",
        "1 and dkim_key('example.org', 'foo', '/k');",
        "0 || dkim_key('example.org', 'foo', '/k');",
        "log_it(dkim_key('example.org', 'foo', '/k'));",
        "my $k = dkim_key('example.org', 'foo', '/k');",
        "use strict; require Some::Module; { dkim_key('example.org', 'foo', '/k') }",
        "chomp(my $d = \"example.org\") or die; dkim_key($d, 'foo', '/k');",
    ] {
        assert_eq!(keys(&good(text)), ["foo example.org /k"], "{text}");
    }
}

/// As in Perl: what is left behind `next`, `last` and `return` is not done.
#[test]
fn loops_and_files_may_be_left() {
    for text in [
        "for my $d (qw(one two)) { next if $d eq 'two'; dkim_key($d, 's', '/k') }",
        "for my $d (qw(one two)) { dkim_key($d, 's', '/k'); last; }",
        "for my $d (qw(one two)) { last if $d eq 'two'; dkim_key($d, 's', '/k') }",
        "for my $d (qw(two one)) { if ($d ne 'one') { next } dkim_key($d, 's', '/k') }",
        "for my $d (qw(two one)) { $d eq 'two' and next; dkim_key($d, 's', '/k') }",
        "for (1, 2) { for my $d (qw(one two)) { last if $_ == 2 or $d eq 'two'; dkim_key($d, 's', '/k') } }",
        "{ dkim_key('one', 's', '/k'); last; dkim_key('two', 's', '/k'); }",
        "dkim_key('one', 's', '/k'); return 1; dkim_key('two', 's', '/k');",
        "return dkim_key('one', 's', '/k'); dkim_key('two', 's', '/k');",
        "for my $d (qw(one two)) { dkim_key($d, 's', '/k'); return 1 } dkim_key('two', 's', '/k');",
        "dkim_key('one', 's', '/k'); return if 1; dkim_key('two', 's', '/k');",
        "my %k = (one => '/k'); dkim_key($_, 's', $k{$_}) foreach sort keys %k;",
        "my %k = (one => 'k'); dkim_key($_, 's', \"/$k{$_}\") foreach sort { $a cmp $b } keys %k;",
        "my %o; for my $x (1, 2) { my @l; push @l, 'one'; $o{$x} = [@l]; } dkim_key(@{$o{2}}, 's', '/k');",
    ] {
        assert_eq!(keys(&good(text)), ["s one /k"], "{text}");
    }
    // What does not concern DKIM may stay unknown.
    good("for my $x (1, 2) { next if -e '/x'; $y = $x; } $hook = sub { return 1 if $_[0]; };");
    for (text, line) in [
        ("for my $d (qw(one two)) {\n next if -e $d;\n dkim_key($d, 's', '/k') }", 1),
        ("for my $d (qw(one two)) {\n if (-e $d) { last }\n dkim_key($d, 's', '/k') }", 1),
        ("for my $d ('one') { $e = $d; next if -e $d; $e = 'x' }\ndkim_key($e, 's', '/k');", 2),
        ("\nreturn 1 if -e '/x';", 2),
        ("A: for my $d (1) { for (1) { next A } dkim_key('one', 's', '/k') }", 1),
        ("\nnext;", 2),
    ] {
        let found = problems(text);
        assert!(found[0].starts_with(&format!("{line}: ")), "{text}: {found:?}");
    }
}

/// What is changed through a reference is changed for all who have it.
#[test]
fn references_are_shared() {
    let maps = "@dkim_signature_options_bysender_maps";
    for text in [
        format!("my %l = ('a.example' => {{ s => 'x' }}); {maps} = (\\%l); $l{{'b.example'}} = {{ s => 'y' }};"),
        format!("my $o = {{ s => 'x' }}; {maps} = ({{ 'a.example' => $o, 'b.example' => {{ s => 'y' }} }}); $o->{{s}} = 'x';"),
        format!("my $o = {{ s => 'y' }}; {maps} = ({{ 'a.example' => $o }}); $o->{{s}} = 'x'; ${maps}[0]{{'b.example'}}{{s}} = 'y';").replace("$@", "$"),
        format!("my %l = ('a.example' => {{ s => 'x' }}); {maps} = (\\%l); my $r = \\%l; $r->{{'b.example'}}->{{s}} = 'y'; my %l = (z => 1);"),
        format!("my @l; {maps} = @{{$x}} = ({{}}); $l[0]{{'a.example'}}{{s}} = 'x'; $l[0]{{'b.example'}} = {{ s => 'y' }}; {maps} = @l;"),
        format!("my $o = {{ s => 'x' }}; my %c = %$o; $c{{s}} = 'y'; {maps} = ({{ 'a.example' => $o, 'b.example' => \\%c }});"),
        format!("my %m; for my $n ('x', 'y') {{ my %o = (s => $n); $m{{$n eq 'x' ? 'a.example' : 'b.example'}} = \\%o; }} {maps} = \\%m;"),
    ] {
        let shown: Vec<String> = options(&good(&text))
            .into_iter()
            .map(|(sender, tags)| format!("{sender} {tags}"))
            .collect();
        assert_eq!(shown, ["a.example s=x", "b.example s=y"], "{text}");
    }
    let config = good(
        "$policy_bank{'ORIGINATING'} = { originating => 1 };\n\
         $policy_bank{'X'} = $policy_bank{'ORIGINATING'};\n\
         $policy_bank{'X'}{forward_method} = 'smtp:[127.0.0.1]:10027';\n\
         $policy_bank{'Y'} = { %{$policy_bank{'X'}} };\n\
         $policy_bank{'Y'}{forward_method} = 'smtp:[127.0.0.1]:10028';\n",
    );
    let forward = |bank: &str| config.banks[bank].forward_to.as_ref().unwrap().value[0].to_string();
    assert_eq!(forward("ORIGINATING"), "smtp:[127.0.0.1]:10027");
    assert_eq!(forward("Y"), "smtp:[127.0.0.1]:10028");
    assert!(config.banks["Y"].originating.as_ref().unwrap().value);
    // Nor is what cannot be followed lost.
    for text in [
        format!("my $o = {{}}; {maps} = ({{ '.' => $o }});\n$o->{{s}} = $x x= 3;"),
        format!("my $o = {{}}; {maps} = ({{ '.' => $o }});\n$o->{{s}} = foo(1);"),
        format!("my $o = {{}}; {maps} = ({{ '.' => $o }}); delete $o->{{s}};"),
        format!("my %l; {maps} = (\\%l); $l{{'.'}} = \\%l;"),
    ] {
        assert!(!problems(&text).is_empty(), "{text}");
    }
}

#[test]
fn options_of_a_key_are_tags_of_its_record() {
    let config = good(
        "dkim_key('example.org', 'foo', '/k', v => 'DKIM1', h => 'sha256:sha1', n => 'a;b',\n\
         s => 'email', t => 'y:s', k => 'rsa', g => undef);",
    );
    let tags = &config.keys[0].tags;
    assert_eq!(tags.hashes, ["sha256", "sha1"]);
    assert_eq!(tags.services, ["email"]);
    assert_eq!(tags.flags, ["y", "s"]);
    assert_eq!(tags.note.as_deref(), Some("a;b"));
    assert_eq!(tags.granularity, None);
    assert!(config.keys[0].kind.is_some());
}

#[test]
fn wrong_keys_are_told_with_their_line() {
    for (text, expected) in [
        (
            "dkim_key('a.example', 's');",
            "1: dkim_key needs a domain, a selector and a file, but has 2 arguments",
        ),
        (
            "\ndkim_key(qr/x/, 's', '/k');",
            "2: dkim_key: the domain is a pattern; write a dkim_key for each domain, for each needs a record of its own",
        ),
        (
            "dkim_key('*.example', 's', '/k');",
            "1: dkim_key: \"*.example\" stands for many domains; write a dkim_key for each domain, for each needs a record of its own",
        ),
        ("dkim_key('', 's', '/k');", "1: dkim_key: \"\" is not a domain name: it is empty"),
        (
            "dkim_key('a.example', 's x', '/k');",
            "1: dkim_key: \"s x\" is not a selector: it contains the octet 0x20",
        ),
        ("dkim_key('a.example', 's', '');", "1: dkim_key: the name of the file is empty"),
        (
            "dkim_key('a.example', 's', '/k', 'h');",
            "1: dkim_key: the options must be pairs, such as h => 'sha256'",
        ),
        (
            "dkim_key('a.example', 's', '/k',\n hh => 'sha256');",
            "2: dkim_key: unknown option \"hh\"; it knows h, k, n, s, t and g",
        ),
        (
            "dkim_key('a.example', 's', '/k', k => 'dsa');",
            "1: dkim_key: \"dsa\" is no kind of key; write rsa or ed25519",
        ),
        (
            "dkim_key('a.example', 's', '/k');\ndkim_key('A.example', 's', '/l');",
            "2: dkim_key: the selector s of a.example has a key already, at amavisd.conf:1; give this one another selector",
        ),
        (
            "dkim_key($mydomain, 's', '/k');",
            "1: dkim_key: the domain cannot be understood: $mydomain is not set",
        ),
        (
            "dkim_key(\"joe@example.com\", 's', '/k');",
            "1: dkim_key: the domain cannot be understood: in double quotes @example is a list of that name; write \\@example, or single quotes",
        ),
        (
            "chomp($mydomain = `hostname -d`);\ndkim_key(\".$mydomain\", 's', '/k');",
            "2: dkim_key: the domain cannot be understood: it is the output of the program \"hostname -d\", which is not run",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn what_does_not_concern_dkim_is_listed_however_strange() {
    let config = good(
        "@bypass_virus_checks_maps = (1);\n\
         $sa_tag_level_deflt = 2.0;\n\
         @av_scanners = (['x', \\&ask_daemon, [\"{}\\n\"], qr/\\bOK$/m, sub { die \"it's; $!\" }]);\n\
         @x_maps = (new_RE([qr'\\.(exe|vbs)$'i => 0], [qr/;/ => 1]));\n\
         read_hash(\\%whitelist_sender, '/etc/whitelist');\n\
         $ENV{PATH} = $path = '/bin';\n\
         push(@INC, '/x');\n\
         unless (-e '/x') { $log_level = 5 }\n\
         while (<F>) { print $_; }\n\
         sub helper { my($x) = @_; return $x =~ m{;}; }\n\
         $sql_select = <<'END';\nselect 'it;\nEND\n\
         @$strange{qw(a b)} = @{[1, 2]} x= 3;\n\
         *alias = \\&x;\n\
         use lib '/x'; no strict 'refs'; package Other; require Net::Server; 1;\n",
    );
    let ignored = ignored(&config);
    for name in [
        "@bypass_virus_checks_maps",
        "$sa_tag_level_deflt",
        "@av_scanners",
        "@x_maps",
        "read_hash()",
        "%ENV",
        "$path",
        "@INC",
        "$log_level",
        "a loop",
        "a sub",
        "$sql_select",
    ] {
        assert!(ignored.contains(&name.to_owned()), "{name} in {ignored:?}");
    }
}

#[test]
fn what_concerns_dkim_and_is_not_understood_is_an_error() {
    for (text, line) in [
        ("\n@mynetworks = map { $_ } qw(10.0.0.0/8);", 2),
        ("@mynetworks = @{read_array('/etc/networks')};", 1),
        ("$enable_dkim_signing = do_i_sign();", 1),
        ("$enable_dkim_signing = 1 if -e '/x';", 1),
        ("if (-e '/x') {\n dkim_key('a.example', 'b', '/c');\n}", 1),
        ("sub keys_of { dkim_key($_[0], 'b', '/c') }", 1),
        ("while (my $d = shift @x) { dkim_key($d, 'b', '/c') }", 1),
        ("eval \"dkim_key('a', 'b', 'c')\";", 1),
        ("do $file;", 1),
        ("splice(@mynetworks, 0, 1);", 1),
        ("$policy_bank{'X'} = { originating => 1 originating => 2 };", 1),
        ("@dkim_signature_options_bysender_maps = (new_RE([qr/x/ => {}]));", 1),
        ("@dkim_signature_options_bysender_maps = ({ '.' => 'x' });", 1),
        ("@dkim_signature_options_bysender_maps = ({ '.' => { tll => 1 } });", 1),
        ("@dkim_signature_options_bysender_maps = ({ '.' => { ttl => foo() } });", 1),
        ("@dkim_signature_options_bysender_maps = ({ '@x.example' => {} });", 1),
        ("$forward_method = 'pipe:flags=q argv=/x';", 1),
        ("$inet_socket_port = 'smtp';", 1),
        ("$dkim_signing_service = 'inet:1';", 1),
        ("@mynetworks = ('10.0.0.0/40');", 1),
        ("$mydomain =~ s/a/b/; dkim_key($mydomain, 's', '/k');", 1),
        ("if ($x) { $d = 'a' } else { $d = 'b' }\ndkim_key($d, 's', '/k');", 2),
        ("include_config_files('/nonexistent/file');", 1),
        ("$enable_dkim_signin = 1;", 1),
        ("1 while push(@mynetworks, 1);", 1),
        ("@y = map { dkim_key($_, 'b', '/c') } @x;", 1),
        ("$hook = sub { dkim_key($_, 'b', '/c') };", 1),
        ("$x = \\&dkim_key; $x->('a.example', 'b', '/c');", 1),
        ("Some::Thing->new(sub { $enable_dkim_signing = 1 });", 1),
        ("$x = do { $enable_dkim_signing = 1 };", 1),
        ("-e '/x' and dkim_key('a.example', 'b', '/c');", 1),
        ("-e '/x' ? dkim_key('a.example', 'b', '/c') : 0;", 1),
        ("my $k = (-e '/x') && dkim_key('a.example', 'b', '/c');", 1),
        ("*mynetworks = \\@other;", 1),
        ("@policy_bank{qw(A B)} = ({}, {});", 1),
        ("$enable_dkim_signing++;", 1),
        ("delete $policy_bank{'A'};", 1),
        ("dkim_kye('a.example', 's', '/k');", 1),
        ("1 and my $x = include_config_file('/x');", 1),
        ("$policy_bank{'A'} = {\n orignating => 1 };", 2),
        ("$policy_bank{'A'}{forward_methd} = 'smtp:[127.0.0.1]:1';", 1),
        ("$policy_bank{'A'} = { dkim_signature_options_by_sender_maps => [] };", 1),
        ("$policy_bank{'ORIGINATING'} = {};\n$interface_policy{'10026'} = 'ORIGINATNG';", 2),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE+/x0=\n-----END RSA PRIVATE KEY-----\n", 1),
        ("\ngarbage here and there\n", 2),
        ("smtpd_milters = inet:127.0.0.1:8891\nmilter_default_action = accept\n", 1),
        ("@mynetworks = ('x',\n '10.0.0.0/8', 'y');", 1),
    ] {
        let found = problems(text);
        assert!(found[0].starts_with(&format!("{line}: ")), "{text}: {found:?}");
    }
}

#[test]
fn what_is_never_closed_is_told_where_it_begins() {
    for (text, expected) in [
        ("$x = 1;\n$y = 'abc;\n$z = 2;\n", "2: the quote that begins here with ' is never closed"),
        ("\n@x = (1, 2;\n$z = 2;\n", "2: the ( that begins here is never closed"),
        ("\n%x = { a => (1 };", "2: the ( that begins here is never closed"),
        ("}\n", "1: this } closes nothing"),
        ("$x = <<E;\nabc\n", "1: the here-document that begins here never ends with E"),
        ("$x =~ m{abc;\n", "1: the quote that begins here with { is never closed"),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn several_problems_are_told_at_once_in_order() {
    let text = "$forward_method = 'x';\ndkim_key('a b', 's', '/k');\n@mynetworks = ('x');\n";
    let found = problems(text);
    let lines: Vec<&str> = found.iter().filter_map(|problem| problem.split(':').next()).collect();
    assert_eq!(lines, ["1", "2", "3"], "{found:?}");
}

#[test]
fn a_web_page_s_sum_is_computed() {
    for (ttl, seconds) in [
        ("21*24*3600", "1814400"),
        ("7 * 24 * 3600", "604800"),
        ("(1+2)*60", "180"),
        ("3600", "3600"),
        ("2**10", "1024"),
        ("1_000", "1000"),
        ("'21d'", "1814400"),
        ("86400/2", "43200"),
        ("10-3", "7"),
        ("0.5", "1"),
        ("$day*2", "172800"),
    ] {
        let config = good(&format!(
            "my $day = 86400; @dkim_signature_options_bysender_maps = ({{ '.' => {{ ttl => {ttl} }} }});"
        ));
        assert_eq!(options(&config)[0].1, format!("ttl={seconds}s"), "{ttl}");
    }
}

#[test]
fn maps_may_be_built_step_by_step() {
    let config = good(
        "my %options = ('.' => { ttl => 60 });\n\
         $options{'example.com'} = { s => 'a' };\n\
         $options{'example.com'}{ttl} = 30;\n\
         @dkim_signature_options_bysender_maps = (\\%options);\n\
         push(@dkim_signature_options_bysender_maps, { '.' => { c => 'simple/simple' } });\n\
         unshift @dkim_signature_options_bysender_maps, { 'a.example' => { d => 'b.example' } };\n",
    );
    let shown: Vec<String> =
        options(&config).into_iter().map(|(sender, tags)| format!("{sender} {tags}")).collect();
    assert_eq!(
        shown,
        ["a.example d=b.example", ". ttl=60s", "example.com s=a ttl=30s", ". c=simple/simple"]
    );
}

#[test]
fn settings_may_refer_to_one_another() {
    let config = good(
        "$forward_method = 'smtp:[127.0.0.1]:10030';\n\
         $notify_method = $forward_method;\n\
         @ours = qw(10.0.0.0/8);\n\
         @mynetworks_maps = (\\@ours, \\@mynetworks);\n\
         @mynetworks = ('192.0.2.0/24');\n\
         $policy_bank{'A'} = { forward_method => $notify_method };\n\
         $policy_bank{'A'}->{originating} = 1;\n\
         $policy_bank{'A'}{signed_header_fields} = { subject => 0 };\n",
    );
    assert_eq!(config.networks.texts().collect::<Vec<_>>(), ["10.0.0.0/8", "192.0.2.0/24"]);
    let bank = &config.banks["A"];
    assert_eq!(bank.forward_to.as_ref().unwrap().value[0].to_string(), "smtp:[127.0.0.1]:10030");
    assert!(bank.originating.as_ref().unwrap().value);
    let tags = bank.general_tags.as_ref().unwrap();
    let SignedFields::Listed(signed) = &tags.fields.as_ref().unwrap().value else {
        panic!("fields are listed");
    };
    assert!(!signed.contains(&"subject".to_owned()) && signed.contains(&"from".to_owned()));
    assert!(matches!(&tags.oversign.as_ref().unwrap().value, Oversign::Listed(names)
        if !names.contains(&"subject".to_owned())));
}

#[test]
fn sockets_are_those_that_amavisd_would_open() {
    let addresses = |text: &str| -> Vec<String> {
        good(text).listeners.iter().map(|listener| listener.address.to_string()).collect()
    };
    assert_eq!(addresses("$inet_socket_port = 10024;"), ["127.0.0.1:10024", "[::1]:10024"]);
    assert_eq!(
        addresses("$inet_socket_bind = '127.0.0.1'; $inet_socket_port = [10024, 10026];"),
        ["127.0.0.1:10024", "127.0.0.1:10026"]
    );
    assert_eq!(
        addresses(
            "@listen_sockets = ('10.0.0.1:25', '[::1]:26', '/run/a.sock', 'inet:127.0.0.1:9');"
        ),
        ["10.0.0.1:25", "[::1]:26", "/run/a.sock", "127.0.0.1:9"]
    );
    assert_eq!(
        addresses("$inet_socket_bind = undef; $inet_socket_port = '10024';"),
        ["0.0.0.0:10024", "[::]:10024"]
    );
    assert_eq!(addresses(""), Vec::<String>::new());
    let config = good(
        "$unix_socketname = '/run/a.sock'; $interface_policy{'SOCK'} = 'AM.PDP-SOCK';\n\
         $policy_bank{'AM.PDP-SOCK'} = { protocol => 'AM.PDP' };\n\
         $inet_socket_port = 10026; $interface_policy{10026} = 'A';\n\
         $interface_policy{'127.0.0.1:10026'} = 'B';\n",
    );
    // The banks A and B are not there, and the third speaks another protocol.
    assert_eq!(config.notes.len(), 3);
    let ListenAddress::Inet(_) = config.listeners[0].address else { panic!() };
    assert_eq!(config.listeners[0].banks, ["A", "B"]);
    assert_eq!(config.listeners[1].banks, ["A"]);
}

#[test]
fn what_has_no_setting_may_still_be_a_configuration() {
    for text in
        ["", "1;", "# nothing\n", "use strict;\n1; # ensure a defined return\n", "sub x { 1 }"]
    {
        good(text);
    }
}

#[test]
fn a_bank_that_is_not_there_is_told() {
    let notes = good("$interface_policy{'10026'} = 'NOSUCH';").notes;
    assert_eq!(
        notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "amavisd.conf:1: there is no bank 'NOSUCH' for the interface '10026'; mail is taken there without it"
        ]
    );
}

#[test]
fn an_undefined_tag_is_none_whatever_others_say() {
    let config = good(
        "@dkim_signature_options_bysender_maps = (\n\
         { 'z.example' => { ttl => undef }, '.' => { ttl => 5, c => 'relaxed/simple' } });",
    );
    let tags = &config.base.signing.as_ref().unwrap()[0];
    let found = tags.lookup(&crate::config::sender::Sender::new("a@z.example"), "");
    let mut merged = found[0].tags.clone();
    assert_eq!(merged.fill_from(&found[1].tags), ["c"]);
    assert_eq!(merged.ttl, None);
    assert_eq!(options(&config)[0].1, "ttl=undef");
}

#[test]
fn the_delimiter_of_extensions_is_read() {
    let config =
        good("$recipient_delimiter = '+'; $policy_bank{'A'} = { recipient_delimiter => undef };");
    assert_eq!(config.base.recipient_delimiter.as_ref().unwrap().value, "+");
    let bank = config.bank(&["A".to_owned()]);
    assert_eq!(bank.recipient_delimiter.unwrap().value, "");
}

#[test]
fn what_never_signs_is_told() {
    let notes =
        |text: &str| -> Vec<String> { good(text).notes.iter().map(ToString::to_string).collect() };
    assert_eq!(
        notes("dkim_key('a.example', 's', '/k');"),
        ["amavisd.conf:1: no message is signed: $enable_dkim_signing is not set to 1"]
    );
    assert_eq!(
        notes("@dkim_signature_options_bysender_maps = ({ '.' => { d => 'b.example' } });"),
        ["amavisd.conf:1: mail of . is not signed: there is no dkim_key of b.example"]
    );
    let on = "dkim_key('a.example', 's', '/k'); $policy_bank{'A'} = { enable_dkim_signing => 1 };";
    assert_eq!(notes(on), Vec::<String>::new());
}

#[test]
fn sha1_is_replaced_and_told() {
    let config = good("@dkim_signature_options_bysender_maps = ({ '.' => { a => 'rsa-sha1' } });");
    assert_eq!(options(&config)[0].1, "a=rsa-sha256");
    assert!(config.notes[0].text.contains("RFC 8301"));
}

#[test]
fn files_are_included_and_their_errors_are_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let keys_file = write("keys", "dkim_key('a.example', 's', '/k');\n1;\n");
    let config = good(&format!("include_config_files('{}');", keys_file.display()));
    assert_eq!(config.files.len(), 2);
    assert_eq!(config.keys[0].place.file(), keys_file);
    let broken = write("broken", "\ndkim_key('a.example');\n");
    let error = read_text(&format!("do '{}';", broken.display())).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}:2: dkim_key needs", broken.display())), "{error}");
    let itself = folder.path().join("itself");
    std::fs::write(&itself, format!("include_config_files('{}');", itself.display())).unwrap();
    let found = problems(&format!("include_config_files('{}');", itself.display()));
    assert!(found.iter().any(|problem| problem.contains("too many files")), "{found:?}");
    assert_eq!(good("include_optional_config_files('/nonexistent');").notes.len(), 1);
}

#[test]
fn nothing_is_too_deep_too_long_or_endless() {
    let long = 20_000;
    for text in [
        "(".repeat(long),
        "[".repeat(long) + &"]".repeat(long),
        "$x = ".repeat(long) + "1;",
        "&$x; $y = &$x; &{$x}(1); $z = $#{$x} + $#$x; dkim_key(&$x);".to_owned(),
        format!("$x = {}1;", "!".repeat(long)),
        format!("$x = {}1;", "\\".repeat(long)),
        format!("$x = 1{};", " + 1".repeat(long)),
        format!("$x = 1{};", " ? 1 : 1".repeat(long)),
        format!("$x = $y{};", "->{a}".repeat(long)),
        format!("$x = {}$y{};", "@{".repeat(long), "}".repeat(long)),
        "$x = [$x];\n".repeat(long),
        "$x = [$x, $x];\n".repeat(200),
        "$x .= \"$x$x a\";\n".repeat(200),
        "@x = (@x, @x, 1);\n".repeat(200),
        "%x = (%x, a => {%x});\n".repeat(200),
        "$x{a}".to_owned() + &"{a}".repeat(long) + " = 1;",
        "for (1..9999) { for (1..9999) { for (1..9999) { $x = 1; } } }".to_owned(),
        "not ".repeat(long) + "1;",
        "{".repeat(40) + &"}".repeat(40),
        "if (1) { ".repeat(40) + &"}".repeat(40),
        "\"".to_owned() + &"$a[".repeat(long) + "\";",
        "my ".repeat(long) + "$x;",
        "lc ".repeat(long) + "$x;",
        "<<A ".repeat(long),
        "$".repeat(long),
        "\\$x = \\$x; $x = \\$y; $y = \\$x; $mydomain = $$x; dkim_key($$x, 'b', 'c');".to_owned(),
    ] {
        let _ = read_text(&text);
    }
}

const PIECES: [&str; 60] = [
    "$x",
    "@mynetworks",
    "%h",
    "$policy_bank{'A'}",
    "dkim_key",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "=",
    "=>",
    ",",
    ";",
    "'",
    "\"",
    "'a'",
    "\"$x\"",
    "qw(",
    "qw(a b)",
    "q",
    "s",
    "y",
    "/",
    "\\",
    "->",
    "<<",
    "<<E\n",
    "\nE\n",
    "#",
    "\n",
    "=pod\n",
    "=cut\n",
    "__END__",
    "1",
    "10024",
    "1.5",
    "*",
    "+",
    "-",
    ".",
    "..",
    "x",
    "?",
    ":",
    "!",
    "=~",
    "m{",
    "‘",
    "’",
    "“",
    "”",
    "if",
    "for",
    "my",
    "sub",
    "undef",
    "push",
    " ",
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = read_text(&text);
    }

    #[test]
    fn any_tokens_are_read_or_refused(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60),
        spaced in any::<bool>(),
    ) {
        let _ = read_text(&pieces.join(if spaced { " " } else { "" }));
    }

    #[test]
    fn the_sample_cut_or_spoilt_anywhere_is_read_or_refused(
        at in 0.0..1.0_f64,
        put in prop::sample::select(&PIECES[..]),
    ) {
        let sample = include_str!("../../../../../docs/samples/amavisd.conf");
        let mut at = (sample.len() as f64 * at) as usize;
        while !sample.is_char_boundary(at) {
            at -= 1;
        }
        let _ = read_text(&sample[..at]);
        let _ = read_text(&format!("{}{put}{}", &sample[..at], &sample[at..]));
    }
}
