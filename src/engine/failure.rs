//! The four kinds of failure, decided where they are created.

use std::fmt;

use crate::store::StoreError;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The request was wrong: exit code 2.
    Input,
    /// A peer or an object failed: exit code 3.
    Peer,
    /// The machine failed: exit code 4.
    Environment,
    /// We failed: exit code 70.
    Bug,
}

impl FailureKind {
    /// The exit status of the terminal program.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Input => 2,
            Self::Peer => 3,
            Self::Environment => 4,
            Self::Bug => 70,
        }
    }
}

/// A failure told once, in one line that names the step, the thing and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Who must act.
    pub kind: FailureKind,
    /// The line.
    pub message: String,
}

impl Failure {
    /// Makes a failure.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::Input(_) => FailureKind::Input,
            _ => FailureKind::Environment,
        };
        Self::new(kind, format!("store: {error}"))
    }
}
