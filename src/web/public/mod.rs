//! What everybody may read: the front page, a list's page, its archive, one issue, `robots.txt`.
//!
//! Nobody's digest is shown: an issue is the general one, which is kept for this. A page reads no more
//! than it shows, and whoever has it already is told so.

pub(super) mod feed;
mod issues;
mod kept;

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use minijinja::{Value, context};
use serde::Deserialize;

use super::front::PLAIN;
use super::guard::ISSUE_POLICY;
use super::page::Speech;
use super::rhythm::rhythm;
use super::wish::cadence_name;
use super::{House, masthead, visitor};
use crate::deliver::letters::issue::Everybody;
use crate::domain::archive::{Archive, Issued};
use crate::domain::list::{Cadence, List};
use crate::domain::signup::SignupPolicy;
use crate::domain::slug::Slug;
use crate::store::StoreError;
use issues::{Told, told};
pub(super) use kept::Kept;

const HTML: &str = "text/html; charset=utf-8";
/// Issues on a page of the archive, on the page of a list, and headlines of each.
const PAGE: u32 = 20;
const NEWEST: u32 = 6;
const HEADLINES: usize = 4;

type Named = Result<Path<String>, PathRejection>;
type Asked = Result<Query<Wanted>, QueryRejection>;

/// Which page of an archive.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// The issues before this one.
    before: Option<String>,
}

/// A list that has pages for everybody.
struct Publication {
    list: List,
    speech: Speech,
}

/// Whether a list has a page: there is something to join, or to read.
fn has_page(list: &List) -> bool {
    list.settings.archive != Archive::Off || list.settings.signup != SignupPolicy::Closed
}

/// `GET /`: the lists.
pub(super) async fn front(State(house): State<House>, headers: HeaderMap) -> Response {
    let lists = match house.app.store.lists().await {
        Ok(lists) => lists,
        Err(error) => return house.pages.failed(&error),
    };
    let languages = visitor::languages(&headers);
    let spoken = languages.iter().find(|l| house.pages.catalogue().speaks(l));
    let speech = house.pages.speech(spoken.map_or("en", String::as_str));
    let named = |list: &&List| has_page(list) && list.settings.archive != Archive::Unlisted;
    let shown = lists.iter().filter(named).map(|list| {
        context! {
            name => masthead(list),
            tagline => list.settings.tagline.clone(),
            link => format!("/list/{}", list.slug),
        }
    });
    let shown: Vec<Value> = shown.collect();
    let found = lists.iter().any(|l| l.settings.archive == Archive::Public);
    let mut page = house.page(
        "front.html",
        &speech,
        context! { lists => shown },
        (&headers, found),
    );
    let headers = page.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    page
}

/// `GET /list/{list}`: what it is, when it comes, and a look at it.
pub(super) async fn list(State(house): State<House>, named: Named, headers: HeaderMap) -> Response {
    let of = match house.publication(named).await {
        Ok(of) => of,
        Err(page) => return page,
    };
    let own = async {
        let store = &house.app.store;
        let cadences = store.cadences(of.list.id).await?;
        let topics = store.topics().await?;
        let issues = match of.list.settings.archive {
            Archive::Off => Vec::new(),
            _ => store.issues(of.list.id, None, NEWEST).await?,
        };
        let issues = told(store, issues, HEADLINES, house.app.clock.now()).await?;
        let rhythm = |c: &Cadence| rhythm(&of.speech, c, None);
        Ok(context! {
            rhythms => cadences.iter().map(rhythm).collect::<Vec<_>>(),
            topics => topics.into_iter().map(|t| t.name).collect::<Vec<_>>(),
            issues => of.values(&issues, &cadences),
        })
    };
    let own: Result<Value, StoreError> = own.await;
    match own {
        Ok(own) => house.list_page("list.html", &of, own, &headers),
        Err(error) => house.pages.failed(&error),
    }
}

