//! Display shutters (PS3.3 C.7.6.11, C.7.6.15).
