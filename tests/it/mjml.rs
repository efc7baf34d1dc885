//! `template render`, through the real binary: documents of MJML's own makers against what MJML makes of
//! them, includes, data, and what is refused. The material is found through `COURANT_CORPUS`.

use std::path::{Path, PathBuf};

use courant::render::mjml::{Settings, render};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::binary::courant_reading;
use crate::support::skip;

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

fn reading(folder: &Path, args: &[&str], stdin: &str) -> Said {
    let args = [&["template", "render"], args].concat();
    let (code, stdout, stderr) = courant_reading(folder, &args, stdin);
    Said {
        code,
        stdout,
        stderr,
    }
}

fn rendered(folder: &Path, args: &[&str]) -> Said {
    reading(folder, args, "")
}

/// What a reader gets of a page: its tags, its text, where its links lead, its pictures.
#[derive(Default)]
struct Seen {
    tags: Vec<String>,
    text: String,
    links: Vec<String>,
    pictures: Vec<String>,
}

/// Reads a page as a browser shows it: comments are not seen, white space counts once.
fn seen(page: &str) -> Seen {
    let mut seen = Seen::default();
    let mut text = String::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
            text.push('<');
            rest = &rest[1..];
            continue;
        }
        let (tag, after) = tag(rest);
        rest = after;
        let name = tag
            .trim_start_matches('<')
            .split(|c: char| c.is_whitespace() || c == '>');
        let name = name
            .clone()
            .next()
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_lowercase();
        if name.starts_with(['/', '!', '?']) {
            continue;
        }
        if let Some(link) = attribute(tag, "href") {
            seen.links.push(link);
        }
        if let (Some(picture), "img") = (attribute(tag, "src"), name.as_str()) {
            seen.pictures.push(picture);
        }
        if matches!(name.as_str(), "style" | "script" | "title") {
            let end = rest.to_lowercase().find(&format!("</{name}"));
            rest = &rest[end.unwrap_or(rest.len())..];
        }
        seen.tags.push(name);
    }
    text.push_str(rest);
    seen.text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    seen
}

/// A tag with its quoted values, and what comes after it.
fn tag(text: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return text.split_at(at + 1),
            _ => {}
        }
    }
    (text, "")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}="))?;
    let quote = after.chars().next()?;
    let value = after[1..].split(quote).next()?;
    Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// How much of two sequences is the same, 0 to 1: twice the longest common part over both lengths.
fn alike<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    if a == b {
        return 1.0;
    }
    let mut row = vec![0_u32; b.len() + 1];
    for x in a {
        let mut corner = 0;
        for (n, y) in b.iter().enumerate() {
            let above = row[n + 1];
            row[n + 1] = if x == y {
                corner + 1
            } else {
                above.max(row[n])
            };
            corner = above;
        }
    }
    let common = row.last().copied().unwrap_or_default();
    2.0 * f64::from(common) / (a.len() + b.len()) as f64
}

fn score(ours: &str, theirs: &str) -> f64 {
    let (a, b) = (seen(ours), seen(theirs));
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let scores = [
        alike(&a.tags, &b.tags),
        alike(&words(&a.text), &words(&b.text)),
        alike(&a.links, &b.links),
        alike(&a.pictures, &b.pictures),
    ];
    scores.iter().sum::<f64>() / 4.0
}

