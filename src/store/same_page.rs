//! What goes with an article when it is withdrawn, put under embargo or given back: every article of
//! its page, whatever source brought it and whenever it came. A page is an address, or what it reads as
//! without its variants (`article.page`).

use serde_json::json;
use sqlx::SqliteConnection;

use super::amendments::{self, Said};
use super::articles::{ArticleRow, articles};
use super::{Store, StoreError};
use crate::domain::amendment::AmendmentKind;
use crate::domain::article::Article;
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{AmendmentId, ArticleId};

// Each by its own index. A front page, which broken feeds link to, is a page of no article.
const OF_PAGES: &str = "select article_id from article where article_id in (select value from json_each($1)) \
     union select b.article_id from article a join article b on b.url = a.url \
      where (a.page is not null or a.filed = 0) and a.article_id in (select value from json_each($1)) \
     union select b.article_id from article a join article b on b.page = a.page \
      where a.article_id in (select value from json_each($1))";
const NAMED: &str =
    articles!("where a.article_id in (select value from json_each($1)) order by a.article_id");
// The last word on whether it is withdrawn, and the one that this follows, else itself.
const ROOT: &str = "select m.article_id, coalesce(m.follows, m.amendment_id) from amendment m \
     where m.amendment_id = (select max(n.amendment_id) from amendment n \
      where n.article_id = $1 and n.kind <> 'rewritten') and m.kind = 'withdrawn'";
// Withdrawn by that word or with it.
const WITH_ROOT: &str = "select m.article_id from amendment m where (m.amendment_id = $1 or m.follows = $1) \
     and m.amendment_id = (select max(n.amendment_id) from amendment n \
      where n.article_id = m.article_id and n.kind <> 'rewritten')";
const STANDING: &str = "select a.article_id, a.withdrawn_ms is not null from article a \
     where a.article_id in (select value from json_each($1))";
// An editor gave it back, or withdrew it: what a source says does not change that.
const EDITORS: &str = "select m.article_id from amendment m \
     where m.article_id in (select value from json_each($1)) and m.by_whom is not null \
     and m.amendment_id = (select max(n.amendment_id) from amendment n \
      where n.article_id = m.article_id and n.kind <> 'rewritten')";
const SET: &str = "update article set withdrawn_ms = $2 where article_id = $1";
// Articles ($1) of a page that is withdrawn, each with the first of that page, unless a word on whether
// it is withdrawn was said of it before.
const OF_WITHDRAWN: &str = "select article_id, min(first) from \
     (select a.article_id, b.article_id as first from article a join article b on b.url = a.url \
      where (a.page is not null or a.filed = 0) and a.article_id in (select value from json_each($1)) and b.withdrawn_ms is not null \
      union select a.article_id, b.article_id from article a join article b on b.page = a.page \
      where a.article_id in (select value from json_each($1)) and b.withdrawn_ms is not null) \
     where article_id not in (select article_id from article where withdrawn_ms is not null \
       and article_id in (select value from json_each($1))) \
     and article_id not in (select m.article_id from amendment m where m.kind <> 'rewritten' \
      and m.article_id in (select value from json_each($1))) group by article_id";
const WORD: &str = "select by_whom, reason from amendment where amendment_id = $1";
const EMBARGO_OF_PAGE: &str = "update article set embargo_ms = n.until from (select id, max(until) as until from \
     (select a.article_id as id, b.embargo_ms as until from article a join article b on b.url = a.url \
      where (a.page is not null or a.filed = 0) and a.article_id in (select value from json_each($1)) \
      union all select a.article_id, b.embargo_ms from article a join article b on b.page = a.page \
      where a.article_id in (select value from json_each($1))) where until is not null group by id) as n \
     where article.article_id = n.id and article.embargo_ms is null";

/// Every article of the pages of these, themselves included, ascending.
pub(super) async fn of_pages(
    tx: &mut SqliteConnection,
    articles: &[ArticleId],
) -> Result<Vec<ArticleId>, StoreError> {
    ids(tx, OF_PAGES, articles).await
}

async fn ids(
    tx: &mut SqliteConnection,
    asked: &'static str,
    articles: &[ArticleId],
) -> Result<Vec<ArticleId>, StoreError> {
    let found = sqlx::query_scalar(asked).bind(json!(articles).to_string());
    let mut found: Vec<i64> = found.fetch_all(tx).await?;
    found.sort_unstable();
    Ok(found.into_iter().map(ArticleId).collect())
}

