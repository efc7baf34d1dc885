//! Places as an operator lists them: what they are called, of which kind, and within which other.

use serde::{Deserialize, Serialize};

use super::slug::Slug;
use super::words;

words! {
    /// How wide a place is.
    PlaceKind {
        /// A town, a village, a part of a city.
        Town = "town",
        /// A county or district.
        County = "county",
        /// A state, province or region.
        State = "state",
        /// A country.
        Nation = "nation",
    }
}

/// A place that is looked for in articles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GazetteerPlace {
    /// Its short name.
    pub slug: Slug,
    /// Its name, as readers see it and as articles write it.
    pub name: String,
    /// How wide it is.
    pub kind: PlaceKind,
    /// The place that holds it.
    pub parent: Option<Slug>,
    /// Other names of it; those such as `MN` or `Minn.` count only behind a town's name.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Others of its name are about, or its name is a common word: one mention is not enough.
    #[serde(default)]
    pub ambiguous: bool,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}
