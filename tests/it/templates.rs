//! `template check`, `list`, `extract` and `new`, as they are typed in a folder with nothing in it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::binary::{Said, courant, run, typed};

/// Writes files of a theme into `themes/NAME`.
fn put(home: &Path, theme: &str, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = home.join("themes").join(theme).join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
}

/// A theme over the embedded one, with one block of its own; its check.
fn checked(block: &str, text: &str) -> Said {
    let home = tempfile::tempdir().expect("a folder");
    put(
        home.path(),
        "mine",
        &[("theme.toml", "base = \"broadsheet\"\n"), (block, text)],
    );
    courant(home.path(), &["template", "check", "mine"])
}

#[test]
fn the_themes_that_are_brought_along_pass_the_strict_check() {
    let home = tempfile::tempdir().expect("a folder");
    let (code, out, err) = courant(home.path(), &["template", "check", "--strict"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.ends_with("checked: 0 errors, 0 warnings\n"), "{err}");
    // Nothing is left behind.
    assert_eq!(fs::read_dir(home.path()).expect("read").count(), 0);
}

#[test]
fn a_theme_is_begun_listed_checked_and_mended() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let (code, out, err) = courant(home, &["template", "new", "city"]);
    assert_eq!(code, 0, "{err}");
    let theme = home.join("themes/city");
    assert!(
        out.lines()
            .any(|l| Path::new(l) == theme.join("theme.toml"))
    );
    assert!(err.contains("courant template check city"));
    assert_eq!(
        courant(home, &["template", "check", "city", "--strict"]).0,
        0
    );

    let style = theme.join("blocks/masthead.mjml");
    let text = fs::read_to_string(&style).expect("read");
    let line = text.lines().count() + 1;
    fs::write(&style, format!("{text}{{{{ subscriber }}}}\n")).expect("written");
    let (code, out, err) = courant(home, &["template", "check", "city"]);
    assert_eq!(code, 5, "{err}");
    let first = format!("city/blocks/masthead.mjml:{line}: error: there is no `subscriber`");
    assert!(out.starts_with(&first), "{out}");
    assert!(
        err.ends_with("1 theme checked: 1 error, 0 warnings\n"),
        "{err}"
    );
    let (code, out, _) = courant(home, &["template", "check", "--json"]);
    let rows: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, 5);
    assert_eq!(rows[0]["theme"], "city");
    assert_eq!(rows[0]["rule"], "unknown-variable");
    assert_eq!(rows[0]["line"], line);

    let (code, out, _) = courant(home, &["template", "list", "--json"]);
    let rows: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, 0);
    let rows = rows.as_array().expect("rows");
    let of = |name: &str| rows.iter().find(|r| r["name"] == name).expect("listed");
    assert_eq!(of("city")["base"], "broadsheet");
    assert_eq!(of("city")["own_files"], 5);
    assert_eq!(of("broadsheet")["own_files"], 0);
    assert!(
        courant(home, &["template", "list"])
            .1
            .contains("5 files over broadsheet")
    );

    for (args, code, word) in [
        (["template", "new", "city"], 1, "or give another name"),
        (["template", "new", "broadsheet"], 2, "is taken"),
        (["template", "new", "../x"], 2, "no short name"),
        (["template", "check", "cty"], 1, "there is no theme `cty`"),
        (["template", "check", "../cty"], 1, "cannot read the folder"),
    ] {
        let (got, _, err) = courant(home, &args);
        assert_eq!(got, code, "{args:?}: {err}");
        assert!(
            err.contains(word) && err.contains("hint: "),
            "{args:?}: {err}"
        );
    }
}

