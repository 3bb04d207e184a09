//! TLS under associations: both sides, mutual certificates, and words for who meets the other kind of port.

use std::fs;
use std::path::{Path, PathBuf};

use dgscope::node::{ListenOptions, ListenTls, NodeEvent, NodeRequest, Target, TargetTls};

use super::loopback::{Station, next, title};

/// Certificates of one authority, as files.
struct Authority {
    folder: tempfile::TempDir,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("written");
        let issuer = rcgen::Issuer::new(params, key);
        Self { folder, issuer }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate and key for loopback.
    fn certificate(&self, name: &str) -> (PathBuf, PathBuf) {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let params = rcgen::CertificateParams::new(names).expect("names");
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        let (pem, key_pem) = (
            self.path(&format!("{name}.pem")),
            self.path(&format!("{name}.key")),
        );
        fs::write(&pem, certificate.pem()).expect("written");
        fs::write(&key_pem, key.serialize_pem()).expect("written");
        (pem, key_pem)
    }
}

/// Makes a station listen by TLS instead.
fn listen(station: &mut Station, files: ListenTls) {
    let options = ListenOptions {
        port: Some(0),
        tls: Some(files),
        ..ListenOptions::default()
    };
    station
        .node
        .send(NodeRequest::Listen(options))
        .expect("room");
    station.address = loop {
        match next(&station.events) {
            NodeEvent::Listening { address, .. } => break address,
            NodeEvent::ListenFailed(reason) => panic!("{reason}"),
            _ => {}
        }
    };
}

fn secure_station(authority: &Authority, client_authorities: Option<PathBuf>) -> Station {
    let (certificate, key) = authority.certificate("server");
    let mut station = Station::start(&[]);
    let files = ListenTls {
        certificate,
        key,
        client_authorities,
    };
    listen(&mut station, files);
    station
}

fn echo(caller: &Station, target: Target) -> Result<u16, String> {
    let request = NodeRequest::Echo {
        request: 3,
        target,
        calling: title("TESTER"),
    };
    caller.node.send(request).expect("room");
    loop {
        if let NodeEvent::EchoDone { result, .. } = next(&caller.events) {
            return result
                .map(|report| report.status)
                .map_err(|error| error.to_string());
        }
    }
}

fn by_tls(station: &Station, authorities: &Path) -> Target {
    Target {
        tls: Some(TargetTls {
            authorities: Some(authorities.to_owned()),
        }),
        ..station.target()
    }
}

#[test]
fn an_echo_goes_through_tls_and_a_stranger_is_not_trusted() {
    let authority = Authority::new();
    let station = secure_station(&authority, None);
    let caller = Station::start(&[]);
    assert_eq!(
        echo(&caller, by_tls(&station, &authority.path("ca.pem"))),
        Ok(0)
    );
    let stranger = Authority::new();
    let refused = echo(&caller, by_tls(&station, &stranger.path("ca.pem")));
    let words = refused.expect_err("not trusted");
    assert!(
        words.starts_with("tls: handshake: invalid peer certificate"),
        "{words}"
    );
    let absent = echo(&caller, by_tls(&station, Path::new("/no/such/ca.pem")));
    let words = absent.expect_err("no file");
    assert!(
        words.starts_with("tls: cannot use CA /no/such/ca.pem"),
        "{words}"
    );
}

#[test]
fn callers_show_a_certificate_where_it_is_wanted() {
    let authority = Authority::new();
    let station = secure_station(&authority, Some(authority.path("ca.pem")));
    let bare = Station::start(&[]);
    assert!(echo(&bare, by_tls(&station, &authority.path("ca.pem"))).is_err());
    let (certificate, key) = authority.certificate("client");
    let certificate = certificate.display().to_string();
    let key = key.display().to_string();
    let caller = Station::start(&[("tls.cert", &certificate), ("tls.key", &key)]);
    assert_eq!(
        echo(&caller, by_tls(&station, &authority.path("ca.pem"))),
        Ok(0)
    );
}

fn refusal(station: &Station) -> String {
    loop {
        if let NodeEvent::Refused { reason, .. } = next(&station.events) {
            return reason;
        }
    }
}

#[test]
fn who_meets_the_other_kind_of_port_is_told_so() {
    let authority = Authority::new();
    let (plain, secure) = (Station::start(&[]), secure_station(&authority, None));
    let caller = Station::start(&[]);
    let words = echo(&caller, by_tls(&plain, &authority.path("ca.pem"))).expect_err("plain");
    assert!(words.contains("TLS"), "{words}");
    assert_eq!(
        refusal(&plain),
        "the caller speaks TLS, this port is plain (setting tls.enabled)"
    );
    let words = echo(&caller, secure.target()).expect_err("TLS");
    assert!(words.contains("TLS"), "{words}");
    assert_eq!(
        refusal(&secure),
        "the caller speaks plain DICOM, this port wants TLS"
    );
}

#[test]
fn a_listener_without_its_key_says_which_file_is_missing() {
    let authority = Authority::new();
    let (certificate, _) = authority.certificate("server");
    let station = Station::start(&[]);
    let options = ListenOptions {
        port: Some(0),
        tls: Some(ListenTls {
            certificate,
            key: "/no/such/key.pem".into(),
            client_authorities: None,
        }),
        ..ListenOptions::default()
    };
    station
        .node
        .send(NodeRequest::Listen(options))
        .expect("room");
    let reason = loop {
        match next(&station.events) {
            NodeEvent::ListenFailed(reason) => break reason,
            NodeEvent::Listening { .. } => panic!("it listens"),
            _ => {}
        }
    };
    assert!(reason.contains("/no/such/key.pem"), "{reason}");
}
