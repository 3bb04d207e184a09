//! Any object as readable lines: its attributes as a tree, and the content tree of structured reports and key objects
//! (PS3.3 C.17.3). Bounded, so that it can be shown of whatever was received.

use super::dataset::{DataSet, Element, Value};
use super::{Tag, TransferSyntax, VR, dictionary, sop_class, tags};

/// How much is made readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Lines in all; what is left out is told in a last one.
    pub lines_max: usize,
    /// Characters of a value; a longer one ends in an ellipsis.
    pub characters_max: usize,
}

impl Limits {
    /// For a window.
    pub const WINDOW: Self = Self {
        lines_max: 5_000,
        characters_max: 400,
    };
    /// For a terminal that was asked for everything.
    pub const TERMINAL: Self = Self {
        lines_max: 1_000_000,
        characters_max: 4_000,
    };
}

/// One attribute of a tree, or one item of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeLine {
    /// Sequences around it.
    pub depth: usize,
    /// Its tag; the item tag for items.
    pub tag: Tag,
    /// Its VR.
    pub vr: VR,
    /// Its name in words, or `Item 3`.
    pub name: String,
    /// Its value in words.
    pub value: String,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentLine {
    /// Containers around it.
    pub depth: usize,
    /// What it tells of: the concept's name.
    pub name: String,
    /// What it tells; empty for a heading.
    pub value: String,
}

/// The attributes of a data set as lines.
pub fn attributes(set: &DataSet, limits: Limits) -> Vec<AttributeLine> {
    let mut lines = Vec::new();
    let mut left_out = 0;
    attribute_lines(set, 0, limits, &mut lines, &mut left_out);
    if left_out > 0 {
        lines.push(AttributeLine {
            depth: 0,
            tag: ITEM,
            vr: VR::UN,
            name: format!("{left_out} more lines are not shown"),
            value: String::new(),
        });
    }
    lines
}

const ITEM: Tag = Tag(0xFFFE, 0xE000);

fn attribute_lines(
    set: &DataSet,
    depth: usize,
    limits: Limits,
    lines: &mut Vec<AttributeLine>,
    left_out: &mut usize,
) {
    for element in &set.elements {
        let line = AttributeLine {
            depth,
            tag: element.tag,
            vr: element.vr,
            name: name(element.tag),
            value: value_text(set, element, limits.characters_max),
        };
        push(line, limits, lines, left_out);
        let Value::Sequence(items) = &element.value else {
            continue;
        };
        for (index, item) in items.iter().enumerate() {
            let name = format!("Item {}", index + 1);
            let line = AttributeLine {
                depth: depth + 1,
                tag: ITEM,
                vr: VR::SQ,
                name,
                value: String::new(),
            };
            push(line, limits, lines, left_out);
            attribute_lines(item, depth + 2, limits, lines, left_out);
        }
    }
}

fn push(line: AttributeLine, limits: Limits, lines: &mut Vec<AttributeLine>, left_out: &mut usize) {
    if lines.len() < limits.lines_max {
        lines.push(line);
    } else {
        *left_out += 1;
    }
}

/// The name of a tag in words: `Patient's Name` is written `Patient Name`, as its keyword has it.
pub fn name(tag: Tag) -> String {
    match dictionary::keyword(tag) {
        Some(keyword) => words(keyword),
        None => "Private attribute".to_owned(),
    }
}

/// `SOPInstanceUID` as `SOP Instance UID`.
fn words(keyword: &str) -> String {
    let letters: Vec<char> = keyword.chars().collect();
    let mut words = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let starts = letter.is_uppercase() || letter.is_ascii_digit();
        let ends_small = before.is_some_and(|before| before.is_lowercase());
        let ends_capitals = before.is_some_and(char::is_uppercase)
            && letter.is_uppercase()
            && after.is_some_and(|after| after.is_lowercase() && *after != 's');
        if starts && (ends_small || ends_capitals) {
            words.push(' ');
        }
        words.push(*letter);
    }
    words
}

