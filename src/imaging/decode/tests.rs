//! Codecs against our own encoders, and against broken bytes.

use proptest::prelude::*;

use super::encoders::{self, LosslessOptions};
use super::{Decoded, decode_codestream};
use crate::dicom::transfer_syntax::TRANSFER_SYNTAXES;
use crate::dicom::{TransferSyntax, transfer_syntax::PixelCodec};
use crate::imaging::image::DecodeError;
use crate::imaging::{PhotometricInterpretation, PixelDescription, Samples};

pub(super) fn syntax(codec: PixelCodec) -> &'static TransferSyntax {
    TRANSFER_SYNTAXES
        .iter()
        .find(|syntax| syntax.codec == codec)
        .expect("a syntax for every codec")
}

pub(super) fn description(
    rows: u32,
    columns: u32,
    samples_per_pixel: u16,
    bits: u16,
) -> PixelDescription {
    PixelDescription {
        rows,
        columns,
        samples_per_pixel,
        photometric: match samples_per_pixel {
            1 => PhotometricInterpretation::Monochrome2,
            _ => PhotometricInterpretation::Rgb,
        },
        planar: false,
        bits_allocated: if bits > 16 {
            32
        } else {
            bits.next_multiple_of(8)
        },
        bits_stored: bits,
        high_bit: bits - 1,
        signed: false,
        frames: 1,
    }
}

/// A gradient with noise, reproducible.
pub(super) fn picture(count: usize, bits: u32) -> Vec<u16> {
    let mut state = 0x2545_F491_u32;
    (0..count)
        .map(|index| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = state >> 27;
            let large = if state % 61 == 0 { state >> 16 } else { 0 };
            ((index as u32 * 3 + noise + large) & ((1 << bits) - 1)) as u16
        })
        .collect()
}

pub(super) fn wide(samples: &Samples) -> Vec<u16> {
    match samples {
        Samples::U8(values) => values.iter().map(|v| u16::from(*v)).collect(),
        Samples::U16(values) => values.clone(),
        other => panic!("unexpected {other:?}"),
    }
}

fn lossless_options(pixels: &PixelDescription) -> LosslessOptions {
    LosslessOptions {
        rows: pixels.rows as usize,
        columns: pixels.columns as usize,
        components: usize::from(pixels.samples_per_pixel),
        precision: u32::from(pixels.bits_stored),
        predictor: 1,
        point_transform: 0,
        restart_lines: 0,
    }
}

fn decode(
    codec: PixelCodec,
    codestream: &[u8],
    pixels: &PixelDescription,
) -> Result<Decoded, DecodeError> {
    decode_codestream(syntax(codec), codestream, pixels)
}

#[test]
fn lossless_jpeg_of_every_predictor_precision_and_restart_comes_back() {
    for predictor in 1..=7 {
        for (bits, components, restart_lines) in
            [(2, 1, 0), (8, 3, 2), (12, 1, 3), (16, 1, 0), (16, 3, 5)]
        {
            let pixels = description(11, 17, components, bits);
            let samples = picture(11 * 17 * usize::from(components), u32::from(bits));
            let options = LosslessOptions {
                predictor,
                restart_lines,
                ..lossless_options(&pixels)
            };
            let codestream = encoders::jpeg_lossless(&samples, options);
            let decoded = decode(PixelCodec::JpegLossless, &codestream, &pixels)
                .unwrap_or_else(|error| panic!("{options:?}: {error}"));
            assert_eq!(wide(&decoded.frame.samples), samples, "{options:?}");
            assert!(decoded.notes.is_empty());
        }
    }
}

#[test]
fn a_point_transform_drops_the_low_bits_only() {
    let pixels = description(5, 9, 1, 12);
    let samples = picture(45, 12);
    let options = LosslessOptions {
        point_transform: 3,
        ..lossless_options(&pixels)
    };
    let codestream = encoders::jpeg_lossless(&samples, options);
    let decoded = decode(PixelCodec::JpegLossless, &codestream, &pixels).expect("decodes");
    let expected: Vec<u16> = samples.iter().map(|value| value & !7).collect();
    assert_eq!(wide(&decoded.frame.samples), expected);
}

