//! The variable check, on templates of one fault each.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::kind::Kind;
use super::schema::LETTER;
use super::walk;
use crate::domain::letter::SenderSettings;
use crate::domain::written::Panel;
use crate::render::include::{Joined, trace};
use crate::render::splice::Ink;
use crate::render::view::View;
use crate::render::words::Catalogue;
use crate::render::{Renderer, TemplateSet, sample};

fn expressions(joined: &Joined, plain: bool) -> Vec<Finding> {
    let catalogue = Catalogue::parse(&Catalogue::sources()).expect("embedded");
    walk::ordered(walk::expressions(joined, plain, &catalogue).0)
}

fn found(source: &str, plain: bool) -> Vec<Finding> {
    expressions(&trace("t", source, &BTreeMap::new()), plain)
}

/// Rules that a template breaks: as the head of a letter, in HTML.
fn rules(head: &str) -> Vec<&'static str> {
    let source = format!("{head}\n{{% for block in blocks %}}{{% endfor %}}");
    found(&source, false).iter().map(|f| f.rule).collect()
}

/// Rules that a block breaks.
fn in_block(body: &str) -> Vec<&'static str> {
    let source = format!("{{% for block in blocks %}}{body}{{% endfor %}}");
    found(&source, false).iter().map(|f| f.rule).collect()
}

#[test]
fn names_are_looked_up_in_every_branch() {
    assert_eq!(rules("{{ list_name }}{{ words.footer.view }}"), [""; 0]);
    for (template, rule) in [
        ("{{ subscriber }}", "unknown-variable"),
        (
            "{% if links.view %}{% if place %}{{ plaec }}{% endif %}{% endif %}",
            "unknown-variable",
        ),
        ("{% if false %}{{ x }}{% endif %}", "unknown-variable"),
        ("{{ links.web }}", "unknown-field"),
        ("{{ links['web'] }}", "unknown-field"),
        ("{{ links[date] }}", "unknown-field"),
        ("{{ date.year }}", "unknown-field"),
        ("{{ words.footer.nope }}", "unknown-word"),
        ("{% if words.nope %}{% endif %}", "unknown-word"),
        ("{{ words }}", "unknown-word"),
        ("{{ words.footer }}", "unknown-word"),
        ("{{ words.more.web }}", "unknown-word"),
        ("{{ words.more.web(m=1) }}", "unknown-word"),
        ("{{ words.more.nope(n=1) }}", "unknown-word"),
        ("{{ words.more.web(n=subject) }}", "personal"),
        ("{{ date | format }}", "unknown-filter"),
        ("{{ date | safe }}", "unknown-filter"),
        ("{% if date is mapping %}{% endif %}", "unknown-test"),
        ("{{ now() }}", "unknown-function"),
        ("{{ date.strip() }}", "unknown-function"),
        ("{{ links }}", "no-text"),
        ("{{ numbered }}", "unknown-field"),
        ("{% if direction == 'left' %}{% endif %}", "never"),
        (
            "{% autoescape false %}{{ date }}{% endautoescape %}",
            "statement",
        ),
        ("{% import 'x' as y %}", "statement"),
        ("{% if %}", "syntax"),
    ] {
        assert!(
            rules(template).contains(&rule),
            "{template}: {:?}",
            rules(template)
        );
    }
    assert_eq!(
        in_block("{{ block.story.wy }}"),
        ["unguarded", "unknown-field"]
    );
}

#[test]
fn what_may_be_missing_has_to_be_asked_for() {
    for fine in [
        "{% if place %}{{ place }}{% endif %}",
        "{% if not place %}{% else %}{{ place }}{% endif %}",
        "{% if website and links.view %}{{ website }}{{ links.view }}{% endif %}",
        "{{ website | default('x') }}",
        "{{ website or date }}",
        "{% if panel %}{% if panel.title %}{{ panel.title }}{% endif %}{% for l in panel.lines %}{{ l }}{% endfor %}{% endif %}",
        "{% if website is not none %}{{ website }}{% endif %}",
        "{% for _ in range(40) %}&#847;{% endfor %}",
        "{% if left_out > 1 %}{{ left_out }}{% endif %}",
        "{% if left_out %}{{ words.more.web(n=left_out) }}{% endif %}",
    ] {
        assert_eq!(rules(fine), [""; 0], "{fine}");
    }
    for (template, times) in [
        ("{{ place }}", 1),
        ("{% if place %}{% endif %}{{ place }}", 1),
        ("{% if website or date %}{{ website }}{% endif %}", 1),
        ("{{ website | upper }}", 1),
        ("{{ website ~ date }}", 1),
        ("{{ panel.title }}", 2),
        ("{% for line in note %}{{ line }}{% endfor %}", 1),
        ("{% if website is defined %}{{ website }}{% endif %}", 1),
    ] {
        let broken = rules(template);
        let count = broken.iter().filter(|r| **r == "unguarded").count();
        assert_eq!(count, times, "{template}: {broken:?}");
    }
}

