//! Motifs of the water: the harbour, ships, bridges, islands.

use super::scene::{Scene, W};

/// Cranes over a quay.
pub(super) fn harbour(s: &mut Scene) {
    s.sky(430.0);
    s.hills(440.0, 60.0, s.colours.far);
    s.water(430.0);
    let near = s.colours.near;
    for n in 0..3_u8 {
        let x = 150.0 + f32::from(n) * 330.0 + s.dice.between(-50.0, 70.0);
        let top = s.dice.between(110.0, 190.0);
        for leg in [0.0, 70.0] {
            s.canvas
                .line((x + leg, top + 90.0), (x + leg - 8.0, 520.0), 11.0, near);
        }
        s.canvas.line((x, 300.0), (x + 66.0, 430.0), 6.0, near);
        s.canvas.rect(x - 14.0, top + 74.0, 98.0, 34.0, near);
        s.canvas
            .line((x + 30.0, top + 80.0), (x + 250.0, top - 20.0), 11.0, near);
        s.canvas
            .line((x + 30.0, top - 10.0), (x + 30.0, top + 80.0), 8.0, near);
        s.canvas
            .line((x + 30.0, top - 8.0), (x + 250.0, top - 20.0), 4.0, near);
        s.canvas
            .line((x + 240.0, top - 20.0), (x + 240.0, 330.0), 3.0, near);
        s.canvas
            .rect(x + 222.0, 330.0, 36.0, 30.0, s.colours.accent);
    }
    s.canvas.rect(0.0, 512.0, W, 64.0, s.colours.ink);
    for n in 0..9_u8 {
        let x = f32::from(n) * 150.0 + 30.0;
        s.canvas.rect(x, 494.0, 26.0, 22.0, s.colours.ink);
        s.canvas.rect(x + 6.0, 560.0, 18.0, 60.0, s.colours.ink);
    }
}

/// A ferry under way.
pub(super) fn ferry(s: &mut Scene) {
    s.sky(390.0);
    s.hills(400.0, 80.0, s.colours.far);
    s.water(392.0);
    let x = s.dice.between(230.0, 380.0);
    let (ink, pale) = (s.colours.near, s.colours.glow);
    s.canvas.rect(x + 70.0, 268.0, 470.0, 70.0, pale);
    s.canvas.rect(x + 150.0, 214.0, 300.0, 60.0, pale);
    s.canvas.rect(x + 180.0, 178.0, 110.0, 40.0, pale);
    s.canvas.shape(
        &[
            (x + 350.0, 216.0),
            (x + 362.0, 124.0),
            (x + 424.0, 124.0),
            (x + 420.0, 216.0),
        ],
        s.colours.accent,
    );
    s.canvas.rect(x + 358.0, 124.0, 68.0, 20.0, ink);
    for n in 0..11_u8 {
        s.canvas
            .rect(x + 92.0 + f32::from(n) * 40.0, 288.0, 22.0, 22.0, ink);
    }
    for n in 0..7_u8 {
        s.canvas
            .rect(x + 170.0 + f32::from(n) * 38.0, 230.0, 20.0, 18.0, ink);
    }
    let hull = [
        (x - 30.0, 330.0),
        (x + 620.0, 330.0),
        (x + 560.0, 436.0),
        (x + 50.0, 436.0),
    ];
    s.canvas.shape(&hull, ink);
    s.canvas
        .line((x - 4.0, 356.0), (x + 598.0, 356.0), 6.0, pale);
    s.canvas.oval(x + 300.0, 440.0, 360.0, 9.0, pale);
    s.canvas.oval(x + 330.0, 462.0, 300.0, 6.0, s.colours.far);
}

/// The sea, a lighthouse and a boat.
pub(super) fn sea(s: &mut Scene) {
    s.sky(360.0);
    lighthouse(s);
    let (x, y) = (s.dice.between(170.0, 420.0), s.dice.between(470.0, 540.0));
    boat(s, x, y);
}

/// A breakwater on a day without sun: nobody is out.
pub(super) fn breakwater(s: &mut Scene) {
    s.hills(366.0, 46.0, s.colours.far);
    lighthouse(s);
}