/// `GET /list/{list}/archive`: its issues, the newest first.
pub(super) async fn archive(
    State(house): State<House>,
    named: Named,
    asked: Asked,
    headers: HeaderMap,
) -> Response {
    let of = match house.archived(named).await {
        Ok(of) => of,
        Err(page) => return page,
    };
    let before = asked.map(|Query(w)| w).unwrap_or_default().before;
    let own = async {
        let store = &house.app.store;
        let from = match &before {
            Some(name) => store.issue(of.list.id, name).await?,
            None => None,
        };
        let issues = store.issues(of.list.id, from.as_ref(), PAGE + 1).await?;
        let more = issues.len() > PAGE as usize;
        let issues: Vec<Issued> = issues.into_iter().take(PAGE as usize).collect();
        let older = issues.last().filter(|_| more).map(|i| i.name.clone());
        let issues = told(store, issues, HEADLINES, house.app.clock.now()).await?;
        let cadences = store.cadences(of.list.id).await?;
        let issues = of.values(&issues, &cadences);
        Ok(context! { issues, older, newest => from.is_some() })
    };
    let own: Result<Value, StoreError> = own.await;
    match own {
        Ok(own) => house.list_page("archive.html", &of, own, &headers),
        Err(error) => house.pages.failed(&error),
    }
}

/// `GET /list/{list}/archive/{issue}`: one issue.
pub(super) async fn issue(
    State(house): State<House>,
    named: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Path((list, name))) = named else {
        return house.pages.not_found();
    };
    let of = match house.archived(Ok(Path(list))).await {
        Ok(of) => of,
        Err(page) => return page,
    };
    let page = async {
        match house.app.store.issue(of.list.id, &name).await? {
            Some(issue) => house.laid_out(&of, &issue, &headers).await,
            None => Ok(house.pages.not_found()),
        }
    };
    let page: Result<Response, super::Fault> = page.await;
    page.unwrap_or_else(|error| house.pages.failed(error.as_ref()))
}

/// `GET /robots.txt` (RFC 9309): what is public by its list's setting may be read, and nothing else. A
/// list that is not is not named.
pub(super) async fn robots(State(house): State<House>, headers: HeaderMap) -> Response {
    let lists = match house.app.store.lists().await {
        Ok(lists) => lists,
        Err(error) => return house.pages.failed(&error),
    };
    let public = |l: &&List| l.settings.archive == Archive::Public;
    let allowed: String = lists
        .iter()
        .filter(public)
        .map(|l| format!("Allow: /list/{0}$\nAllow: /list/{0}/\n", l.slug))
        .collect();
    let front = match allowed.is_empty() {
        true => "",
        false => "Allow: /$\nAllow: /i/\n",
    };
    let text = format!("User-agent: *\n{front}{allowed}Disallow: /\n");
    let tag = kept::tag(text.as_bytes());
    let mut page = kept::answer(&headers, &tag, ("text/plain", text), false);
    page.headers_mut().insert(header::CONTENT_TYPE, PLAIN);
    page
}

impl Publication {
    /// Issues as templates take them. Two of one day are told apart by their rhythm and hour.
    fn values(&self, issues: &[Told], cadences: &[Cadence]) -> Vec<Value> {
        let zone = &self.list.settings.home_zone;
        let wall = |told: &Told| zone.tz().to_datetime(told.issue.out);
        let days: Vec<_> = issues.iter().map(|told| wall(told).date()).collect();
        let value = |told: &Told| {
            let out = wall(told);
            let same = days.iter().filter(|day| **day == out.date()).count() > 1;
            let own = cadences.iter().filter(|c| is_of(told, c));
            let own = own.max_by_key(|c| c.name.as_str().len()).filter(|_| same);
            let rhythm = own.map(|c| {
                let (name, time) = (cadence_name(&c.name), out.strftime("%H:%M").to_string());
                let values = [("name", name.as_str()), ("time", time.as_str())];
                self.speech.say("terms.cadence_at", &values)
            });
            told.value(self.speech.date(out.date()), rhythm)
        };
        issues.iter().map(value).collect()
    }
}

/// Whether an issue's name may be of a cadence: `daily` and `daily-late` both begin `daily-late-…`, and
/// the longer is meant.
fn is_of(told: &Told, cadence: &Cadence) -> bool {
    let rest = told.issue.name.strip_prefix(cadence.name.as_str());
    rest.is_some_and(|rest| rest.starts_with('-'))
}

