//! What bytes look like, when nobody says or what they say is wrong.

use super::source::Window;
use super::{ReadAt, ScanError};
use crate::dicom::dictionary;
use crate::dicom::{Encoding, Tag, VR};

/// The encoding of the data set at `start..end`: the claimed one, unless the first element is plainly written otherwise.
pub(crate) fn encoding_of(
    source: &dyn ReadAt,
    start: u64,
    end: u64,
    claimed: Encoding,
) -> Result<Encoding, ScanError> {
    let mut window = Window::new(source, end);
    if window.end().saturating_sub(start) < 8 {
        return Ok(claimed);
    }
    let head: [u8; 8] = window.array(start)?;
    let explicit = VR::from_binary([head[4], head[5]]).is_some();
    let little = u16::from_le_bytes([head[0], head[1]]);
    let big = u16::from_be_bytes([head[0], head[1]]);
    let as_claimed = dictionary::entry(tag_of(&head, claimed)).is_some();
    Ok(match (explicit, claimed) {
        // What makes sense as claimed is as claimed: the answers of printers start with group 2110.
        (true, Encoding::ExplicitLittle | Encoding::ExplicitBig) if as_claimed => claimed,
        // Groups at the start of a data set are small: the order that makes the smaller number is the one.
        (true, _) if little > big => Encoding::ExplicitBig,
        (true, _) if big > little => Encoding::ExplicitLittle,
        (true, Encoding::ImplicitLittle) => Encoding::ExplicitLittle,
        (true, claimed) => claimed,
        (false, Encoding::ImplicitLittle) => claimed,
        // A single odd VR does not make a data set implicit: its length must make sense as well.
        (false, _) if plausible_implicit(&head, window.end() - start) => Encoding::ImplicitLittle,
        (false, claimed) => claimed,
    })
}

/// Whether bytes without preamble and meta information start like a data set: two known elements in ascending order.
pub(crate) fn looks_like_data_set(
    source: &dyn ReadAt,
    start: u64,
) -> Result<Option<Encoding>, ScanError> {
    let size = source.size();
    let encoding = encoding_of(source, start, size, Encoding::ImplicitLittle)?;
    let mut window = Window::new(source, size);
    let mut position = start;
    let mut last = Tag(0, 0);
    for index in 0..2 {
        if index == 1 && position == size {
            break;
        }
        if size.saturating_sub(position) < 8 {
            return Ok(None);
        }
        let head: [u8; 8] = window.array(position)?;
        let tag = tag_of(&head, encoding);
        let known = dictionary::entry(tag).is_some() || tag.group() % 2 == 1;
        if !known || tag.group() == 0 || tag <= last || tag.group() > 0x0040 && index == 0 {
            return Ok(None);
        }
        let Some((value_offset, length)) = extent(&mut window, position, &head, encoding)? else {
            return Ok(None);
        };
        if length == u32::MAX {
            break;
        }
        position = value_offset + u64::from(length);
        if position > size {
            return Ok(None);
        }
        last = tag;
    }
    Ok(Some(encoding))
}

fn tag_of(head: &[u8; 8], encoding: Encoding) -> Tag {
    if encoding == Encoding::ExplicitBig {
        Tag(
            u16::from_be_bytes([head[0], head[1]]),
            u16::from_be_bytes([head[2], head[3]]),
        )
    } else {
        Tag(
            u16::from_le_bytes([head[0], head[1]]),
            u16::from_le_bytes([head[2], head[3]]),
        )
    }
}

/// Value offset and length of the element at `position`; `None` when it cannot be one.
fn extent(
    window: &mut Window<'_>,
    position: u64,
    head: &[u8; 8],
    encoding: Encoding,
) -> Result<Option<(u64, u32)>, ScanError> {
    let big = encoding == Encoding::ExplicitBig;
    if encoding == Encoding::ImplicitLittle {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        return Ok(Some((position + 8, length)));
    }
    let Some(vr) = VR::from_binary([head[4], head[5]]) else {
        return Ok(None);
    };
    if !dictionary::has_long_length(vr) {
        let length = [head[6], head[7]];
        let length = if big {
            u16::from_be_bytes(length)
        } else {
            u16::from_le_bytes(length)
        };
        return Ok(Some((position + 8, length.into())));
    }
    if window.end() - position < 12 {
        return Ok(None);
    }
    let length: [u8; 4] = window.array(position + 8)?;
    let length = if big {
        u32::from_be_bytes(length)
    } else {
        u32::from_le_bytes(length)
    };
    Ok(Some((position + 12, length)))
}

fn plausible_implicit(head: &[u8; 8], available: u64) -> bool {
    let tag = tag_of(head, Encoding::ImplicitLittle);
    let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let fits = length == u32::MAX || u64::from(length) <= available - 8;
    fits && dictionary::entry(tag).is_some()
}
