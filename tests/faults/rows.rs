//! The table of answers once through the binary and its journal: what is printed, what is recorded and what the cloud did
//! are the same.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use gears_console::simulator::Options;
use rustix::process::Signal;

use crate::house::{Cloud, Home, Said, ended, options, script, signal};

struct Row {
    name: &'static str,
    faults: &'static str,
    devices: u32,
    batch: usize,
    code: i32,
    outcomes: &'static [(&'static str, usize)],
    state: &'static str,
    detail: &'static str,
    /// Commands that arrive
    requests: usize,
}

const ROWS: &[Row] = &[
    Row {
        name: "200",
        faults: "",
        devices: 7,
        batch: 3,
        code: 0,
        outcomes: &[("succeeded", 7)],
        state: "completed",
        detail: "",
        requests: 3,
    },
    Row {
        name: "200 with a failure",
        faults: "[[fault]]\njson = { result = [1, 0, 1] }\nstatus = 200",
        devices: 3,
        batch: 50,
        code: 1,
        outcomes: &[("succeeded", 2), ("failed", 1)],
        state: "completed",
        detail: "not found in the cloud",
        requests: 1,
    },
    Row {
        name: "200 that makes no sense",
        faults: "[[fault]]\njson = { result = 'done' }",
        devices: 6,
        batch: 3,
        code: 1,
        outcomes: &[("unknown", 3), ("succeeded", 3)],
        state: "completed",
        detail: "",
        requests: 2,
    },
    Row {
        name: "400 for one id",
        faults: "[[fault]]\ncontaining = ['00:0c:29:00:00:05']\nstatus = 400\ntimes = 0\njson = { error = 'bad id' }",
        devices: 8,
        batch: 8,
        code: 1,
        outcomes: &[("succeeded", 7), ("failed", 1)],
        state: "completed",
        detail: "bad id",
        requests: 6,
    },
    Row {
        name: "401 once",
        faults: "[[fault]]\nstatus = 401\njson = { error = 'invalid_token' }",
        devices: 3,
        batch: 50,
        code: 0,
        outcomes: &[("succeeded", 3)],
        state: "completed",
        detail: "",
        requests: 2,
    },
    Row {
        name: "401 for ever",
        faults: "[[fault]]\nstatus = 401\ntimes = 0\njson = { error = 'invalid_token' }",
        devices: 3,
        batch: 50,
        code: 3,
        outcomes: &[("not_sent", 3)],
        state: "refused",
        detail: "token",
        requests: 2,
    },
    Row {
        name: "429",
        faults: "[[fault]]\nstatus = 429\nheaders = { Retry-After = '1' }",
        devices: 3,
        batch: 50,
        code: 0,
        outcomes: &[("succeeded", 3)],
        state: "completed",
        detail: "",
        requests: 2,
    },
    Row {
        name: "503, then success",
        faults: "[[fault]]\nstatus = 503\nbody = '<html>later</html>'",
        devices: 3,
        batch: 50,
        code: 0,
        outcomes: &[("succeeded", 3)],
        state: "completed",
        detail: "",
        requests: 2,
    },
    Row {
        name: "carried out, and 503 three times",
        faults: "[[fault]]\nstatus = 503\nruns = true\ntimes = 3",
        devices: 3,
        batch: 50,
        code: 1,
        outcomes: &[("unknown", 3)],
        state: "completed",
        detail: "tried 3 times",
        requests: 3,
    },
    Row {
        name: "reset before anything is done",
        faults: "[[fault]]\nreset = 'before'",
        devices: 3,
        batch: 50,
        code: 0,
        outcomes: &[("succeeded", 3)],
        state: "completed",
        detail: "",
        requests: 2,
    },
    Row {
        name: "reset instead of an answer",
        faults: "[[fault]]\nreset = 'after'\ntimes = 3",
        devices: 3,
        batch: 50,
        code: 1,
        outcomes: &[("unknown", 3)],
        state: "completed",
        detail: "tried 3 times",
        requests: 3,
    },
    Row {
        name: "half an answer",
        faults: "[[fault]]\ncut = 'half'",
        devices: 3,
        batch: 50,
        code: 1,
        outcomes: &[("unknown", 3)],
        state: "completed",
        detail: "cut off",
        requests: 1,
    },
];

fn live_through(row: &Row) {
    let name = row.name;
    let (home, cloud) = (Home::new(), Cloud::new(script(row.faults, options(20, 1000, 5))));
    let list = home.list("list.csv", 0..row.devices);
    let said = ended(home.send(&cloud, &list, row.batch)).expect(row.code);
    let printed = said.run();
    let outcomes: BTreeMap<&str, usize> = row.outcomes.iter().copied().collect();
    assert_eq!(printed.counts(), outcomes, "{name}: {}", said.words);
    let past = home.history(&cloud, printed.run).unwrap();
    assert_eq!(past.state.as_deref(), Some(row.state), "{name}");
    for (printed, past) in printed.devices.iter().zip(&past.devices) {
        assert_eq!((&printed.id, &printed.outcome), (&past.id, &past.outcome), "{name}");
    }
    for device in printed.devices.iter().filter(|device| device.outcome != "succeeded") {
        assert!(device.detail.as_ref().is_some_and(|words| words.contains(row.detail)), "{name}: {device:?}");
    }
    for run in [&printed, &past] {
        cloud.agrees(run);
    }
    assert_eq!(cloud.commands().len(), row.requests, "{name}: {:?}", cloud.commands());
    cloud.kept_its_limit();
}

#[test]
fn what_is_printed_recorded_and_done_is_the_same() {
    std::thread::scope(|scope| {
        let lived: Vec<_> = ROWS.iter().map(|row| (row.name, scope.spawn(|| live_through(row)))).collect();
        let failed: Vec<_> = lived.into_iter().filter_map(|(name, row)| row.join().err().map(|_| name)).collect();
        assert!(failed.is_empty(), "{failed:?}");
    });
}

#[test]
fn without_a_connection_nothing_is_sent_and_the_run_is_resumed() {
    let home = Home::new();
    let list = home.list("list.csv", 0..3);
    let cloud = Cloud::new(options(20, 1000, 0));
    let address = cloud.simulator.address();
    let mut gears = home.send(&cloud, &list, 50);
    drop(cloud);
    // A ready token, so that it is the command that finds nobody.
    gears.env("GEARS_ACCESS_TOKEN", "ready").env_remove("GEARS_CLIENT_SECRET");
    let mut child = gears.spawn().unwrap();
    let mut words = BufReader::new(child.stderr.take().unwrap()).lines();
    words.find(|line| line.as_ref().unwrap().contains("trying again")).expect("it says so").unwrap();
    signal(&child, Signal::TERM);
    let printed = Said::from(child.wait_with_output().unwrap()).expect(130).run();
    let not_sent = BTreeMap::from([("not_sent", 3)]);
    assert_eq!(printed.counts(), not_sent);
    // Once somebody is there, the run goes on.
    let cloud = Cloud::new(Options { listen: address, ..options(20, 1000, 0) });
    let past = home.history(&cloud, 1).unwrap();
    assert_eq!((past.counts(), past.state.as_deref()), (not_sent, Some("unfinished")));
    let run = ended(home.resume(&cloud, 1, 50)).expect(0).run();
    assert_eq!(run.counts(), BTreeMap::from([("succeeded", 3)]));
    assert_eq!(cloud.commands().len(), 1);
    cloud.agrees(&home.history(&cloud, 1).unwrap());
}
