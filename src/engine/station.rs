//! Who runs on a store: the text of its lock, written by the window and `serve`, read by every other command.

use std::net::SocketAddr;
use std::path::Path;

use super::Failure;
use crate::dicom::AeTitle;
use crate::store::{self, Store};

/// The text of the lock: process, address, AE title.
pub(super) fn describe(listening: Option<(SocketAddr, &str)>) -> String {
    let pid = std::process::id();
    match listening {
        Some((address, title)) => format!("pid {pid}, {address}, {title}"),
        None => format!("pid {pid}"),
    }
}

/// The AE title in the text of a lock, if its holder listens.
fn title_of(text: &str) -> Option<AeTitle> {
    let title = text.splitn(3, ", ").nth(2)?;
    AeTitle::try_from(title).ok()
}

/// Whether a window or `serve` runs on the store of `data_dir`.
pub fn is_served(data_dir: &Path) -> bool {
    store::holder(data_dir).is_some()
}

/// Our AE title on the wire: the running node's of this store, else the settings'.
pub(super) fn own_title(store: &Store, data_dir: &Path) -> Result<AeTitle, Failure> {
    match listening_title(data_dir) {
        Some(title) => Ok(title),
        None => Ok(store.settings()?.station_ae_title),
    }
}

/// The AE title of the node of this store that listens, if any does.
pub(super) fn listening_title(data_dir: &Path) -> Option<AeTitle> {
    store::holder(data_dir).as_deref().and_then(title_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_tells_the_title_of_a_listening_node_only() {
        let address = SocketAddr::from(([127, 0, 0, 1], 104));
        let text = describe(Some((address, "A, B")));
        assert_eq!(title_of(&text).as_ref().map(AeTitle::as_str), Some("A, B"));
        assert_eq!(title_of(&describe(None)), None);
    }
}
