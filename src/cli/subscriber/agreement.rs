//! What an export tells of somebody's consent, so that an import reads the same out of it.

use crate::domain::time::format_rfc3339;
use crate::import::arrival;
use crate::store::history::Agreed;

/// What is told of somebody's consent: when they confirmed, else when they agreed in another way, and
/// by which.
#[derive(Default)]
pub struct Agreement {
    /// RFC 3339.
    pub confirmed_at: Option<String>,
    /// RFC 3339.
    pub consented_at: Option<String>,
    /// Somebody's words, else the way.
    pub note: String,
}

impl Agreement {
    /// Of the newest receipt.
    pub fn of(agreed: Option<&Agreed>) -> Agreement {
        let Some(agreed) = agreed else {
            return Agreement::default();
        };
        let at = Some(format_rfc3339(agreed.at));
        let confirmed = matches!(agreed.how.as_str(), "confirmed" | arrival::CONFIRMED);
        let (confirmed_at, consented_at) = match confirmed {
            true => (at, None),
            false => (None, at),
        };
        let without_words = agreed.note.is_empty() && !confirmed && agreed.how != arrival::BY;
        Agreement {
            confirmed_at,
            consented_at,
            note: match without_words {
                true => agreed.how.clone(),
                false => agreed.note.clone(),
            },
        }
    }
}