/// Open water, and a lighthouse at the end of its stones.
fn lighthouse(s: &mut Scene) {
    s.water(356.0);
    let (ink, near) = (s.colours.ink, s.colours.near);
    let x = s.dice.between(720.0, 920.0);
    s.canvas.shape(
        &[
            (x - 40.0, 350.0),
            (x - 24.0, 150.0),
            (x + 24.0, 150.0),
            (x + 40.0, 350.0),
        ],
        s.colours.glow,
    );
    s.canvas.shape(
        &[
            (x - 34.0, 280.0),
            (x - 30.0, 222.0),
            (x + 30.0, 222.0),
            (x + 34.0, 280.0),
        ],
        s.colours.accent,
    );
    s.canvas.rect(x - 34.0, 138.0, 68.0, 14.0, ink);
    s.canvas.rect(x - 17.0, 102.0, 34.0, 38.0, near);
    s.canvas
        .shape(&[(x - 24.0, 104.0), (x, 76.0), (x + 24.0, 104.0)], ink);
    let mut stone = W + 40.0;
    while stone > x - 190.0 {
        let size = s.dice.between(34.0, 62.0);
        s.canvas.oval(
            stone,
            376.0 - size * 0.2,
            size,
            size * 0.7,
            if s.dice.one_in(3) { ink } else { near },
        );
        stone -= size * 0.9;
    }
}

/// A rowing boat with two people.
fn boat(s: &mut Scene, x: f32, y: f32) {
    let ink = s.colours.ink;
    for seat in [90.0, 190.0] {
        s.canvas.disc(x + seat, y - 74.0, 17.0, ink);
        s.canvas.shape(
            &[
                (x + seat - 26.0, y),
                (x + seat - 20.0, y - 54.0),
                (x + seat + 20.0, y - 54.0),
                (x + seat + 26.0, y),
            ],
            ink,
        );
    }
    s.canvas
        .line((x + 100.0, y - 30.0), (x - 30.0, y + 50.0), 7.0, ink);
    s.canvas.shape(
        &[
            (x, y - 16.0),
            (x + 290.0, y - 22.0),
            (x + 250.0, y + 34.0),
            (x + 40.0, y + 34.0),
        ],
        s.colours.accent,
    );
    s.canvas
        .oval(x + 150.0, y + 42.0, 150.0, 7.0, s.colours.near);
}

/// Turbines in a row.
pub(super) fn turbines(s: &mut Scene) {
    s.sky(470.0);
    s.water(470.0);
    for n in 0..5_u8 {
        let size = 1.0 - f32::from(n) * 0.16;
        let x = 170.0 + f32::from(n) * 240.0 - f32::from(n * n) * 6.0;
        let (hub, foot) = (470.0 - 300.0 * size, 492.0);
        let tone = if n < 2 { s.colours.near } else { s.colours.mid };
        s.canvas.shape(
            &[
                (x - 9.0 * size, foot),
                (x - 4.0, hub),
                (x + 4.0, hub),
                (x + 9.0 * size, foot),
            ],
            tone,
        );
        s.canvas.rect(
            x - 14.0 * size,
            foot - 24.0 * size,
            28.0 * size,
            30.0 * size,
            s.colours.accent,
        );
        let turn = s.dice.between(0.0, 0.33);
        for blade in [0.0, 1.0 / 3.0, 2.0 / 3.0] {
            let way = (turn + blade) * std::f32::consts::TAU;
            let (dx, dy) = (way.cos() * 165.0 * size, way.sin() * 165.0 * size);
            let (ox, oy) = (-dy * 0.07, dx * 0.07);
            let sail = [
                (x, hub),
                (x + dx * 0.2 + ox, hub + dy * 0.2 + oy),
                (x + dx, hub + dy),
            ];
            s.canvas.shape(&sail, tone);
            s.canvas
                .line((x, hub), (x + dx, hub + dy), 5.0 * size, tone);
        }
        s.canvas.disc(x, hub, 11.0 * size, s.colours.ink);
    }
}