#[test]
fn a_theme_is_written_out_and_nothing_is_written_over() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let (code, out, err) = courant(home, &["template", "extract", "broadsheet"]);
    assert_eq!(code, 0, "{err}");
    let layout = home.join("themes/broadsheet/digest.mjml");
    assert!(out.lines().any(|l| Path::new(l) == layout), "{out}");
    let (code, _, err) = courant(home, &["template", "extract", "broadsheet"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("is there already") && err.contains("hint: `--force`"),
        "{err}"
    );
    fs::write(&layout, "x").expect("written");
    let force = ["template", "extract", "broadsheet", "--force"];
    assert_eq!(courant(home, &force).0, 0);
    assert_ne!(fs::read_to_string(&layout).expect("read"), "x");
    assert_eq!(courant(home, &["template", "check", "broadsheet"]).0, 0);

    let to = home.join("else");
    let to = to.to_str().expect("UTF-8");
    assert_eq!(
        courant(home, &["template", "extract", "broadsheet", "--to", to]).0,
        0
    );
    let (code, _, err) = courant(home, &["template", "check", to]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = courant(home, &["template", "extract", "brodsheet"]);
    assert_eq!(code, 1);
    assert!(err.contains("broadsheet"), "{err}");
}

#[test]
fn a_new_language_is_begun_from_ours() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let (code, out, err) = courant(home, &["template", "extract", "--words"]);
    assert_eq!(code, 0, "{err}");
    let words = home.join("themes/words");
    assert!(out.lines().any(|l| Path::new(l) == words.join("en.ftl")));
    fs::copy(words.join("en.ftl"), words.join("nl.ftl")).expect("copied");
    let (code, _, err) = courant(home, &["template", "check", "brief"]);
    assert_eq!(code, 0, "{err}");
    fs::write(words.join("en.ftl"), "section-also = More news\n").expect("written");
    let (code, _, err) = courant(home, &["template", "check", "brief"]);
    assert_eq!(code, 0, "{err}");
    fs::write(words.join("nl.ftl"), "direction = ltr\n").expect("written");
    let (_, out, err) = courant(home, &["template", "check", "brief"]);
    let said = format!("{out}{err}");
    for lacking in ["`date-monday`", "`footer-unsubscribe`"] {
        assert!(said.contains(lacking), "{said}");
    }
    for args in [vec![], vec!["brief", "--words"]] {
        let args = [vec!["template", "extract"], args].concat();
        assert_eq!(courant(home, &args).0, 2, "{args:?}");
    }
}

#[test]
fn every_kind_of_fault_is_told_with_its_place() {
    for (block, text, said) in [
        (
            "blocks/why.mjml",
            "<p>{{ block.story.why | upper }}</p>",
            "blocks/why.mjml:1: error: `block.story.why` is one reader’s own",
        ),
        (
            "blocks/more.mjml",
            "\n{% if left_out %}{{ website }}{% endif %}",
            "blocks/more.mjml:2: error: `website` is not in every letter",
        ),
        (
            "blocks/footer.txt",
            "{{ words.footer.nope }}",
            "blocks/footer.txt:1: error: there is no word `footer.nope`",
        ),
        (
            "blocks/footer.txt",
            "bye",
            "can leave out the unsubscribe link",
        ),
        (
            "blocks/sponsor.txt",
            "{{ block.sponsor.text }}",
            "can show a sponsor without its label",
        ),
        (
            "blocks/more.mjml",
            "<mj-raw>\n<img src=\"https://x.example/a.png\" width=\"9\"></mj-raw>",
            "blocks/more.mjml:2: error: the picture `https://x.example/a.png` has no alt",
        ),
        (
            "blocks/more.mjml",
            "<mj-raw>\n\n<div style=\"display:grid\"></div></mj-raw>",
            "blocks/more.mjml:3: warning: `display: grid` is not shown by",
        ),
        ("theme.toml", "base = \"none\"", "there is no theme `none`"),
        ("theme.toml", "bsae = \"x\"", "unknown field `bsae`"),
    ] {
        let (code, out, err) = checked(block, text);
        let both = format!("{out}{err}");
        assert!(both.contains(said), "{block}: {both}");
        let expected = match said {
            s if s.contains("warning") => 0,
            s if s.contains("blocks/") || s.contains("can ") => 5,
            _ => 1,
        };
        assert_eq!(code, expected, "{block}: {both}");
    }
}

/// The text of a block of the theme that is brought along.
fn ours(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/broadsheet");
    fs::read_to_string(root.join(path)).expect("a block")
}

