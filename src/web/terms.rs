//! A reader's terms as a form: `/p/{token}`.
//!
//! A revision is written only where something changed; the page says what, and when the next letter
//! comes on the reader's own clock. What a wish means is worked out in `wish`.

mod fields;
mod pause;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::wish::{Offer, Part, Typed, Wrong, changed};
use super::{Form, House, Visit};
use crate::domain::list::{Cadence, List};
use crate::domain::subscriber::{Standing, Subscriber, Subscription};
use crate::domain::time::{Date, Timestamp};
use crate::domain::{DigestId, ListId, SubscriptionId};
use crate::feedback::link::{Opened, Purpose};
use crate::render::words::Words;
use crate::store::{Move, StoreError};
use fields::{faults, fields};

/// `GET /p/{token}`: the form, filled in.
pub(super) async fn show(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(opened) = house.chooser(token) else {
        return house.pages.not_found();
    };
    let page = async {
        let desk = match house.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        let typed = Typed::of(&desk.subscription.terms);
        Ok(house.form(&desk, &typed, &[], None))
    };
    let page: Result<Response, StoreError> = page.await;
    page.unwrap_or_else(|error| house.pages.failed(&error))
}

/// `POST /p/{token}`: saves, pauses, resumes or comes back.
pub(super) async fn act(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let Some(opened) = house.chooser(token) else {
        return house.pages.not_found();
    };
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return super::refused(&house.pages, &error),
    };
    let page = match form.one("do") {
        Some("save") => house.save(opened, &form).await,
        Some("skip") => house.skip(opened).await,
        Some("pause") => house.pause(opened, &form).await,
        Some("resume") => house.resume(opened).await,
        Some("again") => {
            let from = Standing::Unsubscribed;
            house.turn(opened, from, Standing::Active).await
        }
        _ => return house.pages.plain(StatusCode::BAD_REQUEST, "bad_form"),
    };
    page.unwrap_or_else(|error| match error {
        // Erased between the look and the write.
        StoreError::NotFound { .. } => house.pages.plain(StatusCode::GONE, "gone"),
        error => house.pages.failed(&error),
    })
}

/// Everything that the form is made of.
struct Desk {
    visit: Visit,
    list: List,
    person: Subscriber,
    subscription: Subscription,
    opened: Opened,
    offer: Offer,
    /// The link to leave.
    leave: Option<String>,
    /// They have just joined, and this is where their choices go.
    joined: Option<String>,
}

impl Desk {
    fn standing(&self) -> Standing {
        Standing::together(self.person.standing, self.subscription.standing)
    }

    /// The cadence of the terms.
    fn rhythm(&self) -> Option<&Cadence> {
        let name = &self.subscription.terms.cadence;
        self.offer.cadences.iter().find(|c| c.name == *name)
    }

    /// The day before which no letter comes, where that is still to come.
    fn resumes(&self, now: Timestamp) -> Option<Date> {
        let terms = &self.subscription.terms;
        let today = terms.zone.tz().to_datetime(now).date();
        let day = terms.resume_on.filter(|day| *day > today);
        day.filter(|_| self.standing() == Standing::Active)
    }

    /// They left this list, and may come back by themselves: a person who takes no letters at all
    /// would get none.
    fn left(&self) -> bool {
        let own = self.subscription.standing;
        self.person.standing == Standing::Active && own == Standing::Unsubscribed
    }

    /// Letters come, or may come again by the reader's own doing: choices are of use.
    fn chooses(&self) -> bool {
        use Standing::{Active, Paused, Pending};
        matches!(self.standing(), Active | Paused | Pending) || self.left()
    }
}

impl House {
    fn chooser(&self, token: Result<Path<String>, PathRejection>) -> Option<Opened> {
        self.app
            .keys
            .open(Purpose::Preferences, &token.ok()?.0)
            .ok()
    }

