//! Judges that are not ours: found, asked, and skipped with a line where they are not installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::skip;

/// What a judge that looks at letters in a browser needs of npm.
pub const BROWSER: &[&str] = &["puppeteer-core", "axe-core"];

/// A judge's script, ready to be asked.
pub struct Judge {
    program: &'static str,
    script: PathBuf,
}

impl Judge {
    /// The script in the judges' folder, or a line that `name` is skipped.
    pub fn found(name: &str, script: &str) -> Option<Judge> {
        let Some(folder) = std::env::var_os("COURANT_JUDGES") else {
            skip(name, "COURANT_JUDGES is not set");
            return None;
        };
        let program = if script.ends_with(".py") {
            "python3"
        } else {
            "node"
        };
        let script = PathBuf::from(folder).join(script);
        assert!(script.exists(), "{} is missing", script.display());
        Some(Judge { program, script })
    }

    /// The same for a script that needs these packages; those that drive a browser need one too.
    pub fn installed(name: &str, script: &str, packages: &[&str]) -> Option<Judge> {
        let name = format!("judges::{name}");
        let judge = Judge::found(&name, script)?;
        let resolves = "process.argv.slice(1).forEach(p => require.resolve(p))";
        let mut node = Command::new("node");
        let packaged = succeeds(node.args(["-e", resolves, "--"]).args(packages));
        let browser = packages != BROWSER || browses();
        if !packaged || !browser {
            let mut needs = packages.to_vec();
            if packages == BROWSER {
                needs.push("Chromium");
            }
            let what = match needs.as_slice() {
                [one] => format!("{one} is not installed"),
                many => format!("{} are not all installed", many.join(", ")),
            };
            skip(&name, &what);
            return None;
        }
        Some(judge)
    }

    /// Whether it is content with a file, and what it says.
    pub fn run(&self, file: &Path, more: &[&str]) -> (bool, String) {
        let out = Command::new(self.program)
            .arg(&self.script)
            .arg(file)
            .args(more)
            .output()
            .expect("starts");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            out.status.success(),
            format!("{}{}", said(&out.stdout), said(&out.stderr)),
        )
    }

    /// What a script of ours answers, asked in JSON on stdin.
    pub fn ours(&self, script: &str, asked: &Value) -> Vec<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let mut child = Command::new(self.program)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut input = child.stdin.take().expect("piped");
        input
            .write_all(asked.to_string().as_bytes())
            .expect("written");
        drop(input);
        let out = child.wait_with_output().expect("ends");
        assert!(out.status.success(), "{}", out.status);
        serde_json::from_slice(&out.stdout).expect("JSON")
    }
}

/// Whether there is a browser where the judges look for one.
fn browses() -> bool {
    let names = "command -v chromium || command -v chromium-browser || command -v google-chrome";
    std::env::var_os("CHROMIUM").is_some() || succeeds(Command::new("sh").args(["-c", names]))
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|out| out.status.success())
}
