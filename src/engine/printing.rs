//! What the engine loop does about films: the queue's next job, the virtual printer, sheets for the window, kept films.

use std::sync::Arc;

use super::activities::AtNode;
use super::event_loop::EventLoop;
use super::job::failed;
use super::lookup::Question;
use super::print_desk::{FilmDrawer, PrintNews, VirtualPrinter, job_id};
use super::{
    Command, Event, Job, JobId, PeerAddress, PrintFinish, PrintSource, PrinterOptions, jobs,
};
use crate::imaging::film::{FilmPage, FilmPicture};
use crate::node::{NodeEvent, NodeRequest, PageState, PrintProgress, PrintReport};

impl EventLoop {
    /// Starts the virtual printer, or stops it.
    pub(super) fn serve_printer(&mut self, options: Option<Box<PrinterOptions>>) {
        let request = match options {
            Some(mut options) => {
                options.folder = self.options.data_dir.join(&options.folder);
                NodeRequest::ServePrinter(*options)
            }
            None => NodeRequest::StopPrinter,
        };
        if let Err(failure) = self.node.ask(request, &self.store, &self.reports_in) {
            let failed = VirtualPrinter::Failed(failure.message);
            self.tell([Event::Print(PrintNews::Virtual(failed))]);
        }
    }

    /// The job that prints ends between two pages; then it waits, and can be taken out.
    pub(super) fn interrupt_print(&mut self, queued: i64) {
        self.node.tell(NodeRequest::Cancel(job_id(queued).0));
    }

    /// A sheet is drawn.
    pub(super) fn note_film(&mut self, token: u64, drawn: Result<Arc<FilmPicture>, String>) {
        if let Some(drawer) = &mut self.drawer {
            drawer.drawn();
        }
        self.tell([Event::Print(PrintNews::Sheet(token, drawn))]);
    }

    /// Films that were printed are kept before the job counts as ended.
    pub(super) fn finish_print(&mut self, id: JobId, at_node: AtNode, report: PrintReport) {
        let printed = report
            .pages
            .iter()
            .any(|page| page.state == PageState::Printed);
        let Some((order, calling)) = at_node.print.filter(|_| printed) else {
            return self.finish(id, jobs::print::outcome(&at_node.subject, &report));
        };
        let outcome = jobs::print::outcome(&at_node.subject, &report);
        let finish = Job::FinishPrint(Box::new(PrintFinish {
            order,
            report,
            called: at_node.subject,
            calling,
        }));
        if self.jobs.enqueue(id, finish).is_err() {
            self.finish(id, outcome);
        }
    }

    /// Asks for the queue's next job and tells the shell about the jobs.
    pub(super) fn list_print_jobs(&mut self) {
        self.ask(Question::Command(Command::ListPrintJobs));
    }

    pub(super) fn draw_film(&mut self, token: u64, page: Box<FilmPage>) {
        if self.drawer.is_none() {
            match FilmDrawer::start(self.reports_in.clone()) {
                Ok(drawer) => self.drawer = Some(drawer),
                Err(error) => tracing::error!(%error, "no thread for films"),
            }
        }
        if let Some(drawer) = &mut self.drawer {
            drawer.wish(token, page);
        }
    }

    pub(super) fn start_print(&mut self, next: Option<i64>) {
        if !self.options.server {
            return;
        }
        let Some((id, queued)) = self.print.start(next) else {
            return;
        };
        let job = Job::Print {
            printer: PeerAddress::Named(String::new()),
            source: PrintSource::Queued(queued),
            calling: None,
        };
        match self.jobs.enqueue(id, job) {
            Ok(report) => self.tell([Event::JobStarted(id, report)]),
            Err(failure) => self.finish(id, failed(failure)),
        }
    }

    /// News of a print job at the node, or of the virtual printer.
    pub(super) fn note_printing(&mut self, event: NodeEvent) {
        match event {
            NodeEvent::PrintProgress {
                request,
                progress: PrintProgress::Page(page),
            } if page.state != PageState::Sending => {
                if let Some(progress) = self.jobs.note_page(request) {
                    self.tell([Event::JobProgressed(JobId(request), progress)]);
                }
                self.list_print_jobs();
            }
            NodeEvent::PrintProgress { progress, .. } => match progress {
                PrintProgress::Printer(state) => {
                    self.tell([Event::Print(PrintNews::State(state.to_string()))]);
                }
                PrintProgress::Event(words) => {
                    self.tell([Event::Print(PrintNews::State(words))]);
                }
                PrintProgress::Page(_) => self.list_print_jobs(),
            },
            NodeEvent::PrinterListening { address, ae_title } => {
                let ae_title = ae_title.to_string();
                let listening = VirtualPrinter::Listening { address, ae_title };
                self.tell([Event::Print(PrintNews::Virtual(listening))]);
            }
            NodeEvent::PrinterFailed(reason) => {
                let failed = VirtualPrinter::Failed(reason);
                self.tell([Event::Print(PrintNews::Virtual(failed))]);
            }
            NodeEvent::PrinterStopped => {
                self.tell([Event::Print(PrintNews::Virtual(VirtualPrinter::Off))]);
            }
            NodeEvent::FilmKept(film) => self.tell([Event::Print(PrintNews::FilmKept(film))]),
            NodeEvent::PrintDone { request, report } => {
                if let Some(at_node) = self.jobs.node_ended(request) {
                    self.finish_print(JobId(request), at_node, report);
                }
            }
            _ => {}
        }
    }
}
