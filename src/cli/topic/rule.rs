//! `topic rule`: boolean rules that give articles their topics, tested before they are kept.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::article::{Article, dated};
use crate::store::{ArticleFilter, TopicRule};
use crate::topics::rule::words::{Piece, Words};
use crate::topics::rule::{RULE_CHARS, Rule, evidence};

/// Headlines that one rule may be tested by, in each direction.
const HEADLINES: usize = 100;
/// Articles that a preview looks at.
const LOOKED_AT: usize = 20_000;

const LANGUAGE: &str = "\
Rules:
  all(a, b)  any(a, b)  none(a, b)   items without a group are all(…)
  word  vot*  \"two words\"  \"poll* station\"
  =US  =\"White House\"                letters as they are written
  title:word  body:any(a, b)         title, summary, body, byline, source, category
  bank NEAR/5 robber*                within five words, in either order
A term without a field is looked for in headline, summary and body. Example:
  any(election, \"polling station*\", =MP) none(category:sport)";

/// What may be done with rules.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Keep a rule: articles that it matches get the topic from now on
    ///
    /// It is refused when a headline that it must match is not matched, or one that it must not
    /// match is. Stored articles keep their topics until `topic relabel`.
    #[command(after_help = LANGUAGE)]
    Add {
        /// Which topic
        topic: String,
        /// The rule
        rule: String,
        #[command(flatten)]
        tests: Tests,
    },
    /// Every rule, by topic
    List {
        /// Only of this topic
        topic: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Try a rule, or one that is kept, on headlines and on the articles of the last days
    ///
    /// Exits with 5 when a headline fails. Nothing is written.
    #[command(after_help = LANGUAGE)]
    Test {
        /// The rule, or the number of one that is kept
        rule: String,
        #[command(flatten)]
        tests: Tests,
        /// How far back, such as 24h, 7d
        #[arg(long, default_value = "7d", value_parser = typed::span)]
        since: jiff::SignedDuration,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a rule; articles that it labelled keep their topic until `topic relabel`
    Remove {
        /// Its number
        rule: i64,
    },
}

/// Headlines that a rule is tested by.
#[derive(Args, Debug)]
pub struct Tests {
    /// A headline that it has to match; may be repeated
    #[arg(long, value_name = "HEADLINE")]
    must_match: Vec<String>,
    /// A headline that it may not match; may be repeated
    #[arg(long, value_name = "HEADLINE")]
    must_not_match: Vec<String>,
}

/// Runs one verb.
pub(super) async fn run(verb: Verb, house: &House) -> Result<Exit, Failure> {
    match verb {
        Verb::Add { topic, rule, tests } => add(house, &topic, &rule, &tests).await,
        Verb::List { topic, json } => list(house, topic, json).await,
        Verb::Test {
            rule,
            tests,
            since,
            json,
        } => test(house, &rule, tests, since, json).await,
        Verb::Remove { rule } => {
            let now = house.clock.now();
            let removed = house.store.topic_rule_remove(rule, now).await;
            removed.map_err(|e| match e.is_database_fault() {
                true => Failure::from(e),
                false => Failure::from(e).hint("`courant topic rule list` shows the rules"),
            })?;
            show::note(&format!("removed rule {rule}"));
            show::note("`courant topic relabel` takes its topic from stored articles");
            Ok(Exit::Done)
        }
    }
}

async fn add(house: &House, topic: &str, text: &str, tests: &Tests) -> Result<Exit, Failure> {
    let topic = typed::topic(&house.store, topic).await?;
    let rule = read(text)?;
    let (must, must_not) = (
        headlines("--must-match", &tests.must_match)?,
        headlines("--must-not-match", &tests.must_not_match)?,
    );
    let failing = failing(&rule, &must, &must_not);
    if !failing.is_empty() {
        return Err(Failure::new(
            Exit::Problems,
            anyhow::anyhow!("the rule is not kept: {}", failing.join("; ")),
        )
        .hint("`courant topic rule test RULE` tries one on the articles of the last days"));
    }
    let now = house.clock.now();
    let added = house
        .store
        .topic_rule_add(&topic, text.trim(), &must, &must_not, now);
    let number = added.await?;
    show::note(&format!("kept rule {number} of the topic `{topic}`"));
    show::note("`courant topic relabel --dry-run` shows what it changes in stored articles");
    Ok(Exit::Done)
}

async fn list(house: &House, topic: Option<String>, json: bool) -> Result<Exit, Failure> {
    let topic = match topic {
        Some(name) => Some(typed::topic(&house.store, &name).await?),
        None => None,
    };
    let rules = house.store.topic_rules().await?.into_iter();
    let rules: Vec<TopicRule> = rules
        .filter(|r| topic.as_ref().is_none_or(|t| r.topic == *t))
        .collect();
    if json {
        show::json(&rules)?;
        return Ok(Exit::Done);
    }
    let row = |r: TopicRule| {
        let tests = r.must_match.len() + r.must_not_match.len();
        vec![
            r.id.to_string(),
            r.topic.to_string(),
            tests.to_string(),
            r.rule,
        ]
    };
    show::table(
        &["rule", "topic", "tests", "text"],
        rules.into_iter().map(row).collect(),
        "no rules yet: `courant topic rule add TOPIC RULE` makes one",
    )?;
    Ok(Exit::Done)
}

async fn test(
    house: &House,
    given: &str,
    mut tests: Tests,
    since: jiff::SignedDuration,
    as_json: bool,
) -> Result<Exit, Failure> {
    let text = match given.trim().parse::<i64>() {
        Err(_) => given.to_owned(),
        Ok(number) => {
            let rules = house.store.topic_rules().await?;
            let kept = rules.into_iter().find(|r| r.id == number);
            let kept = kept.ok_or_else(|| {
                Failure::failed(format!("there is no rule {number}"))
                    .hint("`courant topic rule list` shows the rules")
            })?;
            tests.must_match.extend(kept.must_match);
            tests.must_not_match.extend(kept.must_not_match);
            kept.rule
        }
    };
    let rule = read(&text)?;
    let must = headlines("--must-match", &tests.must_match)?;
    let must_not = headlines("--must-not-match", &tests.must_not_match)?;
    let failing = failing(&rule, &must, &must_not);
    let now = house.clock.now();
    let filter = ArticleFilter {
        list: None,
        source: None,
        after: now.checked_sub(since).unwrap_or(jiff::Timestamp::MIN),
        until: now,
        limit: LOOKED_AT,
    };
    let articles = house.store.articles(&filter).await?;
    let matched: Vec<(&Article, String)> = articles
        .iter()
        .filter_map(|a| Some((a, why(&rule, a)?)))
        .collect();
    if as_json {
        let row = |(a, why): &(&Article, String)| json!({"article": a.id, "headline": a.text.headline, "why": why, "topics": a.topics});
        show::json(&json!({
            "failing": failing,
            "looked_at": articles.len(),
            "matched": matched.iter().map(row).collect::<Vec<_>>(),
        }))?;
    } else {
        preview(&matched, articles.len())?;
        for words in &failing {
            show::note(&format!("failed: {words}"));
        }
    }
    Ok(match failing.is_empty() {
        true => Exit::Done,
        false => Exit::Problems,
    })
}

fn preview(matched: &[(&Article, String)], looked_at: usize) -> Result<(), Failure> {
    let row = |(a, why): &(&Article, String)| {
        let topics: Vec<&str> = a.topics.iter().map(|t| t.topic.as_str()).collect();
        vec![
            a.id.to_string(),
            typed::shown(dated(a.published, a.first_seen)),
            topics.join(" "),
            typed::short(&a.text.headline, 60),
            typed::short(why, 100),
        ]
    };
    let rows = matched.iter().map(row).collect();
    let heads = ["id", "dated", "topics", "headline", "matched by"];
    show::table(&heads, rows, "no article of that time is matched")?;
    show::note(&format!(
        "{} of {} matched",
        matched.len(),
        show::count(i64::try_from(looked_at).unwrap_or(i64::MAX), "article")
    ));
    Ok(())
}

fn read(text: &str) -> Result<Rule, Failure> {
    Rule::parse(text).map_err(|e| {
        let most = RULE_CHARS.min(200);
        Failure::from(e).context(format!("the rule `{}`", typed::short(text.trim(), most)))
    })
}

fn headlines(option: &str, given: &[String]) -> Result<Vec<String>, Failure> {
    if given.len() > HEADLINES {
        let words = format!("{option}: at most {HEADLINES} headlines");
        return Err(Failure::usage(words));
    }
    given.iter().map(|h| typed::line(option, h, 300)).collect()
}

/// The headlines that fail, in words.
fn failing(rule: &Rule, must: &[String], must_not: &[String]) -> Vec<String> {
    let found = |headline: &String| {
        let words = Words::new(&Piece {
            title: headline,
            ..Piece::default()
        });
        let spans = rule.matches(&words)?;
        Some(evidence(&words, &spans))
    };
    let missed = must.iter().filter(|h| found(h).is_none());
    let missed = missed.map(|h| format!("it does not match “{h}”"));
    let wrong = must_not.iter().filter_map(|h| {
        let by = found(h)?;
        Some(format!("it matches “{h}” by {by}"))
    });
    missed.chain(wrong).collect()
}

fn why(rule: &Rule, article: &Article) -> Option<String> {
    let text = &article.text;
    let words = Words::new(&Piece {
        title: &text.headline,
        summary: &text.summary,
        body: text.body.as_deref().unwrap_or_default(),
        byline: &text.byline,
        source: &article.source_name,
        categories: &text.categories,
    });
    let spans = rule.matches(&words)?;
    Some(evidence(&words, &spans))
}
