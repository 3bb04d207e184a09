//! A trunk made of ellipsoids, cut like a CT in axial slices and like an MR in two directions.

use crate::dicom::{tags, uids};

use super::Builder;
use super::noise::Noise;
use super::patient::{Patient, with_gray_pixels};

/// An ellipsoid in patient coordinates (mm, +x left, +y posterior, +z head) and what fills it.
struct Body {
    centre: [f32; 3],
    radii: [f32; 3],
    /// CT number in HU.
    hounsfield: f32,
    /// Signal at a short and at a long echo time, 0 to 1.
    signal: [f32; 2],
}

/// Later bodies replace earlier ones where they overlap.
const TRUNK: &[Body] = &[
    Body {
        centre: [0.0, 0.0, 0.0],
        radii: [175.0, 118.0, 400.0],
        hounsfield: -95.0,
        signal: [0.85, 0.60],
    },
    Body {
        centre: [0.0, 4.0, 0.0],
        radii: [160.0, 104.0, 380.0],
        hounsfield: 52.0,
        signal: [0.45, 0.25],
    },
    Body {
        centre: [-75.0, -8.0, 60.0],
        radii: [58.0, 76.0, 130.0],
        hounsfield: -840.0,
        signal: [0.04, 0.02],
    },
    Body {
        centre: [76.0, -6.0, 62.0],
        radii: [54.0, 74.0, 126.0],
        hounsfield: -845.0,
        signal: [0.04, 0.02],
    },
    Body {
        centre: [22.0, -22.0, 30.0],
        radii: [50.0, 44.0, 62.0],
        hounsfield: 44.0,
        signal: [0.50, 0.42],
    },
    Body {
        centre: [30.0, -26.0, 22.0],
        radii: [24.0, 20.0, 34.0],
        hounsfield: 135.0,
        signal: [0.15, 0.10],
    },
    Body {
        centre: [-78.0, 8.0, -105.0],
        radii: [70.0, 74.0, 62.0],
        hounsfield: 64.0,
        signal: [0.55, 0.28],
    },
    Body {
        centre: [84.0, 34.0, -96.0],
        radii: [30.0, 38.0, 44.0],
        hounsfield: 50.0,
        signal: [0.42, 0.55],
    },
    Body {
        centre: [-62.0, -2.0, -112.0],
        radii: [11.0, 11.0, 11.0],
        hounsfield: 12.0,
        signal: [0.20, 0.95],
    },
    Body {
        centre: [0.0, 66.0, 0.0],
        radii: [22.0, 20.0, 400.0],
        hounsfield: 340.0,
        signal: [0.60, 0.45],
    },
    Body {
        centre: [0.0, 88.0, 0.0],
        radii: [9.0, 8.0, 400.0],
        hounsfield: 30.0,
        signal: [0.25, 0.90],
    },
    Body {
        centre: [-10.0, 42.0, 0.0],
        radii: [11.0, 11.0, 400.0],
        hounsfield: 140.0,
        signal: [0.10, 0.08],
    },
    Body {
        centre: [0.0, -92.0, 40.0],
        radii: [16.0, 6.0, 90.0],
        hounsfield: 420.0,
        signal: [0.55, 0.35],
    },
    Body {
        centre: [-98.0, 30.0, 72.0],
        radii: [7.0, 7.0, 7.0],
        hounsfield: 40.0,
        signal: [0.45, 0.50],
    },
];

/// Ribs: rings around the trunk at these heights (mm).
fn is_rib([x, y, z]: [f32; 3]) -> bool {
    let ring = (x / 152.0).powi(2) + (y / 97.0).powi(2);
    let tilted = z + y * 0.35;
    let along = (tilted / 24.0).fract().abs();
    (0.90..1.0).contains(&ring) && (0.35..0.62).contains(&along) && z > -60.0
}

