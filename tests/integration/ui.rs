//! The window, drawn without a display and read through its accessibility tree (T1).

mod activity_screen;
mod display_screen;
mod film_screen;
mod query_live;
mod query_screen;
mod query_world;
mod settings_screen;
mod shell;
mod shell_world;
mod studies;
