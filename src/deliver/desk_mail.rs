//! Mail to a list's editors: an edition is open, with one link to its page; and, where it waits for an
//! approval, what happens without one, as its time comes near.

use super::notice::{NoticeError, Notices, SystemMail, send_system};
use crate::domain::EditionId;
use crate::domain::edition::{Approval, EditionState};
use crate::domain::editor::{Act, Editor};
use crate::domain::list::{Cadence, List};
use crate::domain::time::{Occurrence, Timestamp};
use crate::store::desk::DeskMail;

/// Sends what is due; returns how many mails left. An edition is due at its list's own time; readers in
/// other zones have theirs.
///
/// # Errors
/// The store's, or the last relay's: then what was claimed is not tried again.
pub async fn send_due(
    notices: &Notices,
    public_url: &str,
    now: Timestamp,
) -> Result<usize, NoticeError> {
    let editors = notices.store.editors().await?;
    if editors.is_empty() {
        return Ok(0);
    }
    let mut sent = 0;
    for list in notices.store.lists().await? {
        let own = editors.iter().filter(|e| e.disabled.is_none());
        let own: Vec<&Editor> = own.filter(|e| e.may(list.id, Act::Curate)).collect();
        let incomplete = !list.settings.missing_for_sending().is_empty();
        if own.is_empty() || incomplete || list.settings.desk_minutes == 0 {
            continue;
        }
        for cadence in notices.store.cadences(list.id).await? {
            let next = cadence.next_after(now, &list.settings.home_zone, None);
            let opens = i64::from(list.settings.desk_minutes);
            if let Some(next) = next.filter(|n| minutes(n, now) <= opens) {
                let about = About {
                    list: &list,
                    cadence: &cadence,
                    next: &next,
                    public_url,
                };
                sent += tell(notices, &about, &own, now).await?;
            }
        }
    }
    Ok(sent)
}

/// Minutes until an occurrence, begun ones counted.
fn minutes(next: &Occurrence, now: Timestamp) -> i64 {
    let ms = next.at.as_millisecond() - now.as_millisecond();
    (ms + 59_999).div_euclid(60_000)
}

struct About<'a> {
    list: &'a List,
    cadence: &'a Cadence,
    next: &'a Occurrence,
    public_url: &'a str,
}

async fn tell(
    notices: &Notices,
    about: &About<'_>,
    editors: &[&Editor],
    now: Timestamp,
) -> Result<usize, NoticeError> {
    let (list, run) = (about.list, &about.next.run);
    let edition = notices
        .store
        .edition_open(list.id, about.cadence.id, run, now)
        .await?;
    if edition.state == EditionState::Cancelled {
        return Ok(0);
    }
    let waits = list.settings.approval == Approval::Hold
        && !notices.store.edition_cleared(edition.id).await?;
    let left = minutes(about.next, now);
    let mut due = None;
    if waits {
        for minutes in DeskMail::REMIND.into_iter().filter(|m| left <= *m) {
            let mail = DeskMail::Remind(minutes);
            // Of several that were missed, the nearest one alone is sent.
            if notices.store.desk_mail_claim(edition.id, mail, now).await? {
                due = Some(mail);
            }
        }
    }
    if notices
        .store
        .desk_mail_claim(edition.id, DeskMail::Open, now)
        .await?
    {
        due = Some(DeskMail::Open);
    }
    let (Some(mail), Some(from)) = (due, &list.settings.sender_address) else {
        return Ok(0);
    };
    let (subject, body) = words(about, mail, (left, waits));
    for (n, editor) in editors.iter().enumerate() {
        let mail = SystemMail {
            name: list.settings.sender_display(),
            from,
            to: &editor.address,
            subject: &subject,
            body: &body,
            id: &id(edition.id, n, now),
        };
        send_system(notices, &mail, now).await?;
    }
    Ok(editors.len())
}

fn id(edition: EditionId, n: usize, now: Timestamp) -> String {
    format!("desk-{edition}-{}-{n}", now.as_millisecond())
}

fn words(about: &About<'_>, mail: DeskMail, (left, waits): (i64, bool)) -> (String, String) {
    let (list, run) = (about.list, &about.next.run);
    let name = format!("{}, {} {run}", list.display_name(), about.cadence.name);
    let zone = &list.settings.home_zone;
    let at = zone.tz().to_datetime(about.next.at).strftime("%H:%M");
    let subject = match mail {
        DeskMail::Open => format!(
            "[{}] open: {} {run}, due at {at}",
            list.slug, about.cadence.name
        ),
        DeskMail::Remind(_) => {
            let issue = format!("{} {run}", about.cadence.name);
            format!(
                "[{}] {left} min left, and nobody approved {issue}",
                list.slug
            )
        }
    };
    let without = match waits {
        true => "Without an approval none of its letters leaves.",
        false => "If nobody comes, it leaves by itself as the machine made it.",
    };
    let url = about.public_url;
    let path = format!("{url}/desk/{}/{}/{run}", list.slug, about.cadence.name);
    let body = format!(
        "{name} is open. Its first letters are due at {at} ({zone}), in {left} minutes.\n\n\
         Look at it, mend it, let it go:\n    {path}\n\n{without}\n"
    );
    (subject, body)
}
