//! What the corner texts and safety flags need from an object (workstation.md 4.3, F3, F6).
//!
//! Read once from the header; nothing is invented: an absent attribute leaves its line out.

use std::fmt;

use crate::dicom::{DataSet, DicomFile, PixelCodec, Tag, TransferSyntax, tags};

/// The unit of modality values (F6).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Unit {
    /// CT with a rescale.
    Hounsfield,
    /// As the object names it: Rescale Type, or Units of a PET image.
    Named(String),
    /// The object names none.
    #[default]
    None,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hounsfield => f.write_str("HU"),
            Self::Named(name) => f.write_str(name),
            Self::None => f.write_str("no unit"),
        }
    }
}

/// Compression with loss, told on every picture (F3).
#[derive(Debug, Clone, PartialEq)]
pub struct Lossy {
    /// Compression ratio, when told.
    pub ratio: Option<f64>,
    /// The method in words.
    pub method: String,
}

impl fmt::Display for Lossy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LOSSY")?;
        if let Some(ratio) = self.ratio {
            write!(f, " {}:1", short(ratio, 1))?;
        }
        if !self.method.is_empty() {
            write!(f, " {}", self.method)?;
        }
        Ok(())
    }
}

/// What puts an object into its place within a series (V3, V4).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sequence {
    /// Acquisition Time, else Content Time, as seconds of the day.
    pub time_s: Option<f64>,
    /// Echo Number, else Echo Time in microseconds: what tells echoes apart.
    pub echo: Option<i64>,
    /// Echo Time in milliseconds.
    pub echo_time_ms: Option<f64>,
    /// Trigger Time in milliseconds.
    pub trigger_time_ms: Option<f64>,
    /// Diffusion b-value in s/mm².
    pub b_value: Option<f64>,
    /// Temporal Position Identifier.
    pub temporal_position: Option<i64>,
    /// Image Type names a localizer.
    pub localizer: bool,
}

/// Texts and facts of one object for its corner texts, decoded and ready to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Technique {
    /// Modality.
    pub modality: String,
    /// Name, ID, birth date with age, sex: one line each.
    pub patient: Vec<String>,
    /// Institution, study description, date and time, accession.
    pub study: Vec<String>,
    /// How the image was made, by modality, then thickness and location.
    pub lines: Vec<String>,
    /// Unit of modality values.
    pub unit: Unit,
    /// What is wrong with the rescale, in words.
    pub rescale_flag: Option<String>,
    /// Set when information was lost by compression.
    pub lossy: Option<Lossy>,
    /// Place in the series.
    pub sequence: Sequence,
    /// Frames per second the object asks for: frame time, cine rate, recommended rate.
    pub frame_rate: Option<f64>,
}

impl Technique {
    /// Reads them.
    pub fn read(file: &DicomFile) -> Self {
        let data_set = &file.data_set;
        let modality = data_set.text(tags::MODALITY).unwrap_or_default();
        let (unit, rescale_flag) = unit(data_set, &modality);
        Self {
            patient: patient_lines(data_set),
            study: study_lines(data_set),
            lines: technique_lines(data_set, &modality),
            unit,
            rescale_flag,
            lossy: lossy(data_set, file.syntax),
            sequence: sequence(data_set),
            frame_rate: frame_rate(data_set),
            modality,
        }
    }
}

/// A number with at most `decimals` digits after the point, none that say nothing.
pub fn short(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A DICOM date as people write it; anything else stays as it is.
pub fn readable_date(date: &str) -> String {
    if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])
    } else {
        date.to_owned()
    }
}

/// A DICOM time as hours and minutes.
pub fn readable_time(time: &str) -> String {
    if time.len() >= 4 && time.bytes().take(4).all(|b| b.is_ascii_digit()) {
        format!("{}:{}", &time[..2], &time[2..4])
    } else {
        time.to_owned()
    }
}

/// A person's name for reading: family name first, then given and middle names.
pub fn readable_name(name: &str) -> String {
    let group = |text: &str| {
        let mut parts = text.split('^').map(str::trim);
        let family = parts.next().unwrap_or_default().to_owned();
        let rest: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        match (family.is_empty(), rest.is_empty()) {
            (_, true) => family,
            (true, false) => rest.join(" "),
            (false, false) => format!("{family}, {}", rest.join(" ")),
        }
    };
    let groups: Vec<String> = name.split('=').map(group).collect();
    groups
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("  ")
}

