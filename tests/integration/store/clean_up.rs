//! Cleaning up (D4): only what nobody needs, the oldest first, and only while the disk is short.

use dgscope::store::{SendNote, SendResult, SendState};

use super::*;

fn change(store: &Store, settings: &[(&str, &str)]) {
    let owned: Vec<(String, String)> = settings
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    store.change_settings(&owned).expect("valid settings");
}

fn listed(store: &Store) -> Vec<String> {
    let rows = store.clean_up_list().expect("a list");
    let uid = |row: &dgscope::store::StudyRow| row.study_instance_uid.to_string();
    rows.iter().map(uid).collect()
}

#[test]
fn only_read_unpinned_and_sent_studies_of_no_job_may_go() {
    let (_directory, store) = store();
    for n in 1..=4 {
        Object::image(n, 1, 1).send(&store).expect("kept");
    }
    store.index_received().expect("indexed");
    change(
        &store,
        &[
            ("store.clean-up-unsent", "true"),
            ("store.clean-up-days", "0"),
        ],
    );
    assert!(listed(&store).is_empty(), "nothing was read yet");
    for n in 1..=3 {
        store.mark_opened(&study(n)).expect("opened");
    }
    store.pin(&study(3), true).expect("pinned");
    assert_eq!(listed(&store), ["1.2.3.1", "1.2.3.2"]);
    change(&store, &[("store.clean-up-days", "1")]);
    assert!(listed(&store).is_empty(), "they came today");
    change(&store, &[("store.clean-up-days", "0")]);

    let keys = vec![("StudyInstanceUID".to_owned(), "1.2.3.1".to_owned())];
    let job = store.queue_send("ARCHIVE", &keys, false).expect("queued");
    assert_eq!(listed(&store), ["1.2.3.2"], "a job needs the first");
    change(&store, &[("store.clean-up-unsent", "false")]);
    assert!(listed(&store).is_empty(), "the second was never sent");
    let note = SendNote {
        job,
        position: 0,
        result: SendResult::Final(SendState::Sent, Some(0)),
        words: String::new(),
    };
    store.note_sent(vec![note]).expect("noted");
    assert_eq!(listed(&store), ["1.2.3.1"], "the peer has it");
}

#[test]
fn nothing_goes_unless_it_is_switched_on_and_the_disk_is_short() {
    let (_directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    store.index_received().expect("indexed");
    store.mark_opened(&study(1)).expect("opened");
    change(
        &store,
        &[
            ("store.clean-up-unsent", "true"),
            ("store.clean-up-days", "0"),
        ],
    );
    let wanted = 2 * store.settings().expect("settings").store_minimum_free;
    let now = |free: u64| store.clean_up_now(free).expect("a list").len();
    assert_eq!(now(0), 0, "switched off");
    change(&store, &[("store.clean-up", "true")]);
    assert_eq!((now(wanted), now(wanted - 1)), (0, 1));
}
