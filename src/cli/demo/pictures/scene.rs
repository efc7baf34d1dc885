//! What several motifs share: a palette, dice, and the sky, water, hills, houses and people of a
//! picture in flat colours, like a linocut.
//!
//! It knows no motif.

use super::canvas::{Canvas, Colour, blend};

/// Pixels across.
const WIDTH: usize = 1200;
/// Pixels down.
const HEIGHT: usize = 675;

/// The same, as a coordinate.
pub(super) const W: f32 = WIDTH as f32;
/// The same, as a coordinate.
pub(super) const H: f32 = HEIGHT as f32;

/// Seven colours from light to dark.
pub(super) struct Palette {
    pub(super) sky: Colour,
    pub(super) glow: Colour,
    pub(super) far: Colour,
    pub(super) mid: Colour,
    pub(super) near: Colour,
    pub(super) ink: Colour,
    pub(super) accent: Colour,
}

/// Numbers that look drawn and are always the same (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number from `low` up to `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.next() % 1000) as f32 / 1000.0
    }

    /// True once in `n` times.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

/// A picture in the making.
pub(super) struct Scene {
    pub(super) canvas: Canvas,
    pub(super) colours: Palette,
    pub(super) dice: Dice,
}

impl Scene {
    pub(super) fn new(colours: Palette, seed: u64) -> Scene {
        let canvas = Canvas::new(WIDTH, HEIGHT, colours.sky);
        Scene {
            canvas,
            colours,
            dice: Dice(seed),
        }
    }

    /// A printer's sky: a sun, and dots that thin out towards the horizon.
    pub(super) fn sky(&mut self, horizon: f32) {
        let dot = blend(self.colours.sky, self.colours.far, 0.7);
        for row in 0..(horizon * 0.6 / 12.0) as usize {
            let radius = 4.2 * (1.0 - row as f32 * 12.0 / (horizon * 0.6));
            for column in 0..=WIDTH / 24 {
                let shift = if row % 2 == 0 { 0.0 } else { 12.0 };
                let (x, y) = (column as f32 * 24.0 + shift, row as f32 * 12.0 + 6.0);
                self.canvas.disc(x, y, radius, dot);
            }
        }
        let x = self.dice.between(200.0, 1000.0);
        let y = horizon - self.dice.between(60.0, 240.0);
        let radius = self.dice.between(58.0, 92.0);
        self.canvas.disc(x, y, radius, self.colours.glow);
    }

    /// Water from `top` down, with broken lines of light.
    pub(super) fn water(&mut self, top: f32) {
        let (base, light) = (self.colours.mid, self.colours.far);
        self.canvas.rect(0.0, top, W, H - top, base);
        let mut y = top + 12.0;
        while y < H {
            let thick = 2.0 + (y - top) / 55.0;
            let mut x = self.dice.between(-200.0, 60.0);
            while x < W {
                let length = self.dice.between(30.0, 190.0) * (0.6 + (y - top) / 300.0);
                self.canvas
                    .oval(x + length / 2.0, y, length / 2.0, thick / 2.0, light);
                x += length + self.dice.between(50.0, 300.0);
            }
            y += 13.0 + (y - top) / 14.0;
        }
    }

    /// A line of hills.
    pub(super) fn hills(&mut self, base: f32, rise: f32, colour: Colour) {
        let (one, two) = (self.dice.between(0.0, 6.3), self.dice.between(0.0, 6.3));
        let mut points: Vec<(f32, f32)> = (0..=60_u8)
            .map(|n| {
                let x = f32::from(n) * W / 60.0;
                let wave = (x / 190.0 + one).sin() * 0.6 + (x / 83.0 + two).sin() * 0.25;
                (x, base - rise * (0.55 + 0.5 * wave))
            })
            .collect();
        points.extend([(W, H), (0.0, H)]);
        self.canvas.shape(&points, colour);
    }

    /// A row of gabled houses that stand on `ground`.
    pub(super) fn houses(&mut self, ground: f32, low: f32, high: f32, colour: Colour, lit: Colour) {
        let mut x = self.dice.between(-40.0, 0.0);
        while x < W {
            let width = self.dice.between(62.0, 118.0);
            let height = self.dice.between(low, high);
            let top = ground - height;
            self.canvas.rect(x, top, width + 1.0, height, colour);
            let gable = [
                (x, top + 0.5),
                (x + width / 2.0, top - width * 0.5),
                (x + width, top + 0.5),
            ];
            self.canvas.shape(&gable, colour);
            for row in 0..(height / 46.0) as u8 {
                for column in 0..3_u8 {
                    if self.dice.one_in(2) {
                        let left = x + width * (0.16 + 0.26 * f32::from(column));
                        let up = top + 18.0 + f32::from(row) * 44.0;
                        self.canvas.rect(left, up, width * 0.15, 20.0, lit);
                    }
                }
            }
            x += width + if self.dice.one_in(4) { 14.0 } else { 0.0 };
        }
    }

    /// A figure seen from afar, standing on `y`.
    pub(super) fn figure(&mut self, x: f32, y: f32, tall: f32, colour: Colour) {
        let head = tall * 0.09;
        self.canvas.disc(x, y - tall + head, head, colour);
        let body = [
            (x - tall * 0.13, y - tall * 0.78),
            (x + tall * 0.13, y - tall * 0.78),
            (x + tall * 0.09, y),
            (x + tall * 0.02, y),
            (x, y - tall * 0.4),
            (x - tall * 0.02, y),
            (x - tall * 0.09, y),
        ];
        self.canvas.shape(&body, colour);
    }
}
