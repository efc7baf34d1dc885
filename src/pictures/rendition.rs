//! A rendition: a picture of any of the web's formats, made anew as a JPEG for letters.
//!
//! What comes in is a stranger's: its size is looked at before anything is allocated for it, and a
//! decoder that panics is a picture that cannot be read. The same bytes give the same bytes.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat,
    ImageReader, Limits, RgbImage, Rgba,
};

/// A rendition is at most so wide: twice a letter's column, for screens with two pixels a point.
pub const WIDTH: u32 = 1_200;
/// A rendition is at most so high, four thirds of its width: of a higher picture a part is shown.
pub const HEIGHT: u32 = WIDTH / 3 * 4;
/// A rendition has at most so many octets.
pub const WEIGHT: usize = 200_000;
/// Pictures of more pixels are not decoded.
const PIXELS: u64 = 40_000_000;
/// What a decoder may hold at a time, in octets: four a pixel.
const MEMORY: u64 = 4 * PIXELS;
/// A picture with a side of at most so many pixels counts readers or fills a gap.
const PIXEL_SIDE: u32 = 16;
/// JPEG qualities that are tried, until one is light enough.
const QUALITIES: [u8; 6] = [84, 78, 72, 64, 56, 48];
/// Colour profiles are kept up to here, in octets: those of cameras and screens have a few hundred.
const PROFILE: usize = 4_096;

/// A picture made for letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// A baseline JPEG.
    pub jpeg: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why a picture cannot be made anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenditionError {
    /// Nothing came.
    #[error("it is empty")]
    Empty,
    /// Another format, or no picture at all, whatever its Content-Type says.
    #[error("it is no JPEG, PNG, GIF or WebP")]
    Format,
    /// More pixels than are decoded.
    #[error("it says to be {width} × {height}, more than 40 million pixels")]
    TooLarge {
        /// As stated.
        width: u32,
        /// As stated.
        height: u32,
    },
    /// It shows nothing.
    #[error("it is {width} × {height}: it counts readers or fills a gap")]
    Pixel {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// It breaks off.
    #[error("it breaks off")]
    Truncated,
    /// Its decoder refuses it.
    #[error("it cannot be read: {0}")]
    Decode(String),
    /// Its decoder broke down.
    #[error("its decoder broke down over it")]
    Broke,
    /// It cannot be written as JPEG.
    #[error("it cannot be written: {0}")]
    Encode(String),
}

/// Makes a rendition: the first frame, turned as its metadata says, at most [`WIDTH`] by [`HEIGHT`]
/// and of a higher one the part that fits,
/// transparent places white, at most [`WEIGHT`] octets; no metadata but a colour profile.
pub fn make(bytes: &[u8]) -> Result<Made, RenditionError> {
    let made = catch_unwind(AssertUnwindSafe(|| {
        let (image, profile) = decode(bytes)?;
        encode(image, profile)
    }));
    made.unwrap_or(Err(RenditionError::Broke))
}

/// The picture at its size in a letter, and the colour profile that it needs.
fn decode(bytes: &[u8]) -> Result<(RgbImage, Option<Vec<u8>>), RenditionError> {
    if bytes.is_empty() {
        return Err(RenditionError::Empty);
    }
    let format = image::guess_format(bytes).map_err(|_| RenditionError::Format)?;
    match format {
        // The decoder fills up what is missing with grey.
        ImageFormat::Jpeg if !is_whole_jpeg(bytes) => return Err(RenditionError::Truncated),
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP => {}
        _ => return Err(RenditionError::Format),
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| refused(&e))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(RenditionError::TooLarge { width, height });
    }
    if width.min(height) <= PIXEL_SIDE {
        return Err(RenditionError::Pixel { width, height });
    }
    let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|p| is_rgb(p));
    let image = DynamicImage::from_decoder(decoder).map_err(|e| refused(&e))?;
    let mut image = scaled(on_white(image), turn);
    image.apply_orientation(turn);
    Ok((upright(image).into_rgb8(), profile))
}

