//! The programs that are measured, each with a configuration that does the same.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::mail::{DOMAIN, Kind, SELECTOR};
use crate::smtp::Sink;

/// How many processes amavis has: enough for its processors never to wait.
pub(crate) const AMAVIS_PROCESSES: usize = 4;

/// How long a program may take to come up.
const LIMIT: Duration = Duration::from_secs(60);

/// What all have in common.
pub(crate) struct Setting {
    pub(crate) folder: PathBuf,
    pub(crate) sink: Sink,
    /// The port of the name server, and what it knows.
    names: u16,
    record: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    WaxsealFilter,
    WaxsealMilter,
    /// Virus and spam checks are off.
    Amavis,
    /// And so are taking messages apart, looking for banned names and checking headers.
    AmavisBare,
    OpenDkim,
}

/// A program at work; stopped when it is dropped.
pub(crate) struct Running {
    child: Child,
    verify: u16,
    sign: u16,
}

impl Setting {
    pub(crate) fn new(folder: &Path, names: u16, record: String) -> Self {
        Self { folder: folder.to_owned(), sink: Sink::start(), names, record }
    }

    fn write(&self, name: &str, text: String) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn log(&self, name: &str) -> File {
        File::options().create(true).append(true).open(self.folder.join(name)).expect("a log")
    }

    /// What amavisd and waxseal both read, for these ports and that next hop.
    pub(crate) fn amavisd_conf(&self, verify: u16, sign: u16, hop: u16) -> PathBuf {
        let key = self.folder.join("key.pem");
        self.write(
            "amavisd.conf",
            format!(
                "use strict;\n\
                 $mydomain = '{DOMAIN}';\n\
                 $myhostname = 'filter.{DOMAIN}';\n\
                 $inet_socket_port = [{verify}, {sign}];\n\
                 $forward_method = 'smtp:[127.0.0.1]:{hop}';\n\
                 $notify_method = $forward_method;\n\
                 $enable_dkim_verification = 1;\n\
                 $enable_dkim_signing = 1;\n\
                 dkim_key('{DOMAIN}', '{SELECTOR}', '{}');\n\
                 @dkim_signature_options_bysender_maps = ({{ '.' => {{ c => 'relaxed/simple' }} }});\n\
                 @mynetworks = qw( 127.0.0.0/8 );\n\
                 @local_domains_maps = ( [ '.example.net' ] );\n\
                 $interface_policy{{'{sign}'}} = 'ORIGINATING';\n\
                 $policy_bank{{'ORIGINATING'}} = {{ originating => 1 }};\n\
                 @bypass_virus_checks_maps = (1);\n\
                 @bypass_spam_checks_maps = (1);\n\
                 1;\n",
                key.display()
            ),
        )
    }
}

impl Program {
    pub(crate) const fn is_amavis(self) -> bool {
        matches!(self, Self::Amavis | Self::AmavisBare)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::WaxsealFilter | Self::WaxsealMilter => "waxseal",
            Self::Amavis => "amavisd-new",
            Self::AmavisBare => "amavisd-new, decoding off",
            Self::OpenDkim => "OpenDKIM",
        }
    }

    /// Starts it and waits until it answers.
    pub(crate) fn start(self, setting: &Setting, kind: Kind) -> Running {
        self.start_towards(setting, kind, setting.sink.port)
    }

    /// The same, with a next hop of its own.
    pub(crate) fn start_towards(self, setting: &Setting, kind: Kind, hop: u16) -> Running {
        let (verify, sign) = (free_port(), free_port());
        let (mut command, log) = match self {
            Self::WaxsealFilter => {
                let config = setting.amavisd_conf(verify, sign, hop);
                (waxseal(setting, &config), "waxseal.log")
            }
            Self::WaxsealMilter => {
                let key = setting.folder.join("key.pem");
                let config = setting.write(
                    "milter.toml",
                    format!(
                        "my_host = \"filter.{DOMAIN}\"\n\
                         [[key]]\ndomain = \"{DOMAIN}\"\nselector = \"{SELECTOR}\"\nfile = \"{}\"\n\
                         [[listener]]\naddress = \"127.0.0.1:{verify}\"\nprotocol = \"milter\"\nbank = \"IN\"\n\
                         [[listener]]\naddress = \"127.0.0.1:{sign}\"\nprotocol = \"milter\"\nbank = \"OUT\"\n\
                         [bank.IN]\noriginating = false\n\
                         [bank.OUT]\noriginating = true\nverify = false\n",
                        key.display()
                    ),
                );
                (waxseal(setting, &config), "waxseal.log")
            }
            Self::Amavis | Self::AmavisBare => {
                let config = setting.amavisd_conf(verify, sign, hop);
                (amavis(setting, &config, self == Self::AmavisBare), "amavis.log")
            }
            Self::OpenDkim => {
                let port = if kind == Kind::Signed { sign } else { verify };
                (opendkim(setting, kind, port), "opendkim.log")
            }
        };
        let log = setting.log(log);
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name()));
        let mut running = Running { child, verify, sign };
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", running.port(kind))).is_err() {
            if let Ok(Some(status)) = running.child.try_wait() {
                panic!(
                    "{} ended with {status}; see the logs in {}",
                    self.name(),
                    setting.folder.display()
                );
            }
            assert!(since.elapsed() < LIMIT, "{} does not come up", self.name());
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) const fn port(&self, kind: Kind) -> u16 {
        match kind {
            Kind::Verified => self.verify,
            Kind::Signed => self.sign,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // the programs end their children themselves when they are told
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &pid]).status();
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(20) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// With the release build that Cargo made beside this program.
fn waxseal(setting: &Setting, config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
    command.arg("--config").arg(config);
    command.arg("--resolver").arg(format!("127.0.0.1:{}", setting.names)).arg("serve");
    command
}

