//! `gears history`: past runs, one run whole, what was sent to a device, what is still exempt, and exports.
//!
//! Everything is printed to a writer; the command line is elsewhere.

mod print;
mod progress;
mod records;

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::export::Format;
use crate::journal::{Journal, JournalError, PastDevice, RunSummary};
use crate::model::text::visible;
use crate::model::{Excluded, Id, RunId};
use print::{Record, local};
pub use progress::Progress;
use records::{CountsRecord, DeviceRecord, ExemptionRecord, RunRecord, SentRecord};

/// How the history is printed.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// For people or for programs.
    pub format: Format,
    /// The cells of the terminal that a table has to fit into; `None` where it is no terminal.
    pub width: Option<usize>,
    /// How far it is, for those who wait.
    pub progress: Progress,
}

impl From<Format> for Layout {
    /// Whole, and without progress.
    fn from(format: Format) -> Self {
        Self { format, ..Self::default() }
    }
}

/// Runs that are read from the journal at once.
const PAGE: usize = 100;

/// Why the history could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is no such run.
    #[error("the journal knows no run {0}")]
    NoRun(RunId),
    /// The words could not be written.
    #[error("cannot write the history: {0}")]
    Write(#[from] io::Error),
}

impl From<csv::Error> for HistoryError {
    fn from(error: csv::Error) -> Self {
        Self::Write(error.into())
    }
}

/// Prints past runs, newest first, `limit` of them at most, those before `before` where that is given. Gives their number.
pub async fn runs(
    journal: &Journal,
    before: Option<RunId>,
    limit: usize,
    layout: impl Into<Layout>,
    out: &mut (dyn Write + Send),
) -> Result<usize, HistoryError> {
    let runs = journal.runs(before, limit).await?;
    print::print(&runs.iter().map(RunRecord::of).collect::<Vec<_>>(), &layout.into(), out)?;
    Ok(runs.len())
}

/// Prints one run with every device.
pub async fn run(
    journal: &Journal,
    run: RunId,
    layout: impl Into<Layout>,
    out: &mut (dyn Write + Send),
) -> Result<(), HistoryError> {
    let layout = layout.into();
    let summary = journal.run(run).await?.ok_or(HistoryError::NoRun(run))?;
    let mut devices = Vec::with_capacity(summary.counts.total());
    let mut past = journal.devices_of(&summary);
    while let Some(page) = past.next().await? {
        devices.extend(page);
        layout.progress.show(devices.len(), Some(summary.counts.total()));
    }
    let excluded = journal.excluded_of(run).await?;
    print_run(&summary, &devices, &excluded, layout, out)
}

/// One run whole in JSON.
#[derive(Serialize)]
struct WholeRun<'a> {
    #[serde(flatten)]
    run: RunRecord<'a>,
    devices: Vec<DeviceRecord<'a>>,
}

/// Prints a run made of these parts: its devices in their order, then what could not be sent.
pub fn print_run(
    run: &RunSummary,
    devices: &[PastDevice],
    excluded: &[Excluded],
    layout: impl Into<Layout>,
    out: &mut dyn Write,
) -> Result<(), HistoryError> {
    let layout = layout.into();
    let sent = devices.iter().map(|past| DeviceRecord::of(run.id_mode, past));
    let excluded = excluded.iter().map(|row| DeviceRecord::excluded(run.id_mode, row));
    let devices: Vec<_> = sent.chain(excluded).collect();
    match layout.format {
        Format::Json => print::json(&WholeRun { run: RunRecord::of(run), devices }, out),
        Format::Table => {
            head_of(run, out)?;
            print::print(&devices, &layout, out)
        }
        Format::Ndjson | Format::Csv => print::print(&devices, &layout, out),
    }
}