fn refused(error: &ImageError) -> RenditionError {
    let words: String = error.to_string();
    let words = words.chars().filter(|c| !c.is_control()).take(160);
    RenditionError::Decode(words.collect())
}

/// Whether the picture's data are there to their end: a marker EOI after the first scan (ITU-T T.81
/// §B.2). Inside a scan there is none, and what stands before it are segments with a length.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker]) = bytes.get(at..at + 2) {
        match marker {
            0xff => at += 1,
            0xda => return bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]),
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => match bytes.get(at + 2..at + 4) {
                Some([high, low]) => at += 2 + usize::from(u16::from_be_bytes([*high, *low])),
                _ => return false,
            },
        }
    }
    false
}

/// Whether a colour profile (ICC.1 §7.2) is one of RGB and short.
fn is_rgb(profile: &[u8]) -> bool {
    profile.len() <= PROFILE && profile.get(16..20) == Some(b"RGB ")
}

/// Transparent places in white: a JPEG has none, and a letter in the dark keeps pictures as they are.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut image = image.into_rgba8();
    for Rgba([red, green, blue, alpha]) in image.pixels_mut() {
        for channel in [red, green, blue] {
            let over = u32::from(*channel) * u32::from(*alpha) + 255 * (255 - u32::from(*alpha));
            *channel = u8::try_from((over + 127) / 255).unwrap_or(255);
        }
        *alpha = 255;
    }
    DynamicImage::ImageRgba8(image)
}

/// Scaled down, never up, to a width that fits once it is turned.
fn scaled(image: DynamicImage, turn: Orientation) -> DynamicImage {
    let sideways = matches!(
        turn,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let most = match sideways {
        true => (u32::MAX, WIDTH),
        false => (WIDTH, u32::MAX),
    };
    shrunk(image, most)
}

/// A part of a picture that is higher than four thirds of its width: what is left out lies to one
/// third above it, since what matters mostly stands in the upper half.
fn upright(image: DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let most = (width * 4).div_ceil(3);
    match height > most {
        true => image.crop_imm(0, (height - most) / 3, width, most),
        false => image,
    }
}

fn shrunk(image: DynamicImage, (most_wide, most_high): (u32, u32)) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    if width <= most_wide && height <= most_high {
        return image;
    }
    let by_width =
        u64::from(most_wide) * u64::from(height) <= u64::from(most_high) * u64::from(width);
    let share = |side: u32, of: u32, whole: u32| {
        let side = (u64::from(side) * u64::from(of) + u64::from(whole) / 2) / u64::from(whole);
        u32::try_from(side).unwrap_or(of).max(1)
    };
    let (wide, high) = match by_width {
        true => (most_wide, share(height, most_wide, width)),
        false => (share(width, most_high, height), most_high),
    };
    // First to twice the size by the fast way, which is as good up to there.
    let near = match width > 4 * wide {
        true => image.thumbnail_exact(2 * wide, 2 * high),
        false => image,
    };
    near.resize_exact(wide, high, FilterType::CatmullRom)
}

/// As JPEG, in the best quality that is light enough; a picture that is too heavy in all of them is
/// made smaller.
fn encode(image: RgbImage, profile: Option<Vec<u8>>) -> Result<Made, RenditionError> {
    let wrong = |e: ImageError| RenditionError::Encode(e.to_string());
    let mut image = image;
    loop {
        let (width, height) = image.dimensions();
        for quality in QUALITIES {
            let mut jpeg = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
            if let Some(profile) = &profile {
                // An encoder that cannot keep it shows the picture a little paler.
                let _ = encoder.set_icc_profile(profile.clone());
            }
            encoder
                .write_image(&image, width, height, ExtendedColorType::Rgb8)
                .map_err(wrong)?;
            if jpeg.len() <= WEIGHT {
                return Ok(Made {
                    jpeg,
                    width,
                    height,
                });
            }
        }
        let most = (width * 3 / 4, height * 3 / 4);
        image = shrunk(DynamicImage::ImageRgb8(image), most).into_rgb8();
    }
}

#[cfg(test)]
mod tests;
