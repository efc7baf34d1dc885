//! What may be brought, as an editor looks at it: one article a story, best first, with who else tells it,
//! how old it is, and what is decided about it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Press, PressError, Sheet};
use crate::domain::article::{Image, PrintedArticle};
use crate::domain::labels::Risk;
use crate::domain::selection::{Candidate, Decisions, Pick, Verdict};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Timestamp, from_ms};
use crate::domain::web_link::leads_nowhere;
use crate::domain::{ArticleId, RevisionId, SourceId, StoryId, SubscriptionId};
use crate::press::{Asking, reader};

/// Stories that are shown, beside those that editors named.
const SHOWN: usize = 60;

/// A story on the desk, by the article that stands for it.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// The article.
    pub article: ArticleId,
    /// Its text in force.
    pub revision: RevisionId,
    /// The story.
    pub story: StoryId,
    /// Its source.
    pub source: SourceId,
    /// The source's name; empty where nobody gave it one.
    pub source_name: String,
    /// Plain text.
    pub headline: String,
    /// Plain text; may be empty.
    pub summary: String,
    /// From when its age counts.
    pub dated: Timestamp,
    /// Sources that tell it, at least 1.
    pub outlets: u16,
    /// Its topics, the strongest first.
    pub topics: Vec<Slug>,
    /// Where it is read; none where nobody knows.
    pub link: Option<String>,
    /// The picture that letters show of it.
    pub picture: Option<Image>,
    /// What makes it a risk beside an advertisement.
    pub risk: Risk,
    /// Its place in the digest of a reader without wishes, from 1.
    pub general: Option<usize>,
    /// Why nobody gets it, whatever they follow.
    pub kept_out: Option<Verdict>,
}

impl Proposed {
    /// What letters put it under where its reader follows it.
    pub fn topic(&self) -> Option<&Slug> {
        self.topics.first()
    }
}

impl Press {
    /// The stories of a sheet: the digest of a reader without wishes in its order, then by worth; what
    /// editors named and nobody gets is in it, with the reason.
    pub(super) async fn proposed(&self, sheet: &Sheet) -> Result<Vec<Proposed>, PressError> {
        let inputs = &sheet.ahead.inputs;
        let settings = &sheet.list.settings;
        let rules = &inputs.rules;
        let look = (Length::Long, settings.language.as_str());
        let nobody = Asking {
            subscription: SubscriptionId(0),
            language: &settings.language,
            length: Length::Long,
            images: true,
            reader: reader(&Interests::default(), look, rules, Vec::new()),
        };
        let selection = self.makeup(inputs, sheet.run).await?.selection(&nobody);
        let known = inputs.candidates.iter().map(|c| (c.article, c));
        let known: BTreeMap<ArticleId, &Candidate> = known.collect();
        let mut ranked: Vec<(u64, ArticleId)> = selection
            .scores
            .iter()
            .map(|(article, score)| (score.total, *article))
            .collect();
        ranked.sort_by_key(|(total, article)| (std::cmp::Reverse(*total), *article));
        let mut stories = BTreeSet::new();
        let mut order: Vec<&Candidate> = Vec::new();
        let picked = selection.picks.iter().map(|pick| pick.article);
        let stands = |article: &ArticleId| {
            let verdict = selection.verdicts.get(article);
            !matches!(verdict, Some(Verdict::SameStory { .. }))
        };
        let rest = ranked.iter().map(|(_, article)| *article).filter(stands);
        for article in picked.chain(rest) {
            let Some(candidate) = known.get(&article) else {
                continue;
            };
            if order.len() < SHOWN && stories.insert(candidate.story) {
                order.push(candidate);
            }
        }
        for story in named(&rules.decisions) {
            let own = inputs.candidates.iter().filter(|c| c.story == story);
            let best = own.max_by_key(|c| rules.decisions.named.get(&story) == Some(&c.article));
            if let Some(candidate) = best
                && stories.insert(story)
            {
                order.push(candidate);
            }
        }
        let revisions: Vec<RevisionId> = order.iter().map(|c| c.revision).collect();
        let texts = self.store.revisions(&revisions).await?;
        let url = &inputs.sender.public_url;
        let shown = |candidate: &&Candidate| {
            let text = texts.get(&candidate.revision)?;
            let verdict = selection.verdicts.get(&candidate.article);
            Some(one((candidate, text), url, &selection.picks, verdict))
        };
        Ok(order.iter().filter_map(shown).collect())
    }
}

/// The stories that editors named, in no order that matters.
fn named(decisions: &Decisions) -> Vec<StoryId> {
    let lists = decisions.lead.iter().chain(&decisions.pins);
    let lists = lists.chain(&decisions.also).chain(decisions.bans.keys());
    let lists = lists.chain(decisions.boosts.keys());
    let lists = lists.chain(decisions.places.keys());
    lists.chain(decisions.images.keys()).copied().collect()
}

fn one(
    (candidate, text): (&Candidate, &PrintedArticle),
    public_url: &str,
    picks: &[Pick],
    verdict: Option<&Verdict>,
) -> Proposed {
    let mut topics: Vec<_> = candidate.topics.iter().collect();
    topics.sort_by_key(|t| std::cmp::Reverse(t.weight));
    let link = text.url.at(text.fragment.as_deref());
    let general = picks.iter().position(|p| p.story == candidate.story);
    let closed = |verdict: &&Verdict| {
        use Verdict::{AfterCutoff, Banned, Embargoed, OtherLanguage, Settling, TooOld, Withdrawn};
        matches!(
            verdict,
            Withdrawn
                | Banned { .. }
                | TooOld
                | Embargoed { .. }
                | Settling { .. }
                | OtherLanguage { .. }
                | AfterCutoff
        )
    };
    Proposed {
        article: candidate.article,
        revision: candidate.revision,
        story: candidate.story,
        source: candidate.source,
        source_name: text.source_name.clone(),
        headline: text.text.headline.clone(),
        summary: text.text.summary.clone(),
        dated: from_ms(candidate.dated_ms),
        outlets: candidate.sources.max(1),
        topics: topics.iter().map(|t| t.topic.clone()).collect(),
        link: (!leads_nowhere(&link)).then_some(link),
        picture: candidate
            .picture
            .image(text.text.image.as_ref(), public_url),
        risk: candidate.risk.clone(),
        general: general.map(|at| at + 1),
        kept_out: verdict.filter(closed).cloned(),
    }
}
