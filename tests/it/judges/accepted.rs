//! What mail programs are known to lack of what our letters use: a list with reasons that may only
//! shrink.

use std::collections::{BTreeMap, BTreeSet};

/// The list that is committed. A line: level and feature, its clients, why it does no harm.
const COMMITTED: &str = include_str!("caniemail.txt");

/// Features by which a letter's content or its layout stands: where one of these is not supported
/// at all, no reason is good enough.
const CARRIES: &[&str] = &[
    // content
    "::after",
    "::before",
    "<code> element",
    "<div> element",
    "<h1> to <h6> elements",
    "<hr> element",
    "<img> element",
    "<p> element",
    "<picture> element",
    "<span> element",
    "<strong> element",
    "<table> element",
    "<ul>, <ol> and <dl>",
    "<video> element",
    "Base 64 image format",
    "Embedded <svg> image",
    "HTML5 semantics",
    "Image maps",
    "Local anchors",
    "SVG image format",
    "address",
    "background-image",
    "hidden attribute",
    "mailto: links",
    "srcset and sizes attributes",
    "visibility",
    "webP image format",
    // layout
    "CSS Variables (Custom Properties)",
    "CSS calc() function",
    "align attribute",
    "border",
    "border-spacing",
    "cellpadding attribute",
    "cellspacing attribute",
    "clamp()",
    "color",
    "column-count",
    "dir attribute",
    "direction",
    "display",
    "display:flex",
    "display:grid",
    "float",
    "font-size",
    "font-weight",
    "height attribute",
    "inline-size",
    "left, right, top, bottom",
    "line-height",
    "margin",
    "margin-inline & margin-block",
    "margin-inline-start & margin-inline-end",
    "max()",
    "max-inline-size",
    "min()",
    "object-fit",
    "padding",
    "padding-inline & padding-block",
    "padding-inline-start & padding-inline-end",
    "position",
    "table-layout",
    "text-align",
    "valign attribute",
    "vertical-align",
    "width attribute",
    "width property",
];

/// Findings: level and feature → clients, and in the committed list why they are accepted.
#[derive(Default)]
pub struct Accepted {
    clients: BTreeMap<String, BTreeSet<String>>,
}

impl Accepted {
    /// The committed list. A line without a reason is refused.
    pub fn committed() -> Accepted {
        let mut list = Accepted::default();
        for line in COMMITTED.lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let parts: Vec<&str> = line.splitn(3, " | ").collect();
            let [feature, clients, reason] = parts[..] else {
                panic!("`{line}` is no `LEVEL feature | clients | reason`");
            };
            assert!(reason.trim().len() > 10, "`{line}` gives no reason");
            let clients = clients.split_whitespace().map(str::to_owned).collect();
            let twice = list.clients.insert(feature.trim().to_owned(), clients);
            assert!(twice.is_none(), "`{feature}` stands there twice");
        }
        list
    }

    /// Takes in what the judge said of one letter.
    pub fn add(&mut self, words: &str) {
        let levels = ["ERROR ", "WARN "];
        for line in words
            .lines()
            .filter(|l| levels.iter().any(|level| l.starts_with(level)))
        {
            let (feature, clients) = line.split_once(" | ").expect("a feature and its clients");
            let known = self.clients.entry(feature.to_owned()).or_default();
            known.extend(clients.split_whitespace().map(str::to_owned));
        }
    }

    /// Where these findings differ from the list, as lines that can be put into it.
    pub fn against(&self, list: &Accepted) -> Vec<String> {
        let mut found = Vec::new();
        let nobody = BTreeSet::new();
        let names = |clients: BTreeSet<&String>| {
            let names: Vec<&str> = clients.into_iter().map(String::as_str).collect();
            names.join(" ")
        };
        let all: BTreeSet<&String> = self.clients.keys().chain(list.clients.keys()).collect();
        for feature in all {
            let now = self.clients.get(feature).unwrap_or(&nobody);
            let known = list.clients.get(feature).unwrap_or(&nobody);
            let (new, gone) = (now - known, known - now);
            if !new.is_empty() {
                found.push(format!(
                    "new: {feature} | {} |",
                    names(new.iter().collect())
                ));
            }
            if !gone.is_empty() {
                let gone = names(gone.iter().collect());
                found.push(format!("no longer so, take it off: {feature} | {gone} |"));
            }
            let carries = feature
                .strip_prefix("ERROR ")
                .is_some_and(|f| CARRIES.contains(&f));
            if carries && !now.is_empty() {
                let now = names(now.iter().collect());
                found.push(format!("carries content or layout: {feature} | {now} |"));
            }
        }
        found
    }
}
