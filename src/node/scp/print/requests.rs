//! One request of the virtual printer from the network to its answer, with the misbehaviour it was told.

use tokio_util::sync::CancellationToken;

use super::FilmOnDisk;
use super::attributes::{Refused, refused};
use super::misbehaviour::{self, Fault, Step};
use super::services::Desk;
use crate::dicom::sop_class::print;
use crate::dicom::status::Status;
use crate::dicom::{Builder, DataSet, Encoding, ScanOptions, TransferSyntax, scan_data_set, tags};
use crate::node::association::{Association, Ended};
use crate::node::dimse::{CommandSet, NO_DATA_SET, RESPONSE, element, field};

/// Largest data set of one request: an image box of a large film.
const DATA_SET_BYTES_MAX: usize = 280 << 20;
/// An answer before it is encoded.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Affected SOP Instance UID, where it is not the one asked about.
    pub(super) instance: Option<String>,
    pub(super) content: Option<Builder>,
    pub(super) refused: Option<Refused>,
    pub(super) film: Option<FilmOnDisk>,
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        Self {
            status: refused.status.0,
            refused: Some(refused),
            ..Self::default()
        }
    }
}

impl Answer {
    pub(super) fn with(content: Builder) -> Self {
        Self {
            content: Some(content),
            ..Self::default()
        }
    }
}

/// A request with its data set.
pub(super) struct Asked {
    pub(super) field: u16,
    pub(super) class: String,
    pub(super) instance: String,
    pub(super) action: Option<u16>,
    pub(super) syntax: &'static TransferSyntax,
    /// The context is one of a colour class.
    pub(super) color: bool,
    pub(super) bytes: Vec<u8>,
    pub(super) set: Option<DataSet>,
}

impl Desk {
    /// Serves one request to its answer; the film, if it made one.
    pub(super) async fn serve(
        &mut self,
        association: &mut Association,
        context: u8,
        command: &CommandSet,
        stop: &CancellationToken,
    ) -> Result<Option<FilmOnDisk>, Ended> {
        let bytes = match command.has_data_set() {
            true => receive(association, context).await?,
            false => Some(Vec::new()),
        };
        let Some(agreed) = association.contexts().get(&context).cloned() else {
            return Err(association.violate("data on an unknown context").await);
        };
        let uid = |uid: Option<String>| uid.unwrap_or_default();
        let class = uid(command
            .requested_class()
            .or_else(|| command.sop_class())
            .map(|uid| uid.to_string()));
        let instance = uid(command
            .requested_instance()
            .or_else(|| command.sop_instance())
            .map(|uid| uid.to_string()));
        let step = step(command.command_field(), &class);
        self.requests += 1;
        let fault = misbehaviour::fault(&self.device.options.misbehaviours, self.requests, step);
        self.misbehave_before(association, context, fault, stop)
            .await?;
        let set = bytes
            .as_ref()
            .filter(|bytes| !bytes.is_empty())
            .map(|bytes| {
                let end = bytes.len() as u64;
                scan_data_set(bytes, 0, end, agreed.syntax, &ScanOptions::INDEX)
            });
        let mut answer = match (bytes, set, fault) {
            (_, _, Some(Fault::Refuse(status))) => Answer {
                status,
                ..Answer::default()
            },
            (None, _, _) => refused(Status::RESOURCE_LIMITATION, "the data set is too long").into(),
            (_, Some(Err(_)), _) => {
                refused(Status::PROCESSING_FAILURE, "the data set cannot be read").into()
            }
            (Some(bytes), set, _) => {
                let asked = Asked {
                    field: command.command_field(),
                    action: command.number(element::ACTION_TYPE),
                    color: agreed.sop_class.as_str() == print::COLOR_META
                        || class == print::COLOR_BOX,
                    class,
                    instance,
                    syntax: agreed.syntax,
                    bytes,
                    set: set.and_then(Result::ok),
                };
                self.answer(asked, agreed.sop_class.as_str()).await
            }
        };
        if fault == Some(Fault::NoDataSet) {
            answer.content = None;
        }
        let film = answer.film.take();
        send(
            association,
            context,
            command,
            answer,
            agreed.syntax.encoding,
        )
        .await?;
        if fault == Some(Fault::Close) {
            return Err(Ended::Stopped("told to close the connection"));
        }
        Ok(film)
    }

