//! Parts put together out of an opened data folder: what `serve`, `demo` and the edition's commands
//! share.

mod clock;
mod join;
mod looks;
mod relays;
mod rhythm;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use clock::{CLOCK_HINT, clock_behind, clock_fault, say_clock_behind};
pub use relays::{lanes, relays};
pub use rhythm::overtaken;

use super::{Exit, Failure, House, dkim};
use crate::config::Config;
use crate::deliver::confirm::Confirmations;
use crate::deliver::letters::Letters;
use crate::deliver::letters::issue::Everybody;
use crate::deliver::notice::Notices;
use crate::deliver::policy::RetrySchedule;
use crate::deliver::{Delivery, DeliverySettings, RelaySettings};
use crate::domain::archive::Issued;
use crate::domain::list::List;
use crate::feedback::link::Opened;
use crate::ingest::fetch::{FetchSettings, Fetcher};
use crate::pictures::Pictures;
use crate::pictures::shelf::Shelf;
use crate::press::Press;
use crate::press::freeze::{MailSettings, PressSettings};
use crate::press::shelf::Shelf as Themes;
use crate::web;

/// A picture that takes longer would be no joy in a letter either.
const PICTURE_TIMEOUT: Duration = Duration::from_secs(20);
/// `Accept` of whoever looks for a picture: what we decode, so that nothing newer is sent.
const PICTURES: &str = "image/jpeg, image/png, image/webp, image/gif;q=0.8, */*;q=0.1";

/// The press of a data folder.
pub fn press(house: &House) -> Result<Press, Failure> {
    let config = &house.config;
    let public_url = public_url(config);
    let mail = MailSettings {
        signing: dkim::signer(config)?.map(|s| s.signing()),
        bounce_domain: dkim::ascii_domain(config, "bounce.domain"),
    };
    let settings = PressSettings {
        mail,
        one_click: public_url.starts_with("https://") && relays::all_sign(config),
        public_url,
        key_id: house.keys.active_id().to_owned(),
        themes: Themes::with(themes(config)),
        lanes: lanes(config),
        deadline_hours: u32::try_from(config.number("delivery.deadline_hours")).unwrap_or(72),
    };
    Ok(Press {
        store: house.store.clone(),
        settings,
    })
}

/// The folder of an operator's own themes and words.
pub fn themes(config: &Config) -> PathBuf {
    config.home().join("themes")
}

/// Base of every link: `server.public_url`, else the listening address, for looking at letters that
/// do not leave.
pub fn public_url(config: &Config) -> String {
    match config.text("server.public_url") {
        "" => format!("http://{}", config.text("server.listen")),
        url => url.trim_end_matches('/').to_owned(),
    }
}

/// The letters of a data folder.
pub fn letters(house: &House) -> Result<Letters, Failure> {
    let signer = dkim::signer(&house.config)?;
    Ok(Letters::new(house.store.clone(), house.keys.clone()).signed_by(signer))
}

/// What tells a data folder's operators.
pub fn notices(house: &House) -> Result<Notices, Failure> {
    Ok(Notices {
        store: house.store.clone(),
        relays: relays(&house.config)?
            .into_iter()
            .map(|(r, ..)| r)
            .collect(),
        signer: dkim::signer(&house.config)?,
    })
}

/// The delivery of a data folder, by an owner that no earlier process had the name of.
pub fn delivery(house: &House) -> Result<Delivery, Failure> {
    let config = &house.config;
    let relay = |(relay, limits, name)| RelaySettings {
        name,
        relay,
        limits,
    };
    let settings = DeliverySettings {
        relays: relays(config)?.into_iter().map(relay).collect(),
        lanes: lanes(config),
        retry: config
            .text("delivery.retry")
            .parse::<RetrySchedule>()
            .map_err(|e| Failure::new(Exit::Config, e))?,
    };
    let (owner, first_token) = (drawn::<16>()?, drawn::<8>()?);
    let owner: String = owner.iter().map(|b| format!("{b:02x}")).collect();
    // Positive and far from the end, so that counting up never runs over.
    let first_token = i64::from_be_bytes(first_token) & 0x3fff_ffff_ffff_ffff;
    let (store, clock) = (house.store.clone(), house.clock);
    Ok(Delivery::new(
        store,
        Arc::new(letters(house)?),
        settings,
        clock,
        &owner,
        first_token,
    ))
}

