//! The Atom feed of an archive (RFC 4287): its newest issues, each with its headlines.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use minijinja::{Value, context};

use super::issues::{Told, told};
use super::{Named, Publication, kept};
use crate::domain::archive::Archive;
use crate::domain::time::format_rfc3339;
use crate::web::{House, masthead};

/// Issues in it, and stories of each.
const ISSUES: u32 = 20;
const STORIES: usize = 30;
const KIND: &str = "application/atom+xml; charset=utf-8";

/// `GET /list/{list}/atom.xml`.
pub(in crate::web) async fn feed(
    State(house): State<House>,
    named: Named,
    headers: HeaderMap,
) -> Response {
    let of = match house.archived(named).await {
        Ok(of) => of,
        Err(page) => return page,
    };
    let issues = async {
        let store = &house.app.store;
        let issues = store.issues(of.list.id, None, ISSUES).await?;
        told(store, issues, STORIES, house.app.clock.now()).await
    };
    let issues = match issues.await {
        Ok(issues) => issues,
        Err(error) => return house.pages.failed(&error),
    };
    let text = match house
        .pages
        .text("atom.xml", &of.speech, house.said(&of, &issues))
    {
        Ok(text) => text,
        Err(error) => return house.pages.failed(&error),
    };
    let found = of.list.settings.archive == Archive::Public;
    let tag = kept::tag(text.as_bytes());
    kept::answer(&headers, &tag, (KIND, text), found)
}

impl House {
    fn said(&self, of: &Publication, issues: &[Told]) -> Value {
        let base = format!("{}/list/{}", self.app.public_url, of.list.slug);
        let host = url::Url::parse(&self.app.public_url);
        let host = host.ok().and_then(|u| u.host_str().map(str::to_owned));
        let host = host.unwrap_or_default();
        let entry = |told: &Told| {
            let day = told.issue.out.strftime("%Y-%m-%d").to_string();
            context! {
                // RFC 4151: it stays when the pages move.
                id => format!("tag:{host},{day}:{}/{}", of.list.slug, told.issue.name),
                title => plain(&told.title),
                link => format!("{base}/archive/{}", told.issue.name),
                published => format_rfc3339(told.issue.out),
                updated => format_rfc3339(told.updated()),
                content => headlines(&told.stories),
            }
        };
        let newest = issues.iter().map(Told::updated).max();
        context! {
            id => format!("tag:{host},2026:{}", of.list.slug),
            title => plain(masthead(&of.list)),
            subtitle => plain(&of.list.settings.tagline),
            home => base.clone(),
            link => format!("{base}/atom.xml"),
            // A feed without entries has been so since time began.
            updated => format_rfc3339(newest.unwrap_or_default()),
            entries => issues.iter().map(entry).collect::<Vec<_>>(),
        }
    }
}

/// The stories of an issue as HTML.
fn headlines(stories: &[(String, Option<String>)]) -> String {
    let item = |(headline, link): &(String, Option<String>)| {
        let text = escaped(&plain(headline));
        match link {
            Some(link) => format!("<li><a href=\"{}\">{text}</a></li>", escaped(link)),
            None => format!("<li>{text}</li>"),
        }
    };
    let items: String = stories.iter().map(item).collect();
    format!("<ul>{items}</ul>")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// Without what no XML document may have (XML 1.0 §2.2).
fn plain(text: &str) -> String {
    let fine = |c: &char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => *c >= ' ',
    };
    text.chars().filter(fine).collect()
}

#[cfg(test)]
mod tests {
    use super::{headlines, plain};

    #[test]
    fn a_headline_is_text_and_a_link_is_an_attribute() {
        let link = Some("https://x.example/?a=1&b=\"".to_owned());
        let html = headlines(&[("a <b> & \u{1}c".to_owned(), link), ("d".to_owned(), None)]);
        assert_eq!(
            html,
            "<ul><li><a href=\"https://x.example/?a=1&amp;b=&quot;\">a &lt;b&gt; &amp; c</a></li>\
             <li>d</li></ul>"
        );
        assert_eq!(plain("a\u{0}\u{b}\u{ffff}b\t"), "ab\t");
    }
}
