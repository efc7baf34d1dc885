//! `source fetch`: visits now, shown as they went.

use std::path::Path;

use super::found;
use crate::cli::{Exit, Failure, House, parts, sending, show, typed};
use crate::domain::article::{SourceKind, SourceState};
use crate::ingest::{self, Outcome, Visit};

/// Fetches one source, every active one, or those that are due.
pub async fn fetch(
    slug: Option<String>,
    all: bool,
    json: bool,
    home: Option<&Path>,
) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let (store, now) = (&house.store, house.clock.now());
    let fetcher = parts::fetcher(&house.config);
    let visits = match slug {
        Some(slug) => {
            let source = typed::source(store, &slug).await?;
            if source.kind == SourceKind::Import {
                return Err(Failure::failed(format_args!(
                    "the source `{slug}` is handed in, not fetched"
                ))
                .hint(format!("`courant article import FILE --source {slug}`")));
            }
            vec![ingest::fetch_one(store, &fetcher, &source, now).await?]
        }
        None if all => {
            let mut sources = store.sources(None).await?;
            sources.retain(|s| s.kind == SourceKind::Feed && s.state == SourceState::Active);
            ingest::fetch_all(store, &fetcher, sources, now).await?
        }
        None => ingest::fetch_due(store, &fetcher, now, usize::MAX).await?,
    };
    for words in sending::amend(&house).await? {
        show::note(&words);
    }
    if json {
        show::json(&visits)?;
    } else {
        let rows = visits.iter().map(visit_row).collect();
        show::table(&["source", "outcome", "next"], rows, "no source is due")?;
    }
    for visit in &visits {
        show_visit(visit);
    }
    let failed = |v: &&Visit| matches!(v.outcome, Outcome::Failed { .. });
    match visits.iter().filter(failed).count() {
        0 => Ok(Exit::Done),
        n if n == visits.len() => Ok(Exit::Failed),
        _ => Ok(Exit::Partly),
    }
}

fn visit_row(visit: &Visit) -> Vec<String> {
    let outcome = match &visit.outcome {
        Outcome::NotModified => "not modified".to_owned(),
        Outcome::Taken(taken) => found(taken),
        Outcome::Failed { stopped: true, .. } => "failed, paused".to_owned(),
        Outcome::Failed { .. } => "failed".to_owned(),
        Outcome::PutOff => "put off".to_owned(),
    };
    vec![
        visit.source.to_string(),
        outcome,
        typed::shown(visit.next_at),
    ]
}

/// What went wrong, and what changed without having been asked for.
fn show_visit(visit: &Visit) {
    match &visit.outcome {
        Outcome::Failed {
            error,
            hint,
            stopped,
        } => {
            show::note(&format!("error: `{}`: {error}", visit.source));
            if *stopped {
                show::note(&format!(
                    "`{}` is paused: it is asked no more",
                    visit.source
                ));
            }
            if let Some(hint) = hint {
                show::note(&format!("hint: {hint}"));
            }
        }
        Outcome::Taken(taken) => {
            for problem in &taken.problems {
                show::note(&format!("problem: `{}`: {problem}", visit.source));
            }
        }
        Outcome::NotModified | Outcome::PutOff => {}
    }
    if let Some(place) = &visit.moved {
        show::note(&format!("`{}` moved for good to {place}", visit.source));
    }
}
