//! Keys of the shell and of the study list as a table; F1 shows it together with the viewer's.

use std::borrow::Cow;

/// One binding for the list of F1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where it works: key of a heading.
    pub area: &'static str,
    /// The keys as people name them.
    pub keys: Cow<'static, str>,
    /// Key of the help line.
    pub help: &'static str,
}

const fn binding(area: &'static str, keys: &'static str, help: &'static str) -> Binding {
    Binding {
        area,
        keys: Cow::Borrowed(keys),
        help,
    }
}

const SHELL: &str = "help.area.shell";
const LIST: &str = "help.area.studies";
const QUERY: &str = "help.area.query";
const FILM: &str = "help.area.film";

/// Everything outside the viewer.
pub const BINDINGS: &[Binding] = &[
    binding(SHELL, "Ctrl+1 … Ctrl+6", "help.screens"),
    binding(SHELL, "F1", "help.help"),
    binding(SHELL, "Tab  Shift+Tab", "help.focus"),
    binding(SHELL, "Esc", "help.escape"),
    binding(SHELL, "Ctrl+I", "help.import"),
    binding(LIST, "Ctrl+F", "help.search"),
    binding(LIST, "↑  ↓  PgUp  PgDn", "help.move"),
    binding(LIST, "Home  End", "help.ends"),
    binding(LIST, "→  ←", "help.expand"),
    binding(LIST, "Enter", "help.open"),
    binding(LIST, "Shift+click  Ctrl+click", "help.several"),
    binding(LIST, "Del", "help.delete"),
    binding(LIST, "P", "help.pin"),
    binding(LIST, "Ctrl+S", "help.send"),
    binding(LIST, "Ctrl+E", "help.export"),
    binding(LIST, "Ctrl+P", "help.film"),
    binding(QUERY, "Ctrl+F", "help.query-field"),
    binding(QUERY, "Enter", "help.query-ask"),
    binding(QUERY, "Esc", "help.query-stop"),
    binding(QUERY, "→  ←", "help.query-expand"),
    binding(QUERY, "Enter", "help.query-open"),
    binding(QUERY, "R", "help.query-retrieve"),
    binding(FILM, "Ctrl+P", "help.film-print"),
    binding(FILM, "Ctrl+Z  Ctrl+Y", "help.film-undo"),
    binding(FILM, "Del", "help.film-delete"),
    binding(FILM, "PgUp  PgDn", "help.film-page"),
];
