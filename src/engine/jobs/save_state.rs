//! A view becomes a presentation state of the store (P6): written, then taken in as any object that arrives.

use serde_json::json;

use super::super::command::StateOrder;
use super::super::job::{self, JobContext};
use super::super::{Failure, FailureKind, Outcome, Progress};
use crate::dicom::{
    DicomFile, Encoding, ScanOptions, SopClassUid, SopInstanceUid, TransferSyntax, Uid, uids,
};
use crate::imaging::presentation_state::create::{self, Heading};
use crate::store::{Ingested, ObjectDescription};

/// Series Number of the states made here.
const SERIES_NUMBER: i64 = 9000;

/// Keeps the state, or says why not; its SOP Instance UID is in the outcome.
pub(super) fn run(context: &JobContext, order: &StateOrder) -> Result<Outcome, Failure> {
    let input = |message: String| Failure::new(FailureKind::Input, message);
    let path = context.store.object_path(&order.image)?;
    let path = path.ok_or_else(|| {
        input(format!(
            "save: the image is no longer in the store: {}",
            order.image
        ))
    })?;
    let image = DicomFile::open(&path, &ScanOptions::DISPLAY)
        .map_err(|error| input(format!("save: the image cannot be read: {error}")))?;
    let instance = Uid::generate().to_string();
    let heading = heading(order, &instance);
    let bytes = create::write(&order.state, &heading, &image.data_set)
        .map_err(|error| input(format!("save: {error}")))?;
    let ours = |error| Failure::new(FailureKind::Bug, format!("save: {error}"));
    let class = uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE;
    let description = ObjectDescription {
        sop_class_uid: SopClassUid::parse(class).map_err(ours)?,
        sop_instance_uid: SopInstanceUid::parse(&instance).map_err(ours)?,
        transfer_syntax: TransferSyntax::native(Encoding::ExplicitLittle),
        source: None,
    };
    let kept = |error: &dyn std::fmt::Display| {
        Failure::new(FailureKind::Environment, format!("save: {error}"))
    };
    let mut incoming = context.store.begin(&description).map_err(|e| kept(&e))?;
    incoming.write(&bytes).map_err(|e| kept(&e))?;
    if let Ingested::PatientConflict { reason } = incoming.commit().map_err(|e| kept(&e))? {
        let message = format!("save: the state went to the conflicts: {reason}");
        return Err(input(message));
    }
    let progress = Progress {
        done: 1,
        total: 1,
        failed: 0,
    };
    let message = format!("saved presentation state {}", order.label);
    let json = json!({ "sop_instance_uid": instance });
    Ok(job::outcome(Ok(()), progress, message, json))
}

/// What the object says besides its view: now, in a series of its own.
fn heading(order: &StateOrder, instance: &str) -> Heading {
    let now = jiff::Zoned::now();
    Heading {
        label: order.label.clone(),
        description: order.description.clone(),
        creator: order.creator.clone(),
        date: now.strftime("%Y%m%d").to_string(),
        time: now.strftime("%H%M%S%.6f").to_string(),
        sop_instance_uid: instance.to_owned(),
        series_instance_uid: Uid::generate().to_string(),
        series_number: SERIES_NUMBER,
        instance_number: 1,
        value_type: order.value_type.clone(),
    }
}
