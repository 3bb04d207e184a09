//! Which attributes can be asked for, which are told, and the columns that hold them (Tables 11 to 17).

use crate::dicom::query::Level;
use crate::dicom::{Tag, tags};

/// How values of a key match (PS3.4 C.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Single value or wildcard, case counts.
    Text,
    /// Person name: single value or wildcard in any component group, without case and accents; the column is folded.
    Name,
    /// Single value or range.
    Date,
    /// Single value or range, to the precision given.
    Time,
    /// Single value or range of texts that sort by time.
    DateTime,
    /// A UID or a list of them.
    Uid,
    /// A whole number.
    Number,
    /// Any of the modalities in the study.
    Modalities,
}

/// A key that can be asked for.
#[derive(Debug)]
pub struct Key {
    /// DICOM keyword, sequences by dots.
    pub keyword: &'static str,
    /// The level it belongs to.
    pub level: Level,
    /// The column, qualified.
    pub column: &'static str,
    /// For keys in sequences: a table with this column and its own rows; `{}` is the condition.
    pub exists: Option<&'static str>,
    /// How it matches.
    pub matching: Matching,
}

const REQUEST: &str =
    "EXISTS (SELECT 1 FROM series_request WHERE series_request.series = series.id AND {})";
const OBSERVER: &str = "EXISTS (SELECT 1 FROM verifying_observer WHERE verifying_observer.instance = instance.id AND {})";
const REFERENCE: &str =
    "EXISTS (SELECT 1 FROM reference WHERE reference.instance = instance.id AND {})";

const fn key(keyword: &'static str, level: Level, column: &'static str, matching: Matching) -> Key {
    Key {
        keyword,
        level,
        column,
        exists: None,
        matching,
    }
}

const fn nested(
    keyword: &'static str,
    level: Level,
    exists: &'static str,
    column: &'static str,
    matching: Matching,
) -> Key {
    Key {
        keyword,
        level,
        column,
        exists: Some(exists),
        matching,
    }
}

use Level::{Image, Series, Study};
use Matching::{Date, DateTime, Modalities, Name, Number, Text, Time, Uid};

/// Every key.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("PatientName", Study, "study.patient_name_folded", Name),
    key("PatientID", Study, "study.patient_id", Text),
    key("PatientBirthDate", Study, "study.patient_birth_date", Date),
    key("PatientSex", Study, "study.patient_sex", Text),
    key("StudyID", Study, "study.study_id", Text),
    key("StudyDate", Study, "study.study_date", Date),
    key("StudyTime", Study, "study.study_time", Time),
    key("AccessionNumber", Study, "study.accession_number", Text),
    key("ModalitiesInStudy", Study, "study.modalities", Modalities),
    key("ReferringPhysicianName", Study, "study.referring_physician_name_folded", Name),
    key("StudyDescription", Study, "study.study_description", Text),
    key("StudyInstanceUID", Study, "study.study_instance_uid", Uid),
    key("SeriesInstanceUID", Series, "series.series_instance_uid", Uid),
    key("SeriesNumber", Series, "series.series_number", Number),
    key("Modality", Series, "series.modality", Text),
    key("SeriesDescription", Series, "series.series_description", Text),
    key("BodyPartExamined", Series, "series.body_part_examined", Text),
    key("PerformedProcedureStepStartDate", Series, "series.performed_procedure_step_start_date", Date),
    key("PerformedProcedureStepStartTime", Series, "series.performed_procedure_step_start_time", Time),
    nested("RequestAttributesSequence.RequestedProcedureID", Series, REQUEST, "requested_procedure_id", Text),
    nested("RequestAttributesSequence.ScheduledProcedureStepID", Series, REQUEST, "scheduled_procedure_step_id", Text),
    key("SOPInstanceUID", Image, "instance.sop_instance_uid", Uid),
    key("SOPClassUID", Image, "instance.sop_class_uid", Uid),
    key("InstanceNumber", Image, "instance.instance_number", Number),
    key("CompletionFlag", Image, "instance.completion_flag", Text),
    key("VerificationFlag", Image, "instance.verification_flag", Text),
    nested("VerifyingObserverSequence.VerificationDateTime", Image, OBSERVER, "verification_date_time", DateTime),
    nested("VerifyingObserverSequence.VerifyingObserverName", Image, OBSERVER, "observer_name_folded", Name),
    key("ConceptNameCodeSequence.CodeValue", Image, "instance.concept_code_value", Text),
    key("ConceptNameCodeSequence.CodingSchemeDesignator", Image, "instance.concept_coding_scheme", Text),
    key("ContentLabel", Image, "instance.content_label", Text),
    key("ContentDescription", Image, "instance.content_description", Text),
    key("PresentationCreationDate", Image, "instance.presentation_creation_date", Date),
    key("PresentationCreationTime", Image, "instance.presentation_creation_time", Time),
    key("ContentCreatorName", Image, "instance.content_creator_name_folded", Name),
    nested("ReferencedSeriesSequence.SeriesInstanceUID", Image, REFERENCE, "reference.series_instance_uid", Uid),
    nested("ReferencedSeriesSequence.ReferencedImageSequence.ReferencedSOPClassUID", Image, REFERENCE, "referenced_sop_class_uid", Uid),
    nested("ReferencedSeriesSequence.ReferencedImageSequence.ReferencedSOPInstanceUID", Image, REFERENCE, "referenced_sop_instance_uid", Uid),
];

/// An attribute that a match tells.
#[derive(Debug)]
pub struct Attribute {
    /// Its tag.
    pub tag: Tag,
    /// Levels on which it is told.
    levels: &'static [Level],
    /// The column, qualified.
    pub column: &'static str,
    /// It is part of the Concept Name Code Sequence.
    pub in_concept_name: bool,
    /// It is left out when nothing is known.
    pub only_if_known: bool,
}

