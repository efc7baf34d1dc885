//! The folders of an operator's own themes: their files read within bounds, and written whole or not
//! at all. What they come to is put together elsewhere.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::disk::sync_folder;
use crate::domain::slug::Slug;
use crate::render::overlay::{Files, catalogues, overlaid};
use crate::render::words::Catalogue;
use crate::render::{RenderError, Sources};

/// Files of one theme.
const FILES: usize = 200;
/// Octets of one file.
const FILE_BYTES: u64 = 256 << 10;
/// Octets of one theme.
const BYTES: usize = 2 << 20;
/// Folders within folders.
const DEPTH: usize = 3;
/// Names that one folder has, ours and others.
const ENTRIES: usize = 2_000;
/// Endings of files that belong to a theme; all others are left alone.
const ENDINGS: &[&str] = &["mjml", "txt", "toml", "ftl"];

/// The folder of an operator's own words, among those of themes.
const WORDS: &str = "words";

/// Why a theme's folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ThemesError {
    /// The system refuses.
    #[error("cannot {what} `{path}`")]
    Disk {
        /// `read` or `write`.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
    /// A file is not text.
    #[error("`{path}`, line {line}: not UTF-8")]
    Encoding {
        /// Where.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// A link that leads out of the theme's folder.
    #[error("`{path}` is a link that leads out of its folder")]
    Outside {
        /// Where.
        path: PathBuf,
    },
    /// More than a theme has.
    #[error("`{path}` has {what}: more than {limit}")]
    TooMuch {
        /// Where.
        path: PathBuf,
        /// What there is too much of.
        what: &'static str,
        /// How much would do.
        limit: u64,
    },
    /// What is in the folders comes to no theme.
    #[error(transparent)]
    Theme(#[from] RenderError),
    /// A file is there already.
    #[error("`{path}` is there already")]
    Exists {
        /// Where.
        path: PathBuf,
    },
}

impl ThemesError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            ThemesError::Disk { .. } => return None,
            ThemesError::Theme(inner) => return inner.hint(),
            ThemesError::Encoding { .. } => "save it as UTF-8",
            ThemesError::Outside { .. } => "put the file itself there",
            ThemesError::TooMuch { .. } => "a theme is a few small files; move the others away",
            ThemesError::Exists { .. } => "`--force` writes over it; `--to DIR` writes elsewhere",
        };
        Some(text.to_owned())
    }
}

/// A theme by name: what Courant brings along, with the files of an operator's folder `themes` over
/// it.
pub fn sources(themes: &Path, name: &str) -> Result<Sources, ThemesError> {
    overlaid(name, |at| own(themes, at), &read(&themes.join(WORDS))?)
}

/// The theme in a folder that lies anywhere; its base is looked for in `themes`.
pub fn sources_in(folder: &Path, themes: &Path, name: &str) -> Result<Sources, ThemesError> {
    let own = |at: &str| match at == name {
        true => read(folder),
        false => own(themes, at),
    };
    overlaid(name, own, &read(&themes.join(WORDS))?)
}

/// The fixed words of every language: those that Courant brings along, with the files of an
/// operator's folder `themes/words` over them.
pub fn words(themes: &Path) -> Result<Catalogue, ThemesError> {
    let sources = catalogues(&read(&themes.join(WORDS))?)?;
    Ok(Catalogue::parse(&sources).map_err(RenderError::Words)?)
}

/// An operator's files of a theme. A name that is no short name leads nowhere.
pub fn own(themes: &Path, name: &str) -> Result<Files, ThemesError> {
    match Slug::parse(name) {
        Ok(slug) if name != WORDS => read(&themes.join(slug.as_str())),
        _ => Ok(Files::new()),
    }
}

/// Names of the theme folders in `folder`, sorted; none where there is no such folder.
pub fn names(folder: &Path) -> Result<Vec<Slug>, ThemesError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for path in entries(folder)? {
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if let Ok(slug) = Slug::parse(name)
            && name != WORDS
            && path.is_dir()
        {
            found.push(slug);
        }
    }
    found.sort();
    Ok(found)
}

