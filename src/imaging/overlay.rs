//! Overlay planes (PS3.3 C.9.2).
