use std::sync::Arc;

use super::*;
use crate::dicom::{DicomFile, FileMeta, PixelCodec, Tag, VR, Value, tags};

const LENIENT: ScanOptions = ScanOptions::DISPLAY;
const STRICT: ScanOptions = ScanOptions::INDEX;

/// An element in Explicit VR Little Endian.
pub(super) fn explicit(tag: Tag, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend_from_slice(vr.as_bytes());
    if matches!(vr, "OB" | "OW" | "SQ" | "UN" | "UT" | "ZZ") {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    bytes.extend_from_slice(value);
    bytes
}

/// An element in Implicit VR Little Endian, an item, or a delimiter.
pub(super) fn implicit(tag: Tag, value: &[u8]) -> Vec<u8> {
    with_length(tag, value.len() as u32, value)
}

pub(super) fn with_length(tag: Tag, length: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(value);
    bytes
}

pub(super) const ITEM: Tag = Tag(0xFFFE, 0xE000);
pub(super) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
pub(super) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
pub(super) const UNDEFINED: u32 = u32::MAX;

pub(super) fn undefined(tag: Tag, vr: &str, content: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = explicit(tag, vr, b"");
    let length = bytes.len() - 4;
    bytes[length..].copy_from_slice(&UNDEFINED.to_le_bytes());
    bytes.extend(content.concat());
    bytes
}

pub(super) fn uid_element() -> Vec<u8> {
    explicit(tags::SOP_INSTANCE_UID, "UI", b"1.2.3\0")
}

fn scan_as(bytes: &[u8], encoding: Encoding, options: &ScanOptions) -> Result<DataSet, ScanError> {
    let syntax = TransferSyntax::native(encoding);
    scan_data_set(&bytes, 0, bytes.len() as u64, syntax, options)
}

fn scan(bytes: &[u8]) -> Result<DataSet, ScanError> {
    scan_as(bytes, Encoding::ExplicitLittle, &STRICT)
}

pub(super) fn open(bytes: &[u8], options: &ScanOptions) -> Result<DicomFile, ScanError> {
    DicomFile::read(Arc::new(bytes.to_vec()), options)
}

pub(super) fn part10(syntax: &str, data_set: &[u8]) -> Vec<u8> {
    let meta = FileMeta {
        transfer_syntax_uid: syntax.to_owned(),
        ..FileMeta::default()
    };
    [meta.write(), data_set.to_vec()].concat()
}

fn reason(result: Result<DataSet, ScanError>) -> &'static str {
    match result {
        Err(ScanError::Malformed { reason, .. }) => reason,
        other => panic!("expected malformed, got {other:?}"),
    }
}

#[test]
fn undefined_and_defined_sequences_give_the_same_items() {
    let item = explicit(tags::CODE_VALUE, "SH", b"1 ");
    let defined = explicit(
        tags::CONCEPT_NAME_CODE_SEQUENCE,
        "SQ",
        &implicit(ITEM, &item),
    );
    let open_item = [with_length(ITEM, UNDEFINED, &item), implicit(ITEM_END, b"")].concat();
    let delimited = undefined(
        tags::CONCEPT_NAME_CODE_SEQUENCE,
        "SQ",
        &[open_item, implicit(SEQUENCE_END, b"")],
    );
    for bytes in [defined, delimited] {
        let set = scan(&bytes).unwrap();
        let items = set.items(tags::CONCEPT_NAME_CODE_SEQUENCE);
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].text(tags::CODE_VALUE).as_deref(), Some("1"));
    }
}

#[test]
fn un_of_undefined_length_holds_implicit_items() {
    let item = implicit(ITEM, &implicit(tags::CODE_VALUE, b"X "));
    let bytes = undefined(
        tags::CONCEPT_NAME_CODE_SEQUENCE,
        "UN",
        &[item, implicit(SEQUENCE_END, b"")],
    );
    let set = scan(&bytes).unwrap();
    let items = set.items(tags::CONCEPT_NAME_CODE_SEQUENCE);
    assert_eq!(items[0].text(tags::CODE_VALUE).as_deref(), Some("X"));
    assert_eq!(items[0].encoding, Encoding::ImplicitLittle);
}

