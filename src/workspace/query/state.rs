//! The state machine of the Query/Retrieve screen.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::action::{QueryAction, QueryPanel};
use super::form::{Keys, OtherKey, QueryForm, QueryMemory};
use super::rows::{Children, Entry, RemoteId, Results};
use super::transfers::{Goal, Registration, Transfers};
use crate::dicom::{DataSet, SopInstanceUid, StudyInstanceUid};
use crate::engine::event::HeldStudy;
use crate::engine::{Command, Event, Job, JobId, Level, Outcome, Peer, PeerAddress, StudyContents};
use crate::workspace::studies::{Motion, Select};

/// Matches taken of one query; more are announced, not shown (architecture.md section 3).
pub const MATCHES_MAX: u64 = 5000;
/// Rows for keys by name.
const OTHERS_MAX: usize = 20;

/// What the screen needs to know of the rest of the window.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// The number of the job started last.
    pub last_job: &'a mut u64,
    /// The configured nodes.
    pub peers: &'a [Peer],
    /// Today.
    pub today: Date,
}

impl Surroundings<'_> {
    fn next_job(&mut self) -> JobId {
        *self.last_job += 1;
        JobId(*self.last_job)
    }
}

/// How a node's answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeEnd {
    /// All matches came.
    Done,
    /// Stopped on request.
    Stopped,
    /// It could not be asked, or refused, in words.
    Failed(String),
}

/// One node and what it answered to the last question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeAnswer {
    /// Its name.
    pub peer: String,
    /// Studies found.
    pub found: u64,
    /// Matches that cannot be used: unreadable, or without UID.
    pub unusable: u64,
    /// Whether there may be more than were taken.
    pub more: bool,
    /// Whether it was told to stop.
    pub stopping: bool,
    /// How it ended; `None` while it is being asked.
    pub end: Option<NodeEnd>,
    jobs: Vec<JobId>,
}

/// What the Query/Retrieve screen shows.
#[derive(Debug, Clone, Default)]
pub struct QueryState {
    /// The form.
    pub form: QueryForm,
    /// Names of the nodes to ask.
    pub ticked: BTreeSet<String>,
    /// What the form cannot ask, in words.
    pub wrong: Option<String>,
    /// Per node, what came of the last question.
    pub answers: Vec<NodeAnswer>,
    /// All answers.
    pub results: Results,
    /// The row that the keyboard moves.
    pub cursor: Option<RemoteId>,
    /// Rows chosen, for what is done to several.
    pub chosen: BTreeSet<RemoteId>,
    /// The side panel.
    pub panel: QueryPanel,
    /// What is fetched or moved.
    pub transfers: Transfers,
    /// The node that does not know us, until the explanation is taken away.
    pub registration: Option<Registration>,
    /// Place of a row that must become visible, and a number that changes with each such wish.
    pub reveal: (u64, u64),
    /// Whether anything was asked yet.
    pub asked: bool,
    pub(super) visible: Range<u64>,
    below: HashMap<JobId, RemoteId>,
    pub(super) held: HashMap<StudyInstanceUid, HeldStudy>,
    pub(super) held_images: HashSet<SopInstanceUid>,
    pub(super) interest: Vec<StudyInstanceUid>,
    pub(super) promised: HashMap<String, u64>,
    pub(super) opening: Option<RemoteId>,
    pub(super) ready: Option<StudyInstanceUid>,
    peers_seen: bool,
}

