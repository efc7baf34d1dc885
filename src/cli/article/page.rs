//! `article import --page`: a saved page handed in, and what pages say, shown.

use serde_json::{Value, json};

use super::import::{Import, report, source};
use crate::cli::{Exit, Failure, House, sending, show, typed};
use crate::domain::article::{CanonicalUrl, PageFacts, Source};
use crate::domain::slug::Slug;
use crate::ingest::parse::{Rules, Step};
use crate::ingest::{self, HandedIn, Taken};
use crate::store::Store;

/// Takes the one page that was named.
pub(super) async fn hand_in(
    house: &House,
    import: &Import,
    slug: Slug,
    bytes: Vec<u8>,
    url: Option<CanonicalUrl>,
) -> Result<Exit, Failure> {
    let topic = match &import.topic {
        Some(name) => Some(typed::topic(&house.store, name).await?),
        None => None,
    };
    let known = house.store.sources(None).await?;
    let known = known.into_iter().find(|s| s.slug == slug);
    let rules = match &known {
        Some(source) => rules(&house.store, source).await?,
        None => Rules::default(),
    };
    let mut read = ingest::read_page(bytes, url, rules).await?;
    let remark = super::pictures::remark(&read.articles);
    let mut source = match known {
        Some(source) => source,
        None => source(house, slug, topic.clone()).await?,
    };
    source.default_topic = topic.or(source.default_topic);
    let steps = std::mem::take(&mut read.steps);
    let address = address(house, &source, &mut read).await?;
    let now = house.clock.now();
    let without_address = read.without_address;
    let taken = ingest::take_handed_in(&house.store, &source, read, now).await?;
    let made_again = sending::amend(house).await?;
    for words in remark.iter().chain(&made_again) {
        show::note(words);
    }
    if let (true, Some(url)) = (without_address, &address) {
        show::note(&format!(
            "the page states no address, so one was made up; `courant article set {url} --url URL` gives it its own"
        ));
    }
    match (import.json, address) {
        (true, Some(url)) => {
            show::json(&as_json(&house.store, &source, &taken, &url, &steps).await?)?;
            Ok(Exit::Done)
        }
        _ => report(&source, &taken),
    }
}

/// Where the page is read. One that is handed in again without its address keeps the one that it was
/// given since.
async fn address(
    house: &House,
    source: &Source,
    read: &mut HandedIn,
) -> Result<Option<CanonicalUrl>, Failure> {
    let Some(article) = read.articles.first_mut() else {
        return Ok(None);
    };
    if read.without_address {
        let key = article.entry_key.as_str();
        let known = house.store.pages_read(source.id, &[key]).await?;
        if let Some(known) = known.get(key) {
            read.without_address = known.url == article.url;
            article.url = known.url.clone();
        }
    }
    Ok(Some(article.url.clone()))
}

/// The clean-up rules of a source.
pub(in crate::cli) async fn rules(store: &Store, source: &Source) -> Result<Rules, Failure> {
    let written = store.source_cleaning(source.id).await?.rules;
    Rules::parse(&written).map_err(|e| {
        let slug = &source.slug;
        Failure::failed(format_args!("the rules of the source `{slug}`: {e}")).hint(format!(
            "`courant source set {slug} rules @FILE` replaces them"
        ))
    })
}

async fn as_json(
    store: &Store,
    source: &Source,
    taken: &Taken,
    url: &CanonicalUrl,
    steps: &[Step],
) -> Result<Value, Failure> {
    let article = store.article_by_url(url).await?;
    let facts = store.page_facts(article.id).await?;
    let mut value = json!(article);
    value["page"] = facts.as_ref().map_or(Value::Null, facts_json);
    Ok(json!({
        "source": source.slug,
        "new": taken.new,
        "backlog": taken.backlog,
        "revised": taken.revised,
        "unchanged": taken.unchanged,
        "article": value,
        "steps": steps,
    }))
}

/// What a page says, with its reading time.
pub(in crate::cli) fn facts_json(facts: &PageFacts) -> Value {
    let mut value = json!(facts);
    value["reading_minutes"] = json!(facts.reading_minutes());
    value
}

/// The same for people, without what is not stated.
pub(in crate::cli) fn facts_pairs(facts: &PageFacts) -> Vec<(&'static str, String)> {
    let publisher = facts.publisher.as_ref().map(|p| {
        let parts = [p.name.as_deref(), Some(p.domain.as_str()), p.url.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    });
    let reading = facts.reading_minutes().map(|minutes| {
        let words = show::count(i64::from(facts.words), "word");
        format!("{minutes} min ({words})")
    });
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    let pairs = [
        ("reading time", reading.unwrap_or_default()),
        ("headings", facts.headings.join(" · ")),
        ("contact", or_none(&facts.contact)),
        ("first published by", publisher.unwrap_or_default()),
        (
            "page date",
            facts.page_date.map(|d| d.to_string()).unwrap_or_default(),
        ),
        ("reader's place", or_none(&facts.reader_place)),
        ("image mark", or_none(&facts.image_mark)),
    ];
    pairs.into_iter().filter(|(_, v)| !v.is_empty()).collect()
}
