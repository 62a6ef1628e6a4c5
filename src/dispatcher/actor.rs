//! The task that holds every run and decides what is sent next. What it does about answers is in `answers`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::batch::{Run, State};
use super::decide;
use super::jobs::{Jobs, News, Request};
use super::{Command, Event, Setup, Ticket, Unreachable};
use crate::client::{ClientError, TokenNumber};
use crate::limiter::{BudgetView, Permit, Seen, StoreError, Wait};
use crate::model::{EndReason, NewRun, Outcome, OutcomeKind, ResumedRun, RunId};

/// How long the cloud is tried before a run pauses.
const PATIENCE: Duration = Duration::from_secs(30);

/// The next slot.
#[derive(Debug)]
enum Gate {
    /// Nobody wants one.
    Idle,
    /// A job asks for one.
    Asking,
    /// None is free.
    Waiting(Wait),
}

/// The cloud gives no answer.
#[derive(Debug)]
pub(super) struct Outage {
    since: Instant,
    tries: u32,
    next: Instant,
}

pub struct Actor {
    pub(super) jobs: Jobs,
    orders: Option<mpsc::UnboundedReceiver<Command>>,
    events: mpsc::UnboundedSender<Event>,
    news: mpsc::UnboundedReceiver<News>,
    pub(super) seen: watch::Receiver<Seen>,
    shown: Option<BudgetView>,
    pub(super) runs: BTreeMap<RunId, Entry>,
    gate: Gate,
    pub(super) outage: Option<Outage>,
    /// The longest list that the cloud is known to take, as far as it has refused longer ones.
    pub(super) longest_list: usize,
    beginning: usize,
    fetching: bool,
    looking: usize,
    /// The ledger could not be read: it is not looked at again before it was used.
    blind: bool,
}

pub(super) struct Entry {
    pub run: Run,
    pub stopped: watch::Sender<bool>,
}

impl Actor {
    pub fn new(setup: Setup, orders: mpsc::UnboundedReceiver<Command>, events: mpsc::UnboundedSender<Event>) -> Self {
        let (tell, news) = mpsc::unbounded_channel();
        Self {
            seen: setup.limiter.seen(),
            longest_list: setup.batch_size.max(1),
            jobs: Jobs { setup, news: tell },
            orders: Some(orders),
            events,
            news,
            shown: None,
            runs: BTreeMap::new(),
            gate: Gate::Idle,
            outage: None,
            beginning: 0,
            fetching: false,
            looking: 0,
            blind: false,
        }
    }

    pub async fn run(mut self) {
        self.look();
        while !self.is_done() {
            self.go_on();
            let wait = if let Gate::Waiting(wait) = self.gate { Some(wait) } else { None };
            let limiter = self.jobs.setup.limiter.clone();
            let (due, changes) = (self.next_due(), self.next_look());
            tokio::select! {
                order = receive(&mut self.orders) => self.obey(order.unwrap_or(Command::Shutdown)),
                Some(news) = self.news.recv() => self.hear(news),
                Ok(()) = self.seen.changed() => self.show_budget(),
                () = async { limiter.wait(wait.expect("guarded")).await }, if wait.is_some() => self.gate = Gate::Idle,
                () = async { sleep_until(due.expect("guarded")).await }, if due.is_some() => {}
                () = async { sleep_until(changes.expect("guarded")).await }, if changes.is_some() => self.look(),
            }
        }
    }

    fn is_done(&self) -> bool {
        let idle = self.runs.is_empty() && self.beginning == 0 && !self.fetching && self.looking == 0;
        self.orders.is_none() && idle && !matches!(self.gate, Gate::Asking)
    }

    pub(super) fn tell(&self, event: Event) {
        tracing::trace!(kind = event.kind(), "told");
        // A console that has gone does not stop a run.
        let _ = self.events.send(event);
    }

    pub(super) fn notice(&self, words: impl Into<Arc<str>>) {
        self.tell(Event::Notice(words.into()));
    }

    // Orders

    fn obey(&mut self, order: Command) {
        match order {
            Command::Start { ticket, run } => {
                if let Some(why) = refusal(&run) {
                    self.tell(Event::Rejected { ticket, why });
                } else {
                    self.beginning += 1;
                    self.jobs.begin(ticket, run);
                }
            }
            Command::Resume { ticket, run } => self.resume(ticket, *run),
            Command::Stop(run) => self.end(run, EndReason::Stopped),
            Command::Continue(run) => self.go_on_with(run),
            Command::Shutdown => {
                self.orders = None;
                self.end_all(&EndReason::Interrupted);
            }
        }
    }

