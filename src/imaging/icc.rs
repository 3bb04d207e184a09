//! The ICC Profile of colour images (0028,2000) (PS3.3 C.11.15): their colours brought to sRGB, which is what screens and PNG show.
//!
//! A profile comes from outside: its size and tables are limited, and what cannot be used is told and changes no colour.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, ParsingOptions, ProfileClass, Transform8BitExecutor,
    TransformOptions,
};

use crate::dicom::{DataSet, DicomFile, Tag, tags};

/// Largest profile read, in bytes; those of scanners take half a megabyte.
const PROFILE_BYTES_MAX: usize = 4 << 20;
/// Largest tables of a profile, in entries.
const TABLE_MAX: usize = 1 << 20;
const CURVE_MAX: usize = 1 << 14;
/// Pixels converted at once.
const PIXELS_AT_ONCE: usize = 4096;

/// Why colours are shown as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It is larger than any real one.
    #[error("{0} bytes are too many")]
    TooLarge(usize),
    /// It is for colours of another kind.
    #[error("it is not one of RGB colours")]
    NotRgb,
    /// It is not a profile of images or displays.
    #[error("it is not one of an input or display device")]
    Class,
    /// It is broken.
    #[error("{0}")]
    Broken(String),
}

/// A profile and the conversion to sRGB made of it.
#[derive(Clone)]
pub struct IccProfile {
    bytes: Vec<u8>,
    to_srgb: Arc<Transform8BitExecutor>,
}

impl fmt::Debug for IccProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IccProfile({} bytes)", self.bytes.len())
    }
}

impl PartialEq for IccProfile {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl IccProfile {
    /// The profile of an object: its own, else that of its first optical path (PS3.3 C.8.12.5).
    ///
    /// # Errors
    /// There is one and it cannot be used.
    pub fn read(file: &DicomFile) -> Result<Option<Self>, ProfileError> {
        let paths = file.data_set.items(tags::OPTICAL_PATH_SEQUENCE).iter();
        let places = std::iter::once(&file.data_set).chain(paths);
        let bytes = places
            .filter_map(|data_set| value(file, data_set, tags::ICC_PROFILE))
            .find(|bytes| !bytes.is_empty());
        bytes.map(Self::new).transpose()
    }

    /// A profile from its bytes.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ProfileError> {
        if bytes.len() > PROFILE_BYTES_MAX {
            return Err(ProfileError::TooLarge(bytes.len()));
        }
        let made = catch_unwind(AssertUnwindSafe(|| to_srgb(&bytes)));
        let to_srgb = made.unwrap_or_else(|_| Err(ProfileError::Broken("broken data".into())))?;
        Ok(Self { bytes, to_srgb })
    }

    /// Converts 8-bit RGB, three bytes a pixel, to sRGB in place.
    pub fn convert(&self, rgb: &mut [u8]) {
        let mut before = vec![0; PIXELS_AT_ONCE * 3];
        for pixels in rgb.chunks_mut(PIXELS_AT_ONCE * 3) {
            let before = &mut before[..pixels.len()];
            before.copy_from_slice(pixels);
            // Whole pixels of the layout agreed on: there is nothing that could be refused.
            if self.to_srgb.transform(before, pixels).is_err() {
                pixels.copy_from_slice(before);
            }
        }
    }
}

fn value(file: &DicomFile, data_set: &DataSet, tag: Tag) -> Option<Vec<u8>> {
    let element = data_set.element(tag)?;
    file.value_bytes(element).ok().map(|bytes| bytes.to_vec())
}

