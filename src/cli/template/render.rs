//! `template render`: the HTML of an MJML file, with data or without.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure, show, typed};
use crate::render::mjml::{self, MjmlError, Settings};

/// Most octets of one file.
const BYTES: u64 = 2 << 20;

/// Flags of `template render`.
#[derive(clap::Args, Debug)]
pub struct Render {
    /// The MJML file, or `-` for stdin (its folder is then the current one)
    file: PathBuf,
    /// JSON, whose names the file's expressions use
    #[arg(long, value_name = "FILE.json")]
    data: Option<PathBuf>,
    /// A file for the HTML instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Renders, prints, and says on stderr what is better mended.
pub async fn run(flags: Render) -> Result<Exit, Failure> {
    let name = flags.file.display().to_string();
    let source = text(&flags.file)?;
    let folder = folder_of(&flags.file)?;
    let includes = |path: &str| include(&folder, path);
    let settings = Settings {
        expressions: false,
        fonts: true,
        short: false,
    };
    let rendered = match &flags.data {
        Some(path) => mjml::fill(&name, &source, &includes, settings, &json(path)?)?,
        None => mjml::render(&name, &source, &includes, settings)?,
    };
    for warning in &rendered.warnings {
        show::note(&format!("warning: {warning}"));
    }
    let html = rendered.html;
    match &flags.out {
        Some(out) => std::fs::write(out, html).map_err(|e| {
            Failure::new(Exit::Failed, e).context(format!("cannot write `{}`", out.display()))
        })?,
        None => match std::io::stdout().lock().write_all(html.as_bytes()) {
            // Whoever closed the pipe has seen enough.
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {}
            other => other?,
        },
    }
    Ok(Exit::Done)
}

impl From<MjmlError> for Failure {
    fn from(error: MjmlError) -> Failure {
        let hint = error.fault.hint();
        Failure::new(Exit::Failed, error).maybe_hint(hint)
    }
}

/// A file of text, within bounds.
fn text(path: &Path) -> Result<String, Failure> {
    let bytes = match path.as_os_str() == "-" {
        true => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .take(BYTES + 1)
                .read_to_end(&mut bytes)?;
            bytes
        }
        false => typed::bytes(path)?,
    };
    let name = path.display();
    if bytes.len() as u64 > BYTES {
        return Err(Failure::failed(format_args!(
            "`{name}` has more than {BYTES} bytes"
        )));
    }
    String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        Failure::failed(format_args!("{name}:{line}: the file is not UTF-8"))
            .hint("save it as UTF-8")
    })
}

/// The folder that a file's includes are read from, without links on the way.
fn folder_of(file: &Path) -> Result<PathBuf, Failure> {
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    folder.canonicalize().map_err(|e| {
        Failure::new(Exit::Failed, e).context(format!("cannot read `{}`", folder.display()))
    })
}

/// A file inside the folder; a link that leads out of it is not there.
fn include(folder: &Path, path: &str) -> Option<String> {
    let path = folder.join(path).canonicalize().ok()?;
    if !path.starts_with(folder) || !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(BYTES + 1).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A file of JSON.
fn json(path: &Path) -> Result<serde_json::Value, Failure> {
    let bytes = typed::bytes(path)?;
    serde_json::from_slice(&bytes).map_err(|e| {
        let (shown, line) = (path.display(), e.line());
        Failure::failed(format_args!("{shown}:{line}: the data is not JSON: {e}"))
    })
}
