//! What a reader of the newsroom's feeds has kept by an hour: articles with their texts, each with its
//! story, and the candidates that a wave would be frozen with. In memory, for tests of thinking alone;
//! articles are found again by their key, else by their page, as the store does it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use courant::domain::article::{CanonicalUrl, TopicWeight};
use courant::domain::selection::{Candidate, Kin};
use courant::domain::slug::Slug;
use courant::domain::{ArticleId, RevisionId, SourceId, StoryId};
use courant::select::{Shingles, features, news};
use courant::stories::{self, Group, JoinedBy, Known, Recent, Told, Weights};

use super::{Deed, Entry, HOUR_MS, Newsroom, OUTLETS, Piece, Story, Version, hour_ms};

/// Who says which story an article tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// The newsroom itself.
    True,
    /// [`stories::assign`].
    Own,
}

/// Who says how much of a text is new against another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The newsroom: the share of its facts that were not known by the other one's stage.
    Facts,
    /// The texts, by their shingles.
    Texts,
}

/// A text of an article.
#[derive(Debug)]
pub struct Kept<'n> {
    /// Its id.
    pub revision: RevisionId,
    /// Its piece.
    pub piece: &'n Piece,
    /// Its version.
    pub version: &'n Version,
    shingles: Shingles,
}

/// An article that was read.
#[derive(Debug)]
pub struct Article<'n> {
    /// Its id.
    pub id: ArticleId,
    /// The story that it was said to tell.
    pub story: StoryId,
    /// Its texts, the oldest first.
    pub texts: Vec<Kept<'n>>,
    outlet: usize,
    dated_ms: i64,
}

/// Everything that was read.
#[derive(Debug)]
pub struct Archive<'n> {
    newsroom: &'n Newsroom,
    map: Map,
    judge: Judge,
    /// What was kept.
    pub articles: Vec<Article<'n>>,
    by_key: HashMap<(usize, String), usize>,
    by_url: HashMap<(usize, String), usize>,
    of_story: HashMap<StoryId, Vec<usize>>,
    by_revision: HashMap<RevisionId, (usize, usize)>,
    stories: i64,
    /// What came in, as grouping compares it, by article.
    known: Vec<Known>,
    /// Articles by the keys of what they say, and by page and headline.
    keys: HashMap<u64, Vec<usize>>,
    named: HashMap<String, Vec<usize>>,
    /// Of our own grouping: which story each of its stories told first, and which ones were told.
    tells: HashMap<StoryId, usize>,
    told: HashSet<usize>,
    /// How often it was right, wrong, or missed a story that was there: by reason and kind of piece.
    pub joins: BTreeMap<(&'static str, &'static str, Deed), usize>,
    /// What was wrong and what was missed, in words.
    pub wrongs: Vec<String>,
    /// The hour of each piece's version that was read last.
    read: HashMap<usize, u32>,
}

