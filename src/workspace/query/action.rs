//! What the user does on the Query/Retrieve screen.

use std::ops::Range;

use super::form::OtherKey;
use super::rows::{QuerySort, RemoteId};
use crate::engine::Level;
use crate::workspace::studies::{Motion, Period, Select};

/// Something the user did there.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryAction {
    /// Types the value of a key, by its path.
    Edit(Level, String, String),
    /// Picks dates.
    SetPeriod(Period),
    /// Types the dates of a range: from, to.
    SetDates(String, String),
    /// Adds or removes a modality.
    ToggleModality(String),
    /// Adds an empty row for a key that the form does not list.
    AddOther,
    /// Types in such a row.
    EditOther(usize, OtherKey),
    /// Takes such a row away.
    RemoveOther(usize),
    /// Empties the form.
    Clear,
    /// Asks a node too, or no longer.
    Tick(String),
    /// Asks the ticked nodes.
    Ask,
    /// Asks a node again, by its name; what the others answered stays.
    Retry(String),
    /// Ends running queries early.
    Stop,
    /// Orders by a column; again: the other way round.
    Sort(QuerySort),
    /// Tells which rows of the table are visible.
    Look(Range<u64>),
    /// Chooses a row.
    Choose(RemoteId, Select),
    /// Moves the choice.
    Move(Motion),
    /// Shows or hides what is below a row.
    Expand(RemoteId, bool),
    /// Fetches the chosen rows into the store.
    Retrieve,
    /// Has the chosen rows moved to another node, by its name.
    SendTo(String),
    /// Shows a study in the viewer, fetching it first if it is not here.
    Open(RemoteId),
    /// Ends the transfers of the chosen rows early.
    Cancel,
    /// Opens a side panel; the open one closes.
    Show(QueryPanel),
    /// Takes the explanation about our address away.
    DismissRegistration,
}

/// What the side panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryPanel {
    /// Nothing: it is closed.
    #[default]
    Closed,
    /// Every key that can be asked for.
    Keys,
    /// Everything that the node answered for the row under the cursor.
    Answer,
}
