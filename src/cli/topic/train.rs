//! `topic train`: a model out of texts whose topics are known, by the rows of a file or by editors.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::labelled;
use super::rows::Rows;
use crate::cli::house::folder;
use crate::cli::{Exit, Failure, show};
use crate::topic_models::TopicModels;
use crate::topics::{About, Measured, Pupil, TopicFacts, TrainError};

/// What `topic train` takes.
#[derive(Args, Debug)]
pub struct Train {
    /// One JSON object a line: title, text, topic (a name, or an array of them); - is stdin
    #[arg(required_unless_present = "from_labels")]
    file: Option<PathBuf>,
    /// Learn from what editors said of stored articles (`article label`), and from nothing else
    #[arg(long, conflicts_with = "file")]
    from_labels: bool,
    /// Only from articles of this list’s sources
    #[arg(long, requires = "from_labels", value_name = "LIST")]
    list: Option<String>,
    /// Say how good it would be, and keep nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON object: version, file, model
    #[arg(long)]
    json: bool,
}

/// Trains a model and puts it into the data folder.
pub async fn run(args: &Train, home: Option<&Path>) -> Result<Exit, Failure> {
    let at = folder(home);
    if !at.is_dir() {
        let words = format!("there is no folder `{}`", at.display());
        return Err(Failure::failed(words).hint("make it first, or leave `--home` out"));
    }
    let (pupil, from, ended) = match &args.file {
        Some(file) => taught_by(file)?,
        None => {
            let (pupil, from) = labelled::taught(args.list.as_deref(), home).await?;
            (pupil, from, Exit::Done)
        }
    };
    let bar = show::busy("learning");
    let model = pupil.train(&from);
    bar.finish_and_clear();
    let model = model?;
    let kept = match args.dry_run {
        true => None,
        false => {
            let models = TopicModels::of(&at);
            let number = models.put(&model)?;
            Some((number, models.path(number)))
        }
    };
    shown(&model.about, kept, args.json)?;
    Ok(ended)
}

/// What the rows of a file teach, whose they are, and whether all of them did.
fn taught_by(file: &Path) -> Result<(Pupil, String, Exit), Failure> {
    let mut rows = Rows::open(file)?;
    let mut pupil = Pupil::default();
    while let Some(row) = rows.next_row()? {
        if row.topics.is_empty() {
            rows.refuse("`topic`: there is none");
            continue;
        }
        let topics: Vec<&str> = row.topics.iter().map(String::as_str).collect();
        match pupil.meet(&row.text(), &topics) {
            Ok(()) => {}
            Err(TrainError::Name) => rows.refuse(&format!("`topic`: {}", TrainError::Name)),
            Err(error) => return Err(error.into()),
        }
    }
    let ended = rows.end();
    if pupil.is_empty() {
        let words = format!("`{}` has no row that can be learnt from", file.display());
        return Err(Failure::failed(words)
            .hint("every line is an object with `title` or `text`, and with `topic`"));
    }
    Ok((pupil, "the rows of a file".to_owned(), ended))
}

fn shown(about: &About, kept: Option<(u32, PathBuf)>, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let (version, file) = kept.unzip();
        return show::json(&json!({"version": version, "file": file, "model": about}));
    }
    let rows = show::count(about.rows as i64, "row");
    let topics = show::count(about.topics.len() as i64, "topic");
    let becomes = match kept {
        Some((number, _)) => format!("version {number}, in use from now on"),
        None => "kept nowhere (--dry-run)".to_owned(),
    };
    show::line(&format!("{rows}, {topics}: {becomes}"))?;
    show::line(&measured(about.measured.as_ref()))?;
    show::line("")?;
    topics_of(about)
}

/// The topics of a model, each with how good it is and by which words.
pub(super) fn topics_of(about: &About) -> Result<(), Failure> {
    let share = |share: Option<f64>| share.map_or("–".to_owned(), |s| format!("{s:.3}"));
    let row = |t: &TopicFacts| {
        vec![
            t.topic.clone(),
            t.rows.to_string(),
            share(t.f1),
            t.words.join(", "),
        ]
    };
    let table = about.topics.iter().map(row).collect();
    show::table(&["topic", "rows", "f1", "top words"], table, "")
}

/// How a model did on what it had not seen, in words.
pub(super) fn measured(measured: Option<&Measured>) -> String {
    match measured {
        None => "too few rows to hold any out: nothing is known of how good it is".to_owned(),
        Some(m) => format!(
            "held out: accuracy {:.3}, macro-F1 {:.3} on {} ({}); {:.0} % would be labelled without \
             asking, {:.1} % of those rightly",
            m.accuracy,
            m.macro_f1,
            show::count(m.rows as i64, "row"),
            m.split,
            100.0 * m.auto,
            100.0 * m.auto_right
        ),
    }
}
