//! Storage commitment of ours: asking (N-ACTION, then the report is awaited here or at our listener), and reporting on a new
//! association what others asked for (PS3.4 Annex J).

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connect::{Call, associate_as};
use super::normalized::Requests;
use crate::dicom::presentation_context::ProposedContext;
use crate::dicom::sop_class::{Kind, SOP_CLASSES, STORAGE_COMMITMENT_INSTANCE};
use crate::dicom::{SopClassUid, Uid, transfer_syntax};
use crate::node::association::{Association, Ended, Next};
use crate::node::commitment_data;
use crate::node::dimse::{CommandSet, element, field};
use crate::node::messages::{CommitmentAnswers, StepFailure};
use crate::node::scp::commitment::take_report;
use crate::node::shared::Shared;
use crate::store::commitment::{AskedCommitment, OwedReport, Referenced};

/// How often the database is asked whether the report came to our listener, perhaps in another process.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

fn failure(reason: impl ToString) -> StepFailure {
    StepFailure {
        step: "commitment",
        reason: reason.to_string(),
    }
}

fn in_words(ended: Ended) -> StepFailure {
    match ended {
        Ended::TimedOut => failure("no answer in time"),
        ended => failure(ended),
    }
}

/// The class and the one context to propose for it.
fn proposal() -> Result<(SopClassUid, [ProposedContext; 1]), StepFailure> {
    let class = SOP_CLASSES
        .iter()
        .find(|class| class.kind == Kind::Commitment)
        .and_then(|class| SopClassUid::parse(class.uid).ok())
        .ok_or_else(|| failure("no commitment class"))?;
    let context = ProposedContext {
        id: 1,
        abstract_syntax: class.clone(),
        transfer_syntaxes: transfer_syntax::VERIFICATION.to_vec(),
    };
    Ok((class, [context]))
}

/// Reports to a peer on an association of our own, as SCP of the service (role selection).
pub async fn report(
    call: &Call,
    owed: &OwedReport,
    stop: &CancellationToken,
) -> Result<(), StepFailure> {
    let (class, contexts) = proposal()?;
    let mut association = associate_as(call, &contexts, std::slice::from_ref(&class)).await?;
    let (event_type, set) = commitment_data::report(owed);
    let command = CommandSet::normalized(
        field::EVENT_REPORT,
        1,
        class.as_str(),
        STORAGE_COMMITMENT_INSTANCE,
        true,
    )
    .with_number(element::EVENT_TYPE, event_type);
    let answered = Requests::default()
        .perform(&mut association, 1, command, Some(&set), stop)
        .await;
    let result = match answered {
        Ok(answer) if answer.status.is_done() => Ok(()),
        Ok(answer) => Err(failure(format!(
            "the report was not accepted: {}",
            answer.status
        ))),
        Err(ended) => Err(in_words(ended)),
    };
    if result.is_ok() {
        association.release().await;
    } else {
        association.abort("the report was not accepted").await;
    }
    association.finish().await;
    result
}

/// Asks a peer to be answerable for instances and waits for its report.
pub async fn request(
    call: &Call,
    shared: &Shared,
    items: Vec<Referenced>,
    stop: &CancellationToken,
) -> Result<CommitmentAnswers, StepFailure> {
    let (class, contexts) = proposal()?;
    let mut association = associate_as(call, &contexts, &[]).await?;
    let transaction = Uid::generate();
    let set = commitment_data::request(&transaction, &items);
    let (uid, title) = (transaction.clone(), call.target.ae_title.clone());
    let remembered = shared
        .ask(move |store| store.commitment_asked(&uid, &title, &items))
        .await;
    if let Err(error) = remembered {
        association.abort("our own failure").await;
        association.finish().await;
        return Err(failure(error));
    }
    let command = CommandSet::normalized(
        field::ACTION,
        1,
        class.as_str(),
        STORAGE_COMMITMENT_INSTANCE,
        true,
    )
    .with_number(element::ACTION_TYPE, commitment_data::REQUEST_COMMITMENT);
    let mut requests = Requests::default();
    let answered = requests
        .perform(&mut association, 1, command, Some(&set), stop)
        .await;
    let refused = match answered {
        Ok(answer) if answer.status.is_done() => None,
        Ok(answer) => {
            let comment = answer.command.text(element::ERROR_COMMENT);
            let comment = comment.map_or_else(String::new, |words| format!(": {words}"));
            association.release().await;
            Some(failure(format!("refused: {}{comment}", answer.status)))
        }
        Err(ended) => Some(in_words(ended)),
    };
    if let Some(refused) = refused {
        association.finish().await;
        let withdrawn = shared.ask(move |store| store.commitment_withdrawn(&transaction));
        if let Err(error) = withdrawn.await {
            tracing::warn!(%error, "a refused commitment stays on the books");
        }
        return Err(refused);
    }
    await_report(association, requests, shared, &transaction, stop).await
}

/// Waits until the report is in the database, whichever way it came, or the time is over.
async fn await_report(
    association: Association,
    requests: Requests,
    shared: &Shared,
    transaction: &Uid,
    stop: &CancellationToken,
) -> Result<CommitmentAnswers, StepFailure> {
    let deadline = Instant::now() + shared.settings().timers_commitment;
    let done = stop.child_token();
    let here = listen_here(association, requests, shared, &done, deadline);
    tokio::pin!(here);
    let mut is_open = true;
    loop {
        let asked = look(shared, transaction).await?;
        if asked.answered || Instant::now() >= deadline || stop.is_cancelled() {
            done.cancel();
            if is_open {
                here.as_mut().await;
            }
            return Ok(asked.items);
        }
        tokio::select! {
            () = &mut here, if is_open => is_open = false,
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
    }
}

async fn look(shared: &Shared, transaction: &Uid) -> Result<AskedCommitment, StepFailure> {
    let transaction = transaction.clone();
    let asked = shared
        .ask(move |store| store.asked_commitment(&transaction))
        .await;
    match asked {
        Ok(Some(asked)) => Ok(asked),
        Ok(None) => Err(failure("the transaction was forgotten")),
        Err(error) => Err(failure(error)),
    }
}

/// Takes reports on the association that asked, until it ends or `done`.
async fn listen_here(
    mut association: Association,
    mut requests: Requests,
    shared: &Shared,
    done: &CancellationToken,
    deadline: Instant,
) {
    for report in requests.events.drain(..) {
        let read = report.data_set.as_ref();
        if let Some(report) = read.and_then(commitment_data::read_report) {
            let kept = shared.ask(move |store| {
                store.commitment_answered(
                    &report.transaction_uid,
                    &report.committed,
                    &report.failed,
                )
            });
            if let Err(error) = kept.await {
                tracing::error!(%error, "a commitment report could not be kept");
            }
        }
    }
    loop {
        let wait = deadline.saturating_duration_since(Instant::now()) + LOOK_INTERVAL * 2;
        let ended = match association.next_or_stop(wait, done).await {
            Ok(Next::Command(context_id, command))
                if command.command_field() == field::EVENT_REPORT =>
            {
                match take_report(&mut association, context_id, &command, shared).await {
                    Ok(()) => continue,
                    Err(ended) => ended,
                }
            }
            Ok(Next::Command(..)) => association.violate("a message that was not due").await,
            Ok(Next::Release) => association.reply_release().await,
            Ok(Next::Stopped) => association.release().await,
            Err(ended) => ended,
        };
        tracing::debug!(%ended, "commitment");
        return association.finish().await;
    }
}
