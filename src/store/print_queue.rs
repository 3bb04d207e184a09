//! Print jobs and how far each of their pages is. A job outlives the program; a page that was being printed when it ended is
//! `uncertain` and waits for a person.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit;
use super::{Store, StoreError};

/// Jobs that are kept in the list; older ones that ended are forgotten.
const JOBS_MAX: i64 = 200;

/// One page of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintPageRow {
    /// From 1.
    pub page: u32,
    /// `not sent`, `sending`, `printed`, `failed`, `uncertain`.
    pub state: String,
    /// The step that failed.
    pub step: Option<String>,
    /// The printer's DIMSE status.
    pub status: Option<u16>,
    /// In words.
    pub words: String,
}

/// A job of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintJobRow {
    /// Its number.
    pub id: i64,
    /// When it was ordered, in milliseconds since 1970.
    pub created_ms: i64,
    /// Name of the printer.
    pub printer: String,
    /// The order as JSON.
    pub film: String,
    /// Waits until a person lets it go on.
    pub held: bool,
    /// What ended it or why it waits, in words.
    pub words: String,
    /// Its pages in order.
    pub pages: Vec<PrintPageRow>,
}

impl PrintJobRow {
    fn count(&self, state: &str) -> usize {
        self.pages.iter().filter(|page| page.state == state).count()
    }

    /// Whether some page may be on film and may not: a person has to look.
    pub fn is_uncertain(&self) -> bool {
        self.count("uncertain") > 0
    }

    /// Whether every page is printed.
    pub fn is_printed(&self) -> bool {
        self.count("printed") == self.pages.len()
    }

    /// Whether a page could not be printed.
    pub fn has_failed(&self) -> bool {
        self.count("failed") > 0
    }

    /// Whether it can start by itself.
    pub fn is_ready(&self) -> bool {
        !self.held
            && !self.is_uncertain()
            && !self.has_failed()
            && self.count("sending") == 0
            && self.count("not sent") > 0
    }
}

