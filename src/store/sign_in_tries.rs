//! Tries to come in that are counted, by account and by network, and what they came to.

use sqlx::FromRow;

use super::audit::deed;
use super::signups::ms;
use super::{Store, StoreError, instant};
use crate::domain::address::AddressHash;
use crate::domain::audit::Deed;
use crate::domain::sign_in::{LINK_WINDOW, TRIES_ACCOUNT, TRIES_NETWORK, window_of};
use crate::domain::time::Timestamp;

const TRIED: &str = "select tries from login_attempt \
     where about = $1 and who = $2 and window_ms = $3";
const TRY: &str = "insert into login_attempt (about, who, window_ms, tries) values ($1, $2, $3, 1) \
     on conflict (about, who, window_ms) do update set tries = login_attempt.tries + 1 \
     returning tries";
const UNTRY: &str = "update login_attempt set tries = tries - 1 \
     where about = $1 and who = $2 and window_ms = $3 and tries > 0";
// A wrong try of a window that is over, with whose account it was.
const TRIES_OVER: &str = "select t.about, t.who, t.window_ms, t.tries, e.editor_id from login_attempt t \
     left join editor e on t.about = 'account' and e.address_hash = t.who \
     where t.window_ms < $1 and t.tries > 0 order by t.window_ms, e.editor_id, t.about, t.who";
const TRIES_OLD: &str = "delete from login_attempt where window_ms < $1";
const LINKS_OLD: &str = "delete from login_link where state <> 'started' and asked_ms <= $1";
const SESSIONS_OLD: &str = "delete from session where ends_ms <= $1";

#[derive(FromRow)]
struct TriesRow {
    about: String,
    who: Vec<u8>,
    window_ms: i64,
    tries: i64,
    editor_id: Option<i64>,
}

impl Store {
    /// Counts a try before it is looked at, so that many at once are no more than as many in turn.
    /// `false`, and nothing written, where there were too many of the account or from the network.
    pub async fn sign_in_try(
        &self,
        account: &AddressHash,
        network: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let window = window_of(now);
        let tries = whose(account, network);
        for (about, who, most) in tries {
            let tried: Option<i64> = sqlx::query_scalar(TRIED)
                .bind(about)
                .bind(who)
                .bind(window)
                .fetch_optional(&self.readers)
                .await?;
            if tried.unwrap_or(0) >= most {
                return Ok(false);
            }
        }
        let mut tx = self.write().await?;
        let mut allowed = true;
        for (about, who, most) in tries {
            let tried: i64 = sqlx::query_scalar(TRY)
                .bind(about)
                .bind(who)
                .bind(window)
                .fetch_one(&mut *tx)
                .await?;
            allowed &= tried <= most;
        }
        if allowed {
            tx.commit().await?;
        }
        Ok(allowed)
    }

    /// Takes a counted try back: it was right.
    pub async fn sign_in_right(
        &self,
        account: &AddressHash,
        network: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for (about, who, _) in whose(account, network) {
            let untry = sqlx::query(UNTRY).bind(about).bind(who);
            untry.bind(window_of(now)).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Forgets links, sessions and tries that nothing asks for any more; what tries of a window that is
    /// over came to goes into the audit. How many were forgotten.
    pub async fn sign_ins_forget(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let at = now.as_millisecond();
        let mut forgotten = 0;
        let over = sqlx::query_as(TRIES_OVER).bind(window_of(now));
        let over: Vec<TriesRow> = over.fetch_all(&mut *tx).await?;
        for done in wrong_tries(&over) {
            self.note(&mut tx, "", done, now).await?;
        }
        for (statement, before) in [
            (LINKS_OLD, at - ms(LINK_WINDOW)),
            (SESSIONS_OLD, at),
            (TRIES_OLD, window_of(now)),
        ] {
            let done = sqlx::query(statement).bind(before).execute(&mut *tx);
            forgotten += done.await?.rows_affected();
        }
        tx.commit().await?;
        Ok(forgotten)
    }
}

/// Whose tries are counted, and how many there are in a window.
fn whose<'a>(account: &'a AddressHash, network: &'a str) -> [(&'static str, &'a [u8], i64); 2] {
    [
        ("account", account.0.as_slice(), TRIES_ACCOUNT),
        ("network", network.as_bytes(), TRIES_NETWORK),
    ]
}

/// What wrong tries came to: a row for each account that there is and each network that was stopped, and
/// one a window for all addresses that are nobody's.
fn wrong_tries(rows: &[TriesRow]) -> Vec<Deed> {
    let said = |act: &str, subject: String, row: &TriesRow, tries: i64| Deed {
        became: format!("tries: {tries}"),
        why: match instant(row.window_ms, "login_attempt.window_ms") {
            Ok(at) => format!(
                "in the quarter of an hour from {}",
                at.strftime("%F %H:%M UTC")
            ),
            Err(_) => String::new(),
        },
        ..deed(act, subject)
    };
    let act = |tries, most| match tries >= most {
        true => "sign-in throttled",
        false => "sign-in failed",
    };
    let mut deeds = Vec::new();
    for window in rows.chunk_by(|a, b| a.window_ms == b.window_ms) {
        let (mut strangers, mut addresses) = (0, 0);
        for row in window {
            match (row.about.as_str(), row.editor_id) {
                ("account", Some(id)) => {
                    let act = act(row.tries, TRIES_ACCOUNT);
                    deeds.push(said(act, format!("editor {id}"), row, row.tries));
                }
                ("account", None) => {
                    strangers += row.tries;
                    addresses += 1;
                }
                _ if row.tries >= TRIES_NETWORK => {
                    let network = String::from_utf8_lossy(&row.who);
                    let act = act(row.tries, TRIES_NETWORK);
                    deeds.push(said(act, format!("network {network}"), row, row.tries));
                }
                _ => {}
            }
        }
        if let Some(first) = window.first().filter(|_| strangers > 0) {
            let subject = format!("addresses that are nobody's: {addresses}");
            deeds.push(said("sign-in failed", subject, first, strangers));
        }
    }
    deeds
}
