//! Who is signed in at the desk, by the hash of a cookie's token.

use sqlx::{FromRow, SqliteConnection};

use super::audit::{deed, note_of};
use super::signups::ms;
use super::{Store, StoreError, instant};
use crate::domain::audit::{Deed, Who};
use crate::domain::editor::Editor;
use crate::domain::sign_in::{LINK_GOOD, NewSession, SESSION_GOOD, Session};
use crate::domain::time::Timestamp;
use crate::domain::{EditorId, SessionId};

const USE: &str = "update login_link set used_ms = $3 where login_link_id = $1 and asked_ms = $2 \
     and used_ms is null and asked_ms > $4";
// A code of a step that was used, or of one before it, opens nothing.
const STEP: &str = "update editor set totp_step = $2 where editor_id = $1 \
     and (totp_step is null or totp_step < $2)";
const OPEN: &str = "insert into session (editor_id, token_hash, made_ms, ends_ms, browser, network) \
     select editor_id, $2, $3, $4, $5, $6 from editor where editor_id = $1 and disabled_ms is null \
     returning session_id";
const NAME: &str = "select name from editor where editor_id = $1";
const OF_TOKEN: &str = "select session_id, editor_id from session \
     where token_hash = $1 and ends_ms > $2";
const OF_EDITOR: &str = "select session_id, made_ms, ends_ms, browser, network from session \
     where editor_id = $1 and ends_ms > $2 order by made_ms desc, session_id desc limit 100";

#[derive(FromRow)]
struct SessionRow {
    session_id: i64,
    made_ms: i64,
    ends_ms: i64,
    browser: String,
    network: String,
}

impl Store {
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
        if let Some(id) = id {
            let name: String = sqlx::query_scalar(NAME)
                .bind(new.editor.0)
                .fetch_one(&mut *tx)
                .await?;
            let who = Who {
                editor: Some(new.editor),
                name,
            };
            note_of(&mut tx, who, came_in(new, id), new.at).await?;
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

fn came_in(new: &NewSession, session: i64) -> Deed {
    let by = match new.used.link {
        Some(_) => "by a link",
        None => "by a password",
    };
    let code = match new.used.totp_step {
        Some(_) => " and a code",
        None => "",
    };
    Deed {
        became: format!("session {session} from {}, {by}{code}", new.network),
        ..deed("sign-in", format_args!("editor {}", new.editor))
    }
}