impl Store {
    /// Puts a job of `pages` pages into the queue; audited. Its number.
    pub fn queue_print(
        &self,
        printer: &str,
        film: &str,
        pages: u32,
        held: bool,
    ) -> Result<i64, StoreError> {
        let (printer, film) = (printer.to_owned(), film.to_owned());
        let now = now_ms();
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT INTO print_job (created_ms, printer, film, held) VALUES (?1, ?2, ?3, ?4)",
                params![now, printer, film, held],
            )?;
            let id = connection.last_insert_rowid();
            for page in 1..=pages {
                connection.execute(
                    "INSERT INTO print_page (job, page, state, changed_ms) VALUES (?1, ?2, 'not sent', ?3)",
                    params![id, page, now],
                )?;
            }
            forget_old(connection)?;
            audit::write(connection, "print", &format!("job {id}: {pages} pages on {printer}"))?;
            Ok(id)
        })
    }

    /// All jobs, newest first.
    pub fn print_jobs(&self) -> Result<Vec<PrintJobRow>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, created_ms, printer, film, held, words FROM print_job ORDER BY id DESC",
            )?;
            let jobs: Vec<PrintJobRow> = statement.query_map([], job)?.collect::<Result<_, _>>()?;
            with_pages(connection, jobs)
        })
    }

    /// One job.
    pub fn print_job(&self, id: i64) -> Result<Option<PrintJobRow>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, created_ms, printer, film, held, words FROM print_job WHERE id = ?1",
            )?;
            let found = statement.query_row([id], job).optional()?;
            Ok(with_pages(connection, found.into_iter().collect())?.pop())
        })
    }

    /// The oldest job that can start by itself.
    pub fn next_print_job(&self) -> Result<Option<i64>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT min(id) FROM print_job WHERE held = 0 \
                 AND EXISTS (SELECT 1 FROM print_page WHERE job = id AND state = 'not sent') \
                 AND NOT EXISTS (SELECT 1 FROM print_page \
                     WHERE job = id AND state IN ('sending', 'failed', 'uncertain'))",
            )?;
            Ok(statement.query_row([], |row| row.get(0))?)
        })
    }

    /// Notes how far a page is. It is on disk when this returns.
    pub fn note_print_page(
        &self,
        job: i64,
        page: u32,
        state: &str,
        step: Option<&str>,
        status: Option<u16>,
        words: &str,
    ) -> Result<(), StoreError> {
        let (state, words) = (state.to_owned(), words.to_owned());
        let step = step.map(str::to_owned);
        let now = now_ms();
        self.inner.station.write(move |connection| {
            let changed = connection.execute(
                "UPDATE print_page SET state = ?3, step = ?4, status = ?5, words = ?6, changed_ms = ?7 \
                 WHERE job = ?1 AND page = ?2",
                params![job, page, state, step, status, words, now],
            )?;
            if changed == 0 {
                return Err(StoreError::Input(format!("no such print job: {job}")));
            }
            Ok(())
        })
    }

    /// Notes why a job waits or how it ended.
    pub fn note_print_job(&self, job: i64, words: &str) -> Result<(), StoreError> {
        let words = words.to_owned();
        self.inner.station.write(move |connection| {
            connection.execute(
                "UPDATE print_job SET words = ?2 WHERE id = ?1",
                params![job, words],
            )?;
            Ok(())
        })
    }

    /// What was being printed when the program ended may be on film: it is asked about, never printed again by itself.
    pub fn recover_print_queue(&self) -> Result<usize, StoreError> {
        self.inner.station.write(|connection| {
            Ok(connection.execute(
                "UPDATE print_page SET state = 'uncertain', words = 'the program ended before the printer answered' \
                 WHERE state = 'sending'",
                [],
            )?)
        })
    }

    /// Lets a job wait, or go on.
    pub fn hold_print_job(&self, job: i64, held: bool) -> Result<(), StoreError> {
        self.inner.station.write(move |connection| {
            connection.execute(
                "UPDATE print_job SET held = ?2 WHERE id = ?1",
                params![job, held],
            )?;
            Ok(())
        })
    }

    /// Prints the failed pages of a job again, on the same printer or on another; audited.
    pub fn retry_print_job(&self, job: i64, printer: Option<&str>) -> Result<(), StoreError> {
        let printer = printer.map(str::to_owned);
        self.inner.station.write(move |connection| {
            connection.execute(
                "UPDATE print_page SET state = 'not sent', step = NULL, status = NULL, words = '' \
                 WHERE job = ?1 AND state = 'failed'",
                [job],
            )?;
            connection.execute(
                "UPDATE print_job SET held = 0, words = '', printer = coalesce(?2, printer) WHERE id = ?1",
                params![job, printer],
            )?;
            audit::write(connection, "print", &format!("job {job}: tried again"))
        })
    }

    /// Changes what a job orders.
    pub fn change_print_job(&self, job: i64, film: &str) -> Result<(), StoreError> {
        let film = film.to_owned();
        self.inner.station.write(move |connection| {
            connection.execute(
                "UPDATE print_job SET film = ?2 WHERE id = ?1",
                params![job, film],
            )?;
            Ok(())
        })
    }

    /// Queues what a job printed once more, as a job of its own; audited. Its number.
    pub fn repeat_print_job(&self, job: i64) -> Result<i64, StoreError> {
        let row = self.print_job(job)?;
        let row = row.ok_or_else(|| StoreError::Input(format!("no such print job: {job}")))?;
        let pages = u32::try_from(row.pages.len()).unwrap_or(u32::MAX);
        self.queue_print(&row.printer, &row.film, pages, false)
    }

    /// A person has looked at the printer: the uncertain pages of a job are on film, or are not and are printed; audited.
    pub fn settle_print_job(&self, job: i64, on_film: bool) -> Result<(), StoreError> {
        self.inner.station.write(move |connection| {
            let (state, words) = if on_film {
                ("printed", "found on film")
            } else {
                ("not sent", "")
            };
            connection.execute(
                "UPDATE print_page SET state = ?2, step = NULL, words = ?3 WHERE job = ?1 AND state = 'uncertain'",
                params![job, state, words],
            )?;
            audit::write(connection, "print", &format!("job {job}: uncertain pages are {state}"))
        })
    }

    /// Takes a job out of the queue; audited. False when there is none.
    pub fn remove_print_job(&self, job: i64) -> Result<bool, StoreError> {
        self.inner.station.write(move |connection| {
            let removed = connection.execute("DELETE FROM print_job WHERE id = ?1", [job])?;
            audit::write(connection, "print", &format!("job {job}: removed"))?;
            Ok(removed > 0)
        })
    }

    /// The profile of a printer as JSON, if one was made.
    pub fn printer_profile(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read_station(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT profile FROM printer_profile WHERE name = ?1")?;
            Ok(statement.query_row([name], |row| row.get(0)).optional()?)
        })
    }

    /// Keeps the profile of a printer; audited.
    pub fn save_printer_profile(&self, name: &str, profile: &str) -> Result<(), StoreError> {
        let (name, profile) = (name.to_owned(), profile.to_owned());
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT OR REPLACE INTO printer_profile (name, profile) VALUES (?1, ?2)",
                [&name, &profile],
            )?;
            audit::write(connection, "printer", &format!("profile of {name} saved"))
        })
    }
}

