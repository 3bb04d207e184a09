//! The terminal program (layer 7): arguments in, one command out, events printed. One file per subcommand.

/// Parses the arguments and runs what they say.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
