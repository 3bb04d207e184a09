//! Which presentation state each image is shown with (P1): by itself the newest that is about it, until somebody picks another.
//!
//! Picks belong to a series, the latest first; the first that says something about an image counts. So a state picked on one image
//! of a stack holds for every image it is about, and the others keep theirs. All of it is part of the arrangement: undo covers it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::Tab;
use crate::dicom::{SeriesInstanceUid, SopInstanceUid};
use crate::imaging::grayscale::GrayChain;
use crate::imaging::presentation_state::{StateParts, Subject};
use crate::imaging::stack::StackImage;
use crate::imaging::technique::Unit;
use crate::imaging::{DisplayPlan, FrameIndex, PresentationState, StateError, StoredState};

/// Picks remembered for a series; the oldest are forgotten.
const PICKS_MAX: usize = 64;
/// How long the arrival of a state is told of on the images it changed.
const NEWS: Duration = Duration::from_secs(20);

/// What somebody picked for a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatePick {
    /// A state, for the images it is about.
    State(SopInstanceUid),
    /// No state for one image.
    NoneForImage(SopInstanceUid),
    /// No state for the series.
    NoneForSeries,
}

/// The picks of a series, and those before the last change: what A and B are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatePicks {
    now: Vec<StatePick>,
    before: Option<Vec<StatePick>>,
}

impl StatePicks {
    /// Picks on top of what was picked before; `None` forgets all picks: the newest state again.
    pub(super) fn pick(&mut self, pick: Option<StatePick>) {
        let before = self.now.clone();
        match pick {
            None => self.now.clear(),
            Some(pick) => {
                self.now.retain(|known| *known != pick);
                self.now.insert(0, pick);
                self.now.truncate(PICKS_MAX);
            }
        }
        if self.now != before {
            self.before = Some(before);
        }
    }

    /// Exchanges A and B; before anything was picked B is the original without a state.
    fn exchange(&mut self) {
        let before = self.before.take();
        let before = before.unwrap_or_else(|| vec![StatePick::NoneForSeries]);
        self.before = Some(std::mem::replace(&mut self.now, before));
    }
}

/// The states about the images of a tab.
#[derive(Debug, Clone, Default)]
pub struct TabStates {
    by_image: HashMap<SopInstanceUid, Vec<About>>,
    known: HashSet<SopInstanceUid>,
    arrived: HashMap<SopInstanceUid, Duration>,
}

/// A state, and the frames of an image it is about, from 1; `None` for all.
#[derive(Debug, Clone)]
struct About {
    state: Arc<StoredState>,
    frames: Option<Vec<i64>>,
}

impl About {
    fn holds(&self, frame: FrameIndex) -> bool {
        let number = i64::from(frame.0) + 1;
        self.frames.as_ref().is_none_or(|f| f.contains(&number))
    }
}

impl TabStates {
    /// Takes the states of all studies of a tab. One that names another patient than `id` and `name` is kept, refused. `news` is
    /// the time when they came, unless they came with their study.
    fn renew<'a>(
        &mut self,
        states: impl Iterator<Item = &'a Arc<StoredState>>,
        (id, name): (&str, &str),
        news: Option<Duration>,
    ) {
        let mut all: Vec<Arc<StoredState>> = Vec::new();
        for state in states {
            if !all
                .iter()
                .any(|s| s.sop_instance_uid == state.sop_instance_uid)
            {
                all.push(of_patient(state, id, name));
            }
        }
        all.sort_by(|a, b| a.age().cmp(&b.age()));
        self.by_image.clear();
        for state in &all {
            if let (Some(now), false) = (news, self.known.contains(&state.sop_instance_uid)) {
                self.arrived.insert(state.sop_instance_uid.clone(), now);
            }
            for reference in &state.references {
                let Ok(image) = SopInstanceUid::parse(&reference.sop_instance_uid) else {
                    continue;
                };
                self.by_image.entry(image).or_default().push(About {
                    state: Arc::clone(state),
                    frames: reference.frames.clone(),
                });
            }
        }
        self.known = all.iter().map(|s| s.sop_instance_uid.clone()).collect();
    }

    /// The states about an image, newest first, each once.
    fn about(&self, image: &StackImage) -> Vec<&Arc<StoredState>> {
        let entries = self.by_image.get(&image.instance.sop_instance_uid);
        let mut states: Vec<&Arc<StoredState>> = Vec::new();
        for about in entries.into_iter().flatten() {
            let again = states.last().is_some_and(|s| Arc::ptr_eq(s, &about.state));
            if about.holds(image.frame) && !again {
                states.push(&about.state);
            }
        }
        states
    }

    /// When the last news stops being news.
    pub fn next_tick(&self, now: Duration) -> Option<Duration> {
        let ends = self.arrived.values().map(|at| *at + NEWS);
        ends.filter(|end| *end > now).min()
    }
}

