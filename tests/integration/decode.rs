//! Every real file of the reference corpus, decoded in process and compared with its manifest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use dgscope::imaging::{DecodeError, FrameIndex, Image};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::shared::shared;

/// The digest of the first frame and of all frames, as the manifest defines them.
fn digests(image: &Image) -> Result<(String, String, usize), DecodeError> {
    let mut all = Sha256::new();
    let mut first = String::new();
    let mut frame_bytes = 0;
    for index in 0..image.pixels.frames {
        let frame = image.decode(FrameIndex(index))?;
        let mut bytes = Vec::new();
        frame.samples.append_little_endian(&mut bytes);
        if index == 0 {
            first = hexadecimal(&Sha256::digest(&bytes));
            frame_bytes = bytes.len();
        }
        all.update(&bytes);
    }
    Ok((first, hexadecimal(&all.finalize()), frame_bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_listed(pixels: &Value, keys: [&str; 2], found: &str) -> bool {
    let exact = pixels[keys[0]].as_str() == Some(found);
    let alternative = pixels[keys[1]].as_array();
    exact || alternative.is_some_and(|list| list.iter().any(|hash| hash.as_str() == Some(found)))
}

/// What is wrong with a file, or nothing.
fn complaint(root: &Path, entry: &Value) -> Option<String> {
    let path = root.join(entry["path"].as_str()?);
    let pixels = &entry["pixels"];
    let result = Image::open(&path).and_then(|image| digests(&image));
    match (entry["expect"].as_str()?, result) {
        ("no-crash", _) => None,
        ("no-pixels", Err(_)) => None,
        ("no-pixels", Ok(_)) => Some("pixels out of nothing".to_owned()),
        (_, Err(error)) => Some(error.to_string()),
        ("tolerance", Ok((_, _, length))) => {
            let wanted = pixels["frame_bytes"].as_u64();
            (wanted != Some(length as u64)).then(|| format!("a frame of {length} bytes"))
        }
        (_, Ok((first, all, _))) => {
            let right = is_listed(pixels, ["frame0_sha256", "alt_frame0_sha256"], &first)
                && (entry["frames"].as_u64() == Some(1)
                    || is_listed(pixels, ["all_sha256", "alt_all_sha256"], &all));
            (!right).then(|| "other values".to_owned())
        }
    }
}

#[test]
fn every_file_of_the_corpus_decodes_to_the_values_of_its_manifest() {
    let Some(root) = shared("data/real") else {
        return;
    };
    let text = fs::read_to_string(root.join("manifest.json")).expect("the manifest is readable");
    let manifest: Value = serde_json::from_str(&text).expect("the manifest is JSON");
    let entries = manifest["files"]
        .as_array()
        .expect("the manifest lists files");
    let complaints: BTreeMap<&str, String> = entries
        .iter()
        .filter_map(|entry| Some((entry["path"].as_str()?, complaint(&root, entry)?)))
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(entries.len() > 300);
}
