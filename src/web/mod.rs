//! The pages behind the links of a letter (leave, change one's terms, read in the browser), those of
//! whoever joins, and those that everybody may read.
//!
//! They work without scripts, keep no cookie and no session: a signed token in the path says whose
//! page it is and what it may do. The desk alone has sessions (`desk`). GET never changes anything, since scanners press every link. This
//! room does not know how letters are made: it is given a [`LetterSource`].

mod desk;
mod form;
mod front;
mod guard;
pub mod inbox;
mod join;
mod leave;
mod morning;
mod own;
mod page;
mod picture;
mod public;
mod rhythm;
pub mod routes;
mod serve;
mod terms;
mod together;
mod visitor;
mod wish;

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;

use crate::clock::Clock;
use crate::deliver::letters::issue::Everybody;
use crate::domain::SubscriptionId;
use crate::domain::address::AddressError;
use crate::domain::archive::Issued;
use crate::domain::due::Due;
use crate::domain::list::{Cadence, List};
use crate::domain::subscriber::{Subscriber, Subscription, Terms};
use crate::feedback::link::{Keyring, Opened};
use crate::pictures::shelf::Shelf;
use crate::press::PressError;
use crate::press::next::next_due;
use crate::render::words::Catalogue;
use crate::store::{Store, StoreError};

pub use form::{BODY_MAX, Form, FormError};
pub use join::JoinSettings;
pub use morning::DeskParts;
pub use page::wordings;
pub use serve::serve;

use join::Join;
use page::{Pages, Speech};
use together::Together;

/// What went wrong in another room; a page says nothing of it, the log does.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// An answer that is waited for, out of a trait object.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Where a letter's page comes from.
pub trait LetterSource: Send + Sync {
    /// The HTML document of the letter that an opened token names; `None` where it is no longer
    /// there.
    fn html(&self, opened: Opened) -> Answer<'_, Option<String>>;

    /// The HTML document of an issue of the archive; `None` where nothing of it may be shown. A source
    /// that knows single letters only has none.
    fn issue<'a>(&'a self, _: &'a Issued, _: Everybody<'a>) -> Answer<'a, Option<String>> {
        Box::pin(async { Ok(None) })
    }
}

/// What the pages need.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The house keys: they open the tokens.
    pub keys: Keyring,
    /// What time it is.
    pub clock: Clock,
    /// Base of every link to these pages, without a trailing slash.
    pub public_url: String,
    /// Letters as pages.
    pub letters: Arc<dyn LetterSource>,
    /// The words of every language.
    pub words: Arc<Catalogue>,
    /// Renditions of pictures.
    pub pictures: Shelf,
    /// What holds for those who sign up.
    pub join: JoinSettings,
    /// What the editors' pages are made with; without it there are none.
    pub desk: Option<DeskParts>,
}

/// The pages, by the table of [`routes::ROUTES`]. A path that is not there, a token that is not ours and a token for
/// something else all get one and the same page.
pub fn router(app: App) -> Router {
    let house = House::new(app);
    let pages = house.pages.clone();
    let gate = visitor::Gate {
        pages: pages.clone(),
        origin: origin(&house.app.public_url),
    };
    let mut routes = Router::new();
    for one in routes::ROUTES {
        let own_site = from_fn_with_state((gate.clone(), one), visitor::own_site);
        let desk = from_fn_with_state((house.clone(), one), desk::gate);
        routes = routes.route(one.path, one.serve().layer(desk).layer(own_site));
    }
    let routes = routes.fallback(front::nothing).with_state(house);
    guarded(routes, pages)
}

/// The origin of our own pages.
fn origin(public_url: &str) -> String {
    let url = url::Url::parse(public_url);
    url.map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// Puts the guard around routes: a wrong method gets a page, every answer its headers.
fn guarded(routes: Router, pages: Pages) -> Router {
    let refused = pages.clone();
    routes
        .method_not_allowed_fallback(async move || {
            refused.plain(StatusCode::METHOD_NOT_ALLOWED, "not_allowed")
        })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(pages, guard::guard))
}

/// The parts that the handlers share.
#[derive(Clone)]
struct House {
    app: Arc<App>,
    pages: Pages,
    join: Arc<Join>,
    leaving: Arc<Together<leave::Leavings>>,
    issues: Arc<public::Kept>,
    desk: Arc<desk::Desk>,
    bench: Option<Arc<morning::Bench>>,
}

/// Whose page it is: what a token led to.
struct Visit {
    /// `None` once the list is no more.
    list: Option<List>,
    /// `None` once the person is erased.
    person: Option<(Subscriber, Subscription)>,
    speech: Speech,
}

impl House {
    fn new(app: App) -> House {
        let pages = Pages::new(app.words.clone());
        House {
            join: Arc::new(Join::new(app.join.clone())),
            leaving: Arc::default(),
            issues: Arc::default(),
            desk: Arc::new(desk::Desk::new(&app.public_url)),
            bench: app.desk.clone().map(|parts| {
                let keys = app.keys.clone();
                Arc::new(morning::Bench::new(parts, keys))
            }),
            app: Arc::new(app),
            pages,
        }
    }

    /// Reads what an opened token names. A subscription of another list than the token's is none.
    async fn visit(&self, opened: Opened) -> Result<Visit, StoreError> {
        let list = match self.app.store.list_by_id(opened.list).await {
            Ok(list) => Some(list),
            Err(StoreError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let person = self.app.store.subscription(opened.subscription).await?;
        let person = person.filter(|(_, s)| s.list == opened.list && list.is_some());
        let language = match (&person, &list) {
            (Some((_, subscription)), _) => subscription.terms.language.as_str(),
            (None, Some(list)) => list.settings.language.as_str(),
            (None, None) => "en",
        };
        let speech = self.pages.speech(language);
        Ok(Visit {
            list,
            person,
            speech,
        })
    }

    /// Whether mails that are asked for here wait until sending goes on.
    async fn holds_mail(&self) -> Result<bool, StoreError> {
        Ok(self.app.store.paused().await?.is_some())
    }

    /// When the next letter comes that a reader does not have yet. An hour that its cadence no
    /// longer takes has no due now; a change of the cadence gives it one later.
    async fn next(
        &self,
        subscription: SubscriptionId,
        terms: &Terms,
        cadence: &Cadence,
    ) -> Result<Option<Due>, StoreError> {
        let now = self.app.clock.now();
        let next = next_due(&self.app.store, Some(subscription), terms, cadence, now).await;
        match next {
            Ok(due) => Ok(due),
            Err(PressError::Store(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }
}

impl Visit {
    /// The masthead.
    fn masthead(&self) -> &str {
        self.list.as_ref().map(masthead).unwrap_or_default()
    }

    /// The reader's address, masked: a letter is forwarded, and its links with it.
    fn address(&self) -> String {
        let address = self.person.as_ref().and_then(|(s, _)| s.address.as_ref());
        address.map(|a| a.masked()).unwrap_or_default()
    }
}

/// A list's name as readers know it.
fn masthead(list: &List) -> &str {
    list.display_name()
}

/// What to say of an address that cannot be taken: a key of the catalogue.
fn wrong_address(error: &AddressError) -> &'static str {
    match error {
        AddressError::NeedsSmtpUtf8 => "join.unserved",
        _ => "join.wrong",
    }
}

/// The page for a form that could not be read.
fn refused(pages: &Pages, error: &FormError) -> Response {
    match error {
        FormError::TooLarge => pages.plain(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        FormError::Unreadable => pages.plain(StatusCode::BAD_REQUEST, "bad_form"),
    }
}
