//! Topics: what an article is about, by whoever has a say, and what makes its story a risk beside an
//! advertisement. Pure; it knows neither feeds nor subscribers.

pub mod annotate;
pub mod risk;
pub mod rule;
pub mod rules;
