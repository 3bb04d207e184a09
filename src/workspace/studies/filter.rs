//! What the study list is narrowed to, and the query it makes.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::engine::{StudyQuery, StudySort};

/// Modalities offered as chips, whether or not the store holds any.
pub const MODALITIES: &[&str] = &["CT", "MR", "CR", "DX", "MG", "US", "XA", "NM", "PT", "OT"];

/// Quick picks of dates (ST2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// All dates.
    #[default]
    Any,
    /// Today.
    Today,
    /// Today and yesterday.
    TwoDays,
    /// The last seven days.
    Week,
    /// From and to as typed.
    Range,
}

impl Period {
    /// All, as they stand in their row.
    pub const ALL: [Self; 5] = [
        Self::Any,
        Self::Today,
        Self::TwoDays,
        Self::Week,
        Self::Range,
    ];
}

/// The filter of the study list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// The search box.
    pub search: String,
    /// Dates.
    pub period: Period,
    /// Earliest date as typed, for `Period::Range`.
    pub from: String,
    /// Latest date as typed, for `Period::Range`.
    pub to: String,
    /// Any of these modalities, or all.
    pub modalities: Vec<String>,
    /// Only from this source, or all when empty.
    pub source: String,
    /// Only studies with conflicts.
    pub conflicts_only: bool,
}

impl Filter {
    /// Whether everything is shown.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    /// The query for this filter and order, without a window.
    pub fn query(&self, sort: StudySort, descending: bool, today: Date) -> StudyQuery {
        let (date_from, date_to) = self.dates(today);
        StudyQuery {
            search: self.search.trim().to_owned(),
            date_from,
            date_to,
            modalities: self.modalities.clone(),
            source_ae: self.source.clone(),
            conflicts_only: self.conflicts_only,
            sort,
            descending,
            offset: 0,
            limit: 0,
        }
    }

    fn dates(&self, today: Date) -> (String, String) {
        period_dates(self.period, &self.from, &self.to, today)
    }
}

/// First and last day of a period in DICOM's form, empty where it is open; `from` and `to` as typed count for a range only.
pub fn period_dates(period: Period, from: &str, to: &str, today: Date) -> (String, String) {
    let days_ago = |days: i64| {
        let date = today.checked_sub(jiff::Span::new().days(days));
        date.map(dicom_date).unwrap_or_default()
    };
    match period {
        Period::Any => Default::default(),
        Period::Today => (days_ago(0), String::new()),
        Period::TwoDays => (days_ago(1), String::new()),
        Period::Week => (days_ago(6), String::new()),
        Period::Range => (typed_date(from), typed_date(to)),
    }
}

fn dicom_date(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// A date as typed (`2006-11-02`, `20061102`) in DICOM's form; empty while it is none.
pub fn typed_date(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let rest = text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '/' | ' '));
    let date = Date::strptime("%Y%m%d", &digits);
    if rest && digits.len() == 8 && date.is_ok() {
        digits
    } else {
        String::new()
    }
}
