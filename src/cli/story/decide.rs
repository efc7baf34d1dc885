//! `story merge`, `split` and their undo: an editor's word, with what it means said before it is done.

use clap::Args;

use super::bearing::{Bearing, Sides};
use super::{Known, article, of, said};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::article::Article;
use crate::domain::{ArticleId, StoryId};
use crate::store::story_words::{Return, StoryWord, StoryWordKind};
use crate::stories::{Link, following};

/// Who says it, and whether it is done.
#[derive(Args, Debug)]
struct Word {
    /// Who says so
    #[arg(long, value_name = "NAME", default_value = "cli")]
    by: String,
    /// Take the newest such word back
    #[arg(long)]
    undo: bool,
    /// Say what it would come to, and change nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// What `story merge` takes.
#[derive(Args, Debug)]
pub struct MergeArgs {
    /// The story that stays, then those that go into it: numbers, article:4711, or URLs
    #[arg(required = true, num_args = 2.., value_name = "STORY")]
    stories: Vec<String>,
    #[command(flatten)]
    word: Word,
}

/// What `story split` takes.
#[derive(Args, Debug)]
pub struct SplitArgs {
    /// Its number, or one of its articles: article:4711, or a URL
    story: String,
    /// The articles that tell another story: numbers or URLs
    #[arg(required_unless_present = "undo", value_name = "ARTICLE")]
    articles: Vec<String>,
    #[command(flatten)]
    word: Word,
}

impl Word {
    /// Whether to go on; else says how.
    fn goes(&self) -> Result<(), Exit> {
        if self.dry_run {
            return Err(Exit::Done);
        }
        if !self.yes {
            show::note("hint: add --yes");
            return Err(Exit::Usage);
        }
        Ok(())
    }

    fn would(&self) -> &'static str {
        if self.yes { "are" } else { "would be" }
    }
}

pub(super) async fn merge(house: &House, args: &MergeArgs) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.word.by, 80)?;
    let into = of(&house.store, &args.stories[0]).await?;
    if args.word.undo {
        return unmerge(house, &into, args, &by).await;
    }
    let others = others(house, &into, &args.stories[1..]).await?;
    if others.is_empty() {
        show::note(&format!("{} is one story already", into.name()));
        return Ok(Exit::Done);
    }
    let names: Vec<String> = others.iter().map(Known::name).collect();
    let (would, id) = (args.word.would(), into.id);
    show::note(&format!(
        "{} and {} {would} one: story {id}",
        into.name(),
        names.join(" and ")
    ));
    let all: Vec<&Known> = std::iter::once(&into).chain(&others).collect();
    let ids = |stories: &[Known]| -> Vec<ArticleId> {
        stories
            .iter()
            .flat_map(|s| &s.articles)
            .map(|a| a.id)
            .collect()
    };
    let numbers: Vec<String> = others.iter().map(|o| o.id.to_string()).collect();
    let sides = Sides {
        names: [
            format!("story {id}"),
            format!("story {}", numbers.join(" and ")),
        ],
        articles: [into.articles.iter().map(|a| a.id).collect(), ids(&others)],
        stories: &all,
    };
    let bearing = Bearing::of(house, sides).await?;
    bearing.told(|had, lacks| {
        format!("whoever knows {had} will know {lacks} too, and is not brought it")
    });
    if let Err(exit) = args.word.goes() {
        return Ok(exit);
    }
    let stories: Vec<StoryId> = all.iter().map(|s| s.id).collect();
    let moved = house
        .store
        .story_merge(&stories, &by, house.clock.now())
        .await?;
    let moved = show::count(moved.len() as i64, "article");
    show::note(&format!(
        "done: {moved} moved; what is like any of them joins story {id} from now on"
    ));
    let again = args.stories.join(" ");
    show::note(&format!(
        "`courant story merge {again} --undo` takes it back"
    ));
    Ok(Exit::Done)
}