const fn told(tag: Tag, levels: &'static [Level], column: &'static str) -> Attribute {
    Attribute {
        tag,
        levels,
        column,
        in_concept_name: false,
        only_if_known: false,
    }
}

const fn known(tag: Tag, column: &'static str) -> Attribute {
    Attribute {
        tag,
        levels: &[Image],
        column,
        in_concept_name: false,
        only_if_known: true,
    }
}

const fn concept(tag: Tag, column: &'static str) -> Attribute {
    Attribute {
        tag,
        levels: &[Image],
        column,
        in_concept_name: true,
        only_if_known: true,
    }
}

const ALL: &[Level] = &[Study, Series, Image];

#[rustfmt::skip]
const ATTRIBUTES: &[Attribute] = &[
    told(tags::PATIENT_NAME, ALL, "study.patient_name"),
    told(tags::PATIENT_ID, ALL, "study.patient_id"),
    told(tags::PATIENT_BIRTH_DATE, &[Study], "study.patient_birth_date"),
    told(tags::PATIENT_SEX, &[Study], "study.patient_sex"),
    told(tags::STUDY_ID, &[Study], "study.study_id"),
    told(tags::STUDY_DATE, &[Study], "study.study_date"),
    told(tags::STUDY_TIME, &[Study], "study.study_time"),
    told(tags::ACCESSION_NUMBER, &[Study], "study.accession_number"),
    told(tags::MODALITIES_IN_STUDY, &[Study], "study.modalities"),
    told(tags::REFERRING_PHYSICIAN_NAME, &[Study], "study.referring_physician_name"),
    told(tags::STUDY_DESCRIPTION, &[Study], "study.study_description"),
    told(tags::STUDY_INSTANCE_UID, ALL, "study.study_instance_uid"),
    told(tags::NUMBER_OF_STUDY_RELATED_SERIES, &[Study], "study.series_count"),
    told(tags::NUMBER_OF_STUDY_RELATED_INSTANCES, &[Study], "study.instance_count"),
    told(tags::SERIES_INSTANCE_UID, &[Series, Image], "series.series_instance_uid"),
    told(tags::MODALITY, &[Series, Image], "series.modality"),
    told(tags::SERIES_NUMBER, &[Series], "series.series_number"),
    told(tags::SERIES_DESCRIPTION, &[Series], "series.series_description"),
    told(tags::BODY_PART_EXAMINED, &[Series], "series.body_part_examined"),
    told(tags::PERFORMED_PROCEDURE_STEP_START_DATE, &[Series], "series.performed_procedure_step_start_date"),
    told(tags::PERFORMED_PROCEDURE_STEP_START_TIME, &[Series], "series.performed_procedure_step_start_time"),
    told(tags::NUMBER_OF_SERIES_RELATED_INSTANCES, &[Series], "series.instance_count"),
    told(tags::SOP_INSTANCE_UID, &[Image], "instance.sop_instance_uid"),
    told(tags::SOP_CLASS_UID, &[Image], "instance.sop_class_uid"),
    told(tags::AVAILABLE_TRANSFER_SYNTAX_UID, &[Image], "instance.transfer_syntax_uid"),
    told(tags::INSTANCE_NUMBER, &[Image], "instance.instance_number"),
    told(tags::NUMBER_OF_FRAMES, &[Image], "instance.frames"),
    told(tags::ROWS, &[Image], "instance.\"rows\""),
    told(tags::COLUMNS, &[Image], "instance.\"columns\""),
    known(tags::COMPLETION_FLAG, "instance.completion_flag"),
    known(tags::VERIFICATION_FLAG, "instance.verification_flag"),
    known(tags::CONTENT_LABEL, "instance.content_label"),
    known(tags::CONTENT_DESCRIPTION, "instance.content_description"),
    known(tags::PRESENTATION_CREATION_DATE, "instance.presentation_creation_date"),
    known(tags::PRESENTATION_CREATION_TIME, "instance.presentation_creation_time"),
    known(tags::CONTENT_CREATOR_NAME, "instance.content_creator_name"),
    concept(tags::CODE_VALUE, "instance.concept_code_value"),
    concept(tags::CODING_SCHEME_DESIGNATOR, "instance.concept_coding_scheme"),
    concept(tags::CODE_MEANING, "instance.concept_meaning"),
];

/// What a match on `level` tells.
pub fn attributes(level: Level) -> impl Iterator<Item = &'static Attribute> {
    ATTRIBUTES
        .iter()
        .filter(move |attribute| attribute.levels.contains(&level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::VR;
    use crate::dicom::query::KeyPath;

    #[test]
    fn every_key_of_the_tables_can_be_asked_for_on_its_level() {
        for level in [Study, Series, Image] {
            // A sequence as a whole matches everything; it is asked for by what is in it.
            for key in level.keys().filter(|key| key.vr() != VR::SQ) {
                let row = KEYS.iter().find(|row| path(row).is(key));
                let row = row.unwrap_or_else(|| panic!("{key:?} has no column"));
                assert_eq!(row.level, level, "{}", row.keyword);
            }
        }
    }

    #[test]
    fn every_column_has_a_keyword_of_the_dictionary_and_is_listed_once() {
        for (index, row) in KEYS.iter().enumerate() {
            assert_eq!(path(row).to_string(), row.keyword);
            assert!(
                KEYS[..index]
                    .iter()
                    .all(|other| other.keyword != row.keyword)
            );
        }
    }

    fn path(row: &Key) -> KeyPath {
        row.keyword.parse().expect("a key path")
    }
}
