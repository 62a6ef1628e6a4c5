//! What the console is about: devices, actions, runs and outcomes. Data and its rules, no input or output.

mod action;
mod device;
mod few;
mod id;
mod labels;
mod list;
mod run;
pub mod text;

pub use action::Action;
pub use device::{Device, Found, LastOutcome, NotSendable, Origin, ReadAs, Row};
pub use few::Few;
pub use id::{Hwid, Id, IdMode, Mac, NotADevice, NotAnId};
pub use labels::Labels;
pub use list::{DeviceList, LoadReport, Pushed, Source, SourceId, Undone, Unreadable};
pub use run::{Counts, EndReason, Excluded, NewRun, Outcome, OutcomeKind, ResumedRun, RunDevice, RunId};
