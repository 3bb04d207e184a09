//! What the codec targets share: a pixel description out of a few bytes, and the promise that a decoded frame has its size.

use dgscope::dicom::transfer_syntax::{PixelCodec, TRANSFER_SYNTAXES};
use dgscope::imaging::decode::decode_codestream;
use dgscope::imaging::{PhotometricInterpretation, PixelDescription};

/// The first four bytes choose the attributes, the rest is the codestream.
pub fn decode(codec: PixelCodec, bytes: &[u8]) {
    let Some((choice, codestream)) = bytes.split_first_chunk::<4>() else {
        return;
    };
    let bits_allocated = [8, 16, 32, 1][usize::from(choice[0] & 3)];
    let color = choice[0] & 4 != 0 && bits_allocated != 1;
    let bits_stored = u16::from(choice[3]) % bits_allocated + 1;
    let pixels = PixelDescription {
        rows: u32::from(choice[1]) + 1,
        columns: u32::from(choice[2]) + 1,
        samples_per_pixel: if color { 3 } else { 1 },
        photometric: if color {
            PhotometricInterpretation::Rgb
        } else {
            PhotometricInterpretation::Monochrome2
        },
        planar: false,
        bits_allocated,
        bits_stored,
        high_bit: bits_stored - 1,
        signed: choice[0] & 8 != 0,
        frames: 1,
    };
    let syntax = TRANSFER_SYNTAXES
        .iter()
        .find(|syntax| syntax.codec == codec)
        .expect("a syntax for every codec");
    if let Ok(decoded) = decode_codestream(syntax, codestream, &pixels) {
        let samples = pixels.rows * pixels.columns * u32::from(pixels.samples_per_pixel);
        assert_eq!(decoded.frame.samples.len(), samples as usize);
    }
}
