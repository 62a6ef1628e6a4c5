//! Several processes on one budget.

use std::process::Child;

use crate::house::{Cloud, Home, Said, options};

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
