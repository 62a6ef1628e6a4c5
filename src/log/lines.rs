//! Events to lines: `2026-03-01T09:30:00.123+01:00 INFO 4711 client::exchange answer status=200 ms=87`.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::file::LogFile;
use crate::model::text::visible;
use crate::zone;

/// Where the targets of this program's events begin.
const OURS: &str = "gears_console";
/// The longest line, in bytes; what is over is cut.
const LONGEST_LINE: usize = 4096;
/// Lines that are kept in memory, for the report of a crash.
const NEWEST: usize = 50;

/// Lines that wait for a disk that does not answer; what is over is counted only.
const WAITING: usize = 10_000;

/// Where lines go.
pub(super) trait Sink: fmt::Debug + Send {
    /// Appends a line, given without its end. May wait for a disk.
    fn append(&mut self, line: &str) -> io::Result<()>;
}

/// Takes lines, and never stops anybody: a state folder may lie on a network disk, and that may hang. Lines are written by
/// a thread that is there only while there are any.
#[derive(Debug)]
pub(super) struct Writer {
    place: PathBuf,
    state: Mutex<State>,
    written: Condvar,
}

#[derive(Debug)]
struct State {
    /// Away while the thread writes.
    sink: Option<Box<dyn Sink>>,
    open: bool,
    waiting: VecDeque<String>,
    /// Lines that found no room among those.
    lost: usize,
    /// Whether there is a thread.
    writing: bool,
    newest: VecDeque<String>,
    trouble: Trouble,
}

/// What is said of a log that cannot be written.
#[derive(Debug)]
enum Trouble {
    None,
    New(String),
    Said,
}

impl Writer {
    /// A writer to the log of the state folder; where that cannot be opened it keeps the newest lines in memory only.
    pub(super) fn open(state_dir: &Path) -> Self {
        Self::to(super::place(state_dir), LogFile::open(state_dir).map(|file| Box::new(file) as Box<dyn Sink>))
    }

    fn to(place: PathBuf, sink: io::Result<Box<dyn Sink>>) -> Self {
        let trouble = sink.as_ref().map_or_else(|error| Trouble::New(sentence(&place, error)), |_| Trouble::None);
        let state = State {
            open: sink.is_ok(),
            sink: sink.ok(),
            waiting: VecDeque::new(),
            lost: 0,
            writing: false,
            newest: VecDeque::new(),
            trouble,
        };
        Self { place, state: Mutex::new(state), written: Condvar::new() }
    }

    fn append(self: &Arc<Self>, line: String) {
        let mut state = self.lock();
        if state.newest.len() == NEWEST {
            state.newest.pop_front();
        }
        state.newest.push_back(line.clone());
        if !state.open {
            return;
        }
        if state.waiting.len() == WAITING {
            state.lost += 1;
            return;
        }
        state.waiting.push_back(line);
        if !std::mem::replace(&mut state.writing, true) {
            drop(state);
            let this = Arc::clone(self);
            // A machine that gives no thread has its lines written here.
            if thread::Builder::new().name("log".to_owned()).spawn(move || this.write()).is_err() {
                self.write();
            }
        }
    }

    /// Writes what waits, until nothing does.
    fn write(&self) {
        let mut state = self.lock();
        loop {
            let mut lines = std::mem::take(&mut state.waiting);
            if lines.is_empty() {
                break;
            }
            let Some(mut sink) = state.sink.take() else { break };
            let lost = std::mem::take(&mut state.lost);
            drop(state);
            if lost > 0 {
                let (time, process) = (Timestamp::now(), std::process::id());
                lines.push_back(format!("{time:.3} WARN {process} log the disk did not answer lost={lost}"));
            }
            let results = lines.iter().map(|line| sink.append(line));
            let error = results.fold(Ok(()), Result::and).err();
            state = self.lock();
            state.sink = Some(sink);
            if let (Some(error), Trouble::None) = (error, &state.trouble) {
                state.trouble = Trouble::New(sentence(&self.place, &error));
            }
        }
        state.writing = false;
        self.written.notify_all();
    }

    /// Waits until all lines are written, or as long as this.
    pub(super) fn flush(&self, longest: Duration) {
        let _ = self.written.wait_timeout_while(self.lock(), longest, |state| state.writing);
    }

    /// Whether there is a file to write to.
    pub(super) fn is_open(&self) -> bool {
        self.lock().open
    }

    /// Why lines cannot be written, once.
    pub(super) fn take_trouble(&self) -> Option<String> {
        let mut state = self.lock();
        match std::mem::replace(&mut state.trouble, Trouble::Said) {
            Trouble::New(words) => Some(words),
            Trouble::None => {
                state.trouble = Trouble::None;
                None
            }
            Trouble::Said => None,
        }
    }

