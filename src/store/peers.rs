//! The AE table and the access list (statement section 6).

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Store, StoreError, audit};
use crate::dicom::AeTitle;
use crate::dicom::charset::CharacterSet;

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
    /// Whether it is called by TLS.
    pub tls: bool,
    /// Path of the authorities that must have signed its certificate; empty: as the settings say.
    pub tls_ca: String,
    /// Whether its commitment reports go out on a new association even while the asking one is open.
    pub reports_on_new: bool,
    /// How its text is read when it names no character set, and written where it can be: values of (0008,0005).
    pub character_set: String,
    /// Whether we retrieve by C-GET, because it does not know us.
    pub retrieve_by_get: bool,
}

impl Peer {
    /// A peer that is asked in the usual ways.
    pub fn new(name: &str, ae_title: AeTitle, host: &str, port: u16, roles: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            ae_title,
            host: host.to_owned(),
            port,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            character_set: PEER_CHARACTER_SET.to_owned(),
            retrieve_by_get: false,
            tls: false,
            tls_ca: String::new(),
            reports_on_new: false,
        }
    }
}

/// What text of a peer is read as unless its entry says otherwise.
pub const PEER_CHARACTER_SET: &str = "ISO_IR 100";

/// One entry of the access list: who may call us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The calling AE title.
    pub ae_title: AeTitle,
    /// Only from this host, if given.
    pub host: Option<String>,
}

/// The roles a peer can have.
pub const ROLES: [&str; 3] = ["store", "query", "print"];

/// A column as an AE title; only valid ones are ever written.
fn ae_title(row: &Row<'_>, column: usize) -> rusqlite::Result<AeTitle> {
    let text: String = row.get(column)?;
    AeTitle::try_from(text.as_str()).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}

impl Store {
    /// All peers by name.
    pub fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, ae_title, host, port, roles, tls, tls_ca, reports_on_new,
                        character_set, retrieve_by_get
                 FROM peer ORDER BY name",
            )?;
            let rows = statement.query_map([], |row| {
                let roles: String = row.get(4)?;
                Ok(Peer {
                    name: row.get(0)?,
                    ae_title: ae_title(row, 1)?,
                    host: row.get(2)?,
                    port: row.get(3)?,
                    roles: roles
                        .split(',')
                        .filter(|r| !r.is_empty())
                        .map(str::to_owned)
                        .collect(),
                    tls: row.get(5)?,
                    tls_ca: row.get(6)?,
                    reports_on_new: row.get(7)?,
                    character_set: row.get(8)?,
                    retrieve_by_get: row.get(9)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds or replaces the peer of this name; audited.
    pub fn save_peer(&self, peer: &Peer) -> Result<(), StoreError> {
        check(peer)?;
        let peer = peer.clone();
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT OR REPLACE INTO peer (name, ae_title, host, port, roles, tls, tls_ca, reports_on_new,
                                              character_set, retrieve_by_get)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    peer.name,
                    peer.ae_title.as_str(),
                    peer.host,
                    peer.port,
                    peer.roles.join(","),
                    peer.tls,
                    peer.tls_ca,
                    peer.reports_on_new,
                    peer.character_set,
                    peer.retrieve_by_get
                ],
            )?;
            let details = format!(
                "saved {}: {}@{}:{}{}, {}",
                peer.name,
                peer.ae_title,
                peer.host,
                peer.port,
                if peer.tls { "+tls" } else { "" },
                peer.roles.join(" ")
            );
            audit::write(connection, "peer", &details)
        })
    }

    /// Removes a peer; false when there was none. Audited.
    pub fn remove_peer(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.inner.station.write(move |connection| {
            let removed = connection.execute("DELETE FROM peer WHERE name = ?1", [&name])?;
            audit_if(connection, removed, "peer", &format!("removed {name}"))
        })
    }

    /// The access list by title.
    pub fn access(&self) -> Result<Vec<Access>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT ae_title, host FROM access ORDER BY ae_title, host")?;
            let rows = statement.query_map([], |row| {
                let host: String = row.get(1)?;
                Ok(Access {
                    ae_title: ae_title(row, 0)?,
                    host: Some(host).filter(|host| !host.is_empty()),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Lets a calling AE title in; audited.
    pub fn allow(&self, access: &Access) -> Result<(), StoreError> {
        let title = access.ae_title.as_str().to_owned();
        let host = access.host.clone().unwrap_or_default();
        self.inner.station.write(move |connection| {
            let added = connection.execute(
                "INSERT OR IGNORE INTO access (ae_title, host) VALUES (?1, ?2)",
                [&title, &host],
            )?;
            let from = if host.is_empty() { "any host" } else { &host };
            audit_if(
                connection,
                added,
                "access",
                &format!("allowed {title} from {from}"),
            )?;
            Ok(())
        })
    }

    /// Takes a calling AE title off the access list; false when it was not on it. Audited.
    pub fn deny(&self, calling: &AeTitle) -> Result<bool, StoreError> {
        let title = calling.as_str().to_owned();
        self.inner.station.write(move |connection| {
            let removed = connection.execute("DELETE FROM access WHERE ae_title = ?1", [&title])?;
            audit_if(connection, removed, "access", &format!("denied {title}"))
        })
    }

    /// Whether `calling` may talk to us from `host` (access list only; `accept-unknown` is the caller's business).
    pub fn is_allowed(&self, calling: &AeTitle, host: &str) -> Result<bool, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT 1 FROM access WHERE ae_title = ?1 AND host IN ('', ?2) LIMIT 1",
            )?;
            let found = statement.query_row([calling.as_str(), host], |_| Ok(()));
            Ok(found.optional()?.is_some())
        })
    }
}

/// Writes the audit row if anything changed, and says whether.
fn audit_if(
    connection: &Connection,
    changed: usize,
    action: &str,
    details: &str,
) -> Result<bool, StoreError> {
    if changed > 0 {
        audit::write(connection, action, details)?;
    }
    Ok(changed > 0)
}

fn terms_of(character_set: &str) -> Vec<String> {
    character_set.split('\\').map(str::to_owned).collect()
}

fn check(peer: &Peer) -> Result<(), StoreError> {
    let name_is_plain = !peer.name.is_empty()
        && peer.name.chars().count() <= 64
        && !peer.name.contains(['@', '=', '\\', '/'])
        && !peer.name.chars().any(char::is_control);
    if !name_is_plain {
        let reason = "a peer's name has 1 to 64 characters without @ = \\ /";
        return Err(StoreError::Input(reason.into()));
    }
    if !CharacterSet::new(&terms_of(&peer.character_set)).is_known() {
        let reason = format!("unknown character set {}", peer.character_set);
        return Err(StoreError::Input(reason));
    }
    if peer.host.trim().is_empty() || peer.port == 0 {
        return Err(StoreError::Input("a peer needs a host and a port".into()));
    }
    match peer
        .roles
        .iter()
        .find(|role| !ROLES.contains(&role.as_str()))
    {
        Some(role) => Err(StoreError::Input(format!(
            "unknown role {role}; roles are {}",
            ROLES.join(", ")
        ))),
        None => Ok(()),
    }
}
