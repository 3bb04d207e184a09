//! Settings of this store, typed; the database holds them by key (`settings` in cli.md).

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use rusqlite::Connection;

use super::{Store, StoreError, audit};
use crate::dicom::AeTitle;

/// All settings. `Default` is what a new store has.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `station.ae-title`
    pub station_ae_title: AeTitle,
    /// `station.port`
    pub station_port: u16,
    /// `station.bind`
    pub station_bind: IpAddr,
    /// `station.serial`: last component of our implementation class UID.
    pub station_serial: u32,
    /// `network.max-associations`
    pub network_max_associations: u32,
    /// `network.max-pdu`, bytes offered to peers.
    pub network_max_pdu: u32,
    /// `network.check-called-title`: refuse associations for another called AE title.
    pub network_check_called_title: bool,
    /// `network.accept-unknown`: accept calling AE titles outside the access list.
    pub network_accept_unknown: bool,
    /// `timers.artim`: from connection to A-ASSOCIATE-RQ, and after our abort or release.
    pub timers_artim: Duration,
    /// `timers.negotiation`: the whole negotiation.
    pub timers_negotiation: Duration,
    /// `timers.idle`: between messages on an association.
    pub timers_idle: Duration,
    /// `timers.message`: from the first to the last byte of one message making no progress.
    pub timers_message: Duration,
    /// `timers.send`: a blocked send.
    pub timers_send: Duration,
    /// `timers.response`: an answer to C-ECHO, C-FIND, C-STORE.
    pub timers_response: Duration,
    /// `timers.print`: an answer of a printer.
    pub timers_print: Duration,
    /// `timers.commitment`: a report of storage commitment.
    pub timers_commitment: Duration,
    /// `tls.enabled`: our port speaks TLS.
    pub tls_enabled: bool,
    /// `tls.cert`: our certificate chain, a PEM file; empty for none.
    pub tls_cert: String,
    /// `tls.key`: its private key, a PEM file.
    pub tls_key: String,
    /// `tls.client-ca`: only callers with a certificate of these authorities; empty for any caller.
    pub tls_client_ca: String,
    /// `tls.ca`: authorities of the peers that we call; empty for those of the system.
    pub tls_ca: String,
    /// `print.keep-films`: printed films become Stored Print and Hardcopy objects of the store.
    pub print_keep_films: bool,
    /// `timers.retrieve`: between the responses to C-MOVE and C-GET.
    pub timers_retrieve: Duration,
    /// `timers.connect`
    pub timers_connect: Duration,
    /// `services.find-scp`: answer queries of others (C-FIND).
    pub services_find_scp: bool,
    /// `services.move-scp`: send what others ask for to the peers they name (C-MOVE).
    pub services_move_scp: bool,
    /// `store.minimum-free`, bytes that must stay free on the disk.
    pub store_minimum_free: u64,
    /// `store.clean-up`: old studies are deleted by themselves when the disk becomes full.
    pub store_clean_up: bool,
    /// `store.clean-up-days`: how long a study has been here before it may go.
    pub store_clean_up_days: u32,
    /// `store.clean-up-unsent`: studies that were never sent may go too.
    pub store_clean_up_unsent: bool,
    /// `store.duplicate-status`: D000 or 0111 for different data under a known UID.
    pub store_duplicate_status: u16,
    /// `display.pixel-pitch-mm`: size of a monitor pixel, by a ruler on the screen; `None` while nobody measured it.
    pub display_pixel_pitch_mm: Option<f64>,
    /// `display.calibration`: who sees to the grayscale standard display function (PS3.14).
    pub display_calibration: DisplayCalibration,
    /// `display.measurements`: driving levels and luminances in cd/m2 as measured, `level luminance; level luminance`.
    pub display_measurements: String,
    /// `display.ambient`: what the room's light adds, cd/m2.
    pub display_ambient: f64,
    /// `display.luminance-min`: luminance of black in cd/m2 with ambient light; `None` for what the display reaches.
    pub display_luminance_min: Option<f64>,
    /// `display.luminance-max`: luminance of white in cd/m2 with ambient light; `None` for what the display reaches.
    pub display_luminance_max: Option<f64>,
    /// `display.calibrated-on`: the day of the last calibration, `YYYY-MM-DD`; empty while there was none.
    pub display_calibrated_on: String,
    /// `display.calibration-days`: how long a calibration counts.
    pub display_calibration_days: u32,
    /// `display.diagnostic`: whoever answers for this workstation has declared it fit for diagnosis.
    pub display_diagnostic: bool,
}