/// The other stories that were named, each once.
async fn others(house: &House, into: &Known, texts: &[String]) -> Result<Vec<Known>, Failure> {
    let mut others: Vec<Known> = Vec::new();
    for text in texts {
        let other = of(&house.store, text).await?;
        if other.id != into.id && others.iter().all(|o| o.id != other.id) {
            others.push(other);
        }
    }
    Ok(others)
}

async fn unmerge(house: &House, into: &Known, args: &MergeArgs, by: &str) -> Result<Exit, Failure> {
    let named = named(house, &args.stories[1..]).await?;
    let merged = |w: &StoryWord| {
        let meant = |n: &Named| match n {
            Named::Story(story) => w.other == *story || w.story == *story && w.other == into.id,
            Named::Article(article) => w.articles.contains(article),
        };
        w.kind == StoryWordKind::Merge && named.iter().all(meant)
    };
    undo(house, into, &args.word, by, merged).await
}

pub(super) async fn split(house: &House, args: &SplitArgs) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.word.by, 80)?;
    let story = of(&house.store, &args.story).await?;
    let mut named: Vec<Article> = Vec::new();
    for text in &args.articles {
        let article = article(&house.store, text.strip_prefix("article:").unwrap_or(text)).await?;
        if named.iter().all(|n| n.id != article.id) {
            named.push(article);
        }
    }
    let go: Vec<ArticleId> = named.iter().map(|a| a.id).collect();
    if args.word.undo {
        let split = |w: &StoryWord| {
            w.kind == StoryWordKind::Split && go.iter().all(|a| w.articles.contains(a))
        };
        return undo(house, &story, &args.word, &by, split).await;
    }
    let stay = stay(&story, &named)?;
    let (would, id) = (args.word.would(), story.id);
    let articles = show::count(go.len() as i64, "article");
    show::note(&format!(
        "of {}, {articles} {would} split off as another story",
        story.name()
    ));
    along(house, &story, &go).await?;
    let sides = Sides {
        names: ["what stays".to_owned(), "what is split off".to_owned()],
        articles: [stay, go.clone()],
        stories: &[&story],
    };
    let bearing = Bearing::of(house, sides).await?;
    bearing.told(|had, lacks| {
        format!("{had} stays known to them; {lacks} may come as a story of its own")
    });
    if let Err(exit) = args.word.goes() {
        return Ok(exit);
    }
    let new = house
        .store
        .story_split(id, &go, &by, house.clock.now())
        .await?;
    show::note(&format!(
        "done: story {new}; what copies it joins it from now on, and not story {id}"
    ));
    let again = args.articles.join(" ");
    show::note(&format!(
        "`courant story split {new} {again} --undo` takes it back"
    ));
    Ok(Exit::Done)
}

/// The articles that stay; there have to be some, and all that go have to be in the story.
fn stay(story: &Known, go: &[Article]) -> Result<Vec<ArticleId>, Failure> {
    let id = story.id;
    let hint = format!("`courant story show {id}` shows its articles");
    if let Some(stray) = go.iter().find(|a| a.story != id) {
        let (article, other) = (stray.id, stray.story);
        let words = format!("article {article} tells story {other}, not story {id}");
        return Err(Failure::failed(words).hint(hint));
    }
    let own = story.articles.iter().map(|a| a.id);
    let stay: Vec<ArticleId> = own.filter(|a| go.iter().all(|g| g.id != *a)).collect();
    match stay.is_empty() {
        true => Err(Failure::failed(format!("nothing of story {id} would stay")).hint(hint)),
        false => Ok(stay),
    }
}

/// Says which articles stay that came in by those that go.
async fn along(house: &House, story: &Known, go: &[ArticleId]) -> Result<(), Failure> {
    let why = house.store.story_told(story.id).await?;
    let links: Vec<Link> = why.values().map(|told| (told.article, told.of)).collect();
    let came = following(go, &links);
    if !came.is_empty() {
        let came: Vec<String> = came.iter().map(ToString::to_string).collect();
        show::note(&format!(
            "these came in by them and stay; name them too to take them along: {}",
            came.join(" ")
        ));
    }
    Ok(())
}

