//! Films: what is asked for becomes pages, every file is read, then the node prints; or the sheets are drawn into files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::super::activities::AtNode;
use super::super::job::{self, JobContext, JobEnd};
use super::super::{
    Failure, FailureKind, FilmRequest, Outcome, PeerAddress, PrintFinish, PrintSource,
    PrinterProfile, Progress,
};
use super::keep_films::{self, Origin};
use super::target;
use crate::dicom::{AeTitle, DataSet, DicomFile, ScanOptions, tags};
use crate::imaging::film::file::{FilmPdf, png};
use crate::imaging::film::{FilmCell, FilmDepth, FilmPage, FilmPicture};
use crate::imaging::technique::{readable_date, readable_name};
use crate::node::{NodeRequest, PageReport, PageState, PrintOrder, PrintReport, SessionOptions};
use crate::store::disagreement;

/// Prepares a print job.
pub(in crate::engine) fn prepare(
    context: &JobContext,
    printer: &PeerAddress,
    source: &PrintSource,
    calling: Option<AeTitle>,
) -> Result<JobEnd, Failure> {
    let (printer, order, queued) = match source {
        PrintSource::Files(request) => {
            let profile = profile(context, printer)?;
            let order = order(request, profile.as_ref())?;
            (printer.clone(), order, None)
        }
        PrintSource::Order(order) => (printer.clone(), (**order).clone(), None),
        PrintSource::Queued(id) => {
            let (printer, order) = queued_order(context, *id)?;
            (printer, order, Some(*id))
        }
    };
    check(&order)?;
    if let PrintSource::Files(FilmRequest {
        preview: Some(path),
        ..
    }) = source
    {
        return preview(context, &order, path).map(JobEnd::Finished);
    }
    at_node(context, &printer, (order, queued), calling)
}

fn at_node(
    context: &JobContext,
    printer: &PeerAddress,
    (order, queued): (PrintOrder, Option<i64>),
    calling: Option<AeTitle>,
) -> Result<JobEnd, Failure> {
    let target = target(context, printer)?;
    let calling = context.calling(calling)?;
    let order = Arc::new(order);
    let at_node = AtNode {
        print: Some((Arc::clone(&order), calling.to_string())),
        ..AtNode::of(&target, order.pages.len() as u64)
    };
    let request = NodeRequest::Print {
        request: context.job.0,
        target,
        calling,
        order,
        queued,
    };
    Ok(JobEnd::at_node(request, at_node))
}

/// Asks a printer how it is and what it accepts.
pub(in crate::engine) fn ask(
    context: &JobContext,
    printer: &PeerAddress,
) -> Result<JobEnd, Failure> {
    let order = PrintOrder {
        probe: true,
        presentation_lut: true,
        ..PrintOrder::default()
    };
    at_node(context, printer, (order, None), None)
}

/// Keeps what was printed, where the settings say so, and tells how the job ended.
pub(in crate::engine) fn finish(context: &JobContext, finish: &PrintFinish) -> Outcome {
    let mut report = finish.report.clone();
    let origin = Origin {
        calling: &finish.calling,
        called: &finish.called,
    };
    let wanted = context
        .store
        .settings()
        .is_ok_and(|settings| settings.print_keep_films);
    if wanted && let Err(reason) = keep_films::run(&context.store, &finish.order, &report, &origin)
    {
        report
            .warnings
            .push(format!("the film is not kept in the store: {reason}"));
    }
    outcome(&finish.called, &report)
}

/// The system's command that takes what goes on paper.
const SPOOLER: &str = "lp";

fn input(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Input, format!("print: {}", message.into()))
}

/// The profile that a printer was given; one spelled out has none.
pub(in crate::engine) fn profile(
    context: &JobContext,
    printer: &PeerAddress,
) -> Result<Option<PrinterProfile>, Failure> {
    let PeerAddress::Named(name) = printer else {
        return Ok(None);
    };
    // Whether the peer exists is asked first: a misspelled name must not print with defaults.
    target(context, printer)?;
    let json = context.store.printer_profile(name)?;
    Ok(json.map(|json| PrinterProfile::of_json(&json)))
}