/// The value of an element in words, with at most so many characters.
pub fn value_text(set: &DataSet, element: &Element, characters_max: usize) -> String {
    let text = match &element.value {
        Value::Sequence(items) if items.len() == 1 => "1 item".to_owned(),
        Value::Sequence(items) => format!("{} items", items.len()),
        Value::Fragments(fragments) => {
            let bytes: u64 = fragments
                .places
                .iter()
                .map(|(_, length)| u64::from(*length))
                .sum();
            format!("{} fragments, {bytes} bytes", fragments.places.len())
        }
        Value::Long(length) => format!("{length} bytes"),
        Value::Bytes(bytes) => bytes_text(set, element, bytes, characters_max),
    };
    shortened(text, characters_max)
}

fn bytes_text(set: &DataSet, element: &Element, bytes: &[u8], characters_max: usize) -> String {
    if element.vr == VR::AT {
        let tags = set.ints(element.tag).into_iter().map(|number| {
            let tag = Tag((number >> 16) as u16, number as u16);
            format!("({:04X},{:04X})", tag.group(), tag.element())
        });
        return tags.collect::<Vec<_>>().join("\\");
    }
    // Numbers of big tables are cut before they are made into text; a number takes at least two characters.
    let shown = &bytes[..bytes.len().min(characters_max.saturating_mul(8))];
    let texts = set.texts_of(element.tag, element.vr, shown);
    if texts.is_empty() && !bytes.is_empty() {
        return bytes
            .iter()
            .take(characters_max / 3 + 1)
            .map(|byte| format!("{byte:02X} "))
            .collect();
    }
    if element.vr == VR::UI {
        return texts
            .iter()
            .map(|uid| with_meaning(uid))
            .collect::<Vec<_>>()
            .join("\\");
    }
    texts.join("\\")
}

/// A UID, and what it stands for when that is known.
fn with_meaning(uid: &str) -> String {
    let class = sop_class::find(uid).map(|class| class.name);
    match class.or_else(|| TransferSyntax::find(uid).map(|syntax| syntax.name)) {
        Some(name) => format!("{uid} ({name})"),
        None => uid.to_owned(),
    }
}

fn shortened(text: String, characters_max: usize) -> String {
    // Line ends would break the line that shows the value.
    let text = text
        .trim_end()
        .replace("\r\n", " ⏎ ")
        .replace(['\r', '\n'], " ⏎ ");
    match text.char_indices().nth(characters_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Whether an object has a content tree.
pub fn has_content(set: &DataSet) -> bool {
    set.element(tags::CONTENT_SEQUENCE).is_some() || set.element(tags::VALUE_TYPE).is_some()
}

/// The content tree of a structured report or key object selection as lines: first what it is and how far it can be trusted, then
/// what it says.
pub fn content(set: &DataSet, limits: Limits) -> Vec<ContentLine> {
    let mut lines = Vec::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push(ContentLine {
                depth: 0,
                name: name.to_owned(),
                value,
            });
        }
    };
    put("Completion", set.text(tags::COMPLETION_FLAG));
    put("Verification", set.text(tags::VERIFICATION_FLAG));
    for observer in set.items(tags::VERIFYING_OBSERVER_SEQUENCE) {
        let who = person(observer, tags::VERIFYING_OBSERVER_NAME);
        let when = observer
            .text(tags::VERIFICATION_DATE_TIME)
            .unwrap_or_default();
        put(
            "Verified by",
            who.map(|who| format!("{who} {when}").trim_end().to_owned()),
        );
    }
    put("Content date", set.text(tags::CONTENT_DATE));
    content_lines(set, 0, limits, &mut lines);
    if lines.len() > limits.lines_max {
        let left_out = lines.len() - limits.lines_max;
        lines.truncate(limits.lines_max);
        let name = format!("{left_out} more lines are not shown");
        lines.push(ContentLine {
            depth: 0,
            name,
            value: String::new(),
        });
    }
    lines
}

fn content_lines(item: &DataSet, depth: usize, limits: Limits, lines: &mut Vec<ContentLine>) {
    let concept = item
        .items(tags::CONCEPT_NAME_CODE_SEQUENCE)
        .first()
        .and_then(meaning);
    let kind = item.text(tags::VALUE_TYPE).unwrap_or_default();
    let value = shortened(
        content_value(item, &kind),
        limits.characters_max.saturating_mul(10),
    );
    let name = concept.unwrap_or_else(|| match kind.as_str() {
        "IMAGE" => "Image".to_owned(),
        "COMPOSITE" => "Object".to_owned(),
        "WAVEFORM" => "Waveform".to_owned(),
        _ => "Content".to_owned(),
    });
    lines.push(ContentLine { depth, name, value });
    for child in item.items(tags::CONTENT_SEQUENCE) {
        content_lines(child, depth + 1, limits, lines);
    }
}

