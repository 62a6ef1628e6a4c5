//! What the actor does about answers, and how a run comes to its end.

use std::sync::Arc;

use tokio::time::Instant;

use super::Event;
use super::actor::Actor;
use super::batch::{Batch, State, words_of};
use super::decide::{self, Step};
use super::jobs::{Came, Record, Then};
use crate::client::Verdict;
use crate::journal::{AnswerNote, JournalError};
use crate::model::{EndReason, Outcome, OutcomeKind, RunId};

/// Why a device is unknown of which a later request did nothing.
const EARLIER: &str = "an earlier request left, and no answer came";

impl Actor {
    /// A batch's request is over: decides what it means, and has that recorded.
    pub(super) fn hear_answer(&mut self, id: RunId, mut batch: Batch, came: Came) {
        let (verdict, token, note, kept) = match came {
            Came::Verdict { verdict, token, note, kept } => (verdict, token, note, kept),
            Came::Stayed => return self.returned(id, batch, Then::Again, AnswerNote::default()),
            Came::Unrecorded(why) => {
                let why = format!("nothing is sent that cannot be recorded: {why}");
                self.put_back(id, batch);
                self.end(id, EndReason::Refused(why.into()));
                return;
            }
        };
        self.check_kept(kept);
        let Some(entry) = self.runs.get(&id) else { return };
        let good = matches!(verdict, Verdict::Numbers(_));
        let step = decide::decide(&batch, entry.run.asked.id_mode, verdict);
        if !matches!(step, Step::Unreachable(_)) {
            self.outage = None;
        }
        match step {
            Step::Settle(outcomes) => self.jobs.record(id, batch, Record::Outcomes { outcomes, good }, note),
            Step::Retry(why) => self.retry(id, batch, &why, note),
            Step::Again => {
                self.notice(self.over_limit());
                self.returned(id, batch, Then::Again, note);
            }
            Step::Renew(why) => {
                batch.refused_tokens += 1;
                if self.jobs.setup.client.forget_token(token) {
                    self.notice(format!("{why}; renewing it"));
                } else {
                    self.end(id, EndReason::Refused(why));
                }
                self.returned(id, batch, Then::Again, note);
            }
            Step::Unreachable(why) => {
                self.no_answer(&why);
                self.returned(id, batch, Then::Again, note);
            }
            Step::Split(why) => {
                batch.refused = Some(why);
                self.returned(id, batch, Then::Split, note);
            }
            Step::Shrink(why) => {
                let size = batch.devices.len().div_ceil(2);
                if size < self.longest_list {
                    self.longest_list = size;
                    self.notice(format!("{why}; from now on at most {size} devices in a request"));
                }
                self.returned(id, batch, Then::Shrink, note);
            }
            Step::End(why) => {
                self.end(id, EndReason::Refused(why));
                self.returned(id, batch, Then::Again, note);
            }
        }
    }

    /// The answer did not come, and the batch may be sent again.
    fn retry(&mut self, id: RunId, mut batch: Batch, why: &Arc<str>, note: AnswerNote) {
        batch.tries += 1;
        let Some(entry) = self.runs.get_mut(&id) else { return };
        if entry.run.is_open() {
            batch.not_before = Some(Instant::now() + decide::pause(batch.tries));
            self.put_back(id, batch);
            self.notice(format!("{why}; trying again"));
        } else {
            entry.run.cut_short = true;
            let outcomes = decide::all(&batch, OutcomeKind::Unknown, why);
            self.jobs.record(id, batch, Record::Outcomes { outcomes, good: false }, note);
        }
    }

    /// This request with the batch has not run.
    fn returned(&mut self, id: RunId, batch: Batch, then: Then, note: AnswerNote) {
        if batch.tries == 0 {
            self.jobs.record(id, batch, Record::Returned(then), note);
        } else {
            // An earlier one may have: in the journal it stays sent.
            self.recorded(id, batch, Record::Returned(then), Ok(()));
        }
    }

    /// What has become of a batch is recorded, or cannot be: it goes where it belongs now.
    pub(super) fn recorded(&mut self, id: RunId, mut batch: Batch, what: Record, result: Result<(), JournalError>) {
        let longest = self.longest_list;
        let Some(entry) = self.runs.get_mut(&id) else { return };
        let run = &mut entry.run;
        run.out -= 1;
        let mut left_over = None;
        match what {
            Record::Outcomes { outcomes, good } => {
                let counts = words_of(outcomes.iter().map(|(_, outcome)| outcome.kind));
                tracing::info!(run = id.0, batch = batch.number, counts, "outcomes of a batch");
                run.good |= good;
                left_over = run.release(&mut batch, good);
                self.change(id, outcomes);
            }
            Record::Returned(then) => {
                tracing::info!(run = id.0, batch = batch.number, ?then, "a batch has not run");
                let queued =
                    batch.devices.iter().map(|&device| (device, Outcome::plain(OutcomeKind::Queued))).collect();
                match then {
                    Then::Split if run.is_open() => {
                        run.release(&mut batch, false);
                        if !run.split(&batch) {
                            left_over = Some(batch);
                        }
                    }
                    Then::Shrink if run.is_open() => {
                        run.release(&mut batch, false);
                        run.shrink(&batch, longest);
                    }
                    Then::Again | Then::Split | Then::Shrink => run.put_back(batch),
                }
                if left_over.is_none() {
                    self.change(id, queued);
                }
            }
        }
        if let Some(batch) = left_over {
            self.give_up(id, batch);
        }
        self.jobs.setup.journal.take_notices().into_iter().for_each(|words| self.notice(words));
        if let Err(error) = result {
            let why = format!("what became of the devices cannot be recorded: {error}");
            self.end(id, EndReason::Refused(why.into()));
        }
        self.close_if_over(id);
    }

