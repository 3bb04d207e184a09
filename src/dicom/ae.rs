//! Application Entity titles (PS3.5 §6.2, VR AE).

use std::fmt;

/// A text that is no AE title.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an AE title (1 to 16 printable ASCII characters, no backslash): {0:?}")]
pub struct InvalidAeTitle(pub String);

/// Application Entity title: 1 to 16 characters of the default repertoire, outer spaces dropped (PS3.5 §6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AeTitle(String);

impl AeTitle {
    /// The title without padding.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for AeTitle {
    type Error = InvalidAeTitle;

    fn try_from(text: &str) -> Result<Self, InvalidAeTitle> {
        let title = text.trim_matches([' ', '\0']);
        let allowed = |c: char| matches!(c, ' '..='~') && c != '\\';
        if (1..=16).contains(&title.len()) && title.chars().all(allowed) {
            Ok(Self(title.to_owned()))
        } else {
            Err(InvalidAeTitle(text.chars().take(64).collect()))
        }
    }
}

impl fmt::Display for AeTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
