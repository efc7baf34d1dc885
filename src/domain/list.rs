//! A newsletter and its settings: every key with its default, its reader and its words.

mod value;

use super::address::Address;
use super::edition::{Approval, Late, Uncertain};
use super::picture::Images;
use super::selection::Personal;
use super::slug::Slug;
use super::time::{CronExpr, Zone};
use super::volume::Guard;
use super::{CadenceId, ListId, nearest};
use value::{address, full, language, line, number, word};

/// One newsletter.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Row id; lives through renames.
    pub id: ListId,
    /// Short name.
    pub slug: Slug,
    /// What it is set to.
    pub settings: ListSettings,
}

/// A named rhythm of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Cadence {
    /// Row id.
    pub id: CadenceId,
    /// Whose.
    pub list: ListId,
    /// Short name, unique in its list.
    pub name: Slug,
    /// When it runs, in each subscriber's zone.
    pub expr: CronExpr,
}

/// A list's settings. Stored as one row a key, so that a new setting needs no migration.
#[derive(Clone, Debug, PartialEq)]
pub struct ListSettings {
    /// Masthead.
    pub name: String,
    /// A line under the masthead; may be empty.
    pub tagline: String,
    /// Display name of the sender; the masthead if empty.
    pub sender_name: String,
    /// `From` address.
    pub sender_address: Option<Address>,
    /// Identifier in List-Id, kept through renames; empty: short name and From domain.
    pub list_id: String,
    /// `Reply-To` address.
    pub reply_to: Option<Address>,
    /// Postal address of the footer, one line.
    pub postal_address: String,
    /// The list's own zone: default of new subscriptions.
    pub home_zone: Zone,
    /// BCP 47 tag: default language of new subscriptions.
    pub language: String,
    /// Who is told when something needs a person.
    pub operators: Vec<Address>,
    /// Target number of stories of a long digest.
    pub stories: u16,
    /// Fewest unseen stories for which a digest is sent.
    pub stories_min: u16,
    /// What a reader's topics do.
    pub personal: Personal,
    /// Most picks of one topic while others have some.
    pub topic_cap: u16,
    /// Hours back from the cut-off.
    pub window_hours: u16,
    /// Minutes from cut-off to due.
    pub lead_minutes: u16,
    /// Minutes after due from which a start counts as late.
    pub grace_minutes: u16,
    /// What a late start does.
    pub late: Late,
    /// What happens to letters in doubt after a crash.
    pub uncertain: Uncertain,
    /// What happens without an editor's approval.
    pub approval: Approval,
    /// What an edition far from the usual does.
    pub volume_guard: Guard,
    /// From how many times the usual on it is far.
    pub volume_factor: u16,
    /// What is shown of its stories' pictures.
    pub images: Images,
}

impl Default for ListSettings {
    fn default() -> ListSettings {
        ListSettings {
            name: String::new(),
            tagline: String::new(),
            sender_name: String::new(),
            sender_address: None,
            list_id: String::new(),
            reply_to: None,
            postal_address: String::new(),
            home_zone: Zone::utc(),
            language: "en".to_owned(),
            operators: Vec::new(),
            stories: 10,
            stories_min: 3,
            personal: Personal::Order,
            topic_cap: 4,
            window_hours: 24,
            lead_minutes: 10,
            grace_minutes: 120,
            late: Late::Ask,
            uncertain: Uncertain::Resend,
            approval: Approval::SendAuto,
            volume_guard: Guard::Ask,
            volume_factor: 2,
            images: Images::Given,
        }
    }
}

/// Why a setting is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No such key.
    #[error("a list has no setting `{key}`")]
    UnknownKey {
        /// What was given.
        key: String,
    },
    /// The value does not do.
    #[error("`{value}` will not do for `{key}`: {problem}")]
    BadValue {
        /// Which key.
        key: &'static str,
        /// What was given, as it may be shown, cut at 64 characters.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl SettingError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        match self {
            SettingError::UnknownKey { key } => {
                let known = SETTINGS.iter().map(|s| s.key);
                Some(match nearest(key, known.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the settings are {}", known.collect::<Vec<_>>().join(", ")),
                })
            }
            SettingError::BadValue { key, .. } => SETTINGS
                .iter()
                .find(|s| s.key == *key)
                .map(|s| s.meaning.to_owned()),
        }
    }
}

