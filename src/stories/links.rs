//! Who came into a story by whom: where an article goes, those go that came by it.

use std::collections::BTreeSet;

use crate::domain::ArticleId;

/// An article, and the one by which it came into its story; none for the one that opened it.
pub type Link = (ArticleId, Option<ArticleId>);

/// The articles that came by these, or by one that did; without these themselves, ascending.
pub fn following(these: &[ArticleId], links: &[Link]) -> Vec<ArticleId> {
    let mut all: BTreeSet<ArticleId> = these.iter().copied().collect();
    // An article comes by an earlier one, and ids grow: one pass by id finds whole chains, and a second
    // one proves it. Links that were made otherwise cost as many passes as their chains are long.
    let mut links: Vec<&Link> = links.iter().collect();
    links.sort_unstable();
    loop {
        let before = all.len();
        for (article, by) in &links {
            if by.is_some_and(|by| all.contains(&by)) {
                all.insert(*article);
            }
        }
        if all.len() == before {
            break;
        }
    }
    all.into_iter().filter(|a| !these.contains(a)).collect()
}

#[cfg(test)]
mod tests {
    use super::following;
    use crate::domain::ArticleId;

    #[test]
    fn who_came_by_whom_goes_along() {
        let links = [
            (5, Some(2)),
            (1, None),
            (2, Some(1)),
            (3, Some(1)),
            (4, Some(5)),
            (6, Some(6)),
        ];
        let links = links.map(|(a, by): (i64, Option<i64>)| (ArticleId(a), by.map(ArticleId)));
        let of = |these: &[i64]| {
            let these: Vec<ArticleId> = these.iter().map(|a| ArticleId(*a)).collect();
            let found = following(&these, &links);
            found.into_iter().map(|a| a.0).collect::<Vec<i64>>()
        };
        assert_eq!(of(&[2]), [4, 5]);
        assert_eq!(of(&[1]), [2, 3, 4, 5]);
        assert_eq!(of(&[3]), [0_i64; 0]);
        assert_eq!(of(&[6]), [0_i64; 0]);
        assert_eq!(of(&[]), [0_i64; 0]);
    }
}
