//! A Postfix of one test's own.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::command_runner::Scratch;
use crate::serve::running::LIMIT;

/// Who owns the mailboxes: `nobody`.
const NOBODY: u32 = 65534;

/// What Postfix needs whatever mail is done: Debian's master.cf without the services that listen, and none
/// in a chroot. The queue is looked through each second, as what waits shall not wait for long.
const SERVICES: &str = "\
postlog   unix-dgram n -       n       -       1       postlogd
pickup    unix  n       -       n       1       1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       1       1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
lmtp      unix  -       -       n       -       -       lmtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
";

/// A Postfix that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Postfix {
    scratch: Scratch,
    child: Option<Child>,
    guard: Option<Child>,
}

impl Postfix {
    /// Makes the folders, and the user joe@example.com with the password `secret` for the submission service.
    /// Nothing runs yet.
    pub(super) fn new() -> Self {
        let (user, group) = postfix_user();
        let scratch = Scratch::new();
        let folder = scratch.path("");
        // its processes are not all root's
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["etc", "queue", "data", "mail"] {
            std::fs::create_dir(scratch.path(name)).unwrap();
        }
        chown(scratch.path("data"), Some(user), None).unwrap();
        chown(scratch.path("mail"), Some(NOBODY), Some(NOBODY)).unwrap();

        let users = scratch.path("etc/sasl/sasldb2");
        scratch.write(
            "etc/sasl/smtpd.conf",
            format!(
                "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {}\nmech_list: PLAIN\n",
                users.display()
            ),
        );
        let mut command = program("saslpasswd2");
        command.args(["-p", "-c", "-u", "example.com", "-f"]).arg(&users).arg("joe");
        run_reading(command, b"secret");
        chown(&users, None, Some(group)).unwrap();
        std::fs::set_permissions(&users, std::fs::Permissions::from_mode(0o640)).unwrap();
        Self { scratch, child: None, guard: None }
    }

    /// A path in its folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// Writes a file of its configuration.
    pub(super) fn configure(&self, name: &str, content: &str) {
        self.scratch.write(&format!("etc/{name}"), content);
    }

    /// Starts it with these lines in main.cf and these services, besides what every Postfix needs.
    /// `relay` is the port to which mail for elsewhere goes.
    pub(super) fn start(&mut self, main: &str, services: &str, relay: u16) {
        let folder = self.path("").to_str().unwrap().trim_end_matches('/').to_owned();
        self.configure(
            "main.cf",
            &format!(
                "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
cyrus_sasl_config_path = {folder}/etc/sasl
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_authorized_xclient_hosts = 127.0.0.0/8
relayhost = [127.0.0.1]:{relay}
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = regexp:{folder}/etc/mailboxes
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
# what has to wait is tried again soon
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_client_connection_count_limit = 0
{main}"
            ),
        );
        self.configure("mailboxes", "/^ann@/ ann/\n/^joe@/ joe/\n/@/ others/\n");
        self.configure("master.cf", &format!("{SERVICES}{services}"));
        let mut check = program("postfix");
        check.arg("-c").arg(self.path("etc")).arg("check");
        run_reading(check, b"");
        let mut folder = program("postconf");
        folder.arg("-c").arg(self.path("etc")).args(["-h", "daemon_directory"]);
        let folder = run_reading(folder, b"");
        // as `postfix start-fg` does, but as our own child; it leads the group of all its processes
        let mut command = program(&format!("{}/master", folder.trim()));
        command.args(["-s", "-c"]).arg(self.path("etc"));
        let output = std::fs::File::create(self.path("output")).unwrap();
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let child = command.spawn().unwrap();
        // whatever ends the test: where nobody holds the pipe any more, Postfix is ended
        let mut guard = program("sh");
        guard.args(["-c", &format!("cat; kill -s TERM -- -{}", child.id())]);
        self.guard = Some(guard.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap());
        self.child = Some(child);
        wait_for("Postfix's start", || {
            let status = self.child.as_mut().and_then(|child| child.try_wait().unwrap());
            assert!(status.is_none(), "Postfix ended: {status:?}\n{}", self.log());
            self.log().contains("daemon started")
        });
    }

