//! Printers of others that run during a test: DCMTK's dcmprscp and one on pynetdicom; what we print on them.

use std::path::{Path, PathBuf};
use std::process::Output;

use dgscope::imaging::raster::{self, RenderedImage};
use dgscope::imaging::{DisplayAttributes, DisplayPlan, FrameIndex, Image, RenderRequest};
use serde_json::Value;

use super::peers::pynetdicom;
use super::program::{Running, dcmtk, dgscope, free_address};

/// A printer that ends with the test.
pub struct Printer {
    running: Running,
    /// What it keeps.
    pub folder: tempfile::TempDir,
}

impl Printer {
    /// The print SCP of `tests/peers`; `None`, said aloud, when pynetdicom is absent.
    pub fn pynetdicom(options: &[&str]) -> Option<Self> {
        let mut command = pynetdicom("print_scp.py")?;
        let folder = tempfile::tempdir().expect("a folder");
        let address = free_address();
        command
            .arg(address.port().to_string())
            .arg(folder.path())
            .args(options);
        Some(Self {
            running: Running::start(command, address),
            folder,
        })
    }

    /// DCMTK's print SCP, which keeps what it prints in `db`.
    pub fn dcmprscp() -> Option<Self> {
        let mut command = dcmtk("dcmprscp")?;
        let folder = tempfile::tempdir().expect("a folder");
        let address = free_address();
        let port = address.port();
        for name in ["spool", "db", "log"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let config = format!(
            "[[GENERAL]]\n[APPLICATION]\nLogDirectory = log\n[PRINT]\nDirectory = spool\nDetailedLog = false\n\
             [DATABASE]\nDirectory = db\n[[COMMUNICATION]]\n[LASER]\nAetitle = LASER\nHostname = localhost\n\
             Port = {port}\nType = LOCALPRINTER\nDisplayFormat=1,1\\1,2\\2,2\nFilmSizeID = 8INX10IN\\14INX17IN\n\
             ImplicitOnly = false\nMagnificationType = REPLICATE\\NONE\nMaxPDU = 32768\nSupports12Bit = true\n\
             SupportsPresentationLUT = true\nSupportsImageSize = true\nSupportsDecimateCrop = true\n"
        );
        std::fs::write(folder.path().join("print.cfg"), config).expect("a file");
        command
            .current_dir(folder.path())
            .args(["-c", "print.cfg", "-p", "LASER"]);
        Some(Self {
            running: Running::start(command, address),
            folder,
        })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.running.address.port()
    }

    /// The printer as an argument.
    pub fn peer(&self, title: &str) -> String {
        format!("{title}@{}", self.running.address)
    }

    /// All that it was asked, as it wrote it down.
    pub fn transcript(&self) -> Vec<Value> {
        let path = self.folder.path().join("transcript.json");
        let text = std::fs::read_to_string(path).expect("a transcript");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The steps it was asked, in order.
    pub fn steps(&self) -> Vec<String> {
        let step = |entry: &Value| entry["step"].as_str().unwrap_or_default().to_owned();
        self.transcript().iter().map(step).collect()
    }

    /// Columns, rows and bytes of the images it got, in order.
    pub fn images(&self) -> Vec<(u32, u32, Vec<u8>)> {
        let number = |entry: &Value, key: &str| -> u32 {
            let text = entry["image"][key].as_str().expect("an image");
            text.parse().expect("a number")
        };
        let transcript = self.transcript();
        let images = transcript.iter().filter(|entry| entry["file"].is_string());
        images
            .map(|entry| {
                let file = entry["file"].as_str().expect("a name");
                let bytes = std::fs::read(self.folder.path().join(file)).expect("a file");
                (number(entry, "Columns"), number(entry, "Rows"), bytes)
            })
            .collect()
    }
}

/// What the CPU renderer makes of a file, as bytes of an image box.
pub fn rendered(path: &Path, size: (u32, u32), bits: u8) -> Vec<u8> {
    let image = Image::open(path).expect("an image");
    let request = RenderRequest {
        size: Some(size),
        bits,
        ..RenderRequest::default()
    };
    let attributes = DisplayAttributes::read(&image.file);
    let plan = DisplayPlan::for_render(&attributes, &image.pixels, FrameIndex(0), &request);
    let frame = image.decode(FrameIndex(0)).expect("a frame");
    match raster::render(&frame, &plan.expect("a plan")) {
        RenderedImage::Gray8 { data, .. } | RenderedImage::Rgb8 { data, .. } => data,
        RenderedImage::Gray16 { data, .. } => data.iter().flat_map(|l| l.to_le_bytes()).collect(),
    }
}

/// Prints files with our program.
pub fn print(data_dir: &Path, printer: &str, files: &[PathBuf], options: &[&str]) -> Output {
    let mut command = dgscope(data_dir);
    command.args(["--json", "print", printer]).args(files);
    if !options.contains(&"--film-size") {
        command.args(["--film-size", "8INX10IN"]);
    }
    command.args(options);
    command.output().expect("the program ends")
}

/// What it said, as JSON.
pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}
