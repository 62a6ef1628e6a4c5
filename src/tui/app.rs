//! All that the console knows. `update` changes it, `view` reads it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use ratatui::style::Color;
use tokio::time::Instant;
use tui_input::Input;

use crate::dispatcher::{Command, Ticket, plan};
use crate::intake::Source;
use crate::journal::UnfinishedRun;
use crate::limiter::{BudgetView, Rate};
use crate::model::{Action, Device, DeviceList, Found, IdMode, LoadReport, Outcome, OutcomeKind, RunDevice, SourceId};

use super::asker::Question;
use super::connect::{Profile, To};
use super::count::Count;
use super::dialog::Dialog;
use super::filter::Filter;
use super::keymap::{Act, Keymap};
use super::layout::Areas;
use super::list_state::ListState;
use super::past::Past;
use super::runs::RunState;
use super::saving::{Job, Saving};
use super::theme::{Builtin, Depth, Theme};
use super::words::{count, counted, duration};

/// What the console is told at its start, and when it goes elsewhere.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own on the command line")]
pub struct Options {
    /// The profile's name, shown in the header.
    pub profile: Option<String>,
    /// The profiles that there are.
    pub profiles: Vec<Profile>,
    /// Whether the configuration names an account of its own, beside the profiles.
    pub main_account: bool,
    /// Who sits here.
    pub user: String,
    /// The cloud's host, shown in the header.
    pub host: String,
    /// The client key, where one is known. No secret.
    pub client_key: String,
    /// The colour of the top line: a profile's warning.
    pub header: Option<Color>,
    /// Whether the cloud is the embedded simulator.
    pub demo: bool,
    /// Whether nothing may be sent.
    pub read_only: bool,
    /// The limit, for estimates until the dispatcher tells more.
    pub rate: Rate,
    /// Devices a request, for estimates.
    pub batch_size: usize,
    /// Colours and symbols.
    pub theme: Theme,
    /// The theme of the operator's own, where there is one.
    pub own_theme: Option<Theme>,
    /// The ID mode at the start.
    pub id_mode: IdMode,
    /// The action at the start.
    pub action: Action,
    /// The actions that are not sent without a reason.
    pub require_reason: Vec<Action>,
    /// Exemptions older than this are pointed out at the start.
    pub remind_after: Duration,
    /// Whether a run is finished after the terminal's line was cut.
    pub finish_on_hangup: bool,
    /// The time of day.
    pub clock: fn() -> Timestamp,
    /// The time zone of times on screen.
    pub time_zone: TimeZone,
    /// Whether the mouse is used at the start.
    pub mouse: bool,
    /// Which key does what.
    pub keys: Keymap,
    /// The place of the log, where there is one.
    pub log: Option<PathBuf>,
}

impl Default for Options {
    /// A console that nobody has told anything.
    fn default() -> Self {
        Self {
            profile: None,
            profiles: Vec::new(),
            main_account: false,
            user: String::new(),
            host: String::new(),
            client_key: String::new(),
            header: None,
            demo: false,
            read_only: false,
            rate: Rate::default(),
            batch_size: 50,
            theme: Theme::new(Builtin::Terminal, Depth::Cube, false),
            own_theme: None,
            id_mode: IdMode::default(),
            action: Action::DhcpRenew,
            require_reason: Vec::new(),
            remind_after: Duration::from_hours(24),
            finish_on_hangup: false,
            clock: Timestamp::now,
            time_zone: TimeZone::UTC,
            mouse: false,
            keys: Keymap::default(),
            log: None,
        }
    }
}

/// A pane that keys can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The device list.
    Devices,
    /// The actions.
    Action,
    /// The results.
    Results,
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Plain,
    /// It went well.
    Good,
    /// It needs care.
    Warning,
    /// It went wrong.
    Error,
}

/// A line that the console says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// The words, safe for a terminal.
    pub text: Arc<str>,
    /// When it was said.
    pub at: Timestamp,
}

/// Whether commands can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The client is not ready yet.
    Starting,
    /// Runs are accepted.
    Ready,
    /// Runs cannot be sent; why, and what to do.
    Off(Arc<str>),
}

/// A load that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loading {
    /// The source.
    pub name: Arc<str>,
    /// Its number in the list.
    pub source: SourceId,
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes in all, if known.
    pub total: Option<u64>,
}

/// The sum of loads that were asked for together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Lists that ended.
    pub lists: usize,
    /// Lists that could not be read.
    pub failed: usize,
    /// What the others brought.
    pub report: LoadReport,
}