    /// Reads all that the form needs, or gives the page for somebody who is no longer there.
    async fn desk(&self, opened: Opened) -> Result<Result<Desk, Response>, StoreError> {
        let visit = self.visit(opened).await?;
        // Of whoever is forgotten a row without an address stays; nothing of it is theirs to change.
        let person = visit.person.as_ref().filter(|(p, _)| p.address.is_some());
        let (Some(list), Some((person, subscription))) = (&visit.list, person) else {
            return Ok(Err(self.pages.notice(
                StatusCode::GONE,
                "gone",
                &visit.speech,
            )));
        };
        let (list, person, subscription) = (list.clone(), person.clone(), subscription.clone());
        let store = &self.app.store;
        let catalogue = self.pages.catalogue();
        let offered = |w: &Words| (w.language().to_owned(), w.fill("language.name", &[]));
        let spoken = catalogue.language(&subscription.terms.language);
        let offer = Offer {
            languages: catalogue.all().map(offered).collect(),
            spoken: spoken.map_or_else(|_| String::new(), |w| w.language().to_owned()),
            topics: store.topics().await?,
            places: store.places().await?,
            cadences: store.cadences(list.id).await?,
        };
        let leave = Some(self.link(Purpose::Unsubscribe, opened));
        Ok(Ok(Desk {
            visit,
            list,
            person,
            subscription,
            opened,
            offer,
            leave,
            joined: None,
        }))
    }

    /// The page behind a confirmation: the form, with what was guessed, to be saved or passed over.
    pub(super) async fn choices(
        &self,
        list: ListId,
        subscription: SubscriptionId,
    ) -> Result<Response, StoreError> {
        let opened = Opened {
            list,
            subscription,
            digest: DigestId(0),
        };
        let mut desk = match self.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        desk.joined = Some(self.link(Purpose::Preferences, opened));
        let typed = Typed::of(&desk.subscription.terms);
        Ok(self.form(&desk, &typed, &[], None))
    }

    /// Whoever has just joined chooses nothing for now.
    async fn skip(&self, opened: Opened) -> Result<Response, StoreError> {
        let desk = match self.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        let done = self.begin(&desk).await?;
        let typed = Typed::of(&desk.subscription.terms);
        Ok(self.form(&desk, &typed, &[], done))
    }

