//! What the judge reads and asks from outside: rows of the material, and Python for the baselines.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The rows of a JSONL file of the material.
pub fn rows(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file);
    let text = text.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("a row of JSON"))
        .collect()
}

/// A Python that has `packages` (named as pip and as `import` know them), in an environment of its
/// own under `target/`, made at the first call. `None`, with a printed line, where that fails.
pub fn python(packages: &[(&str, &str)]) -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges");
    let python = home.join("bin/python");
    let imports: Vec<String> = packages
        .iter()
        .map(|(_, m)| format!("import {m}"))
        .collect();
    let imports = imports.join("\n");
    let runs = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if runs(&python, &["-c", &imports]) {
        return Some(python);
    }
    let names: Vec<&str> = packages.iter().map(|(name, _)| *name).collect();
    let home = home.to_string_lossy().into_owned();
    let mut install = vec![
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    install.extend(&names);
    let made = (python.exists() || runs(Path::new("python3"), &["-m", "venv", &home]))
        && runs(&python, &install)
        && runs(&python, &["-c", &imports]);
    if !made {
        println!("left out: no Python with {} here", names.join(", "));
    }
    made.then_some(python)
}

/// Runs a script of this folder with `input` on its stdin; its stdout, or `None` with a printed line.
/// It has one processor: what it calculates with would else take every one from us.
pub fn script(python: &Path, name: &str, args: &[&str], input: &str) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/judge")
        .join(name);
    let mut child = Command::new(python)
        .arg(&script)
        .args(args)
        .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map(|name| (name, "1")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).is_ok());
    let done = child.wait_with_output().ok()?;
    let written = writer.join().is_ok_and(|written| written);
    if !done.status.success() || !written {
        println!("left out: {name} failed ({})", done.status);
        return None;
    }
    String::from_utf8(done.stdout).ok()
}
