//! JPEG-LS against CharLS, and against bytes that CharLS does not survive.

use std::time::{Duration, Instant};

use charls::{CharLS, FrameInfo, InterleaveMode};
use proptest::prelude::*;

use super::decode_codestream;
use super::tests::{description, picture, syntax, wide};
use crate::dicom::transfer_syntax::PixelCodec;
use crate::imaging::PixelDescription;

/// Samples of one pixel together, as a codestream.
fn encode(
    pixels: &PixelDescription,
    samples: &[u16],
    near: i32,
    interleave: InterleaveMode,
) -> Vec<u8> {
    let components = usize::from(pixels.samples_per_pixel);
    let mut samples = samples.to_vec();
    if components > 1 && interleave == InterleaveMode::None {
        let planes = (0..components).flat_map(|c| samples.iter().skip(c).step_by(components));
        samples = planes.copied().collect();
    }
    let bytes: Vec<u8> = match pixels.bits_allocated {
        8 => samples.iter().map(|sample| *sample as u8).collect(),
        _ => samples.iter().flat_map(|s| s.to_le_bytes()).collect(),
    };
    let info = FrameInfo {
        width: pixels.columns,
        height: pixels.rows,
        bits_per_sample: i32::from(pixels.bits_stored),
        component_count: i32::from(pixels.samples_per_pixel),
    };
    let mut charls = CharLS::default();
    charls.set_interleave_mode(interleave).expect("a mode");
    charls.encode(info, near, &bytes).expect("a codestream")
}

fn decoded(pixels: &PixelDescription, codestream: &[u8]) -> Result<Vec<u16>, String> {
    let decoded = decode_codestream(syntax(PixelCodec::JpegLs), codestream, pixels);
    decoded
        .map(|decoded| wide(&decoded.frame.samples))
        .map_err(|error| error.to_string())
}

/// What CharLS makes of it, samples of one pixel together.
fn reference(pixels: &PixelDescription, codestream: &[u8], interleave: InterleaveMode) -> Vec<u16> {
    let bytes = CharLS::default().decode(codestream).expect("samples");
    let samples: Vec<u16> = match pixels.bits_allocated {
        8 => bytes.iter().map(|byte| u16::from(*byte)).collect(),
        _ => {
            let pairs = bytes.as_chunks::<2>().0.iter();
            pairs.map(|pair| u16::from_le_bytes(*pair)).collect()
        }
    };
    let components = usize::from(pixels.samples_per_pixel);
    if components == 1 || interleave != InterleaveMode::None {
        return samples;
    }
    let plane = samples.len() / components;
    let pixels = (0..plane).flat_map(|at| (0..components).map(move |c| c * plane + at));
    pixels.map(|place| samples[place]).collect()
}

/// Flat places for runs, edges and noise.
fn scene(pixels: &PixelDescription) -> Vec<u16> {
    let count = (pixels.rows * pixels.columns) as usize * usize::from(pixels.samples_per_pixel);
    let mut samples = picture(count, u32::from(pixels.bits_stored));
    let whole = (1_u32 << pixels.bits_stored) - 1;
    for (at, sample) in samples.iter_mut().enumerate() {
        match at / 97 % 5 {
            0 => *sample = (whole / 3) as u16,
            1 if at % 23 > 2 => *sample = whole as u16,
            2 => *sample = (at as u32 / 3 & whole) as u16,
            _ => {}
        }
    }
    samples
}

#[test]
fn every_depth_interleave_and_error_is_what_charls_gives() {
    use InterleaveMode::{Line, None, Sample};
    for bits in 2..=16 {
        for (components, interleave) in [(1, None), (3, None), (3, Line), (3, Sample)] {
            for near in [0, 1, 3] {
                if near * 2 > (1 << bits) - 1 {
                    continue;
                }
                let pixels = description(37, 61, components, bits);
                let samples = scene(&pixels);
                let codestream = encode(&pixels, &samples, near, interleave);
                let found = decoded(&pixels, &codestream);
                let wanted = reference(&pixels, &codestream, interleave);
                let case = format!("{bits} bits, {components} {interleave:?}, near {near}");
                assert!(found == Ok(wanted), "{case}: {:?}", found.err());
                if near == 0 {
                    assert!(found == Ok(samples), "{case}");
                }
            }
        }
    }
}

#[test]
fn a_restart_begins_anew() {
    let half = description(9, 40, 1, 12);
    let whole = description(18, 40, 1, 12);
    let samples = scene(&whole);
    let streams =
        [&samples[..360], &samples[360..]].map(|part| encode(&half, part, 0, InterleaveMode::None));
    // The entropy data lies between the scan header and the end of image.
    let start = |stream: &[u8]| {
        let scan = stream.windows(2).position(|pair| pair == [0xFF, 0xDA]);
        scan.expect("a scan") + 10
    };
    let frame = streams[0].windows(2).position(|pair| pair == [0xFF, 0xF7]);
    let frame = frame.expect("a frame header");
    let mut joined = streams[0].clone();
    joined.truncate(joined.len() - 2);
    joined[frame + 6] = 18;
    joined.extend_from_slice(&[0xFF, 0xD0]);
    joined.extend_from_slice(&streams[1][start(&streams[1])..]);
    let scan = start(&joined) - 10;
    joined.splice(scan..scan, [0xFF, 0xDD, 0, 4, 0, 9]);
    assert!(decoded(&whole, &joined) == Ok(samples));
}

#[test]
fn a_stream_that_never_ends_a_code_is_refused_at_once() {
    let pixels = description(12, 16, 1, 8);
    let mut codestream = vec![0xFF, 0xD8];
    codestream.extend([0xFF, 0xF7, 0, 11, 8, 0, 12, 0, 16, 1, 1, 0x11, 0]);
    codestream.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0]);
    codestream.extend([0; 20]);
    codestream.extend([1, 0, 0xFF, 0x29, 0xD9]);
    let start = Instant::now();
    let refused = decoded(&pixels, &codestream).expect_err("no picture");
    assert!(refused.contains("JPEG-LS"), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_cut_stream_says_where_it_ends() {
    let pixels = description(37, 61, 1, 12);
    let codestream = encode(&pixels, &scene(&pixels), 0, InterleaveMode::None);
    let refused = decoded(&pixels, &codestream[..codestream.len() / 2]).expect_err("cut");
    assert!(refused.contains("ends before line"), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_streams_are_pictures_or_reasons(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        shorten in any::<bool>(),
    ) {
        use InterleaveMode::{Line, None, Sample};
        let (components, interleave, near) = [(1, None, 0), (3, Line, 2), (3, Sample, 0)][which];
        let pixels = description(16, 24, components, 12);
        let mut codestream = encode(&pixels, &scene(&pixels), near, interleave);
        for (index, value) in &changes {
            let at = index.index(codestream.len());
            codestream[at] = *value;
        }
        if shorten {
            codestream.truncate(cut.index(codestream.len()));
        }
        match decoded(&pixels, &codestream) {
            Ok(samples) => prop_assert_eq!(samples.len(), 16 * 24 * usize::from(components)),
            Err(error) => prop_assert!(!error.contains("gave up"), "{}", error),
        }
    }
}
