//! How a frame must look: one value per stage of the softcopy pipeline, resolved once, executed by GPU, CPU and printer alike.

/// The plan of one frame on one canvas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DisplayPlan {}
