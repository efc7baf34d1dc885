//! `topic train`: a model out of rows whose topics are known.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::rows::Rows;
use crate::cli::house::folder;
use crate::cli::{Exit, Failure, show};
use crate::topic_models::TopicModels;
use crate::topics::{About, Measured, Pupil};

/// Trains a model and puts it into the data folder.
pub fn run(file: &Path, json: bool, home: Option<&Path>) -> Result<Exit, Failure> {
    let mut rows = Rows::open(file)?;
    let mut pupil = Pupil::default();
    while let Some(row) = rows.next()? {
        if row.topics.is_empty() {
            rows.refuse("`topic`: there is none");
            continue;
        }
        let topics: Vec<&str> = row.topics.iter().map(String::as_str).collect();
        match pupil.meet(&row.text(), &topics) {
            Ok(()) => {}
            Err(crate::topics::TrainError::Name) => {
                rows.refuse(&format!("`topic`: {}", crate::topics::TrainError::Name));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let ended = rows.end();
    if pupil.is_empty() {
        let words = format!("`{}` has no row that can be learnt from", file.display());
        return Err(Failure::failed(words)
            .hint("every line is an object with `title` or `text`, and with `topic`"));
    }
    let model = pupil.train()?;
    let models = TopicModels::of(&folder(home));
    let number = models.put(&model)?;
    let path = models.path(number);
    shown(&model.about, number, &path, json)?;
    Ok(ended)
}

fn shown(about: &About, number: u32, path: &PathBuf, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return show::json(&json!({"version": number, "file": path, "model": about}));
    }
    let rows = show::count(about.rows as i64, "row");
    let topics = show::count(about.topics.len() as i64, "topic");
    show::line(&format!(
        "{rows}, {topics}: version {number}, in use from now on"
    ))?;
    show::line(&measured(about.measured.as_ref()))?;
    show::line("")?;
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), |s| format!("{s:.3}"));
    let row = |t: &crate::topics::TopicFacts| {
        vec![
            t.topic.clone(),
            t.rows.to_string(),
            percent(t.f1),
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
