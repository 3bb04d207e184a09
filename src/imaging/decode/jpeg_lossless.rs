//! JPEG Lossless, process 14 (ISO 10918-1 Annex H): every predictor, point transform, restart intervals, interleaved or not.
//!
//! Lines are decoded in 16 bits, modulo 65536 as the standard has it, and then copied to the cells.

use super::cells::Cells;
use super::jpeg_bits::BitReader;
use super::jpeg_huffman::{DifferenceTable, HuffmanTables};
use super::jpeg_markers::{EntropyData, JpegHeader, marker, next_segment};
use crate::imaging::image::DecodeError;

fn broken(reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec: "JPEG Lossless",
        reason: reason.into(),
    }
}

/// Decodes all scans into `cells`.
pub fn decode(data: &[u8], header: &JpegHeader, mut cells: Cells<'_>) -> Result<(), DecodeError> {
    if header.subsampled() {
        return Err(broken("components of different sizes"));
    }
    let mut tables = HuffmanTables::default();
    let mut restart_interval = 0_usize;
    let mut seen = 0_u8;
    // Tables may stand before the frame header.
    let mut position = 0;
    while let Some(segment) = next_segment(data, position)? {
        position = segment.end;
        match segment.marker {
            marker::DHT => tables.define(segment.payload)?,
            marker::DRI => {
                let bytes = segment
                    .payload
                    .first_chunk::<2>()
                    .ok_or_else(|| broken("a restart interval is cut off"))?;
                restart_interval = usize::from(u16::from_be_bytes(*bytes));
            }
            marker::SOS => {
                let scan = Scan::read(segment.payload, header, restart_interval)?;
                let entropy = EntropyData::read(data, segment.end);
                scan.decode(&entropy, &tables, header, &mut cells)?;
                for component in &scan.components {
                    seen |= 1 << component.0;
                }
                position = entropy.end;
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

/// A scan header (ISO 10918-1 B.2.3 with the meanings of Annex H).
struct Scan {
    /// Index of the component in the frame header and its table.
    components: Vec<(usize, u8)>,
    predictor: u8,
    point_transform: u32,
    lines_per_interval: usize,
}

impl Scan {
    fn read(
        payload: &[u8],
        header: &JpegHeader,
        restart_interval: usize,
    ) -> Result<Self, DecodeError> {
        let (count, rest) = payload
            .split_first()
            .ok_or_else(|| broken("a scan header is cut off"))?;
        let count = usize::from(*count);
        let selectors = rest
            .get(..count * 2)
            .filter(|_| (1..=4).contains(&count))
            .ok_or_else(|| broken(format!("a scan of {count} components")))?;
        let [predictor, _, approximation, ..] = rest[count * 2..] else {
            return Err(broken("a scan header is cut off"));
        };
        let mut components = Vec::with_capacity(count);
        for selector in selectors.chunks_exact(2) {
            let index = header
                .components
                .iter()
                .position(|component| component.id == selector[0])
                .filter(|index| components.iter().all(|(other, _)| other != index))
                .ok_or_else(|| broken("a scan names a component that is not there"))?;
            components.push((index, selector[1] >> 4));
        }
        if !(1..=7).contains(&predictor) {
            return Err(broken(format!("predictor {predictor}")));
        }
        let point_transform = u32::from(approximation & 15);
        if point_transform >= u32::from(header.precision) {
            return Err(broken(format!("point transform {point_transform}")));
        }
        let columns = usize::from(header.columns);
        if !restart_interval.is_multiple_of(columns) {
            return Err(broken("a restart interval that is no whole line"));
        }
        Ok(Self {
            components,
            predictor,
            point_transform,
            lines_per_interval: match restart_interval / columns {
                0 => usize::from(header.rows),
                lines => lines,
            },
        })
    }

    fn decode(
        &self,
        entropy: &EntropyData,
        tables: &HuffmanTables,
        header: &JpegHeader,
        cells: &mut Cells<'_>,
    ) -> Result<(), DecodeError> {
        let mut differences = Vec::with_capacity(self.components.len());
        for (_, destination) in &self.components {
            differences.push(DifferenceTable::new(tables.dc(*destination)?));
        }
        let (rows, columns) = (usize::from(header.rows), usize::from(header.columns));
        let initial = 1_u16 << (u32::from(header.precision) - self.point_transform - 1);
        let mut lines = Lines::new(self.components.len(), columns);
        let mut row = 0;
        let mut interval = 0;
        while row < rows {
            let data = entropy
                .interval(interval)
                .ok_or_else(|| broken(format!("the data ends at line {row} of {rows}")))?;
            let mut reader = BitReader::new(data);
            let end = (row + self.lines_per_interval).min(rows);
            for (index, line) in (row..end).enumerate() {
                let first = index == 0;
                self.decode_line(&mut lines, &mut reader, &differences, first, initial)
                    .ok_or_else(|| broken(format!("an unknown code in line {line}")))?;
                self.store_line(&lines, line, header.components.len(), cells);
                lines.swap();
            }
            if reader.overrun() {
                return Err(broken(format!("the data ends before line {end} of {rows}")));
            }
            row = end;
            interval += 1;
        }
        Ok(())
    }

    fn decode_line(
        &self,
        lines: &mut Lines,
        reader: &mut BitReader<'_>,
        tables: &[DifferenceTable],
        first: bool,
        initial: u16,
    ) -> Option<()> {
        if let ([table], [above], [line]) = (tables, &lines.above[..], &mut lines.current[..]) {
            let start = if first { initial } else { above[0] };
            let predictor = if first { 1 } else { self.predictor };
            return single_line(predictor, start, above, line, table, reader);
        }
        for column in 0..lines.columns {
            for (component, table) in tables.iter().enumerate() {
                let above = &lines.above[component];
                let line = &mut lines.current[component];
                let prediction = match (first, column) {
                    (true, 0) => initial,
                    (false, 0) => above[0],
                    (true, _) => line[column - 1],
                    (false, _) => predict(
                        self.predictor,
                        line[column - 1],
                        above[column],
                        above[column - 1],
                    ),
                };
                if reader.available() < 32 {
                    reader.refill();
                }
                line[column] = prediction.wrapping_add(table.difference(reader)?);
            }
        }
        Some(())
    }

    fn store_line(&self, lines: &Lines, row: usize, samples: usize, cells: &mut Cells<'_>) {
        let start = row * lines.columns * samples;
        let end = start + lines.columns * samples;
        for ((component, _), line) in self.components.iter().zip(&lines.current) {
            let shift = self.point_transform;
            match cells {
                Cells::Eight(cells) => {
                    let target = cells[start + component..end].iter_mut().step_by(samples);
                    for (cell, value) in target.zip(line) {
                        *cell = (*value << shift) as u8;
                    }
                }
                Cells::Sixteen(cells) if samples == 1 && shift == 0 => {
                    cells[start..end].copy_from_slice(line);
                }
                Cells::Sixteen(cells) => {
                    let target = cells[start + component..end].iter_mut().step_by(samples);
                    for (cell, value) in target.zip(line) {
                        *cell = *value << shift;
                    }
                }
                Cells::ThirtyTwo(cells) => {
                    let target = cells[start + component..end].iter_mut().step_by(samples);
                    for (cell, value) in target.zip(line) {
                        *cell = u32::from(*value << shift);
                    }
                }
            }
        }
    }
}

/// The line being decoded and the one above, for each component of the scan.
struct Lines {
    columns: usize,
    above: Vec<Vec<u16>>,
    current: Vec<Vec<u16>>,
}

impl Lines {
    fn new(components: usize, columns: usize) -> Self {
        Self {
            columns,
            above: vec![vec![0; columns]; components],
            current: vec![vec![0; columns]; components],
        }
    }

    fn swap(&mut self) {
        std::mem::swap(&mut self.above, &mut self.current);
    }
}

/// Table H.1: `a` is left, `b` above, `c` above left.
#[inline]
fn predict(predictor: u8, a: u16, b: u16, c: u16) -> u16 {
    let (wide_a, wide_b, wide_c) = (i32::from(a), i32::from(b), i32::from(c));
    match predictor {
        1 => a,
        2 => b,
        3 => c,
        4 => a.wrapping_add(b).wrapping_sub(c),
        5 => (wide_a + ((wide_b - wide_c) >> 1)) as u16,
        6 => (wide_b + ((wide_a - wide_c) >> 1)) as u16,
        _ => ((wide_a + wide_b) >> 1) as u16,
    }
}

/// A line of a single component; its first sample is predicted by `start`.
fn single_line(
    predictor: u8,
    start: u16,
    above: &[u16],
    line: &mut [u16],
    table: &DifferenceTable,
    reader: &mut BitReader<'_>,
) -> Option<()> {
    let (first, rest) = line.split_first_mut()?;
    reader.refill();
    *first = start.wrapping_add(table.difference(reader)?);
    let mut left = *first;
    if predictor == 1 {
        for sample in rest {
            if reader.available() < 32 {
                reader.refill();
            }
            left = left.wrapping_add(table.difference(reader)?);
            *sample = left;
        }
        return Some(());
    }
    for (sample, pair) in rest.iter_mut().zip(above.windows(2)) {
        if reader.available() < 32 {
            reader.refill();
        }
        let prediction = predict(predictor, left, pair[1], pair[0]);
        left = prediction.wrapping_add(table.difference(reader)?);
        *sample = left;
    }
    Some(())
}
