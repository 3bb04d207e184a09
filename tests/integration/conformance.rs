//! The arrays of `dicom` against the tables of the conformance statement, transcribed on their own.

use std::collections::BTreeSet;

use dgscope::dicom::conformance::{
    CONTEXT_TABLES, KEY_TABLES, SYNTAX_TABLES, class_table, statement,
};
use dgscope::dicom::presentation_context::{Services, choose, stated};
use dgscope::dicom::status::{Outcome, STORAGE_STATUSES, Service, Status, VERIFICATION_STATUSES};
use dgscope::dicom::{TransferSyntax, document, identity};

/// The rows of a transcribed table below its heading.
fn table(number: u8) -> Vec<Vec<String>> {
    let path = format!(
        "{}/tests/fixtures/conformance/table-{number:02}.tsv",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).expect("each table has its fixture");
    let rows: Vec<Vec<String>> = text
        .lines()
        .skip(1)
        .map(|row| row.split('\t').map(str::to_owned).collect())
        .collect();
    assert!(!rows.is_empty(), "{path} is empty");
    rows
}

fn column(number: u8, index: usize) -> BTreeSet<String> {
    table(number)
        .into_iter()
        .map(|row| row[index].clone())
        .collect()
}

fn set<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}

#[test]
fn tables_1_to_6_are_our_classes_and_roles() {
    for number in 1..=6 {
        let ours = set(class_table(number).into_iter().map(|class| class.uid));
        // Table 21 adds two classes to those of Table 3.
        let theirs = column(if number == 3 { 21 } else { number }, 1);
        assert_eq!(ours, theirs, "Table {number}");
    }
    assert!(column(3, 1).is_subset(&column(21, 1)));
    assert_eq!(
        (column(3, 1).len(), column(6, 1).len(), column(21, 1).len()),
        (29, 29, 31)
    );
}

#[test]
fn tables_of_transfer_syntaxes_are_our_sets_in_their_order() {
    for (number, _, ours) in SYNTAX_TABLES {
        let theirs: Vec<String> = table(*number)
            .into_iter()
            .map(|row| row[1].clone())
            .collect();
        assert_eq!(*ours, theirs, "Table {number}");
        assert!(ours.iter().all(|uid| TransferSyntax::find(uid).is_some()));
    }
}

#[test]
fn tables_of_presentation_contexts_follow_from_the_arrays() {
    for (number, syntaxes, activity, role) in CONTEXT_TABLES {
        let ours = set(stated(*activity).map(|context| context.class.uid));
        assert_eq!(ours, column(*number, 1), "Table {number}");
        for row in table(*number) {
            assert_eq!(
                (row[2].as_str(), row[3].as_str()),
                (syntaxes.to_string().as_str(), *role)
            );
        }
        let expected = SYNTAX_TABLES
            .iter()
            .find(|(table, ..)| table == syntaxes)
            .expect("a table of syntaxes")
            .2;
        assert!(stated(*activity).all(|context| context.transfer_syntaxes == expected));
    }
}

#[test]
fn every_context_of_tables_25_and_28_is_accepted_with_each_of_its_syntaxes() {
    for (contexts, syntaxes) in [(25, 24), (28, 27)] {
        for class in column(contexts, 1) {
            for syntax in column(syntaxes, 1) {
                assert_eq!(
                    choose(&class, &[&syntax], Services::default()).map(|chosen| chosen.uid),
                    Ok(syntax.as_str())
                );
            }
        }
    }
}

#[test]
fn tables_11_to_17_are_our_query_keys() {
    for (number, _, keys) in KEY_TABLES {
        let ours: Vec<(String, String)> = keys
            .iter()
            .map(|key| {
                let tag = format!("{:04X},{:04X}", key.tag.group(), key.tag.element());
                (tag, key.parents.len().to_string())
            })
            .collect();
        let theirs: Vec<_> = table(*number)
            .into_iter()
            .map(|row| (row[1].clone(), row[2].clone()))
            .collect();
        assert_eq!(ours, theirs, "Table {number}");
    }
}

#[test]
fn tables_26_and_29_are_our_status_codes() {
    let tables = [
        (26, Service::Verification, VERIFICATION_STATUSES),
        (29, Service::Storage, STORAGE_STATUSES),
    ];
    for (number, service, statuses) in tables {
        let rows = table(number);
        assert_eq!(rows.len(), statuses.len(), "Table {number}");
        for (row, status) in rows.iter().zip(statuses) {
            assert_eq!(format!("{:04X}", status.0), row[0]);
            assert!(
                status.words(Some(service)).is_some(),
                "{status} has no words"
            );
            // PS3.7 knows D000 as a failure, whatever heading the statement puts it under.
            let expected = match row[1].as_str() {
                "Success" => Outcome::Success,
                "Warning" if *status != Status::CONFLICT => Outcome::Warning,
                _ => Outcome::Failure,
            };
            assert_eq!(status.outcome(), expected, "{status}");
        }
    }
}

#[test]
fn the_printed_statement_names_everything_and_who_we_are() {
    let text = statement(1);
    assert!(text.contains("1.2.826.0.1.3680043.2.406.1\n") && text.contains("GIOL_DIAM_400\n"));
    assert_eq!(identity::implementation_version_name(), "GIOL_DIAM_400");
    for number in 1..=29 {
        assert!(
            text.contains(&format!("\nTable {number}: ")),
            "Table {number} is missing"
        );
    }
    for class in class_table(3) {
        assert!(text.contains(class.name), "{}", class.name);
    }
    assert!(text.contains(&document::name(
        dgscope::dicom::tags::REQUESTED_PROCEDURE_ID
    )));
}
