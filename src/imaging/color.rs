//! Colour frames to 8-bit RGB: YBR, palettes (PS3.3 C.7.6.3.1.2, C.7.9).
