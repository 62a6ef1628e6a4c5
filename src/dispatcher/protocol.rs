//! What the console and the dispatcher say to each other.

use std::sync::Arc;

use crate::limiter::BudgetView;
use crate::model::{EndReason, NewRun, Outcome, ResumedRun, RunId};

/// The sender's own number of a request to start a run, given back with the run's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(pub u64);

/// From the console to the dispatcher.
#[derive(Clone, Debug)]
pub enum Command {
    /// Start a run. Answered by `Event::Accepted` or `Event::Rejected`.
    Start {
        /// Given back in the answer.
        ticket: Ticket,
        /// What to do.
        run: NewRun,
    },
    /// Go on with a run of an earlier process. Answered like `Start`, with the run's old number.
    Resume {
        /// Given back in the answer.
        ticket: Ticket,
        /// What is left to do.
        run: Box<ResumedRun>,
    },
    /// Stop a run: what is in flight is awaited, the rest is not sent.
    Stop(RunId),
    /// Go on with a run that paused because the cloud could not be reached.
    Continue(RunId),
    /// Send nothing more, await what is in flight, then end: the event channel closes. The runs stay open in the journal, to
    /// be gone on with.
    Shutdown,
}

/// From the dispatcher to the console.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run is recorded and queued.
    Accepted {
        /// As in `Command::Start`.
        ticket: Ticket,
        /// The run's number from now on.
        run: RunId,
    },
    /// The run could not be begun: nothing was sent.
    Rejected {
        /// As in `Command::Start`.
        ticket: Ticket,
        /// Why, in plain words.
        why: Arc<str>,
    },
    /// Outcomes of a run's devices changed (queued, in flight and back to queued as well). Already in the journal.
    Outcomes {
        /// The run.
        run: RunId,
        /// Index into `NewRun::devices`, and the new outcome.
        changes: Vec<(u32, Outcome)>,
    },
    /// The run waits for the operator: the cloud cannot be reached.
    Paused {
        /// The run.
        run: RunId,
        /// Why, in plain words.
        why: Arc<str>,
    },
    /// A paused run goes on.
    Continued(RunId),
    /// Nothing more will happen in this run. Every device has a final outcome.
    Ended {
        /// The run.
        run: RunId,
        /// Why it is over.
        why: EndReason,
    },
    /// The budget changed.
    Budget(BudgetView),
    /// Something worth a line on screen: a retry, a renewed token, a 429 and how long it makes us wait.
    Notice(Arc<str>),
}

impl Event {
    /// What kind of event it is, for the log.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Outcomes { .. } => "outcomes",
            Self::Paused { .. } => "paused",
            Self::Continued(_) => "continued",
            Self::Ended { .. } => "ended",
            Self::Budget(_) => "budget",
            Self::Notice(_) => "notice",
        }
    }
}

/// The two channels to a dispatcher.
#[derive(Debug)]
pub struct Link {
    /// To it. Dropped, it means `Command::Shutdown`.
    pub commands: tokio::sync::mpsc::UnboundedSender<Command>,
    /// From it. Closes when it has ended.
    pub events: tokio::sync::mpsc::UnboundedReceiver<Event>,
}
