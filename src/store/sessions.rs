//! Getting in at the desk: links that are used once, sessions, and tries that are counted.

use sqlx::{FromRow, SqliteConnection};

use super::planning::address_hash;
use super::signups::ms;
use super::{Store, StoreError, instant};
use crate::domain::address::AddressHash;
use crate::domain::editor::Editor;
use crate::domain::sign_in::{
    LINK_GOOD, LINK_PAUSE, LINK_WINDOW, LINKS_MOST, LinkWay, LoginLink, LoginMail, NewSession,
    SESSION_GOOD, Session, TRIES_ACCOUNT, TRIES_NETWORK, window_of,
};
use crate::domain::signup::Mailed;
use crate::domain::time::Timestamp;
use crate::domain::{EditorId, LoginLinkId, SessionId};

// The same row is written whoever the address belongs to.
const PUT: &str = "insert into login_link (address_hash, asked_ms, state, not_before_ms) \
     select $1, $2, 'queued', $2 where not exists (select 1 from login_link \
      where address_hash = $1 and asked_ms > $3 and state <> 'printed') \
     and (select count(*) from login_link where address_hash = $1 and asked_ms > $4 \
      and state <> 'printed') < $5 returning login_link_id";
const PRINT: &str = "insert into login_link (address_hash, asked_ms, state, not_before_ms) \
     values ($1, $2, 'printed', $2) returning login_link_id";
const WAITS: &str =
    "select count(*) from login_link where state = 'queued' and not_before_ms <= $1";
const NEXT: &str = "update login_link set state = 'started' where login_link_id = \
     (select login_link_id from login_link where state = 'queued' and not_before_ms <= $1 \
     order by not_before_ms, login_link_id limit 1) \
     returning login_link_id, address_hash, asked_ms, tries";
const SENT: &str =
    "update login_link set state = 'sent' where login_link_id = $1 and state = 'started'";
const LATER: &str = "update login_link set state = 'queued', tries = tries + 1, not_before_ms = $2 \
     where login_link_id = $1 and state = 'started'";
const OVER: &str =
    "update login_link set state = 'over' where login_link_id = $1 and state = 'started'";
const TAKEN_UP: &str = "update login_link set state = 'queued' where state = 'started'";
const LINKS_OLD: &str = "delete from login_link where state <> 'started' and asked_ms <= $1";
const SESSIONS_OLD: &str = "delete from session where ends_ms <= $1";
const LINK: &str = "select address_hash, used_ms is not null from login_link \
     where login_link_id = $1 and asked_ms = $2";
const USE: &str = "update login_link set used_ms = $3 where login_link_id = $1 and asked_ms = $2 \
     and used_ms is null and asked_ms > $4";
// A code of a step that was used, or of one before it, opens nothing.
const STEP: &str = "update editor set totp_step = $2 where editor_id = $1 \
     and (totp_step is null or totp_step < $2)";
const OPEN: &str = "insert into session (editor_id, token_hash, made_ms, ends_ms, browser, network) \
     select editor_id, $2, $3, $4, $5, $6 from editor where editor_id = $1 and disabled_ms is null \
     returning session_id";
const OF_TOKEN: &str = "select session_id, editor_id from session \
     where token_hash = $1 and ends_ms > $2";
const OF_EDITOR: &str = "select session_id, made_ms, ends_ms, browser, network from session \
     where editor_id = $1 and ends_ms > $2 order by made_ms desc, session_id desc limit 100";
const TRIED: &str = "select tries from login_attempt \
     where about = $1 and who = $2 and window_ms = $3";
const TRY: &str = "insert into login_attempt (about, who, window_ms, tries) values ($1, $2, $3, 1) \
     on conflict (about, who, window_ms) do update set tries = login_attempt.tries + 1 \
     returning tries";
const UNTRY: &str = "update login_attempt set tries = tries - 1 \
     where about = $1 and who = $2 and window_ms = $3 and tries > 0";