fn amavis(setting: &Setting, config: &Path, bare: bool) -> Command {
    let folder = setting.folder.join("amavis");
    for folder in [folder.clone(), folder.join("tmp"), folder.join("db")] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    let folder = folder.display();
    let off = match bare {
        true => {
            "$bypass_decode_parts = 1;\n\
             @bypass_banned_checks_maps = (1);\n\
             @bypass_header_checks_maps = (1);\n"
        }
        false => "",
    };
    let more = setting.write(
        "amavisd-more.conf",
        format!(
            "use strict;\n\
             $MYHOME = '{folder}';\n\
             $TEMPBASE = '{folder}/tmp';\n\
             $db_home = '{folder}/db';\n\
             $pid_file = '{folder}/amavisd.pid';\n\
             $lock_file = '{folder}/amavisd.lock';\n\
             $max_servers = {AMAVIS_PROCESSES};\n\
             $max_requests = 1000;\n\
             $enable_db = 0;\n\
             $daemonize = 0;\n\
             $do_syslog = 0;\n\
             $LOGFILE = '{folder}/amavis.log';\n\
             $log_level = 0;\n\
             {off}\
             use Mail::DKIM::DNS;\n\
             $Amavis::dns_resolver = Net::DNS::Resolver->new(\
             nameservers => ['127.0.0.1'], port => {}, persistent_udp => 1);\n\
             Mail::DKIM::DNS::resolver($Amavis::dns_resolver);\n\
             1;\n",
            setting.names
        ),
    );
    let mut command = Command::new("amavisd");
    command.arg("-c").arg(config).arg("-c").arg(more);
    let user = std::env::var("AMAVIS_USER").unwrap_or_default();
    if !user.is_empty() {
        command.args(["-u", &user, "-g", &user]);
    }
    command.arg("foreground");
    command
}

fn opendkim(setting: &Setting, kind: Kind, port: u16) -> Command {
    let key = setting.folder.join("key.pem");
    // a resolver of its own that is told of another port ends it with "fatal flex scanner internal error"
    let records =
        setting.write("records", format!("{SELECTOR}._domainkey.{DOMAIN} {}\n", setting.record));
    let mode = if kind == Kind::Signed { "s" } else { "v" };
    let config = setting.write(
        "opendkim.conf",
        format!(
            "Mode {mode}\n\
             Domain {DOMAIN}\n\
             Selector {SELECTOR}\n\
             KeyFile {}\n\
             RequireSafeKeys no\n\
             Canonicalization relaxed/simple\n\
             SignatureAlgorithm rsa-sha256\n\
             AuthservID filter.{DOMAIN}\n\
             AlwaysAddARHeader yes\n\
             TestPublicKeys {}\n\
             Syslog no\n",
            key.display(),
            records.display()
        ),
    );
    let mut command = Command::new("opendkim");
    command.arg("-f").arg("-x").arg(config).arg("-p").arg(format!("inet:{port}@127.0.0.1"));
    command
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its port").port()
}
