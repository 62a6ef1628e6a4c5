//! The log: what happened, a line each, in `log/gears.log` of the state folder.
//!
//! A line is appended in one write, into the file's cache in memory, by a thread that is there only while there are lines:
//! a disk that hangs holds up nobody, and an idle console stays idle. Whoever ends the process waits for the last line. Only this
//! program's own events are kept: those of libraries would carry addresses, and so the token.

mod crash;
mod file;
mod level;
mod lines;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing_subscriber::layer::SubscriberExt as _;

pub use crash::{report_panics, reports_go_to};
pub use level::LogLevel;
use lines::{Lines, Writer};

/// The file's name in the log's folder; older ones have `.1` to `.4` behind it.
pub const FILE: &str = "gears.log";

/// A disk that hangs is waited for so long at the end of a process.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// What this process writes to.
static WRITER: OnceLock<Arc<Writer>> = OnceLock::new();

/// The log's folder in a state folder.
#[must_use]
pub fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("log")
}

/// The log's file in a state folder.
#[must_use]
pub fn place(state_dir: &Path) -> PathBuf {
    folder(state_dir).join(FILE)
}

/// The places of the log's files, the oldest first, `place` at the end; some may not be there.
#[must_use]
pub fn files(place: &Path) -> Vec<PathBuf> {
    file::older(place).chain([place.to_owned()]).collect()
}

/// Whether the state folder is made where it is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// It is, as the journal would make it.
    Folder,
    /// It is not: whoever only reads leaves no trace. Without a folder there is no log.
    Nothing,
}

/// Starts the log of this process in the state folder. A log that cannot be written stops nothing: [`take_trouble`] has
/// the reason. A second start changes nothing.
pub fn start(state_dir: &Path, level: LogLevel, make: Make) {
    if level == LogLevel::Off || (make == Make::Nothing && !state_dir.is_dir()) {
        return;
    }
    let writer = WRITER.get_or_init(|| Arc::new(Writer::open(state_dir)));
    let lines = Lines::new(Arc::clone(writer), level.into());
    // Fails only where the log was started before.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
}

/// Whether the log was started and can be written.
#[must_use]
pub fn is_on() -> bool {
    WRITER.get().is_some_and(|writer| writer.is_open())
}

/// Why the log cannot be written, in a sentence for the operator; said once.
#[must_use]
pub fn take_trouble() -> Option<String> {
    WRITER.get().and_then(|writer| writer.take_trouble())
}

/// Writes the last line of this process, and waits until it is in the file.
pub fn end(exit: ExitCode) {
    let code = (0..=u8::MAX).find(|&code| ExitCode::from(code) == exit);
    tracing::info!(code, "end");
    if let Some(writer) = WRITER.get() {
        writer.flush(LAST_WAIT);
    }
}

/// The newest lines of this process, oldest first.
fn newest() -> Vec<String> {
    WRITER.get().map(|writer| writer.newest()).unwrap_or_default()
}
