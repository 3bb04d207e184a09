//! What a person chose for this window: appearance, language, columns. Kept by `app` in one small file beside the store.

use serde::{Deserialize, Serialize};

use super::columns::ColumnChoice;
use super::query::QueryMemory;

/// Dark or light (SH4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Appearance {
    /// For reading rooms.
    #[default]
    Dark,
    /// For offices.
    Light,
}

/// Languages of the window (SH5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

/// Smallest and largest text size in percent (SH4).
pub const TEXT_PERCENT: std::ops::RangeInclusive<u16> = 80..=200;

/// Where the window was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Left edge on the desktop, if the system tells.
    pub x: Option<f32>,
    /// Upper edge on the desktop, if the system tells.
    pub y: Option<f32>,
    /// Width of the contents.
    pub width: f32,
    /// Height of the contents.
    pub height: f32,
    /// Whether it filled the screen.
    pub maximized: bool,
}

/// Everything remembered. Unknown and missing entries of an older or newer program do no harm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Dark or light.
    pub appearance: Appearance,
    /// Language of all texts.
    pub language: Language,
    /// Text size in percent.
    pub text_percent: u16,
    /// Start the node with the window.
    pub receive: bool,
    /// Import by link instead of copy.
    pub link_imports: bool,
    /// Columns of the study list, in order.
    pub columns: Vec<ColumnChoice>,
    /// Whether the panel with thumbnails is open.
    pub preview: bool,
    /// Whom the Query/Retrieve screen asks, and for which days.
    pub query: QueryMemory,
    /// Whom new presentation states name as their creator.
    pub creator: String,
    /// Where the window was.
    pub window: Option<WindowPlace>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            appearance: Appearance::default(),
            language: Language::default(),
            text_percent: 100,
            receive: false,
            link_imports: false,
            columns: ColumnChoice::defaults(),
            preview: true,
            query: QueryMemory::default(),
            creator: String::new(),
            window: None,
        }
    }
}

impl Preferences {
    /// Reads what a file held; what cannot be read is as in a new window.
    pub fn parse(text: &str) -> Self {
        let mut read: Self = serde_json::from_str(text).unwrap_or_default();
        read.text_percent = read
            .text_percent
            .clamp(*TEXT_PERCENT.start(), *TEXT_PERCENT.end());
        read.columns = ColumnChoice::completed(read.columns);
        read
    }

    /// What the file shall hold.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_or_strange_file_gives_a_usable_window() {
        assert_eq!(Preferences::parse("{broken"), Preferences::default());
        let strange = Preferences::parse(r#"{"text_percent": 5, "columns": [], "unknown": 1}"#);
        assert_eq!(strange.text_percent, 80);
        assert_eq!(strange.columns.len(), Preferences::default().columns.len());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let preferences = Preferences {
            appearance: Appearance::Light,
            language: Language::French,
            text_percent: 125,
            ..Preferences::default()
        };
        assert_eq!(Preferences::parse(&preferences.to_text()), preferences);
    }
}
