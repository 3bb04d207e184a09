//! The Film screen (section 6): three clicks to a job, swap and undo, orientation, mixed patients, preview equals print.

use std::sync::Arc;

use dgscope::dicom::AeTitle;
use dgscope::engine::{
    Command, Event, JobId, Peer, PrintJobRow, PrintNews, PrintPageRow, PrinterProfile, PrinterRow,
    SeriesContents, StudyContents,
};
use dgscope::imaging::film::Layout;
use dgscope::imaging::{Image, InstanceContents};
use dgscope::node::PrintOrder;
use dgscope::phantom::demonstration;
use dgscope::workspace::film::{FilmAction, FilmOption, FilmWarning, Pick};
use dgscope::workspace::viewer::{Layout as ViewerLayout, ViewCommand, ViewerAction};
use dgscope::workspace::{Action, Screen, StudiesAction};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::shell_world::{NOW_MS, World, series, study, window};

/// The slices of the demonstration as files, and their study opened.
struct Opened {
    _folder: tempfile::TempDir,
    contents: Arc<StudyContents>,
}

fn opened(number: u64, name: &str, slices: usize) -> Opened {
    let folder = tempfile::tempdir().expect("a folder");
    let instances = demonstration()
        .into_iter()
        .take(slices)
        .enumerate()
        .map(|(index, phantom)| {
            let path = folder.path().join(format!("{index}.dcm"));
            std::fs::write(&path, phantom.file()).expect("a file");
            Arc::new(InstanceContents::open(&path).expect("an object"))
        });
    let contents = StudyContents {
        study: study(number, name),
        series: vec![SeriesContents {
            series: series(number, 1),
            instances: instances.collect(),
            unreadable: Vec::new(),
        }],
        states: Vec::new(),
    };
    Opened {
        _folder: folder,
        contents: Arc::new(contents),
    }
}

fn printers(world: &mut World) {
    let title = AeTitle::try_from("LASER").expect("a title");
    let peer = |name: &str, port| Peer::new(name, title.clone(), "127.0.0.1", port, &["print"]);
    let rows = ["laser", "other"]
        .into_iter()
        .zip(104..)
        .map(|(name, port)| PrinterRow {
            peer: peer(name, port),
            profile: PrinterProfile::default(),
        });
    world.observe(Event::Print(PrintNews::Printers(Arc::new(rows.collect()))));
}

/// A list of studies with printers at hand.
fn begun() -> World {
    let mut world = World::begun();
    let mut rows = vec![study(1, "DOE^JANE"), study(2, "ROE^RICHARD")];
    for row in &mut rows {
        row.received_ms = NOW_MS - 60_000;
    }
    world.answer_studies(rows);
    printers(&mut world);
    world
}

/// Puts a study on the film, which the engine then opens.
fn put_on_film(world: &mut World, opened: &Opened) {
    let study = opened.contents.study.study_instance_uid.clone();
    world.act(Action::Film(FilmAction::Study(study, None)));
    world.observe(Event::StudyOpened(Arc::clone(&opened.contents)));
}

fn on_film(slices: usize) -> (Harness<'static, World>, Opened) {
    let opened = opened(1, "DOE^JANE", slices);
    let mut world = begun();
    put_on_film(&mut world, &opened);
    let mut harness = window([1500.0, 950.0], world);
    harness.run_steps(3);
    (harness, opened)
}

fn page_line(harness: &Harness<'static, World>) -> String {
    let page = harness.get_by_role_and_label(Role::Image, "Film page");
    page.accesskit_node().description().unwrap_or_default()
}

fn cell_line(harness: &Harness<'static, World>, number: usize) -> String {
    let name = format!("Cell {number}");
    let cell = harness.get_by_role_and_label(Role::Button, &name);
    cell.accesskit_node().description().unwrap_or_default()
}