const TRIES_OLD: &str = "delete from login_attempt where window_ms < $1";

#[derive(FromRow)]
struct NextRow {
    login_link_id: i64,
    address_hash: Vec<u8>,
    asked_ms: i64,
    tries: i64,
}

#[derive(FromRow)]
struct SessionRow {
    session_id: i64,
    made_ms: i64,
    ends_ms: i64,
    browser: String,
    network: String,
}

impl Store {
    /// Makes a link for an address, whoever that is. `None` where it was mailed its share; a link that
    /// is printed has no share.
    pub async fn login_link_add(
        &self,
        hash: &AddressHash,
        way: LinkWay,
        now: Timestamp,
    ) -> Result<Option<LoginLinkId>, StoreError> {
        let mut tx = self.write().await?;
        let at = now.as_millisecond();
        let put = match way {
            LinkWay::Printed => sqlx::query_scalar(PRINT).bind(hash.0.as_slice()).bind(at),
            LinkWay::Mailed => sqlx::query_scalar(PUT)
                .bind(hash.0.as_slice())
                .bind(at)
                .bind(at - ms(LINK_PAUSE))
                .bind(at - ms(LINK_WINDOW))
                .bind(LINKS_MOST),
        };
        let id: Option<i64> = put.fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        Ok(id.map(LoginLinkId))
    }

    /// Whether a mail with a link may be sent now. A read.
    pub async fn login_link_waits(&self, now: Timestamp) -> Result<bool, StoreError> {
        let waiting: i64 = sqlx::query_scalar(WAITS)
            .bind(now.as_millisecond())
            .fetch_one(&self.readers)
            .await?;
        Ok(waiting > 0)
    }

    /// Writes down what became of the mail before and, where one is to be taken, takes the next, in
    /// one commit: at no instant are two mails in doubt.
    pub async fn login_link_next(
        &self,
        before: Option<(LoginLinkId, Mailed)>,
        take: bool,
        now: Timestamp,
    ) -> Result<Option<LoginMail>, StoreError> {
        let mut tx = self.write().await?;
        if let Some((id, mailed)) = before {
            let statement = match mailed {
                Mailed::Sent => sqlx::query(SENT).bind(id.0),
                Mailed::Later(at) => sqlx::query(LATER).bind(id.0).bind(at.as_millisecond()),
                Mailed::Forgotten => sqlx::query(OVER).bind(id.0),
            };
            statement.execute(&mut *tx).await?;
        }
        let row: Option<NextRow> = match take {
            true => {
                let next = sqlx::query_as(NEXT).bind(now.as_millisecond());
                next.fetch_optional(&mut *tx).await?
            }
            false => None,
        };
        tx.commit().await?;
        let Some(row) = row else { return Ok(None) };
        let hash = address_hash(row.address_hash)?;
        let editor = self.editor_of_address(&hash).await?;
        Ok(Some(LoginMail {
            id: LoginLinkId(row.login_link_id),
            to: editor.filter(|e| e.disabled.is_none()).map(|e| e.address),
            hash,
            at: instant(row.asked_ms, "login_link.asked_ms")?,
            tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        }))
    }

