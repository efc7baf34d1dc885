//! A letter made to be looked at: one reader's digest as it is stored, or as a draft, with all that
//! may be asked about it.

use std::sync::Arc;

use super::look::Look;
use crate::cli::edition::reading::{self, Ahead, Draft, Found, Prefer};
use crate::cli::edition::which::{Shelf, reader};
use crate::cli::edition::{not_lettered, shown};
use crate::cli::{Failure, House, parts};
use crate::deliver::letters::{Content, LoadedWave, WaveLetters};
use crate::domain::edition::Edition;
use crate::domain::letter::{Letter, Welcome};
use crate::domain::selection::Pick;
use crate::domain::sponsor::Slot;
use crate::domain::subscriber::{Interests, Subscriber, Subscription, Terms};
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CreativeId, DigestId, EditionId, FlightId, ListId, SubscriptionId};
use crate::press::freeze::Inputs;
use crate::press::{self, Press};
use crate::store::memory::Moment;
use crate::store::planning::Digest;

/// One reader's letter.
pub(super) struct Made {
    pub(super) person: Subscriber,
    /// What is to be known before it is read, one remark a line.
    pub(super) notes: Vec<String>,
    pub(super) letter: Letter,
    /// In the order of the layout.
    pub(super) picks: Vec<Pick>,
    pub(super) placements: Vec<(Slot, FlightId, CreativeId)>,
    /// How many stories did not fit.
    pub(super) left_out: u32,
    /// Octets of HTML that it was fitted to.
    pub(super) byte_budget: u32,
    pub(super) terms: Terms,
    interests: Interests,
    welcome: Option<Welcome>,
    list: ListId,
    subscription: SubscriptionId,
    edition: EditionId,
    digest: DigestId,
    letters: Letters,
}

/// Where a wave's letters are held.
enum Letters {
    Stored(Arc<LoadedWave>),
    Draft(Box<WaveLetters>),
}

/// A digest before its letter is rendered.
struct Sheet {
    picks: Vec<Pick>,
    placements: Vec<(Slot, FlightId, CreativeId)>,
    left_out: u32,
    byte_budget: u32,
    terms: Terms,
    edition: EditionId,
    digest: DigestId,
    letters: Letters,
    notes: Vec<String>,
}

/// Makes the letter of the reader whom an address names.
pub(super) async fn of(
    house: &House,
    shelf: &Shelf,
    address: &str,
    at: Option<Timestamp>,
    look: &Look,
) -> Result<Made, Failure> {
    let (person, subscription) = reader(house, &shelf.list, address).await?;
    let found = reading::find(house, shelf, &subscription, at, Prefer::Next).await?;
    let work = Work {
        house,
        shelf,
        person: &person,
        subscription: &subscription,
        look,
    };
    let mut sheet = match found {
        Found::Stored(edition, digest) if look.is_other() => work.again(edition, &digest).await?,
        Found::Stored(edition, digest) => work.stored(&edition, *digest).await?,
        Found::Ahead(ahead) => {
            // A look at what there is: an edition far ahead has no story yet.
            let at = at.unwrap_or(house.clock.now());
            work.ahead(&ahead, Some(at)).await?
        }
        Found::Skipped(edition, skip) => {
            let issue = (edition.cadence_name.as_str(), &edition.run);
            return Err(work.no_digest(issue, &reading::skip_words(skip, &shelf.list)));
        }
    };
    sheet
        .notes
        .extend(reading::standing_note(&person, &subscription));
    let welcome = house.store.welcome_of(subscription.id, sheet.edition);
    let welcome = welcome.await?;
    Made::of(sheet, person, &subscription, (shelf.list.id, welcome))
}

