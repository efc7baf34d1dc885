//! What a merge or a split bears on: readers' memories, digests that are planned and have not left, and
//! what editors decided about editions to come.

use std::collections::{BTreeMap, BTreeSet};

use super::Known;
use crate::cli::edition::{Shelf, Which};
use crate::cli::{Failure, House, show};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, RevisionId, StoryId};
use crate::store::stories::Reach;

/// Two sides of a story, or two stories: each with a name for people.
pub(super) struct Sides<'s> {
    pub(super) names: [String; 2],
    pub(super) articles: [Vec<ArticleId>; 2],
    pub(super) stories: &'s [&'s Known],
}

/// What is affected, in numbers.
pub(super) struct Bearing {
    names: [String; 2],
    /// By list: how many subscriptions were brought the first side alone, the second alone, both.
    memory: Vec<(String, [i64; 3])>,
    /// By edition with letters that have not left: the same of its digests.
    planned: Vec<(String, [i64; 3])>,
    /// What editors decided of either, in words.
    decisions: Vec<String>,
}

/// Whom letters brought any text of some stories, each story a side.
pub(super) async fn reach(house: &House, stories: &[&Known]) -> Result<Reach, Failure> {
    let mut sides = BTreeMap::new();
    for (side, story) in (0_u8..).zip(stories) {
        for texts in house.store.texts_of_story(story.id).await?.values() {
            sides.extend(texts.iter().map(|text| (*text, side)));
        }
    }
    Ok(house.store.texts_brought(&sides, since(stories)).await?)
}

/// Nothing before can have brought them.
fn since(stories: &[&Known]) -> Timestamp {
    let seen = stories
        .iter()
        .flat_map(|s| &s.articles)
        .map(|a| a.first_seen);
    seen.min().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Exactly the first side, exactly the second, both.
fn three<'n>(of: impl Iterator<Item = (u8, &'n i64)>) -> [i64; 3] {
    let mut three = [0; 3];
    for (sides, n) in of {
        if let Some(count) = usize::from(sides)
            .checked_sub(1)
            .and_then(|at| three.get_mut(at))
        {
            *count += n;
        }
    }
    three
}

impl Bearing {
    pub(super) async fn of(house: &House, sides: Sides<'_>) -> Result<Bearing, Failure> {
        let mut texts: BTreeMap<ArticleId, Vec<RevisionId>> = BTreeMap::new();
        for story in sides.stories {
            texts.extend(house.store.texts_of_story(story.id).await?);
        }
        let mut by_text = BTreeMap::new();
        for (side, articles) in (0_u8..).zip(&sides.articles) {
            let texts = articles.iter().filter_map(|a| texts.get(a)).flatten();
            by_text.extend(texts.map(|text| (*text, side)));
        }
        let since = since(sides.stories);
        let reach = house.store.texts_brought(&by_text, since).await?;
        let open = house.store.editions_open().await?;
        let lists = house.store.lists().await?;
        let slug = |id| {
            let list = lists.iter().find(|l| l.id == id);
            list.map_or_else(String::new, |l| l.slug.to_string())
        };
        let memory = reach.people.iter().map(|(list, people)| {
            let people = people.values().map(|sides| (*sides, &1));
            (slug(*list), three(people))
        });
        let planned = reach
            .editions
            .iter()
            .filter(|of| open.contains(&of.edition));
        let planned = planned.map(|of| {
            let name = format!("{} {} {}", of.list, of.cadence, of.run);
            (name, three(of.digests.iter().map(|(sides, n)| (*sides, n))))
        });
        Ok(Bearing {
            memory: memory.collect(),
            planned: planned.collect(),
            decisions: decisions(house, &sides).await?,
            names: sides.names,
        })
    }

    /// Says it: `alone` is what becomes of readers who were brought one side alone and not the other.
    pub(super) fn told(&self, alone: impl Fn(&str, &str) -> String) {
        let [one, other] = [&self.names[0], &self.names[1]];
        let readers = |n: i64| show::count(n, "reader");
        for (list, [first, second, both]) in &self.memory {
            for (n, had, lacks) in [(*first, one, other), (*second, other, one)] {
                if n > 0 {
                    let alone = alone(had, lacks);
                    let readers = readers(n);
                    show::note(&format!(
                        "{list}: {readers} had {had} and not {lacks}: {alone}"
                    ));
                }
            }
            if *both > 0 {
                show::note(&format!(
                    "{list}: {} had both: nothing changes",
                    readers(*both)
                ));
            }
        }
        if self.memory.is_empty() {
            show::note("no letter brought any of it yet");
        }
        for (edition, [first, second, both]) in &self.planned {
            let words = planned(edition, first + second + both, *both);
            show::note(&words);
        }
        self.decisions.iter().for_each(|words| show::note(words));
    }
}

/// What is said of an edition that is planned with either side: in how many digests, and in how many of
/// them with both.
fn planned(edition: &str, digests: i64, both: i64) -> String {
    let one = digests == 1;
    let brings = format!(
        "{} {} it",
        show::count(digests, "digest"),
        if one { "brings" } else { "bring" }
    );
    let twice = match both {
        0 => String::new(),
        n if n == digests && one => ", with both".to_owned(),
        n => format!(", {n} of them with both"),
    };
    let stays = if one {
        "it stays as it is"
    } else {
        "they stay as they are"
    };
    format!("{edition} is planned and has letters that have not left: {brings}{twice}; {stays}")
}

/// What editors decided of the stories in editions with waves to come.
async fn decisions(house: &House, sides: &Sides<'_>) -> Result<Vec<String>, Failure> {
    let stories: BTreeSet<StoryId> = sides.stories.iter().map(|s| s.id).collect();
    let mut said = Vec::new();
    for list in house.store.lists().await? {
        let which = Which {
            list: list.slug.to_string(),
            run: None,
            cadence: None,
        };
        for issue in Shelf::open(house, &which).await?.issues {
            let Some(edition) = issue.edition.as_ref().filter(|_| !issue.coming.is_empty()) else {
                continue;
            };
            let all = house.store.decisions(edition.id).await?;
            for decision in &all {
                let Some(story) = decision.story.filter(|s| stories.contains(s)) else {
                    continue;
                };
                let back = all.iter().any(|u| u.undoes == Some(decision.id));
                if back || decision.undoes.is_some() {
                    continue;
                }
                let article = decision.article.map(|a| format!(" by article {a}"));
                said.push(format!(
                    "{} {}: {} decided `{}` of story {story}{}; that goes where the article goes",
                    list.slug,
                    issue.name(),
                    decision.by,
                    decision.kind,
                    article.unwrap_or_default(),
                ));
            }
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::planned;

    #[test]
    fn one_digest_brings_and_several_bring() {
        for (digests, both, words) in [
            (1, 0, "1 digest brings it; it stays as it is"),
            (1, 1, "1 digest brings it, with both; it stays as it is"),
            (3, 0, "3 digests bring it; they stay as they are"),
            (
                3,
                1,
                "3 digests bring it, 1 of them with both; they stay as they are",
            ),
        ] {
            let said = planned("times daily 2026-11-26", digests, both);
            assert_eq!(
                said,
                format!(
                    "times daily 2026-11-26 is planned and has letters that have not left: {words}"
                )
            );
        }
    }
}
