//! How long an association waits for what.

use std::time::Duration;

use crate::store::Settings;

/// The time limits of one association, from the settings.
#[derive(Debug, Clone, Copy)]
pub struct Timers {
    /// PS3.8 §9.1.5.
    pub artim: Duration,
    /// The whole negotiation.
    pub negotiation: Duration,
    /// Between messages.
    pub idle: Duration,
    /// Within a message, without progress.
    pub message: Duration,
    /// A blocked send.
    pub send: Duration,
    /// An answer to a request of ours.
    pub response: Duration,
}

impl From<&Settings> for Timers {
    fn from(settings: &Settings) -> Self {
        Self {
            artim: settings.timers_artim,
            negotiation: settings.timers_negotiation,
            idle: settings.timers_idle,
            message: settings.timers_message,
            send: settings.timers_send,
            response: settings.timers_response,
        }
    }
}