/// One setting: its key, what it means, how it is read and shown.
pub struct Setting {
    /// The key that is typed and stored.
    pub key: &'static str,
    /// One line of help, with the default.
    pub meaning: &'static str,
    read: fn(&mut ListSettings, &str) -> Result<(), String>,
    show: fn(&ListSettings) -> String,
}

impl ListSettings {
    /// Sets one key from its text.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        let setting =
            SETTINGS
                .iter()
                .find(|s| s.key == key)
                .ok_or_else(|| SettingError::UnknownKey {
                    key: super::shown(key),
                })?;
        (setting.read)(self, value.trim()).map_err(|problem| SettingError::BadValue {
            key: setting.key,
            value: super::shown(value),
            problem,
        })
    }

    /// Every key with its text, in the order of the reference.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        SETTINGS.iter().map(|s| (s.key, (s.show)(self))).collect()
    }

    /// The sender's display name.
    pub fn sender_display(&self) -> &str {
        if self.sender_name.is_empty() {
            &self.name
        } else {
            &self.sender_name
        }
    }

    /// The keys that must be set before a letter can leave, and are not.
    pub fn missing_for_sending(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.name.is_empty() {
            missing.push("name");
        }
        if self.sender_address.is_none() {
            missing.push("sender_address");
        }
        if self.postal_address.is_empty() {
            missing.push("postal_address");
        }
        if self.operators.is_empty() {
            missing.push("operators");
        }
        missing
    }
}

