//! People of the desk: their accounts and their roles.

use sqlx::{FromRow, SqliteConnection};

use super::audit::deed;
use super::{Store, StoreError, exists, instant, instant_or_none, unreadable};
use crate::domain::address::{Address, AddressHash};
use crate::domain::audit::Deed;
use crate::domain::editor::{Editor, Grant, Role};
use crate::domain::sign_in::{Ending, Proofs};
use crate::domain::time::Timestamp;
use crate::domain::{EditorId, ListId};

const ADD: &str = "insert into editor (address, address_hash, name, made_ms) values ($1, $2, $3, $4) \
     returning editor_id";
const GRANT: &str = "insert into editor_role (editor_id, list_id, role) values ($1, $2, $3)";
const GRANTS_CLEAR: &str = "delete from editor_role where editor_id = $1";
const RENAME: &str = "update editor set name = $2 where editor_id = $1";
const DISABLE: &str =
    "update editor set disabled_ms = $2 where editor_id = $1 and disabled_ms is null";
const ENABLE: &str =
    "update editor set disabled_ms = null where editor_id = $1 and disabled_ms is not null";
const PASSWORD: &str = "update editor set password = $2 where editor_id = $1";
const TOTP: &str =
    "update editor set totp_key = $2, totp_salt = $3, totp_step = null where editor_id = $1";
const PROOFS: &str = "select editor_id, password, totp_key, totp_salt from editor \
     where address_hash = $1 and disabled_ms is null";
const SESSIONS_END: &str = "delete from session where editor_id = $1";
const OTHERS_END: &str = "delete from session where editor_id = $1 and session_id <> $2";
const ONE_ENDS: &str = "delete from session where editor_id = $1 and session_id = $2";
// A link of somebody who may not come in is over, too: it would work again once they may.
const LINKS_END: &str = "update login_link set state = 'over', used_ms = $2 \
     where address_hash = (select address_hash from editor where editor_id = $1) and used_ms is null";

macro_rules! editors_where {
    ($which:literal) => {
        concat!(
            "select e.editor_id, e.address, e.name, e.made_ms, e.disabled_ms, \
             e.password is not null as has_password, e.totp_key is not null as has_totp, \
             r.list_id, r.role from editor e left join editor_role r on r.editor_id = e.editor_id ",
            $which,
            " order by e.editor_id, r.list_id"
        )
    };
}
const ALL: &str = editors_where!("");
const BY_ID: &str = editors_where!("where e.editor_id = $1");
const BY_HASH: &str = editors_where!("where e.address_hash = $1");

/// A person with one of their roles.
#[derive(FromRow)]
struct EditorRow {
    editor_id: i64,
    address: String,
    name: String,
    made_ms: i64,
    disabled_ms: Option<i64>,
    has_password: bool,
    has_totp: bool,
    list_id: Option<i64>,
    role: Option<String>,
}

#[derive(FromRow)]
struct ProofsRow {
    editor_id: i64,
    password: Option<String>,
    totp_key: Option<String>,
    totp_salt: Option<Vec<u8>>,
}

/// Somebody who gets an account.
#[derive(Clone, Debug)]
pub struct NewEditor {
    /// Where their links go.
    pub address: Address,
    /// Its keyed hash.
    pub hash: AddressHash,
    /// As colleagues read it.
    pub name: String,
    /// What they may do.
    pub grants: Vec<Grant>,
}