fn queued(harness: &Harness<'static, World>) -> Vec<Command> {
    let commands = harness.state().commands.iter();
    commands
        .filter(|c| matches!(c, Command::QueuePrint { .. }))
        .cloned()
        .collect()
}

/// The one job that was queued: its printer and its order.
fn queued_job(harness: &Harness<'static, World>) -> (String, Arc<PrintOrder>) {
    let jobs = queued(harness);
    let [Command::QueuePrint { printer, order }] = &jobs[..] else {
        panic!("one job: {jobs:?}")
    };
    (printer.clone(), Arc::clone(order))
}

/// The last command to the engine that is picked.
fn last_command<T>(
    harness: &Harness<'static, World>,
    pick: impl Fn(&Command) -> Option<T>,
) -> Option<T> {
    harness.state().commands.iter().rev().find_map(pick)
}

fn click(harness: &mut Harness<'static, World>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run_steps(3);
}

/// The engine has opened the study that is to go on film.
fn tell_opened(harness: &mut Harness<'static, World>, opened: &Opened) {
    let contents = Arc::clone(&opened.contents);
    harness.state_mut().observe(Event::StudyOpened(contents));
    harness.run_steps(3);
}

#[test]
fn three_clicks_lead_from_a_study_to_a_job() {
    let opened = opened(1, "DOE^JANE", 6);
    let mut harness = window([1500.0, 950.0], begun());
    // One: the study. Two: Ctrl+P. Three: Print.
    harness.key_press(Key::ArrowDown);
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    assert_eq!(harness.state().workspace.screen, Screen::Film);
    let asked = last_command(&harness, |command| match command {
        Command::OpenStudy(study) => Some(study.clone()),
        _ => None,
    });
    assert_eq!(
        asked.as_ref(),
        Some(&opened.contents.study.study_instance_uid)
    );
    tell_opened(&mut harness, &opened);
    click(&mut harness, "Print");
    let (printer, order) = queued_job(&harness);
    assert_eq!(printer, "laser");
    assert_eq!(order.pages.len(), 1);
    assert_eq!(order.pages[0].filled().count(), 6);
    assert!(
        order.pages[0]
            .header
            .last()
            .is_some_and(|part| part == "1/1")
    );
}

#[test]
fn cells_are_swapped_by_a_drag_and_swapped_back_by_undo() {
    let (mut harness, _opened) = on_film(6);
    let (first, second) = (cell_line(&harness, 1), cell_line(&harness, 2));
    assert_ne!(first, second);
    click(&mut harness, "Swap images");
    let middle = |harness: &Harness<'static, World>, number: usize| -> Pos2 {
        let name = format!("Cell {number}");
        let cell = harness.get_by_role_and_label(Role::Button, &name);
        cell.rect().center()
    };
    let (from, to) = (middle(&harness, 1), middle(&harness, 2));
    harness.hover_at(from);
    harness.run_steps(1);
    harness.drag_at(from);
    harness.run_steps(1);
    harness.hover_at(from + (to - from) * 0.5);
    harness.run_steps(1);
    harness.hover_at(to);
    harness.run_steps(1);
    harness.drop_at(to);
    harness.run_steps(3);
    assert_eq!(
        (cell_line(&harness, 1), cell_line(&harness, 2)),
        (second.clone(), first.clone())
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(3);
    assert_eq!(
        (cell_line(&harness, 1), cell_line(&harness, 2)),
        (first, second)
    );
}

#[test]
fn buttons_change_the_chosen_cell_and_apply_takes_it_to_the_page() {
    let (mut harness, _opened) = on_film(6);
    click(&mut harness, "Cell 2");
    for name in ["Rotate", "Invert"] {
        click(&mut harness, name);
    }
    assert!(cell_line(&harness, 2).contains("rot=90") && cell_line(&harness, 2).contains("inv=Y"));
    assert!(cell_line(&harness, 3).contains("rot=0"));
    click(&mut harness, "Apply to Page");
    assert!(cell_line(&harness, 6).contains("rot=90"));
    let before = cell_line(&harness, 3);
    click(&mut harness, "Delete");
    assert_eq!(cell_line(&harness, 2), before);
}