/// A block of ours with something else in it, and the line of that.
fn with(path: &str, from: &str, to: &str) -> (String, usize) {
    let text = ours(path);
    let (before, _) = text.split_once(from).expect(from);
    let line = before.matches('\n').count() + 1;
    (text.replacen(from, to, 1), line)
}

#[test]
fn what_every_reader_must_see_cannot_be_hidden() {
    for (hides, by) in [
        ("display:none", "display:none"),
        ("visibility:hidden", "visibility:hidden"),
        ("font-size:0", "font-size:0"),
        ("opacity:0", "opacity:0"),
        ("mso-hide:all", "mso-hide:all"),
    ] {
        let label = "{{ block.sponsor.label }}";
        let hidden = format!("<span style=\"{hides}\">{label}</span>");
        let (block, line) = with("blocks/sponsor.mjml", label, &hidden);
        let (code, out, err) = checked("blocks/sponsor.mjml", &block);
        assert_eq!(code, 5, "{hides}: {out}{err}");
        let words = format!(
            "mine/blocks/sponsor.mjml:{line}: error: template `digest.mjml` hides the label of a sponsor: {by} [hidden]\n"
        );
        assert!(out.starts_with(&words), "{out}");
    }
    // By a class, for phones alone.
    let link = "<a class=\"go\" href=\"{{ links.unsubscribe }}\"";
    let (footer, line) = with("blocks/footer.mjml", link, &link.replace("go", "go tiny"));
    let (style, _) = with(
        "blocks/style.mjml",
        "@media (max-width: 479px) {",
        "@media (max-width: 479px) { .tiny { display: none }",
    );
    let home = tempfile::tempdir().expect("a folder");
    let files = [
        ("theme.toml", "base = \"broadsheet\"\n"),
        ("blocks/footer.mjml", footer.as_str()),
        ("blocks/style.mjml", style.as_str()),
    ];
    put(home.path(), "mine", &files);
    let (code, out, _) = courant(home.path(), &["template", "check", "mine"]);
    assert_eq!(code, 5, "{out}");
    let words = format!(
        "mine/blocks/footer.mjml:{line}: error: template `digest.mjml` hides the unsubscribe link: display:none [hidden]"
    );
    assert!(out.starts_with(&words), "{out}");
}

