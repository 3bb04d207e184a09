//! Any bytes as a codestream of this codec: a frame of the right size or an error, never a panic.
#![no_main]

mod codec;

use dgscope::dicom::transfer_syntax::PixelCodec;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| codec::decode(PixelCodec::JpegBaseline, bytes));
