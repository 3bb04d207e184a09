//! Pictures of objects at their own display, drawn by the CPU renderer: thumbnails and exported images.

use std::path::Path;

use super::Thumbnail;

/// The first picture of an object, at most `side_max` pixels wide and high.
pub(super) fn thumbnail(path: &Path, side_max: u32) -> Result<Thumbnail, String> {
    let _ = (path, side_max);
    Err("no renderer yet".to_owned())
}

/// Writes a PNG for every frame of the object at `source`, named after `target`; how many there are.
pub(super) fn write(source: &Path, target: &Path) -> Result<u64, String> {
    let _ = (source, target);
    Err("no renderer yet".to_owned())
}
