//! A canvas of flat colours with smooth edges, and the PNG (RFC 2083) that it becomes.
//!
//! It knows polygons and nothing of what they show.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// Scan lines that one row of pixels is made of.
const FINE: usize = 4;

/// A picture that is being drawn. Points are in pixels from the upper left corner; what lies outside
/// is cut off.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    /// All of one colour.
    pub(super) fn new(width: usize, height: usize, colour: Colour) -> Canvas {
        Canvas {
            width,
            height,
            pixels: vec![colour; width * height],
        }
    }

    /// A filled polygon; where it crosses itself, every second part stays empty.
    pub(super) fn shape(&mut self, points: &[(f32, f32)], colour: Colour) {
        let bounds = |of: fn(&(f32, f32)) -> f32, most: usize| {
            let low = points.iter().map(of).fold(f32::MAX, f32::min);
            let high = points.iter().map(of).fold(f32::MIN, f32::max);
            let inside = |n: f32| n.clamp(0.0, most as f32) as usize;
            (inside(low.floor()), inside(high.ceil()))
        };
        let (left, right) = bounds(|p| p.0, self.width);
        let (top, bottom) = bounds(|p| p.1, self.height);
        let mut cover = vec![0.0_f32; right.saturating_sub(left)];
        for row in top..bottom {
            cover.fill(0.0);
            for fine in 0..FINE {
                let y = row as f32 + (fine as f32 + 0.5) / FINE as f32;
                let mut cuts = crossings(points, y);
                cuts.sort_by(f32::total_cmp);
                for span in cuts.chunks_exact(2) {
                    add_span(&mut cover, span[0] - left as f32, span[1] - left as f32);
                }
            }
            let pixels = &mut self.pixels[row * self.width + left..][..cover.len()];
            for (pixel, part) in pixels.iter_mut().zip(&cover) {
                // Few steps, so that edges compress well.
                let part = (part / FINE as f32 * 8.0).round() / 8.0;
                if part > 0.0 {
                    *pixel = blend(*pixel, colour, part.min(1.0));
                }
            }
        }
    }

    /// An upright rectangle.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour) {
        let (right, bottom) = (x + width, y + height);
        self.shape(&[(x, y), (right, y), (right, bottom), (x, bottom)], colour);
    }

    /// A filled ellipse by its centre and its two radii.
    pub(super) fn oval(&mut self, x: f32, y: f32, across: f32, down: f32, colour: Colour) {
        self.shape(&arc(x, y, across, down, 0.0, 1.0), colour);
    }

    /// A filled circle.
    pub(super) fn disc(&mut self, x: f32, y: f32, radius: f32, colour: Colour) {
        self.oval(x, y, radius, radius, colour);
    }

    /// A straight stroke.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, colour: Colour) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(0.01);
        let (ox, oy) = (-dy / length * thick / 2.0, dx / length * thick / 2.0);
        let corners = [
            (from.0 + ox, from.1 + oy),
            (to.0 + ox, to.1 + oy),
            (to.0 - ox, to.1 - oy),
            (from.0 - ox, from.1 - oy),
        ];
        self.shape(&corners, colour);
    }

    /// The picture as a PNG file.
    pub(super) fn png(&self) -> std::io::Result<Vec<u8>> {
        let row = self.width * 3;
        let mut lines = Vec::with_capacity((row + 1) * self.height);
        let mut above = vec![0_u8; row];
        for pixels in self.pixels.chunks_exact(self.width) {
            let bytes = pixels.as_flattened();
            // Filter 2, "up": most rows equal the one above.
            lines.push(2);
            lines.extend(bytes.iter().zip(&above).map(|(b, a)| b.wrapping_sub(*a)));
            above.copy_from_slice(bytes);
        }
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(7));
        packed.write_all(&lines)?;
        let mut head = Vec::with_capacity(13);
        head.extend((self.width as u32).to_be_bytes());
        head.extend((self.height as u32).to_be_bytes());
        // Eight bits a channel, RGB, and the one method of compression, filters and order.
        head.extend([8, 2, 0, 0, 0]);
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut file, b"IHDR", &head);
        chunk(&mut file, b"IDAT", &packed.finish()?);
        chunk(&mut file, b"IEND", &[]);
        Ok(file)
    }
}

/// Points along an ellipse, clockwise from the right; `from` and `to` in turns.
pub(super) fn arc(x: f32, y: f32, across: f32, down: f32, from: f32, to: f32) -> Vec<(f32, f32)> {
    const STEPS: u8 = 72;
    (0..=STEPS)
        .map(|n| {
            let turn =
                (from + (to - from) * f32::from(n) / f32::from(STEPS)) * std::f32::consts::TAU;
            (x + across * turn.cos(), y + down * turn.sin())
        })
        .collect()
}

/// A colour between two others.
pub(super) fn blend(under: Colour, over: Colour, part: f32) -> Colour {
    let mix = |u: u8, o: u8| (f32::from(u) + (f32::from(o) - f32::from(u)) * part).round() as u8;
    [
        mix(under[0], over[0]),
        mix(under[1], over[1]),
        mix(under[2], over[2]),
    ]
}

fn crossings(points: &[(f32, f32)], y: f32) -> Vec<f32> {
    let next = points.iter().cycle().skip(1);
    let edges = points.iter().zip(next);
    edges
        .filter(|(a, b)| (a.1 <= y) != (b.1 <= y))
        .map(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0))
        .collect()
}

/// Adds how much of each pixel lies between two points of a scan line.
fn add_span(cover: &mut [f32], from: f32, to: f32) {
    let width = cover.len() as f32;
    let (from, to) = (from.clamp(0.0, width), to.clamp(0.0, width));
    let (first, last) = (from as usize, to.ceil() as usize);
    for (at, pixel) in cover.iter_mut().enumerate().take(last).skip(first) {
        let left = (at as f32).max(from);
        *pixel += ((at + 1) as f32).min(to) - left;
    }
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(kind);
    file.extend(data);
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    file.extend(sum.sum().to_be_bytes());
}
