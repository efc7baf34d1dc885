//! `/p/{token}/letters`: every letter that came, with its page in the browser, and the private feed.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Value, context};
use serde::Deserialize;

use super::since::Since;
use super::{House, Owner, Page, Token, opened};
use crate::domain::DigestId;
use crate::domain::time::Timestamp;
use crate::feedback::link::{Opened, Purpose};
use crate::store::StoreError;
use crate::store::own::SentLetter;

/// Letters of one page.
const PER_PAGE: u32 = 30;

/// What a link may ask for.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Asked {
    /// Unix ms: letters dated earlier.
    before: Option<i64>,
}

/// `GET /p/{token}/letters`.
pub(in crate::web) async fn show(
    State(house): State<House>,
    token: Token,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let before = asked.ok().and_then(|Query(asked)| asked.before);
    let opened = opened(&house, Purpose::Preferences, token);
    let page = async {
        Ok(match house.owner(opened).await? {
            Ok(owner) => house.letters_page(&owner, before, false).await?,
            Err(page) => page,
        })
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /p/{token}/feed`: the feed gets a new link, and the one before ends.
pub(in crate::web) async fn renew(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let opened = opened(&house, Purpose::Preferences, token);
    match house.posted(opened, request).await {
        Ok(form) if form.one("do") == Some("renew") => {}
        Ok(_) => return house.bad_form(),
        Err(page) => return *page,
    }
    let page = async {
        let owner = match house.owner(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        house.app.store.feed_renew(owner.subscription.id).await?;
        house.letters_page(&owner, None, true).await
    };
    let page: Page = page.await;
    house.answer(page)
}

impl House {
    async fn letters_page(&self, owner: &Owner, before: Option<i64>, renewed: bool) -> Page {
        let store = &self.app.store;
        let before = before.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let id = owner.subscription.id;
        let sent = store.letters_sent(id, before.unwrap_or(Timestamp::MAX), PER_PAGE);
        let sent = sent.await?;
        let older = sent.last().filter(|_| sent.len() == PER_PAGE as usize);
        let older = older.map(|last| last.date.as_millisecond());
        let since = self.since(owner, &sent).await?;
        let subjects = self.subjects(owner, &sent, &since).await?;
        let letter = |((letter, since), subject): ((&SentLetter, &Since), String)| -> Value {
            let zone = &owner.subscription.terms.zone;
            let day = zone.tz().to_datetime(letter.date).date();
            context! {
                day => owner.speech.say_date("own.day", day),
                subject,
                corrections => since.shown(),
                view => self.view(owner, letter.digest),
                why => format!("{}/letters/{}", self.link(Purpose::Preferences, owner.opened), letter.digest),
            }
        };
        let letters: Vec<Value> = {
            let all = sent.iter().zip(&since).zip(subjects);
            all.map(letter).collect()
        };
        let feed = Opened {
            digest: DigestId(store.feed_no(id).await?),
            ..owner.opened
        };
        let context = context! {
            letters,
            older,
            newer => before.is_some(),
            feed => self.link(Purpose::Feed, feed),
            renewed,
            ..owner.shown(self, "own.letters")
        };
        let speech = &owner.speech;
        Ok(self
            .pages
            .show(StatusCode::OK, "own_letters.html", speech, context))
    }

    /// The page of a letter in the browser.
    pub(super) fn view(&self, owner: &Owner, digest: DigestId) -> String {
        let to = Opened {
            digest,
            ..owner.opened
        };
        self.link(Purpose::View, to)
    }

    /// The subjects of letters: the editors', else the first headline, as it was printed. What was
    /// withdrawn since names no letter, nor does what editors wrote of it; one of which nothing stands is
    /// named by its list.
    pub(super) async fn subjects(
        &self,
        owner: &Owner,
        sent: &[SentLetter],
        since: &[Since],
    ) -> Result<Vec<String>, StoreError> {
        let all = || sent.iter().zip(since);
        let ids = all().filter_map(|(letter, since)| Some(since.first(letter)?.revision));
        let ids: Vec<_> = ids.collect();
        let texts = self.app.store.revisions(&ids).await?;
        let subject = |(letter, since): (&SentLetter, &Since)| {
            let first = since.first(letter);
            let leads = first == letter.picks.first();
            let own = letter.subject.clone().filter(|_| leads);
            let headline = || Some(texts.get(&first?.revision)?.text.headline.clone());
            let named = own.or_else(headline);
            named.unwrap_or_else(|| owner.list.display_name().to_owned())
        };
        Ok(all().map(subject).collect())
    }
}