#[test]
fn landscape_is_wider_than_tall_on_screen_and_in_the_job() {
    let (mut harness, _opened) = on_film(2);
    let ratio = |harness: &Harness<'static, World>| {
        let size = harness
            .get_by_role_and_label(Role::Image, "Film page")
            .rect()
            .size();
        size.x / size.y
    };
    assert!((ratio(&harness) - 14.0 / 17.0).abs() < 0.01);
    assert!(page_line(&harness).contains("PORTRAIT") && page_line(&harness).contains("4200x5100"));
    harness
        .get_by_role_and_label(Role::ComboBox, "Orientation")
        .click();
    harness.run_steps(3);
    harness.get_by_label("Landscape").click();
    harness.run_steps(3);
    assert!((ratio(&harness) - 17.0 / 14.0).abs() < 0.01);
    assert!(page_line(&harness).contains("LANDSCAPE") && page_line(&harness).contains("5100x4200"));
    click(&mut harness, "Print");
    let (_, order) = queued_job(&harness);
    assert_eq!(order.pages[0].sheet.orientation.term(), "LANDSCAPE");
}

#[test]
fn another_patient_never_gets_onto_the_film() {
    let (mut harness, first) = on_film(4);
    let other = opened(2, "ROE^RICHARD", 3);
    put_on_film(harness.state_mut(), &other);
    harness.run_steps(3);
    assert_eq!(
        harness.state().workspace.film.warning,
        Some(FilmWarning::OtherPatient)
    );
    harness.get_by_label("The film shows another patient: two patients never share a film.");
    let on_film = |harness: &Harness<'static, World>| {
        let film = &harness.state().workspace.film;
        (film.study.clone().expect("a study"), film.draft.cells.len())
    };
    assert_eq!(on_film(&harness), (Arc::clone(&first.contents), 4));
    harness
        .get_by_label("New film with the chosen study")
        .click();
    harness.run_steps(3);
    assert_eq!(on_film(&harness), (Arc::clone(&other.contents), 3));
}

#[test]
fn a_study_that_still_arrives_is_asked_about() {
    let mut arriving = opened(1, "DOE^JANE", 2);
    let mut contents = (*arriving.contents).clone();
    contents.study.received_ms = NOW_MS - 1_000;
    arriving.contents = Arc::new(contents);
    let mut world = begun();
    put_on_film(&mut world, &arriving);
    let mut harness = window([1500.0, 950.0], world);
    click(&mut harness, "Print");
    assert!(queued(&harness).is_empty());
    harness.get_by_label("Print what is here").click();
    harness.run_steps(3);
    assert_eq!(queued(&harness).len(), 1);
}

#[test]
fn the_sheet_on_the_screen_is_the_sheet_that_is_printed() {
    let (mut harness, _opened) = on_film(2);
    click(&mut harness, "Printer’s own pixels");
    let drawn = last_command(&harness, |command| match command {
        Command::DrawFilm(_, page) => Some((**page).clone()),
        _ => None,
    });
    click(&mut harness, "Print");
    let (_, order) = queued_job(&harness);
    // The same value is drawn and printed, by the same function: tests/integration/print.rs compares what arrives.
    assert_eq!(drawn.as_ref(), Some(&order.pages[0]));
}