fn patient_lines(data_set: &DataSet) -> Vec<String> {
    let text = |tag| data_set.text(tag).unwrap_or_default();
    let born = readable_date(&text(tags::PATIENT_BIRTH_DATE));
    let age = text(tags::PATIENT_AGE);
    let age = age.trim_start_matches('0');
    let birth = match (born.is_empty(), age.is_empty()) {
        (false, false) => format!("{born} ({age})"),
        (true, false) => age.to_owned(),
        _ => born,
    };
    let last = [birth, text(tags::PATIENT_SEX)].join(" ");
    kept([
        readable_name(&text(tags::PATIENT_NAME)),
        text(tags::PATIENT_ID),
        last.trim().to_owned(),
    ])
}

fn study_lines(data_set: &DataSet) -> Vec<String> {
    let text = |tag| data_set.text(tag).unwrap_or_default();
    let when = format!(
        "{} {}",
        readable_date(&text(tags::STUDY_DATE)),
        readable_time(&text(tags::STUDY_TIME))
    );
    kept([
        text(tags::INSTITUTION_NAME),
        text(tags::STUDY_DESCRIPTION),
        when.trim().to_owned(),
        text(tags::ACCESSION_NUMBER),
    ])
}

fn kept<const N: usize>(lines: [String; N]) -> Vec<String> {
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// One attribute of a technique line: its label, tag and unit; the label may be empty.
type Part = (&'static str, Tag, &'static str);

const CT: &[&[Part]] = &[
    &[
        ("", tags::KVP, "kV"),
        ("", tags::X_RAY_TUBE_CURRENT, "mA"),
        ("", tags::EXPOSURE, "mAs"),
    ],
    &[
        ("", tags::CONVOLUTION_KERNEL, ""),
        ("pitch", tags::SPIRAL_PITCH_FACTOR, ""),
    ],
    &[("tilt", tags::GANTRY_DETECTOR_TILT, "°")],
];
const MR: &[&[Part]] = &[
    &[
        ("TR", tags::REPETITION_TIME, ""),
        ("TE", tags::ECHO_TIME, ""),
        ("TI", tags::INVERSION_TIME, ""),
        ("FA", tags::FLIP_ANGLE, "°"),
    ],
    &[
        ("b", tags::DIFFUSION_B_VALUE, ""),
        ("", tags::SEQUENCE_NAME, ""),
    ],
    &[
        ("", tags::RECEIVE_COIL_NAME, ""),
        ("", tags::MAGNETIC_FIELD_STRENGTH, "T"),
    ],
];
const MG: &[&[Part]] = &[
    &[("", tags::KVP, "kVp"), ("", tags::EXPOSURE, "mAs")],
    &[
        ("", tags::ANODE_TARGET_MATERIAL, ""),
        ("", tags::FILTER_MATERIAL, ""),
    ],
    &[
        ("", tags::COMPRESSION_FORCE, "N"),
        ("", tags::BODY_PART_THICKNESS, "mm"),
    ],
];
const RADIOGRAPHY: &[&[Part]] = &[
    &[
        ("", tags::KVP, "kV"),
        ("", tags::X_RAY_TUBE_CURRENT, "mA"),
        ("", tags::EXPOSURE, "mAs"),
    ],
    &[
        ("EI", tags::EXPOSURE_INDEX, ""),
        ("DI", tags::DEVIATION_INDEX, ""),
    ],
    &[("", tags::BODY_PART_EXAMINED, "")],
];
const ANGIOGRAPHY: &[&[Part]] = &[
    &[("", tags::KVP, "kV"), ("", tags::X_RAY_TUBE_CURRENT, "mA")],
    &[
        ("RAO/LAO", tags::POSITIONER_PRIMARY_ANGLE, "°"),
        ("CRA/CAU", tags::POSITIONER_SECONDARY_ANGLE, "°"),
    ],
    &[("", tags::CINE_RATE, "fps")],
];
const ULTRASOUND: &[&[Part]] = &[
    &[
        ("MI", tags::MECHANICAL_INDEX, ""),
        ("TIS", tags::SOFT_TISSUE_THERMAL_INDEX, ""),
    ],
    &[
        ("depth", tags::DEPTH_OF_SCAN_FIELD, "mm"),
        ("", tags::TRANSDUCER_DATA, ""),
    ],
];
const NUCLEAR: &[&[Part]] = &[&[
    ("", tags::COUNTS_ACCUMULATED, "counts"),
    ("", tags::ACTUAL_FRAME_DURATION, "ms"),
]];
const PET: &[&[Part]] = &[
    &[("", tags::ATTENUATION_CORRECTION_METHOD, "")],
    &[
        ("", tags::RECONSTRUCTION_METHOD, ""),
        ("", tags::ACTUAL_FRAME_DURATION, "ms"),
    ],
];
const PLACE: &[&[Part]] = &[&[
    ("T", tags::SLICE_THICKNESS, "mm"),
    ("L", tags::SLICE_LOCATION, "mm"),
]];

fn technique_lines(data_set: &DataSet, modality: &str) -> Vec<String> {
    let table = match modality {
        "CT" => CT,
        "MR" => MR,
        "MG" => MG,
        "CR" | "DX" | "IO" | "PX" => RADIOGRAPHY,
        "XA" | "RF" => ANGIOGRAPHY,
        "US" | "IVUS" => ULTRASOUND,
        "NM" => NUCLEAR,
        "PT" => PET,
        _ => &[],
    };
    let mut lines = Vec::new();
    if modality == "PT" {
        lines.extend(tracer_line(data_set));
    }
    lines.extend(table.iter().filter_map(|parts| line(data_set, parts)));
    lines.extend(PLACE.iter().filter_map(|parts| line(data_set, parts)));
    lines
}

fn line(data_set: &DataSet, parts: &[Part]) -> Option<String> {
    let words: Vec<String> = parts
        .iter()
        .filter_map(|(label, tag, unit)| {
            let text = data_set.text(*tag)?;
            let value = text.parse().map_or(text, |number| short(number, 2));
            let space = if unit.is_empty() || *unit == "°" {
                ""
            } else {
                " "
            };
            let value = format!("{value}{space}{unit}");
            Some(if label.is_empty() {
                value
            } else {
                format!("{label} {value}")
            })
        })
        .collect();
    (!words.is_empty()).then(|| words.join("  "))
}

fn tracer_line(data_set: &DataSet) -> Option<String> {
    let item = data_set
        .items(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE)
        .first()?;
    let tracer = item.text(tags::RADIOPHARMACEUTICAL).unwrap_or_default();
    let dose = item
        .float(tags::RADIONUCLIDE_TOTAL_DOSE)
        .map(|becquerel| format!("{} MBq", short(becquerel / 1e6, 0)))
        .unwrap_or_default();
    let words = kept([tracer, dose]).join("  ");
    (!words.is_empty()).then_some(words)
}

/// Unit of modality values and what is wrong with the rescale (PS3.3 C.11.1.1.2).
fn unit(data_set: &DataSet, modality: &str) -> (Unit, Option<String>) {
    let slope = data_set.float(tags::RESCALE_SLOPE);
    let rescaled = slope.is_some() && data_set.float(tags::RESCALE_INTERCEPT).is_some();
    let named = data_set
        .text(tags::RESCALE_TYPE)
        .or_else(|| data_set.text(tags::UNITS))
        .filter(|name| name != "US");
    let grouped = !data_set
        .items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE)
        .is_empty();
    let flag = match (modality, slope) {
        (_, Some(0.0)) => Some("rescale slope is 0".to_owned()),
        ("CT", None) if !grouped => Some("no rescale".to_owned()),
        ("PT", None) if !grouped => Some("no rescale".to_owned()),
        _ => None,
    };
    let unit = match (modality, named) {
        ("CT", Some(name)) if name == "HU" && (rescaled || grouped) => Unit::Hounsfield,
        ("CT", None) if rescaled => Unit::Hounsfield,
        // HU is a word for CT only, and for values that were rescaled.
        (_, Some(name)) if name != "HU" => Unit::Named(name),
        _ => Unit::None,
    };
    (unit, flag)
}