fn queued_order(context: &JobContext, id: i64) -> Result<(PeerAddress, PrintOrder), Failure> {
    let row = context.store.print_job(id)?;
    let row = row.ok_or_else(|| input(format!("no such job in the queue: {id}")))?;
    let mut order: PrintOrder = serde_json::from_str(&row.film)
        .map_err(|error| input(format!("job {id} cannot be read: {error}")))?;
    order.skip = row
        .pages
        .iter()
        .filter(|page| page.state != PageState::NotSent.words())
        .map(|page| page.page.saturating_sub(1) as usize)
        .collect();
    Ok((PeerAddress::Named(row.printer), order))
}

/// The pages of a request.
fn order(request: &FilmRequest, profile: Option<&PrinterProfile>) -> Result<PrintOrder, Failure> {
    if request.color && request.depth == FilmDepth::Twelve {
        return Err(input("colour films have 8 bits: leave out --depth 12"));
    }
    // Only a profile that somebody made says which layouts the printer takes.
    let one_image = profile.is_some_and(|profile| !profile.layouts.contains(&request.layout));
    let profile = profile.cloned().unwrap_or_default();
    let cell = |(path, frame): &(PathBuf, u32)| FilmCell {
        frame: *frame,
        state: request.state.clone(),
        true_size: request.true_size,
        ..FilmCell::of_file(path)
    };
    let cells: Vec<Option<FilmCell>> = request.files.iter().map(|file| Some(cell(file))).collect();
    let per_page = request.layout.count().max(1);
    let count = cells.len().div_ceil(per_page);
    let mut pages = Vec::with_capacity(count);
    for (index, cells) in cells.chunks(per_page).enumerate() {
        let header = match (request.header, request.files.first()) {
            (true, Some((path, _))) => header(path, index + 1, count)?,
            _ => Vec::new(),
        };
        pages.push(FilmPage {
            sheet: profile.sheet(&request.size, request.orientation),
            layout: request.layout.clone(),
            cells: cells.to_vec(),
            depth: request.depth,
            color: request.color,
            header,
            image_size: profile.image_size,
            one_image,
            test_film: false,
        });
    }
    Ok(PrintOrder {
        session: SessionOptions {
            copies: request.copies,
            medium: request.medium.clone(),
            ..SessionOptions::default()
        },
        film: profile.film,
        presentation_lut: profile.presentation_lut,
        pages,
        ..PrintOrder::default()
    })
}

fn scan(path: &Path) -> Result<DicomFile, Failure> {
    DicomFile::open(path, &ScanOptions::DISPLAY)
        .map_err(|error| input(format!("{}: {error}", path.display())))
}

/// The parts of a page header: patient, institution, study, page.
fn header(path: &Path, page: usize, pages: usize) -> Result<Vec<String>, Failure> {
    Ok(page_header(&scan(path)?.data_set, page, pages))
}

