//! Readers of single arguments: AE titles, peers, query keys.

use std::path::PathBuf;

use crate::dicom::AeTitle;
use crate::engine::{Level, PeerAddress};

/// Reads an AE title.
pub fn ae_title(text: &str) -> Result<AeTitle, String> {
    AeTitle::try_from(text).map_err(|error| error.to_string())
}

/// Reads `KEY=VALUE`; the value may be empty or contain more equals signs.
pub fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("not KEY=VALUE: {text}")),
    }
}

/// Reads `KEY=VALUE`, or a `KEY` that is asked for.
pub fn query_key(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(_) => key_value(text),
        None if text.is_empty() => Err("an empty key".to_owned()),
        None => Ok((text.to_owned(), String::new())),
    }
}

/// Reads the name of a query/retrieve level.
pub fn level(text: &str) -> Result<Level, String> {
    match text {
        "study" => Ok(Level::Study),
        "series" => Ok(Level::Series),
        "image" => Ok(Level::Image),
        _ => Err(format!("not study, series or image: {text}")),
    }
}

/// Reads `AET@HOST:PORT` or `AET@HOST:PORT+tls`, or else takes the text as the name of a configured peer.
pub fn peer_address(text: &str) -> Result<PeerAddress, String> {
    let Some((title, place)) = text.rsplit_once('@') else {
        return if text.is_empty() {
            Err("a peer's name cannot be empty".to_owned())
        } else {
            Ok(PeerAddress::Named(text.to_owned()))
        };
    };
    let (place, tls) = match place.strip_suffix("+tls") {
        Some(place) => (place, true),
        None => (place, false),
    };
    let (host, port) = place
        .rsplit_once(':')
        .ok_or_else(|| format!("not AET@HOST:PORT: {text}"))?;
    let host = host
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(host);
    let port = match port.parse() {
        Ok(port) if port > 0 => port,
        _ => return Err(format!("not a port (1 to 65535): {port}")),
    };
    if host.is_empty() {
        return Err(format!("no host in {text}"));
    }
    Ok(PeerAddress::Explicit {
        ae_title: ae_title(title)?,
        host: host.to_owned(),
        port,
        tls,
    })
}

/// Words that are all paths, or all query keys.
#[derive(Debug, PartialEq, Eq)]
pub enum Words {
    /// Files and folders that exist.
    Paths(Vec<PathBuf>),
    /// Query keys.
    Keys(Vec<(String, String)>),
}

/// What exists is a path, whatever its name; the rest must be keys.
pub fn paths_or_keys(words: &[String]) -> Result<Words, String> {
    let paths: Vec<PathBuf> = words.iter().map(PathBuf::from).collect();
    let existing = paths.iter().filter(|path| path.exists()).count();
    if existing == paths.len() {
        return Ok(Words::Paths(paths));
    }
    let pairs: Vec<(String, String)> = words
        .iter()
        .zip(&paths)
        .filter(|(_, path)| !path.exists())
        .map(|(word, _)| {
            key_value(word).map_err(|_| format!("neither a file nor KEY=VALUE: {word}"))
        })
        .collect::<Result<_, _>>()?;
    if existing > 0 {
        return Err("either paths or keys, not both".to_owned());
    }
    Ok(Words::Keys(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_a_name_or_title_host_and_port() {
        assert!(
            matches!(peer_address("archive"), Ok(PeerAddress::Named(name)) if name == "archive")
        );
        for (text, expected) in [("PACS@10.0.0.1:104", "10.0.0.1"), ("PACS@[::1]:104", "::1")] {
            match peer_address(text) {
                Ok(PeerAddress::Explicit {
                    ae_title,
                    host,
                    port,
                    tls: false,
                }) => {
                    assert_eq!(
                        (ae_title.as_str(), host.as_str(), port),
                        ("PACS", expected, 104)
                    );
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(
            peer_address("PACS@host:2762+tls"),
            Ok(PeerAddress::Explicit {
                tls: true,
                port: 2762,
                ..
            })
        ));
        for wrong in [
            "PACS@host:2762+ssl",
            "PACS@host",
            "PACS@host:0",
            "PACS@host:70000",
            "@host:104",
            "PACS@:104",
            "",
        ] {
            assert!(peer_address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_may_hold_equals_signs_in_its_value() {
        assert_eq!(
            key_value("StudyID=a=b"),
            Ok(("StudyID".into(), "a=b".into()))
        );
        assert_eq!(key_value("StudyID="), Ok(("StudyID".into(), String::new())));
        assert!(key_value("StudyID").is_err() && key_value("=x").is_err());
    }

    #[test]
    fn what_exists_is_a_path_and_the_rest_are_keys() {
        let words = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            paths_or_keys(&words)
        };
        assert!(matches!(words(&["."]), Ok(Words::Paths(_))));
        assert!(matches!(words(&["PatientID=1"]), Ok(Words::Keys(_))));
        assert!(words(&["no-such-file"]).is_err());
        assert!(words(&[".", "PatientID=1"]).is_err());
    }
}