fn to_srgb(bytes: &[u8]) -> Result<Arc<Transform8BitExecutor>, ProfileError> {
    let broken = |error: moxcms::CmsError| ProfileError::Broken(error.to_string());
    let limits = ParsingOptions {
        max_profile_size: PROFILE_BYTES_MAX + 1,
        max_allowed_clut_size: TABLE_MAX,
        max_allowed_trc_size: CURVE_MAX,
    };
    let profile = ColorProfile::new_from_slice_with_options(bytes, limits).map_err(broken)?;
    if profile.color_space != DataColorSpace::Rgb {
        return Err(ProfileError::NotRgb);
    }
    let classes = [
        ProfileClass::InputDevice,
        ProfileClass::DisplayDevice,
        ProfileClass::ColorSpace,
    ];
    if !classes.contains(&profile.profile_class) {
        return Err(ProfileError::Class);
    }
    let options = TransformOptions {
        rendering_intent: profile.rendering_intent,
        ..TransformOptions::default()
    };
    let srgb = ColorProfile::new_srgb();
    profile
        .create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options)
        .map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every eighth level of each colour.
    fn colors() -> Vec<u8> {
        let levels = || (0..=255_u8).step_by(17);
        let triples =
            levels().flat_map(|r| levels().flat_map(move |g| levels().map(move |b| [r, g, b])));
        triples.flatten().collect()
    }

    fn profile(profile: &ColorProfile) -> IccProfile {
        IccProfile::new(profile.encode().expect("bytes")).expect("a profile")
    }

    #[test]
    fn srgb_stays_what_it_is() {
        let mut converted = colors();
        profile(&ColorProfile::new_srgb()).convert(&mut converted);
        let apart = converted.iter().zip(colors()).map(|(a, b)| a.abs_diff(b));
        assert!(apart.max() <= Some(1));
    }

    /// Adobe RGB (1998) to sRGB by the definitions of both: matrices to XYZ (D65) and the transfer functions.
    fn from_adobe_rgb(rgb: [u8; 3]) -> [f64; 3] {
        let linear = rgb.map(|level| (f64::from(level) / 255.0).powf(563.0 / 256.0));
        let to_xyz = [
            [0.576_669, 0.185_558, 0.188_229],
            [0.297_345, 0.627_364, 0.075_291],
            [0.027_031, 0.070_689, 0.991_338],
        ];
        let to_srgb = [
            [3.240_454, -1.537_139, -0.498_531],
            [-0.969_266, 1.876_011, 0.041_556],
            [0.055_643, -0.204_026, 1.057_225],
        ];
        let times = |matrix: [[f64; 3]; 3], v: [f64; 3]| {
            matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
        };
        times(to_srgb, times(to_xyz, linear)).map(|part| {
            let part = part.clamp(0.0, 1.0);
            let encoded = if part <= 0.003_130_8 {
                12.92 * part
            } else {
                1.055 * part.powf(1.0 / 2.4) - 0.055
            };
            encoded * 255.0
        })
    }

    #[test]
    fn a_wide_space_is_brought_to_srgb_by_its_definition() {
        let mut converted = colors();
        profile(&ColorProfile::new_adobe_rgb()).convert(&mut converted);
        for (before, after) in colors()
            .as_chunks::<3>()
            .0
            .iter()
            .zip(converted.as_chunks::<3>().0)
        {
            let wanted = from_adobe_rgb(*before);
            for (level, wanted) in after.iter().zip(wanted) {
                let apart = (f64::from(*level) - wanted).abs();
                // Next to black the curve is steep: levels of a table are coarser there.
                let allowed = if wanted < 40.0 { 4.0 } else { 1.6 };
                assert!(apart <= allowed, "{before:?}: {after:?} {wanted}");
            }
        }
    }

    #[test]
    fn profiles_that_cannot_be_used_say_why() {
        assert!(matches!(
            IccProfile::new(vec![0; PROFILE_BYTES_MAX + 1]),
            Err(ProfileError::TooLarge(_))
        ));
        assert!(IccProfile::new(vec![7; 400]).is_err());
        let gray = ColorProfile::new_gray_with_gamma(2.2)
            .encode()
            .expect("bytes");
        assert_eq!(IccProfile::new(gray), Err(ProfileError::NotRgb));
        let mut lies = ColorProfile::new_srgb().encode().expect("bytes");
        // A count of tags beyond the end.
        lies[128..132].copy_from_slice(&[0xFF; 4]);
        assert!(IccProfile::new(lies).is_err());
    }

    proptest::proptest! {
        #[test]
        fn mutated_profiles_are_profiles_or_reasons(
            changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..12),
        ) {
            let mut bytes = ColorProfile::new_adobe_rgb().encode().expect("bytes");
            for (index, value) in changes {
                let at = index.index(bytes.len());
                bytes[at] = value;
            }
            if let Ok(profile) = IccProfile::new(bytes) {
                let mut rgb = colors();
                profile.convert(&mut rgb);
            }
        }
    }
}
