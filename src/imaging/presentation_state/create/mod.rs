//! Makes a presentation state from what is on the screen (PS3.3 A.33.1; presentation.md section 15): `gather` turns display
//! plans into a [`NewState`], `write` turns that into an object.
//!
//! Invariant: written, read back and applied, a state renders the pixels of the plans it was gathered from; what it cannot say
//! is refused in words.

mod area;
mod gather;
mod items;
mod label;
mod new_state;
mod shutters;
mod write;

pub use area::{AreaChoice, area_of};
pub use gather::{ViewedFrame, gather};
pub use label::{ContentLabel, InvalidLabel};
pub use new_state::{
    CreateError, ImageIdentity, NewArea, NewLayer, NewSize, NewState, PixelShape, ViewedImage,
};
pub use write::{Heading, write};