#[test]
fn a_fault_that_letters_show_is_told_where_it_was_written() {
    let label = with("blocks/sponsor.mjml", "{{ block.sponsor.label }}", "");
    // Where its text is printed instead.
    let text = with("blocks/sponsor.txt", "{{ block.sponsor.label | wrap }}", "");
    let text = (text.0, 10);
    let link = with(
        "blocks/footer.mjml",
        "{{ links.unsubscribe }}",
        "https://x.example/",
    );
    // As many turns as a note has letters: nothing that could be counted beforehand.
    let loops = "{% if note %}{% for p in note %}\n{% for a in p * 200 %}{% for b in p * 200 %}{{ b }}{% endfor %}{% endfor %}{% endfor %}{% endif %}";
    let slow = (
        format!("{}\n{loops}", ours("blocks/footer.mjml").trim_end()),
        5,
    );
    let faint = (
        "<mj-include path=\"./blocks/open.mjml\" /><tr><td style=\"background-color:#ffffff\">\n\
         <p style=\"color:#999999\">{{ list_name }}</p></td></tr><mj-include path=\"./blocks/close.mjml\" />"
            .to_owned(),
        2,
    );
    let nameless = (
        "<mj-raw>\n<a href=\"https://x.example/\"><img src=\"https://x.example/a.png\" alt=\"\" width=\"9\" /></a></mj-raw>"
            .to_owned(),
        2,
    );
    let in_raw = ("<mj-raw>\n\n<mj-text>x</mj-text></mj-raw>".to_owned(), 3);
    let undefined = (
        "\n<mj-raw><b style=\"[[ grdi ]]\">x</b></mj-raw>".to_owned(),
        2,
    );
    let called = ("{{ words.more.web | default(\"x\") }}".to_owned(), 1);
    let nested = (
        "{% if left_out > 5 %}\n{% for a in range(900) %}{% for b in range(900) %}x{% endfor %}{% endfor %}{% endif %}"
            .to_owned(),
        2,
    );
    for (path, (block, line), severity, words) in [
        (
            "blocks/sponsor.mjml",
            label,
            "error",
            "can show a sponsor without its label [label]",
        ),
        (
            "blocks/sponsor.txt",
            text,
            "error",
            "can show a sponsor without its label [label]",
        ),
        (
            "blocks/footer.mjml",
            link,
            "error",
            "can leave out the unsubscribe link [left-out]",
        ),
        (
            "blocks/footer.mjml",
            slow,
            "error",
            "takes more than 200000 steps",
        ),
        (
            "blocks/more.mjml",
            faint,
            "warning",
            "text of #999999 on #ffffff has a contrast of 2.8 [contrast]",
        ),
        (
            "blocks/more.mjml",
            nameless,
            "error",
            "the link to `https://x.example/` has no name: its picture has alt=\"\" [link-name]",
        ),
        (
            "blocks/more.mjml",
            in_raw,
            "warning",
            "`mj-text` in `mj-raw` is not rendered",
        ),
        (
            "blocks/more.mjml",
            undefined,
            "error",
            "there is no `grdi` [variant]\n    hint: did you mean `grid`?",
        ),
        (
            "blocks/more.mjml",
            called,
            "error",
            "the word `more.web` is not given what it fills in",
        ),
        (
            "blocks/after.txt",
            nested,
            "error",
            "these loops take 810000 turns, and a part of a letter has 200000 steps [bound]",
        ),
    ] {
        let (code, out, err) = checked(path, &block);
        let place = format!("mine/{path}:");
        let told = out
            .lines()
            .find(|l| l.starts_with(&place))
            .unwrap_or_default();
        assert!(
            told.starts_with(&format!("{place}{line}: {severity}: ")),
            "{path}: {out}{err}"
        );
        assert!(out.contains(words), "{path}: {out}{err}");
        assert_eq!(code, if severity == "error" { 5 } else { 0 }, "{out}");
    }
}

#[test]
fn a_layout_that_lacks_a_part_is_told_what_would_be_lost() {
    let layout = ours("digest.mjml");
    let bare = layout
        .replace("<mjml lang=\"{{ language }}\"", "<mjml")
        .replace("<mj-include path=\"./blocks/note.mjml\" />", "")
        .replace("<mj-include path=\"./blocks/panel.mjml\" />", "");
    let (code, out, _) = checked("digest.mjml", &bare);
    assert_eq!(code, 5, "{out}");
    let line = bare
        .lines()
        .position(|l| l.contains("for block in blocks"))
        .expect("a loop")
        + 1;
    for words in [
        "mine/digest.mjml:1: warning: the letter does not say its language [lang]".to_owned(),
        format!(
            "mine/digest.mjml:{line}: error: `digest.mjml` does not print an editor’s note: what is written vanishes [vanishes]"
        ),
        format!(
            "mine/digest.mjml:{line}: warning: `digest.mjml` does not print the block of an editor’s lines"
        ),
    ] {
        assert!(out.contains(&words), "{words}: {out}");
    }
    // In the middle of a line of another file.
    let inline = layout.replace(
        "<mj-include path=\"./blocks/more.mjml\" />",
        "<mj-wrapper><mj-include path=\"./blocks/more.mjml\" /></mj-wrapper>",
    );
    let home = tempfile::tempdir().expect("a folder");
    let section =
        "<mj-section><mj-column>\n<mj-text colour=\"red\">x</mj-text></mj-column></mj-section>";
    let files = [
        ("theme.toml", "base = \"broadsheet\"\n"),
        ("digest.mjml", inline.as_str()),
        ("blocks/more.mjml", section),
    ];
    put(home.path(), "mine", &files);
    let (_, out, _) = courant(home.path(), &["template", "check", "mine"]);
    let words = "mine/blocks/more.mjml:2: warning: `mj-text` has no attribute `colour` [mjml]";
    assert!(out.contains(words), "{out}");
    let round = [
        (
            "blocks/more.mjml",
            "<mj-include path=\"./blocks/panel.mjml\" />",
        ),
        (
            "blocks/panel.mjml",
            "\n<mj-include path=\"./blocks/more.mjml\" />",
        ),
    ];
    put(home.path(), "mine", &round);
    let (code, out, _) = courant(home.path(), &["template", "check", "mine"]);
    assert_eq!(code, 5, "{out}");
    let words = "mine/blocks/panel.mjml:2: error: blocks include one another in a circle: \
                 blocks/more.mjml -> blocks/panel.mjml -> blocks/more.mjml [include]";
    assert!(out.contains(words), "{out}");
}

