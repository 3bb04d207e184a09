//! State of the Settings screen (D1 to D4): the live settings, what is being typed, peers, access list, refused callers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::setting_fields::Field;
use crate::dicom::AeTitle;
use crate::engine::command::PeerAddress;
use crate::engine::event::NodeState;
use crate::engine::{
    Access, AuditRow, Command, Event, Job, JobId, Outcome, Peer, Settings, StudyRow,
};

/// Lines of the audit trail on the screen.
const AUDIT_MAX: u64 = 2000;
/// Refused callers kept on the screen.
const REFUSED_MAX: usize = 50;

/// What the user does in the settings.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingsAction {
    /// Types in a field; nothing changes until it is applied.
    Edit(&'static str, String),
    /// Applies what was typed.
    Apply,
    /// Forgets what was typed.
    Revert,
    /// Edits a peer, or a new one.
    EditPeer(PeerDraft),
    /// Closes the peer form.
    ClosePeer,
    /// Saves the peer form.
    SavePeer,
    /// Removes a peer by name.
    RemovePeer(String),
    /// Tests a peer by name, step by step.
    TestPeer(String),
    /// Forgets what a test found.
    CloseTest(String),
    /// Shows or hides every service that was asked for.
    ToggleContexts,
    /// Compares the index with the files.
    Check {
        /// Mends what can be mended.
        repair: bool,
        /// Reads every byte again.
        digests: bool,
    },
    /// Lists what cleaning up would delete.
    ListCleanUp,
    /// Reads the newest lines of the audit trail.
    ReadAudit,
    /// Shows only lines of the audit trail that contain this.
    FilterAudit(String),
    /// Types in the field of the access list.
    EditAllow(String),
    /// Lets a calling title in.
    Allow(String),
    /// Takes a title off the list.
    Deny(AeTitle),
}

/// The role of a peer that prints films.
const PRINT_ROLE: &str = "print";

/// The role of a peer that takes objects.
const STORE_ROLE: &str = "store";

/// A peer being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerDraft {
    /// The name it had before, when it is not new.
    pub was: Option<String>,
    /// The name people use.
    pub name: String,
    /// AE title.
    pub ae_title: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: String,
    /// Whether its title may call us.
    pub allow: bool,
    /// Whether it is called by TLS.
    pub tls: bool,
    /// Path of its authorities, or empty.
    pub tls_ca: String,
    /// Whether commitment reports go to it on a new association.
    pub reports_on_new: bool,
    /// Whether films are printed on it.
    pub prints: bool,
}

impl PeerDraft {
    /// A saved peer, to be changed.
    pub fn of(peer: &Peer) -> Self {
        Self {
            was: Some(peer.name.clone()),
            name: peer.name.clone(),
            ae_title: peer.ae_title.to_string(),
            host: peer.host.clone(),
            port: peer.port.to_string(),
            allow: false,
            tls: peer.tls,
            tls_ca: peer.tls_ca.clone(),
            reports_on_new: peer.reports_on_new,
            prints: peer.roles.iter().any(|role| role == PRINT_ROLE),
        }
    }

    /// The peer, or the key of what is wrong.
    pub fn peer(&self, mut roles: Vec<String>) -> Result<Peer, &'static str> {
        roles.retain(|role| role != PRINT_ROLE);
        if self.prints {
            roles.push(PRINT_ROLE.to_owned());
        }
        let name = self.name.trim();
        if name.is_empty() || name.contains('@') {
            return Err("peer.bad-name");
        }
        let host = self.host.trim();
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err("peer.bad-host");
        }
        let ae_title = AeTitle::try_from(self.ae_title.as_str()).map_err(|_| "peer.bad-title")?;
        let port = match self.port.trim().parse() {
            Ok(0) | Err(_) => return Err("peer.bad-port"),
            Ok(port) => port,
        };
        Ok(Peer {
            roles,
            tls: self.tls,
            tls_ca: self.tls_ca.trim().to_owned(),
            reports_on_new: self.reports_on_new,
            ..Peer::new(name, ae_title, host, port, &[])
        })
    }
}

/// A test of a peer.
#[derive(Debug, Clone)]
pub enum PeerTest {
    /// It runs.
    Running(JobId),
    /// It ended: its steps are in the machine output.
    Ended(Box<Outcome>),
}

/// The check of the store.
#[derive(Debug, Clone, Default)]
pub enum Checking {
    /// Not in this run.
    #[default]
    Never,
    /// It runs.
    Running(JobId),
    /// What it found.
    Ended(Box<Outcome>),
}

/// A caller turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCaller {
    /// Its title as sent.
    pub calling: String,
    /// Its host.
    pub host: String,
    /// Why.
    pub reason: String,
    /// How often.
    pub times: u32,
    /// Whether letting its title in would help.
    pub curable: bool,
}

