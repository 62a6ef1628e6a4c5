//! Many devices and random faults: what is told of each device agrees with what the cloud did.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use gears_console::limiter::Rate;
use gears_console::model::{Action, EndReason, Id, IdMode, Mac, NewRun, OutcomeKind, RunDevice};
use gears_console::simulator::fleet::Fleet;
use gears_console::simulator::{Break, Cut, Fault, Faults, Options};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use crate::house::{House, limiter};

const DEVICES: u32 = 400;
const RATE: Rate = Rate { requests: 60, window: Duration::from_millis(700) };

fn mac(index: u32) -> Mac {
    let [_, a, b, c] = index.to_be_bytes();
    Mac::new([0x00, 0x0c, 0x29, a, b, c])
}

fn everybody() -> NewRun {
    let device = |index| RunDevice {
        mac: Some(mac(index)),
        hwid: None,
        label: "".into(),
        source: "paste".into(),
        line: index + 1,
    };
    let devices = (0..DEVICES).map(device).collect();
    NewRun { action: Action::ExemptAll, id_mode: IdMode::Mac, devices, excluded: Arc::new([]), reason: None }
}

fn fault() -> impl Strategy<Value = Fault> {
    let plain = Fault::default;
    let status = prop::sample::select(vec![201_u16, 400, 401, 406, 413, 429, 500, 502, 503, 504]);
    prop_oneof![
        6 => (status, any::<bool>()).prop_map(move |(status, runs)| {
            // What says that nothing ran has not run; a 401 must not come twice for one batch.
            let runs = runs && !(300..500).contains(&status);
            let headers = BTreeMap::from([("Retry-After".to_owned(), if status == 429 { "0" } else { "" }.to_owned())]);
            Fault { status: Some(status), runs, headers, ..plain() }
        }),
        1 => Just(Fault { reset: Some(Break::Before), ..plain() }),
        1 => Just(Fault { reset: Some(Break::After), ..plain() }),
        1 => Just(Fault { cut: Some(Cut::Half), ..plain() }),
        1 => Just(Fault { cut: Some(Cut::Garbage), ..plain() }),
        // More numbers than any batch has devices.
        1 => Just(Fault { json: Some(json!({"result": vec![1; 14]})), ..plain() }),
        2 => (0..DEVICES).prop_map(move |index| Fault {
            containing: vec![mac(index).to_string()], times: Some(0), status: Some(400), ..plain()
        }),
    ]
}

async fn weather(seed: u8) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let faults = prop::collection::vec((1..60_usize, fault()), 5..25);
    let mut faults: Vec<Fault> = faults
        .new_tree(&mut runner)
        .unwrap()
        .current()
        .into_iter()
        .map(|(nth, fault)| Fault { nth: fault.containing.is_empty().then_some(nth), ..fault })
        .collect();
    let mut refused = faults.iter().filter(|fault| fault.status == Some(401)).count();
    faults.retain(|fault| {
        refused -= usize::from(fault.status == Some(401));
        fault.status != Some(401) || refused == 0
    });
    let mut fleet = Fleet::default();
    for index in (0..DEVICES).filter(|index| index % 7 != 3) {
        fleet.add(Some(mac(index)), None, true);
    }
    let latency = Duration::from_millis(10);
    let options = Options {
        rate: RATE,
        fleet,
        faults: Faults { fault: faults.clone() },
        latency,
        seed: seed.into(),
        ..Options::default()
    };
    let mut house = House::with(options, |setup| (setup.batch_size, setup.limiter) = (13, limiter(RATE))).await;
    house.start(1, everybody());
    let why = house.ended().await;
    // A 413 can hit a device that stands alone: then the run ends.
    let ends = match &why {
        EndReason::Refused(why) => why.contains("too long"),
        why => *why == EndReason::Completed,
    };
    assert!(ends, "weather {seed}: {why:?}, {faults:?}");
    house.check(RATE);
    let (commands, outcomes) = (house.commands(), house.outcomes(DEVICES as usize));
    let mut requests = HashMap::<&str, Vec<bool>>::new();
    for command in &commands {
        for id in &command.ids {
            requests.entry(id).or_default().push(command.ran);
        }
    }
    for (index, outcome) in outcomes.iter().enumerate() {
        let id = Id::Mac(mac(index as u32));
        let text = id.to_string();
        let ran = requests.get(&*text).cloned().unwrap_or_default();
        let about = format!("weather {seed}, device {index}: {outcome:?}, {ran:?}");
        match outcome.kind {
            OutcomeKind::Succeeded => {
                assert!(house.simulator.is_exempt(&id) && ran.last() == Some(&true), "{about}");
            }
            OutcomeKind::Failed if outcome.detail.as_deref().unwrap().starts_with("not found") => {
                assert!(index % 7 == 3 && ran.last() == Some(&true), "{about}");
            }
            // Only what did nothing can be a failure.
            OutcomeKind::Failed => assert!(!ran.is_empty() && !ran.contains(&true), "{about}"),
            OutcomeKind::Unknown => assert!(!ran.is_empty(), "{about}"),
            OutcomeKind::NotSent if why != EndReason::Completed => assert!(!ran.contains(&true), "{about}"),
            kind => panic!("{kind:?}: {about}"),
        }
    }
    // What was answered as it should be is never sent again.
    for (index, outcome) in outcomes.iter().enumerate() {
        let good = outcome.kind == OutcomeKind::Succeeded;
        let text = mac(index as u32).to_string();
        let with = commands.iter().filter(|command| command.ids.contains(&text));
        let answered = with.filter(|command| command.ran && command.status == Some(200)).count();
        assert!(!good || answered == 1, "weather {seed}, device {index} was answered {answered} times");
    }
}

#[tokio::test]
async fn outcomes_agree_with_what_the_cloud_did_in_every_weather() {
    let storms: Vec<_> = (0..16).map(|seed| tokio::spawn(weather(seed))).collect();
    let mut failed = 0;
    for storm in storms {
        failed += usize::from(storm.await.is_err());
    }
    assert_eq!(failed, 0);
}
