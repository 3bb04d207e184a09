//! Unique identifiers as types, so that a series can never be passed where a study is meant (PS3.5 section 9).
//!
//! A value that exists holds 1 to 64 characters of `0-9.`; such a UID is safe in logs and SQL, but never becomes a path.

use std::fmt;
use std::sync::Arc;

/// A text that is no UID: empty, longer than 64 characters, or with characters other than digits and dots.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UID: {0:?}")]
pub struct InvalidUid(pub String);

/// Any UID, 1 to 64 characters of digits and dots (PS3.5 §9.1); padding (NUL, spaces) is dropped on entry.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(Arc<str>);

impl Uid {
    /// Reads a UID from text, dropping outer padding.
    pub fn parse(text: &str) -> Result<Self, InvalidUid> {
        let uid = text.trim_matches(['\0', ' ']);
        let plausible = uid.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if (1..=64).contains(&uid.len()) && plausible {
            Ok(Self(uid.into()))
        } else {
            Err(InvalidUid(text.chars().take(80).collect()))
        }
    }

    /// Makes a new UID from a random UUID under the root `2.25` (PS3.5 §B.2).
    pub fn generate() -> Self {
        Self(format!("2.25.{}", uuid::Uuid::new_v4().as_u128()).into())
    }

    /// The UID that stands for `parts` where an object has none of its own: the same parts, the same UID, under `2.25` (PS3.5 §B.2).
    pub fn derive(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        let number = uuid::Builder::from_custom_bytes(bytes)
            .into_uuid()
            .as_u128();
        Self(format!("2.25.{number}").into())
    }

    /// The text of the UID, without padding.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! uid_type {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uid);

        impl $name {
            /// Reads the UID from text, dropping outer padding.
            pub fn parse(text: &str) -> Result<Self, InvalidUid> {
                Uid::parse(text).map(Self)
            }

            /// The text of the UID, without padding.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The same UID without its meaning.
            pub fn uid(&self) -> &Uid {
                &self.0
            }
        }

        impl From<Uid> for $name {
            fn from(uid: Uid) -> Self {
                Self(uid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

uid_type! {
    /// Study Instance UID (0020,000D).
    StudyInstanceUid;
    /// Series Instance UID (0020,000E).
    SeriesInstanceUid;
    /// SOP Instance UID (0008,0018).
    SopInstanceUid;
    /// SOP Class UID (0008,0016).
    SopClassUid;
}
