//! The AE table and the access list (statement section 6).

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
