//! The terminal program (layer 7): arguments in, one command out, events printed. One file per subcommand, named like it.
//!
//! Its words are fixed by `cli.md`: machine output goes to stdout and nothing else there, messages and progress to stderr, and
//! every failure is one line that names the step, the thing and the reason, with the exit status of its kind.

pub mod delete;
pub mod demo;
pub mod dicom_json;
pub mod doctor;
pub mod dump;
pub mod echo;
pub mod export;
pub mod find;
pub mod import;
pub mod keys;
pub mod list;
pub mod r#move;
pub mod open;
pub mod output;
pub mod peer;
pub mod pixels;
pub mod print;
pub mod printer;
pub mod program;
pub mod render;
pub mod retrieve;
pub mod send;
pub mod serve;
pub mod session;
pub mod settings;

pub use program::{Cli, Globals, main};