impl Made {
    fn of(
        sheet: Sheet,
        person: Subscriber,
        subscription: &Subscription,
        (list, welcome): (ListId, Option<Welcome>),
    ) -> Result<Made, Failure> {
        let mut made = Made {
            person,
            interests: Interests {
                topics: sheet.terms.topics.clone(),
                places: sheet.terms.places.clone(),
            },
            notes: sheet.notes,
            letter: Letter {
                subject: String::new(),
                html: String::new(),
                text: String::new(),
            },
            picks: sheet.picks,
            placements: sheet.placements,
            left_out: sheet.left_out,
            byte_budget: sheet.byte_budget,
            terms: sheet.terms,
            welcome,
            list,
            subscription: subscription.id,
            edition: sheet.edition,
            digest: sheet.digest,
            letters: sheet.letters,
        };
        let letter = made.letters().letter(&made.content());
        made.letter = letter.map_err(not_lettered)?;
        Ok(made)
    }

    /// What makes the letters of its wave.
    pub(super) fn letters(&self) -> &WaveLetters {
        match &self.letters {
            Letters::Stored(wave) => &wave.letters,
            Letters::Draft(letters) => letters,
        }
    }

    /// Its digest, for the letters.
    pub(super) fn content(&self) -> Content<'_> {
        Content {
            picks: &self.picks,
            left_out: self.left_out,
            placements: self.placements.clone(),
            zone: &self.terms.zone,
            language: &self.terms.language,
            length: self.terms.length,
            images: self.terms.images,
            text_only: self.terms.text_only,
            welcome: self.welcome,
            interests: &self.interests,
            list: self.list,
            subscription: self.subscription,
            digest: self.digest,
        }
    }

    /// The whole message, as it leaves.
    pub(super) fn message(&self) -> Result<Vec<u8>, Failure> {
        let to = self.person.address.as_ref();
        let to = to.ok_or_else(|| Failure::failed("this subscriber was erased"))?;
        let content = self.content();
        let composed = self
            .letters()
            .compose(&content, None, to, self.edition, self.person.id);
        Ok(composed.map_err(not_lettered)?.bytes)
    }

    /// Whose it is, as it may be shown to an admin.
    pub(super) fn whose(&self) -> &str {
        self.person.address.as_ref().map_or("erased", |a| a.full())
    }
}

struct Work<'a> {
    house: &'a House,
    shelf: &'a Shelf,
    person: &'a Subscriber,
    subscription: &'a Subscription,
    look: &'a Look,
}

