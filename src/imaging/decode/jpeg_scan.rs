//! Entropy-coded scans of the DCT processes (ISO 10918-1 Annexes F and G): sequential and progressive, Huffman.

use super::jpeg_bits::BitReader;
use super::jpeg_huffman::{HuffmanTable, HuffmanTables};
use super::jpeg_markers::{EntropyData, JpegHeader, JpegProcess};
use crate::imaging::image::DecodeError;

/// Coefficients of a block, in natural order.
pub type Block = [i16; 64];

/// Natural position of each coefficient in zigzag order.
pub const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The blocks of one component.
#[derive(Debug)]
pub struct BlockPlane {
    /// Blocks that hold samples, across and down.
    pub used: (usize, usize),
    /// Blocks in a row, whole MCUs.
    pub stride: usize,
    /// All of them, whole MCUs.
    pub blocks: Vec<Block>,
}

/// Blocks of all components and the number of MCUs across and down.
#[derive(Debug)]
pub struct BlockPlanes {
    /// In the order of the frame header.
    pub planes: Vec<BlockPlane>,
    mcus: (usize, usize),
}

impl BlockPlanes {
    /// Takes memory for the coefficients of the frame.
    pub fn new(header: &JpegHeader) -> Self {
        let (across, down) = header.sampling_max();
        let (rows, columns) = (usize::from(header.rows), usize::from(header.columns));
        let mcus = (columns.div_ceil(8 * across), rows.div_ceil(8 * down));
        let plane = |component: &super::jpeg_markers::Component| {
            let (h, v) = (
                usize::from(component.horizontal),
                usize::from(component.vertical),
            );
            let stride = mcus.0 * h;
            BlockPlane {
                used: (
                    (columns * h).div_ceil(across).div_ceil(8),
                    (rows * v).div_ceil(down).div_ceil(8),
                ),
                stride,
                blocks: vec![[0; 64]; stride * mcus.1 * v],
            }
        };
        Self {
            planes: header.components.iter().map(plane).collect(),
            mcus,
        }
    }
}

/// A scan header (ISO 10918-1 B.2.3).
#[derive(Debug)]
pub struct ScanHeader {
    components: Vec<ScanComponent>,
    spectral: (usize, usize),
    approximation_high: u32,
    approximation_low: u32,
}

#[derive(Debug)]
struct ScanComponent {
    index: usize,
    dc_table: u8,
    ac_table: u8,
    sampling: (usize, usize),
}

fn broken(reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec: "JPEG",
        reason: reason.into(),
    }
}

impl ScanHeader {
    /// Reads and checks the payload of an SOS segment.
    pub fn read(payload: &[u8], header: &JpegHeader) -> Result<Self, DecodeError> {
        let (count, rest) = payload
            .split_first()
            .ok_or_else(|| broken("a scan header is cut off"))?;
        let count = usize::from(*count);
        let selectors = rest
            .get(..count * 2)
            .filter(|_| (1..=4).contains(&count))
            .ok_or_else(|| broken(format!("a scan of {count} components")))?;
        let [start, end, approximation, ..] = rest[count * 2..] else {
            return Err(broken("a scan header is cut off"));
        };
        let mut components: Vec<ScanComponent> = Vec::with_capacity(count);
        for selector in selectors.chunks_exact(2) {
            let index = header
                .components
                .iter()
                .position(|component| component.id == selector[0])
                .filter(|index| components.iter().all(|other| other.index != *index))
                .ok_or_else(|| broken("a scan names a component that is not there"))?;
            let component = header.components[index];
            components.push(ScanComponent {
                index,
                dc_table: selector[1] >> 4,
                ac_table: selector[1] & 15,
                sampling: (
                    usize::from(component.horizontal),
                    usize::from(component.vertical),
                ),
            });
        }
        let progressive = header.process == JpegProcess::Progressive;
        let spectral = if progressive {
            (usize::from(start), usize::from(end))
        } else {
            (0, 63)
        };
        let valid = spectral.0 <= spectral.1
            && spectral.1 < 64
            && (!progressive || (spectral.0 == 0) == (spectral.1 == 0))
            && (spectral.0 == 0 || count == 1);
        let (high, low) = (u32::from(approximation >> 4), u32::from(approximation & 15));
        if !valid || low > 13 {
            return Err(broken("a scan with an impossible range"));
        }
        Ok(Self {
            components,
            spectral,
            approximation_high: if progressive { high } else { 0 },
            approximation_low: if progressive { low } else { 0 },
        })
    }

