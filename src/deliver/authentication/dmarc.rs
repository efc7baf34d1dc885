//! The DMARC policy of a From domain (RFC 9989), found by walking up the tree of names, and whether
//! what signs and what takes bounces is aligned with it.

use super::{Finding, Query, Records, Signing, shown, tag, tags, texts, unanswered};
use crate::deliver::alignment::within;

/// Names that are asked on the way up (RFC 9989 §4.10).
const STEPS: usize = 8;

/// A record, and the domain below whose `_dmarc` it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Policy {
    domain: String,
    tags: Vec<(String, String)>,
    text: String,
}

impl Policy {
    fn tag(&self, name: &str) -> Option<&str> {
        tag(&self.tags, name)
    }

    fn strict(&self, name: &str) -> bool {
        self.tag(name).is_some_and(|v| v.eq_ignore_ascii_case("s"))
    }

    fn public_suffix(&self, word: &str) -> bool {
        self.tag("psd")
            .is_some_and(|v| v.eq_ignore_ascii_case(word))
    }
}

/// What a walk found, from the longest name to the shortest.
struct Tree {
    policies: Vec<Policy>,
    /// Where more than one record stood, which counts as none.
    doubled: Option<String>,
    /// Where there was no answer, and why.
    failed: Option<(String, String)>,
}

/// The names that are asked, the domain itself first: of a very long one, the last seven labels
/// come next (§4.10).
fn names(domain: &str) -> Vec<&str> {
    let mut names = vec![domain];
    let mut rest = domain;
    let labels = domain.split('.').count();
    if labels > STEPS {
        let skipped = domain.split('.').take(labels - STEPS + 1);
        let octets: usize = skipped.map(|l| l.len() + 1).sum();
        rest = &domain[octets..];
        names.push(rest);
    }
    while let Some((_, parent)) = rest.split_once('.') {
        names.push(parent);
        rest = parent;
    }
    names
}

fn walk(domain: &str, records: &Records) -> Result<Tree, Query> {
    let mut tree = Tree {
        policies: Vec::new(),
        doubled: None,
        failed: None,
    };
    for name in names(domain) {
        let place = format!("_dmarc.{name}");
        let texts = match texts(records, &place)? {
            Ok(texts) => texts,
            Err(words) => {
                tree.failed.get_or_insert((place, words.to_owned()));
                continue;
            }
        };
        // The version comes first, in this very spelling (§4.7).
        let is_policy = |t: &&String| {
            t.split(';').next().is_some_and(|v| {
                v.split_once('=')
                    .is_some_and(|(n, v)| n.trim() == "v" && v.trim() == "DMARC1")
            })
        };
        let found: Vec<&String> = texts.iter().filter(is_policy).collect();
        match found.as_slice() {
            [] => {}
            [text] => {
                let policy = Policy {
                    domain: name.to_owned(),
                    tags: tags(text),
                    text: (*text).clone(),
                };
                let ends = policy.public_suffix("n") || policy.public_suffix("y");
                tree.policies.push(policy);
                if ends {
                    break;
                }
            }
            _ => {
                tree.doubled.get_or_insert(place);
            }
        }
    }
    Ok(tree)
}

/// The organizational domain (§4.10.2).
fn organization<'d>(domain: &'d str, tree: &'d Tree) -> &'d str {
    for policy in &tree.policies {
        if policy.public_suffix("n") {
            return &policy.domain;
        }
        if policy.public_suffix("y") && policy.domain != domain {
            // One label below the suffix.
            let below = domain.len() - policy.domain.len() - 1;
            let label = domain[..below].rsplit('.').next().unwrap_or_default();
            return &domain[below - label.len()..];
        }
    }
    tree.policies.last().map_or(domain, |p| &p.domain)
}

pub(super) fn examine(
    from: &str,
    envelope: &str,
    signing: &Signing,
    records: &Records,
) -> Result<Vec<Finding>, Query> {
    let tree = walk(from, records)?;
    let own = tree.policies.iter().find(|p| p.domain == from);
    let organization = organization(from, &tree).to_owned();
    let above = || tree.policies.iter().find(|p| p.domain == organization);
    let place = format!("_dmarc.{from}");
    // A record there is the organization's, so that what signs is of the same one.
    let base = match signing {
        Signing::Own { domain, .. } if within(from, domain) => domain.as_str(),
        _ => from,
    };
    let publish = format!(
        "publish: _dmarc.{base}. IN TXT \"v=DMARC1; p=none; rua=mailto:postmaster@{base}\""
    );
    let mut found = Vec::new();
    if let Some(doubled) = &tree.doubled {
        found.push(Finding::problem(
            doubled,
            "more than one DMARC record: receivers take none of them",
            "keep one of them",
        ));
    }
    let policy = own.or_else(above);
    match (policy, &tree.failed) {
        (Some(policy), _) => found.push(stated(policy, policy.domain == from)),
        (None, Some((place, words))) => found.push(unanswered(place, "DMARC", words)),
        (None, None) if tree.doubled.is_some() => {}
        (None, None) => found.push(Finding::problem(
            place,
            "no DMARC record: Gmail, Yahoo and Outlook want one of everybody who sends in bulk",
            publish,
        )),
    }
    let aligned = Alignment {
        from,
        organization: match policy {
            Some(_) => &organization,
            None => base,
        },
        policy,
        records,
    };
    found.extend(aligned.judge(envelope, signing)?);
    Ok(found)
}

