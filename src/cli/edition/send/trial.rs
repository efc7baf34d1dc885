//! `edition send --test`: one real letter of an edition, marked, to an address that is named.
//!
//! It stands outside the ledger and takes no lock: no row, no sum, no memory, no placement is
//! touched, and a second one is another letter. Its Message-ID is none that an edition's letter has,
//! so that no mailbox takes the real one for a copy. Its links are the subscriber's own only where
//! the letter goes to that subscriber; else they name no subscription, and change nobody.

use super::SendArgs;
use crate::cli::edition::reading::{self, Ahead, Found, Prefer};
use crate::cli::edition::which::{Shelf, reader};
use crate::cli::edition::{not_lettered, shown};
use crate::cli::relay::{Refused, impatient, relays};
use crate::cli::{Exit, Failure, House, parts, show};
use crate::deliver::letters::{Composed, Content};
use crate::deliver::policy::{Phase, Reply};
use crate::deliver::smtp::{Envelope, Relay, Session, SmtpError};
use crate::domain::address::Address;
use crate::domain::article::TopicWeight;
use crate::domain::selection::{Personal, Pick};
use crate::domain::slug::Slug;
use crate::domain::sponsor::Slot;
use crate::domain::subscriber::{Interests, Length, Standing, Subscription, Terms};
use crate::domain::time::Run;
use crate::domain::{
    CreativeId, DigestId, EditionId, FlightId, SubscriberId, SubscriptionId, TermsId,
};
use crate::press::freeze::Inputs;
use crate::store::planning::Digest;

/// What stands before the subject.
const MARK: &str = "[TEST] ";
/// The weight of a topic that is followed like all others.
const WEIGHT: u16 = 500;

/// Sends the letter and says what the relay answered.
pub(super) async fn run(house: &House, args: &SendArgs, to: &str) -> Result<Exit, Failure> {
    let to = Address::parse(to)?;
    let shelf = Shelf::open(house, &args.which).await?;
    shelf.complete()?;
    may_be_mailed(house, &shelf, &to).await?;
    let relays = relays(&house.config)?;
    let whose = Whose::find(house, &shelf, args.subscriber.as_deref(), &to).await?;
    let issue = Issue::find(house, &shelf, &whose).await?;
    let words = whose.words(&issue.name);
    let composed = issue.composed(house, &shelf, &whose, &to).await?;
    show::note(&words);
    let (place, reply) = leave(&relays, &composed, &to).await?;
    show::line(&format!("{place} accepted it: {reply}"))?;
    show::line(&format!("Message-ID: {}", message_id(&composed.bytes)))?;
    show::note(whose.links());
    Ok(Exit::Done)
}

/// An address that called us spam, or that takes no mail, gets no test either.
async fn may_be_mailed(house: &House, shelf: &Shelf, to: &Address) -> Result<(), Failure> {
    let store = &house.store;
    let Some(person) = store.subscriber(&house.keys.address_hash(to)).await? else {
        return Ok(());
    };
    let subscription = store.subscription_of(shelf.list.id, person.id).await?;
    let own = subscription.map_or(Standing::Active, |s| s.standing);
    match Standing::together(person.standing, own) {
        standing @ (Standing::Bounced | Standing::Complained) => {
            let words = format!("mail to `{}` is stopped: it has {standing}", to.full());
            Err(Failure::failed(words).hint("name another address of yours"))
        }
        _ => Ok(()),
    }
}

/// As whose the letter is made.
struct Whose {
    subscription: Subscription,
    /// As it was typed; none for the made-up reader.
    address: Option<String>,
    /// The letter goes to its own subscriber.
    own: bool,
}

impl Whose {
    /// The subscriber that was named, else the one that the letter goes to, else a made-up reader.
    async fn find(
        house: &House,
        shelf: &Shelf,
        named: Option<&str>,
        to: &Address,
    ) -> Result<Whose, Failure> {
        let subscriber = match named {
            Some(address) => Some(reader(house, &shelf.list, address).await?),
            None => {
                let hash = house.keys.address_hash(to);
                match house.store.subscriber(&hash).await? {
                    Some(person) => {
                        let found = house
                            .store
                            .subscription_of(shelf.list.id, person.id)
                            .await?;
                        found.map(|subscription| (person, subscription))
                    }
                    None => None,
                }
            }
        };
        let Some((person, subscription)) = subscriber else {
            let subscription = made_up(house, shelf).await?;
            return Ok(Whose {
                subscription,
                address: None,
                own: false,
            });
        };
        let address = person.address.as_ref();
        Ok(Whose {
            subscription,
            own: address.is_some_and(|a| a.mailbox() == to.mailbox()),
            address: address.map(|a| a.full().to_owned()),
        })
    }

