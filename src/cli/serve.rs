//! `dgscope serve`: the node without a window.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Globals, output};
use crate::engine::{
    Engine, EngineOptions, Event, Failure, FailureKind, ListenOverrides, ListenTls, NodeState,
};

/// Arguments of `serve`. Options count for this run, else the settings do.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on [default: setting station.bind]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<std::net::IpAddr>,
    /// Port to listen on, 0 for a free one [default: setting station.port]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Our AE title [default: setting station.ae-title]
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub ae_title: Option<crate::dicom::AeTitle>,
    /// Let calling AE titles in that are not on the access list
    #[arg(long)]
    pub accept_unknown: bool,
    /// Speak TLS on the port, with --cert and --key
    #[arg(long, requires = "cert", requires = "key")]
    pub tls: bool,
    /// Our certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub key: Option<PathBuf>,
    /// Let only callers in that show a certificate of these authorities (PEM)
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub client_ca: Option<PathBuf>,
}

impl ServeArgs {
    fn tls(&self) -> Option<ListenTls> {
        let (Some(certificate), Some(key)) = (&self.cert, &self.key) else {
            return None;
        };
        Some(ListenTls {
            certificate: certificate.clone(),
            key: key.clone(),
            client_authorities: self.client_ca.clone(),
        })
    }
}

/// Runs the command: until SIGINT or SIGTERM.
pub fn run(args: &ServeArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let options = EngineOptions {
        data_dir: globals.data_directory()?,
        server: true,
        run_node: true,
        listen: ListenOverrides {
            bind: args.bind,
            port: args.port,
            ae_title: args.ae_title.clone(),
            accept_unknown: args.accept_unknown,
            tls: args.tls(),
        },
        catch_signals: true,
        ..EngineOptions::default()
    };
    let engine = Engine::start(options, Box::new(|| ()))?;
    let mut ready = false;
    while let Some(event) = engine.next() {
        match event {
            Event::NodeState(NodeState::Listening {
                ae_title, address, ..
            }) if !ready => {
                ready = true;
                tell_ready(globals, &ae_title, address);
            }
            Event::NodeState(NodeState::Failed(reason)) => {
                let message = format!("serve: listen: {reason}");
                return Err(Failure::new(FailureKind::Environment, message));
            }
            Event::CallerRefused {
                calling,
                host,
                reason,
                curable,
            } => output::say(&refusal(&calling, &host, &reason, curable)),
            Event::Notice(failure) | Event::Refused(failure) => output::say(&failure.message),
            Event::EndRequested => break,
            _ => {}
        }
    }
    engine.shutdown();
    Ok(ExitCode::SUCCESS)
}

fn tell_ready(globals: &Globals, ae_title: &str, address: SocketAddr) {
    if globals.json {
        output::json(&serde_json::json!({
            "address": address.ip().to_string(),
            "port": address.port(),
            "ae_title": ae_title,
        }));
    } else {
        output::line(&format!("listening on {address} as {ae_title}"));
    }
}

/// A refusal with the one command that would have prevented it.
fn refusal(calling: &str, host: &str, reason: &str, curable: bool) -> String {
    let caller = match calling {
        "" => "a caller",
        calling => calling,
    };
    let mut line = format!("refused {caller} from {host}: {reason}");
    if curable {
        // As a shell takes it: a title may hold spaces and quotes.
        let plain = calling
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let title = if plain {
            calling.to_owned()
        } else {
            format!("'{}'", calling.replace('\'', r"'\''"))
        };
        line.push_str(&format!("; to let it in: dgscope peer allow {title}"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_command_that_cures_it() {
        let line = refusal("MY CT", "10.0.0.9", "not on the access list", true);
        assert!(line.ends_with("dgscope peer allow 'MY CT'"), "{line}");
        assert!(!refusal("CT", "10.0.0.9", "too many associations", false).contains("allow"));
    }
}
