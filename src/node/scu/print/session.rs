//! The course of a print job: what is created, set, printed and deleted, and where it ends when something goes wrong.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::content;
use super::exchange::{Answer, Content, Exchange, Request};
use super::order::{PageReport, PageState, PrintOrder, PrintProgress, PrintReport, PrinterState};
use crate::dicom::presentation_context;
use crate::dicom::sop_class::{self, print};
use crate::dicom::status::{Outcome, Status};
use crate::dicom::{DataSet, Encoding, Uid, tags};
use crate::node::association::{Contexts, Ended};
use crate::node::dimse::field;
use crate::node::messages::{NodeEvent, StepFailure};
use crate::node::scu::connect::{Call, associate};
use crate::node::shared::Shared;

/// A print job under way.
pub struct Printing<'a> {
    /// To whom, as whom.
    pub call: Call,
    /// Where news go.
    pub shared: &'a Shared,
    /// Comes back in every report.
    pub request: u64,
    /// What to print.
    pub order: Arc<PrintOrder>,
    /// The job in the durable queue, if it is one.
    pub queued: Option<i64>,
    /// Ends it between two steps.
    pub stop: CancellationToken,
}

/// Contexts by what is done on them.
pub(super) struct Channels {
    pub(super) session: u8,
    pub(super) film: u8,
    pub(super) image: u8,
    /// One Meta context carries everything; image boxes are of its kind.
    pub(super) meta: bool,
    pub(super) printer: Option<u8>,
    pub(super) lut: Option<u8>,
    pub(super) annotation: Option<u8>,
    pub(super) encodings: Vec<(u8, Encoding)>,
}

/// What a step could not do.
pub(super) struct Stuck {
    pub(super) step: String,
    pub(super) status: Option<u16>,
    pub(super) words: String,
    /// The association is gone.
    pub(super) ended: bool,
}

impl Stuck {
    pub(super) fn refused(step: &str, answer: &Answer, advice: &str) -> Self {
        let mut words = answer.words();
        if !advice.is_empty() {
            words.push_str("; ");
            words.push_str(advice);
        }
        Self {
            step: step.to_owned(),
            status: Some(answer.status.0),
            words,
            ended: false,
        }
    }

    pub(super) fn here(step: &str, words: impl Into<String>) -> Self {
        Self {
            step: step.to_owned(),
            status: None,
            words: words.into(),
            ended: false,
        }
    }

    pub(super) fn ended(step: &str, ended: &Ended) -> Self {
        let words = match ended {
            Ended::TimedOut => "no answer in time".to_owned(),
            ended => ended.to_string(),
        };
        Self {
            step: step.to_owned(),
            status: None,
            words,
            ended: true,
        }
    }
}

/// The course of one association.
pub(super) struct Course<'a, 'b> {
    pub(super) printing: &'a Printing<'b>,
    pub(super) exchange: Exchange<'a>,
    pub(super) channels: Channels,
    pub(super) report: PrintReport,
    pub(super) session: Option<String>,
    pub(super) lut: Option<String>,
    pub(super) film_box: Option<String>,
    /// The printer reported a failure by itself.
    pub(super) broken: Option<PrinterState>,
}