impl Work<'_> {
    async fn stored(&self, edition: &Edition, digest: Digest) -> Result<Sheet, Failure> {
        let store = &self.house.store;
        let letters = parts::letters(self.house)?;
        let wave = letters
            .wave_of(digest.wave, &digest.picks)
            .await
            .map_err(not_lettered)?;
        let placements = store.placements(digest.id).await?;
        let state = reading::delivery_of(self.house, edition, self.subscription).await?;
        let state = state.map_or_else(|| "planned".to_owned(), |d| d.state.to_string());
        let note = format!(
            "{} {} as it is stored: {state}",
            edition.cadence_name, edition.run
        );
        Ok(Sheet {
            picks: digest.picks,
            placements: placements
                .iter()
                .map(|p| (p.slot, p.flight, p.creative))
                .collect(),
            left_out: digest.left_out,
            byte_budget: wave.byte_budget,
            terms: store.terms(digest.terms_id).await?,
            edition: edition.id,
            digest: digest.id,
            letters: Letters::Stored(wave),
            notes: vec![note],
        })
    }

    /// A stored digest thought out again for another look, from what its wave froze.
    async fn again(&self, edition: Edition, digest: &Digest) -> Result<Sheet, Failure> {
        let store = &self.house.store;
        let press = parts::press(self.house)?;
        let wave = store.wave(digest.wave).await?;
        let mut cadences = self.shelf.cadences.iter();
        let cadence = cadences.find(|c| c.id == edition.cadence);
        let subscription = self.subscription.id;
        let inputs = press.thaw_for(&wave, digest).await?;
        let of = press::remembering(edition.list, &inputs.rules);
        let moment = Moment {
            at: digest.at,
            edition: edition.id,
            digest: Some(digest.id),
        };
        let memory = store.memory_before(subscription, &of, moment).await?;
        let ahead = Ahead {
            cadence: cadence.ok_or_else(|| self.shelf.unknown())?.clone(),
            run: edition.run,
            due: wave.due_at,
            edition: Some(edition),
        };
        let inputs = self.dressed(&press, inputs, ahead.due).await?;
        let terms = self.look.over(store.terms(digest.terms_id).await?);
        let reading = (subscription, &terms, memory, digest.since_ms);
        let draft = reading::thought(&press, &self.shelf.list, &ahead, reading, inputs).await?;
        let note = format!(
            "a draft of {} {} {}: the stored letter stays as it is",
            ahead.cadence.name,
            ahead.run,
            self.look.in_words()
        );
        self.drafted(&ahead, draft, terms, note).await
    }

    /// What nothing is stored of.
    async fn ahead(&self, ahead: &Ahead, at: Option<Timestamp>) -> Result<Sheet, Failure> {
        let list = &self.shelf.list;
        let mut draft = reading::draft(self.house, list, ahead, self.subscription, at).await?;
        let terms = self.look.over(self.subscription.terms.clone());
        if self.look.is_other() {
            let press = parts::press(self.house)?;
            let inputs = self.dressed(&press, draft.inputs, ahead.due).await?;
            let away = crate::press::reached(self.subscription.since, &inputs.rules, list);
            let reading = (self.subscription.id, &terms, draft.memory, away);
            draft = reading::thought(&press, list, ahead, reading, inputs).await?;
        }
        let look = match self.look.in_words() {
            words if words.is_empty() => words,
            words => format!(" {words}"),
        };
        let note = format!(
            "a draft of {} {}{look}, due {}: nothing of it is planned, stories and sponsors may change",
            ahead.cadence.name,
            ahead.run,
            shown(ahead.due, &terms.zone)
        );
        self.drafted(ahead, draft, terms, note).await
    }

    /// Inputs in the theme that was asked for.
    async fn dressed(
        &self,
        press: &Press,
        inputs: Inputs,
        due: Timestamp,
    ) -> Result<Inputs, Failure> {
        match &self.look.theme {
            Some(theme) => Ok(press.in_theme(inputs, &self.shelf.list, theme, due).await?),
            None => Ok(inputs),
        }
    }

    async fn drafted(
        &self,
        ahead: &Ahead,
        draft: Draft,
        terms: Terms,
        note: String,
    ) -> Result<Sheet, Failure> {
        if let Some(skip) = draft.selection.skip {
            let issue = (ahead.cadence.name.as_str(), &ahead.run);
            return Err(self.no_digest(issue, &reading::skip_words(skip, &self.shelf.list)));
        }
        let inputs = draft.inputs;
        let letters = reading::letters(self.house, &inputs, ahead.run, ahead.due).await?;
        let placements = draft.placements.iter();
        Ok(Sheet {
            picks: draft.selection.picks,
            placements: placements.map(|p| (p.slot, p.flight, p.creative)).collect(),
            left_out: draft.left_out,
            byte_budget: inputs.rules.byte_budget,
            terms,
            edition: ahead.edition.as_ref().map_or(EditionId(0), |e| e.id),
            digest: DigestId(0),
            letters: Letters::Draft(Box::new(letters)),
            notes: vec![note],
        })
    }

    fn no_digest(&self, (cadence, run): (&str, &Run), why: &str) -> Failure {
        let address = self.person.address.as_ref();
        let address = address.map_or("ADDRESS", |a| a.full());
        let slug = &self.shelf.list.slug;
        Failure::failed(format!(
            "`{address}` gets no digest in {cadence} {run}: {why}"
        ))
        .hint(format!(
            "`courant edition explain {slug} --subscriber {address} --run {run}` shows every \
             story's verdict"
        ))
    }
}
