//! Decoding of frames by codec.
