//! Motifs of the city and the country: houses, halls, people, trams.
//!
//! A motif knows its palette and its dice, and nothing of the story that it stands beside.

use super::canvas::{arc, blend};
use super::scene::{H, Scene, W};

/// Roofs, and a tower with a clock.
pub(super) fn skyline(s: &mut Scene) {
    s.sky(520.0);
    let (far, mid, near) = (s.colours.far, s.colours.mid, s.colours.near);
    s.houses(560.0, 150.0, 260.0, far, blend(far, s.colours.sky, 0.4));
    let x = s.dice.between(420.0, 820.0);
    s.canvas.rect(x - 56.0, 190.0, 112.0, 400.0, mid);
    s.canvas
        .shape(&[(x - 74.0, 192.0), (x, 40.0), (x + 74.0, 192.0)], mid);
    s.canvas.line((x, 14.0), (x, 60.0), 5.0, mid);
    s.canvas.disc(x, 256.0, 40.0, s.colours.glow);
    s.canvas
        .line((x, 256.0), (x + 2.0, 226.0), 5.0, s.colours.ink);
    s.canvas
        .line((x, 256.0), (x + 20.0, 266.0), 5.0, s.colours.ink);
    s.houses(620.0, 90.0, 190.0, near, blend(near, s.colours.glow, 0.5));
    s.canvas.rect(0.0, 612.0, W, 70.0, s.colours.ink);
    for n in 0..5_u8 {
        let x = f32::from(n) * 240.0 + s.dice.between(10.0, 180.0);
        s.figure(x, 640.0, 74.0, s.colours.ink);
    }
}

/// A long hall with round-headed windows.
pub(super) fn hall(s: &mut Scene) {
    let (wall, floor) = (s.colours.mid, s.colours.near);
    s.canvas.rect(0.0, 0.0, W, H, wall);
    s.canvas
        .shape(&[(0.0, 560.0), (W, 500.0), (W, H), (0.0, H)], floor);
    for n in 0..5_u8 {
        let x = 60.0 + f32::from(n) * 230.0;
        let mut window = arc(x + 70.0, 190.0, 70.0, 90.0, 0.5, 1.0);
        window.extend([(x + 140.0, 440.0), (x, 440.0)]);
        s.canvas.shape(&window, s.colours.glow);
        s.canvas
            .line((x + 70.0, 100.0), (x + 70.0, 440.0), 7.0, wall);
        for y in [190.0, 274.0, 358.0] {
            s.canvas.line((x, y), (x + 140.0, y), 7.0, wall);
        }
        let light = [
            (x - 30.0, 600.0),
            (x + 90.0, 590.0),
            (x + 10.0, H),
            (x - 140.0, H),
        ];
        s.canvas.shape(&light, blend(floor, s.colours.glow, 0.25));
    }
    for n in 0..6_u8 {
        let x = f32::from(n) * 230.0 + 15.0;
        s.canvas.line((x, 0.0), (x, 560.0), 16.0, s.colours.ink);
        s.canvas
            .line((x, 90.0), (x + 110.0, 0.0), 10.0, s.colours.ink);
        s.canvas
            .line((x, 90.0), (x - 110.0, 0.0), 10.0, s.colours.ink);
    }
    let x = s.dice.between(300.0, 700.0);
    s.figure(x, 630.0, 240.0, s.colours.ink);
    s.figure(x + 210.0, 606.0, 210.0, s.colours.accent);
}

/// A public building with columns and steps.
pub(super) fn assembly(s: &mut Scene) {
    s.sky(470.0);
    s.houses(560.0, 130.0, 230.0, s.colours.far, s.colours.far);
    let (stone, shade) = (s.colours.glow, s.colours.near);
    s.canvas.rect(220.0, 250.0, 760.0, 280.0, s.colours.mid);
    for n in 0..8_u8 {
        s.canvas
            .rect(246.0 + f32::from(n) * 96.0, 262.0, 40.0, 262.0, stone);
    }
    s.canvas.rect(560.0, 360.0, 84.0, 166.0, shade);
    s.canvas.rect(204.0, 226.0, 792.0, 40.0, stone);
    s.canvas
        .shape(&[(196.0, 228.0), (600.0, 92.0), (1004.0, 228.0)], stone);
    s.canvas.shape(
        &[(286.0, 214.0), (600.0, 112.0), (914.0, 214.0)],
        s.colours.mid,
    );
    s.canvas
        .line((600.0, 20.0), (600.0, 96.0), 5.0, s.colours.ink);
    s.canvas.shape(
        &[(602.0, 22.0), (668.0, 36.0), (602.0, 54.0)],
        s.colours.accent,
    );
    for n in 0..5_u8 {
        let (y, wide) = (520.0 + f32::from(n) * 20.0, 44.0 * f32::from(n));
        let tone = if n % 2 == 0 { stone } else { s.colours.far };
        s.canvas
            .rect(190.0 - wide, y, 820.0 + 2.0 * wide, 21.0, tone);
    }
    s.canvas.rect(0.0, 620.0, W, 60.0, s.colours.ink);
    let x = s.dice.between(320.0, 760.0);
    s.figure(x, 590.0, 150.0, s.colours.ink);
    s.figure(x + 96.0, 628.0, 160.0, s.colours.ink);
}