/// Who sees to the grayscale standard display function (PS3.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DisplayCalibration {
    /// Nobody.
    #[default]
    None,
    /// The display itself: it takes P-Values.
    Hardware,
    /// This program, from the measurements.
    Software,
}

impl DisplayCalibration {
    const NAMES: [(&'static str, Self); 3] = [
        ("none", Self::None),
        ("hardware", Self::Hardware),
        ("software", Self::Software),
    ];
}

impl Display for DisplayCalibration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = Self::NAMES.iter().find(|(_, kind)| kind == self);
        f.write_str(name.map_or("none", |(name, _)| name))
    }
}

impl FromStr for DisplayCalibration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = Self::NAMES.iter().find(|(name, _)| *name == text);
        name.map(|(_, kind)| *kind)
            .ok_or_else(|| "not none, hardware or software".to_owned())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            station_ae_title: AeTitle::try_from("DGSCOPE").expect("seven capital letters"),
            station_port: 11112,
            station_bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            station_serial: 1,
            network_max_associations: 20,
            network_max_pdu: 128 * 1024,
            network_check_called_title: true,
            network_accept_unknown: false,
            timers_artim: Duration::from_secs(5),
            timers_negotiation: Duration::from_secs(10),
            timers_idle: Duration::from_secs(30),
            timers_message: Duration::from_secs(30),
            timers_send: Duration::from_secs(30),
            timers_response: Duration::from_secs(30),
            timers_print: Duration::from_secs(60),
            timers_commitment: Duration::from_secs(60),
            tls_enabled: false,
            tls_cert: String::new(),
            tls_key: String::new(),
            tls_client_ca: String::new(),
            tls_ca: String::new(),
            print_keep_films: true,
            timers_retrieve: Duration::from_secs(60),
            timers_connect: Duration::from_secs(10),
            services_find_scp: false,
            services_move_scp: false,
            store_minimum_free: 512 * 1024 * 1024,
            store_clean_up: false,
            store_clean_up_days: 30,
            store_clean_up_unsent: false,
            store_duplicate_status: 0xD000,
            display_pixel_pitch_mm: None,
            display_calibration: DisplayCalibration::None,
            display_measurements: String::new(),
            display_ambient: 0.0,
            display_luminance_min: None,
            display_luminance_max: None,
            display_calibrated_on: String::new(),
            display_calibration_days: 365,
            display_diagnostic: false,
        }
    }
}

/// One setting: its key, how it is told and how it is changed.
struct Setting {
    key: &'static str,
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &str) -> Result<(), String>,
}

macro_rules! setting {
    ($key:literal, $field:ident, $show:expr, $parse:expr) => {
        Setting {
            key: $key,
            get: |settings| $show(&settings.$field),
            set: |settings, text| {
                settings.$field = $parse(text)?;
                Ok(())
            },
        }
    };
}

