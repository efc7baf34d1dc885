//! Which article stands for a story, and what decided it: the first difference between it and the one
//! that would stand in its absence.

use super::stock::Stock;
use crate::domain::{ArticleId, StoryId, words};

words! {
    /// What decided that an article stands for its story.
    Precedence {
        /// No other one may.
        Only = "only",
        /// An editor named it.
        Named = "named",
        /// It is of the window, others are carried over or older.
        Age = "age",
        /// Its source published it first: others of the story point there.
        Original = "original",
        /// Its source is better.
        Quality = "quality",
        /// It is the earliest.
        Earliest = "earliest",
        /// It is longer.
        Longer = "longer",
        /// It came in first.
        First = "first",
    }
}

impl Stock<'_> {
    /// The article that stands for a story, whatever language its readers read; none where no article
    /// of it may be brought.
    pub fn represented(&self, story: StoryId) -> Option<(ArticleId, Precedence)> {
        let at = self.stories.binary_search_by_key(&story, |s| s.id).ok()?;
        let members = &self.stories[at].members;
        let first = self.entries.get(*members.first()?)?;
        let own = first.candidate;
        let Some(second) = members.get(1).and_then(|m| self.entries.get(*m)) else {
            return Some((own.article, Precedence::Only));
        };
        let other = second.candidate;
        let named = self.rules.decisions.named.get(&story);
        let by = match () {
            () if named == Some(&own.article) => Precedence::Named,
            () if first.age != second.age => Precedence::Age,
            () if own.original != other.original => Precedence::Original,
            () if own.quality != other.quality => Precedence::Quality,
            () if own.dated_ms != other.dated_ms => Precedence::Earliest,
            () if own.words != other.words => Precedence::Longer,
            () => Precedence::First,
        };
        Some((own.article, by))
    }
}

#[cfg(test)]
mod tests {
    use super::Precedence;
    use crate::domain::selection::{Candidate, Rules};
    use crate::domain::{ArticleId, RevisionId, SourceId, StoryId};
    use crate::select::Stock;

    const HOUR: i64 = 3_600_000;

    fn candidate(id: i64, hours: i64) -> Candidate {
        Candidate {
            dated_ms: -hours * HOUR,
            ..Candidate::of(ArticleId(id), RevisionId(id), StoryId(7), SourceId(id))
        }
    }

    #[test]
    fn what_decides_is_the_first_difference() {
        let check = |change: &dyn Fn(&mut Candidate), expected: (i64, Precedence)| {
            let mut all = [candidate(1, 1), candidate(2, 1)];
            change(&mut all[1]);
            let rules = Rules::default();
            let stock = Stock::new(&all, &rules);
            let (id, by) = (ArticleId(expected.0), expected.1);
            assert_eq!(stock.represented(StoryId(7)), Some((id, by)));
        };
        check(&|_| {}, (1, Precedence::First));
        check(&|c| c.words = 10, (2, Precedence::Longer));
        check(&|c| c.dated_ms -= 1, (2, Precedence::Earliest));
        check(&|c| c.quality = 900, (2, Precedence::Quality));
        check(&|c| c.original = true, (2, Precedence::Original));
        check(&|c| c.dated_ms -= 30 * HOUR, (1, Precedence::Age));
        check(&|c| c.embargo_ms = Some(HOUR), (1, Precedence::Only));
        let all = [candidate(1, 1), candidate(2, 1)];
        let mut rules = Rules::default();
        rules.decisions.named.insert(StoryId(7), ArticleId(2));
        let stock = Stock::new(&all, &rules);
        assert_eq!(
            stock.represented(StoryId(7)),
            Some((ArticleId(2), Precedence::Named))
        );
        assert_eq!(stock.represented(StoryId(8)), None);
    }
}
