//! What editors said of stored articles, handed to a pupil.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cli::{Failure, House, show, typed};
use crate::domain::slug::Slug;
use crate::domain::{ArticleId, ListId};
use crate::store::Store;
use crate::store::examples::TopicExample;
use crate::topics::{Pupil, Text};

/// Labelled articles that a topic takes: of fewer, most of what they have in common is chance.
const LEAST: usize = 5;
/// Articles that are read at once.
const SLICE: usize = 500;

/// A pupil that has met every article that editors labelled, and whose labels they are, in words.
pub(super) async fn taught(
    list: Option<&str>,
    home: Option<&Path>,
) -> Result<(Pupil, String), Failure> {
    let house = House::open(home).await?;
    let store = &house.store;
    let list = match list {
        Some(name) => Some(typed::list(store, name).await?),
        None => None,
    };
    let id = list.as_ref().map(|l| l.id);
    let offered = store.topics().await?.into_iter().map(|t| t.slug);
    let counted = counted(store, id).await?;
    let known = enough(&counted, &offered.collect())?;
    let mut pupil = Pupil::default();
    each(store, id, |example| {
        let topics = example.topics.iter().map(|t| t.topic.as_str());
        let topics: Vec<&str> = topics.filter(|t| known.contains(*t)).collect();
        match topics.is_empty() {
            true => Ok(()),
            false => Ok(pupil.meet(&Text::of(&example.text), &topics)?),
        }
    })
    .await?;
    house.store.close().await;
    let of = list.map_or(String::new(), |l| format!(" in the list `{}`", l.slug));
    Ok((pupil, format!("editors’ labels{of}")))
}

/// Reads what editors said, slice by slice.
async fn each(
    store: &Store,
    list: Option<ListId>,
    mut meet: impl FnMut(&TopicExample) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut past = ArticleId(0);
    loop {
        let slice = store.topic_examples(list, past, SLICE).await?;
        let Some(last) = slice.last() else {
            return Ok(());
        };
        past = last.article;
        slice.iter().try_for_each(&mut meet)?;
    }
}

/// How many articles have each topic by an editor’s word, and how many have none.
type Counted = (BTreeMap<Slug, usize>, usize);

async fn counted(store: &Store, list: Option<ListId>) -> Result<Counted, Failure> {
    let (mut topics, mut without): Counted = (BTreeMap::new(), 0);
    each(store, list, |example| {
        without += usize::from(example.topics.is_empty());
        for one in &example.topics {
            *topics.entry(one.topic.clone()).or_default() += 1;
        }
        Ok(())
    })
    .await?;
    Ok((topics, without))
}

/// The topics that can be learnt; the others are told on stderr.
///
/// # Errors
/// Fewer than two, with what is missing.
fn enough(
    (topics, without): &Counted,
    offered: &BTreeSet<Slug>,
) -> Result<BTreeSet<String>, Failure> {
    let (mut known, mut left_out) = (BTreeSet::new(), Vec::new());
    for (topic, n) in topics {
        let why = match (offered.contains(topic), *n < LEAST) {
            (true, false) => {
                known.insert(topic.to_string());
                continue;
            }
            (true, true) => format!("`{topic}` has {n}"),
            (false, _) => format!("`{topic}` is no longer on offer"),
        };
        left_out.push(why);
    }
    if known.len() < 2 {
        let mut words =
            format!("too few labels: a model takes two topics of {LEAST} labelled articles each");
        let had = known.iter().map(|t| {
            let n = topics.iter().find(|(s, _)| s.as_str() == t);
            format!("`{t}` has {}", n.map_or(0, |(_, n)| *n))
        });
        let all: Vec<String> = had.chain(left_out).collect();
        words.push_str(&match all.is_empty() {
            true => ", and no editor has labelled one yet".to_owned(),
            false => format!("; {}", all.join(", ")),
        });
        return Err(Failure::failed(words).hint(
            "`courant article list --suggested --since 30d` and `--unlabelled` show what waits; \
             `courant article label ID --topic TOPIC` labels it",
        ));
    }
    if !left_out.is_empty() {
        let left_out = left_out.join(", ");
        show::note(&format!(
            "left out, as a topic takes {LEAST} labelled articles: {left_out}"
        ));
    }
    if *without > 0 {
        let articles = show::count(*without as i64, "article");
        show::note(&format!(
            "{articles} without a topic by an editor’s word: nothing is learnt from that"
        ));
    }
    Ok(known)
}