impl Store {
    /// Makes an account. [`StoreError::Exists`] where the address has one.
    pub async fn editor_add(
        &self,
        new: &NewEditor,
        now: Timestamp,
    ) -> Result<EditorId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(ADD)
            .bind(new.address.full())
            .bind(new.hash.0.as_slice())
            .bind(&new.name)
            .bind(now.as_millisecond())
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "editor", new.address.masked()))?;
        grant(&mut tx, EditorId(id), &new.grants).await?;
        let done = Deed {
            became: format!("{}: {}", new.name, in_words(&new.grants)),
            ..of(EditorId(id), "account made")
        };
        self.note(&mut tx, "", done, now).await?;
        tx.commit().await?;
        Ok(EditorId(id))
    }

    /// Everybody who has an account, those who may not come in among them.
    pub async fn editors(&self) -> Result<Vec<Editor>, StoreError> {
        let rows: Vec<EditorRow> = sqlx::query_as(ALL).fetch_all(&self.readers).await?;
        people_of(rows)
    }

    /// Who that is.
    pub async fn editor(&self, id: EditorId) -> Result<Option<Editor>, StoreError> {
        let rows = sqlx::query_as(BY_ID).bind(id.0).fetch_all(&self.readers);
        Ok(people_of(rows.await?)?.pop())
    }

    /// Whose address that is.
    pub async fn editor_of_address(
        &self,
        hash: &AddressHash,
    ) -> Result<Option<Editor>, StoreError> {
        let rows = sqlx::query_as(BY_HASH)
            .bind(hash.0.as_slice())
            .fetch_all(&self.readers);
        Ok(people_of(rows.await?)?.pop())
    }

    /// Gives them another name, other roles, or both. Roles that are given take the place of all.
    pub async fn editor_set(
        &self,
        id: EditorId,
        name: Option<&str>,
        grants: Option<&[Grant]>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let rows = sqlx::query_as(BY_ID).bind(id.0).fetch_all(&mut *tx);
        let before = people_of(rows.await?)?.pop();
        let before = before.ok_or_else(|| StoreError::NotFound {
            what: "editor",
            name: id.to_string(),
        })?;
        if let Some(name) = name {
            let rename = sqlx::query(RENAME).bind(id.0).bind(name);
            rename.execute(&mut *tx).await?;
        }
        if let Some(grants) = grants {
            sqlx::query(GRANTS_CLEAR)
                .bind(id.0)
                .execute(&mut *tx)
                .await?;
            grant(&mut tx, id, grants).await?;
        }
        let done = Deed {
            was: format!("{}: {}", before.name, in_words(&before.grants)),
            became: format!(
                "{}: {}",
                name.unwrap_or(&before.name),
                in_words(grants.unwrap_or(&before.grants))
            ),
            ..of(id, "account changed")
        };
        self.note(&mut tx, "", done, now).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps them out: sessions end, links are over. Whether they could come in before.
    pub async fn editor_disable(&self, id: EditorId, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let disabled = sqlx::query(DISABLE).bind(id.0).bind(now.as_millisecond());
        let done = disabled.execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            end(&mut tx, id, Ending::All).await?;
            let links = sqlx::query(LINKS_END).bind(id.0).bind(now.as_millisecond());
            links.execute(&mut *tx).await?;
            let done = of(id, "account disabled");
            self.note(&mut tx, "", done, now).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Lets them in again. Whether they could not before.
    pub async fn editor_enable(&self, id: EditorId, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let enabled = sqlx::query(ENABLE).bind(id.0).execute(&mut *tx).await?;
        let enabled = enabled.rows_affected() > 0;
        if enabled {
            let done = of(id, "account enabled");
            self.note(&mut tx, "", done, now).await?;
        }
        tx.commit().await?;
        Ok(enabled)
    }

    /// Sets a password by its hash, or takes it away. Sessions end, but for the one that did it, and so
    /// do links that are under way.
    pub async fn editor_password(
        &self,
        id: EditorId,
        hash: Option<&str>,
        ending: Ending,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let set = sqlx::query(PASSWORD).bind(id.0).bind(hash);
        set.execute(&mut *tx).await?;
        end(&mut tx, id, ending).await?;
        let links = sqlx::query(LINKS_END).bind(id.0).bind(now.as_millisecond());
        links.execute(&mut *tx).await?;
        let act = match hash {
            Some(_) => "password set",
            None => "password taken away",
        };
        self.note(&mut tx, "", of(id, act), now).await?;
        Ok(tx.commit().await?)
    }

    /// Sets what an authenticator's secret is made of (a house key's id, and a salt), or takes it away.
    /// Sessions end: whoever has one has shown no code.
    pub async fn editor_totp(
        &self,
        id: EditorId,
        made_of: Option<(&str, &[u8])>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let set = sqlx::query(TOTP)
            .bind(id.0)
            .bind(made_of.map(|(key, _)| key))
            .bind(made_of.map(|(_, salt)| salt));
        set.execute(&mut *tx).await?;
        end(&mut tx, id, Ending::All).await?;
        let act = match made_of {
            Some(_) => "authenticator set",
            None => "authenticator taken away",
        };
        self.note(&mut tx, "", of(id, act), now).await?;
        Ok(tx.commit().await?)
    }

    /// What somebody who may come in proves themselves by.
    pub async fn editor_proofs(&self, hash: &AddressHash) -> Result<Option<Proofs>, StoreError> {
        let row: Option<ProofsRow> = sqlx::query_as(PROOFS)
            .bind(hash.0.as_slice())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| Proofs {
            editor: EditorId(row.editor_id),
            password: row.password,
            totp: row.totp_key.zip(row.totp_salt),
        }))
    }

    /// Ends sessions of theirs. How many.
    pub async fn sessions_end(
        &self,
        id: EditorId,
        which: Ending,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let ended = end(&mut tx, id, which).await?;
        if ended > 0 {
            let done = Deed {
                became: format!("sessions ended: {ended}"),
                ..of(id, "sign-out")
            };
            self.note(&mut tx, "", done, now).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }
}

