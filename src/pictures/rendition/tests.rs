//! Renditions of real pictures, and of what only says that it is one.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::{HEIGHT, Made, RenditionError, WEIGHT, WIDTH, make};

/// A soft gradient: light as a photograph's sky.
fn sky(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let part = |n: u32, of: u32| u8::try_from(n * 255 / of).expect("at most 255");
        Rgb([part(x, width), part(y, height), 120])
    })
}

/// Every pixel another colour than its neighbours: heavier than any photograph.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 7_u32;
    RgbImage::from_fn(width, height, |_, _| {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Rgb([next(), next(), next()])
    })
}

fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).expect("written");
    out.into_inner()
}

fn read(made: &Made) -> RgbImage {
    let image = image::load_from_memory_with_format(&made.jpeg, ImageFormat::Jpeg);
    image.expect("a JPEG").into_rgb8()
}

#[test]
fn every_format_becomes_a_jpeg_of_its_own_size() {
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ] {
        let made = make(&written(sky(320, 200), format)).expect("made");
        assert_eq!((made.width, made.height), (320, 200), "{format:?}");
        assert_eq!(read(&made).dimensions(), (320, 200), "{format:?}");
    }
}

#[test]
fn a_large_picture_is_scaled_down_and_a_small_one_never_up() {
    let size = |width, height| {
        let made = make(&written(sky(width, height), ImageFormat::Png)).expect("made");
        (made.width, made.height)
    };
    assert_eq!(size(1_200, 800), (1_200, 800));
    assert_eq!(size(2_400, 1_350), (WIDTH, 675));
    assert_eq!(size(5_000, 100), (WIDTH, 24));
    assert_eq!(size(600, 4_800), (600, 800));
    assert_eq!(size(2_400, 4_800), (WIDTH, HEIGHT));
    assert_eq!(size(200, 1_500), (200, 267));
    assert_eq!(size(17, 17), (17, 17));
}

#[test]
fn a_heavy_picture_is_made_lighter_and_smaller_only_if_it_must() {
    let made = make(&written(noise(1_600, 900), ImageFormat::Png)).expect("made");
    assert!(made.jpeg.len() <= WEIGHT, "{}", made.jpeg.len());
    assert!(made.width < WIDTH);
    // What a photograph weighs keeps its width.
    let soft = image::imageops::blur(&noise(1_600, 900), 2.0);
    let made = make(&written(soft, ImageFormat::Png)).expect("made");
    assert!(made.jpeg.len() <= WEIGHT, "{}", made.jpeg.len());
    assert_eq!(made.width, WIDTH);
}

#[test]
fn a_picture_is_turned_as_its_metadata_say_and_they_are_dropped() {
    // Left half red. Orientation 6: the first column is the top of the picture.
    let half = RgbImage::from_fn(200, 100, |x, _| match x < 100 {
        true => Rgb([220, 20, 20]),
        false => Rgb([20, 20, 220]),
    });
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend(b"50 North, 8 East");
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
    encoder.set_exif_metadata(exif).expect("taken");
    let colour = image::ExtendedColorType::Rgb8;
    encoder
        .write_image(&half, 200, 100, colour)
        .expect("written");
    let made = make(&jpeg).expect("made");
    assert_eq!((made.width, made.height), (100, 134));
    let turned = read(&made);
    assert!(turned.get_pixel(50, 20)[0] > 180 && turned.get_pixel(50, 120)[2] > 180);
    let has = |words: &[u8]| made.jpeg.windows(words.len()).any(|w| w == words);
    assert!(!has(b"North") && !has(b"Exif"));
}

