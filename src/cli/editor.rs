//! `editor`: people of the desk, their roles, and the ways in.

mod proof;

use std::path::Path;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::parts::public_url;
use super::{Exit, Failure, House, show, typed};
use crate::deliver::confirm::desk_link;
use crate::domain::address::Address;
use crate::domain::editor::{Editor, Grant, Role};
use crate::domain::sign_in::LinkWay;
use crate::domain::time::Timestamp;
use crate::store::{NewEditor, StoreError};

/// Longest name.
const NAME_MOST: usize = 80;

/// Verbs of `editor`.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Give somebody an account at the desk
    Add {
        /// Where their links go
        address: String,
        /// As colleagues read it beside a decision (default: what stands before the @)
        #[arg(long)]
        name: Option<String>,
        /// Which role, and for which lists
        #[command(flatten)]
        roles: Roles,
    },
    /// Everybody who has an account
    List {
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// One account: roles, ways in, where it is signed in
    Show {
        /// Whose
        address: String,
        /// JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give another name, or other roles in the place of those they have
    Set {
        /// Whose
        address: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// Which role, and for which lists
        #[command(flatten)]
        roles: Roles,
    },
    /// Keep somebody out: every session ends, links are over
    Disable {
        /// Whom
        address: String,
    },
    /// Let somebody in again
    Enable {
        /// Whom
        address: String,
    },
    /// Print a link that lets somebody in, once, within fifteen minutes
    Link {
        /// Whom
        address: String,
    },
    /// Set a password, read from stdin or asked for; every session ends
    Password {
        /// Whose
        address: String,
        /// Take it away instead: mailed links stay
        #[arg(long)]
        remove: bool,
    },
    /// Make a secret for an authenticator, and print it; from then on a code is asked for
    Totp {
        /// Whose
        address: String,
        /// Take it away instead
        #[arg(long)]
        remove: bool,
    },
}

/// Which role, and for which lists.
#[derive(Args, Debug)]
pub struct Roles {
    /// viewer, editor, approver, sales or admin
    #[arg(long)]
    role: Option<Role>,
    /// A list that it holds for; may be given several times (default: all that there are and will be)
    #[arg(long = "list", value_name = "LIST", requires = "role")]
    lists: Vec<String>,
}

/// Runs a verb of `editor`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    match verb {
        Verb::Add {
            address,
            name,
            roles,
        } => {
            let role = roles.role.unwrap_or(Role::Editor);
            let grants = grants(&house, role, &roles.lists).await?;
            add(&house, &address, name, grants).await?;
            show::note(&format!("`courant editor link {address}` lets them in"));
        }
        Verb::List { json } => list(&house, json).await?,
        Verb::Show { address, json } => one(&house, &address, json).await?,
        Verb::Set {
            address,
            name,
            roles,
        } => set(&house, &address, name, &roles).await?,
        Verb::Disable { address } => {
            let editor = found(&house, &address).await?;
            let done = house.store.editor_disable(editor.id, house.clock.now());
            say(
                done.await?,
                &address,
                "may not come in any more",
                "could not come in before",
            );
        }
        Verb::Enable { address } => {
            let editor = found(&house, &address).await?;
            let done = house.store.editor_enable(editor.id, house.clock.now());
            say(
                done.await?,
                &address,
                "may come in again",
                "could come in before",
            );
        }
        Verb::Link { address } => {
            let editor = found(&house, &address).await?;
            show::line(&link(&house, &editor).await?)?;
        }
        Verb::Password { address, remove } => {
            proof::password(&house, &found(&house, &address).await?, remove).await?;
        }
        Verb::Totp { address, remove } => {
            proof::totp(&house, &found(&house, &address).await?, remove).await?;
        }
    }
    Ok(Exit::Done)
}

fn say(done: bool, address: &str, did: &str, did_not: &str) {
    let words = if done { did } else { did_not };
    show::note(&format!("{address} {words}"));
}

/// Makes an account; one that is there stays what it is.
pub(super) async fn add(
    house: &House,
    address: &str,
    name: Option<String>,
    grants: Vec<Grant>,
) -> Result<(), Failure> {
    let address = Address::parse(address)?;
    let name = name.unwrap_or_else(|| address.local().to_owned());
    let new = NewEditor {
        hash: house.keys.address_hash(&address),
        name: typed::line("the name", &name, NAME_MOST)?,
        grants,
        address,
    };
    let made = house.store.editor_add(&new, house.clock.now()).await;
    match made {
        Ok(_) => Ok(()),
        Err(error @ StoreError::Exists { .. }) => {
            let hint = format!(
                "`courant editor set {} --role ROLE` changes what they may do",
                new.address.full()
            );
            Err(Failure::from(error).hint(hint))
        }
        Err(error) => Err(error.into()),
    }
}

