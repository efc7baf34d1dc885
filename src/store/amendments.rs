//! Amendments: an editor's or a source's word on an article that reaches letters which are planned.
//!
//! Writing one down stops the letters of every wave that it may reach; `revise` makes their digests
//! again, wave by wave, and lets them go on.

use sqlx::SqliteConnection;

use super::audit::deed;
use super::{Store, StoreError, instant, same_page, unreadable};
use crate::domain::amendment::{Amendment, AmendmentKind};
use crate::domain::audit::Deed;
use crate::domain::time::{Run, Timestamp, to_ms};
use crate::domain::{AmendmentId, ArticleId, EditionId, RevisionId, WaveId};

const INSERT: &str = "insert into amendment (article_id, kind, by_whom, reason, at_ms, follows) \
     values ($1, $2, $3, $4, $5, $6) returning amendment_id";
// Waves whose letters may still leave, whose plan goes on, or in which an earlier amendment withheld
// letters that this one may give back.
const WAVES: &str = "insert into amendment_wave (amendment_id, wave_id) select $1, w.wave_id from wave w \
     where w.complete = 0 or w.wave_id in (select wave_id from amendment_wave where withheld > 0) \
     or w.edition_id in (select distinct edition_id from delivery \
      where state in ('planned', 'leased', 'started', 'deferred') or held is not null)";
const AMENDABLE: &str = "select w.wave_id from wave w \
     where w.wave_id in (select wave_id from amendment_wave where withheld > 0) \
     or w.edition_id in (select distinct edition_id from delivery \
      where state in ('planned', 'leased', 'deferred') and sha256 is null) order by w.wave_id";
const REWRITE: &str = "insert into article_revision (article_id, seq, seen_ms, headline, summary, \
     byline, image_url, image_alt, body, categories, by_editor) select r.article_id, \
     (select max(s.seq) + 1 from article_revision s where s.article_id = r.article_id), $2, \
     coalesce($3, r.headline), coalesce($4, r.summary), r.byline, r.image_url, r.image_alt, r.body, \
     r.categories, $5 from article a join article_revision r on r.revision_id = a.revision_id \
     where a.article_id = $1";
const TEXT_IN_FORCE: &str = "select revision_id from article where article_id = $1";
const UNDO_REWRITE: &str = "update article_revision set undone_ms = $2 where by_editor is not null \
     and revision_id = (select revision_id from article where article_id = $1)";
// As `batch_articles` has it for what a source brings.
const IN_FORCE: &str = "update article set revision_id = \
     (select r.revision_id from article_revision r where r.article_id = article.article_id \
      and r.undone_ms is null order by (r.by_editor is null), r.seq desc limit 1) \
     where article_id = $1";
const TEXT_NOW: &str = "select r.headline, r.summary from article a \
     join article_revision r on r.revision_id = a.revision_id where a.article_id = $1";
const HISTORY: &str = "select amendment_id, article_id, kind, by_whom, reason, at_ms from amendment \
     where article_id = $1 order by amendment_id";
const PENDING: &str = "select p.amendment_id, p.wave_id, a.article_id, a.kind, a.at_ms, \
     a.by_whom is null from amendment_wave p join amendment a on a.amendment_id = p.amendment_id \
     where p.done_ms is null order by p.amendment_id, p.wave_id";
const DONE: &str = "update amendment_wave set done_ms = $3, gone = $4 \
     where amendment_id = $1 and wave_id = $2 and done_ms is null";
const GONE: &str = "select count(*) from delivery d join digest g on g.digest_id = d.digest_id \
     where d.edition_id = (select edition_id from wave where wave_id = $1) and d.wave_id = $1 \
     and d.state in ('started', 'accepted', 'uncertain') and exists (select 1 from json_each(g.picks) p \
      where json_extract(p.value, '$.article') = $2)";
const REACH: &str = "select e.edition_id, l.slug, c.name, e.run, sum(p.revised), sum(p.withheld), \
     sum(p.held), sum(p.gone) from amendment_wave p join wave w on w.wave_id = p.wave_id \
     join edition e on e.edition_id = w.edition_id join list l on l.list_id = e.list_id \
     join cadence c on c.cadence_id = e.cadence_id where p.amendment_id = $1 \
     group by e.edition_id, l.slug, c.name, e.run order by e.edition_id";

/// An amendment about to be written.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// About which article.
    pub article: ArticleId,
    /// Who; none: its source.
    pub by: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
}

/// An amendment whose letters of a wave are still to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which amendment.
    pub amendment: AmendmentId,
    /// In which wave.
    pub wave: WaveId,
    /// About which article.
    pub article: ArticleId,
    /// What was said.
    pub kind: AmendmentKind,
    /// When.
    pub at: Timestamp,
    /// Whether its source said it: no command makes the letters again.
    pub by_source: bool,
}

