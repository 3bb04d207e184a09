//! Draws a workspace with egui and reports what the user did as `Action`s; changes nothing itself (layer 6).

pub mod fonts;
pub mod icons;
pub mod text;
pub mod theme;
pub mod viewer;
