//! C-ECHO as SCP (statement 3.1.3.1, PS3.7 §9.3.5).

use crate::dicom::sop_class::{self, Kind};
use crate::dicom::status::Status;
use crate::node::association::{Association, Ended};
use crate::node::dimse::CommandSet;

/// Answers a C-ECHO.
pub async fn answer(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
) -> Result<(), Ended> {
    if command.has_data_set() {
        association.skip_data_set(context_id).await?;
    }
    let is_verification = association
        .contexts()
        .get(&context_id)
        .and_then(|context| sop_class::find(context.sop_class.as_str()))
        .is_some_and(|class| class.kind == Kind::Verification);
    let response = if is_verification {
        command.response(Status::SUCCESS.0)
    } else {
        command
            .response(Status::CLASS_NOT_SUPPORTED.0)
            .with_comment("C-ECHO on a context of another SOP class")
    };
    association.send_command(context_id, &response).await
}
