//! Splitting, sorting and judging with hand-made instances.

use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::dicom::SopInstanceUid;
use crate::imaging::geometry::{Geometry, Plane};
use crate::imaging::technique::Technique;
use crate::imaging::{DisplayAttributes, PhotometricInterpretation, PixelDescription};

fn pixels(frames: u32) -> PixelDescription {
    PixelDescription {
        rows: 4,
        columns: 4,
        samples_per_pixel: 1,
        photometric: PhotometricInterpretation::Monochrome2,
        planar: false,
        bits_allocated: 16,
        bits_stored: 12,
        high_bit: 11,
        signed: false,
        frames,
    }
}

fn slice(number: i64, z: f64) -> InstanceContents {
    InstanceContents {
        sop_instance_uid: SopInstanceUid::parse(&format!("1.2.{number}")).expect("a UID"),
        sop_class_uid: "1.2".to_owned(),
        transfer_syntax_uid: "1.2",
        instance_number: Some(number),
        path: PathBuf::new(),
        pixels: Ok(pixels(1)),
        display: DisplayAttributes::default(),
        geometry: Geometry::from_planes(vec![Plane {
            position: Some([0.0, 0.0, z]),
            orientation: Some([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
            ..Plane::default()
        }]),
        technique: Technique::default(),
        document: String::new(),
    }
}

fn shared(slices: Vec<InstanceContents>) -> Vec<Arc<InstanceContents>> {
    slices.into_iter().map(Arc::new).collect()
}

fn numbers(stack: &Stack) -> Vec<i64> {
    let number = |image: &StackImage| image.instance.instance_number.unwrap_or(0);
    stack.images.iter().map(number).collect()
}

#[test]
fn slices_are_sorted_by_position_first_and_by_number_on_demand() {
    let slices = shared(vec![slice(1, 10.0), slice(2, 0.0), slice(3, 5.0)]);
    let mut stacks = split(&slices);
    assert_eq!(stacks.len(), 1);
    let stack = &mut stacks[0];
    assert_eq!(numbers(stack), [2, 3, 1]);
    assert_eq!(stack.finding, None);
    stack.sort(SortOrder {
        key: SortKey::InstanceNumber,
        reversed: false,
    });
    assert_eq!(numbers(stack), [1, 2, 3]);
    stack.sort(SortOrder {
        key: SortKey::Position,
        reversed: true,
    });
    assert_eq!(numbers(stack), [1, 3, 2]);
}

#[test]
fn an_image_without_position_makes_the_numbers_decide() {
    let mut lost = slice(1, 0.0);
    lost.geometry = Geometry::from_planes(vec![Plane {
        position: None,
        ..lost.geometry.plane(FrameIndex(0)).clone()
    }]);
    let stacks = split(&shared(vec![slice(2, 50.0), slice(3, 40.0), lost]));
    assert_eq!(numbers(&stacks[0]), [1, 2, 3]);
}

#[test]
fn other_orientations_sizes_and_views_are_other_stacks() {
    let mut coronal = slice(3, 0.0);
    coronal.geometry = Geometry::from_planes(vec![Plane {
        orientation: Some([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]),
        position: Some([0.0; 3]),
        ..Plane::default()
    }]);
    let mut wide = slice(4, 0.0);
    wide.pixels = Ok(PixelDescription {
        columns: 8,
        ..pixels(1)
    });
    let stacks = split(&shared(vec![slice(1, 0.0), slice(2, 1.0), coronal, wide]));
    let sizes: Vec<usize> = stacks.iter().map(|stack| stack.images.len()).collect();
    assert_eq!(sizes, [2, 1, 1]);
    assert_eq!(stacks[1].label, "coronal 4×4");
}

#[test]
fn echoes_are_split_but_a_loop_at_one_place_is_not() {
    let echo = |number, z, echo| {
        let mut image = slice(number, z);
        image.technique.sequence.echo = Some(echo);
        image.technique.sequence.echo_time_ms = Some(echo as f64 * 10.0);
        image
    };
    let two = split(&shared(vec![
        echo(1, 0.0, 1),
        echo(2, 0.0, 2),
        echo(3, 1.0, 1),
        echo(4, 1.0, 2),
    ]));
    assert_eq!(two.len(), 2);
    assert_eq!(numbers(&two[1]), [2, 4]);
    assert_eq!(two[1].label, "TE 20");

    let phase = |number| {
        let mut image = slice(number, 7.0);
        image.technique.sequence.temporal_position = Some(number);
        image
    };
    let one = split(&shared(vec![phase(1), phase(2), phase(3)]));
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].finding, None, "a loop over time is no volume");
}

#[test]
fn a_multi_frame_object_and_a_document_stand_alone() {
    let mut many = slice(2, 0.0);
    many.pixels = Ok(pixels(5));
    let mut report = slice(3, 0.0);
    report.pixels = Err(DecodeError::NoPixelData);
    let stacks = split(&shared(vec![slice(1, 0.0), many, report]));
    let sizes: Vec<usize> = stacks.iter().map(|stack| stack.images.len()).collect();
    assert_eq!(sizes, [1, 5, 1]);
    assert!(stacks[2].document && !stacks[1].document);
}

#[test]
fn wrong_spacing_names_the_two_slices_and_both_distances() {
    let at = |places: &[f64]| {
        let slices = places.iter().enumerate();
        let slices = slices.map(|(i, z)| slice(i as i64 + 1, *z)).collect();
        split(&shared(slices)).remove(0).finding
    };
    assert_eq!(at(&[0.0, 2.5, 5.0, 7.5]), None);
    let missing = at(&[0.0, 2.5, 5.0, 10.0, 12.5]).expect("a gap");
    assert_eq!(
        missing.to_string(),
        "slices missing between 3 and 4: 5 mm, expected 2.5 mm"
    );
    let twice = at(&[0.0, 2.5, 5.0, 5.0, 7.5]).expect("a duplicate");
    assert_eq!(twice.kind, FindingKind::Duplicate);
    let uneven = at(&[0.0, 2.5, 5.0, 7.8, 10.3]).expect("an uneven gap");
    assert_eq!(uneven.kind, FindingKind::Uneven);
}