#[test]
fn the_queue_asks_about_an_uncertain_page_and_offers_other_printers_for_a_failed_one() {
    let page = |state: &str| PrintPageRow {
        page: 1,
        state: state.to_owned(),
        step: (state == "failed").then(|| "film box".to_owned()),
        status: None,
        words: String::new(),
    };
    let job = |id: i64, state: &str| PrintJobRow {
        id,
        created_ms: NOW_MS,
        printer: "laser".to_owned(),
        film: String::new(),
        held: false,
        words: String::new(),
        pages: vec![page(state)],
    };
    let mut world = begun();
    let jobs = vec![job(2, "uncertain"), job(1, "failed")];
    world.observe(Event::Print(PrintNews::Jobs(Arc::new(jobs))));
    world.workspace.screen = Screen::Film;
    let mut harness = window([1500.0, 1400.0], world);
    harness.get_by_label("Job 2: it is on film").click();
    harness.run_steps(2);
    harness.get_by_label("Print job 1 on other").click();
    harness.run_steps(2);
    let decisions: Vec<String> = harness
        .state()
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::DecidePrint(job, decision) => Some(format!("{job} {decision:?}")),
            _ => None,
        })
        .collect();
    assert_eq!(
        decisions,
        ["2 Settle { on_film: true }", "1 Retry(Some(\"other\"))"]
    );
}

#[test]
fn asking_a_printer_starts_a_job_and_what_it_accepts_becomes_its_profile() {
    let (mut harness, _opened) = on_film(1);
    harness.get_by_label("Ask the printer").click();
    harness.run_steps(2);
    let asked = last_command(&harness, |command| match command {
        Command::Start(id, _) => Some(*id),
        _ => None,
    });
    let id: JobId = asked.expect("a job");
    let outcome = dgscope::engine::Outcome {
        result: Ok(()),
        progress: Default::default(),
        message: String::new(),
        details: Vec::new(),
        json: serde_json::json!({ "accepted": ["Basic Color Print Management Meta"] }),
    };
    harness.state_mut().observe(Event::JobFinished(id, outcome));
    harness.run_steps(2);
    let saved = last_command(&harness, |command| match command {
        Command::SavePrinterProfile(name, profile) => Some((name.clone(), profile.clone())),
        _ => None,
    });
    let (name, profile) = saved.expect("a profile");
    assert_eq!(name, "laser");
    assert!(profile.color && !profile.presentation_lut);
}

/// Answers what the viewer wants to see, as the engine does.
fn answer_frames(harness: &mut Harness<'static, World>, opened: &Opened) {
    harness.run_steps(3);
    let wanted = last_command(harness, |command| match command {
        Command::WantFrames(keys) => Some(keys.clone()),
        _ => None,
    });
    let instances = &opened.contents.series[0].instances;
    for key in wanted.unwrap_or_default() {
        let instance = instances
            .iter()
            .find(|i| i.sop_instance_uid == key.instance);
        let image = Image::open(&instance.expect("its object").path).expect("an image");
        let frame = image.decode(key.frame).expect("a frame");
        let ready = Event::FrameReady(key, Arc::new(frame));
        harness.state_mut().observe(ready);
    }
    harness.run_steps(3);
}

/// The viewer with a study of six slices, its film screen never shown yet.
fn in_viewer() -> (Harness<'static, World>, Opened) {
    let opened = opened(1, "DOE^JANE", 6);
    let mut world = begun();
    let study = opened.contents.study.study_instance_uid.clone();
    world.act(Action::Studies(StudiesAction::Open(study)));
    world.observe(Event::StudyOpened(Arc::clone(&opened.contents)));
    let mut harness = window([1500.0, 950.0], world);
    answer_frames(&mut harness, &opened);
    (harness, opened)
}

#[test]
fn a_series_goes_on_film_as_the_viewer_shows_it() {
    let (mut harness, opened) = in_viewer();
    for command in [ViewCommand::RotateRight, ViewCommand::Invert] {
        let action = Action::Viewer(ViewerAction::Command(command));
        harness.state_mut().act(action);
        harness.run_steps(3);
    }
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    assert_eq!(harness.state().workspace.screen, Screen::Film);
    tell_opened(&mut harness, &opened);
    for number in 1..=6 {
        let line = cell_line(&harness, number);
        assert!(line.contains("rot=90 flip=N inv=Y"), "{number}: {line}");
        assert!(line.contains("zoom=1.00"), "{number}: {line}");
    }
}