impl<'n> Archive<'n> {
    /// An empty one.
    pub fn new(newsroom: &'n Newsroom, map: Map, judge: Judge) -> Archive<'n> {
        Archive {
            newsroom,
            map,
            judge,
            articles: Vec::new(),
            by_key: HashMap::new(),
            by_url: HashMap::new(),
            of_story: HashMap::new(),
            by_revision: HashMap::new(),
            stories: 0,
            known: Vec::new(),
            keys: HashMap::new(),
            named: HashMap::new(),
            tells: HashMap::new(),
            told: HashSet::new(),
            joins: BTreeMap::new(),
            wrongs: Vec::new(),
            read: HashMap::new(),
        }
    }

    /// Reads every feed as it is in an hour.
    pub fn read(&mut self, hour: u32) {
        for outlet in 0..OUTLETS.len() {
            let mut entries = self.newsroom.feed(outlet, hour);
            // What has not changed is not looked at again.
            entries.retain(|e| {
                let before = self.read.insert(e.piece.id, e.version.hour);
                before != Some(e.version.hour)
            });
            // What an address of two entries stands for is the first one's.
            let mut addresses = HashSet::new();
            entries.retain(|e| addresses.insert(canonical(&e.version.url)));
            let (known, new): (Vec<_>, Vec<_>) =
                entries.into_iter().partition(|e| self.find(e).is_some());
            for entry in known {
                self.again(entry);
            }
            self.anew(outlet, &new, hour);
        }
    }

    fn find(&self, entry: &Entry<'_>) -> Option<usize> {
        let outlet = entry.piece.outlet;
        let key = self.by_key.get(&(outlet, key(entry.version)));
        key.or_else(|| self.by_url.get(&(outlet, canonical(&entry.version.url))))
            .copied()
    }

    /// A known one: a changed text is a new revision.
    fn again(&mut self, entry: Entry<'n>) {
        let Some(n) = self.find(&entry) else {
            return;
        };
        self.by_key
            .insert((entry.piece.outlet, key(entry.version)), n);
        self.by_url
            .insert((entry.piece.outlet, canonical(&entry.version.url)), n);
        let last = self.articles[n].texts.last().map(|t| t.version);
        let (old, new) = (last.expect("a text"), entry.version);
        if (&old.headline, &old.summary, &old.body) != (&new.headline, &new.summary, &new.body) {
            self.keep(n, entry);
            if self.map == Map::Own {
                let known = known(&entry, self.articles[n].dated_ms);
                self.file(n, &known, &Weights::default());
                self.known[n] = known;
            }
        }
    }

    fn keep(&mut self, n: usize, entry: Entry<'n>) {
        let revision = RevisionId(self.by_revision.len() as i64 + 1);
        let at = self.articles[n].texts.len();
        self.by_revision.insert(revision, (n, at));
        self.articles[n].texts.push(Kept {
            revision,
            piece: entry.piece,
            version: entry.version,
            shingles: Shingles::of(&whole(entry.version)),
        });
    }

    fn anew(&mut self, outlet: usize, new: &[Entry<'n>], hour: u32) {
        let read_ms = hour_ms(hour);
        let dated = |e: &Entry<'_>| {
            e.piece
                .stated_ms
                .filter(|at| *at <= read_ms)
                .unwrap_or(read_ms)
        };
        let stories = match self.map {
            Map::True => new
                .iter()
                .map(|e| StoryId(e.piece.story as i64 + 1))
                .collect(),
            Map::Own => self.assigned(new, dated),
        };
        for (entry, story) in new.iter().zip(stories) {
            let n = self.articles.len();
            self.articles.push(Article {
                id: ArticleId(n as i64 + 1),
                story,
                texts: Vec::new(),
                outlet,
                dated_ms: dated(entry),
            });
            self.of_story.entry(story).or_default().push(n);
            self.by_key.insert((outlet, key(entry.version)), n);
            self.by_url
                .insert((outlet, canonical(&entry.version.url)), n);
            self.keep(n, *entry);
        }
    }

    fn assigned(&mut self, new: &[Entry<'n>], dated: impl Fn(&Entry<'_>) -> i64) -> Vec<StoryId> {
        if new.is_empty() {
            return Vec::new();
        }
        let fresh: Vec<Known> = new.iter().map(|e| known(e, dated(e))).collect();
        let mut weights = Weights::default();
        let mut lately: Vec<&Known> = self.known.iter().rev().take(600).collect();
        lately.sort_by_key(|k| std::cmp::Reverse(k.dated_ms()));
        let lately = lately.into_iter().take(150);
        lately.chain(&fresh).for_each(|k| weights.note(k.terms()));
        let recent = self.alike(&fresh, &weights).into_iter().map(|n| Recent {
            article: self.articles[n].id,
            story: self.articles[n].story,
            strand: self.articles[n].story,
            known: &self.known[n],
        });
        let recent: Vec<Recent<'_>> = recent.collect();
        let assigned = stories::assign(&fresh, &recent, &[], &weights);
        let before = self.stories;
        let story = |group| match group {
            Group::Known(story) => story,
            Group::Fresh(n) => StoryId(before + n as i64 + 1),
        };
        let stories: Vec<StoryId> = assigned.iter().map(|a| story(a.group)).collect();
        let most = stories.iter().map(|s| s.0).max().unwrap_or(before);
        self.stories = most.max(before);
        let joined = assigned.iter().zip(&stories).zip(new);
        for ((assigned, story), entry) in joined {
            self.judged(assigned.by, *story, entry);
        }
        for known in fresh {
            self.file(self.known.len(), &known, &weights);
            self.known.push(known);
        }
        stories
    }

    /// Counts a wrong join, and a missed one.
    fn judged(&mut self, by: JoinedBy, story: StoryId, entry: &Entry<'n>) {
        let truth = entry.piece.story;
        let told = self.tells.entry(story).or_insert(truth);
        let wrong = *told != truth;
        let known = self.told.contains(&truth);
        let what = match (by, wrong) {
            (JoinedBy::New, _) if known => "missed",
            (_, true) => "wrong",
            _ => "right",
        };
        let (deed, version) = (entry.piece.deed, entry.version);
        if what != "right" {
            self.wrongs.push(format!(
                "{what} by {by}: story {truth} in {story}, {deed:?} of {}: {} | {} | {}",
                OUTLETS[entry.piece.outlet].slug,
                version.headline,
                version.summary,
                version.body.as_deref().unwrap_or("-"),
            ));
        }
        *self.joins.entry((what, by.as_str(), deed)).or_default() += 1;
        self.told.insert(truth);
    }

    /// Files what is known of an article, as the store does it.
    fn file(&mut self, n: usize, known: &Known, weights: &Weights) {
        let all = known.copy_keys().into_iter();
        for key in all.chain(known.about_keys(weights)) {
            self.keys.entry(key).or_default().push(n);
        }
        let names = [known.page(), known.headline_key()];
        for name in names.into_iter().flatten() {
            self.named.entry(name.to_owned()).or_default().push(n);
        }
    }

    /// What is known that could be the same: by page, by headline within two days, and those with most
    /// keys in common, as the store looks them up.
    fn alike(&self, fresh: &[Known], weights: &Weights) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for known in fresh {
            let near = |n: &&usize, ms: i64| {
                let apart = self.known[**n].dated_ms().abs_diff(known.dated_ms());
                apart <= ms.unsigned_abs()
            };
            let page = known.page().and_then(|p| self.named.get(p));
            found.extend(page.into_iter().flatten());
            let key = known.headline_key().and_then(|k| self.named.get(k));
            let equal = key.into_iter().flatten();
            found.extend(equal.filter(|n| near(n, stories::SAME_HEADLINE_MS)));
            let most = |keys: Vec<u64>, least: usize| {
                let mut hits: HashMap<usize, usize> = HashMap::new();
                for key in keys {
                    let filed = self.keys.get(&key).into_iter().flatten().rev();
                    for n in filed.filter(|n| near(n, stories::WINDOW_MS)).take(32) {
                        *hits.entry(*n).or_default() += 1;
                    }
                }
                let mut hits: Vec<_> = hits.into_iter().filter(|h| h.1 >= least).collect();
                hits.sort_unstable_by_key(|(n, hits)| std::cmp::Reverse((*hits, *n)));
                hits.into_iter().take(16).map(|(n, _)| n)
            };
            found.extend(most(known.copy_queries(), 1));
            found.extend(most(known.about_keys(weights), 2));
        }
        found
    }

