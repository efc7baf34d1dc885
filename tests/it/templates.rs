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
        (["template", "new", "city"], 1, "is there already"),
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
