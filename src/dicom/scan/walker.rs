//! The element walker: from bytes to a bounded tree of elements (PS3.5 §7).

use super::source::Window;
use super::{ReadAt, ScanError, ScanOptions, Truncation};
use crate::dicom::charset::CharacterSet;
use crate::dicom::{DataSet, Element, Encoding, Tag, VR, Value, dictionary, tags};

pub(super) const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_DELIMITER: Tag = Tag(0xFFFE, 0xE00D);
pub(super) const SEQUENCE_DELIMITER: Tag = Tag(0xFFFE, 0xE0DD);
pub(super) const UNDEFINED: u32 = u32::MAX;
/// Values up to this length are always held, in bytes: identifiers must stay readable whatever precedes them.
const SHORT_BYTES: u32 = 64;
/// Remarks kept per scan.
const NOTES_MAX: usize = 32;

/// A data set and what was odd about it.
pub(crate) struct Scanned {
    pub(crate) data_set: DataSet,
    /// First byte after it.
    pub(crate) end: u64,
    pub(crate) truncated: Option<Truncation>,
    pub(crate) notes: Vec<String>,
}

/// Scans the data set that fills `start..end`.
pub(crate) fn scan_range(
    source: &dyn ReadAt,
    start: u64,
    end: u64,
    encoding: Encoding,
    character_set: CharacterSet,
    options: &ScanOptions,
) -> Result<Scanned, ScanError> {
    let mut walker = Walker::new(source, end, options);
    let limit = walker.window.end();
    let context = Context {
        encoding,
        signed: false,
        depth: 0,
    };
    let (data_set, end) =
        walker.data_set(start.min(limit), End::At(limit), context, character_set)?;
    Ok(Scanned {
        data_set,
        end,
        truncated: walker.truncated,
        notes: walker.notes,
    })
}

/// Scans group 0002 at `start`: it ends where another group begins, whatever its group length says.
pub(crate) fn scan_meta_group(
    source: &dyn ReadAt,
    start: u64,
    encoding: Encoding,
    options: &ScanOptions,
) -> Result<Scanned, ScanError> {
    let mut walker = Walker::new(source, source.size(), options);
    let limit = walker.window.end();
    let context = Context {
        encoding,
        signed: false,
        depth: 0,
    };
    let mut data_set = DataSet::new(encoding, CharacterSet::default(), Vec::new());
    let mut position = start;
    let mut declared_end = None;
    while limit.saturating_sub(position) >= 8 {
        let head: [u8; 6] = walker.window.array(position)?;
        // Beyond the declared end only a plain further element counts: deflated bytes may look like anything.
        let is_element = VR::from_binary([head[4], head[5]]).is_some();
        if head[..2] != [2, 0] || declared_end.is_some_and(|end| position >= end) && !is_element {
            break;
        }
        let Some(header) = walker.header(position, limit, encoding)? else {
            break;
        };
        let Some((element, next)) =
            walker.element(&header, limit, context, &CharacterSet::default())?
        else {
            break;
        };
        position = next;
        if element.tag == tags::FILE_META_INFORMATION_GROUP_LENGTH
            && let Value::Bytes(bytes) = &element.value
            && let Ok(length) = <[u8; 4]>::try_from(&bytes[..])
        {
            declared_end = Some(position + u64::from(u32::from_le_bytes(length)));
        }
        data_set.elements.push(element);
    }
    if declared_end.is_some_and(|end| end != position) {
        walker.note("the length of the file meta information is wrong");
    }
    Ok(Scanned {
        data_set,
        end: position,
        truncated: walker.truncated,
        notes: walker.notes,
    })
}

/// Where a data set or sequence ends.
#[derive(Clone, Copy)]
enum End {
    At(u64),
    /// At a delimiter, at the latest here.
    Delimiter(u64),
}

impl End {
    fn limit(self) -> u64 {
        match self {
            Self::At(limit) | Self::Delimiter(limit) => limit,
        }
    }
}

#[derive(Clone, Copy)]
struct Context {
    encoding: Encoding,
    /// Pixel Representation, deciding US or SS under implicit VR.
    signed: bool,
    depth: u16,
}

pub(super) struct Header {
    pub(super) tag: Tag,
    /// As written; `None` under implicit VR and for item tags.
    vr: Option<VR>,
    pub(super) length: u32,
    pub(super) offset: u64,
    pub(super) value_offset: u64,
}

