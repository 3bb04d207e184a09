//! Reading bits of unstuffed JPEG entropy data, 64 at a time.
//!
//! Past the end the reader gives zeros, and `overrun` tells; so the inner loops need no check and still end.

/// A reader over one restart interval that is followed by `PADDING` zero bytes.
#[derive(Debug)]
pub struct BitReader<'a> {
    data: &'a [u8],
    length: usize,
    position: usize,
    bits: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    /// Starts at the first bit. `data` includes padding, `length` does not.
    pub fn new((data, length): (&'a [u8], usize)) -> Self {
        Self {
            data,
            length,
            position: 0,
            bits: 0,
            count: 0,
        }
    }

    /// Makes at least 56 bits available.
    #[inline]
    pub fn refill(&mut self) {
        let word = match self.data.get(self.position..self.position + 8) {
            Some(bytes) => {
                u64::from_be_bytes(bytes.try_into().expect("a slice of exactly 8 bytes"))
            }
            None => self.last_word(),
        };
        self.bits |= word >> self.count;
        self.position += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
    }

    #[cold]
    fn last_word(&self) -> u64 {
        let rest = self.data.get(self.position..).unwrap_or(&[]);
        rest.iter()
            .take(8)
            .enumerate()
            .fold(0, |word, (i, byte)| word | u64::from(*byte) << (56 - 8 * i))
    }

    /// Bits that can be taken before the next refill.
    #[inline]
    pub fn available(&self) -> u32 {
        self.count
    }

    /// The next `count` bits, 1 to 32, without taking them.
    #[inline]
    pub fn peek(&self, count: u32) -> u32 {
        (self.bits >> (64 - count)) as u32
    }

    /// Takes bits that were peeked at.
    #[inline]
    pub fn consume(&mut self, count: u32) {
        self.bits <<= count;
        self.count -= count;
    }

    /// The next `count` bits, 0 to 16; the caller refilled.
    #[inline]
    pub fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        let value = self.peek(count);
        self.consume(count);
        value
    }

    /// A difference of `count` bits (ISO 10918-1 F.2.2.1, EXTEND); the caller refilled.
    #[inline]
    pub fn take_signed(&mut self, count: u32) -> i32 {
        extend(self.take(count), count)
    }

    /// Whether more bits were taken than there are.
    pub fn overrun(&self) -> bool {
        self.position * 8 > self.length * 8 + self.count as usize
    }
}

/// EXTEND of ISO 10918-1: values without their top bit are negative.
#[inline]
pub fn extend(value: u32, count: u32) -> i32 {
    if count == 0 {
        return 0;
    }
    let value = value.cast_signed();
    if value < 1 << (count - 1) {
        value - (1 << count) + 1
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_order_and_the_end_is_noticed() {
        let data = [0b1010_0101, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut reader = BitReader::new((&data, 2));
        reader.refill();
        assert_eq!(reader.take(3), 0b101);
        assert_eq!(reader.take(5), 0b00101);
        assert_eq!(reader.take(8), 0xFF);
        assert!(!reader.overrun());
        assert_eq!(reader.take(1), 0);
        assert!(reader.overrun());
        for _ in 0..40 {
            reader.refill();
            assert_eq!(reader.take(16), 0);
        }
        assert!(reader.overrun());
    }

    #[test]
    fn differences_extend() {
        assert_eq!(extend(0, 1), -1);
        assert_eq!(extend(1, 1), 1);
        assert_eq!(extend(0, 4), -15);
        assert_eq!(extend(0x7FFF, 16), -32768);
    }
}