/// Every setting, in the order of the documentation.
const SETTINGS: &[Setting] = &[
    setting!("station.ae-title", station_ae_title, show, |text: &str| {
        AeTitle::try_from(text).map_err(|error| error.to_string())
    }),
    setting!("station.port", station_port, show, parse::<u16>),
    setting!("station.bind", station_bind, show, parse::<IpAddr>),
    setting!("station.serial", station_serial, show, |text| within(
        text,
        1..=u32::MAX
    )),
    setting!(
        "network.max-associations",
        network_max_associations,
        show,
        |text| within(text, 1..=1000)
    ),
    setting!("network.max-pdu", network_max_pdu, show, |text| within(
        text,
        4096..=1_048_576
    )),
    setting!(
        "network.check-called-title",
        network_check_called_title,
        show,
        parse::<bool>
    ),
    setting!(
        "network.accept-unknown",
        network_accept_unknown,
        show,
        parse::<bool>
    ),
    setting!("timers.artim", timers_artim, show_seconds, seconds),
    setting!(
        "timers.negotiation",
        timers_negotiation,
        show_seconds,
        seconds
    ),
    setting!("timers.idle", timers_idle, show_seconds, seconds),
    setting!("timers.message", timers_message, show_seconds, seconds),
    setting!("timers.send", timers_send, show_seconds, seconds),
    setting!("timers.response", timers_response, show_seconds, seconds),
    setting!("timers.print", timers_print, show_seconds, seconds),
    setting!(
        "timers.commitment",
        timers_commitment,
        show_seconds,
        seconds
    ),
    setting!("tls.enabled", tls_enabled, show, parse::<bool>),
    setting!("tls.cert", tls_cert, show, path),
    setting!("tls.key", tls_key, show, path),
    setting!("tls.client-ca", tls_client_ca, show, path),
    setting!("tls.ca", tls_ca, show, path),
    setting!("print.keep-films", print_keep_films, show, parse::<bool>),
    setting!("timers.retrieve", timers_retrieve, show_seconds, seconds),
    setting!("timers.connect", timers_connect, show_seconds, seconds),
    setting!("services.find-scp", services_find_scp, show, parse::<bool>),
    setting!("services.move-scp", services_move_scp, show, parse::<bool>),
    setting!("store.minimum-free", store_minimum_free, show, bytes),
    setting!("store.clean-up", store_clean_up, show, parse::<bool>),
    setting!("store.clean-up-days", store_clean_up_days, show, |text| {
        within(text, 0..=36_500)
    }),
    setting!(
        "store.clean-up-unsent",
        store_clean_up_unsent,
        show,
        parse::<bool>
    ),
    setting!(
        "store.duplicate-status",
        store_duplicate_status,
        |status: &u16| format!("{status:04X}"),
        duplicate_status
    ),
    setting!(
        "display.pixel-pitch-mm",
        display_pixel_pitch_mm,
        show_optional,
        |text| optional(text, 0.01..=5.0, "mm")
    ),
    setting!(
        "display.calibration",
        display_calibration,
        show,
        parse::<DisplayCalibration>
    ),
    setting!(
        "display.measurements",
        display_measurements,
        show,
        measurements
    ),
    setting!("display.ambient", display_ambient, show, |text| {
        optional(text, 0.0..=1000.0, LUMINANCE).map(Option::unwrap_or_default)
    }),
    setting!(
        "display.luminance-min",
        display_luminance_min,
        show_optional,
        |text| optional(text, 0.01..=10_000.0, LUMINANCE)
    ),
    setting!(
        "display.luminance-max",
        display_luminance_max,
        show_optional,
        |text| optional(text, 0.01..=10_000.0, LUMINANCE)
    ),
    setting!("display.calibrated-on", display_calibrated_on, show, day),
    setting!(
        "display.calibration-days",
        display_calibration_days,
        show,
        |text| within(text, 1..=3650)
    ),
    setting!(
        "display.diagnostic",
        display_diagnostic,
        show,
        parse::<bool>
    ),
];

/// Unit of luminances.
const LUMINANCE: &str = "cd/m2";
/// Characters of measurements kept: 256 levels and room for remarks.
const MEASUREMENTS_MAX: usize = 32_768;

fn show<T: Display>(value: &T) -> String {
    value.to_string()
}

fn show_seconds(time: &Duration) -> String {
    time.as_secs_f64().to_string()
}

fn parse<T: FromStr>(text: &str) -> Result<T, String>
where
    T::Err: Display,
{
    text.trim()
        .parse()
        .map_err(|error: T::Err| error.to_string())
}

fn within(text: &str, range: RangeInclusive<u32>) -> Result<u32, String> {
    let value = parse(text)?;
    match range.contains(&value) {
        true => Ok(value),
        false => Err(format!("not from {} to {}", range.start(), range.end())),
    }
}

/// Seconds, as a decimal number.
fn seconds(text: &str) -> Result<Duration, String> {
    let value: f64 = parse(text.trim_end_matches(['s', ' ']))?;
    match (0.1..=86_400.0).contains(&value) {
        true => Ok(Duration::from_secs_f64(value)),
        false => Err("not from 0.1 to 86400 seconds".into()),
    }
}

/// Bytes, also with K, M, G or T (powers of 1024).
fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let units = [('K', 10), ('M', 20), ('G', 30), ('T', 40)];
    let unit = units
        .iter()
        .find(|(letter, _)| text.ends_with([*letter, letter.to_ascii_lowercase()]));
    let (digits, shift) = match unit {
        Some((_, shift)) => (&text[..text.len() - 1], *shift),
        None => (text, 0),
    };
    let value: u64 = parse(digits)?;
    let limit = (i64::MAX as u64) >> shift;
    match value <= limit {
        true => Ok(value << shift),
        false => Err("too large".into()),
    }
}

/// The path of a file, absolute since a server has no folder that people expect; empty for none.
fn path(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.is_empty() || Path::new(text).is_absolute() {
        true => Ok(text.to_owned()),
        false => Err("not an absolute path".into()),
    }
}

fn duplicate_status(text: &str) -> Result<u16, String> {
    match u16::from_str_radix(text.trim(), 16) {
        Ok(status @ (0xD000 | 0x0111)) => Ok(status),
        _ => Err("not D000 or 0111".into()),
    }
}

