//! `article pictures`: what became of the pictures of stories, by list, and making them now.

use std::path::Path;

use clap::Args;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::cli::{Exit, Failure, House, parts, show, typed};
use crate::domain::article::{Image, NewArticle};
use crate::domain::list::List;
use crate::domain::picture::{Images, Picture};
use crate::domain::time::Timestamp;
use crate::domain::web_link::is_http_image;
use crate::pictures::shelf::Shelf;
use crate::pictures::sweep::KEPT_DAYS;

/// Pictures of a list that are made in one step.
const STEP: usize = 50;

/// What `article pictures` takes.
#[derive(Args, Debug)]
pub struct PicturesArgs {
    /// Only those of this list
    #[arg(long)]
    list: Option<String>,
    /// Fetch and make those that are due
    #[arg(long)]
    fetch: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A list's pictures within its window: every address, and what became of it.
struct Stand {
    list: List,
    named: Vec<(String, Option<Picture>)>,
}

impl Stand {
    fn outcomes(&self) -> impl Iterator<Item = &Picture> {
        self.named
            .iter()
            .filter_map(|(_, picture)| picture.as_ref())
    }

    fn made(&self) -> usize {
        self.outcomes().filter(|p| p.outcome.is_ok()).count()
    }

    fn bytes(&self) -> u64 {
        let made = self.outcomes().filter_map(|p| p.outcome.as_ref().ok());
        made.map(|rendition| rendition.bytes).sum()
    }

    fn failed(&self) -> usize {
        self.outcomes().filter(|p| p.outcome.is_err()).count()
    }

    fn untried(&self) -> usize {
        self.named.iter().filter(|(_, p)| p.is_none()).count()
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.list.slug.to_string(),
            self.list.settings.images.to_string(),
            self.named.len().to_string(),
            self.made().to_string(),
            self.failed().to_string(),
            self.untried().to_string(),
            size(self.bytes()),
        ]
    }

    fn json(&self) -> Value {
        let failed = self.outcomes().filter(|p| p.outcome.is_err());
        json!({
            "list": self.list.slug,
            "images": self.list.settings.images,
            "pictures": self.named.len(),
            "own": self.made(),
            "failed": failed.map(as_json).collect::<Vec<_>>(),
            "untried": self.untried(),
            "bytes": self.bytes(),
        })
    }
}

pub(super) async fn run(args: PicturesArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let lists = match &args.list {
        Some(name) => vec![typed::list(&house.store, name).await?],
        None => house.store.lists().await?,
    };
    let now = house.clock.now();
    let failed = match args.fetch {
        true => fetch(&house, &lists, now).await?,
        false => 0,
    };
    let mut stands = Vec::with_capacity(lists.len());
    for list in lists {
        let window = SignedDuration::from_hours(i64::from(list.settings.window_hours));
        let after = now.checked_sub(window).unwrap_or(Timestamp::MIN);
        let named = house.store.pictures_of_list(list.id, after).await?;
        stands.push(Stand { list, named });
    }
    let shelf = Shelf::of(house.config.home());
    let counted = tokio::task::spawn_blocking(move || shelf.kept()).await;
    let counted = counted.map_err(Failure::failed)?;
    let (renditions, octets) = counted
        .map_err(|e| Failure::failed(format!("the folder `pictures` cannot be read: {e}")))?;
    if args.json {
        show::json(&json!({
            "lists": stands.iter().map(Stand::json).collect::<Vec<_>>(),
            "kept": {"renditions": renditions, "octets": octets, "days": KEPT_DAYS},
        }))?;
    } else {
        tell(&stands)?;
        let count = show::count(i64::try_from(renditions).unwrap_or(i64::MAX), "rendition");
        show::line(&format!(
            "kept on disk: {count}, {octets} octets; each for {KEPT_DAYS} days after the last wave that \
             shows it"
        ))?;
    }
    Ok(if failed > 0 { Exit::Partly } else { Exit::Done })
}

/// Makes what is due, until nothing is; how many failed.
async fn fetch(house: &House, lists: &[List], now: Timestamp) -> Result<usize, Failure> {
    if lists.iter().all(|l| l.settings.images != Images::Own) {
        let words = "no list shows renditions of its own";
        let name = lists.first().map_or("LIST", |l| l.slug.as_str());
        return Err(Failure::failed(words).hint(format!("`courant list set {name} images own`")));
    }
    let pictures = parts::pictures(house);
    pictures.forget_lost(lists, now).await?;
    let mut failed = 0;
    loop {
        let made = pictures.make_due(lists, now, STEP).await?;
        if made.is_empty() {
            return Ok(failed);
        }
        failed += made.iter().filter(|p| p.outcome.is_err()).count();
    }
}

fn tell(stands: &[Stand]) -> Result<(), Failure> {
    show::table(
        &[
            "list", "images", "pictures", "own", "failed", "untried", "weight",
        ],
        stands.iter().map(Stand::row).collect(),
        "there is no list yet",
    )?;
    for stand in stands {
        for picture in stand.outcomes().filter(|p| p.outcome.is_err()) {
            show::note(&format!(
                "`{}`: {}: {}",
                stand.list.slug,
                picture.url,
                words(picture)
            ));
        }
    }
    Ok(())
}

/// `1200 × 800, 84 kB`, or why there is none and what letters show instead.
pub(super) fn words(picture: &Picture) -> String {
    match &picture.outcome {
        Ok(made) => format!("{} × {}, {}", made.width, made.height, size(made.bytes)),
        Err(problem) => {
            let instead = match problem.broken {
                true => "letters go without it",
                false => "letters show it as given",
            };
            let again = picture.again.map(typed::shown);
            let again = again.map_or("not tried again".to_owned(), |at| format!("again {at}"));
            format!("{} ({instead}; {again})", problem.words)
        }
    }
}

/// A picture as JSON.
pub(super) fn as_json(picture: &Picture) -> Value {
    let (rendition, problem) = match &picture.outcome {
        Ok(rendition) => (Some(rendition), None),
        Err(problem) => (None, Some(problem)),
    };
    json!({
        "url": picture.url,
        "rendition": rendition,
        "problem": problem,
        "tries": picture.tries,
        "again": picture.again.map(typed::shown),
    })
}

/// Octets in thousands.
fn size(bytes: u64) -> String {
    format!("{} kB", bytes.div_ceil(1_000))
}

/// A picture's address, with a word where it is over http.
pub(super) fn address(image: &Image) -> String {
    match is_http_image(&image.url) {
        true => format!(
            "{} (over http: not shown as given; `courant list set LIST images own` fetches it)",
            image.url
        ),
        false => image.url.clone(),
    }
}

/// What is to be said of articles whose pictures are over http.
pub(super) fn remark(articles: &[NewArticle]) -> Option<String> {
    let http = |a: &&NewArticle| a.text.image.as_ref().is_some_and(|i| is_http_image(&i.url));
    let n = articles.iter().filter(http).count();
    let pictures = show::count(i64::try_from(n).unwrap_or(i64::MAX), "picture");
    (n > 0).then(|| {
        format!(
            "{pictures} over http: not shown as given; `courant list set LIST images own` fetches them"
        )
    })
}