    /// The newest lines, oldest first. A thread that panicked while it wrote must not be waited for.
    pub(super) fn newest(&self) -> Vec<String> {
        self.state.try_lock().map(|state| state.newest.iter().cloned().collect()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sentence(place: &Path, error: &std::io::Error) -> String {
    format!("the log {} cannot be written, and nothing else is changed by that: {error}", place.display())
}

/// The layer that makes a line of each event.
#[derive(Debug)]
pub(super) struct Lines {
    writer: Arc<Writer>,
    level: LevelFilter,
    time_zone: TimeZone,
    process: u32,
}

impl Lines {
    pub(super) fn new(writer: Arc<Writer>, level: LevelFilter) -> Self {
        Self { writer, level, time_zone: zone::local(), process: std::process::id() }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        own(metadata.target()).is_some() && *metadata.level() <= self.level
    }
}

/// The room of an event of ours; `None` for what libraries say, which may hold an address with the token in it.
fn own(target: &str) -> Option<&str> {
    let rest = target.strip_prefix(OURS)?;
    if rest.is_empty() { Some(OURS) } else { rest.strip_prefix("::") }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let Some(room) = own(metadata.target()) else { return };
        let time = Timestamp::now().to_zoned_datetime(self.time_zone.clone());
        let time = time.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z");
        let mut line = format!("{time} {} {} {room}", metadata.level(), self.process);
        event.record(&mut Fields(&mut line));
        shorten(&mut line);
        self.writer.append(line);
    }
}

/// Cuts a line to the longest one, between two characters.
fn shorten(line: &mut String) {
    if line.len() > LONGEST_LINE {
        line.truncate(line.floor_char_boundary(LONGEST_LINE - '…'.len_utf8()));
        line.push('…');
    }
}

/// Writes fields behind each other. Nothing in them can begin a line or speak to a terminal.
struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let value = visible(value);
        // Writing to a text cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value}"),
            name if value.is_empty() || value.contains([' ', '"', '=']) => {
                write!(self.0, " {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
            }
            name => write!(self.0, " {name}={value}"),
        };
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    /// A disk that answers when it is told to.
    #[derive(Debug)]
    struct Disk {
        asked: Sender<String>,
        go_on: Receiver<()>,
    }

    impl Sink for Disk {
        fn append(&mut self, line: &str) -> io::Result<()> {
            self.asked.send(line.to_owned()).unwrap();
            self.go_on.recv().map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_disk_that_hangs_holds_up_nobody_and_gets_its_lines_when_it_answers() {
        let ((asked, asked_for), (go, go_on)) = (channel(), channel());
        let writer = Arc::new(Writer::to("log".into(), Ok(Box::new(Disk { asked, go_on }))));
        writer.append("first".to_owned());
        assert_eq!(asked_for.recv().unwrap(), "first");
        // The disk hangs now: nobody who has something to say waits for it.
        (0..WAITING + 2).for_each(|number| writer.append(format!("line {number}")));
        assert!(writer.is_open());
        writer.flush(Duration::ZERO);
        assert!(asked_for.try_recv().is_err());
        (0..WAITING + 2).for_each(|_| go.send(()).unwrap());
        writer.flush(LONG);
        let written: Vec<String> = asked_for.try_iter().collect();
        assert_eq!(written.len(), WAITING + 1);
        assert_eq!(written[..WAITING].last().unwrap(), &format!("line {}", WAITING - 1));
        assert!(written[WAITING].ends_with("log the disk did not answer lost=2"), "{}", written[WAITING]);
        // What is said later finds a thread again, and trouble is told.
        drop(go);
        writer.append("last".to_owned());
        writer.flush(LONG);
        assert_eq!(asked_for.try_recv().unwrap(), "last");
        assert!(writer.take_trouble().is_some());
    }

    /// The lines that `events` leave behind at this level, without their time and process.
    fn lines(level: LevelFilter, events: impl FnOnce()) -> Vec<String> {
        let top = tempfile::tempdir().unwrap();
        let writer = Arc::new(Writer::open(top.path()));
        let lines = Lines::new(Arc::clone(&writer), level);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), events);
        writer.flush(LONG);
        let text = std::fs::read_to_string(super::super::place(top.path())).unwrap();
        let without_time = |line: &str| {
            let (time, rest) = line.split_once(' ').unwrap();
            assert!(time.parse::<Timestamp>().is_ok(), "{time}");
            rest.replace(&format!(" {} ", std::process::id()), " ")
        };
        text.lines().map(without_time).collect()
    }

    #[test]
    fn an_event_is_a_line_with_its_fields() {
        let lines = lines(LevelFilter::INFO, || {
            tracing::info!(status = 200, path = "/o/x", why = "no \"such\" device", "answer");
            tracing::debug!("not wanted");
            tracing::error!(none = "", "over");
        });
        assert_eq!(
            lines,
            [
                r#"INFO log::lines::tests answer status=200 path=/o/x why="no \"such\" device""#,
                r#"ERROR log::lines::tests over none="""#
            ]
        );
    }

    #[test]
    fn nothing_from_outside_begins_a_line_or_speaks_to_a_terminal() {
        let evil = "a\n2026-01-01T00:00:00Z INFO forged\u{1b}[2J\u{202e}\r";
        let lines = lines(LevelFilter::TRACE, || {
            tracing::info!(evil, debug = ?evil, "{evil}");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(!lines[0].contains(|c: char| c.is_control() || c == '\u{202e}'), "{lines:?}");
    }

    #[test]
    fn what_libraries_say_is_not_kept() {
        let lines = lines(LevelFilter::TRACE, || {
            tracing::error!(target: "hyper::client", "GET /o/api?access_token=secret");
            tracing::error!(target: "gears_consoles", "another program");
            tracing::trace!("ours");
        });
        assert_eq!(lines, ["TRACE log::lines::tests ours"]);
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let lines = lines(LevelFilter::TRACE, || tracing::info!("{}", "ä".repeat(LONGEST_LINE)));
        assert!(lines[0].ends_with("ä…") && lines[0].len() <= LONGEST_LINE, "{}", lines[0].len());
    }

    #[test]
    fn a_log_that_cannot_be_written_is_told_once() {
        let writer = Arc::new(Writer::open(Path::new("/dev/null")));
        writer.append("kept in memory".to_owned());
        let trouble = writer.take_trouble().unwrap();
        assert!(trouble.contains("/dev/null/log/gears.log") && trouble.contains("nothing else"), "{trouble}");
        writer.append("more".to_owned());
        assert_eq!(writer.take_trouble(), None);
        assert_eq!(writer.newest(), ["kept in memory", "more"]);
    }
}