    /// Decodes the scan into the coefficients.
    pub fn decode(
        &self,
        entropy: &EntropyData,
        tables: &HuffmanTables,
        restart_interval: usize,
        progressive: bool,
        planes: &mut BlockPlanes,
    ) -> Result<(), DecodeError> {
        let interleaved = self.components.len() > 1;
        let (across, down) = if interleaved {
            planes.mcus
        } else {
            planes.planes[self.components[0].index].used
        };
        let units = across * down;
        let per_interval = if restart_interval == 0 {
            units
        } else {
            restart_interval
        };
        let coding = Coding::new(self, tables, progressive)?;
        for (interval, first) in (0..units).step_by(per_interval.max(1)).enumerate() {
            let data = entropy
                .interval(interval)
                .ok_or_else(|| broken("the data ends before the image is complete"))?;
            let mut state = ScanState {
                reader: BitReader::new(data),
                predictions: [0; 4],
                end_of_band_run: 0,
            };
            for unit in first..(first + per_interval).min(units) {
                let at = (unit % across, unit / across);
                self.decode_unit(at, interleaved, &coding, &mut state, planes)
                    .ok_or_else(|| broken("an unknown or impossible code"))?;
            }
            if state.reader.overrun() {
                return Err(broken("the data ends before the image is complete"));
            }
        }
        Ok(())
    }

    fn decode_unit(
        &self,
        (x, y): (usize, usize),
        interleaved: bool,
        coding: &Coding<'_>,
        state: &mut ScanState<'_>,
        planes: &mut BlockPlanes,
    ) -> Option<()> {
        for (slot, component) in self.components.iter().enumerate() {
            let plane = &mut planes.planes[component.index];
            let (h, v) = if interleaved {
                component.sampling
            } else {
                (1, 1)
            };
            for j in 0..v {
                for i in 0..h {
                    let index = (y * v + j) * plane.stride + x * h + i;
                    coding.block(slot, state, &mut plane.blocks[index])?;
                }
            }
        }
        Some(())
    }
}

struct ScanState<'a> {
    reader: BitReader<'a>,
    predictions: [i32; 4],
    end_of_band_run: u32,
}

/// How the blocks of a scan are coded, tables resolved.
struct Coding<'a> {
    kind: Kind,
    dc: Vec<Option<&'a HuffmanTable>>,
    ac: Vec<Option<&'a HuffmanTable>>,
    start: usize,
    end: usize,
    low: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequential,
    DcFirst,
    DcRefine,
    AcFirst,
    AcRefine,
}

impl<'a> Coding<'a> {
    fn new(
        scan: &ScanHeader,
        tables: &'a HuffmanTables,
        progressive: bool,
    ) -> Result<Self, DecodeError> {
        let first = scan.approximation_high == 0;
        let kind = match (progressive, scan.spectral.0 == 0, first) {
            (false, ..) => Kind::Sequential,
            (true, true, true) => Kind::DcFirst,
            (true, true, false) => Kind::DcRefine,
            (true, false, true) => Kind::AcFirst,
            (true, false, false) => Kind::AcRefine,
        };
        let needs_dc = matches!(kind, Kind::Sequential | Kind::DcFirst);
        let needs_ac = matches!(kind, Kind::Sequential | Kind::AcFirst | Kind::AcRefine);
        let mut dc = Vec::new();
        let mut ac = Vec::new();
        for component in &scan.components {
            dc.push(match needs_dc {
                true => Some(tables.dc(component.dc_table)?),
                false => None,
            });
            ac.push(match needs_ac {
                true => Some(tables.ac(component.ac_table)?),
                false => None,
            });
        }
        Ok(Self {
            kind,
            dc,
            ac,
            start: scan.spectral.0.max(1),
            end: scan.spectral.1,
            low: scan.approximation_low,
        })
    }