    /// All it has logged.
    pub(super) fn log(&self) -> String {
        let read = |name| std::fs::read(self.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&[read("output"), read("log")].concat()).into_owned()
    }

    /// Waits for a line of its log that has all of these.
    pub(super) fn logged(&self, texts: &[&str]) -> String {
        let mut found = None;
        wait_for(&format!("{texts:?} in the log"), || {
            let log = self.log();
            let fits = |line: &&str| texts.iter().all(|text| line.contains(text));
            found = log.lines().find(fits).map(str::to_owned);
            found.is_some()
        });
        found.unwrap()
    }

    /// How many messages it has.
    pub(super) fn queued(&self) -> usize {
        ["maildrop", "deferred", "incoming", "active"]
            .iter()
            .map(|name| files(&self.path("queue").join(name)))
            .sum()
    }

    /// Waits until it has no message any more.
    pub(super) fn drained(&self) {
        let mut empty = 0;
        wait_for("an empty queue", || {
            // a message moves between folders while they are counted
            empty = if self.queued() == 0 { empty + 1 } else { 0 };
            empty == 3
        });
    }

    /// The messages in that mailbox, once there are so many.
    pub(super) fn mailbox(&self, name: &str, count: usize) -> Vec<Vec<u8>> {
        let folder = self.path("mail").join(name).join("new");
        wait_for(&format!("{count} messages for {name}"), || files(&folder) >= count);
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort_by_key(|path| path.metadata().unwrap().modified().unwrap());
        paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
    }

    /// Hands it a message as programs of the machine do.
    pub(super) fn sendmail(&self, from: &str, to: &str, message: &[u8]) {
        let mut command = program("sendmail");
        command.arg("-C").arg(self.path("etc")).args(["-i", "-f", from, to]);
        run_reading(command, message);
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            let _ = guard.kill();
            let _ = guard.wait();
        }
        let Some(mut child) = self.child.take() else { return };
        let group = format!("-{}", child.id());
        let kill = |signal| {
            let killed = Command::new("kill").args(["-s", signal, "--", &group]).output();
            killed.is_ok_and(|output| output.status.success())
        };
        let gone = |child: &mut Child, limit: Duration| {
            let since = Instant::now();
            while kill("0") && since.elapsed() < limit {
                let _ = child.try_wait();
                std::thread::sleep(Duration::from_millis(10));
            }
            !kill("0")
        };
        kill("TERM");
        if !gone(&mut child, Duration::from_secs(10)) {
            kill("KILL");
        }
        let gone = gone(&mut child, LIMIT);
        if std::thread::panicking() {
            eprintln!("Postfix said:\n{}", self.log());
        } else {
            assert!(gone && matches!(child.try_wait(), Ok(Some(_))), "Postfix does not end");
        }
    }
}

/// Waits until that is so.
pub(super) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < LIMIT, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A program that Debian keeps where not everyone's PATH leads.
pub(super) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin")).stdin(Stdio::null());
    command
}

/// Runs a program to its end, which must be good.
pub(super) fn run_reading(command: Command, stdin: &[u8]) -> String {
    let name = command.get_program().to_owned();
    let ran = crate::command_runner::run(command, stdin);
    assert_eq!(ran.code, Some(0), "{name:?}: {ran:?}");
    ran.stdout
}

/// The numbers of Postfix's user and group.
fn postfix_user() -> (u32, u32) {
    let id = |arguments: &[&str]| {
        let mut command = program("id");
        command.args(arguments);
        crate::command_runner::run(command, b"").stdout.trim().parse().ok()
    };
    assert!(
        id(&["-u"]) == Some(0),
        "Postfix's master must be root, so these tests must be: \
         run `pkg-scripts/test mta` as root or where `sudo -n` works"
    );
    match (id(&["-u", "postfix"]), id(&["-g", "postfix"])) {
        (Some(user), Some(group)) => (user, group),
        _ => panic!("there is no Postfix: run pkg-scripts/tools/mail-servers"),
    }
}

/// How many files there are below that folder.
fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&entry.path()),
            Ok(_) => 1,
            Err(_) => 0,
        })
        .sum()
}
