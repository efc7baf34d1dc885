//! Golden plans: `tests/golden/plan/NAME.in` is a small newsroom that an editor can read and write,
//! `NAME.out` the plan that it must give, with reasons and a verdict for every other article.
//! `COURANT_GOLDEN=accept` writes the plans anew; read the difference before committing it.
//!
//! The form, one statement a line, `#` starts a remark, the first of which is the title:
//! ```text
//! rules     stories 8 min 2 cap 3 window 24h personal order
//! lead      STORY
//! pin       STORY
//! ban       STORY by NAME
//! reader    topics city=1000,sport=500 places port stories 6
//! seen      STORY in EDITION
//! article   101 story 11 age 2h topics city=900 places port | Headline
//! ```
//! Everything but `story`, `age` and the headline may be left out; `age -10m` is after the cut-off.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its input fails"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use courant::domain::article::TopicWeight;
use courant::domain::selection::{
    Candidate, Kin, Personal, Reader, Reason, Rules, Section, Selection, Sent, Verdict,
};
use courant::domain::slug::Slug;
use courant::domain::{ArticleId, EditionId, RevisionId, SourceId, StoryId};
use courant::select::{Stock, select};

/// Any instant will do: only ages are written in a golden plan.
const CUTOFF_MS: i64 = 1_767_250_800_000;

struct Newsroom {
    title: String,
    rules: Rules,
    reader: Reader,
    candidates: Vec<Candidate>,
}

