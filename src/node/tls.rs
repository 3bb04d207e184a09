//! TLS 1.2 and 1.3 for both sides (PS3.15 annex B, BCP 195), and words for those who meet the other kind of port.
//!
//! Certificates are PEM files that are read when they are needed: a renewed one counts from the next connection or listener on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{
    CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName,
};
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{
    self, AlertDescription, ClientConfig, Error, InvalidMessage, RootCertStore, ServerConfig,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::messages::{ListenTls, TargetTls};
use super::stream::Stream;
use crate::store::Settings;

/// Where systems keep the authorities that they trust.
const SYSTEM_AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];
/// First byte of a TLS record that begins a handshake.
const HANDSHAKE: u8 = 0x16;
/// A fatal alert "protocol version", for callers that speak TLS to a plain port.
pub const ALERT: [u8; 7] = [0x15, 3, 1, 0, 2, 2, 70];

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of certificates or keys is missing or no PEM.
    #[error("cannot use {what} {path}: {reason}", path = path.display())]
    File {
        /// Which.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nobody is trusted.
    #[error("no authority to trust: name a CA file (--ca, or the setting tls.ca)")]
    NoAuthorities,
    /// Certificate and key do not do.
    #[error("the certificate cannot be used: {0}")]
    Certificate(#[from] Error),
    /// The authorities for callers do not do.
    #[error("the authorities for callers cannot be used: {0}")]
    ClientAuthorities(#[from] VerifierBuilderError),
    /// The host cannot stand in a certificate.
    #[error("the host is no name that a certificate can carry: {0}")]
    Host(#[from] InvalidDnsNameError),
    /// The other side speaks plain DICOM.
    #[error("{0}")]
    Plain(&'static str),
    /// The handshake failed.
    #[error("handshake: {0}")]
    Handshake(String),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn unusable(what: &'static str, path: &Path, reason: impl ToString) -> TlsError {
    TlsError::File {
        what,
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| unusable(what, path, error))?;
    if found.is_empty() {
        return Err(unusable(what, path, "there is no certificate in it"));
    }
    Ok(found)
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| unusable("key", path, error))
}

fn authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    // Some bundles hold certificates that rustls does not take; the others count.
    let (added, _) = roots.add_parsable_certificates(certificates("CA", path)?);
    match added {
        0 => Err(unusable("CA", path, "no certificate in it can be used")),
        _ => Ok(roots),
    }
}

/// Answers TLS on our port.
#[derive(Clone)]
pub struct Acceptor(TlsAcceptor);

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}

impl Acceptor {
    /// Reads certificate, key and authorities.
    pub fn read(files: &ListenTls) -> Result<Self, TlsError> {
        let chain = certificates("certificate", &files.certificate)?;
        let key = key(&files.key)?;
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
        let config = match &files.client_authorities {
            Some(path) => {
                let roots = Arc::new(authorities(path)?);
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(roots, provider()).build()?;
                config.with_client_cert_verifier(verifier)
            }
            None => config.with_no_client_auth(),
        };
        let config = config.with_single_cert(chain, key)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// What is under a connection that came in; nothing was read from it yet. `None` for a plain port.
pub async fn accept(stream: TcpStream, acceptor: Option<&Acceptor>) -> Result<Stream, TlsError> {
    let mut first = [0];
    let peeked = stream.peek(&mut first).await;
    let speaks_tls = matches!(peeked, Ok(1)) && first == [HANDSHAKE];
    let Some(Acceptor(acceptor)) = acceptor else {
        if speaks_tls {
            // Best effort: the caller's log then says more than "connection closed".
            let _ = stream.try_write(&ALERT);
            let words = "the caller speaks TLS, this port is plain (setting tls.enabled)";
            return Err(TlsError::Plain(words));
        }
        return Ok(stream.into());
    };
    if matches!(peeked, Ok(1)) && !speaks_tls {
        let words = "the caller speaks plain DICOM, this port wants TLS";
        return Err(TlsError::Plain(words));
    }
    let secured = acceptor.accept(stream).await;
    let secured = secured.map_err(|error| TlsError::Handshake(in_words(&error)))?;
    Ok(Stream::Tls(Box::new(TlsStream::Server(secured))))
}

/// Performs the handshake with a peer whose name must be in its certificate.
pub async fn connect(
    stream: TcpStream,
    host: &str,
    choice: &TargetTls,
    settings: &Settings,
) -> Result<Stream, TlsError> {
    let named = choice.authorities.clone();
    let configured = Some(&settings.tls_ca).filter(|path| !path.is_empty());
    let system = || {
        SYSTEM_AUTHORITIES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
    };
    let roots = named
        .or_else(|| configured.map(PathBuf::from))
        .or_else(system)
        .ok_or(TlsError::NoAuthorities)?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_root_certificates(authorities(&roots)?);
    // Ours is shown where the peer wants to see one.
    let config = if settings.tls_cert.is_empty() || settings.tls_key.is_empty() {
        config.with_no_client_auth()
    } else {
        let chain = certificates("certificate", Path::new(&settings.tls_cert))?;
        config.with_client_auth_cert(chain, key(Path::new(&settings.tls_key))?)?
    };
    let name = ServerName::try_from(host.to_owned())?;
    let connected = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    match connected {
        Ok(stream) => Ok(Stream::Tls(Box::new(TlsStream::Client(stream)))),
        Err(error) if is_plain(&error) => Err(TlsError::Plain(
            "the peer answered in plain DICOM: its port does not speak TLS",
        )),
        Err(error) if is_other_version(&error) => Err(TlsError::Plain(
            "the peer's port does not speak TLS, or none that is safe (1.2 or 1.3)",
        )),
        Err(error) if is_closed(&error) => Err(TlsError::Handshake(
            "the peer closed the connection; perhaps its port does not speak TLS, or it wants a certificate of ours".to_owned(),
        )),
        Err(error) => Err(TlsError::Handshake(in_words(&error))),
    }
}

fn cause(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn is_plain(error: &io::Error) -> bool {
    matches!(
        cause(error),
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType))
    )
}

fn is_other_version(error: &io::Error) -> bool {
    matches!(
        cause(error),
        Some(Error::AlertReceived(AlertDescription::ProtocolVersion))
    )
}

fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe
    )
}

fn in_words(error: &io::Error) -> String {
    match cause(error) {
        Some(error) => error.to_string(),
        None => error.to_string(),
    }
}
