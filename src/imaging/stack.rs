//! Sorting, splitting and judging the images of a series (V3, V4, F8).
