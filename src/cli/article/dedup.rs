//! `article dedup`: which articles of a file are copies of one another, or tell one story. It only
//! thinks: no configuration, database or key is needed.

mod file;

use std::io;
use std::path::PathBuf;

use serde_json::json;

use self::file::Articles;
use crate::cli::{Exit, Failure, show, typed};
use crate::stories::dedup::{self, Groups, Rows as _};

/// Ids of a group that are listed in a line of the table.
const SHOWN: usize = 12;

/// Which heap, and how it is answered.
#[derive(clap::Args, Debug)]
pub struct DedupArgs {
    /// JSONL file, or - for stdin
    file: PathBuf,
    /// Groups of articles that tell one story, instead of copies of one text
    #[arg(long)]
    stories: bool,
    /// As JSON: {"clusters":[[id,…],…]}
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &DedupArgs) -> Result<Exit, Failure> {
    let name = args.file.display().to_string();
    let failed =
        |e: io::Error| Failure::new(Exit::Failed, e).context(format!("cannot read `{name}`"));
    let mut read = Articles::open(&args.file).map_err(failed)?;
    for problem in &read.problems {
        show::note(&format!("{name}: {problem}"));
    }
    if read.count() == 0 && read.refused > 0 {
        let words = format!(
            "none of the {} rows of `{name}` could be read",
            read.refused
        );
        return Err(Failure::failed(words).hint(
            "a row is a JSON object a line with id, title, text, url, published, outlet, lang",
        ));
    }
    let groups = match args.stories {
        true => dedup::stories_of(&mut read),
        false => dedup::duplicates_of(&mut read),
    };
    let groups = groups.map_err(failed)?;
    match args.json {
        true => show::json(&json!({"clusters": groups}))?,
        false => table(&mut read, &groups, args.stories).map_err(failed)??,
    }
    Ok(match read.refused {
        0 => Exit::Done,
        _ => Exit::Partly,
    })
}

fn table(read: &mut Articles, groups: &Groups, stories: bool) -> io::Result<Result<(), Failure>> {
    let first: Vec<&str> = groups
        .iter()
        .flat_map(|g| g.first())
        .map(|id| &**id)
        .collect();
    let titles = read.headlines(&first)?;
    let line = |group: &Vec<String>| {
        let title = group.first().and_then(|id| titles.get(id.as_str()));
        let mut ids = group[..group.len().min(SHOWN)].join(" ");
        if group.len() > SHOWN {
            ids.push_str(&format!(" and {} more", group.len() - SHOWN));
        }
        let title = typed::short(title.map_or("", String::as_str), 60);
        vec![group.len().to_string(), title, ids]
    };
    let none = match stories {
        true => "no two articles tell one story",
        false => "no article is another one's copy",
    };
    Ok(show::table(
        &["articles", "headline", "ids"],
        groups.iter().map(line).collect(),
        none,
    ))
}
