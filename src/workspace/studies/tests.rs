//! The study list, fed by hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;

use super::*;
use crate::dicom::{SeriesInstanceUid, StudyInstanceUid};
use crate::engine::{Command, Event, Page, SeriesRow, StudyQuery, StudyRow, StudySort};

fn uid(number: u64) -> StudyInstanceUid {
    StudyInstanceUid::parse(&format!("1.2.{number}")).unwrap()
}

fn study(number: u64) -> StudyRow {
    StudyRow {
        study_instance_uid: uid(number),
        patient_name: format!("TEST^{number}"),
        patient_id: String::new(),
        patient_birth_date: String::new(),
        patient_sex: String::new(),
        study_date: String::new(),
        study_time: String::new(),
        study_id: String::new(),
        accession_number: String::new(),
        study_description: String::new(),
        referring_physician_name: String::new(),
        modalities: vec!["CT".into()],
        series_count: 1,
        instance_count: 1,
        bytes: 1,
        source_ae: "SENDER".into(),
        received_ms: 1_000_000,
        conflict_count: 0,
        opened: false,
        pinned: false,
    }
}

fn series(study: u64, number: u64) -> SeriesRow {
    SeriesRow {
        series_instance_uid: SeriesInstanceUid::parse(&format!("1.2.{study}.{number}")).unwrap(),
        study_instance_uid: uid(study),
        modality: "CT".into(),
        series_number: Some(number as i64),
        series_description: String::new(),
        body_part_examined: String::new(),
        performed_procedure_step_start_date: String::new(),
        performed_procedure_step_start_time: String::new(),
        instance_count: 1,
        lossy: false,
    }
}

/// Answers every `ListStudies` among the commands from a store of `total` studies, until nothing more is asked.
fn answer(state: &mut StudiesState, commands: Vec<Command>, total: u64) -> Vec<StudyQuery> {
    let mut asked = Vec::new();
    let mut open = commands;
    while let Some(command) = open.pop() {
        if let Command::ListStudies(query) = command {
            let last = (query.offset + query.limit).min(total);
            let page = Page {
                total,
                offset: query.offset,
                rows: (query.offset..last).map(study).collect(),
            };
            open.extend(state.observe(&Event::Studies(query.clone(), Arc::new(page))));
            asked.push(query);
        }
    }
    asked
}

#[test]
fn a_hundred_thousand_studies_are_read_in_pages_near_the_screen() {
    let mut state = StudiesState::default();
    let commands = state.begin();
    answer(&mut state, commands, 100_000);
    assert_eq!(state.rows.len(), 100_000);
    let commands = state.act(StudiesAction::Look(50_000..50_040));
    let asked = answer(&mut state, commands, 100_000);
    assert!(asked.iter().all(|q| (49_900..=50_100).contains(&q.offset)));
    assert!(
        matches!(state.rows.row(50_020), RowRef::Study(row) if row.study_instance_uid == uid(50_020))
    );
    assert!(state.rows.studies().count() <= 10 * PAGE as usize);
}

#[test]
fn typing_asks_the_store_only_when_it_rests() {
    let mut state = StudiesState::default();
    let tick =
        |state: &mut StudiesState, ms| state.tick(Duration::from_millis(ms), 0, date(2026, 11, 25));
    tick(&mut state, 1000);
    assert!(state.act(StudiesAction::Search("du".into())).is_empty());
    tick(&mut state, 1050);
    state.act(StudiesAction::Search("dup".into()));
    assert!(tick(&mut state, 1100).is_empty());
    let asked = tick(&mut state, 1131);
    assert!(matches!(&asked[..], [Command::ListStudies(query)] if query.search == "dup"));
}

#[test]
fn an_answer_to_an_older_question_is_dropped() {
    let mut state = StudiesState::default();
    let first = state.begin();
    let second = state.act(StudiesAction::ToggleModality("MR".into()));
    answer(&mut state, first, 7);
    assert!(!state.loaded);
    answer(&mut state, second, 3);
    assert_eq!(state.rows.total, 3);
}

