//! Several processes on one budget.

use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;

use crate::house::{Cloud, Home, Said, options, signal, until_sent};

/// Requests of all processes together, beside one for each one's token.
const REQUESTS: u32 = 48;
const BATCH: u32 = 5;

fn contend(processes: u32) {
    let (home, cloud) = (Home::new(), Cloud::far_away(options(10, 500, 10), 40));
    let devices = REQUESTS / processes * BATCH;
    let children: Vec<Child> = (0..processes)
        .map(|number| {
            let list = home.list(&format!("{number}.csv"), number * devices..(number + 1) * devices);
            home.send(&cloud, &list, BATCH as usize).spawn().unwrap()
        })
        .collect();
    for child in children {
        let run = Said::from(child.wait_with_output().unwrap()).expect(0).run();
        assert_eq!(run.counts()["succeeded"], devices as usize);
        let past = home.history(&cloud, run.run).unwrap();
        assert_eq!((past.counts(), past.state.as_deref()), (run.counts(), Some("completed")));
        cloud.agrees(&past);
    }
    cloud.kept_its_limit();
    let times = cloud.times();
    assert_eq!(times.len(), (devices * processes) as usize);
    assert!(times.values().all(|&times| times == 1), "something was sent twice");

    let arrivals = cloud.arrivals();
    let windows = arrivals.len().div_ceil(cloud.rate.requests as usize) - 1;
    let (took, floor) = (*arrivals.last().unwrap() - arrivals[0], cloud.rate.window * windows as u32);
    println!(
        "{processes} processes: {} requests in {took:?}, {:.2} times the floor of {windows} windows",
        arrivals.len(),
        took.as_secs_f64() / floor.as_secs_f64()
    );
}

#[test]
fn two_processes_share_one_budget() {
    contend(2);
}

#[test]
fn four_processes_share_one_budget() {
    contend(4);
}

#[test]
fn eight_processes_share_one_budget() {
    contend(8);
}

#[test]
fn of_several_that_resume_a_run_one_gets_it() {
    let (home, cloud) = (Home::new(), Cloud::far_away(options(10, 300, 10), 40));
    let list = home.list("list.csv", 0..100);
    let mut child = home.send(&cloud, &list, BATCH as usize).spawn().unwrap();
    until_sent(&cloud, 5);
    child.kill().unwrap();
    child.wait().unwrap();
    let doubtful = home.history(&cloud, 1).unwrap().ids(&["unknown"]).len();
    let children: Vec<Child> = (0..4).map(|_| home.resume(&cloud, 1, BATCH as usize).spawn().unwrap()).collect();
    let mut codes = Vec::new();
    for child in children {
        let said = Said::from(child.wait_with_output().unwrap());
        match said.code {
            Some(0) => assert_eq!(said.run().counts()["succeeded"], 100),
            // The others come while it goes on, or when it is over.
            Some(2) => {
                let words = &said.words;
                assert!(
                    words.contains("is going on in another console") || words.contains("nothing is left"),
                    "{words}"
                );
            }
            code => panic!("{code:?}: {}", said.words),
        }
        codes.push(said.code);
    }
    assert_eq!(codes.iter().filter(|&&code| code == Some(0)).count(), 1, "{codes:?}");
    let times = cloud.times();
    let twice = times.values().filter(|&&times| times == 2).count();
    assert!(times.len() == 100 && twice <= doubtful && times.values().all(|&times| times <= 2), "{times:?}");
    cloud.kept_its_limit();
}

#[test]
fn processes_that_stand_still_for_a_while_do_not_exceed_the_limit() {
    let (home, cloud) = (Home::new(), Cloud::far_away(options(10, 300, 10), 40));
    let mut children: Vec<Child> = (0..3)
        .map(|number| {
            let list = home.list(&format!("{number}.csv"), number * 80..(number + 1) * 80);
            home.send(&cloud, &list, BATCH as usize).spawn().unwrap()
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(3);
    until_sent(&cloud, 1);
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let child = &mut children[random.usize(..3)];
        if child.try_wait().unwrap().is_some() {
            continue;
        }
        signal(child, Signal::STOP);
        std::thread::sleep(Duration::from_millis(random.u64(1..500)));
        signal(child, Signal::CONT);
        std::thread::sleep(Duration::from_millis(random.u64(1..100)));
    }
    for child in children {
        let run = Said::from(child.wait_with_output().unwrap()).expect(0).run();
        cloud.agrees(&run);
    }
    assert!(cloud.times().len() == 240 && cloud.times().values().all(|&times| times == 1));
    cloud.kept_its_limit();
}
