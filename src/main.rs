//! Starts the terminal program or the window; everything else is the library.

fn main() -> std::process::ExitCode {
    dgscope::cli::main()
}
