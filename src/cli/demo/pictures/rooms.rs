//! Motifs with somebody or something near: a portrait, a table, a stage, a dome at night.

use super::canvas::{arc, blend};
use super::scene::{H, Scene, W};

/// Somebody seen against a window.
pub(super) fn portrait(s: &mut Scene) {
    let (wall, ink) = (s.colours.mid, s.colours.ink);
    s.canvas.rect(0.0, 0.0, W, H, wall);
    let window = s.dice.between(120.0, 560.0);
    s.canvas.rect(window, 60.0, 520.0, 470.0, s.colours.glow);
    s.canvas.rect(window, 330.0, 520.0, 200.0, s.colours.sky);
    s.canvas.rect(window + 252.0, 60.0, 16.0, 470.0, wall);
    s.canvas.rect(window, 290.0, 520.0, 14.0, wall);
    s.canvas
        .rect(window - 30.0, 528.0, 580.0, 24.0, s.colours.near);
    let x = window + s.dice.between(180.0, 330.0);
    s.canvas.oval(x, 690.0, 270.0, 250.0, ink);
    s.canvas.rect(x - 52.0, 360.0, 104.0, 110.0, ink);
    s.canvas.oval(x, 292.0, 104.0, 132.0, ink);
    if s.dice.one_in(2) {
        // A hat with a brim.
        s.canvas.oval(x, 218.0, 168.0, 24.0, s.colours.near);
        s.canvas
            .shape(&arc(x, 216.0, 104.0, 98.0, 0.5, 1.0), s.colours.near);
    } else {
        s.canvas.disc(x + 66.0, 196.0, 58.0, ink);
    }
    s.canvas.shape(
        &[
            (x - 150.0, 480.0),
            (x + 150.0, 480.0),
            (x + 118.0, 540.0),
            (x - 118.0, 540.0),
        ],
        s.colours.accent,
    );
}

/// A table by a window, and what lies on it.
pub(super) fn table(s: &mut Scene) {
    let (wall, ink) = (s.colours.far, s.colours.ink);
    s.canvas.rect(0.0, 0.0, W, H, wall);
    let window = s.dice.between(90.0, 240.0);
    s.canvas.rect(window, 50.0, 380.0, 340.0, s.colours.glow);
    s.canvas.rect(window, 240.0, 380.0, 150.0, s.colours.sky);
    s.canvas
        .rect(window + 184.0, 50.0, 12.0, 340.0, s.colours.mid);
    s.canvas.rect(window, 210.0, 380.0, 12.0, s.colours.mid);
    s.canvas.shape(
        &[(0.0, 470.0), (W, 470.0), (W, H), (0.0, H)],
        s.colours.near,
    );
    s.canvas.rect(0.0, 470.0, W, 14.0, ink);
    let lamp = s.dice.between(860.0, 1000.0);
    let beam = [
        (lamp - 50.0, 236.0),
        (lamp + 50.0, 236.0),
        (lamp + 190.0, 470.0),
        (lamp - 190.0, 470.0),
    ];
    s.canvas.shape(&beam, blend(wall, s.colours.glow, 0.7));
    s.canvas.oval(lamp, 530.0, 270.0, 44.0, s.colours.glow);
    s.canvas.line((lamp, 0.0), (lamp, 170.0), 6.0, ink);
    s.canvas.shape(
        &[
            (lamp - 30.0, 168.0),
            (lamp + 30.0, 168.0),
            (lamp + 84.0, 240.0),
            (lamp - 84.0, 240.0),
        ],
        s.colours.accent,
    );
    s.canvas.shape(
        &[
            (lamp - 120.0, 540.0),
            (lamp + 20.0, 520.0),
            (lamp + 120.0, 540.0),
            (lamp - 20.0, 562.0),
        ],
        s.colours.sky,
    );
    s.canvas.line(
        (lamp - 60.0, 540.0),
        (lamp + 50.0, 534.0),
        4.0,
        s.colours.mid,
    );
    for n in 0..4_u8 {
        let x = window + 60.0 + f32::from(n) * 86.0;
        let tall = s.dice.between(70.0, 150.0);
        let tone = if n % 2 == 0 {
            s.colours.mid
        } else {
            s.colours.accent
        };
        s.canvas.rect(x - 24.0, 520.0 - tall, 48.0, tall, tone);
        s.canvas.oval(x, 520.0, 24.0, 9.0, tone);
        s.canvas.rect(x - 10.0, 494.0 - tall, 20.0, 30.0, tone);
    }
}

/// A stage, a curtain and one light.
pub(super) fn stage(s: &mut Scene) {
    let (dark, ink) = (s.colours.near, s.colours.ink);
    s.canvas.rect(0.0, 0.0, W, H, ink);
    let x = s.dice.between(480.0, 720.0);
    s.canvas.shape(
        &[
            (x - 26.0, 0.0),
            (x + 26.0, 0.0),
            (x + 250.0, 540.0),
            (x - 250.0, 540.0),
        ],
        dark,
    );
    s.canvas.rect(0.0, 520.0, W, H - 520.0, s.colours.mid);
    s.canvas.oval(x, 556.0, 270.0, 44.0, s.colours.glow);
    s.figure(x, 566.0, 250.0, ink);
    for side in [0.0, 1.0] {
        for n in 0..5_u8 {
            let left = side * 960.0 + f32::from(n) * 50.0 - 4.0;
            let tone = if n % 2 == 0 {
                s.colours.accent
            } else {
                blend(s.colours.accent, ink, 0.3)
            };
            s.canvas.rect(left, 0.0, 50.0, 560.0, tone);
            s.canvas.oval(left + 25.0, 560.0, 25.0, 12.0, tone);
        }
    }
    s.canvas.rect(0.0, 0.0, W, 60.0, s.colours.accent);
    for n in 0..16_u8 {
        s.canvas
            .disc(f32::from(n) * 80.0, 60.0, 40.0, s.colours.accent);
    }
    for n in 0..14_u8 {
        let seat = f32::from(n) * 92.0 + if n % 2 == 0 { 0.0 } else { 12.0 };
        s.canvas.disc(seat, 640.0, 30.0, ink);
        s.canvas.oval(seat, 706.0, 52.0, 56.0, ink);
    }
}

/// A dome under stars.
pub(super) fn dome(s: &mut Scene) {
    for _ in 0..90 {
        let (x, y) = (s.dice.between(0.0, W), s.dice.between(0.0, 440.0));
        let radius = if s.dice.one_in(7) { 4.6 } else { 2.4 };
        s.canvas.disc(x, y, radius, s.colours.glow);
    }
    s.hills(560.0, 130.0, s.colours.far);
    s.hills(620.0, 110.0, s.colours.near);
    let x = s.dice.between(420.0, 780.0);
    s.canvas
        .rect(x - 120.0, 430.0, 240.0, 150.0, s.colours.glow);
    s.canvas
        .shape(&arc(x, 432.0, 132.0, 132.0, 0.5, 1.0), s.colours.glow);
    s.canvas.shape(
        &[
            (x + 12.0, 302.0),
            (x + 46.0, 306.0),
            (x + 74.0, 432.0),
            (x + 26.0, 432.0),
        ],
        s.colours.ink,
    );
    s.canvas.rect(x - 136.0, 426.0, 272.0, 12.0, s.colours.mid);
    s.canvas.rect(x - 20.0, 500.0, 44.0, 80.0, s.colours.accent);
    s.hills(690.0, 130.0, s.colours.ink);
    s.figure(x - 210.0, 610.0, 110.0, s.colours.ink);
}
