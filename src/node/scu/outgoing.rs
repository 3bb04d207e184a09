//! Objects on their way out: what a file is, and its data set as blocks, as stored or converted while it is sent.
//!
//! At most three blocks of an object are in memory, converted or not; a frame that is decompressed is one more. What goes out as
//! it is stored is read between two writes, on the operation's own thread; what is converted, on another.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use dicom_dictionary_std::uids;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::dicom::scan::ScanError;
use crate::dicom::transfer_syntax::PixelCodec;
use crate::dicom::{
    DicomFile, Encoding, ScanOptions, SopClassUid, SopInstanceUid, TransferSyntax, tags,
};
use crate::imaging::transcode;
use crate::node::association::{Association, Ended};

/// Bytes of a block.
const BLOCK_BYTES: usize = 256 * 1024;
/// Blocks made ahead of the network.
const BLOCKS_AHEAD: usize = 1;

/// A file as it will be sent.
#[derive(Debug, Clone)]
pub struct Object {
    /// The file.
    pub path: PathBuf,
    /// Its class.
    pub sop_class: SopClassUid,
    /// Its instance.
    pub sop_instance: SopInstanceUid,
    /// The syntax it is stored in.
    pub syntax: &'static TransferSyntax,
    data_set_offset: u64,
}

/// Why a file cannot be sent, in words.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    /// No DICOM object: another kind of file, or the directory of a medium.
    #[error("{0}")]
    NotDicom(&'static str),
    /// An object that is not whole or has no identity.
    #[error("{0}")]
    Broken(String),
}

/// Reads what a file is.
pub fn describe(path: &Path) -> Result<Object, Unsendable> {
    let file = match DicomFile::open(path, &ScanOptions::INDEX) {
        Err(ScanError::NotDicom) => return Err(Unsendable::NotDicom("not DICOM")),
        other => other.map_err(|error| Unsendable::Broken(error.to_string()))?,
    };
    if file.meta.media_storage_sop_class_uid == uids::MEDIA_STORAGE_DIRECTORY_STORAGE {
        return Err(Unsendable::NotDicom("a DICOMDIR is no object"));
    }
    if file.truncated.is_some() {
        return Err(Unsendable::Broken("the file breaks off".to_owned()));
    }
    let text = |tag| file.data_set.text(tag).unwrap_or_default();
    let named = |value: String, meta: &str| {
        if value.is_empty() {
            meta.to_owned()
        } else {
            value
        }
    };
    let class = named(
        text(tags::SOP_CLASS_UID),
        &file.meta.media_storage_sop_class_uid,
    );
    let instance = named(
        text(tags::SOP_INSTANCE_UID),
        &file.meta.media_storage_sop_instance_uid,
    );
    Ok(Object {
        path: path.to_owned(),
        sop_class: SopClassUid::parse(&class)
            .map_err(|_| Unsendable::Broken("no SOP Class UID".to_owned()))?,
        sop_instance: SopInstanceUid::parse(&instance)
            .map_err(|_| Unsendable::Broken("no SOP Instance UID".to_owned()))?,
        syntax: file.syntax,
        data_set_offset: file.data_set_offset,
    })
}

/// The context that an object goes out on: in its stored syntax if the peer takes it, else in the first uncompressed one.
pub fn choose_context(
    association: &Association,
    object: &Object,
) -> Option<(u8, &'static TransferSyntax)> {
    let of_class = || {
        let contexts = association.contexts().iter();
        contexts.filter(|(_, context)| context.sop_class == object.sop_class)
    };
    of_class()
        .find(|(_, context)| context.syntax == object.syntax)
        .or_else(|| of_class().find(|(_, context)| context.syntax.codec == PixelCodec::Native))
        .map(|(id, context)| (*id, context.syntax))
}

/// Blocks that were sent and may be filled again.
pub type Spare = Vec<Vec<u8>>;

/// A data set in blocks; an empty one is the end.
#[derive(Debug)]
pub struct Blocks {
    first: Option<Vec<u8>>,
    further: Further,
    /// Blocks to fill again: new memory for every object costs more than the reading.
    pub spare: Spare,
}

/// Where blocks come from.
#[derive(Debug)]
enum Further {
    /// A file, in blocks of so many bytes.
    Stored(File, usize),
    /// Who converts.
    Converted(mpsc::Receiver<Result<Vec<u8>, String>>),
}

