//! `article embargo`: until when no letter may bring an article.

use std::path::Path;

use clap::{ArgGroup, Args};

use super::beside::Beside;
use super::of;
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::audit::Deed;
use crate::domain::time::Timestamp;

/// What `article embargo` takes.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("when").required(true).args(["until", "lift"])))]
pub struct EmbargoArgs {
    /// Its number or its URL
    article: String,
    /// No letter brings it before this instant, such as 2026-12-01T06:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Letters may bring it at once
    #[arg(long)]
    lift: bool,
    /// Its copies on other pages, too: articles of its story that have its text or its headline
    #[arg(long)]
    copies: bool,
}

pub(super) async fn run(args: &EmbargoArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let now = house.clock.now();
    let until = args
        .until
        .as_deref()
        .map(|text| instant(text, now))
        .transpose()?;
    let article = of(&house.store, &args.article).await?;
    let told = format!("`{}` (article {})", article.text.headline, article.id);
    let beside = Beside::of(&house.store, &article).await?;
    let copies = beside.ids(args.copies);
    let set = house.store.article_embargo(article.id, &copies, until);
    set.await?;
    let at = |at: Option<Timestamp>| at.map(typed::shown).unwrap_or_default();
    let done = Deed {
        act: "embargo".to_owned(),
        subject: format!("article {}", article.id),
        was: at(article.embargo),
        became: at(until),
        why: String::new(),
    };
    house.store.audit(done, now).await?;
    match (until, article.embargo) {
        (Some(until), _) => {
            let at = typed::shown(until);
            show::note(&format!(
                "no letter that is planned from now on brings {told} before {at}"
            ));
            show::note(
                "an embargo is over for a wave if it ends before its cut-off: from then on its letters may leave",
            );
            show::note("waves that are frozen already keep what they have");
        }
        (None, Some(_)) => show::note(&format!("letters may bring {told} at once")),
        (None, None) => show::note(&format!("{told} has no embargo")),
    }
    beside.say_goes(args.copies);
    beside.say_left("embargo", args.copies);
    Ok(Exit::Done)
}

fn instant(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let given = typed::short(text, 64);
    let at: Timestamp = text.parse().map_err(|_| {
        Failure::usage(format!("--until: `{given}` is not an instant"))
            .hint("write it with its offset, such as `2026-12-01T06:00:00Z`")
    })?;
    match at > now {
        true => Ok(at),
        false => {
            Err(Failure::usage(format!("--until: `{given}` is past"))
                .hint("`--lift` ends an embargo"))
        }
    }
}
