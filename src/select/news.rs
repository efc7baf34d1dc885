//! What is news in a text to whoever was sent another text of its story.
//!
//! That a text differs is no news: copies are edited, cut and told in other words, and old pieces come
//! again. News is judged where words can be compared, within one source, and against everything that
//! was told of the story by then: so a second source that tells what the first one told never counts,
//! nor the whole of what was sent as a cut, nor an older text.

use super::words::Shingles;
use crate::domain::selection::Kin;
use crate::domain::{RevisionId, SourceId};

/// A text of a story.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    /// Its id; a later text has a higher one.
    pub revision: RevisionId,
    /// Of which source it is.
    pub source: SourceId,
    /// Its runs of words.
    pub shingles: &'t Shingles,
}

/// The kin of a text: all texts of its story, in the order given, which is that of their ids. For each
/// the share of the text's shingles, in thousandths, that neither it nor any text before it has; 0
/// against another source's text, and against one that is not older.
pub fn kin(own: &Text<'_>, story: &[Text<'_>]) -> Vec<Kin> {
    let mut unheard = own.shingles.clone();
    let kin = story.iter().map(|text| {
        unheard.forget(text.shingles);
        let older = text.revision < own.revision;
        let new = match older && text.source == own.source {
            true => unheard.share_of(own.shingles),
            false => 0,
        };
        Kin {
            revision: text.revision,
            new,
        }
    });
    kin.collect()
}

#[cfg(test)]
mod tests {
    use super::{Text, kin};
    use crate::domain::{RevisionId, SourceId};
    use crate::select::Shingles;

    /// Thousandths that are new in the last of these texts, each by its source.
    fn news(texts: &[(i64, &str)]) -> Vec<u16> {
        let shingles: Vec<Shingles> = texts.iter().map(|t| Shingles::of(t.1)).collect();
        let text = |(n, shingles): (usize, _)| Text {
            revision: RevisionId(n as i64 + 1),
            source: SourceId(texts[n].0),
            shingles,
        };
        let story: Vec<Text<'_>> = shingles.iter().enumerate().map(text).collect();
        let own = story.last().expect("a text");
        kin(own, &story).iter().map(|k| k.new).collect()
    }

    const FIRE: &str = "A fire has closed the old market hall by the river";
    const CUT: &str = "A fire has closed the old market hall";
    const OUT: &str = "The fire is out and the hall opens again on Friday";

    #[test]
    fn a_source_that_goes_on_telling_has_news() {
        assert_eq!(news(&[(1, FIRE), (1, OUT)]), [1000, 0]);
        let longer = format!("{FIRE}. {OUT}");
        assert_eq!(news(&[(1, FIRE), (1, &longer)])[0], 550);
        // Nothing that was told by then is news, whoever told it.
        assert_eq!(news(&[(2, OUT), (1, FIRE), (1, OUT)]), [0, 0, 0]);
        // What came between is news to whoever was sent the first text alone.
        assert_eq!(news(&[(1, FIRE), (2, OUT), (1, OUT)]), [1000, 0, 0]);
    }

    #[test]
    fn another_telling_is_none() {
        assert_eq!(news(&[(1, FIRE), (2, OUT)]), [0, 0]);
        assert_eq!(news(&[(1, FIRE), (2, CUT), (2, FIRE)]), [0, 0, 0]);
        // Whoever has the newer text knows the older one.
        let shingles = [FIRE, OUT].map(Shingles::of);
        let [old, new] = [(1, &shingles[0]), (2, &shingles[1])].map(|(id, shingles)| Text {
            revision: RevisionId(id),
            source: SourceId(1),
            shingles,
        });
        assert!(kin(&old, &[old, new]).iter().all(|k| k.new == 0));
        assert!(kin(&old, &[]).is_empty());
    }
}