#[test]
fn every_name_that_a_theme_may_print_is_listed() {
    let home = tempfile::tempdir().expect("a folder");
    let (code, out, _) = courant(home.path(), &["template", "list", "--names", "--json"]);
    let rows: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, 0);
    let rows = rows.as_array().expect("rows");
    let label = rows.iter().find(|r| r["name"] == "block.sponsor.label");
    let label = label.expect("the label is listed");
    assert_eq!(
        (&label["kind"], &label["when"]),
        (&"text".into(), &"always".into())
    );
    assert!(
        label["meaning"]
            .as_str()
            .is_some_and(|m| m.contains("paid for"))
    );
    let (code, out, _) = courant(home.path(), &["template", "list", "--names"]);
    assert_eq!(code, 0);
    for name in [
        "links.unsubscribe",
        "note",
        "loop.first",
        "variant.images",
        "wrap",
    ] {
        assert!(
            out.lines().any(|l| l.trim_start().starts_with(name)),
            "{name}: {out}"
        );
    }
    courant(home.path(), &["template", "new", "city"]);
    for file in ["theme.toml", "blocks/style.mjml", "blocks/footer.txt"] {
        let text = fs::read_to_string(home.path().join("themes/city").join(file)).expect("read");
        assert!(
            text.contains("courant template list --names"),
            "{file}: {text}"
        );
    }
}

/// Runs a check with 192 MiB of memory at most, where a shell can say so.
fn with_little_memory(home: &Path) -> Said {
    let home = home.to_str().expect("UTF-8");
    let args = ["--home", home, "template", "check", "mine"];
    if !cfg!(unix) {
        return run(typed(&args, &[]), "");
    }
    let mut shell = std::process::Command::new("sh");
    let line = "ulimit -d 196608; exec \"$0\" \"$@\"";
    shell
        .args(["-c", line, env!("CARGO_BIN_EXE_courant")])
        .args(args);
    run(shell, "")
}

#[test]
fn a_template_that_would_take_the_machine_down_is_refused_by_its_bound() {
    let loops = "{% for a in range(1000) %}".repeat(5) + "x" + &"{% endfor %}".repeat(5);
    let doubled = "{% set x = 'xxxxxxxxxx' %}".to_owned() + &"{% set x = x ~ x %}".repeat(60);
    let deep = "{% if true %}".repeat(5_000) + &"{% endif %}".repeat(5_000);
    for (text, bound) in [
        (loops.as_str(), "steps"),
        (doubled.as_str(), "steps"),
        (
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "levels deep",
        ),
        ("{{ 'x' * 100000000 }}", "steps"),
        (
            "{% set x = 'x' * 9000000 %}{{ [x, x, x, x] | join(x) }}",
            "steps",
        ),
        (
            "{% for a in range(900) %}{{ 'x' * 1000 }}{% endfor %}",
            "bytes",
        ),
        ("{{ range(100000000) | join }}", "counts further"),
        (deep.as_str(), "levels deep"),
        (
            "[% for a in 'x' * 100000 %][[ 'x' * 1000 ]][% endfor %]",
            "steps",
        ),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let theme = ("theme.toml", "base = \"broadsheet\"\n");
        put(home.path(), "mine", &[theme, ("blocks/footer.txt", text)]);
        let (code, out, err) = with_little_memory(home.path());
        let shown: String = text.chars().take(60).collect();
        assert_eq!(code, 5, "{shown}: {out}{err}");
        assert!(out.contains(bound), "{shown}: {out}{err}");
    }
}