/// The state, refused when it names another patient (F2, F14).
fn of_patient(state: &Arc<StoredState>, id: &str, name: &str) -> Arc<StoredState> {
    let folded = |name: &str| {
        let alphabetic = name.split('=').next().unwrap_or_default().to_lowercase();
        alphabetic.trim_end_matches(['^', ' ']).to_owned()
    };
    let differs = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a != b;
    let (state_name, state_id) = &state.patient;
    if differs(state_id.trim(), id.trim()) || differs(&folded(state_name), &folded(name)) {
        let mut refused = (**state).clone();
        refused.state = Err(StateError::OtherPatient);
        return Arc::new(refused);
    }
    Arc::clone(state)
}

/// The states of one image, and which of them counts.
#[derive(Debug, Clone, Default)]
pub struct StateOfImage<'a> {
    /// All that are about it, newest first.
    pub available: Vec<&'a Arc<StoredState>>,
    /// The one it is shown with, usable or not.
    pub chosen: Option<&'a Arc<StoredState>>,
    /// Whether the chosen one arrived a moment ago, while its image was open.
    pub is_news: bool,
}

impl<'a> StateOfImage<'a> {
    /// The chosen one, when it can be used.
    pub fn usable(&self) -> Option<&'a Arc<PresentationState>> {
        self.chosen.and_then(|stored| stored.state.as_ref().ok())
    }

    /// Why the chosen one cannot be used.
    pub fn problem(&self) -> Option<&'a StateError> {
        self.chosen.and_then(|stored| stored.state.as_ref().err())
    }

    /// Whether a newer one than the chosen is there.
    pub fn is_outdated(&self) -> bool {
        match (self.chosen, self.available.first()) {
            (Some(chosen), Some(newest)) => !Arc::ptr_eq(chosen, newest),
            _ => false,
        }
    }
}

impl Tab {
    /// Takes the states of the opened studies; see [`TabStates`].
    pub(super) fn renew_states(&mut self, news: Option<Duration>) {
        let Some(study) = self.studies.first() else {
            return;
        };
        let patient = (&*study.row.patient_id, &*study.row.patient_name);
        let states = self.studies.iter().flat_map(|study| &study.states);
        self.states.renew(states, patient, news);
    }

