//! What a reader's own pages read and write: the letters that they were sent, another list joined by
//! a link, the number of their private feed.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::consent::consent_append;
use super::signups::{WELCOME_ADD, ms};
use super::{Store, StoreError, from_json, instant, to_json};
use crate::domain::article::TopicWeight;
use crate::domain::consent::Receipt;
use crate::domain::selection::{Pick, Rules};
use crate::domain::signup::WELCOME_AFTER;
use crate::domain::subscriber::{NewSubscription, Standing};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, DigestId, ListId, SubscriberId, SubscriptionId};

/// A statement that reads letters which left, and its narrowing.
macro_rules! letters {
    ($narrowed:literal) => {
        concat!(
            "select d.digest_id, coalesce(w.date_ms, w.due_ms) as date_ms, g.at_ms, g.picks, c.bytes from delivery d \
             join wave w on w.wave_id = d.wave_id join digest g on g.digest_id = d.digest_id \
             join content c on c.hash = w.rules_hash \
             where d.subscription_id = $1 and d.state in ('accepted', 'uncertain') ",
            $narrowed
        )
    };
}
const LETTERS: &str =
    letters!("and coalesce(w.date_ms, w.due_ms) < $2 order by 2 desc, d.digest_id desc limit $3");
const LETTER: &str = letters!("and d.digest_id = $2");
const AMENDED: &str = "select article_id, max(at_ms) from amendment \
     where article_id in (select value from json_each($1)) group by article_id";
const TOPICS: &str = "select article_id, topics from article \
     where article_id in (select value from json_each($1))";
const PERSON_MAY: &str = "select standing = 'active' and erased_ms is null from subscriber \
     where address_hash = $1";
const FEED_NO: &str = "select feed_no from subscription where subscription_id = $1";
const FEED_RENEW: &str = "update subscription set feed_no = feed_no + 1 where subscription_id = $1";
const SIGN_UPS: &str = "select u.list_id, u.source, u.asked_ms, u.state from signup u \
     join subscriber s on s.address_hash = u.address_hash where s.subscriber_id = $1 \
     order by u.asked_ms";

/// A letter that left.
#[derive(Clone, Debug, PartialEq)]
pub struct SentLetter {
    /// Its digest.
    pub digest: DigestId,
    /// Its Date: when it was due, or when a person sent it early.
    pub date: Timestamp,
    /// When its digest was written.
    pub at: Timestamp,
    /// In the order of the layout.
    pub picks: Vec<Pick>,
    /// The editors' subject; without one it was the first headline.
    pub subject: Option<String>,
}

/// A sign-up as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSignup {
    /// To which list.
    pub list: ListId,
    /// Where: `page`, `embed`, `api`.
    pub source: String,
    /// When.
    pub at: Timestamp,
    /// `queued`, `sent`, `confirmed` …
    pub state: String,
}

#[derive(FromRow)]
struct SentRow {
    digest_id: i64,
    date_ms: i64,
    at_ms: i64,
    picks: String,
    bytes: Vec<u8>,
}

#[derive(FromRow)]
struct SignupRow {
    list_id: i64,
    source: String,
    asked_ms: i64,
    state: String,
}

