//! Small encoders for tests and benches: what they write is decoded by the product and by other programs alike.

/// Packs one byte plane (PS3.5 §G.3.1).
fn pack_bits(plane: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut at = 0;
    while at < plane.len() {
        let run = plane[at..]
            .iter()
            .take(128)
            .take_while(|byte| **byte == plane[at])
            .count();
        if run >= 3 {
            packed.extend([(257 - run) as u8, plane[at]]);
            at += run;
            continue;
        }
        let start = at;
        while at < plane.len() && at - start < 128 {
            let same = plane[at..].iter().take(3).filter(|b| **b == plane[at]);
            if same.count() == 3 && plane[at..].len() >= 3 {
                break;
            }
            at += 1;
        }
        packed.push((at - start - 1) as u8);
        packed.extend_from_slice(&plane[start..at]);
    }
    if packed.len() % 2 != 0 {
        packed.push(128);
    }
    packed
}

/// RLE Lossless: `cells` are big-endian bytes of each sample, colour by pixel.
pub fn rle(cells: &[u8], samples_per_pixel: usize, bytes_per_sample: usize) -> Vec<u8> {
    let stride = samples_per_pixel * bytes_per_sample;
    let mut header = vec![stride as u32];
    let mut body = Vec::new();
    for plane in 0..stride {
        header.push(64 + body.len() as u32);
        let bytes: Vec<u8> = cells[plane..].iter().step_by(stride).copied().collect();
        body.extend(pack_bits(&bytes));
    }
    header.resize(16, 0);
    let mut frame: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    frame.extend(body);
    frame
}

/// What a lossless JPEG is written with.
#[derive(Debug, Clone, Copy)]
pub struct LosslessOptions {
    /// Lines.
    pub rows: usize,
    /// Samples a line.
    pub columns: usize,
    /// Components, interleaved.
    pub components: usize,
    /// Bits a sample.
    pub precision: u32,
    /// 1 to 7.
    pub predictor: u8,
    /// Low bits that are not kept.
    pub point_transform: u32,
    /// Lines between restart markers, 0 for none.
    pub restart_lines: usize,
}

/// Category and code length, in the order of the codes; tuned for CT noise.
const CATEGORIES: [(u8, u32); 17] = [
    (4, 2),
    (3, 2),
    (5, 3),
    (2, 3),
    (6, 4),
    (1, 5),
    (0, 6),
    (7, 7),
    (8, 8),
    (9, 9),
    (10, 10),
    (11, 11),
    (12, 12),
    (13, 13),
    (14, 14),
    (15, 15),
    (16, 16),
];

struct BitWriter {
    bytes: Vec<u8>,
    bits: u64,
    count: u32,
}

impl BitWriter {
    fn push(&mut self, value: u32, count: u32) {
        self.bits = self.bits << count | u64::from(value);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.bits >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
        }
    }

    fn flush(&mut self) {
        let missing = (8 - self.count) % 8;
        self.push((1 << missing) - 1, missing);
    }
}

/// JPEG Lossless, process 14, interleaved.
pub fn jpeg_lossless(samples: &[u16], options: LosslessOptions) -> Vec<u8> {
    let LosslessOptions {
        rows,
        columns,
        components,
        ..
    } = options;
    let mut codes = [(0_u32, 0_u32); 17];
    let mut counts = [0_u8; 16];
    let (mut code, mut previous) = (0_u32, 0);
    for (category, length) in CATEGORIES {
        code <<= length - previous;
        codes[usize::from(category)] = (code, length);
        counts[length as usize - 1] += 1;
        code += 1;
        previous = length;
    }
    let mut out = vec![0xFF, 0xD8, 0xFF, 0xC3, 0, (8 + 3 * components) as u8];
    out.push(options.precision as u8);
    out.extend((rows as u16).to_be_bytes());
    out.extend((columns as u16).to_be_bytes());
    out.push(components as u8);
    for component in 0..components {
        out.extend([component as u8 + 1, 0x11, 0]);
    }
    out.extend([0xFF, 0xC4, 0, 2 + 17 + 17, 0]);
    out.extend(counts);
    out.extend(CATEGORIES.map(|(category, _)| category));
    if options.restart_lines > 0 {
        out.extend([0xFF, 0xDD, 0, 4]);
        out.extend(((options.restart_lines * columns) as u16).to_be_bytes());
    }
    out.extend([0xFF, 0xDA, 0, (6 + 2 * components) as u8, components as u8]);
    for component in 0..components {
        out.extend([component as u8 + 1, 0]);
    }
    out.extend([options.predictor, 0, options.point_transform as u8]);
    let mut writer = BitWriter {
        bytes: out,
        bits: 0,
        count: 0,
    };
    write_differences(samples, options, &codes, &mut writer);
    writer.bytes.extend([0xFF, 0xD9]);
    writer.bytes
}

fn write_differences(
    samples: &[u16],
    options: LosslessOptions,
    codes: &[(u32, u32); 17],
    writer: &mut BitWriter,
) {
    let LosslessOptions {
        rows,
        columns,
        components,
        restart_lines,
        ..
    } = options;
    let sample = |row: usize, column: usize, component: usize| {
        let value = samples[(row * columns + column) * components + component];
        i32::from(value >> options.point_transform)
    };
    for row in 0..rows {
        let first = restart_lines > 0 && row % restart_lines == 0 || row == 0;
        if first && row > 0 {
            writer.flush();
            let marker = 0xD0 + (row / restart_lines - 1) % 8;
            writer.bytes.extend([0xFF, marker as u8]);
        }
        for column in 0..columns {
            for component in 0..components {
                let initial = 1 << (options.precision - options.point_transform - 1);
                let prediction = match (first, column) {
                    (true, 0) => initial,
                    (false, 0) => sample(row - 1, 0, component),
                    (true, _) => sample(row, column - 1, component),
                    (false, _) => {
                        let a = sample(row, column - 1, component);
                        let b = sample(row - 1, column, component);
                        let c = sample(row - 1, column - 1, component);
                        match options.predictor {
                            1 => a,
                            2 => b,
                            3 => c,
                            4 => a + b - c,
                            5 => a + ((b - c) >> 1),
                            6 => b + ((a - c) >> 1),
                            _ => (a + b) >> 1,
                        }
                    }
                };
                let wrapped = (sample(row, column, component) - prediction) as u16;
                let difference = i32::from(wrapped.cast_signed());
                let category = if wrapped == 0x8000 {
                    16
                } else {
                    32 - difference.unsigned_abs().leading_zeros()
                };
                let (code, length) = codes[category as usize];
                writer.push(code, length);
                if (1..16).contains(&category) {
                    let low = if difference < 0 {
                        difference - 1
                    } else {
                        difference
                    };
                    writer.push(low.cast_unsigned() & ((1 << category) - 1), category);
                }
            }
        }
    }
    writer.flush();
}
