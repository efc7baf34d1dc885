//! `article risk`: what makes a story a risk beside an advertisement, and an editor's word on it.

use std::path::Path;

use clap::Args;

use super::of;
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::labels::{Risk, RiskCategory, RiskLevel};
use crate::store::Word;

/// What `article risk` takes.
#[derive(Args, Debug)]
pub struct RiskArgs {
    /// Its number or its URL
    article: String,
    /// terrorism, death, war, crime, arms, hate, adult, gambling, accident, drugs, alcohol, self-harm
    /// or politics; without one, what is known is shown
    category: Option<String>,
    /// How much of it: none, low, medium or high
    #[arg(conflicts_with = "undo")]
    level: Option<String>,
    /// Take back what was said of the category last
    #[arg(long, requires = "category")]
    undo: bool,
    /// Who says so
    #[arg(long, value_name = "NAME", default_value = "cli")]
    by: String,
    /// As JSON
    #[arg(long, conflicts_with = "category")]
    json: bool,
}

pub(super) async fn run(args: &RiskArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.by, 80)?;
    let category = args.category.as_deref().map(RiskCategory::parse);
    let level = args.level.as_deref().map(RiskLevel::parse);
    let (category, level) = (category.transpose()?, level.transpose()?);
    let house = House::open(home).await?;
    let article = of(&house.store, &args.article).await?;
    let said = house.store.article_said(article.id).await?;
    let Some(category) = category else {
        let risk = said.risk();
        match args.json {
            true => show::json(&risk)?,
            false => show::pairs(&pairs(&risk))?,
        }
        return Ok(Exit::Done);
    };
    let mine = |w: &&crate::store::StoredWord| matches!(w.word, Word::Risk { category: c, .. } if c == category);
    let now = house.clock.now();
    match (level, said.words.iter().rev().find(mine)) {
        (Some(level), _) => {
            let word = Word::Risk { category, level };
            house
                .store
                .article_word(article.id, &word, &by, now)
                .await?;
        }
        (None, Some(word)) if args.undo => {
            house
                .store
                .article_word_undo(article.id, word, &by, now)
                .await?;
        }
        (None, _) if args.undo => {
            let words = format!("nobody said how much {category} article {} has", article.id);
            return Err(Failure::failed(words));
        }
        (None, _) => {
            return Err(Failure::usage("how much of it is not said").hint(
                "the levels are none, low, medium and high; `--undo` takes the last word back",
            ));
        }
    }
    let risk = house.store.article_said(article.id).await?.risk();
    let found = risk.found.iter().find(|f| f.category == category);
    let level = found.map_or(RiskLevel::None, |f| f.level);
    show::note(&format!(
        "`{}` (article {}): {category} is {level}",
        article.text.headline, article.id
    ));
    Ok(Exit::Done)
}

/// A story's risks, one line each.
pub(super) fn pairs(risk: &Risk) -> Vec<(&'static str, String)> {
    let found = risk.found.iter().map(|f| {
        let words = format!("{} {}: {}", f.category, f.level, f.evidence);
        ("risk", words)
    });
    let unclassified = risk.unclassified.iter();
    let unclassified = unclassified.map(|why| ("risk", format!("unclassified: {why}")));
    let mut pairs: Vec<(&'static str, String)> = found.chain(unclassified).collect();
    if pairs.is_empty() {
        pairs.push(("risk", "none".to_owned()));
    }
    pairs
}