#[test]
fn un_of_defined_length_is_a_sequence_only_where_it_reads_as_one() {
    let item = implicit(ITEM, &implicit(tags::CODE_VALUE, b"X "));
    let good = explicit(tags::CONCEPT_NAME_CODE_SEQUENCE, "UN", &item);
    assert_eq!(
        scan(&good)
            .unwrap()
            .items(tags::CONCEPT_NAME_CODE_SEQUENCE)
            .len(),
        1
    );
    let bad = explicit(tags::CONCEPT_NAME_CODE_SEQUENCE, "UN", b"rubbish.");
    let set = scan(&bad).unwrap();
    assert_eq!(
        set.bytes(tags::CONCEPT_NAME_CODE_SEQUENCE),
        Some(&b"rubbish."[..])
    );
}

#[test]
fn un_values_are_read_by_the_dictionary() {
    let rows = explicit(tags::ROWS, "UN", &[0, 2]);
    let name = explicit(tags::PATIENT_NAME, "UN", b"A^B ");
    let set = scan(&[name, rows].concat()).unwrap();
    assert_eq!(set.int(tags::ROWS), Some(512));
    assert_eq!(set.text(tags::PATIENT_NAME).as_deref(), Some("A^B"));
}

#[test]
fn the_pixel_representation_decides_implicit_signs() {
    let representation = implicit(tags::PIXEL_REPRESENTATION, &[1, 0]);
    let smallest = implicit(tags::SMALLEST_IMAGE_PIXEL_VALUE, &[0xFF, 0xFF]);
    let bytes = [representation, smallest].concat();
    let set = scan_as(&bytes, Encoding::ImplicitLittle, &STRICT).unwrap();
    assert_eq!(set.int(tags::SMALLEST_IMAGE_PIXEL_VALUE), Some(-1));
}

#[test]
fn fragments_are_stepped_over_by_length_whatever_they_hold() {
    let delimiter = implicit(SEQUENCE_END, b"");
    let content = [
        implicit(ITEM, &[0, 0, 0, 0, 16, 0, 0, 0]),
        implicit(ITEM, &delimiter),
        implicit(ITEM, b"abcd"),
        delimiter,
    ];
    let bytes = undefined(tags::PIXEL_DATA, "OB", &content);
    let set = scan(&bytes).unwrap();
    let Value::Fragments(fragments) = &set.element(tags::PIXEL_DATA).unwrap().value else {
        panic!("encapsulated pixel data");
    };
    assert_eq!(fragments.basic_offset_table, [0, 16]);
    assert_eq!(fragments.places, [(36, 8), (52, 4)]);
    assert_eq!(&bytes[52..56], b"abcd");
}

#[test]
fn icons_may_be_compressed_too() {
    let fragments = [
        implicit(ITEM, b""),
        implicit(ITEM, b"jpeg"),
        implicit(SEQUENCE_END, b""),
    ];
    let icon = undefined(tags::PIXEL_DATA, "OB", &fragments);
    let bytes = explicit(tags::ICON_IMAGE_SEQUENCE, "SQ", &implicit(ITEM, &icon));
    let set = scan(&bytes).unwrap();
    let icon = &set.items(tags::ICON_IMAGE_SEQUENCE)[0];
    assert!(
        matches!(&icon.element(tags::PIXEL_DATA).unwrap().value, Value::Fragments(f) if f.places.len() == 1)
    );
}

