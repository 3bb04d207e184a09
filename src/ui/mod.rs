//! Draws a workspace with egui and reports what the user did as `Action`s; changes nothing itself (layer 6).

pub mod activity;
pub mod context;
pub mod film;
mod filter_chips;
pub mod fonts;
pub mod format;
pub mod help;
pub mod icons;
pub mod notices;
pub mod patterns;
pub mod query;
pub mod rail;
mod ruler;
pub mod send_queue;
mod send_sheet;
pub mod settings;
pub mod sheets;
pub mod shell;
pub mod status_bar;
pub mod studies;
pub mod text;
pub mod theme;
pub mod thumbnails;
pub mod viewer;
pub mod widgets;

pub use context::{UiContext, ViewCounters};
pub use shell::Shell;
pub use text::Texts;
pub use theme::Theme;
