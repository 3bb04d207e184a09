//! What is printed in a test, here and on the printers of others, and our virtual printer.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use dgscope::phantom::{Phantom, demonstration};

use super::running::{Running, dgscope};

/// CT slices of the demonstration as files.
pub fn slices(folder: &Path, count: usize) -> Vec<PathBuf> {
    let write = |(index, phantom): (usize, Phantom)| {
        let path = folder.join(format!("slice-{index}.dcm"));
        std::fs::write(&path, phantom.file()).expect("a file");
        path
    };
    let slices = demonstration().into_iter().take(count);
    slices.enumerate().map(write).collect()
}

/// Our virtual printer; its films come to lie in `films`.
pub fn virtual_printer(folder: &Path, misbehaviours: &[&str]) -> Running {
    let mut command = dgscope(&folder.join("printer"));
    command
        .args(["printer", "serve", "--port", "0", "--dir"])
        .arg(folder.join("films"))
        .stderr(Stdio::null());
    for misbehaviour in misbehaviours {
        command.args(["--misbehave", misbehaviour]);
    }
    Running::listening(command)
}

/// Samples of a gray PNG.
pub fn png_samples(path: &Path) -> Vec<u16> {
    let file = BufReader::new(std::fs::File::open(path).expect("a file"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut bytes).expect("pixels");
    match reader.info().bit_depth {
        png::BitDepth::Sixteen => bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|word| u16::from_be_bytes(*word))
            .collect(),
        _ => bytes.into_iter().map(u16::from).collect(),
    }
}
