//! Every route of the pages, said once: who may post to it, whose token it takes, and what serves it.
//! The router is made of this table, and so is the proof that no GET changes anything.

use axum::routing::{MethodRouter, get, post};

use super::{House, desk, front, join, leave, morning, own, picture, public, terms};
use crate::domain::editor::Act;
use crate::feedback::link::Purpose;

/// From whose pages a form is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posts {
    /// There is none.
    None,
    /// From our own; browsers say where a form came from.
    OwnSite,
    /// The route judges by itself: a mail program's one click, a publisher's own form.
    Anybody,
}

/// What a page of the desk needs: a session, and somebody who may do this, with one list at least. The
/// list itself is the handler's to ask about (`Seat::may`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// To look at it.
    pub get: Act,
    /// To post to it.
    pub post: Act,
}

/// A route.
pub struct Route {
    /// As the router has it.
    pub path: &'static str,
    /// Whether it answers GET and HEAD.
    pub gets: bool,
    /// Whose forms it takes.
    pub posts: Posts,
    /// What the token in its path must be for.
    pub token: Option<Purpose>,
    /// What whoever asks must be allowed to do; `None`: anybody may ask.
    pub desk: Option<Needs>,
    serve: fn() -> MethodRouter<House>,
}

impl Route {
    /// What answers.
    pub(super) fn serve(&self) -> MethodRouter<House> {
        (self.serve)()
    }
}

/// A page that only reads.
const fn page(path: &'static str, serve: fn() -> MethodRouter<House>) -> Route {
    Route {
        path,
        gets: true,
        posts: Posts::None,
        token: None,
        desk: None,
        serve,
    }
}

/// A page behind a signed link.
const fn signed(
    path: &'static str,
    token: Purpose,
    posts: Posts,
    serve: fn() -> MethodRouter<House>,
) -> Route {
    Route {
        path,
        gets: true,
        posts,
        token: Some(token),
        desk: None,
        serve,
    }
}

/// A page with a form that needs no signed link.
const fn form(path: &'static str, serve: fn() -> MethodRouter<House>) -> Route {
    Route {
        path,
        gets: true,
        posts: Posts::OwnSite,
        token: None,
        desk: None,
        serve,
    }
}

/// A page of the desk that only reads.
const fn desk_page(path: &'static str, act: Act, serve: fn() -> MethodRouter<House>) -> Route {
    Route {
        path,
        gets: true,
        posts: Posts::None,
        token: None,
        desk: Some(Needs {
            get: act,
            post: act,
        }),
        serve,
    }
}

/// A page of the desk with forms: what it needs to be looked at, and to be posted to.
const fn desk_form(
    path: &'static str,
    (get, post): (Act, Act),
    serve: fn() -> MethodRouter<House>,
) -> Route {
    Route {
        path,
        gets: true,
        posts: Posts::OwnSite,
        token: None,
        desk: Some(Needs { get, post }),
        serve,
    }
}

/// All of them. Received letters, which the demo shows, are pages of their own (`inbox`).
pub const ROUTES: &[Route] = &[
    page("/", || get(public::front)),
    page("/list/{list}", || get(public::list)),
    page("/list/{list}/archive", || get(public::archive)),
    page("/list/{list}/archive/{issue}", || get(public::issue)),
    page("/list/{list}/atom.xml", || get(public::feed::feed)),
    page("/robots.txt", || get(public::robots)),
    signed("/u/{token}", Purpose::Unsubscribe, Posts::Anybody, || {
        get(leave::ask).post(leave::act)
    }),
    signed("/p/{token}", Purpose::Preferences, Posts::OwnSite, || {
        get(terms::show).post(terms::act)
    }),
    signed("/v/{token}", Purpose::View, Posts::None, || {
        get(front::letter)
    }),
    signed("/c/{token}", Purpose::Confirm, Posts::OwnSite, || {
        get(join::confirm::ask).post(join::confirm::act)
    }),
    form("/link", || get(own::address::ask).post(own::address::act)),
    signed(
        "/p/{token}/letters",
        Purpose::Preferences,
        Posts::None,
        || get(own::letters::show),
    ),
    Route {
        path: "/p/{token}/feed",
        gets: false,
        posts: Posts::OwnSite,
        token: Some(Purpose::Preferences),
        desk: None,
        serve: || post(own::letters::renew),
    },
    signed(
        "/p/{token}/letters/{digest}",
        Purpose::Preferences,
        Posts::OwnSite,
        || get(own::why::show).post(own::why::act),
    ),
    signed(
        "/p/{token}/lists",
        Purpose::Preferences,
        Posts::OwnSite,
        || get(own::lists::show).post(own::lists::act),
    ),
    signed(
        "/p/{token}/data",
        Purpose::Preferences,
        Posts::OwnSite,
        || get(own::kept::show).post(own::kept::act),
    ),
    signed("/a/{token}", Purpose::Feed, Posts::None, || {
        get(own::feed::feed)
    }),
    signed("/x/{token}", Purpose::Export, Posts::OwnSite, || {
        get(own::export::ask).post(own::export::act)
    }),
    signed("/g/{token}", Purpose::Forget, Posts::OwnSite, || {
        get(own::forget::ask).post(own::forget::act)
    }),
    signed("/m/{token}", Purpose::Move, Posts::OwnSite, || {
        get(own::moving::ask).post(own::moving::act)
    }),
    signed("/n/{token}", Purpose::Moved, Posts::OwnSite, || {
        get(own::moving::ask_new).post(own::moving::act_new)
    }),
    form("/join/{list}", || get(join::show).post(join::act)),
    form("/join/{list}/frame", || {
        get(join::show_framed).post(join::act_framed)
    }),
    Route {
        path: "/api/join/{list}",
        gets: false,
        posts: Posts::Anybody,
        token: None,
        desk: None,
        serve: || post(join::api::act).options(join::api::preflight),
    },
    form("/desk/sign-in", || {
        get(desk::sign_in_ask).post(desk::sign_in_act)
    }),
    signed(
        "/desk/enter/{token}",
        Purpose::Enter,
        Posts::OwnSite,
        || get(desk::enter_ask).post(desk::enter_act),
    ),
    desk_page("/desk/", Act::Own, || get(desk::home)),
    Route {
        path: "/desk/sign-out",
        gets: false,
        posts: Posts::OwnSite,
        token: None,
        desk: Some(Needs {
            get: Act::Own,
            post: Act::Own,
        }),
        serve: || post(desk::sign_out),
    },
    desk_form("/desk/sessions", (Act::Own, Act::Own), || {
        get(desk::sessions_show).post(desk::sessions_act)
    }),
    desk_form("/desk/password", (Act::Own, Act::Own), || {
        get(desk::password_ask).post(desk::password_act)
    }),
    desk_form("/desk/{list}/{cadence}/{run}", (Act::See, Act::See), || {
        get(morning::show).post(morning::act)
    }),
    desk_form(
        "/desk/{list}/{cadence}/{run}/story/{article}",
        (Act::See, Act::Curate),
        || get(morning::story).post(morning::story_act),
    ),
    desk_page("/desk/{list}/{cadence}/{run}/preview", Act::See, || {
        get(morning::preview)
    }),
    desk_page("/desk/{list}/{cadence}/{run}/letter", Act::See, || {
        get(morning::letter)
    }),
    page("/i/{name}", || get(picture::picture)),
    page("/healthz", || get(front::alive)),
    page("/readyz", || get(front::ready)),
    page("/doctor/{nonce}", || get(front::proof)),
];
