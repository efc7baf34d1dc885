//! Safety as it is typed: a profile, and what a flight bears other than it says.

use crate::cli::{Failure, typed};
use crate::domain::labels::{RiskCategory, RiskLevel};
use crate::domain::safety::{Preset, SafetyProfile, Scope, Tolerance};

/// Which stories a flight keeps away from.
#[derive(clap::Args, Debug)]
pub struct Safety {
    /// What kind of profile: standard (not directly beside a story that is a high risk of any
    /// category), sensitive (besides, in no digest with a story of terrorism or death that is more
    /// than touched upon: for betting, alcohol, travel, games), house (beside anything)
    /// [default: standard]
    #[arg(long, value_name = "PROFILE")]
    safety: Option<String>,
    /// The highest level of a category beside which it stands, none to high, and how far a story of
    /// a higher one reaches: digest or adjacent (default), as in crime=low:digest; may be repeated
    #[arg(long, value_name = "CATEGORY=LEVEL[:SCOPE]")]
    bears: Vec<String>,
    /// Keep away from stories of which nobody knows what risk they are, such as those in a language
    /// without rules: in the whole digest or adjacent
    #[arg(long, value_name = "SCOPE")]
    unclassified: Option<String>,
}

impl Safety {
    /// The profile that was typed, on top of one: a named profile replaces it, the rest changes it.
    pub fn over(&self, mut profile: SafetyProfile) -> Result<SafetyProfile, Failure> {
        if let Some(preset) = &self.safety {
            let preset = Preset::parse(preset).map_err(|e| named("--safety", e))?;
            profile = SafetyProfile::of(preset);
        }
        for text in &self.bears {
            let (category, tolerance) = bears(text)?;
            profile.categories.insert(category, tolerance);
        }
        if let Some(scope) = &self.unclassified {
            let scope = Scope::parse(scope).map_err(|e| named("--unclassified", e))?;
            profile.unclassified = Some(scope);
        }
        Ok(profile)
    }
}

fn bears(text: &str) -> Result<(RiskCategory, Tolerance), Failure> {
    let Some((category, rest)) = text.split_once('=') else {
        let text = typed::short(text, 64);
        let words = format!("`--bears {text}` names no level");
        return Err(Failure::usage(words).hint("write crime=low or crime=low:digest"));
    };
    let (level, scope) = rest
        .split_once(':')
        .unwrap_or((rest, Scope::Adjacent.as_str()));
    let tolerance = Tolerance {
        highest: RiskLevel::parse(level).map_err(|e| named("--bears", e))?,
        scope: Scope::parse(scope).map_err(|e| named("--bears", e))?,
    };
    let category = RiskCategory::parse(category).map_err(|e| named("--bears", e))?;
    Ok((category, tolerance))
}

fn named(option: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::usage(error).context(format!("`{option}`"))
}