#[test]
fn what_the_transfer_syntax_says_is_overruled_by_what_is_written() {
    let implicit_set = implicit(tags::SOP_INSTANCE_UID, b"1.2.3\0");
    let file = open(&part10("1.2.840.10008.1.2.1", &implicit_set), &STRICT).unwrap();
    assert_eq!(file.syntax.encoding, Encoding::ImplicitLittle);
    assert_eq!(
        file.notes,
        ["the data set is not written as the transfer syntax says"]
    );
    let file = open(&part10("1.2.840.10008.1.2", &uid_element()), &STRICT).unwrap();
    assert_eq!(file.syntax.encoding, Encoding::ExplicitLittle);
    // A compressed syntax keeps its name: the codec is another matter than the VRs.
    let file = open(&part10("1.2.840.10008.1.2.5", &implicit_set), &STRICT).unwrap();
    assert_eq!(file.syntax.codec, PixelCodec::Rle);
    assert_eq!(file.data_set.encoding, Encoding::ImplicitLittle);
}

#[test]
fn files_without_preamble_meta_or_transfer_syntax_open() {
    let whole = part10("1.2.840.10008.1.2.1", &uid_element());
    for file in [
        whole[128..].to_vec(),
        whole[132..].to_vec(),
        uid_element(),
        part10("", &uid_element()),
    ] {
        let file = open(&file, &STRICT).unwrap();
        assert_eq!(file.meta.transfer_syntax_uid, "1.2.840.10008.1.2.1");
        assert_eq!(file.meta.media_storage_sop_instance_uid, "1.2.3");
        assert!(!file.notes.is_empty());
    }
    let mut without_length = whole.clone();
    without_length.drain(132..144);
    assert_eq!(
        open(&without_length, &STRICT)
            .unwrap()
            .data_set
            .elements
            .len(),
        1
    );
}

#[test]
fn a_wrong_meta_length_is_noted_and_ignored() {
    for wrong in [0_u8, 8, 200] {
        let mut bytes = part10("1.2.840.10008.1.2.1", &uid_element());
        bytes[140] = wrong;
        let file = open(&bytes, &STRICT).unwrap();
        assert_eq!(
            file.data_set.text(tags::SOP_INSTANCE_UID).as_deref(),
            Some("1.2.3")
        );
        assert!(
            file.notes
                .iter()
                .any(|note| note.contains("length of the file meta"))
        );
    }
}

#[test]
fn other_files_are_not_dicom() {
    let cases: [&[u8]; 6] = [
        b"",
        b"DICM",
        b"%PDF-1.7 and so on",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        &[0; 400],
        b"PK\x03\x04\x14\0\0\0\x08\0",
    ];
    for bytes in cases {
        assert!(
            matches!(open(bytes, &LENIENT), Err(ScanError::NotDicom)),
            "{bytes:?}"
        );
    }
    let unknown = part10("1.2.3.4", &uid_element());
    assert!(
        matches!(open(&unknown, &LENIENT), Err(ScanError::UnknownTransferSyntax(uid)) if uid == "1.2.3.4")
    );
}

#[test]
fn truncation_is_an_error_for_keeping_and_a_note_for_display() {
    let pixels = explicit(tags::PIXEL_DATA, "OW", &[7; 100]);
    let whole = part10("1.2.840.10008.1.2.1", &[uid_element(), pixels].concat());
    let cut = &whole[..whole.len() - 40];
    assert!(matches!(
        open(cut, &STRICT),
        Err(ScanError::Malformed { .. })
    ));
    let file = open(cut, &LENIENT).unwrap();
    let truncated = file.truncated.unwrap();
    assert_eq!(
        (truncated.tag, truncated.missing_bytes),
        (Some(tags::PIXEL_DATA), 40)
    );
    assert_eq!(
        file.data_set.element(tags::PIXEL_DATA).unwrap().value,
        Value::Long(60)
    );
    // An element cut inside its header is gone, the ones before stay.
    let file = open(&whole[..whole.len() - 105], &LENIENT).unwrap();
    assert_eq!(file.data_set.elements.len(), 1);
    assert!(file.truncated.is_some());
}

