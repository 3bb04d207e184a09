//! `dgscope settings`: the settings of this store.

use std::process::ExitCode;

use serde_json::Value;

use super::session::Session;
use super::{Globals, output};
use crate::engine::{Command, Event, Failure, FailureKind};

/// Arguments of `settings`.
#[derive(Debug, clap::Args)]
pub struct SettingsArgs {
    /// Settings to show (KEY) or change (KEY=VALUE); all are listed without
    #[arg(value_name = "KEY[=VALUE]")]
    pub words: Vec<String>,
}

/// Runs the command.
pub fn run(args: &SettingsArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let session = Session::start(globals)?;
    let mut changes = Vec::new();
    let mut shown = Vec::new();
    for word in &args.words {
        match word.split_once('=') {
            Some((key, value)) => {
                changes.push((key.to_owned(), value.to_owned()));
                shown.push(key);
            }
            None => shown.push(word.as_str()),
        }
    }
    if !changes.is_empty() {
        session.ask(Command::ChangeSettings(changes), |event| {
            matches!(event, Event::Settings(_)).then_some(())
        })?;
    }
    let pairs = session.ask(Command::ListSettings, |event| match event {
        Event::SettingPairs(pairs) => Some(pairs),
        _ => None,
    })?;
    let unknown = shown
        .iter()
        .find(|key| !pairs.iter().any(|(known, _)| known == *key));
    if let Some(key) = unknown {
        let message = format!("settings: no such setting: {key}");
        return Err(Failure::new(FailureKind::Input, message));
    }
    let wanted: Vec<&(String, String)> = pairs
        .iter()
        .filter(|(key, _)| shown.is_empty() || shown.contains(&key.as_str()))
        .collect();
    if globals.json {
        let object = wanted
            .iter()
            .map(|(key, value)| (key.clone(), typed(key, value)));
        output::json(&Value::Object(object.collect()));
    } else {
        let rows: Vec<Vec<String>> = wanted
            .iter()
            .map(|(key, value)| vec![key.clone(), value.clone()])
            .collect();
        output::line(&output::table(&["SETTING", "VALUE"], &rows));
    }
    Ok(ExitCode::SUCCESS)
}

/// Numbers and truth values as such; titles and statuses are texts even when they look like numbers.
fn typed(key: &str, value: &str) -> Value {
    if key.ends_with("-title") || key.ends_with("-status") {
        return Value::from(value);
    }
    if let Ok(truth) = value.parse::<bool>() {
        return Value::from(truth);
    }
    if let Ok(whole) = value.parse::<u64>() {
        return Value::from(whole);
    }
    value
        .parse::<f64>()
        .map_or_else(|_| Value::from(value), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_typed_but_titles_stay_texts() {
        assert_eq!(typed("station.port", "104"), Value::from(104));
        assert_eq!(typed("timers.idle", "0.5"), Value::from(0.5));
        assert_eq!(typed("station.ae-title", "104"), Value::from("104"));
        assert_eq!(typed("station.bind", "127.0.0.1"), Value::from("127.0.0.1"));
        assert_eq!(typed("network.accept-unknown", "false"), Value::from(false));
    }
}