#[test]
fn documents_of_mjmls_makers_come_out_as_mjml_makes_them() {
    let Some(corpus) = std::env::var_os("COURANT_CORPUS").map(PathBuf::from) else {
        return skip("MJML documents", "COURANT_CORPUS is not set");
    };
    let corpus = corpus.join("mjml");
    let index = std::fs::read_to_string(corpus.join("index.jsonl")).expect("the corpus has it");
    let empty = tempfile::tempdir().expect("a folder");
    let (mut scores, mut faults) = (Vec::new(), Vec::new());
    for line in index.lines() {
        let row: Value = serde_json::from_str(line).expect("a row of JSON");
        let name = row["mjml"].as_str().expect("a path");
        let file = corpus.join(name);
        let said = rendered(empty.path(), &[file.to_str().expect("UTF-8")]);
        if row["expect"] == "error" {
            let told = row["mjml_4_18"]["errors"][0]
                .as_str()
                .expect("what MJML says");
            let line = told.split(' ').nth(1).expect("its line");
            let element = told.split(['(', ')']).nth(1).expect("its element");
            assert_eq!(said.code, 1, "{name}");
            let place = format!("{}:{line}: ", file.display());
            assert!(said.stderr.contains(&place), "{name}: {}", said.stderr);
            assert!(
                said.stderr.contains(&format!("`{element}`")),
                "{}",
                said.stderr
            );
            continue;
        }
        let reference = row["html"].as_str().map(|html| corpus.join(html));
        let Some(reference) = reference.and_then(|path| std::fs::read_to_string(path).ok()) else {
            continue;
        };
        let score = match said.code {
            0 => score(&said.stdout, &reference),
            _ => 0.0,
        };
        if score < 1.0 {
            faults.push(format!("{score:.3} {name} {}", said.stderr));
        }
        scores.push(score);
    }
    let average = scores.iter().sum::<f64>() / scores.len() as f64;
    eprintln!(
        "\nMJML: {} documents, {average:.4} on average",
        scores.len()
    );
    assert!(scores.len() > 200, "{} documents", scores.len());
    assert!(average >= 0.999, "{average}:\n{}", faults.join("\n"));
}

/// What the engine lacks or does otherwise, each in its smallest document.
#[test]
fn what_mjml_promises_is_there() {
    let empty = tempfile::tempdir().expect("a folder");
    let column = |inside: &str| format!("<mj-section><mj-column>{inside}</mj-column></mj-section>");
    let cases = [
        // Contents before the doctype, and where the head ends.
        (
            "<mjml><mj-raw position=\"file-start\">START</mj-raw><mj-head><mj-raw><meta a></mj-raw>\
             </mj-head><mj-body></mj-body></mjml>"
                .to_owned(),
            vec!["START\n<!doctype html>", "<meta a>\n</head>"],
        ),
        // Attributes of the page by selector.
        (
            format!(
                "<mjml><mj-head><mj-html-attributes><mj-selector path=\".a > div\">\
                 <mj-html-attribute name=\"data-b\">\"c\"</mj-html-attribute></mj-selector>\
                 </mj-html-attributes></mj-head><mj-body>{}</mj-body></mjml>",
                column("<mj-text css-class=\"a\">x</mj-text><mj-text>y</mj-text>")
            ),
            vec!["<div data-b=\"&quot;c&quot;\""],
        ),
        // Fonts where they are used, by a style of an author's own too.
        (
            format!(
                "<mjml><mj-head><mj-font name=\"A\" href=\"https://a\" /><mj-font name=\"Unused\" \
                 href=\"https://b\" /></mj-head><mj-body>{}</mj-body></mjml>",
                column("<mj-text><p style=\"font-family:A\">x</p></mj-text>")
            ),
            vec!["<link href=\"https://a\"", "@import url(https://a);"],
        ),
        (
            format!(
                "<mjml><mj-body><mj-wrapper gap=\"7px\">{0}<mj-raw>RAW</mj-raw>{0}</mj-wrapper>\
                 </mj-body></mjml>",
                column("")
            ),
            vec!["margin-top:7px;", "padding-top:7px;", "<![endif]-->RAW<!--[if mso | IE]>"],
        ),
        (
            format!(
                "<mjml><mj-body>{}</mj-body></mjml>",
                column(
                    "<mj-social>{% if x %}<mj-social-element name=\"x-noshare\" href=\"h\" \
                     icon-position=\"right\" css-class=\"a b\">T</mj-social-element>\
                     <mj-social-element name=\"facebook\" href=\"u&v\"></mj-social-element></mj-social>"
                )
            ),
            vec![
                "T</a>\n</td>\n<td style=\"padding:4px",
                "<tr class=\"a b\">",
                "ico-social/twitter-x.png",
                "href=\"https://www.facebook.com/sharer/sharer.php?u=u&v\"",
            ],
        ),
        (
            format!(
                "<mjml><mj-body>{}</mj-body></mjml>",
                column(
                    "<mj-carousel thumbnails=\"supported\"><mj-carousel-image src=\"a\" />\
                     </mj-carousel><mj-table role=\"none\"><tr><td>t</table></mj-table>"
                )
            ),
            vec!["display:none;overflow:hidden", "href=\"#1\"", "role=\"none\"", "<tr><td>t</table>"],
        ),
        (
            "<mjml><mj-body><mj-hero mode=\"fluid-height\" background-width=\"600px\" \
             background-height=\"200px\" border-radius=\"3px\"></mj-hero></mj-body></mjml>"
                .to_owned(),
            vec!["padding-bottom:33%;", "border-radius:3px"],
        ),
        (
            format!(
                "<mjml owa=\"desktop\"><mj-body>{}</mj-body></mjml>",
                column("<mj-image src=\"a\" padding=\"0 20px\" /><mj-button>B</mj-button>")
            ),
            vec!["[owa] .mj-column-per-100", "width=\"560\"", "<p style=\"display:inline-block"],
        ),
    ];
    for (document, expected) in cases {
        let said = reading(empty.path(), &["-"], &document);
        assert_eq!(said.code, 0, "{document}: {}", said.stderr);
        for part in expected {
            assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
        }
        assert!(!said.stdout.contains("https://b"), "{}", said.stdout);
    }
}

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    folder
}