#[test]
fn bytes_behind_the_pixel_data_are_refused_or_noted() {
    let pixels = explicit(tags::PIXEL_DATA, "OW", &[7; 100]);
    let bytes = part10(
        "1.2.840.10008.1.2.1",
        &[uid_element(), pixels, vec![0; 64]].concat(),
    );
    assert!(matches!(
        open(&bytes, &STRICT),
        Err(ScanError::Malformed { .. })
    ));
    let file = open(&bytes, &LENIENT).unwrap();
    assert!(file.truncated.is_none());
    let note = "bytes that are no elements follow the pixel data";
    assert!(file.notes.iter().any(|known| known == note));
}

#[test]
fn deflated_data_sets_are_inflated_within_limits() {
    let deflate = |bytes: &[u8]| {
        let mut deflated = Vec::new();
        let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
        deflated.reserve(bytes.len() / 500 + 1024);
        stream
            .compress_vec(bytes, &mut deflated, flate2::FlushCompress::Finish)
            .unwrap();
        deflated
    };
    let syntax = "1.2.840.10008.1.2.1.99";
    let file = open(&part10(syntax, &deflate(&uid_element())), &STRICT).unwrap();
    assert_eq!(
        file.data_set.text(tags::SOP_INSTANCE_UID).as_deref(),
        Some("1.2.3")
    );
    assert_eq!(file.source().size(), uid_element().len() as u64);
    let bomb = part10(syntax, &deflate(&vec![0; 300 * 1024 * 1024]));
    assert!(matches!(
        open(&bomb, &LENIENT),
        Err(ScanError::TooMuch { .. })
    ));
    let cut = deflate(
        &[
            uid_element(),
            explicit(tags::PATIENT_ID, "LO", &[b'x'; 2000]),
        ]
        .concat(),
    );
    let cut = part10(syntax, &cut[..cut.len() - 4]);
    assert!(matches!(
        open(&cut, &STRICT),
        Err(ScanError::Malformed { .. })
    ));
    assert!(open(&cut, &LENIENT).unwrap().truncated.is_some());
}

#[test]
fn odd_vrs_are_read_by_their_shape() {
    let future = explicit(Tag(0x0008, 0x0017), "ZZ", b"12");
    let blank = [&[0x08, 0, 0x16, 0][..], b"??", &[4, 0], b"abcd"].concat();
    let bare = implicit(Tag(0x0008, 0x0018), b"1.2\0");
    let set = scan(
        &[
            uid_element()[..0].to_vec(),
            explicit(Tag(8, 5), "CS", b""),
            blank,
            future,
            bare,
        ]
        .concat(),
    )
    .unwrap();
    assert_eq!(set.bytes(tags::SOP_CLASS_UID), Some(&b"abcd"[..]));
    assert_eq!(set.bytes(Tag(0x0008, 0x0017)), Some(&b"12"[..]));
    assert_eq!(set.text(tags::SOP_INSTANCE_UID).as_deref(), Some("1.2"));
}

#[test]
fn elements_out_of_order_are_sorted_and_of_repeated_ones_the_first_counts() {
    let id = |text: &[u8]| explicit(tags::PATIENT_ID, "LO", text);
    let set = scan(&[id(b"first "), uid_element(), id(b"second")].concat()).unwrap();
    assert_eq!(set.text(tags::PATIENT_ID).as_deref(), Some("first"));
    assert_eq!(set.text(tags::SOP_INSTANCE_UID).as_deref(), Some("1.2.3"));
    assert_eq!(set.elements.len(), 2);
}

#[test]
fn long_values_stay_in_the_source_and_short_ones_are_always_held() {
    let long = explicit(tags::PATIENT_COMMENTS, "LT", &[b'x'; 4000]);
    let bytes = [long, explicit(tags::PIXEL_DATA, "OW", b"12")].concat();
    let options = ScanOptions {
        inline_bytes_total_max: 0,
        ..STRICT
    };
    let set = scan_as(&bytes, Encoding::ExplicitLittle, &options).unwrap();
    assert_eq!(
        set.element(tags::PATIENT_COMMENTS).unwrap().value,
        Value::Long(4000)
    );
    assert_eq!(set.bytes(tags::PIXEL_DATA), Some(&b"12"[..]));
    assert_eq!(set.text(tags::PATIENT_COMMENTS), None);
}

