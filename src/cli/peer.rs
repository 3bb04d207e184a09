//! `dgscope peer`: the AE table and the access list.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;

use super::session::Session;
use super::{Globals, output};
use crate::dicom::AeTitle;
use crate::engine::{Access, Command, Event, Failure, FailureKind, Peer};

/// Arguments of `peer`.
#[derive(Debug, clap::Args)]
pub struct PeerArgs {
    /// What to do
    #[command(subcommand)]
    pub action: PeerAction,
}

/// What `peer` does.
#[derive(Debug, clap::Subcommand)]
pub enum PeerAction {
    /// Add or replace a peer
    Add {
        /// The name people use
        name: String,
        /// Its AE title
        #[arg(value_parser = super::keys::ae_title)]
        ae_title: AeTitle,
        /// Host name or address
        host: String,
        /// Port
        #[arg(value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
        /// What it is for: any of store, query, print
        #[arg(long, value_delimiter = ',', default_value = "store", value_parser = ["store", "query", "print"])]
        roles: Vec<String>,
        /// Let its AE title call us too
        #[arg(long)]
        allow: bool,
        /// Call it by TLS
        #[arg(long)]
        tls: bool,
        /// Authorities that must have signed its certificate (PEM); else those of the setting tls.ca or the system
        #[arg(long, value_name = "FILE", requires = "tls")]
        ca: Option<PathBuf>,
        /// Send it commitment reports on a new association even while the asking one is open
        #[arg(long)]
        reports_on_new: bool,
        /// How its text is read when it names no character set, and keys are written if they can be
        #[arg(long, value_name = "TERMS", default_value = crate::engine::PEER_CHARACTER_SET)]
        charset: String,
        /// Retrieve from it by C-GET, because it does not know us
        #[arg(long)]
        get: bool,
    },
    /// Let a calling AE title in
    Allow {
        /// The calling AE title
        #[arg(value_parser = super::keys::ae_title)]
        ae_title: AeTitle,
        /// Only from this host
        #[arg(long, value_name = "H")]
        host: Option<String>,
    },
    /// Take a calling AE title off the access list
    Deny {
        /// The calling AE title
        #[arg(value_parser = super::keys::ae_title)]
        ae_title: AeTitle,
    },
    /// Remove a peer
    Remove {
        /// Its name
        name: String,
    },
    /// List peers and access list
    List,
}

/// Runs the command.
pub fn run(args: &PeerArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let session = Session::start(globals)?;
    match &args.action {
        PeerAction::Add {
            name,
            ae_title,
            host,
            port,
            roles,
            allow,
            tls,
            ca,
            reports_on_new,
            charset,
            get,
        } => {
            if name.is_empty() || name.contains(['@', '=']) {
                let message = format!("peer add: not a name (no @ or =): {name:?}");
                return Err(Failure::new(FailureKind::Input, message));
            }
            let peer = Peer {
                roles: roles.clone(),
                tls: *tls,
                tls_ca: ca.as_deref().map(absolute).transpose()?.unwrap_or_default(),
                reports_on_new: *reports_on_new,
                character_set: charset.clone(),
                retrieve_by_get: *get,
                ..Peer::new(name, ae_title.clone(), host, *port, &[])
            };
            let mut lists = ask(&session, Command::SavePeer(peer))?;
            if *allow {
                let access = Access {
                    ae_title: ae_title.clone(),
                    host: None,
                };
                lists = ask(&session, Command::Allow(access))?;
            }
            show(globals, &lists)
        }
        PeerAction::Allow { ae_title, host } => {
            let access = Access {
                ae_title: ae_title.clone(),
                host: host.clone(),
            };
            show(globals, &ask(&session, Command::Allow(access))?)
        }
        PeerAction::Deny { ae_title } => {
            show(globals, &ask(&session, Command::Deny(ae_title.clone()))?)
        }
        PeerAction::Remove { name } => {
            show(globals, &ask(&session, Command::RemovePeer(name.clone()))?)
        }
        PeerAction::List => show(globals, &ask(&session, Command::ListPeers)?),
    }
}

/// A path as the running node finds it too.
fn absolute(path: &Path) -> Result<String, Failure> {
    let found = path.canonicalize().map_err(|error| {
        let message = format!("peer add: {}: {error}", path.display());
        Failure::new(FailureKind::Input, message)
    })?;
    Ok(found.display().to_string())
}

type Lists = (Arc<Vec<Peer>>, Arc<Vec<Access>>);

fn ask(session: &Session, command: Command) -> Result<Lists, Failure> {
    session.ask(command, |event| match event {
        Event::Peers(peers, access) => Some((peers, access)),
        _ => None,
    })
}

/// Prints both lists as one: peers, then the titles that may call without being a peer of ours.
fn show(globals: &Globals, (peers, access): &Lists) -> Result<ExitCode, Failure> {
    let allowed = |title: &AeTitle| access.iter().any(|entry| entry.ae_title == *title);
    let strangers: Vec<&Access> = access
        .iter()
        .filter(|entry| !peers.iter().any(|peer| peer.ae_title == entry.ae_title))
        .collect();
    if globals.json {
        let known = peers.iter().map(|peer| {
            json!({
                "name": peer.name,
                "ae_title": peer.ae_title.as_str(),
                "host": peer.host,
                "port": peer.port,
                "roles": peer.roles,
                "tls": peer.tls,
                "reports_on_new": peer.reports_on_new,
                "charset": peer.character_set,
                "retrieve": if peer.retrieve_by_get { "get" } else { "move" },
                "allowed": allowed(&peer.ae_title),
            })
        });
        let others = strangers.iter().map(|entry| {
            json!({
                "name": null,
                "ae_title": entry.ae_title.as_str(),
                "host": entry.host,
                "port": null,
                "roles": [],
                "tls": false,
                "reports_on_new": false,
                "charset": null,
                "retrieve": null,
                "allowed": true,
            })
        });
        output::json(&known.chain(others).collect());
        return Ok(ExitCode::SUCCESS);
    }
    let yes_no = |yes| if yes { "yes" } else { "no" }.to_owned();
    let known = peers.iter().map(|peer| {
        vec![
            peer.name.clone(),
            peer.ae_title.to_string(),
            peer.host.clone(),
            format!("{}{}", peer.port, if peer.tls { "+tls" } else { "" }),
            peer.roles.join(","),
            yes_no(allowed(&peer.ae_title)),
        ]
    });
    let others = strangers.iter().map(|entry| {
        let host = entry.host.clone().unwrap_or_else(|| "any".to_owned());
        let none = || "-".to_owned();
        let title = entry.ae_title.to_string();
        vec![none(), title, host, none(), none(), yes_no(true)]
    });
    let rows: Vec<Vec<String>> = known.chain(others).collect();
    let heading = ["NAME", "AE TITLE", "HOST", "PORT", "ROLES", "MAY CALL"];
    output::line(&output::table(&heading, &rows));
    Ok(ExitCode::SUCCESS)
}
