//! The CPU renderer: the twin of every shader stage, exact in f64.
