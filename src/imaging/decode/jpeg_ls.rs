//! JPEG-LS, lossless and near-lossless (ISO 14495-1): parameters, scans and restart intervals; `jpeg_ls_scan` decodes the lines.
//!
//! Every code has a length that the standard limits, so hostile bytes cost no more time than a picture does.

use std::ops::Range;

use super::cells::Cells;
use super::jpeg_ls_scan::{Line, ScanDecoder, regions};
use super::jpeg_markers::{JpegHeader, marker, next_segment};
use crate::imaging::image::DecodeError;

/// JPEG-LS preset parameters (LSE).
const LSE: u8 = 0xF8;
/// HP's colour transform, unknown to the standard and to DICOM (APP8).
const APP8: u8 = 0xE8;

pub(super) fn broken(reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec: "JPEG-LS",
        reason: reason.into(),
    }
}

/// Decodes all scans into `cells`.
pub fn decode(data: &[u8], header: &JpegHeader, mut cells: Cells<'_>) -> Result<(), DecodeError> {
    let mut preset = Preset::default();
    let mut restart_lines = 0_usize;
    let mut seen = 0_u8;
    let mut position = 0;
    while let Some(segment) = next_segment(data, position)? {
        position = segment.end;
        match segment.marker {
            LSE => preset = Preset::read(segment.payload)?,
            APP8 if segment.payload.starts_with(b"mrfx") && segment.payload.get(4) != Some(&0) => {
                return Err(broken("a colour transform that the standard does not know"));
            }
            marker::DRI => {
                let bytes = segment.payload.iter().take(4);
                restart_lines = bytes.fold(0, |lines, byte| lines << 8 | usize::from(*byte));
            }
            marker::SOS => {
                let scan = Scan::read(segment.payload, header, &preset)?;
                let (intervals, end) = intervals(data, segment.end);
                position = end;
                scan.decode(data, &intervals, restart_lines, header, &mut cells)?;
                for component in &scan.components {
                    seen |= 1 << component;
                }
                if seen.count_ones() as usize == header.components.len() {
                    return Ok(());
                }
            }
            marker::EOI => break,
            _ => {}
        }
    }
    Err(broken("a component has no scan"))
}

/// The restart intervals of a scan, and where the marker behind it begins. A byte FF and one from 80 on are a marker.
fn intervals(data: &[u8], start: usize) -> (Vec<Range<usize>>, usize) {
    let mut intervals = Vec::new();
    let mut from = start;
    let mut at = start;
    while let Some(found) = data[at..].iter().position(|byte| *byte == 0xFF) {
        at += found;
        match data.get(at + 1) {
            Some(0xD0..=0xD7) => {
                intervals.push(from..at);
                at += 2;
                from = at;
            }
            Some(0x00..=0x7F) => at += 2,
            Some(0xFF) => at += 1,
            Some(_) => break,
            None => {
                at = data.len();
                break;
            }
        }
    }
    if data[at..].first() != Some(&0xFF) {
        at = data.len();
    }
    intervals.push(from..at);
    (intervals, at)
}

/// Preset coding parameters; zero means the default (ISO 14495-1 C.2.4.1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Preset {
    largest: i32,
    thresholds: [i32; 3],
    reset: i32,
}

impl Preset {
    fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        match payload {
            [1, rest @ ..] => {
                let (pairs, _) = rest.as_chunks::<2>();
                let [largest, t1, t2, t3, reset] = pairs else {
                    return Err(broken("preset parameters are cut off"));
                };
                let number = |pair: &[u8; 2]| i32::from(u16::from_be_bytes(*pair));
                Ok(Self {
                    largest: number(largest),
                    thresholds: [t1, t2, t3].map(number),
                    reset: number(reset),
                })
            }
            [kind, ..] => Err(broken(format!("preset parameters of kind {kind}"))),
            [] => Err(broken("preset parameters are cut off")),
        }
    }
}

/// What the decoding of a scan depends on (ISO 14495-1 A.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// Largest sample.
    pub largest: i32,
    /// Largest error of a sample.
    pub near: i32,
    /// Edges of the gradients' regions.
    pub thresholds: [i32; 3],
    /// Samples of a context after which its counts are halved.
    pub reset: i32,
    /// How many values an error has.
    pub range: i32,
    /// Bits of an error.
    pub error_bits: u32,
    /// Longest code of an error, in bits.
    pub limit: u32,
}

impl Parameters {
    fn new(preset: &Preset, precision: u16, near: i32) -> Result<Self, DecodeError> {
        let whole = (1 << precision) - 1;
        let largest = match preset.largest {
            0 => whole,
            given => given,
        };
        if !(1..=whole).contains(&largest) || near > 255.min(largest / 2) {
            return Err(broken(format!(
                "a largest sample of {largest}, near {near}"
            )));
        }
        let defaults = default_thresholds(largest, near);
        let given = preset.thresholds.into_iter().zip(defaults);
        let mut thresholds = [0; 3];
        let mut least = near + 1;
        for (threshold, (given, default)) in thresholds.iter_mut().zip(given) {
            *threshold = if given == 0 { default } else { given };
            if !(least..=largest).contains(threshold) {
                return Err(broken("thresholds that do not rise"));
            }
            least = *threshold;
        }
        let reset = if preset.reset == 0 { 64 } else { preset.reset };
        if !(3..=255.max(largest)).contains(&reset) {
            return Err(broken(format!("a reset value of {reset}")));
        }
        let range = (largest + 2 * near) / (2 * near + 1) + 1;
        let bits_of = |values: i32| {
            (values - 1)
                .cast_unsigned()
                .checked_ilog2()
                .map_or(0, |b| b + 1)
        };
        let sample_bits = bits_of(largest + 1).max(2);
        Ok(Self {
            largest,
            near,
            thresholds,
            reset,
            range,
            error_bits: bits_of(range),
            limit: 2 * (sample_bits + sample_bits.max(8)),
        })
    }
}