/// From the attributes, else from the transfer syntax (PS3.3 C.7.6.1.1.5).
fn lossy(data_set: &DataSet, syntax: &TransferSyntax) -> Option<Lossy> {
    let told = data_set.text(tags::LOSSY_IMAGE_COMPRESSION).as_deref() == Some("01");
    if !told && !syntax.lossy {
        return None;
    }
    let method = data_set
        .texts(tags::LOSSY_IMAGE_COMPRESSION_METHOD)
        .pop()
        .filter(|method| !method.is_empty())
        .map(|method| method_words(&method).to_owned())
        .unwrap_or_else(|| codec_words(syntax).to_owned());
    Some(Lossy {
        ratio: data_set
            .floats(tags::LOSSY_IMAGE_COMPRESSION_RATIO)
            .pop()
            .filter(|ratio| *ratio >= 1.0),
        method,
    })
}

/// Defined terms of Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1).
fn method_words(method: &str) -> &str {
    match method {
        "ISO_10918_1" => "JPEG",
        "ISO_14495_1" => "JPEG-LS",
        "ISO_15444_1" => "JPEG 2000",
        "ISO_13818_2" => "MPEG2",
        "ISO_14496_10" => "MPEG-4",
        other => other,
    }
}

fn codec_words(syntax: &TransferSyntax) -> &'static str {
    if !syntax.lossy {
        return "";
    }
    match syntax.codec {
        PixelCodec::JpegBaseline | PixelCodec::JpegExtended => "JPEG",
        PixelCodec::JpegLs => "JPEG-LS",
        PixelCodec::Jpeg2000 => "JPEG 2000",
        PixelCodec::JpegXl => "JPEG XL",
        _ => "",
    }
}

