//! Every origin of a length (F7) and every unit of a value (F6), with exact numbers.

use super::*;
use crate::imaging::frame::FrameIndex;
use crate::imaging::geometry::{Geometry, Plane, Spacing, SpacingOrigin};
use crate::imaging::grayscale::Modality;
use crate::imaging::ultrasound::{PhysicalUnit, UltrasoundRegion};
use crate::imaging::{PhotometricInterpretation, Samples};

fn shape(kind: ShapeKind, points: &[(f64, f64)]) -> Shape {
    Shape {
        kind,
        points: points.to_vec(),
        text: String::new(),
    }
}

fn spaced(row_mm: f64, column_mm: f64, origin: SpacingOrigin) -> Geometry {
    Geometry::from_planes(vec![Plane {
        spacing: Some(Spacing {
            row_mm,
            column_mm,
            origin,
        }),
        ..Plane::default()
    }])
}

fn lines(shape: &Shape, geometry: &Geometry, aspect: f64, calibrated: Option<f64>) -> String {
    let ruler = Ruler::at(geometry, FrameIndex(0), aspect, calibrated, &shape.points);
    let display = FrameDisplay {
        aspect,
        ..FrameDisplay::default()
    };
    measure(shape, &ruler, None, &display, &Unit::None)
        .lines()
        .join("; ")
}

#[test]
fn every_length_says_what_its_unit_is() {
    use SpacingOrigin::{Detector, Magnification, Patient, ScannedSheet};
    let line = shape(ShapeKind::Length, &[(10.0, 10.0), (40.0, 50.0)]);
    let with = |origin| lines(&line, &spaced(0.5, 0.5, origin), 1.0, None);
    assert_eq!(with(Patient), "25.0 mm");
    assert_eq!(
        with(Detector),
        "25.0 mm at detector (no magnification correction)"
    );
    assert_eq!(with(Magnification(1.3)), "25.0 mm ERMF 1.30");
    assert_eq!(with(ScannedSheet), "25.0 mm on the scanned sheet");
    assert_eq!(lines(&line, &Geometry::default(), 1.0, None), "50.0 px");
    // a calibration of the user's counts before everything else, and says so
    let calibrated = lines(&line, &spaced(0.5, 0.5, Patient), 1.0, Some(2.0));
    assert_eq!(calibrated, "100.0 mm manual");
}

#[test]
fn pixels_that_are_not_square_are_measured_as_they_are() {
    let geometry = spaced(2.0, 0.5, SpacingOrigin::Patient);
    let line = shape(ShapeKind::Length, &[(0.0, 0.0), (6.0, 2.0)]);
    assert_eq!(lines(&line, &geometry, 4.0, None), "5.0 mm");
    // without a spacing the widths of pixels count
    assert_eq!(lines(&line, &Geometry::default(), 4.0, None), "10.0 px");
    let corner = shape(ShapeKind::Angle, &[(4.0, 0.0), (0.0, 0.0), (4.0, 1.0)]);
    assert_eq!(lines(&corner, &geometry, 4.0, None), "45.0°");
    let circle = shape(ShapeKind::Circle, &[(10.0, 10.0), (14.0, 10.0)]);
    let area = std::f64::consts::PI * 4.0;
    assert_eq!(
        lines(&circle, &geometry, 4.0, None),
        format!("area {area:.1} mm²")
    );
}

/// Tissue above, a Doppler spectrum below.
fn regions() -> Geometry {
    use PhysicalUnit::{CentimetrePerSecond, Millimetre, Second};
    let mut geometry = Geometry::default();
    geometry.regions = vec![
        UltrasoundRegion {
            first: (0.0, 0.0),
            end: (100.0, 100.0),
            units: (Millimetre, Millimetre),
            deltas: (0.2, 0.2),
        },
        UltrasoundRegion {
            first: (0.0, 100.0),
            end: (100.0, 200.0),
            units: (Second, CentimetrePerSecond),
            deltas: (0.01, 0.5),
        },
    ];
    geometry
}