/// A tram at its stop.
pub(super) fn tram(s: &mut Scene) {
    s.sky(430.0);
    s.houses(
        540.0,
        190.0,
        320.0,
        s.colours.far,
        blend(s.colours.far, s.colours.glow, 0.6),
    );
    s.canvas.rect(0.0, 530.0, W, H - 530.0, s.colours.near);
    let (x, ink) = (s.dice.between(170.0, 330.0), s.colours.ink);
    s.canvas.line((0.0, 120.0), (W, 150.0), 4.0, ink);
    s.canvas
        .line((x + 330.0, 236.0), (x + 390.0, 140.0), 6.0, ink);
    s.canvas.rect(x, 240.0, 640.0, 310.0, s.colours.glow);
    s.canvas.oval(x + 320.0, 244.0, 320.0, 24.0, s.colours.mid);
    s.canvas.rect(x, 430.0, 640.0, 96.0, s.colours.accent);
    s.canvas.rect(x, 520.0, 640.0, 34.0, ink);
    for n in 0..6_u8 {
        let left = x + 22.0 + f32::from(n) * 102.0;
        if n == 2 {
            s.canvas.rect(left, 282.0, 84.0, 248.0, s.colours.near);
        } else {
            s.canvas.rect(left, 282.0, 84.0, 118.0, s.colours.near);
            if s.dice.one_in(2) {
                s.canvas.disc(left + 42.0, 352.0, 18.0, s.colours.far);
                s.canvas.rect(left + 16.0, 370.0, 52.0, 30.0, s.colours.far);
            }
        }
    }
    for wheel in [110.0, 200.0, 450.0, 540.0] {
        s.canvas.disc(x + wheel, 562.0, 28.0, ink);
    }
    s.canvas.line((0.0, 592.0), (W, 592.0), 7.0, s.colours.far);
    s.canvas.line((0.0, 640.0), (W, 640.0), 9.0, s.colours.far);
    s.figure(x + 750.0, 600.0, 190.0, ink);
}

/// A football ground under its lights.
pub(super) fn pitch(s: &mut Scene) {
    s.sky(330.0);
    let (ink, pale) = (s.colours.ink, s.colours.glow);
    for x in [120.0, 1080.0] {
        s.canvas.line((x, 110.0), (x, 330.0), 10.0, ink);
        s.canvas.rect(x - 54.0, 70.0, 108.0, 52.0, ink);
        for n in 0..8_u8 {
            let (column, row) = (f32::from(n % 4), f32::from(n / 4));
            s.canvas
                .disc(x - 38.0 + column * 25.0, 84.0 + row * 24.0, 8.0, pale);
        }
    }
    s.canvas.shape(
        &[(0.0, 262.0), (W, 262.0), (W, 380.0), (0.0, 380.0)],
        s.colours.far,
    );
    for n in 0..150_u8 {
        let x = f32::from(n % 50) * 24.4 + s.dice.between(0.0, 12.0);
        let y = 284.0 + f32::from(n / 50) * 28.0;
        s.canvas.disc(
            x,
            y,
            8.0,
            if s.dice.one_in(6) {
                s.colours.accent
            } else {
                s.colours.mid
            },
        );
    }
    s.canvas.rect(0.0, 366.0, W, H - 366.0, s.colours.mid);
    for n in 0..7_u8 {
        let (top, low) = (f32::from(n) * 200.0 - 100.0, f32::from(n) * 330.0 - 500.0);
        let band = [
            (top, 366.0),
            (top + 100.0, 366.0),
            (low + 165.0, H),
            (low, H),
        ];
        s.canvas.shape(&band, s.colours.near);
    }
    let x = s.dice.between(480.0, 620.0);
    for (from, to) in [
        ((x, 300.0), (x, 452.0)),
        ((x + 240.0, 300.0), (x + 240.0, 452.0)),
        ((x, 303.0), (x + 240.0, 303.0)),
    ] {
        s.canvas.line(from, to, 10.0, pale);
    }
    s.canvas.line((0.0, 452.0), (W, 452.0), 5.0, pale);
    s.figure(x + 120.0, 470.0, 130.0, ink);
    s.figure(x - 200.0, 610.0, 230.0, ink);
    s.canvas.disc(x - 90.0, 588.0, 20.0, pale);
}

/// Furrows that meet at the horizon, and a few trees.
pub(super) fn field(s: &mut Scene) {
    s.sky(360.0);
    s.hills(380.0, 120.0, s.colours.far);
    s.hills(420.0, 70.0, s.colours.mid);
    let (ground, furrow) = (s.colours.near, s.colours.mid);
    s.canvas.rect(0.0, 400.0, W, H - 400.0, ground);
    let meet = s.dice.between(380.0, 820.0);
    for n in -12..=12_i8 {
        let x = meet + f32::from(n) * 170.0;
        let top = meet + f32::from(n) * 26.0;
        s.canvas.shape(
            &[(top, 402.0), (top + 5.0, 402.0), (x + 66.0, H), (x, H)],
            furrow,
        );
    }
    for _ in 0..4 {
        let (x, size) = (s.dice.between(40.0, 1160.0), s.dice.between(34.0, 64.0));
        s.canvas
            .line((x, 420.0), (x, 400.0 - size), 9.0, s.colours.ink);
        s.canvas
            .oval(x, 392.0 - size, size * 0.62, size, s.colours.ink);
    }
    let x = s.dice.between(120.0, 320.0);
    s.canvas.rect(x, 346.0, 120.0, 62.0, s.colours.accent);
    s.canvas.shape(
        &[(x - 12.0, 348.0), (x + 60.0, 296.0), (x + 132.0, 348.0)],
        s.colours.ink,
    );
}
