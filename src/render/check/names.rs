//! Every name that a template may use, as a list for authors: out of the same table that the check
//! reads.

use serde::Serialize;

use super::schema::{Field, Kind, LETTER, LOOP, There, VARIANT};
use crate::render::engine::{FILTERS, FUNCTIONS, TESTS};

/// One name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Name {
    /// As templates write it.
    pub name: String,
    /// What it is: `text`, `number`, `one of …`.
    pub kind: String,
    /// When it is there, and what may be done with it.
    pub when: String,
    /// What it means.
    pub meaning: String,
}

/// Every name: those of the letter, of a block, of `loop` and `variant`, then filters, tests and
/// functions.
pub fn names() -> Vec<Name> {
    let mut found = Vec::new();
    add(LETTER, "", &mut found);
    add(LOOP, "loop", &mut found);
    found.extend(VARIANT.iter().map(|(name, kind, meaning)| Name {
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        when: "in `[[ ]]` and `[% %]`".to_owned(),
        meaning: (*meaning).to_owned(),
    }));
    for (all, kind, form) in [
        (FILTERS, "filter", "{{ x | NAME }}"),
        (TESTS, "test", "{% if x is NAME %}"),
        (FUNCTIONS, "function", "{{ NAME() }}"),
    ] {
        found.extend(all.iter().map(|name| Name {
            name: (*name).to_owned(),
            kind: kind.to_owned(),
            when: "always".to_owned(),
            meaning: format!("`{}`", form.replace("NAME", name)),
        }));
    }
    found
}

fn add(kind: &Kind, within: &str, found: &mut Vec<Name>) {
    let Kind::Record(fields) = kind else {
        return;
    };
    for field in *fields {
        let name = match within {
            "" => field.name.to_owned(),
            within => format!("{within}.{}", field.name),
        };
        found.push(Name {
            kind: shown(field.kind),
            when: when(field),
            meaning: field.meaning.to_owned(),
            name: name.clone(),
        });
        match field.kind {
            Kind::Record(_) => add(field.kind, &name, found),
            // `{% for block in blocks %}`.
            Kind::List(inner) => add(inner, name.trim_end_matches('s'), found),
            _ => {}
        }
    }
}

fn shown(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::OneOf(words) => format!("one of {}", words.join(", ")),
        Kind::Record(_) => "parts, below".to_owned(),
        Kind::List(Kind::Record(_)) => "list of parts, below".to_owned(),
        Kind::List(_) => "list of texts".to_owned(),
        Kind::Words => "texts by name".to_owned(),
    }
}

fn when(field: &Field) -> String {
    let mut when = match field.there {
        There::Always => "always".to_owned(),
        There::Maybe => "ask first".to_owned(),
        There::Kinds(kinds) => format!("kind {}", kinds.join(", ")),
        There::If(flag) => format!("if {flag}"),
    };
    if field.personal {
        when.push_str("; one reader’s own: print or ask, no more");
    }
    if field.text_only {
        when.push_str("; letter.txt only");
    }
    when
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn every_name_is_told_with_what_it_is() {
        let names = names();
        let of = |name: &str| names.iter().find(|n| n.name == name).expect(name);
        assert_eq!(
            of("block.kind").kind,
            "one of lead, card, headline, section, sponsor"
        );
        assert_eq!(of("block.sponsor.label").when, "always");
        assert_eq!(of("block.story.image.alt").kind, "text");
        assert_eq!(of("note").kind, "list of texts");
        assert!(
            of("links.view")
                .when
                .starts_with("ask first; one reader’s own")
        );
        assert!(of("references").when.ends_with("letter.txt only"));
        for name in [
            "loop.index",
            "variant.start",
            "panel.title",
            "wrap",
            "startingwith",
            "range",
        ] {
            assert!(!of(name).meaning.is_empty());
        }
        assert!(
            names
                .iter()
                .all(|n| !n.meaning.is_empty() && !n.kind.is_empty())
        );
    }
}