/// A link that lets somebody in.
pub(super) async fn link(house: &House, editor: &Editor) -> Result<String, Failure> {
    if editor.disabled.is_some() {
        let words = format!("{} may not come in", editor.address.full());
        let hint = format!("`courant editor enable {}`", editor.address.full());
        return Err(Failure::failed(words).hint(hint));
    }
    let hash = house.keys.address_hash(&editor.address);
    let now = house.clock.now();
    let added = house.store.login_link_add(&hash, LinkWay::Printed, now);
    let id = added
        .await?
        .ok_or_else(|| Failure::failed("no link could be made"))?;
    Ok(desk_link(&house.keys, &public_url(&house.config), id, now))
}

/// Who has an account under an address.
pub(super) async fn found(house: &House, address: &str) -> Result<Editor, Failure> {
    let parsed = Address::parse(address)?;
    let hash = house.keys.address_hash(&parsed);
    let found = house.store.editor_of_address(&hash).await?;
    found.ok_or_else(|| {
        Failure::failed(format_args!(
            "nobody of the desk has the address {}",
            parsed.full()
        ))
        .hint("`courant editor list` names all, `courant editor add ADDRESS` makes one")
    })
}

async fn grants(house: &House, role: Role, lists: &[String]) -> Result<Vec<Grant>, Failure> {
    if lists.is_empty() {
        return Ok(vec![Grant { list: None, role }]);
    }
    let lists = typed::lists(&house.store, lists).await?;
    let grant = |list: &crate::domain::list::List| Grant {
        list: Some(list.id),
        role,
    };
    Ok(lists.iter().map(grant).collect())
}

async fn set(
    house: &House,
    address: &str,
    name: Option<String>,
    roles: &Roles,
) -> Result<(), Failure> {
    let editor = found(house, address).await?;
    if name.is_none() && roles.role.is_none() {
        return Err(Failure::usage("nothing is to be changed").hint("name --name, --role or both"));
    }
    let name = name.map(|n| typed::line("the name", &n, NAME_MOST));
    let name = name.transpose()?;
    let grants = match roles.role {
        Some(role) => Some(grants(house, role, &roles.lists).await?),
        None => None,
    };
    let now = house.clock.now();
    let set = house
        .store
        .editor_set(editor.id, name.as_deref(), grants.as_deref(), now);
    set.await?;
    show::note("changed; it holds from their next page on");
    Ok(())
}

/// An account as it is shown.
#[derive(Serialize)]
struct Shown {
    id: i64,
    address: String,
    name: String,
    roles: Vec<ShownRole>,
    password: bool,
    authenticator: bool,
    disabled: Option<Timestamp>,
    made: Timestamp,
}

#[derive(Serialize)]
struct ShownRole {
    role: Role,
    /// Null: all.
    list: Option<String>,
}

async fn shown(house: &House, editors: Vec<Editor>) -> Result<Vec<Shown>, Failure> {
    let lists = house.store.lists().await?;
    let slug = |grant: &Grant| {
        let id = grant.list?;
        let list = lists.iter().find(|l| l.id == id);
        Some(list.map_or_else(|| id.to_string(), |l| l.slug.to_string()))
    };
    let one = |e: Editor| Shown {
        id: e.id.0,
        address: e.address.full().to_owned(),
        roles: e
            .grants
            .iter()
            .map(|g| ShownRole {
                role: g.role,
                list: slug(g),
            })
            .collect(),
        name: e.name,
        password: e.has_password,
        authenticator: e.has_totp,
        disabled: e.disabled,
        made: e.made,
    };
    Ok(editors.into_iter().map(one).collect())
}

fn roles(shown: &Shown) -> String {
    let role = |r: &ShownRole| match &r.list {
        Some(list) => format!("{} ({list})", r.role),
        None => r.role.to_string(),
    };
    let roles: Vec<String> = shown.roles.iter().map(role).collect();
    roles.join(", ")
}

fn ways(shown: &Shown) -> String {
    let mut ways = vec!["link"];
    if shown.password {
        ways.push("password");
    }
    if shown.authenticator {
        ways.push("code");
    }
    match shown.disabled {
        Some(_) => "none: disabled".to_owned(),
        None => ways.join(", "),
    }
}

async fn list(house: &House, json: bool) -> Result<(), Failure> {
    let all = shown(house, house.store.editors().await?).await?;
    if json {
        return show::json(&all);
    }
    let rows = all
        .iter()
        .map(|e| vec![e.address.clone(), e.name.clone(), roles(e), ways(e)])
        .collect();
    let none = "nobody has an account: `courant editor add ADDRESS --role admin`";
    show::table(&["address", "name", "roles", "ways in"], rows, none)
}

async fn one(house: &House, address: &str, json: bool) -> Result<(), Failure> {
    let editor = found(house, address).await?;
    let sessions = house.store.sessions_of(editor.id, house.clock.now());
    let sessions = sessions.await?;
    let mut all = shown(house, vec![editor]).await?;
    let Some(shown) = all.pop() else {
        return Ok(());
    };
    if json {
        return show::json(&shown);
    }
    show::pairs(&[
        ("address", shown.address.clone()),
        ("name", shown.name.clone()),
        ("roles", roles(&shown)),
        ("ways in", ways(&shown)),
        ("since", typed::shown(shown.made)),
        (
            "signed in",
            show::count(i64::try_from(sessions.len()).unwrap_or(i64::MAX), "browser"),
        ),
    ])
}