/// What a run was, in three lines.
fn head_of(run: &RunSummary, out: &mut dyn Write) -> io::Result<()> {
    let profile = if run.profile.is_empty() { String::new() } else { format!("{} on ", run.profile) };
    let what = format!("run {}, {} by {}, {profile}{}", run.run, run.action, run.id_mode, run.cloud);
    writeln!(out, "{}", visible(&what))?;
    let from = run.ssh_client.as_ref().map(|client| format!(" from {client}")).unwrap_or_default();
    let reason = run.reason.as_ref().map(|reason| format!(", reason: {reason}")).unwrap_or_default();
    let who = format!("{} on {}{from}, {}{reason}", run.user, run.host, local(run.started));
    writeln!(out, "{}", visible(&who))?;
    let counts = CountsRecord::of(&run.counts, run.excluded);
    let numbers = [
        (counts.succeeded, "succeeded"),
        (counts.failed, "failed"),
        (counts.unknown, "unknown"),
        (counts.not_sent, "not sent"),
        (counts.excluded, "excluded"),
    ];
    let numbers = numbers.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let numbers = numbers.collect::<Vec<_>>().join(", ");
    let (state, why) = records::state(run);
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    writeln!(out, "{}{}: {numbers}", state.replace('_', " "), visible(&why))
}

/// Prints what was ever sent to a device, or was to be, newest first, at most `limit` of it. Gives its number.
pub async fn device(
    journal: &Journal,
    id: &Id,
    limit: usize,
    layout: impl Into<Layout>,
    out: &mut (dyn Write + Send),
) -> Result<usize, HistoryError> {
    let sent = journal.sent_to(id, limit).await?;
    print::print(&sent.iter().map(SentRecord::of).collect::<Vec<_>>(), &layout.into(), out)?;
    Ok(sent.len())
}

/// Prints the devices that are exempt, or may be, and were not told otherwise since, the oldest first: of this account, or
/// of every account. `now` is what their age is counted to. Gives their
/// number.
pub async fn open_exemptions(
    journal: &Journal,
    every_account: bool,
    now: Timestamp,
    layout: impl Into<Layout>,
    out: &mut (dyn Write + Send),
) -> Result<usize, HistoryError> {
    let open = journal.open_exemptions(every_account).await?;
    print::print(&open.iter().map(|one| ExemptionRecord::of(one, now)).collect::<Vec<_>>(), &layout.into(), out)?;
    Ok(open.len())
}

/// Which runs are exported: all between two numbers, both included; an end that is not given is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first run.
    pub from: Option<RunId>,
    /// The last run.
    pub to: Option<RunId>,
}

/// Where an export goes, a line a device.
enum Lines<'a> {
    Csv(Box<csv::Writer<&'a mut (dyn Write + Send)>>),
    Ndjson(&'a mut (dyn Write + Send)),
}

impl Lines<'_> {
    fn write(&mut self, record: &SentRecord<'_>) -> Result<(), HistoryError> {
        match self {
            Self::Csv(csv) => Ok(csv.write_record(record.cells())?),
            Self::Ndjson(out) => print::ndjson(record, *out),
        }
    }
}

/// Writes every device of the runs in a range, the newest run first, a line each: as CSV, or as NDJSON for every other
/// format. Little of it is in memory at once.
pub async fn export(
    journal: &Journal,
    range: Range,
    layout: impl Into<Layout>,
    out: &mut (dyn Write + Send),
) -> Result<(), HistoryError> {
    let layout = layout.into();
    let mut written = 0;
    let mut lines = if layout.format == Format::Csv {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(SentRecord::CELLS)?;
        Lines::Csv(Box::new(csv))
    } else {
        Lines::Ndjson(out)
    };
    let mut before = range.to.map(|last| RunId(last.0.saturating_add(1)));
    'runs: loop {
        let page = journal.runs(before, PAGE).await?;
        for run in &page {
            if range.from.is_some_and(|first| run.run < first) {
                break 'runs;
            }
            let mut past = journal.devices_of(run);
            while let Some(devices) = past.next().await? {
                for device in &devices {
                    lines.write(&SentRecord::in_run(run, DeviceRecord::of(run.id_mode, device)))?;
                }
                written += devices.len();
                layout.progress.show(written, None);
            }
            for excluded in &journal.excluded_of(run.run).await? {
                lines.write(&SentRecord::in_run(run, DeviceRecord::excluded(run.id_mode, excluded)))?;
            }
        }
        match page.last() {
            Some(last) => before = Some(last.run),
            None => break,
        }
    }
    match lines {
        Lines::Csv(mut csv) => csv.flush()?,
        Lines::Ndjson(out) => out.flush()?,
    }
    Ok(())
}
