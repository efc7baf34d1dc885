//! Every setting of a list: its key, its default in words, how it is read and shown.

use super::ListSettings;
use super::value::{address, full, language, line, number, origins, theme, website, word};
use crate::domain::address::Address;
use crate::domain::archive::Archive;
use crate::domain::consent::ConsentNetwork;
use crate::domain::edition::{Approval, Late, Uncertain};
use crate::domain::letter::{Switch, TextLinks};
use crate::domain::picture::Images;
use crate::domain::selection::{BYTE_BUDGET_LEAST, BYTE_BUDGET_MOST, Languages, Memory, Personal};
use crate::domain::signup::SignupPolicy;
use crate::domain::time::{Weekdays, Zone, ZoneError};
use crate::domain::volume::Guard;

/// One setting: its key, what it means, how it is read and shown.
pub struct Setting {
    /// The key that is typed and stored.
    pub key: &'static str,
    /// One line of help, with the default.
    pub meaning: &'static str,
    pub(super) read: fn(&mut ListSettings, &str) -> Result<(), String>,
    pub(super) show: fn(&ListSettings) -> String,
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
        read: |s, v| crate::domain::list_id::read(v).map(|v| s.list_id = v),
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
            let problem = |e: ZoneError| match e.hint() {
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
        meaning: "fewest unseen stories for which a digest is sent, 1 to `stories` (default: 3)",
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
        key: "carry_hours",
        meaning: "hours that a story waits beyond the window for readers who were not sent it, whether it is for their topics, their places or a top story, 0 to 720 (default: 24)",
        read: |s, v| number(v, 0, 720).map(|v| s.carry_hours = v),
        show: |s| s.carry_hours.to_string(),
    },
    Setting {
        key: "half_life_hours",
        meaning: "hours in which a story comes to count half: about 12 for breaking news, 18 for a daily, 36 for features, 72 for a weekly, 1 to 720 (default: 18)",
        read: |s, v| number(v, 1, 720).map(|v| s.half_life_hours = v),
        show: |s| s.half_life_hours.to_string(),
    },
    Setting {
        key: "source_cap",
        meaning: "most stories of one source while others have some, 0 for any number, to 50 (default: 2)",
        read: |s, v| number(v, 0, 50).map(|v| s.source_cap = v),
        show: |s| s.source_cap.to_string(),
    },
    Setting {
        key: "author_cap",
        meaning: "most stories of one author in a short digest that has its stories_min, 0 for any number, to 50 (default: 1)",
        read: |s, v| number(v, 0, 50).map(|v| s.author_cap = v),
        show: |s| s.author_cap.to_string(),
    },
    Setting {
        key: "local_stories",
        meaning: "stories kept for the reader's places where they have some, 0 to 3; beyond that, and with 0 all of them, they come after the topics and before the top stories (default: 1)",
        read: |s, v| number(v, 0, 3).map(|v| s.local_stories = v),
        show: |s| s.local_stories.to_string(),
    },
    Setting {
        key: "diversity",
        meaning: "percent by which a story's likeness to one that is in already counts against it, 0 to 100 (default: 30)",
        read: |s, v| number(v, 0, 100).map(|v| s.diversity = v),
        show: |s| s.diversity.to_string(),
    },
    Setting {
        key: "updates",
        meaning: "how often a story that was sent may come back once it has really changed, 0 for never, to 10 (default: 2)",
        read: |s, v| number(v, 0, 10).map(|v| s.updates = v),
        show: |s| s.updates.to_string(),
    },
    Setting {
        key: "update_after_hours",
        meaning: "hours after it was sent last before which it does not come back, 0 to 720 (default: 6)",
        read: |s, v| number(v, 0, 720).map(|v| s.update_after_hours = v),
        show: |s| s.update_after_hours.to_string(),
    },
    Setting {
        key: "update_new",
        meaning: "percent of its text that must be new for that, 1 to 100 (default: 35)",
        read: |s, v| number(v, 1, 100).map(|v| s.update_new = v),
        show: |s| s.update_new.to_string(),
    },
    Setting {
        key: "languages",
        meaning: "any: articles of every language; reader: those in the language of the reader's letter, and those whose language is not known (default: any)",
        read: |s, v| word(Languages::parse(v)).map(|v| s.languages = v),
        show: |s| s.languages.to_string(),
    },
    Setting {
        key: "memory",
        meaning: "own: a story counts as sent to a reader by what this list sent; shared: by what any list with a shared memory sent to that person (default: own)",
        read: |s, v| word(Memory::parse(v)).map(|v| s.memory = v),
        show: |s| s.memory.to_string(),
    },
    Setting {
        key: "memory_days",
        meaning: "days for which a story that was sent is remembered, 1 to 365 (default: 30)",
        read: |s, v| number(v, 1, 365).map(|v| s.memory_days = v),
        show: |s| s.memory_days.to_string(),
    },
    Setting {
        key: "lead_minutes",
        meaning: "minutes before due at which a wave freezes, 0 to 720 (default: 10)",
        read: |s, v| number(v, 0, 720).map(|v| s.lead_minutes = v),
        show: |s| s.lead_minutes.to_string(),
    },
    Setting {
        key: "desk_minutes",
        meaning: "minutes before due at which editors are mailed that an edition is open, 0 to 1440; 0: they are not (default: 120)",
        read: |s, v| number(v, 0, 1440).map(|v| s.desk_minutes = v),
        show: |s| s.desk_minutes.to_string(),
    },
    Setting {
        key: "grace_minutes",
        meaning: "minutes after due from which a start is late, 1 to 1440 (default: 120)",
        read: |s, v| number(v, 1, 1440).map(|v| s.grace_minutes = v),
        show: |s| s.grace_minutes.to_string(),
    },
    Setting {
        key: "late",
        meaning: "what a late start does: ask, send, or merge into each reader's next run (default: ask)",
        read: |s, v| word(Late::parse(v)).map(|v| s.late = v),
        show: |s| s.late.to_string(),
    },
    Setting {
        key: "quiet_days",
        meaning: "days without a run, such as sat,sun, by each subscriber's own calendar (default: none)",
        read: |s, v| Weekdays::parse(v).map(|v| s.quiet_days = v),
        show: |s| s.quiet_days.to_string(),
    },
    Setting {
        key: "spread_minutes",
        meaning: "minutes after due over which letters are spread, 0 to 240; each subscriber keeps their place (default: 0)",
        read: |s, v| number(v, 0, 240).map(|v| s.spread_minutes = v),
        show: |s| s.spread_minutes.to_string(),
    },
    Setting {
        key: "catch_up_hours",
        meaning: "hours that the first digest after a pause or a merged run reaches back at the most, 1 to 720 (default: 168)",
        read: |s, v| number(v, 1, 720).map(|v| s.catch_up_hours = v),
        show: |s| s.catch_up_hours.to_string(),
    },
    Setting {
        key: "uncertain",
        meaning: "letters in doubt: resend the same bytes at most twice, then hold; or hold at once (default: resend)",
        read: |s, v| word(Uncertain::parse(v)).map(|v| s.uncertain = v),
        show: |s| s.uncertain.to_string(),
    },
    Setting {
        key: "approval",
        meaning: "without an editor's approval: send_auto, or hold every wave until `edition approve` (default: send_auto)",
        read: |s, v| word(Approval::parse(v)).map(|v| s.approval = v),
        show: |s| s.approval.to_string(),
    },
    Setting {
        key: "volume_guard",
        meaning: "an edition far from the last five that were sent or released (people, new people, stories): ask or off; the first one has nothing to be compared with (default: ask)",
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
        key: "theme",
        meaning: "the theme of its letters: broadsheet, brief, or a folder under themes/ of the data folder (default: broadsheet)",
        read: |s, v| theme(v).map(|v| s.theme = v),
        show: |s| s.theme.clone(),
    },
    Setting {
        key: "website",
        meaning: "the publisher's own page, an https link that letters lead to",
        read: |s, v| website(v).map(|v| s.website = v),
        show: |s| s.website.clone().unwrap_or_default(),
    },
    Setting {
        key: "text_links",
        meaning: "links of the plain text: inline, or numbered and listed at its end (default: inline)",
        read: |s, v| word(TextLinks::parse(v)).map(|v| s.text_links = v),
        show: |s| s.text_links.to_string(),
    },
    Setting {
        key: "byte_budget",
        meaning: "most octets of a letter's HTML, 20000 to 102400: mail programs clip longer ones (default: 90000)",
        read: |s, v| number(v, BYTE_BUDGET_LEAST, BYTE_BUDGET_MOST).map(|v| s.byte_budget = v),
        show: |s| s.byte_budget.to_string(),
    },
    Setting {
        key: "utm",
        meaning: "whether story links carry utm_source, utm_medium and utm_campaign: off or on (default: off)",
        read: |s, v| word(Switch::parse(v)).map(|v| s.utm = v),
        show: |s| s.utm.to_string(),
    },
    Setting {
        key: "utm_source",
        meaning: "utm_source of story links (default: the list's short name)",
        read: |s, v| line(v, 80).map(|v| s.utm_source = v),
        show: |s| s.utm_source.clone(),
    },
    Setting {
        key: "utm_medium",
        meaning: "utm_medium of story links; \"\" for none (default: email)",
        read: |s, v| line(v, 80).map(|v| s.utm_medium = v),
        show: |s| s.utm_medium.clone(),
    },
    Setting {
        key: "utm_campaign",
        meaning: "utm_campaign of story links (default: the edition's run, such as 2026-11-26)",
        read: |s, v| line(v, 80).map(|v| s.utm_campaign = v),
        show: |s| s.utm_campaign.clone(),
    },
    Setting {
        key: "images",
        meaning: "pictures of stories: given by their publishers, own renditions for phones, or off (default: given)",
        read: |s, v| word(Images::parse(v)).map(|v| s.images = v),
        show: |s| s.images.to_string(),
    },
    Setting {
        key: "consent_network",
        meaning: "network address in receipts of consent: full, truncated to its /24 or /48, or none (default: truncated)",
        read: |s, v| word(ConsentNetwork::parse(v)).map(|v| s.consent_network = v),
        show: |s| s.consent_network.to_string(),
    },
    Setting {
        key: "signup",
        meaning: "who may sign up by themselves: double for whoever confirms by mail, or closed (default: double)",
        read: |s, v| word(SignupPolicy::parse(v)).map(|v| s.signup = v),
        show: |s| s.signup.to_string(),
    },
    Setting {
        key: "signup_origins",
        meaning: "sites such as https://paper.example, separated by commas, whose own forms may sign people up by /api/join/LIST, and which alone may frame /join/LIST/frame (default: none; every site may frame it)",
        read: |s, v| origins(v).map(|v| s.signup_origins = v),
        show: |s| s.signup_origins.join(", "),
    },
    Setting {
        key: "archive",
        meaning: "who may see past issues at /list/LIST: public for everybody and search engines, unlisted for whoever has the address, or off; what was sent is made public by your word alone (default: off)",
        read: |s, v| word(Archive::parse(v)).map(|v| s.archive = v),
        show: |s| s.archive.to_string(),
    },
];
