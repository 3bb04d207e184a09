//! Short questions to the store, answered in order on a thread of their own, so that the loop never waits for the disk.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::conflict;
use super::event::HeldStudy;
use super::prints;
use super::reports::{Answer, Pulse, Report};
use super::sends;
use super::{Command, Event, Failure, FailureKind};
use crate::dicom::StudyInstanceUid;
use crate::store::{SendNote, Store};

/// A question for the lookup thread.
#[derive(Debug)]
pub(super) enum Question {
    /// A command of the shell that only reads or writes rows.
    Command(Command),
    /// What others did to the store.
    Pulse,
    /// Print jobs of an earlier run.
    RecoverPrints,
    /// A print job of the queue ended, with a failure in words.
    PrintEnded(i64, Option<String>),
    /// What became of objects of the send queue.
    NoteSent(Vec<SendNote>),
    /// A job of the send queue ended an attempt.
    SendEnded {
        /// Its number.
        job: i64,
        /// The last of what became of its objects.
        notes: Vec<SendNote>,
        /// Why it did not do all, in words.
        problem: String,
        /// Whether it did anything.
        progressed: bool,
    },
}

/// Answers questions until nobody can ask any more.
pub(super) fn run(store: &Store, questions: &Receiver<Question>, reports: &Sender<Report>) {
    for question in questions {
        let report = match question {
            Question::Pulse => Report::Pulse(pulse(store)),
            Question::RecoverPrints => {
                Report::Answered(prints::recover(store).unwrap_or_else(refused))
            }
            Question::PrintEnded(job, words) => {
                Report::Answered(prints::ended(store, job, words).unwrap_or_else(refused))
            }
            Question::NoteSent(notes) => {
                let written = sends::note(store, notes).unwrap_or_else(|failure| Answer {
                    notes_written: true,
                    ..refused(failure)
                });
                Report::Answered(written)
            }
            Question::SendEnded {
                job,
                notes,
                problem,
                progressed,
            } => {
                let ended = sends::ended(store, job, notes, (&problem, progressed));
                Report::Answered(ended.unwrap_or_else(refused))
            }
            Question::Command(command) => {
                Report::Answered(answer(store, command).unwrap_or_else(refused))
            }
        };
        if reports.send(report).is_err() {
            return;
        }
    }
}

fn refused(failure: Failure) -> Answer {
    events(vec![Event::Refused(failure)])
}

fn events(events: Vec<Event>) -> Answer {
    Answer {
        events,
        ..Answer::default()
    }
}

fn pulse(store: &Store) -> Result<Pulse, Failure> {
    let space = store.free_space()?;
    let rows = store.clean_up_now(space.free)?;
    Ok(Pulse {
        clean_up: rows.into_iter().map(|row| row.study_instance_uid).collect(),
        data_version: store.data_version()?,
        space,
        minimum_free: store.settings()?.store_minimum_free,
        next_print: store.next_print_job()?,
        next_sends: store.next_send_jobs()?,
    })
}

fn answer(store: &Store, command: Command) -> Result<Answer, Failure> {
    Ok(events(vec![match command {
        Command::ListStudies(query) => {
            let page = store.studies(&query)?;
            Event::Studies(query, Arc::new(page))
        }
        Command::ListSeries(study) => {
            let rows = store.series(&study)?;
            Event::Series(study, Arc::new(rows))
        }
        Command::ListInstances(series) => {
            let rows = store.instances(&series)?;
            Event::Instances(series, Arc::new(rows))
        }
        Command::CountHeld(studies) => Event::Held(Arc::new(held(store, studies)?)),
        Command::QueryStore { level, keys, limit } => {
            Event::StoreMatches(Arc::new(store.query(level, &keys, limit)?))
        }
        Command::ListConflicts => Event::Conflicts(Arc::new(store.conflicts()?)),
        Command::CompareConflict(row) => {
            Event::ConflictCompared(Arc::new(conflict::compare(store, &row)?))
        }
        Command::ListPeers => peers(store)?,
        Command::ListCleanUp => Event::CleanUp(Arc::new(store.clean_up_list()?)),
        Command::ListAudit { limit } => Event::Audit(Arc::new(store.audit_trail(limit)?)),
        Command::ReadSettings => Event::Settings(Arc::new(store.settings()?)),
        Command::ListSettings => Event::SettingPairs(Arc::new(store.settings_as_pairs()?)),
        command @ (Command::ListPrintJobs
        | Command::ListPrinters
        | Command::QueuePrint { .. }
        | Command::DecidePrint(..)
        | Command::SavePrinterProfile(..)) => return prints::answer(store, command),
        command @ (Command::QueueSend { .. }
        | Command::ListSends
        | Command::ListSendObjects(_)
        | Command::DecideSend(..)) => return sends::answer(store, command),
        other => return change(store, other),
    }]))
}

fn held(store: &Store, studies: Vec<StudyInstanceUid>) -> Result<Vec<HeldStudy>, Failure> {
    let mut counted = Vec::with_capacity(studies.len());
    for study in studies {
        let rows = store.series(&study)?;
        let series = rows
            .into_iter()
            .map(|row| (row.series_instance_uid, row.instance_count))
            .collect();
        counted.push(HeldStudy { study, series });
    }
    Ok(counted)
}

fn peers(store: &Store) -> Result<Event, Failure> {
    Ok(Event::Peers(
        Arc::new(store.peers()?),
        Arc::new(store.access()?),
    ))
}

fn change(store: &Store, command: Command) -> Result<Answer, Failure> {
    match command {
        Command::SavePeer(peer) => store.save_peer(&peer)?,
        Command::RemovePeer(name) => {
            if !store.remove_peer(&name)? {
                return Err(input(format!("no such peer: {name}")));
            }
        }
        Command::Allow(access) => store.allow(&access)?,
        Command::Deny(title) => {
            if !store.deny(&title)? {
                return Err(input(format!("not on the access list: {title}")));
            }
        }
        Command::ChangeSettings(changes) => {
            let settings = store.change_settings(&changes)?;
            return Ok(Answer {
                events: vec![Event::Settings(Arc::new(settings))],
                studies_changed: false,
                reconfigure: true,
                ..Answer::default()
            });
        }
        // The loop opens it; here it only stops being new.
        Command::OpenStudy(study) => {
            store.mark_opened(&study)?;
            return Ok(Answer {
                studies_changed: true,
                ..Answer::default()
            });
        }
        Command::Pin(study, pinned) => {
            if !store.pin(&study, pinned)? {
                return Err(input(format!("no such study: {study}")));
            }
            return Ok(Answer {
                studies_changed: true,
                ..Answer::default()
            });
        }
        Command::ResolveConflict(row, resolution) => {
            if !store.resolve_conflict(&row, resolution)? {
                return Err(input("this conflict is gone".to_owned()));
            }
            return Ok(Answer {
                events: vec![Event::Conflicts(Arc::new(store.conflicts()?))],
                studies_changed: true,
                reconfigure: false,
                ..Answer::default()
            });
        }
        // The loop keeps the rest for itself.
        _ => return Ok(Answer::default()),
    }
    Ok(Answer {
        events: vec![peers(store)?],
        studies_changed: false,
        reconfigure: true,
        ..Answer::default()
    })
}

fn input(message: String) -> Failure {
    Failure::new(FailureKind::Input, message)
}
