//! `/a/{token}`: a private Atom feed (RFC 4287) of a reader's own letters, each with the link to its
//! page. Its link names a number, so that a new one ends it.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::since::Since;
use super::{House, Owner, Token, opened};
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::domain::written::Correction;
use crate::feedback::link::Purpose;
use crate::store::StoreError;
use crate::store::own::SentLetter;

/// Letters of the feed.
const LETTERS: u32 = 30;

/// `GET /a/{token}`.
pub(in crate::web) async fn feed(State(house): State<House>, token: Token) -> Response {
    let opened = opened(&house, Purpose::Feed, token);
    let page = async {
        let owner = match house.owner(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        let store = &house.app.store;
        let number = opened.map(|o| o.digest.0);
        if number != Some(store.feed_no(owner.subscription.id).await?) {
            return Ok(house.pages.not_found());
        }
        let kind = [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")];
        Ok((kind, house.atom(&owner).await?).into_response())
    };
    let page: super::Page = page.await;
    house.answer(page)
}

impl House {
    async fn atom(&self, owner: &Owner) -> Result<String, StoreError> {
        let sent = self
            .app
            .store
            .letters_sent(owner.subscription.id, Timestamp::MAX, LETTERS)
            .await?;
        let since = self.since(owner, &sent).await?;
        let subjects = self.subjects(owner, &sent, &since).await?;
        let begun = owner.person.created_at;
        let all = || sent.iter().zip(&since);
        let newest = all().map(|(letter, since)| updated(letter, since)).max();
        let host = url::Url::parse(&self.app.public_url).ok();
        let host = host.and_then(|url| url.host_str().map(str::to_owned));
        let host = host.unwrap_or_else(|| "localhost".to_owned());
        let name = text(owner.list.display_name());
        let mut atom = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
             <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
             <id>{}</id>\n<title>{name}</title>\n<author><name>{name}</name></author>\n\
             <updated>{}</updated>\n",
            text(owner.speech.tag()),
            tag(&host, begun, &format!("own/{}", owner.subscription.id)),
            format_rfc3339(newest.unwrap_or(begun)),
        );
        for (letter, subject) in all().zip(&subjects) {
            atom.push_str(&self.entry(owner, &host, letter, subject));
        }
        atom.push_str("</feed>\n");
        Ok(atom)
    }

    fn entry(
        &self,
        owner: &Owner,
        host: &str,
        (letter, since): (&SentLetter, &Since),
        subject: &str,
    ) -> String {
        format!(
            "<entry>\n<id>{}</id>\n<title>{}</title>\n<published>{}</published>\n\
             <updated>{}</updated>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n{}</entry>\n",
            tag(host, letter.date, &format!("letter/{}", letter.digest)),
            text(subject),
            format_rfc3339(letter.date),
            format_rfc3339(updated(letter, since)),
            text(&self.view(owner, letter.digest)),
            summary(since),
        )
    }
}

/// When a letter's entry was last another one (RFC 4287 §4.2.15).
fn updated(letter: &SentLetter, since: &Since) -> Timestamp {
    since.at.map_or(letter.date, |at| at.max(letter.date))
}

/// What was said of its stories since.
fn summary(since: &Since) -> String {
    let one = |c: &Correction| match &c.about {
        Some(about) => format!("{}: {}", about.headline, c.text),
        None => c.text.clone(),
    };
    let said: Vec<String> = since.corrections.iter().map(one).collect();
    match said.is_empty() {
        true => String::new(),
        false => format!("<summary>{}</summary>\n", text(&said.join("\n"))),
    }
}

/// A tag URI (RFC 4151): the same for ever, whatever the links become.
fn tag(host: &str, at: Timestamp, which: &str) -> String {
    text(&format!("tag:{host},{}:{which}", at.strftime("%Y-%m-%d")))
}

/// Text as XML 1.0 may hold it (§2.2), escaped.
fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for sign in raw.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(sign),
            '\0'..=' ' if sign != ' ' => {}
            '\u{fffe}' | '\u{ffff}' => {}
            sign => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_text_breaks_the_feed() {
        assert_eq!(
            text("a\u{0}<b> & \"c\"\u{1f}"),
            "a&lt;b&gt; &amp; &quot;c&quot;"
        );
    }
}
