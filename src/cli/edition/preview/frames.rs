//! One letter in four frames: on a desk and on a phone, by day and by night.

use minijinja::{Environment, Value, context};

use super::made::Made;
use crate::cli::{Exit, Failure};
use crate::web::inbox::frame;

const PAGE: &str = include_str!("../../../../templates/lab/frames.html");
/// CSS pixels that a mail program on a desk gives a letter, and one on a phone.
const WIDTHS: [(&str, u16); 2] = [("on a desk", 600), ("on a phone", 390)];

/// A page that shows a letter in frames that run nothing.
pub(super) fn page(made: &Made) -> Result<Vec<u8>, Failure> {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let fault = |e| Failure::new(Exit::Failed, e);
    pages.add_template("frames.html", PAGE).map_err(fault)?;
    let day = frame::opens_beside(&made.letter.html);
    let night = frame::by_night(&day);
    let lights = [("day", "by day", &day), ("night", "by night", &night)];
    let frames: Vec<Value> = WIDTHS
        .iter()
        .flat_map(|(place, width)| {
            lights.map(|(light, when, html)| {
                let name = format!("{place} ({width}), {when}");
                context! { name, light, width, html }
            })
        })
        .collect();
    let page = pages.get_template("frames.html").map_err(fault)?;
    let page = page.render(context! {
        subject => made.letter.subject.clone(),
        whose => made.whose(),
        frames,
    });
    Ok(page.map_err(fault)?.into_bytes())
}