    async fn misbehave_before(
        &mut self,
        association: &mut Association,
        context: u8,
        fault: Option<Fault>,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let (event, state) = match fault {
            Some(Fault::Abort) => return Err(association.abort("told to abort").await),
            Some(Fault::Silent) => {
                stop.cancelled().await;
                return Err(association.abort("the program ends").await);
            }
            Some(Fault::Break) => (3, ("FAILURE", "CHECK PRINTER")),
            Some(Fault::Warn) => (2, ("WARNING", "SUPPLY LOW")),
            _ => return Ok(()),
        };
        self.state = (state.0.to_owned(), state.1.to_owned());
        let encoding = association
            .contexts()
            .get(&context)
            .map_or(Encoding::ImplicitLittle, |c| c.syntax.encoding);
        let report = CommandSet::normalized(
            field::EVENT_REPORT,
            1,
            print::PRINTER,
            print::PRINTER_INSTANCE,
            true,
        )
        .with_number(element::EVENT_TYPE, event);
        let content = Builder::new()
            .text(tags::PRINTER_STATUS_INFO, state.1)
            .text(tags::PRINTER_NAME, self.device.options.ae_title.as_str());
        association.send_command(context, &report).await?;
        association
            .send_data(context, &content.data_set(encoding), true)
            .await?;
        let wait = association.timers().response;
        match association.next_command(wait, stop).await? {
            Some((_, answer))
                if answer.command_field() == field::EVENT_REPORT | RESPONSE
                    && answer.number(element::STATUS) == Some(0) =>
            {
                Ok(())
            }
            _ => Err(association.violate("no answer to an event report").await),
        }
    }
}

fn step(command_field: u16, class: &str) -> Step {
    match (command_field, class) {
        (field::N_GET, _) => Step::PrinterStatus,
        (field::CREATE, print::PRESENTATION_LUT) => Step::PresentationLut,
        (field::CREATE, print::FILM_SESSION) => Step::FilmSession,
        (field::CREATE, print::FILM_BOX) => Step::FilmBox,
        (field::SET, print::ANNOTATION_BOX) => Step::AnnotationBox,
        (field::SET, _) => Step::ImageBox,
        (field::ACTION, _) => Step::Print,
        (field::DELETE, _) => Step::Delete,
        _ => Step::Other,
    }
}

/// The data set of a request; `None` when it is too long, then it was read away.
async fn receive(association: &mut Association, context: u8) -> Result<Option<Vec<u8>>, Ended> {
    let mut bytes = Vec::new();
    let mut too_long = false;
    loop {
        let fragment = association.next_data(context).await?;
        let length = fragment.length as usize;
        too_long |= bytes.len() + length > DATA_SET_BYTES_MAX;
        if too_long {
            bytes = Vec::new();
            association.skip_data(length).await?;
        } else {
            association.read_data(&mut bytes, length).await?;
        }
        if fragment.is_last {
            return Ok(Some(bytes).filter(|_| !too_long));
        }
    }
}

async fn send(
    association: &mut Association,
    context: u8,
    command: &CommandSet,
    answer: Answer,
    encoding: Encoding,
) -> Result<(), Ended> {
    let mut response = command.response(answer.status);
    if let Some(instance) = &answer.instance {
        response = response.with_uid(element::AFFECTED_SOP_INSTANCE, instance);
    }
    if let Some(refused) = &answer.refused {
        response = response.with_comment(refused.comment);
        if let Some(tag) = refused.offending {
            response = response.with_offending(tag);
        }
    }
    let content = answer.content.map(|builder| builder.data_set(encoding));
    let data_set_type = if content.is_some() { 1 } else { NO_DATA_SET };
    let response = response.with_number(element::DATA_SET_TYPE, data_set_type);
    association.send_command(context, &response).await?;
    match content {
        Some(bytes) => association.send_data(context, &bytes, true).await,
        None => Ok(()),
    }
}