/// What an amendment came to in one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Which edition.
    pub edition: EditionId,
    /// Of which list.
    pub list: String,
    /// Of which cadence.
    pub cadence: String,
    /// Which run.
    pub run: Run,
    /// Letters whose digest was made again.
    pub revised: i64,
    /// Letters withheld, since too few stories are left for them.
    pub withheld: i64,
    /// Letters in doubt that are held.
    pub held: i64,
    /// Letters that have the article and have left, or whose dot may have.
    pub gone: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    amendment_id: i64,
    article_id: i64,
    kind: String,
    by_whom: Option<String>,
    reason: Option<String>,
    at_ms: i64,
}

impl Row {
    fn read(self) -> Result<Amendment, StoreError> {
        Ok(Amendment {
            id: AmendmentId(self.amendment_id),
            article: ArticleId(self.article_id),
            kind: kind(&self.kind)?,
            by: self.by_whom,
            reason: self.reason,
            at: instant(self.at_ms, "amendment.at_ms")?,
        })
    }
}

fn kind(word: &str) -> Result<AmendmentKind, StoreError> {
    AmendmentKind::parse(word).map_err(|_| unreadable("amendment.kind", word))
}

/// Writes an amendment down, with the one that it follows, and stops the letters that it may reach.
pub(super) async fn write(
    tx: &mut SqliteConnection,
    (said, follows): (Said<'_>, Option<AmendmentId>),
    kind: AmendmentKind,
    now: Timestamp,
) -> Result<AmendmentId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT)
        .bind(said.article.0)
        .bind(kind.as_str())
        .bind(said.by)
        .bind(said.reason)
        .bind(to_ms(now))
        .bind(follows.map(|f| f.0))
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query(WAVES).bind(id).execute(tx).await?;
    Ok(AmendmentId(id))
}

impl Store {
    /// Withdraws an article, every other one of its page, and those `copies` of it with theirs: no plan
    /// takes them from now on, and no letter of a wave that may have one is started before its digest was
    /// made again. Returns an amendment for each that was not withdrawn yet, the article's first.
    pub async fn article_withdraw(
        &self,
        said: Said<'_>,
        copies: &[ArticleId],
        now: Timestamp,
    ) -> Result<Vec<AmendmentId>, StoreError> {
        self.say((said, copies), AmendmentKind::Withdrawn, now)
            .await
    }

    /// Takes a withdrawal back, of all that it concerned. Nothing is written where there is none.
    pub async fn article_restore(
        &self,
        said: Said<'_>,
        now: Timestamp,
    ) -> Result<Vec<AmendmentId>, StoreError> {
        self.say((said, &[]), AmendmentKind::Restored, now).await
    }