fn in_folder(folder: &tempfile::TempDir, args: &[&str]) -> Said {
    let file = folder.path().join(args[0]);
    let args = [&[file.to_str().expect("UTF-8")], &args[1..]].concat();
    rendered(folder.path(), &args)
}

#[test]
fn includes_join_the_document() {
    let files = folder(&[
        (
            "a.mjml",
            "<mjml><mj-body><mj-include path=\"./parts/b.mjml\" />\
             <mj-section><mj-column><mj-include path=\"parts/c.mjml\" />\
             <mj-include path=\"parts/raw.html\" type=\"html\" /></mj-column></mj-section>\
             <mj-include path=\"x.css\" type=\"css\" /><mj-include path=\"y.css\" type=\"css\" \
             css-inline=\"inline\" /></mj-body></mjml>",
        ),
        (
            "parts/b.mjml",
            "<mjml><mj-head><mj-attributes><mj-text color=\"#123456\" /></mj-attributes>\
             <mj-title>Joined</mj-title></mj-head><mj-body><mj-section><mj-column>\
             <mj-include path=\"../parts/c.mjml\" /></mj-column></mj-section></mj-body></mjml>",
        ),
        ("parts/c.mjml", "<mj-text>inner <p>open</mj-text>"),
        ("parts/raw.html", "<tr><td class=\"y\">raw</td></tr>"),
        ("x.css", ".x > p { color: red }"),
        ("y.css", ".y { color: blue }"),
    ]);
    let said = in_folder(&files, &["a.mjml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for part in [
        "<title>Joined</title>",
        "max-width:600px",
        "color:#123456",
        "<div style=\"",
        "inner <p>open</div>",
        ".x > p { color: red }",
        "class=\"y\"",
        "style=\"color:blue;\"",
    ] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    assert_eq!(said.stdout.matches("inner").count(), 2);
    assert_eq!(said.stderr, "");
}

#[test]
fn an_include_that_is_not_there_is_refused_with_its_place() {
    for (kind, name) in [
        ("", "gone.mjml"),
        (" type=\"css\"", "gone.css"),
        (" type=\"html\"", "gone.html"),
    ] {
        let include = format!("\n<mj-include path=\"{name}\"{kind} />");
        let files = folder(&[
            (
                "a.mjml",
                "<mjml><mj-body>\n<mj-include path=\"b.mjml\" /></mj-body></mjml>",
            ),
            ("b.mjml", &include),
        ]);
        let said = in_folder(&files, &["a.mjml"]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{name}");
        let words = format!("error: b.mjml:2: there is no file `{name}` to include\nhint: ");
        assert!(said.stderr.starts_with(&words), "{}", said.stderr);
    }
}

/// What a document's data lacks, or must not bring, is named; the hint is about that fault.
#[test]
fn a_fault_in_an_expression_is_named_and_its_hint_fits() {
    let data = "{\"title\":\"t\",\"story\":{\"link\":\"javascript:alert(1)\"},\"stories\":[{\"url\":\"u\"}],\
                \"bad\":\" JaVa\\tScript:alert(1)\",\"data\":\"data:text/html,x\"}";
    for (content, words, hint) in [
        (
            "{{ titel }}",
            "there is no `titel` in the data",
            "did you mean `title`?",
        ),
        (
            "{{ nothing.x }}",
            "there is no `nothing` in the data",
            "`{% if nothing is defined %}`",
        ),
        (
            "{{ story.lnk }}",
            "there is no `story.lnk` in the data",
            "did you mean `story.link`?",
        ),
        (
            "{% for s in stories %}{{ s.headline }}{% endfor %}",
            "there is no `s.headline` in the data",
            "`{% if s.headline is defined %}`",
        ),
        (
            "{{ title | uper }}",
            "there is no filter `uper`",
            "there are capitalize",
        ),
        (
            "{{ nope() }}",
            "there is no function `nope`",
            "there are range",
        ),
        (
            "{% if title is nice %}{% endif %}",
            "there is no test `nice`",
            "there are defined",
        ),
        ("{% if %}", "syntax error", "`{{ name }}` prints"),
        (
            "{{ title",
            "` is never closed",
            "an expression ends with `}}`",
        ),
        (
            "{% for a in range(999) %}{% for b in range(999) %}x{% endfor %}{% endfor %}",
            "takes more than 200000 steps",
            "loops within loops",
        ),
        (
            "<a href=\"{{ story.link }}\">x</a>",
            "`{{ story.link }}` leads to `javascript:alert(1)`",
            "links of the data are http",
        ),
        (
            "<a href='{{- bad }}'>x</a>",
            "leads to ` JaVa",
            "links of the data",
        ),
        (
            "<a href=\"{{ data }}\">x</a>",
            "`{{ data }}` leads to",
            "links of the data",
        ),
    ] {
        let document = format!(
            "<mjml><mj-body><mj-section><mj-column>\n<mj-text>{content}</mj-text></mj-column></mj-section></mj-body></mjml>"
        );
        let files = folder(&[("a.mjml", &document), ("a.json", data)]);
        let json = files.path().join("a.json");
        let said = in_folder(&files, &["a.mjml", "--data", json.to_str().expect("UTF-8")]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{content}");
        let (error, told) = said.stderr.split_once("\nhint: ").expect("a hint");
        assert!(
            error.contains("a.mjml:2: ") && error.contains(words),
            "{content}: {error}"
        );
        assert!(told.contains(hint), "{content}: {told}");
    }
}

#[test]
fn what_is_better_mended_is_told_with_its_place() {
    let empty = tempfile::tempdir().expect("a folder");
    let page = "<mjml><mj-head><mj-title>A & B &amp; C &#38; D &c</mj-title></mj-head><mj-body>\n\
                <mj-section><mj-column width=\"abc\">\n<mj-text font-size=\"14 px\">x</mj-text>\
                <mj-image src=\"https://x.example/a.png\" alt=\"\" width=\"600\" padding=\"0 25px\" />\n\
                <mj-raw><p></p>\n<mj-button>x</mj-button></mj-raw></mj-column></mj-section></mj-body></mjml>";
    let said = reading(empty.path(), &["-"], page);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let expected = "warning: -:2: `width` of `mj-column` is no measure: `abc`\n\
                    warning: -:3: `font-size` of `mj-text` is no measure: `14 px`\n";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    let raw = "warning: -:5: `mj-button` in `mj-raw` is not rendered: its content is HTML\n";
    assert!(said.stderr.contains(raw), "{}", said.stderr);
    assert_eq!(said.stderr.lines().count(), 3, "{}", said.stderr);
    let title = "<title>A &amp; B &amp; C &#38; D &amp;c</title>";
    assert!(said.stdout.contains(title), "{}", said.stdout);
    let page = "<mjml><mj-body><mj-sectoin></mj-sectoin></mj-body></mjml>";
    let said = reading(empty.path(), &["-"], page);
    let words = "there is no element `mj-sectoin` in MJML\nhint: did you mean `mj-section`?";
    assert!(said.stderr.contains(words), "{}", said.stderr);
}

#[test]
fn no_include_leads_out_of_the_folder() {
    let outer = folder(&[
        ("secret.html", "secret"),
        (
            "in/up.mjml",
            "<mjml><mj-body>\n<mj-include path=\"../secret.html\" type=\"html\"/></mj-body></mjml>",
        ),
        (
            "in/root.mjml",
            "<mjml><mj-body><mj-include path=\"/etc/hostname\"/></mj-body></mjml>",
        ),
        (
            "in/coded.mjml",
            "<mjml><mj-body><mj-include path=\"%2e%2e/secret.html\"/></mj-body></mjml>",
        ),
        (
            "in/link.mjml",
            "<mjml><mj-body><mj-include path=\"link.html\" type=\"html\"/></mj-body></mjml>",
        ),
        (
            "in/self.mjml",
            "<mjml><mj-body>\n\n<mj-include path=\"./self.mjml\"/></mj-body></mjml>",
        ),
        (
            "in/round.mjml",
            "<mjml><mj-body><mj-include path=\"a.mjml\"/></mj-body></mjml>",
        ),
        ("in/a.mjml", "\n<mj-include path=\"b.mjml\"/>"),
        ("in/b.mjml", "<mj-include path=\"a.mjml\"/>"),
    ]);
    for (file, words) in [
        (
            "in/up.mjml",
            "in/up.mjml:2: `mj-include` of `../secret.html` leads out",
        ),
        (
            "in/root.mjml",
            "root.mjml:1: `mj-include` of `/etc/hostname` leads out",
        ),
        (
            "in/coded.mjml",
            "coded.mjml:1: `mj-include` of `%2e%2e/secret.html` leads out",
        ),
        (
            "in/self.mjml",
            "self.mjml:3: `mj-include` of `self.mjml` goes round",
        ),
        (
            "in/round.mjml",
            "b.mjml:1: `mj-include` of `a.mjml` goes round in a circle: a.mjml -> b.mjml -> a.mjml",
        ),
    ] {
        let said = in_folder(&outer, &[file]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{file}");
        assert!(said.stderr.contains(words), "{file}: {}", said.stderr);
        assert!(said.stderr.contains("hint: "), "{file}: {}", said.stderr);
    }
    #[cfg(unix)]
    {
        let (from, to) = (
            outer.path().join("secret.html"),
            outer.path().join("in/link.html"),
        );
        std::os::unix::fs::symlink(from, to).expect("a link");
        let said = in_folder(&outer, &["in/link.mjml"]);
        assert!(!said.stdout.contains("secret"), "{}", said.stdout);
        assert_eq!(said.code, 1);
        assert!(
            said.stderr.contains("there is no file `link.html`"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn data_fills_a_document_in_and_is_escaped() {
    let files = folder(&[
        (
            "a.mjml",
            "<mjml><mj-body><mj-raw>{% for s in stories if s.rank < 3 %}</mj-raw><mj-section>\
             <mj-column><mj-button href=\"{{ s.url }}\" title=\"é {{ s.title }}\">{{ s.title }}\
             </mj-button></mj-column></mj-section>{% endfor %}{# gone #}</mj-body></mjml>",
        ),
        (
            "a.json",
            "{\"stories\":[{\"rank\":1,\"url\":\"https://a.example/?b=1&c=\\\"\",\"title\":\"<b>A & B\"},\
             {\"rank\":2,\"url\":\"u\",\"title\":\"हिन्दी\"},{\"rank\":3,\"url\":\"v\",\"title\":\"no\"}]}",
        ),
        (
            "bad.mjml",
            "<mjml><mj-body><mj-raw>\n\n<b>{{\n nobody.name }}</b></mj-raw></mj-body></mjml>",
        ),
        (
            "width.mjml",
            "<mjml><mj-body><mj-section>\n<mj-column width=\"{{ w }}\"/></mj-section></mj-body></mjml>",
        ),
        (
            "in.mjml",
            "<mjml><mj-body><mj-text>{{ n }}<mj-include path=\"./parts/a.mjml\" />!</mj-text></mj-body></mjml>",
        ),
        (
            "parts/a.mjml",
            "<b>\n{{ n }}</b><mj-include path=\"parts/b.mjml\" />\n",
        ),
        ("parts/b.mjml", "\n{{ gone }}"),
        ("in.json", "{\"n\": 1, \"gone\": 2}"),
        ("bad.json", "{\n\"a\": }"),
    ]);
    let data = files.path().join("a.json");
    let data = data.to_str().expect("UTF-8");
    let said = in_folder(&files, &["a.mjml", "--data", data]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let page = seen(&said.stdout);
    assert_eq!(page.text, "&lt;b&gt;A &amp; B हिन्दी");
    assert_eq!(page.links.last().map(String::as_str), Some("u"));
    assert!(
        said.stdout.contains("https://a.example/?b=1&amp;c=&quot;"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("title=\"é हिन्दी\""), "{}", said.stdout);
    let plain = in_folder(&files, &["a.mjml"]);
    assert!(
        plain
            .stdout
            .contains("{% for s in stories if s.rank < 3 %}"),
        "{}",
        plain.stdout
    );
    for (args, words) in [
        (["bad.mjml", "--data", data], "bad.mjml:4: "),
        (
            ["width.mjml", "--data", data],
            "width.mjml:2: `{{ w }}` stands where the layout computes",
        ),
    ] {
        let said = in_folder(&files, &args);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{words}");
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
    // A template's contents are joined too; MJML takes an include there for HTML.
    let full = files.path().join("in.json");
    let said = in_folder(
        &files,
        &["in.mjml", "--data", full.to_str().expect("UTF-8")],
    );
    assert!(
        said.stdout.contains(">1<b>\n1</b>2!</div>"),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let said = in_folder(&files, &["in.mjml"]);
    assert!(
        said.stderr
            .contains("in.mjml:1: `mj-include` in `mj-text` is not read"),
        "{}",
        said.stderr
    );
    let less = files.path().join("less.json");
    std::fs::write(&less, "{\"n\": 1}").expect("written");
    let said = in_folder(
        &files,
        &["in.mjml", "--data", less.to_str().expect("UTF-8")],
    );
    assert!(
        said.stderr.contains("error: parts/b.mjml:2: "),
        "{}",
        said.stderr
    );
    let bad = files.path().join("bad.json");
    let said = in_folder(&files, &["a.mjml", "--data", bad.to_str().expect("UTF-8")]);
    assert!(
        said.stderr.contains("bad.json:2: the data is not JSON"),
        "{}",
        said.stderr
    );
}

#[test]
fn an_empty_folder_is_enough_and_stays_empty() {
    let empty = tempfile::tempdir().expect("a folder");
    let page = "<?xml version=\"1.0\"?>\n<!-- c --><mjml lang=\"ar\" dir=\"rtl\"><mj-body><mj-section>\
                <mj-column><mj-image src=\"a.png\" alt=\"„é“ &amp; \\ हिन्दी\" /></mj-column>\
                </mj-section></mj-body></mjml>";
    let said = reading(empty.path(), &["-"], page);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    assert!(
        said.stdout.contains("alt=\"„é“ &amp; \\ हिन्दी\""),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("lang=\"ar\" dir=\"rtl\""),
        "{}",
        said.stdout
    );
    assert_eq!(
        std::fs::read_dir(empty.path()).expect("a folder").count(),
        0
    );
    let out = empty.path().join("out.html");
    let args = ["-", "--out", out.to_str().expect("UTF-8")];
    let written = reading(empty.path(), &args, page);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(out).expect("written"), said.stdout);
}

#[test]
fn what_is_no_mjml_is_refused_with_its_place() {
    let deep = format!("<mjml><mj-body>{}", "<mj-section><mj-column>".repeat(500));
    let long = "x".repeat((2 << 20) + 1);
    for (page, words) in [
        ("", "-:1: the document has no element"),
        ("\n<p>", "-:2: the document is `<p>`, not `<mjml>`"),
        (
            "<mjml>\n<mj-body>\n<p>x</p></mj-body></mjml>",
            "-:3: there is no element `p`",
        ),
        (
            "<mjml><mj-head>\n<mj-foo/></mj-head></mjml>",
            "-:2: there is no element `mj-foo`",
        ),
        (
            "<mjml><mj-head><mj-attributes>\n<mj-foo/></mj-attributes></mj-head></mjml>",
            "-:2: there is no element `mj-foo`",
        ),
        (
            "<mjml><mj-body><mj-section><mj-column>\n<mj-text>x</mj-column></mj-section></mj-body></mjml>",
            "-:2: `mj-text` is never closed",
        ),
        (
            "<mjml><mj-body>\n<mj-style>a{}</mj-style></mj-body></mjml>",
            "-:2: `mj-style` cannot stand",
        ),
        (
            "<mjml><mj-body>\n<mj-navbar-link/></mj-body></mjml>",
            "-:2: `mj-navbar-link` cannot stand",
        ),
        (deep.as_str(), "-:1: elements within elements: more than 64"),
        (long.as_str(), "has more than 2097152 bytes"),
    ] {
        let empty = tempfile::tempdir().expect("a folder");
        let said = reading(empty.path(), &["-"], page);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{words}");
        assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
    }
}

const DOCUMENT: &str = "<mjml><mj-head><mj-attributes><mj-all padding=\"0\" /><mj-class name=\"a\" \
    color=\"red\" /></mj-attributes><mj-style inline=\"inline\">.b > p { color: red }</mj-style>\
    <mj-html-attributes><mj-selector path=\".b td\"><mj-html-attribute name=\"data-c\">1\
    </mj-html-attribute></mj-selector></mj-html-attributes></mj-head><mj-body><mj-wrapper gap=\"4px\">\
    <mj-section full-width=\"full-width\" background-url=\"u\"><mj-group><mj-column width=\"33.3%\">\
    <mj-text mj-class=\"a\" css-class=\"b d\"><p>{{ x }}<br></mj-text><mj-social><mj-social-element \
    name=\"x\" icon-position=\"right\" href=\"h\">t</mj-social-element>{% y %}</mj-social></mj-column>\
    </mj-group></mj-section><mj-section><mj-column><mj-carousel thumbnails=\"supported\">\
    <mj-carousel-image src=\"s\" /></mj-carousel><mj-navbar hamburger=\"hamburger\"><mj-navbar-link \
    href=\"é\">n</mj-navbar-link></mj-navbar><mj-accordion><mj-accordion-element><mj-accordion-title>t\
    </mj-accordion-title></mj-accordion-element></mj-accordion></mj-column></mj-section></mj-wrapper>\
    <mj-hero mode=\"fluid-height\"><mj-image /><!-- c --></mj-hero></mj-body></mjml>";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever becomes of a document, it is rendered or refused.
    #[test]
    fn no_document_breaks_it(
        cuts in prop::collection::vec((0..DOCUMENT.len(), 0..40_usize, "[a-z<>\"'/={}%é\\\\ -]{0,8}"), 0..6),
        expressions: bool,
    ) {
        let mut page = DOCUMENT.to_owned();
        for (at, length, instead) in cuts {
            let from = page.floor_char_boundary(at);
            let to = page.floor_char_boundary((from + length).min(page.len()));
            page.replace_range(from..to, &instead);
        }
        let settings = Settings { expressions, fonts: true, short: false };
        let includes = |_: &str| Some(DOCUMENT.to_owned());
        let _ = render("page.mjml", &page, &includes, settings);
    }
}
