//! Films (PS3.4 Annex H, presentation.md section 17): sheets with their cells, what a cell shows, the pixels of each image box.
//!
//! Everything is plain data and pure code: one cell is rendered at a time by the CPU renderer, so a job never holds more than one
//! raster of a page. The window, the preview, the printer and the kept film all show these very pixels.

pub mod cell;
pub mod density;
pub mod file;
pub mod ink;
pub mod page;
pub mod picture;
pub mod sheet;
mod test_film;

pub use cell::{CellLook, FilmCell, FilmError, Refusal};
pub use page::{BoxPicture, FilmPage};
pub use picture::{FilmDepth, FilmPicture, FilmSamples};
pub use sheet::{CellRectangle, FilmSize, Layout, Orientation, Sheet};
