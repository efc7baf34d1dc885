//! Selection: from a wave's candidates, its rules and one reader to a digest with reasons, and a
//! verdict for every other candidate. Pure and integer throughout: the same inputs give the same
//! plan on every machine, whatever order the candidates come in. It does not know how long a text
//! is in bytes (fitting), which sponsors stand beside it, or the words in which reasons are shown.
//!
//! # The rules, in the order in which they win
//! 1. **Banned** stories are in no digest; a ban beats a pin and the lead.
//! 2. What is dated **after the cut-off** waits for the next wave, pinned or not.
//! 3. What is **older than the window** is out, unless its story is pinned or the lead.
//! 4. **Nothing twice**: a story in the reader's memory is out, also when pinned or the lead. A
//!    reader who had the lead before gets a lead as if no editor had set one.
//! 5. **The minimum**: with fewer open stories (those that pass 1 to 4, whatever their topics) than
//!    `stories_min`, and in any case with none, there is no digest and all of them wait.
//! 6. **One article a story**: of a story's open articles the one that this reader ranks first
//!    represents it: the better topic match, then one with a followed place, then the newer, then
//!    the lower id. It alone is considered further.
//! 7. The **lead** and the **pins** are in, also beyond the target length and outside every cap.
//! 8. The reader's **topics**: first the best story of each, in the order of their sections, then
//!    best score first, up to the target. The score is the reader's weight times the article's
//!    weight times recency, for the one topic where that is highest (then the topic with the
//!    reader's higher weight, then by slug); a story is of this topic alone.
//! 9. The reader's **places**: newest first, at most [`AREA_CAP`], only what matched no topic.
//! 10. **Top stories**, newest first, up to the target: for everybody under `personal = "order"`,
//!     under `"filter"` only for readers who follow no topic (the general digest). A reader whom
//!     `"filter"` leaves without any story gets no digest ([`Skip::NothingFollowed`]).
//! 11. **Past the cap**: when all this leaves the digest under its target, rules 8 to 10 are gone
//!     through once more without the cap, each story under its own section and reason.
//!
//! **The cap** is for variety: every pick of rules 8 to 10 counts for one topic, the one that it
//! matched or else its article's strongest (then by slug), and no topic gets more than `topic_cap`
//! as long as others have something; a cap of 0 counts as 1. So a story is kept out by the cap
//! ([`Verdict::TopicCap`]) only from a digest that others filled; where rule 11 came into force,
//! what is left over found the digest full. A target of 0 in the reader's terms means the list's.
//!
//! **The layout**: the lead; a section for each followed topic, by the reader's weight, then slug;
//! a section for each place, by slug; then Also Today. In a section pins stand first, in the
//! editors' order, then the score decides (in the last two the date), and what is past the cap
//! stands last. A pin stands under its article's strongest topic if the
//! reader follows it, else in Also Today. Without an editor's lead the pick with the highest score
//! opens the digest (with no match among them, the newest); it keeps its reason and counts for the
//! cap. The first [`FULL_FORMS`] picks are printed in full, and of Also Today what comes after the
//! first [`SHORT_FORMS`] picks of the digest as a headline; everything else is short. What of this
//! is too large for a letter is brought down by [`fit`].

mod draft;
pub mod fit;
pub mod news;
mod recency;
mod stock;
mod verdict;
mod view;
mod words;

use crate::domain::selection::{Candidate, Reader, Rules, Selection};
#[cfg(doc)]
use crate::domain::selection::{Skip, Verdict};

pub use recency::{HALF_LIFE_MS, ONE, recency};
pub use stock::Stock;
pub use words::{Shingles, features, new_share};

/// Most picks that stand in a digest for the reader's places.
pub const AREA_CAP: usize = 3;

/// How many picks at the top of a digest are printed in full.
pub const FULL_FORMS: usize = 4;

/// After this many picks of the digest, Also Today brings headlines alone.
pub const SHORT_FORMS: usize = 8;

/// The plan of one reader. For many readers of a wave make one [`Stock`] and ask it.
pub fn select(candidates: &[Candidate], reader: &Reader, rules: &Rules) -> Selection {
    Stock::new(candidates, rules).select(reader)
}
