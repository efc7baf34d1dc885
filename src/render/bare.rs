//! Takes out of a finished layout what MJML’s page brings along for programs that are no more, and
//! what screen readers would read out twice.
//!
//! What stands in comments is read by nobody but old Outlook, which gets along without; a letter is no
//! article on a page, and its title need not be said again before it.

/// Opens and closes what one family of programs alone is to read.
const CONDITION: (&str, &str) = ("<!--[if", "<![endif]-->");
/// Attributes that MJML puts on the element around a letter.
const ASIDES: [&str; 3] = [
    " aria-label=\"",
    " aria-roledescription=\"",
    " role=\"article\"",
];

/// The layout without them. Comments within the body are an author's own, and stay.
pub(super) fn bare(html: &str) -> String {
    let Some((head, body)) = html.split_once("</head>") else {
        return html.to_owned();
    };
    format!("{}</head>{}", unconditional(head), tight(&plain(body)))
}

/// Takes the blanks out of tags that MJML puts before conditions among attributes: a condition that
/// does not hold would leave them in every letter. What it brings begins with a blank of its own.
fn tight(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let (mut rest, mut tag, mut quote) = (body, false, None);
    while let Some(c) = rest.chars().next() {
        let statement = ["{%", "{{"].iter().any(|open| rest.starts_with(open));
        if let Some(end) = statement.then(|| end_of(rest)).flatten() {
            let after = &rest[end..];
            let apart = after.starts_with([' ', '>', '/']) || after.starts_with("{%");
            if tag && quote.is_none() && rest.starts_with("{%") && apart {
                out.truncate(out.trim_end_matches(' ').len());
            }
            out.push_str(&rest[..end]);
            rest = after;
            continue;
        }
        match (c, quote) {
            ('<', None) => tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()),
            ('>', None) => tag = false,
            ('"' | '\'', None) if tag => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) if tag && out.ends_with(' ') => {
                rest = &rest[1..];
                continue;
            }
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Where the statement or expression ends that a text begins with.
fn end_of(text: &str) -> Option<usize> {
    let close = if text.starts_with("{%") { "%}" } else { "}}" };
    text.find(close).map(|at| at + close.len())
}

fn unconditional(head: &str) -> String {
    let (open, close) = CONDITION;
    let mut out = String::with_capacity(head.len());
    let mut rest = head;
    while let Some((before, after)) = rest.split_once(open) {
        out.push_str(before);
        rest = after.split_once(close).map_or("", |(_, after)| after);
    }
    out + rest
}

/// The body with nothing but direction, language and look on the element around the letter.
fn plain(body: &str) -> String {
    let [.., article] = ASIDES;
    let around = body.split_once(article).and_then(|(before, after)| {
        let start = before.rfind('<')?;
        let end = after.find('>')?;
        Some((
            &body[..start],
            &before[start..],
            &after[..end],
            &after[end..],
        ))
    });
    let Some((before, tag, more, after)) = around else {
        return body.to_owned();
    };
    let mut tag = format!("{tag}{more}");
    for name in ASIDES {
        let Some((kept, rest)) = tag.split_once(name) else {
            continue;
        };
        let rest = match name == article {
            true => rest,
            false => rest.split_once('"').map_or("", |(_, rest)| rest),
        };
        tag = format!("{kept}{rest}");
    }
    format!("{before}{tag}{after}")
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn what_mjml_adds_for_others_is_taken_out() {
        let page = "<head><title>t</title><!--[if !mso]><!--><meta x><!--<![endif]--><meta y>\
            <!--[if mso]><xml/><![endif]--></head><body style=\"a\">\
            <div aria-label=\"{{ subject }}\" aria-roledescription=\"email\" class=\"paper\" \
            role=\"article\" lang=\"en\" dir=\"ltr\"><!--[if mso]>w<![endif]-->z</div></body>";
        assert_eq!(
            bare(page),
            "<head><title>t</title><meta y></head><body style=\"a\">\
            <div class=\"paper\" lang=\"en\" dir=\"ltr\"><!--[if mso]>w<![endif]-->z</div></body>"
        );
    }

    #[test]
    fn conditions_among_attributes_leave_no_blanks() {
        let check = |tag: &str, expected: &str| {
            let page = format!("<head></head>{tag}");
            assert_eq!(bare(&page), format!("<head></head>{expected}"), "{tag}");
        };
        check(
            "<p  {% if a > b %}  lang=\"{{ a }}\"{% endif %} {% if c %} dir=\"x\"{% endif %}  style=\"y\">",
            "<p{% if a > b %} lang=\"{{ a }}\"{% endif %}{% if c %} dir=\"x\"{% endif %} style=\"y\">",
        );
        for same in [
            "<p {% if a %}lang=\"x\"{% endif %}>",
            "<p class=\"a {% if b %} c{% endif %}\">a {% if b %} c{% endif %} d</p>",
            "a < b {% if c %} d{% endif %} {{ e }} 'f' {% x",
        ] {
            check(same, same);
        }
    }

    #[test]
    fn another_page_stays_as_it_is() {
        for page in ["", "<p role=\"article\">", "<head></head><p>x</p>"] {
            assert_eq!(bare(page), page);
        }
    }
}
