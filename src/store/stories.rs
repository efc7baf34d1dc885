//! Stories as editors see them: which articles tell each and why, and whom letters brought them. What
//! an article told before stays written.

use std::collections::BTreeMap;

use super::{Store, StoreError, instant, memory};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, EditionId, ListId, RevisionId, StoryId};

const WHY: &str = "select s.article_id, s.since_ms, s.by_whom, s.of_article, s.share from article a \
     join article_story s on s.article_id = a.article_id and s.story_id = a.story_id \
     where a.story_id = $1 order by s.article_id, s.since_ms";
const LATELY: &str = "select a.story_id, count(*) as articles, count(distinct a.source_id), \
     max(a.dated_ms) as newest, (select r.headline from article b \
       join article_revision r on r.revision_id = b.revision_id \
       where b.story_id = a.story_id order by b.article_id limit 1) \
     from article a where a.story_id in (select story_id from article where dated_ms >= $1 \
      and ($4 is null or source_id in (select source_id from list_source where list_id = $4))) \
     group by a.story_id having count(*) >= $2 order by newest desc, a.story_id desc limit $3";
// Its articles with every text of theirs.
const TEXTS_OF: &str = "select r.article_id, r.revision_id from article a \
     join article_revision r on r.article_id = a.article_id where a.story_id = $1 \
     order by r.article_id, r.revision_id";
const EDITIONS_SINCE: &str = "select e.edition_id, e.list_id, l.slug, c.name, e.run from edition e \
     join list l on l.list_id = e.list_id join cadence c on c.cadence_id = e.cadence_id \
     where exists (select 1 from wave w where w.edition_id = e.edition_id and w.planned_ms >= $1) \
     order by e.run, e.edition_id";
const BROUGHT: &str = "select subscription_id, revisions from memory where edition_id = $1 \
     and returned_ms is null and subscription_id > $2 order by subscription_id limit $3";

/// Rows of the memory that are read at a time.
const MEMORIES: i64 = 10_000;

/// Why an article points to its story.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// The article.
    pub article: ArticleId,
    /// Since when.
    pub since: Timestamp,
    /// `url`, `title`, `copy`, `cluster`, `new`, or `merged by` and `split by` with an editor's name.
    pub by: String,
    /// The article by which it came there, where one is known.
    pub of: Option<ArticleId>,
    /// How much of the two is the same, in thousandths, as [`crate::stories::Evidence`] says.
    pub share: Option<u16>,
}

/// Whom letters brought texts of some sides. A set of sides is a number with a bit for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Editions that brought any, by run.
    pub editions: Vec<EditionReach>,
    /// By list: the subscriptions that were brought any, each with its sides.
    pub people: BTreeMap<ListId, BTreeMap<i64, u8>>,
}

/// What an edition brought of some sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionReach {
    /// Which edition.
    pub edition: EditionId,
    /// The name of its list.
    pub list: String,
    /// The name of its cadence.
    pub cadence: String,
    /// Its run.
    pub run: String,
    /// How many digests have exactly these sides.
    pub digests: BTreeMap<u8, i64>,
}

/// A story in a list of stories.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ListedStory {
    /// Its number.
    pub story: StoryId,
    /// How many articles tell it.
    pub articles: i64,
    /// Of how many sources.
    pub sources: i64,
    /// When its newest article is dated.
    pub newest: Timestamp,
    /// The headline of its first article.
    pub headline: String,
}

/// Why each article of a story points to it, by article.
pub type Why = BTreeMap<ArticleId, Told>;

impl Store {
    /// Why each article of a story points to it, by article.
    pub async fn story_told(&self, story: StoryId) -> Result<Why, StoreError> {
        type Row = (i64, i64, String, Option<i64>, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(WHY)
            .bind(story.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(article, since_ms, by, of, share): Row| {
            let told = Told {
                article: ArticleId(article),
                since: instant(since_ms, "article_story.since_ms")?,
                by,
                of: of.map(ArticleId),
                share: share.and_then(|share| u16::try_from(share).ok()),
            };
            Ok((told.article, told))
        };
        rows.into_iter().map(read).collect()
    }

    /// Stories with an article dated since then, from the sources of a list where one is named, and at
    /// least so many articles in all; newest first.
    pub async fn stories(
        &self,
        list: Option<ListId>,
        since: Timestamp,
        articles: i64,
        limit: usize,
    ) -> Result<Vec<ListedStory>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64, String)> = sqlx::query_as(LATELY)
            .bind(to_ms(since))
            .bind(articles)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(list.map(|list| list.0))
            .fetch_all(&self.readers)
            .await?;
        let read = |(story, articles, sources, newest, headline)| {
            Ok(ListedStory {
                story: StoryId(story),
                articles,
                sources,
                newest: instant(newest, "article.dated_ms")?,
                headline,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Every text that the articles of a story ever had, by article.
    pub async fn texts_of_story(
        &self,
        story: StoryId,
    ) -> Result<BTreeMap<ArticleId, Vec<RevisionId>>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(TEXTS_OF)
            .bind(story.0)
            .fetch_all(&self.readers)
            .await?;
        let mut texts: BTreeMap<ArticleId, Vec<RevisionId>> = BTreeMap::new();
        for (article, text) in rows {
            let of = texts.entry(ArticleId(article)).or_default();
            of.push(RevisionId(text));
        }
        Ok(texts)
    }

    /// Who was brought which of these texts, each with the number of its side (0 to 7): by edition, and
    /// by person's subscription over all editions. What came to nothing is not counted; what is planned
    /// and has not left is. Editions that were planned before `since` are not looked at.
    pub async fn texts_brought(
        &self,
        sides: &BTreeMap<RevisionId, u8>,
        since: Timestamp,
    ) -> Result<Reach, StoreError> {
        let editions: Vec<(i64, i64, String, String, String)> = sqlx::query_as(EDITIONS_SINCE)
            .bind(to_ms(since))
            .fetch_all(&self.readers)
            .await?;
        let mut reach = Reach::default();
        for (edition, list, slug, cadence, run) in editions {
            let mut of = EditionReach {
                edition: EditionId(edition),
                list: slug,
                cadence,
                run,
                digests: BTreeMap::new(),
            };
            let people = reach.people.entry(ListId(list)).or_default();
            self.brought_by(&mut of, sides, people).await?;
            if !of.digests.is_empty() {
                reach.editions.push(of);
            }
        }
        reach.people.retain(|_, people| !people.is_empty());
        Ok(reach)
    }

    async fn brought_by(
        &self,
        of: &mut EditionReach,
        sides: &BTreeMap<RevisionId, u8>,
        people: &mut BTreeMap<i64, u8>,
    ) -> Result<(), StoreError> {
        let mut last = i64::MIN;
        loop {
            let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(BROUGHT)
                .bind(of.edition.0)
                .bind(last)
                .bind(MEMORIES)
                .fetch_all(&self.readers)
                .await?;
            let Some((subscription, _)) = rows.last() else {
                return Ok(());
            };
            last = *subscription;
            for (subscription, packed) in &rows {
                let mut sent = Vec::new();
                memory::unpack(packed, of.edition, 0, &mut sent)?;
                let sides = sent.iter().filter_map(|s| sides.get(&s.revision));
                let met = sides.fold(0, |met, side| {
                    met | 1_u8.checked_shl(u32::from(*side)).unwrap_or(0)
                });
                if met != 0 {
                    *of.digests.entry(met).or_default() += 1;
                    *people.entry(*subscription).or_default() |= met;
                }
            }
        }
    }
}
