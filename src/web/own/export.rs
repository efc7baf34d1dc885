//! `/x/{token}`: what is kept of a person, as JSON or as CSV. GET says what there is, POST hands it out.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde_json::{Value, json};

use super::{House, Owner, Page, Token, opened};
use crate::domain::article::TopicWeight;
use crate::domain::cells::safe;
use crate::domain::consent::Receipt;
use crate::domain::selection::Pick;
use crate::domain::subscriber::{Event, Subscription, Terms, typed_weight};
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::domain::{DigestId, ListId, RevisionId, SubscriptionId};
use crate::feedback::link::Purpose;
use crate::store::StoreError;
use crate::store::history::{Issued, Revision};
use crate::store::own::{KeptSignup, SentLetter};

/// `GET /x/{token}`.
pub(in crate::web) async fn ask(State(house): State<House>, token: Token) -> Response {
    let opened = opened(&house, Purpose::Export, token);
    let page = async {
        let owner = match house.fresh(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        let kept = house.kept_of(&owner).await?;
        let context = context! {
            state => "export",
            whole => owner.person.address.as_ref().map(|a| a.full().to_owned()),
            subscriptions => kept.subscriptions.len(),
            terms_count => kept.revisions.len(),
            receipts => kept.receipts.len(),
            editions => kept.issued.len(),
            events => kept.events.len() + kept.sign_ups.len(),
            ..owner.shown(&house, "fresh.export")
        };
        Ok(house
            .pages
            .show(StatusCode::OK, "fresh.html", &owner.speech, context))
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /x/{token}`: the file.
pub(in crate::web) async fn act(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let opened = opened(&house, Purpose::Export, token);
    let form = match house.posted(opened, request).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let does = form.one("do");
    if !matches!(does, Some("json" | "csv")) {
        return house.bad_form();
    }
    let page = async {
        let owner = match house.fresh(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        let kept = house.kept_of(&owner).await?;
        let (kind, name, text) = match does {
            Some("json") => {
                let text = serde_json::to_string_pretty(&kept.json(&owner));
                ("application/json", "my-data.json", text.unwrap_or_default())
            }
            _ => ("text/csv; charset=utf-8", "my-data.csv", kept.csv(&owner)),
        };
        let head = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
        ];
        Ok((head, text).into_response())
    };
    let page: Page = page.await;
    house.answer(page)
}

/// Letters that are read of one subscription: all of them.
const ALL: u32 = u32::MAX;

/// A letter as it left: what it was called, and its stories.
struct Letter {
    subject: String,
    /// Headline and link, in their order.
    stories: Vec<(String, String)>,
}

/// All that is kept of a person.
struct Kept {
    /// Short names of lists.
    lists: BTreeMap<ListId, String>,
    subscriptions: Vec<Subscription>,
    revisions: Vec<Revision>,
    receipts: Vec<Receipt>,
    issued: Vec<Issued>,
    letters: BTreeMap<DigestId, Letter>,
    events: Vec<Event>,
    sign_ups: Vec<KeptSignup>,
}

impl House {
    async fn kept_of(&self, owner: &Owner) -> Result<Kept, StoreError> {
        let (store, id) = (&self.app.store, owner.person.id);
        let lists = store.lists().await?.into_iter();
        let subscriptions = store.subscriptions_of(id).await?;
        let mut letters = BTreeMap::new();
        for subscription in &subscriptions {
            letters.extend(self.letters_of(subscription.id).await?);
        }
        Ok(Kept {
            letters,
            lists: lists.map(|l| (l.id, l.slug.to_string())).collect(),
            subscriptions,
            revisions: store.revisions_of(id).await?,
            receipts: store.consents(id).await?,
            issued: store.issued(id).await?,
            events: store.events(id).await?,
            sign_ups: store.signups_of(id).await?,
        })
    }

    /// A subscription's letters that left, with their stories as they were printed.
    async fn letters_of(
        &self,
        id: SubscriptionId,
    ) -> Result<BTreeMap<DigestId, Letter>, StoreError> {
        let store = &self.app.store;
        let sent = store.letters_sent(id, Timestamp::MAX, ALL).await?;
        let revisions = sent.iter().flat_map(|l| &l.picks).map(|p| p.revision);
        let revisions: BTreeSet<RevisionId> = revisions.collect();
        let revisions: Vec<RevisionId> = revisions.into_iter().collect();
        let texts = store.revisions(&revisions).await?;
        let letter = |sent: SentLetter| {
            let story = |pick: &Pick| {
                let printed = texts.get(&pick.revision)?;
                let link = printed.url.at(printed.fragment.as_deref());
                Some((printed.text.headline.clone(), link))
            };
            let stories: Vec<_> = sent.picks.iter().filter_map(story).collect();
            let first = stories.first().map(|(headline, _)| headline.clone());
            let subject = sent.subject.or(first).unwrap_or_default();
            (sent.digest, Letter { subject, stories })
        };
        Ok(sent.into_iter().map(letter).collect())
    }
}

/// One row of the CSV.
type Row = (Timestamp, Option<ListId>, &'static str, String, String);

impl Kept {
    fn list(&self, id: Option<ListId>) -> Option<&String> {
        self.lists.get(&id?)
    }

    /// The letter of an edition, where it left.
    fn letter(&self, issued: &Issued) -> Option<&Letter> {
        self.letters.get(&issued.digest?)
    }

    /// Letters by what they were called, and their stories.
    fn story_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for issued in &self.issued {
            let Some(letter) = self.letter(issued) else {
                continue;
            };
            let run = format!("{} {}", issued.cadence, issued.run);
            let mut row = |what, detail| {
                rows.push((issued.planned, Some(issued.list), what, run.clone(), detail));
            };
            row("subject", letter.subject.clone());
            for (headline, link) in &letter.stories {
                row("story", format!("{headline} {link}"));
            }
        }
        rows
    }

    /// The list of a subscription.
    fn list_of(&self, event: &Event) -> Option<ListId> {
        let of = self.subscriptions.iter();
        let id = event.subscription?;
        of.clone().find(|s| s.id == id).map(|s| s.list)
    }

    fn json(&self, owner: &Owner) -> Value {
        let all = |values: Vec<Value>| Value::Array(values);
        let subscription = |s: &Subscription| {
            json!({"list": self.list(Some(s.list)), "standing": s.standing, "terms": terms(&s.terms),
                "next_letter": s.due_at.map(format_rfc3339)})
        };
        let revision = |r: &Revision| {
            json!({"list": self.list(Some(r.list)), "revision": r.seq, "since": format_rfc3339(r.at),
                "by": r.by, "terms": terms(&r.terms)})
        };
        let receipt = |r: &Receipt| {
            json!({"list": self.list(r.list), "act": r.act, "how": r.how, "wording": r.wording,
                "source": r.source, "network": r.network, "note": r.note, "at": format_rfc3339(r.at)})
        };
        let edition = |i: &Issued| {
            let mut value = json!({"list": self.list(Some(i.list)), "cadence": i.cadence, "run": i.run,
                "planned": format_rfc3339(i.planned)});
            match &i.outcome {
                Ok((state, since, words)) => {
                    value["letter"] =
                        json!({"state": state, "since": format_rfc3339(*since), "reply": words});
                    if let Some(letter) = self.letter(i) {
                        let story = |(headline, link): &(String, String)| json!({"headline": headline, "link": link});
                        value["letter"]["subject"] = json!(letter.subject);
                        value["letter"]["stories"] = letter.stories.iter().map(story).collect();
                    }
                }
                Err(reason) => value["no_letter"] = json!(reason),
            }
            value
        };
        let event = |e: &Event| {
            json!({"list": self.list(self.list_of(e)), "kind": e.kind, "detail": e.detail,
                "at": format_rfc3339(e.at)})
        };
        let sign_up = |s: &KeptSignup| {
            json!({"list": self.list(Some(s.list)), "source": s.source, "state": s.state,
                "at": format_rfc3339(s.at)})
        };
        json!({
            "address": owner.person.address.as_ref().map(|a| a.full()),
            "standing": owner.person.standing,
            "known_since": format_rfc3339(owner.person.created_at),
            "subscriptions": all(self.subscriptions.iter().map(subscription).collect()),
            "terms": all(self.revisions.iter().map(revision).collect()),
            "consents": all(self.receipts.iter().map(receipt).collect()),
            "editions": all(self.issued.iter().map(edition).collect()),
            "events": all(self.events.iter().map(event).collect()),
            "sign_ups": all(self.sign_ups.iter().map(sign_up).collect()),
        })
    }

    /// The same as a table, oldest first. No cell of it is a formula.
    fn csv(&self, owner: &Owner) -> String {
        let address = owner.person.address.as_ref().map(|a| a.full().to_owned());
        let mut rows: Vec<Row> = vec![(
            owner.person.created_at,
            None,
            "address",
            address.unwrap_or_default(),
            owner.person.standing.to_string(),
        )];
        rows.extend(self.revisions.iter().map(|r| {
            let terms = terms(&r.terms).to_string();
            (r.at, Some(r.list), "terms", r.by.clone(), terms)
        }));
        rows.extend(self.receipts.iter().map(|r| {
            let more = [&r.how, &r.wording, &r.source, &r.note];
            let network = r.network.iter();
            let more: Vec<&str> = more
                .into_iter()
                .chain(network)
                .map(String::as_str)
                .collect();
            (r.at, r.list, "consent", r.act.to_string(), more.join(" "))
        }));
        rows.extend(self.issued.iter().map(|i| {
            let (what, outcome) = match &i.outcome {
                Ok((state, _, words)) => ("letter", format!("{state} {words}").trim().to_owned()),
                Err(reason) => ("no letter", reason.clone()),
            };
            let run = format!("{} {}", i.cadence, i.run);
            (i.planned, Some(i.list), what, run, outcome)
        }));
        rows.extend(self.story_rows());
        rows.extend(self.events.iter().map(|e| {
            let list = self.list_of(e);
            (e.at, list, "event", e.kind.clone(), e.detail.clone())
        }));
        rows.extend(self.sign_ups.iter().map(|s| {
            let list = Some(s.list);
            (s.at, list, "sign-up", s.source.clone(), s.state.clone())
        }));
        rows.sort_by_key(|row| row.0);
        let mut out = csv::Writer::from_writer(Vec::new());
        // Into memory, with as many cells in each row: neither can fail.
        let _ = out.write_record(["at", "list", "what", "which", "detail"]);
        for (at, list, what, which, detail) in rows {
            let list = self.list(list).cloned().unwrap_or_default();
            let cells = [format_rfc3339(at), list, what.to_owned(), which, detail];
            let _ = out.write_record(cells.iter().map(|cell| safe(cell).into_owned()));
        }
        let bytes = out.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// Terms as JSON.
fn terms(terms: &Terms) -> Value {
    let topic = |t: &TopicWeight| json!({"topic": t.topic, "weight": typed_weight(t)});
    json!({
        "cadence": terms.cadence,
        "hour": terms.hour.map(|h| h.to_string()),
        "zone": terms.zone.name(),
        "language": terms.language,
        "length": terms.length,
        "images": terms.images,
        "text_only": terms.text_only,
        "topics": terms.followed().map(topic).collect::<Vec<_>>(),
        "never": terms.unwanted().collect::<Vec<_>>(),
        "places": terms.places,
        "paused_until": terms.resume_on.map(|day| day.to_string()),
    })
}
