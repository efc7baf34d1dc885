//! People of the desk: who they are, which role they have for which list, and what a role may do.

use super::address::Address;
use super::time::Timestamp;
use super::{EditorId, ListId, words};

words! {
    /// What somebody is to a list.
    Role {
        /// Looks on.
        Viewer = "viewer",
        /// Decides what an edition says.
        Editor = "editor",
        /// Says that it may go.
        Approver = "approver",
        /// Places sponsors.
        Sales = "sales",
        /// Everything, people of the desk included.
        Admin = "admin",
    }
}

words! {
    /// What somebody does at the desk.
    Act {
        /// Sees their own account, and what they may do.
        Own = "own",
        /// Looks at editions, stories, previews.
        See = "see",
        /// Decides about stories and writes into an edition.
        Curate = "curate",
        /// Keeps letters that wait from leaving.
        Stop = "stop",
        /// Says that an edition may go, and takes that back.
        Approve = "approve",
        /// Sends letters that no plan foresaw: a letter by hand, a correction.
        Send = "send",
        /// Places and withdraws sponsors' blocks.
        Sell = "sell",
        /// Reads who did what.
        Audit = "audit",
        /// Looks after accounts and roles.
        Manage = "manage",
    }
}

impl Role {
    /// Whether a role may do something. What is not named here, it may not.
    pub const fn may(self, act: Act) -> bool {
        match self {
            Role::Viewer => matches!(act, Act::Own | Act::See),
            Role::Editor => matches!(act, Act::Own | Act::See | Act::Curate | Act::Stop),
            Role::Approver => !matches!(act, Act::Sell | Act::Manage),
            Role::Sales => matches!(act, Act::Own | Act::See | Act::Sell),
            Role::Admin => true,
        }
    }
}

impl Act {
    /// The roles that may do it, in words: `editor, approver or admin`.
    pub fn roles(self) -> String {
        let roles: Vec<&str> = Role::ALL
            .iter()
            .filter(|r| r.may(self))
            .map(|r| r.as_str())
            .collect();
        match roles.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => String::new(),
        }
    }
}

/// A role for one list, or for all that there are and will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `None`: all.
    pub list: Option<ListId>,
    /// Which.
    pub role: Role,
}

/// A person of the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    /// Who.
    pub id: EditorId,
    /// Where their links go.
    pub address: Address,
    /// As colleagues read it beside a decision.
    pub name: String,
    /// Since when there is an account.
    pub made: Timestamp,
    /// Since when they may not come in.
    pub disabled: Option<Timestamp>,
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether an authenticator is asked for a code.
    pub has_totp: bool,
    /// What they may do, and where.
    pub grants: Vec<Grant>,
}

impl Editor {
    /// Whether they may do something with a list. One's own account is everybody's.
    pub fn may(&self, list: ListId, act: Act) -> bool {
        act == Act::Own || self.has(act, |on| on.is_none_or(|on| on == list))
    }

    /// Whether they may do it with one list at least.
    pub fn may_somewhere(&self, act: Act) -> bool {
        act == Act::Own || self.has(act, |_| true)
    }

    /// Whether they may do it with every list: what concerns the house as a whole.
    pub fn may_everywhere(&self, act: Act) -> bool {
        act == Act::Own || self.has(act, |on| on.is_none())
    }

    fn has(&self, act: Act, covers: impl Fn(Option<ListId>) -> bool) -> bool {
        self.grants
            .iter()
            .any(|g| g.role.may(act) && covers(g.list))
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, Editor, Grant, Role};
    use crate::domain::address::Address;
    use crate::domain::time::Timestamp;
    use crate::domain::{EditorId, ListId};

    #[test]
    fn the_table_of_roles() {
        let table: Vec<String> = Role::ALL
            .iter()
            .map(|role| {
                let acts = Act::ALL.iter().filter(|a| role.may(**a));
                let acts: Vec<&str> = acts.map(|a| a.as_str()).collect();
                format!("{role}: {}", acts.join(" "))
            })
            .collect();
        assert_eq!(
            table,
            [
                "viewer: own see",
                "editor: own see curate stop",
                "approver: own see curate stop approve send audit",
                "sales: own see sell",
                "admin: own see curate stop approve send sell audit manage",
            ]
        );
        assert_eq!(Act::Approve.roles(), "approver or admin");
        assert_eq!(Act::Manage.roles(), "admin");
    }

    #[test]
    fn a_role_holds_for_its_list_and_adds_to_that_for_all() {
        let editor = Editor {
            id: EditorId(1),
            address: Address::parse("ann@paper.example").expect("an address"),
            name: "Ann".to_owned(),
            made: Timestamp::UNIX_EPOCH,
            disabled: None,
            has_password: false,
            has_totp: false,
            grants: vec![
                Grant {
                    list: None,
                    role: Role::Viewer,
                },
                Grant {
                    list: Some(ListId(1)),
                    role: Role::Editor,
                },
            ],
        };
        assert!(editor.may(ListId(1), Act::Curate) && !editor.may(ListId(2), Act::Curate));
        assert!(editor.may(ListId(2), Act::See) && editor.may_everywhere(Act::See));
        assert!(editor.may_somewhere(Act::Curate) && !editor.may_everywhere(Act::Curate));
        assert!(!editor.may_somewhere(Act::Approve) && editor.may_everywhere(Act::Own));
    }
}
