//! What one reader gets in the days that were tried out.

use serde::Serialize;

use crate::cli::edition::which::shown;
use crate::cli::{Failure, show, typed};
use crate::domain::time::{Timestamp, Zone, format_rfc3339};
use crate::domain::{ArticleId, SubscriptionId, WaveId};
use crate::press::Press;
use crate::press::rehearse::Played;

/// What one reader gets of a wave.
#[derive(Serialize)]
pub(super) struct Own {
    run: String,
    due: String,
    not_before: Option<String>,
    stories: Vec<(ArticleId, String)>,
    skip: Option<String>,
    /// Their next digest came before it might leave.
    pub(super) overtaken: bool,
    #[serde(skip)]
    due_at: Timestamp,
    #[serde(skip)]
    pub(super) wave: WaveId,
}

/// What a reader gets of a wave, if they are in it.
pub(super) async fn of(
    press: &Press,
    played: &Played,
    who: SubscriptionId,
) -> Result<Option<Own>, Failure> {
    let store = &press.store;
    let wave = &played.wave;
    let mut own = Own {
        run: format!("{} {}", played.cadence, played.run),
        due: format_rfc3339(wave.due_at),
        not_before: None,
        stories: Vec::new(),
        skip: None,
        overtaken: false,
        due_at: wave.due_at,
        wave: wave.id,
    };
    if let Some(digest) = store.digest_of(wave.edition, who).await?
        && digest.wave == wave.id
    {
        for pick in &digest.picks {
            let headline = store.article(pick.article).await?.text.headline;
            own.stories.push((pick.article, headline));
        }
        let subscription = store.subscription(who).await?;
        if let Some((person, _)) = subscription {
            let before = crate::domain::SubscriberId(person.id.0 - 1);
            let rows = store.deliveries(wave.edition, before, 1).await?;
            let row = rows.into_iter().find(|d| d.subscription == who);
            own.not_before = row.map(|d| format_rfc3339(d.not_before));
        }
        return Ok(Some(own));
    }
    match store.skip_of(wave.edition, who).await? {
        Some(skipped) if skipped.wave == wave.id => {
            own.skip = Some(skipped.why.to_string());
            Ok(Some(own))
        }
        _ => Ok(None),
    }
}

/// Prints one reader's days.
pub(super) fn print(letters: &[Own], zone: &Zone) -> Result<(), Failure> {
    let cells = |o: &Own| {
        let first = o.stories.first().map(|(_, headline)| headline.as_str());
        vec![
            shown(o.due_at, zone),
            o.run.clone(),
            match &o.skip {
                None if o.overtaken => "overtaken by the next one, not sent".to_owned(),
                Some(skip) => format!("none: {}", skip.replace('_', " ")),
                None => show::count(i64::try_from(o.stories.len()).unwrap_or(0), "pick"),
            },
            typed::short(first.unwrap_or("-"), 60),
        ]
    };
    show::table(
        &["due", "run", "digest", "opens with"],
        letters.iter().map(cells).collect(),
        "nothing is due for them in these days",
    )
}
