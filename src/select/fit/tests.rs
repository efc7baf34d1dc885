//! Fitting on random digests, and by name for the order of its steps.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Fitted, Sizes, fit};
use crate::domain::selection::{Form, Pick, Reason, Section, Selection, Verdict};
use crate::domain::slug::Slug;
use crate::domain::sponsor::Slot;
use crate::domain::{ArticleId, RevisionId, StoryId};

/// Sizes by article: full, short, headline.
#[derive(Clone, Debug)]
struct Table {
    base: usize,
    slot: usize,
    heading: usize,
    stories: BTreeMap<ArticleId, [usize; 3]>,
}

impl Sizes for Table {
    fn base(&self) -> usize {
        self.base
    }

    fn story(&self, pick: &Pick, form: Form) -> usize {
        self.stories[&pick.article][form as usize]
    }

    fn heading(&self, section: &Section) -> usize {
        assert_ne!(*section, Section::Lead, "the lead has no heading");
        self.heading
    }

    fn slot(&self, slot: Slot) -> usize {
        if slot == Slot::S1 { self.slot } else { 0 }
    }
}

/// What a letter comes to, counted anew.
fn counted(sizes: &Table, picks: &[Pick]) -> usize {
    let mut bytes = sizes.base + sizes.slot;
    for (at, pick) in picks.iter().enumerate() {
        bytes += sizes.story(pick, pick.form);
        let opens = at == 0 || picks[at - 1].section != pick.section;
        if opens && pick.section != Section::Lead {
            bytes += sizes.heading;
        }
    }
    bytes
}

/// `L` the lead, small letters topics, `@` the area, `*` Also Today; `!` after one makes it a pin.
fn picks(layout: &str) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    for c in layout.chars() {
        let slug = |name: &str| Slug::parse(name).expect("a slug");
        let (section, reason) = match c {
            '!' => {
                picks.last_mut().expect("a pick").reason = Reason::Pinned;
                continue;
            }
            'L' => (Section::Lead, Reason::Lead),
            '@' => (
                Section::Area(slug("port")),
                Reason::Place {
                    place: slug("port"),
                },
            ),
            '*' => (Section::AlsoToday, Reason::TopStory),
            c => {
                let topic = slug(&c.to_string());
                (Section::Topic(topic.clone()), Reason::Topic { topic })
            }
        };
        let id = i64::try_from(picks.len()).expect("few") + 1;
        picks.push(Pick {
            article: ArticleId(id),
            revision: RevisionId(id),
            story: StoryId(id),
            section,
            reason,
            form: if picks.len() < 4 {
                Form::Full
            } else {
                Form::Short
            },
            update: false,
        });
    }
    picks
}

/// A letter of 100, stories of 50, 20 and 10, headings of 5.
fn even(picks: &[Pick]) -> Table {
    Table {
        base: 90,
        slot: 10,
        heading: 5,
        stories: picks.iter().map(|p| (p.article, [50, 20, 10])).collect(),
    }
}

/// `1f 2s 3h`: what stays, and how.
fn printed(fitted: &Fitted) -> String {
    let one = |p: &Pick| format!("{}{}", p.article, &p.form.as_str()[..1]);
    fitted.picks.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn fitted(layout: &str, budget: usize) -> String {
    let picks = picks(layout);
    let sizes = even(&picks);
    printed(&fit(picks, &sizes, budget))
}

#[test]
fn teasers_first_then_headlines_then_out_from_below() {
    // 100 + 4 × 50 + 2 × 20 + 3 headings.
    assert_eq!(fitted("Laab**", 355), "1f 2f 3f 4f 5s 6s");
    assert_eq!(fitted("Laab**", 354), "1f 2f 3f 4s 5s 6s");
    assert_eq!(fitted("Laab**", 325), "1f 2f 3f 4s 5s 6s");
    assert_eq!(fitted("Laab**", 265), "1f 2s 3s 4s 5s 6s");
    assert_eq!(fitted("Laab**", 264), "1f 2s 3s 4s 5s 6h");
    assert_eq!(fitted("Laab**", 215), "1f 2h 3h 4h 5h 6h");
    // Before a story leaves, the lead gives of its own.
    assert_eq!(fitted("Laab**", 214), "1s 2h 3h 4h 5h 6h");
    assert_eq!(fitted("Laab**", 184), "1s 2h 3h 4h 5h");
    // With the last one of a section its heading goes.
    assert_eq!(fitted("Laab**", 174), "1s 2h 3h 4h");
    assert_eq!(fitted("Laab**", 160), "1s 2h 3h 4h");
    assert_eq!(fitted("Laab**", 159), "1s 2h 3h");
    assert_eq!(fitted("Laab**", 120), "1s");
    assert_eq!(fitted("Laab**", 119), "1h");
    assert_eq!(fitted("Laab**", 0), "1h");
}

#[test]
fn pins_go_last_and_the_area_keeps_its_first_story_until_then() {
    // Everything as a headline: 100 + 50 + 6 × 10 + 3 × 5.
    assert_eq!(fitted("La!a@@*!*", 225), "1f 2h 3h 4h 5h 6h 7h");
    assert_eq!(fitted("La!a@@*!*", 195), "1s 2h 3h 4h 5h 6h 7h");
    assert_eq!(fitted("La!a@@*!*", 185), "1s 2h 3h 4h 5h 6h");
    assert_eq!(fitted("La!a@@*!*", 175), "1s 2h 3h 4h 6h");
    assert_eq!(fitted("La!a@@*!*", 165), "1s 2h 4h 6h");
    assert_eq!(fitted("La!a@@*!*", 164), "1s 2h 6h");
    assert_eq!(fitted("La!a@@*!*", 149), "1s 2h");
    assert_eq!(fitted("La!a@@*!*", 134), "1s");
}

#[test]
fn a_form_that_saves_nothing_is_not_taken() {
    let picks = picks("La");
    let mut sizes = even(&picks);
    sizes.stories.insert(ArticleId(2), [50, 50, 10]);
    assert_eq!(printed(&fit(picks.clone(), &sizes, 204)), "1f 2h");
    sizes.stories.insert(ArticleId(2), [50, 50, 60]);
    assert_eq!(printed(&fit(picks, &sizes, 204)), "1s 2f");
}

#[test]
fn a_selection_is_told() {
    let picks = picks("Laab");
    let fitted = fit(picks.clone(), &even(&picks), 155);
    assert_eq!(printed(&fitted), "1s 2h 3h");
    let chosen = |rank, pick: &Pick, shortened| Verdict::Chosen {
        rank,
        reason: pick.reason.clone(),
        shortened,
        relaxed: None,
        besides: Vec::new(),
    };
    let ranked = picks.iter().zip(1..);
    let mut selection = Selection {
        verdicts: ranked
            .map(|(p, rank)| (p.article, chosen(rank, p, None)))
            .collect(),
        picks: picks.clone(),
        scores: BTreeMap::new(),
        skip: None,
    };
    fitted.tell(&mut selection, 155);
    assert_eq!(selection.picks, fitted.picks);
    let verdicts: Vec<Verdict> = selection.verdicts.into_values().collect();
    let headline = Some(Form::Headline);
    assert_eq!(
        verdicts,
        [
            chosen(1, &picks[0], Some(Form::Short)),
            chosen(2, &picks[1], headline),
            chosen(3, &picks[2], headline),
            Verdict::PushedOut { budget: 155 },
        ]
    );
}

fn layouts() -> impl Strategy<Value = Vec<Pick>> {
    let section = |mark: &'static str| {
        vec(any::<bool>(), 0..5).prop_map(move |pins| {
            let one = |pin: bool| format!("{mark}{}", if pin { "!" } else { "" });
            pins.into_iter().map(one).collect::<String>()
        })
    };
    let rest = (section("a"), section("b"), section("@"), section("*"));
    (prop_oneof![Just("L"), Just("L!")], rest)
        .prop_map(|(lead, (a, b, area, also))| picks(&format!("{lead}{a}{b}{area}{also}")))
}