/// What intake tells while it loads.
#[derive(Clone, Debug)]
pub enum Intake {
    /// A load begins.
    Begin(Arc<str>),
    /// Some of what was found, in order.
    Found(Vec<Found>),
    /// How far it is: bytes read, bytes in all.
    Progress(u64, Option<u64>),
    /// The load is over. The error, if it failed, in words.
    End(Result<(), Arc<str>>),
}

/// What the console wants done outside.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A word to the dispatcher.
    Dispatch(Command),
    /// Connect elsewhere.
    Connect(To),
    /// Do not connect elsewhere any more.
    Abandon,
    /// Load a list; what can be either id is read by the mode.
    Load(Source, IdMode),
    /// Stop the load that is on.
    StopLoading,
    /// Find the paths that a typed one can become.
    Complete(String),
    /// Ask the journal.
    Ask(Question),
    /// Put a text on the clipboard of whoever sits here.
    Copy {
        /// The text.
        text: Arc<str>,
        /// What it is, in words.
        what: String,
    },
    /// Save a run as a file.
    Save(Box<Job>),
    /// Call whoever looks elsewhere; the words say why.
    Attention(String),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Draw the whole screen again.
    Redraw,
    /// Stop this process until the shell wakes it.
    Suspend,
    /// Leave.
    Quit(Leave),
}

/// How the console is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Nothing is on, or all of it has ended.
    Calmly,
    /// Without waiting for answers: what is in flight is unknown.
    AtOnce,
    /// The process was asked to end: what is in flight is awaited, and the rest can be gone on with later.
    Asked,
    /// The terminal's line was cut: as `Asked`, or the whole run is finished first.
    HungUp,
}

/// Selected devices: all, and those that have an id of the mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// All selected ones.
    pub all: usize,
    /// Those that can be sent in the ID mode.
    pub sendable: usize,
}

/// All that the console knows.
#[derive(Debug)]
pub struct App {
    /// As it was started.
    pub options: Options,
    /// The screen's size.
    pub size: Size,
    /// The time of the event that is being handled, or of the last one.
    pub now: Instant,
    /// Whether commands can be sent.
    pub connection: Connection,
    /// Where the console is being connected to, elsewhere than it is.
    pub going: Option<To>,
    /// The journal was asked for a run to go on with, and has not answered.
    pub resuming: bool,
    /// The devices.
    pub list: DeviceList,
    /// The indices of the devices that are shown.
    pub shown: Vec<u32>,
    /// Cursor and scroll position within `shown`.
    pub cursor: ListState,
    /// How many are selected.
    pub selection: Selection,
    /// What is shown of the devices.
    pub filter: Filter,
    /// The filter's text field, while it is being typed.
    pub filter_input: Option<Input>,
    /// Where keys go.
    pub focus: Pane,
    /// The chosen action.
    pub action: Action,
    /// The chosen ID mode.
    pub id_mode: IdMode,
    /// All runs of the session, oldest first.
    pub runs: Vec<RunState>,
    /// The run that is shown.
    pub run: usize,
    /// What asks for an answer.
    pub dialog: Option<Dialog>,
    /// The path that was typed for the load that is on, to be mended if it is wrong.
    pub opening: Option<String>,
    /// The past that a question was asked from, to go back to.
    pub behind: Option<Past>,
    /// Runs that were cut off and have still to be asked about.
    pub cut_off: Vec<UnfinishedRun>,
    /// The load that is on.
    pub loading: Option<Loading>,
    /// The save that is on.
    pub saving: Option<Saving>,
    /// Loads that were asked for and have not ended.
    pub loads_pending: usize,
    /// What several loads that were asked for together have brought.
    pub loaded: Loaded,
    /// How many characters of a paste by keys have come, while one is coming.
    pub pasting: Option<usize>,
    /// A number that is being typed before a motion.
    pub count: Option<Count>,
    /// What was said last.
    pub notice: Option<Notice>,
    /// What was said at the start, until the first lists are loaded.
    pub said_first: Option<Arc<str>>,
    /// What was said, newest last, at most `NOTICES_KEPT`.
    pub notices: VecDeque<Notice>,
    /// The budget, once known.
    pub budget: Option<BudgetView>,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// The console is leaving: runs are stopping, answers are awaited.
    pub leaving: bool,
    pub(super) next_ticket: u64,
}

/// How many notices are kept to look at again.
pub const NOTICES_KEPT: usize = 200;

