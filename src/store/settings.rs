//! Settings of this store, typed; the database holds them by key (`settings` in cli.md).

use std::net::IpAddr;
use std::time::Duration;

use super::{Store, StoreError};
use crate::dicom::AeTitle;

/// All settings. `Default` is what a new store has.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `station.ae-title`
    pub station_ae_title: AeTitle,
    /// `station.port`
    pub station_port: u16,
    /// `station.bind`
    pub station_bind: IpAddr,
    /// `station.serial`: last component of our implementation class UID.
    pub station_serial: u32,
    /// `network.max-associations`
    pub network_max_associations: u32,
    /// `network.max-pdu`, bytes offered to peers.
    pub network_max_pdu: u32,
    /// `network.check-called-title`: refuse associations for another called AE title.
    pub network_check_called_title: bool,
    /// `network.accept-unknown`: accept calling AE titles outside the access list.
    pub network_accept_unknown: bool,
    /// `timers.artim`: from connection to A-ASSOCIATE-RQ, and after our abort or release.
    pub timers_artim: Duration,
    /// `timers.negotiation`: the whole negotiation.
    pub timers_negotiation: Duration,
    /// `timers.idle`: between messages on an association.
    pub timers_idle: Duration,
    /// `timers.message`: from the first to the last byte of one message making no progress.
    pub timers_message: Duration,
    /// `timers.send`: a blocked send.
    pub timers_send: Duration,
    /// `timers.response`: an answer to C-ECHO, C-FIND, C-STORE.
    pub timers_response: Duration,
    /// `timers.connect`
    pub timers_connect: Duration,
    /// `store.minimum-free`, bytes that must stay free on the disk.
    pub store_minimum_free: u64,
    /// `store.duplicate-status`: D000 or 0111 for different data under a known UID.
    pub store_duplicate_status: u16,
}

impl Store {
    /// The settings as they are now.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        Err(StoreError::Closed)
    }

    /// The settings as keys and values, in the order of the documentation.
    pub fn settings_as_pairs(&self) -> Result<Vec<(String, String)>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Changes settings, all or none, in one transaction with its audit row; returns them as they are then.
    pub fn change_settings(&self, changes: &[(String, String)]) -> Result<Settings, StoreError> {
        let _ = changes;
        Err(StoreError::Closed)
    }
}
