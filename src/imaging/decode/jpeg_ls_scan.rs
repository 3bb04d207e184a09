//! The lines of a JPEG-LS scan (ISO 14495-1 Annex A): contexts, Golomb codes, run mode.
//!
//! Names in comments are those of the standard.

use super::jpeg_ls::{Parameters, broken};
use crate::imaging::image::DecodeError;

/// Orders of the codes of run lengths (A.7.1.1, array J).
const RUN_ORDERS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];
/// Largest order of a Golomb code: no sum of real errors has a larger one.
const ORDER_MAX: u32 = 24;
/// Contexts of the regular mode.
const CONTEXTS: usize = 365;
/// Components that are interleaved by sample at most.
const COMPONENTS_MAX: usize = 4;

/// The line before and the one being decoded, each with a sample beside both ends.
#[derive(Debug, Clone)]
pub struct Line {
    before: Vec<u16>,
    now: Vec<u16>,
    /// RUNindex.
    run_index: usize,
}

impl Line {
    /// A component's lines before its first: all zero.
    pub fn new(columns: usize) -> Self {
        Self {
            before: vec![0; columns + 2],
            now: vec![0; columns + 2],
            run_index: 0,
        }
    }

    /// The line decoded last.
    pub fn samples(&self) -> &[u16] {
        &self.before[1..self.before.len() - 1]
    }

    fn columns(&self) -> usize {
        self.now.len() - 2
    }

    /// Left of the first sample lies what is above it.
    fn begin(&mut self) {
        self.now[0] = self.before[1];
    }

    /// Right of the last sample lies itself again.
    fn end(&mut self) {
        let columns = self.columns();
        self.now[columns + 1] = self.now[columns];
        std::mem::swap(&mut self.now, &mut self.before);
    }
}

/// Bits of an interval, first bit on top.
struct Bits {
    /// The data without the bit that is stuffed behind each byte FF.
    data: Vec<u8>,
    /// How many bits there are.
    count: usize,
    /// Next byte for the cache.
    at: usize,
    cache: u64,
    valid: u32,
}

/// Zero bytes after the data, so that a reader may look ahead.
const PADDING: usize = 8;

impl Bits {
    fn new(stuffed: &[u8]) -> Self {
        let (data, count) = unstuffed(stuffed);
        Self {
            data,
            count,
            at: 0,
            cache: 0,
            valid: 0,
        }
    }

    /// Makes at least 56 bits valid; behind the data they are zero.
    #[inline(always)]
    fn fill(&mut self) {
        let next = self.data.get(self.at..).and_then(|d| d.first_chunk::<8>());
        let word = next.map_or(0, |bytes| u64::from_be_bytes(*bytes));
        // Bits of a byte that does not fit wholly are set again with the same values next time.
        self.cache |= word >> self.valid;
        self.at += (63 - self.valid as usize) >> 3;
        self.valid |= 56;
    }

    /// Whether more bits were taken than there are.
    fn ended(&self) -> bool {
        self.at * 8 > self.count + self.valid as usize
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.cache <<= bits;
        self.valid -= bits;
    }

    /// Up to 32 bits; as many are valid.
    #[inline(always)]
    fn take(&mut self, bits: u32) -> u32 {
        let value = (self.cache >> 32 >> (32 - bits)) as u32;
        self.skip(bits);
        value
    }

    /// A Golomb code of order `k`, its unary part shorter than `escape`; else `error_bits` bits follow (A.5.3).
    #[inline(always)]
    fn golomb(&mut self, k: u32, escape: u32, error_bits: u32) -> u32 {
        self.fill();
        let zeros = self.cache.leading_zeros();
        if zeros < escape {
            self.skip(zeros + 1);
            if self.valid < k {
                self.fill();
            }
            (zeros << k) + self.take(k)
        } else {
            self.skip((zeros + 1).min(56));
            self.fill();
            self.take(error_bits) + 1
        }
    }

    fn bit(&mut self) -> bool {
        self.fill();
        self.take(1) == 1
    }

    fn number(&mut self, bits: u32) -> u32 {
        self.fill();
        self.take(bits)
    }
}

