//! What asks the operator for something, over the panes.

use std::time::Duration;

use tokio::time::Instant;
use tui_input::Input;

use crate::guide::Page;
use crate::journal::UnfinishedRun;
use crate::model::{NewRun, OutcomeKind};

use super::palette::Palette;
use super::past::Past;
use super::places::SetUpForm;
use super::reader::Reader;
use super::saving::SaveForm;

/// So long a question stands before its Enter counts: nobody reads faster, and a paste that comes slowly as key
/// presses cannot both open and answer it.
pub const READING: Duration = Duration::from_millis(300);

/// A second Ctrl-C within this time leaves at once, without waiting for answers.
pub const AT_ONCE: Duration = Duration::from_secs(2);

/// Runs over this many devices are confirmed by typing their number.
pub const TYPED_OVER: usize = 50;

/// Asks whether to send a run.
#[derive(Debug)]
pub struct Confirm {
    /// What would be sent.
    pub run: NewRun,
    /// Requests it takes.
    pub requests: usize,
    /// How long it takes, in words.
    pub time: String,
    /// Devices of it that another run is working on.
    pub busy: usize,
    /// Devices of it to which the same was done last, with success.
    pub again: usize,
    /// Devices of it that the filter hides.
    pub hidden: usize,
    /// Devices of the list that were not chosen because they have no id of the mode.
    pub without_id: usize,
    /// Where the number of devices is typed, if it has to be.
    pub typed: Option<Input>,
    /// Why it is sent, in the operator's words.
    pub reason: Input,
    /// Whether there has to be a reason.
    pub reason_required: bool,
    /// Whether keys go into the reason.
    pub in_reason: bool,
    /// Text came that nobody asked for: somebody types or pastes without having read the question. It is not answered.
    pub spoiled: bool,
    /// What Enter missed.
    pub missing: Option<&'static str>,
    /// When the question was put on screen.
    pub opened: Instant,
}

impl Confirm {
    /// Whether Enter counts by now.
    #[must_use]
    pub fn is_armed(&self, now: Instant) -> bool {
        now >= self.opened + READING
    }

    /// What is missing for Enter to send: the number of devices, with or without the comma of thousands, or a reason.
    #[must_use]
    pub fn lack(&self) -> Option<&'static str> {
        let counted = self.typed.as_ref().is_none_or(|typed| {
            let digits: String = typed.value().chars().filter(|c| !matches!(c, ',' | '.' | ' ')).collect();
            digits == self.run.devices.len().to_string()
        });
        match () {
            () if self.spoiled => Some("that was text: Esc"),
            () if !counted => Some("not the number"),
            () if self.reason_required && self.reason.value().trim().is_empty() => Some("a reason is needed: Tab"),
            () => None,
        }
    }

    /// The run as it is confirmed, with its reason.
    #[must_use]
    pub fn confirmed(&self) -> NewRun {
        let reason = self.reason.value().trim();
        NewRun { reason: (!reason.is_empty()).then(|| reason.to_owned()), ..self.run.clone() }
    }
}

/// Asks what becomes of runs whose console is gone, one after the other.
#[derive(Debug)]
pub struct Unfinished {
    /// The runs; the first is asked about.
    pub runs: Vec<UnfinishedRun>,
    /// Whether going on sends again to the devices of which nobody knows what became.
    pub unknown_too: bool,
    /// The number of devices, as far as it is typed, where it has to be.
    pub typed: String,
    /// Leaving it so for good was asked for once.
    pub closing: bool,
    /// What Enter missed.
    pub missing: bool,
    /// When the question was put on screen.
    pub opened: Instant,
}

impl Unfinished {
    /// Asks about these runs.
    #[must_use]
    pub fn new(runs: Vec<UnfinishedRun>, opened: Instant) -> Self {
        Self { runs, unknown_too: true, typed: String::new(), closing: false, missing: false, opened }
    }

    /// The run that is asked about.
    #[must_use]
    pub fn current(&self) -> Option<&UnfinishedRun> {
        self.runs.first()
    }