impl QueryState {
    /// As its user left it.
    pub fn remembering(memory: &QueryMemory) -> Self {
        Self {
            form: QueryForm::remembering(memory),
            ticked: memory.nodes.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// What the next run shall know.
    pub fn memory(&self) -> QueryMemory {
        QueryMemory {
            nodes: self.ticked.iter().cloned().collect(),
            period: self.form.period,
            modalities: self.form.modalities.clone(),
        }
    }

    /// Applies an action.
    pub fn act(&mut self, action: QueryAction, around: &mut Surroundings) -> Vec<Command> {
        match action {
            QueryAction::Ask => self.ask(around),
            QueryAction::Retry(peer) => self.retry(peer, around),
            QueryAction::Stop => self.stop(),
            QueryAction::Sort(sort) => {
                self.results.order_by(sort);
                self.ask_held(false)
            }
            QueryAction::Look(rows) => {
                self.visible = rows;
                self.ask_held(false)
            }
            QueryAction::Choose(id, select) => {
                self.choose(id, select);
                Vec::new()
            }
            QueryAction::Move(motion) => {
                self.move_cursor(motion);
                Vec::new()
            }
            QueryAction::Expand(id, expanded) => self.expand(&id, expanded, around),
            QueryAction::Retrieve => self.transfer_chosen(&Goal::Here, around),
            QueryAction::SendTo(name) => self.transfer_chosen(&Goal::Node(name), around),
            QueryAction::Open(id) => self.open(id, around),
            QueryAction::Cancel => {
                let chosen = self.chosen.iter();
                let jobs = chosen.filter_map(|id| self.transfers.cancel(id));
                jobs.map(Command::Cancel).collect()
            }
            QueryAction::Show(panel) => {
                self.panel = if self.panel == panel {
                    QueryPanel::Closed
                } else {
                    panel
                };
                Vec::new()
            }
            QueryAction::DismissRegistration => {
                self.registration = None;
                Vec::new()
            }
            other => {
                self.edit(other);
                Vec::new()
            }
        }
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event, around: &mut Surroundings) -> Vec<Command> {
        match event {
            Event::Peers(peers, _) => {
                self.note_peers(peers);
                Vec::new()
            }
            Event::Matches(job, sets) => {
                self.note_matches(*job, sets);
                self.ask_held(false)
            }
            Event::JobFinished(job, outcome) => self.note_end(*job, outcome, event, around),
            Event::SubOperations(..) => {
                self.transfers.observe(event);
                Vec::new()
            }
            Event::StudiesChanged => self.ask_held(true),
            Event::Held(studies) => {
                self.note_held(studies);
                Vec::new()
            }
            Event::Instances(_, rows) => {
                let uids = rows.iter().map(|row| row.sop_instance_uid.clone());
                self.held_images.extend(uids);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The study that was to be opened as soon as something of it is here.
    pub fn take_ready(&mut self) -> Option<StudyInstanceUid> {
        self.ready.take()
    }

    /// Whether a node is being asked for studies.
    pub fn is_asking(&self) -> bool {
        self.answers.iter().any(|answer| answer.end.is_none())
    }

    /// The study that opens in the viewer as soon as something of it is here.
    pub fn opening(&self) -> Option<&RemoteId> {
        self.opening.as_ref()
    }

    /// The rows of the table that are on the screen.
    pub fn visible(&self) -> &Range<u64> {
        &self.visible
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.results.get(self.cursor.as_ref()?)
    }

    /// Images that a series should have, by the node it was fetched from (F11).
    pub fn promised(&self, series: &str) -> Option<u64> {
        self.promised.get(series).copied()
    }

    /// The rows to act on: the chosen ones, without those that another chosen row contains.
    pub fn targets(&self) -> Vec<RemoteId> {
        let contained = |id: &RemoteId| {
            let mut above = id.parent();
            while let Some(parent) = above {
                if self.chosen.contains(&parent) {
                    return true;
                }
                above = parent.parent();
            }
            false
        };
        self.chosen
            .iter()
            .filter(|id| !contained(id))
            .cloned()
            .collect()
    }

    /// Whether a series of a study has fewer objects than were promised (F11).
    pub fn is_incomplete(&self, study: &StudyContents) -> bool {
        let mut series = study.series.iter().map(|contents| &contents.series);
        series.any(|row| {
            let promised = self.promised(row.series_instance_uid.as_str());
            promised.is_some_and(|promised| row.instance_count < promised)
        })
    }

    fn edit(&mut self, action: QueryAction) {
        self.wrong = None;
        let form = &mut self.form;
        match action {
            QueryAction::Edit(level, path, value) => {
                form.set(level, path, value);
                if level > Level::Study {
                    self.forget_below();
                }
            }
            QueryAction::SetPeriod(period) => form.period = period,
            QueryAction::SetDates(from, to) => (form.from, form.to) = (from, to),
            QueryAction::ToggleModality(modality) => {
                let before = form.modalities.len();
                form.modalities.retain(|known| *known != modality);
                if form.modalities.len() == before {
                    form.modalities.push(modality);
                }
            }
            QueryAction::AddOther if form.others.len() < OTHERS_MAX => {
                form.others.push(OtherKey::default());
            }
            QueryAction::EditOther(at, key) => {
                if let Some(other) = form.others.get_mut(at) {
                    *other = key;
                }
                self.forget_below();
            }
            QueryAction::RemoveOther(at) if at < form.others.len() => {
                form.others.remove(at);
                self.forget_below();
            }
            QueryAction::Clear => {
                *form = QueryForm::default();
                self.forget_below();
            }
            QueryAction::Tick(name) if self.ticked.contains(&name) => {
                self.ticked.remove(&name);
            }
            QueryAction::Tick(name) => {
                self.ticked.insert(name);
            }
            _ => {}
        }
    }

    /// What is below the studies was asked by another form; so were answers that are still on their way.
    fn forget_below(&mut self) {
        self.results.forget_below();
        self.below.clear();
    }

    fn ask(&mut self, around: &mut Surroundings) -> Vec<Command> {
        let queries = match self.form.studies(around.today) {
            Ok(queries) => queries,
            Err(error) => {
                self.wrong = Some(error.to_string());
                return Vec::new();
            }
        };
        let mut commands = self.stop();
        self.wrong = None;
        self.asked = true;
        self.answers.clear();
        self.below.clear();
        self.results.clear();
        self.chosen.clear();
        self.cursor = None;
        self.reveal = (0, self.reveal.1 + 1);
        let known = |name: &String| around.peers.iter().any(|peer| peer.name == *name);
        let nodes: Vec<String> = self
            .ticked
            .iter()
            .filter(|name| known(name))
            .cloned()
            .collect();
        for peer in nodes {
            commands.extend(self.ask_node(peer, &queries, around));
        }
        commands
    }

    fn retry(&mut self, peer: String, around: &mut Surroundings) -> Vec<Command> {
        match self.form.studies(around.today) {
            Ok(queries) => {
                self.answers.retain(|answer| answer.peer != peer);
                self.ask_node(peer, &queries, around)
            }
            Err(error) => {
                self.wrong = Some(error.to_string());
                Vec::new()
            }
        }
    }

    fn ask_node(
        &mut self,
        peer: String,
        queries: &[Keys],
        around: &mut Surroundings,
    ) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut jobs = Vec::new();
        for keys in queries {
            let id = around.next_job();
            jobs.push(id);
            commands.push(find(id, &peer, Level::Study, keys.clone()));
        }
        self.answers.push(NodeAnswer {
            peer,
            found: 0,
            unusable: 0,
            more: false,
            stopping: false,
            end: None,
            jobs,
        });
        commands
    }

    fn stop(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        for answer in self.answers.iter_mut().filter(|a| a.end.is_none()) {
            answer.stopping = true;
            commands.extend(answer.jobs.iter().copied().map(Command::Cancel));
        }
        commands
    }

    fn note_peers(&mut self, peers: &[Peer]) {
        let asked: Vec<&Peer> = peers.iter().filter(|peer| can_be_asked(peer)).collect();
        self.ticked
            .retain(|name| asked.iter().any(|peer| peer.name == *name));
        // With one archive there is nothing to choose.
        if self.ticked.is_empty()
            && !self.peers_seen
            && let [only] = asked[..]
        {
            self.ticked.insert(only.name.clone());
        }
        self.peers_seen |= !asked.is_empty();
    }

    fn note_matches(&mut self, job: JobId, sets: &Arc<Vec<DataSet>>) {
        if let Some(answer) = self.answers.iter_mut().find(|a| a.jobs.contains(&job)) {
            let (added, nameless) = self.results.add_studies(&answer.peer, sets);
            answer.found += added;
            answer.unusable += nameless;
        } else if let Some(above) = self.below.get(&job) {
            self.results.add_below(above, sets);
        }
    }

    fn note_end(
        &mut self,
        job: JobId,
        outcome: &Outcome,
        event: &Event,
        around: &mut Surroundings,
    ) -> Vec<Command> {
        if let Some(answer) = self.answers.iter_mut().find(|a| a.jobs.contains(&job)) {
            answer.note_end(job, outcome);
        } else if let Some(above) = self.below.remove(&job) {
            let children = match &outcome.result {
                Ok(()) => Children::Here,
                Err(failure) => Children::Failed(failure.message.clone()),
            };
            self.results.set_children(&above, children);
            self.note_promises(&above);
        } else if let Some(transfer) = self.transfers.observe(event) {
            let id = transfer.id.clone();
            let nothing_came = transfer.end.as_ref().is_some_and(|end| !end.complete);
            if outcome.json["status"] == "A801" && transfer.goal == Goal::Here {
                self.registration = Some(Registration {
                    peer: id.peer.clone(),
                    host: outcome.json["own_host"].as_str().map(str::to_owned),
                });
            }
            let of_opening = |opening: &mut RemoteId| nothing_came && opening.study == id.study;
            self.opening.take_if(of_opening);
            self.note_promise_of_counters(&id);
            let mut commands = self.start_transfers(around);
            commands.extend(self.ask_held(true));
            return commands;
        }
        Vec::new()
    }

    fn expand(&mut self, id: &RemoteId, expanded: bool, around: &mut Surroundings) -> Vec<Command> {
        self.results.expand(id, expanded);
        let mut commands = Vec::new();
        if expanded {
            commands.extend(self.ask_below(id, around));
            if id.level() == Level::Series {
                commands.extend(id.local_series().map(Command::ListInstances));
            }
        }
        commands.extend(self.ask_held(false));
        commands
    }

    /// Asks the node what is below a row, unless that is known or on its way.
    pub(super) fn ask_below(
        &mut self,
        id: &RemoteId,
        around: &mut Surroundings,
    ) -> Option<Command> {
        let level = match id.level() {
            Level::Study => Level::Series,
            Level::Series => Level::Image,
            Level::Image => return None,
        };
        let entry = self.results.get(id)?;
        if matches!(entry.children, Children::Asking(_) | Children::Here) {
            return None;
        }
        let above = id.keys();
        let above: Vec<(&str, &str)> = above
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        match self.form.below(level, &above) {
            Ok(keys) => {
                let job = around.next_job();
                self.below.insert(job, id.clone());
                self.results.set_children(id, Children::Asking(job));
                Some(find(job, &id.peer, level, keys))
            }
            Err(error) => {
                let failed = Children::Failed(error.to_string());
                self.results.set_children(id, failed);
                None
            }
        }
    }

    fn choose(&mut self, id: RemoteId, select: Select) {
        match select {
            Select::Only => self.chosen = BTreeSet::from([id.clone()]),
            Select::Toggle => {
                if !self.chosen.remove(&id) {
                    self.chosen.insert(id.clone());
                }
            }
            Select::Through => {
                let from = self
                    .cursor
                    .as_ref()
                    .and_then(|cursor| self.results.place(cursor));
                if let (Some(from), Some(to)) = (from, self.results.place(&id)) {
                    let range = from.min(to)..=from.max(to);
                    let rows = range.filter_map(|place| self.results.row(place));
                    self.chosen.extend(rows.map(|entry| entry.id.clone()));
                }
            }
        }
        self.cursor = Some(id);
    }

    fn move_cursor(&mut self, motion: Motion) {
        let rows = self.results.len();
        if rows == 0 {
            return;
        }
        let at = self.cursor.as_ref().and_then(|id| self.results.place(id));
        let place = match (motion, at) {
            (Motion::First, _) | (Motion::By(_), None) => 0,
            (Motion::Last, _) => rows - 1,
            (Motion::By(step), Some(at)) => at.saturating_add_signed(step).min(rows - 1),
        };
        self.reveal = (place, self.reveal.1 + 1);
        if let Some(entry) = self.results.row(place) {
            self.choose(entry.id.clone(), Select::Only);
        }
    }
}

impl NodeAnswer {
    fn note_end(&mut self, job: JobId, outcome: &Outcome) {
        self.jobs.retain(|running| *running != job);
        self.more |= outcome.json["more"] == true;
        self.unusable += outcome.json["unreadable"].as_u64().unwrap_or(0);
        let failed = match &outcome.result {
            Err(_) if self.stopping => Some(NodeEnd::Stopped),
            Err(failure) => Some(NodeEnd::Failed(failure.message.clone())),
            Ok(()) => None,
        };
        // The first failure says why; the other questions to the same node go on to their end.
        if self.jobs.is_empty() || failed.is_some() {
            let end = failed.unwrap_or(NodeEnd::Done);
            let known = self.end.take().filter(|known| *known != NodeEnd::Done);
            self.end = Some(known.unwrap_or(end));
        }
    }
}

/// Whether a node answers queries.
pub fn can_be_asked(peer: &Peer) -> bool {
    peer.roles.iter().any(|role| role == "query")
}

fn find(id: JobId, peer: &str, level: Level, keys: Vec<(String, String)>) -> Command {
    let job = Job::Find {
        peer: PeerAddress::Named(peer.to_owned()),
        calling: None,
        level,
        keys,
        limit: Some(MATCHES_MAX),
    };
    Command::Start(id, job)
}