impl Store {
    /// A subscription's letters that left and are dated before an instant, the newest first.
    pub async fn letters_sent(
        &self,
        subscription: SubscriptionId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<SentLetter>, StoreError> {
        let rows: Vec<SentRow> = sqlx::query_as(LETTERS)
            .bind(subscription.0)
            .bind(before.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(sent_of).collect()
    }

    /// One of them; `None` for a digest that is another's, or whose letter has not left.
    pub async fn letter_sent(
        &self,
        subscription: SubscriptionId,
        digest: DigestId,
    ) -> Result<Option<SentLetter>, StoreError> {
        let row: Option<SentRow> = sqlx::query_as(LETTER)
            .bind(subscription.0)
            .bind(digest.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(sent_of).transpose()
    }

    /// When editors or sources last said something of articles; those of which nobody did are left out.
    pub async fn last_amended(
        &self,
        articles: &[ArticleId],
    ) -> Result<BTreeMap<ArticleId, Timestamp>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(AMENDED)
            .bind(to_json(&articles, "article.article_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |(id, ms)| Ok((ArticleId(id), instant(ms, "amendment.at_ms")?));
        rows.into_iter().map(read).collect()
    }

    /// The topics of articles, as they are labelled now.
    pub async fn topics_of(
        &self,
        articles: &[ArticleId],
    ) -> Result<BTreeMap<ArticleId, Vec<TopicWeight>>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(TOPICS)
            .bind(to_json(&articles, "article.article_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |(id, topics): (i64, String)| {
            Ok((ArticleId(id), from_json(&topics, "article.topics")?))
        };
        rows.into_iter().map(read).collect()
    }

    /// A person whose mailbox is known joins another list, with the receipt of it: nothing is left to
    /// confirm. Their first letter brings the newest edition.
    ///
    /// # Errors
    /// As [`Store::subscriber_add`]; [`StoreError::Stopped`] where the person takes no letters at all.
    pub async fn list_join(
        &self,
        new: &NewSubscription,
        receipt: &Receipt,
    ) -> Result<SubscriptionId, StoreError> {
        let now = receipt.at;
        let mut tx = self.write().await?;
        let may: Option<bool> = sqlx::query_scalar(PERSON_MAY)
            .bind(new.hash.0.as_slice())
            .fetch_optional(&mut *tx)
            .await?;
        if may != Some(true) {
            let standing = Standing::Unsubscribed;
            return Err(StoreError::Stopped { standing });
        }
        let added = self.added(&mut tx, new, true, now).await?;
        consent_append(&mut tx, added.subscriber, receipt).await?;
        if added.is_new {
            sqlx::query(WELCOME_ADD)
                .bind(added.subscription.0)
                .bind(now.as_millisecond() + ms(WELCOME_AFTER))
                .execute(&mut *tx)
                .await?;
        }
        self.journalled(added.entries).await?;
        tx.commit().await?;
        Ok(added.subscription)
    }

    /// The number that the link of a subscription's private feed has to name.
    pub async fn feed_no(&self, subscription: SubscriptionId) -> Result<i64, StoreError> {
        let no: Option<i64> = sqlx::query_scalar(FEED_NO)
            .bind(subscription.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(no.unwrap_or_default())
    }

    /// Ends the links of a subscription's private feed.
    pub async fn feed_renew(&self, subscription: SubscriptionId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(FEED_RENEW)
            .bind(subscription.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sign-ups of a person's address that are not forgotten yet.
    pub async fn signups_of(
        &self,
        subscriber: SubscriberId,
    ) -> Result<Vec<KeptSignup>, StoreError> {
        let rows: Vec<SignupRow> = sqlx::query_as(SIGN_UPS)
            .bind(subscriber.0)
            .fetch_all(&self.readers)
            .await?;
        let kept = |row: SignupRow| {
            Ok(KeptSignup {
                list: ListId(row.list_id),
                source: row.source,
                at: instant(row.asked_ms, "signup.asked_ms")?,
                state: row.state,
            })
        };
        rows.into_iter().map(kept).collect()
    }
}

fn sent_of(row: SentRow) -> Result<SentLetter, StoreError> {
    let rules: Rules = serde_json::from_slice(&row.bytes)
        .map_err(|_| super::unreadable("content.bytes", "rules"))?;
    Ok(SentLetter {
        digest: DigestId(row.digest_id),
        date: instant(row.date_ms, "wave.date_ms")?,
        at: instant(row.at_ms, "digest.at_ms")?,
        picks: from_json(&row.picks, "digest.picks")?,
        subject: rules.decisions.subject,
    })
}
