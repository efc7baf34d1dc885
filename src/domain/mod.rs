//! The ground: what Courant talks about. Values that are valid once made, typed ids, closed sets.
//!
//! Nothing here waits, asks the time, opens a file or speaks SQL; whatever is wrong with an input is
//! said by a typed error that knows its hint. The words are those of ARCHITECTURE.md's glossary.

pub mod address;
pub mod amendment;
pub mod archive;
pub mod article;
pub mod audit;
pub mod cells;
pub mod consent;
pub mod delivery;
pub mod due;
pub mod edition;
pub mod editor;
pub mod element;
pub mod flight;
pub mod gazetteer;
pub mod goal;
pub mod labels;
pub mod letter;
pub mod link_mail;
pub mod list;
pub mod list_id;
pub mod money;
pub mod network;
pub mod picture;
pub mod safety;
pub mod seal;
pub mod selection;
pub mod sign_in;
pub mod signup;
pub mod slug;
pub mod snapshot;
pub mod sponsor;
pub mod subscriber;
pub mod targeting;
pub mod time;
pub mod utm;
pub mod visible;
pub mod volume;
pub mod web_link;
pub mod written;

/// A text from outside as an error message shows it: at most 64 characters, none of them a control
/// character.
fn shown(text: &str) -> String {
    let visible = |sign: char| {
        if sign.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            sign
        }
    };
    text.chars().take(64).map(visible).collect()
}

/// A typed row id: never a bare integer across a function's border.
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )+};
}

id! {
    /// A newsletter.
    ListId,
    /// A named rhythm of a list.
    CadenceId,
    /// Where articles come from.
    SourceId,
    /// One published piece.
    ArticleId,
    /// One text of an article; texts are append-only.
    RevisionId,
    /// The articles that tell the same thing.
    StoryId,
    /// An editor's word on stories; append-only.
    StoryWordId,
    /// A person.
    SubscriberId,
    /// A person's terms with one list.
    SubscriptionId,
    /// A sign-up that waits for its confirmation; ids come again once it is forgotten.
    SignupId,
    /// A mail with a link, as it was asked for; ids come again once it is forgotten.
    LinkMailId,
    /// One revision of a subscription's terms; append-only.
    TermsId,
    /// Who pays for a block.
    SponsorId,
    /// An order of a sponsor.
    CampaignId,
    /// A line with dates and a booked number.
    FlightId,
    /// A text of a flight in one size.
    CreativeId,
    /// One issue of a list.
    EditionId,
    /// An editor's decision about an edition; append-only.
    DecisionId,
    /// The digests of an edition due at one instant.
    WaveId,
    /// One subscription's part of a wave, in one revision.
    DigestId,
    /// A word on an article that reaches letters which are planned; append-only.
    AmendmentId,
    /// A person of the desk.
    EditorId,
    /// A link by which an editor comes in; ids come again once it is forgotten.
    LoginLinkId,
    /// A browser that is signed in at the desk; ids come again once it is over.
    SessionId,
}

/// A closed set of words: one spelling each, for the database, the command line and JSON alike.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word of the set, in its order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The one spelling of this word.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// Reads the spelling of [`Self::as_str`]; anything else names the whole set.
            pub fn parse(text: &str) -> Result<$name, $crate::domain::UnknownWord> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err($crate::domain::UnknownWord {
                        word: text.chars().take(64).collect(),
                        known: &[$($word),+],
                    }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::UnknownWord;
            fn from_str(text: &str) -> Result<$name, Self::Err> {
                $name::parse(text)
            }
        }
    };
}
pub(crate) use words;

/// A word that is not in its closed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is none of {}", known.join(", "))]
pub struct UnknownWord {
    /// What was given, cut at 64 characters.
    pub word: String,
    /// The whole set.
    pub known: &'static [&'static str],
}

impl UnknownWord {
    /// The nearest word, if one is near enough to be what was meant.
    pub fn hint(&self) -> Option<String> {
        nearest(&self.word, self.known.iter().copied()).map(|w| format!("did you mean `{w}`?"))
    }
}

/// The nearest of `known` to `word` by edit distance, if near enough to be a slip of the fingers.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .map(|k| (strsim::damerau_levenshtein(word, k), k))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, k)| (*distance, *k))
        .map(|(_, k)| k)
}
