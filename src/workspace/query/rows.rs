//! What the nodes answered: studies, and below them the series and images of what was expanded.

use std::collections::HashMap;

use crate::dicom::{DataSet, SeriesInstanceUid, StudyInstanceUid, Tag, tags};
use crate::engine::{JobId, Level};

/// A row: a node, and the UIDs that it told. They may be anything that a peer sends.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteId {
    /// Name of the node.
    pub peer: String,
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID, of a series or an image.
    pub series: Option<String>,
    /// SOP Instance UID, of an image.
    pub image: Option<String>,
}

impl RemoteId {
    /// A study of a node.
    pub fn study(peer: &str, study: &str) -> Self {
        Self {
            peer: peer.to_owned(),
            study: study.to_owned(),
            series: None,
            image: None,
        }
    }

    /// Its level.
    pub fn level(&self) -> Level {
        match (&self.series, &self.image) {
            (None, _) => Level::Study,
            (Some(_), None) => Level::Series,
            (Some(_), Some(_)) => Level::Image,
        }
    }

    /// The row one level up.
    pub fn parent(&self) -> Option<Self> {
        let series = self.series.as_ref()?;
        Some(Self {
            series: self.image.as_ref().map(|_| series.clone()),
            image: None,
            ..self.clone()
        })
    }

    /// Its unique keys, as an identifier of a retrieval has them.
    pub fn keys(&self) -> Vec<(String, String)> {
        let all = [
            ("StudyInstanceUID", Some(&self.study)),
            ("SeriesInstanceUID", self.series.as_ref()),
            ("SOPInstanceUID", self.image.as_ref()),
        ];
        all.into_iter()
            .filter_map(|(name, uid)| Some((name.to_owned(), uid?.clone())))
            .collect()
    }

    /// The study in the local store's terms.
    pub fn local_study(&self) -> Option<StudyInstanceUid> {
        StudyInstanceUid::parse(&self.study).ok()
    }

    /// The series in the local store's terms.
    pub fn local_series(&self) -> Option<SeriesInstanceUid> {
        SeriesInstanceUid::parse(self.series.as_ref()?).ok()
    }

    fn child(&self, uid: String) -> Self {
        let mut child = self.clone();
        match child.level() {
            Level::Study => child.series = Some(uid),
            Level::Series | Level::Image => child.image = Some(uid),
        }
        child
    }
}

/// Whether what is below a row is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Children {
    /// Nobody asked.
    #[default]
    Unasked,
    /// The node is being asked.
    Asking(JobId),
    /// All are here.
    Here,
    /// The node would not tell, in words.
    Failed(String),
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which.
    pub id: RemoteId,
    /// Everything that the node told.
    pub set: DataSet,
    /// Whether what is below is shown.
    pub expanded: bool,
    /// Whether what is below is known.
    pub children: Children,
    /// What is below.
    pub below: Vec<Entry>,
}

impl Entry {
    /// An answer; `None` when it lacks the UID of its level.
    fn new(above: &RemoteId, level: Level, set: DataSet) -> Option<Self> {
        let uid = set.text(level.unique_key())?;
        let id = match level {
            Level::Study => RemoteId {
                study: uid,
                ..above.clone()
            },
            Level::Series | Level::Image => above.child(uid),
        };
        Some(Self {
            id,
            set,
            expanded: false,
            children: Children::default(),
            below: Vec::new(),
        })
    }

    /// All values of an attribute, as the node wrote them.
    pub fn text(&self, tag: Tag) -> String {
        self.set.texts(tag).join("\\")
    }

    /// Objects in it, as far as the node told.
    pub fn count(&self) -> Option<u64> {
        let tag = match self.id.level() {
            Level::Study => tags::NUMBER_OF_STUDY_RELATED_INSTANCES,
            Level::Series => tags::NUMBER_OF_SERIES_RELATED_INSTANCES,
            Level::Image => return Some(1),
        };
        self.set
            .int(tag)
            .and_then(|count| u64::try_from(count).ok())
    }

