//! The Query/Retrieve screen on real nodes: every key from the window to the wire and back, and a study from a second station.

use dgscope::dicom::query::{KeyPath, Level};
use dgscope::dicom::{DataSet, VR, dictionary, tags};
use dgscope::engine::{Command, Job, JobId, Peer};
use dgscope::workspace::Screen;
use dgscope::workspace::query::{Local, NodeEnd, QueryAction};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};

use super::query_world::{Live, description, peer, press, type_into};
use super::shell_world::World;
use crate::cli::{file, slice};
use crate::loopback::{Station, title};
use crate::query_keys::{place, scan, value};
use crate::scripted_scp::{Called, serve_many};
use crate::shared::shared;

/// Accepts one query, and finds what was asked for.
fn echo(mut called: Called) -> DataSet {
    called.accept();
    let asked = called.asked().expect("a query");
    called.answer(&asked, 0xFF00, &[], Some(&asked.data_set.clone()));
    called.answer(&asked, 0, &[], None);
    called.asked();
    scan(&asked.data_set, &called.contexts[0].2)
}

fn is_idle(world: &World) -> bool {
    let query = &world.workspace.query;
    !query.answers.is_empty() && !query.is_asking()
}

#[test]
fn every_key_travels_from_the_window_to_the_wire_and_back() {
    let (address, peers) = serve_many(3, echo);
    let mut live = Live::start([1400.0, 3200.0], vec![peer("pacs", address.port())]);
    live.harness.get_by_label("More keys").click();
    live.harness.run_steps(3);
    let mut typed: Vec<(Level, KeyPath, String)> = Vec::new();
    for level in [Level::Study, Level::Series, Level::Image] {
        for key in level.keys() {
            let path = KeyPath::from(key);
            if key.vr() == VR::SQ || key.tag == tags::STUDY_DATE {
                continue;
            }
            let value = value(&path, typed.len() % 30, "*");
            let author = format!("query-{}-{path}", level.term());
            type_into(&mut live.harness, &author, &value);
            typed.push((level, path, value));
        }
    }
    live.harness.get_by_label("From – to").click();
    live.harness.run_steps(3);
    for field in ["From date", "To date"] {
        live.harness.get_by_label(field).focus();
        live.harness.run_steps(2);
        live.harness.get_by_label(field).type_text("2026-01-31");
        live.harness.run_steps(2);
    }
    typed.push((Level::Study, tags::STUDY_DATE.into(), "20260131".to_owned()));
    press(&mut live.harness, Key::Enter);
    live.wait("the study", |world| {
        is_idle(world) && world.workspace.query.results.len() == 1
    });
    live.harness.get_by_label("All attributes").click();
    live.harness.run_steps(2);
    let mut shown = String::new();
    for (rows, level) in [(1, Level::Study), (2, Level::Series), (3, Level::Image)] {
        live.wait("a row more", |world| {
            world.workspace.query.results.len() == rows
        });
        live.harness.get_by_label("Search").focus();
        live.harness.run_steps(2);
        focus_table(&mut live);
        press(&mut live.harness, Key::End);
        shown.push_str(&everything_shown(&live));
        if level != Level::Image {
            press(&mut live.harness, Key::ArrowRight);
        }
    }
    let asked = peers.join().expect("the peer");
    for (level, path, value) in &typed {
        let set = &asked[*level as usize];
        assert_eq!(
            place(set, path).text(path.tag()).as_deref(),
            Some(value.as_str()),
            "{level:?} {path}"
        );
        let readable = match dictionary::vr(path.tag(), false) {
            VR::DA => format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..]),
            _ => value.clone(),
        };
        assert!(shown.contains(&readable), "{path}: {readable} is not shown");
    }
    assert!(typed.len() > 30, "{}", typed.len());
}

/// Gives the table of answers the keyboard, as a click on it would.
fn focus_table(live: &mut Live) {
    live.harness.get_by_label("Answers").focus();
    live.harness.run_steps(2);
}

/// All words of the window.
fn everything_shown(live: &Live) -> String {
    let root = live.harness.root();
    let words = root.children_recursive().filter_map(|node| {
        node.accesskit_node()
            .value()
            .or_else(|| node.accesskit_node().label())
    });
    words.collect::<Vec<_>>().join("\n")
}

/// A second station that answers and sends, with these files.
fn second_station(files: impl IntoIterator<Item = std::path::PathBuf>) -> Station {
    let station = Station::start(&[
        ("services.find-scp", "true"),
        ("services.move-scp", "true"),
        ("network.accept-unknown", "true"),
    ]);
    for path in files {
        // Some of the files of others are no whole objects, and told so.
        if let Err(error) = station.store.import_file(&path, false) {
            eprintln!("{}: {error}", path.display());
        }
    }
    station
}