/// How a story of a word that is taken back was named.
enum Named {
    Story(StoryId),
    Article(ArticleId),
}

async fn named(house: &House, texts: &[String]) -> Result<Vec<Named>, Failure> {
    let mut named = Vec::new();
    for text in texts {
        named.push(match text.parse::<i64>() {
            Ok(id) => Named::Story(StoryId(id)),
            Err(_) => {
                let text = text.strip_prefix("article:").unwrap_or(text);
                Named::Article(article(&house.store, text).await?.id)
            }
        });
    }
    Ok(named)
}

/// Takes the newest word back that is meant and stands.
async fn undo(
    house: &House,
    story: &Known,
    word: &Word,
    by: &str,
    meant: impl Fn(&StoryWord) -> bool,
) -> Result<Exit, Failure> {
    let words = house.store.story_words(story.id).await?;
    let newest = words.iter().rev().find(|w| !w.undone && meant(w));
    let Some(newest) = newest else {
        let words = format!("nobody said that of {}, or it was taken back", story.name());
        return Err(Failure::failed(words).hint(format!(
            "`courant story show {}` shows what editors said",
            story.id
        )));
    };
    let back = house.store.story_return(newest.id).await?;
    let would = if word.yes { "is" } else { "would be" };
    show::note(&format!(
        "word {} {would} taken back: {}",
        newest.id,
        said(newest)
    ));
    returning(&back);
    bears(house, &back).await?;
    if let Err(exit) = word.goes() {
        return Ok(exit);
    }
    let back = house
        .store
        .story_undo(newest.id, by, house.clock.now())
        .await?;
    let n = back.back.len() + back.along.len();
    let moved = show::count(n as i64, "article");
    show::note(&format!(
        "done: {moved} went from story {} to story {}",
        back.from, back.to
    ));
    Ok(Exit::Done)
}

fn returning(back: &Return) {
    let listed = |articles: &[ArticleId]| {
        let ids: Vec<String> = articles.iter().map(ToString::to_string).collect();
        ids.join(" ")
    };
    let (from, to) = (back.from, back.to);
    show::note(&format!(
        "from story {from} to story {to}: {}",
        listed(&back.back)
    ));
    if !back.along.is_empty() {
        show::note(&format!(
            "and what came in since by them: {}",
            listed(&back.along)
        ));
    }
    if !back.elsewhere.is_empty() {
        let listed = listed(&back.elsewhere);
        show::note(&format!(
            "moved by another word since, and stay where they are: {listed}"
        ));
    }
}

/// What taking a word back means for readers and editions.
async fn bears(house: &House, back: &Return) -> Result<(), Failure> {
    let (from, to) = (known(house, back.from).await?, known(house, back.to).await?);
    let go = [back.back.as_slice(), &back.along].concat();
    let own = |s: &Known| -> Vec<ArticleId> { s.articles.iter().map(|a| a.id).collect() };
    let mut stay = own(&from);
    stay.retain(|a| !go.contains(a));
    // A split that is taken back joins what goes with what is there; a merge parts it from what stays.
    let joins = !to.articles.is_empty();
    let (one, name) = match joins {
        true => (own(&to), format!("story {}", back.to)),
        false => (stay, format!("story {}", back.from)),
    };
    let sides = Sides {
        names: [name, "what returns".to_owned()],
        articles: [one, go],
        stories: &[&from, &to],
    };
    let bearing = Bearing::of(house, sides).await?;
    bearing.told(|had, lacks| match joins {
        true => format!("whoever knows {had} will know {lacks} too, and is not brought it"),
        false => format!("{had} stays known to them; {lacks} may come as a story of its own"),
    });
    Ok(())
}

async fn known(house: &House, id: StoryId) -> Result<Known, Failure> {
    let articles = house.store.story_articles(id).await?;
    Ok(Known { id, articles })
}
