//! One N-service after another on an association: a request, its answer, and the reports a printer sends in between (PS3.7 §10).

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dicom::sop_class::print;
use crate::dicom::status::{Outcome, Service, Status};
use crate::dicom::{DataSet, tags};
use crate::node::association::{Association, Ended};
use crate::node::data_set;
use crate::node::dimse::{CommandSet, RESPONSE, element, field};

/// Bytes of pixels handed to the network at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// A data set to send.
pub(super) enum Content<'a> {
    /// None.
    Nothing,
    /// All of it.
    Whole(Vec<u8>),
    /// What comes before and after the pixels of an image box, and the pixels.
    Pixels(super::pixels::BoxContent<'a>),
}

/// What a request is about.
pub(super) struct Request<'a> {
    /// On which context.
    pub(super) context: u8,
    /// Which service.
    pub(super) field: u16,
    /// SOP class.
    pub(super) class: &'a str,
    /// SOP instance.
    pub(super) instance: &'a str,
    /// Its data set.
    pub(super) content: Content<'a>,
}

/// The answer.
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) comment: Option<String>,
    /// Affected SOP Instance UID.
    pub(super) instance: Option<String>,
    /// Its data set, if there is one that can be read.
    pub(super) data_set: Option<DataSet>,
    pub(super) offending: Option<String>,
}

impl Answer {
    /// The status in words, with the printer's comment.
    pub(super) fn words(&self) -> String {
        let mut words = self.status.of(Service::Print).to_string();
        if let Some(offending) = &self.offending {
            words.push_str(&format!(" ({offending})"));
        }
        if let Some(comment) = &self.comment {
            words.push_str(&format!(": {comment}"));
        }
        words
    }

    pub(super) fn is_warning(&self) -> bool {
        self.status.outcome() == Outcome::Warning
    }
}

/// What a printer reports by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrinterEvent {
    /// In words.
    pub(super) words: String,
    /// Set when it is about the printer: its state now.
    pub(super) printer: Option<super::PrinterState>,
}

/// An association with its message numbers and what the printer reported.
pub(super) struct Exchange<'a> {
    pub(super) association: &'a mut Association,
    pub(super) wait: Duration,
    pub(super) events: Vec<PrinterEvent>,
    message_id: u16,
    /// Never cancelled: an answer that is due is waited for, whatever the user wants.
    patience: CancellationToken,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(association: &'a mut Association, wait: Duration) -> Self {
        Self {
            association,
            wait,
            events: Vec::new(),
            message_id: 0,
            patience: CancellationToken::new(),
        }
    }

    /// Sends a request and awaits its answer.
    pub(super) async fn ask(&mut self, request: Request<'_>) -> Result<Answer, Ended> {
        self.message_id = self.message_id.wrapping_add(1).max(1);
        let has_data_set = !matches!(request.content, Content::Nothing);
        let mut command = CommandSet::normalized(
            request.field,
            self.message_id,
            request.class,
            request.instance,
            has_data_set,
        );
        if request.field == field::ACTION {
            // Print, the only action of film sessions and film boxes (PS3.4 H.4.1.2.4, H.4.2.2.4).
            command = command.with_number(element::ACTION_TYPE, 1);
        }
        let context = request.context;
        self.association.send_command(context, &command).await?;
        match request.content {
            Content::Nothing => {}
            Content::Whole(bytes) => self.association.send_data(context, &bytes, true).await?,
            Content::Pixels(content) => {
                let mut chunks = content.chunks(CHUNK_BYTES).peekable();
                while let Some(chunk) = chunks.next() {
                    let is_last = chunks.peek().is_none();
                    self.association.send_data(context, &chunk, is_last).await?;
                }
            }
        }
        self.answer(request.field).await
    }

    async fn answer(&mut self, asked: u16) -> Result<Answer, Ended> {
        loop {
            let next = self.association.next_command(self.wait, &self.patience);
            let Some((context, command)) = next.await? else {
                self.association.reply_release().await;
                return Err(Ended::ReleasedEarly);
            };
            let data_set = self.data_set(context, &command).await?;
            if command.command_field() == field::EVENT_REPORT {
                self.acknowledge(context, &command, data_set.as_ref())
                    .await?;
                continue;
            }
            let ours = command.command_field() == asked | RESPONSE
                && command.number(element::MESSAGE_ID_RESPONDED_TO) == Some(self.message_id);
            let Some(status) = command.number(element::STATUS).filter(|_| ours) else {
                let what = "something that is no response to our request";
                return Err(self.association.violate(what).await);
            };
            let printable = |text: String| -> String {
                text.chars().filter(|c| !c.is_control()).take(64).collect()
            };
            return Ok(Answer {
                status: Status(status),
                comment: command.text(element::ERROR_COMMENT).map(printable),
                instance: command.sop_instance().map(|uid| uid.to_string()),
                data_set,
                offending: command.offending().map(|tag| tag.to_string()),
            });
        }
    }

    /// Reads the data set that follows a command; one that cannot be read counts as none.
    async fn data_set(
        &mut self,
        context: u8,
        command: &CommandSet,
    ) -> Result<Option<DataSet>, Ended> {
        if !command.has_data_set() {
            return Ok(None);
        }
        match data_set::receive(self.association, context).await? {
            Ok(data_set) => Ok(Some(data_set)),
            Err(unusable) => {
                tracing::warn!(%unusable, "a printer's answer cannot be read");
                Ok(None)
            }
        }
    }

    /// Answers an N-EVENT-REPORT and remembers what it says.
    async fn acknowledge(
        &mut self,
        context: u8,
        report: &CommandSet,
        data_set: Option<&DataSet>,
    ) -> Result<(), Ended> {
        let event_type = report.number(element::EVENT_TYPE).unwrap_or(0);
        let class = report.text(element::AFFECTED_SOP_CLASS).unwrap_or_default();
        self.events.push(event(&class, event_type, data_set));
        let response = report.response(Status::SUCCESS.0);
        self.association.send_command(context, &response).await
    }
}

/// What an event means (PS3.4 H.4.6.2.2, H.4.5.2.2).
fn event(class: &str, event_type: u16, data_set: Option<&DataSet>) -> PrinterEvent {
    let info = |tag| {
        let text = data_set.and_then(|set| set.text(tag)).unwrap_or_default();
        text.chars()
            .filter(|c| !c.is_control())
            .take(64)
            .collect::<String>()
            .to_lowercase()
    };
    let with = |word: &str, info: &str| {
        if info.is_empty() {
            word.to_owned()
        } else {
            format!("{word}: {info}")
        }
    };
    if class == print::PRINT_JOB {
        let word = match event_type {
            1 => "pending",
            2 => "printing",
            3 => "done",
            4 => "failure",
            _ => "an undefined event",
        };
        return PrinterEvent {
            words: format!(
                "print job: {}",
                with(word, &info(tags::EXECUTION_STATUS_INFO))
            ),
            printer: None,
        };
    }
    let status = match event_type {
        1 => "NORMAL",
        2 => "WARNING",
        3 => "FAILURE",
        _ => "unknown",
    };
    let info = info(tags::PRINTER_STATUS_INFO);
    PrinterEvent {
        words: format!("printer: {}", with(status, &info)),
        printer: Some(super::PrinterState {
            status: status.to_owned(),
            info,
        }),
    }
}
