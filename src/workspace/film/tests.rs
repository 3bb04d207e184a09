//! The composer without a window.

use std::path::Path;

use super::{CellChange, CellTool, FilmDraft, FilmOption, Reach};
use crate::engine::PrinterProfile;
use crate::imaging::film::{FilmCell, FilmDepth, Layout, Orientation};

fn draft(count: usize) -> FilmDraft {
    let cell = |index: usize| Some(FilmCell::of_file(Path::new(&format!("{index}.dcm"))));
    FilmDraft {
        cells: (0..count).map(cell).collect(),
        layout: Layout::Standard(2, 2),
        copies: 1,
        ..FilmDraft::default()
    }
}

fn names(draft: &FilmDraft) -> Vec<String> {
    let name = |cell: &Option<FilmCell>| {
        cell.as_ref()
            .map_or("-".to_owned(), |cell| cell.path.display().to_string())
    };
    draft.cells.iter().map(name).collect()
}

#[test]
fn cells_move_up_when_one_goes_and_down_when_one_comes() {
    let mut film = draft(5);
    assert_eq!(film.pages(), 2);
    film.change(1, CellChange::Delete);
    assert_eq!(names(&film), ["0.dcm", "2.dcm", "3.dcm", "4.dcm"]);
    assert_eq!(film.pages(), 1);
    film.change(0, CellChange::Insert);
    assert_eq!(names(&film)[..2], ["-", "0.dcm"]);
    film.swap(0, 7);
    assert_eq!(names(&film).len(), 5);
    film.swap(1, 2);
    assert_eq!(names(&film)[1..3], ["2.dcm", "0.dcm"]);
}

#[test]
fn a_look_reaches_the_row_the_page_or_all() {
    let mut film = draft(6);
    film.change(0, CellChange::Rotate);
    let turned = |film: &FilmDraft| {
        let turned = |cell: &Option<FilmCell>| cell.as_ref().is_some_and(|c| c.look.rotation == 1);
        film.cells.iter().map(turned).collect::<Vec<_>>()
    };
    film.apply(0, Reach::Row);
    assert_eq!(turned(&film), [true, true, false, false, false, false]);
    film.apply(0, Reach::Page);
    assert_eq!(turned(&film), [true, true, true, true, false, false]);
    film.apply(0, Reach::All);
    assert!(turned(&film).iter().all(|turned| *turned));
}

#[test]
fn drags_change_window_zoom_and_place() {
    let (mut film, whole) = (draft(1), (1.0, 1.0));
    film.drag(0, CellTool::Window, (0.5, 0.0), (40.0, 400.0), whole);
    film.drag(0, CellTool::Zoom, (0.0, -0.5), (0.0, 0.0), whole);
    film.drag(0, CellTool::Pan, (0.25, 0.0), (0.0, 0.0), whole);
    let look = film.cell(0).expect("a cell").look;
    assert_eq!(look.window, Some((40.0, 800.0)));
    assert!((look.zoom - 2.0).abs() < 1e-9);
    // A quarter of the cell is an eighth of an image that is twice as large.
    assert_eq!(look.pan, (0.125, 0.0));
}

#[test]
fn colour_films_have_eight_bits_and_a_printer_sets_limits() {
    let mut film = draft(1);
    let mut profile = PrinterProfile {
        twelve_bits: true,
        color: true,
        ..PrinterProfile::default()
    };
    film.suit(&profile);
    assert_eq!(film.depth, FilmDepth::Twelve);
    film.set(FilmOption::Color(true));
    assert_eq!(film.depth, FilmDepth::Eight);
    profile.color = false;
    film.suit(&profile);
    assert!(!film.color);
}

#[test]
fn a_landscape_page_is_ordered_as_it_is_shown() {
    let mut film = draft(3);
    film.set(FilmOption::Orientation(Orientation::Landscape));
    film.header = true;
    let order = film.order(&PrinterProfile::default(), &["DOE".to_owned()]);
    let [page] = &order.pages[..] else {
        panic!("one page")
    };
    assert_eq!(page.sheet.extent(), (5100, 4200));
    assert_eq!(page.header, ["DOE", "1/1"]);
    assert_eq!(page.filled().count(), 3);
}

#[test]
fn a_layout_that_the_printer_does_not_list_goes_out_as_one_image() {
    let mut film = draft(6);
    let profile = PrinterProfile::default();
    film.set(FilmOption::Layout(Layout::Standard(2, 2)));
    let order = film.order(&profile, &[]);
    assert_eq!(order.pages[0].boxes(), [0, 1, 2, 3]);
    film.set(FilmOption::Layout(Layout::Rows(vec![1, 2])));
    let order = film.order(&profile, &[]);
    assert_eq!(order.pages.len(), 2);
    assert_eq!(order.pages[0].boxes(), [0]);
    assert_eq!(order.pages[0].printed_layout(), Layout::Standard(1, 1));
}

#[test]
fn what_a_printer_answered_becomes_its_profile_and_its_usual_size_stays_first() {
    let mut profile = PrinterProfile::default();
    profile.learn(&serde_json::json!({
        "sizes": ["8INX10IN", "14INX17IN", "nonsense"],
        "layouts": ["STANDARD\\1,1", "STANDARD\\2,2"],
        "twelve_bits": true,
    }));
    let sizes: Vec<&str> = profile.sizes.iter().map(|size| size.term()).collect();
    assert_eq!(sizes, ["14INX17IN", "8INX10IN"]);
    assert_eq!(
        profile.layouts,
        [Layout::Standard(1, 1), Layout::Standard(2, 2)]
    );
    assert!(profile.twelve_bits);
    let before = profile.clone();
    profile.learn(&serde_json::json!({ "sizes": [], "twelve_bits": null }));
    assert_eq!(profile, before);
}
