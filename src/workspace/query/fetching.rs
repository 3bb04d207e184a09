//! What is fetched, and how much of it is here: a node's counters are a promise, the store's are what came (F11).

use super::rows::{Entry, RemoteId};
use super::state::{QueryState, Surroundings};
use super::transfers::Goal;
use crate::dicom::{SeriesInstanceUid, SopInstanceUid, StudyInstanceUid};
use crate::engine::event::HeldStudy;
use crate::engine::{Command, Level};

/// How much of a row the local store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    /// Not known yet.
    Unknown,
    /// Nothing.
    None,
    /// Some of so many.
    Partial(u64, u64),
    /// So many; the node does not tell how many there are.
    Some(u64),
    /// All of them.
    Complete(u64),
}

impl QueryState {
    /// How much of a row the local store holds.
    pub fn local(&self, entry: &Entry) -> Local {
        let Some(study) = entry.id.local_study() else {
            return Local::Unknown;
        };
        let Some(held) = self.held.get(&study) else {
            return Local::Unknown;
        };
        let have = match entry.id.level() {
            Level::Study => held.series.iter().map(|(_, count)| count).sum(),
            Level::Series => {
                let series = entry.id.local_series();
                let found = held
                    .series
                    .iter()
                    .find(|(uid, _)| Some(uid) == series.as_ref());
                found.map_or(0, |(_, count)| *count)
            }
            Level::Image => {
                let uid = entry
                    .id
                    .image
                    .as_ref()
                    .and_then(|uid| SopInstanceUid::parse(uid).ok());
                u64::from(uid.is_some_and(|uid| self.held_images.contains(&uid)))
            }
        };
        match (have, entry.count()) {
            (0, _) => Local::None,
            (have, Some(of)) if have < of => Local::Partial(have, of),
            (have, Some(_)) => Local::Complete(have),
            // What arrived without a failure is all that the node has, even if it never counts.
            (have, None) if self.arrived_whole(&entry.id) => Local::Complete(have),
            (have, None) => Local::Some(have),
        }
    }

    fn arrived_whole(&self, id: &RemoteId) -> bool {
        let transfer = self.transfers.of(id).filter(|t| t.goal == Goal::Here);
        let end = transfer.and_then(|transfer| transfer.end.as_ref());
        end.is_some_and(|end| end.complete)
    }

    pub(super) fn note_held(&mut self, studies: &[HeldStudy]) {
        for study in studies {
            self.held.insert(study.study.clone(), study.clone());
            let opening = self.opening.as_ref().and_then(RemoteId::local_study);
            if opening.as_ref() == Some(&study.study) && !study.series.is_empty() {
                self.opening = None;
                self.ready = Some(study.study.clone());
            }
        }
    }

    /// Asks how much of what is on the screen or on its way is here; unless it is `anew`, only when that is something else.
    pub(super) fn ask_held(&mut self, anew: bool) -> Vec<Command> {
        let visible = self
            .visible
            .clone()
            .filter_map(|place| self.results.row(place));
        let mut interest: Vec<StudyInstanceUid> =
            visible.filter_map(|e| e.id.local_study()).collect();
        let moving = self
            .transfers
            .iter()
            .filter(|transfer| transfer.is_under_way());
        interest.extend(moving.filter_map(|transfer| transfer.id.local_study()));
        interest.extend(self.opening.as_ref().and_then(RemoteId::local_study));
        interest.sort();
        interest.dedup();
        if interest.is_empty() || (!anew && interest == self.interest) {
            return Vec::new();
        }
        self.interest.clone_from(&interest);
        let mut commands = vec![Command::CountHeld(interest)];
        if anew {
            commands.extend(self.expanded_series().map(Command::ListInstances));
        }
        commands
    }

    fn expanded_series(&self) -> impl Iterator<Item = SeriesInstanceUid> {
        let visible = self
            .visible
            .clone()
            .filter_map(|place| self.results.row(place));
        let series = visible.filter(|e| e.id.level() == Level::Series && e.expanded);
        series.filter_map(|entry| entry.id.local_series())
    }

    pub(super) fn transfer_chosen(
        &mut self,
        goal: &Goal,
        around: &mut Surroundings,
    ) -> Vec<Command> {
        let targets = self.targets();
        self.transfer(targets, goal, around)
    }

    fn transfer(
        &mut self,
        targets: Vec<RemoteId>,
        goal: &Goal,
        around: &mut Surroundings,
    ) -> Vec<Command> {
        let mut commands = Vec::new();
        for id in targets {
            self.transfers.add(id.clone(), goal.clone());
            if *goal == Goal::Here && id.level() != Level::Image {
                // What each series should have, so that an incomplete one is seen as such.
                let study = RemoteId::study(&id.peer, &id.study);
                commands.extend(self.ask_below(&study, around));
                self.note_promises(&study);
            }
        }
        commands.extend(self.start_transfers(around));
        commands.extend(self.ask_held(false));
        commands
    }

    pub(super) fn start_transfers(&mut self, around: &mut Surroundings) -> Vec<Command> {
        let jobs = self.transfers.start(around.peers, around.last_job);
        jobs.into_iter()
            .map(|(id, job)| Command::Start(id, job))
            .collect()
    }

    pub(super) fn open(&mut self, id: RemoteId, around: &mut Surroundings) -> Vec<Command> {
        let study = RemoteId::study(&id.peer, &id.study);
        let local = self.results.get(&study).map(|entry| self.local(entry));
        if matches!(
            local,
            Some(Local::Complete(_) | Local::Some(_) | Local::Partial(..))
        ) {
            self.ready = study.local_study();
        } else {
            self.opening = Some(study.clone());
        }
        if matches!(local, Some(Local::Complete(_))) {
            return Vec::new();
        }
        let wanted = if id.level() == Level::Series {
            id
        } else {
            study
        };
        self.transfer(vec![wanted], &Goal::Here, around)
    }

    /// Notes how many images the series of a study should have, if they were asked for.
    pub(super) fn note_promises(&mut self, study: &RemoteId) {
        let wanted = |id: &RemoteId| {
            let transfer = self.transfers.of(id);
            transfer.is_some_and(|transfer| transfer.goal == Goal::Here)
        };
        let Some(entry) = self
            .results
            .get(study)
            .filter(|e| e.id.level() == Level::Study)
        else {
            return;
        };
        let whole = wanted(study);
        let promises: Vec<(String, u64)> = entry
            .below
            .iter()
            .filter(|series| whole || wanted(&series.id))
            .filter_map(|series| Some((series.id.series.clone()?, series.count()?)))
            .collect();
        self.promised.extend(promises);
    }

    /// A node that does not say how many images a series has, tells it while it sends them.
    pub(super) fn note_promise_of_counters(&mut self, id: &RemoteId) {
        let Some(transfer) = self.transfers.of(id) else {
            return;
        };
        let (done, total) = transfer.counts();
        let told = total.unwrap_or(done);
        if let (Goal::Here, Level::Series, Some(series)) = (&transfer.goal, id.level(), &id.series)
            && told > 0
        {
            let promised = self.promised.entry(series.clone()).or_default();
            *promised = told.max(*promised);
        }
    }
}
