//! Calibrated regions of ultrasound images (PS3.3 C.8.5.5): what a pixel is worth depends on where it lies.

use crate::dicom::{DataSet, tags};

/// What a direction of a region counts (PS3.3 C.8.5.5.1.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhysicalUnit {
    /// Millimetres; regions are written in centimetres.
    Millimetre,
    /// Seconds.
    Second,
    /// Hertz.
    Hertz,
    /// Centimetres a second.
    CentimetrePerSecond,
    /// Decibel.
    Decibel,
    /// Percent.
    Percent,
    /// Degrees.
    Degree,
}

impl PhysicalUnit {
    /// How people write it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Millimetre => "mm",
            Self::Second => "s",
            Self::Hertz => "Hz",
            Self::CentimetrePerSecond => "cm/s",
            Self::Decibel => "dB",
            Self::Percent => "%",
            Self::Degree => "°",
        }
    }

    fn read(region: &DataSet, tag: crate::dicom::Tag) -> Option<Self> {
        Some(match region.int(tag)? {
            1 => Self::Percent,
            2 => Self::Decibel,
            3 => Self::Millimetre,
            4 => Self::Second,
            5 => Self::Hertz,
            7 => Self::CentimetrePerSecond,
            12 => Self::Degree,
            _ => return None,
        })
    }
}

/// One region with units in both directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UltrasoundRegion {
    /// First column and row, from 0.
    pub first: (f64, f64),
    /// Column and row behind the last.
    pub end: (f64, f64),
    /// Unit along a row and along a column.
    pub units: (PhysicalUnit, PhysicalUnit),
    /// What one column and one row are worth, without sign.
    pub deltas: (f64, f64),
}

/// Regions of one image read at most.
const REGIONS_MAX: usize = 256;

impl UltrasoundRegion {
    /// Reads the regions of an image; those without units or sizes are left out.
    pub fn read_all(data_set: &DataSet) -> Vec<Self> {
        let regions = data_set.items(tags::SEQUENCE_OF_ULTRASOUND_REGIONS).iter();
        regions.take(REGIONS_MAX).filter_map(Self::read).collect()
    }

    fn read(region: &DataSet) -> Option<Self> {
        let place = |tag| region.int(tag).map(|at| at as f64);
        let units = (
            PhysicalUnit::read(region, tags::PHYSICAL_UNITS_X_DIRECTION)?,
            PhysicalUnit::read(region, tags::PHYSICAL_UNITS_Y_DIRECTION)?,
        );
        let delta = |tag, unit| {
            let delta = region.float(tag)?.abs();
            let factor = if unit == PhysicalUnit::Millimetre {
                10.0
            } else {
                1.0
            };
            (delta > 0.0).then_some(delta * factor)
        };
        Some(Self {
            first: (
                place(tags::REGION_LOCATION_MIN_X0)?,
                place(tags::REGION_LOCATION_MIN_Y0)?,
            ),
            end: (
                place(tags::REGION_LOCATION_MAX_X1)? + 1.0,
                place(tags::REGION_LOCATION_MAX_Y1)? + 1.0,
            ),
            units,
            deltas: (
                delta(tags::PHYSICAL_DELTA_X, units.0)?,
                delta(tags::PHYSICAL_DELTA_Y, units.1)?,
            ),
        })
    }

    /// Whether a place lies in it, its edges included.
    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        (self.first.0..=self.end.0).contains(&x) && (self.first.1..=self.end.1).contains(&y)
    }

    /// Its size in pixels: of two that hold a place the smaller one counts.
    pub fn pixels(&self) -> f64 {
        (self.end.0 - self.first.0) * (self.end.1 - self.first.1)
    }
}