#[test]
fn broken_lengths_are_malformed() {
    let bomb = explicit(tags::PATIENT_ID, "LO", b"")[..6].to_vec();
    assert_eq!(
        reason(scan(&[bomb, vec![0xF0, 0xFF]].concat())),
        "the data ends inside an element"
    );
    let item = implicit(ITEM, &explicit(tags::CODE_VALUE, "SH", b"ABCD"));
    let mut bytes = explicit(tags::CONCEPT_NAME_CODE_SEQUENCE, "SQ", &item);
    bytes.extend(explicit(tags::PIXEL_DATA, "OW", b"12"));
    bytes[26] = 6;
    assert_eq!(reason(scan(&bytes)), "longer than what encloses it");
    let stray = [uid_element(), implicit(ITEM_END, b"")].concat();
    assert_eq!(reason(scan(&stray)), "item tag outside of a sequence");
    let no_item = explicit(tags::CONCEPT_NAME_CODE_SEQUENCE, "SQ", &uid_element());
    assert_eq!(reason(scan(&no_item)), "no item where a sequence needs one");
    let text = undefined(tags::PATIENT_ID, "UT", &[]);
    assert_eq!(
        reason(scan(&text)),
        "undefined length of an element that is no sequence"
    );
}

#[test]
fn display_keeps_a_broken_sequence_as_bytes_and_goes_on() {
    let broken = explicit(
        tags::CONCEPT_NAME_CODE_SEQUENCE,
        "SQ",
        b"not items, at all.",
    );
    let bytes = part10(
        "1.2.840.10008.1.2.1",
        &[
            uid_element(),
            broken,
            explicit(tags::PIXEL_DATA, "OW", b"12"),
        ]
        .concat(),
    );
    assert!(open(&bytes, &STRICT).is_err());
    let file = open(&bytes, &LENIENT).unwrap();
    assert_eq!(file.data_set.elements.len(), 3);
    assert!(
        file.data_set
            .items(tags::CONCEPT_NAME_CODE_SEQUENCE)
            .is_empty()
    );
}

fn nested(levels: usize) -> Vec<u8> {
    let open = undefined(
        tags::CONTENT_SEQUENCE,
        "SQ",
        &[with_length(ITEM, UNDEFINED, b"")],
    );
    let close = [implicit(ITEM_END, b""), implicit(SEQUENCE_END, b"")].concat();
    [open.repeat(levels), close.repeat(levels)].concat()
}

#[test]
fn depth_and_counts_are_limited() {
    assert!(scan(&nested(64)).is_ok());
    for levels in [65, 5000] {
        assert!(matches!(
            scan(&nested(levels)),
            Err(ScanError::TooMuch {
                what: "nested sequences",
                ..
            })
        ));
    }
    let few = ScanOptions {
        elements_max: 10,
        ..STRICT
    };
    let items = implicit(ITEM, b"").repeat(20);
    let sequence = explicit(tags::CONTENT_SEQUENCE, "SQ", &items);
    let fragments = undefined(
        tags::PIXEL_DATA,
        "OB",
        &[items, implicit(SEQUENCE_END, b"")],
    );
    let table = undefined(
        tags::PIXEL_DATA,
        "OB",
        &[implicit(ITEM, &[0; 80]), implicit(SEQUENCE_END, b"")],
    );
    for bytes in [uid_element().repeat(20), sequence, fragments, table] {
        let result = scan_as(&bytes, Encoding::ExplicitLittle, &few);
        assert!(matches!(result, Err(ScanError::TooMuch { limit: 10, .. })));
    }
}