/// Everything the Settings screen shows.
#[derive(Debug, Clone)]
pub struct SettingsState {
    /// The settings as the engine told them.
    pub settings: Option<Arc<Settings>>,
    /// What is typed and not applied, by key.
    pub drafts: BTreeMap<&'static str, String>,
    /// Why the last change was refused.
    pub refused: Option<String>,
    /// Peers.
    pub peers: Arc<Vec<Peer>>,
    /// Access list.
    pub access: Arc<Vec<Access>>,
    /// The peer form.
    pub peer: Option<PeerDraft>,
    /// Key of what is wrong in the peer form.
    pub peer_wrong: Option<&'static str>,
    /// Tests by peer name.
    pub tests: BTreeMap<String, PeerTest>,
    /// Whether the answer to each service is shown.
    pub contexts_shown: bool,
    /// The check of the store.
    pub checking: Checking,
    /// What cleaning up would delete, once it was asked for.
    pub clean_up: Option<Arc<Vec<StudyRow>>>,
    /// Lines of the audit trail, newest first.
    pub audit: Arc<Vec<AuditRow>>,
    /// What lines must contain to be shown.
    pub audit_filter: String,
    /// The field of the access list.
    pub allow: String,
    /// Callers turned away, newest first.
    pub callers: Vec<RefusedCaller>,
    /// Whether the node listens.
    pub node: NodeState,
}

impl Default for SettingsState {
    fn default() -> Self {
        Self {
            settings: None,
            drafts: BTreeMap::new(),
            refused: None,
            peers: Arc::default(),
            access: Arc::default(),
            peer: None,
            peer_wrong: None,
            tests: BTreeMap::new(),
            contexts_shown: false,
            checking: Checking::Never,
            clean_up: None,
            audit: Arc::default(),
            audit_filter: String::new(),
            allow: String::new(),
            callers: Vec::new(),
            node: NodeState::Off,
        }
    }
}

impl SettingsState {
    /// Size of a pixel of the monitor, where somebody measured it.
    pub fn pixel_pitch_mm(&self) -> Option<f64> {
        self.settings.as_ref()?.display_pixel_pitch_mm
    }

    /// The peers that take objects.
    pub fn receivers(&self) -> impl Iterator<Item = &Peer> {
        let takes = |peer: &&Peer| peer.roles.iter().any(|role| role == STORE_ROLE);
        self.peers.iter().filter(takes)
    }

    /// What a field shows: what is typed, else what is set.
    pub fn text(&self, field: &Field) -> String {
        match (self.drafts.get(field.key), &self.settings) {
            (Some(draft), _) => draft.clone(),
            (None, Some(settings)) => (field.read)(settings),
            (None, None) => String::new(),
        }
    }

