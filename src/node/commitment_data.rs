//! The data sets of storage commitment (PS3.4 Tables J.3-1 and J.3-2), read and written.

use crate::dicom::{Builder, DataSet, SopInstanceUid, Status, Uid, tags};
use crate::store::commitment::{OwedReport, Referenced};

/// The only action type of the push model: request storage commitment.
pub const REQUEST_COMMITMENT: u16 = 1;
/// Event type: every instance is safe.
pub const ALL_COMMITTED: u16 = 1;
/// Event type: failures exist.
pub const FAILURES_EXIST: u16 = 2;
/// Instances in one request at most.
pub const ITEMS_MAX: usize = 100_000;

/// Why a request cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableRequest {
    /// Without a name nobody could be answered.
    #[error("no valid Transaction UID")]
    NoTransaction,
    /// Nothing is asked for, or an item names no instance.
    #[error("Referenced SOP Sequence is empty or malformed")]
    NoReferences,
    /// More than [`ITEMS_MAX`].
    #[error("too many instances in one request")]
    TooMany,
}

/// A request for these instances.
pub fn request(transaction: &Uid, items: &[Referenced]) -> DataSet {
    let items = items.iter().map(reference).collect();
    Builder::new()
        .text(tags::TRANSACTION_UID, transaction.as_str())
        .sequence(tags::REFERENCED_SOP_SEQUENCE, items)
        .to_data_set()
}

fn reference(item: &Referenced) -> Builder {
    Builder::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, item.sop_class_uid.as_str())
        .text(
            tags::REFERENCED_SOP_INSTANCE_UID,
            item.sop_instance_uid.as_str(),
        )
}

/// What a request asks for.
pub fn read_request(set: &DataSet) -> Result<(Uid, Vec<Referenced>), UnusableRequest> {
    let transaction = set
        .uid(tags::TRANSACTION_UID)
        .ok_or(UnusableRequest::NoTransaction)?;
    let items = set.items(tags::REFERENCED_SOP_SEQUENCE);
    if items.len() > ITEMS_MAX {
        return Err(UnusableRequest::TooMany);
    }
    let referenced: Option<Vec<Referenced>> = items.iter().map(read_reference).collect();
    match referenced {
        Some(referenced) if !referenced.is_empty() => Ok((transaction, referenced)),
        _ => Err(UnusableRequest::NoReferences),
    }
}

fn read_reference(item: &DataSet) -> Option<Referenced> {
    Some(Referenced {
        sop_class_uid: item.uid(tags::REFERENCED_SOP_CLASS_UID)?.into(),
        sop_instance_uid: item.uid(tags::REFERENCED_SOP_INSTANCE_UID)?.into(),
    })
}

/// A report: its event type and its data set.
pub fn report(report: &OwedReport) -> (u16, DataSet) {
    let mut safe = Vec::new();
    let mut failed = Vec::new();
    for (item, failure) in &report.items {
        match failure {
            None => safe.push(reference(item)),
            Some(reason) => {
                failed.push(reference(item).ints(tags::FAILURE_REASON, &[reason.0.into()]));
            }
        }
    }
    let event_type = if failed.is_empty() {
        ALL_COMMITTED
    } else {
        FAILURES_EXIST
    };
    // An empty list is left out: its sequence may not be without items (PS3.4 Table J.3-2).
    let set = Builder::new()
        .text(tags::TRANSACTION_UID, report.transaction_uid.as_str())
        .items(tags::REFERENCED_SOP_SEQUENCE, safe)
        .items(tags::FAILED_SOP_SEQUENCE, failed);
    (event_type, set.to_data_set())
}

/// What a report says; instances that cannot be read are left out, so they stay unanswered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedReport {
    /// Which request.
    pub transaction_uid: Uid,
    /// Safe.
    pub committed: Vec<SopInstanceUid>,
    /// Not safe, and why.
    pub failed: Vec<(SopInstanceUid, Status)>,
}

/// Reads a report; `None` without a Transaction UID.
pub fn read_report(set: &DataSet) -> Option<ReceivedReport> {
    let instance = |item: &DataSet| {
        item.uid(tags::REFERENCED_SOP_INSTANCE_UID)
            .map(SopInstanceUid::from)
    };
    let reason = |item: &DataSet| {
        let code = item.int(tags::FAILURE_REASON);
        code.and_then(|code| u16::try_from(code).ok())
            .map_or(Status::PROCESSING_FAILURE, Status)
    };
    Some(ReceivedReport {
        transaction_uid: set.uid(tags::TRANSACTION_UID)?,
        committed: set
            .items(tags::REFERENCED_SOP_SEQUENCE)
            .iter()
            .filter_map(instance)
            .collect(),
        failed: set
            .items(tags::FAILED_SOP_SEQUENCE)
            .iter()
            .filter_map(|item| Some((instance(item)?, reason(item))))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{AeTitle, SopClassUid};

    fn item(number: u32) -> Referenced {
        Referenced {
            sop_class_uid: SopClassUid::parse("1.2.840.10008.5.1.4.1.1.2").expect("a UID"),
            sop_instance_uid: SopInstanceUid::parse(&format!("1.2.{number}")).expect("a UID"),
        }
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let transaction = Uid::parse("1.2.3").expect("a UID");
        let set = request(&transaction, &[item(1), item(2)]);
        assert_eq!(
            read_request(&set),
            Ok((transaction, vec![item(1), item(2)]))
        );
        let nameless = Builder::new()
            .sequence(tags::REFERENCED_SOP_SEQUENCE, vec![reference(&item(1))])
            .to_data_set();
        assert_eq!(read_request(&nameless), Err(UnusableRequest::NoTransaction));
        let empty = Builder::new()
            .text(tags::TRANSACTION_UID, "1.2.3")
            .to_data_set();
        assert_eq!(read_request(&empty), Err(UnusableRequest::NoReferences));
    }

    #[test]
    fn a_report_tells_what_is_safe_and_why_the_rest_is_not() {
        let owed = OwedReport {
            id: 1,
            transaction_uid: Uid::parse("1.2.3").expect("a UID"),
            ae_title: AeTitle::try_from("CT").expect("a title"),
            host: String::new(),
            attempts: 0,
            items: vec![(item(1), None), (item(2), Some(Status::NO_SUCH_INSTANCE))],
        };
        let (event_type, set) = report(&owed);
        assert_eq!(event_type, FAILURES_EXIST);
        let read = read_report(&set).expect("a transaction");
        assert_eq!(read.committed, [item(1).sop_instance_uid]);
        assert_eq!(
            read.failed,
            [(item(2).sop_instance_uid, Status::NO_SUCH_INSTANCE)]
        );
        let all_safe = OwedReport {
            items: vec![(item(1), None)],
            ..owed
        };
        let (event_type, set) = report(&all_safe);
        assert_eq!(event_type, ALL_COMMITTED);
        assert!(set.element(tags::FAILED_SOP_SEQUENCE).is_none());
    }
}