#[test]
fn every_golden_plan_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/plan");
    let accept = std::env::var("COURANT_GOLDEN").is_ok_and(|v| v == "accept");
    let (inputs, outputs) = (names(&folder, "in"), names(&folder, "out"));
    assert!(inputs.len() >= 18, "only {} golden plans", inputs.len());
    let mut wrong = Vec::new();
    for name in &inputs {
        let text = std::fs::read_to_string(folder.join(format!("{name}.in"))).unwrap();
        let plan = printed(&read(name, &text));
        let out: PathBuf = folder.join(format!("{name}.out"));
        if accept {
            std::fs::write(&out, &plan).unwrap();
        }
        match std::fs::read_to_string(&out) {
            Ok(expected) if expected == plan => {}
            Ok(expected) => wrong.push(format!("{name}: expected\n{expected}\ngot\n{plan}")),
            Err(_) => wrong.push(format!("{name}.out is missing; the plan is\n{plan}")),
        }
    }
    for stray in outputs.difference(&inputs) {
        wrong.push(format!("{stray}.out has no {stray}.in"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn names(folder: &Path, extension: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn read(name: &str, text: &str) -> Newsroom {
    let mut room = Newsroom {
        title: String::new(),
        rules: Rules {
            cutoff_ms: CUTOFF_MS,
            window_ms: duration("24h"),
            stories: 8,
            stories_min: 1,
            personal: Personal::Order,
            topic_cap: 3,
            ..Rules::default()
        },
        reader: Reader::default(),
        candidates: Vec::new(),
    };
    for (number, line) in text.lines().enumerate() {
        let (said, remark) = line.split_once('#').unwrap_or((line, ""));
        if room.title.is_empty() {
            room.title = remark.trim().to_owned();
        }
        let (said, headline) = said.split_once('|').unwrap_or((said, ""));
        let words: Vec<&str> = said.split_whitespace().collect();
        if let [verb, rest @ ..] = words.as_slice() {
            let known = statement(&mut room, verb, rest, headline.trim());
            assert!(known, "{name}.in line {}: `{line}`", number + 1);
        }
    }
    room
}

/// Reads one line; false for one that makes no sense.
fn statement(room: &mut Newsroom, verb: &str, rest: &[&str], headline: &str) -> bool {
    let decisions = &mut room.rules.decisions;
    match (verb, rest) {
        ("lead", [story]) => decisions.lead = Some(StoryId(story.parse().unwrap())),
        ("pin", [story]) => decisions.pins.push(StoryId(story.parse().unwrap())),
        ("ban", [story, "by", who]) => {
            decisions
                .bans
                .insert(StoryId(story.parse().unwrap()), (*who).to_owned());
        }
        ("seen", [story, "in", edition]) => {
            room.reader.memory.push(Sent {
                revision: a_text_of(StoryId(story.parse().unwrap())),
                edition: EditionId(edition.parse().unwrap()),
                at_ms: CUTOFF_MS - duration("24h"),
            });
        }
        ("rules", rest) => {
            return rest.chunks(2).all(|pair| rule(&mut room.rules, pair));
        }
        ("reader", rest) => {
            return rest.chunks(2).all(|pair| term(&mut room.reader, pair));
        }
        ("article", [id, rest @ ..]) => {
            let mut candidate = article(id.parse().unwrap(), headline);
            let read = rest.chunks(2).all(|pair| property(&mut candidate, pair));
            candidate.kin = vec![Kin {
                revision: a_text_of(candidate.story),
                new: 0,
            }];
            room.candidates.push(candidate);
            return read;
        }
        _ => return false,
    }
    true
}

fn rule(rules: &mut Rules, pair: &[&str]) -> bool {
    match pair {
        ["stories", n] => rules.stories = n.parse().unwrap(),
        ["min", n] => rules.stories_min = n.parse().unwrap(),
        ["cap", n] => rules.topic_cap = n.parse().unwrap(),
        ["window", span] => rules.window_ms = duration(span),
        ["personal", word] => rules.personal = word.parse().unwrap(),
        _ => return false,
    }
    true
}

fn term(reader: &mut Reader, pair: &[&str]) -> bool {
    match pair {
        ["topics", list] => reader.topics = topics(list),
        ["places", list] => reader.places = slugs(list),
        ["stories", n] => reader.stories = n.parse().unwrap(),
        _ => return false,
    }
    true
}

fn property(candidate: &mut Candidate, pair: &[&str]) -> bool {
    match pair {
        ["story", id] => candidate.story = StoryId(id.parse().unwrap()),
        ["age", span] => candidate.dated_ms = CUTOFF_MS - duration(span),
        ["topics", list] => candidate.topics = topics(list),
        ["places", list] => candidate.places = slugs(list),
        _ => return false,
    }
    true
}

fn article(id: i64, headline: &str) -> Candidate {
    Candidate {
        headline: headline.to_owned(),
        dated_ms: CUTOFF_MS,
        ..Candidate::of(ArticleId(id), RevisionId(id), StoryId(id), SourceId(1))
    }
}

/// A text that whoever was sent the story was sent.
fn a_text_of(story: StoryId) -> RevisionId {
    RevisionId(1_000_000 + story.0)
}

fn topics(list: &str) -> Vec<TopicWeight> {
    let topic = |part: &str| {
        let (topic, weight) = part.split_once('=').unwrap_or((part, "1000"));
        TopicWeight {
            topic: Slug::parse(topic).unwrap(),
            weight: weight.parse().unwrap(),
        }
    };
    list.split(',').map(topic).collect()
}

fn slugs(list: &str) -> Vec<Slug> {
    list.split(',')
        .map(|part| Slug::parse(part).unwrap())
        .collect()
}

/// `90s`, `30m`, `2h`, `3d`, with a sign in ms.
fn duration(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => panic!("`{text}` is no duration"),
    };
    number.parse::<i64>().unwrap() * unit_ms
}

fn printed(room: &Newsroom) -> String {
    let plan = select(&room.candidates, &room.reader, &room.rules);
    let stock = Stock::new(&room.candidates, &room.rules);
    assert_eq!(
        stock.picks(&room.reader),
        (plan.picks.clone(), plan.skip),
        "{}",
        room.title
    );

    let mut out = format!("{}\n\n", room.title);
    if let Some(skip) = plan.skip {
        writeln!(out, "no digest: {skip}").unwrap();
    }
    for (index, pick) in plan.picks.iter().enumerate() {
        let headline = headline(room, pick.article);
        let (rank, form) = (index + 1, pick.form.as_str());
        let (section, reason) = (section(&pick.section), reason(&pick.reason));
        let line = format!(
            "{rank:>2} {section:<14} {form:<9} {:<4} {headline:<42}",
            pick.article
        );
        writeln!(out, "{line} {reason}").unwrap();
    }
    let rest = others(room, &plan);
    if !rest.is_empty() {
        write!(out, "\nnot in it\n{rest}").unwrap();
    }
    out
}

fn others(room: &Newsroom, plan: &Selection) -> String {
    let mut out = String::new();
    for (article, verdict) in &plan.verdicts {
        let words = match verdict {
            Verdict::Chosen { rank, reason, .. } => {
                let pick = &plan.picks[usize::from(*rank) - 1];
                assert_eq!((pick.article, &pick.reason), (*article, reason));
                continue;
            }
            Verdict::AlreadySent { edition } => format!("sent before, in edition {edition}"),
            Verdict::SameStory { represented_by } => format!("same story as {represented_by}"),
            Verdict::Banned { by } => format!("banned by {by}"),
            Verdict::TooOld => "too old".to_owned(),
            Verdict::AfterCutoff => "after the cut-off, waits".to_owned(),
            Verdict::TopicNotFollowed => "topic not followed".to_owned(),
            Verdict::Quota { topic, .. } => format!("enough of {topic}"),
            Verdict::SourceCap { source } => format!("enough of source {source}"),
            Verdict::AuthorCap { author } => format!("enough of {author}"),
            Verdict::Embargoed { .. } => "embargoed, waits".to_owned(),
            Verdict::OtherLanguage { language } => format!("in {language}"),
            Verdict::Full => "digest full, waits".to_owned(),
            Verdict::PushedOut { .. } => "too large, waits".to_owned(),
            Verdict::Skipped => "no digest, waits".to_owned(),
        };
        writeln!(
            out,
            "   {article:<4} {:<42} {words}",
            headline(room, *article)
        )
        .unwrap();
    }
    out
}

fn headline(room: &Newsroom, article: ArticleId) -> &str {
    let mut found = room.candidates.iter().filter(|c| c.article == article);
    found.next().map_or("", |c| &c.headline)
}

fn section(section: &Section) -> String {
    match section {
        Section::Lead => "lead".to_owned(),
        Section::Topic(topic) => format!("topic {topic}"),
        Section::Area(place) => format!("area {place}"),
        Section::AlsoToday => "also today".to_owned(),
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Lead => "the editors' lead".to_owned(),
        Reason::Pinned => "pinned".to_owned(),
        Reason::Topic { topic } => format!("follows {topic}"),
        Reason::Place { place } => format!("follows the place {place}"),
        Reason::TopStory => "top story".to_owned(),
        Reason::Desk => "on the desk's list".to_owned(),
    }
}
