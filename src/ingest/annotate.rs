//! Articles on their way in get their labels here: what everybody with a say is asked with is read
//! from the store once a call, and the asking is done by `topics` and `places`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use serde::Serialize;

use super::apart;
use super::parse::ParseError;
use crate::domain::ArticleId;
use crate::domain::article::{ArticleText, NewArticle, PlaceEvidence, Source, TopicWeight};
use crate::domain::gazetteer::GazetteerPlace;
use crate::domain::labels::{Authority, Labels, Said};
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::places::Gazetteer;
use crate::store::{Store, StoreError, ToRelabel, TopicRule};
use crate::topic_models::TopicModels;
use crate::topics::annotate::{Known, Proposal, TopicRules, annotate, with_holders};
use crate::topics::rule::Rule;
use crate::topics::rule::words::Piece;
use crate::topics::{self, Model, Text};

/// Stored articles that are labelled anew in one transaction.
const SLICE: usize = 500;

/// Everybody who labels articles.
#[derive(Clone, Debug, Default)]
pub struct Annotator {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    asked: Arc<Asked>,
    /// Topics on offer: the classifier may know others.
    offered: BTreeSet<Slug>,
    model: Option<Arc<Model>>,
}

/// Rules and places as they are stored, and what is made of them to be asked.
#[derive(Debug, Default)]
struct Asked {
    stored: (Vec<TopicRule>, Vec<GazetteerPlace>),
    rules: TopicRules,
    gazetteer: Gazetteer,
}

/// What was made last: thousands of rules are read once, and not again before one is another.
static ASKED: Mutex<Option<Arc<Asked>>> = Mutex::new(None);

/// A model's folder, its version and the model.
type Kept = (PathBuf, u32, Arc<Model>);

/// The model that was read last: a version never changes, so it is read once a process.
static MODEL: Mutex<Option<Kept>> = Mutex::new(None);

impl Annotator {
    /// Reads rules and places from the store, and the model in use from the data folder. A stored
    /// rule that no longer reads is passed over: it was read when it was saved. So is a model that
    /// cannot be read, with a warning: articles come in all the same.
    pub async fn load(store: &Store) -> Result<Annotator, StoreError> {
        let stored = (store.topic_rules().await?, store.gazetteer().await?);
        let inner = Inner {
            asked: Asked::of(stored),
            offered: store.topics().await?.into_iter().map(|t| t.slug).collect(),
            model: model(store.path().parent().map(Path::to_owned)).await,
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
                if article.language.is_none() {
                    article.language = language(&article.text).map(str::to_owned);
                }
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
        let proposals = self.proposals(text);
        let known = Known {
            topics,
            places,
            map: &source.categories,
            default_topic: source.default_topic.as_ref(),
            home: source.home.as_ref(),
            language,
            proposals: &proposals,
        };
        let asked = &self.inner.asked;
        annotate(&piece, &known, &asked.rules, &asked.gazetteer)
    }

    /// What the classifier says of a text, among the topics on offer.
    fn proposals(&self, text: &ArticleText) -> Vec<Proposal> {
        let Some(model) = &self.inner.model else {
            return Vec::new();
        };
        let all = model.classify(&Text::of(text));
        let offered = all.into_iter().filter_map(|s| {
            let topic = s.slug().filter(|t| self.inner.offered.contains(t))?;
            Some(Proposal {
                topic,
                score: s.score,
                why: s.why,
            })
        });
        offered.collect()
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
        let all = with_holders(vec![said], &self.inner.asked.gazetteer).into_iter();
        let evidence = |s: Said| PlaceEvidence {
            place: s.slug,
            evidence: s.why,
        };
        all.map(evidence).collect()
    }
}

impl Asked {
    /// Made of what is stored, or as it was made of the same before.
    fn of(stored: (Vec<TopicRule>, Vec<GazetteerPlace>)) -> Arc<Asked> {
        let mut kept = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.as_ref().filter(|known| known.stored == stored) {
            return known.clone();
        }
        let (rules, places) = &stored;
        let read = |r: &TopicRule| Some((r.id, r.topic.clone(), Rule::parse(&r.rule).ok()?));
        let made = Arc::new(Asked {
            rules: TopicRules::new(rules.iter().filter_map(read).collect()),
            gazetteer: Gazetteer::new(places.clone()),
            stored,
        });
        *kept = Some(made.clone());
        made
    }
}

/// The model in use in a data folder.
async fn model(home: Option<PathBuf>) -> Option<Arc<Model>> {
    let read = tokio::task::spawn_blocking(move || {
        let home = home?;
        let models = TopicModels::of(&home);
        let number = match models.versions() {
            Ok(versions) => versions.into_iter().find(|v| v.in_use)?.number,
            Err(error) => {
                tracing::warn!(%error, "articles come in without the classifier");
                return None;
            }
        };
        let mut kept = MODEL.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((of, version, model)) if *of == home && *version == number => {
                return Some(model.clone());
            }
            _ => {}
        }
        match models.read(number) {
            Ok(model) => {
                let model = Arc::new(model);
                *kept = Some((home, number, model.clone()));
                Some(model)
            }
            Err(error) => {
                tracing::warn!(%error, "articles come in without the classifier");
                None
            }
        }
    });
    read.await.ok().flatten()
}