#[test]
fn arriving_studies_move_rows_but_not_the_selection() {
    let mut state = StudiesState::default();
    let commands = state.begin();
    answer(&mut state, commands, 3);
    state.act(StudiesAction::Choose(RowId::Study(uid(1)), Select::Only));
    let refresh = state.observe(&Event::StudiesChanged);
    let Some(Command::ListStudies(query)) = refresh
        .into_iter()
        .find(|c| matches!(c, Command::ListStudies(_)))
    else {
        panic!("a change must ask again");
    };
    let rows = vec![study(9), study(0), study(1), study(2)];
    let page = Page {
        total: 4,
        offset: 0,
        rows,
    };
    state.observe(&Event::Studies(query, Arc::new(page)));
    assert_eq!(state.cursor, Some(RowId::Study(uid(1))));
    assert_eq!(state.rows.place(&RowId::Study(uid(1))), Some(2));
}

#[test]
fn expanded_studies_have_their_series_below_them() {
    let mut state = StudiesState::default();
    let commands = state.begin();
    answer(&mut state, commands, 3);
    let commands = state.act(StudiesAction::Expand(RowId::Study(uid(1)), true));
    assert!(matches!(&commands[..], [Command::ListSeries(study)] if *study == uid(1)));
    state.observe(&Event::Series(
        uid(1),
        Arc::new(vec![series(1, 1), series(1, 2)]),
    ));
    assert_eq!(state.rows.len(), 5);
    assert!(matches!(state.rows.row(1), RowRef::Study(_)));
    assert!(matches!(state.rows.row(3), RowRef::Series(row) if row.series_number == Some(2)));
    assert!(matches!(state.rows.row(4), RowRef::Study(row) if row.study_instance_uid == uid(2)));
    for place in 0..5 {
        let id = state.rows.row(place).id().unwrap();
        assert_eq!(state.rows.place(&id), Some(place));
    }
}

#[test]
fn the_keyboard_reaches_the_last_of_many_rows() {
    let mut state = StudiesState::default();
    let commands = state.begin();
    answer(&mut state, commands, 1_000);
    state.act(StudiesAction::Look(0..30));
    state.act(StudiesAction::Move(Motion::Last));
    assert_eq!(state.reveal.0, 999);
    let commands = state.act(StudiesAction::Look(970..1_000));
    answer(&mut state, commands, 1_000);
    assert_eq!(state.cursor, Some(RowId::Study(uid(999))));
    state.act(StudiesAction::Move(Motion::By(-1)));
    assert_eq!(state.cursor, Some(RowId::Study(uid(998))));
}

#[test]
fn a_study_counts_as_arriving_until_ten_seconds_of_silence() {
    let mut state = StudiesState::default();
    let row = study(1);
    state.tick(Duration::ZERO, row.received_ms + 9_000, date(2026, 11, 25));
    assert!(state.is_receiving(&row));
    state.tick(Duration::ZERO, row.received_ms + 10_000, date(2026, 11, 25));
    assert!(!state.is_receiving(&row));
}

#[test]
fn quick_picks_and_typed_ranges_make_dicom_dates() {
    let today = date(2026, 3, 1);
    let query = |filter: &Filter| filter.query(StudySort::StudyDate, true, today);
    let mut filter = Filter {
        period: Period::Week,
        ..Filter::default()
    };
    assert_eq!(query(&filter).date_from, "20260223");
    filter.period = Period::TwoDays;
    assert_eq!(query(&filter).date_from, "20260228");
    filter.period = Period::Range;
    filter.from = "2006-11-02".into();
    filter.to = "2006-13-02".into();
    assert_eq!(query(&filter).date_from, "20061102");
    assert_eq!(query(&filter).date_to, "");
}
