//! The runs of this session as the screen knows them.

use std::sync::Arc;

use crate::dispatcher::Ticket;
use crate::model::{
    Action, Counts, EndReason, Excluded, IdMode, NewRun, Outcome, OutcomeKind, ResumedRun, RunDevice, RunId,
};

use super::list_state::ListState;
use super::theme::Theme;
use super::words::{count, counted};

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Given to the dispatcher, not yet accepted.
    Asked,
    /// On.
    Running,
    /// The operator asked it to stop; what is in flight is awaited.
    Stopping,
    /// The cloud cannot be reached; why.
    Paused(Arc<str>),
    /// Over; why.
    Ended(EndReason),
}

/// Whether `n` stops at it: it failed, or nobody knows.
#[must_use]
pub fn is_problem(kind: OutcomeKind) -> bool {
    matches!(kind, OutcomeKind::Failed | OutcomeKind::Unknown)
}

/// One run: its devices and what became of each.
#[derive(Debug)]
pub struct RunState {
    /// The console's own number of it.
    pub ticket: Ticket,
    /// The run's number, once it is accepted.
    pub id: Option<RunId>,
    /// Its action.
    pub action: Action,
    /// Its ID mode.
    pub id_mode: IdMode,
    /// Why it was sent, in the operator's words.
    pub reason: Option<String>,
    /// Its devices.
    pub devices: Arc<[RunDevice]>,
    /// What was chosen and could not be sent.
    pub excluded: Arc<[Excluded]>,
    /// One a device.
    pub outcomes: Vec<Outcome>,
    /// How many have which outcome.
    pub counts: Counts,
    /// Where it stands.
    pub phase: Phase,
    /// Only devices with this outcome are shown.
    pub filter: Option<OutcomeKind>,
    /// The indices of the devices that are shown.
    pub shown: Vec<u32>,
    /// Cursor and scroll position within `shown`.
    pub list: ListState,
}

impl RunState {
    /// A run at its start.
    #[must_use]
    pub fn new(ticket: Ticket, run: &NewRun) -> Self {
        let devices = run.devices.len();
        Self {
            ticket,
            id: None,
            action: run.action,
            id_mode: run.id_mode,
            reason: run.reason.clone(),
            devices: Arc::clone(&run.devices),
            excluded: Arc::clone(&run.excluded),
            outcomes: vec![Outcome::plain(OutcomeKind::Queued); devices],
            counts: Counts::queued(devices),
            phase: Phase::Asked,
            filter: None,
            shown: (0..devices as u32).collect(),
            list: ListState::default(),
        }
    }

    /// A run of an earlier console that goes on.
    #[must_use]
    pub fn resumed(ticket: Ticket, resumed: &ResumedRun) -> Self {
        let outcomes = resumed.outcomes.clone();
        let counts = outcomes.iter().map(|outcome| outcome.kind).collect();
        Self { id: Some(resumed.id), outcomes, counts, ..Self::new(ticket, &resumed.run) }
    }