    /// The states of an image, and which of them it is shown with.
    pub fn state_of(&self, image: &StackImage, series: &SeriesInstanceUid) -> StateOfImage<'_> {
        let available = self.states.about(image);
        let newest = available.first().copied();
        let picks = self.arrangement.states.get(series);
        let mut picked = picks.iter().flat_map(|picks| &picks.now);
        let chosen = picked.find_map(|pick| match pick {
            StatePick::NoneForSeries => Some(None),
            StatePick::NoneForImage(uid) if *uid == image.instance.sop_instance_uid => Some(None),
            StatePick::NoneForImage(_) => None,
            StatePick::State(uid) => {
                let mut states = available.iter();
                states
                    .find(|s| s.sop_instance_uid == *uid)
                    .map(|s| Some(*s))
            }
        });
        let chosen = chosen.unwrap_or(newest);
        let is_news = chosen.is_some_and(|state| {
            let arrived = self.states.arrived.get(&state.sop_instance_uid);
            arrived.is_some_and(|at| self.now < *at + NEWS)
        });
        StateOfImage {
            available,
            chosen,
            is_news,
        }
    }

    /// The state that a cell shows its image with.
    pub fn state(&self, cell: usize) -> StateOfImage<'_> {
        match (self.image(cell), self.series_of(cell)) {
            (Some(image), Some(series)) => self.state_of(image, series),
            _ => StateOfImage::default(),
        }
    }

    pub(super) fn series_of(&self, cell: usize) -> Option<&SeriesInstanceUid> {
        let stack = self.arrangement.cells.get(cell)?.stack.as_ref()?;
        Some(&stack.series)
    }

    /// Picks a state for a cell's series; `None` goes back to the newest.
    pub(super) fn pick_state(&mut self, cell: usize, pick: Option<StatePick>) {
        if let Some(series) = self.series_of(cell).cloned() {
            let picks = self.arrangement.states.entry(series).or_default();
            picks.pick(pick);
        }
    }

    /// Off when a state is shown, else back to the newest.
    pub(super) fn toggle_state(&mut self, cell: usize) {
        let shown = self.state(cell).chosen.is_some();
        self.pick_state(cell, shown.then_some(StatePick::NoneForSeries));
    }

    /// Exchanges what is shown with what was shown before the last pick (P7).
    pub(super) fn exchange_states(&mut self, cell: usize) {
        if self.state(cell).available.is_empty() {
            return;
        }
        if let Some(series) = self.series_of(cell).cloned() {
            self.arrangement
                .states
                .entry(series)
                .or_default()
                .exchange();
        }
    }

    /// The unit of the values shown: a state can give others than the image has (F6).
    pub fn unit_of(&self, cell: usize, image: &StackImage) -> Unit {
        let own = &image.instance.technique;
        match self.foreign_values(cell, image) {
            None => own.unit.clone(),
            Some("") => Unit::None,
            Some("HU") if own.modality == "CT" => Unit::Hounsfield,
            Some("HU") => Unit::None,
            Some(name) => Unit::Named(name.to_owned()),
        }
    }

    /// What modality values are called in an object: Rescale Type (0028,1054).
    pub(super) fn value_type(&self, cell: usize, image: &StackImage) -> String {
        let unspecified = "US";
        let named = match (
            self.foreign_values(cell, image),
            &image.instance.technique.unit,
        ) {
            (Some(name), _) => name,
            (None, Unit::Hounsfield) => "HU",
            (None, Unit::Named(name)) => name,
            (None, Unit::None) => "",
        };
        if named.is_empty() { unspecified } else { named }.to_owned()
    }

    /// What the state of an image calls its values, when they are not the image's own.
    fn foreign_values(&self, cell: usize, image: &StackImage) -> Option<&str> {
        let series = self.series_of(cell)?;
        let counts = self.state_parts(cell).grayscale;
        let state = self.state_of(image, series).usable().filter(|_| counts)?;
        let own = image.instance.display.frame(image.frame);
        (state.modality != own.modality).then_some(state.modality_type.as_str())
    }

    /// Which parts of a state a cell lets count.
    pub fn state_parts(&self, cell: usize) -> StateParts {
        let cell = self.arrangement.cells.get(cell);
        cell.map(|cell| cell.view.parts).unwrap_or_default()
    }

    /// The gray stages of what a cell shows, before the user's own window.
    pub fn grays(&self, cell: usize) -> Option<GrayChain> {
        let image = self.image(cell)?;
        let instance = &image.instance;
        let pixels = instance.pixels.as_ref().ok()?;
        let subject = Subject {
            sop_instance_uid: instance.sop_instance_uid.as_str(),
            attributes: &instance.display,
            pixels,
            frame: image.frame,
        };
        let counts = self.state_parts(cell).grayscale;
        match self.state(cell).usable().filter(|_| counts) {
            Some(state) if state.check(&subject).is_ok() => Some(state.chain(&subject)),
            _ => DisplayPlan::own_chain(&subject),
        }
    }

    /// Whether a cell's values are those of the image itself: windows that come with the image or its modality have a meaning then.
    pub fn has_own_values(&self, cell: usize) -> bool {
        let own = self.image(cell).map(|image| {
            let display = image.instance.display.frame(image.frame);
            &display.modality
        });
        match (self.grays(cell), own) {
            (Some(chain), Some(own)) => chain.modality == *own,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(n: u32) -> SopInstanceUid {
        SopInstanceUid::parse(&format!("1.2.{n}")).expect("a UID")
    }

    #[test]
    fn the_latest_pick_comes_first_and_b_is_what_was_before() {
        let mut picks = StatePicks::default();
        picks.exchange();
        assert_eq!(picks.now, [StatePick::NoneForSeries]);
        picks.exchange();
        assert_eq!(picks.now, []);
        picks.pick(Some(StatePick::State(uid(1))));
        picks.pick(Some(StatePick::State(uid(2))));
        picks.exchange();
        assert_eq!(picks.now, [StatePick::State(uid(1))]);
        picks.exchange();
        assert_eq!(
            picks.now,
            [StatePick::State(uid(2)), StatePick::State(uid(1))]
        );
        picks.pick(None);
        assert_eq!(picks.now, []);
    }

    #[test]
    fn picks_do_not_grow_for_ever() {
        let mut picks = StatePicks::default();
        for n in 0..200 {
            picks.pick(Some(StatePick::State(uid(n))));
        }
        assert_eq!(picks.now.len(), PICKS_MAX);
        assert_eq!(picks.now[0], StatePick::State(uid(199)));
    }
}
