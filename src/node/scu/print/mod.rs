//! Print management as SCU (statement 3.1.2.5, PS3.4 Annex H): film session, film boxes, image boxes, printer.
//!
//! Invariant: a page is noted before its N-ACTION leaves, and once it has left the page is never sent again by itself. One image
//! box is rendered and sent at a time, so a job holds one raster at most.

mod content;
mod exchange;
mod order;
mod pages;
mod pixels;
mod probe;
mod session;

pub use order::{
    FilmOptions, PageReport, PageState, PrintOrder, PrintProgress, PrintReport, PrinterState,
    Probed, SessionOptions,
};
pub use session::Printing;
