//! `courant serve` as a process of its own, beside the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for any state.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where it says what it says.
const LOG: &str = "said.log";

/// Writes the configuration of a folder whose relay is at 127.0.0.1 and this port.
pub fn configure(home: &Path, port: u16, connections: usize) {
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8025\"\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = {connections}\n\
         [delivery]\nretry = \"200ms\"\n[log]\nlevel = \"debug\"\nformat = \"text\"\n"
    );
    std::fs::write(home.join("courant.toml"), text).expect("written");
}

/// A running `serve`, without fetching unless asked for; killed when dropped.
pub struct Served {
    child: Child,
    /// Where it says what it says.
    log: PathBuf,
}

impl Served {
    /// Starts it; what it says goes to the end of `said.log` in the folder.
    pub fn start(home: &Path) -> Served {
        Served::start_with(home, &[])
    }

    /// The same, where a file that may not grow any more is an error and not a signal.
    pub fn start_ignoring_xfsz(home: &Path) -> Served {
        let mut shell = Command::new("sh");
        let script = "trap '' XFSZ; exec \"$0\" \"$@\"";
        shell.args(["-c", script, env!("CARGO_BIN_EXE_courant")]);
        Served::spawn(home, shell.env_clear().arg("--home").arg(home))
    }

    /// The same, with these in its environment.
    pub fn start_with(home: &Path, environment: &[(&str, &str)]) -> Served {
        let environment = environment.iter().copied();
        Served::spawn(home, command(home).envs(environment))
    }

    /// Starts it, with what it says in another folder.
    pub fn start_saying_in(log: &Path, home: &Path) -> Served {
        Served::spawn(log, &mut command(home))
    }

    /// Starts it with its sources being fetched.
    pub fn fetching(home: &Path) -> Served {
        Served::spawn_with(home, command(home).arg("serve"))
    }

    fn spawn(log_in: &Path, command: &mut Command) -> Served {
        Served::spawn_with(log_in, command.args(["serve", "--no-fetch"]))
    }

    fn spawn_with(log_in: &Path, command: &mut Command) -> Served {
        let said_in = log_in.to_owned();
        let log = || {
            let file = File::options()
                .create(true)
                .append(true)
                .open(said_in.join(LOG));
            Stdio::from(file.expect("a log"))
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log())
            .spawn()
            .expect("starts");
        Served {
            child,
            log: log_in.to_owned(),
        }
    }

    /// Starts it, and waits until it says that it serves.
    pub async fn ready(home: &Path) -> Served {
        let before = said(home).len();
        let served = Served::start(home);
        until("it serves", async || {
            said(home)[before..].contains("courant serves")
        })
        .await;
        served
    }

    /// The file of what it says.
    pub fn log(&self) -> PathBuf {
        self.log.join(LOG)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that was said in this folder so far.
    pub fn said(&self) -> String {
        said(&self.log)
    }

    /// Where its pages are, by what it said last.
    pub fn base(&self) -> String {
        let said = self.said();
        let line = said.lines().rfind(|l| l.contains("courant serves"));
        // Colours stand around the name, not within the address.
        let port = line.and_then(|l| Some(l.rsplit_once("127.0.0.1:")?.1));
        let port = port
            .unwrap_or_default()
            .chars()
            .take_while(char::is_ascii_digit);
        format!("http://127.0.0.1:{}", port.collect::<String>())
    }

    /// kill -9, at once.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// SIGTERM, and how it ended.
    pub async fn stop(self) -> ExitStatus {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill(1)").success());
        self.ended().await
    }

    /// How it ends by itself.
    pub async fn ended(mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("asked") {
                return status;
            }
            let said = self.said();
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{said}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(home: &Path) -> String {
    std::fs::read_to_string(home.join(LOG)).unwrap_or_default()
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_courant"));
    command.env_clear().arg("--home").arg(home);
    command
}

/// Runs a command beside whatever else runs in the folder.
pub fn courant(home: &Path, args: &[&str]) -> Output {
    command(home).args(args).output().expect("runs")
}

/// Waits for a state, by asking again and again.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Every address in a log is masked.
pub fn assert_masked(said: &str) {
    for line in said.lines() {
        for word in line.split_whitespace().filter(|w| w.contains('@')) {
            assert!(word.contains("***"), "a whole address in: {line}");
        }
    }
}
