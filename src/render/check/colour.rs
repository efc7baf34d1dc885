//! Colours of CSS as numbers, and how well one can be read on another (WCAG 2.2, 1.4.3).

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// Those that people write: the basic ones of CSS, and greys.
const NAMED: &[(&str, u32)] = &[
    ("aqua", 0x00_ffff),
    ("black", 0x00_0000),
    ("blue", 0x00_00ff),
    ("crimson", 0xdc_143c),
    ("cyan", 0x00_ffff),
    ("darkblue", 0x00_008b),
    ("darkgray", 0xa9_a9a9),
    ("darkgreen", 0x00_6400),
    ("darkgrey", 0xa9_a9a9),
    ("darkred", 0x8b_0000),
    ("dimgray", 0x69_6969),
    ("dimgrey", 0x69_6969),
    ("fuchsia", 0xff_00ff),
    ("gold", 0xff_d700),
    ("gray", 0x80_8080),
    ("green", 0x00_8000),
    ("grey", 0x80_8080),
    ("lightgray", 0xd3_d3d3),
    ("lightgrey", 0xd3_d3d3),
    ("lime", 0x00_ff00),
    ("magenta", 0xff_00ff),
    ("maroon", 0x80_0000),
    ("navy", 0x00_0080),
    ("olive", 0x80_8000),
    ("orange", 0xff_a500),
    ("pink", 0xff_c0cb),
    ("purple", 0x80_0080),
    ("red", 0xff_0000),
    ("silver", 0xc0_c0c0),
    ("teal", 0x00_8080),
    ("white", 0xff_ffff),
    ("whitesmoke", 0xf5_f5f5),
    ("yellow", 0xff_ff00),
];

impl Colour {
    /// A colour as CSS and HTML write it; nothing for one that is partly seen through, or not known.
    pub(super) fn read(text: &str) -> Option<Colour> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(digits) = text.strip_prefix('#') {
            return hex(digits);
        }
        if let Some(inside) = text.strip_prefix("rgb") {
            let inside = inside.trim_start_matches('a').trim();
            let inside = inside.strip_prefix('(')?.strip_suffix(')')?;
            let mut parts = inside.split(|c: char| c == ',' || c == '/' || c.is_whitespace());
            let mut next = || parts.by_ref().find(|p| !p.is_empty());
            let mut channel = || next()?.parse::<u8>().ok();
            let colour = Colour(channel()?, channel()?, channel()?);
            let solid = next().is_none_or(|a| a.parse::<f32>().is_ok_and(|a| a >= 1.0));
            return solid.then_some(colour);
        }
        let found = NAMED.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| {
            let [_, r, g, b] = value.to_be_bytes();
            Colour(r, g, b)
        })
    }

    /// As CSS writes it.
    pub(super) fn shown(self) -> String {
        let Colour(r, g, b) = self;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// From 1, the same, to 21, black on white.
    pub(super) fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            match c <= 0.040_45 {
                true => c / 12.92,
                false => ((c + 0.055) / 1.055).powf(2.4),
            }
        };
        let Colour(r, g, b) = self;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }
}

fn hex(digits: &str) -> Option<Colour> {
    if !digits.is_ascii() {
        return None;
    }
    let long: String = match digits.len() {
        3 | 4 => digits.chars().flat_map(|c| [c, c]).collect(),
        6 | 8 => digits.to_owned(),
        _ => return None,
    };
    let byte = |at: usize| u8::from_str_radix(long.get(at..at + 2)?, 16).ok();
    let solid = long.len() == 6 || byte(6)? == 255;
    let colour = Colour(byte(0)?, byte(2)?, byte(4)?);
    solid.then_some(colour)
}

#[cfg(test)]
mod tests {
    use super::Colour;

    #[test]
    fn colours_are_read_as_they_are_written() {
        for (text, expected) in [
            ("#fff", "#ffffff"),
            ("#1B1b1B", "#1b1b1b"),
            ("#123f", "#112233"),
            (" rgb(1, 2,3) ", "#010203"),
            ("rgba(1 2 3 / 1)", "#010203"),
            ("Navy", "#000080"),
            ("aqua", "#00ffff"),
        ] {
            let read = Colour::read(text).map(Colour::shown);
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "#12",
            "#1234567",
            "#ggg",
            "#é12",
            "rgba(1,2,3,.5)",
            "rgb(1,2)",
            "inherit",
            "#1118",
        ] {
            assert_eq!(Colour::read(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        let ratio = |a, b| {
            let read = |text| Colour::read(text).expect(text);
            (read(a).contrast(read(b)) * 100.0).round()
        };
        assert_eq!(ratio("black", "white"), 2100.0);
        assert_eq!(ratio("#fff", "#767676"), 454.0);
        assert_eq!(ratio("#999", "#fff"), 285.0);
        assert_eq!(ratio("#999", "#999"), 100.0);
    }
}