#[test]
fn ultrasound_regions_have_units_of_their_own() {
    let geometry = regions();
    let line = |from, to| lines(&shape(ShapeKind::Length, &[from, to]), &geometry, 1.0, None);
    assert_eq!(line((10.0, 10.0), (40.0, 50.0)), "10.0 mm US region");
    assert_eq!(
        line((10.0, 110.0), (60.0, 190.0)),
        "across 0.50 s; down 40.00 cm/s"
    );
    // from one region into the other, or outside: no calibration holds
    assert_eq!(line((10.0, 90.0), (10.0, 110.0)), "20.0 px");
    assert_eq!(line((150.0, 10.0), (150.0, 20.0)), "10.0 px");
    let angle = shape(
        ShapeKind::Angle,
        &[(10.0, 110.0), (20.0, 120.0), (30.0, 110.0)],
    );
    assert_eq!(
        lines(&angle, &geometry, 1.0, None),
        "",
        "seconds and speeds"
    );
}

#[test]
fn angles_are_exact_where_they_are_simple() {
    let px = Geometry::default();
    let angle = |points: &[(f64, f64)], kind| lines(&shape(kind, points), &px, 1.0, None);
    let right = [(5.0, 0.0), (0.0, 0.0), (0.0, 3.0)];
    assert_eq!(angle(&right, ShapeKind::Angle), "90.0°");
    let straight = [(-5.0, 0.0), (0.0, 0.0), (7.0, 0.0)];
    assert_eq!(angle(&straight, ShapeKind::Angle), "180.0°");
    let none = [(0.0, 0.0), (0.0, 0.0), (7.0, 0.0)];
    assert_eq!(angle(&none, ShapeKind::Angle), "");
    // the second line runs the other way: the angle between lines is the same
    let cobb = [(0.0, 0.0), (10.0, 0.0), (10.0, 20.0), (0.0, 10.0)];
    assert_eq!(angle(&cobb, ShapeKind::Cobb), "45.0°");
}

#[test]
fn areas_follow_the_spacing_and_its_origin() {
    let geometry = spaced(0.5, 0.25, SpacingOrigin::Magnification(1.3));
    let area = |kind, points: &[(f64, f64)]| lines(&shape(kind, points), &geometry, 2.0, None);
    assert_eq!(
        area(ShapeKind::Rectangle, &[(2.0, 2.0), (18.0, 10.0)]),
        "area 16.0 mm² ERMF 1.30"
    );
    let triangle = [(0.0, 0.0), (16.0, 0.0), (0.0, 8.0)];
    assert_eq!(
        area(ShapeKind::Polygon, &triangle),
        "area 8.0 mm² ERMF 1.30"
    );
    let ellipse = [(0.0, 0.0), (16.0, 8.0)];
    let wanted = std::f64::consts::PI * 2.0 * 2.0;
    assert_eq!(
        area(ShapeKind::Ellipse, &ellipse),
        format!("area {wanted:.1} mm² ERMF 1.30")
    );
}

#[test]
fn values_carry_the_unit_of_the_image() {
    let frame = Frame {
        rows: 4,
        columns: 4,
        samples_per_pixel: 1,
        bits_stored: 16,
        photometric: PhotometricInterpretation::Monochrome2,
        samples: Samples::U16((0..16).map(|n| 1000 + n).collect()),
        cells: None,
    };
    let display = FrameDisplay {
        modality: Modality::Rescale {
            slope: 1.0,
            intercept: -1024.0,
        },
        ..FrameDisplay::default()
    };
    let ruler = Ruler::at(&Geometry::default(), FrameIndex(0), 1.0, None, &[]);
    let told = |kind, points: &[(f64, f64)], unit| {
        let measured = measure(&shape(kind, points), &ruler, Some(&frame), &display, &unit);
        measured.lines().join("; ")
    };
    let point = |unit| told(ShapeKind::Point, &[(2.5, 1.5)], unit);
    assert_eq!(point(Unit::Hounsfield), "-18 HU  stored 1006");
    assert_eq!(point(Unit::Named("OD".into())), "-18 OD  stored 1006");
    assert_eq!(point(Unit::None), "-18 no unit  stored 1006");
    assert_eq!(told(ShapeKind::Point, &[(9.0, 1.0)], Unit::None), "");
    assert_eq!(
        told(
            ShapeKind::Rectangle,
            &[(0.0, 0.0), (2.0, 2.0)],
            Unit::Hounsfield
        ),
        "area 4.0 px²; mean -21.5 HU  SD 2.1; min -24  max -19"
    );
}
