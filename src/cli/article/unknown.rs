//! Topics and places that rows state and nobody offers: they are kept, and nobody can follow them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cli::show;
use crate::domain::article::NewArticle;
use crate::domain::slug::Slug;
use crate::store::{Store, StoreError};

/// What is not on offer, with how many rows state it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Unknown {
    topics: BTreeMap<Slug, usize>,
    places: BTreeMap<Slug, usize>,
}

impl Unknown {
    /// What these articles state and the store does not know.
    pub(super) async fn of(store: &Store, articles: &[NewArticle]) -> Result<Unknown, StoreError> {
        let topics: BTreeSet<Slug> = store.topics().await?.into_iter().map(|t| t.slug).collect();
        let mut places: BTreeSet<Slug> =
            store.places().await?.into_iter().map(|p| p.slug).collect();
        places.extend(store.gazetteer().await?.into_iter().map(|p| p.slug));
        let mut unknown = Unknown::default();
        for article in articles {
            for stated in article.topics.iter().filter(|t| !topics.contains(&t.topic)) {
                *unknown.topics.entry(stated.topic.clone()).or_default() += 1;
            }
            for stated in article.places.iter().filter(|p| !places.contains(&p.place)) {
                *unknown.places.entry(stated.place.clone()).or_default() += 1;
            }
        }
        Ok(unknown)
    }

    /// The same for people, a line each with what to do.
    pub(super) fn words(&self) -> Vec<String> {
        let line = |kind: &str, (slug, rows): (&Slug, &usize)| {
            let rows = show::count(i64::try_from(*rows).unwrap_or(i64::MAX), "row");
            format!(
                "the {kind} `{slug}` ({rows}) is not on offer: kept, and nobody can follow it; \
                 `courant {kind} add {slug}` offers it"
            )
        };
        let topics = self.topics.iter().map(|one| line("topic", one));
        let places = self.places.iter().map(|one| line("place", one));
        topics.chain(places).collect()
    }
}