    async fn say(
        &self,
        said: (Said<'_>, &[ArticleId]),
        kind: AmendmentKind,
        now: Timestamp,
    ) -> Result<Vec<AmendmentId>, StoreError> {
        let mut tx = self.write().await?;
        let ids = same_page::say(&mut tx, said, kind, now).await?;
        if let (Some(by), false) = (said.0.by, ids.is_empty()) {
            let done = Deed {
                became: format!("articles that it concerns: {}", ids.len()),
                why: said.0.reason.unwrap_or_default().to_owned(),
                ..deed(kind.as_str(), format_args!("article {}", said.0.article))
            };
            self.note(&mut tx, by, done, now).await?;
        }
        tx.commit().await?;
        Ok(ids)
    }

    /// An editor's revision of an article's headline, summary or both: it is in force whatever the
    /// source writes later.
    pub async fn article_rewrite(
        &self,
        article: ArticleId,
        (headline, summary): (Option<&str>, Option<&str>),
        by: &str,
        now: Timestamp,
    ) -> Result<AmendmentId, StoreError> {
        let mut tx = self.write().await?;
        let was = text_of(&mut tx, article).await?;
        let id = rewrite(&mut tx, article, (headline, summary), by, now).await?;
        self.note_text(&mut tx, article, by, was, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same, where the text in force is the one that the editor saw; else `None`, and nothing is
    /// written.
    pub async fn article_rewrite_on(
        &self,
        (article, seen): (ArticleId, RevisionId),
        new: (Option<&str>, Option<&str>),
        by: &str,
        now: Timestamp,
    ) -> Result<Option<AmendmentId>, StoreError> {
        let mut tx = self.write().await?;
        let in_force: Option<i64> = sqlx::query_scalar(TEXT_IN_FORCE)
            .bind(article.0)
            .fetch_optional(&mut *tx)
            .await?;
        if in_force != Some(seen.0) {
            return Ok(None);
        }
        let was = text_of(&mut tx, article).await?;
        let id = rewrite(&mut tx, article, new, by, now).await?;
        self.note_text(&mut tx, article, by, was, now).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Takes the editor's revision in force back: the one before it counts, else the source's newest
    /// text. `None`, and nothing written, where the text in force is the source's.
    pub async fn article_rewrite_undo(
        &self,
        article: ArticleId,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<AmendmentId>, StoreError> {
        let mut tx = self.write().await?;
        let was = text_of(&mut tx, article).await?;
        let undo = sqlx::query(UNDO_REWRITE).bind(article.0).bind(to_ms(now));
        if undo.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let id = rewritten(&mut tx, article, by, now).await?;
        self.note_text(&mut tx, article, by, was, now).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    async fn note_text(
        &self,
        tx: &mut SqliteConnection,
        article: ArticleId,
        by: &str,
        was: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let done = Deed {
            was,
            became: text_of(tx, article).await?,
            ..deed("rewrite", format_args!("article {article}"))
        };
        self.note(tx, by, done, now).await
    }

    /// What was said of an article, the oldest first.
    pub async fn amendments(&self, article: ArticleId) -> Result<Vec<Amendment>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(HISTORY)
            .bind(article.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Waves with letters that an amendment may change: such as have not begun, or were withheld by one.
    pub async fn waves_amendable(&self) -> Result<Vec<WaveId>, StoreError> {
        let rows: Vec<i64> = sqlx::query_scalar(AMENDABLE)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(WaveId).collect())
    }

    /// The amendments that letters still wait for, the oldest first.
    pub async fn amendments_pending(&self) -> Result<Vec<Pending>, StoreError> {
        type Found = (i64, i64, i64, String, i64, bool);
        let rows: Vec<Found> = sqlx::query_as(PENDING).fetch_all(&self.readers).await?;
        let read = |(amendment, wave, article, word, at, by_source): Found| {
            Ok(Pending {
                amendment: AmendmentId(amendment),
                wave: WaveId(wave),
                article: ArticleId(article),
                kind: kind(&word)?,
                at: instant(at, "amendment.at_ms")?,
                by_source,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Every letter of a wave that an amendment reaches was made again: the others go on.
    pub async fn amendment_done(&self, of: &Pending, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let gone: i64 = sqlx::query_scalar(GONE)
            .bind(of.wave.0)
            .bind(of.article.0)
            .fetch_one(&mut *tx)
            .await?;
        sqlx::query(DONE)
            .bind(of.amendment.0)
            .bind(of.wave.0)
            .bind(to_ms(now))
            .bind(gone)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// What an amendment came to, by edition.
    pub async fn amendment_reach(&self, id: AmendmentId) -> Result<Vec<Reached>, StoreError> {
        type Found = (i64, String, String, String, i64, i64, i64, i64);
        let rows: Vec<Found> = sqlx::query_as(REACH)
            .bind(id.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(edition, list, cadence, run, revised, withheld, held, gone): Found| {
            Ok(Reached {
                edition: EditionId(edition),
                list,
                cadence,
                run: Run::parse(&run).map_err(|_| unreadable("edition.run", &run))?,
                revised,
                withheld,
                held,
                gone,
            })
        };
        rows.into_iter().map(read).collect()
    }
}

/// Headline and summary in force, one under the other.
async fn text_of(tx: &mut SqliteConnection, article: ArticleId) -> Result<String, StoreError> {
    let text: Option<(String, Option<String>)> = sqlx::query_as(TEXT_NOW)
        .bind(article.0)
        .fetch_optional(tx)
        .await?;
    Ok(text.map_or_else(String::new, |(headline, summary)| {
        format!("{headline}\n{}", summary.unwrap_or_default())
            .trim_end()
            .to_owned()
    }))
}

async fn rewritten(
    tx: &mut SqliteConnection,
    article: ArticleId,
    by: &str,
    now: Timestamp,
) -> Result<AmendmentId, StoreError> {
    sqlx::query(IN_FORCE)
        .bind(article.0)
        .execute(&mut *tx)
        .await?;
    let said = Said {
        article,
        by: Some(by),
        reason: None,
    };
    write(tx, (said, None), AmendmentKind::Rewritten, now).await
}

async fn rewrite(
    tx: &mut SqliteConnection,
    article: ArticleId,
    (headline, summary): (Option<&str>, Option<&str>),
    by: &str,
    now: Timestamp,
) -> Result<AmendmentId, StoreError> {
    sqlx::query(REWRITE)
        .bind(article.0)
        .bind(to_ms(now))
        .bind(headline)
        .bind(summary)
        .bind(by)
        .execute(&mut *tx)
        .await?;
    rewritten(tx, article, by, now).await
}
