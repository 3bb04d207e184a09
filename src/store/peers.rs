//! The AE table and the access list (statement section 6).

use super::{Store, StoreError};
use crate::dicom::AeTitle;

/// A remote application entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The name people use.
    pub name: String,
    /// Its AE title.
    pub ae_title: AeTitle,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Roles: any of store, query, print.
    pub roles: Vec<String>,
}

/// One entry of the access list: who may call us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The calling AE title.
    pub ae_title: AeTitle,
    /// Only from this host, if given.
    pub host: Option<String>,
}

impl Store {
    /// All peers by name.
    pub fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Adds or replaces the peer of this name; audited.
    pub fn save_peer(&self, peer: &Peer) -> Result<(), StoreError> {
        let _ = peer;
        Err(StoreError::Closed)
    }

    /// Removes a peer; false when there was none. Audited.
    pub fn remove_peer(&self, name: &str) -> Result<bool, StoreError> {
        let _ = name;
        Err(StoreError::Closed)
    }

    /// The access list by title.
    pub fn access(&self) -> Result<Vec<Access>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Lets a calling AE title in; audited.
    pub fn allow(&self, access: &Access) -> Result<(), StoreError> {
        let _ = access;
        Err(StoreError::Closed)
    }

    /// Takes a calling AE title off the access list; false when it was not on it. Audited.
    pub fn deny(&self, calling: &AeTitle) -> Result<bool, StoreError> {
        let _ = calling;
        Err(StoreError::Closed)
    }

    /// Whether `calling` may talk to us from `host` (access list only; `accept-unknown` is the caller's business).
    pub fn is_allowed(&self, calling: &AeTitle, host: &str) -> Result<bool, StoreError> {
        let _ = (calling, host);
        Err(StoreError::Closed)
    }
}
