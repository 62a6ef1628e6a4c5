//! A run's devices on their way: what is queued, which batch goes next, how a refused one is cut.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use crate::model::{Counts, EndReason, NewRun, OutcomeKind, RunId};

/// The most requests that finding the offending ids of one refused batch may cost, beside the batch's own. Enough to let
/// one id of 50 stand alone.
pub const MOST_EXTRA: u32 = 12;

/// Devices that travel in one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Unique within the run, and kept when it is sent again.
    pub number: u32,
    /// The number under which the journal knows its devices: its own, once it was taken to be sent.
    pub recorded: u32,
    /// Indices into the run's devices.
    pub devices: Vec<u32>,
    /// Requests with it that may have run.
    pub tries: u32,
    /// Tokens that were refused with it.
    pub refused_tokens: u32,
    /// When it may be sent again.
    pub not_before: Option<Instant>,
    /// The server's words, where a list with these devices in it was refused.
    pub refused: Option<Arc<str>>,
    /// The batch as which its devices were first sent.
    family: u32,
    /// The other half of a refused batch, which waits for what becomes of this one.
    held: Vec<u32>,
    /// As `recorded`, for those.
    held_recorded: u32,
    /// As `tries`, for those.
    held_tries: u32,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Batches are sent as the budget allows.
    Running,
    /// Waits for the operator.
    Paused,
    /// Nothing more is sent; what is in flight is awaited.
    Ending(EndReason),
    /// Its end is being recorded.
    Closing,
}

/// A run with what is left of it.
#[derive(Debug)]
pub struct Run {
    pub id: RunId,
    pub asked: NewRun,
    pub state: State,
    /// Batches that were taken out and have not come back.
    pub out: usize,
    /// Whether its end left something undone.
    pub cut_short: bool,
    /// Whether the cloud has answered for some devices as it should.
    pub good: bool,
    /// Whether a refused batch was cut as often as it may, and no part of it was taken.
    pub in_vain: bool,
    /// Devices that an earlier process sent to, and got no answer.
    pub uncertain: HashSet<u32>,
    kinds: Vec<OutcomeKind>,
    fresh: VecDeque<u32>,
    again: VecDeque<Batch>,
    next_batch: u32,
    extra: HashMap<u32, u32>,
}

impl Run {
    /// A run whose devices have these outcomes; those without a final one are queued.
    pub fn new(id: RunId, asked: NewRun, kinds: Vec<OutcomeKind>, next_batch: u32) -> Self {
        let queued = |&(_, kind): &(usize, &OutcomeKind)| !kind.is_final();
        let fresh = kinds.iter().enumerate().filter(queued).map(|(index, _)| index as u32).collect();
        let (again, extra) = (VecDeque::new(), HashMap::new());
        Self {
            id,
            asked,
            state: State::Running,
            out: 0,
            cut_short: false,
            good: false,
            in_vain: false,
            uncertain: HashSet::new(),
            kinds,
            fresh,
            again,
            next_batch,
            extra,
        }
    }

    /// Devices that wait for a request.
    pub fn waiting(&self) -> usize {
        self.fresh.len() + self.again.iter().map(|batch| batch.devices.len() + batch.held.len()).sum::<usize>()
    }

    /// Notes a device's outcome; says whether it is a new one.
    pub fn set(&mut self, device: u32, kind: OutcomeKind) -> bool {
        std::mem::replace(&mut self.kinds[device as usize], kind) != kind
    }

    /// How many devices have each outcome, for the log: `succeeded 40, failed 2`.
    pub fn counts_in_words(&self) -> String {
        words_of(self.kinds.iter().copied())
    }

    /// Whether a batch could be taken now.
    pub fn has_due(&self, now: Instant) -> bool {
        !self.fresh.is_empty() || self.again.iter().any(|batch| batch.is_due(now))
    }

