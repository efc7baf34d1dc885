//! `edition preview`: the letter that one subscriber gets, as it is stored or as a draft, what it
//! weighs, what is wrong with it, and how another one's differs.

mod beside;
mod frames;
mod look;
mod made;
mod sizes;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use super::not_lettered;
use super::which::{Shelf, Which, instant};
use crate::cli::template::told;
use crate::cli::verdict::kb;
use crate::cli::{Exit, Failure, House, parts, show};
use crate::domain::selection::BYTE_BUDGET_MOST;
use crate::render::check::{Finding, Severity};
use beside::Beside;
use look::{Look, LookFlags};
use made::Made;
use sizes::Sizes;

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
    #[command(flatten)]
    look: LookFlags,
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
    /// What made it big, part by part, in place of the letter
    #[arg(long)]
    sizes: bool,
    /// What is wrong with it, on stderr; exits with 5 if a letter must not look so
    #[arg(long)]
    check: bool,
    /// How another subscriber's letter differs; with --html both of them on one page
    #[arg(long, value_name = "ADDRESS", conflicts_with = "raw")]
    beside: Option<String>,
    /// The HTML in four frames on one page: 600 and 390 pixels wide, light and dark
    #[arg(long, conflicts_with_all = ["text", "raw", "beside"])]
    frames: bool,
    /// JSON object {letters: [{subscriber, subject, sizes, findings}], beside} of what was asked
    #[arg(long, conflicts_with = "form")]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Html,
    Raw,
}

impl PreviewArgs {
    fn form(&self) -> Result<Form, Failure> {
        if self.frames {
            return Ok(Form::Html);
        }
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

    /// Refuses what does not go together.
    fn checked(&self) -> Result<Form, Failure> {
        let form = self.form()?;
        if self.json && !(self.sizes || self.check || self.beside.is_some()) {
            return Err(Failure::usage("--json: there is nothing to tell")
                .hint("say --sizes, --check or --beside ADDRESS too"));
        }
        if self.beside.is_some() && self.out.is_some() && form != Form::Html {
            return Err(Failure::usage("--beside: two letters are written as .html")
                .hint("name the file .html; without --out the differences are printed"));
        }
        Ok(form)
    }

    /// Whether the letter itself goes to stdout.
    fn prints_letter(&self, form: Form) -> bool {
        let instead = self.sizes || self.json || (self.beside.is_some() && form == Form::Text);
        self.out.is_none() && !instead
    }
}

pub(super) async fn run(house: &House, args: &PreviewArgs) -> Result<Exit, Failure> {
    let form = args.checked()?;
    let look = args.look.checked(&parts::themes(&house.config))?;
    let shelf = Shelf::open(house, &args.which).await?;
    let zone = &shelf.list.settings.home_zone;
    let at = args.at.as_deref().map(|at| instant(at, zone)).transpose()?;
    let mut all = vec![made::of(house, &shelf, &args.subscriber, at, &look).await?];
    if let Some(address) = &args.beside {
        all.push(made::of(house, &shelf, address, at, &look).await?);
    }
    for made in &all {
        let whose = match all.len() {
            1 => String::new(),
            _ => format!("{}: ", made.whose()),
        };
        for note in made.notes.iter().chain([&size(made)]) {
            show::note(&format!("{whose}{note}"));
        }
    }
    let found = Found::of(house, args, &all).await?;
    if args.out.is_some() || args.prints_letter(form) {
        write(&bytes(args, form, &all, &found)?, args.out.as_deref())?;
    }
    found.show(args, form, &all)?;
    let wrong = |f: &Finding| f.severity == Severity::Error;
    Ok(match found.findings.iter().flatten().any(wrong) {
        true => Exit::Problems,
        false => Exit::Done,
    })
}

/// What the places of a reader's letter weigh in bytes of HTML, each with its name, from the top.
pub(in crate::cli) async fn weights(
    house: &House,
    which: &Which,
    address: &str,
) -> Result<Vec<(String, usize)>, Failure> {
    let shelf = Shelf::open(house, which).await?;
    let made = made::of(house, &shelf, address, None, &Look::default()).await?;
    Ok(sizes::of(house, &made).await?.places())
}

fn bytes(args: &PreviewArgs, form: Form, all: &[Made], found: &Found) -> Result<Vec<u8>, Failure> {
    if let (Some(beside), [left, right]) = (&found.beside, all) {
        return beside.page(left, right);
    }
    let Some(made) = all.first() else {
        return Ok(Vec::new());
    };
    let letter = &made.letter;
    Ok(match form {
        Form::Raw => made.message()?,
        Form::Html if args.frames => frames::page(made)?,
        Form::Html => letter.html.clone().into_bytes(),
        Form::Text => {
            let (subject, text) = (&letter.subject, letter.text.trim_end());
            format!("Subject: {subject}\n\n{text}\n").into_bytes()
        }
    })
}

/// What was asked about letters, for each of them.
struct Found {
    sizes: Vec<Sizes>,
    findings: Vec<Vec<Finding>>,
    beside: Option<Beside>,
}

impl Found {
    async fn of(house: &House, args: &PreviewArgs, all: &[Made]) -> Result<Found, Failure> {
        let mut found = Found {
            sizes: Vec::new(),
            findings: Vec::new(),
            beside: match all {
                [left, right] => Some(beside::of(left, right)),
                _ => None,
            },
        };
        for made in all {
            if args.sizes {
                found.sizes.push(sizes::of(house, made).await?);
            }
            if args.check {
                let letters = made.letters();
                let of = letters.findings(&made.content(), &made.letter, made.byte_budget);
                found.findings.push(of.map_err(not_lettered)?);
            }
        }
        Ok(found)
    }