#[test]
fn a_character_set_reaches_into_items_and_yields_to_theirs() {
    let latin = explicit(tags::SPECIFIC_CHARACTER_SET, "CS", b"ISO_IR 100");
    let own = explicit(tags::SPECIFIC_CHARACTER_SET, "CS", b"ISO_IR 192");
    let utf8 = explicit(tags::CODE_MEANING, "LO", "é".as_bytes());
    let plain = explicit(tags::CODE_MEANING, "LO", b"\xE9 ");
    let items = [
        implicit(ITEM, &plain),
        implicit(ITEM, &[own, utf8].concat()),
    ]
    .concat();
    let set = scan(
        &[
            latin,
            explicit(tags::CONCEPT_NAME_CODE_SEQUENCE, "SQ", &items),
        ]
        .concat(),
    )
    .unwrap();
    for item in set.items(tags::CONCEPT_NAME_CODE_SEQUENCE) {
        assert_eq!(item.text(tags::CODE_MEANING).as_deref(), Some("é"));
    }
}

#[test]
fn a_source_that_must_be_read_gives_what_memory_gives() {
    let mut bytes = vec![0; 128];
    bytes.extend(part10("1.2.840.10008.1.2.1", b"").split_off(128));
    for index in 0..3000_u16 {
        bytes.extend(explicit(
            Tag(0x0009, 0x1000 + index),
            "LO",
            format!("{index:<40}").as_bytes(),
        ));
    }
    bytes.extend(explicit(Tag(0x7FDF, 0x0011), "OB", &vec![1; 300_000]));
    bytes.extend(explicit(tags::PIXEL_DATA, "OW", b"12"));
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    let from_file = DicomFile::read(Arc::new(file), &STRICT).unwrap();
    let from_memory = open(&bytes, &STRICT).unwrap();
    assert_eq!(from_file.data_set, from_memory.data_set);
    let element = from_file.data_set.element(Tag(0x7FDF, 0x0011)).unwrap();
    assert_eq!(from_file.value_bytes(element).unwrap().len(), 300_000);
}

#[test]
fn written_meta_information_reads_back_and_knows_its_private_place() {
    let meta = FileMeta {
        media_storage_sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".to_owned(),
        media_storage_sop_instance_uid: "1.2.3".to_owned(),
        transfer_syntax_uid: "1.2.840.10008.1.2".to_owned(),
        implementation_class_uid: "1.2.826.0.1.3680043.2.406.1".to_owned(),
        implementation_version_name: "GIOL_DIAM_400".to_owned(),
        source_ae_title: "MODALITY".to_owned(),
        private_information_creator_uid: "1.2.826.0.1.3680043.2.406".to_owned(),
        private_information: vec![9; 48],
    };
    let encoded = meta.encode();
    let place = encoded.private_information_offset.unwrap();
    assert_eq!(encoded.bytes[place..place + 48], [9; 48]);
    let set = implicit(tags::SOP_INSTANCE_UID, b"1.2.3\0");
    let file = open(&[encoded.bytes.clone(), set].concat(), &STRICT).unwrap();
    assert_eq!(file.meta, meta);
    assert_eq!(file.notes, Vec::<String>::new());
    assert_eq!(file.data_set_offset, encoded.bytes.len() as u64);
    assert_eq!(
        file.data_set.element(tags::SOP_INSTANCE_UID).unwrap().vr,
        VR::UI
    );
}

#[test]
fn a_data_set_that_starts_with_a_large_group_is_read_as_it_was_negotiated() {
    let builder = crate::dicom::Builder::new().text(tags::PRINTER_STATUS, "NORMAL");
    for encoding in [Encoding::ExplicitLittle, Encoding::ExplicitBig] {
        let bytes = builder.data_set(encoding);
        let syntax = TransferSyntax::native(encoding);
        let end = bytes.len() as u64;
        let set = super::scan_data_set(&bytes, 0, end, syntax, &ScanOptions::INDEX);
        let status = set.expect("a data set").text(tags::PRINTER_STATUS);
        assert_eq!(status.as_deref(), Some("NORMAL"));
    }
}