/// The data with seven bits of each byte behind an FF (A.1), padded, and how many bits it has.
fn unstuffed(stuffed: &[u8]) -> (Vec<u8>, usize) {
    let mut data = Vec::with_capacity(stuffed.len() + 2 * PADDING);
    // Bits not yet written, fewer than eight between two steps.
    let (mut pending, mut bits) = (0_u64, 0);
    let mut after_ff = false;
    let mut at = 0;
    while at < stuffed.len() {
        let chunk = stuffed[at..].first_chunk::<4>();
        if let Some(chunk) = chunk.filter(|chunk| !after_ff && !chunk.contains(&0xFF)) {
            pending = pending << 32 | u64::from(u32::from_be_bytes(*chunk));
            data.extend_from_slice(&((pending >> bits) as u32).to_be_bytes());
            at += 4;
            continue;
        }
        let byte = stuffed[at];
        let width = if after_ff { 7 } else { 8 };
        pending = pending << width | u64::from(byte);
        bits += width;
        if bits >= 8 {
            bits -= 8;
            data.push((pending >> bits) as u8);
        }
        after_ff = byte == 0xFF;
        at += 1;
    }
    let count = data.len() * 8 + bits;
    data.push((pending << (8 - bits)) as u8);
    data.extend_from_slice(&[0; PADDING]);
    (data, count)
}

/// A context of the regular mode (A.2): A, B, C, N.
#[derive(Clone, Copy)]
struct Context {
    sum: u32,
    bias: i32,
    correction: i32,
    count: u32,
    /// Golomb order of the next error, known before it is asked for.
    order: u32,
    /// Whether odd and even errors exchange signs (A.5.2): all bits or none.
    exchanged: i32,
}

/// A context of an interrupted run (A.7.2): A, Nn, N.
#[derive(Clone, Copy)]
struct RunContext {
    sum: u32,
    negative: u32,
    count: u32,
}

/// Golomb order k of a sum over a count: the least with `count << k >= sum`.
#[inline(always)]
fn order(count: u32, sum: u32) -> u32 {
    let k = count.leading_zeros().saturating_sub(sum.leading_zeros());
    (k + u32::from((count << k) < sum)).min(ORDER_MAX)
}

/// Decodes the lines of one restart interval.
pub struct ScanDecoder<'a> {
    bits: Bits,
    parameters: Parameters,
    /// 2 NEAR + 1.
    step: i32,
    /// Length of the unary part of an error's code at which its bits follow plainly.
    escape: u32,
    regions: &'a [i8],
    contexts: Vec<Context>,
    run_contexts: [RunContext; 2],
}

impl<'a> ScanDecoder<'a> {
    /// A decoder at the start of an interval; `regions` are those of the parameters.
    pub fn new(parameters: &Parameters, regions: &'a [i8], data: &[u8]) -> Self {
        let sum = 2.max((parameters.range + 32) / 64).cast_unsigned();
        let context = Context {
            sum,
            bias: 0,
            correction: 0,
            count: 1,
            order: order(1, sum),
            exchanged: 0,
        };
        let run_context = RunContext {
            sum,
            negative: 0,
            count: 1,
        };
        Self {
            bits: Bits::new(data),
            parameters: *parameters,
            step: 2 * parameters.near + 1,
            escape: parameters.limit - parameters.error_bits - 1,
            regions,
            contexts: vec![context; CONTEXTS],
            run_contexts: [run_context; 2],
        }
    }

    /// Whether more bits were taken than there are.
    pub fn ended(&self) -> bool {
        self.bits.ended()
    }

    /// Decodes a component's next line.
    pub fn line(&mut self, line: &mut Line) -> Result<(), DecodeError> {
        line.begin();
        if self.parameters.near == 0 {
            self.samples::<true>(line)?;
        } else {
            self.samples::<false>(line)?;
        }
        line.end();
        Ok(())
    }

    fn samples<const LOSSLESS: bool>(&mut self, line: &mut Line) -> Result<(), DecodeError> {
        let columns = line.columns();
        let before = &line.before[..columns + 2];
        let now = &mut line.now[..columns + 2];
        let mut at = 1;
        let (mut a, mut b, mut c) = (
            i32::from(now[0]),
            i32::from(before[1]),
            i32::from(before[0]),
        );
        while at <= columns {
            let d = i32::from(before[at + 1]);
            let context = self.context_of(a, b, c, d);
            if context != 0 {
                a = self.regular::<LOSSLESS>(context, predicted(a, b, c))?;
                now[at] = a as u16;
                at += 1;
                (c, b) = (b, d);
                continue;
            }
            let length = self.run_length(columns + 1 - at, &mut line.run_index)?;
            now[at..at + length].fill(a as u16);
            at += length;
            if at > columns {
                break;
            }
            b = i32::from(before[at]);
            a = self.interruption(a, b, line.run_index)?;
            line.run_index = line.run_index.saturating_sub(1);
            now[at] = a as u16;
            (c, b) = (b, i32::from(before[at + 1]));
            at += 1;
        }
        Ok(())
    }