fn sequence(data_set: &DataSet) -> Sequence {
    let echo_time_ms = data_set.float(tags::ECHO_TIME);
    let time = [tags::ACQUISITION_TIME, tags::CONTENT_TIME]
        .into_iter()
        .find_map(|tag| data_set.text(tag));
    Sequence {
        time_s: time.as_deref().and_then(seconds_of_day),
        echo: data_set
            .int(tags::ECHO_NUMBERS)
            .or_else(|| echo_time_ms.map(|ms| (ms * 1000.0).round() as i64)),
        echo_time_ms,
        trigger_time_ms: data_set.float(tags::TRIGGER_TIME),
        b_value: data_set.float(tags::DIFFUSION_B_VALUE),
        temporal_position: data_set.int(tags::TEMPORAL_POSITION_IDENTIFIER),
        localizer: data_set
            .texts(tags::IMAGE_TYPE)
            .iter()
            .any(|value| value == "LOCALIZER"),
    }
}

/// `HHMMSS.FFFFFF`, shortened at will (PS3.5 §6.2).
fn seconds_of_day(time: &str) -> Option<f64> {
    let digits = |range: std::ops::Range<usize>| -> Option<f64> {
        match time.get(range) {
            Some(text) => text.parse().ok(),
            None => Some(0.0),
        }
    };
    let seconds = match time.get(4..) {
        Some("") | None => 0.0,
        Some(rest) => rest.parse().ok()?,
    };
    Some(digits(0..2)? * 3600.0 + digits(2..4)? * 60.0 + seconds)
}

/// Frame Time, the first real entry of the Frame Time Vector, Cine Rate or Recommended Display Frame Rate (PS3.3 C.7.6.5).
fn frame_rate(data_set: &DataSet) -> Option<f64> {
    let frame_time = data_set.float(tags::FRAME_TIME).or_else(|| {
        let vector = data_set.floats(tags::FRAME_TIME_VECTOR);
        vector.into_iter().find(|ms| *ms > 0.0)
    });
    let from_time = frame_time.filter(|ms| *ms > 0.0).map(|ms| 1000.0 / ms);
    let told = |tag| data_set.float(tag).filter(|rate: &f64| *rate > 0.0);
    told(tags::RECOMMENDED_DISPLAY_FRAME_RATE)
        .or(from_time)
        .or_else(|| told(tags::CINE_RATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lossy_flag_tells_ratio_and_method() {
        let flag = Lossy {
            ratio: Some(10.0),
            method: "JPEG".to_owned(),
        };
        assert_eq!(flag.to_string(), "LOSSY 10:1 JPEG");
        let bare = Lossy {
            ratio: None,
            method: String::new(),
        };
        assert_eq!(bare.to_string(), "LOSSY");
    }

    #[test]
    fn times_of_any_length_become_seconds() {
        assert_eq!(seconds_of_day("101500.5"), Some(36_900.5));
        assert_eq!(seconds_of_day("1015"), Some(36_900.0));
        assert_eq!(seconds_of_day("10"), Some(36_000.0));
        assert_eq!(seconds_of_day("noon"), None);
    }

    #[test]
    fn numbers_lose_their_empty_digits_only() {
        assert_eq!(short(120.0, 1), "120");
        assert_eq!(short(2.50, 2), "2.5");
        assert_eq!(short(100.0, 0), "100");
    }

    #[test]
    fn names_read_family_first() {
        assert_eq!(readable_name("PHANTOM^CT^^DR"), "PHANTOM, CT DR");
        assert_eq!(
            readable_name("Yamada^Tarou=山田^太郎"),
            "Yamada, Tarou  山田, 太郎"
        );
        assert_eq!(readable_date("20061102"), "2006-11-02");
        assert_eq!(readable_time("101500.0"), "10:15");
    }
}