/// Wooden houses above the high-water mark.
pub(super) fn island(s: &mut Scene) {
    s.sky(430.0);
    s.hills(430.0, 150.0, s.colours.far);
    s.hills(470.0, 100.0, s.colours.mid);
    let walls = [
        s.colours.accent,
        s.colours.glow,
        s.colours.near,
        s.colours.glow,
        s.colours.accent,
        s.colours.near,
    ];
    let mut x = s.dice.between(60.0, 120.0);
    for wall in walls {
        let (width, height) = (s.dice.between(120.0, 160.0), s.dice.between(104.0, 140.0));
        let top = 476.0 - height;
        s.canvas.rect(x, top, width, height + 10.0, wall);
        s.canvas.shape(
            &[
                (x - 12.0, top + 2.0),
                (x + width / 2.0, top - 70.0),
                (x + width + 12.0, top + 2.0),
            ],
            s.colours.ink,
        );
        for left in [0.2, 0.6] {
            s.canvas.rect(
                x + width * left,
                top + 26.0,
                width * 0.2,
                34.0,
                s.colours.ink,
            );
        }
        x += width + s.dice.between(16.0, 44.0);
    }
    s.canvas.shape(
        &[(0.0, 470.0), (W, 478.0), (W, 540.0), (0.0, 530.0)],
        s.colours.ink,
    );
    s.water(524.0);
}

/// A bridge over the sound.
pub(super) fn bridge(s: &mut Scene) {
    s.sky(430.0);
    s.hills(440.0, 70.0, s.colours.far);
    s.water(436.0);
    let (ink, near) = (s.colours.ink, s.colours.near);
    let gap = s.dice.between(430.0, 560.0);
    s.canvas.shape(
        &[(0.0, 330.0), (gap, 330.0), (gap, 356.0), (0.0, 372.0)],
        ink,
    );
    s.canvas.shape(
        &[
            (gap + 360.0, 330.0),
            (W, 330.0),
            (W, 372.0),
            (gap + 360.0, 356.0),
        ],
        ink,
    );
    s.canvas.line((gap, 340.0), (gap + 190.0, 170.0), 26.0, ink);
    s.canvas
        .line((gap - 60.0, 230.0), (gap + 160.0, 190.0), 8.0, near);
    for x in [gap - 60.0, gap + 420.0] {
        s.canvas.rect(x - 22.0, 190.0, 44.0, 330.0, near);
        s.canvas.shape(
            &[(x - 34.0, 192.0), (x, 140.0), (x + 34.0, 192.0)],
            s.colours.accent,
        );
    }
    for n in 0..12_u8 {
        let x = f32::from(n) * 104.0;
        if x < gap - 30.0 || x > gap + 370.0 {
            s.canvas.line((x, 332.0), (x + 52.0, 286.0), 6.0, ink);
            s.canvas
                .line((x + 52.0, 286.0), (x + 104.0, 332.0), 6.0, ink);
        }
    }
    s.canvas.line((0.0, 286.0), (gap - 20.0, 286.0), 8.0, ink);
    s.canvas.line((gap + 380.0, 286.0), (W, 286.0), 8.0, ink);
    boat(s, gap + 60.0, 560.0);
}

/// A sailing boat, heeling.
pub(super) fn sail(s: &mut Scene) {
    s.sky(410.0);
    s.hills(418.0, 50.0, s.colours.far);
    s.water(410.0);
    let x = s.dice.between(460.0, 700.0);
    s.canvas
        .line((x, 470.0), (x + 50.0, 60.0), 9.0, s.colours.ink);
    s.canvas.shape(
        &[
            (x + 42.0, 86.0),
            (x + 2.0, 430.0),
            (x - 210.0, 420.0),
            (x - 60.0, 270.0),
        ],
        s.colours.glow,
    );
    s.canvas.shape(
        &[(x + 56.0, 130.0), (x + 190.0, 400.0), (x + 22.0, 424.0)],
        s.colours.accent,
    );
    for part in [0.35, 0.7] {
        let (left, y) = (x + 40.0 - 200.0 * part, 86.0 + 344.0 * part);
        s.canvas.line(
            (left, y),
            (x + 42.0 - 40.0 * part, y + 6.0),
            3.0,
            s.colours.far,
        );
    }
    s.canvas.shape(
        &[
            (x - 220.0, 456.0),
            (x + 230.0, 430.0),
            (x + 170.0, 506.0),
            (x - 160.0, 512.0),
        ],
        s.colours.ink,
    );
    s.canvas.disc(x - 130.0, 426.0, 18.0, s.colours.ink);
    s.canvas.disc(x - 80.0, 424.0, 18.0, s.colours.ink);
    s.canvas.oval(x, 514.0, 250.0, 10.0, s.colours.glow);
}
