//! What the engine lays out otherwise than MJML, or not at all, put right in what it made.
//!
//! An element that needs it carries a mark: a class of its own, which is gone afterwards.

use super::vault::Vault;

/// What is to be done with an element, and the class by which it is found.
pub(super) struct Mend {
    pub(super) class: String,
    pub(super) what: What,
}

pub(super) enum What {
    /// `icon-position` other than `left`: the text of a social network stands before its icon.
    IconAfterText,
    /// The `gap` of a wrapper, above each of its sections but the first.
    Gap(String),
    /// `thumbnails="supported"`: hidden where a carousel does not work. `class` is its border.
    HiddenThumbnails,
}

/// Of the element that is a section to browsers.
const MARGIN: &str = "margin:0px auto;";
/// Of the cells that keep a fluid hero's height: a share of the width, which the engine prints bare.
const FLUID: &str = "padding-bottom:";

/// The body with everything put right. `absent` is the address of pictures that have none.
pub(super) fn mended(body: &str, mends: &[Mend], absent: &str, vault: &Vault) -> String {
    let body = body.replace(&format!(" src=\"{absent}\""), "");
    let mut body = shares(&bare(&body, vault));
    for mend in mends {
        let class = &mend.class;
        body = match &mend.what {
            What::IconAfterText => icon_after_text(&body, class).unwrap_or(body),
            What::Gap(gap) => gap_above(&body, class, gap).unwrap_or(body),
            What::HiddenThumbnails => hidden_thumbnails(&body, class),
        };
        if !matches!(mend.what, What::HiddenThumbnails) {
            body = without_class(&body, class);
        }
    }
    body
}

/// A line break between tags. What stands between an author's own is not touched: it is a word still.
pub(super) fn in_lines(body: &str) -> String {
    let mut parts = body.split("><");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // The two halves of a comment that others than Outlook read.
        let half = part == "!--";
        out.extend([if half { "><" } else { ">\n<" }, part]);
    }
    out
}

/// Takes raw content out of the table that the engine puts around what stands in a row of networks.
fn bare(body: &str, vault: &Vault) -> String {
    const OPEN: &str = "<!--[if mso | IE]><td><![endif]--><table";
    const CLOSE: &str = "--></tbody></table><!--[if mso | IE]></td><![endif]-->";
    let start = format!("><tbody><!--{}", vault.mark());
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find(&start) {
        let after = at + start.len();
        let wrapped = rest[..at].rfind(OPEN).filter(|open| {
            let attributes = &rest[open + OPEN.len()..at];
            !attributes.contains(['<', '>'])
        });
        let end = rest[after..].find("-->").map(|n| after + n);
        match (wrapped, end) {
            (Some(open), Some(end)) if rest[end..].starts_with(CLOSE) => {
                let comment = at + "><tbody>".len();
                out.extend([&rest[..open], &rest[comment..end + 3]]);
                rest = &rest[end + CLOSE.len()..];
            }
            _ => {
                out.push_str(&rest[..after]);
                rest = &rest[after..];
            }
        }
    }
    out + rest
}

/// Gives the height of a fluid hero its unit.
fn shares(body: &str) -> String {
    const CELL: &str = "<td style=\"mso-padding-bottom-alt:0;";
    let mut parts = body.split(CELL);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(CELL);
        let number = part
            .strip_prefix(FLUID)
            .and_then(|rest| rest.split_once(';'));
        match number.map(|(number, rest)| (number.parse::<f64>(), rest)) {
            Some((Ok(share), rest)) => {
                out.push_str(&format!("{FLUID}{:.0}%;{rest}", share.round()));
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// Changes the places of the two cells of a network's row.
fn icon_after_text(body: &str, class: &str) -> Option<String> {
    const ICON_END: &str = "</table></td>";
    let row = body.find(&format!("<tr class=\"{class}"))?;
    let start = row + body[row..].find('>')? + 1;
    let icon = start + body[start..].find(ICON_END)? + ICON_END.len();
    let end = icon + body[icon..].find("</tr>")?;
    let parts = [
        &body[..start],
        &body[icon..end],
        &body[start..icon],
        &body[end..],
    ];
    Some(parts.concat())
}

/// Sets a section down from the one above, for browsers and for Outlook.
fn gap_above(body: &str, class: &str, gap: &str) -> Option<String> {
    let start = format!("class=\"{class}");
    let mut at: Vec<(usize, String)> = Vec::new();
    for (found, _) in body.match_indices(&start) {
        let value = found + "class=\"".len();
        let end = value + body[value..].find('"')?;
        if body[value..end].ends_with("-outlook") {
            let tag = body[..found].rfind('<')?;
            let close = found + body[found..].find('>')?;
            // The cell around the table has the class too, and no style.
            if let Some(style) = body[tag..close].find("style=\"") {
                let style = tag + style + "style=\"".len();
                at.push((style, format!("padding-top:{gap};")));
            }
        } else {
            // After the shorthand, which would undo it.
            let margin = found + body[found..].find(MARGIN)? + MARGIN.len();
            at.push((margin, format!("margin-top:{gap};")));
        }
    }
    at.sort();
    let mut out = String::with_capacity(body.len() + 64);
    let mut done = 0;
    for (place, words) in at {
        out.extend([&body[done..place], &words]);
        done = place;
    }
    Some(out + &body[done..])
}

/// Hides the thumbnails with that border.
fn hidden_thumbnails(body: &str, border: &str) -> String {
    let mut parts = body.split(border);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find('"').unwrap_or(part.len());
        let (style, rest) = part.split_at(end);
        let style = style.replacen("display:inline-block", "display:none", 1);
        out.extend([border, &style, rest]);
    }
    out
}

fn without_class(body: &str, class: &str) -> String {
    let mut body = body.to_owned();
    for class in [format!("{class}-outlook"), class.to_owned()] {
        body = body.replace(&format!(" class=\"{class}\""), "");
        body = body.replace(&format!("{class} "), "");
        body = body.replace(&format!(" {class}\""), "\"");
    }
    body
}
