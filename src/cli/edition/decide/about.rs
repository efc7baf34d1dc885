//! What a decision is about: the edition, by its run or as the next one, and the article that names
//! the story.

use super::StoryArgs;
use crate::cli::article::set::linkless;
use crate::cli::edition::status::command;
use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House, show, typed};
use crate::domain::ArticleId;
use crate::domain::article::{Article, CanonicalUrl};
use crate::domain::edition::{DecisionKind, Edition};
use crate::domain::list::Cadence;
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// The edition that is meant; without a run the next one that is not wholly frozen.
pub(super) async fn edition(
    house: &House,
    shelf: &Shelf,
    kind: DecisionKind,
    undo: bool,
) -> Result<Edition, Failure> {
    let now = house.clock.now();
    let open = |cadence, run| async move {
        Ok(house
            .store
            .edition_open(shelf.list.id, cadence, &run, now)
            .await?)
    };
    if shelf.named.is_none() {
        let slug = &shelf.list.slug;
        let next = shelf.next().ok_or_else(|| {
            Failure::failed(format!("nobody is due for any edition of `{slug}`")).hint(format!(
                "`courant subscriber list {slug}` shows who is active"
            ))
        })?;
        return open(next.cadence.id, next.run).await;
    }
    let meant = shelf.meant();
    let issue = match meant.as_slice() {
        [issue] => *issue,
        [] => {
            let of = |c| shelf.ahead(c, now).map(|run| (c, run));
            let wanted = |c: &&Cadence| shelf.only.as_ref().is_none_or(|only| only.id == c.id);
            let mut ahead = shelf.cadences.iter().filter(wanted).filter_map(of);
            let (cadence, run) = ahead.next().ok_or_else(|| shelf.unknown())?;
            if ahead.next().is_some() {
                return Err(Failure::usage("more than one cadence has that run")
                    .hint("name one with --cadence NAME"));
            }
            return open(cadence.id, run).await;
        }
        several => return Err(shelf.several(several)),
    };
    let frozen = match &issue.edition {
        Some(edition) => !house.store.waves(edition.id).await?.is_empty(),
        None => false,
    };
    if frozen && issue.coming.is_empty() && !undo {
        let mut hint = match shelf.issues.iter().find(|i| !i.coming.is_empty()) {
            Some(next) => format!("the next edition that a {kind} reaches is {}", next.name()),
            None => format!("no {kind} changes what is planned"),
        };
        if kind == DecisionKind::Ban {
            let typed = |verb| command(shelf, issue.run, &issue.cadence.name, verb);
            hint.push_str(&format!(
                "; `{}` stops the letters of this one that have not left, `{} --yes` for good",
                typed("pause"),
                typed("cancel")
            ));
        }
        let name = issue.name();
        return Err(Failure::failed(format!("every wave of {name} is frozen")).hint(hint));
    }
    open(issue.cadence.id, issue.run).await
}

/// The article that is decided about; one that was withdrawn cannot be chosen.
pub(super) async fn meant(
    house: &House,
    shelf: &Shelf,
    kind: DecisionKind,
    args: &StoryArgs,
) -> Result<Article, Failure> {
    let article = article(house, shelf, &args.article).await?;
    if !args.undo && kind != DecisionKind::Ban {
        stands(house, kind, &article).await?;
    }
    Ok(article)
}

/// Refuses to choose an article that no letter brings any more.
async fn stands(house: &House, kind: DecisionKind, article: &Article) -> Result<(), Failure> {
    let Some(at) = article.withdrawn else {
        return Ok(());
    };
    let id = article.id;
    let mut hint = format!("`courant article withdraw {id} --undo` takes the withdrawal back");
    let others = house.store.story_articles(article.story).await?;
    if let Some(other) = others.iter().find(|other| other.withdrawn.is_none()) {
        let (other, source) = (other.id, &other.source_name);
        hint.push_str(&format!(
            "; article {other} of {source} tells the same story and can be chosen instead"
        ));
    }
    let headline = typed::short(&article.text.headline, 80);
    let words = format!(
        "`{headline}` (article {id}) was withdrawn {}: no letter brings it, so that a {kind} would do nothing",
        typed::shown(at)
    );
    Err(Failure::failed(words).hint(hint))
}

/// Says so where letters bring the story without a link, or an embargo keeps it out for now, whatever
/// editors decide.
pub(super) fn kept_back(shelf: &Shelf, article: &Article, now: Timestamp) {
    linkless(article);
    let Some(until) = article.embargo.filter(|until| *until > now) else {
        return;
    };
    let (until, id) = (shelf.shown(until), article.id);
    show::note(&format!(
        "it is under embargo until {until}: a wave whose cut-off comes before leaves it out all the same"
    ));
    show::note(&format!(
        "hint: `courant article embargo {id} --lift` ends the embargo"
    ));
}

/// The article of an id or a URL, out of the list's sources.
pub(super) async fn article(house: &House, shelf: &Shelf, text: &str) -> Result<Article, Failure> {
    let slug = &shelf.list.slug;
    let hint = || format!("`courant article list --list {slug}` shows ids and URLs");
    let found = match text.parse::<i64>() {
        Ok(id) => house.store.article(ArticleId(id)).await,
        Err(_) => {
            let url = CanonicalUrl::parse(text, None).map_err(|_| {
                let shown = typed::short(text, 80);
                Failure::usage(format!("`{shown}` is neither an article's id nor a URL"))
                    .hint(hint())
            })?;
            house.store.article_by_url(&url).await
        }
    };
    let article = found.map_err(|error| match error {
        StoreError::NotFound { .. } => Failure::from(error).hint(hint()),
        other => other.into(),
    })?;
    let sources = house.store.sources(Some(shelf.list.id)).await?;
    if !sources.iter().any(|s| s.id == article.source) {
        let (id, source) = (article.id, &article.source_name);
        return Err(Failure::failed(format!(
            "article {id} comes from {source}, which is no source of `{slug}`"
        ))
        .hint(hint()));
    }
    Ok(article)
}