    /// Takes up what a dead sender left: its mail is sent again, with the same bytes. How many.
    pub async fn login_links_recover(&self) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(TAKEN_UP).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Forgets links, sessions and tries that nothing asks for any more. How many.
    pub async fn sign_ins_forget(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let at = now.as_millisecond();
        let mut forgotten = 0;
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

    /// A link as it is named: its number and its instant in milliseconds. `None` where it is forgotten.
    pub async fn login_link(
        &self,
        (id, at_ms): (LoginLinkId, i64),
        now: Timestamp,
    ) -> Result<Option<LoginLink>, StoreError> {
        let row: Option<(Vec<u8>, bool)> = sqlx::query_as(LINK)
            .bind(id.0)
            .bind(at_ms)
            .fetch_optional(&self.readers)
            .await?;
        let Some((hash, used)) = row else {
            return Ok(None);
        };
        let editor = self.editor_of_address(&address_hash(hash)?).await?;
        Ok(Some(LoginLink {
            editor: editor.filter(|e| e.disabled.is_none()),
            good: !used && at_ms > now.as_millisecond() - ms(LINK_GOOD),
        }))
    }

    /// Lets somebody in, and marks what they came in by as used, in one commit. `None`, and nothing
    /// written, where it was used meanwhile or they may not come in any more.
    pub async fn session_open(&self, new: &NewSession) -> Result<Option<SessionId>, StoreError> {
        let mut tx = self.write().await?;
        let at = new.at.as_millisecond();
        if !used_up(&mut tx, new, at).await? {
            return Ok(None);
        }
        let id: Option<i64> = sqlx::query_scalar(OPEN)
            .bind(new.editor.0)
            .bind(new.token_hash.as_slice())
            .bind(at)
            .bind(at + ms(SESSION_GOOD))
            .bind(&new.browser)
            .bind(&new.network)
            .fetch_optional(&mut *tx)
            .await?;
        if id.is_some() {
            tx.commit().await?;
        }
        Ok(id.map(SessionId))
    }

    /// Marks a step whose code was given as used. `false` where it was before, or a later one.
    pub async fn totp_use(&self, editor: EditorId, step: i64) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let used = sqlx::query(STEP).bind(editor.0).bind(step);
        let used = used.execute(&mut *tx).await?.rows_affected() > 0;
        tx.commit().await?;
        Ok(used)
    }

    /// Whose session a cookie is, by the SHA-256 of its token.
    pub async fn session(
        &self,
        token_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<(SessionId, Editor)>, StoreError> {
        let row: Option<(i64, i64)> = sqlx::query_as(OF_TOKEN)
            .bind(token_hash.as_slice())
            .bind(now.as_millisecond())
            .fetch_optional(&self.readers)
            .await?;
        let Some((id, editor)) = row else {
            return Ok(None);
        };
        let editor = self.editor(EditorId(editor)).await?;
        let editor = editor.filter(|e| e.disabled.is_none());
        Ok(editor.map(|editor| (SessionId(id), editor)))
    }

    /// An editor's sessions, the newest first, a hundred at most.
    pub async fn sessions_of(
        &self,
        editor: EditorId,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRow> = sqlx::query_as(OF_EDITOR)
            .bind(editor.0)
            .bind(now.as_millisecond())
            .fetch_all(&self.readers)
            .await?;
        let session = |row: SessionRow| {
            Ok(Session {
                id: SessionId(row.session_id),
                made: instant(row.made_ms, "session.made_ms")?,
                ends: instant(row.ends_ms, "session.ends_ms")?,
                browser: row.browser,
                network: row.network,
            })
        };
        rows.into_iter().map(session).collect()
    }

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
}

/// Whose tries are counted, and how many there are in a window.
fn whose<'a>(account: &'a AddressHash, network: &'a str) -> [(&'static str, &'a [u8], i64); 2] {
    [
        ("account", account.0.as_slice(), TRIES_ACCOUNT),
        ("network", network.as_bytes(), TRIES_NETWORK),
    ]
}

/// Marks a link and a code as used. Whether neither was.
async fn used_up(tx: &mut SqliteConnection, new: &NewSession, at: i64) -> Result<bool, StoreError> {
    if let Some((id, at_ms)) = new.used.link {
        let link = sqlx::query(USE)
            .bind(id.0)
            .bind(at_ms)
            .bind(at)
            .bind(at - ms(LINK_GOOD));
        if link.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
    }
    if let Some(step) = new.used.totp_step {
        let step = sqlx::query(STEP).bind(new.editor.0).bind(step);
        if step.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