/// The files of the theme in `folder`; none where there is no such folder.
pub fn read(folder: &Path) -> Result<Files, ThemesError> {
    if !folder.is_dir() {
        return Ok(Files::new());
    }
    let root = fs::canonicalize(folder).map_err(|e| disk("read", folder, e))?;
    let mut reading = Reading {
        root,
        files: Files::new(),
        bytes: 0,
    };
    reading.folder(folder, "", 0)?;
    Ok(reading.files)
}

struct Reading {
    root: PathBuf,
    files: Files,
    bytes: usize,
}

impl Reading {
    fn folder(&mut self, folder: &Path, inside: &str, depth: usize) -> Result<(), ThemesError> {
        for path in entries(folder)? {
            let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
                continue;
            };
            let ending = Path::new(name).extension().and_then(|e| e.to_str());
            let belongs = ending.is_some_and(|e| ENDINGS.contains(&e));
            if name.starts_with('.') || !(belongs || path.is_dir()) {
                continue;
            }
            let real = fs::canonicalize(&path).map_err(|e| disk("read", &path, e))?;
            if !real.starts_with(&self.root) {
                return Err(ThemesError::Outside { path });
            }
            let inside = match inside {
                "" => name.to_owned(),
                inside => format!("{inside}/{name}"),
            };
            if path.is_file() {
                self.file(&path, inside)?;
            } else if path.is_dir() {
                if depth >= DEPTH {
                    return Err(too_much(&path, "folders within folders", DEPTH as u64));
                }
                self.folder(&path, &inside, depth + 1)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, inside: String) -> Result<(), ThemesError> {
        let file = fs::File::open(path).map_err(|e| disk("read", path, e))?;
        let mut bytes = Vec::new();
        file.take(FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| disk("read", path, e))?;
        if bytes.len() as u64 > FILE_BYTES {
            return Err(too_much(path, "octets", FILE_BYTES));
        }
        self.bytes += bytes.len();
        if self.bytes > BYTES {
            return Err(too_much(&self.root, "octets in all", BYTES as u64));
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            ThemesError::Encoding {
                path: path.to_owned(),
                line: 1 + before.iter().filter(|b| **b == b'\n').count(),
            }
        })?;
        self.files.insert(inside, text);
        match self.files.len() > FILES {
            true => Err(too_much(&self.root, "files", FILES as u64)),
            false => Ok(()),
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ThemesError> {
    let wrong = |e| disk("read", folder, e);
    let listed = fs::read_dir(folder).map_err(wrong)?;
    let mut paths = Vec::new();
    for entry in listed {
        paths.push(entry.map_err(wrong)?.path());
        if paths.len() > ENTRIES {
            return Err(too_much(folder, "names", ENTRIES as u64));
        }
    }
    paths.sort();
    Ok(paths)
}

/// Writes files into `folder`, each whole or not at all; nothing is written where one is there
/// already, unless `over`. Gives their paths.
pub fn write(folder: &Path, files: &Files, over: bool) -> Result<Vec<PathBuf>, ThemesError> {
    let paths: Vec<PathBuf> = files.keys().map(|name| folder.join(name)).collect();
    if !over && let Some(there) = paths.iter().find(|p| p.symlink_metadata().is_ok()) {
        return Err(ThemesError::Exists {
            path: there.clone(),
        });
    }
    for (path, text) in paths.iter().zip(files.values()) {
        whole(path, text, over).map_err(|e| disk("write", path, e))?;
    }
    Ok(paths)
}

fn whole(path: &Path, text: &str, over: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    readable(file.as_file())?;
    file.as_file().sync_all()?;
    match over {
        true => file.persist(path).map(drop).map_err(|e| e.error)?,
        false => file
            .persist_noclobber(path)
            .map(drop)
            .map_err(|e| e.error)?,
    }
    sync_folder(folder)
}

/// Templates are no secret: whoever edits them may not be whoever runs us.
fn readable(file: &fs::File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn disk(what: &'static str, path: &Path, source: io::Error) -> ThemesError {
    ThemesError::Disk {
        what,
        path: path.to_owned(),
        source,
    }
}

fn too_much(path: &Path, what: &'static str, limit: u64) -> ThemesError {
    ThemesError::TooMuch {
        path: path.to_owned(),
        what,
        limit,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FILES, Files, ThemesError, names, read, sources, sources_in, write};

    fn files(pairs: &[(&str, &str)]) -> Files {
        let pair = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let theme = folder.path().join("mine");
        let made = files(&[("theme.toml", "a"), ("blocks/lead.mjml", "b\n")]);
        let paths = write(&theme, &made, false).expect("written");
        assert_eq!(paths.len(), 2);
        fs::write(theme.join("notes.docx"), [0xff]).expect("written");
        fs::write(theme.join(".hidden.txt"), "x").expect("written");
        assert_eq!(read(&theme).expect("read"), made);
        let listed = names(folder.path()).expect("listed");
        assert_eq!(
            listed.iter().map(|n| n.as_str()).collect::<Vec<_>>(),
            ["mine"]
        );
        let none = read(&folder.path().join("none"));
        assert!(none.is_ok_and(|f| f.is_empty()));
    }

    #[test]
    fn nothing_is_written_over_unless_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let two = files(&[("a.txt", "1"), ("b.txt", "1")]);
        fs::write(folder.path().join("b.txt"), "own").expect("written");
        let refused = write(folder.path(), &two, false);
        assert!(matches!(refused, Err(ThemesError::Exists { .. })));
        assert!(!folder.path().join("a.txt").exists());
        write(folder.path(), &two, true).expect("written");
        assert_eq!(read(folder.path()).expect("read"), two);
    }

    #[test]
    fn a_folder_that_is_too_much_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let refused = || read(folder.path()).expect_err("refused");
        fs::write(path("a.txt"), "x\n\u{e4}").expect("written");
        fs::write(path("b.txt"), b"x\n\xe4").expect("written");
        assert!(matches!(refused(), ThemesError::Encoding { line: 2, .. }));
        fs::write(path("b.txt"), "x".repeat(300 << 10)).expect("written");
        assert!(matches!(
            refused(),
            ThemesError::TooMuch { what: "octets", .. }
        ));
        fs::remove_file(path("b.txt")).expect("removed");
        fs::create_dir_all(path("1/2/3/4")).expect("made");
        assert!(matches!(refused(), ThemesError::TooMuch { .. }));
        fs::remove_dir_all(path("1")).expect("removed");
        for n in 0..FILES {
            fs::write(path(&format!("n{n}.txt")), "x").expect("written");
        }
        assert!(matches!(
            refused(),
            ThemesError::TooMuch { what: "files", .. }
        ));
    }

    #[test]
    fn a_theme_is_put_together_out_of_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let themes = folder.path();
        let theme = files(&[
            ("theme.toml", "base = \"broadsheet\""),
            ("blocks/why.mjml", "y"),
        ]);
        write(&themes.join("mine"), &theme, false).expect("written");
        let mine = sources(themes, "mine").expect("put together");
        assert_eq!(mine.files["blocks/why.mjml"], "y");
        let elsewhere = tempfile::tempdir().expect("a folder");
        write(elsewhere.path(), &theme, false).expect("written");
        let there = sources_in(elsewhere.path(), themes, "mine").expect("put together");
        assert_eq!(there, mine);
        for name in ["none", "../mine", "words", "", "/etc"] {
            assert!(sources(themes, name).is_err(), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_are_refused() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a folder");
        let theme = folder.path().join("mine");
        fs::create_dir(&theme).expect("made");
        fs::write(folder.path().join("secret.txt"), "s").expect("written");
        symlink("../secret.txt", theme.join("a.txt")).expect("linked");
        assert!(matches!(read(&theme), Err(ThemesError::Outside { .. })));
        fs::remove_file(theme.join("a.txt")).expect("removed");
        symlink("..", theme.join("up")).expect("linked");
        assert!(matches!(read(&theme), Err(ThemesError::Outside { .. })));
        fs::remove_file(theme.join("up")).expect("removed");
        symlink(".", theme.join("loop")).expect("linked");
        assert!(matches!(read(&theme), Err(ThemesError::TooMuch { .. })));
    }
}
