//! Lists, searches and queries, settings, peers.

use dgscope::dicom::query::Level;
use dgscope::store::{Access, Peer, StoreError, StudySort};

use super::*;

fn studies_of(store: &Store, filter: StudyFilter) -> Vec<String> {
    let page = store.studies(&filter).expect("asked");
    page.rows.iter().map(|row| row.study_id.clone()).collect()
}

fn three_studies() -> (TempDir, Store) {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    Object::image(2, 1, 1)
        .with(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
        .with(tags::PATIENT_NAME, "MÜLLER^Åsa")
        .with(tags::PATIENT_ID, "P2")
        .with(tags::STUDY_DATE, "20240601")
        .with(tags::STUDY_TIME, "0930")
        .with(tags::MODALITY, "MR")
        .send(&store)
        .expect("kept");
    Object::image(3, 1, 1)
        .with(tags::PATIENT_NAME, "Roe^Richard")
        .with(tags::PATIENT_ID, "P3")
        .with(tags::STUDY_DATE, "")
        .with(tags::STUDY_DESCRIPTION, "Knee")
        .send(&store)
        .expect("kept");
    (directory, store)
}

#[test]
fn the_search_box_finds_words_in_any_order_without_case_and_accents() {
    let (_directory, store) = three_studies();
    let search = |text: &str| {
        let search = text.to_owned();
        studies_of(&store, StudyFilter { search, ..all() })
    };
    assert_eq!(search("asa mull"), ["S2"]);
    assert_eq!(search("Müller^Åsa"), ["S2"]);
    assert_eq!(search("acc3"), ["S3"]);
    assert_eq!(search("knee"), ["S3"]);
    assert_eq!(search("p1 jane"), ["S1"]);
    assert_eq!(search("jane richard"), Vec::<String>::new());
}

#[test]
fn filters_sorts_and_pages() {
    let (_directory, store) = three_studies();
    let dated = StudyFilter {
        date_from: "20240506".into(),
        date_to: "20240531".into(),
        ..all()
    };
    assert_eq!(studies_of(&store, dated), ["S1"]);
    let mr = StudyFilter {
        modalities: vec!["MR".into(), "US".into()],
        ..all()
    };
    assert_eq!(studies_of(&store, mr), ["S2"]);
    let by_name = StudyFilter {
        sort: StudySort::PatientName,
        descending: true,
        ..all()
    };
    assert_eq!(studies_of(&store, by_name.clone()), ["S3", "S2", "S1"]);
    let second = StudyFilter {
        offset: 1,
        limit: 1,
        ..by_name
    };
    assert_eq!(studies_of(&store, second.clone()), ["S2"]);
    assert_eq!(store.studies(&second).expect("asked").total, 3);
}

#[test]
fn queries_match_as_the_standard_says() {
    let (_directory, store) = three_studies();
    let matches = |keyword: &str, value: &str| -> Vec<String> {
        let keys = [(keyword.to_owned(), value.to_owned())];
        let rows = store.query(Level::Study, &keys, 100).expect("valid");
        rows.iter()
            .map(|row| row.text(tags::STUDY_ID).to_owned())
            .collect()
    };
    let table: &[(&str, &str, &[&str])] = &[
        ("PatientName", "doe^jane", &["S1"]),
        ("PatientName", "muller*", &["S2"]),
        ("PatientName", "?OE^*", &["S1", "S3"]),
        ("PatientName", "*", &["S2", "S1", "S3"]),
        ("PatientID", "p1", &[]),
        ("PatientID", "P?", &["S2", "S1", "S3"]),
        ("StudyDescription", "Chest [*", &["S2", "S1"]),
        ("StudyDate", "20240506", &["S1"]),
        ("StudyDate", "20240507-", &["S2"]),
        ("StudyDate", "-20240601", &["S2", "S1"]),
        ("StudyTime", "0900-0930", &["S2"]),
        ("StudyTime", "1015", &["S1", "S3"]),
        ("ModalitiesInStudy", "MR", &["S2"]),
        ("ModalitiesInStudy", "C*", &["S1", "S3"]),
        ("StudyInstanceUID", "1.2.3.1\\1.2.3.3", &["S1", "S3"]),
        ("StudyInstanceUID", "", &["S2", "S1", "S3"]),
    ];
    for (keyword, value, expected) in table {
        assert_eq!(matches(keyword, value), *expected, "{keyword}={value}");
    }
}

#[test]
fn wrong_keys_are_refused_in_words() {
    let (_directory, store) = three_studies();
    let wrong = [
        ("NoSuchKeyword", "1"),
        ("WindowCenter", "40"),
        ("SeriesInstanceUID", "1.2.3.1.1"),
        ("StudyInstanceUID", "1.2.x"),
        ("StudyDate", "2024"),
        ("StudyDate", "-"),
        ("StudyTime", "9h"),
    ];
    for (keyword, value) in wrong {
        let keys = [(keyword.to_owned(), value.to_owned())];
        let refusal = store.query(Level::Study, &keys, 1).expect_err("wrong");
        assert!(refusal.to_string().contains(keyword), "{refusal}");
        assert!(matches!(refusal, StoreError::Input(_)));
    }
}

#[test]
fn instances_tell_their_path_and_what_documents_say() {
    let (_directory, store) = store();
    let item = Builder::new()
        .text(tags::REQUESTED_PROCEDURE_ID, "RP7")
        .text(tags::SCHEDULED_PROCEDURE_STEP_ID, "SPS1");
    let concept = Builder::new()
        .text(tags::CODE_VALUE, "113000")
        .text(tags::CODING_SCHEME_DESIGNATOR, "DCM");
    let image = Builder::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, CT)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, "1.2.3.1.1.9");
    let referenced = Builder::new()
        .text(tags::SERIES_INSTANCE_UID, "1.2.3.1.1")
        .sequence(tags::REFERENCED_SOP_SEQUENCE, vec![image]);
    let evidence = Builder::new().sequence(tags::REFERENCED_SERIES_SEQUENCE, vec![referenced]);
    let mut object = Object::image(1, 1, 1);
    object.builder = object
        .builder
        .sequence(tags::REQUEST_ATTRIBUTES_SEQUENCE, vec![item])
        .sequence(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![concept])
        .sequence(
            tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
            vec![evidence],
        );
    object.send(&store).expect("kept");
    let keys = [
        ("RequestAttributesSequence.RequestedProcedureID", "RP*"),
        ("ConceptNameCodeSequence.CodeValue", "113000"),
        (
            "ReferencedSeriesSequence.ReferencedImageSequence.ReferencedSOPInstanceUID",
            "1.2.3.1.1.9",
        ),
        ("Modality", "CT"),
        ("PatientID", "P1"),
    ];
    let keys = keys.map(|(keyword, value)| (keyword.to_owned(), value.to_owned()));
    let rows = store.query(Level::Image, &keys, 10).expect("valid");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].path, store.object_path(&object.uid).expect("asked"));
    assert_eq!(rows[0].sequences[0].0, tags::CONCEPT_NAME_CODE_SEQUENCE);
    let image = SopInstanceUid::parse("1.2.3.1.1.9").expect("valid");
    assert_eq!(store.references_to(&image).expect("asked").len(), 1);
    let series = store.query(Level::Series, &keys[..1], 10).expect("valid");
    assert_eq!(
        series[0].text(tags::NUMBER_OF_SERIES_RELATED_INSTANCES),
        "1"
    );
    assert_eq!(series[0].sequences[0].0, tags::REQUEST_ATTRIBUTES_SEQUENCE);
}

