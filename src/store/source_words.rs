//! What sources say of their own articles: that they are corrected, or taken back. An editor's word on
//! whether an article is withdrawn stays, whatever its source says later.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::amendments::{self, Said};
use super::{Store, StoreError, same_page};
use crate::domain::amendment::{AmendmentKind, How, Notice, SourceWord};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, SourceId};

// With the last word on whether it is withdrawn: by whom, and why.
const STANDING: &str = "select a.article_id, a.entry_key, a.withdrawn_ms is not null, \
     a.corrected_ms is not null, m.amendment_id is not null, m.by_whom, m.reason, m.follows is not null \
     from json_each($2) j join article a on a.source_id = $1 and a.entry_key = j.value \
     left join amendment m on m.amendment_id = (select max(n.amendment_id) from amendment n \
      where n.article_id = a.article_id and n.kind <> 'rewritten') \
     where a.withdrawn_ms is not null or a.entry_key in (select value from json_each($3))";
const CORRECTED: &str = "update article set corrected_ms = $2 \
     where article_id in (select value from json_each($1))";
// Those of the entries ($2) whose text in force is a later one of their source, that no amendment knows yet.
const CORRECTS: &str = "select a.article_id from json_each($2) j \
     join article a on a.source_id = $1 and a.entry_key = j.value \
     join article_revision r on r.revision_id = a.revision_id and r.by_editor is null \
     where exists (select 1 from article_revision e where e.article_id = a.article_id \
      and e.by_editor is null and e.seq < r.seq) \
     and not exists (select 1 from amendment m where m.article_id = a.article_id \
      and m.kind = 'rewritten' and m.at_ms >= r.seen_ms) order by a.article_id";

/// What the words of a source changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Articles newly marked as corrected, or corrected again: letters that are planned with an earlier
    /// text are to be made again.
    pub corrected: usize,
    /// Articles withdrawn.
    pub withdrawn: usize,
    /// Articles that are not withdrawn any more.
    pub restored: usize,
}

/// An article with the last word on whether it is withdrawn.
#[derive(sqlx::FromRow)]
struct Standing(
    i64,
    String,
    bool,
    bool,
    bool,
    Option<String>,
    Option<String>,
    bool,
);

impl Store {
    /// Takes the words of a source on its articles: `came` are the entries that it brought just now.
    /// One that it took back is withdrawn; one that it took back before and brings again is not any
    /// more; a corrected text is an amendment, unless an editor's stands in its place. All in one write.
    pub async fn source_said(
        &self,
        source: SourceId,
        came: &[String],
        words: &[SourceWord],
        now: Timestamp,
    ) -> Result<Marked, StoreError> {
        let of: BTreeMap<&str, &SourceWord> =
            words.iter().map(|w| (w.entry_key.as_str(), w)).collect();
        let named: Vec<&str> = of.keys().copied().collect();
        let came = came.iter().map(String::as_str);
        let all: BTreeSet<&str> = came.chain(named.iter().copied()).collect();
        let rows: Vec<Standing> = sqlx::query_as(STANDING)
            .bind(source.0)
            .bind(json!(all).to_string())
            .bind(json!(named).to_string())
            .fetch_all(&self.readers)
            .await?;
        let (mut corrected, mut changes) = (Vec::new(), BTreeMap::new());
        for Standing(id, key, withdrawn, is_corrected, said, by, reason, follows) in rows {
            let word = of.get(key.as_str());
            if word.is_some_and(|w| w.notice == Notice::Corrected) && !is_corrected {
                corrected.push(id);
            }
            let by_editor = said && by.is_some();
            let back = word.filter(|w| w.notice == Notice::Retracted);
            // A page that is gone is not asked for again at every visit; and that a feed has what another
            // source took back is no word that takes it back.
            let page = follows || reason.as_deref() == Some(How::Gone.as_str());
            match (withdrawn, back) {
                (false, Some(word)) if !by_editor => {
                    changes.insert(id, (AmendmentKind::Withdrawn, word.how));
                }
                (true, None) if said && !by_editor && !page => {
                    changes.insert(id, (AmendmentKind::Restored, How::Back));
                }
                _ => {}
            }
        }
        let says = |w: &&&SourceWord| w.notice == Notice::Corrected;
        let says: Vec<&str> = of.values().filter(says).map(|w| &*w.entry_key).collect();
        let anew: Vec<i64> = match says.is_empty() {
            true => Vec::new(),
            false => {
                let corrects = sqlx::query_scalar(CORRECTS).bind(source.0);
                let corrects = corrects.bind(json!(says).to_string());
                corrects.fetch_all(&self.readers).await?
            }
        };
        corrected.extend(&anew);
        let corrected: BTreeSet<i64> = corrected.into_iter().collect();
        self.source_marks(&corrected, &anew, &changes, now).await
    }

    async fn source_marks(
        &self,
        corrected: &BTreeSet<i64>,
        anew: &[i64],
        changes: &BTreeMap<i64, (AmendmentKind, How)>,
        now: Timestamp,
    ) -> Result<Marked, StoreError> {
        let mut marked = Marked {
            corrected: corrected.len(),
            ..Marked::default()
        };
        if corrected.is_empty() && changes.is_empty() {
            return Ok(marked);
        }
        let mut tx = self.write().await?;
        sqlx::query(CORRECTED)
            .bind(json!(corrected).to_string())
            .bind(to_ms(now))
            .execute(&mut *tx)
            .await?;
        for id in anew {
            let said = Said {
                article: ArticleId(*id),
                by: None,
                reason: Some(How::Headline.as_str()),
            };
            amendments::write(&mut tx, (said, None), AmendmentKind::Rewritten, now).await?;
        }
        for (id, (kind, how)) in changes {
            let said = Said {
                article: ArticleId(*id),
                by: None,
                reason: Some(how.as_str()),
            };
            let done = same_page::say(&mut tx, (said, &[]), *kind, now)
                .await?
                .len();
            match kind {
                AmendmentKind::Withdrawn => marked.withdrawn += done,
                _ => marked.restored += done,
            }
        }
        tx.commit().await?;
        Ok(marked)
    }
}