#[test]
fn a_codestream_of_less_precision_than_bits_stored_is_noted() {
    let pixels = description(4, 4, 1, 16);
    let narrow = description(4, 4, 1, 12);
    let samples = picture(16, 12);
    let codestream = encoders::jpeg_lossless(&samples, lossless_options(&narrow));
    let decoded = decode(PixelCodec::JpegLossless, &codestream, &pixels).expect("decodes");
    assert_eq!(wide(&decoded.frame.samples), samples);
    assert_eq!(decoded.notes.len(), 1);
}

#[test]
fn a_codestream_of_another_size_is_refused_before_decoding() {
    let pixels = description(8, 8, 1, 12);
    let codestream = encoders::jpeg_lossless(&picture(64, 12), lossless_options(&pixels));
    for other in [
        description(8, 9, 1, 12),
        description(7, 8, 1, 12),
        description(8, 8, 3, 12),
        description(8, 8, 1, 8),
    ] {
        let error = decode(PixelCodec::JpegLossless, &codestream, &other).expect_err("refused");
        assert!(error.to_string().contains("the attributes say"), "{error}");
    }
}

#[test]
fn a_cut_codestream_is_an_error_in_words() {
    let pixels = description(32, 32, 1, 12);
    let codestream = encoders::jpeg_lossless(&picture(1024, 12), lossless_options(&pixels));
    let error = decode(PixelCodec::JpegLossless, &codestream[..700], &pixels).expect_err("cut");
    assert!(error.to_string().contains("ends before line"), "{error}");
}

#[test]
fn rle_of_every_width_comes_back() {
    for (components, bytes) in [(1, 1), (1, 2), (1, 4), (3, 1), (3, 2), (3, 4)] {
        let pixels = description(19, 23, components, bytes * 8);
        let count = 19 * 23 * usize::from(components * bytes);
        let mut cells: Vec<u8> = picture(count, 8).iter().map(|v| *v as u8).collect();
        cells[100..300].fill(7);
        let codestream = encoders::rle(&cells, usize::from(components), usize::from(bytes));
        let decoded = decode(PixelCodec::Rle, &codestream, &pixels).expect("decodes");
        let mut found = Vec::new();
        decoded.frame.samples.append_little_endian(&mut found);
        for sample in found.chunks_exact_mut(usize::from(bytes)) {
            sample.reverse();
        }
        assert_eq!(found, cells, "{components} samples of {bytes} bytes");
    }
}

#[test]
fn rle_of_one_bit_is_unpacked() {
    let pixels = PixelDescription {
        bits_allocated: 1,
        ..description(3, 3, 1, 1)
    };
    let codestream = encoders::rle(&[0b0101_0011, 0b1], 1, 1);
    let decoded = decode(PixelCodec::Rle, &codestream, &pixels).expect("decodes");
    assert_eq!(
        decoded.frame.samples,
        Samples::U8(vec![1, 1, 0, 0, 1, 0, 1, 0, 1])
    );
}

#[test]
fn hostile_rle_headers_are_errors() {
    let pixels = description(100, 100, 1, 16);
    for segments in [0_u32, 1, 3, 15, 16, 0x3FFF_FFFF, 0xFFFF_FFFF] {
        let mut frame = vec![0; 128];
        frame[..4].copy_from_slice(&segments.to_le_bytes());
        assert!(decode(PixelCodec::Rle, &frame, &pixels).is_err());
    }
    let mut outside = vec![0; 128];
    outside[0] = 2;
    outside[4..8].copy_from_slice(&64_u32.to_le_bytes());
    outside[8..12].copy_from_slice(&4096_u32.to_le_bytes());
    assert!(decode(PixelCodec::Rle, &outside, &pixels).is_err());
    assert!(decode(PixelCodec::Rle, &[1, 0, 0], &pixels).is_err());
}

#[test]
fn a_blank_mammogram_is_decoded_whatever_its_ratio() {
    let pixels = description(3000, 3000, 1, 16);
    let cells = vec![0; 3000 * 3000 * 2];
    let codestream = encoders::rle(&cells, 1, 2);
    assert!(cells.len() / codestream.len() > 60);
    let decoded = decode(PixelCodec::Rle, &codestream, &pixels).expect("decodes");
    assert_eq!(decoded.frame.samples.len(), 9_000_000);
}