#[test]
fn settings_change_all_or_none_and_are_audited() {
    let (directory, store) = store();
    let change = |changes: &[(&str, &str)]| {
        let pairs = changes
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        store.change_settings(&pairs.collect::<Vec<_>>())
    };
    let wrong = [("station.port", "104"), ("station.ae-title", "A\\B")];
    assert!(matches!(change(&wrong), Err(StoreError::Input(_))));
    assert_eq!(store.settings().expect("asked").station_port, 11112);
    let right = [("station.port", "104"), ("timers.idle", "2.5")];
    assert_eq!(change(&right).expect("valid").station_port, 104);
    let trail = store.audit_trail(10).expect("asked");
    assert_eq!(trail.len(), 2);
    assert_eq!(trail[1].details, "station.port: 11112 -> 104");
    let store = reopen(&directory, store);
    let pairs = store.settings_as_pairs().expect("asked");
    assert!(pairs.contains(&("timers.idle".into(), "2.5".into())));
}

#[test]
fn peers_and_the_access_list_are_kept() {
    let (_directory, store) = store();
    let archive = AeTitle::try_from("ARCHIVE").expect("valid");
    let mut peer = Peer::new("archive", archive, "127.0.0.1", 104, &["store", "query"]);
    peer.character_set = "ISO_IR 126".into();
    peer.retrieve_by_get = true;
    store.save_peer(&peer).expect("saved");
    assert_eq!(store.peers().expect("asked"), [peer.clone()]);
    peer.character_set = "ISO_IR 5".into();
    assert!(matches!(store.save_peer(&peer), Err(StoreError::Input(_))));
    peer.character_set = "\\ISO 2022 IR 87".into();
    store.save_peer(&peer).expect("a Japanese peer");
    peer.roles = vec!["cook".into()];
    assert!(matches!(store.save_peer(&peer), Err(StoreError::Input(_))));
    assert!(store.remove_peer("archive").expect("removed"));
    assert!(!store.remove_peer("archive").expect("none left"));
    let title = AeTitle::try_from("CT1").expect("valid");
    let access = Access {
        ae_title: title.clone(),
        host: Some("10.0.0.1".into()),
    };
    store.allow(&access).expect("allowed");
    assert_eq!(store.access().expect("asked"), [access]);
    assert!(store.is_allowed(&title, "10.0.0.1").expect("asked"));
    assert!(!store.is_allowed(&title, "10.0.0.2").expect("asked"));
    assert!(store.deny(&title).expect("denied"));
    assert!(!store.is_allowed(&title, "10.0.0.1").expect("asked"));
}