    fn resume(&mut self, ticket: Ticket, resumed: ResumedRun) {
        let ResumedRun { id, run, outcomes, uncertain, next_batch } = resumed;
        let why = if self.runs.contains_key(&id) {
            Some("the run is going on already".into())
        } else if outcomes.len() != run.devices.len() {
            Some("the record of the run is not whole".into())
        } else {
            refusal(&run)
        };
        if let Some(why) = why {
            return self.tell(Event::Rejected { ticket, why });
        }
        let kinds = outcomes.iter().map(|outcome| outcome.kind).collect();
        let mut run = Run::new(id, run, kinds, next_batch);
        run.uncertain = uncertain.into_iter().collect();
        self.accept(ticket, run);
    }

    fn accept(&mut self, ticket: Ticket, run: Run) {
        let id = run.id;
        let (action, by) = (run.asked.action.name(), run.asked.id_mode.name());
        let (devices, waiting, excluded) = (run.asked.devices.len(), run.waiting(), run.asked.excluded.len());
        tracing::info!(run = id.0, action, by, devices, waiting, excluded, "a run begins");
        self.tell(Event::Accepted { ticket, run: id });
        self.runs.insert(id, Entry { run, stopped: watch::Sender::new(false) });
        if self.orders.is_none() {
            self.end(id, EndReason::Interrupted);
        }
        self.close_if_over(id);
    }

    fn go_on_with(&mut self, id: RunId) {
        let Some(entry) = self.runs.get_mut(&id) else { return };
        if entry.run.state == State::Paused {
            entry.run.state = State::Running;
            self.outage = None;
            self.tell(Event::Continued(id));
            self.close_if_over(id);
        }
    }

    // What may happen next

    fn go_on(&mut self) {
        let wants = self.wants();
        match self.gate {
            Gate::Idle if wants => {
                self.gate = Gate::Asking;
                self.jobs.ask();
            }
            Gate::Waiting(_) if !wants => self.gate = Gate::Idle,
            _ => {}
        }
    }

    /// Whether a request could leave if there were a slot.
    fn wants(&self) -> bool {
        let now = Instant::now();
        // While the cloud gives no answer, one request at a time finds out whether it does again.
        let (open, most) = match &self.outage {
            Some(outage) => (outage.next <= now, 1),
            None => (true, self.jobs.setup.in_flight.max(1)),
        };
        // A batch is out until what became of it is recorded.
        let out: usize = self.runs.values().map(|entry| entry.run.out).sum();
        open && !self.fetching && out < most && self.next_run(now).is_some()
    }

    /// The run that is nearest to its end; of two alike the older one.
    fn next_run(&self, now: Instant) -> Option<RunId> {
        let runs = self.runs.values().map(|entry| &entry.run);
        let due = runs.filter(|run| run.state == State::Running && run.has_due(now));
        due.min_by_key(|run| (run.waiting(), run.id)).map(|run| run.id)
    }

    /// When something may be sent that waits for its time.
    fn next_due(&self) -> Option<Instant> {
        let now = Instant::now();
        let runs = self.runs.values().map(|entry| &entry.run).filter(|run| run.state == State::Running);
        let batches = runs.clone().filter_map(|run| run.next_due(now)).min();
        let outage = self.outage.as_ref().map(|outage| outage.next).filter(|&next| next > now && runs.count() > 0);
        batches.into_iter().chain(outage).min()
    }

    // The budget

    fn look(&mut self) {
        self.looking += 1;
        self.jobs.look();
    }

    /// When the budget changes by itself, so that it is looked at once. None while all of it is free.
    fn next_look(&self) -> Option<Instant> {
        let waits = matches!(self.gate, Gate::Waiting(_) | Gate::Asking);
        if waits || self.blind || self.looking > 0 || self.orders.is_none() { None } else { self.seen.borrow().changes }
    }

    fn show_budget(&mut self) {
        self.blind = false;
        let view = self.seen.borrow_and_update().view.clone();
        if self.shown.as_ref() != Some(&view) {
            self.shown = Some(view.clone());
            self.tell(Event::Budget(view));
        }
    }

    fn grant(&mut self, permit: Permit) {
        if !self.wants() {
            self.looking += 1;
            return self.jobs.give_back(permit);
        }
        let Some(token) = self.jobs.setup.client.token() else {
            self.fetching = true;
            return self.jobs.fetch_token(permit);
        };
        let now = Instant::now();
        let chosen = self.next_run(now).and_then(|id| {
            let entry = self.runs.get_mut(&id)?;
            Some((entry.run.take(self.longest_list, now)?, entry))
        });
        let Some((batch, entry)) = chosen else {
            self.looking += 1;
            return self.jobs.give_back(permit);
        };
        let run = &entry.run.asked;
        let ids = batch.devices.iter().filter_map(|&device| run.devices[device as usize].id(run.id_mode)).collect();
        let stopped = entry.stopped.subscribe();
        let request = Request { run: entry.run.id, action: run.action, mode: run.id_mode, ids, stopped };
        self.jobs.send(permit, token, batch, request);
    }

