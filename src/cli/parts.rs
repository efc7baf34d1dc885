//! Parts put together out of an opened data folder: what `serve`, `demo` and the edition's commands
//! share.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::{Exit, Failure, House, dkim};
use crate::config::{Config, is_loopback};
use crate::deliver::letters::Letters;
use crate::deliver::notice::Notices;
use crate::deliver::policy::RetrySchedule;
use crate::deliver::smtp::{Relay, Secret, Timeouts, Tls};
use crate::deliver::{Delivery, DeliverySettings};
use crate::feedback::link::Opened;
use crate::press::Press;
use crate::press::freeze::{MailSettings, PressSettings};
use crate::render::TemplateSet;
use crate::render::words::Catalogue;
use crate::web;

/// The press of a data folder.
pub fn press(house: &House) -> Result<Press, Failure> {
    let config = &house.config;
    let template = TemplateSet::embedded().map_err(|e| {
        let hint = e.hint();
        Failure::new(Exit::Failed, e).maybe_hint(hint)
    })?;
    let public_url = public_url(config);
    let mail = MailSettings {
        signing: dkim::signer(config)?.map(|s| s.signing()),
        bounce_domain: dkim::ascii_domain(config, "bounce.domain"),
    };
    let settings = PressSettings {
        mail,
        one_click: public_url.starts_with("https://") && config.flag("smtp.relay_signs"),
        public_url,
        key_id: house.keys.active_id().to_owned(),
        template,
    };
    Ok(Press {
        store: house.store.clone(),
        settings,
    })
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
        relay: relay(&house.config)?,
        signer: dkim::signer(&house.config)?,
    })
}

/// The delivery of a data folder, by an owner that no earlier process had the name of.
pub fn delivery(house: &House) -> Result<Delivery, Failure> {
    let relay = relay(&house.config)?;
    let retry = house.config.text("delivery.retry");
    let retry = retry
        .parse::<RetrySchedule>()
        .map_err(|e| Failure::new(Exit::Config, e))?;
    let connections = usize::try_from(house.config.number("smtp.connections")).unwrap_or(1);
    let settings = DeliverySettings {
        relay,
        connections,
        retry,
    };
    let (owner, first_token) = (drawn::<16>()?, drawn::<8>()?);
    let owner: String = owner.iter().map(|b| format!("{b:02x}")).collect();
    // Positive and far from the end, so that counting up never runs over.
    let first_token = i64::from_be_bytes(first_token) & 0x3fff_ffff_ffff_ffff;
    let (store, clock) = (house.store.clone(), house.clock);
    Ok(Delivery::new(
        store,
        letters(house)?,
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

/// The relay, with what is missing said in words.
pub fn relay(config: &Config) -> Result<Relay, Failure> {
    let host = config.text("smtp.host");
    if host.is_empty() {
        return Err(
            Failure::new(Exit::Config, anyhow::anyhow!("smtp.host is not set"))
                .hint("set it in courant.toml, or as COURANT_SMTP__HOST"),
        );
    }
    let tls = match config.text("smtp.tls") {
        "implicit" => Tls::Implicit,
        "none" => Tls::None,
        _ => Tls::Required,
    };
    let port = u16::try_from(config.number("smtp.port")).unwrap_or(587);
    let mut relay = Relay::new(host, port, tls);
    relay.helo = helo(config);
    let wait = Duration::from_secs(config.number("smtp.timeout_seconds").max(1));
    let short = wait.min(Duration::from_secs(60));
    relay.timeouts = Timeouts {
        connect: short,
        greeting: wait,
        tls: short,
        auth: wait,
        envelope: wait,
        data: wait,
        text: wait,
        dot: wait * 2,
    };
    let username = config.text("smtp.username");
    if !username.is_empty() {
        relay.credentials = Some((
            username.to_owned(),
            Secret::new(config.text("smtp.password")),
        ));
    }
    relay.check().map_err(|e| {
        Failure::new(Exit::Config, e)
            .hint("smtp.tls = \"none\" is for a relay on this machine, without a password")
    })?;
    Ok(relay)
}

fn helo(config: &Config) -> String {
    let named = config.text("smtp.helo");
    if !named.is_empty() {
        return named.to_owned();
    }
    match Url::parse(&public_url(config)) {
        Ok(url) if !is_loopback(&url) => url.host_str().unwrap_or("localhost").to_owned(),
        _ => "[127.0.0.1]".to_owned(),
    }
}

/// What keeps a data folder from sending real mail, each with its hint.
pub async fn missing(house: &House) -> Result<Vec<(String, String)>, Failure> {
    let mut missing = Vec::new();
    let config = &house.config;
    if config.text("smtp.host").is_empty() {
        missing.push((
            "smtp.host is not set".to_owned(),
            "set it in courant.toml, and with a relay that is not on this machine \
             server.public_url, the https address of these pages"
                .to_owned(),
        ));
    } else {
        let url = Url::parse(&public_url(config)).ok();
        let local_pages = url.as_ref().is_none_or(is_loopback);
        let host = config.text("smtp.host");
        let local_relay = Url::parse(&format!("smtp://{host}"))
            .is_ok_and(|u| matches!(u.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")));
        if local_pages && !local_relay {
            missing.push((
                "server.public_url is missing or loopback, and the relay is not on this machine"
                    .to_owned(),
                "set server.public_url to the https address at which readers reach these pages"
                    .to_owned(),
            ));
        }
        if let Err(failure) = relay(config) {
            missing.push((failure.message(), "see `courant config show`".to_owned()));
        }
    }
    if let Err(failure) = dkim::signer(config) {
        missing.push((
            failure.message(),
            "`courant dkim keygen` makes keys and says what to set".to_owned(),
        ));
    }
    let lists = house.store.lists().await?;
    if lists.is_empty() {
        missing.push((
            "there is no list yet".to_owned(),
            "`courant list add SLUG name=… sender_address=… postal_address=… operators=…`"
                .to_owned(),
        ));
    }
    for list in lists {
        for key in list.settings.missing_for_sending() {
            missing.push((
                format!("list `{}` has no {key}", list.slug),
                format!("`courant list set {} {key} VALUE`", list.slug),
            ));
        }
    }
    Ok(missing)
}

/// What the web pages need.
pub fn pages(house: &House) -> Result<web::App, Failure> {
    let words = Catalogue::parse(&Catalogue::sources());
    Ok(web::App {
        store: house.store.clone(),
        keys: house.keys.clone(),
        clock: house.clock,
        public_url: public_url(&house.config),
        letters: Arc::new(LetterPages(letters(house)?)),
        words: Arc::new(words.map_err(|e| Failure::new(Exit::Failed, e))?),
    })
}

/// Letters as pages.
struct LetterPages(Letters);

impl web::LetterSource for LetterPages {
    fn html(&self, opened: Opened) -> web::Answer<'_, Option<String>> {
        Box::pin(async move { self.0.html(opened).await.map_err(Into::into) })
    }
}
