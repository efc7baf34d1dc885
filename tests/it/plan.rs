//! Golden plans: `tests/golden/plan/NAME.in` is a small newsroom that an editor can read and write,
//! `NAME.out` the plan that it must give, with reasons and a verdict for every other article.
//! `COURANT_GOLDEN=accept` writes the plans anew; read the difference before committing it.
//!
//! The form, one statement a line, `#` starts a remark, the first of which is the title:
//! ```text
//! rules     stories 8 min 2 cap 3 window 24h carry 24h personal order source_cap 2 author_cap 1
//! rules     local 1 diversity 300 halflife 18h updates 2 after 6h new 350 languages reader
//! lead      STORY              (also `lead STORY as ARTICLE`, likewise for pin and also)
//! pin       STORY
//! also      STORY
//! ban       STORY by NAME
//! boost     STORY 150          (percent)
//! reader    topics city=1000,sport=500 places port stories 6 length short language de since 9d
//! seen      STORY in EDITION   (24 h ago, in a text of its own; `ago 30h` and `as ARTICLE` say otherwise)
//! article   101 story 11 age 2h topics city=900 places port source 2 author meier lang de | Headline
//! article   102 story 11 age 2h quality 900 sources 3 words 400 original yes embargo 2h | Headline
//! article   103 story 12 age 2h new 400 against 101=350 like 104=600 | Headline
//! ```
//! Everything but `story`, `age` and the headline may be left out; `age -10m` is after the cut-off, and
//! `embargo 2h` ends two hours after it, and so does `settles 2h`; `withdrawn yes` was so since. `new` is how much of the article's text is not in what `seen`
//! means, `against` how much is not in another article's text, in thousandths; `like` is the likeness of
//! two articles, said at one of them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its input fails"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use courant::domain::article::TopicWeight;
use courant::domain::selection::{
    Candidate, Kin, Personal, Reader, Reason, Relaxed, Rules, Section, Selection, Sent, Verdict,
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
    /// Pairs of articles and their likeness.
    alike: Vec<(i64, i64, u32)>,
}

#[test]
fn every_golden_plan_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/plan");
    let accept = std::env::var("COURANT_GOLDEN").is_ok_and(|v| v == "accept");
    let (inputs, outputs) = (names(&folder, "in"), names(&folder, "out"));
    assert!(inputs.len() >= 60, "only {} golden plans", inputs.len());
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
        alike: Vec::new(),
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
    make_alike(&mut room);
    room
}

/// Gives articles telling words so that their likeness comes out as it was said: a thousand each, of
/// which two that are alike by 600 have 600 in common.
fn make_alike(room: &mut Newsroom) {
    const WORDS: usize = 1000;
    let mut next = 0..;
    for (one, other, like) in &room.alike {
        let common: Vec<u32> = next.by_ref().take(*like as usize).collect();
        let two = [one, other];
        let both = room.candidates.iter_mut();
        for candidate in both.filter(|c| two.contains(&&c.article.0)) {
            candidate.features.extend(&common);
        }
    }
    for candidate in &mut room.candidates {
        let missing = WORDS.checked_sub(candidate.features.len()).unwrap();
        candidate.features.extend(next.by_ref().take(missing));
    }
}

/// Reads one line; false for one that makes no sense.
fn statement(room: &mut Newsroom, verb: &str, rest: &[&str], headline: &str) -> bool {
    let decisions = &mut room.rules.decisions;
    let story = |text: &str| StoryId(text.parse().unwrap());
    let rest = match (verb, rest) {
        ("lead" | "pin" | "also", [named, "as", article]) => {
            let article = ArticleId(article.parse().unwrap());
            decisions.named.insert(story(named), article);
            &rest[..1]
        }
        _ => rest,
    };
    match (verb, rest) {
        ("lead", [id]) => decisions.lead = Some(story(id)),
        ("pin", [id]) => decisions.pins.push(story(id)),
        ("also", [id]) => decisions.also.push(story(id)),
        ("boost", [id, percent]) => {
            let percent: u16 = percent.parse().unwrap();
            decisions.boosts.insert(story(id), percent * 10);
        }
        ("ban", [id, "by", who]) => {
            decisions.bans.insert(story(id), (*who).to_owned());
        }
        ("seen", [id, "in", edition, how @ ..]) => {
            let mut sent = Sent {
                revision: a_text_of(story(id)),
                edition: EditionId(edition.parse().unwrap()),
                at_ms: CUTOFF_MS - duration("24h"),
            };
            let read = how.chunks(2).all(|pair| match pair {
                ["ago", span] => {
                    sent.at_ms = CUTOFF_MS - duration(span);
                    true
                }
                ["as", article] => {
                    sent.revision = RevisionId(article.parse().unwrap());
                    true
                }
                _ => false,
            });
            room.reader.memory.push(sent);
            return read;
        }
        ("rules", rest) => {
            return rest.chunks(2).all(|pair| rule(&mut room.rules, pair));
        }
        ("reader", rest) => {
            return rest.chunks(2).all(|pair| term(&mut room.reader, pair));
        }
        ("article", [id, rest @ ..]) => {
            let mut candidate = article(id.parse().unwrap(), headline);
            let alike = &mut room.alike;
            let read = rest
                .chunks(2)
                .all(|pair| property(&mut candidate, alike, pair));
            candidate.kin[0].revision = a_text_of(candidate.story);
            room.candidates.push(candidate);
            return read;
        }
        _ => return false,
    }
    true
}

