//! The variable check, on templates of one fault each.

use std::collections::BTreeMap;

use super::Finding;
use super::walk;
use crate::render::include::{Joined, trace};

fn expressions(
    joined: &Joined,
    plain: bool,
    lacks: &dyn Fn(&str) -> Option<String>,
) -> Vec<Finding> {
    walk::ordered(walk::expressions(joined, plain, lacks))
}

fn found(source: &str, plain: bool) -> Vec<Finding> {
    let has = ["footer.view", "footer.unsubscribe"];
    let lacks = |key: &str| (!has.contains(&key)).then(|| "de".to_owned());
    expressions(&trace("t", source, &BTreeMap::new()), plain, &lacks)
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
    let lacks = |_: &str| None;
    let found = expressions(&trace("digest.mjml", source, &blocks), false, &lacks);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].file.as_str(), found[0].line),
        ("blocks/why.mjml", 2)
    );
    assert_eq!(found[0].message, "there is no `wy` in `block.story`");
    assert_eq!(found[0].hint.as_deref(), Some("did you mean `why`?"));
}
