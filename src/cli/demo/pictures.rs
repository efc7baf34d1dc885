//! Pictures for the sample newsroom, since its paper is on a domain that reaches nobody.
//!
//! Each is drawn when it is asked for, from its name alone, and is always the same. They are PNG,
//! because a mail program shows no SVG. Nothing outside the demo knows of them: the newsroom's
//! addresses lead here as it is put in, and the pages are told here where pictures may come from.

mod canvas;
mod city;
mod rooms;
mod scene;
mod shores;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use scene::{Palette, Scene};

/// Where the newsroom's files say that its pictures are.
const HOST: &str = "https://images.harbour-times.example/";
/// Where they are.
const FOLDER: &str = "/newsroom/";
/// Characters of a name at most.
const NAME: usize = 80;

/// A source's text with its pictures under `public_url`.
pub(super) fn moved(text: &str, public_url: &str) -> String {
    let mut parts = text.split(HOST);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(public_url);
        out.push_str(FOLDER);
        out.push_str(&part.replacen(".jpg", ".png", 1));
    }
    out
}

/// The route of the pictures.
pub(super) fn routes() -> Router {
    Router::new().route(&format!("{FOLDER}{{name}}"), get(picture))
}

/// The routes of the pages, whose letters may show pictures from `origin` beside https ones.
pub(super) fn shown_in(pages: Router, origin: String) -> Router {
    pages.layer(axum::middleware::map_response(
        move |mut response: Response| {
            let origin = origin.clone();
            async move {
                let headers = response.headers_mut();
                let policy = headers.get(header::CONTENT_SECURITY_POLICY);
                let policy = policy.and_then(|p| p.to_str().ok()).unwrap_or_default();
                let wider = policy.replacen("img-src ", &format!("img-src {origin} "), 1);
                if let Ok(value) = HeaderValue::try_from(wider)
                    && policy.contains("img-src ")
                {
                    headers.insert(header::CONTENT_SECURITY_POLICY, value);
                }
                response
            }
        },
    ))
}

/// `GET /newsroom/{name}.png`.
async fn picture(Path(name): Path<String>) -> Response {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let stem = name.strip_suffix(".png").filter(|s| s.len() <= NAME);
    let Some(stem) = stem.filter(|s| s.bytes().all(known)).map(str::to_owned) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let drawn = tokio::task::spawn_blocking(move || draw(&stem)).await;
    let Ok(Ok(bytes)) = drawn else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A letter in a frame is of no origin at all.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ];
    (headers, bytes).into_response()
}

/// The picture of a name, as a PNG file.
fn draw(stem: &str) -> std::io::Result<Vec<u8>> {
    let seed = Sha256::digest(stem.as_bytes())
        .iter()
        .take(8)
        .fold(0_u64, |n, b| n << 8 | u64::from(*b));
    let words: Vec<&str> = stem.split('-').collect();
    let (motif, light) = MOTIFS
        .iter()
        .find(|(keys, ..)| keys.iter().any(|k| words.contains(k)))
        .map_or_else(
            || {
                let any = MOTIFS[(seed % MOTIFS.len() as u64) as usize];
                (any.1, any.2)
            },
            |(_, motif, light)| (*motif, *light),
        );
    let light = light[(seed >> 16) as usize % light.len()];
    let mut scene = Scene::new(palette(light), seed);
    motif(&mut scene);
    scene.canvas.png()
}

type Motif = fn(&mut Scene);

