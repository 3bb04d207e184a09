//! C-ECHO as SCU (statement 3.1.2.1).

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::connect::{Call, associate};
use crate::dicom::presentation_context::ProposedContext;
use crate::dicom::sop_class::{Kind, SOP_CLASSES};
use crate::dicom::{SopClassUid, transfer_syntax};
use crate::node::association::{Association, Ended};
use crate::node::dimse::{CommandSet, NO_DATA_SET, RESPONSE, element, field};
use crate::node::messages::{EchoReport, StepFailure};

/// Asks the peer whether it is there.
pub async fn run(call: &Call, stop: &CancellationToken) -> Result<EchoReport, StepFailure> {
    let failure = |reason: String| StepFailure {
        step: "echo",
        reason,
    };
    let class = SOP_CLASSES
        .iter()
        .find(|class| class.kind == Kind::Verification)
        .and_then(|class| SopClassUid::parse(class.uid).ok())
        .ok_or_else(|| failure("no verification class".to_owned()))?;
    let proposed = [ProposedContext {
        id: 1,
        abstract_syntax: class.clone(),
        transfer_syntaxes: transfer_syntax::VERIFICATION.to_vec(),
    }];
    let mut association = associate(call, &proposed).await?;
    let started = Instant::now();
    let answered = exchange(&mut association, &class, stop).await;
    let ms = started.elapsed().as_secs_f64() * 1000.0;
    let result = match answered {
        Ok(status) => {
            let ended = association.release().await;
            tracing::debug!(%ended, "echo");
            Ok(EchoReport { status, ms })
        }
        Err(Ended::TimedOut) => Err(failure("no answer in time".to_owned())),
        Err(ended) => Err(failure(ended.to_string())),
    };
    association.finish().await;
    result
}

/// C-ECHO on the first context of an association that is there; the status.
pub async fn exchange_on(
    association: &mut Association,
    stop: &CancellationToken,
) -> Result<u16, Ended> {
    let class = association.contexts().get(&1).map(|c| c.sop_class.clone());
    match class {
        Some(class) => exchange(association, &class, stop).await,
        None => Err(association.abort("C-ECHO was not accepted").await),
    }
}

async fn exchange(
    association: &mut Association,
    class: &SopClassUid,
    stop: &CancellationToken,
) -> Result<u16, Ended> {
    let request = CommandSet::request(field::ECHO, 1, class.as_str(), NO_DATA_SET);
    association.send_command(1, &request).await?;
    let (_, response) = response(association, field::ECHO, 1, stop).await?;
    Ok(response)
}

/// Awaits the response to message `message_id`; its command set and status.
pub async fn response(
    association: &mut Association,
    command_field: u16,
    message_id: u16,
    stop: &CancellationToken,
) -> Result<(CommandSet, u16), Ended> {
    let wait = association.timers().response;
    let Some((_, command)) = association.next_command(wait, stop).await? else {
        association.reply_release().await;
        return Err(Ended::ReleasedEarly);
    };
    let answers = command.command_field() == command_field | RESPONSE
        && command.number(element::MESSAGE_ID_RESPONDED_TO) == Some(message_id)
        && !command.has_data_set();
    match command.number(element::STATUS) {
        Some(status) if answers => Ok((command, status)),
        _ => Err(association
            .violate("something that is no response to our request")
            .await),
    }
}