fn content_value(item: &DataSet, kind: &str) -> String {
    let text = |tag| item.text(tag).unwrap_or_default();
    match kind {
        "CONTAINER" => String::new(),
        "TEXT" => text(tags::TEXT_VALUE),
        "CODE" => item
            .items(tags::CONCEPT_CODE_SEQUENCE)
            .first()
            .and_then(meaning)
            .unwrap_or_default(),
        "NUM" => number(item),
        "DATE" => text(tags::DATE),
        "TIME" => text(tags::TIME),
        "DATETIME" => text(tags::DATE_TIME),
        "UIDREF" => text(tags::UID),
        "PNAME" => person(item, tags::PERSON_NAME).unwrap_or_default(),
        "IMAGE" | "COMPOSITE" | "WAVEFORM" => references(item),
        "SCOORD" | "SCOORD3D" => {
            let points =
                item.floats(tags::GRAPHIC_DATA).len() / if kind == "SCOORD" { 2 } else { 3 };
            format!(
                "{} with {points} points",
                text(tags::GRAPHIC_TYPE).to_lowercase()
            )
        }
        "TCOORD" => text(tags::TEMPORAL_RANGE_TYPE).to_lowercase(),
        "" if item
            .element(tags::REFERENCED_CONTENT_ITEM_IDENTIFIER)
            .is_some() =>
        {
            let path = item.ints(tags::REFERENCED_CONTENT_ITEM_IDENTIFIER);
            let path: Vec<String> = path.iter().map(i64::to_string).collect();
            format!("see item {}", path.join("."))
        }
        other => format!("({other})"),
    }
}

fn number(item: &DataSet) -> String {
    let Some(measured) = item.items(tags::MEASURED_VALUE_SEQUENCE).first() else {
        let qualifier = item
            .items(tags::NUMERIC_VALUE_QUALIFIER_CODE_SEQUENCE)
            .first();
        return qualifier
            .and_then(meaning)
            .unwrap_or_else(|| "no value".to_owned());
    };
    let value = measured.text(tags::NUMERIC_VALUE).unwrap_or_default();
    let unit = measured
        .items(tags::MEASUREMENT_UNITS_CODE_SEQUENCE)
        .first();
    // UCUM's "1" is the unit of bare numbers.
    let unit = unit
        .and_then(|unit| unit.text(tags::CODE_VALUE))
        .filter(|unit| unit != "1");
    format!("{value} {}", unit.unwrap_or_default())
        .trim_end()
        .to_owned()
}

fn references(item: &DataSet) -> String {
    let reference = |reference: &DataSet| {
        let class = reference
            .text(tags::REFERENCED_SOP_CLASS_UID)
            .unwrap_or_default();
        let instance = reference
            .text(tags::REFERENCED_SOP_INSTANCE_UID)
            .unwrap_or_default();
        let frames = reference.texts(tags::REFERENCED_FRAME_NUMBER);
        let frames = if frames.is_empty() {
            String::new()
        } else {
            format!(", frame {}", frames.join(", "))
        };
        format!("{} {instance}{frames}", sop_class::name(&class))
    };
    let references = item
        .items(tags::REFERENCED_SOP_SEQUENCE)
        .iter()
        .map(reference);
    references.collect::<Vec<_>>().join("; ")
}

fn meaning(code: &DataSet) -> Option<String> {
    code.text(tags::CODE_MEANING)
        .or_else(|| code.text(tags::CODE_VALUE))
}

