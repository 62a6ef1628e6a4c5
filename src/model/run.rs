//! A run: one action sent to one set of devices, and what became of each.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::text::visible;
use super::{Action, Hwid, Id, IdMode, Mac};

/// The number of a run, from 1 upwards, as the journal counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A device as a run carries it: a copy, so that the list may change while the run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDevice {
    /// The MAC, if known.
    pub mac: Option<Mac>,
    /// The HWID, if known.
    pub hwid: Option<Hwid>,
    /// Host name, user and note. Not yet made safe for a terminal.
    pub label: Box<str>,
    /// The name of the file, `paste` or `argument`.
    pub source: Arc<str>,
    /// Line in the source, 1-based.
    pub line: u32,
}

impl RunDevice {
    /// The id that goes on the wire in `mode`.
    #[must_use]
    pub fn id(&self, mode: IdMode) -> Option<Id> {
        match mode {
            IdMode::Mac => self.mac.map(Id::Mac),
            IdMode::Hwid => self.hwid.clone().map(Id::Hwid),
        }
    }
}

/// A row that was chosen and cannot be sent: no id of the mode, a duplicate, unreadable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// What is known of it; both ids may be missing.
    pub device: RunDevice,
    /// The text as it stood in the source, where it is no id. Not yet made safe for a terminal.
    pub text: Box<str>,
    /// Why, in plain words.
    pub why: Box<str>,
}

impl Excluded {
    /// Why it is not sent, and the text that was no id, in plain words.
    #[must_use]
    pub fn detail(&self) -> Cow<'_, str> {
        match &*self.text {
            "" => Cow::Borrowed(&self.why),
            text => Cow::Owned(format!("{}: “{}”", self.why, visible(text))),
        }
    }
}

/// A run that was asked for. Every device has an id of the mode, and no id is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// What to do.
    pub action: Action,
    /// Which id to send.
    pub id_mode: IdMode,
    /// To whom. Outcomes name a device by its index in here.
    pub devices: Arc<[RunDevice]>,
    /// What was chosen and is not sent.
    pub excluded: Arc<[Excluded]>,
    /// Why, in the operator's words (a ticket's number).
    pub reason: Option<String>,
}

/// A run that ended before it was done, as the journal gives it back to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumedRun {
    /// Its number, which it keeps.
    pub id: RunId,
    /// As it was begun.
    pub run: NewRun,
    /// One a device of `run`: final ones stay as they are, queued ones are sent. The detail of a queued one says why it is
    /// uncertain.
    pub outcomes: Vec<Outcome>,
    /// The queued devices of whose earlier request nobody knows whether it has run; indices into the devices. Those that
    /// are not sent after all are unknown again.
    pub uncertain: Vec<u32>,
    /// The first batch number that the journal does not know yet.
    pub next_batch: u32,
}

/// What became of a device in a run, without the detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Waits for its request.
    Queued,
    /// Its request has left, no answer yet.
    InFlight,
    /// The cloud answered 1.
    Succeeded,
    /// The cloud answered that it did not do it.
    Failed,
    /// A request left and no trustworthy answer came back: it may or may not have happened.
    Unknown,
    /// No request with it has left, or the cloud said that it did nothing; and none will leave by itself.
    NotSent,
}

impl OutcomeKind {
    /// All kinds, in the order in which counts are shown.
    pub const ALL: [Self; 6] =
        [Self::Succeeded, Self::Failed, Self::Unknown, Self::InFlight, Self::Queued, Self::NotSent];

    /// The word on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "in flight",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotSent => "not sent",
        }
    }

    /// The word in JSON and CSV.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "in_flight",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
        }
    }

    /// Whether a request with the device is over, so that something became of it, known or not.
    #[must_use]
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Unknown)
    }

    /// Whether nothing more will happen to the device in this run.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::InFlight)
    }
}

/// What became of a device in a run, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What.
    pub kind: OutcomeKind,
    /// Why, in plain words, safe for a terminal; shared by the devices of one answer. None where the kind says it all.
    pub detail: Option<Arc<str>>,
}

impl Outcome {
    /// An outcome that needs no explanation.
    #[must_use]
    pub fn plain(kind: OutcomeKind) -> Self {
        Self { kind, detail: None }
    }

    /// An outcome with its reason.
    #[must_use]
    pub fn because(kind: OutcomeKind, detail: impl Into<Arc<str>>) -> Self {
        Self { kind, detail: Some(detail.into()) }
    }
}

/// How many devices of a run have each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; 6]);

impl Counts {
    /// A run at its start: `devices` of them queued.
    #[must_use]
    pub fn queued(devices: usize) -> Self {
        let mut counts = Self::default();
        counts.0[OutcomeKind::Queued as usize] = devices;
        counts
    }

    /// How many devices have this outcome.
    #[must_use]
    pub fn of(&self, kind: OutcomeKind) -> usize {
        self.0[kind as usize]
    }

    /// One more device with this outcome.
    pub fn add(&mut self, kind: OutcomeKind) {
        self.0[kind as usize] += 1;
    }

    /// One device goes from one outcome to another.
    pub fn change(&mut self, from: OutcomeKind, to: OutcomeKind) {
        self.0[from as usize] -= 1;
        self.0[to as usize] += 1;
    }

    /// All devices.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// The devices of which something became, known or not.
    #[must_use]
    pub fn answered(&self) -> usize {
        OutcomeKind::ALL.into_iter().filter(|kind| kind.is_answered()).map(|kind| self.of(kind)).sum()
    }

    /// The devices to which nothing more will happen.
    #[must_use]
    pub fn finished(&self) -> usize {
        OutcomeKind::ALL.into_iter().filter(|kind| kind.is_final()).map(|kind| self.of(kind)).sum()
    }
}

impl FromIterator<OutcomeKind> for Counts {
    fn from_iter<T: IntoIterator<Item = OutcomeKind>>(kinds: T) -> Self {
        let mut counts = Self::default();
        for kind in kinds {
            counts.add(kind);
        }
        counts
    }
}

/// Why a run is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Every device has its outcome.
    Completed,
    /// The operator stopped it; what had not left is not sent.
    Stopped,
    /// The program had to leave (a signal, a cut line); what had not left is not sent, and the run can be gone on with.
    Interrupted,
    /// The cloud or this machine does not allow it to go on; why, in plain words.
    Refused(Arc<str>),
    /// The cloud could not be reached; why, in plain words. Only where no operator can be asked.
    Unreachable(Arc<str>),
}