fn clinic(station: &Station) -> Peer {
    let port = station.address.port();
    Peer::new("clinic", title("DGSCOPE"), "127.0.0.1", port, &["query"])
}

#[test]
fn names_in_every_script_are_found_by_their_own_letters_and_shown_right() {
    let Some(folder) = shared("data/real/charset") else {
        return;
    };
    let files = std::fs::read_dir(folder).expect("a folder");
    let station = second_station(files.map(|entry| entry.expect("an entry").path()));
    let mut live = Live::start([1280.0, 800.0], vec![clinic(&station)]);
    // The bundled fonts lack some of them; the program loads one of the system.
    let boxes = egui::MissingGlyphPolicy::Tofu;
    live.harness.ctx.set_missing_glyph_policy(boxes);
    for (typed, shown) in [
        ("äneas, r", "Äneas, Rüdiger"),
        ("Buc^Jérôme", "Buc, Jérôme"),
        ("Διονυσιος", "Διονυσιος"),
        ("Люк", "Люкceмбypг"),
        ("*山田*", "Yamada, Tarou (山田, 太郎, やまだ, たろう)"),
        ("*吉洞*", "Hong, Gildong (洪, 吉洞, 홍, 길동)"),
        ("김희중", "김희중"),
        ("*小东*", "Wang, XiaoDong (王, 小东)"),
        ("*小東*", "Wang, XiaoDong (王, 小東)"),
    ] {
        let clear = dgscope::workspace::Action::Query(QueryAction::Clear);
        live.harness.state_mut().act(clear);
        type_into(&mut live.harness, "query-STUDY-PatientName", typed);
        press(&mut live.harness, Key::Enter);
        live.wait("the answer", is_idle);
        let rows = live.harness.query_all_by_role(Role::Row);
        let names: Vec<String> = rows
            .filter_map(|row| row.accesskit_node().label())
            .collect();
        let found = names.iter().any(|name| name.starts_with(shown));
        assert!(found, "{typed}: {names:?}");
        assert!(names.len() <= 2, "{typed}: {names:?}");
    }
}

#[test]
fn a_study_of_another_station_is_found_fetched_and_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = (1..=5).map(|instance| {
        let path = folder.path().join(format!("{instance}.dcm"));
        std::fs::write(&path, file(&slice(1, 1, instance))).expect("a file");
        path
    });
    let station = second_station(files);
    let mut live = Live::start([1280.0, 800.0], vec![clinic(&station)]);
    type_into(&mut live.harness, "query-STUDY-PatientName", "phantom, cli");
    press(&mut live.harness, Key::Enter);
    live.wait("the study", is_idle);
    assert_eq!(
        live.harness.state().workspace.query.answers[0].end,
        Some(NodeEnd::Done)
    );
    assert_eq!(
        live.harness.state().workspace.query.results.study_count(),
        1
    );
    // The other station does not know us yet, and says so.
    focus_table(&mut live);
    press(&mut live.harness, Key::Home);
    live.harness.get_by_label("Retrieve").click();
    live.wait("the refusal", |world| {
        world.workspace.query.registration.is_some()
    });
    let port = live.port();
    live.harness
        .get_by_label(&format!("AE DGSCOPE  host 127.0.0.1  port {port}"));
    let us = Peer::new("us", title("DGSCOPE"), "127.0.0.1", port, &["store"]);
    station.store.save_peer(&us).expect("a peer");
    // Opening fetches, and shows the first image that comes.
    focus_table(&mut live);
    press(&mut live.harness, Key::Enter);
    live.wait("the viewer", |world| {
        world.workspace.screen == Screen::Viewer
    });
    live.wait("all five", |world| {
        let query = &world.workspace.query;
        let row = query.results.row(0).expect("the study");
        query.local(row) == Local::Complete(5)
    });
    live.harness.state_mut().workspace.screen = Screen::Query;
    live.harness.run_steps(3);
    let uid = "answer-clinic-1.2.826.0.1.3680043.2.406.9.77.1";
    assert!(description(&live.harness, uid).contains("here=\"here\""));
    // One of them is lost here: the viewer says so, for five were promised (F11).
    let uid = "1.2.826.0.1.3680043.2.406.9.77.1.1.3".to_owned();
    let keys = vec![("SOPInstanceUID".to_owned(), uid)];
    let delete = Command::Start(JobId(1_000_000), Job::Delete { keys });
    assert!(live.engine.send(delete));
    live.harness.state_mut().workspace.screen = Screen::Viewer;
    live.wait("one less", |world| {
        let tab = world.workspace.viewer.tab().expect("an open study");
        tab.studies[0].series[0].row.instance_count == 4
    });
    let corner = live.harness.get_by_label("Viewport 1 bottom left");
    let words = corner.accesskit_node().description().unwrap_or_default();
    assert!(words.contains("4 of 5 received"), "{words}");
}
