//! `waxseal check-config`: both languages of the configuration, and what is wrong with one.

use serde_json::Value;

use crate::command_runner::{Ran, Scratch, command, run, waxseal, waxseal_reading};

const SAMPLE_TOML: &str = include_str!("../../docs/samples/waxseal.toml");
const SAMPLE_CONF: &str = include_str!("../../docs/samples/amavisd.conf");

/// Makes a key file, and tells its path.
fn key(scratch: &Scratch, name: &str, kind: &str) -> String {
    let path = scratch.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    let ran = waxseal(&["genkey", &path, "--type", kind]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    path
}

fn check(config: &str) -> Ran {
    waxseal(&["--config", config, "check-config"])
}

fn checked(config: &str) -> Value {
    let ran = waxseal(&["--json", "--config", config, "check-config"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The sample of amavisd's configuration with its keys in the folder.
fn sample_conf(scratch: &Scratch) -> String {
    for name in ["example.com-2026", "guest", "sub.example.com-2026"] {
        key(scratch, &format!("dkim/{name}.pem"), "rsa");
    }
    let folder = scratch.path("dkim");
    SAMPLE_CONF.replace("/var/db/dkim", folder.to_str().unwrap())
}

#[test]
fn the_sample_of_our_own_language_is_good() {
    let scratch = Scratch::new();
    for (name, kind) in [
        ("keys/example.com-2026r.pem", "rsa"),
        ("keys/example.com-2026e.pem", "ed25519"),
        ("keys/lists.example.com-2026.pem", "rsa"),
    ] {
        key(&scratch, name, kind);
    }
    let config = scratch.write("waxseal.toml", SAMPLE_TOML);
    let ran = check(&config);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in [
        "waxseal.toml is good.",
        "#2 2026e._domainkey.example.com, ed25519 256 bits, ",
        "signatures of .example.com: d=example.com",
        "127.0.0.1:10026 smtp, bank ORIGINATING",
        "EHLO keywords not offered: 8BITMIME",
        "forward to smtp:[127.0.0.1]:10027",
        "!192.168.66.0/24",
    ] {
        assert!(ran.stdout.contains(part), "{part} in {}", ran.stdout);
    }
    assert_eq!(checked(&config)["keys"].as_array().unwrap().len(), 3);
}

#[test]
fn the_sample_of_amavisd_is_good_as_it_is_and_as_a_web_page_shows_it() {
    let scratch = Scratch::new();
    let plain = sample_conf(&scratch);
    let mut quotes = 0;
    let web: String = plain
        .chars()
        .map(|c| match c {
            '\'' => {
                quotes += 1;
                if quotes % 2 == 1 { '‘' } else { '’' }
            }
            other => other,
        })
        .collect();
    let [plain, web] = [("plain.conf", plain), ("web.conf", web)]
        .map(|(name, text)| checked(&scratch.write(name, text)));
    for report in [&plain, &web] {
        assert_eq!(report["domain"], "example.com");
        assert_eq!(report["keys"][1]["name"], "guest._domainkey.example.com");
        assert_eq!(report["listeners"][1]["banks"][0], "ORIGINATING");
        let bank = &report["banks"]["ORIGINATING"];
        assert_eq!(bank["originating"], true);
        assert_eq!(bank["discardEhloKeywords"][0], "8BITMIME");
        assert_eq!(bank["forwardTo"][0], "smtp:[127.0.0.1]:10027");
        assert_eq!(report["networks"][2], "!10.66.0.0/16");
        assert_eq!(report["base"]["sign"], true);
        assert_eq!(report["server"]["admin"], "virusalert@example.com");
        let sender = &report["base"]["signing"][0][3];
        assert_eq!((&sender["sender"], &sender["tags"]["ttl"]), (&".".into(), &"1814400s".into()));
    }
    assert_eq!(plain["networks"], web["networks"]);
    assert_eq!(
        plain["ignored"].as_array().unwrap().len(),
        web["ignored"].as_array().unwrap().len()
    );
}

#[test]
fn the_sample_of_amavisd_signs() {
    let scratch = Scratch::new();
    let config = scratch.write("amavisd.conf", sample_conf(&scratch));
    let at = ["--config", &config, "--at", "1700000000"];
    let signed = |from: &str| {
        let message = format!("From: {from}\r\nSubject: x\r\nX-Campaign: y\r\n\r\nHi.\r\n");
        let ran = waxseal_reading(message.as_bytes(), &[&at[..], &["sign"]].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let header = ran.stdout.split("\r\nFrom:").next().unwrap();
        header.split_whitespace().collect::<String>()
    };
    let own = signed("joe@example.com");
    for tag in [
        "c=relaxed/simple;",
        "d=example.com;",
        "s=2026;",
        "t=1700000000;",
        "x=1701814400;",
        "x-campaign",
        "a=rsa-sha256;",
    ] {
        assert!(own.to_lowercase().contains(tag), "{tag} in {own}");
    }
    assert!(signed("postmaster@example.com").contains("x=1700604800;"));
    let guest = signed("eve@guest.example.net");
    assert!(guest.contains("d=example.com;s=guest;"), "{guest}");
    let below = signed("joe@mail.example.com");
    assert!(below.contains("d=example.com;") && below.contains("i=@mail.example.com;"), "{below}");
}

#[test]
fn what_has_no_effect_is_listed_with_its_place() {
    let scratch = Scratch::new();
    let config = scratch.write("a.conf", "$max_servers = 2;\n@av_scanners = (qr/;/);\n");
    let ran = check(&config);
    assert!(ran.stdout.contains("$max_servers, @av_scanners"), "{}", ran.stdout);
    let ran = waxseal(&["--config", &config, "check-config", "--list"]);
    assert!(ran.stdout.contains(&format!("@av_scanners ({config}:2)")), "{}", ran.stdout);
    assert_eq!(checked(&config)["ignored"][0]["name"], "$max_servers");
}

#[test]
fn every_error_has_its_file_and_line() {
    let scratch = Scratch::new();
    for (name, text, line, part) in [
        ("a.toml", "\n[[kye]]\n", 2, "unknown name \"kye\" in the file; did you mean \"key\"?"),
        ("b.toml", "sign = 1\n", 1, "sign must be true or false, but it is the number 1"),
        ("c.toml", "a = \n", 1, "not TOML"),
        ("d.conf", "\n\n$x = 'abc;\n", 3, "is never closed"),
        (
            "e.conf",
            "\ndkim_key('a.example');\n",
            2,
            "dkim_key needs a domain, a selector and a file",
        ),
        ("f.conf", "@mynetworks = grep { $_ } @x;\n", 1, "cannot be understood"),
    ] {
        let config = scratch.write(name, text);
        let ran = check(&config);
        assert_eq!(ran.code, Some(78), "{ran:?}");
        assert_eq!(ran.stdout, "");
        let place = format!("{config}:{line}: ");
        assert!(ran.stderr.contains(&place) && ran.stderr.contains(part), "{}", ran.stderr);
        let ran = waxseal(&["--json", "--config", &config, "check-config"]);
        assert_eq!(ran.code, Some(78));
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(report["good"], false);
        assert_eq!(report["problems"][0]["line"], line);
    }
}

#[test]
fn a_key_file_that_is_of_no_use_is_an_error_of_the_line_that_names_it() {
    let scratch = Scratch::new();
    let broken = scratch.write("broken.pem", "no key");
    let good = key(&scratch, "good.pem", "ed25519");
    let text = format!(
        "\ndkim_key('a.example', 's', '/nonexistent.pem');\ndkim_key('b.example', 's', '{broken}');\n\
         dkim_key('c.example', 's', '{good}');\ndkim_key('d.example', 's', '{good}', k => 'rsa');\n"
    );
    let config = scratch.write("a.conf", text);
    let ran = check(&config);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    for (line, part) in [(2, "No such file"), (3, "broken.pem"), (5, "k is rsa")] {
        let place = format!("{config}:{line}: ");
        let told = ran.stderr.lines().any(|told| told.contains(&place) && told.contains(part));
        assert!(told, "{line} {part}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains(&format!("{config}:4: ")), "{}", ran.stderr);
}

#[test]
fn every_setting_of_a_key_is_told_with_its_own_line_and_text() {
    let scratch = Scratch::new();
    let good = key(&scratch, "good.pem", "ed25519");
    let text = format!(
        "[[key]]\ndomain = \"a.example\"\nselector = \"s\"\nfile = \"nonexistent.pem\"\n\
         [[key]]\ndomain = \"b.example\"\nselector = \"s\"\nfile = \"{good}\"\nk = \"rsa\"\n\
         [[key]]\ndomain = \"c.example\"\nselector = \"s\"\nfile = \"{good}\"\nt = \"y;z\"\n"
    );
    let config = scratch.write("a.toml", text);
    let ran = check(&config);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    for (line, excerpt) in
        [(4, "file = \"nonexistent.pem\""), (9, "k = \"rsa\""), (14, "t = \"y;z\"")]
    {
        let told = ran.stderr.contains(&format!("{config}:{line}: "));
        assert!(told && ran.stderr.contains(&format!("    {excerpt}")), "{line}: {}", ran.stderr);
    }
    let config = scratch.write("n.toml", "networks = [\n\"x\",\n\"10.0.0.0/8\",\n\"y\"]\n");
    let ran = check(&config);
    for line in [2, 4] {
        assert!(ran.stderr.contains(&format!("{config}:{line}: networks: ")), "{}", ran.stderr);
    }
}

#[test]
fn a_time_that_is_past_is_an_error_and_a_length_beyond_the_body_none() {
    let scratch = Scratch::new();
    let file = key(&scratch, "k.pem", "ed25519");
    let text = |tags: &str| {
        format!(
            "[[key]]\ndomain = \"a.example\"\nselector = \"s\"\nfile = \"{file}\"\n\
             [signing.\".\"]\n{tags}\n"
        )
    };
    let config = scratch.write("x.toml", text("x = 1700000000"));
    let at = |time: &str| waxseal(&["--config", &config, "--at", time, "check-config"]);
    assert_eq!(at("1699999999").code, Some(0));
    let ran = at("1700000000");
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(ran.stderr.contains(&format!("{config}:6: x = ")), "{}", ran.stderr);
    let config = scratch.write("l.toml", text("l = 99999"));
    let message = b"From: a@a.example\r\n\r\nHi.\r\n";
    let ran = waxseal_reading(message, &["--config", &config, "sign"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("l=5;"), "{}", ran.stdout);
}

#[test]
fn a_folder_is_read_as_debian_splits_its_configuration() {
    let scratch = Scratch::new();
    let file = key(&scratch, "k.pem", "ed25519");
    scratch.write("conf.d/50-user", format!("dkim_key(\"a.$mydomain\", 's', '{file}');\n1;\n"));
    scratch.write("conf.d/05-domain", "$mydomain = 'example.org';\n1;\n");
    scratch.write("conf.d/60-left.dpkg-old", "dkim_key('broken");
    let folder = scratch.path("conf.d");
    let report = checked(folder.to_str().unwrap());
    assert_eq!(report["keys"][0]["domain"], "a.example.org");
    assert_eq!(report["files"].as_array().unwrap().len(), 2);
}

#[test]
fn the_configuration_is_looked_for_where_it_should_be() {
    let scratch = Scratch::new();
    let mut nowhere = command(&["check-config"]);
    nowhere.current_dir(scratch.path("")).env_remove("WAXSEAL_CONFIG");
    let ran = run(nowhere, b"");
    assert_eq!(ran.code, Some(78));
    for part in ["waxseal.toml", "/etc/waxseal/waxseal.toml", "--config", "$WAXSEAL_CONFIG"] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    scratch.write("waxseal.toml", "my_domain = \"here.example\"\n");
    let other = scratch.write("other.toml", "my_domain = \"named.example\"\n");
    let domain = |with: Option<&str>, arguments: &[&str]| {
        let mut here = command(arguments);
        here.current_dir(scratch.path("")).env_remove("WAXSEAL_CONFIG");
        if let Some(path) = with {
            here.env("WAXSEAL_CONFIG", path);
        }
        let ran = run(here, b"");
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        report["domain"].as_str().unwrap().to_owned()
    };
    assert_eq!(domain(None, &["--json", "check-config"]), "here.example");
    assert_eq!(domain(Some(&other), &["--json", "check-config"]), "named.example");
    let named = ["--json", "check-config", "--config", "waxseal.toml"];
    assert_eq!(domain(Some(&other), &named), "here.example");
    let missing = check("/nonexistent/waxseal.toml");
    assert_eq!(missing.code, Some(78));
    assert!(missing.stderr.contains("No such file"), "{}", missing.stderr);
}

#[test]
fn nothing_on_a_terminal_acts() {
    let scratch = Scratch::new();
    let config = scratch.write("a.toml", "\u{1b}[31m\u{7}x = 1\n");
    let ran = check(&config);
    assert_eq!(ran.code, Some(78));
    assert!(!ran.stderr.contains(['\u{1b}', '\u{7}']), "{:?}", ran.stderr);
}
