//! `dgscope demo`: the window on the demonstration studies.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Globals;
use super::open::{self, Target};
use super::session::Session;
use crate::engine::{Failure, FailureKind, Job};
use crate::phantom::demonstration::{self, demonstration};

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Save a picture of the window and end
    #[arg(long, value_name = "OUT.png")]
    pub screenshot: Option<std::path::PathBuf>,
}

/// Runs the command.
pub fn run(args: &DemoArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let folder = globals
        .data_directory()?
        .join(format!("demonstration-{}", std::process::id()));
    let written = write_objects(&folder).map_err(|error| {
        let message = format!("demo: {error}: {}", folder.display());
        Failure::new(FailureKind::Environment, message)
    });
    let imported = written.and_then(|()| {
        let job = Job::Import {
            paths: vec![folder.clone()],
            link: false,
        };
        Session::start(globals)?.run(job)?.result
    });
    if let Err(error) = fs::remove_dir_all(&folder) {
        tracing::warn!("the demonstration files stay: {error}");
    }
    imported?;
    let target = match &args.screenshot {
        Some(path) => Target::Screenshot(Some(demonstration::main_study()), path.clone()),
        None => Target::Studies,
    };
    open::window(globals, target)
}

/// Writes all demonstration objects into `folder`, on all cores: drawing them is what takes time.
fn write_objects(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let objects = demonstration();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let write = || -> io::Result<()> {
            while let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                fs::write(folder.join(object.file_name()), object.file())?;
            }
            Ok(())
        };
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(write)).collect();
        let mine = write();
        others
            .into_iter()
            .map(|other| {
                other
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("drawing failed")))
            })
            .fold(mine, Result::and)
    })
}
