//! Decoding per syntax, one thread, into a new frame each time: a CT slice of 512x512 and a mammogram of 4096x3328, 12 of 16 bits.

#[path = "../../src/imaging/decode/encoders.rs"]
mod encoders;

use dgscope::dicom::transfer_syntax::{PixelCodec, TRANSFER_SYNTAXES};
use dgscope::imaging::decode::decode_codestream;
use dgscope::imaging::{PhotometricInterpretation, PixelDescription};
use divan::{Bencher, black_box};

const SIZES: [(u32, u32); 2] = [(512, 512), (4096, 3328)];

fn main() {
    divan::main();
}

fn description((rows, columns): (u32, u32), bits_stored: u16) -> PixelDescription {
    PixelDescription {
        rows,
        columns,
        samples_per_pixel: 1,
        photometric: PhotometricInterpretation::Monochrome2,
        planar: false,
        bits_allocated: bits_stored.next_multiple_of(8),
        bits_stored,
        high_bit: bits_stored - 1,
        signed: false,
        frames: 1,
    }
}

/// A smooth body with noise of about ten levels, black outside.
fn picture((rows, columns): (u32, u32)) -> Vec<u16> {
    let mut state = 0x2545_F491_u32;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        i64::from(state >> 28) - 8
    };
    let (centre_y, centre_x) = (i64::from(rows / 2), i64::from(columns / 2));
    (0..i64::from(rows))
        .flat_map(|y| (0..i64::from(columns)).map(move |x| (y, x)))
        .map(|(y, x)| {
            let distance = (y - centre_y).pow(2) * 100 / centre_y.pow(2)
                + (x - centre_x).pow(2) * 100 / centre_x.pow(2);
            let value = 1500 - distance * 6 + noise() + noise();
            if distance > 85 { 0 } else { value as u16 }
        })
        .collect()
}

fn bench(
    bencher: Bencher<'_, '_>,
    codec: PixelCodec,
    codestream: &[u8],
    pixels: &PixelDescription,
) {
    let syntax = TRANSFER_SYNTAXES
        .iter()
        .find(|syntax| syntax.codec == codec)
        .expect("a syntax for every codec");
    bencher.bench_local(|| {
        decode_codestream(syntax, black_box(codestream), pixels).expect("the picture decodes")
    });
}

#[divan::bench(args = SIZES)]
fn rle(bencher: Bencher<'_, '_>, size: (u32, u32)) {
    let cells: Vec<u8> = picture(size).iter().flat_map(|v| v.to_be_bytes()).collect();
    let pixels = PixelDescription {
        bits_stored: 12,
        high_bit: 11,
        ..description(size, 16)
    };
    bench(
        bencher,
        PixelCodec::Rle,
        &encoders::rle(&cells, 1, 2),
        &pixels,
    );
}

#[divan::bench(args = SIZES)]
fn jpeg_lossless(bencher: Bencher<'_, '_>, size: (u32, u32)) {
    let options = encoders::LosslessOptions {
        rows: size.0 as usize,
        columns: size.1 as usize,
        components: 1,
        precision: 12,
        predictor: 1,
        point_transform: 0,
        restart_lines: 0,
    };
    let codestream = encoders::jpeg_lossless(&picture(size), options);
    bench(
        bencher,
        PixelCodec::JpegLossless,
        &codestream,
        &description(size, 12),
    );
}

#[divan::bench(args = SIZES)]
fn jpeg_lossless_predictor_6(bencher: Bencher<'_, '_>, size: (u32, u32)) {
    let options = encoders::LosslessOptions {
        rows: size.0 as usize,
        columns: size.1 as usize,
        components: 1,
        precision: 12,
        predictor: 6,
        point_transform: 0,
        restart_lines: 0,
    };
    let codestream = encoders::jpeg_lossless(&picture(size), options);
    bench(
        bencher,
        PixelCodec::JpegLossless,
        &codestream,
        &description(size, 12),
    );
}