impl Printing<'_> {
    /// Prints; everything that went wrong is in the report.
    pub async fn run(self) -> PrintReport {
        let mut report = PrintReport {
            pages: self.blank_pages(),
            ..PrintReport::default()
        };
        let proposed = presentation_context::propose_print();
        let opened = tokio::select! {
            opened = associate(&self.call, &proposed) => opened,
            () = self.stop.cancelled() => Err(StepFailure {
                step: "association",
                reason: "cancelled before the association was there".to_owned(),
            }),
        };
        let mut association = match opened {
            Ok(association) => association,
            Err(StepFailure { step, reason }) => {
                let step = if step == "look-up" { "connect" } else { step };
                report.fail(Stuck::here(step, reason));
                report.cancelled = self.stop.is_cancelled();
                return report;
            }
        };
        let color = self.order.pages.iter().any(|page| page.color);
        let names = association
            .contexts()
            .values()
            .map(|context| sop_class::name(context.sop_class.as_str()).to_owned());
        report.accepted = names.collect();
        let gray_or_else = |reason| {
            // A printer that is only asked may be one for colour films.
            let colors = choose(association.contexts(), true);
            colors.ok().filter(|_| self.order.probe).ok_or(reason)
        };
        match choose(association.contexts(), color).or_else(gray_or_else) {
            Ok(channels) => {
                let wait = self.call.settings.timers_print;
                let mut course = Course {
                    printing: &self,
                    exchange: Exchange::new(&mut association, wait),
                    channels,
                    report,
                    session: None,
                    lut: None,
                    film_box: None,
                    broken: None,
                };
                let alive = course.run().await;
                report = course.report;
                if alive {
                    let ended = association.release().await;
                    tracing::debug!(%ended, "print");
                }
            }
            Err(reason) => {
                report.fail(Stuck::here("association", reason));
                let ended = association.release().await;
                tracing::debug!(%ended, "print");
            }
        }
        association.finish().await;
        report.cancelled = self.stop.is_cancelled();
        report
    }

    fn blank_pages(&self) -> Vec<PageReport> {
        let blank = |index: usize| PageReport {
            page: u32::try_from(index + 1).unwrap_or(u32::MAX),
            state: if self.order.skip.contains(&index) {
                PageState::Printed
            } else {
                PageState::NotSent
            },
            step: None,
            status: None,
            words: if self.order.skip.contains(&index) {
                "printed before".to_owned()
            } else {
                String::new()
            },
        };
        (0..self.order.pages.len()).map(blank).collect()
    }
}