fn rule(rules: &mut Rules, pair: &[&str]) -> bool {
    let number = |n: &str| n.parse().unwrap();
    match pair {
        ["stories", n] => rules.stories = number(n),
        ["min", n] => rules.stories_min = number(n),
        ["cap", n] => rules.topic_cap = number(n),
        ["window", span] => rules.window_ms = duration(span),
        ["carry", span] => rules.carry_ms = duration(span),
        ["halflife", span] => rules.half_life_ms = duration(span).unsigned_abs(),
        ["personal", word] => rules.personal = word.parse().unwrap(),
        ["source_cap", n] => rules.source_cap = number(n),
        ["author_cap", n] => rules.author_cap = number(n),
        ["local", n] => rules.local = number(n),
        ["diversity", n] => rules.diversity = number(n),
        ["updates", n] => rules.updates.most = number(n),
        ["after", span] => rules.updates.after_ms = duration(span),
        ["new", n] => rules.updates.new = number(n),
        ["languages", word] => rules.languages = word.parse().unwrap(),
        _ => return false,
    }
    true
}

fn term(reader: &mut Reader, pair: &[&str]) -> bool {
    match pair {
        ["topics", list] => reader.topics = topics(list),
        ["places", list] => reader.places = slugs(list),
        ["stories", n] => reader.stories = n.parse().unwrap(),
        ["length", "short"] => reader.short = true,
        ["language", tag] => reader.language = (*tag).to_owned(),
        ["since", span] => reader.since_ms = Some(CUTOFF_MS - duration(span)),
        _ => return false,
    }
    true
}

fn property(candidate: &mut Candidate, alike: &mut Vec<(i64, i64, u32)>, pair: &[&str]) -> bool {
    let id = candidate.article.0;
    match pair {
        ["story", id] => candidate.story = StoryId(id.parse().unwrap()),
        ["age", span] => candidate.dated_ms = CUTOFF_MS - duration(span),
        ["topics", list] => candidate.topics = topics(list),
        ["places", list] => candidate.places = slugs(list),
        ["source", n] => candidate.source = SourceId(n.parse().unwrap()),
        ["author", name] => candidate.author = (*name).to_owned(),
        ["lang", tag] => candidate.language = Some((*tag).to_owned()),
        ["quality", n] => candidate.quality = n.parse().unwrap(),
        ["sources", n] => candidate.sources = n.parse().unwrap(),
        ["words", n] => candidate.words = n.parse().unwrap(),
        ["original", "yes"] => candidate.original = true,
        ["embargo", span] => candidate.embargo_ms = Some(CUTOFF_MS + duration(span)),
        ["settles", span] => candidate.settles_ms = Some(CUTOFF_MS + duration(span)),
        ["withdrawn", "yes"] => candidate.withdrawn = true,
        ["new", n] => candidate.kin[0].new = n.parse().unwrap(),
        ["against", list] => candidate.kin.extend(pairs(list).map(|(article, new)| Kin {
            revision: RevisionId(article),
            new: u16::try_from(new).unwrap(),
        })),
        ["like", list] => alike.extend(pairs(list).map(|(other, like)| (id, other, like))),
        _ => return false,
    }
    true
}

/// `101=350,102=600`.
fn pairs(list: &str) -> impl Iterator<Item = (i64, u32)> {
    list.split(',').map(|part| {
        let (article, number) = part.split_once('=').unwrap();
        (article.parse().unwrap(), number.parse().unwrap())
    })
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
        let update = if pick.update { "; an update" } else { "" };
        let relaxed = match &plan.verdicts[&pick.article] {
            Verdict::Chosen {
                relaxed, besides, ..
            } => {
                let all = relaxed.iter().chain(besides).copied();
                all.map(gave_way).collect::<String>()
            }
            other => panic!("{} was picked, and its verdict is {other:?}", pick.article),
        };
        let (section, reason) = (section(&pick.section), reason(&pick.reason));
        let line = format!(
            "{rank:>2} {section:<14} {form:<9} {:<4} {headline:<42}",
            pick.article
        );
        writeln!(out, "{line} {reason}{update}{relaxed}").unwrap();
    }
    let rest = others(room, &plan);
    if !rest.is_empty() {
        write!(out, "\nnot in it\n{rest}").unwrap();
    }
    out
}

fn gave_way(rule: Relaxed) -> &'static str {
    match rule {
        Relaxed::SourceCap => "; past the source cap",
        Relaxed::Quota => "; past the quota",
        Relaxed::AuthorCap => "; past the author cap",
        Relaxed::Window => "; past the window",
        Relaxed::Fallback => "; to save the digest",
    }
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
            Verdict::Withdrawn => "withdrawn".to_owned(),
            Verdict::Settling { .. } => "too new, waits".to_owned(),
            Verdict::Banned { by } => format!("banned by {by}"),
            Verdict::TooOld => "too old".to_owned(),
            Verdict::AfterCutoff => "after the cut-off, waits".to_owned(),
            Verdict::TopicRefused { topic } => format!("wants nothing of {topic}"),
            Verdict::TopicNotFollowed => "topic not followed".to_owned(),
            Verdict::Quota { topic, quota } => format!("enough of {topic}: {quota}"),
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