/// Words of a picture's name, what they stand for, and the lights that suit it. The first that fits
/// counts.
const MOTIFS: &[(&[&str], Motif, &[Light])] = &[
    (
        &["maud", "marchetti", "grandmother", "brandtner", "caretaker"],
        rooms::portrait,
        PORTRAIT,
    ),
    (&["bridge"], shores::bridge, &[Light::Dawn]),
    (&["bell", "cinema"], rooms::stage, &[Light::Dusk]),
    (&["ferry"], shores::ferry, &[Light::Sea]),
    (
        &["tram", "bus"],
        city::tram,
        &[Light::Dawn, Light::Green, Light::Dusk],
    ),
    (&["dome"], rooms::dome, &[Light::Night]),
    (&["turbines"], shores::turbines, &[Light::Sea]),
    (
        &["derby", "park", "track", "choir"],
        city::pitch,
        &[Light::Green],
    ),
    (&["icebreakers", "throw"], city::hall, &[Light::Sea]),
    (
        &["hall", "pump", "gertrud", "yard", "auction"],
        city::hall,
        INDOORS,
    ),
    (
        &["queue", "school", "steps"],
        city::assembly,
        &[Light::Grey, Light::Dawn],
    ),
    (&["ledger", "shoe", "strip", "counter"], rooms::table, TABLE),
    (&["peat", "hay"], city::field, &[Light::Green, Light::Dawn]),
    (&["mast"], shores::sail, &[Light::Sea, Light::Dawn]),
    (&["lower"], shores::island, &[Light::Dawn, Light::Sea]),
    (&["clock"], city::skyline, &[Light::Dusk]),
    (&["breakwater"], shores::breakwater, &[Light::Grey]),
    (
        &["seals", "skiff", "seagrass", "swimmers", "eight", "bench"],
        shores::sea,
        SHORE,
    ),
    (
        &["harbour", "market", "gate"],
        shores::harbour,
        &[Light::Dusk, Light::Dawn],
    ),
];

const PORTRAIT: &[Light] = &[Light::Grey, Light::Dusk, Light::Sea];
const INDOORS: &[Light] = &[Light::Dawn, Light::Grey, Light::Dusk];
const TABLE: &[Light] = &[Light::Dusk, Light::Dawn, Light::Green];
const SHORE: &[Light] = &[Light::Sea, Light::Dawn];

/// What the day is like.
#[derive(Clone, Copy)]
enum Light {
    Dawn,
    Sea,
    Green,
    Dusk,
    Grey,
    Night,
}

fn palette(light: Light) -> Palette {
    let [sky, glow, far, mid, near, ink, accent] = match light {
        Light::Dawn => [
            0xe9dcc6, 0xf6eddb, 0xc3b6a2, 0x86909a, 0x4b5a66, 0x232c35, 0xb4593f,
        ],
        Light::Sea => [
            0xd5dedd, 0xf1f2ea, 0xa9bbbe, 0x6f8d97, 0x3d5a66, 0x1d2c35, 0xc28a49,
        ],
        Light::Green => [
            0xe4e4d2, 0xf5f2e2, 0xb9c2a6, 0x8a9a76, 0x667a5c, 0x2a352b, 0xae6244,
        ],
        Light::Dusk => [
            0xdfc9ba, 0xf4e4d1, 0xb4989a, 0x806c79, 0x524a5e, 0x2b2838, 0xbb5f46,
        ],
        Light::Grey => [
            0xdedbd4, 0xf3f1eb, 0xb8b4ac, 0x8b8882, 0x575654, 0x2b2b2c, 0xa2463a,
        ],
        Light::Night => [
            0x33455a, 0xeee0b6, 0x2b3b4e, 0x51657a, 0x223041, 0x131b25, 0xc98f4b,
        ],
    }
    .map(|n: u32| {
        let [_, r, g, b] = n.to_be_bytes();
        [r, g, b]
    });
    Palette {
        sky,
        glow,
        far,
        mid,
        near,
        ink,
        accent,
    }
}

#[cfg(test)]
mod tests {
    use super::{draw, moved};

    #[test]
    fn a_name_has_one_picture_and_it_is_small() {
        for stem in ["swing-bridge", "blomqvist-hay-skies", "of-no-word-we-know"] {
            let png = draw(stem).expect("a picture");
            assert!(png.starts_with(b"\x89PNG"), "{stem}");
            assert!(png.len() < 60_000, "{stem}: {}", png.len());
            assert_eq!(png, draw(stem).expect("the same picture"));
        }
    }

    #[test]
    fn addresses_lead_to_the_pages() {
        let text =
            "a \"https://images.harbour-times.example/x-y.jpg\" b https://other.example/z.jpg";
        let want = "a \"http://127.0.0.1:1/newsroom/x-y.png\" b https://other.example/z.jpg";
        assert_eq!(moved(text, "http://127.0.0.1:1"), want);
    }
}