    /// When the next batch that waits for its time may be taken.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        self.again.iter().filter_map(|batch| batch.not_before).filter(|&at| at > now).min()
    }

    /// Takes the next batch, of at most `size` devices: first what has to be sent again.
    pub fn take(&mut self, size: usize, now: Instant) -> Option<Batch> {
        let mut batch = match self.again.iter().position(|batch| batch.is_due(now)) {
            Some(index) => {
                let mut batch = self.again.remove(index)?;
                if batch.devices.len() > size {
                    let rest = batch.devices.split_off(size);
                    let (number, other) = (self.number(), self.number());
                    let rest =
                        Batch { number: other, devices: rest, held: std::mem::take(&mut batch.held), ..batch.clone() };
                    self.again.push_front(rest);
                    batch.number = number;
                }
                batch
            }
            None if self.fresh.is_empty() => return None,
            None => {
                let devices = self.fresh.drain(..size.min(self.fresh.len())).collect();
                let number = self.number();
                Batch {
                    number,
                    recorded: number,
                    devices,
                    tries: 0,
                    refused_tokens: 0,
                    not_before: None,
                    refused: None,
                    family: number,
                    held: Vec::new(),
                    held_recorded: number,
                    held_tries: 0,
                }
            }
        };
        batch.recorded = batch.number;
        self.out += 1;
        Some(batch)
    }

    /// Puts a batch back, to be sent before what was never sent.
    pub fn put_back(&mut self, batch: Batch) {
        self.again.push_front(batch);
    }

    /// Takes back everything that waits: batches of which a request may have run, and devices of which none has.
    pub fn clear(&mut self) -> (Vec<Batch>, Vec<u32>) {
        let waiting = std::mem::take(&mut self.again);
        let (mut tried, untried): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|batch| batch.tries > 0);
        let held = tried.iter_mut().filter_map(Batch::let_go).partition::<Vec<_>, _>(|half| half.tries > 0);
        tried.extend(held.0);
        // What waits for an untried batch is untried as well.
        let untried = untried.into_iter().chain(held.1).flat_map(|batch| batch.devices.into_iter().chain(batch.held));
        let mut devices: Vec<u32> = untried.chain(self.fresh.drain(..)).collect();
        devices.sort_unstable();
        self.cut_short |= !tried.is_empty() || !devices.is_empty();
        (tried, devices)
    }

    /// Whether requests may still leave.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Running | State::Paused)
    }

    /// Whether nothing waits and nothing is out.
    pub fn is_over(&self) -> bool {
        self.out == 0 && self.fresh.is_empty() && self.again.is_empty()
    }

    /// Cuts a batch that the cloud refused (400) in two; the second half waits for the first. False if it cannot be cut: it
    /// stands alone, or has cost as many requests as it may, or nothing of the run is taken at all.
    pub fn split(&mut self, batch: &Batch) -> bool {
        let extra = self.extra.entry(batch.family).or_default();
        let hopeless = self.in_vain && !self.good;
        if hopeless || batch.devices.len() < 2 || *extra + 2 > MOST_EXTRA {
            return false;
        }
        *extra += 2;
        let (first, second) = batch.devices.split_at(batch.devices.len().div_ceil(2));
        let (first, second) = (first.to_vec(), second.to_vec());
        let number = self.number();
        self.again.push_front(Batch {
            number,
            devices: first,
            held: second,
            held_recorded: batch.recorded,
            held_tries: batch.tries,
            ..batch.clone()
        });
        true
    }

    /// Cuts a batch that was too long into pieces of `size`.
    pub fn shrink(&mut self, batch: &Batch, size: usize) {
        for devices in batch.devices.rchunks(size) {
            let number = self.number();
            let piece = Batch { number, devices: devices.to_vec(), held: Vec::new(), ..batch.clone() };
            self.again.push_front(piece);
        }
    }

    /// Lets go of the half that waited for `batch`. Where the first half was answered as it should be, the offending ids are
    /// in the second, so that it need not be sent whole: it is cut at once. Gives it back if no more requests may be spent.
    pub fn release(&mut self, batch: &mut Batch, first_was_good: bool) -> Option<Batch> {
        let half = Batch { number: self.number(), ..batch.let_go()? };
        if first_was_good && half.devices.len() > 1 {
            if let Some(extra) = self.extra.get_mut(&half.family) {
                *extra -= 1;
            }
            return if self.split(&half) { None } else { Some(half) };
        }
        self.again.push_front(half);
        None
    }

    fn number(&mut self) -> u32 {
        self.next_batch += 1;
        self.next_batch - 1
    }
}

/// How many there are of each kind: `succeeded 40, failed 2`.
pub fn words_of(kinds: impl Iterator<Item = OutcomeKind>) -> String {
    let counts: Counts = kinds.collect();
    let words = OutcomeKind::ALL.into_iter().filter(|&kind| counts.of(kind) > 0);
    words.map(|kind| format!("{} {}", kind.word(), counts.of(kind))).collect::<Vec<_>>().join(", ")
}

impl Batch {
    /// The half that waits for this one, as a batch of its own.
    fn let_go(&mut self) -> Option<Self> {
        let devices = std::mem::take(&mut self.held);
        let (recorded, tries) = (self.held_recorded, self.held_tries);
        let half = Self { recorded, tries, devices, not_before: None, ..self.clone() };
        (!half.devices.is_empty()).then_some(half)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }
}