impl Blocks {
    /// Starts to make blocks of `object` in `syntax` and waits for the first, so that most failures show before anything is sent.
    /// `fragment_bytes` is what goes into one PDU: blocks are made of whole ones.
    pub async fn open(
        object: &Object,
        syntax: &'static TransferSyntax,
        fragment_bytes: usize,
        spare: Spare,
    ) -> Result<Self, String> {
        let further = if syntax == object.syntax {
            let whole = (BLOCK_BYTES / fragment_bytes).max(1) * fragment_bytes;
            open_stored(object)
                .map(|file| Further::Stored(file, whole.min(BLOCK_BYTES)))
                .map_err(|error| format!("cannot be read: {error}"))?
        } else {
            Further::Converted(start_conversion(object.clone(), syntax.encoding))
        };
        let mut blocks = Self {
            first: None,
            further,
            spare,
        };
        blocks.first = Some(blocks.next().await?);
        Ok(blocks)
    }

    async fn next(&mut self) -> Result<Vec<u8>, String> {
        if let Some(block) = self.first.take() {
            return Ok(block);
        }
        match &mut self.further {
            Further::Stored(file, bytes) => {
                let block = self.spare.pop().unwrap_or_default();
                fill(file, *bytes, block).map_err(|error| format!("cannot be read: {error}"))
            }
            Further::Converted(receiver) => receiver
                .recv()
                .await
                .unwrap_or_else(|| Err("cannot be read to its end: an internal error".to_owned())),
        }
    }
}

/// Opens a file at its data set.
fn open_stored(object: &Object) -> io::Result<File> {
    let mut file = File::open(&object.path)?;
    file.seek(SeekFrom::Start(object.data_set_offset))?;
    Ok(file)
}

/// Fills a block from the file; only at the file's end it is shorter.
fn fill(file: &mut File, bytes: usize, mut block: Vec<u8>) -> io::Result<Vec<u8>> {
    block.resize(bytes, 0);
    let mut filled = 0;
    while filled < bytes {
        match file.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    block.truncate(filled);
    Ok(block)
}

/// Converts on another thread, a few blocks ahead.
fn start_conversion(object: Object, encoding: Encoding) -> mpsc::Receiver<Result<Vec<u8>, String>> {
    let (sender, receiver) = mpsc::channel(BLOCKS_AHEAD);
    spawn_blocking(move || {
        let mut sink = BlockSink {
            block: Vec::with_capacity(BLOCK_BYTES),
            sender,
        };
        let made = convert(&object, encoding, &mut sink);
        // If nobody listens any more, nobody wants to know.
        let _ = match made.and_then(|()| sink.flush().map_err(|error| error.to_string())) {
            Ok(()) => sink.sender.blocking_send(Ok(Vec::new())),
            Err(reason) => sink.sender.blocking_send(Err(reason)),
        };
    });
    receiver
}

/// Collects what is written into blocks.
struct BlockSink {
    block: Vec<u8>,
    sender: mpsc::Sender<Result<Vec<u8>, String>>,
}

impl Write for BlockSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let take = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..take]);
        if self.block.len() == BLOCK_BYTES {
            self.flush()?;
        }
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        self.sender
            .blocking_send(Ok(block))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

fn convert(object: &Object, encoding: Encoding, sink: &mut BlockSink) -> Result<(), String> {
    let file = DicomFile::open(&object.path, &ScanOptions::INDEX)
        .map_err(|error| format!("cannot be read: {error}"))?;
    transcode::write(file, encoding, sink)
        .map_err(|error| format!("cannot be written uncompressed: {error}"))
}

/// Why an object did not get through.
#[derive(Debug)]
pub enum Interrupted {
    /// The association ended.
    Association(Ended),
    /// The object turned out broken in the middle, so we ended the association; others can go on a new one.
    Object(String),
}

impl From<Ended> for Interrupted {
    fn from(ended: Ended) -> Self {
        Self::Association(ended)
    }
}

/// Sends a data set block by block, the last one marked as such.
pub async fn send_blocks(
    association: &mut Association,
    context_id: u8,
    blocks: &mut Blocks,
    stop: &CancellationToken,
) -> Result<(), Interrupted> {
    let mut held: Option<Vec<u8>> = None;
    loop {
        let next = match blocks.next().await {
            Ok(block) if block.is_empty() => {
                blocks.spare.push(block);
                None
            }
            Ok(block) => Some(block),
            Err(reason) => {
                association.abort("an object broke off").await;
                return Err(Interrupted::Object(reason));
            }
        };
        if stop.is_cancelled() {
            return Err(association.abort("cancelled").await.into());
        }
        let is_last = next.is_none();
        if let Some(block) = held.take().or_else(|| is_last.then(Vec::new)) {
            association.send_data(context_id, &block, is_last).await?;
            blocks.spare.push(block);
        }
        if is_last {
            return Ok(());
        }
        held = next;
    }
}