    /// Whether something may still happen in it.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.phase, Phase::Ended(_))
    }

    /// Takes the new outcomes in.
    pub fn change(&mut self, changes: &[(u32, Outcome)]) {
        for (index, outcome) in changes {
            if let Some(old) = self.outcomes.get_mut(*index as usize) {
                self.counts.change(old.kind, outcome.kind);
                old.clone_from(outcome);
            }
        }
        if self.filter.is_some() {
            self.refilter();
        }
    }

    /// Shows one outcome only, or all; the cursor stays on its device if that is still shown.
    pub fn show_only(&mut self, filter: Option<OutcomeKind>) {
        self.filter = filter;
        self.refilter();
    }

    fn refilter(&mut self) {
        let at = self.shown.get(self.list.cursor).copied();
        let filter = self.filter;
        let outcomes = &self.outcomes;
        self.shown = (0..outcomes.len() as u32)
            .filter(|&index| filter.is_none_or(|kind| outcomes[index as usize].kind == kind))
            .collect();
        self.list.cursor = at.map_or(0, |at| self.shown.partition_point(|&index| index < at));
        self.list.clamp(self.shown.len());
    }

    /// The outcome filter after this one: all, then each outcome that some device has, problems first.
    #[must_use]
    pub fn next_filter(&self) -> Option<OutcomeKind> {
        use OutcomeKind::{Failed, InFlight, NotSent, Queued, Succeeded, Unknown};
        let order = [Failed, Unknown, NotSent, Succeeded, InFlight, Queued];
        let start = self.filter.and_then(|kind| order.iter().position(|&other| other == kind)).map_or(0, |at| at + 1);
        order[start..].iter().copied().find(|&kind| self.counts.of(kind) > 0)
    }

    /// The places in `shown` of what failed or is unknown.
    #[must_use]
    pub fn problems(&self) -> Vec<usize> {
        let kind = |index: u32| self.outcomes[index as usize].kind;
        let rows = self.shown.iter().enumerate();
        rows.filter(|&(_, &index)| is_problem(kind(index))).map(|(row, _)| row).collect()
    }

    /// The device under the cursor, its index and outcome.
    #[must_use]
    pub fn current(&self) -> Option<(&RunDevice, &Outcome)> {
        let index = *self.shown.get(self.list.cursor)? as usize;
        Some((&self.devices[index], &self.outcomes[index]))
    }

    /// The devices with one of these outcomes.
    #[must_use]
    pub fn with_outcome(&self, kinds: &[OutcomeKind]) -> Vec<RunDevice> {
        let pairs = self.devices.iter().zip(&self.outcomes);
        pairs.filter(|(_, outcome)| kinds.contains(&outcome.kind)).map(|(device, _)| device.clone()).collect()
    }

    /// What was asked for.
    #[must_use]
    pub fn as_new(&self) -> NewRun {
        NewRun {
            action: self.action,
            id_mode: self.id_mode,
            devices: Arc::clone(&self.devices),
            excluded: Arc::clone(&self.excluded),
            reason: self.reason.clone(),
        }
    }

    /// What became of it: `run 42: 38 of 40 devices exempted, 1 failed, 1 unknown`, and why it ended early.
    #[must_use]
    pub fn sentence(&self) -> String {
        let name = self.id.map_or_else(|| "run".to_owned(), |id| format!("run {id}"));
        let succeeded = count(self.counts.of(OutcomeKind::Succeeded));
        let all = counted(self.counts.total(), "device");
        let mut text = format!("{name}: {succeeded} of {all} {}", self.action.done());
        for kind in OutcomeKind::ALL.into_iter().filter(|&kind| kind != OutcomeKind::Succeeded) {
            if self.counts.of(kind) > 0 {
                text = format!("{text}, {} {}", count(self.counts.of(kind)), kind.word());
            }
        }
        match &self.phase {
            Phase::Ended(EndReason::Refused(why) | EndReason::Unreachable(why)) => format!("{text}: {why}"),
            _ => text,
        }
    }

    /// What a window's title says of it: `gears 31/40 ✗2 ?1`.
    #[must_use]
    pub fn title(&self, theme: Theme) -> String {
        let mut title = format!("gears {}/{}", self.counts.finished(), self.counts.total());
        for kind in [OutcomeKind::Failed, OutcomeKind::Unknown, OutcomeKind::NotSent] {
            if self.counts.of(kind) > 0 {
                title = format!("{title} {}{}", theme.symbol(kind), self.counts.of(kind));
            }
        }
        title
    }

    /// `run 42 exempt_all`, or without the number while it has none.
    #[must_use]
    pub fn name(&self) -> String {
        match self.id {
            Some(id) => format!("run {id} {}", self.action),
            None => format!("run {}", self.action),
        }
    }
}
