//! Hanging rules: which stacks a study opens with, and where (workstation.md 4.4).

use super::tab::{OpenSeries, OpenStudy};
use super::{Cell, Layout, StackId};
use crate::imaging::stack::{Stack, plane_words};

/// Words of localizers in Series Description.
const LOCALIZER_WORDS: [&str; 5] = ["localizer", "scout", "survey", "locator", "tracker"];

/// A grid with what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Hung {
    /// The grid.
    pub layout: Layout,
    /// Its cells, in reading order.
    pub cells: Vec<Cell>,
}

/// A stack with what the rules ask of it.
struct Candidate<'a> {
    id: StackId,
    series: &'a OpenSeries,
    stack: &'a Stack,
}

impl Candidate<'_> {
    fn view(&self) -> (String, String) {
        let geometry = &self.stack.images[0].instance.geometry;
        (geometry.laterality.clone(), geometry.view.clone())
    }

    fn is_localizer(&self) -> bool {
        let description = self.series.row.series_description.to_lowercase();
        let first = &self.stack.images[0].instance.technique;
        first.sequence.localizer || LOCALIZER_WORDS.iter().any(|w| description.contains(w))
    }
}

/// Hangs a study by the first rule that fits.
pub fn hang(study: &OpenStudy) -> Hung {
    let mut candidates: Vec<Candidate> = study
        .stacks()
        .filter(|(_, _, stack)| !stack.images.is_empty())
        .map(|(id, series, stack)| Candidate { id, series, stack })
        .collect();
    let pictures = candidates.iter().filter(|c| !c.stack.document).count();
    if pictures > 0 {
        // A presentation state shows on its images.
        candidates.retain(|candidate| candidate.series.row.modality != "PR");
    }
    // Pictures before documents, localizers last, axial first; the order of the study otherwise.
    candidates.sort_by_key(|candidate| {
        let axial = plane_words(candidate.stack.images[0].plane()) == "axial";
        (candidate.stack.document, candidate.is_localizer(), !axial)
    });
    let modality = candidates
        .first()
        .map_or("", |candidate| candidate.series.row.modality.as_str());
    match modality {
        "MG" => hang_mammograms(&candidates).unwrap_or_else(|| hang_in_order(&candidates)),
        "US" => hang_ultrasound(&candidates).unwrap_or_else(|| hang_in_order(&candidates)),
        "CT" => hang_grid(&candidates, if pictures >= 4 { (2, 2) } else { (1, 2) }),
        "MR" => hang_grid(&candidates, (2, 2)),
        "CR" | "DX" | "IO" | "PX" => {
            candidates.sort_by_key(|candidate| lateral_last(&candidate.view().1));
            hang_grid(&candidates, (1, 2))
        }
        _ => hang_in_order(&candidates),
    }
}

/// Where a stack starts: the middle of a volume, the first frame of a loop and of stills.
pub fn start(stack: &Stack) -> usize {
    let volume = stack.images.len() > 2 && stack.images[0].plane().position.is_some();
    if volume { stack.images.len() / 2 } else { 0 }
}

fn lateral_last(view: &str) -> bool {
    matches!(view, "LL" | "RL" | "LAT")
}

/// One cell, or as many as there are pictures within the wanted grid.
fn hang_grid(candidates: &[Candidate], (rows, columns): (usize, usize)) -> Hung {
    let layout = match candidates.len() {
        0 | 1 => Layout::SINGLE,
        2 if rows > 1 => Layout::new(1, 2),
        _ => Layout::new(rows, columns),
    };
    fill(candidates, layout)
}

fn hang_in_order(candidates: &[Candidate]) -> Hung {
    fill(candidates, Layout::SINGLE)
}

fn fill(candidates: &[Candidate], layout: Layout) -> Hung {
    let mut cells: Vec<Cell> = candidates
        .iter()
        .take(layout.cells())
        .map(|candidate| Cell::of(candidate.id.clone()))
        .collect();
    cells.resize(layout.cells(), Cell::default());
    Hung { layout, cells }
}

/// R CC, L CC above R MLO, L MLO: right breast left, left breast right, so that the chest walls meet in the middle.
fn hang_mammograms(candidates: &[Candidate]) -> Option<Hung> {
    let find = |laterality: &str, view: &str| {
        candidates
            .iter()
            .find(|c| c.view() == (laterality.to_owned(), view.to_owned()))
    };
    let places = [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")];
    let found: Vec<Option<&Candidate>> = places.iter().map(|(l, v)| find(l, v)).collect();
    let cells: Vec<Cell> = found
        .iter()
        .map(|place| place.map_or_else(Cell::default, mammogram_cell))
        .collect();
    let row = |index: usize| found[index].is_some() || found[index + 1].is_some();
    match (row(0), row(2)) {
        (true, true) => Some(Hung {
            layout: Layout::new(2, 2),
            cells,
        }),
        (true, false) => Some(Hung {
            layout: Layout::new(1, 2),
            cells: cells[..2].to_vec(),
        }),
        (false, true) => Some(Hung {
            layout: Layout::new(1, 2),
            cells: cells[2..].to_vec(),
        }),
        (false, false) => None,
    }
}

/// A mammogram, flipped if its chest wall would be on the outer side.
fn mammogram_cell(candidate: &Candidate) -> Cell {
    let mut cell = Cell::of(candidate.id.clone());
    let image = &candidate.stack.images[0];
    let geometry = &image.instance.geometry;
    let sides = geometry.side_letters(image.frame, 0, false);
    let right_breast = geometry.laterality == "R";
    cell.view.flip = sides.is_some_and(|sides| {
        let outer = if right_breast {
            sides.left
        } else {
            sides.right
        };
        outer.starts_with('P')
    });
    cell
}

/// Stills tiled 2x3 in their order; a loop alone in a cell.
fn hang_ultrasound(candidates: &[Candidate]) -> Option<Hung> {
    let first = candidates.first()?;
    let frames = first.stack.images[0]
        .instance
        .pixels
        .as_ref()
        .map_or(1, |pixels| pixels.frames);
    let stills = first.stack.images.len();
    if frames > 1 || stills < 2 {
        return None;
    }
    let layout = if stills > 2 {
        Layout::new(2, 3)
    } else {
        Layout::new(1, 2)
    };
    let cells = (0..layout.cells()).map(|index| {
        if index < stills {
            Cell {
                start: Some(index),
                ..Cell::of(first.id.clone())
            }
        } else {
            Cell::default()
        }
    });
    Some(Hung {
        layout,
        cells: cells.collect(),
    })
}
