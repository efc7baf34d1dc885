//! A document as a template over data: rendered, then filled in, everything escaped.

use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Value};
use serde::Serialize;

use super::super::engine::{self, FILTERS, FUNCTIONS, TESTS};
use super::super::marks::{Marks, Unmarked, of_error};
use super::super::said;
use super::error::{Fault, MjmlError, Place};
use super::lex::{Lexer, Token};
use super::{Rendered, Settings, render_through};
use crate::domain::nearest;

/// The name ends as the template engine's names of HTML do: what it prints is escaped.
const NAME: &str = "page.html";
/// Attributes that lead somewhere.
const LINKS: &[&str] = &[
    "href",
    "src",
    "background",
    "action",
    "formaction",
    "poster",
];
/// What a link of the data may begin with.
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel"];
/// Characters that a message shows of a value.
const SHOWN: usize = 60;

/// Renders a document whose `{{ }}` and `{% %}` are expressions over `data`. What the data lacks, and
/// a link out of the data that no letter may have, is an error with the place of the expression. Of
/// `settings`, all but the expressions count.
pub fn fill<D: Serialize>(
    file: &str,
    source: &str,
    includes: &dyn Fn(&str) -> Option<String>,
    settings: Settings,
    data: &D,
) -> Result<Rendered, MjmlError> {
    let settings = Settings {
        expressions: true,
        ..settings
    };
    let data = Value::from(Serde(data));
    let mut marks = Marks::new(&data.to_string());
    let mut put = |place: &Place, expression: &str| {
        let written: String = expression.chars().take(SHOWN).collect();
        marks.marked((place.clone(), written), expression)
    };
    let page = render_through(file, source, includes, settings, &mut put)?;
    let start = Place {
        file: file.into(),
        line: 1,
        at: 0,
    };
    let refused = |e: &Error| {
        let found = of_error(&page.html, e).and_then(|mark| Some((mark, marks.place(mark)?)));
        let place = found.map(|(mark, (place, _))| Place {
            line: place.line + mark.lines,
            ..place.clone()
        });
        MjmlError {
            place: place.unwrap_or_else(|| start.clone()),
            fault: fault(e, &data),
        }
    };
    let mut environment = engine::environment().map_err(|e| refused(&e))?;
    environment
        .add_template_owned(NAME, page.html.clone())
        .map_err(|e| refused(&e))?;
    let filled = |environment: &Environment<'_>| environment.get_template(NAME)?.render(&data);
    let html = match filled(&environment) {
        Ok(html) => html,
        Err(first) => {
            // Once more, for the name of what is not there.
            environment.set_debug(true);
            let named = filled(&environment).err();
            return Err(refused(&named.unwrap_or(first)));
        }
    };
    let unmarked = marks.taken_out(&html);
    unsafe_link(&unmarked, &marks)?;
    Ok(Rendered {
        html: unmarked.text,
        warnings: page.warnings,
    })
}

/// Refuses the first link that an expression made and that no letter may have.
fn unsafe_link(page: &Unmarked, marks: &Marks<(Place, String)>) -> Result<(), MjmlError> {
    let mut lexer = Lexer::new(&page.text);
    loop {
        let from = lexer.at;
        let attributes = match lexer.next() {
            None => return Ok(()),
            Some(Token::Open { attributes, .. }) => attributes,
            Some(_) => continue,
        };
        for (name, value) in attributes {
            let name = name.to_ascii_lowercase();
            if !LINKS.contains(&name.as_str()) || may_lead(&name, value) {
                continue;
            }
            if let Some((place, expression)) = marks.within(page, from, lexer.at) {
                let fault = Fault::UnsafeLink {
                    expression: expression.clone(),
                    link: value.chars().take(SHOWN).collect(),
                };
                return Err(super::read::error(place, fault));
            }
        }
    }
}

/// Whether a link has no scheme, or one that runs nothing. Browsers drop blanks and controls first.
fn may_lead(attribute: &str, value: &str) -> bool {
    let bare = value.chars().filter(|c| *c > ' ' && *c != '\u{7f}');
    let bare: String = bare.take(64).collect::<String>().to_ascii_lowercase();
    let Some((scheme, _)) = bare.split_once(':') else {
        return true;
    };
    let named = scheme
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+-.&#;".contains(&b));
    let picture = attribute != "href" && (scheme == "cid" || bare.starts_with("data:image/"));
    !named || picture || SCHEMES.contains(&scheme)
}

/// What an error of the engine comes to.
fn fault(error: &Error, data: &Value) -> Fault {
    if let Some(name) = said::undefined(error) {
        let meant = meant(&name, data).map(|m| format!("did you mean `{m}`?"));
        return Fault::Undefined { name, meant };
    }
    let known = |names: &[&str]| Some(format!("there are {}", names.join(", ")));
    let hint = match error.kind() {
        ErrorKind::UnknownFilter => known(FILTERS),
        ErrorKind::UnknownTest => known(TESTS),
        ErrorKind::UnknownFunction => known(FUNCTIONS),
        ErrorKind::SyntaxError => Some(
            "`{{ name }}` prints; `{% if name %}…{% endif %}` and `{% for x in list %}…{% endfor %}` \
             ask and repeat"
                .to_owned(),
        ),
        ErrorKind::OutOfFuel => Some("loops within loops take most".to_owned()),
        _ => None,
    };
    let reason = said::words_of(error);
    Fault::Expression { reason, hint }
}

/// The name of the data that was perhaps meant: beside the one that is not there.
fn meant(name: &str, data: &Value) -> Option<String> {
    let (of, last) = match name.rsplit_once('.') {
        Some((of, last)) => (Some(of), last),
        None => (None, name),
    };
    let mut record = data.clone();
    for part in of.into_iter().flat_map(|of| of.split('.')) {
        record = record.get_attr(part).ok()?;
    }
    if record.kind() != ValueKind::Map {
        return None;
    }
    let keys: Vec<String> = record.try_iter().ok()?.map(|k| k.to_string()).collect();
    let last: String = last.chars().take(64).collect();
    let near = nearest(&last, keys.iter().map(String::as_str))?;
    Some(of.map_or_else(|| near.to_owned(), |of| format!("{of}.{near}")))
}
