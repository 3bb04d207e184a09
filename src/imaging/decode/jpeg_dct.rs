//! The DCT processes that zune-jpeg does not have: 12 bits, sequential and progressive (ISO 10918-1 Annexes A, F, G).
//!
//! All scans are decoded into coefficients first, then each block is dequantised and transformed in single precision.

use super::cells::Cells;
use super::jpeg_huffman::HuffmanTables;
use super::jpeg_markers::{EntropyData, JpegHeader, JpegProcess, marker, next_segment};
use super::jpeg_scan::{Block, BlockPlane, BlockPlanes, ScanHeader, ZIGZAG};
use crate::imaging::image::DecodeError;

/// A frame has a handful of scans; more are an attack on time.
const SCANS_MAX: usize = 100;

fn broken(reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec: "JPEG",
        reason: reason.into(),
    }
}

/// Decodes into `cells`; the header was compared with the attributes before.
pub fn decode(data: &[u8], header: &JpegHeader, mut cells: Cells<'_>) -> Result<(), DecodeError> {
    let mut quantisation = [[0_u16; 64]; 4];
    let mut tables = HuffmanTables::default();
    let mut restart_interval = 0;
    let mut planes = BlockPlanes::new(header);
    let mut scans = 0;
    let mut position = 0;
    while let Some(segment) = next_segment(data, position)? {
        position = segment.end;
        match segment.marker {
            marker::DHT => tables.define(segment.payload)?,
            marker::DQT => define_quantisation(segment.payload, &mut quantisation)?,
            marker::DRI => {
                let bytes = segment
                    .payload
                    .first_chunk::<2>()
                    .ok_or_else(|| broken("a restart interval is cut off"))?;
                restart_interval = usize::from(u16::from_be_bytes(*bytes));
            }
            marker::SOS => {
                scans += 1;
                if scans > SCANS_MAX {
                    return Err(broken(format!("more than {SCANS_MAX} scans")));
                }
                let scan = ScanHeader::read(segment.payload, header)?;
                let entropy = EntropyData::read(data, segment.end);
                let progressive = header.process == JpegProcess::Progressive;
                scan.decode(
                    &entropy,
                    &tables,
                    restart_interval,
                    progressive,
                    &mut planes,
                )?;
                position = entropy.end;
            }
            marker::EOI => break,
            _ => {}
        }
    }
    if scans == 0 {
        return Err(broken("there is no scan"));
    }
    let transform = Transform::new(header.precision);
    for (index, plane) in planes.planes.iter().enumerate() {
        let table = usize::from(header.components[index].quantisation);
        let table = quantisation
            .get(table)
            .filter(|table| table[0] != 0)
            .ok_or_else(|| broken(format!("quantisation table {table} is missing")))?;
        store_component(header, index, plane, table, &transform, &mut cells);
    }
    Ok(())
}

fn define_quantisation(payload: &[u8], tables: &mut [[u16; 64]; 4]) -> Result<(), DecodeError> {
    let mut rest = payload;
    while let Some((head, tail)) = rest.split_first() {
        let bytes = if head >> 4 == 0 { 1 } else { 2 };
        let table = tables
            .get_mut(usize::from(head & 15))
            .ok_or_else(|| broken(format!("quantisation table {}", head & 15)))?;
        let values = tail
            .get(..64 * bytes)
            .ok_or_else(|| broken("a quantisation table is cut off"))?;
        for (position, value) in ZIGZAG.iter().zip(values.chunks_exact(bytes)) {
            let wide = value.iter().fold(0, |w, byte| w << 8 | u16::from(*byte));
            table[usize::from(*position)] = wide;
        }
        rest = &tail[64 * bytes..];
    }
    Ok(())
}

/// Transforms the blocks of a component row by row and writes its samples at full size.
fn store_component(
    header: &JpegHeader,
    index: usize,
    plane: &BlockPlane,
    quantisation: &[u16; 64],
    transform: &Transform,
    cells: &mut Cells<'_>,
) {
    let component = header.components[index];
    let (across, down) = header.sampling_max();
    let (h, v) = (
        usize::from(component.horizontal),
        usize::from(component.vertical),
    );
    let (rows, columns) = (usize::from(header.rows), usize::from(header.columns));
    let samples = header.components.len();
    let width = plane.stride * 8;
    let mut band = vec![0_u16; width * 8];
    let mut band_row = usize::MAX;
    for row in 0..rows {
        let source = row * v / down;
        if source / 8 != band_row {
            band_row = source / 8;
            let blocks = &plane.blocks[band_row * plane.stride..][..plane.used.0];
            for (x, block) in blocks.iter().enumerate() {
                transform.samples(block, quantisation, &mut band[x * 8..], width);
            }
        }
        let line = &band[(source % 8) * width..][..width];
        let start = row * columns * samples;
        let value = |column: usize| line[column * h / across];
        match cells {
            Cells::Eight(cells) => {
                let target = cells[start + index..start + columns * samples].iter_mut();
                for (column, cell) in target.step_by(samples).enumerate() {
                    *cell = value(column) as u8;
                }
            }
            Cells::Sixteen(cells) => {
                let target = cells[start + index..start + columns * samples].iter_mut();
                for (column, cell) in target.step_by(samples).enumerate() {
                    *cell = value(column);
                }
            }
            Cells::ThirtyTwo(cells) => {
                let target = cells[start + index..start + columns * samples].iter_mut();
                for (column, cell) in target.step_by(samples).enumerate() {
                    *cell = u32::from(value(column));
                }
            }
        }
    }
}

/// The inverse DCT as two passes of an 8 by 8 matrix.
struct Transform {
    /// For each frequency its eight weights.
    basis: [[f32; 8]; 8],
    level: f32,
    largest: f32,
}

impl Transform {
    fn new(precision: u16) -> Self {
        let mut basis = [[0.0; 8]; 8];
        for (frequency, weights) in basis.iter_mut().enumerate() {
            let scale = if frequency == 0 {
                0.125_f64.sqrt()
            } else {
                0.5
            };
            for (at, weight) in weights.iter_mut().enumerate() {
                let angle = (2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0;
                *weight = (scale * angle.cos()) as f32;
            }
        }
        Self {
            basis,
            level: (1_u32 << (precision - 1)) as f32,
            largest: ((1_u32 << precision) - 1) as f32,
        }
    }

    /// Writes the 64 samples of a block into lines of `stride`.
    fn samples(&self, block: &Block, quantisation: &[u16; 64], target: &mut [u16], stride: usize) {
        let mut across = [[0.0_f32; 8]; 8];
        let mut highest = 0;
        for (line, sums) in across.iter_mut().enumerate() {
            for (frequency, weights) in self.basis.iter().enumerate() {
                let at = line * 8 + frequency;
                if block[at] == 0 {
                    continue;
                }
                highest = line;
                let coefficient = f32::from(block[at]) * f32::from(quantisation[at]);
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += coefficient * weight;
                }
            }
        }
        for at in 0..8 {
            let mut sums = [self.level; 8];
            for (line, weights) in across.iter().zip(&self.basis).take(highest + 1) {
                for (sum, value) in sums.iter_mut().zip(line) {
                    *sum += weights[at] * value;
                }
            }
            let cells = &mut target[at * stride..at * stride + 8];
            for (cell, sum) in cells.iter_mut().zip(sums) {
                *cell = (sum + 0.5).clamp(0.0, self.largest) as u16;
            }
        }
    }
}