/// A number, or nothing.
fn show_optional(value: &Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// A number of a unit, or nothing while nobody measured.
fn optional(text: &str, range: RangeInclusive<f64>, unit: &str) -> Result<Option<f64>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let value: f64 = parse(text)?;
    match range.contains(&value) {
        true => Ok(Some(value)),
        false => Err(format!(
            "not from {} to {} {unit}",
            range.start(),
            range.end()
        )),
    }
}

/// Measurements on one line; what they mean is for the window to say.
fn measurements(text: &str) -> Result<String, String> {
    let lines = text.split(['\n', ';']).map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let text = lines.join("; ");
    match text.len() <= MEASUREMENTS_MAX {
        true => Ok(text),
        false => Err("too long".into()),
    }
}

/// A day, or nothing.
fn day(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.is_empty() || text.parse::<jiff::civil::Date>().is_ok() {
        true => Ok(text.to_owned()),
        false => Err("not a day like 2026-11-25".into()),
    }
}

impl Settings {
    /// Changes one setting.
    fn set(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            return Err(StoreError::Input(format!("no such setting: {key}")));
        };
        (setting.set)(self, value)
            .map_err(|reason| StoreError::Input(format!("{key}: {reason}: {value:?}")))
    }
}

impl Store {
    /// The settings as they are now.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        self.read_station(read)
    }

    /// The settings as keys and values, in the order of the documentation.
    pub fn settings_as_pairs(&self) -> Result<Vec<(String, String)>, StoreError> {
        let settings = self.settings()?;
        let pairs = SETTINGS
            .iter()
            .map(|setting| (setting.key.to_owned(), (setting.get)(&settings)));
        Ok(pairs.collect())
    }

    /// Changes settings, all or none, in one transaction with its audit row; returns them as they are then.
    pub fn change_settings(&self, changes: &[(String, String)]) -> Result<Settings, StoreError> {
        let changes = changes.to_vec();
        let settings = self.inner.station.write(move |connection| {
            let before = read(connection)?;
            let mut after = before.clone();
            for (key, value) in &changes {
                after.set(key, value)?;
            }
            for setting in SETTINGS {
                let (old, new) = ((setting.get)(&before), (setting.get)(&after));
                if old != new {
                    write(connection, setting.key, &old, &new)?;
                }
            }
            Ok(after)
        })?;
        self.forget_recent_settings();
        Ok(settings)
    }
}

fn read(connection: &Connection) -> Result<Settings, StoreError> {
    let mut settings = Settings::default();
    let mut statement = connection.prepare_cached("SELECT key, value FROM setting")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        // A later program may have written keys or values that this one does not know: its default counts.
        if let Err(error) = settings.set(&key, &value) {
            tracing::warn!("a setting is ignored: {error}");
        }
    }
    Ok(settings)
}

fn write(connection: &Connection, key: &str, old: &str, new: &str) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)",
        [key, new],
    )?;
    audit::write(connection, "settings", &format!("{key}: {old} -> {new}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_survives_being_told_and_set() {
        for setting in SETTINGS {
            let mut settings = Settings::default();
            let text = (setting.get)(&settings);
            settings.set(setting.key, &text).expect("its own value");
            assert_eq!(settings, Settings::default(), "{}", setting.key);
        }
    }

    #[test]
    fn wrong_values_are_refused_in_words() {
        let wrong = [
            ("station.ae-title", ""),
            ("station.ae-title", "SEVENTEEN LETTERS"),
            ("station.port", "65536"),
            ("station.bind", "localhost"),
            ("station.serial", "0"),
            ("network.max-associations", "0"),
            ("network.max-pdu", "100"),
            ("timers.idle", "-1"),
            ("timers.idle", "nan"),
            ("store.minimum-free", "9999999999T"),
            ("store.duplicate-status", "0000"),
            ("display.pixel-pitch-mm", "0"),
            ("display.calibration", "perhaps"),
            ("display.ambient", "-1"),
            ("display.luminance-max", "nan"),
            ("display.calibrated-on", "yesterday"),
            ("display.calibration-days", "0"),
            ("no.such", "1"),
        ];
        for (key, value) in wrong {
            let refusal = Settings::default().set(key, value).expect_err(key);
            assert!(refusal.to_string().contains(key), "{refusal}");
        }
        let mut settings = Settings::default();
        settings
            .set("store.minimum-free", "2G")
            .expect("two gigabytes");
        assert_eq!(settings.store_minimum_free, 2 << 30);
    }
}