    // What the jobs report

    fn hear(&mut self, news: News) {
        match news {
            News::Begun { ticket, run, result } => {
                self.beginning -= 1;
                match result {
                    Ok(id) => {
                        let kinds = vec![OutcomeKind::Queued; run.devices.len()];
                        self.accept(ticket, Run::new(id, run, kinds, 0));
                    }
                    Err(error) => self.tell(Event::Rejected { ticket, why: error.to_string().into() }),
                }
            }
            News::Asked(asked) => {
                self.gate = Gate::Idle;
                match asked {
                    Ok(Ok(permit)) => self.grant(permit),
                    Ok(Err(wait)) => {
                        let seconds = wait.until.saturating_duration_since(Instant::now()).as_secs_f64();
                        tracing::info!(seconds, "waits for the limit");
                        self.gate = Gate::Waiting(wait);
                    }
                    Err(error) => self.end_all(&EndReason::Refused(error.to_string().into())),
                }
            }
            News::Looked(result) => {
                self.looking -= 1;
                if self.shown.is_none() {
                    self.show_budget();
                }
                if let Err(error) = result {
                    self.blind = true;
                    self.notice(error.to_string());
                }
            }
            News::Token { result, kept } => {
                self.fetching = false;
                self.check_kept(kept);
                self.hear_token(result);
            }
            News::Left { run, devices } => {
                let changes = devices.into_iter().map(|device| (device, Outcome::plain(OutcomeKind::InFlight)));
                self.change(run, changes.collect());
            }
            News::Came { run, batch, came } => {
                self.hear_answer(run, batch, came);
            }
            News::Recorded { run, batch, what, result } => {
                self.recorded(run, batch, what, result);
            }
            News::Closed { run, why, result } => {
                if let Some(entry) = self.runs.remove(&run) {
                    tracing::info!(run = run.0, counts = %entry.run.counts_in_words(), end = ?why, "a run ended");
                }
                if self.runs.is_empty() {
                    // The patience of the next run is its own.
                    self.outage = None;
                }
                if let Err(error) = result {
                    self.notice(error.to_string());
                }
                self.tell(Event::Ended { run, why });
            }
        }
    }

    pub(super) fn check_kept(&self, kept: Result<(), StoreError>) {
        // The slot ends by itself, later than it would have.
        if let Err(error) = kept {
            self.notice(error.to_string());
        }
    }

    fn hear_token(&mut self, result: Result<TokenNumber, ClientError>) {
        match result {
            Ok(_) => self.outage = None,
            Err(ClientError::Unreachable(why) | ClientError::NoAnswer(why)) => self.no_answer(&why),
            // The ledger knows how long to wait.
            Err(ClientError::OverLimit(_)) => self.notice(self.over_limit()),
            Err(error) => self.end_all(&EndReason::Refused(error.to_string().into())),
        }
    }

    /// The cloud cannot be reached, or gives no token.
    pub(super) fn no_answer(&mut self, why: &Arc<str>) {
        let now = Instant::now();
        let outage = self.outage.get_or_insert(Outage { since: now, tries: 0, next: now });
        if outage.next > now {
            // Another request has said so already.
            return;
        }
        outage.tries += 1;
        if now.duration_since(outage.since) < PATIENCE {
            outage.next = (now + decide::pause(outage.tries)).min(outage.since + PATIENCE);
            if outage.tries == 1 {
                self.notice(format!("{why}; trying again"));
            }
            return;
        }
        self.outage = None;
        if self.jobs.setup.unreachable == Unreachable::End {
            return self.end_all(&EndReason::Unreachable(Arc::clone(why)));
        }
        let mut paused = Vec::new();
        for (&id, entry) in self.runs.iter_mut().filter(|(_, entry)| entry.run.state == State::Running) {
            entry.run.state = State::Paused;
            paused.push(id);
        }
        for run in paused {
            self.tell(Event::Paused { run, why: Arc::clone(why) });
        }
    }

    fn end_all(&mut self, why: &EndReason) {
        for run in self.runs.keys().copied().collect::<Vec<_>>() {
            self.end(run, why.clone());
        }
    }
}

async fn receive(orders: &mut Option<mpsc::UnboundedReceiver<Command>>) -> Option<Command> {
    match orders {
        Some(orders) => orders.recv().await,
        None => std::future::pending().await,
    }
}

/// Why a run cannot be begun.
fn refusal(run: &NewRun) -> Option<Arc<str>> {
    if run.devices.is_empty() {
        return Some("there is no device to send to".into());
    }
    let without_id = run.devices.iter().filter(|device| device.id(run.id_mode).is_none()).count();
    (without_id > 0).then(|| format!("{without_id} devices have no {}", run.id_mode).into())
}