/// Which body a place lies in, the last that claims it.
fn body_at(place: [f32; 3]) -> Option<&'static Body> {
    TRUNK.iter().rev().find(|body| {
        let inside: f32 = (0..3)
            .map(|axis| ((place[axis] - body.centre[axis]) / body.radii[axis]).powi(2))
            .sum();
        inside <= 1.0
    })
}

/// CT number of a place, in HU.
fn hounsfield(place: [f32; 3]) -> f32 {
    match body_at(place) {
        None => -1000.0,
        Some(_) if is_rib(place) => 520.0,
        Some(body) => body.hounsfield,
    }
}

/// A plane through the patient: where its first pixel's centre lies and where rows and columns go.
struct Plane {
    position: [f32; 3],
    along_row: [f32; 3],
    along_column: [f32; 3],
    spacing: f32,
    size: u32,
}

impl Plane {
    fn place(&self, row: u32, column: u32) -> [f32; 3] {
        let (right, down) = (column as f32 * self.spacing, row as f32 * self.spacing);
        std::array::from_fn(|axis| {
            self.position[axis] + self.along_row[axis] * right + self.along_column[axis] * down
        })
    }

    /// Samples every pixel; a soft grain is added.
    fn pixels(
        &self,
        noise: &mut Noise,
        value: impl Fn([f32; 3], f32) -> f32,
        max: u16,
    ) -> Vec<u16> {
        let mut pixels = Vec::with_capacity((self.size * self.size) as usize);
        let mut last = 0.0;
        for row in 0..self.size {
            for column in 0..self.size {
                // neighbours share half of their grain, as reconstructed pictures do
                last = 0.5 * last + 0.87 * noise.grain();
                let stored = value(self.place(row, column), last);
                pixels.push(stored.clamp(0.0, f32::from(max)) as u16);
            }
        }
        pixels
    }

    /// Image Plane module (PS3.3 C.7.6.2) and Frame of Reference.
    fn describe(&self, object: Builder, patient: &Patient, thickness: f32) -> Builder {
        let numbers = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
        let orientation = [self.along_row, self.along_column].concat();
        object
            .text(
                tags::FRAME_OF_REFERENCE_UID,
                &patient.frame_of_reference_uid(),
            )
            .text(tags::POSITION_REFERENCE_INDICATOR, "")
            .floats(tags::IMAGE_POSITION_PATIENT, &numbers(&self.position))
            .floats(tags::IMAGE_ORIENTATION_PATIENT, &numbers(&orientation))
            .floats(tags::PIXEL_SPACING, &numbers(&[self.spacing, self.spacing]))
            .floats(tags::SLICE_THICKNESS, &numbers(&[thickness]))
    }
}

/// One axial CT slice of `count`; 512 x 512, 12 bits stored, HU by rescale, slices 5 mm apart (PS3.3 A.3).
pub fn ct_slice(patient: &Patient, series: u32, instance: u32, count: u32) -> Builder {
    let height = (instance as f32 - 1.0 - count as f32 / 2.0) * 5.0;
    let plane = Plane {
        position: [-199.609_38, -199.609_38, height],
        along_row: [1.0, 0.0, 0.0],
        along_column: [0.0, 1.0, 0.0],
        spacing: 0.78125,
        size: 512,
    };
    let mut noise = Noise::new(u64::from(instance) << 8 | u64::from(series));
    let pixels = plane.pixels(
        &mut noise,
        |place, grain| hounsfield(place) + grain * 13.0 + 1024.0,
        4095,
    );
    let object = patient
        .object(
            uids::CT_IMAGE_STORAGE,
            "CT",
            series,
            "TRUNK 5.0 SOFT",
            instance,
        )
        .text(tags::IMAGE_TYPE, "ORIGINAL\\PRIMARY\\AXIAL")
        .text(tags::BODY_PART_EXAMINED, "CHEST")
        .floats(tags::KVP, &[120.0])
        .ints(tags::EXPOSURE_TIME, &[500])
        .ints(tags::X_RAY_TUBE_CURRENT, &[210])
        .text(tags::CONVOLUTION_KERNEL, "SOFT")
        .floats(tags::SLICE_LOCATION, &[f64::from(height)])
        .text(tags::PATIENT_POSITION, "HFS")
        .floats(tags::RESCALE_INTERCEPT, &[-1024.0])
        .floats(tags::RESCALE_SLOPE, &[1.0])
        .text(tags::RESCALE_TYPE, "HU")
        .text(tags::WINDOW_CENTER, "40\\-600")
        .text(tags::WINDOW_WIDTH, "400\\1500")
        .text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, "SOFT TISSUE\\LUNG");
    with_gray_pixels(plane.describe(object, patient, 5.0), 512, 512, 12, pixels)
}

