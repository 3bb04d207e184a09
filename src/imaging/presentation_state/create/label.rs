//! Content Label (0070,0080): a code string, which not everything one types is.

use std::fmt;

/// Characters of a code string (PS3.5 §6.2, CS).
const CHARACTERS_MAX: usize = 16;

/// Why a text is no label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLabel {
    /// Nothing but spaces.
    #[error("a label is needed")]
    Empty,
    /// Longer than 16 characters.
    #[error("a label has at most 16 characters, this one has {0}")]
    TooLong(usize),
    /// A character that code strings do not have.
    #[error("a label has capital letters, digits, spaces and underscores, but no {0:?}")]
    Character(char),
}

/// A checked Content Label: 1 to 16 capital letters, digits, spaces and underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentLabel(String);

impl ContentLabel {
    /// The label as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest label to any text: capitals for small letters, underscores for what cannot be.
    pub fn nearest(text: &str) -> String {
        let allowed = |c: char| match c.to_ascii_uppercase() {
            c if is_allowed(c) => c,
            _ => '_',
        };
        let label: String = text.trim().chars().map(allowed).collect();
        label.chars().take(CHARACTERS_MAX).collect()
    }
}

impl TryFrom<&str> for ContentLabel {
    type Error = InvalidLabel;

    fn try_from(text: &str) -> Result<Self, InvalidLabel> {
        let label = text.trim_matches(' ');
        if label.is_empty() {
            return Err(InvalidLabel::Empty);
        }
        if let Some(character) = label.chars().find(|c| !is_allowed(*c)) {
            return Err(InvalidLabel::Character(character));
        }
        if label.len() > CHARACTERS_MAX {
            return Err(InvalidLabel::TooLong(label.len()));
        }
        Ok(Self(label.to_owned()))
    }
}

impl fmt::Display for ContentLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_allowed(character: char) -> bool {
    matches!(character, 'A'..='Z' | '0'..='9' | ' ' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_code_string() {
        let label = |text| ContentLabel::try_from(text).map(|label| label.0);
        assert_eq!(label(" LIVER 2_A "), Ok("LIVER 2_A".to_owned()));
        assert_eq!(label("  "), Err(InvalidLabel::Empty));
        assert_eq!(label("Liver"), Err(InvalidLabel::Character('i')));
        assert_eq!(label("FOIE É"), Err(InvalidLabel::Character('É')));
        assert_eq!(label("ABCDEFGHIJKLMNOPQ"), Err(InvalidLabel::TooLong(17)));
        assert_eq!(ContentLabel::nearest(" foie é, n°2 "), "FOIE __ N_2");
    }
}
