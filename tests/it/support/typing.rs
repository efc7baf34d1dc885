//! Typing at a data folder: what a command says, one that must succeed, one that must be refused.

use std::path::PathBuf;

use serde_json::Value;

use super::Folder;
use super::binary::{Said, courant};

/// Whoever types commands at a folder.
pub trait Typing {
    /// The folder.
    fn folder(&self) -> &Folder;

    /// What a command says, with its exit code.
    fn run(&self, args: &[&str]) -> Said {
        courant(self.folder().path(), args)
    }

    /// What a command that must succeed prints on stdout and stderr.
    fn done(&self, args: &[&str]) -> (String, String) {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {err}");
        (out, err)
    }

    /// What it prints as JSON.
    fn json(&self, args: &[&str]) -> Value {
        let (out, _) = self.done(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"))
    }

    /// A command that must be refused, with its exit code and all of its stderr; stdout stays empty.
    fn refused(&self, args: &[&str], code: i32, stderr: &str) {
        let (got, out, err) = self.run(args);
        let said = (got, err.as_str(), out.as_str());
        assert_eq!(said, (code, stderr, ""), "{args:?}");
    }

    /// A file in the folder.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }
}