/// A name as it is spoken of: `Doe, John`.
fn person(set: &DataSet, tag: Tag) -> Option<String> {
    let name = set.person_name(tag)?;
    let written = [name.alphabetic, name.ideographic, name.phonetic]
        .into_iter()
        .find(|group| !group.is_empty())?;
    Some(
        written
            .split('^')
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::charset::CharacterSet;
    use crate::dicom::{Encoding, uids};

    fn set(elements: Vec<Element>) -> DataSet {
        DataSet::new(Encoding::ExplicitLittle, CharacterSet::default(), elements)
    }

    fn text(tag: Tag, value: &str) -> Element {
        let value = Value::Bytes(value.as_bytes().into());
        Element {
            tag,
            vr: dictionary::vr(tag, false),
            offset: 0,
            value,
        }
    }

    fn sequence(tag: Tag, items: Vec<DataSet>) -> Element {
        Element {
            tag,
            vr: VR::SQ,
            offset: 0,
            value: Value::Sequence(items),
        }
    }

    fn code(tag: Tag, meaning: &str) -> Element {
        sequence(tag, vec![set(vec![text(tags::CODE_MEANING, meaning)])])
    }

    fn report() -> DataSet {
        let units = set(vec![text(tags::CODE_VALUE, "mm")]);
        let measured = set(vec![
            text(tags::NUMERIC_VALUE, "12.5"),
            sequence(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, vec![units]),
        ]);
        let size = set(vec![
            text(tags::VALUE_TYPE, "NUM"),
            code(tags::CONCEPT_NAME_CODE_SEQUENCE, "Diameter"),
            sequence(tags::MEASURED_VALUE_SEQUENCE, vec![measured]),
        ]);
        let image = set(vec![
            text(tags::VALUE_TYPE, "IMAGE"),
            sequence(
                tags::REFERENCED_SOP_SEQUENCE,
                vec![set(vec![
                    text(tags::REFERENCED_SOP_CLASS_UID, uids::CT_IMAGE_STORAGE),
                    text(tags::REFERENCED_SOP_INSTANCE_UID, "1.2.3"),
                    text(tags::REFERENCED_FRAME_NUMBER, "2"),
                ])],
            ),
        ]);
        let finding = set(vec![
            text(tags::VALUE_TYPE, "TEXT"),
            code(tags::CONCEPT_NAME_CODE_SEQUENCE, "Finding"),
            text(tags::TEXT_VALUE, "A nodule.\r\nSmooth."),
            sequence(tags::CONTENT_SEQUENCE, vec![size, image]),
        ]);
        set(vec![
            text(tags::VALUE_TYPE, "CONTAINER"),
            text(tags::COMPLETION_FLAG, "PARTIAL"),
            text(tags::VERIFICATION_FLAG, "UNVERIFIED"),
            code(tags::CONCEPT_NAME_CODE_SEQUENCE, "Chest CT Report"),
            sequence(tags::CONTENT_SEQUENCE, vec![finding]),
        ])
    }

    #[test]
    fn a_report_reads_as_indented_lines_after_what_it_is_worth() {
        let lines = content(&report(), Limits::WINDOW);
        let lines: Vec<String> = lines
            .iter()
            .map(|line| format!("{}{}: {}", "  ".repeat(line.depth), line.name, line.value))
            .collect();
        assert_eq!(
            lines,
            [
                "Completion: PARTIAL",
                "Verification: UNVERIFIED",
                "Chest CT Report: ",
                "  Finding: A nodule. ⏎ Smooth.",
                "    Diameter: 12.5 mm",
                "    Image: CT Image Storage 1.2.3, frame 2",
            ]
        );
    }

    #[test]
    fn attributes_are_lines_with_names_in_words_and_bounded_values() {
        let limits = Limits {
            lines_max: 4,
            characters_max: 10,
        };
        let lines = attributes(&report(), limits);
        assert_eq!(lines[0].name, "Value Type");
        assert_eq!((lines[2].depth, lines[2].name.as_str()), (1, "Item 1"));
        assert_eq!(
            (lines[3].depth, lines[3].value.as_str()),
            (2, "Chest CT R…")
        );
        assert!(lines[4].name.ends_with("more lines are not shown"));
        assert_eq!(lines.len(), 5);
    }

    #[test]
    fn keywords_become_words() {
        assert_eq!(words("SOPInstanceUID"), "SOP Instance UID");
        assert_eq!(words("StudyInstanceUID"), "Study Instance UID");
        assert_eq!(words("ReferencedSOPClassUID"), "Referenced SOP Class UID");
        assert_eq!(words("PatientName"), "Patient Name");
        assert_eq!(name(Tag(0x0009, 0x1001)), "Private attribute");
    }

    #[test]
    fn uids_say_what_they_stand_for() {
        let set = set(vec![text(tags::SOP_CLASS_UID, uids::CT_IMAGE_STORAGE)]);
        let value = value_text(&set, &set.elements[0], 100);
        assert_eq!(value, "1.2.840.10008.5.1.4.1.1.2 (CT Image Storage)");
    }
}
