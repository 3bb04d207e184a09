//! What the lookup thread answers about printers and the print queue.

use std::sync::Arc;

use super::print_desk::{PrintDecision, PrintNews, PrinterRow};
use super::reports::Answer;
use super::{Command, Event, Failure, FailureKind, PrinterProfile};
use crate::node::PrintOrder;
use crate::store::Store;

/// The role of a peer that prints.
const PRINT_ROLE: &str = "print";

/// Jobs of an earlier run: what was being printed when it ended is asked about.
pub(super) fn recover(store: &Store) -> Result<Answer, Failure> {
    let uncertain = store.recover_print_queue()?;
    if uncertain > 0 {
        tracing::warn!(uncertain, "pages were being printed when the program ended");
    }
    jobs(store)
}

/// A job that could not be done waits with its reason; the next one may start.
pub(super) fn ended(store: &Store, job: i64, words: Option<String>) -> Result<Answer, Failure> {
    if let Some(words) = words {
        store.note_print_job(job, &words)?;
        // Whoever held it, cancelled it or looks into the failure lets it go on.
        store.hold_print_job(job, true)?;
    }
    jobs(store)
}

/// Answers a command about printers or the queue.
pub(super) fn answer(store: &Store, command: Command) -> Result<Answer, Failure> {
    match command {
        Command::ListPrinters => printers(store),
        Command::SavePrinterProfile(name, profile) => {
            let json = serde_json::to_string(&profile)
                .map_err(|error| Failure::new(FailureKind::Bug, format!("printer: {error}")))?;
            store.save_printer_profile(&name, &json)?;
            printers(store)
        }
        Command::QueuePrint { printer, order } => {
            let film = serde_json::to_string(&*order)
                .map_err(|error| Failure::new(FailureKind::Bug, format!("print: {error}")))?;
            let pages = u32::try_from(order.pages.len()).unwrap_or(u32::MAX);
            store.queue_print(&printer, &film, pages, false)?;
            jobs(store)
        }
        Command::DecidePrint(job, decision) => {
            decide(store, job, decision)?;
            jobs(store)
        }
        _ => jobs(store),
    }
}

fn decide(store: &Store, job: i64, decision: PrintDecision) -> Result<(), Failure> {
    match decision {
        PrintDecision::Hold => store.hold_print_job(job, true)?,
        PrintDecision::Release => release(store, job)?,
        PrintDecision::Again => {
            store.repeat_print_job(job)?;
        }
        PrintDecision::Retry(printer) => store.retry_print_job(job, printer.as_deref())?,
        PrintDecision::Settle { on_film } => {
            store.settle_print_job(job, on_film)?;
            store.hold_print_job(job, false)?;
        }
        PrintDecision::Remove => {
            store.remove_print_job(job)?;
        }
    }
    Ok(())
}

/// A job that waited goes on; one that waited because the printer warned is printed all the same.
fn release(store: &Store, job: i64) -> Result<(), Failure> {
    let row = store.print_job(job)?;
    if let Some(row) = row.filter(|row| !row.words.is_empty())
        && let Ok(mut order) = serde_json::from_str::<PrintOrder>(&row.film)
        && order.ask_on_warning
    {
        order.ask_on_warning = false;
        let film = serde_json::to_string(&order)
            .map_err(|error| Failure::new(FailureKind::Bug, format!("print: {error}")))?;
        store.change_print_job(job, &film)?;
    }
    store.note_print_job(job, "")?;
    Ok(store.hold_print_job(job, false)?)
}

fn jobs(store: &Store) -> Result<Answer, Failure> {
    let jobs = store.print_jobs()?;
    let next = jobs
        .iter()
        .rev()
        .find(|job| job.is_ready())
        .map(|job| job.id);
    Ok(Answer {
        events: vec![Event::Print(PrintNews::Jobs(Arc::new(jobs)))],
        next_print: Some(next),
        ..Answer::default()
    })
}

fn printers(store: &Store) -> Result<Answer, Failure> {
    let mut rows = Vec::new();
    for peer in store.peers()? {
        if !peer.roles.iter().any(|role| role == PRINT_ROLE) {
            continue;
        }
        let json = store.printer_profile(&peer.name)?;
        let profile = json.map_or_else(PrinterProfile::default, |json| {
            PrinterProfile::of_json(&json)
        });
        rows.push(PrinterRow { peer, profile });
    }
    Ok(Answer {
        events: vec![Event::Print(PrintNews::Printers(Arc::new(rows)))],
        ..Answer::default()
    })
}