impl PrintReport {
    /// A step before any page, or one that leaves the rest undone.
    pub(super) fn fail(&mut self, stuck: Stuck) {
        for page in &mut self.pages {
            if page.state == PageState::NotSent && page.step.is_none() {
                page.step = Some(stuck.step.clone());
                page.status = stuck.status;
                page.words = stuck.words.clone();
            }
        }
        self.failure = Some((stuck.step, stuck.words));
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Finds the contexts for a film: the Meta class where it was accepted, else the single classes.
fn choose(contexts: &Contexts, color: bool) -> Result<Channels, String> {
    let of = |class: &str| {
        let mut found = contexts
            .iter()
            .filter(|(_, c)| c.sop_class.as_str() == class);
        found.next().map(|(id, _)| *id)
    };
    let (meta, image) = if color {
        (print::COLOR_META, print::COLOR_BOX)
    } else {
        (print::GRAYSCALE_META, print::GRAYSCALE_BOX)
    };
    let encodings = contexts
        .iter()
        .map(|(id, c)| (*id, c.syntax.encoding))
        .collect();
    let (lut, annotation) = (of(print::PRESENTATION_LUT), of(print::ANNOTATION_BOX));
    if let Some(id) = of(meta) {
        return Ok(Channels {
            session: id,
            film: id,
            image: id,
            meta: true,
            printer: Some(id),
            lut,
            annotation,
            encodings,
        });
    }
    let singles = [print::FILM_SESSION, print::FILM_BOX, image].map(|class| (class, of(class)));
    match singles {
        [(_, Some(session)), (_, Some(film)), (_, Some(image))] => Ok(Channels {
            session,
            film,
            image,
            meta: false,
            printer: of(print::PRINTER),
            lut,
            annotation,
            encodings,
        }),
        missing => {
            let names: Vec<&str> = missing
                .iter()
                .filter(|(_, id)| id.is_none())
                .map(|(class, _)| sop_class::name(class))
                .collect();
            let what = if color { "colour films" } else { "gray films" };
            let meta = sop_class::name(meta);
            let names = names.join(", ");
            Err(format!(
                "the printer takes no {what}: neither {meta} nor {names} was accepted"
            ))
        }
    }
}

impl Course<'_, '_> {
    pub(super) fn encoding(&self, context: u8) -> Encoding {
        let found = self
            .channels
            .encodings
            .iter()
            .find(|(id, _)| *id == context);
        found.map_or(Encoding::ImplicitLittle, |(_, encoding)| *encoding)
    }

    /// The whole course; whether the association is still there to be released.
    async fn run(&mut self) -> bool {
        match self.prepare().await {
            Err(stuck) => {
                let ended = stuck.ended;
                self.report.fail(stuck);
                if ended {
                    return false;
                }
            }
            Ok(()) => {
                if !self.pages().await {
                    return false;
                }
            }
        }
        let alive = self.finish().await;
        self.tell_events();
        alive
    }

    /// Printer status, Presentation LUT and film session.
    async fn prepare(&mut self) -> Result<(), Stuck> {
        let before = self.printer_state("printer status").await?;
        self.tell(PrintProgress::Printer(before.clone()));
        self.report.before = before.clone();
        if before.status == "FAILURE" {
            let words = format!("the printer reports {before}; nothing was sent");
            return Err(Stuck::here("printer status", words));
        }
        if before.status == "WARNING" {
            self.report.warn(format!("printer: {before}"));
            if self.printing.order.ask_on_warning {
                let words = format!("the printer reports {before}; nothing was sent yet");
                return Err(Stuck::here("printer status", words));
            }
        }
        if self.printing.order.pages.is_empty() {
            if self.printing.order.probe {
                // Some take 12 bits only with a Presentation LUT.
                self.create_lut().await?;
                self.create_session().await?;
                self.probe().await?;
            }
            return Ok(());
        }
        self.create_lut().await?;
        self.create_session().await
    }

    async fn create_session(&mut self) -> Result<(), Stuck> {
        let step = "film session";
        let content = content::session(&self.printing.order.session);
        let context = self.channels.session;
        let created = self
            .create(step, context, print::FILM_SESSION, content)
            .await?;
        let (uid, answer) = created;
        if !answer.status.is_done() {
            return Err(Stuck::refused(step, &answer, ""));
        }
        self.note_warning(step, &answer);
        self.session = Some(uid);
        Ok(())
    }

    async fn create_lut(&mut self) -> Result<(), Stuck> {
        let gray = !self.printing.order.pages.iter().any(|page| page.color);
        let wanted = self.printing.order.presentation_lut && gray;
        let Some(context) = self.channels.lut.filter(|_| wanted) else {
            return Ok(());
        };
        let step = "presentation LUT";
        let content = content::presentation_lut();
        let (uid, answer) = self
            .create(step, context, print::PRESENTATION_LUT, content)
            .await?;
        if answer.status.is_done() {
            self.note_warning(step, &answer);
            self.report.presentation_lut = Some(uid.clone());
            self.lut = Some(uid);
        } else {
            let warning = format!("{step}: {}; printed without it", answer.words());
            self.report.warn(warning);
        }
        Ok(())
    }

    /// N-CREATE; the instance that the printer made of it, and its answer.
    pub(super) async fn create(
        &mut self,
        step: &str,
        context: u8,
        class: &str,
        content: crate::dicom::Builder,
    ) -> Result<(String, Answer), Stuck> {
        let uid = Uid::generate().to_string();
        let bytes = content.data_set(self.encoding(context));
        let request = Request {
            context,
            field: field::CREATE,
            class,
            instance: &uid,
            content: Content::Whole(bytes),
        };
        let answer = self.ask(step, request).await?;
        Ok((answer.instance.clone().unwrap_or(uid), answer))
    }

    pub(super) async fn ask(&mut self, step: &str, request: Request<'_>) -> Result<Answer, Stuck> {
        let answer = self.exchange.ask(request).await;
        self.tell_events();
        answer.map_err(|ended| Stuck::ended(step, &ended))
    }

    pub(super) fn tell(&self, progress: PrintProgress) {
        self.printing.shared.tell(NodeEvent::PrintProgress {
            request: self.printing.request,
            progress,
        });
    }

    /// Passes on what the printer reported by itself.
    fn tell_events(&mut self) {
        for event in std::mem::take(&mut self.exchange.events) {
            self.report.warn(event.words.clone());
            if let Some(state) = event.printer {
                self.broken = Some(state).filter(|state| state.status == "FAILURE");
            }
            self.tell(PrintProgress::Event(event.words));
        }
    }

    pub(super) fn note_warning(&mut self, step: &str, answer: &Answer) {
        if answer.is_warning() {
            self.report.warn(format!("{step}: {}", answer.words()));
        }
    }

    /// N-GET of the printer; one that cannot be asked is `unknown`.
    async fn printer_state(&mut self, step: &str) -> Result<PrinterState, Stuck> {
        let Some(context) = self.channels.printer else {
            return Ok(PrinterState::default());
        };
        let request = Request {
            context,
            field: field::N_GET,
            class: print::PRINTER,
            instance: print::PRINTER_INSTANCE,
            content: Content::Nothing,
        };
        let answer = self.ask(step, request).await?;
        if !answer.status.is_done() {
            self.report.warn(format!("{step}: {}", answer.words()));
            return Ok(PrinterState::default());
        }
        Ok(answer
            .data_set
            .as_ref()
            .map_or_else(PrinterState::default, state_of))
    }

    /// Asks the printer once more and deletes what was created; whether the association is still there.
    async fn finish(&mut self) -> bool {
        if self.report.failure.is_none() || self.session.is_some() {
            match self.printer_state("printer status").await {
                Ok(after) => self.report.after = after,
                Err(stuck) => {
                    self.report.warn(format!("{}: {}", stuck.step, stuck.words));
                    return false;
                }
            }
        } else {
            self.report.after = self.report.before.clone();
        }
        let (film, session) = (self.channels.film, self.channels.session);
        let lut = self.channels.lut.unwrap_or(session);
        let created = [
            (film, print::FILM_BOX, self.film_box.take()),
            (session, print::FILM_SESSION, self.session.take()),
            (lut, print::PRESENTATION_LUT, self.lut.take()),
        ];
        for (context, class, instance) in created {
            if let Some(instance) = instance
                && !self.delete("clean-up", context, class, &instance).await
            {
                return false;
            }
        }
        true
    }

    /// N-DELETE; a refusal is a warning. Whether the association is still there.
    pub(super) async fn delete(
        &mut self,
        step: &str,
        context: u8,
        class: &str,
        instance: &str,
    ) -> bool {
        let request = Request {
            context,
            field: field::DELETE,
            class,
            instance,
            content: Content::Nothing,
        };
        match self.ask(step, request).await {
            Ok(answer) => {
                // 0112: it is gone already, which is what was wanted.
                let gone = answer.status == Status::NO_SUCH_INSTANCE;
                if answer.status.outcome() != Outcome::Success && !gone {
                    self.report.warn(format!("{step}: {}", answer.words()));
                }
                true
            }
            Err(stuck) => {
                self.report.warn(format!("{step}: {}", stuck.words));
                false
            }
        }
    }
}

fn state_of(data_set: &DataSet) -> PrinterState {
    let text = |tag| {
        let text = data_set.text(tag).unwrap_or_default();
        text.chars()
            .filter(|c| !c.is_control())
            .take(64)
            .collect::<String>()
    };
    let status = text(tags::PRINTER_STATUS);
    PrinterState {
        info: text(tags::PRINTER_STATUS_INFO).to_lowercase(),
        status: if status.is_empty() {
            "unknown".to_owned()
        } else {
            status
        },
    }
}
