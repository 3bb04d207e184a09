//! SIGINT and SIGTERM (Ctrl-C on Windows) as a call, so that `serve` ends in order.

use std::io;

/// Calls `report` once when the system asks this process to end.
pub fn on_end_request(report: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Registered before returning: a signal that comes at once is not lost.
    let mut requests = {
        let _inside = runtime.enter();
        EndRequests::register()?
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(requests.next());
            report();
        })?;
    Ok(())
}

#[cfg(unix)]
struct EndRequests {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl EndRequests {
    fn register() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct EndRequests(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl EndRequests {
    fn register() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