    fn show(&self, args: &PreviewArgs, form: Form, all: &[Made]) -> Result<(), Failure> {
        self.tell_findings(all);
        if args.json {
            return show::json(&self.json(all)?);
        }
        for (sizes, made) in self.sizes.iter().zip(all) {
            if all.len() > 1 {
                show::line(made.whose())?;
            }
            sizes.print()?;
            if all.len() > 1 {
                show::line("")?;
            }
        }
        match &self.beside {
            Some(beside) if form == Form::Text => beside.print(),
            _ => Ok(()),
        }
    }

    fn tell_findings(&self, all: &[Made]) {
        for (findings, made) in self.findings.iter().zip(all) {
            let whose = match all.len() {
                1 => String::new(),
                _ => format!("{}/", made.whose()),
            };
            for finding in findings {
                show::note(&told(&whose, finding));
            }
            let of = |severity: Severity, one| {
                let n = findings.iter().filter(|f| f.severity == severity).count();
                show::count(i64::try_from(n).unwrap_or(i64::MAX), one)
            };
            let errors = of(Severity::Error, "error");
            let warnings = of(Severity::Warning, "warning");
            show::note(&format!("checked: {errors}, {warnings}"));
        }
    }

    /// `{letters: [{subscriber, subject, sizes, findings}], beside}`.
    fn json(&self, all: &[Made]) -> Result<Value, Failure> {
        let fault = |e| Failure::new(Exit::Failed, e);
        let mut letters = Vec::new();
        for (n, made) in all.iter().enumerate() {
            let mut one = Map::new();
            one.insert("subscriber".to_owned(), made.whose().into());
            one.insert("subject".to_owned(), made.letter.subject.clone().into());
            if let Some(sizes) = self.sizes.get(n) {
                one.insert(
                    "sizes".to_owned(),
                    serde_json::to_value(sizes).map_err(fault)?,
                );
            }
            if let Some(found) = self.findings.get(n) {
                one.insert(
                    "findings".to_owned(),
                    serde_json::to_value(found).map_err(fault)?,
                );
            }
            letters.push(Value::Object(one));
        }
        let mut all = Map::from_iter([("letters".to_owned(), Value::Array(letters))]);
        if let Some(beside) = &self.beside {
            all.insert(
                "beside".to_owned(),
                serde_json::to_value(beside).map_err(fault)?,
            );
        }
        Ok(Value::Object(all))
    }
}

/// `61.2 KB of HTML, of 90 KB at the most; 2 stories did not fit`.
fn size(made: &Made) -> String {
    let html = u32::try_from(made.letter.html.len()).unwrap_or(u32::MAX);
    let left_out = match made.left_out {
        0 => String::new(),
        1 => "; 1 story did not fit".to_owned(),
        n => format!("; {n} stories did not fit"),
    };
    let clipped = match html > BYTE_BUDGET_MOST {
        true => "; mail programs clip it, so it would be refused",
        false => "",
    };
    let (html, most) = (kb(html), kb(made.byte_budget));
    format!("{html} of HTML, of {most} at the most{left_out}{clipped}")
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
