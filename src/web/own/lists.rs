//! `/p/{token}/lists`: the publisher's other lists, joined and left by the link alone. Whoever has it
//! has the mailbox that it was mailed to, so nothing is left to confirm; a receipt says so.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Value, context};

use super::{House, Owner, Page, Token, opened};
use crate::domain::SubscriptionId;
use crate::domain::consent::ConsentAct;
use crate::domain::list::List;
use crate::domain::signup::SignupPolicy;
use crate::domain::subscriber::{NewSubscription, Standing, Terms};
use crate::feedback::link::Purpose;
use crate::store::StoreError;
use crate::store::leave::Leaving;
use crate::web::join::confirm::kept;
use crate::web::visitor;

/// `GET /p/{token}/lists`.
pub(in crate::web) async fn show(State(house): State<House>, token: Token) -> Response {
    let opened = opened(&house, Purpose::Preferences, token);
    let page = async {
        Ok(match house.owner(opened).await? {
            Ok(owner) => house.lists_page(&owner, None).await?,
            Err(page) => page,
        })
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /p/{token}/lists`: joins or leaves one.
pub(in crate::web) async fn act(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let from = visitor::address(&request, house.join.trusted());
    let opened = opened(&house, Purpose::Preferences, token);
    let form = match house.posted(opened, request).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let (does, named) = (form.one("do"), form.one("list").unwrap_or_default());
    if !matches!(does, Some("join" | "leave")) {
        return house.bad_form();
    }
    let page = async {
        let owner = match house.owner(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        let lists = house.app.store.lists().await?;
        let Some(list) = lists.into_iter().find(|l| l.slug.as_str() == named) else {
            return Ok(house.bad_form());
        };
        let key = match does {
            Some("join") => house.join_other(&owner, &list, from).await?,
            _ => house.leave_other(&owner, &list, from).await?,
        };
        let name = [("list", list.display_name())];
        let told = key.map(|key| owner.speech.say(key, &name));
        house.lists_page(&owner, told).await
    };
    let page: Page = page.await;
    house.answer(page)
}

impl House {
    async fn join_other(
        &self,
        owner: &Owner,
        list: &List,
        from: IpAddr,
    ) -> Result<Option<&'static str>, StoreError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let cadences = store.cadences(list.id).await?;
        let closed = list.settings.signup == SignupPolicy::Closed;
        if owner.person.standing != Standing::Active {
            return Ok(Some("leave.stopped"));
        }
        let (Some(first), Some(address), false) = (cadences.first(), &owner.person.address, closed)
        else {
            return Ok(Some("page.join_closed"));
        };
        let before = store.subscription_of(list.id, owner.person.id).await?;
        let (terms, cadence) = match before.as_ref().and_then(|b| kept(&b.terms, &cadences)) {
            Some(kept) => kept,
            None => {
                let terms = Terms {
                    cadence: first.name.clone(),
                    hour: None,
                    topics: Vec::new(),
                    places: Vec::new(),
                    resume_on: None,
                    ..owner.subscription.terms.clone()
                };
                (terms, first)
            }
        };
        let known = before.map_or(SubscriptionId(0), |b| b.id);
        let due = self.next(known, &terms, cadence).await?;
        let new = NewSubscription {
            list: list.id,
            address: address.clone(),
            hash: self.app.keys.address_hash(address),
            terms,
            cadence: cadence.id,
            standing: Standing::Active,
            due,
            by: "reader".to_owned(),
        };
        let said = ("page", owner.speech.version("own.join_consent"));
        let network = list.settings.consent_network.kept(from);
        let receipt = owner.receipt(ConsentAct::Given, said, (list, network), now);
        match store.list_join(&new, &receipt).await {
            Ok(_) => Ok(Some("own.joined")),
            Err(StoreError::Exists { .. }) => Ok(None),
            Err(StoreError::Stopped { .. } | StoreError::Suppressed { .. }) => {
                Ok(Some("leave.stopped"))
            }
            Err(error) => Err(error),
        }
    }

    async fn leave_other(
        &self,
        owner: &Owner,
        list: &List,
        from: IpAddr,
    ) -> Result<Option<&'static str>, StoreError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let Some(theirs) = store.subscription_of(list.id, owner.person.id).await? else {
            return Ok(None);
        };
        let said = ("page", owner.speech.version("own.leave"));
        let network = list.settings.consent_network.kept(from);
        let receipt = owner.receipt(ConsentAct::Withdrawn, said, (list, network), now);
        let leaving = Leaving {
            subscription: theirs.id,
            list: list.id,
            how: "page",
            receipt: Some(receipt),
        };
        let left = store.leave(&[leaving], now).await?;
        Ok(left.contains(&true).then_some("own.left"))
    }

    async fn lists_page(&self, owner: &Owner, told: Option<String>) -> Page {
        let store = &self.app.store;
        let own = store.subscriptions_of(owner.person.id).await?;
        let mut lists = Vec::new();
        let others = store.lists().await?.into_iter();
        for list in others.filter(|l| l.id != owner.list.id) {
            let theirs = own.iter().find(|s| s.list == list.id);
            let standing = theirs.map(|s| Standing::together(owner.person.standing, s.standing));
            let state = match standing {
                Some(Standing::Active | Standing::Paused | Standing::Pending) => "in",
                Some(Standing::Bounced | Standing::Complained) => "stopped",
                _ if owner.person.standing != Standing::Active => "stopped",
                _ if list.settings.signup == SignupPolicy::Closed => "closed",
                _ if store.cadences(list.id).await?.is_empty() => "closed",
                _ => "out",
            };
            // A list that takes nobody is nobody else's to know of.
            if state == "closed" && theirs.is_none() {
                continue;
            }
            let shown: Value = context! {
                slug => list.slug.as_str(),
                name => list.display_name(),
                tagline => list.settings.tagline.clone(),
                state,
                own => theirs.filter(|_| state == "in").map(|s| {
                    let to = crate::feedback::link::Opened { list: list.id, subscription: s.id, digest: owner.opened.digest };
                    self.link(Purpose::Preferences, to)
                }),
            };
            lists.push(shown);
        }
        let context = context! { lists, told, ..owner.shown(self, "own.lists") };
        let speech = &owner.speech;
        Ok(self
            .pages
            .show(StatusCode::OK, "own_lists.html", speech, context))
    }
}