#[test]
fn the_kind_of_a_block_says_what_it_has() {
    for fine in [
        "{% if block.kind == 'sponsor' %}{{ block.sponsor.label }}{% elif block.kind == 'section' %}{{ block.section }}{% else %}{{ block.story.headline }}{% endif %}",
        "{% if block.kind in ['lead', 'card'] %}{{ block.story.headline }}{% endif %}",
        "{% if block.story %}{{ block.story.headline }}{% endif %}",
        "{% if block.kind != 'sponsor' and block.kind != 'section' %}{{ block.story.why }}{% endif %}",
        "{% if block.sponsor and block.sponsor.url %}{{ block.sponsor.url }}{% endif %}",
        "{% if block.story and block.story.image %}{{ block.story.url or block.story.image.url }}{% endif %}",
    ] {
        assert_eq!(in_block(fine), [""; 0], "{fine}");
    }
    for bad in [
        "{{ block.story.headline }}",
        "{% if block.kind == 'sponsor' %}{{ block.story.headline }}{% endif %}",
        "{% if block.kind == 'sponsor' %}{% else %}{{ block.story.headline }}{% endif %}",
        "{% if block.story.image %}{% endif %}",
    ] {
        assert!(
            in_block(bad).contains(&"unguarded"),
            "{bad}: {:?}",
            in_block(bad)
        );
    }
    let never = "{% if block.kind == 'leed' %}{% endif %}";
    assert_eq!(in_block(never), ["never"]);
}

#[test]
fn what_is_one_readers_own_is_only_printed() {
    for bad in [
        "{{ subject | upper }}",
        "{{ subject ~ date }}",
        "{% if subject == 'x' %}{% endif %}",
        "{% set s = subject %}",
        "{% set s %}{{ subject }}{% endset %}",
        "{{ links.unsubscribe | default('x') }}",
        "{% if place %}{{ place if date else date }}{% endif %}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(subject) }}",
        "{% filter upper %}{{ subject }}{% endfilter %}",
        "{{ subject or date }}",
        "{{ [subject] | join }}",
        "{% if subject is startingwith('x') %}{% endif %}",
    ] {
        assert!(rules(bad).contains(&"personal"), "{bad}: {:?}", rules(bad));
    }
    assert_eq!(
        rules(
            "<a href=\"{{ links.unsubscribe }}\">{{ subject }}</a>{% if subject and place %}{% endif %}"
        ),
        [""; 0]
    );
}

#[test]
fn nothing_crosses_the_cut() {
    let cut = |source: &str| {
        let found = found(source, false);
        found.iter().filter(|f| f.rule == "cut").count()
    };
    let blocks = "{% for block in blocks %}X{% endfor %}";
    assert_eq!(cut(blocks), 0);
    for (source, times) in [
        ("no loop".to_owned(), 1),
        (blocks.repeat(2), 1),
        (format!("{{% if place %}}{blocks}{{% endif %}}"), 2),
        (blocks.replace("in blocks", "in blocks if block.first"), 1),
        (blocks.replace("{% endfor", "{% else %}y{% endfor"), 1),
        (blocks.replace("block in", "b in"), 1),
        (blocks.replace('X', "{{ loop.index }}"), 1),
        (
            format!("{{% set x = 1 %}}{}", blocks.replace('X', "{{ x }}")),
            1,
        ),
        (format!("{{% set x = 1 %}}{blocks}{{{{ x }}}}"), 1),
        (
            format!("{{% macro m() %}}{{% endmacro %}}{blocks}{{{{ m() }}}}"),
            1,
        ),
        (format!("{{% set x = 1 %}}{{{{ x }}}}{blocks}"), 0),
        (
            blocks.replace('X', "{% for n in range(3) %}{{ loop.index }}{% endfor %}"),
            0,
        ),
        (blocks.replace('X', "{% set x = 1 %}{{ x }}"), 0),
    ] {
        assert_eq!(cut(&source), times, "{source}");
    }
}

