//! What a proof finds: a flaw by its name, how bad it is, and where it stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{ArticleId, DigestId, FlightId, SubscriptionId, words};

words! {
    /// How bad a flaw is.
    Severity {
        /// The wave does not leave before a person has decided.
        Error = "error",
        /// A person should know.
        Warning = "warning",
    }
}

words! {
    /// What may be wrong with a plan.
    Flaw {
        /// A digest has a story twice.
        StoryTwice = "story_twice",
        /// A reader was sent the story before, and it does not come as an update.
        SentBefore = "sent_before",
        /// A story comes as an update that the list's rules do not allow.
        FalseUpdate = "false_update",
        /// An editor banned the story.
        Banned = "banned",
        /// The article was withdrawn.
        Withdrawn = "withdrawn",
        /// No candidate of the wave, or another text or story than was frozen.
        NotFrozen = "not_frozen",
        /// Dated after the cut-off.
        AfterCutoff = "after_cutoff",
        /// Older than the list's rules allow.
        TooOld = "too_old",
        /// No letter may bring it yet.
        Embargoed = "embargoed",
        /// Seen within its source's settle time before the cut-off, and not chosen by editors.
        Settling = "settling",
        /// Not in the reader's language, where the list keeps to it.
        OtherLanguage = "other_language",
        /// Its story carries a topic of which the reader wants nothing.
        Refused = "refused",
        /// It stands there for a reason that is none: pinned where nobody pinned, for a topic that its
        /// reader does not follow.
        FalseReason = "false_reason",
        /// It stands under another heading than its reason names, or not where the layout has that.
        WrongSection = "wrong_section",
        /// More of it is printed than the layout has there.
        WrongForm = "wrong_form",
        /// More of one topic than the list allows while others were to be had.
        OverTopicCap = "over_topic_cap",
        /// More of one source than the list allows while others were to be had.
        OverSourceCap = "over_source_cap",
        /// More of one author than the list allows in a short digest while others were to be had.
        OverAuthorCap = "over_author_cap",
        /// More stories than the reader's digest aims at.
        TooManyStories = "too_many_stories",
        /// A digest without stories.
        Empty = "empty",
        /// Fewer stories than the list's minimum.
        UnderMinimum = "under_minimum",
        /// The editors' lead or a pin is missing.
        DecisionMissing = "decision_missing",
        /// More octets of HTML than the list's budget, or than leave at all.
        TooLarge = "too_large",
        /// The letter of a reader who may not be mailed.
        NotActive = "not_active",
        /// A sponsor whose flight may not run.
        SponsorState = "sponsor_state",
        /// A sponsor outside its dates.
        SponsorDates = "sponsor_dates",
        /// A sponsor in a slot that is not its own, or that the letter does not have.
        SponsorSlot = "sponsor_slot",
        /// A creative that is not the flight's, or larger than its slot.
        SponsorCreative = "sponsor_creative",
        /// A sponsor in a digest with a story that it avoids.
        SponsorAvoids = "sponsor_avoids",
        /// A sponsor beside a story that is more of a risk than it bears.
        SponsorSafety = "sponsor_safety",
        /// A sponsor in a digest without a story on any of its topics.
        SponsorBeside = "sponsor_beside",
        /// A flight or a sponsor twice in a digest.
        SponsorTwice = "sponsor_twice",
        /// Two flights of one exclusion group in a digest.
        SponsorGroup = "sponsor_group",
        /// A sponsor in the digest of a reader for whom it is not.
        SponsorTargeting = "sponsor_targeting",
        /// A flight that has its digests alone, and does not; or not in every slot that it fills.
        SponsorTakeover = "sponsor_takeover",
        /// A flight in more digests of a wave than it was given.
        SponsorQuota = "sponsor_quota",
        /// More placements than a flight booked.
        Overbooked = "overbooked",
        /// What is stored of a digest or of a wave cannot be read.
        Unreadable = "unreadable",
        /// What was frozen with the wave is not what it was then.
        FrozenChanged = "frozen_changed",
        /// A date of the wave is not the one that its plan has.
        WaveDates = "wave_dates",
        /// The terms are another subscription's.
        OtherTerms = "other_terms",
        /// The letter would go to another mailbox than its reader's.
        OtherMailbox = "other_mailbox",
        /// The letter may leave, or is given up, at another time than the list's settings say.
        LetterDates = "letter_dates",
        /// The letter waits in another lane than its mailbox has.
        OtherLane = "other_lane",
        /// A digest without a row in the ledger.
        NoLedgerRow = "no_ledger_row",
        /// A row in the ledger without the digest that it names.
        NoDigest = "no_digest",
        /// The memory does not hold what the digest brings.
        MemoryDiffers = "memory_differs",
        /// What a digest brings beside its stories is not what it was written with.
        Altered = "altered",
        /// A reader was passed over and has a digest all the same.
        SkippedAndPlanned = "skipped_and_planned",
        /// What the ledger counts is not what there is.
        Sums = "sums",
    }
}

/// A flaw where it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What is wrong.
    pub flaw: Flaw,
    /// How bad it is.
    pub severity: Severity,
    /// Whose digest; none where the whole wave is meant.
    pub subscription: Option<SubscriptionId>,
    /// Which digest, where it is stored.
    pub digest: Option<DigestId>,
    /// Which article.
    pub article: Option<ArticleId>,
    /// Which flight.
    pub flight: Option<FlightId>,
    /// In words, with the numbers.
    pub words: String,
}

/// Examples that are kept of each flaw.
const EXAMPLES: usize = 3;

/// Faults by what they are: how many, and the first few. It stays small however many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// By flaw, in their order.
    pub flaws: BTreeMap<Flaw, Found>,
}

/// How often a flaw was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// As errors.
    pub errors: u64,
    /// As warnings.
    pub warnings: u64,
    /// The first few.
    pub examples: Vec<Fault>,
}

impl Findings {
    /// Counts faults in; of each flaw the first few are kept whole.
    pub fn add(&mut self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            let found = self.flaws.entry(fault.flaw).or_default();
            match fault.severity {
                Severity::Error => found.errors += 1,
                Severity::Warning => found.warnings += 1,
            }
            if found.examples.len() < EXAMPLES {
                found.examples.push(fault);
            }
        }
    }

    /// How many errors there are.
    pub fn errors(&self) -> u64 {
        self.flaws.values().map(|f| f.errors).sum()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> u64 {
        self.flaws.values().map(|f| f.warnings).sum()
    }

    /// The errors in words, one flaw a line: `story_twice, 12 times: `Fire` (article 7) and `Fire in
    /// port` (article 9) tell one story`.
    pub fn errors_in_words(&self) -> Vec<String> {
        let bad = self.flaws.iter().filter(|(_, found)| found.errors > 0);
        bad.map(|(flaw, found)| {
            let times = match found.errors {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            };
            let mut examples = found.examples.iter();
            let example = examples.find(|e| e.severity == Severity::Error);
            let words = example.map_or("", |e| e.words.as_str());
            format!("{flaw}, {times}: {words}")
        })
        .collect()
    }
}