/// ISO 14495-1 C.2.4.1.1.1.
fn default_thresholds(largest: i32, near: i32) -> [i32; 3] {
    let basic = [3, 7, 21];
    let clamp = |value: i32, least: i32| {
        if value > largest || value < least {
            least
        } else {
            value
        }
    };
    let wanted: [i32; 3] = if largest >= 128 {
        let factor = (largest.min(4095) + 128) / 256;
        std::array::from_fn(|i| {
            let (basic, step) = (basic[i], i as i32);
            factor * (basic - step - 2) + step + 2 + (3 + 2 * step) * near
        })
    } else {
        let factor = 256 / (largest + 1);
        std::array::from_fn(|i| {
            let step = i as i32;
            (step + 2).max(basic[i] / factor + (3 + 2 * step) * near)
        })
    };
    let first = clamp(wanted[0], near + 1);
    let second = clamp(wanted[1], first);
    [first, second, clamp(wanted[2], second)]
}

/// How the components of a scan take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interleave {
    /// Line by line; also of a single component.
    Line,
    /// Sample by sample.
    Sample,
}

/// A scan header (ISO 14495-1 C.2.3).
struct Scan {
    components: Vec<usize>,
    interleave: Interleave,
    parameters: Parameters,
}

impl Scan {
    fn read(payload: &[u8], header: &JpegHeader, preset: &Preset) -> Result<Self, DecodeError> {
        let cut = || broken("a scan header is cut off");
        let (count, rest) = payload.split_first().ok_or_else(cut)?;
        let count = usize::from(*count);
        let selectors = rest.get(..count * 2).ok_or_else(cut)?;
        let [near, interleave, transform, ..] = rest[count * 2..] else {
            return Err(cut());
        };
        let mut components = Vec::with_capacity(count);
        for (place, selector) in selectors.chunks_exact(2).enumerate() {
            // What names no component counts by its place where all components are in the scan.
            let all = count == header.components.len();
            let named = header.components.iter().position(|c| c.id == selector[0]);
            let index = named.or(all.then_some(place));
            let index = index.filter(|index| !components.contains(index));
            components
                .push(index.ok_or_else(|| broken("a scan of a component that is not there"))?);
            if selector[1] != 0 {
                return Err(broken("a table that samples are mapped by"));
            }
        }
        if transform != 0 {
            return Err(broken("a point transform"));
        }
        let interleave = match (interleave, count) {
            (_, 1) | (1, 2..=4) => Interleave::Line,
            (2, 2..=4) => Interleave::Sample,
            _ => {
                return Err(broken(format!(
                    "{count} components, interleave {interleave}"
                )));
            }
        };
        Ok(Self {
            components,
            interleave,
            parameters: Parameters::new(preset, header.precision, i32::from(near))?,
        })
    }

    fn decode(
        &self,
        data: &[u8],
        intervals: &[Range<usize>],
        restart_lines: usize,
        header: &JpegHeader,
        cells: &mut Cells<'_>,
    ) -> Result<(), DecodeError> {
        let (rows, columns) = (usize::from(header.rows), usize::from(header.columns));
        let lines_per_interval = match restart_lines {
            0 => rows,
            lines => lines,
        };
        let regions = regions(&self.parameters);
        let mut intervals = intervals.iter();
        for first in (0..rows).step_by(lines_per_interval.max(1)) {
            let interval = intervals.next().ok_or_else(|| ends_before(first))?;
            let mut decoder = ScanDecoder::new(&self.parameters, &regions, &data[interval.clone()]);
            let mut lines = vec![Line::new(columns); self.components.len()];
            for row in first..rows.min(first.saturating_add(lines_per_interval)) {
                match self.interleave {
                    Interleave::Line => {
                        for line in &mut lines {
                            decoder.line(line)?;
                        }
                    }
                    Interleave::Sample => decoder.interleaved_lines(&mut lines)?,
                }
                if decoder.ended() {
                    return Err(ends_before(row));
                }
                for (component, line) in self.components.iter().zip(&lines) {
                    let place = (row * columns, *component, header.components.len());
                    store(line.samples(), place, cells)?;
                }
            }
        }
        Ok(())
    }
}

fn ends_before(row: usize) -> DecodeError {
    broken(format!("the data ends before line {}", row + 1))
}

/// Copies a line of one component to its cells: first pixel, component, samples a pixel.
fn store(
    line: &[u16],
    (first, component, step): (usize, usize, usize),
    cells: &mut Cells<'_>,
) -> Result<(), DecodeError> {
    let range = first * step..(first + line.len()) * step;
    match cells {
        Cells::Eight(cells) => {
            let cells = cells[range].iter_mut().skip(component).step_by(step);
            for (cell, sample) in cells.zip(line) {
                *cell = *sample as u8;
            }
        }
        Cells::Sixteen(cells) if step == 1 => cells[range].copy_from_slice(line),
        Cells::Sixteen(cells) => {
            let cells = cells[range].iter_mut().skip(component).step_by(step);
            for (cell, sample) in cells.zip(line) {
                *cell = *sample;
            }
        }
        Cells::ThirtyTwo(_) => return Err(broken("more than 16 bits a sample")),
    }
    Ok(())
}
