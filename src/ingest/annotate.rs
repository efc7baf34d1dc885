//! Articles on their way in get their labels here: what everybody with a say is asked with is read
//! from the store once a call, and the asking is done by `topics` and `places`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;
use serde::Serialize;

use super::apart;
use super::parse::ParseError;
use crate::domain::ArticleId;
use crate::domain::article::{ArticleText, NewArticle, PlaceEvidence, Source, TopicWeight};
use crate::domain::labels::{Authority, Labels, Said};
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::places::Gazetteer;
use crate::store::{Store, StoreError, ToRelabel};
use crate::topics::annotate::{Known, TopicRules, annotate, with_holders};
use crate::topics::rule::Rule;
use crate::topics::rule::words::Piece;

/// Stored articles that are labelled anew in one transaction.
const SLICE: usize = 500;

/// Everybody who labels articles.
#[derive(Clone, Debug, Default)]
pub struct Annotator {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: TopicRules,
    gazetteer: Gazetteer,
}

impl Annotator {
    /// Reads rules and places from the store. A stored rule that no longer reads is passed over:
    /// it was read when it was saved.
    pub async fn load(store: &Store) -> Result<Annotator, StoreError> {
        let rules = store.topic_rules().await?.into_iter();
        let rules = rules.filter_map(|r| Some((r.id, r.topic, Rule::parse(&r.rule).ok()?)));
        let inner = Inner {
            rules: TopicRules::new(rules.collect()),
            gazetteer: Gazetteer::new(store.gazetteer().await?),
        };
        Ok(Annotator {
            inner: Arc::new(inner),
        })
    }

    /// Labels articles of a source, on a thread of their own.
    ///
    /// # Errors
    /// [`ParseError::Broke`] when the labelling broke down.
    pub async fn all(
        &self,
        source: &Source,
        articles: Vec<NewArticle>,
    ) -> Result<Vec<(NewArticle, Labels)>, ParseError> {
        let (own, source) = (self.clone(), source.clone());
        apart(move || {
            let each = articles.into_iter().map(|mut article| {
                let (topics, places) = (article.topics, article.places);
                let language = article.language.as_deref();
                let labels = own.one(&source, &article.text, language, &topics, &places);
                article.topics = labels.held_topics();
                article.places = labels.held_places();
                (article, labels)
            });
            Ok(each.collect())
        })
        .await
    }

    /// Labels one article: its source's own text, and what its row stated.
    pub fn one(
        &self,
        source: &Source,
        text: &ArticleText,
        language: Option<&str>,
        topics: &[TopicWeight],
        places: &[PlaceEvidence],
    ) -> Labels {
        let named = format!("{}\n{}", source.slug, source.name);
        let piece = Piece {
            title: &text.headline,
            summary: &text.summary,
            body: text.body.as_deref().unwrap_or_default(),
            byline: &text.byline,
            source: &named,
            categories: &text.categories,
        };
        let known = Known {
            topics,
            places,
            map: &source.categories,
            default_topic: source.default_topic.as_ref(),
            home: source.home.as_ref(),
            language,
            proposals: &[],
        };
        annotate(&piece, &known, &self.inner.rules, &self.inner.gazetteer)
    }

    /// A place that an editor names, with the places that hold it.
    pub fn named(&self, place: &Slug, by: &str) -> Vec<PlaceEvidence> {
        let said = Said {
            slug: place.clone(),
            by: Authority::Editor,
            score: 1000,
            held: true,
            why: format!("said by {by}"),
        };
        let all = with_holders(vec![said], &self.inner.gazetteer).into_iter();
        let evidence = |s: Said| PlaceEvidence {
            place: s.slug,
            evidence: s.why,
        };
        all.map(evidence).collect()
    }
}

/// What labelling stored articles anew came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Relabelled {
    /// Articles that were looked at.
    pub articles: usize,
    /// Those whose topics or places are others now, unless an editor's word stands over them.
    pub changed: Vec<Change>,
}

/// An article whose labels changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Which article.
    pub article: ArticleId,
    /// Its headline.
    pub headline: String,
    /// What it had.
    pub before: Vec<Slug>,
    /// What it has now.
    pub after: Vec<Slug>,
}

/// Labels stored articles of the last time anew, by the rules, places and settings of now. Those of
/// removed sources keep what they have. With `write` false nothing is written.
pub async fn relabel(
    store: &Store,
    back: SignedDuration,
    now: Timestamp,
    write: bool,
) -> Result<Relabelled, StoreError> {
    let annotator = Annotator::load(store).await?;
    let sources = store.sources(None).await?.into_iter();
    let sources: HashMap<_, Source> = sources.map(|s| (s.id, s)).collect();
    let after = now.checked_sub(back).unwrap_or(Timestamp::MIN);
    let mut done = Relabelled::default();
    let mut past = ArticleId(0);
    loop {
        let slice = store.articles_to_relabel(after, past, SLICE).await?;
        let Some(last) = slice.last() else {
            return Ok(done);
        };
        past = last.article;
        done.articles += slice.len();
        let mut labels = BTreeMap::new();
        for one in &slice {
            let Some(source) = sources.get(&one.source) else {
                continue;
            };
            let anew = anew(&annotator, source, one);
            done.changed.extend(change(one, &anew));
            if one.labels.as_ref() != Some(&anew) {
                labels.insert(one.article, anew);
            }
        }
        if write && !labels.is_empty() {
            store.articles_relabel(&labels).await?;
        }
    }
}

/// The labels of a stored article: what its row stated stays stated.
fn anew(annotator: &Annotator, source: &Source, one: &ToRelabel) -> Labels {
    let before = one.before();
    let stated = |said: &&Said| said.by == Authority::Stated;
    let topics = before.topics.iter().filter(stated).map(|s| TopicWeight {
        topic: s.slug.clone(),
        weight: s.score,
    });
    let places = before.places.iter().filter(stated).map(|s| PlaceEvidence {
        place: s.slug.clone(),
        evidence: s.why.clone(),
    });
    let (topics, places): (Vec<_>, Vec<_>) = (topics.collect(), places.collect());
    annotator.one(source, &one.text, one.language.as_deref(), &topics, &places)
}

fn change(one: &ToRelabel, anew: &Labels) -> Option<Change> {
    let held = |labels: &Labels| {
        let all = labels.topics.iter().chain(&labels.places);
        let held: Vec<Slug> = all.filter(|s| s.held).map(|s| s.slug.clone()).collect();
        held
    };
    let (before, after) = (held(&one.before()), held(anew));
    (before != after).then(|| Change {
        article: one.article,
        headline: one.text.headline.clone(),
        before,
        after,
    })
}