    fn number(&self) -> i64 {
        let tag = match self.id.level() {
            Level::Image => tags::INSTANCE_NUMBER,
            Level::Study | Level::Series => tags::SERIES_NUMBER,
        };
        self.set.int(tag).unwrap_or(i64::MAX)
    }
}

/// What the studies are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuerySort {
    /// Patient's name.
    PatientName,
    /// Patient ID.
    PatientId,
    /// Birth date.
    BirthDate,
    /// Date and time of the study.
    StudyDate,
    /// Modalities.
    Modalities,
    /// Description.
    Description,
    /// Accession number.
    AccessionNumber,
    /// Number of images.
    Images,
    /// The node.
    Node,
}

/// Place of a row in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    study: usize,
    series: Option<usize>,
    image: Option<usize>,
}

/// All answers, and the rows that the table shows of them.
#[derive(Debug, Clone)]
pub struct Results {
    /// What studies are ordered by.
    pub sort: QuerySort,
    /// The other way round.
    pub descending: bool,
    studies: Vec<Entry>,
    index: HashMap<RemoteId, usize>,
    order: Vec<usize>,
    rows: Vec<Place>,
}

impl Default for Results {
    fn default() -> Self {
        Self {
            sort: QuerySort::StudyDate,
            descending: true,
            studies: Vec::new(),
            index: HashMap::new(),
            order: Vec::new(),
            rows: Vec::new(),
        }
    }
}

impl Results {
    /// Forgets all answers.
    pub fn clear(&mut self) {
        self.studies.clear();
        self.index.clear();
        self.rearrange();
    }

    /// Takes studies of a node in; how many were new, and how many had no UID.
    pub fn add_studies(&mut self, peer: &str, sets: &[DataSet]) -> (u64, u64) {
        let above = RemoteId::study(peer, "");
        let (mut added, mut nameless) = (0, 0);
        for set in sets {
            match Entry::new(&above, Level::Study, set.clone()) {
                None => nameless += 1,
                // Found by another modality of the same question already.
                Some(entry) if self.index.contains_key(&entry.id) => {}
                Some(entry) => {
                    self.index.insert(entry.id.clone(), self.studies.len());
                    self.studies.push(entry);
                    added += 1;
                }
            }
        }
        self.rearrange();
        (added, nameless)
    }

    /// Takes in what is below a row.
    pub fn add_below(&mut self, above: &RemoteId, sets: &[DataSet]) {
        let level = match above.level() {
            Level::Study => Level::Series,
            Level::Series | Level::Image => Level::Image,
        };
        if let Some(parent) = self.get_mut(above) {
            for set in sets {
                if let Some(entry) = Entry::new(above, level, set.clone())
                    && !parent.below.iter().any(|known| known.id == entry.id)
                {
                    parent.below.push(entry);
                }
            }
            parent.below.sort_by_key(Entry::number);
        }
        self.rearrange();
    }

    /// Shows or hides what is below a row.
    pub fn expand(&mut self, id: &RemoteId, expanded: bool) {
        if let Some(entry) = self.get_mut(id) {
            entry.expanded = expanded;
        }
        self.rearrange();
    }

    /// Notes whether what is below a row is known.
    pub fn set_children(&mut self, id: &RemoteId, children: Children) {
        if let Some(entry) = self.get_mut(id) {
            entry.children = children;
        }
    }

    /// Forgets what is below every row: it will be asked for again.
    pub fn forget_below(&mut self) {
        for study in &mut self.studies {
            study.expanded = false;
            study.children = Children::Unasked;
            study.below.clear();
        }
        self.rearrange();
    }

    /// Orders by a column; again: the other way round.
    pub fn order_by(&mut self, sort: QuerySort) {
        self.descending = if self.sort == sort {
            !self.descending
        } else {
            matches!(sort, QuerySort::StudyDate | QuerySort::Images)
        };
        self.sort = sort;
        self.rearrange();
    }

    /// Studies found.
    pub fn study_count(&self) -> usize {
        self.studies.len()
    }

