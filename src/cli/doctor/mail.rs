//! The way of a letter: whether the relays take us, and what DNS says of the domains that letters
//! name.

use std::net::SocketAddr;

use crate::cli::relay::{relays as configured, tried_out};
use crate::cli::{Failure, House, dkim, show};
use crate::deliver::authentication::{
    ExpectedKey, Finding, Records, Sender, Setup, Signing, examine,
};
use crate::deliver::policy::Phase;
use crate::dns::Resolver;

/// Questions after which we stop asking: a record of strangers decides how many there are.
const QUESTIONS: usize = 500;
/// Days before its end at which a certificate is spoken of: they are renewed a month before.
const ENDS_SOON_DAYS: i64 = 14;

/// Whether each relay takes us.
pub(super) async fn relays(house: &House) -> Vec<Finding> {
    // What is wrong with their settings stands under Configuration.
    let relays = configured(&house.config).unwrap_or_default();
    let mut found = Vec::new();
    for (name, relay) in &relays {
        let tried = tried_out(name, relay).await;
        if let Some(refused) = tried.refused {
            let words = format!("{}: {}", refused.phase, refused.words);
            found.push(Finding::problem(tried.place, words, refused.hint));
            continue;
        }
        let steps = tried.steps.iter();
        let words: Vec<&str> = steps
            .filter(|(step, ..)| {
                *step == Phase::Tls.to_string() || *step == Phase::Auth.to_string()
            })
            .map(|(_, words, _)| words.as_str())
            .collect();
        let words = match words.is_empty() {
            true => "it takes us, in clear".to_owned(),
            false => format!("it takes us: {}", words.join(", ")),
        };
        found.push(Finding::ok(&tried.place, words));
        if let Some(ends) = tried.certificate_ends {
            let days = (ends.as_second() - house.clock.now().as_second()) / 86_400;
            if days < ENDS_SOON_DAYS {
                found.push(Finding::hint(
                    tried.place,
                    format!("its certificate ends at {}", show::utc(ends)),
                    "whoever keeps the relay renews it",
                ));
            }
        }
    }
    found
}

/// What DNS says.
pub(super) async fn dns(house: &House) -> Result<Vec<Finding>, Failure> {
    let setup = setup(house).await?;
    if setup.senders.is_empty() {
        return Ok(vec![Finding::hint(
            "sender_address",
            "no list has a From address, so there is no domain to look at",
            "`courant list set LIST sender_address NAME@DOMAIN`",
        )]);
    }
    let resolver = match house.config.text("dns.server").parse::<SocketAddr>() {
        Ok(server) => Resolver::at(server),
        Err(_) => Resolver::system(),
    };
    let resolver = match resolver {
        Ok(resolver) => resolver,
        Err(error) => {
            let hint = error.hint().unwrap_or_default();
            return Ok(vec![Finding::problem(
                "dns.server",
                error.to_string(),
                hint,
            )]);
        }
    };
    let mut records = Records::new();
    loop {
        match examine(&setup, &records) {
            Ok(found) => return Ok(found),
            Err(query) if records.len() < QUESTIONS => {
                let answer = resolver.ask(&query).await;
                records.insert(query, answer);
            }
            Err(query) => {
                return Ok(vec![Finding::problem(
                    query.name,
                    format!("there is more to look up than {QUESTIONS} records"),
                    "includes of SPF records that include each other make so many",
                )]);
            }
        }
    }
}

/// What letters name: the domains of every list, what signs, where bounces go, the relays.
async fn setup(house: &House) -> Result<Setup, Failure> {
    let config = &house.config;
    let lists = house.store.lists().await?;
    let sender = |list: crate::domain::list::List| {
        let from = list.settings.sender_address.as_ref()?;
        let reply_to = list.settings.reply_to.as_ref();
        Some(Sender {
            list: list.slug.to_string(),
            from: from.domain().to_owned(),
            reply_to: reply_to.map(|a| a.domain().to_owned()),
        })
    };
    let hosts = configured(config).unwrap_or_default();
    Ok(Setup {
        senders: lists.into_iter().filter_map(sender).collect(),
        bounce: dkim::ascii_domain(config, "bounce.domain"),
        signing: signing(house),
        relays: hosts
            .iter()
            .map(|(_, r)| r.host().to_ascii_lowercase())
            .collect(),
    })
}

fn signing(house: &House) -> Signing {
    match dkim::signer(&house.config) {
        Ok(Some(signer)) => Signing::Own {
            domain: signer.domain().to_owned(),
            keys: signer
                .published()
                .into_iter()
                .map(|key| ExpectedKey {
                    zone_line: key.zone_line(),
                    name: key.name,
                    value: key.value,
                })
                .collect(),
        },
        Ok(None) if house.config.flag("smtp.relay_signs") => Signing::Relay,
        Ok(None) => Signing::Nobody,
        Err(_) => Signing::Unknown,
    }
}