    fn words(&self, issue: &str) -> String {
        match &self.address {
            Some(address) => format!("{issue}, as `{address}` gets it"),
            None => format!("{issue}, as a reader gets it who asked for nothing in particular"),
        }
    }

    fn links(&self) -> &'static str {
        match self.own {
            true => "its links are that subscriber's own: to unsubscribe with them is meant",
            false => "its links name no subscription: whatever is pressed, nobody is unsubscribed",
        }
    }

    /// The subscription that links name: 0 is nobody's.
    fn linked(&self) -> SubscriptionId {
        match self.own {
            true => self.subscription.id,
            false => SubscriptionId(0),
        }
    }
}

/// A new subscriber, as far as terms go: what the list offers by default. Where only topics that are
/// followed make a digest, all of them are.
async fn made_up(house: &House, shelf: &Shelf) -> Result<Subscription, Failure> {
    let cadence = shelf.only.as_ref().or_else(|| {
        let meant = shelf.meant();
        let coming = shelf.next().or(meant.last().copied());
        coming.map(|i| &i.cadence).or(shelf.cadences.first())
    });
    let slug = &shelf.list.slug;
    let cadence = cadence.ok_or_else(|| {
        Failure::failed(format!("`{slug}` has no cadence, so no edition"))
            .hint(format!("`courant list cadence {slug} daily \"0 7 * * *\"`"))
    })?;
    let settings = &shelf.list.settings;
    let topics = match settings.personal {
        Personal::Order => Vec::new(),
        Personal::Filter => house.store.topics().await?,
    };
    let followed = topics.into_iter().map(|topic| TopicWeight {
        topic: topic.slug,
        weight: WEIGHT,
    });
    Ok(Subscription {
        id: SubscriptionId(0),
        subscriber: SubscriberId(0),
        list: shelf.list.id,
        standing: Standing::Active,
        terms_id: TermsId(0),
        terms: Terms {
            cadence: cadence.name.clone(),
            hour: None,
            zone: settings.home_zone.clone(),
            language: settings.language.clone(),
            length: Length::Long,
            images: true,
            text_only: false,
            topics: followed.collect(),
            places: Vec::<Slug>::new(),
            resume_on: None,
        },
        due_at: None,
        since: None,
    })
}

/// A digest with what it was, or would be, planned from.
struct Issue {
    /// `daily 2026-11-26`.
    name: String,
    run: Run,
    inputs: Inputs,
    terms: Terms,
    picks: Vec<Pick>,
    left_out: u32,
    placements: Vec<(Slot, FlightId, CreativeId)>,
}

impl Issue {
    async fn find(house: &House, shelf: &Shelf, whose: &Whose) -> Result<Issue, Failure> {
        let found = reading::find(house, shelf, &whose.subscription, None, Prefer::Next).await?;
        match found {
            Found::Stored(edition, digest) => {
                let name = format!("{} {}", edition.cadence_name, edition.run);
                Issue::stored(house, name, edition.run, *digest).await
            }
            Found::Ahead(ahead) => Issue::draft(house, shelf, whose, ahead).await,
            Found::Skipped(edition, skip) => {
                let name = format!("{} {}", edition.cadence_name, edition.run);
                Err(no_digest(
                    shelf,
                    &name,
                    &reading::skip_words(skip, &shelf.list),
                ))
            }
        }
    }

    async fn stored(
        house: &House,
        name: String,
        run: Run,
        digest: Digest,
    ) -> Result<Issue, Failure> {
        let store = &house.store;
        let wave = store.wave(digest.wave).await?;
        let placements = store.placements(digest.id).await?;
        Ok(Issue {
            name,
            run,
            inputs: parts::press(house)?.thaw_for(&wave, &digest).await?,
            terms: store.terms(digest.terms_id).await?,
            picks: digest.picks,
            left_out: digest.left_out,
            placements: placements
                .iter()
                .map(|p| (p.slot, p.flight, p.creative))
                .collect(),
        })
    }