/// Every setting of a list, in the order in which it is shown.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "name",
        meaning: "the masthead, up to 80 characters",
        read: |s, v| line(v, 80).map(|v| s.name = v),
        show: |s| s.name.clone(),
    },
    Setting {
        key: "tagline",
        meaning: "a line under the masthead, up to 120 characters",
        read: |s, v| line(v, 120).map(|v| s.tagline = v),
        show: |s| s.tagline.clone(),
    },
    Setting {
        key: "sender_name",
        meaning: "display name of the sender (default: the masthead)",
        read: |s, v| line(v, 80).map(|v| s.sender_name = v),
        show: |s| s.sender_name.clone(),
    },
    Setting {
        key: "sender_address",
        meaning: "address that letters come from; needed before a letter can leave",
        read: |s, v| address(v).map(|v| s.sender_address = v),
        show: |s| full(&s.sender_address),
    },
    Setting {
        key: "list_id",
        meaning: "identifier in List-Id, which readers' filters know (default: SLUG.DOMAIN of the first sender_address)",
        read: |s, v| super::list_id::read(v).map(|v| s.list_id = v),
        show: |s| s.list_id.clone(),
    },
    Setting {
        key: "reply_to",
        meaning: "address that replies go to (default: the sender's)",
        read: |s, v| address(v).map(|v| s.reply_to = v),
        show: |s| full(&s.reply_to),
    },
    Setting {
        key: "postal_address",
        meaning: "postal address of the footer, one line; needed before a letter can leave",
        read: |s, v| line(v, 200).map(|v| s.postal_address = v),
        show: |s| s.postal_address.clone(),
    },
    Setting {
        key: "home_zone",
        meaning: "IANA zone of new subscriptions, such as Europe/Berlin (default: UTC)",
        read: |s, v| {
            let problem = |e: super::time::ZoneError| match e.hint() {
                Some(hint) => format!("it is not a time zone; {hint}"),
                None => e.to_string(),
            };
            Zone::parse(v).map(|v| s.home_zone = v).map_err(problem)
        },
        show: |s| s.home_zone.name().to_owned(),
    },
    Setting {
        key: "language",
        meaning: "language tag of new subscriptions (default: en)",
        read: |s, v| language(v).map(|v| s.language = v),
        show: |s| s.language.clone(),
    },
    Setting {
        key: "operators",
        meaning: "addresses, separated by commas, that are told when something needs a person",
        read: |s, v| {
            let parts = v
                .split(',')
                .map(str::trim)
                .filter(|p| !p.is_empty())
                .take(20);
            let parsed: Result<Vec<_>, _> = parts.map(Address::parse).collect();
            parsed.map(|v| s.operators = v).map_err(|e| e.to_string())
        },
        show: |s| {
            s.operators
                .iter()
                .map(Address::full)
                .collect::<Vec<_>>()
                .join(", ")
        },
    },
    Setting {
        key: "stories",
        meaning: "stories that a long digest aims at, 1 to 50 (default: 10)",
        read: |s, v| number(v, 1, 50).map(|v| s.stories = v),
        show: |s| s.stories.to_string(),
    },
    Setting {
        key: "stories_min",
        meaning: "fewest unseen stories for which a digest is sent, 1 to 50 (default: 3)",
        read: |s, v| number(v, 1, 50).map(|v| s.stories_min = v),
        show: |s| s.stories_min.to_string(),
    },
    Setting {
        key: "personal",
        meaning: "order: the reader's topics first, then the top stories; filter: the reader's topics only (default: order)",
        read: |s, v| word(Personal::parse(v)).map(|v| s.personal = v),
        show: |s| s.personal.to_string(),
    },
    Setting {
        key: "topic_cap",
        meaning: "most stories of one topic while others have some, 1 to 50 (default: 4)",
        read: |s, v| number(v, 1, 50).map(|v| s.topic_cap = v),
        show: |s| s.topic_cap.to_string(),
    },
    Setting {
        key: "window_hours",
        meaning: "hours back from the cut-off from which stories are taken, 1 to 720 (default: 24)",
        read: |s, v| number(v, 1, 720).map(|v| s.window_hours = v),
        show: |s| s.window_hours.to_string(),
    },
    Setting {
        key: "lead_minutes",
        meaning: "minutes before due at which a wave freezes, 0 to 720 (default: 10)",
        read: |s, v| number(v, 0, 720).map(|v| s.lead_minutes = v),
        show: |s| s.lead_minutes.to_string(),
    },
    Setting {
        key: "grace_minutes",
        meaning: "minutes after due from which a start is late, 1 to 1440 (default: 120)",
        read: |s, v| number(v, 1, 1440).map(|v| s.grace_minutes = v),
        show: |s| s.grace_minutes.to_string(),
    },
    Setting {
        key: "late",
        meaning: "what a late start does: ask or send (default: ask)",
        read: |s, v| word(Late::parse(v)).map(|v| s.late = v),
        show: |s| s.late.to_string(),
    },
    Setting {
        key: "uncertain",
        meaning: "letters in doubt after a crash: resend the same bytes, or hold (default: resend)",
        read: |s, v| word(Uncertain::parse(v)).map(|v| s.uncertain = v),
        show: |s| s.uncertain.to_string(),
    },
    Setting {
        key: "approval",
        meaning: "without an editor's release: send_auto or hold (default: send_auto)",
        read: |s, v| word(Approval::parse(v)).map(|v| s.approval = v),
        show: |s| s.approval.to_string(),
    },
    Setting {
        key: "volume_guard",
        meaning: "an edition far from the usual of its last five (people, new people, stories): ask or off (default: ask)",
        read: |s, v| word(Guard::parse(v)).map(|v| s.volume_guard = v),
        show: |s| s.volume_guard.to_string(),
    },
    Setting {
        key: "volume_factor",
        meaning: "more than so many times the usual is far from it, 1 to 100 (default: 2)",
        read: |s, v| number(v, 1, 100).map(|v| s.volume_factor = v),
        show: |s| s.volume_factor.to_string(),
    },
    Setting {
        key: "images",
        meaning: "pictures of stories: given by their publishers, own renditions for phones, or off (default: given)",
        read: |s, v| word(Images::parse(v)).map(|v| s.images = v),
        show: |s| s.images.to_string(),
    },
];

#[cfg(test)]
mod tests {
    use super::{ListSettings, SETTINGS};

    #[test]
    fn every_setting_reads_back_what_it_shows() {
        let mut settings = ListSettings::default();
        for (key, value) in ListSettings::default().shown() {
            assert_eq!(settings.set(key, &value), Ok(()), "{key}");
        }
        assert_eq!(settings, ListSettings::default());
        assert_eq!(SETTINGS.len(), settings.shown().len());
    }

    #[test]
    fn a_refused_setting_says_which_and_why() {
        let mut s = ListSettings::default();
        let unknown = s.set("storys", "3").expect_err("unknown");
        assert_eq!(unknown.to_string(), "a list has no setting `storys`");
        assert_eq!(unknown.hint().as_deref(), Some("did you mean `stories`?"));
        let bad = s
            .set("name", "a\r\nBcc: x")
            .expect_err("control characters");
        assert!(bad.to_string().contains("line break"), "{bad}");
        assert!(s.set("home_zone", "Europe/Berln").is_err());
        assert!(s.set("stories", "0").is_err());
    }
}