/// The parts of a page header: patient, institution, study, page.
pub(in crate::engine) fn page_header(set: &DataSet, page: usize, pages: usize) -> Vec<String> {
    let text = |tag| set.text(tag).unwrap_or_default();
    let birth = readable_date(&text(tags::PATIENT_BIRTH_DATE));
    let parts = [
        readable_name(&text(tags::PATIENT_NAME)),
        text(tags::PATIENT_ID),
        birth,
        text(tags::PATIENT_SEX),
        text(tags::INSTITUTION_NAME),
        text(tags::STUDY_DESCRIPTION),
        readable_date(&text(tags::STUDY_DATE)),
        format!("{page}/{pages}"),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

/// Reads every file before anything is sent: all of one patient, all printable as asked.
fn check(order: &PrintOrder) -> Result<(), Failure> {
    let mut known: Option<DataSet> = None;
    let wanted = |(index, _): &(usize, &FilmPage)| !order.skip.contains(index);
    for (index, page) in order.pages.iter().enumerate().filter(wanted) {
        if !page.sheet.is_possible() {
            return Err(input(
                "the printer's profile has an impossible resolution or margin",
            ));
        }
        for (_, cell) in page.filled() {
            let set = scan(&cell.path)?.data_set;
            match &known {
                None => known = Some(set),
                Some(first) => {
                    if let Some(reason) = disagreement(first, &set) {
                        let path = cell.path.display();
                        return Err(input(format!("{path}: mixed patients: {reason}")));
                    }
                }
            }
        }
        page.check(true)
            .map_err(|error| input(format!("page {}: {error}", index + 1)))?;
    }
    Ok(())
}

/// Draws the sheets into PNG files.
fn preview(context: &JobContext, order: &PrintOrder, path: &Path) -> Result<Outcome, Failure> {
    let mut warnings: Vec<String> = Vec::new();
    for (index, page) in order.pages.iter().enumerate() {
        if context.is_cancelled() {
            return Err(job::cancelled());
        }
        let (picture, told) = draw(page)?;
        warnings.extend(told);
        let path = page_path(path, index, order.pages.len());
        write_film(&path, png(&picture))?;
    }
    warnings.dedup();
    let pages = order.pages.len();
    let json = json!({ "preview": path, "pages": pages, "warnings": warnings });
    let message = format!("print: {pages} pages drawn");
    let progress = Progress {
        done: pages as u64,
        total: pages as u64,
        failed: 0,
    };
    Ok(Outcome {
        details: told(&warnings),
        ..job::outcome(Ok(()), progress, message, json)
    })
}

/// The whole sheet at 8 bits or in colours.
fn draw(page: &FilmPage) -> Result<(FilmPicture, Vec<String>), Failure> {
    let mut page = page.clone();
    page.depth = FilmDepth::Eight;
    page.compose().map_err(|error| input(error.to_string()))
}

/// `OUT.png`, or `OUT-k.png` for page k of several.
fn page_path(path: &Path, index: usize, pages: usize) -> PathBuf {
    if pages < 2 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(extension) => format!("{stem}-{}.{}", index + 1, extension.to_string_lossy()),
        None => format!("{stem}-{}", index + 1),
    };
    path.with_file_name(name)
}

/// Writes a whole file, or none.
fn write_film(path: &Path, bytes: std::io::Result<Vec<u8>>) -> Result<(), Failure> {
    let written = bytes.and_then(|bytes| std::fs::write(path, bytes));
    written.map_err(|error| {
        // the failure is reported; half a picture must not look like one
        let _ = std::fs::remove_file(path);
        let message = format!("print: write {}: {error}", path.display());
        Failure::new(FailureKind::Environment, message)
    })
}

/// Films as one PDF, or as PNG files, by the name that is wanted.
pub(in crate::engine) fn export(
    context: &JobContext,
    order: &PrintOrder,
    path: &Path,
) -> Result<Outcome, Failure> {
    check(order)?;
    let is_pdf = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("pdf"));
    if !is_pdf {
        return preview(context, order, path);
    }
    let mut pdf = FilmPdf::default();
    for page in &order.pages {
        if context.is_cancelled() {
            return Err(job::cancelled());
        }
        let (picture, _) = draw(page)?;
        pdf.add(&picture, page.sheet.resolution_dpi)
            .map_err(|error| input(format!("{}: {error}", path.display())))?;
    }
    write_film(path, pdf.finish())?;
    let pages = order.pages.len() as u64;
    let progress = Progress {
        done: pages,
        total: pages,
        failed: 0,
    };
    let json = json!({ "path": path, "pages": pages });
    let message = format!("print: {pages} pages written");
    Ok(job::outcome(Ok(()), progress, message, json))
}

/// Prints on paper: a PDF as large as the sheet goes to the system's spooler.
pub(in crate::engine) fn paper(
    context: &JobContext,
    order: &PrintOrder,
) -> Result<Outcome, Failure> {
    let name = format!("film-{}.pdf", context.job.0);
    let path = context.data_dir.join(name);
    let written = export(context, order, &path)?;
    let spooled = spool(Path::new(SPOOLER), &path, order.session.copies);
    // The spooler has its own copy.
    let _ = std::fs::remove_file(&path);
    spooled.map_err(|reason| {
        let message = format!("print on paper: {reason}");
        Failure::new(FailureKind::Environment, message)
    })?;
    Ok(Outcome {
        message: format!("print on paper: {} pages given to lp", order.pages.len()),
        ..written
    })
}

