//! Whatever the bytes: no panic, and no limit passed.

use proptest::prelude::*;

use super::tests::*;
use super::*;
use crate::dicom::{TRANSFER_SYNTAXES, Value, tags};

fn small_options() -> impl Strategy<Value = ScanOptions> {
    any::<bool>().prop_map(|strict| ScanOptions {
        inline_bytes_max: 64,
        inline_bytes_total_max: 256,
        depth_max: 4,
        elements_max: 200,
        strict,
    })
}

fn count(set: &DataSet) -> usize {
    let inner = |element: &crate::dicom::Element| match &element.value {
        Value::Sequence(items) => items.iter().map(|item| 1 + count(item)).sum(),
        Value::Fragments(fragments) => fragments.places.len(),
        Value::Bytes(_) | Value::Long(_) => 0,
    };
    set.elements.iter().map(|element| 1 + inner(element)).sum()
}

fn held(set: &DataSet) -> u64 {
    let bytes = |element: &crate::dicom::Element| match &element.value {
        Value::Bytes(bytes) if bytes.len() > 64 => bytes.len() as u64,
        Value::Sequence(items) => items.iter().map(held).sum(),
        _ => 0,
    };
    set.elements.iter().map(bytes).sum()
}

/// Reads everything that was found in every way there is.
fn read_all(set: &DataSet) {
    for element in &set.elements {
        let tag = element.tag;
        let _ = (
            set.texts(tag),
            set.ints(tag),
            set.floats(tag),
            set.person_name(tag),
            set.uid(tag),
        );
        set.items(tag).iter().for_each(read_all);
    }
}

fn a_valid_file() -> Vec<u8> {
    let items = [
        implicit(ITEM, &uid_element()),
        with_length(ITEM, UNDEFINED, &uid_element()),
        implicit(ITEM_END, b""),
    ];
    let sequence = undefined(
        tags::REFERENCED_IMAGE_SEQUENCE,
        "SQ",
        &[items.concat(), implicit(SEQUENCE_END, b"")],
    );
    let fragments = [
        implicit(ITEM, &[0; 4]),
        implicit(ITEM, b"frames"),
        implicit(SEQUENCE_END, b""),
    ];
    let set = [
        explicit(
            tags::SPECIFIC_CHARACTER_SET,
            "CS",
            b"ISO 2022 IR 100\\ISO 2022 IR 87 ",
        ),
        uid_element(),
        sequence,
        explicit(tags::PATIENT_NAME, "PN", b"A^\x1B$B0\x5C\x1B(B "),
        explicit(tags::ROWS, "US", &[4, 0]),
        undefined(tags::PIXEL_DATA, "OB", &fragments),
    ];
    part10("1.2.840.10008.1.2.5", &set.concat())
}

proptest! {
    #[test]
    fn random_bytes_never_panic_or_pass_a_limit(
        bytes in prop::collection::vec(any::<u8>(), 0..2000), options in small_options(), syntax in 0..TRANSFER_SYNTAXES.len(),
    ) {
        let _ = open(&bytes, &options);
        if let Ok(set) = scan_data_set(&&bytes[..], 0, bytes.len() as u64, &TRANSFER_SYNTAXES[syntax], &options) {
            prop_assert!(count(&set) <= 200 && held(&set) <= 256);
            read_all(&set);
        }
    }

    #[test]
    fn mutated_files_never_panic_or_pass_a_limit(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        options in small_options(),
    ) {
        let mut bytes = a_valid_file();
        for (index, value) in changes {
            let index = index.index(bytes.len());
            bytes[index] = value;
        }
        if let Ok(file) = open(&bytes, &options) {
            prop_assert!(count(&file.data_set) <= 200 && held(&file.data_set) <= 256);
            read_all(&file.data_set);
        }
        bytes.truncate(cut.index(bytes.len()));
        if let Ok(file) = open(&bytes, &options) {
            read_all(&file.data_set);
        }
    }
}
