//! `subscriber set` and `subscriber unsubscribe`: what an admin changes in a subscriber's name.

use clap::Args;

use super::terms::{Offer, TermsFlags};
use super::{BY, lift, look_up, print_one, shown, subscribed, subscribed_or};
use crate::cli::list::find;
use crate::cli::{Failure, House, show, typed};
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::subscriber::{PAUSE_YEARS, Standing, Subscriber, Subscription, Terms};
use crate::domain::time::{Date, Run, Timestamp};
use crate::press::next::next_due;
use crate::store::Move;

/// What `subscriber set` takes.
#[derive(Args, Debug)]
pub struct SetArgs {
    /// Which list
    list: String,
    /// Whose address
    address: String,
    #[command(flatten)]
    terms: TermsFlags,
    /// Follow no topics
    #[arg(long, conflicts_with = "topic")]
    no_topics: bool,
    /// No topic is unwanted any more
    #[arg(long, conflicts_with = "never")]
    no_never: bool,
    /// Follow no places
    #[arg(long, conflicts_with = "place")]
    no_places: bool,
    /// Back to the cadence's own hour
    #[arg(long, conflicts_with = "hour")]
    no_hour: bool,
    /// No mail until resumed
    #[arg(long)]
    pause: bool,
    /// No digest before this day of their own calendar, such as 2026-12-27; the first one after it
    /// brings the best of everything since the last one
    #[arg(long, value_name = "DATE", conflicts_with_all = ["pause", "resume", "confirm"])]
    pause_until: Option<String>,
    /// Mail again after a pause, of either kind
    #[arg(long, conflicts_with = "pause")]
    resume: bool,
    /// Confirm who is pending, in their name
    #[arg(long, conflicts_with_all = ["pause", "resume"])]
    confirm: bool,
}

impl SetArgs {
    fn turn(&self) -> Option<Turn> {
        match (self.pause, self.resume, self.confirm) {
            (true, _, _) => Some(Turn::Pause),
            (_, true, _) => Some(Turn::Resume),
            (_, _, true) => Some(Turn::Confirm),
            _ => None,
        }
    }
}

/// A change of standing that an admin may make.
#[derive(Clone, Copy)]
enum Turn {
    Pause,
    Resume,
    Confirm,
}

impl Turn {
    /// (from, to, the event's word).
    fn words(self) -> (Standing, Standing, &'static str) {
        match self {
            Turn::Pause => (Standing::Active, Standing::Paused, "pause"),
            Turn::Resume => (Standing::Paused, Standing::Active, "resume"),
            Turn::Confirm => (Standing::Pending, Standing::Active, "confirm"),
        }
    }
}

/// Changes terms, then the standing.
pub(super) async fn set(house: &House, args: &SetArgs) -> Result<(), Failure> {
    let address = args.address.as_str();
    let turn = args.turn();
    let list = find(&house.store, &args.list).await?;
    let (person, subscription) = subscribed(house, &list, address).await?;
    let offer = Offer::of(house, list.clone()).await?;
    let mut base = subscription.terms.clone();
    if args.no_topics {
        base.topics.retain(|t| t.weight == 0);
    }
    if args.no_never {
        base.topics.retain(|t| t.weight > 0);
    }
    if args.no_places {
        base.places.clear();
    }
    if args.no_hour {
        base.hour = None;
    }
    let mut terms = args.terms.apply(base, &offer)?;
    let cadence = offer.cadence(terms.cadence.as_str())?;
    let now = house.clock.now();
    if let Some(day) = &args.pause_until {
        terms.resume_on = Some(resume_on(day, &terms, now)?);
    }
    if args.resume {
        terms.resume_on = None;
    }
    let due = next_due(&house.store, Some(subscription.id), &terms, cadence, now).await;
    let due = due.map_err(|error| {
        let failure = Failure::from(error);
        match subscription.terms.hour == terms.hour {
            true => failure.hint("add `--no-hour` to give their own hour up"),
            false => failure,
        }
    })?;
    if let Some(turn) = turn {
        may_turn(turn, (&person, &subscription), address)?;
    }
    if terms != subscription.terms {
        let id = subscription.id;
        let revised = house
            .store
            .terms_revise(id, &terms, cadence.id, due, BY, now);
        revised.await?;
    } else if turn.is_none() {
        show::note("nothing changes");
    }
    if let Some(turn) = turn {
        let (_, to, kind) = turn.words();
        let moved = house
            .store
            .standing_set(subscription.id, to, kind, BY, due, now);
        moved.await?;
    }
    print_one(house, &list, &offer, subscription.id).await
}

/// The day on which a pause ends, which is still to come on the subscriber's calendar.
fn resume_on(text: &str, terms: &Terms, now: Timestamp) -> Result<Date, Failure> {
    let day = Run::parse_date(text).map_err(|_| {
        let given = typed::short(text, 40);
        Failure::usage(format!(
            "--pause-until: `{given}` is no day of the calendar"
        ))
        .hint("write it as year, month and day, such as 2026-12-27")
    })?;
    let today = terms.zone.tz().to_datetime(now).date();
    let last = today.saturating_add(jiff::Span::new().years(PAUSE_YEARS));
    if day <= today {
        return Err(Failure::usage(format!(
            "--pause-until: {day} is not after today, {today} in {}",
            terms.zone
        ))
        .hint("name the day on which digests may come again"));
    }
    if day > last {
        return Err(Failure::usage(format!(
            "--pause-until: {day} is more than {PAUSE_YEARS} years ahead"
        ))
        .hint("`--pause` stops mail until they are resumed"));
    }
    Ok(day)
}

fn may_turn(
    turn: Turn,
    (person, subscription): (&Subscriber, &Subscription),
    address: &str,
) -> Result<(), Failure> {
    let (from, to, kind) = turn.words();
    if person.suppressed.is_some() {
        let failure = format!("`{address}` is suppressed, so --{kind} does not apply");
        return Err(Failure::failed(failure).hint(lift::hint(address)));
    }
    let is = subscription.standing;
    if is == from || is == to {
        return Ok(());
    }
    let failure = Failure::failed(format!("`{address}` is {is}, so --{kind} does not apply"));
    Err(match is {
        Standing::Pending => failure.hint("`--confirm` confirms them in their name"),
        Standing::Paused => failure.hint("`--resume` ends the pause"),
        Standing::Unsubscribed => {
            failure.hint("`courant subscriber add … --rejoin` if they asked to come back")
        }
        _ => failure,
    })
}

/// Takes a person off a list.
pub(super) async fn unsubscribe(house: &House, list: &str, address: &str) -> Result<(), Failure> {
    let list = find(&house.store, list).await?;
    let known = subscribed_or(house, &list, address, |_| look_up(list.slug.as_str()));
    let (person, subscription) = known.await?;
    let change = Move {
        from: Standing::ALL,
        to: Standing::Unsubscribed,
        kind: "unsubscribe",
        detail: BY,
    };
    let receipt = Receipt {
        list: Some(list.id),
        act: ConsentAct::Withdrawn,
        how: BY.to_owned(),
        wording: String::new(),
        source: String::new(),
        network: None,
        note: String::new(),
        at: house.clock.now(),
    };
    let store = &house.store;
    let moved = store.consent_move(subscription.id, change, &receipt, None, None);
    let moved = moved.await?;
    let (full, slug) = (shown(&person, true), &list.slug);
    show::note(&match moved {
        true => format!("`{full}` has left `{slug}`"),
        false => format!("`{full}` had left `{slug}` already"),
    });
    Ok(())
}