#[test]
fn what_several_viewports_show_is_added_to_the_film_of_the_same_patient() {
    let (mut harness, opened) = in_viewer();
    let two = ViewerLayout::new(1, 2);
    harness
        .state_mut()
        .act(Action::Viewer(ViewerAction::SetLayout(two)));
    let stack = harness
        .state()
        .workspace
        .viewer
        .tab()
        .map(|tab| tab.stack_ids());
    let stack = stack.and_then(|ids| ids.first().cloned()).expect("a stack");
    for action in [
        ViewerAction::Show(0, stack.clone()),
        ViewerAction::Show(1, stack),
        ViewerAction::Scroll(1, 3),
    ] {
        harness.state_mut().act(Action::Viewer(action));
    }
    answer_frames(&mut harness, &opened);
    answer_frames(&mut harness, &opened);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    tell_opened(&mut harness, &opened);
    let count =
        |harness: &Harness<'static, World>| harness.state().workspace.film.draft.cells.len();
    assert_eq!(count(&harness), 2);
    assert_ne!(cell_line(&harness, 1), cell_line(&harness, 2));
    harness.get_by_label("All views").click();
    harness.run_steps(3);
    assert_eq!(count(&harness), 4);
    harness.get_by_label("Active view").click();
    harness.run_steps(3);
    assert_eq!(count(&harness), 5);
}

#[test]
fn a_range_of_a_series_is_added() {
    let (mut harness, opened) = on_film(6);
    let series = opened.contents.series[0].series.series_instance_uid.clone();
    let pick = Pick {
        first: 2,
        last: 5,
        every: 2,
    };
    harness
        .state_mut()
        .act(Action::Film(FilmAction::Add(series, pick)));
    harness.run_steps(2);
    let cells = harness.state().workspace.film.draft.cells.clone();
    assert_eq!(cells.len(), 8);
    assert_eq!((&cells[6], &cells[7]), (&cells[1], &cells[3]));
    harness.get_by_label("Choose a range of CT 1 Axial").click();
    harness.run_steps(2);
    harness.get_by_label("Add these of CT 1 Axial").click();
    harness.run_steps(2);
    assert_eq!(harness.state().workspace.film.draft.cells.len(), 14);
}

#[test]
fn a_layout_besides_those_of_the_printer_is_said_to_go_out_as_one_image() {
    let (mut harness, _opened) = on_film(6);
    let three = Layout::Standard(3, 3);
    harness
        .state_mut()
        .act(Action::Film(FilmAction::Set(FilmOption::Layout(three))));
    harness.run_steps(3);
    harness.get_by_label("The printer does not list this layout: the sheet is sent as one image.");
    click(&mut harness, "Print");
    let (_, order) = queued_job(&harness);
    assert_eq!(order.pages[0].boxes(), [0]);
    assert!(order.ask_on_warning);
}

#[test]
fn a_page_that_cannot_be_printed_as_asked_is_not_printed() {
    let (mut harness, _opened) = on_film(2);
    // Saying why takes room on the screen, so that the page is drawn once more.
    for _ in 0..2 {
        let asked = harness.state().commands.iter().rev();
        let token = asked.filter_map(|command| match command {
            Command::DrawFilm(token, _) => Some(*token),
            _ => None,
        });
        let token = token.max().expect("a page is drawn");
        let reason = Err("true size: too large".to_owned());
        let drawn = PrintNews::Sheet(token, reason);
        harness.state_mut().observe(Event::Print(drawn));
        harness.run_steps(3);
    }
    harness.get_by_label("This page cannot be printed: true size: too large");
    click(&mut harness, "Print");
    assert!(queued(&harness).is_empty());
    assert_eq!(
        harness.state().workspace.film.warning,
        Some(FilmWarning::Impossible)
    );
}
