//! `edition preview`: the letter that one subscriber gets, as it is stored or as a draft.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::reading::{self, Ahead, Found, Prefer};
use super::which::{Shelf, Which, instant, reader};
use super::{not_lettered, shown};
use crate::cli::{Exit, Failure, House, dkim, parts, show};
use crate::deliver::letters::{Content, WaveLetters};
use crate::domain::edition::Edition;
use crate::domain::letter::Letter;
use crate::domain::subscriber::{Interests, Subscriber, Subscription, Terms};
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, EditionId};
use crate::store::planning::Digest;

/// What `edition preview` takes.
#[derive(Args, Debug)]
pub struct PreviewArgs {
    #[command(flatten)]
    which: Which,
    /// Whose letter
    #[arg(long, value_name = "ADDRESS")]
    subscriber: String,
    /// Their first digest after this time, with the stories known by then
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The plain text, with the subject on top (the default)
    #[arg(long, group = "form")]
    text: bool,
    /// The HTML
    #[arg(long, group = "form")]
    html: bool,
    /// The whole message with its headers, as it leaves (RFC 5322)
    #[arg(long, group = "form")]
    raw: bool,
    /// Write it to a file; its ending (.txt, .html, .eml) chooses the form
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Html,
    Raw,
}

impl PreviewArgs {
    fn form(&self) -> Result<Form, Failure> {
        let ending = self.out.as_deref().and_then(Path::extension);
        match (self.text, self.html, self.raw) {
            (true, _, _) => Ok(Form::Text),
            (_, true, _) => Ok(Form::Html),
            (_, _, true) => Ok(Form::Raw),
            _ if self.out.is_none() => Ok(Form::Text),
            _ => match ending.and_then(|e| e.to_str()) {
                Some("html" | "htm") => Ok(Form::Html),
                Some("eml") => Ok(Form::Raw),
                Some("txt") => Ok(Form::Text),
                _ => Err(Failure::usage("--out: the file's ending chooses no form")
                    .hint("name it .txt, .html or .eml, or say --text, --html or --raw")),
            },
        }
    }
}

pub(super) async fn run(house: &House, args: &PreviewArgs) -> Result<Exit, Failure> {
    let form = args.form()?;
    let shelf = Shelf::open(house, &args.which).await?;
    let (person, subscription) = reader(house, &shelf.list, &args.subscriber).await?;
    let zone = &shelf.list.settings.home_zone;
    let at = args.at.as_deref().map(|at| instant(at, zone)).transpose()?;
    let found = reading::find(house, &shelf, &subscription, at, Prefer::Next).await?;
    let work = Work {
        house,
        shelf: &shelf,
        person: &person,
        subscription: &subscription,
        form,
    };
    let bytes = match found {
        Found::Stored(edition, digest) => work.stored(&edition, &digest).await?,
        Found::Ahead(ahead) => work.draft(&ahead, at.unwrap_or(house.clock.now())).await?,
        Found::Skipped(edition, skip) => {
            let name = format!("{} {}", edition.cadence_name, edition.run);
            return Err(work.no_digest(&name, &reading::skip_words(skip, &shelf.list)));
        }
    };
    if let Some(note) = reading::standing_note(&person, &subscription) {
        show::note(&note);
    }
    write(&bytes, args.out.as_deref())?;
    Ok(Exit::Done)
}

struct Work<'a> {
    house: &'a House,
    shelf: &'a Shelf,
    person: &'a Subscriber,
    subscription: &'a Subscription,
    form: Form,
}

