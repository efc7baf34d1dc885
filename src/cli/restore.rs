//! `restore`: a copy takes the database's place. What was there is kept, who left since is left out,
//! and nothing is sent until somebody says so.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::TempDir;

use super::house::{belong, folder, keys};
use super::lock::{LockError, OwnerLock};
use super::{Exit, Failure, House, sending, show};
use crate::clock::Clock;
use crate::config::Config;
use crate::disk::{create_private, sync_folder};
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::journal::Journal;
use crate::store::copy::Copied;
use crate::store::{Store, StoreError};
use crate::topic_models::TopicModels;

/// What `restore` takes.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// A copy that `courant backup` wrote
    file: PathBuf,
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// Puts a copy in the database's place; it starts paused.
pub async fn run(args: RestoreArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let config = Config::load(&folder(home))?;
    let _lock = lock(&config)?;
    // A copy without the keys knows nobody.
    let keys = keys(&config.key_file())?;
    let database = config.database();
    let file = &args.file;
    not_itself(file, &database)?;
    let staged = Staged::of(file, &database)?;
    let copied = Store::examine(&staged.path()).await;
    let mut copied = copied.map_err(|e| named(e, file))?;
    belong(&keys, &config.key_file(), copied.somebody.take(), file)?;
    tell(&copied, file, &database)?;
    if !args.yes {
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    let now = Clock::system().now();
    let why = why(file, &copied);
    Store::admit(&staged.path(), &why, now).await?;
    let models = models(file, &config, now)?;
    let joined = Journal::beside(&database).join(&Journal::of_backup(file))?;
    if database.exists() {
        // Folds its log into it, where nobody else has it open. One that does not open is kept as it is.
        if let Ok(old) = Store::open(&database).await {
            old.close().await;
        }
    }
    let before = place(&staged, &database, now).map_err(|e| {
        Failure::new(Exit::Failed, e)
            .context(format!(
                "cannot put the copy in the place of `{}`",
                database.display()
            ))
            .hint("what was there is still in this folder; nothing was removed")
    })?;
    if let Some(before) = before {
        show::note(&format!("kept   {}", before.display()));
    }
    show::note(&format!("placed {}", database.display()));
    models.iter().for_each(|line| show::note(line));
    if joined > 0 {
        let file = Journal::of_backup(file);
        let entries = show::count(i64::try_from(joined).unwrap_or(i64::MAX), "line");
        show::note(&format!(
            "{entries} of {} joined to the journal",
            file.path().display()
        ));
    }
    let house = House::open(home).await?;
    for line in sending::replay(&house).await? {
        show::note(&line);
    }
    next(&house).await?;
    house.store.close().await;
    Ok(Exit::Done)
}

/// The owner's lock: nobody may send from a database whose file is replaced.
fn lock(config: &Config) -> Result<OwnerLock, Failure> {
    OwnerLock::take(&config.lock_file()).map_err(|error| match &error {
        LockError::Held { pid } => {
            let hint = format!("stop it first: `kill {pid}`, or whatever started it");
            Failure::new(Exit::Failed, error).hint(hint)
        }
        LockError::Io { .. } => error.into(),
    })
}

fn not_itself(file: &Path, database: &Path) -> Result<(), Failure> {
    let same = match (file.canonicalize(), database.canonicalize()) {
        (Ok(file), Ok(database)) => file == database,
        _ => false,
    };
    match same {
        true => Err(
            Failure::usage(format!("`{}` is the database itself", file.display()))
                .hint("name a file that `courant backup` wrote"),
        ),
        false => Ok(()),
    }
}

/// A copy of the file that was named, in a folder of its own inside the data folder: it is renamed
/// into place, or goes with the folder, and the file itself stays as it is.
struct Staged {
    folder: TempDir,
}

impl Staged {
    /// Copies the file, and the write-ahead log that a plain copy of a database may have beside it.
    fn of(file: &Path, database: &Path) -> Result<Staged, Failure> {
        let failed = |e: io::Error| {
            let failure = Failure::new(Exit::Failed, e);
            failure
                .context(format!("cannot copy `{}`", file.display()))
                .hint("name a file that `courant backup` wrote; the data folder needs room for it")
        };
        let mut from = File::open(file).map_err(failed)?;
        let home = database.parent().unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new()
            .prefix("courant.restoring-")
            .tempdir_in(home)
            .map_err(failed)?;
        let staged = Staged { folder };
        let mut to = create_private(&staged.path()).map_err(failed)?;
        io::copy(&mut from, &mut to).map_err(failed)?;
        let log = beside(file, "-wal");
        if log.exists() {
            std::fs::copy(log, beside(&staged.path(), "-wal")).map_err(failed)?;
        }
        Ok(staged)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("courant.db")
    }
}

/// An error about the staged copy is one about the file that was named.
fn named(error: StoreError, file: &Path) -> Failure {
    let path = file.to_owned();
    match error {
        StoreError::NoCourant { .. } => StoreError::NoCourant { path }.into(),
        StoreError::Damaged { words, .. } => StoreError::Damaged { path, words }.into(),
        StoreError::Open { source, .. } => StoreError::Open { path, source }.into(),
        other => other.into(),
    }
}

fn tell(copied: &Copied, file: &Path, database: &Path) -> Result<(), Failure> {
    show::line(&format!(
        "{}: a copy of installation {}, {}",
        file.display(),
        copied.instance,
        made(copied)
    ))?;
    let known = Store::schema();
    if copied.schema < known {
        let schema = copied.schema;
        show::line(&format!(
            "its schema {schema} is brought to {known}, as `courant migrate` does; the file stays as it is"
        ))?;
    }
    if !Journal::of_backup(file).path().exists() {
        show::line("it has no journal with it; the one in the data folder counts")?;
    }
    if database.exists() {
        show::line(&format!(
            "`{}` is kept under another name",
            database.display()
        ))?;
    }
    show::line("nothing is sent until `courant sending resume --yes`")
}

fn made(copied: &Copied) -> String {
    match copied.newest {
        Some(at) => format!("made at {} or later", format_rfc3339(at)),
        None => "with nothing in it".to_owned(),
    }
}

fn why(file: &Path, copied: &Copied) -> String {
    format!("restored from {}, {}", file.display(), made(copied))
}

/// Puts the topic models that a copy has beside it in the place of those that are there, which are kept
/// under another name; what was done, in lines. Without any, those that are there stay.
fn models(file: &Path, config: &Config, now: Timestamp) -> Result<Vec<String>, Failure> {
    let (copied, own) = (TopicModels::of_backup(file), TopicModels::of(config.home()));
    let mut done = Vec::new();
    if copied.is_empty()? {
        return Ok(done);
    }
    let aside = own.set_aside(&format!(".before-{}", stamp(now)))?;
    done.extend(aside.map(|aside| format!("kept   {}", aside.display())));
    copied.copy_to(&own)?;
    done.push(format!("placed {}", own.folder().display()));
    Ok(done)
}

/// What is added to the name of what was there before.
fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Renames the staged copy into place; gives the name under which the old database is kept. At every
/// instant there is a database under its name, and never the log of one beside another: SQLite would
/// apply it.
fn place(staged: &Staged, database: &Path, now: Timestamp) -> io::Result<Option<PathBuf>> {
    File::open(staged.path())?.sync_all()?;
    let before = beside(database, &format!(".before-{}", stamp(now)));
    let kept = database.exists();
    if kept {
        if before.exists() {
            let words = format!("`{}` is there already", before.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, words));
        }
        // Where a file cannot have two names, it is renamed.
        let linked = std::fs::hard_link(database, &before).is_ok();
        for end in ["-wal", "-shm"] {
            let log = beside(database, end);
            if log.exists() {
                std::fs::rename(log, beside(&before, end))?;
            }
        }
        if !linked {
            std::fs::rename(database, &before)?;
        }
    }
    std::fs::rename(staged.path(), database)?;
    sync_folder(database.parent().unwrap_or(Path::new(".")))?;
    Ok(kept.then_some(before))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// What to do now.
async fn next(house: &House) -> Result<(), Failure> {
    let lists = house.store.lists().await?;
    show::note("\nSending is paused. Next:");
    for list in &lists {
        show::note(&format!(
            "  courant edition status {slug}\n  courant delivery list {slug} --state uncertain",
            slug = list.slug
        ));
    }
    show::note(
        "  courant delivery reconcile FILE # settles what left, by the relay's log\n  \
         courant sending status          # what would leave; `edition cancel` keeps it here\n  \
         courant sending resume --yes",
    );
    Ok(())
}