    /// Lets the first letter be planned now, and says so where one is to come.
    async fn begin(&self, desk: &Desk) -> Result<Option<String>, StoreError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let waits = store.welcome_now(desk.subscription.id, now).await?;
        let Some(rhythm) = desk.rhythm().filter(|_| waits) else {
            return Ok(None);
        };
        let next = self.next(desk.subscription.id, &desk.subscription.terms, rhythm);
        let before = next.await?.map(|due| due.run);
        let issue = store
            .newest_issue((desk.list.id, rhythm.id), before, now)
            .await?;
        Ok(issue.map(|_| desk.visit.speech.say("join.soon", &[])))
    }

    async fn save(&self, opened: Opened, form: &Form) -> Result<Response, StoreError> {
        let mut desk = match self.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        if !desk.chooses() {
            let typed = Typed::of(&desk.subscription.terms);
            return Ok(self.form(&desk, &typed, &[], None));
        }
        let joining = form.one("joined") == Some("1");
        desk.joined = joining.then(|| self.link(Purpose::Preferences, opened));
        let typed = Typed::read(form);
        let before = &desk.subscription.terms;
        let (terms, cadence) = match typed.wish(&desk.offer, before) {
            Ok(wish) => wish,
            Err(wrong) => return Ok(self.form(&desk, &typed, &wrong, None)),
        };
        desk.joined = None;
        let parts = changed(before, &terms);
        if parts.is_empty() {
            let mut done = Some(desk.visit.speech.say("terms.unchanged", &[]));
            if joining {
                done = self.begin(&desk).await?;
            }
            return Ok(self.form(&desk, &typed, &[], done));
        }
        let now = self.app.clock.now();
        let id = desk.subscription.id;
        let rhythm = desk.offer.cadences.iter().find(|c| c.id == cadence);
        let due = match rhythm.filter(|_| desk.standing() == Standing::Active) {
            Some(rhythm) => self.next(id, &terms, rhythm).await?,
            None => None,
        };
        self.app
            .store
            .terms_revise(id, &terms, cadence, due, "reader", now)
            .await?;
        // In the language that they chose, as the letters from now on.
        desk.visit.speech = self.pages.speech(&terms.language);
        let spoken = self.pages.catalogue().language(&terms.language);
        desk.offer.spoken = spoken.map_or_else(|_| String::new(), |w| w.language().to_owned());
        let mut done = Some(saved(&desk, &parts));
        desk.subscription.terms = terms;
        desk.subscription.due_at = due.map(|d| d.at);
        if joining {
            done = self.begin(&desk).await?.or(done);
        }
        let typed = Typed::of(&desk.subscription.terms);
        Ok(self.form(&desk, &typed, &[], done))
    }

    /// Pauses, resumes or comes back; any other standing stays as it is.
    async fn turn(
        &self,
        opened: Opened,
        from: Standing,
        to: Standing,
    ) -> Result<Response, StoreError> {
        let mut desk = match self.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        let (kind, key) = match (from, to) {
            (_, Standing::Paused) => ("pause", "terms.paused"),
            (Standing::Unsubscribed, _) => ("rejoin", "leave.back"),
            _ => ("resume", "terms.resumed"),
        };
        let may = from != Standing::Unsubscribed || desk.left();
        let next = match desk.rhythm().filter(|_| to == Standing::Active) {
            Some(rhythm) => {
                let subscription = &desk.subscription;
                let terms = &subscription.terms;
                self.next(subscription.id, terms, rhythm).await?
            }
            None => None,
        };
        let subscription = &mut desk.subscription;
        let change = Move {
            from: &[from],
            to,
            kind,
            detail: "page",
        };
        let (store, now) = (&self.app.store, self.app.clock.now());
        if may
            && store
                .standing_move(subscription.id, change, next, now)
                .await?
        {
            subscription.standing = to;
            subscription.due_at = next.map(|d| d.at);
        }
        let done = (desk.standing() == to).then(|| desk.visit.speech.say(key, &[]));
        let typed = Typed::of(&desk.subscription.terms);
        Ok(self.form(&desk, &typed, &[], done))
    }

    fn form(&self, desk: &Desk, typed: &Typed, wrong: &[Wrong], done: Option<String>) -> Response {
        let (speech, now) = (&desk.visit.speech, self.app.clock.now());
        let standing = desk.standing();
        let state = match standing {
            Standing::Active => None,
            Standing::Paused => Some("terms.is_paused"),
            Standing::Pending => Some("terms.is_pending"),
            // The person takes no letters at all, whatever lists they are on.
            Standing::Unsubscribed if desk.person.standing == standing => Some("leave.stopped"),
            Standing::Unsubscribed => Some("terms.is_unsubscribed"),
            Standing::Bounced | Standing::Complained => Some("terms.is_stopped"),
        };
        let zone = &desk.subscription.terms.zone;
        let spread = desk.list.settings.spread_minutes;
        let next = match (desk.subscription.due_at, standing) {
            (Some(at), Standing::Active) => Some(speech.say_due("terms.next", at, zone, spread)),
            (None, Standing::Active) => Some(speech.say("terms.never", &[])),
            _ => None,
        };
        let until = desk
            .resumes(now)
            .map(|day| speech.say_date("terms.paused_until", day));
        // Whose own standing it is decides: a person who stands still as a whole has no button here.
        let own = desk.subscription.standing;
        let context = context! {
            list => desk.visit.masthead(),
            address => desk.visit.address(),
            stories => desk.list.settings.stories,
            own => self.link(Purpose::Preferences, desk.opened),
            leave => desk.leave.clone().filter(|_| desk.chooses() && !desk.left()),
            left => desk.left(),
            joined => desk.joined.clone(),
            chooses => desk.chooses(),
            state,
            until,
            done,
            next => next.filter(|_| wrong.is_empty()),
            refused => !wrong.is_empty(),
            wrong => faults(&desk.visit, wrong),
            may_pause => standing == Standing::Active,
            may_resume => own == Standing::Paused && standing == own || desk.resumes(now).is_some(),
            until_day => desk.resumes(now).map(|day| day.to_string()),
            until_typed => typed.until.clone(),
            ..fields(desk, typed)
        };
        let status = match wrong {
            [] => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        self.pages.show(status, "terms.html", speech, context)
    }
}

fn saved(desk: &Desk, parts: &[Part]) -> String {
    let speech = &desk.visit.speech;
    let name = |part: &Part| speech.say(&format!("terms.part.{part}"), &[]);
    let what = parts.iter().map(name).collect::<Vec<_>>();
    let what = what.join(&speech.say("list.comma", &[]));
    let key = match desk.left() {
        true => "terms.saved_later",
        false => "terms.saved",
    };
    speech.say(key, &[("what", &what)])
}
