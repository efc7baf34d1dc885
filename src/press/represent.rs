//! Which article stands for a story in a list's next digests, and what decided it.

use super::freeze::{HOUR_MS, rules};
use super::{Press, PressError};
use crate::domain::edition::{Edition, in_force};
use crate::domain::list::List;
use crate::domain::time::{Timestamp, from_ms};
use crate::domain::{ArticleId, StoryId};
use crate::select::{Precedence, Stock};

impl Press {
    /// The article that a wave of an edition would take for a story if it froze at an instant; none
    /// where it may take none. Changes nothing.
    pub async fn represented(
        &self,
        list: &List,
        edition: Option<&Edition>,
        story: StoryId,
        as_of: Timestamp,
    ) -> Result<Option<(ArticleId, Precedence)>, PressError> {
        let decisions = match edition {
            Some(edition) => in_force(&self.store.decisions(edition.id).await?),
            None => Default::default(),
        };
        let wanted = decisions.lead == Some(story) || decisions.pins.contains(&story);
        let settings = &list.settings;
        let reach = HOUR_MS * i64::from(settings.window_hours + settings.carry_hours);
        let from = from_ms(as_of.as_millisecond() - 2 * reach);
        let mut candidates = match wanted {
            true => self.store.candidates_of(&[story], list.id, as_of).await?,
            false => self.store.candidates(list.id, from, as_of).await?,
        };
        candidates.retain(|c| c.story == story);
        self.kin(&mut candidates, as_of).await?;
        let rules = rules(settings, as_of.as_millisecond(), decisions);
        Ok(Stock::new(&candidates, &rules).represented(story))
    }
}
