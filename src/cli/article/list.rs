//! `article list`: what came in lately, and what of it waits for an editor's label.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::{topics, without_body};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::article::{Article, dated};
use crate::domain::labels::{LabelState, Said};
use crate::store::{ArticleFilter, Store};

/// What `article list` takes.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only from the sources of this list
    #[arg(long)]
    list: Option<String>,
    /// Only from this source
    #[arg(long)]
    source: Option<String>,
    /// How far back, such as 90m, 24h, 7d
    #[arg(long, default_value = "24h", value_parser = typed::span)]
    since: jiff::SignedDuration,
    /// At most so many
    #[arg(long, default_value_t = 500)]
    limit: usize,
    /// Only those whose topics nobody knows, or the source's default alone
    #[arg(long, conflicts_with = "suggested")]
    unlabelled: bool,
    /// Only those for which the classifier proposes topics and is not sure
    #[arg(long)]
    suggested: bool,
    /// Only those that were withdrawn in that time
    #[arg(long, conflicts_with_all = ["unlabelled", "suggested"])]
    withdrawn: bool,
    /// Only those that their source says are corrected, since that time
    #[arg(long, conflicts_with_all = ["unlabelled", "suggested", "withdrawn"])]
    corrected: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &ListArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let store = &house.store;
    let list = match &args.list {
        Some(name) => Some(typed::list(store, name).await?.id),
        None => None,
    };
    let source = match &args.source {
        Some(name) => Some(typed::source(store, name).await?.id),
        None => None,
    };
    let now = house.clock.now();
    let filter = ArticleFilter {
        list,
        source,
        after: now.checked_sub(args.since).unwrap_or(jiff::Timestamp::MIN),
        until: now,
        limit: args.limit,
    };
    let articles = match (args.unlabelled, args.suggested) {
        (true, _) => store.articles_waiting(&filter, LabelState::Open).await?,
        (_, true) => {
            store
                .articles_waiting(&filter, LabelState::Suggested)
                .await?
        }
        (false, false) if args.withdrawn => store.articles_withdrawn(&filter).await?,
        (false, false) if args.corrected => store.articles_corrected(&filter).await?,
        (false, false) => store.articles(&filter).await?,
    };
    match args.suggested {
        true => show_suggested(store, &articles, args.json).await?,
        false => show_all(&articles, args.json)?,
    }
    Ok(Exit::Done)
}

/// Articles with the topics that the classifier proposes, how sure it is, and by which words.
async fn show_suggested(store: &Store, articles: &[Article], json: bool) -> Result<(), Failure> {
    let (mut values, mut rows) = (Vec::new(), Vec::new());
    for article in articles {
        let said = store.article_said(article.id).await?;
        let topics = said.labels.map(|l| l.topics).unwrap_or_default();
        let proposed = topics.iter().filter(|t| !t.held);
        let one = |t: &Said| json!({"topic": t.slug, "score": t.score, "why": t.why});
        let mut value = without_body(article);
        value["suggested"] = proposed.clone().map(one).collect();
        values.push(value);
        for topic in proposed {
            rows.push(vec![
                article.id.to_string(),
                topic.slug.to_string(),
                format!(".{:03}", topic.score.min(999)),
                typed::short(&topic.why, 60),
                typed::short(&article.text.headline, 60),
            ]);
        }
    }
    if json {
        return show::json(&values);
    }
    show::table(
        &["id", "topic", "score", "by", "headline"],
        rows,
        "no article of that time has topics that are only proposed",
    )
}

/// What sets an article apart, the weightiest first.
fn mark(article: &Article) -> &'static str {
    match (article.withdrawn, article.corrected, article.backlog) {
        (Some(_), ..) => "withdrawn",
        (_, Some(_), _) => "corrected",
        (.., true) => "backlog",
        _ => "",
    }
}

fn show_all(articles: &[Article], json: bool) -> Result<(), Failure> {
    if json {
        let rows: Vec<Value> = articles.iter().map(without_body).collect();
        return show::json(&rows);
    }
    let row = |a: &Article| {
        vec![
            a.id.to_string(),
            typed::shown(dated(a.published, a.first_seen)),
            a.source_name.clone(),
            topics(a),
            mark(a).to_owned(),
            typed::short(&a.text.headline, 80),
        ]
    };
    show::table(
        &["id", "dated", "source", "topics", "mark", "headline"],
        articles.iter().map(row).collect(),
        "no such article is dated in that time; `--since 7d` looks further back",
    )
}