fn job(row: &Row<'_>) -> rusqlite::Result<PrintJobRow> {
    Ok(PrintJobRow {
        id: row.get(0)?,
        created_ms: row.get(1)?,
        printer: row.get(2)?,
        film: row.get(3)?,
        held: row.get(4)?,
        words: row.get(5)?,
        pages: Vec::new(),
    })
}

fn with_pages(
    connection: &Connection,
    mut jobs: Vec<PrintJobRow>,
) -> Result<Vec<PrintJobRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT page, state, step, status, words FROM print_page WHERE job = ?1 ORDER BY page",
    )?;
    for job in &mut jobs {
        let pages = statement.query_map([job.id], |row| {
            Ok(PrintPageRow {
                page: row.get(0)?,
                state: row.get(1)?,
                step: row.get(2)?,
                status: row.get(3)?,
                words: row.get(4)?,
            })
        })?;
        job.pages = pages.collect::<Result<_, _>>()?;
    }
    Ok(jobs)
}

/// Forgets the oldest jobs whose pages are all printed.
fn forget_old(connection: &Connection) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM print_job WHERE id <= (SELECT max(id) FROM print_job) - ?1 \
         AND NOT EXISTS (SELECT 1 FROM print_page WHERE job = print_job.id AND state <> 'printed')",
        [JOBS_MAX],
    )?;
    Ok(())
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_was_being_printed_is_asked_about_and_never_repeated_by_itself() {
        let directory = tempfile::tempdir().expect("a folder");
        let store = Store::open(directory.path()).expect("a store");
        let job = store.queue_print("LASER", "{}", 2, false).expect("queued");
        assert_eq!(store.next_print_job().expect("a question"), Some(job));
        store
            .note_print_page(job, 1, "sending", None, None, "")
            .expect("noted");
        assert_eq!(store.next_print_job().expect("a question"), None);
        assert_eq!(store.recover_print_queue().expect("recovered"), 1);
        let row = store.print_job(job).expect("a question").expect("the job");
        assert!(row.is_uncertain() && !row.is_ready());
        assert_eq!(store.next_print_job().expect("a question"), None);
        store.settle_print_job(job, true).expect("settled");
        let row = store.print_job(job).expect("a question").expect("the job");
        assert_eq!(row.pages[0].state, "printed");
        assert_eq!(store.next_print_job().expect("a question"), Some(job));
        assert!(
            store
                .note_print_page(99, 1, "sending", None, None, "")
                .is_err()
        );
    }

    #[test]
    fn failed_pages_wait_until_they_are_tried_again_on_another_printer() {
        let directory = tempfile::tempdir().expect("a folder");
        let store = Store::open(directory.path()).expect("a store");
        let job = store.queue_print("LASER", "{}", 2, false).expect("queued");
        store
            .note_print_page(job, 1, "printed", None, Some(0), "")
            .expect("noted");
        store
            .note_print_page(job, 2, "failed", Some("film box"), Some(0x106), "no")
            .expect("noted");
        assert_eq!(store.next_print_job().expect("a question"), None);
        store.retry_print_job(job, Some("OTHER")).expect("again");
        let row = store.print_job(job).expect("a question").expect("the job");
        assert_eq!((row.printer.as_str(), row.is_ready()), ("OTHER", true));
        assert_eq!(row.pages[0].state, "printed");
        assert_eq!(row.pages[1].state, "not sent");
        assert!(store.remove_print_job(job).expect("removed"));
        assert!(store.print_jobs().expect("a question").is_empty());
    }
}