/// What a record says.
fn stated(policy: &Policy, own: bool) -> Finding {
    let place = format!("_dmarc.{}", policy.domain);
    let wanted = match own {
        true => policy.tag("p"),
        false => policy.tag("sp").or(policy.tag("p")),
    };
    let has_reports = policy.tag("rua").is_some_and(|r| !r.is_empty());
    let publish = |text: &str| format!("publish: {place}. IN TXT \"{text}\"");
    let word = wanted.unwrap_or_default().to_ascii_lowercase();
    let known = matches!(word.as_str(), "none" | "quarantine" | "reject");
    if !known && !has_reports {
        // §4.7: with rua it would count as `none`.
        return Finding::problem(
            &place,
            format!(
                "the DMARC record states no policy, so receivers take it for none: `{}`",
                shown(&policy.text)
            ),
            publish("v=DMARC1; p=none"),
        );
    }
    if !has_reports {
        return Finding::hint(
            &place,
            format!("DMARC says `{word}`, and nobody is sent the reports"),
            publish(&format!(
                "{}; rua=mailto:postmaster@{}",
                shown(policy.text.trim_end_matches([';', ' '])),
                policy.domain
            )),
        );
    }
    let word = if known { word.as_str() } else { "none" };
    Finding::ok(&place, format!("DMARC says `{word}`"))
}

struct Alignment<'a> {
    from: &'a str,
    /// Without a policy, what it will be once the record is published.
    organization: &'a str,
    policy: Option<&'a Policy>,
    records: &'a Records,
}

impl Alignment<'_> {
    /// Whether a domain is aligned with From (§4.4): the same, or of the same organization unless
    /// the policy is strict.
    fn holds(&self, domain: &str, strict: bool) -> Result<bool, Query> {
        if domain == self.from {
            return Ok(true);
        }
        if strict {
            return Ok(false);
        }
        if self.policy.is_none() {
            return Ok(within(domain, self.organization));
        }
        let tree = walk(domain, self.records)?;
        Ok(organization(domain, &tree) == self.organization)
    }

    fn judge(&self, envelope: &str, signing: &Signing) -> Result<Vec<Finding>, Query> {
        let from = self.from;
        let strict = |tag| self.policy.is_some_and(|p| p.strict(tag));
        let (strict_spf, strict_dkim) = (strict("aspf"), strict("adkim"));
        let spf = self.holds(envelope, strict_spf)?;
        let because = |strict: bool, tag: &str| match strict {
            true => format!(", and the DMARC record is strict (`{tag}=s`)"),
            false => String::new(),
        };
        let mut found = Vec::new();
        let (signer, dkim) = match signing {
            Signing::Own { domain, .. } => (domain.as_str(), self.holds(domain, strict_dkim)?),
            Signing::Relay | Signing::Nobody | Signing::Unknown => ("", false),
        };
        if !dkim && !signer.is_empty() {
            found.push(Finding::problem(
                from,
                format!(
                    "what signs, `{signer}`, is not aligned with From `{from}`{}",
                    because(strict_dkim, "adkim")
                ),
                format!("set dkim.domain to `{from}` and publish what `courant dkim dns` prints"),
            ));
        }
        if !spf {
            let words = format!(
                "the envelope sender, `{envelope}`, is not aligned with From `{from}`{}",
                because(strict_spf, "aspf")
            );
            let hint = match strict_spf {
                true => format!("set bounce.domain to `{from}`, or publish `aspf=r`"),
                false => format!("set bounce.domain to a domain below `{from}`"),
            };
            found.push(match dkim {
                true => Finding::hint(from, words, hint),
                false => Finding::problem(from, words, hint),
            });
        }
        if found.is_empty() {
            let what = match (dkim, spf) {
                (true, true) => "what signs and the envelope sender are",
                (true, false) => "what signs is",
                _ => "the envelope sender is",
            };
            found.push(Finding::ok(
                from,
                format!("{what} aligned with From `{from}`"),
            ));
        }
        Ok(found)
    }
}
