//! Objects on their way out: what a file is, and its data set as blocks, as stored or converted while it is sent.
//!
//! At most three blocks of an object are in memory, converted or not; a frame that is decompressed is one more.

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

/// A data set in blocks; an empty one is the end.
#[derive(Debug)]
pub struct Blocks {
    first: Option<Vec<u8>>,
    further: mpsc::Receiver<Result<Vec<u8>, String>>,
}

impl Blocks {
    /// Starts to make blocks of `object` in `syntax` and waits for the first, so that most failures show before anything is sent.
    pub async fn open(object: &Object, syntax: &'static TransferSyntax) -> Result<Self, String> {
        let (sender, mut further) = mpsc::channel(BLOCKS_AHEAD);
        let object = object.clone();
        spawn_blocking(move || {
            let mut sink = BlockSink {
                block: Vec::with_capacity(BLOCK_BYTES),
                sender,
            };
            let made = if syntax == object.syntax {
                copy(&object, &mut sink).map_err(|error| format!("cannot be read: {error}"))
            } else {
                convert(&object, syntax.encoding, &mut sink)
            };
            // If nobody listens any more, nobody wants to know.
            let _ = match made.and_then(|()| sink.flush().map_err(|error| error.to_string())) {
                Ok(()) => sink.sender.blocking_send(Ok(Vec::new())),
                Err(reason) => sink.sender.blocking_send(Err(reason)),
            };
        });
        match further.recv().await {
            Some(Ok(block)) => Ok(Self {
                first: Some(block),
                further,
            }),
            Some(Err(reason)) => Err(reason),
            None => Err("cannot be read: an internal error".to_owned()),
        }
    }

    async fn next(&mut self) -> Result<Vec<u8>, String> {
        match self.first.take() {
            Some(block) => Ok(block),
            None => match self.further.recv().await {
                Some(block) => block,
                None => Err("cannot be read to its end: an internal error".to_owned()),
            },
        }
    }
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

/// The bytes as they are stored.
fn copy(object: &Object, sink: &mut BlockSink) -> io::Result<()> {
    let mut file = File::open(&object.path)?;
    file.seek(SeekFrom::Start(object.data_set_offset))?;
    loop {
        let space = BLOCK_BYTES as u64;
        let count = (&mut file).take(space).read_to_end(&mut sink.block)?;
        if count == 0 {
            return Ok(());
        }
        sink.flush()?;
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
            Ok(block) => Some(block).filter(|block| !block.is_empty()),
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
        }
        if is_last {
            return Ok(());
        }
        held = next;
    }
}