impl App {
    /// The console at its start.
    #[must_use]
    pub fn new(options: Options, size: Size, now: Instant) -> Self {
        Self {
            size,
            now,
            connection: Connection::Starting,
            going: None,
            resuming: false,
            list: DeviceList::new(),
            shown: Vec::new(),
            cursor: ListState::default(),
            selection: Selection::default(),
            filter: Filter::default(),
            filter_input: None,
            focus: Pane::Devices,
            action: options.action,
            id_mode: options.id_mode,
            runs: Vec::new(),
            run: 0,
            dialog: None,
            opening: None,
            behind: None,
            cut_off: Vec::new(),
            loading: None,
            saving: None,
            loads_pending: 0,
            loaded: Loaded::default(),
            pasting: None,
            count: None,
            notice: None,
            said_first: None,
            notices: VecDeque::new(),
            budget: None,
            mouse: options.mouse,
            leaving: false,
            next_ticket: 1,
            options,
        }
    }

    /// The key that does this, as sentences name it.
    #[must_use]
    pub fn key(&self, act: Act) -> String {
        self.options.keys.told(act)
    }

    /// The run that is shown.
    #[must_use]
    pub fn current_run(&self) -> Option<&RunState> {
        self.runs.get(self.run)
    }

    /// The run that a device of the list took part in last, with its row there, if this console knows the run.
    #[must_use]
    pub fn last_run_of(&self, device: &Device) -> Option<(&RunState, &RunDevice, &Outcome)> {
        let last = device.last()?;
        let run = self.runs.iter().find(|run| run.id == Some(last.run))?;
        let is_it = |row: &RunDevice| match run.id_mode {
            IdMode::Mac => row.mac.is_some() && row.mac == device.mac(),
            IdMode::Hwid => row.hwid.is_some() && row.hwid == device.hwid,
        };
        let row = run.devices.iter().position(is_it)?;
        Some((run, &run.devices[row], &run.outcomes[row]))
    }

    pub(super) fn current_run_mut(&mut self) -> Option<&mut RunState> {
        self.runs.get_mut(self.run)
    }

