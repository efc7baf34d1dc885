//! DKIM key records in DNS (RFC 6376 §3.6.1) against the keys that sign here.

use super::{ExpectedKey, Finding, Query, Records, Signing, shown, tag, tags, texts, unanswered};

/// `from` is a From domain, for the command that makes keys.
pub(super) fn examine(
    signing: &Signing,
    from: Option<&str>,
    records: &Records,
) -> Result<Vec<Finding>, Query> {
    match signing {
        Signing::Own { keys, .. } => keys.iter().map(|k| one(k, records)).collect(),
        Signing::Relay => Ok(vec![Finding::hint(
            "smtp.relay_signs",
            "the relay signs, and under which name is not known here",
            "`courant edition send LIST --test ADDRESS`, and look at the source of the letter: the \
             `h=` of its DKIM-Signature must name List-Unsubscribe and List-Unsubscribe-Post",
        )]),
        Signing::Unknown => Ok(Vec::new()),
        Signing::Nobody => Ok(vec![Finding::problem(
            "dkim.domain",
            "nobody signs the letters (DKIM): Gmail, Yahoo and Outlook refuse bulk mail without \
             it, and one-click unsubscribe is left out",
            format!(
                "`courant dkim keygen --domain {}` makes the keys; where the relay signs, set \
                 smtp.relay_signs = true",
                from.unwrap_or("DOMAIN")
            ),
        )]),
    }
}

fn one(key: &ExpectedKey, records: &Records) -> Result<Finding, Query> {
    let name = key.name.as_str();
    let publish = format!("publish: {}", key.zone_line);
    let texts = match texts(records, name)? {
        Ok(texts) => texts,
        Err(words) => return Ok(unanswered(name, "the DKIM key", words)),
    };
    let found = match texts {
        [] => {
            return Ok(Finding::problem(
                name,
                "the DKIM key is not published",
                publish,
            ));
        }
        [found] => found,
        _ => {
            let words = format!(
                "{} TXT records where one DKIM key may stand: receivers take any of them",
                texts.len()
            );
            return Ok(Finding::problem(
                name,
                words,
                format!("keep one: {}", key.zone_line),
            ));
        }
    };
    Ok(match fault(found, &key.value) {
        Some(words) => Finding::problem(name, words, publish),
        None if flags(found).any(|f| f == "y") => Finding::hint(
            name,
            "the DKIM key is the one that signs, but says that it is tried out (`t=y`): receivers \
             may treat its letters as unsigned",
            publish,
        ),
        None => Finding::ok(name, "the DKIM key is the one that signs"),
    })
}

/// What is wrong with a record, if it is to verify what `expected` signs.
fn fault(found: &str, expected: &str) -> Option<String> {
    let (have, want) = (tags(found), tags(expected));
    let plain = |text: Option<&str>| -> String {
        let text = text.unwrap_or_default();
        text.chars().filter(|c| !c.is_whitespace()).collect()
    };
    let Some(p) = tag(&have, "p") else {
        return Some(format!("this is no DKIM key: `{}`", shown(found)));
    };
    if tag(&have, "v").is_some_and(|v| v != "DKIM1") {
        return Some("the DKIM key record does not say `v=DKIM1`".to_owned());
    }
    if p.is_empty() {
        return Some("the DKIM key is revoked (`p=` is empty)".to_owned());
    }
    let kind = |tags| tag(tags, "k").unwrap_or("rsa").to_ascii_lowercase();
    if kind(&have) != kind(&want) {
        return Some(format!("the DKIM key is of kind `{}`", shown(&kind(&have))));
    }
    if plain(Some(p)) != plain(tag(&want, "p")) {
        return Some("the DKIM key is another one than signs here".to_owned());
    }
    let lists = |name: &str, word: &str| {
        let value = tag(&have, name)?;
        let mut words = value.split(':').map(str::trim);
        (!words.any(|w| w == word || w == "*")).then(|| format!("the DKIM key is not for {word}"))
    };
    lists("h", "sha256").or_else(|| lists("s", "email"))
}

fn flags(found: &str) -> impl Iterator<Item = String> {
    let flags = tag(&tags(found), "t").unwrap_or_default().to_owned();
    let flags: Vec<String> = flags.split(':').map(|f| f.trim().to_owned()).collect();
    flags.into_iter()
}
