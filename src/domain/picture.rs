//! Pictures of stories: what a list does with them, renditions of our own, and what a letter shows.

use serde::{Deserialize, Serialize};

use super::article::Image;
use super::time::Timestamp;
use super::words;

words! {
    /// What a list does with the pictures of its stories.
    Images {
        /// Shows them from where their publisher has them.
        Given = "given",
        /// Shows renditions of our own, made for phones and served by our pages.
        Own = "own",
        /// Shows none.
        Off = "off",
    }
}

/// A picture made anew for letters: a JPEG of at most 1,200 pixels in width, without metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// SHA-256 of its bytes, lower-case hex: its name.
    pub sha256: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// In octets.
    pub bytes: u64,
}

impl Rendition {
    /// Where our pages serve it.
    pub fn url(&self, public_url: &str) -> String {
        format!("{public_url}/i/{}.jpg", self.sha256)
    }
}

/// Why there is no rendition of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PictureProblem {
    /// In words.
    pub words: String,
    /// A reader would not see the picture either: it is gone, broken, behind a wall, or only counts
    /// readers. A letter goes without it.
    pub broken: bool,
}

/// What became of an article's picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Its address, as the article names it.
    pub url: String,
    /// The rendition, or why there is none.
    pub outcome: Result<Rendition, PictureProblem>,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again; `None`: no more.
    pub again: Option<Timestamp>,
}

/// What a letter shows of an article's picture. Frozen with the wave, so that a letter that is sent
/// again shows the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// What the article names, if that is anything.
    #[default]
    Given,
    /// Our rendition of it.
    Own(Rendition),
    /// The picture of another article of its story, which an editor chose: our rendition of it, or as
    /// that article names it.
    Chosen(Image, Option<Rendition>),
    /// Nothing.
    Nothing,
}

impl Shown {
    /// What a list shows of a picture of which this is known.
    ///
    /// A picture that could not be fetched so far is shown as given: its publisher may well have it
    /// for readers who open the letter later. One that is broken is not: it would leave a hole.
    pub fn of(images: Images, known: Option<&Picture>) -> Shown {
        match (images, known.map(|picture| &picture.outcome)) {
            (Images::Given, _) | (Images::Own, None) => Shown::Given,
            (Images::Off, _) => Shown::Nothing,
            (Images::Own, Some(Ok(rendition))) => Shown::Own(rendition.clone()),
            (Images::Own, Some(Err(problem))) if problem.broken => Shown::Nothing,
            (Images::Own, Some(Err(_))) => Shown::Given,
        }
    }

    /// Whether it is what the article names.
    pub fn is_given(&self) -> bool {
        *self == Shown::Given
    }

    /// The image of a letter, out of the one that the article names.
    pub fn image(&self, given: Option<&Image>, public_url: &str) -> Option<Image> {
        let named = match self {
            Shown::Chosen(image, _) => image,
            _ => given?,
        };
        match self {
            Shown::Given | Shown::Chosen(_, None) => Some(named.clone()),
            Shown::Own(rendition) | Shown::Chosen(_, Some(rendition)) => Some(Image {
                url: rendition.url(public_url),
                alt: named.alt.clone(),
            }),
            Shown::Nothing => None,
        }
    }

    /// Our rendition that it shows, if it does.
    pub fn rendition(&self) -> Option<&Rendition> {
        match self {
            Shown::Own(rendition) | Shown::Chosen(_, Some(rendition)) => Some(rendition),
            Shown::Given | Shown::Chosen(_, None) | Shown::Nothing => None,
        }
    }

    /// What an article shows that takes another one's picture: `others` is what is known of that one.
    pub fn chosen(images: Images, image: &Image, others: Option<&Picture>) -> Shown {
        match Shown::of(images, others) {
            Shown::Own(rendition) => Shown::Chosen(image.clone(), Some(rendition)),
            Shown::Nothing => Shown::Nothing,
            Shown::Given | Shown::Chosen(..) => Shown::Chosen(image.clone(), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Image, Images, Picture, PictureProblem, Rendition, Shown};

    fn known(outcome: Result<Rendition, PictureProblem>) -> Picture {
        Picture {
            url: "https://n.example/a.png".to_owned(),
            outcome,
            tries: 1,
            again: None,
        }
    }

    #[test]
    fn a_letter_shows_what_its_list_wants_and_never_a_hole() {
        let rendition = Rendition {
            sha256: "ab".repeat(32),
            width: 1200,
            height: 800,
            bytes: 90_000,
        };
        let made = known(Ok(rendition.clone()));
        let problem = |broken| {
            let words = "why".to_owned();
            known(Err(PictureProblem { words, broken }))
        };
        let check = |images, known: Option<&Picture>, expected: Shown| {
            assert_eq!(Shown::of(images, known), expected, "{images} {known:?}");
        };
        check(Images::Given, Some(&made), Shown::Given);
        check(Images::Given, Some(&problem(true)), Shown::Given);
        check(Images::Off, Some(&made), Shown::Nothing);
        check(Images::Own, None, Shown::Given);
        check(Images::Own, Some(&made), Shown::Own(rendition.clone()));
        check(Images::Own, Some(&problem(true)), Shown::Nothing);
        check(Images::Own, Some(&problem(false)), Shown::Given);

        let given = Image {
            url: made.url.clone(),
            alt: "A pier".to_owned(),
        };
        let own = Shown::Own(rendition).image(Some(&given), "https://n.example/digest");
        let own = own.expect("an image");
        let hash = "ab".repeat(32);
        assert_eq!(own.url, format!("https://n.example/digest/i/{hash}.jpg"));
        assert_eq!(own.alt, "A pier");
        assert_eq!(
            Shown::Nothing.image(Some(&given), "https://x.example"),
            None
        );
        assert_eq!(Shown::Given.image(Some(&given), "").as_ref(), Some(&given));
        // An editor's choice stands for an article that has no picture of its own, and leaves no hole.
        let chosen = Shown::chosen(Images::Own, &given, Some(&made));
        assert_eq!(chosen.image(None, "https://n.example/digest"), Some(own));
        let chosen = Shown::chosen(Images::Given, &given, None);
        assert_eq!(chosen.image(None, ""), Some(given.clone()));
        let broken = Shown::chosen(Images::Own, &given, Some(&problem(true)));
        assert_eq!(broken, Shown::Nothing);
    }
}