/// A 12-bit DCT frame of one block whose only coefficient is the mean.
fn flat_dct_block(start_of_frame: u8, difference: u16) -> Vec<u8> {
    let mut data = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
    data.extend([1; 64]);
    data.extend([0xFF, start_of_frame, 0, 11, 12, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    // DC: category 14 has code 0. AC: end of block has code 0.
    for (class, symbol) in [(0x00, 14), (0x10, 0)] {
        data.extend([0xFF, 0xC4, 0, 20, class, 1]);
        data.extend([0; 15]);
        data.push(symbol);
    }
    let end = if start_of_frame == 0xC2 { 0 } else { 63 };
    data.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, end, 0]);
    let bits = u32::from(difference) << 17;
    data.extend(&bits.to_be_bytes()[..2]);
    data.extend([0xFF, 0xD9]);
    data
}

#[test]
fn twelve_bit_dct_frames_are_decoded_sequential_and_progressive() {
    let pixels = description(8, 8, 1, 12);
    // The mean times 8: (3072 - 2048) * 8 = 8192, 14 bits.
    for start_of_frame in [0xC1, 0xC2] {
        let codestream = flat_dct_block(start_of_frame, 8192);
        let decoded = decode(PixelCodec::JpegExtended, &codestream, &pixels).expect("decodes");
        assert_eq!(decoded.frame.samples, Samples::U16(vec![3072; 64]));
    }
}

#[test]
fn what_a_colour_jpeg_means_is_decided_by_its_own_marks_first() {
    use super::jpeg_markers::JpegHeader;
    let header = |ids: [u8; 3], adobe: Option<u8>, sampling: u8| {
        let mut data = vec![0xFF, 0xD8];
        if let Some(transform) = adobe {
            data.extend([0xFF, 0xEE, 0, 14]);
            data.extend(b"Adobe");
            data.extend([0, 100, 0, 0, 0, 0, transform]);
        }
        data.extend([0xFF, 0xC0, 0, 17, 8, 0, 8, 0, 8, 3]);
        data.extend([ids[0], sampling, 0, ids[1], 0x11, 1, ids[2], 0x11, 1]);
        JpegHeader::read(&data).expect("a header")
    };
    let rgb = description(8, 8, 3, 8);
    let ybr = PixelDescription {
        photometric: PhotometricInterpretation::YbrFull422,
        ..rgb.clone()
    };
    use PhotometricInterpretation::{Rgb, YbrFull};
    assert_eq!(header([1, 2, 3], Some(0), 0x11).photometric(&ybr), Rgb);
    assert_eq!(header([1, 2, 3], Some(1), 0x11).photometric(&rgb), YbrFull);
    assert_eq!(header(*b"RGB", None, 0x11).photometric(&ybr), Rgb);
    assert_eq!(header([1, 2, 3], None, 0x21).photometric(&rgb), YbrFull);
    assert_eq!(header([1, 2, 3], None, 0x11).photometric(&rgb), Rgb);
    assert_eq!(header([1, 2, 3], None, 0x11).photometric(&ybr), YbrFull);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_codestreams_never_panic_and_never_change_size(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        shorten in any::<bool>(),
    ) {
        let pixels = description(16, 24, 1, 12);
        let samples = picture(16 * 24, 12);
        let cells: Vec<u8> = samples.iter().flat_map(|v| v.to_be_bytes()).collect();
        let restarting = LosslessOptions {
            predictor: 6,
            restart_lines: 4,
            ..lossless_options(&pixels)
        };
        let (codec, mut codestream, pixels) = match which {
            0 => (PixelCodec::Rle, encoders::rle(&cells, 1, 2), pixels),
            1 => (PixelCodec::JpegLossless, encoders::jpeg_lossless(&samples, restarting), pixels),
            2 => (PixelCodec::JpegExtended, flat_dct_block(0xC1, 8192), description(8, 8, 1, 12)),
            _ => (PixelCodec::JpegExtended, flat_dct_block(0xC2, 8192), description(8, 8, 1, 12)),
        };
        for (index, value) in &changes {
            let at = index.index(codestream.len());
            codestream[at] = *value;
        }
        if shorten {
            codestream.truncate(cut.index(codestream.len()));
        }
        match decode(codec, &codestream, &pixels) {
            Ok(decoded) => prop_assert_eq!(decoded.frame.samples.len(), (pixels.rows * pixels.columns) as usize),
            Err(error) => prop_assert!(!error.to_string().contains("gave up"), "{}", error),
        }
    }
}
