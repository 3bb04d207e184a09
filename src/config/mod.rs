//! What is decided before start: directories, environment, logging (layer 1).

pub mod directories;
pub mod logging;

pub use directories::{ConfigError, data_directory};
pub use logging::{LogDestination, LoggingGuard, start_logging};
