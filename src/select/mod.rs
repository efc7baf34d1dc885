//! Selection: from a wave's candidates, its rules and one reader to a digest with reasons, and a
//! verdict and a score for every candidate. Pure and integer throughout: the same inputs give the
//! same plan on every machine, whatever order the candidates come in; the only time is the wave's
//! cut-off. It does not know how long a text is in bytes (fitting), which sponsors stand beside it, or
//! the words in which reasons are shown.
//!
//! # The rules, in the order in which they win
//! 1. **Banned** stories are in no digest; a ban beats everything else that editors decide.
//! 2. What is dated **after the cut-off**, or embargoed beyond it, waits for a later wave, pinned or
//!    not. It is the cut-off and not the due time, because whoever sends an edition early lets its
//!    letters leave at any time after its plan.
//! 3. What is older than the **window** and what is **carried over** from it is out, unless its story
//!    is pinned or the lead. A reader who **comes back** from a pause gets the best of everything since
//!    then: no age since then is too old, and none counts.
//! 4. Under `languages = "reader"` an article in **another language** than the reader's is out,
//!    whatever their regions. One whose language is not known is for everybody.
//! 5. A story of which any article carries a topic that the reader wants **nothing** of (a weight of 0)
//!    is out, also when pinned or the lead. **Nothing twice**: an article whose story the reader was sent is out, also when pinned or the
//!    lead, unless it is an **update**: so long after the story was sent last, so much of its text new
//!    against every text of the story that the reader was sent, and not too often. A story is known by
//!    any text that any of its articles ever had.
//! 6. **One article a story** represents it, the same for all readers to whom it is open: the one that
//!    an editor named, then one of the window before one that is carried over, then of the source that
//!    published it first, then of the better source, then the earliest, then the longer, then the lower
//!    id. It alone is considered further.
//! 7. The **lead** and the **pins** are in, also beyond the target length and outside every cap.
//! 8. **Worth** is source quality times corroboration (1, and a quarter more with every doubling of the
//!    sources that tell the story) times 2^(-age / half-life) times what editors made of it. The
//!    **score** is worth times the reader's wish for a topic times the article's weight there, for the
//!    one topic where that is highest (then the one with the higher wish, then by slug); a story is of
//!    this topic alone. Everywhere equals are told apart by date, the newer first, then by lower id.
//! 9. **Local**: of the slots that are left, up to `local` are kept for the reader's places, at most
//!    half of them: the worthiest stories from there, whatever their topics.
//! 10. **Quotas**: the other slots are dealt over the reader's topics that have something, by largest
//!     remainder on the weights; each gets at least one (the heaviest, where slots are too few) and at
//!     most `topic_cap` and what it has.
//! 11. The reader's **topics**, best first, within the quotas. What comes next is decided by
//!     (1 - diversity) * score / best - diversity * likeness to the likest that is in, where best is the
//!     best score when the competition began. The likeness of two stories depends on the two alone.
//! 12. The reader's **places** in the same way, by worth, for what matched no topic; with what was kept
//!     at most [`AREA_CAP`].
//! 13. **Top stories** up to the target, for everybody under `personal = "order"`, under `"filter"` only
//!     for readers who follow no topic (the general digest): the desk's own list in its order, then by
//!     worth in the same way as topics. What is carried over waits for this as well.
//! 14. **What gives way** while the digest is under its target: the cap of sources, then quotas and the
//!     cap of topics, each time going through 11 to 13 again. Then, only up to the list's minimum: the
//!     cap of authors; then the window doubles, so that what was too old by less than the window again is
//!     in time (not for who comes back, and not for stories that the reader was sent); then, for readers
//!     whom `"filter"` leaves with less, the desk's own list stands in.
//! 15. **The minimum**: with fewer picks than `stories_min`, or than the target where that is less, and
//!     in any case with none, there is no digest and everything waits ([`Skip::TooFewStories`]; where
//!     `"filter"` found nothing at all, [`Skip::NothingFollowed`]).
//!
//! **Caps** are for variety and bind rules 9 to 13, not the lead and the pins: at most `source_cap`
//! of one source, unless the wave has one source alone; in short digests at most `author_cap` of one
//! author; at most `topic_cap` of one topic, where a pick counts for the topic
//! that it matched or else its article's strongest (what is kept for places counts for none). What kept
//! a story out is the first cap that refused it when it was its turn, authors before sources before
//! topics; whose turn never came found the digest full. Caps keep nothing out of a digest that is short:
//! where one gave way, what is left over found the digest full, and where the cap of authors did, that
//! cap, since it gives way for the minimum alone. A
//! topic cap of 0 counts as 1, other caps of 0 as none, and a target of 0 in the reader's terms means the
//! list's.
//!
//! **The layout**: the lead; a section for each followed topic, first those that editors put in order,
//! then by the reader's weight, then slug; a section for each place, by slug; then Also Today. In a
//! section pins stand first, in the editors' order, then what was taken first; what editors moved then
//! stands at its place of it, or last where the section ends before. A pin stands under its article's strongest topic if the reader
//! follows it, else in Also Today. Without an editor's lead the best-scored story that two sources or
//! more tell opens the digest, else the best-scored one (what matched no topic comes after what did, by
//! worth); it keeps its reason and counts for the caps. The first [`FULL_FORMS`] picks are printed in
//! full, and of Also Today what comes after the first [`SHORT_FORMS`] picks of the digest as a headline;
//! everything else is short. What of this is too large for a letter is brought down by [`fit`].

mod draft;
mod fill;
pub mod fit;
mod kinship;
mod layout;
mod likeness;
pub mod news;
mod orders;
mod quotas;
mod refusals;
mod relax;
mod represent;
mod score;
mod stock;
mod streams;
mod unwanted;
mod verdict;
mod view;
mod words;

use crate::domain::selection::{Candidate, Reader, Rules, Selection};
#[cfg(doc)]
use crate::domain::selection::{Skip, Verdict};

pub use likeness::{FLOOR, likeness};
pub use represent::Precedence;
pub use score::{ONE, corroboration, recency};
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