    async fn draft(
        house: &House,
        shelf: &Shelf,
        whose: &Whose,
        ahead: Ahead,
    ) -> Result<Issue, Failure> {
        let (list, now) = (&shelf.list, Some(house.clock.now()));
        let draft = reading::draft(house, list, &ahead, &whose.subscription, now).await?;
        let name = format!("{} {}", ahead.cadence.name, ahead.run);
        if let Some(skip) = draft.selection.skip {
            return Err(no_digest(shelf, &name, &reading::skip_words(skip, list)));
        }
        let terms = whose.subscription.terms.clone();
        let due = shown(ahead.due, &terms.zone);
        Ok(Issue {
            name: format!("a draft of {name}, due {due}"),
            run: ahead.run,
            inputs: draft.inputs,
            terms,
            picks: draft.selection.picks,
            left_out: draft.left_out,
            placements: draft
                .placements
                .iter()
                .map(|p| (p.slot, p.flight, p.creative))
                .collect(),
        })
    }

    /// The letter, marked, as of now: a Date to come would be held against it.
    async fn composed(
        self,
        house: &House,
        shelf: &Shelf,
        whose: &Whose,
        to: &Address,
    ) -> Result<Composed, Failure> {
        let now = house.clock.now();
        let Issue {
            run,
            inputs,
            terms,
            picks,
            left_out,
            placements,
            ..
        } = self;
        let letters = reading::letters(house, &inputs, run, now).await?;
        let interests = Interests {
            topics: terms.topics,
            places: terms.places,
        };
        let content = Content {
            picks: &picks,
            left_out,
            placements,
            zone: &terms.zone,
            language: &terms.language,
            length: terms.length,
            images: terms.images,
            text_only: terms.text_only,
            welcome: None,
            interests: &interests,
            list: shelf.list.id,
            subscription: whose.linked(),
            // No digest: nothing of it is kept, so there is nothing to read in the browser.
            digest: DigestId(0),
        };
        let subject = letters.letter(&content).map_err(not_lettered)?.subject;
        let subject = format!("{MARK}{subject}");
        // No edition has the id 0; the instant makes every test a letter of its own.
        let (edition, instant) = (EditionId(0), SubscriberId(now.as_millisecond()));
        let composed = letters.compose(&content, Some(&subject), to, edition, instant);
        composed.map_err(not_lettered)
    }
}

fn no_digest(shelf: &Shelf, issue: &str, why: &str) -> Failure {
    let slug = &shelf.list.slug;
    Failure::failed(format!("there is no letter in {issue}: {why}")).hint(format!(
        "`courant edition plan {slug} --dry-run` shows what there is; `--subscriber ADDRESS` names \
         another reader"
    ))
}

/// Sends it through the first relay that takes the connection.
async fn leave(
    relays: &[(String, Relay)],
    composed: &Composed,
    to: &Address,
) -> Result<(String, Reply), Failure> {
    let mut last = None;
    for (_, relay) in relays {
        let relay = impatient(relay);
        let place = format!("{}:{}", relay.host(), relay.port());
        match through(&relay, composed, to).await {
            Ok(reply) => return Ok((place, reply)),
            Err(error) => {
                let failure = Refused::of(&relay, &error).failure(&place);
                // What was said of the letter is an answer; another relay is for one that is away.
                if error.phase >= Phase::Mail {
                    return Err(failure);
                }
                last = Some(failure);
            }
        }
    }
    Err(last.unwrap_or_else(|| Failure::failed("there is no relay")))
}

async fn through(relay: &Relay, composed: &Composed, to: &Address) -> Result<Reply, SmtpError> {
    let mut session = Session::connect(relay).await?;
    session.fits(&composed.bytes)?;
    let envelope = Envelope {
        mail_from: &composed.mail_from,
        rcpt_to: to.full(),
        envid: None,
        size: composed.bytes.len() as u64,
    };
    session.envelope(&envelope).await?;
    let reply = session.body(&composed.bytes).await?;
    session.quit().await;
    Ok(reply)
}

/// The Message-ID of a message of ours, which never folds it.
fn message_id(message: &[u8]) -> String {
    let head = String::from_utf8_lossy(message);
    let mut lines = head.split("\r\n");
    let found = lines.find_map(|line| line.strip_prefix("Message-ID: "));
    found.unwrap_or_default().to_owned()
}