    /// Applies an action. `next_job` names a job that an action may start.
    pub fn act(&mut self, action: SettingsAction, next_job: JobId) -> Vec<Command> {
        match action {
            SettingsAction::Edit(key, text) => self.edit(key, text),
            SettingsAction::Apply => return self.apply(),
            SettingsAction::Revert => {
                self.drafts.clear();
                self.refused = None;
            }
            SettingsAction::EditPeer(draft) => {
                self.peer = Some(draft);
                self.peer_wrong = None;
            }
            SettingsAction::ClosePeer => self.peer = None,
            SettingsAction::SavePeer => return self.save_peer(),
            SettingsAction::RemovePeer(name) => {
                self.tests.remove(&name);
                return vec![Command::RemovePeer(name), Command::ListPeers];
            }
            SettingsAction::TestPeer(name) => {
                self.tests.insert(name.clone(), PeerTest::Running(next_job));
                let peer = PeerAddress::Named(name);
                return vec![Command::Start(next_job, Job::TestPeer { peer })];
            }
            SettingsAction::CloseTest(name) => {
                self.tests.remove(&name);
            }
            SettingsAction::ToggleContexts => self.contexts_shown = !self.contexts_shown,
            SettingsAction::Check { repair, digests } => {
                self.checking = Checking::Running(next_job);
                return vec![Command::Start(next_job, Job::Check { repair, digests })];
            }
            SettingsAction::ListCleanUp => return vec![Command::ListCleanUp],
            SettingsAction::ReadAudit => {
                return vec![Command::ListAudit { limit: AUDIT_MAX }];
            }
            SettingsAction::FilterAudit(filter) => self.audit_filter = filter,
            SettingsAction::EditAllow(text) => self.allow = text,
            SettingsAction::Allow(title) => return self.allow(&title),
            SettingsAction::Deny(title) => return vec![Command::Deny(title), Command::ListPeers],
        }
        Vec::new()
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::Settings(settings) => {
                self.settings = Some(Arc::clone(settings));
                // Other rules, another list.
                self.clean_up = None;
                let settings = Arc::clone(settings);
                self.drafts.retain(|key, draft| {
                    Field::of(key).is_some_and(|field| (field.read)(&settings) != *draft)
                });
                self.refused = None;
            }
            Event::Refused(failure) => self.refused = Some(failure.message.clone()),
            Event::Peers(peers, access) => {
                self.peers = Arc::clone(peers);
                self.access = Arc::clone(access);
                let access = Arc::clone(access);
                self.callers
                    .retain(|caller| access.iter().all(|a| a.ae_title.as_str() != caller.calling));
            }
            Event::NodeState(state) => self.node = state.clone(),
            Event::CallerRefused {
                calling,
                host,
                reason,
                curable,
            } => self.refused_caller(calling, host, reason, *curable),
            Event::CleanUp(rows) => self.clean_up = Some(Arc::clone(rows)),
            Event::Audit(rows) => self.audit = Arc::clone(rows),
            Event::JobFinished(id, outcome) if self.checks(*id) => {
                self.checking = Checking::Ended(Box::new(outcome.clone()));
            }
            Event::JobFinished(id, outcome) => {
                let test = self
                    .tests
                    .values_mut()
                    .find(|test| matches!(test, PeerTest::Running(running) if running == id));
                if let Some(test) = test {
                    *test = PeerTest::Ended(Box::new(outcome.clone()));
                }
            }
            _ => {}
        }
    }

    /// Lines of the audit trail that contain what was typed.
    pub fn audit_shown(&self) -> impl Iterator<Item = &AuditRow> {
        let filter = self.audit_filter.trim().to_lowercase();
        self.audit.iter().filter(move |row| {
            let line = format!("{} {}", row.action, row.details);
            line.to_lowercase().contains(&filter)
        })
    }

    fn checks(&self, job: JobId) -> bool {
        matches!(self.checking, Checking::Running(running) if running == job)
    }

    fn edit(&mut self, key: &'static str, text: String) {
        self.refused = None;
        let unchanged = match (Field::of(key), &self.settings) {
            (Some(field), Some(settings)) => (field.read)(settings) == text,
            _ => false,
        };
        if unchanged {
            self.drafts.remove(key);
        } else {
            self.drafts.insert(key, text);
        }
    }

    fn apply(&mut self) -> Vec<Command> {
        if self.drafts.is_empty() {
            return Vec::new();
        }
        let changes = self
            .drafts
            .iter()
            .map(|(key, draft)| {
                let value = Field::of(key).map_or_else(|| draft.clone(), |f| (f.write)(draft));
                ((*key).to_owned(), value)
            })
            .collect();
        vec![Command::ChangeSettings(changes)]
    }

    fn save_peer(&mut self) -> Vec<Command> {
        let Some(draft) = &self.peer else {
            return Vec::new();
        };
        let old = draft
            .was
            .as_ref()
            .and_then(|was| self.peers.iter().find(|peer| peer.name == *was));
        let roles = old.map_or_else(
            || ["store", "query"].map(str::to_owned).to_vec(),
            |peer| peer.roles.clone(),
        );
        match draft.peer(roles) {
            Err(wrong) => {
                self.peer_wrong = Some(wrong);
                Vec::new()
            }
            Ok(peer) => {
                let mut commands = Vec::new();
                if let Some(was) = draft.was.as_ref().filter(|was| **was != peer.name) {
                    commands.push(Command::RemovePeer(was.clone()));
                }
                if draft.allow {
                    commands.push(Command::Allow(Access {
                        ae_title: peer.ae_title.clone(),
                        host: None,
                    }));
                }
                commands.push(Command::SavePeer(peer));
                commands.push(Command::ListPeers);
                self.peer = None;
                commands
            }
        }
    }

    /// Lets a title in, from everywhere or, typed as `TITLE@ADDRESS`, from one address.
    fn allow(&mut self, typed: &str) -> Vec<Command> {
        let (title, host) = match typed.split_once('@') {
            Some((title, host)) => (title, Some(host.trim()).filter(|host| !host.is_empty())),
            None => (typed, None),
        };
        let host = host.map(str::to_owned);
        match AeTitle::try_from(title) {
            Ok(ae_title) => {
                self.allow.clear();
                self.refused = None;
                let access = Access { ae_title, host };
                vec![Command::Allow(access), Command::ListPeers]
            }
            Err(wrong) => {
                self.refused = Some(wrong.to_string());
                Vec::new()
            }
        }
    }

    fn refused_caller(&mut self, calling: &str, host: &str, reason: &str, curable: bool) {
        let known = self
            .callers
            .iter()
            .position(|caller| caller.calling == calling && caller.host == host);
        let times = known.map_or(0, |index| self.callers.remove(index).times);
        self.callers.insert(
            0,
            RefusedCaller {
                calling: calling.to_owned(),
                host: host.to_owned(),
                reason: reason.to_owned(),
                times: times + 1,
                curable,
            },
        );
        self.callers.truncate(REFUSED_MAX);
    }
}
