//! The settings a person can change on the screen, as a table: key, words, how they are read and written.

use std::time::Duration;

use crate::engine::Settings;

/// Groups of fields on the Settings screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Who and where we are.
    Station,
    /// What the network may do.
    Network,
    /// How long things may take.
    Timers,
    /// Where objects are kept.
    Storage,
    /// What goes when the disk becomes full.
    CleanUp,
    /// The monitor: its size, and what it is declared fit for.
    Display,
    /// Its calibration.
    Calibration,
    /// What a photometer measured; many lines, drawn by hand.
    Measurements,
}

/// How a field is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word or number, with the key of its unit.
    Text(&'static str),
    /// On or off, written `true` and `false`.
    Switch,
    /// One of several values, written as they are.
    Choice(&'static [&'static str]),
}

/// One setting.
#[derive(Debug)]
pub struct Field {
    /// Its key in the store; its label is the text `setting.KEY`.
    pub key: &'static str,
    /// Where it stands.
    pub section: Section,
    /// How it is typed.
    pub kind: Kind,
    /// What the screen shows.
    pub read: fn(&Settings) -> String,
    /// What the store is given for what the screen shows.
    pub write: fn(&str) -> String,
}

const GIGABYTE: f64 = 1e9;

fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

fn as_typed(text: &str) -> String {
    text.trim().to_owned()
}

/// Gigabytes as typed, in bytes; what is no number goes to the store as it is, which says what is wrong with it.
fn gigabytes_in_bytes(text: &str) -> String {
    match text.trim().parse::<f64>() {
        Ok(gigabytes) if gigabytes.is_finite() && gigabytes >= 0.0 => {
            format!("{:.0}", gigabytes * GIGABYTE)
        }
        _ => as_typed(text),
    }
}

const fn field(
    section: Section,
    key: &'static str,
    kind: Kind,
    read: fn(&Settings) -> String,
) -> Field {
    Field {
        key,
        section,
        kind,
        read,
        write: as_typed,
    }
}

/// All fields in the order of the screen.
pub const FIELDS: &[Field] = &[
    field(Section::Station, "station.ae-title", Kind::Text(""), |s| {
        s.station_ae_title.to_string()
    }),
    field(Section::Station, "station.port", Kind::Text(""), |s| {
        s.station_port.to_string()
    }),
    field(Section::Station, "station.bind", Kind::Text(""), |s| {
        s.station_bind.to_string()
    }),
    field(Section::Station, "station.serial", Kind::Text(""), |s| {
        s.station_serial.to_string()
    }),
    field(
        Section::Network,
        "network.check-called-title",
        Kind::Switch,
        |s| s.network_check_called_title.to_string(),
    ),
    field(
        Section::Network,
        "network.accept-unknown",
        Kind::Switch,
        |s| s.network_accept_unknown.to_string(),
    ),
    field(
        Section::Network,
        "network.max-associations",
        Kind::Text(""),
        |s| s.network_max_associations.to_string(),
    ),
    field(
        Section::Network,
        "network.max-pdu",
        Kind::Text("unit.bytes"),
        |s| s.network_max_pdu.to_string(),
    ),
    field(Section::Network, "services.find-scp", Kind::Switch, |s| {
        s.services_find_scp.to_string()
    }),
    field(Section::Network, "services.move-scp", Kind::Switch, |s| {
        s.services_move_scp.to_string()
    }),
    field(
        Section::Timers,
        "timers.retrieve",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_retrieve),
    ),
    field(
        Section::Timers,
        "timers.connect",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_connect),
    ),
    field(
        Section::Timers,
        "timers.artim",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_artim),
    ),
    field(
        Section::Timers,
        "timers.negotiation",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_negotiation),
    ),
    field(
        Section::Timers,
        "timers.message",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_message),
    ),
    field(
        Section::Timers,
        "timers.send",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_send),
    ),
    field(
        Section::Timers,
        "timers.response",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_response),
    ),
    field(
        Section::Timers,
        "timers.print",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_print),
    ),
    field(
        Section::Timers,
        "timers.idle",
        Kind::Text("unit.seconds"),
        |s| seconds(s.timers_idle),
    ),
    field(Section::Storage, "print.keep-films", Kind::Switch, |s| {
        s.print_keep_films.to_string()
    }),
    Field {
        key: "store.minimum-free",
        section: Section::Storage,
        kind: Kind::Text("unit.gigabytes"),
        read: |s| format!("{:.3}", s.store_minimum_free as f64 / GIGABYTE),
        write: gigabytes_in_bytes,
    },
    field(Section::CleanUp, "store.clean-up", Kind::Switch, |s| {
        s.store_clean_up.to_string()
    }),
    field(
        Section::CleanUp,
        "store.clean-up-days",
        Kind::Text("unit.days"),
        |s| s.store_clean_up_days.to_string(),
    ),
    field(
        Section::CleanUp,
        "store.clean-up-unsent",
        Kind::Switch,
        |s| s.store_clean_up_unsent.to_string(),
    ),
    field(
        Section::Storage,
        "store.duplicate-status",
        Kind::Choice(&["D000", "0111"]),
        |s| format!("{:04X}", s.store_duplicate_status),
    ),
    field(
        Section::Display,
        "display.pixel-pitch-mm",
        Kind::Text("unit.millimetres"),
        |s| {
            s.display_pixel_pitch_mm
                .map_or(String::new(), |mm| mm.to_string())
        },
    ),
    field(Section::Display, "display.diagnostic", Kind::Switch, |s| {
        s.display_diagnostic.to_string()
    }),
    field(
        Section::Calibration,
        "display.calibration",
        Kind::Choice(&["none", "hardware", "software"]),
        |s| s.display_calibration.to_string(),
    ),
    field(
        Section::Calibration,
        "display.ambient",
        Kind::Text("unit.luminance"),
        |s| s.display_ambient.to_string(),
    ),
    field(
        Section::Calibration,
        "display.luminance-min",
        Kind::Text("unit.luminance"),
        |s| optional(s.display_luminance_min),
    ),
    field(
        Section::Calibration,
        "display.luminance-max",
        Kind::Text("unit.luminance"),
        |s| optional(s.display_luminance_max),
    ),
    field(
        Section::Calibration,
        "display.calibrated-on",
        Kind::Text(""),
        |s| s.display_calibrated_on.clone(),
    ),
    field(
        Section::Calibration,
        "display.calibration-days",
        Kind::Text("unit.days"),
        |s| s.display_calibration_days.to_string(),
    ),
    Field {
        key: MEASUREMENTS,
        section: Section::Measurements,
        kind: Kind::Text(""),
        read: |s| s.display_measurements.replace("; ", "\n"),
        write: as_typed,
    },
];

/// Key of what a photometer measured.
pub const MEASUREMENTS: &str = "display.measurements";

fn optional(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

impl Field {
    /// The field of a key.
    pub fn of(key: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gigabytes_become_bytes_and_nonsense_stays_for_the_store_to_refuse() {
        assert_eq!(gigabytes_in_bytes("1.5"), "1500000000");
        assert_eq!(gigabytes_in_bytes(" lots "), "lots");
        assert_eq!(gigabytes_in_bytes("-1"), "-1");
    }

    #[test]
    fn keys_are_unique() {
        for (index, field) in FIELDS.iter().enumerate() {
            assert!(FIELDS[index + 1..].iter().all(|f| f.key != field.key));
        }
    }
}
