//! Any order of events, any death: the journal against a few lines that say what it should know.

use gears_console::model::OutcomeKind::{self, Failed, InFlight, NotSent, Queued, Succeeded, Unknown};
use gears_console::model::{Action, Outcome, RunId};
use proptest::prelude::*;

use crate::support::{devices, new_run, note, open};

const DEVICES: u32 = 8;

#[derive(Clone, Debug)]
enum Step {
    Sent {
        batch: u32,
        devices: Vec<u32>,
    },
    Returned {
        batch: u32,
    },
    Answered {
        batch: u32,
        kind: OutcomeKind,
    },
    /// The console dies, another one goes on
    Death {
        unknown_too: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let devices = proptest::sample::subsequence((0..DEVICES).collect::<Vec<_>>(), 1..=4);
    let step = prop_oneof![
        5 => (0..4_u32, devices).prop_map(|(batch, devices)| Step::Sent { batch, devices }),
        2 => (0..4_u32).prop_map(|batch| Step::Returned { batch }),
        4 => (0..4_u32, proptest::sample::select(vec![Succeeded, Failed, Unknown, NotSent]))
            .prop_map(|(batch, kind)| Step::Answered { batch, kind }),
        1 => any::<bool>().prop_map(|unknown_too| Step::Death { unknown_too }),
    ];
    proptest::collection::vec(step, 1..25)
}

/// What should be known of a device.
#[derive(Clone, Copy)]
struct Known {
    kind: OutcomeKind,
    /// An earlier request with it may have been obeyed
    uncertain: bool,
    batch: Option<u32>,
}

async fn journal_and_model_agree(steps: Vec<Step>) {
    let top = tempfile::tempdir().unwrap();
    let mut journal = open(top.path()).await;
    let run: RunId = journal.begin_run(&new_run(Action::ExemptAll, DEVICES)).await.unwrap();
    let mut model = [Known { kind: Queued, uncertain: false, batch: None }; DEVICES as usize];
    let mut batches = [false; 4];
    for step in steps {
        match &step {
            Step::Sent { batch, devices } => {
                let allowed = devices.iter().all(|&device| model[device as usize].kind != Succeeded);
                assert_eq!(journal.batch_sent(run, *batch, devices).await.is_ok(), allowed, "{step:?}");
                for &device in devices.iter().filter(|_| allowed) {
                    let known = &mut model[device as usize];
                    known.uncertain |= matches!(known.kind, InFlight | Unknown);
                    (known.kind, known.batch) = (InFlight, Some(*batch));
                }
                batches[*batch as usize] |= allowed;
            }
            Step::Returned { batch } => {
                let result = journal.batch_returned(run, *batch, &note(429)).await;
                assert_eq!(result.is_ok(), batches[*batch as usize], "{step:?}");
                for known in model.iter_mut().filter(|known| known.batch == Some(*batch) && known.kind == InFlight) {
                    known.kind = if known.uncertain { Unknown } else { Queued };
                }
            }
            Step::Answered { batch, kind } => {
                let in_batch = (0..DEVICES).filter(|&device| model[device as usize].batch == Some(*batch));
                let outcomes: Vec<_> = in_batch.map(|device| (device, Outcome::plain(*kind))).collect();
                let result = journal.batch_answered(run, *batch, &outcomes, &note(200)).await;
                assert_eq!(result.is_ok(), batches[*batch as usize], "{step:?}");
                for (device, _) in outcomes {
                    let known = &mut model[device as usize];
                    known.kind = if known.uncertain && *kind == NotSent { Unknown } else { *kind };
                }
            }
            Step::Death { unknown_too } => {
                drop(journal);
                journal = open(top.path()).await;
                let mut after = model;
                for known in &mut after {
                    known.kind = match known.kind {
                        InFlight => Unknown,
                        NotSent => Queued,
                        kind => kind,
                    };
                    known.uncertain |= known.kind == Unknown;
                }
                let to_send = |known: &Known| known.kind == Queued || (*unknown_too && known.kind == Unknown);
                let left = after.iter().any(to_send);
                let resumed = journal.resume(run, *unknown_too).await;
                assert_eq!(resumed.is_ok(), left, "{step:?}");
                let Ok(resumed) = resumed else { return };
                for (outcome, known) in resumed.outcomes.iter().zip(&after) {
                    assert_eq!(outcome.kind, if to_send(known) { Queued } else { known.kind });
                }
                let newest = batches.iter().rposition(|&sent| sent).map_or(0, |newest| newest + 1);
                assert_eq!(resumed.next_batch as usize, newest);
                model = after;
            }
        }
        let kinds: Vec<_> = devices(&journal, run).await.iter().map(|past| past.outcome.kind).collect();
        assert_eq!(kinds, model.iter().map(|known| known.kind).collect::<Vec<_>>(), "after {step:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_is_kept(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(journal_and_model_agree(steps));
    }
}