    /// How many devices going on sends to.
    #[must_use]
    pub fn to_send(&self) -> usize {
        self.current().map_or(0, |run| run.never_sent + if self.unknown_too { run.unknown } else { 0 })
    }

    /// Whether the number of devices has to be typed.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.current().is_some_and(|run| run.action.weakens_protection()) || self.to_send() > TYPED_OVER
    }

    /// Whether Enter goes on.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        !self.is_counted() || self.typed == self.to_send().to_string()
    }

    /// Whether Enter counts by now.
    #[must_use]
    pub fn is_armed(&self, now: Instant) -> bool {
        now >= self.opened + READING
    }
}

/// A typed path and what it can become.
#[derive(Debug, Default)]
pub struct OpenFile {
    /// The path so far.
    pub input: Input,
    /// Paths that it can become, as the last completion found them.
    pub completions: Vec<String>,
}

/// A long text that a dialog shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The outcomes and the keys.
    Help,
    /// A page of the guide.
    Guide(&'static Page),
    /// Everything about the device under the cursor.
    Device,
    /// What could not be read.
    Unreadable,
    /// What was said.
    Notices,
}

/// What asks or shows something over the panes.
#[derive(Debug)]
pub enum Dialog {
    /// Send this run?
    Confirm(Box<Confirm>),
    /// Quit while a run is on?
    Quit {
        /// When the question was put on screen.
        opened: Instant,
        /// When Ctrl-C was pressed last, to put the question or at it.
        interrupted: Option<Instant>,
    },
    /// A long text to scroll through.
    Reader(Reader),
    /// A list by its path.
    Open(OpenFile),
    /// A text that is typed or pasted, until Ctrl-D.
    Paste(String),
    /// One device by hand.
    TypeDevice(Input),
    /// Which outcome's devices to select.
    SelectByOutcome,
    /// Past runs.
    Past(Past),
    /// Go on with a run whose console is gone?
    Unfinished(Unfinished),
    /// A command, found by its words.
    Palette(Palette),
    /// Nothing is set up: demo, set up now, or quit?
    Welcome,
    /// Host, key and secret.
    SetUp(Box<SetUpForm>),
    /// Another profile? The cursor's place.
    Places(usize),
    /// What is copied?
    Copy,
    /// Where is the run saved, and as what?
    Save(SaveForm),
}

/// The outcomes that can be selected by, with their keys.
pub const SELECTABLE_OUTCOMES: [(char, OutcomeKind); 4] = [
    ('1', OutcomeKind::Failed),
    ('2', OutcomeKind::Unknown),
    ('3', OutcomeKind::NotSent),
    ('4', OutcomeKind::Succeeded),
];

impl Dialog {
    /// A long text from its beginning.
    #[must_use]
    pub fn reader(topic: Topic) -> Self {
        Self::Reader(Reader::new(topic))
    }

    /// When a question changes by itself next: it begins to take its Enter, or Ctrl-C once more is not enough any more.
    #[must_use]
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let (opened, interrupted) = match self {
            Self::Confirm(confirm) => (confirm.opened, None),
            Self::Quit { opened, interrupted } => (*opened, *interrupted),
            Self::Unfinished(question) => (question.opened, None),
            _ => return None,
        };
        let times = [Some(opened + READING), interrupted.map(|last| last + AT_ONCE)];
        times.into_iter().flatten().filter(|time| *time > now).min()
    }

    /// Whether keys are text here.
    #[must_use]
    pub fn takes_text(&self) -> bool {
        match self {
            Self::Confirm(confirm) => confirm.typed.is_some() || confirm.in_reason,
            Self::Past(past) => past.search.is_some(),
            Self::Open(_)
            | Self::Paste(_)
            | Self::TypeDevice(_)
            | Self::Palette(_)
            | Self::Save(_)
            | Self::SetUp(_) => true,
            Self::Reader(reader) => reader.search.is_some(),
            _ => false,
        }
    }
}
