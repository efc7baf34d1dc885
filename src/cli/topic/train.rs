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
            let before = models.in_use().ok().flatten();
            let aside =
                before.and_then(|(number, used)| Some((number, worse(&model.about, &used.about)?)));
            let number = match &aside {
                Some((in_use, _)) => models.put_aside(&model, *in_use)?,
                None => models.put(&model)?,
            };
            let file = models.path(number);
            Some(Kept {
                number,
                file,
                aside,
            })
        }
    };
    shown(&model.about, kept.as_ref(), args.json)?;
    Ok(ended)
}

/// Rows held out that say nothing beside a model that was measured on more.
const FEW: usize = 30;

/// A version that was written.
struct Kept {
    number: u32,
    file: PathBuf,
    /// The version that stays in use, and why.
    aside: Option<(u32, String)>,
}

/// Why a model does not take the place of the one in use, if it does not.
fn worse(new: &About, used: &About) -> Option<String> {
    let too_few = "it has too few rows to be measured".to_owned();
    match (&new.measured, &used.measured) {
        (Some(new), Some(used)) if new.rows < FEW && new.rows < used.rows => Some(too_few),
        (Some(new), Some(used)) if new.macro_f1 < used.macro_f1 => Some(format!(
            "its macro-F1 is {:.3}, that of the version in use was {:.3}",
            new.macro_f1, used.macro_f1
        )),
        (None, Some(_)) => Some(too_few),
        (None, None) if new.rows < used.rows => Some(
            "neither can be measured, and it has fewer rows than the version in use".to_owned(),
        ),
        _ => None,
    }
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

fn shown(about: &About, kept: Option<&Kept>, as_json: bool) -> Result<(), Failure> {
    let aside = kept.and_then(|k| Some((k.number, k.aside.as_ref()?)));
    if let Some((number, (in_use, why))) = aside {
        show::note(&format!(
            "version {number} is kept and not used, version {in_use} stays in use: {why}"
        ));
        show::note(&format!(
            "hint: `courant topic model --use {number}` uses it all the same"
        ));
    }
    if as_json {
        return show::json(&json!({
            "version": kept.map(|k| k.number),
            "file": kept.map(|k| &k.file),
            "in_use": kept.is_some() && aside.is_none(),
            "model": about,
        }));
    }
    let rows = show::count(about.rows as i64, "row");
    let topics = show::count(about.topics.len() as i64, "topic");
    let becomes = match kept {
        Some(Kept {
            number,
            aside: None,
            ..
        }) => format!("version {number}, in use from now on"),
        Some(Kept { number, .. }) => format!("version {number}, not in use"),
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
