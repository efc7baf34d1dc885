//! `source test-rules`: what clean-up rules make of pages, field by field, and which rule did it; and
//! reading rules before they are kept.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::article::page::{facts_json, facts_pairs, rules};
use crate::cli::{Exit, Failure, House, parts, show, typed};
use crate::clock::Clock;
use crate::domain::article::CanonicalUrl;
use crate::ingest::fetch::{FetchSettings, Fetched, Fetcher, Validators};
use crate::ingest::parse::{Rules, check_rules};
use crate::ingest::{self, HandedIn, IngestError, is_url};

/// What `source test-rules` takes.
#[derive(Args, Debug)]
pub struct TestArgs {
    /// The source whose rules are tried (left out with --rules), then pages: files, URLs, - for stdin
    #[arg(value_name = "SLUG|FILE|URL", required_unless_present = "rules")]
    named: Vec<String>,
    /// Try the rules in this file instead; needs no data folder
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Tries rules: their own examples first, then every page that was named.
pub(super) async fn test(args: &TestArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let mut pages = args.named.iter();
    let (rules, fetcher) = match &args.rules {
        Some(file) => (read(file)?.0, Fetcher::new(FetchSettings::default())),
        None => {
            let house = House::open(home).await?;
            let slug = pages.next().map_or("", String::as_str);
            let source = typed::source(&house.store, slug).await?;
            (
                rules(&house.store, &source).await?,
                parts::fetcher(&house.config),
            )
        }
    };
    checked(&rules)?;
    let examples = i64::try_from(rules.examples().len()).unwrap_or(i64::MAX);
    let (mut shown, mut failed) = (Vec::new(), 0);
    for page in pages {
        match one(page, &rules, &fetcher).await {
            Ok(read) => shown.push((page, read)),
            Err(failure) => {
                failed += 1;
                show::note(&format!(
                    "`{}`: {}",
                    typed::short(page, 120),
                    failure.message()
                ));
            }
        }
    }
    if args.json {
        show::json(
            &shown
                .iter()
                .map(|(page, read)| as_json(page, read))
                .collect::<Vec<_>>(),
        )?;
    } else {
        show::note(&format!(
            "{}: as they must be",
            show::count(examples, "example")
        ));
        for (page, read) in &shown {
            tell(page, read)?;
        }
    }
    match (failed, shown.len()) {
        (0, _) => Ok(Exit::Done),
        (_, 0) => Ok(Exit::Failed),
        _ => Ok(Exit::Partly),
    }
}

/// Rules as a file has them.
fn read(file: &Path) -> Result<(Rules, String), Failure> {
    let bytes = typed::bytes(file)?;
    let shown = file.display();
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::failed(format_args!("`{shown}` is not UTF-8")))?;
    let rules = Rules::parse(&text).map_err(|e| {
        Failure::failed(format_args!("`{shown}`, {e}"))
            .hint("`courant source test-rules --help` shows what a rule file may hold")
    })?;
    Ok((rules, text))
}

/// The text of a rule file whose examples come out as they must.
pub(super) fn to_keep(file: &Path) -> Result<String, Failure> {
    let (rules, text) = read(file)?;
    checked(&rules)?;
    Ok(text)
}

/// Rules whose examples come out as they must.
fn checked(rules: &Rules) -> Result<(), Failure> {
    check_rules(rules).map_err(|e| {
        Failure::failed(e).hint("correct the rules, or what the example says that must come out")
    })
}

async fn one(page: &str, rules: &Rules, fetcher: &Fetcher) -> Result<HandedIn, Failure> {
    let (bytes, url) = if is_url(page) {
        let none = Validators::default();
        let now = Clock::system().now();
        let fetched = fetcher.fetch(page, &none, false, now).await;
        let fetched = fetched.map_err(IngestError::from)?;
        match fetched {
            Fetched::Body {
                bytes, final_url, ..
            } => (bytes, CanonicalUrl::parse(&final_url, None).ok()),
            Fetched::NotModified { .. } => (Vec::new(), None),
        }
    } else {
        (typed::bytes(Path::new(page))?, None)
    };
    Ok(ingest::read_page(bytes, url, rules.clone()).await?)
}

fn as_json(page: &str, read: &HandedIn) -> Value {
    json!({
        "input": page,
        "article": read.articles.first(),
        "page": read.pages.first().map(|p| facts_json(&p.facts)),
        "steps": read.steps,
    })
}

fn tell(page: &str, read: &HandedIn) -> Result<(), Failure> {
    show::line("")?;
    let mut pairs = vec![("page", page.to_owned())];
    if let Some(article) = read.articles.first() {
        let text = &article.text;
        pairs.push(("headline", text.headline.clone()));
        pairs.push(("byline", text.byline.clone()));
        let published = typed::shown_or(article.published, "not stated");
        pairs.push(("published", published));
        pairs.push(("summary", text.summary.clone()));
    }
    if let Some(row) = read.pages.first() {
        pairs.extend(facts_pairs(&row.facts));
    }
    show::pairs(&pairs)?;
    show::line("")?;
    let row = |s: &crate::ingest::parse::Step| {
        let before = typed::short(&s.before, 60);
        vec![
            s.field.to_owned(),
            before,
            typed::short(&s.after, 60),
            s.rule.clone(),
        ]
    };
    show::table(
        &["field", "before", "after", "rule"],
        read.steps.iter().map(row).collect(),
        "no rule changed anything",
    )
}

/// What a rule file may hold.
pub(super) const HELP: &str = "\
Rules, and the general ones beside them, clean pages, entries of feeds and rows alike: headline, byline,
summary and text. They are TOML. A pattern is a whole line; * stands for anything, a name in braces is kept. Case,
kinds of quotes, dashes and spaces make no difference.

  drop       = [\"THE DAILY\", \"More from *\"]        lines that go
  image_mark = [\"NextImg:\"]                        marks glued to a headline
  headline   = [\"{headline} | The Daily\"]          what is kept of a headline
  byline     = [\"Words by {byline}\"]               also {date}
  date_line  = [\"Saved {date}\"]                    the page's date; also {place}
  place_line = [\"Near {place}\"]                    where its reader is taken to be
  contact    = [\"• * can be reached at *@*\"]       the line that is kept apart
  defaults   = false                               without the general rules

  [[publisher]]                                    who published it first, by domain
  domain = \"harbour.example\"
  name   = \"The Harbour\"
  url    = \"https://www.harbour.example/\"

  [[example]]                                      tried whenever the rules are kept
  headline = \"NextImg:Pier opens | The Daily\"      or page = \"\"\"...\"\"\"
  must     = { headline = \"Pier opens\" }           also byline, contact, publisher, publisher_name,
                                                   page_date, reader_place, body, body_without";
