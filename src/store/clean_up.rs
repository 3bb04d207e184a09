//! What may go when the disk becomes full (D4): old studies that were read, and sent unless that is not asked for. Never what is
//! pinned, unread, in conflict, or part of a job of the send or print queue.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use super::rows::StudyRow;
use super::store::milliseconds;
use super::{Settings, Store, StoreError, StudyFilter, StudySort};

/// Studies that are looked at, oldest first.
const LOOKED_AT_MAX: u64 = 500;

/// Instances that queues hold or have done with.
#[derive(Debug, Default)]
struct Jobs {
    /// Waiting to be sent.
    sending: HashSet<String>,
    /// With a peer.
    sent: HashSet<String>,
    /// Films that are not printed, as JSON: they name their files.
    films: Vec<String>,
}

impl Store {
    /// Studies that the rules let go, the longest here first; nothing is deleted.
    pub fn clean_up_list(&self) -> Result<Vec<StudyRow>, StoreError> {
        let settings = self.settings()?;
        let oldest = StudyFilter {
            sort: StudySort::Received,
            limit: LOOKED_AT_MAX,
            ..StudyFilter::default()
        };
        let jobs = self.jobs_of_queues()?;
        let mut list = Vec::new();
        for row in self.studies(&oldest)?.rows {
            if may_go(&row, &settings, milliseconds(SystemTime::now()))
                && self.is_free(&row, &jobs, &settings)?
            {
                list.push(row);
            }
        }
        Ok(list)
    }

    /// What has to go now so that twice the minimum stays free: the first of the list, or nothing while that is so or cleaning up
    /// is switched off.
    pub fn clean_up_now(&self, free: u64) -> Result<Vec<StudyRow>, StoreError> {
        let settings = self.settings()?;
        let wanted = settings.store_minimum_free.saturating_mul(2);
        if !settings.store_clean_up || free >= wanted {
            return Ok(Vec::new());
        }
        let mut missing = wanted - free;
        let mut chosen = Vec::new();
        for row in self.clean_up_list()? {
            if missing == 0 {
                break;
            }
            missing = missing.saturating_sub(row.bytes);
            chosen.push(row);
        }
        Ok(chosen)
    }

    /// Whether no job needs the study, and every object of it is with a peer if that is asked for.
    fn is_free(
        &self,
        row: &StudyRow,
        jobs: &Jobs,
        settings: &Settings,
    ) -> Result<bool, StoreError> {
        let instances = self.instances_of_study(&row.study_instance_uid)?;
        Ok(instances.iter().all(|instance| {
            let uid = instance.sop_instance_uid.as_str();
            let path = instance.path.to_string_lossy();
            let is_sent = settings.store_clean_up_unsent || jobs.sent.contains(uid);
            let is_printed = jobs.films.iter().all(|film| !film.contains(&*path));
            is_sent && is_printed && !jobs.sending.contains(uid)
        }))
    }

    fn jobs_of_queues(&self) -> Result<Jobs, StoreError> {
        self.read_station(|connection| {
            let mut jobs = Jobs::default();
            let mut statement = connection.prepare_cached(
                "SELECT sop_instance_uid, state IN ('sent', 'warning'), ended_ms IS NULL
                 FROM send_object JOIN send_job ON send_job.id = send_object.job",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (uid, sent, open): (String, bool, bool) =
                    (row.get(0)?, row.get(1)?, row.get(2)?);
                if sent {
                    jobs.sent.insert(uid.clone());
                }
                if open {
                    jobs.sending.insert(uid);
                }
            }
            let mut statement = connection.prepare_cached(
                "SELECT film FROM print_job WHERE EXISTS
                     (SELECT 1 FROM print_page WHERE job = print_job.id AND state <> 'printed')",
            )?;
            let films = statement.query_map([], |row| row.get(0))?;
            jobs.films = films.collect::<Result<_, _>>()?;
            Ok(jobs)
        })
    }
}

/// The rules that the study's own row decides.
fn may_go(row: &StudyRow, settings: &Settings, now_ms: i64) -> bool {
    let day = Duration::from_secs(24 * 3600);
    let age = day.saturating_mul(settings.store_clean_up_days);
    let limit = now_ms.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    row.opened && !row.pinned && row.conflict_count == 0 && row.received_ms <= limit
}
