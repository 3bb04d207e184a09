//! The demonstration studies: enough to see every screen at work, made in a second or two.

use crate::dicom::{Encoding, StudyInstanceUid, TransferSyntax};

use super::Builder;
use super::mammogram::{Laterality, mammogram};
use super::patient::Patient;
use super::volume::{MrSeries, ct_slice, mr_slice};
use super::{documents, patterns, ultrasound};

/// One object, ready to be built: building is what takes time, so it can be spread over threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phantom {
    study: Study,
    object: Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Study {
    Ct,
    Mr,
    Mammography,
    Ultrasound,
    Patterns,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Object {
    CtSlice(u32),
    MrSlice(MrSeries, u32),
    Mammogram(Laterality),
    Loop,
    Pattern,
    Shuttered,
    Report,
    KeyObjects,
    PresentationState,
}

const CT_SLICES: u32 = 80;
const MR_SLICES: u32 = 24;
const KEY_SLICES: [u32; 3] = [20, 41, 55];

impl Study {
    fn patient(self) -> Patient {
        let (name, id, sex, study_description, study_date, study_time) = match self {
            Self::Ct => (
                "PHANTOM^CT",
                "DGSCOPE-1",
                "O",
                "CT Trunk",
                "20261102",
                "093012",
            ),
            Self::Mr => (
                "PHANTOM^MR",
                "DGSCOPE-2",
                "O",
                "MR Trunk",
                "20261102",
                "104500",
            ),
            Self::Mammography => (
                "PHANTOM^MAMMO",
                "DGSCOPE-3",
                "F",
                "Mammography MLO",
                "20261103",
                "081500",
            ),
            Self::Ultrasound => (
                "PHANTOM^ECHO",
                "DGSCOPE-4",
                "O",
                "Echocardiography",
                "20261103",
                "111000",
            ),
            Self::Patterns => (
                "PHANTOM^PATTERNS",
                "DGSCOPE-5",
                "O",
                "Test patterns",
                "20261104",
                "070000",
            ),
        };
        let study = self as u32 + 1;
        let accession_number = ["A0001", "A0002", "A0003", "A0004", "A0005"][self as usize];
        Patient {
            name,
            id,
            birth_date: "19700101",
            sex,
            study_date,
            study_time,
            study_description,
            accession_number,
            study,
        }
    }
}

impl Phantom {
    /// A file name, for export and logs.
    pub fn file_name(&self) -> String {
        format!("{:?}-{:?}.dcm", self.study, self.object).replace(['(', ')', ',', ' '], "_")
    }

    /// Builds the object.
    pub fn build(&self) -> Builder {
        let patient = self.study.patient();
        match self.object {
            Object::CtSlice(instance) => ct_slice(&patient, 1, instance, CT_SLICES),
            Object::MrSlice(kind, instance) => {
                mr_slice(&patient, kind, kind as u32 + 1, instance, MR_SLICES)
            }
            Object::Mammogram(side) => mammogram(&patient, side, side as u32 + 1, 1),
            Object::Loop => ultrasound::color_loop(&patient, 1, 1, 24),
            Object::Pattern => patterns::test_pattern(&patient, 1, 1),
            Object::Shuttered => patterns::shuttered(&patient, 2, 1),
            Object::Report => documents::report(&patient, 2, 1),
            Object::KeyObjects => documents::key_objects(&patient, 3, 1, &KEY_SLICES),
            Object::PresentationState => documents::presentation_state(&patient, 4, 1, &KEY_SLICES),
        }
    }

    /// Builds the object as a Part 10 file, explicit VR little endian.
    pub fn file(&self) -> Vec<u8> {
        self.build()
            .file(TransferSyntax::native(Encoding::ExplicitLittle))
    }
}

/// The study that shows the program best: the CT.
pub fn main_study() -> StudyInstanceUid {
    StudyInstanceUid::parse(&Study::Ct.patient().study_uid())
        .expect("phantom UIDs are made of digits and dots")
}

/// All demonstration objects, study by study.
pub fn demonstration() -> Vec<Phantom> {
    let mut all = Vec::new();
    let mut add = |study, object| all.push(Phantom { study, object });
    for instance in 1..=CT_SLICES {
        add(Study::Ct, Object::CtSlice(instance));
    }
    for object in [
        Object::Report,
        Object::KeyObjects,
        Object::PresentationState,
    ] {
        add(Study::Ct, object);
    }
    for kind in [MrSeries::AxialT1, MrSeries::SagittalT2] {
        for instance in 1..=MR_SLICES {
            add(Study::Mr, Object::MrSlice(kind, instance));
        }
    }
    add(Study::Mammography, Object::Mammogram(Laterality::Right));
    add(Study::Mammography, Object::Mammogram(Laterality::Left));
    add(Study::Ultrasound, Object::Loop);
    add(Study::Patterns, Object::Pattern);
    add(Study::Patterns, Object::Shuttered);
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;
    use crate::dicom::{DicomFile, ScanOptions, tags};

    #[test]
    fn every_object_is_whole_and_has_a_uid_of_its_own() {
        let mut seen = HashSet::new();
        let some = demonstration();
        let some = some
            .iter()
            .filter(|p| !matches!(p.object, Object::CtSlice(n) | Object::MrSlice(_, n) if n > 2));
        for phantom in some {
            let file = DicomFile::read(Arc::new(phantom.file()), &ScanOptions::DISPLAY)
                .expect("a whole object");
            let uid = file.data_set.uid(tags::SOP_INSTANCE_UID).expect("a UID");
            assert!(seen.insert(uid), "{phantom:?}");
            assert!(file.notes.is_empty(), "{:?}", file.notes);
        }
    }

    #[test]
    fn the_same_phantom_is_the_same_bytes() {
        let pattern = Phantom {
            study: Study::Patterns,
            object: Object::Shuttered,
        };
        assert_eq!(pattern.file(), pattern.file());
    }
}
