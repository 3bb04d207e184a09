//! Any bytes as text in any character set: no panic, and as many values as there are separators outside of characters at most.
#![no_main]

use dgscope::dicom::charset::CharacterSet;
use libfuzzer_sys::fuzz_target;

const TERMS: &[&str] = &[
    "",
    "ISO_IR 6",
    "ISO_IR 13",
    "ISO_IR 100",
    "ISO_IR 126",
    "ISO_IR 148",
    "ISO_IR 166",
    "ISO_IR 192",
    "ISO_IR 203",
    "GB18030",
    "GBK",
    "ISO 2022 IR 13",
    "ISO 2022 IR 58",
    "ISO 2022 IR 87",
    "ISO 2022 IR 149",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, text)) = bytes.split_first() else {
        return;
    };
    let term = TERMS[usize::from(*choice) % TERMS.len()];
    let set = CharacterSet::new(&[term.to_owned(), "ISO 2022 IR 87".to_owned()]);
    let separators = text.iter().filter(|byte| **byte == b'\\').count();
    assert!(set.decode_values(text).len() <= separators + 1);
    let _ = (set.decode(text), set.decode_names(text));
});