#[test]
fn a_colour_profile_stays_if_it_is_one_of_rgb_and_short() {
    let with = |profile: Vec<u8>| {
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
        encoder.set_icc_profile(profile).expect("taken");
        let colour = image::ExtendedColorType::Rgb8;
        encoder
            .write_image(&sky(64, 64), 64, 64, colour)
            .expect("written");
        let made = make(&jpeg).expect("made");
        made.jpeg.windows(12).any(|w| w == b"ICC_PROFILE\0")
    };
    let profile = |space: &[u8; 4], len: usize| {
        let mut profile = vec![0; len];
        profile[16..20].copy_from_slice(space);
        profile
    };
    assert!(with(profile(b"RGB ", 500)));
    assert!(!with(profile(b"CMYK", 500)));
    assert!(!with(profile(b"RGB ", 5_000)));
}

#[test]
fn transparent_places_are_white() {
    let clear = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0]));
    let made = make(&written(clear, ImageFormat::Png)).expect("made");
    assert_eq!(read(&made).get_pixel(32, 32), &Rgb([255, 255, 255]));
    let half = RgbaImage::from_pixel(2_600, 64, Rgba([0, 0, 0, 128]));
    let made = make(&written(half, ImageFormat::Png)).expect("made");
    let grey = read(&made).get_pixel(600, 10)[0];
    assert!((125..=129).contains(&grey), "{grey}");
}

#[test]
fn what_is_no_picture_is_refused_by_name() {
    assert_eq!(make(b""), Err(RenditionError::Empty));
    assert_eq!(
        make(b"<!doctype html><p>Not found"),
        Err(RenditionError::Format)
    );
    assert_eq!(make(b"<svg xmlns='x'/>"), Err(RenditionError::Format));
    assert_eq!(make(b"BM\0\0\0\0\0\0\0\0"), Err(RenditionError::Format));
    let (width, height) = (1, 1);
    let pixel = written(RgbImage::new(1, 1), ImageFormat::Gif);
    assert_eq!(make(&pixel), Err(RenditionError::Pixel { width, height }));
    let (width, height) = (600, 16);
    let line = written(sky(600, 16), ImageFormat::Png);
    assert_eq!(make(&line), Err(RenditionError::Pixel { width, height }));
}

#[test]
fn a_picture_that_says_to_be_huge_is_refused_before_it_is_decoded() {
    // The sides stand at fixed places: IHDR, the logical screen, SOF0.
    let huge = |format, at: usize, sides: &[u8]| {
        let mut bytes = written(sky(64, 64), format);
        bytes[at..at + sides.len()].copy_from_slice(sides);
        make(&bytes)
    };
    let (width, height) = (60_000, 60_000);
    let too_large = Err(RenditionError::TooLarge { width, height });
    let gif = huge(ImageFormat::Gif, 6, &[0x60, 0xea, 0x60, 0xea]);
    assert_eq!(gif, too_large);
    let jpeg = written(sky(64, 64), ImageFormat::Jpeg);
    let sof = jpeg
        .windows(2)
        .position(|w| w == [0xff, 0xc0])
        .expect("a frame");
    let jpeg = huge(ImageFormat::Jpeg, sof + 5, &[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(jpeg, too_large);
    // Its head is followed by a checksum, which is wrong now; either reason will do.
    assert!(huge(ImageFormat::Png, 16, &[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]).is_err());
}

#[test]
fn a_picture_that_breaks_off_is_no_half_grey_one() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let bytes = written(sky(400, 300), format);
        for part in [1, 2, 3] {
            let cut = &bytes[..bytes.len() * part / 4];
            assert!(make(cut).is_err(), "{format:?} {part}/4");
        }
    }
}

#[test]
fn the_same_picture_is_the_same_bytes() {
    let bytes = written(sky(1_500, 900), ImageFormat::WebP);
    assert_eq!(make(&bytes), make(&bytes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_brings_anything_but_a_rendition_or_a_reason(
        format in prop::sample::select(vec![
            ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP,
        ]),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = written(sky(40, 30), format);
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(made) = make(&bytes) {
            prop_assert!(made.width <= WIDTH && made.height <= HEIGHT);
            prop_assert!(made.jpeg.len() <= WEIGHT);
        }
    }
}
