//! `place import`: an operator's own list of places, which are then looked for in articles.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::cli::{Exit, Failure, House, show, typed};
use crate::places;

/// What `place import` takes.
#[derive(Args, Debug)]
pub struct Import {
    /// CSV with a header row, or one JSON object a line; - for stdin
    file: PathBuf,
    /// Read it and say what is wrong, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(args: &Import, house: &House) -> Result<Exit, Failure> {
    let bytes = typed::bytes(&args.file)?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::failed(format!(
            "`{}` is not UTF-8 at octet {at}",
            args.file.display()
        ))
        .hint("save it as UTF-8")
    })?;
    let known: BTreeSet<_> = house
        .store
        .gazetteer()
        .await?
        .into_iter()
        .map(|p| p.slug)
        .collect();
    let read = places::read(&text, &known);
    for fault in &read.faults {
        show::note(&format!("{}: {fault}", args.file.display()));
    }
    let (taken, refused) = (read.places.len(), read.refused);
    if taken == 0 {
        let words = match refused {
            0 => "there is no place in it".to_owned(),
            n => format!("none of the {n} rows could be taken"),
        };
        return Err(Failure::failed(words).hint(
            "columns: name, kind (town, county, state or nation), slug, parent, aliases parted by |",
        ));
    }
    if !args.dry_run {
        house.store.places_import(&read.places).await?;
    }
    let words = match args.dry_run {
        true => "would be imported",
        false => "imported",
    };
    let taken = show::count(i64::try_from(taken).unwrap_or(i64::MAX), "place");
    show::line(&format!("{taken} {words}, {refused} refused"))?;
    if !args.dry_run {
        show::note("`courant topic relabel` looks for them in stored articles");
    }
    Ok(match refused {
        0 => Exit::Done,
        _ => Exit::Partly,
    })
}