    /// What a wave may bring: articles dated after `from_ms` and not after `cutoff_ms`, and those of
    /// the named stories whatever their age.
    pub fn candidates(&self, from_ms: i64, cutoff_ms: i64, named: &[StoryId]) -> Vec<Candidate> {
        let within = |a: &&Article<'_>| {
            a.dated_ms <= cutoff_ms && (a.dated_ms > from_ms || named.contains(&a.story))
        };
        let articles = self.articles.iter().filter(within);
        articles.map(|a| self.candidate(a)).collect()
    }

    fn candidate(&self, article: &Article<'n>) -> Candidate {
        let text = article.texts.last().expect("a text");
        let truth = self.story(text.piece);
        let outlet = &OUTLETS[article.outlet];
        let of_story = &self.of_story[&article.story];
        let all = of_story.iter().flat_map(|n| {
            let texts = self.articles[*n].texts.iter();
            texts.map(|text| (self.articles[*n].outlet, text))
        });
        let mut all: Vec<(usize, &Kept<'n>)> = all.collect();
        all.sort_by_key(|(_, text)| text.revision);
        let kin = self.kin(text, &all);
        let outlets: BTreeSet<usize> = of_story.iter().map(|n| self.articles[*n].outlet).collect();
        let slug = |s: &&str| Slug::parse(s).expect("a slug");
        let topic = |(topic, weight): &(&'static str, u16)| TopicWeight {
            topic: slug(topic),
            weight: *weight,
        };
        let version = text.version;
        let told = version.body.as_ref().unwrap_or(&version.summary);
        let no_names: [&str; 0] = [];
        Candidate {
            headline: text.version.headline.clone(),
            dated_ms: article.dated_ms,
            topics: truth.topics.iter().map(topic).collect(),
            places: truth.places.iter().map(slug).collect(),
            quality: outlet.quality,
            author: text.piece.byline.to_lowercase(),
            language: Some(truth.language.to_owned()),
            original: !outlet.points,
            words: told.split_whitespace().count() as u32,
            sources: outlets.len() as u16,
            embargo_ms: (text.piece.id % 97 == 5).then_some(article.dated_ms + 30 * HOUR_MS),
            features: features(&version.headline, &version.summary, &no_names),
            kin,
            ..Candidate::of(
                article.id,
                text.revision,
                article.story,
                SourceId(article.outlet as i64 + 1),
            )
        }
    }

    fn kin(&self, text: &Kept<'n>, all: &[(usize, &Kept<'n>)]) -> Vec<Kin> {
        if self.judge == Judge::Texts {
            let story: Vec<news::Text<'_>> = all
                .iter()
                .map(|(outlet, text)| news::Text {
                    revision: text.revision,
                    source: SourceId(*outlet as i64 + 1),
                    shingles: &text.shingles,
                })
                .collect();
            let own = story.iter().find(|t| t.revision == text.revision);
            return own.map_or_else(Vec::new, |own| news::kin(own, &story));
        }
        let stages = &self.story(text.piece).stages;
        let told = &stages[text.version.stage].facts;
        let kin = all.iter().map(|(_, other)| {
            // Another story's text, where two were joined, has none of its facts.
            let known = match other.piece.story == text.piece.story {
                true => &stages[..=other.version.stage],
                false => &[],
            };
            let new = |f: &&_| !known.iter().any(|s| s.facts.contains(f));
            Kin {
                revision: other.revision,
                new: (told.iter().filter(new).count() * 1000 / told.len().max(1)) as u16,
            }
        });
        kin.collect()
    }

    fn story(&self, piece: &Piece) -> &'n Story {
        &self.newsroom.stories[piece.story]
    }

    /// The piece and the version that a text is of.
    pub fn text(&self, revision: RevisionId) -> &Kept<'n> {
        let (article, at) = self.by_revision[&revision];
        &self.articles[article].texts[at]
    }

    /// The story that an article tells in truth, by its place in [`Newsroom::stories`].
    pub fn truth(&self, article: ArticleId) -> usize {
        let kept = &self.articles[article.0 as usize - 1].texts[0];
        kept.piece.story
    }
}

fn known(entry: &Entry<'_>, dated_ms: i64) -> Known {
    let version = entry.version;
    Known::of(&Told {
        source: SourceId(entry.piece.outlet as i64 + 1),
        url: &CanonicalUrl::parse(&version.url, None).expect("a URL"),
        headline: &version.headline,
        summary: &version.summary,
        body: version.body.as_deref().unwrap_or_default(),
        dated_ms,
    })
}

fn key(version: &Version) -> String {
    version.key.clone().unwrap_or_else(|| version.url.clone())
}

/// An address as the product reads it.
pub fn canonical(url: &str) -> String {
    CanonicalUrl::parse(url, None)
        .expect("a URL")
        .as_str()
        .to_owned()
}

/// A text's words in one: headline, summary and body.
fn whole(version: &Version) -> String {
    let body = version.body.as_deref().unwrap_or_default();
    format!("{}\n{}\n{body}", version.headline, version.summary)
}