/// Gives a file to the spooler; why it was not taken, in words.
fn spool(spooler: &Path, file: &Path, copies: u32) -> Result<(), String> {
    let output = std::process::Command::new(spooler)
        .args(["-n", &copies.to_string()])
        .arg(file)
        .output();
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = spooler.display();
            return Err(format!(
                "this computer has no print spooler ({name} was not found): install CUPS, or export a PDF"
            ));
        }
        other => other.map_err(|error| format!("{}: {error}", spooler.display()))?,
    };
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let first = words.lines().next().unwrap_or("it failed without a word");
    Err(format!("{}: {first}", spooler.display()))
}

fn told(warnings: &[String]) -> Vec<String> {
    warnings
        .iter()
        .map(|warning| format!("warning: {warning}"))
        .collect()
}

fn page_json(page: &PageReport) -> serde_json::Value {
    json!({
        "page": page.page,
        "state": page.state.words(),
        "step": page.step,
        "status": page.status.map(|status| format!("{status:04X}")),
        "words": page.words,
    })
}

/// The outcome of what the node printed.
pub(in crate::engine) fn outcome(subject: &str, report: &PrintReport) -> Outcome {
    let count = |state| report.pages.iter().filter(|p| p.state == state).count() as u64;
    let printed = count(PageState::Printed);
    let total = report.pages.len() as u64;
    let state =
        |state: &crate::node::PrinterState| json!({ "status": state.status, "info": state.info });
    let pages: Vec<_> = report.pages.iter().map(page_json).collect();
    let mut json = json!({
        "printer": { "before": state(&report.before), "after": state(&report.after) },
        "pages": pages,
        "warnings": report.warnings,
        "accepted": report.accepted,
    });
    if let Some(probed) = &report.probed {
        json["sizes"] = json!(probed.sizes);
        json["layouts"] = json!(probed.layouts);
        json["twelve_bits"] = json!(probed.twelve_bits);
    }
    let progress = Progress {
        done: total,
        total,
        failed: total - printed,
    };
    let counts = format!("{printed} of {total} pages printed");
    let (result, message) = match &report.failure {
        _ if report.cancelled && printed < total => (
            Err(job::cancelled()),
            format!("print {subject}: cancelled, {counts}"),
        ),
        Some((step, words)) => {
            let message = format!("print {subject}: {step}: {words}");
            (
                Err(Failure::new(FailureKind::Peer, message.clone())),
                message,
            )
        }
        None => (Ok(()), format!("print {subject}: {counts}")),
    };
    Outcome {
        details: told(&report.warnings),
        ..job::outcome(result, progress, message, json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_spooler_gets_the_file_and_its_words_come_back() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("film.pdf");
        std::fs::write(&file, "%PDF-1.7").expect("a file");
        let spooler = |name: &str, script: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, mode).expect("executable");
            path
        };
        let copy = folder.path().join("copy");
        let good = spooler(
            "good",
            &format!("echo \"$1 $2\" > {0}; cat \"$3\" >> {0}", copy.display()),
        );
        assert_eq!(spool(&good, &file, 3), Ok(()));
        let copied = std::fs::read_to_string(copy).expect("a copy");
        assert_eq!(copied, "-n 3\n%PDF-1.7");
        let bad = spooler("bad", "echo 'no default destination' >&2; exit 1");
        let words = spool(&bad, &file, 1).expect_err("refused");
        assert!(words.ends_with("bad: no default destination"), "{words}");
        let words = spool(&folder.path().join("none"), &file, 1).expect_err("absent");
        assert!(words.contains("no print spooler"), "{words}");
    }

    #[test]
    fn pages_of_a_preview_are_numbered_only_when_there_are_several() {
        let path = Path::new("/tmp/sheet.png");
        assert_eq!(page_path(path, 0, 1), path);
        assert_eq!(page_path(path, 1, 3), Path::new("/tmp/sheet-2.png"));
    }
}
