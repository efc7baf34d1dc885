//! Safety profiles: which stories a flight does not want to stand beside, by what makes them a risk.
//!
//! A profile moves sponsors, never stories. Categories and levels are those of the story
//! ([`super::labels`]), with an editor's word over what rules found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::labels::{Risk, RiskCategory, RiskLevel};
use super::words;

words! {
    /// How far a story's risk reaches.
    Scope {
        /// Over the whole digest: the flight stands nowhere in it.
        Digest = "digest",
        /// To the slots directly above and below the story.
        Adjacent = "adjacent",
    }
}

words! {
    /// Profiles that are there to begin with.
    Preset {
        /// Not directly beside a high risk of any category.
        Standard = "standard",
        /// Besides, in no digest with terrorism or death that is more than touched upon: for betting,
        /// alcohol, travel and games.
        Sensitive = "sensitive",
        /// Beside anything: for the house's own lines.
        House = "house",
    }
}

/// What a flight bears of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// The highest level of a story beside which it still stands.
    pub highest: RiskLevel,
    /// How far a story of a higher one reaches.
    pub scope: Scope,
}

/// Which stories a flight keeps away from. A category that it does not name is borne at any level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyProfile {
    /// By category.
    #[serde(default)]
    pub categories: BTreeMap<RiskCategory, Tolerance>,
    /// How far a story reaches of which it is not known what risk it is; `None`: it counts as none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclassified: Option<Scope>,
}

/// Why a story keeps a flight away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection<'a> {
    /// It has more of a category than the flight bears.
    Category {
        /// Which.
        category: RiskCategory,
        /// How much.
        level: RiskLevel,
        /// What shows it.
        evidence: &'a str,
    },
    /// Nobody knows what risk it is.
    Unclassified {
        /// Why not.
        why: &'a str,
    },
}

impl Default for SafetyProfile {
    fn default() -> SafetyProfile {
        SafetyProfile::of(Preset::Standard)
    }
}

impl SafetyProfile {
    /// A profile that is there to begin with.
    pub fn of(preset: Preset) -> SafetyProfile {
        let tolerance = |category: RiskCategory| match (preset, category) {
            (Preset::Sensitive, RiskCategory::Terrorism | RiskCategory::Death) => Tolerance {
                highest: RiskLevel::Low,
                scope: Scope::Digest,
            },
            _ => Tolerance {
                highest: RiskLevel::Medium,
                scope: Scope::Adjacent,
            },
        };
        let named: &[RiskCategory] = match preset {
            Preset::House => &[],
            _ => RiskCategory::ALL,
        };
        SafetyProfile {
            categories: named.iter().map(|c| (*c, tolerance(*c))).collect(),
            unclassified: None,
        }
    }

    /// What a story of such a risk has against the flight, and how far it reaches: the first in the
    /// order of categories among those that reach furthest. A story that is not classified and has
    /// more than the flight bears of what is known of it is refused for that.
    pub fn objection<'a>(&self, risk: &'a Risk) -> Option<(Scope, Objection<'a>)> {
        let found = risk.found.iter().filter_map(|found| {
            let tolerance = self.categories.get(&found.category)?;
            let objection = Objection::Category {
                category: found.category,
                level: found.level,
                evidence: &found.evidence,
            };
            (found.level > tolerance.highest).then_some((tolerance.scope, objection))
        });
        let unknown = risk.unclassified.as_deref().zip(self.unclassified);
        let unknown = unknown.map(|(why, scope)| (scope, Objection::Unclassified { why }));
        // Digest is the lesser word, and the first of equals is kept.
        found.chain(unknown).min_by_key(|(scope, _)| *scope)
    }
}

impl std::fmt::Display for Objection<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Objection::Category {
                category,
                level,
                evidence,
            } => write!(f, "{category} {level}: {evidence}"),
            Objection::Unclassified { why } => write!(f, "unclassified: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::labels::RiskFound;

    fn risk(found: &[(RiskCategory, RiskLevel)]) -> Risk {
        let found = found.iter().map(|(category, level)| RiskFound {
            category: *category,
            level: *level,
            evidence: "headline “so many dead”".to_owned(),
            by_editor: false,
        });
        Risk {
            unclassified: None,
            found: found.collect(),
        }
    }

    #[test]
    fn profiles_object_by_category_level_and_reach() {
        use RiskCategory::{Crime, Death, Gambling, Terrorism};
        use RiskLevel::{High, Low, Medium};
        let reach = |preset, found: &[(RiskCategory, RiskLevel)]| {
            let risk = risk(found);
            let profile = SafetyProfile::of(preset);
            profile.objection(&risk).map(|(scope, why)| match why {
                Objection::Category { category, .. } => (scope, Some(category)),
                Objection::Unclassified { .. } => (scope, None),
            })
        };
        let (standard, sensitive, house) = (Preset::Standard, Preset::Sensitive, Preset::House);
        let (digest, adjacent) = (Scope::Digest, Scope::Adjacent);
        for (preset, found, expected) in [
            (standard, &[(Death, Medium), (Crime, Low)][..], None),
            (standard, &[(Death, High)], Some((adjacent, Some(Death)))),
            (
                standard,
                &[(Gambling, High)],
                Some((adjacent, Some(Gambling))),
            ),
            (sensitive, &[(Death, Low)], None),
            (sensitive, &[(Death, Medium)], Some((digest, Some(Death)))),
            (
                sensitive,
                &[(Terrorism, High), (Death, High)],
                Some((digest, Some(Terrorism))),
            ),
            // What reaches further is named, wherever it stands in the order.
            (
                sensitive,
                &[(Crime, High), (Death, High)],
                Some((digest, Some(Death))),
            ),
            (sensitive, &[(Crime, Medium)], None),
            (house, &[(Terrorism, High), (Death, High)], None),
            (sensitive, &[], None),
        ] {
            assert_eq!(reach(preset, found), expected, "{preset} {found:?}");
        }
    }

    #[test]
    fn what_is_not_classified_counts_where_a_profile_asks() {
        let unknown = Risk {
            unclassified: Some("no rules for `fi`".to_owned()),
            found: Vec::new(),
        };
        let mut profile = SafetyProfile::of(Preset::Sensitive);
        assert_eq!(profile.objection(&unknown), None);
        profile.unclassified = Some(Scope::Adjacent);
        let (scope, why) = profile.objection(&unknown).expect("an objection");
        assert_eq!(scope, Scope::Adjacent);
        assert_eq!(why.to_string(), "unclassified: no rules for `fi`");
        assert_eq!(profile.objection(&Risk::default()), None);
    }

    #[test]
    fn a_profile_is_stored_as_it_is_typed() {
        let profile = SafetyProfile {
            categories: BTreeMap::from([(
                RiskCategory::Crime,
                Tolerance {
                    highest: RiskLevel::Low,
                    scope: Scope::Digest,
                },
            )]),
            unclassified: Some(Scope::Digest),
        };
        let text = serde_json::to_string(&profile).expect("JSON");
        assert_eq!(
            text,
            r#"{"categories":{"crime":{"highest":"low","scope":"digest"}},"unclassified":"digest"}"#
        );
        assert_eq!(
            serde_json::from_str::<SafetyProfile>(&text).expect("read"),
            profile
        );
    }
}
