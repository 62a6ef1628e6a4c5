//! A device, and what intake found of it in one place.

use super::{Action, Few, Hwid, Id, IdMode, Labels, Mac, OutcomeKind, RunId, SourceId};

/// Where a device was read: line `line` (1-based; a spreadsheet's row) of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The file, paste or argument.
    pub source: SourceId,
    /// 1-based.
    pub line: u32,
}

/// Why a text that could be either id was taken for the one that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReadAs {
    /// Only one reading was possible.
    #[default]
    Plain,
    /// Twelve hex digits, read as a MAC because nothing said HWID.
    BareMac,
    /// Twelve hex digits, read as an HWID because the column, key, prefix or ID mode said so.
    BareHwid,
}

/// What one row of a table, one line or one spot of a text says of one device. It has at least one id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Every usable MAC, the one to be sent first.
    pub macs: Few<Mac>,
    /// The cloud's id.
    pub hwid: Option<Hwid>,
    /// What people call it.
    pub labels: Labels,
    /// Line in the source, 1-based.
    pub line: u32,
    /// How an ambiguous text was read.
    pub read_as: ReadAs,
    /// Of an ambiguous text read as a MAC: which of its twelve digits were written as capitals (bit 0 the first), since
    /// an HWID keeps its case.
    pub capitals: u16,
}

/// One thing that intake has to tell, in the order of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// What follows stands in the sheet of this name, not yet made safe for a terminal. A workbook of one
    /// sheet need not say so; each sheet counts its lines from 1.
    Sheet(Box<str>),
    /// A device.
    Row(Row),
    /// A row, line or spot that should be a device and is not.
    Unreadable {
        /// Line in the source, 1-based.
        line: u32,
        /// The text, as it stood there, at most 200 characters, not yet made safe for a terminal.
        text: Box<str>,
        /// Why, in plain words.
        reason: Box<str>,
    },
}

/// Why a device cannot be sent in an ID mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSendable {
    /// The source named no MAC.
    #[error("no MAC")]
    NoMac,
    /// The source named no HWID.
    #[error("no HWID")]
    NoHwid,
}

/// What became of a device in the newest run that it took part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastOutcome {
    /// The run.
    pub run: RunId,
    /// Its action.
    pub action: Action,
    /// The device's outcome in it.
    pub kind: OutcomeKind,
}

/// One device of the list: all that its rows said, united.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Every usable MAC, the one to be sent first.
    pub macs: Few<Mac>,
    /// The cloud's id.
    pub hwid: Option<Hwid>,
    /// What people call it.
    pub labels: Labels,
    /// Every place where it was read, in order; never empty.
    pub origins: Few<Origin>,
    /// How an ambiguous text was read.
    pub read_as: ReadAs,
    /// Of an ambiguous text read as a MAC: which of its twelve digits were written as capitals (bit 0 the first).
    pub capitals: u16,
    /// Whether it is chosen for the next run.
    pub selected: bool,
    /// What most devices of a list have not.
    pub(super) rare: Option<Box<Rare>>,
}

/// What most devices of a list have not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rare {
    contradiction: Option<Box<str>>,
    last: Option<LastOutcome>,
}

/// Stands behind the MAC that rows name with two HWIDs.
pub(super) const DISPUTED: &str = "is named with HWID";

/// Nothing is added to a contradiction of more bytes than this.
const MOST_SAID: usize = 400;

impl Device {
    /// What the rows say against each other, in plain words.
    #[must_use]
    pub fn contradiction(&self) -> Option<&str> {
        self.rare.as_ref()?.contradiction.as_deref()
    }

    /// Whether a row named the device with a MAC that is another device's, and it has no other one.
    #[must_use]
    pub fn lacks_disputed_mac(&self) -> bool {
        self.macs.is_empty() && self.contradiction().is_some_and(|words| words.contains(DISPUTED))
    }

    pub(super) fn set_contradiction(&mut self, contradiction: Option<Box<str>>) {
        self.change_rare(|rare| rare.contradiction = contradiction);
    }

    /// Adds the words to what is said against the device, unless they are there or too much is; whether it did.
    pub(super) fn contradict(&mut self, words: &str) -> bool {
        let after = match self.contradiction() {
            Some(known) if known.len() > MOST_SAID => return false,
            // A name may be the beginning of another.
            Some(known) if format!("; {known}; ").to_lowercase().contains(&format!("; {words}; ").to_lowercase()) => {
                return false;
            }
            Some(known) => format!("{known}; {words}"),
            None => words.to_owned(),
        };
        self.set_contradiction(Some(after.into()));
        true
    }

    /// The newest run's outcome.
    #[must_use]
    pub fn last(&self) -> Option<LastOutcome> {
        self.rare.as_ref()?.last
    }

    /// Remembers the newest run's outcome, or that there is none.
    pub fn set_last(&mut self, last: Option<LastOutcome>) {
        self.change_rare(|rare| rare.last = last);
    }

    fn change_rare(&mut self, change: impl FnOnce(&mut Rare)) {
        let mut rare = self.rare.take().unwrap_or_default();
        change(&mut rare);
        self.rare = Some(rare).filter(|rare| **rare != Rare::default());
    }

    /// The MAC that is sent in ID mode MAC.
    #[must_use]
    pub fn mac(&self) -> Option<Mac> {
        self.macs.first().copied()
    }

    /// The id that is sent in `mode`, or why there is none.
    pub fn id(&self, mode: IdMode) -> Result<Id, NotSendable> {
        match mode {
            IdMode::Mac => self.mac().map(Id::Mac).ok_or(NotSendable::NoMac),
            IdMode::Hwid => self.hwid.clone().map(Id::Hwid).ok_or(NotSendable::NoHwid),
        }
    }

    /// Whether the device can be sent in `mode`.
    #[must_use]
    pub fn sendable(&self, mode: IdMode) -> bool {
        match mode {
            IdMode::Mac => !self.macs.is_empty(),
            IdMode::Hwid => self.hwid.is_some(),
        }
    }

    /// Host name, user and note, as far as known, with one space between. Not yet made safe for a terminal.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = String::new();
        for part in self.labels.all().into_iter().flatten() {
            label.push_str(if label.is_empty() { "" } else { " " });
            label.push_str(part);
        }
        label
    }
}