/// What a word on an article concerns, by what is stored now: those that are not so already.
async fn concerned(
    tx: &mut SqliteConnection,
    kind: AmendmentKind,
    (article, copies): (ArticleId, &[ArticleId]),
) -> Result<Vec<ArticleId>, StoreError> {
    let mut named = vec![article];
    named.extend(copies);
    let mut all = of_pages(tx, &named).await?;
    if kind == AmendmentKind::Restored {
        let root: Option<(i64, i64)> = sqlx::query_as(ROOT)
            .bind(article.0)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some((_, root)) = root {
            let with: Vec<i64> = sqlx::query_scalar(WITH_ROOT)
                .bind(root)
                .fetch_all(&mut *tx)
                .await?;
            all.extend(with.into_iter().map(ArticleId));
        }
    }
    let standing: Vec<(i64, bool)> = sqlx::query_as(STANDING)
        .bind(json!(all).to_string())
        .fetch_all(tx)
        .await?;
    let asked = kind == AmendmentKind::Restored;
    let concerns = standing
        .into_iter()
        .filter(|(_, withdrawn)| *withdrawn == asked);
    let mut concerned: Vec<ArticleId> = concerns.map(|(id, _)| ArticleId(id)).collect();
    // The article's own word comes first: the others follow it.
    concerned.sort_unstable_by_key(|id| (*id != article, *id));
    Ok(concerned)
}

/// Says it of an article and of what goes with it; the amendments that were written.
pub(super) async fn say(
    tx: &mut SqliteConnection,
    (said, copies): (Said<'_>, &[ArticleId]),
    kind: AmendmentKind,
    now: Timestamp,
) -> Result<Vec<AmendmentId>, StoreError> {
    let mut concerned = concerned(tx, kind, (said.article, copies)).await?;
    if said.by.is_none() {
        let editors = ids(tx, EDITORS, &concerned).await?;
        concerned.retain(|id| *id == said.article || !editors.contains(id));
    }
    let root: Option<(i64, i64)> = sqlx::query_as(ROOT)
        .bind(said.article.0)
        .fetch_optional(&mut *tx)
        .await?;
    // Copies of what is withdrawn already follow the word that withdrew it.
    let mut follows = match kind {
        AmendmentKind::Withdrawn => root.map(|(_, root)| AmendmentId(root)),
        _ => None,
    };
    if concerned.first() == Some(&said.article) {
        follows = None;
    }
    let mut written = Vec::with_capacity(concerned.len());
    for article in concerned {
        let withdrawn = (kind == AmendmentKind::Withdrawn).then(|| to_ms(now));
        sqlx::query(SET)
            .bind(article.0)
            .bind(withdrawn)
            .execute(&mut *tx)
            .await?;
        let id = amendments::write(tx, (Said { article, ..said }, follows), kind, now).await?;
        follows = follows.or(Some(id));
        written.push(id);
    }
    Ok(written)
}

/// Articles that came in just now take over what was said of their page.
pub(super) async fn take_over(
    tx: &mut SqliteConnection,
    articles: &[ArticleId],
    now: Timestamp,
) -> Result<(), StoreError> {
    if articles.is_empty() {
        return Ok(());
    }
    let asked = json!(articles).to_string();
    sqlx::query(EMBARGO_OF_PAGE)
        .bind(&asked)
        .execute(&mut *tx)
        .await?;
    let of: Vec<(i64, i64)> = sqlx::query_as(OF_WITHDRAWN)
        .bind(&asked)
        .fetch_all(&mut *tx)
        .await?;
    for (article, first) in of {
        let root: Option<(i64, i64)> = sqlx::query_as(ROOT)
            .bind(first)
            .fetch_optional(&mut *tx)
            .await?;
        sqlx::query(SET)
            .bind(article)
            .bind(to_ms(now))
            .execute(&mut *tx)
            .await?;
        let Some((_, root)) = root else { continue };
        let word: (Option<String>, Option<String>) =
            sqlx::query_as(WORD).bind(root).fetch_one(&mut *tx).await?;
        let said = Said {
            article: ArticleId(article),
            by: word.0.as_deref(),
            reason: word.1.as_deref(),
        };
        let follows = Some(AmendmentId(root));
        amendments::write(tx, (said, follows), AmendmentKind::Withdrawn, now).await?;
    }
    Ok(())
}

impl Store {
    /// The articles of an article's page, itself first.
    pub async fn page_articles(&self, article: ArticleId) -> Result<Vec<Article>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let ids = of_pages(&mut connection, &[article]).await?;
        named(&mut connection, article, &ids).await
    }

    /// The articles that a withdrawal of an article with these copies of it would concern now, or its
    /// being taken back: the article first, where it is one of them. Nothing is written.
    pub async fn articles_concerned(
        &self,
        kind: AmendmentKind,
        article: ArticleId,
        copies: &[ArticleId],
    ) -> Result<Vec<Article>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let ids = concerned(&mut connection, kind, (article, copies)).await?;
        named(&mut connection, article, &ids).await
    }
}

async fn named(
    connection: &mut SqliteConnection,
    first: ArticleId,
    ids: &[ArticleId],
) -> Result<Vec<Article>, StoreError> {
    let rows: Vec<ArticleRow> = sqlx::query_as(NAMED)
        .bind(json!(ids).to_string())
        .fetch_all(connection)
        .await?;
    let articles: Result<Vec<Article>, StoreError> =
        rows.into_iter().map(ArticleRow::article).collect();
    let mut articles = articles?;
    articles.sort_by_key(|a| (a.id != first, a.id));
    Ok(articles)
}
