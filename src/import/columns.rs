//! What the columns of an export mean: known by their names, else by what stands in them, else by what
//! an admin says.

use std::collections::BTreeMap;

use super::offered::{Meaning, Offered, names};
pub use super::role::{By, Column, Role};
use crate::domain::address::Address;
use crate::domain::words;

words! {
    /// Whose export a file is, by its columns.
    Kind {
        /// Mailchimp.
        Mailchimp = "Mailchimp",
        /// Substack.
        Substack = "Substack",
        /// Ghost.
        Ghost = "Ghost",
        /// listmonk.
        Listmonk = "listmonk",
        /// beehiiv, or one like it.
        Beehiiv = "beehiiv",
        /// Rows of no service that we know.
        Plain = "plain rows",
    }
}

/// A column's name without what services differ in.
pub fn key(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().chars().flat_map(char::to_lowercase) {
        match c.is_alphanumeric() {
            true => out.push(c),
            false if out.ends_with('_') || out.is_empty() => {}
            false => out.push('_'),
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// Whose export it is.
pub fn kind(columns: &[String]) -> Kind {
    let keys: Vec<String> = columns.iter().map(|c| key(c)).collect();
    let all = |wanted: &[&str]| wanted.iter().all(|w| keys.iter().any(|k| k == w));
    let any = |wanted: &[&str]| wanted.iter().any(|w| keys.iter().any(|k| k == w));
    match () {
        () if all(&["leid", "euid"]) || all(&["member_rating", "optin_time"]) => Kind::Mailchimp,
        () if all(&["active_subscription", "email_disabled"])
            || all(&["stripe_plan", "start_date"]) =>
        {
            Kind::Substack
        }
        () if all(&["subscribed_to_emails"]) => Kind::Ghost,
        () if all(&["attributes"]) && any(&["uuid", "name"]) => Kind::Listmonk,
        () if all(&["status"])
            && any(&[
                "subscription_tier",
                "premium_tier",
                "referral_code",
                "utm_source",
            ]) =>
        {
            Kind::Beehiiv
        }
        () => Kind::Plain,
    }
}

/// What a name says by itself.
fn by_name(key: &str) -> Option<Role> {
    Some(match key {
        "email_address" | "email" | "e_mail" | "mail" | "e_mail_address" | "e_mail_adresse"
        | "email_adresse" | "subscriber_email" | "mailadresse" | "correo" | "courriel" => {
            Role::Address
        }
        "status"
        | "subscription_status"
        | "subscriber_status"
        | "email_status"
        | "subscribed"
        | "standing"
        | "subscribed_to_emails" => Role::Status,
        "email_disabled" | "blocked" | "suppressed" | "opted_out" => Role::Disabled,
        "unsub_time" | "unsubscribed_at" | "unsubscribe_time" | "unsubscribe_date"
        | "deleted_at" | "opt_out_date" | "opt_out_time" => Role::Left,
        "clean_time" | "cleaned_at" | "bounced_at" | "bounce_time" => Role::Bounced,
        "optin_time" | "opt_in_time" | "opt_in_date" | "optin_date" | "opted_in_at"
        | "consent_time" | "consent_date" | "consented_at" => Role::OptedIn,
        "optin_ip" | "opt_in_ip" | "consent_ip" | "signup_ip" | "ip_address" | "ip" => {
            Role::OptedInFrom
        }
        "confirm_time" | "confirmed_at" | "confirmation_time" | "confirmation_date" => {
            Role::Confirmed
        }
        "confirm_ip" | "confirmation_ip" => Role::ConfirmedFrom,
        "created_at" | "created" | "subscribed_at" | "signup_date" | "date_added"
        | "start_date" | "joined_at" => Role::Created,
        "topic" | "topics" | "interests" | "interest" | "sections" | "categories" => Role::Topics,
        "place" | "places" | "city" | "town" | "location" | "district" => Role::Places,
        "tags" | "labels" | "segments" | "groups" => Role::Labels,
        "timezone" | "time_zone" | "tz" | "zone" => Role::Zone,
        "language" | "lang" | "locale" => Role::Language,
        "cadence" | "frequency" | "rhythm" => Role::Cadence,
        "hour" | "send_hour" | "delivery_time" => Role::Hour,
        "length" => Role::Length,
        "images" => Role::Images,
        "never" => Role::Never,
        "text_only" => Role::TextOnly,
        "paused_until" | "resume_on" => Role::PausedUntil,
        "consent_note" => Role::ConsentNote,
        // Our own exports have them; where a person goes and when is said anew.
        "list" | "next_due" | "leaves" | "confirmed_how" => Role::Ignored,
        "attributes" | "attribs" | "custom_fields" => Role::Attributes,
        _ => return None,
    })
}

/// What a name says in German, French or Spanish. A word that means something else to others, such as
/// `estado`, which is also a region, is none.
fn by_foreign_name(key: &str) -> Option<Role> {
    Some(match key {
        "adresse_e_mail" | "adresse_mail" | "correo_electrónico" | "correo_electronico" => {
            Role::Address
        }
        "statut" => Role::Status,
        "abgemeldet_am" | "desinscrit_le" | "désinscrit_le" => Role::Left,
        "bestätigt_am" | "bestaetigt_am" | "confirmé_le" | "confirme_le" | "confirmado_el" => {
            Role::Confirmed
        }
        "angemeldet_am" | "anmeldedatum" | "eingetragen_am" | "inscrit_le" => Role::Created,
        "thema" | "themen" | "temas" | "sujets" => Role::Topics,
        "ort" | "orte" | "stadt" | "ville" | "lieu" | "lieux" | "ciudad" | "lugar" => Role::Places,
        "zeitzone" | "fuseau_horaire" | "zona_horaria" => Role::Zone,
        "sprache" | "langue" | "idioma" => Role::Language,
        "rhythmus" | "häufigkeit" | "fréquence" | "frecuencia" => Role::Cadence,
        "uhrzeit" => Role::Hour,
        _ => return None,
    })
}

/// What a column of that name says by itself.
pub fn named(column: &str) -> Option<Role> {
    let key = key(column);
    by_name(&key).or_else(|| by_foreign_name(&key))
}

/// What a column's name says; one within a column says at most what its person asks for.
fn by_own_name(name: &str) -> Option<Role> {
    let within = || {
        let (_, last) = name.rsplit_once('.')?;
        named(last).filter(Role::is_wish)
    };
    named(name).or_else(within)
}

/// What is wrong with the columns of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// None of them holds addresses.
    #[error("no column holds mail addresses; there are: {0}")]
    NoAddress(String),
    /// An admin named one that is not there.
    #[error("there is no column `{column}`; there are: {known}")]
    Unknown {
        /// What was named.
        column: String,
        /// What there is.
        known: String,
    },
}

/// Finds what each column means. `sample` are rows, each with as many cells as there are columns.
///
/// # Errors
/// [`ColumnsError`].
pub fn recognise(
    columns: &[String],
    sample: &[Vec<String>],
    offered: &Offered,
    asked: &BTreeMap<String, Role>,
) -> Result<Vec<Column>, ColumnsError> {
    let known = || {
        columns
            .iter()
            .take(60)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let keys: Vec<String> = columns.iter().map(|c| key(c)).collect();
    for column in asked.keys() {
        if !keys.contains(&key(column)) {
            let column = column.clone();
            let known = known();
            return Err(ColumnsError::Unknown { column, known });
        }
    }
    let mut found: Vec<Column> = Vec::new();
    for (at, name) in columns.iter().enumerate() {
        let told = asked
            .iter()
            .find(|(c, _)| key(c) == keys[at])
            .map(|(_, r)| r.clone());
        let cells = || {
            sample
                .iter()
                .filter_map(move |row| row.get(at))
                .map(String::as_str)
        };
        let (role, by) = match (told, by_own_name(name)) {
            (Some(role), _) => (role, By::Asked),
            (None, Some(role)) => (role, By::Name),
            (None, None) => match by_values(name, cells(), offered) {
                Some(role) => (role, By::Values),
                None => (Role::Ignored, By::None),
            },
        };
        found.push(Column {
            name: name.clone(),
            role,
            by,
        });
    }
    one_address(&mut found, sample);
    match found.iter().any(|c| c.role == Role::Address) {
        true => Ok(found),
        false => Err(ColumnsError::NoAddress(known())),
    }
}

/// What the cells of a column say: names of topics or places, for the most part; or yes and no under
/// such a name.
fn by_values<'a>(
    name: &str,
    cells: impl Iterator<Item = &'a str>,
    offered: &Offered,
) -> Option<Role> {
    let (mut all, mut topics, mut places, mut flags) = (0, 0, 0, 0);
    for cell in cells.filter(|c| !c.trim().is_empty()) {
        flags += usize::from(truth(cell).is_some());
        for name in names(cell) {
            all += 1;
            topics += usize::from(matches!(offered.topic(&name), Some(Meaning::Topic(_))));
            places += usize::from(matches!(offered.place(&name), Some(Meaning::Place(_))));
        }
    }
    if all > 0 && flags == all {
        return match offered.label(name)? {
            Meaning::Topic(slug) => Some(Role::Topic(slug)),
            Meaning::Place(slug) => Some(Role::Place(slug)),
            Meaning::Nothing => None,
        };
    }
    match topics.max(places) * 2 >= all && all > 0 {
        true if topics >= places => Some(Role::Topics),
        true => Some(Role::Places),
        false => None,
    }
}

/// Exactly one column is the address: the one that an admin named, else the first so called that holds
/// some, else the first that holds some.
fn one_address(columns: &mut [Column], sample: &[Vec<String>]) {
    let holds = |at: usize| {
        let cells = sample.iter().filter_map(|row| row.get(at));
        let filled: Vec<&String> = cells.filter(|c| !c.trim().is_empty()).collect();
        let good = filled.iter().filter(|c| Address::parse(c).is_ok()).count();
        good > 0 && good * 2 >= filled.len()
    };
    let is = |c: &Column, by: By| c.role == Role::Address && c.by == by;
    let asked = columns.iter().position(|c| is(c, By::Asked));
    let named = || (0..columns.len()).find(|at| is(&columns[*at], By::Name) && holds(*at));
    let free = || (0..columns.len()).find(|at| columns[*at].role == Role::Ignored && holds(*at));
    let first = || columns.iter().position(|c| is(c, By::Name));
    let Some(chosen) = asked.or_else(named).or_else(free).or_else(first) else {
        return;
    };
    for (at, column) in columns.iter_mut().enumerate() {
        if at == chosen && column.role != Role::Address {
            column.role = Role::Address;
            column.by = By::Values;
        } else if at != chosen && column.role == Role::Address {
            column.role = Role::Ignored;
            column.by = By::None;
        }
    }
}

/// Yes or no, as exports write it.
pub fn truth(cell: &str) -> Option<bool> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "x" | "on" => Some(true),
        "false" | "no" | "n" | "0" | "off" => Some(false),
        _ => None,
    }
}