    /// The cloud refuses a list that is not cut any further.
    fn give_up(&mut self, id: RunId, batch: Batch) {
        let Some(entry) = self.runs.get_mut(&id) else { return };
        entry.run.out += 1;
        entry.run.in_vain |= batch.devices.len() > 1 && !entry.run.good;
        let words = batch.refused.clone().unwrap_or_default();
        let words: Arc<str> =
            if batch.devices.len() > 1 { format!("in a list that was refused: {words}").into() } else { words };
        let doubtful: Arc<str> = format!("{EARLIER}; the next one was refused: {words}").into();
        // The refusal says nothing of a request before it.
        let outcome = |&device: &u32| {
            let may_have_run = batch.tries > 0 || entry.run.uncertain.contains(&device);
            let (kind, why) =
                if may_have_run { (OutcomeKind::Unknown, &doubtful) } else { (OutcomeKind::Failed, &words) };
            (device, Outcome::because(kind, Arc::clone(why)))
        };
        let outcomes = batch.devices.iter().map(outcome).collect();
        self.jobs.record(id, batch, Record::Outcomes { outcomes, good: false }, AnswerNote::default());
    }

    fn put_back(&mut self, id: RunId, batch: Batch) {
        if let Some(entry) = self.runs.get_mut(&id) {
            entry.run.out -= 1;
            entry.run.put_back(batch);
        }
    }

    pub(super) fn change(&mut self, id: RunId, mut changes: Vec<(u32, Outcome)>) {
        let Some(entry) = self.runs.get_mut(&id) else { return };
        changes.retain(|(device, outcome)| entry.run.set(*device, outcome.kind));
        if !changes.is_empty() {
            self.tell(Event::Outcomes { run: id, changes });
        }
    }

    /// Sends nothing more of a run; what is in flight is awaited.
    pub(super) fn end(&mut self, id: RunId, why: EndReason) {
        let Some(entry) = self.runs.get_mut(&id) else { return };
        if entry.run.is_open() {
            entry.run.state = State::Ending(why);
            entry.stopped.send_replace(true);
        }
        self.close_if_over(id);
    }

    /// Where a run is at its end, says what was not sent, and has the end recorded when nothing is out any more.
    pub(super) fn close_if_over(&mut self, id: RunId) {
        let Some(entry) = self.runs.get_mut(&id) else { return };
        let run = &mut entry.run;
        if let State::Ending(why) = &run.state {
            let not_sent = match why {
                EndReason::Refused(why) | EndReason::Unreachable(why) => {
                    Outcome::because(OutcomeKind::NotSent, Arc::clone(why))
                }
                EndReason::Stopped | EndReason::Interrupted | EndReason::Completed => {
                    Outcome::plain(OutcomeKind::NotSent)
                }
            };
            let (tried, devices) = run.clear();
            run.out += tried.len();
            for batch in tried {
                let outcomes = decide::all(&batch, OutcomeKind::Unknown, &"stopped before an answer came".into());
                let what = Record::Outcomes { outcomes, good: false };
                self.jobs.record(id, batch, what, AnswerNote::default());
            }
            let doubtful = match &not_sent.detail {
                Some(why) => Outcome::because(OutcomeKind::Unknown, format!("{EARLIER}; it was not sent again: {why}")),
                None => Outcome::because(OutcomeKind::Unknown, EARLIER),
            };
            // As the journal has it: what an earlier process got no answer for stays unknown.
            let outcome =
                |&device: &u32| if run.uncertain.contains(&device) { doubtful.clone() } else { not_sent.clone() };
            let changes = devices.iter().map(|device| (*device, outcome(device))).collect();
            self.change(id, changes);
        }
        let Some(entry) = self.runs.get_mut(&id) else { return };
        let run = &mut entry.run;
        if !run.is_over() || run.state == State::Closing {
            return;
        }
        let why = match std::mem::replace(&mut run.state, State::Closing) {
            // Stopped when the last batch had left: nothing was left out.
            State::Ending(EndReason::Stopped | EndReason::Interrupted) if !run.cut_short => EndReason::Completed,
            State::Ending(why) => why,
            _ => EndReason::Completed,
        };
        self.jobs.close(id, why);
    }

    pub(super) fn over_limit(&self) -> String {
        let next = self.seen.borrow().view.next_free;
        let wait = next.map(|at| at.saturating_duration_since(Instant::now()).as_secs_f64().ceil());
        let wait = wait.map_or_else(String::new, |wait| format!("; the next request can leave in {wait} s"));
        format!("over the cloud's limit{wait}")
    }
}
