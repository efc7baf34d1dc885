//! The finished page: MJML's own head around the body that the engine laid out.

use super::extra::with_ampersands;
use super::head::Head;
use super::read::Node;

/// Fonts that MJML knows without being told, as Google serves them.
const FONTS: &[(&str, &str)] = &[
    (
        "Open Sans",
        "https://fonts.googleapis.com/css?family=Open+Sans:300,400,500,700",
    ),
    (
        "Droid Sans",
        "https://fonts.googleapis.com/css?family=Droid+Sans:300,400,500,700",
    ),
    (
        "Lato",
        "https://fonts.googleapis.com/css?family=Lato:300,400,500,700",
    ),
    (
        "Roboto",
        "https://fonts.googleapis.com/css?family=Roboto:300,400,500,700",
    ),
    (
        "Ubuntu",
        "https://fonts.googleapis.com/css?family=Ubuntu:300,400,500,700",
    ),
];

/// Ends what the engine's head has of itself; after it come the styles that it worked out.
const OWN_END: &str = ".mj-outlook-group-fix { width:100% !important; }\n</style>\n<![endif]-->\n";

const START: &str = r#"<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style type="text/css">
#outlook a { padding:0; }
body { margin:0;padding:0;-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%; }
table, td { border-collapse:collapse;mso-table-lspace:0pt;mso-table-rspace:0pt; }
img { border:0;height:auto;line-height:100%; outline:none;text-decoration:none;-ms-interpolation-mode:bicubic; }
p { display:block;margin:13px 0; }
</style>
<!--[if mso]>
<noscript>
<xml>
<o:OfficeDocumentSettings>
<o:AllowPNG/>
<o:PixelsPerInch>96</o:PixelsPerInch>
</o:OfficeDocumentSettings>
</xml>
</noscript>
<![endif]-->
<!--[if lte mso 11]>
<style type="text/css">
.mj-outlook-group-fix { width:100% !important; }
</style>
<![endif]-->
"#;

/// The engine's page in its parts.
pub(super) struct Laid<'a> {
    /// `<html …>`.
    root: &'a str,
    /// Styles for widths and components.
    styles: &'a str,
    /// `<body …>`.
    open: &'a str,
    /// What stands in the body.
    body: &'a str,
}

impl Laid<'_> {
    /// Takes the engine's page apart; nothing where it is not built as we know it.
    pub(super) fn of(html: &str) -> Option<Laid<'_>> {
        let (start, rest) = html.split_once("<head>")?;
        let (head, rest) = rest.split_once("</head>")?;
        let (_, styles) = head.rsplit_once(OWN_END)?;
        let open = rest.find('>')? + 1;
        let body = rest.get(open..)?.strip_suffix("</body></html>")?;
        Some(Laid {
            root: start.strip_prefix("<!doctype html>")?,
            styles,
            open: &rest[..open],
            body,
        })
    }

    /// The body alone.
    pub(super) fn body(&self) -> &str {
        self.body
    }

    /// The whole page, with `body` in the place of the engine's.
    pub(super) fn page(&self, mjml: &Node, head: &Head, body: &str, fonts: bool) -> String {
        let mut out = String::with_capacity(body.len() + 4_000);
        let start = mjml
            .children
            .iter()
            .filter(|c| c.name == "mj-raw" && c.attribute("position") == Some("file-start"));
        for raw in start {
            out.extend([raw.content.as_str(), "\n"]);
        }
        out.extend([
            "<!doctype html>\n",
            self.root,
            "<head>\n<title>",
            &with_ampersands(&head.title),
        ]);
        out.push_str("</title>\n<!--[if !mso]><!-->\n");
        out.push_str("<meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\">\n");
        out.extend(["<!--<![endif]-->\n", START]);
        if fonts {
            font_links(&mut out, head, body);
        }
        out.push_str(self.styles);
        if mjml.attribute("owa") == Some("desktop") {
            self.outlook_on_the_web(&mut out);
        }
        if !head.styles.is_empty() {
            out.extend([
                "<style type=\"text/css\">\n",
                &head.styles.join("\n"),
                "\n</style>\n",
            ]);
        }
        out.extend([head.raw.join("\n").as_str(), "\n</head>\n", self.open]);
        if !head.preview.is_empty() {
            out.push_str("<div style=\"display:none;font-size:1px;color:#ffffff;line-height:1px;");
            out.push_str("max-height:0px;max-width:0px;opacity:0;overflow:hidden;\">");
            out.extend([head.preview.as_str(), "</div>"]);
        }
        out.extend([body, "</body>\n</html>\n"]);
        out
    }

    /// Widths once more for Outlook on the web, which reads no media queries.
    fn outlook_on_the_web(&self, out: &mut String) {
        let rules = self
            .styles
            .split_once(") { ")
            .and_then(|(_, r)| r.split_once("  }</style>"));
        let Some((rules, _)) = rules else { return };
        out.push_str("<style type=\"text/css\">\n");
        for rule in rules.split_inclusive('}') {
            out.extend(["[owa] ", rule.trim(), "\n"]);
        }
        out.push_str("</style>\n");
    }
}

/// Links to the fonts that the body uses.
fn font_links(out: &mut String, head: &Head, body: &str) {
    let mut fonts: Vec<(&str, &str)> = FONTS.to_vec();
    for (name, link) in &head.fonts {
        match fonts.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = link,
            None => fonts.push((name, link)),
        }
    }
    let body = body.to_lowercase();
    let inline = head.inline.join("\n").to_lowercase();
    fonts.retain(|(name, _)| {
        let name = name.to_lowercase();
        names(&body, &name, &['"'], false) || names(&inline, &name, &[';', '}'], true)
    });
    if fonts.is_empty() {
        return;
    }
    out.push_str("<!--[if !mso]><!-->\n");
    for (_, link) in &fonts {
        out.extend([
            "<link href=\"",
            link,
            "\" rel=\"stylesheet\" type=\"text/css\">\n",
        ]);
    }
    out.push_str("<style type=\"text/css\">\n");
    for (_, link) in &fonts {
        out.extend(["@import url(", link, ");\n"]);
    }
    out.push_str("</style>\n<!--<![endif]-->\n");
}

/// Whether a `font-family` names a font before its declaration, or the attribute, ends.
fn names(text: &str, font: &str, ends: &[char], may_be_last: bool) -> bool {
    text.split("font-family:").skip(1).any(|rest| {
        let end = rest
            .find(ends)
            .or_else(|| may_be_last.then_some(rest.len()));
        end.is_some_and(|end| rest[..end].contains(font))
    })
}