#[test]
fn a_finding_says_where_and_what() {
    let blocks = BTreeMap::from([(
        "blocks/why.mjml".to_owned(),
        "<p>\n{{ block.story.wy }}</p>".to_owned(),
    )]);
    let source = "<mjml>\n{% for block in blocks %}{% if block.story %}<mj-include path=\"./blocks/why.mjml\" />{% endif %}{% endfor %}";
    let found = expressions(&trace("digest.mjml", source, &blocks), false);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].file.as_str(), found[0].line),
        ("blocks/why.mjml", 2)
    );
    assert_eq!(found[0].message, "there is no `wy` in `block.story`");
    assert_eq!(found[0].hint.as_deref(), Some("did you mean `why`?"));
}

/// Every name of a value is in the schema, and every one of the schema in some value.
fn named(kind: &'static Kind, value: &minijinja::Value, path: &str, seen: &mut BTreeSet<String>) {
    match kind {
        Kind::Record(fields) => {
            let names = value.try_iter().expect("a record");
            for name in names {
                let name = name.as_str().expect("a name").to_owned();
                let field = fields.iter().find(|f| f.name == name);
                let field = field.unwrap_or_else(|| panic!("{path}{name} is not in the schema"));
                let inner = value.get_attr(&name).expect("there");
                if !inner.is_none() {
                    seen.insert(format!("{path}{name}"));
                    named(field.kind, &inner, &format!("{path}{name}."), seen);
                }
            }
        }
        Kind::List(kind) => {
            let items = value.try_iter().expect("a list");
            items.for_each(|item| named(kind, &item, path, seen));
        }
        Kind::OneOf(all) => assert!(all.contains(&value.as_str().expect("a word")), "{path}"),
        Kind::Number => assert!(value.is_number(), "{path}"),
        Kind::Flag | Kind::Text | Kind::Words => {}
    }
}

fn names(kind: &'static Kind, path: &str, out: &mut BTreeSet<String>) {
    match kind {
        Kind::Record(fields) => {
            for field in *fields {
                out.insert(format!("{path}{}", field.name));
                names(field.kind, &format!("{path}{}.", field.name), out);
            }
        }
        Kind::List(kind) => names(kind, path, out),
        _ => {}
    }
}

#[test]
fn the_schema_is_what_letters_are_given() {
    // Some of it is there only where a text is another's: of another language, direction, size.
    let foreign = "أعيد فتح الجسر القديم يوم الاثنين أمام السيارات والمشاة";
    let sender = SenderSettings {
        list_name: foreign.to_owned(),
        tagline: foreign.to_owned(),
        postal_address: foreign.to_owned(),
        ..sample::sender()
    };
    let mut page = sample::page(&sender);
    let lines = [format!("{foreign} https://n.example/")];
    let panel = Panel {
        title: Some("Tides".to_owned()),
        lines: lines.to_vec(),
    };
    page.stories[0].headline = foreign.to_owned();
    page.stories[0].summary.clear();
    page.stories[1].language = Some("ar".to_owned());
    page.stories[0].pixels = Some((1200, 800));
    page.sponsors[0].text = foreign.to_owned();
    page.note = &lines;
    page.panel = Some(&panel);
    let mut correction = sample::correction();
    correction.text = lines[0].clone();
    let about = correction.about.as_mut().expect("there");
    (about.headline, about.language) = (foreign.to_owned(), Some("ar".to_owned()));
    let corrections = [correction];
    page.corrections = &corrections;
    page.website = Some("https://harbour.example/");
    page.welcome = Some("Welcome to the harbour.");
    page.numbered = true;
    let set = TemplateSet::embedded("broadsheet").expect("compiles");
    let renderer = Renderer::new(&set).expect("loads");
    let words = renderer.words("en").expect("there");
    let value = renderer.context(&View::of(&page, words, Ink::Whole), words);
    let (mut seen, mut known) = (BTreeSet::new(), BTreeSet::new());
    named(LETTER, &value, "", &mut seen);
    names(LETTER, "", &mut known);
    assert_eq!(seen, known);
}