impl Work<'_> {
    async fn stored(&self, edition: &Edition, digest: &Digest) -> Result<Vec<u8>, Failure> {
        let store = &self.house.store;
        let letters = parts::letters(self.house)?;
        let wave = letters.wave(digest.wave).await.map_err(not_lettered)?;
        let terms = store.terms(digest.terms_id).await?;
        let interests = interests(&terms);
        let placements = store.placements(digest.id).await?;
        let placements = placements.iter().map(|p| (p.slot, p.flight, p.creative));
        let content = Content {
            picks: &digest.picks,
            placements: placements.collect(),
            zone: &terms.zone,
            language: &terms.language,
            length: terms.length,
            images: terms.images,
            interests: &interests,
            list: self.shelf.list.id,
            subscription: self.subscription.id,
            digest: digest.id,
        };
        let state = reading::delivery_of(self.house, edition, self.subscription).await?;
        let state = state.map_or_else(|| "planned".to_owned(), |d| d.state.to_string());
        show::note(&format!(
            "{} {} as it is stored: {state}",
            edition.cadence_name, edition.run
        ));
        self.shown(&wave.letters, &content, wave.subject.as_deref(), edition.id)
    }

    async fn draft(&self, ahead: &Ahead, as_of: Timestamp) -> Result<Vec<u8>, Failure> {
        let list = &self.shelf.list;
        let draft = reading::draft(self.house, list, ahead, self.subscription, as_of).await?;
        let name = format!("{} {}", ahead.cadence.name, ahead.run);
        if let Some(skip) = draft.selection.skip {
            return Err(self.no_digest(&name, &reading::skip_words(skip, list)));
        }
        let inputs = draft.inputs;
        let parts = (
            inputs.candidates.as_slice(),
            inputs.sender,
            &inputs.template,
            inputs.key_id.as_str(),
        );
        let keys = &self.house.keys;
        let letters = WaveLetters::new(&self.house.store, keys, parts, ahead.run, ahead.due);
        let signer = dkim::signer(&self.house.config)?;
        let letters = letters.await.map_err(not_lettered)?;
        let letters = letters.signed_by(signer.as_ref());
        let terms = &self.subscription.terms;
        let interests = interests(terms);
        let placements = draft.placements.iter();
        let content = Content {
            picks: &draft.selection.picks,
            placements: placements.map(|p| (p.slot, p.flight, p.creative)).collect(),
            zone: &terms.zone,
            language: &terms.language,
            length: terms.length,
            images: terms.images,
            interests: &interests,
            list: list.id,
            subscription: self.subscription.id,
            digest: DigestId(0),
        };
        show::note(&format!(
            "a draft of {name}, due {}: nothing of it is planned, stories and sponsors may change",
            shown(ahead.due, &terms.zone)
        ));
        let edition = ahead.edition.as_ref().map_or(EditionId(0), |e| e.id);
        let subject = inputs.rules.decisions.subject.as_deref();
        self.shown(&letters, &content, subject, edition)
    }

    fn shown(
        &self,
        letters: &WaveLetters,
        content: &Content<'_>,
        subject: Option<&str>,
        edition: EditionId,
    ) -> Result<Vec<u8>, Failure> {
        if self.form == Form::Raw {
            let to = self.person.address.as_ref();
            let to = to.ok_or_else(|| Failure::failed("this subscriber was erased"))?;
            let composed = letters.compose(content, subject, to, edition, self.person.id);
            return Ok(composed.map_err(not_lettered)?.bytes);
        }
        let letter: Letter = letters.letter(content).map_err(not_lettered)?;
        let subject = subject.unwrap_or(&letter.subject);
        Ok(match self.form {
            Form::Html => letter.html.into_bytes(),
            _ => format!("Subject: {subject}\n\n{}\n", letter.text.trim_end()).into_bytes(),
        })
    }

    fn no_digest(&self, issue: &str, why: &str) -> Failure {
        let address = self.person.address.as_ref();
        let address = address.map_or("ADDRESS", |a| a.full());
        let slug = &self.shelf.list.slug;
        Failure::failed(format!("`{address}` gets no digest in {issue}: {why}")).hint(format!(
            "`courant edition explain {slug} --subscriber {address}` shows every story's verdict"
        ))
    }
}

fn interests(terms: &Terms) -> Interests {
    Interests {
        topics: terms.topics.clone(),
        places: terms.places.clone(),
    }
}

fn write(bytes: &[u8], to: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = to else {
        return match std::io::stdout().write_all(bytes) {
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        };
    };
    std::fs::write(path, bytes).map_err(|e| {
        Failure::new(Exit::Failed, e).context(format!("cannot write `{}`", path.display()))
    })?;
    show::note(&format!("written to `{}`", path.display()));
    Ok(())
}