    /// Decodes the next line of several components, sample by sample: a run is one of all components, and each of its
    /// interruptions is coded as if above and left differed.
    pub fn interleaved_lines(&mut self, lines: &mut [Line]) -> Result<(), DecodeError> {
        let columns = lines[0].columns();
        lines.iter_mut().for_each(Line::begin);
        let mut run_index = lines[0].run_index;
        let mut at = 1;
        while at <= columns {
            let mut contexts = [0; COMPONENTS_MAX];
            for (context, line) in contexts.iter_mut().zip(&*lines) {
                let [a, b, c, d] = around(line, at);
                *context = self.context_of(a, b, c, d);
            }
            if contexts != [0; COMPONENTS_MAX] {
                for (context, line) in contexts.iter().zip(&mut *lines) {
                    let [a, b, c, _] = around(line, at);
                    let prediction = predicted(a, b, c);
                    let sample = if self.parameters.near == 0 {
                        self.regular::<true>(*context, prediction)?
                    } else {
                        self.regular::<false>(*context, prediction)?
                    };
                    line.now[at] = sample as u16;
                }
                at += 1;
                continue;
            }
            let length = self.run_length(columns + 1 - at, &mut run_index)?;
            for line in &mut *lines {
                let left = line.now[at - 1];
                line.now[at..at + length].fill(left);
            }
            at += length;
            if at > columns {
                break;
            }
            for line in &mut *lines {
                let [a, b, ..] = around(line, at);
                let error = self.interruption_error(0, run_index)?;
                let sample = self.reconstructed(b + error * self.step * sign(b - a));
                line.now[at] = sample as u16;
            }
            run_index = run_index.saturating_sub(1);
            at += 1;
        }
        lines.iter_mut().for_each(Line::end);
        lines[0].run_index = run_index;
        Ok(())
    }

    /// Number of the context of four neighbours: zero for the run mode, negative where signs are exchanged (A.3.3, A.3.4).
    #[inline(always)]
    fn context_of(&self, a: i32, b: i32, c: i32, d: i32) -> i32 {
        let region = |gradient: i32| {
            let place = (gradient + self.parameters.largest).cast_unsigned() as usize;
            i32::from(self.regions[place])
        };
        81 * region(d - b) + 9 * region(b - c) + region(c - a)
    }

    /// A sample of the regular mode (A.4 to A.6).
    #[inline(always)]
    fn regular<const LOSSLESS: bool>(
        &mut self,
        context: i32,
        prediction: i32,
    ) -> Result<i32, DecodeError> {
        let sign = sign(context);
        let state = &mut self.contexts[context.unsigned_abs() as usize];
        let mapped = self
            .bits
            .golomb(state.order, self.escape, self.parameters.error_bits);
        if mapped >> self.parameters.error_bits > 1 {
            return Err(impossible());
        }
        // Odd errors are negative; with an order of zero and a negative bias it is the other way round.
        let exchanged = if LOSSLESS { state.exchanged } else { 0 };
        let error = (mapped >> 1).cast_signed() ^ -(mapped & 1).cast_signed() ^ exchanged;
        let corrected = (prediction + sign * state.correction).clamp(0, self.parameters.largest);
        let step = if LOSSLESS { 1 } else { self.step };
        state.update(error, step, self.parameters.reset);
        Ok(self.reconstructed(corrected + sign * error * step))
    }

    /// A value brought back into the range of samples (A.4.5).
    #[inline(always)]
    fn reconstructed(&self, value: i32) -> i32 {
        let Parameters {
            largest,
            near,
            range,
            ..
        } = self.parameters;
        let mut value = value;
        if value < -near {
            value += range * self.step;
        } else if value > largest + near {
            value -= range * self.step;
        }
        value.clamp(0, largest)
    }