pub(super) struct Walker<'a> {
    pub(super) window: Window<'a>,
    pub(super) options: &'a ScanOptions,
    pub(super) elements_left: u32,
    inline_bytes_left: u64,
    truncated: Option<Truncation>,
    notes: Vec<String>,
}

impl<'a> Walker<'a> {
    fn new(source: &'a dyn ReadAt, end: u64, options: &'a ScanOptions) -> Self {
        Self {
            window: Window::new(source, end),
            options,
            elements_left: options.elements_max,
            inline_bytes_left: options.inline_bytes_total_max,
            truncated: None,
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, note: &str) {
        if self.notes.len() < NOTES_MAX && !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    pub(super) fn count(&mut self) -> Result<(), ScanError> {
        let limit = self.options.elements_max.into();
        let error = ScanError::TooMuch {
            what: "elements",
            limit,
        };
        self.elements_left = self.elements_left.checked_sub(1).ok_or(error)?;
        Ok(())
    }

    /// Something reaches beyond `limit`: cut off where the source ends (tolerated unless strict), else malformed.
    pub(super) fn overrun(
        &mut self,
        tag: Option<Tag>,
        offset: u64,
        wanted_end: u64,
        limit: u64,
    ) -> Result<(), ScanError> {
        if limit < self.window.end() {
            let reason = "longer than what encloses it";
            return Err(ScanError::Malformed { offset, reason });
        }
        if self.options.strict {
            let reason = "the data ends inside an element";
            return Err(ScanError::Malformed { offset, reason });
        }
        let missing_bytes = wanted_end.saturating_sub(limit);
        self.truncated.get_or_insert(Truncation {
            tag,
            offset,
            missing_bytes,
        });
        Ok(())
    }

    /// Reads the elements of a data set; also returns the first byte after it.
    fn data_set(
        &mut self,
        start: u64,
        end: End,
        mut context: Context,
        character_set: CharacterSet,
    ) -> Result<(DataSet, u64), ScanError> {
        let mut set = DataSet::new(context.encoding, character_set, Vec::new());
        set.elements
            .reserve(if context.depth == 0 { 64 } else { 4 });
        let mut ascending = true;
        let mut position = start;
        while self.truncated.is_none() {
            if let End::At(limit) = end
                && position >= limit
            {
                break;
            }
            let step = self.step(&set, position, end, context);
            let (element, next) = match step {
                Ok(Step::Element(element, next)) => (element, next),
                Ok(Step::End(next)) => {
                    position = next;
                    break;
                }
                Err(ScanError::Malformed { .. }) if self.is_trailing(&set, context) => {
                    self.note("bytes that are no elements follow the pixel data");
                    break;
                }
                Err(error) => return Err(error),
            };
            position = next;
            if element.tag == tags::PIXEL_REPRESENTATION {
                context.signed =
                    matches!(&element.value, Value::Bytes(bytes) if bytes.contains(&1));
            }
            ascending &= set
                .elements
                .last()
                .is_none_or(|last| last.tag < element.tag);
            let declares_character_set = element.tag == tags::SPECIFIC_CHARACTER_SET;
            set.elements.push(element);
            if declares_character_set {
                set.character_set = CharacterSet::new(&set.texts(tags::SPECIFIC_CHARACTER_SET));
            }
        }
        if !ascending {
            self.note("elements are out of order or repeated");
            set.elements.sort_by_key(|element| element.tag);
            set.elements.dedup_by_key(|element| element.tag);
        }
        Ok((set, position))
    }

    /// Whether what follows is beyond the last element that matters, so that display may ignore it.
    fn is_trailing(&self, set: &DataSet, context: Context) -> bool {
        let last = set.elements.last().map(|element| element.tag);
        !self.options.strict && context.depth == 0 && last >= Some(tags::FLOAT_PIXEL_DATA)
    }

    fn step(
        &mut self,
        set: &DataSet,
        position: u64,
        end: End,
        context: Context,
    ) -> Result<Step, ScanError> {
        let limit = end.limit();
        let Some(header) = self.header(position, limit, context.encoding)? else {
            return Ok(Step::End(limit));
        };
        let malformed = |reason| {
            Err(ScanError::Malformed {
                offset: position,
                reason,
            })
        };
        match (header.tag, end) {
            (ITEM_DELIMITER, End::Delimiter(_)) => return Ok(Step::End(header.value_offset)),
            (ITEM_DELIMITER, End::At(_)) if context.depth > 0 && header.length == 0 => {
                self.note("an item of defined length has a delimiter");
                return Ok(Step::End(limit));
            }
            (Tag(0xFFFE, _), _) => return malformed("item tag outside of a sequence"),
            (Tag(0x0000, _), _) => return malformed("command element in a data set"),
            (Tag(0x0002, _), _) => self.note("file meta elements inside the data set"),
            _ => {}
        }
        let element = self.element(&header, limit, context, &set.character_set)?;
        Ok(element.map_or(Step::End(limit), |(element, next)| {
            Step::Element(element, next)
        }))
    }

    /// Reads tag, VR and length at `position`; `None` when the data ends there too early and that is tolerated.
    pub(super) fn header(
        &mut self,
        position: u64,
        limit: u64,
        encoding: Encoding,
    ) -> Result<Option<Header>, ScanError> {
        let left = limit - position;
        if left < 8 {
            self.overrun(None, position, position + 8, limit)?;
            return Ok(None);
        }
        let head: [u8; 8] = self.window.array(position)?;
        let order = ByteOrder(encoding == Encoding::ExplicitBig);
        let tag = Tag(order.u16([head[0], head[1]]), order.u16([head[2], head[3]]));
        let long = order.u32([head[4], head[5], head[6], head[7]]);
        let short = order.u16([head[6], head[7]]);
        let header = |vr, length: u32, value_offset| {
            Ok(Some(Header {
                tag,
                vr,
                length,
                offset: position,
                value_offset,
            }))
        };
        if encoding == Encoding::ImplicitLittle || tag.group() == 0xFFFE {
            return header(None, long, position + 8);
        }
        let letters = [head[4], head[5]];
        let vr = VR::from_binary(letters);
        match vr {
            Some(vr) if !dictionary::has_long_length(vr) => {
                header(Some(vr), short.into(), position + 8)
            }
            None if !letters.iter().all(u8::is_ascii_uppercase) => {
                self.note("an element has no valid VR");
                // Either an implicit element in an explicit data set, or a VR of blanks, zeros or question marks.
                let implicit = u64::from(long) <= left - 8 || long == UNDEFINED;
                let printable = letters.iter().all(|byte| (0x20..0x7F).contains(byte));
                if implicit && !printable && letters != [0, 0] {
                    header(None, long, position + 8)
                } else {
                    header(Some(VR::UN), short.into(), position + 8)
                }
            }
            // PS3.5 §6.2 note: VRs of the future have 32-bit lengths.
            vr => {
                if left < 12 {
                    self.overrun(Some(tag), position, position + 12, limit)?;
                    return Ok(None);
                }
                let length = order.u32(self.window.array(position + 8)?);
                header(Some(vr.unwrap_or(VR::UN)), length, position + 12)
            }
        }
    }

    /// Reads the value of a header; `None` when it is cut off and that is tolerated.
    fn element(
        &mut self,
        header: &Header,
        limit: u64,
        context: Context,
        character_set: &CharacterSet,
    ) -> Result<Option<(Element, u64)>, ScanError> {
        self.count()?;
        let tag = header.tag;
        let dictionary_vr = || dictionary::vr(tag, context.signed);
        let vr = header.vr.unwrap_or_else(dictionary_vr);
        let made = |vr, value, next| {
            Ok(Some((
                Element {
                    tag,
                    vr,
                    offset: header.value_offset,
                    value,
                },
                next,
            )))
        };
        let is_sequence = vr == VR::SQ || vr == VR::UN && dictionary_vr() == VR::SQ;
        if header.length == UNDEFINED {
            if tag == tags::PIXEL_DATA || matches!(vr, VR::OB | VR::OW) {
                let (fragments, next) = self.fragments(header, limit)?;
                return made(vr, Value::Fragments(fragments), next);
            }
            if !is_sequence && vr != VR::UN {
                let reason = "undefined length of an element that is no sequence";
                return Err(ScanError::Malformed {
                    offset: header.offset,
                    reason,
                });
            }
            let context = inner(context, header.vr);
            let end = End::Delimiter(limit);
            let (items, next) = self.sequence(header.value_offset, end, context, character_set)?;
            return made(VR::SQ, Value::Sequence(items), next);
        }
        let end = header.value_offset + u64::from(header.length);
        if is_sequence
            && let Some(items) =
                self.defined_sequence(header, end, limit, context, character_set)?
        {
            return made(VR::SQ, Value::Sequence(items), end.min(limit));
        }
        if end > limit {
            self.overrun(Some(tag), header.value_offset, end, limit)?;
            // A picture that breaks off is worth showing as far as it goes.
            if tag == tags::PIXEL_DATA && limit > header.value_offset {
                return made(vr, Value::Long(limit - header.value_offset), limit);
            }
            return Ok(None);
        }
        let value = self.plain_value(header)?;
        made(vr, value, end)
    }

    fn plain_value(&mut self, header: &Header) -> Result<Value, ScanError> {
        let length = header.length;
        let held =
            length <= self.options.inline_bytes_max && u64::from(length) <= self.inline_bytes_left;
        if !held && length > SHORT_BYTES {
            return Ok(Value::Long(length.into()));
        }
        self.inline_bytes_left = self.inline_bytes_left.saturating_sub(length.into());
        let bytes = self.window.bytes(header.value_offset, length as usize)?;
        Ok(Value::Bytes(bytes.into()))
    }

    /// Items of a sequence with a length; `None` to keep it as raw bytes because its content is broken and may be.
    fn defined_sequence(
        &mut self,
        header: &Header,
        end: u64,
        limit: u64,
        context: Context,
        character_set: &CharacterSet,
    ) -> Result<Option<Vec<DataSet>>, ScanError> {
        let cut = end > limit;
        if cut && (limit < self.window.end() || self.options.strict) {
            self.overrun(Some(header.tag), header.value_offset, end, limit)?;
        }
        let context = inner(context, header.vr);
        let sequence = self.sequence(
            header.value_offset,
            End::At(end.min(limit)),
            context,
            character_set,
        );
        match sequence {
            Ok((items, _)) => {
                if cut {
                    self.overrun(Some(header.tag), header.value_offset, end, limit)?;
                }
                Ok(Some(items))
            }
            // UN need not hold what the dictionary expects; display keeps going over one bad sequence.
            Err(ScanError::Malformed { .. })
                if !self.options.strict || header.vr == Some(VR::UN) =>
            {
                self.note("a sequence could not be read and is kept as bytes");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn sequence(
        &mut self,
        start: u64,
        end: End,
        context: Context,
        character_set: &CharacterSet,
    ) -> Result<(Vec<DataSet>, u64), ScanError> {
        if context.depth > self.options.depth_max {
            let limit = self.options.depth_max.into();
            return Err(ScanError::TooMuch {
                what: "nested sequences",
                limit,
            });
        }
        let limit = end.limit();
        let mut items = Vec::new();
        let mut position = start;
        while self.truncated.is_none() {
            if let End::At(limit) = end
                && position >= limit
            {
                break;
            }
            let Some(header) = self.header(position, limit, context.encoding)? else {
                break;
            };
            match header.tag {
                ITEM => {}
                SEQUENCE_DELIMITER => {
                    position = header.value_offset;
                    if let End::At(limit) = end {
                        self.note("a sequence of defined length has a delimiter");
                        position = limit;
                    }
                    break;
                }
                _ => {
                    let reason = "no item where a sequence needs one";
                    return Err(ScanError::Malformed {
                        offset: position,
                        reason,
                    });
                }
            }
            self.count()?;
            let item_end = header.value_offset + u64::from(header.length);
            let end = if header.length == UNDEFINED {
                End::Delimiter(limit)
            } else {
                End::At(item_end.min(limit))
            };
            let cut = header.length != UNDEFINED && item_end > limit;
            if cut && (limit < self.window.end() || self.options.strict) {
                self.overrun(Some(ITEM), position, item_end, limit)?;
            }
            let (item, next) =
                self.data_set(header.value_offset, end, context, character_set.clone())?;
            if cut {
                self.overrun(Some(ITEM), position, item_end, limit)?;
            }
            items.push(item);
            position = next;
        }
        Ok((items, position))
    }
}

enum Step {
    Element(Element, u64),
    /// The data set ends; the first byte after it.
    End(u64),
}

/// The context inside a sequence: one deeper, and implicit inside UN (CP-246).
fn inner(context: Context, written: Option<VR>) -> Context {
    let unknown = written == Some(VR::UN);
    let encoding = if unknown {
        Encoding::ImplicitLittle
    } else {
        context.encoding
    };
    Context {
        encoding,
        depth: context.depth + 1,
        ..context
    }
}

/// Whether numbers are big endian.
struct ByteOrder(bool);

impl ByteOrder {
    fn u16(&self, bytes: [u8; 2]) -> u16 {
        if self.0 {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    fn u32(&self, bytes: [u8; 4]) -> u32 {
        if self.0 {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }
}