impl House {
    /// A list that has pages for everybody, or the page of nothing.
    async fn publication(&self, named: Named) -> Result<Publication, Response> {
        let slug = named.ok().and_then(|Path(name)| Slug::parse(&name).ok());
        let slug = slug.ok_or_else(|| self.pages.not_found())?;
        let list = match self.app.store.list(&slug).await {
            Ok(list) => list,
            Err(StoreError::NotFound { .. }) => return Err(self.pages.not_found()),
            Err(error) => return Err(self.pages.failed(&error)),
        };
        if !has_page(&list) {
            return Err(self.pages.not_found());
        }
        let speech = self.pages.speech(&list.settings.language);
        Ok(Publication { list, speech })
    }

    /// The same of a list whose past issues may be seen.
    async fn archived(&self, named: Named) -> Result<Publication, Response> {
        let of = self.publication(named).await?;
        match of.list.settings.archive {
            Archive::Off => Err(self.pages.not_found()),
            Archive::Public | Archive::Unlisted => Ok(of),
        }
    }

    /// A page about a list.
    fn list_page(
        &self,
        template: &str,
        of: &Publication,
        own: Value,
        headers: &HeaderMap,
    ) -> Response {
        let settings = &of.list.settings;
        let archived = settings.archive != Archive::Off;
        let path = format!("/list/{}", of.list.slug);
        let open = settings.signup != SignupPolicy::Closed;
        let context = context! {
            list => masthead(&of.list),
            tagline => settings.tagline.clone(),
            postal => settings.postal_address.clone(),
            join => open.then(|| format!("/join/{}", of.list.slug)),
            archive => archived.then(|| format!("{path}/archive")),
            feed => archived.then(|| format!("{path}/atom.xml")),
            path,
            ..own
        };
        let found = settings.archive == Archive::Public;
        self.page(template, &of.speech, context, (headers, found))
    }

    /// A page that anybody may keep for a while.
    fn page(
        &self,
        template: &str,
        speech: &Speech,
        context: Value,
        (headers, found): (&HeaderMap, bool),
    ) -> Response {
        match self.pages.text(template, speech, context) {
            Ok(text) => {
                let tag = kept::tag(text.as_bytes());
                kept::answer(headers, &tag, (HTML, text), found)
            }
            Err(error) => self.pages.failed(&error),
        }
    }

    /// An issue, laid out once for as long as nothing of it changes.
    async fn laid_out(
        &self,
        of: &Publication,
        issue: &Issued,
        headers: &HeaderMap,
    ) -> Result<Response, super::Fault> {
        let now = self.app.clock.now();
        let articles: Vec<_> = issue.picks.iter().map(|p| p.article).collect();
        let since = self.app.store.since_printed(&articles).await?;
        let waits = |ms: i64| ms > now.as_millisecond();
        let waiting = since.values().filter(|s| s.embargo_ms.is_some_and(waits));
        let base = format!("{}/list/{}", self.app.public_url, of.list.slug);
        let language = of.list.settings.language.as_str();
        let version = env!("CARGO_PKG_VERSION");
        let made_of = (
            issue.edition,
            &since,
            waiting.count(),
            &base,
            language,
            version,
        );
        let tag = kept::tag(format!("{made_of:?}").as_bytes());
        let found = of.list.settings.archive == Archive::Public;
        let text = match self.issues.get(&tag) {
            Some(text) => text,
            None => {
                let to = Everybody {
                    language,
                    about: &base,
                    archive: &format!("{base}/archive"),
                    now,
                };
                let Some(text) = self.app.letters.issue(issue, to).await? else {
                    return Ok(self.pages.not_found());
                };
                let text: Arc<str> = text.into();
                self.issues.put(&tag, text.clone());
                text
            }
        };
        let mut page = kept::answer(headers, &tag, (HTML, text.to_string()), found);
        let own = page.headers_mut();
        own.insert(header::CONTENT_SECURITY_POLICY, ISSUE_POLICY);
        Ok(page)
    }
}