prop_compose! {
    fn digests()(picks in layouts())(
        sizes in vec([0_usize..80, 0_usize..80, 0_usize..80], picks.len()),
        (base, slot, heading) in (0_usize..200, 0_usize..40, 0_usize..20),
        picks in Just(picks),
    ) -> (Vec<Pick>, Table) {
        let stories = picks.iter().map(|p| p.article).zip(sizes).collect();
        (picks, Table { base, slot, heading, stories })
    }
}

/// Whether a pick may be made smaller yet.
fn may_give(sizes: &Table, pick: &Pick) -> bool {
    let now = sizes.story(pick, pick.form);
    let shorter = Form::ALL
        .iter()
        .any(|f| *f > pick.form && sizes.story(pick, *f) < now);
    shorter || (pick.section != Section::Lead && now > 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn it_fits_or_nothing_more_may_go((picks, sizes) in digests(), budget in 0_usize..1_500) {
        let fitted = fit(picks.clone(), &sizes, budget);
        prop_assert_eq!(fitted.bytes, counted(&sizes, &fitted.picks));
        if fitted.bytes > budget {
            prop_assert!(fitted.picks.iter().all(|p| !may_give(&sizes, p)), "{fitted:?}");
        }
        // Nothing is lost or moved: both parts together are what came in, in its order.
        let ids = |picks: &[Pick]| picks.iter().map(|p| p.article).collect::<Vec<_>>();
        let (stay, out) = (ids(&fitted.picks), ids(&fitted.pushed_out));
        let mut all = [stay.clone(), out.clone()].concat();
        all.sort_unstable();
        prop_assert_eq!(all, ids(&picks));
        prop_assert!(stay.is_sorted() && out.is_sorted());
        let lead = |p: &&Pick| p.section == Section::Lead;
        prop_assert!(fitted.picks.iter().any(|p| lead(&p)) && !fitted.pushed_out.iter().any(|p| lead(&p)));
        for (pick, shortened) in fitted.picks.iter().zip(&fitted.shortened) {
            let was = picks.iter().find(|p| p.article == pick.article).map(|p| p.form);
            prop_assert_eq!(*shortened, was != Some(pick.form));
            prop_assert!(was <= Some(pick.form));
        }
    }

    #[test]
    fn no_step_is_taken_in_vain((picks, sizes) in digests(), budget in 0_usize..1_500) {
        let fitted = fit(picks.clone(), &sizes, budget);
        if fitted.picks == picks {
            return Ok(());
        }
        // One more octet at a time: the next larger digest that is ever made does not fit.
        let next = (budget..).map(|b| fit(picks.clone(), &sizes, b)).find(|f| *f != fitted);
        prop_assert!(next.is_some_and(|f| f.bytes > budget));
    }

    #[test]
    fn a_larger_budget_never_shows_less(
        (picks, sizes) in digests(),
        budget in 0_usize..1_500,
        more in 0_usize..200,
    ) {
        let (small, large) = (fit(picks.clone(), &sizes, budget), fit(picks, &sizes, budget + more));
        for pick in &small.picks {
            let same = large.picks.iter().find(|p| p.article == pick.article);
            prop_assert!(same.is_some_and(|p| p.form <= pick.form), "{small:?} {large:?}");
        }
        prop_assert!(small.bytes <= large.bytes);
    }
}
