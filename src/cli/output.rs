//! Lines on stdout and stderr. A reader that went away (`| head`) ends the output, never the program with a panic.

use std::io::Write;

/// Writes one line of output.
pub fn line(text: &str) {
    // A closed pipe is the reader's decision; there is nobody left to tell.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes one JSON value of machine output.
pub fn json(value: &serde_json::Value) {
    line(&value.to_string());
}

/// Tells people something on stderr.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