/// The language of an article that states none, if its texts leave no doubt.
fn language(text: &ArticleText) -> Option<&'static str> {
    let body: String = text
        .body
        .iter()
        .flat_map(|b| b.chars().take(2_000))
        .collect();
    topics::language(&format!("{}\n{}\n{body}", text.headline, text.summary))
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

/// The labels of a stored article: what its row stated stays stated, and a default topic that it came
/// with (`article import --topic`) stays where its source has none.
fn anew(annotator: &Annotator, source: &Source, one: &ToRelabel) -> Labels {
    let before = one.before();
    let by = |authority| move |said: &&Said| said.by == authority && said.held;
    let stated = before.topics.iter().filter(by(Authority::Stated));
    let topics: Vec<TopicWeight> = stated
        .map(|s| TopicWeight {
            topic: s.slug.clone(),
            weight: s.score,
        })
        .collect();
    let stated = before.places.iter().filter(by(Authority::Stated));
    let places: Vec<PlaceEvidence> = stated
        .map(|s| PlaceEvidence {
            place: s.slug.clone(),
            evidence: s.why.clone(),
        })
        .collect();
    let came_with = before.topics.iter().find(by(Authority::Default));
    let mut source = source.clone();
    source.default_topic = source.default_topic.or(came_with.map(|s| s.slug.clone()));
    let language = one.language.as_deref().or_else(|| language(&one.text));
    annotator.one(&source, &one.text, language, &topics, &places)
}

fn change(one: &ToRelabel, anew: &Labels) -> Option<Change> {
    let held = |labels: &Labels| -> Vec<Slug> {
        let all = labels.topics.iter().chain(&labels.places);
        all.filter(|s| s.held).map(|s| s.slug.clone()).collect()
    };
    let (before, after) = (held(one.before()), held(anew));
    (before != after).then(|| Change {
        article: one.article,
        headline: one.text.headline.clone(),
        before,
        after,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Asked;
    use crate::domain::slug::Slug;
    use crate::store::TopicRule;

    #[test]
    fn rules_are_read_again_only_where_one_is_another() {
        let rule = |text: &str| TopicRule {
            id: 1,
            topic: Slug::parse("sport").expect("a slug"),
            rule: text.to_owned(),
            must_match: Vec::new(),
            must_not_match: Vec::new(),
        };
        let of = |text| Asked::of((vec![rule(text)], Vec::new()));
        let first = of("derby");
        assert!(Arc::ptr_eq(&first, &of("derby")));
        let other = of("regatta");
        assert!(!Arc::ptr_eq(&first, &other) && other.stored.0[0].rule == "regatta");
    }
}
