//! The built binary as somebody types it: what it says on which channel, and what it exits with.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Exit code, stdout, stderr.
pub type Said = (i32, String, String);

/// `courant ARGS` with nothing in its environment but `env`.
pub fn typed(args: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_courant"));
    command.args(args).env_clear().envs(env.iter().copied());
    command
}

/// Runs it to its end, with `stdin` to read.
pub fn run(mut command: Command, stdin: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut input = child.stdin.take().expect("piped");
    // A command that does not read its input closes it early.
    let _ = input.write_all(stdin.as_bytes());
    drop(input);
    let out = child.wait_with_output().expect("ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let code = out.status.code().expect("a code, not a signal");
    (code, text(out.stdout), text(out.stderr))
}

/// `courant --home HOME ARGS`.
pub fn courant(home: &Path, args: &[&str]) -> Said {
    courant_reading(home, args, "")
}

/// The same, with `stdin` to read.
pub fn courant_reading(home: &Path, args: &[&str], stdin: &str) -> Said {
    let home = home.to_str().expect("UTF-8");
    run(typed(&[&["--home", home], args].concat(), &[]), stdin)
}

/// A process that serves until it is told to stop; killed where a test leaves it behind.
pub struct Serving {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    /// What it said on stderr so far.
    pub said: String,
}

impl Serving {
    /// Starts it, and waits for the line of its stderr that holds `word`: that line comes back too.
    pub fn until(mut command: Command, word: &str) -> (Serving, String) {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut serving = Serving {
            child,
            stderr,
            said: String::new(),
        };
        loop {
            let mut line = String::new();
            let n = serving.stderr.read_line(&mut line).expect("UTF-8");
            assert_ne!(n, 0, "it ended without `{word}`: {}", serving.said);
            serving.said.push_str(&line);
            if line.contains(word) {
                return (serving, line);
            }
        }
    }

    /// Sends it a signal (`TERM`, `INT`), and waits for its end.
    pub fn stop(self, signal: &str) -> Said {
        let kill = format!("kill -{signal} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.expect("a shell").success(), "{kill}");
        self.ended()
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Said {
        let (mut out, mut err) = (String::new(), self.said.clone());
        self.stderr.read_to_string(&mut err).expect("UTF-8");
        let mut stdout = self.child.stdout.take().expect("piped");
        stdout.read_to_string(&mut out).expect("UTF-8");
        let status = self.child.wait().expect("ends");
        (status.code().expect("a code, not a signal"), out, err)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