    /// Length of a run, at most `room`; it ends before `room` where another sample follows (A.7.1).
    fn run_length(&mut self, room: usize, run_index: &mut usize) -> Result<usize, DecodeError> {
        let mut length = 0;
        while self.bits.bit() {
            let whole = 1 << RUN_ORDERS[*run_index];
            if whole <= room - length {
                *run_index = (*run_index + 1).min(RUN_ORDERS.len() - 1);
            }
            length += whole.min(room - length);
            if length == room {
                return Ok(length);
            }
        }
        length += self.bits.number(RUN_ORDERS[*run_index]) as usize;
        if length < room {
            Ok(length)
        } else {
            Err(broken("a run longer than its line"))
        }
    }

    /// The sample that ends a run (A.7.2).
    fn interruption(&mut self, a: i32, b: i32, run_index: usize) -> Result<i32, DecodeError> {
        if (a - b).abs() <= self.parameters.near {
            let error = self.interruption_error(1, run_index)?;
            return Ok(self.reconstructed(a + error * self.step));
        }
        let error = self.interruption_error(0, run_index)?;
        Ok(self.reconstructed(b + error * self.step * sign(b - a)))
    }

    /// The error of a sample that ends a run; `kind` is RItype.
    fn interruption_error(&mut self, kind: u32, run_index: usize) -> Result<i32, DecodeError> {
        let context = &mut self.run_contexts[kind as usize];
        let sum = context.sum.wrapping_add((context.count >> 1) * kind);
        let k = order(context.count, sum);
        let escape = self.escape - RUN_ORDERS[run_index] - 1;
        let mapped = self.bits.golomb(k, escape, self.parameters.error_bits);
        if mapped >> self.parameters.error_bits > 1 {
            return Err(impossible());
        }
        let doubled = mapped + kind;
        let odd = doubled & 1 == 1;
        let size = ((doubled + u32::from(odd)) / 2).cast_signed();
        let negative = (k != 0 || 2 * context.negative >= context.count) == odd;
        let error = if negative { -size } else { size };
        context.negative += u32::from(error < 0);
        context.sum = context.sum.wrapping_add((mapped + 1 - kind) >> 1);
        if context.count == self.parameters.reset.cast_unsigned() {
            context.sum >>= 1;
            context.count >>= 1;
            context.negative >>= 1;
        }
        context.count += 1;
        Ok(error)
    }
}

impl Context {
    /// A.6: sums of errors, and the correction that keeps their mean near zero.
    #[inline(always)]
    fn update(&mut self, error: i32, step: i32, reset: i32) {
        self.sum = self.sum.wrapping_add(error.unsigned_abs());
        self.bias += error * step;
        if self.count == reset.cast_unsigned() {
            self.sum >>= 1;
            self.bias >>= 1;
            self.count >>= 1;
        }
        self.count += 1;
        // The mean error is held between -1 and 0: at most one step a sample, without a branch, which none could foresee.
        let count = self.count.cast_signed();
        let step = i32::from(self.bias > 0) - i32::from(self.bias + count <= 0);
        self.bias = (self.bias - count * step).clamp(1 - count, 0);
        self.correction = (self.correction + step).clamp(-128, 127);
        self.order = order(self.count, self.sum);
        self.exchanged = -i32::from(self.order == 0 && 2 * self.bias <= -count);
    }
}

/// Region of every gradient, from the smallest.
pub fn regions(parameters: &Parameters) -> Vec<i8> {
    let gradients = -parameters.largest..=parameters.largest;
    gradients
        .map(|gradient| region(parameters, gradient))
        .collect()
}

/// Region of a gradient, -4 to 4 (A.3.3).
fn region(parameters: &Parameters, gradient: i32) -> i8 {
    let size = gradient.abs();
    let region = match parameters.thresholds {
        _ if size <= parameters.near => 0,
        [first, ..] if size < first => 1,
        [_, second, _] if size < second => 2,
        [.., third] if size < third => 3,
        _ => 4,
    };
    if gradient < 0 { -region } else { region }
}

/// Left, above, above left, above right.
fn around(line: &Line, at: usize) -> [i32; 4] {
    [
        line.now[at - 1],
        line.before[at],
        line.before[at - 1],
        line.before[at + 1],
    ]
    .map(i32::from)
}

/// The median edge detector (A.4.1).
#[inline(always)]
fn predicted(a: i32, b: i32, c: i32) -> i32 {
    let (low, high) = (a.min(b), a.max(b));
    // The middle one of a, b and a + b - c.
    (a + b - c).clamp(low, high)
}

#[inline(always)]
fn sign(value: i32) -> i32 {
    (value >> 31) | 1
}

#[cold]
fn impossible() -> DecodeError {
    broken("an error larger than there can be")
}
