//! Where mail to a domain goes: MX (RFC 5321 §5.1), null MX (RFC 7505), or nowhere.

use super::{Answer, Finding, Kind, Query, Records, ask, shown, unanswered};

/// What becomes of mail to a domain.
enum Delivery {
    /// To this host, which has an address.
    Host(String),
    /// No MX, but the name itself has an address.
    Implicit,
    /// The MX names a host that has no address.
    Dangling(String),
    /// It says that it takes none.
    Null,
    /// No MX and no address.
    Nowhere,
    /// DNS gave no answer.
    Unknown(String),
}

fn delivery(domain: &str, records: &Records) -> Result<Delivery, Query> {
    let exchanges = match ask(records, domain, Kind::Mx)? {
        Answer::Mx(exchanges) => exchanges.as_slice(),
        Answer::Failed(words) => return Ok(Delivery::Unknown(words.clone())),
        Answer::Txt(_) | Answer::Address(_) => &[],
    };
    let Some((_, host)) = exchanges.first() else {
        return Ok(match ask(records, domain, Kind::Address)? {
            Answer::Failed(words) => Delivery::Unknown(words.clone()),
            Answer::Address(found) if !found.is_empty() => Delivery::Implicit,
            _ => Delivery::Nowhere,
        });
    };
    if host.is_empty() {
        return Ok(Delivery::Null);
    }
    Ok(match ask(records, host, Kind::Address)? {
        Answer::Failed(words) => Delivery::Unknown(words.clone()),
        Answer::Address(found) if found.is_empty() => Delivery::Dangling(host.clone()),
        _ => Delivery::Host(host.clone()),
    })
}

fn finding(domain: &str, of: &str, host: &str, delivery: Delivery) -> Finding {
    let record = format!("publish: {domain}. IN MX 10 {host}.");
    match delivery {
        Delivery::Host(host) => {
            Finding::ok(domain, format!("mail to {of} goes to {}", shown(&host)))
        }
        Delivery::Implicit => Finding::hint(
            domain,
            format!("mail to {of} goes to the domain's own address, without an MX record"),
            record,
        ),
        Delivery::Dangling(host) => Finding::problem(
            domain,
            format!(
                "mail to {of} goes to {}, which has no address",
                shown(&host)
            ),
            format!("give that host an A or AAAA record, or {record}"),
        ),
        Delivery::Null => Finding::problem(
            domain,
            format!("{of} takes no mail: its MX record is null (RFC 7505)"),
            record,
        ),
        Delivery::Nowhere => Finding::problem(
            domain,
            format!("mail to {of} goes nowhere: no MX record and no address"),
            record,
        ),
        Delivery::Unknown(words) => unanswered(domain, "the MX record", &words),
    }
}

/// Whether a domain of From or Reply-To can be answered.
pub(super) fn receives(domain: &str, records: &Records) -> Result<Finding, Query> {
    let host = format!("mail.{domain}");
    let delivery = delivery(domain, records)?;
    Ok(finding(domain, &format!("`{domain}`"), &host, delivery))
}

/// Whether bounces come back. `others` are the domains that take answers: their mail host is the
/// best guess for the record to publish.
pub(super) fn bounces(domain: &str, others: &[&str], records: &Records) -> Result<Finding, Query> {
    let mut host = format!("mail.{domain}");
    for other in others.iter().filter(|o| **o != domain) {
        if let Delivery::Host(known) = delivery(other, records)? {
            host = known;
            break;
        }
    }
    let of = format!("the bounce domain `{domain}`");
    Ok(finding(domain, &of, &host, delivery(domain, records)?))
}

/// Where bounces have no domain of their own.
pub(super) fn no_bounces(from: &str) -> Finding {
    Finding::hint(
        "bounce.domain",
        "bounces go to the From addresses, and nobody can tell whose letter came back",
        format!(
            "set bounce.domain to a domain below the From domain, such as bounce.{from}, whose \
             mail comes to you"
        ),
    )
}