fn of(id: EditorId, act: &str) -> Deed {
    deed(act, format_args!("editor {id}"))
}

/// Roles as the audit has them: `editor of list 2, viewer of all`.
fn in_words(grants: &[Grant]) -> String {
    let words: Vec<String> = grants
        .iter()
        .map(|g| match g.list {
            Some(list) => format!("{} of list {list}", g.role),
            None => format!("{} of all", g.role),
        })
        .collect();
    match words.is_empty() {
        true => "no role".to_owned(),
        false => words.join(", "),
    }
}

async fn grant(
    tx: &mut SqliteConnection,
    id: EditorId,
    grants: &[Grant],
) -> Result<(), StoreError> {
    for grant in grants {
        let add = sqlx::query(GRANT)
            .bind(id.0)
            .bind(grant.list.map(|l| l.0))
            .bind(grant.role.as_str());
        add.execute(&mut *tx)
            .await
            .map_err(|e| exists(e, "role for that list", grant.role))?;
    }
    Ok(())
}

async fn end(tx: &mut SqliteConnection, id: EditorId, which: Ending) -> Result<u64, StoreError> {
    let statement = match which {
        Ending::All => sqlx::query(SESSIONS_END).bind(id.0),
        Ending::Others(kept) => sqlx::query(OTHERS_END).bind(id.0).bind(kept.0),
        Ending::One(which) => sqlx::query(ONE_ENDS).bind(id.0).bind(which.0),
    };
    Ok(statement.execute(tx).await?.rows_affected())
}

/// The people of rows that are ordered by them.
fn people_of(rows: Vec<EditorRow>) -> Result<Vec<Editor>, StoreError> {
    let mut people: Vec<Editor> = Vec::new();
    for row in rows {
        let role = row.role.as_deref();
        let role = role.map(|r| Role::parse(r).map_err(|_| unreadable("editor_role.role", r)));
        let grant = role.transpose()?.map(|role| Grant {
            list: row.list_id.map(ListId),
            role,
        });
        if people.last().is_none_or(|last| last.id.0 != row.editor_id) {
            people.push(Editor {
                id: EditorId(row.editor_id),
                // The value itself is no part of the error: it would be an address in a log.
                address: Address::parse(&row.address)
                    .map_err(|_| unreadable("editor.address", "…"))?,
                name: row.name,
                made: instant(row.made_ms, "editor.made_ms")?,
                disabled: instant_or_none(row.disabled_ms, "editor.disabled_ms")?,
                has_password: row.has_password,
                has_totp: row.has_totp,
                grants: Vec::new(),
            });
        }
        if let Some(last) = people.last_mut() {
            last.grants.extend(grant);
        }
    }
    Ok(people)
}