/// Octets out of the system's own randomness.
pub fn drawn<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Failure::failed(format!("no randomness: {e}")))?;
    Ok(bytes)
}

/// What keeps a data folder from sending real mail, each with its hint.
pub async fn missing(house: &House) -> Result<Vec<(String, String)>, Failure> {
    let mut missing = missing_of_machine(house).await?;
    let lists = house.store.lists().await?;
    missing.extend(lists.iter().flat_map(missing_of_list));
    missing.extend(looks::missing(&themes(&house.config), &lists).await?);
    missing.extend(rhythm::missing(house, &lists).await?);
    Ok(missing)
}

/// What keeps every list from sending.
pub async fn missing_of_machine(house: &House) -> Result<Vec<(String, String)>, Failure> {
    let mut missing = relays::missing(&house.config);
    if let Err(failure) = dkim::signer(&house.config) {
        missing.push((
            failure.message(),
            "`courant dkim keygen` makes keys and says what to set".to_owned(),
        ));
    }
    if house.store.lists().await?.is_empty() {
        missing.push((
            "there is no list yet".to_owned(),
            "`courant list add SLUG name=… sender_address=… postal_address=… operators=…`"
                .to_owned(),
        ));
    }
    Ok(missing)
}

/// What keeps one list from sending.
pub fn missing_of_list(list: &List) -> Vec<(String, String)> {
    let words = |key| {
        (
            format!("list `{}` has no {key}", list.slug),
            format!("`courant list set {} {key} VALUE`", list.slug),
        )
    };
    let missing = list.settings.missing_for_sending();
    missing.into_iter().map(words).collect()
}

/// What writes to whoever signed up.
pub fn confirmations(house: &House) -> Result<Confirmations, Failure> {
    Ok(Confirmations {
        mail: notices(house)?,
        keys: house.keys.clone(),
        public_url: public_url(&house.config),
        words: Arc::new(looks::words(&themes(&house.config))?),
        clock: house.clock,
    })
}

/// What the web pages need.
pub fn pages(house: &House) -> Result<web::App, Failure> {
    let words = looks::words(&themes(&house.config))?;
    let house = &House {
        store: house.store.by_itself(),
        ..house.clone()
    };
    Ok(web::App {
        store: house.store.clone(),
        keys: house.keys.clone(),
        clock: house.clock,
        public_url: public_url(&house.config),
        letters: Arc::new(LetterPages(letters(house)?)),
        words: Arc::new(words),
        pictures: Shelf::of(house.config.home()),
        join: join::settings(&house.config)?,
        desk: Some(web::DeskParts {
            press: press(house)?,
            letters: letters(house)?,
            mail: notices(house)?,
        }),
    })
}

/// What fetches a data folder's feeds.
pub fn fetcher(config: &Config) -> Fetcher {
    Fetcher::new(fetching(config))
}

/// How we show ourselves to publishers.
fn fetching(config: &Config) -> FetchSettings {
    let told = |key| Some(config.text(key).to_owned()).filter(|text| !text.is_empty());
    FetchSettings {
        public_url: told("server.public_url"),
        contact: told("ingest.contact"),
        total_timeout: Duration::from_secs(config.number("ingest.timeout_seconds")),
        ..FetchSettings::default()
    }
}

/// What makes a data folder's renditions of pictures.
pub fn pictures(house: &House) -> Pictures {
    let fetcher = Fetcher::new(FetchSettings {
        total_timeout: PICTURE_TIMEOUT,
        accept: PICTURES,
        // A page's pictures are asked for together, as a browser does.
        rest: None,
        ..fetching(&house.config)
    });
    let shelf = Shelf::of(house.config.home());
    Pictures::new(house.store.clone(), fetcher, shelf)
}

/// Letters as pages.
struct LetterPages(Letters);

impl web::LetterSource for LetterPages {
    fn html(&self, opened: Opened) -> web::Answer<'_, Option<String>> {
        Box::pin(async move { self.0.html(opened).await.map_err(Into::into) })
    }

    fn issue<'a>(
        &'a self,
        issue: &'a Issued,
        to: Everybody<'a>,
    ) -> web::Answer<'a, Option<String>> {
        Box::pin(async move { self.0.issue(issue, to).await.map_err(Into::into) })
    }
}
