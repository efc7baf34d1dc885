//! A newsletter, its cadences and what it is set to, with the defaults.

mod settings;
mod value;

use super::address::Address;
use super::archive::Archive;
use super::consent::ConsentNetwork;
use super::edition::{Approval, Late, Uncertain};
use super::letter::{Switch, THEME, TextLinks};
use super::picture::Images;
use super::selection::{BYTE_BUDGET, Languages, Memory, Personal};
use super::signup::SignupPolicy;
use super::slug::Slug;
use super::time::{Calendar, CronExpr, Occurrence, Timestamp, WallTime, Weekdays, Zone};
use super::utm::Utm;
use super::volume::Guard;
use super::{CadenceId, ListId, nearest};
pub use settings::{SETTINGS, Setting};

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
    /// Its list's calendar, as it was when the cadence was read.
    pub calendar: Calendar,
}

impl Cadence {
    /// The first run strictly after `after` on a day that the list's calendar leaves open; `hour` as
    /// in [`CronExpr::next_after`].
    pub fn next_after(
        &self,
        after: Timestamp,
        zone: &Zone,
        hour: Option<WallTime>,
    ) -> Option<Occurrence> {
        self.calendar.next_after(&self.expr, after, zone, hour)
    }

    /// The first `count` of them.
    pub fn upcoming(
        &self,
        after: Timestamp,
        zone: &Zone,
        hour: Option<WallTime>,
        count: usize,
    ) -> Vec<Occurrence> {
        self.calendar.upcoming(&self.expr, after, zone, hour, count)
    }
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
    /// Hours that a story waits beyond the window for readers who were not sent it.
    pub carry_hours: u16,
    /// The age in hours at which a story counts half.
    pub half_life_hours: u16,
    /// Most picks of one source while others have some; 0: no cap.
    pub source_cap: u16,
    /// Most picks of one author in a short digest; 0: no cap.
    pub author_cap: u16,
    /// Picks kept for the reader's places.
    pub local_stories: u16,
    /// How much likeness to what is in already counts against a story, in percent.
    pub diversity: u16,
    /// How often a story that has changed may come back to a reader; 0: never.
    pub updates: u16,
    /// Hours after it was sent last before which it does not.
    pub update_after_hours: u16,
    /// Percent of its text that must be new.
    pub update_new: u16,
    /// Which languages of articles a reader gets.
    pub languages: Languages,
    /// Whose memory says what a reader was sent.
    pub memory: Memory,
    /// Days for which a story that was sent is remembered.
    pub memory_days: u16,
    /// Minutes from cut-off to due.
    pub lead_minutes: u16,
    /// Minutes before due at which its editors are mailed that an edition is open; 0: they are not.
    pub desk_minutes: u16,
    /// Minutes after due from which a start counts as late.
    pub grace_minutes: u16,
    /// What a late start does.
    pub late: Late,
    /// Days of the week without a run, by each subscriber's own calendar.
    pub quiet_days: Weekdays,
    /// Minutes over which a wave's letters are spread; 0: they leave together.
    pub spread_minutes: u16,
    /// How far back the first digest after a pause, or after a run that was merged into it, reaches
    /// at the most, in hours.
    pub catch_up_hours: u16,
    /// What happens to letters in doubt after a crash.
    pub uncertain: Uncertain,
    /// What happens without an editor's approval.
    pub approval: Approval,
    /// What an edition far from the usual does.
    pub volume_guard: Guard,
    /// From how many times the usual on it is far.
    pub volume_factor: u16,
    /// Which theme its letters have, by its short name.
    pub theme: String,
    /// The publisher's own page, https.
    pub website: Option<String>,
    /// Where links stand in the plain text.
    pub text_links: TextLinks,
    /// Octets that a letter's HTML may have.
    pub byte_budget: u32,
    /// Whether story links carry campaign parameters.
    pub utm: Switch,
    /// `utm_source`; the list's short name if empty.
    pub utm_source: String,
    /// `utm_medium`.
    pub utm_medium: String,
    /// `utm_campaign`; the edition's run if empty.
    pub utm_campaign: String,
    /// What is shown of its stories' pictures.
    pub images: Images,
    /// What receipts of consent keep of the network address that it came from.
    pub consent_network: ConsentNetwork,
    /// Who may sign up by themselves.
    pub signup: SignupPolicy,
    /// Sites whose own forms may sign people up, and that may frame ours; none: every site may frame
    /// it, and none has forms of its own.
    pub signup_origins: Vec<String>,
    /// Who may see its past issues.
    pub archive: Archive,
}

impl List {
    /// Its name as readers know it.
    pub fn display_name(&self) -> &str {
        match self.settings.name.as_str() {
            "" => self.slug.as_str(),
            name => name,
        }
    }

    /// What is put on the links of its stories, if anything is.
    pub fn utm(&self) -> Option<Utm> {
        let settings = &self.settings;
        let source = match settings.utm_source.as_str() {
            "" => self.slug.as_str(),
            own => own,
        };
        (settings.utm == Switch::On).then(|| Utm {
            source: source.to_owned(),
            medium: settings.utm_medium.clone(),
            campaign: settings.utm_campaign.clone(),
        })
    }
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
            carry_hours: 24,
            half_life_hours: 18,
            source_cap: 2,
            author_cap: 1,
            local_stories: 1,
            diversity: 30,
            updates: 2,
            update_after_hours: 6,
            update_new: 35,
            languages: Languages::Any,
            memory: Memory::Own,
            memory_days: 30,
            lead_minutes: 10,
            desk_minutes: 120,
            grace_minutes: 120,
            late: Late::Ask,
            quiet_days: Weekdays::default(),
            spread_minutes: 0,
            catch_up_hours: 168,
            uncertain: Uncertain::Resend,
            approval: Approval::SendAuto,
            volume_guard: Guard::Ask,
            volume_factor: 2,
            theme: THEME.to_owned(),
            website: None,
            text_links: TextLinks::Inline,
            byte_budget: BYTE_BUDGET,
            utm: Switch::Off,
            utm_source: String::new(),
            utm_medium: "email".to_owned(),
            utm_campaign: String::new(),
            images: Images::Given,
            consent_network: ConsentNetwork::Truncated,
            signup: SignupPolicy::Double,
            signup_origins: Vec::new(),
            archive: Archive::Off,
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

    /// Two settings that do not go together, in words, and what would.
    pub fn at_odds(&self) -> Option<(String, String)> {
        let (stories, least) = (self.stories, self.stories_min);
        (least > stories).then(|| {
            (
                format!("stories_min ({least}) would be more than stories ({stories})"),
                format!("a stories_min of {stories} or less, or more stories"),
            )
        })
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
