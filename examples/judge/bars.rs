//! Figures beside the bars that they must meet: as they are printed, and as the last line says them.

use serde_json::{Map, Value, json};

/// What a part of the judge found.
pub struct Bars {
    rows: Map<String, Value>,
    met: bool,
}

impl Bars {
    /// None yet.
    pub fn new() -> Bars {
        Bars {
            rows: Map::new(),
            met: true,
        }
    }

    /// A figure that must be at least `bar`.
    pub fn at_least(&mut self, name: &str, figure: f64, bar: f64) {
        self.row(name, figure, Some((figure >= bar, ">=", bar)));
    }

    /// A figure that must be `bar` or less.
    pub fn at_most(&mut self, name: &str, figure: f64, bar: f64) {
        self.row(name, figure, Some((figure <= bar, "<=", bar)));
    }

    /// A figure that nothing is asked of.
    pub fn beside(&mut self, name: &str, figure: f64) {
        self.row(name, figure, None);
    }

    /// Whether a part that keeps its own bars met them.
    pub fn said(&mut self, name: &str, met: bool) {
        self.row(name, f64::from(u8::from(met)), Some((met, ">=", 1.0)));
    }

    fn row(&mut self, name: &str, figure: f64, bar: Option<(bool, &str, f64)>) {
        let (met, asked) = match bar {
            Some((met, sign, bar)) => (met, format!("{sign} {}", shown(bar))),
            None => (true, String::new()),
        };
        let verdict = match (bar, met) {
            (None, _) => "",
            (_, true) => "met",
            (_, false) => "BELOW THE BAR",
        };
        let line = format!("{name:<58}{:>9}  {asked:<9} {verdict}", shown(figure));
        println!("{}", line.trim_end());
        let mut row = json!({"figure": figure});
        if let Some((met, _, bar)) = bar {
            row["bar"] = json!(bar);
            row["met"] = json!(met);
        }
        self.rows.insert(name.to_owned(), row);
        self.met &= met;
    }

    /// Whether every bar was met.
    pub fn met(&self) -> bool {
        self.met
    }

    /// The same for a program.
    pub fn json(self) -> Value {
        json!({"met": self.met, "figures": self.rows})
    }
}

fn shown(figure: f64) -> String {
    match figure.fract() == 0.0 {
        true => format!("{figure:.0}"),
        false => format!("{figure:.4}"),
    }
}