    /// Rows of the table.
    pub fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row at a place of the table.
    pub fn row(&self, place: u64) -> Option<&Entry> {
        let place = self.rows.get(usize::try_from(place).ok()?)?;
        self.at(place)
    }

    /// The place of a row, if it is shown.
    pub fn place(&self, id: &RemoteId) -> Option<u64> {
        let found = self.rows.iter().position(|place| {
            let entry = self.at(place);
            entry.is_some_and(|entry| entry.id == *id)
        });
        found.map(|place| place as u64)
    }

    /// An answer.
    pub fn get(&self, id: &RemoteId) -> Option<&Entry> {
        let study = RemoteId::study(&id.peer, &id.study);
        let study = self.studies.get(*self.index.get(&study)?)?;
        let (Some(_), image) = (&id.series, &id.image) else {
            return Some(study);
        };
        let series = study.below.iter().find(|s| s.id.series == id.series)?;
        match image {
            None => Some(series),
            Some(_) => series.below.iter().find(|entry| entry.id == *id),
        }
    }

    fn get_mut(&mut self, id: &RemoteId) -> Option<&mut Entry> {
        let study = RemoteId::study(&id.peer, &id.study);
        let study = self.studies.get_mut(*self.index.get(&study)?)?;
        let (Some(_), image) = (&id.series, &id.image) else {
            return Some(study);
        };
        let mut below = study.below.iter_mut();
        let series = below.find(|s| s.id.series == id.series)?;
        match image {
            None => Some(series),
            Some(_) => series.below.iter_mut().find(|entry| entry.id == *id),
        }
    }

    fn at(&self, place: &Place) -> Option<&Entry> {
        let study = self.studies.get(place.study)?;
        let Some(series) = place.series else {
            return Some(study);
        };
        let series = study.below.get(series)?;
        match place.image {
            None => Some(series),
            Some(image) => series.below.get(image),
        }
    }

    fn rearrange(&mut self) {
        let (sort, descending) = (self.sort, self.descending);
        let keys: Vec<SortKey> = self.studies.iter().map(|e| SortKey::of(e, sort)).collect();
        self.order = (0..self.studies.len()).collect();
        self.order.sort_by(|a, b| {
            let order = keys[*a].cmp(&keys[*b]);
            if descending { order.reverse() } else { order }
        });
        self.rows.clear();
        for study in self.order.iter().copied() {
            let mut place = Place {
                study,
                series: None,
                image: None,
            };
            self.rows.push(place);
            let entry = &self.studies[study];
            for (series, below) in entry.below.iter().enumerate().filter(|_| entry.expanded) {
                place.series = Some(series);
                place.image = None;
                self.rows.push(place);
                if below.expanded {
                    let images = 0..below.below.len();
                    self.rows.extend(images.map(|image| Place {
                        image: Some(image),
                        ..place
                    }));
                }
            }
        }
    }
}

/// What two studies are compared by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(u64),
    Text(String),
}

impl SortKey {
    fn of(entry: &Entry, sort: QuerySort) -> Self {
        let text = |tag| Self::Text(entry.text(tag).to_lowercase());
        match sort {
            QuerySort::PatientName => text(tags::PATIENT_NAME),
            QuerySort::PatientId => text(tags::PATIENT_ID),
            QuerySort::BirthDate => text(tags::PATIENT_BIRTH_DATE),
            QuerySort::StudyDate => {
                let day = entry.text(tags::STUDY_DATE);
                Self::Text(format!("{day} {}", entry.text(tags::STUDY_TIME)))
            }
            QuerySort::Modalities => text(tags::MODALITIES_IN_STUDY),
            QuerySort::Description => text(tags::STUDY_DESCRIPTION),
            QuerySort::AccessionNumber => text(tags::ACCESSION_NUMBER),
            QuerySort::Images => Self::Number(entry.count().unwrap_or(0)),
            QuerySort::Node => Self::Text(entry.id.peer.to_lowercase()),
        }
    }
}
