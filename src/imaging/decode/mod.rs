//! Decoding of frames: from the bytes of one frame to stored values (PS3.5 §8 and Annexes A.4, G; ISO 10918-1, 14495-1, 15444-1).
//!
//! One rule holds for every codec: its header is read first and must agree with the Image Pixel module, memory is taken only after
//! that, and whatever foreign bytes do, the answer is a frame or a reason in words, never a panic.

pub mod cells;
pub mod codestream;
pub mod frame_table;
pub mod jpeg_baseline;
pub mod jpeg_bits;
pub mod jpeg_dct;
pub mod jpeg_huffman;
pub mod jpeg_lossless;
pub mod jpeg_ls;
pub mod jpeg_ls_scan;
pub mod jpeg_markers;
pub mod jpeg_scan;
pub mod jpeg_xl;
pub mod native;
pub mod packaged;
pub mod rle;

#[cfg(test)]
mod encoders;
#[cfg(test)]
mod jpeg_ls_tests;
#[cfg(test)]
mod tests;

pub use cells::{Cells, StoredField};
pub use codestream::{Decoded, decode_codestream};
pub use frame_table::FrameTable;
