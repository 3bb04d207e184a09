//! One file per long operation: a plain function from what was asked and a context to an outcome.

pub(super) mod check;
pub(super) mod delete;
pub(super) mod echo;
pub(super) mod export;
pub(super) mod find;
pub(super) mod import;
mod keep_films;
pub(super) mod print;
pub(super) mod retrieve;
mod save_state;
pub(super) mod send;
pub(super) mod test_peer;

pub(super) use import::remove_unpacked;

use super::job::{JobContext, JobEnd, failed};
use super::{Destination, Failure, FailureKind, Job, JobReport, PeerAddress};
use crate::dicom::query::{KeyPath, Level};
use crate::dicom::status::{Service, Status};
use crate::dicom::tags;
use crate::node::{Target, TargetTls};
use crate::store::Peer;

/// Runs a job on the calling thread.
pub(super) fn run(job: Job, context: &JobContext) -> JobEnd {
    let end = match job {
        Job::Import { paths, link } => Ok(JobEnd::Finished(import::run(context, &paths, link))),
        Job::Export {
            directory,
            keys,
            format,
        } => export::run(context, &directory, &keys, format).map(JobEnd::Finished),
        Job::Delete { keys } => delete::run(context, &keys).map(JobEnd::Finished),
        Job::CleanUp { studies } => delete::clean_up(context, &studies).map(JobEnd::Finished),
        Job::Check { repair, digests } => {
            check::run(context, repair, digests).map(JobEnd::Finished)
        }
        Job::Echo { peer, calling } => echo::prepare(context, &peer, calling),
        Job::TestPeer { peer } => test_peer::prepare(context, &peer),
        Job::Find {
            peer,
            calling,
            level,
            keys,
            limit,
        } => find::prepare(context, &peer, calling, (level, &keys), limit),
        Job::Retrieve {
            peer,
            calling,
            level,
            keys,
            to,
        } => retrieve::prepare(context, &peer, calling, (level, &keys), to),
        Job::Send {
            peer,
            what,
            calling,
            commit,
        } => send::prepare(context, &peer, &what, calling, commit),
        Job::Print {
            printer,
            source,
            calling,
        } => print::prepare(context, &printer, &source, calling),
        Job::AskPrinter { printer } => print::ask(context, &printer),
        Job::FinishPrint(finish) => Ok(JobEnd::Finished(print::finish(context, &finish))),
        Job::PaperFilms { order } => print::paper(context, &order).map(JobEnd::Finished),
        Job::SaveState(order) => save_state::run(context, &order).map(JobEnd::Finished),
        Job::ExportFilms { order, path } => {
            print::export(context, &order, &path).map(JobEnd::Finished)
        }
    };
    end.unwrap_or_else(|failure| JobEnd::Finished(failed(failure)))
}

/// What a job is, in words.
pub(super) fn describe(job: &Job) -> JobReport {
    let (kind, subject) = match job {
        Job::Import { paths, .. } => {
            let count = paths.len();
            let subject = match paths.first() {
                Some(path) if count == 1 => path.display().to_string(),
                _ => format!("{count} paths"),
            };
            ("import", subject)
        }
        Job::Export { directory, .. } => ("export", directory.display().to_string()),
        Job::Delete { .. } => ("delete", String::new()),
        Job::CleanUp { .. } => ("clean-up", String::new()),
        Job::Check { .. } => ("check", String::new()),
        Job::Echo { peer, .. } => ("echo", peer.to_string()),
        Job::TestPeer { peer } => ("echo", peer.to_string()),
        Job::Find { peer, .. } => ("find", peer.to_string()),
        Job::Retrieve { peer, to, .. } => match to {
            Destination::Us | Destination::UsByGet => ("retrieve", peer.to_string()),
            Destination::Title(title) => ("move", format!("{peer} → {title}")),
        },
        Job::Send { peer, .. } => ("send", peer.to_string()),
        Job::Print { printer, .. } => ("print", printer.to_string()),
        Job::AskPrinter { printer } => ("printer", printer.to_string()),
        Job::FinishPrint(finish) => ("print", finish.called.clone()),
        Job::PaperFilms { .. } => ("print", "lp".to_owned()),
        Job::SaveState(order) => ("save", order.label.to_string()),
        Job::ExportFilms { path, .. } => ("export", path.display().to_string()),
    };
    JobReport { kind, subject }
}

/// The level that the keys speak of: the lowest that any of them belongs to.
fn level_of(keys: &[(String, String)]) -> Result<Level, Failure> {
    if keys.is_empty() {
        let message = "no query keys: say what is meant by KEY=VALUE";
        return Err(Failure::new(FailureKind::Input, message));
    }
    let mut lowest = Level::Study;
    for (name, _) in keys {
        let path: KeyPath = name
            .parse()
            .map_err(|error| Failure::new(FailureKind::Input, format!("{error}")))?;
        let tag = path.parents().first().copied().unwrap_or(path.tag());
        let is_of = |level: Level| {
            level
                .keys()
                .any(|key| key.parents.first().copied().unwrap_or(key.tag) == tag)
        };
        if is_of(Level::Study) || tag == tags::MODALITIES_IN_STUDY {
            continue;
        }
        if is_of(Level::Series) {
            if lowest == Level::Study {
                lowest = Level::Series;
            }
        } else {
            lowest = Level::Image;
        }
    }
    Ok(lowest)
}

/// The configured peer that is meant; one that is spelled out may be configured too.
fn configured(context: &JobContext, address: &PeerAddress) -> Result<Option<Peer>, Failure> {
    let is_meant = |peer: &Peer| match address {
        PeerAddress::Named(name) => peer.name == *name,
        PeerAddress::Explicit {
            ae_title,
            host,
            port,
            ..
        } => peer.ae_title == *ae_title && peer.host == *host && peer.port == *port,
    };
    Ok(context.store.peers()?.into_iter().find(is_meant))
}

/// The peer that is meant.
fn target(context: &JobContext, peer: &PeerAddress) -> Result<Target, Failure> {
    match peer {
        PeerAddress::Explicit {
            ae_title,
            host,
            port,
            tls,
        } => Ok(Target {
            ae_title: ae_title.clone(),
            host: host.clone(),
            port: *port,
            tls: tls.then(TargetTls::default),
        }),
        PeerAddress::Named(name) => {
            let peers = context.store.peers()?;
            let peer = peers.into_iter().find(|peer| peer.name == *name);
            let peer = peer.ok_or_else(|| {
                let message = format!("no such peer (see peer list): {name}");
                Failure::new(FailureKind::Input, message)
            })?;
            Ok(Target::from(&peer))
        }
    }
}

/// A status in words, with the peer's comment.
fn status_words(status: Status, service: Service, comment: Option<&str>) -> String {
    let mut words = status.of(service).to_string();
    if let Some(comment) = comment {
        let printable = comment.chars().filter(|c| !c.is_control()).take(64);
        words.push_str(": ");
        words.extend(printable);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_speak_of_their_lowest_level() {
        let level = |names: &[&str]| {
            let keys: Vec<_> = names
                .iter()
                .map(|name| ((*name).to_owned(), "1".to_owned()))
                .collect();
            level_of(&keys)
        };
        assert_eq!(level(&["PatientID"]), Ok(Level::Study));
        assert_eq!(level(&["StudyInstanceUID", "Modality"]), Ok(Level::Series));
        assert_eq!(level(&["SOPInstanceUID", "PatientID"]), Ok(Level::Image));
        assert!(level(&[]).is_err() && level(&["NoSuchKey"]).is_err());
    }
}
