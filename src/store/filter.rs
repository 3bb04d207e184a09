//! What a shell can ask of the study list (ST2, ST3).

/// A window into the study list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StudyFilter {
    /// Free text: words of the name in any order, ID, accession number, description; case and accents ignored.
    pub search: String,
    /// Earliest Study Date, `YYYYMMDD`, or empty.
    pub date_from: String,
    /// Latest Study Date, `YYYYMMDD`, or empty.
    pub date_to: String,
    /// Any of these modalities, or all when empty.
    pub modalities: Vec<String>,
    /// Only from this source AE title, or all when empty.
    pub source_ae: String,
    /// Only studies with conflicts.
    pub conflicts_only: bool,
    /// Order.
    pub sort: StudySort,
    /// Reverse it.
    pub descending: bool,
    /// First row wanted.
    pub offset: u64,
    /// How many rows at most.
    pub limit: u64,
}

/// Columns the list can be ordered by; ties by Study Instance UID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the names are the columns")]
pub enum StudySort {
    #[default]
    StudyDate,
    Received,
    PatientName,
    PatientId,
    BirthDate,
    Modalities,
    Description,
    AccessionNumber,
    StudyId,
    ReferringPhysician,
    SeriesCount,
    InstanceCount,
    Bytes,
    SourceAe,
}
