//! Pictures for the sample newsroom, since its paper is on a domain that reaches nobody.
//!
//! They lie in `examples/newsroom/pictures`, as PNG, because a mail program shows no SVG. Nothing
//! outside the demo knows of them: the newsroom's addresses lead here as it is put in, and the pages
//! are told here where pictures may come from.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Where the newsroom's files say that its pictures are.
const HOST: &str = "https://images.harbour-times.example/";
/// Where they are.
const FOLDER: &str = "/newsroom/";

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
    let stem = name.strip_suffix(".png").unwrap_or_default();
    let Some((_, bytes)) = PICTURES.iter().find(|(known, _)| *known == stem) else {
        return StatusCode::NOT_FOUND.into_response();
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
    (headers, *bytes).into_response()
}

macro_rules! pictures {
    ($($name:literal),+ $(,)?) => {
        &[$((
            $name,
            include_bytes!(concat!("../../../examples/newsroom/pictures/", $name, ".png")),
        )),+]
    };
}

/// Every picture of the newsroom, by its name.
const PICTURES: &[(&str, &[u8])] = pictures![
    "blomqvist-hay-skies",
    "bog-shoe",
    "brandtner-window",
    "brannock-queue",
    "caretaker-keys",
    "choir-scarves",
    "customs-clock",
    "derby-gloves",
    "drowned-bell",
    "fenwick-asare-mast",
    "first-light-harbour",
    "fish-auction",
    "gertrud",
    "grandmother-referee",
    "hallgarth-steps",
    "herons-throw",
    "icebreakers-bench",
    "kjaersgard-skiff",
    "kvist-breakwater",
    "lantern-cinema",
    "lobby-ledger",
    "lower-ostervik",
    "marchetti-ruiz",
    "maud-ferriby",
    "net-loft-swimmers",
    "night-bus-quay",
    "ostervik-eight",
    "ostervik-ferry-stairs",
    "paper-strip",
    "peat-dam",
    "pier-six-market",
    "quay-bench",
    "ropewalk-hall",
    "ropewalk-park",
    "school-meadow",
    "seagrass",
    "seals-slip",
    "sewer-heat-pump",
    "skarrow-dome",
    "storm-gate",
    "swing-bridge",
    "tidebreakers-hall",
    "tidewright-yard",
    "tram-four",
    "tram-stop-clover",
    "turbines-sound",
    "van-aaltensund-track",
    "weiss-moreau-counter",
];

#[cfg(test)]
mod tests {
    use super::{HOST, PICTURES, moved};
    use crate::cli::demo::newsroom::SOURCES;

    #[test]
    fn every_picture_of_the_newsroom_is_here_and_no_other() {
        let mut used = std::collections::BTreeSet::new();
        for (_, text) in SOURCES {
            for part in text.split(HOST).skip(1) {
                used.insert(part.split(".jpg").next().expect("a name"));
            }
        }
        let here: std::collections::BTreeSet<&str> = PICTURES.iter().map(|(n, _)| *n).collect();
        assert_eq!(used, here);
    }

    #[test]
    fn a_picture_moves_to_these_pages() {
        let text = format!("<a>{HOST}tram.jpg</a>");
        assert_eq!(
            moved(&text, "http://x.example"),
            "<a>http://x.example/newsroom/tram.png</a>"
        );
    }
}
