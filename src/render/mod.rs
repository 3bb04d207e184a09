//! Executes a display plan on the GPU, into a view of the window or an offscreen image (layer 3).