    /// Whether any run is on.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.runs.iter().any(RunState::is_on)
    }

    /// What the window's title says, once there is a run: how far the one is that is on, or how the last one ended.
    #[must_use]
    pub fn title(&self) -> Option<String> {
        let run = self.runs.iter().find(|run| run.is_on()).or_else(|| self.runs.last())?;
        Some(run.title(self.options.theme))
    }

    /// Whether a run is on, or is about to go on: then the console goes nowhere else.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_running() || self.resuming
    }

    /// Where everything stands on this screen.
    #[must_use]
    pub fn areas(&self) -> Areas {
        Areas::of(self.size, self.focus, !self.runs.is_empty())
    }

    /// Says something.
    pub fn say(&mut self, tone: Tone, text: impl Into<Arc<str>>) {
        let notice = Notice { tone, text: text.into(), at: (self.options.clock)() };
        match tone {
            Tone::Error => tracing::error!("{}", notice.text),
            Tone::Warning => tracing::warn!("{}", notice.text),
            Tone::Plain | Tone::Good => tracing::info!("{}", notice.text),
        }
        if self.notices.len() == NOTICES_KEPT {
            self.notices.pop_front();
        }
        self.notices.push_back(notice.clone());
        self.notice = Some(notice);
    }

    /// Says something at the start. It is said again when the first lists are loaded, so that their sentences do not hide it.
    pub fn say_first(&mut self, text: impl Into<Arc<str>>) {
        let text = text.into();
        self.say(Tone::Warning, Arc::clone(&text));
        self.said_first = Some(text);
    }

    /// What was said first is on the bottom line again, unless an error is.
    pub(super) fn recall_what_was_said_first(&mut self) {
        let Some(text) = self.said_first.take() else { return };
        let stands = self.notice.as_ref().is_some_and(|notice| notice.tone == Tone::Error);
        let said = self.notices.iter().find(|notice| notice.text == text).cloned();
        if !stands && said.is_some() {
            self.notice = said;
        }
    }

    /// The next ticket for a run.
    pub(super) fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    /// Counts the selection again, after more than one device changed.
    pub(super) fn recount(&mut self) {
        let mode = self.id_mode;
        let selected = self.list.devices().iter().filter(|device| device.selected);
        self.selection = selected.fold(Selection::default(), |sum, device| Selection {
            all: sum.all + 1,
            sendable: sum.sendable + usize::from(device.sendable(mode)),
        });
    }

    /// The list has changed otherwise than at its end: finds out again what is shown.
    pub(super) fn list_changed(&mut self) {
        self.filter.forget();
        self.refilter();
    }

    /// Finds out again what is shown; the cursor stays on its device if that is still shown.
    pub(super) fn refilter(&mut self) {
        let at = self.shown.get(self.cursor.cursor).copied();
        self.shown.clear();
        self.show_from(0);
        if self.shown.is_empty() && self.filter.widen() {
            self.show_from(0);
        }
        self.cursor.cursor = at.map_or(0, |at| self.shown.partition_point(|&index| index < at));
        self.cursor.clamp(self.shown.len());
    }

    /// Shows those devices from index `first` on that the filter lets through.
    pub(super) fn show_from(&mut self, first: usize) {
        let devices = self.list.devices();
        let filter = &mut self.filter;
        if first == 0 && !filter.is_empty() {
            filter.prepare(devices);
        }
        if filter.is_empty() {
            self.shown.extend(first as u32..devices.len() as u32);
        } else {
            let rest = devices.iter().enumerate().skip(first);
            self.shown
                .extend(rest.filter(|(index, device)| filter.matches(*index, device)).map(|(index, _)| index as u32));
        }
    }

    /// Keeps only those of the shown devices that the filter lets through.
    pub(super) fn narrow(&mut self) {
        let at = self.shown.get(self.cursor.cursor).copied();
        let (devices, filter) = (self.list.devices(), &mut self.filter);
        filter.prepare(devices);
        self.shown.retain(|&index| filter.matches(index as usize, &devices[index as usize]));
        self.cursor.cursor = at.map_or(0, |at| self.shown.partition_point(|&index| index < at));
        self.cursor.clamp(self.shown.len());
    }

    /// The index in the list of the device under the cursor.
    #[must_use]
    pub fn device_at_cursor(&self) -> Option<usize> {
        self.shown.get(self.cursor.cursor).map(|&index| index as usize)
    }

    /// Brings every cursor onto its screen. Called after each update.
    pub(super) fn settle(&mut self) {
        let areas = self.areas();
        self.cursor.scroll(self.shown.len(), areas.device_rows());
        if let Some(run) = self.runs.get_mut(self.run) {
            let rows = areas.result_rows(run.devices.len());
            run.list.scroll(run.shown.len(), rows);
        }
        let rows = super::view::past_rows(self);
        if let Some(Dialog::Past(past)) = &mut self.dialog {
            past.settle(rows);
        }
    }

    /// Whether something on screen changes by itself, so that the loop must wake to draw: a countdown, a dialog's
    /// moment of thought, or a number that is forgotten. The time of the next change.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        let dialog = self.dialog.as_ref().and_then(|dialog| dialog.next_change(self.now));
        let budget =
            self.budget.as_ref().filter(|_| self.is_running()).and_then(|budget| budget.next_free).and_then(|at| {
                let left = at.checked_duration_since(self.now)?;
                // The next whole second of the countdown.
                let part = left.subsec_nanos();
                let step = if part == 0 { 1_000_000_000 } else { part };
                (!left.is_zero()).then(|| self.now + Duration::from_nanos(u64::from(step)))
            });
        let count = self.count.map(|count| count.until);
        dialog.into_iter().chain(budget).chain(count).min()
    }

    /// What a run to so many devices costs: requests, and how long it takes, in words.
    #[must_use]
    pub fn cost(&self, devices: usize) -> (usize, String) {
        let requests = plan::requests(devices, self.options.batch_size);
        let all_free = BudgetView { limit: self.options.rate.requests, ..BudgetView::default() };
        let budget = self.budget.as_ref().unwrap_or(&all_free);
        let time = plan::estimate(requests, self.options.rate, budget, self.now);
        let words = if time.is_zero() { "now".to_owned() } else { format!("about {}", duration(time)) };
        (requests, words)
    }

    /// What sending would cost now: `2,400 devices, 48 requests, about 4 min 10 s`.
    #[must_use]
    pub fn sum(&self) -> String {
        let Selection { all, sendable } = self.selection;
        match (all, sendable) {
            (0, _) => "nothing selected yet".to_owned(),
            (_, 0) => format!("{} selected, none has a {}", count(all), self.id_mode),
            _ => {
                let (requests, time) = self.cost(sendable);
                let sum = format!("{}, {}, {time}", counted(sendable, "device"), counted(requests, "request"));
                let without = all - sendable;
                if without > 0 { format!("{sum}; {} left out", count(without)) } else { sum }
            }
        }
    }

    /// How many devices of the list have this outcome as their last one.
    #[must_use]
    pub fn last_outcomes(&self, kind: OutcomeKind) -> usize {
        self.list.devices().iter().filter(|device| device.last().is_some_and(|last| last.kind == kind)).count()
    }

    /// What the current load has brought so far.
    #[must_use]
    pub fn loading_report(&self) -> Option<&LoadReport> {
        self.loading.as_ref().map(|loading| self.list.report(loading.source))
    }
}