    fn block(&self, slot: usize, state: &mut ScanState<'_>, block: &mut Block) -> Option<()> {
        match self.kind {
            Kind::Sequential => {
                self.dc_first(slot, state, block)?;
                self.ac_sequential(slot, state, block)
            }
            Kind::DcFirst => self.dc_first(slot, state, block),
            Kind::DcRefine => {
                state.reader.refill();
                if state.reader.take(1) == 1 {
                    block[0] |= 1 << self.low;
                }
                Some(())
            }
            Kind::AcFirst => self.ac_first(slot, state, block),
            Kind::AcRefine => self.ac_refine(slot, state, block),
        }
    }

    fn dc_first(&self, slot: usize, state: &mut ScanState<'_>, block: &mut Block) -> Option<()> {
        state.reader.refill();
        let category = self.dc[slot]?.symbol(&mut state.reader)?;
        if category > 15 {
            return None;
        }
        let difference = state.reader.take_signed(u32::from(category));
        let prediction = state.predictions[slot].wrapping_add(difference);
        state.predictions[slot] = prediction;
        block[0] = (prediction << self.low) as i16;
        Some(())
    }

    fn ac_sequential(
        &self,
        slot: usize,
        state: &mut ScanState<'_>,
        block: &mut Block,
    ) -> Option<()> {
        let table = self.ac[slot]?;
        let mut k = 1;
        while k < 64 {
            state.reader.refill();
            let symbol = table.symbol(&mut state.reader)?;
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run != 15 {
                    break;
                }
                k += 16;
                continue;
            }
            k += run;
            let position = ZIGZAG.get(k)?;
            block[usize::from(*position)] = state.reader.take_signed(size) as i16;
            k += 1;
        }
        Some(())
    }

    fn ac_first(&self, slot: usize, state: &mut ScanState<'_>, block: &mut Block) -> Option<()> {
        if state.end_of_band_run > 0 {
            state.end_of_band_run -= 1;
            return Some(());
        }
        let table = self.ac[slot]?;
        let mut k = self.start;
        while k <= self.end {
            state.reader.refill();
            let symbol = table.symbol(&mut state.reader)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run < 15 {
                    state.end_of_band_run = (1 << run) - 1 + state.reader.take(run);
                    break;
                }
                k += 16;
                continue;
            }
            k += run as usize;
            let position = ZIGZAG.get(k)?;
            let value = state.reader.take_signed(size) << self.low;
            block[usize::from(*position)] = value as i16;
            k += 1;
        }
        Some(())
    }

    fn ac_refine(&self, slot: usize, state: &mut ScanState<'_>, block: &mut Block) -> Option<()> {
        let table = self.ac[slot]?;
        let bit = 1_i16 << self.low;
        let mut k = self.start;
        if state.end_of_band_run == 0 {
            while k <= self.end {
                state.reader.refill();
                let symbol = table.symbol(&mut state.reader)?;
                let (mut run, size) = (u32::from(symbol >> 4), symbol & 15);
                let mut value = 0;
                match size {
                    0 if run < 15 => {
                        state.end_of_band_run = (1 << run) + state.reader.take(run);
                        break;
                    }
                    0 => {}
                    1 => value = if state.reader.take(1) == 1 { bit } else { -bit },
                    _ => return None,
                }
                while k <= self.end {
                    let position = usize::from(ZIGZAG[k]);
                    if block[position] != 0 {
                        refine(&mut block[position], bit, &mut state.reader);
                    } else if run == 0 {
                        block[position] = value;
                        k += 1;
                        break;
                    } else {
                        run -= 1;
                    }
                    k += 1;
                }
            }
        }
        if state.end_of_band_run > 0 {
            for position in ZIGZAG.iter().take(self.end + 1).skip(k) {
                let coefficient = &mut block[usize::from(*position)];
                if *coefficient != 0 {
                    refine(coefficient, bit, &mut state.reader);
                }
            }
            state.end_of_band_run -= 1;
        }
        Some(())
    }
}

/// One correction bit for a coefficient that is known to be nonzero (ISO 10918-1 G.1.2.3).
fn refine(coefficient: &mut i16, bit: i16, reader: &mut BitReader<'_>) {
    reader.refill();
    if reader.take(1) == 1 && *coefficient & bit == 0 {
        *coefficient = if *coefficient > 0 {
            coefficient.wrapping_add(bit)
        } else {
            coefficient.wrapping_sub(bit)
        };
    }
}
