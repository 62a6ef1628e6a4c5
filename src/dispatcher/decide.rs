//! What is done about an answer: the table of answers, right column.

use std::sync::Arc;
use std::time::Duration;

use super::batch::Batch;
use crate::client::Verdict;
use crate::model::{IdMode, Outcome, OutcomeKind};

/// The most requests with one batch whose answer did not come: the first, and two more.
pub const MOST_TRIES: u32 = 3;
/// The first pause before trying again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// What to do with a batch whose answer is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These are the outcomes.
    Settle(Vec<(u32, Outcome)>),
    /// Send it again after a pause; it may have run.
    Retry(Arc<str>),
    /// It has not run: send it again when a slot is free.
    Again,
    /// It has not run, because of the token: renew that and send it again.
    Renew(Arc<str>),
    /// It has not run, because there is no connection.
    Unreachable(Arc<str>),
    /// It has not run: find the ids that the cloud refuses.
    Split(Arc<str>),
    /// It has not run: the list is too long.
    Shrink(Arc<str>),
    /// It has not run, and no other of the run will.
    End(Arc<str>),
}

/// What to do about `verdict` on `batch`.
pub fn decide(batch: &Batch, mode: IdMode, verdict: Verdict) -> Step {
    match verdict {
        Verdict::Numbers(numbers) => {
            let outcomes = Words::default();
            let outcome = |(&device, number)| (device, outcomes.outcome(mode, number));
            Step::Settle(batch.devices.iter().zip(numbers).map(outcome).collect())
        }
        Verdict::Untrusted(why) => Step::Settle(all(batch, OutcomeKind::Unknown, &why)),
        Verdict::BadRequest(why) => Step::Split(why),
        Verdict::Token(why) if batch.refused_tokens > 0 => Step::End(why),
        Verdict::Token(why) => Step::Renew(why),
        Verdict::Refused(why) => Step::End(why),
        // One device is not too many: it is not the length. Going on would spend a request on each of the others.
        Verdict::TooLong(why) if batch.devices.len() < 2 => Step::End(why),
        Verdict::TooLong(why) => Step::Shrink(why),
        Verdict::OverLimit(_) => Step::Again,
        Verdict::MayHaveRun(why) if batch.tries + 1 >= MOST_TRIES => {
            let why = format!("{why}; tried {MOST_TRIES} times");
            Step::Settle(all(batch, OutcomeKind::Unknown, &why.into()))
        }
        Verdict::MayHaveRun(why) => Step::Retry(why),
        Verdict::NeverLeft(why) => Step::Unreachable(why),
    }
}

/// The same outcome for every device of a batch.
pub fn all(batch: &Batch, kind: OutcomeKind, why: &Arc<str>) -> Vec<(u32, Outcome)> {
    batch.devices.iter().map(|&device| (device, Outcome::because(kind, Arc::clone(why)))).collect()
}

/// The pause before try number `tries` + 1, with some chance in it, so that consoles do not move in step.
pub fn pause(tries: u32) -> Duration {
    let pause = (FIRST_PAUSE * 2_u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST_PAUSE);
    pause.mul_f64(0.75 + fastrand::f64() / 2.0)
}

/// The words for the numbers of one answer, shared by its devices.
#[derive(Default)]
struct Words {
    known: std::cell::RefCell<std::collections::HashMap<i64, Arc<str>>>,
}

impl Words {
    fn outcome(&self, mode: IdMode, number: i64) -> Outcome {
        if number == 1 {
            return Outcome::plain(OutcomeKind::Succeeded);
        }
        let mut known = self.known.borrow_mut();
        let words = known.entry(number).or_insert_with(|| match (number, mode) {
            // The documented reasons [D]; none comes with the answer.
            (0, IdMode::Mac) => "not found in the cloud, or not a valid MAC there".into(),
            (0, IdMode::Hwid) => "not found in the cloud".into(),
            // Other numbers are not documented [?].
            (number, _) => format!("code {number}").into(),
        });
        Outcome::because(OutcomeKind::Failed, Arc::clone(words))
    }
}