/// The two ways the MR phantom is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MrSeries {
    /// Axial, short echo.
    AxialT1,
    /// Sagittal, long echo.
    SagittalT2,
}

/// One MR slice of `count`; 256 x 256, 12 bits stored (PS3.3 A.4).
pub fn mr_slice(
    patient: &Patient,
    kind: MrSeries,
    series: u32,
    instance: u32,
    count: u32,
) -> Builder {
    let offset = (instance as f32 - 1.0 - count as f32 / 2.0) * 6.0;
    let (echo, description, plane) = match kind {
        MrSeries::AxialT1 => (
            0,
            "T1 AXIAL",
            Plane {
                position: [-190.0, -190.0, offset],
                along_row: [1.0, 0.0, 0.0],
                along_column: [0.0, 1.0, 0.0],
                spacing: 1.484_375,
                size: 256,
            },
        ),
        MrSeries::SagittalT2 => (
            1,
            "T2 SAGITTAL",
            Plane {
                position: [offset, -190.0, 190.0],
                along_row: [0.0, 1.0, 0.0],
                along_column: [0.0, 0.0, -1.0],
                spacing: 1.484_375,
                size: 256,
            },
        ),
    };
    let signal = |place: [f32; 3], grain: f32| {
        let strength = body_at(place).map_or(0.0, |body| body.signal[echo]);
        // a coil sees what is near it better
        let shading = 1.0 - 0.25 * (place[1] + 100.0).abs() / 220.0;
        (strength * shading * 1600.0 + grain * 22.0).abs()
    };
    let mut noise = Noise::new(u64::from(instance) << 8 | 0x40 | u64::from(series));
    let pixels = plane.pixels(&mut noise, signal, 4095);
    let (repetition, echo_time, window) = if echo == 0 {
        (520.0, 12.0, "700\\1400")
    } else {
        (3800.0, 96.0, "800\\1700")
    };
    let (center, width) = window.split_once('\\').unwrap_or(("800", "1600"));
    let object = patient
        .object(uids::MR_IMAGE_STORAGE, "MR", series, description, instance)
        .text(tags::IMAGE_TYPE, "ORIGINAL\\PRIMARY\\M")
        .text(tags::SCANNING_SEQUENCE, "SE")
        .text(tags::SEQUENCE_VARIANT, "NONE")
        .text(tags::SCAN_OPTIONS, "")
        .text(tags::MR_ACQUISITION_TYPE, "2D")
        .text(tags::BODY_PART_EXAMINED, "CHEST")
        .text(tags::PATIENT_POSITION, "HFS")
        .floats(tags::REPETITION_TIME, &[repetition])
        .floats(tags::ECHO_TIME, &[echo_time])
        .ints(tags::ECHO_TRAIN_LENGTH, &[1])
        .text(tags::WINDOW_CENTER, center)
        .text(tags::WINDOW_WIDTH, width);
    with_gray_pixels(plane.describe(object, patient, 6.0), 256, 256, 12, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lungs_are_air_and_the_spine_is_bone() {
        assert!(hounsfield([-75.0, -8.0, 60.0]) < -700.0);
        assert!(hounsfield([0.0, 66.0, 0.0]) > 300.0);
        assert_eq!(hounsfield([300.0, 0.0, 0.0]), -1000.0);
    }
}
