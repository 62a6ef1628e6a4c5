//! The table of answers, row by row: each situation of `situations.toml` is lived through over real HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use gears_console::client::{Client, CloudSettings, Credentials};
use gears_console::dispatcher::Event;
use gears_console::limiter::Rate;
use gears_console::model::{EndReason, IdMode, OutcomeKind};
use gears_console::simulator::{Fault, Faults, KEY, SECRET};
use serde::Deserialize;

use crate::house::{House, RATE, limiter, options, run, settings};

#[derive(Deserialize)]
struct Situations {
    situation: Vec<Situation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situation {
    name: String,
    devices: usize,
    #[serde(default)]
    fault: Vec<Fault>,
    batch: Option<usize>,
    in_flight: Option<usize>,
    rate: Option<u32>,
    limit: Option<usize>,
    timeout: Option<u64>,
    ends: Option<String>,
    counts: BTreeMap<String, usize>,
    requests: Option<usize>,
    most_requests: Option<usize>,
    tokens: Option<usize>,
    detail: Option<String>,
    notice: Option<String>,
}

async fn live_through(mut situation: Situation) {
    let name = &situation.name;
    let run = run(situation.devices);
    for fault in &mut situation.fault {
        for id in &mut fault.containing {
            let device: usize = id.strip_prefix('@').expect(name).parse().expect(name);
            *id = run.devices[device].id(IdMode::Mac).unwrap().to_string();
        }
    }
    let rate = Rate { requests: situation.rate.unwrap_or(RATE.requests), ..RATE };
    let faults = Faults { fault: situation.fault };
    let options = gears_console::simulator::Options { faults, rate, ..options() };
    let (batch, in_flight) = (situation.batch.unwrap_or(50), situation.in_flight.unwrap_or(4));
    let timeout = situation.timeout.map(Duration::from_secs);
    let mut house = House::with(options, |setup| {
        if let Some(timeout) = timeout {
            let base_url = setup.client.base_url().clone();
            let settings = settings(base_url, Credentials::Client { key: KEY.into(), secret: SECRET.into() });
            setup.client = Client::new(CloudSettings { timeout, ..settings }).unwrap();
        }
        (setup.batch_size, setup.in_flight, setup.limiter) = (batch, in_flight, limiter(rate));
    })
    .await;
    house.start(1, run);
    let why = house.ended().await;
    if let Some(ends) = &situation.ends {
        let end = match why {
            EndReason::Completed => "completed",
            EndReason::Stopped => "stopped",
            EndReason::Interrupted => "interrupted",
            EndReason::Refused(_) => "refused",
            EndReason::Unreachable(_) => "unreachable",
        };
        assert_eq!(end, ends, "{name}: {why:?}");
    }
    let outcomes = house.outcomes(situation.devices);
    let mut counts = BTreeMap::<String, usize>::new();
    for outcome in &outcomes {
        *counts.entry(outcome.kind.name().to_owned()).or_default() += 1;
    }
    assert_eq!(counts, situation.counts, "{name}: {outcomes:?}");
    let commands = house.commands();
    if let Some(requests) = situation.requests {
        assert_eq!(commands.len(), requests, "{name}: {commands:?}");
    }
    if let Some(most) = situation.most_requests {
        assert!(commands.len() <= most, "{name}: {} requests", commands.len());
    }
    if let Some(tokens) = situation.tokens {
        let asked = house.simulator.received().iter().filter(|request| request.path == "/o/oauth/token").count();
        assert_eq!(asked, tokens, "{name}");
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.kind != OutcomeKind::Succeeded) {
        let detail = outcome.detail.as_deref().unwrap_or_default();
        assert!(detail.contains(situation.detail.as_deref().unwrap_or_default()), "{name}: {detail}");
        assert!(!detail.chars().any(|c| c.is_control() || c == '\u{202e}'), "{name}: {detail}");
    }
    if let Some(words) = &situation.notice {
        let says = |event: &Event| matches!(event, Event::Notice(notice) if notice.contains(words.as_str()));
        assert!(house.events.iter().any(says), "{name}: {:?}", house.events);
    }
    if let Some(limit) = situation.limit {
        // The first answers say so; the burst has left by then.
        for few in commands[in_flight..].windows(limit + 1) {
            assert!(few[limit].at - few[0].at >= rate.window, "{name}");
        }
    }
    house.check(rate);
}

#[tokio::test]
async fn every_row_of_the_table() {
    let situations: Situations = toml::from_str(include_str!("situations.toml")).unwrap();
    let lived: Vec<_> =
        situations.situation.into_iter().map(|situation| tokio::spawn(live_through(situation))).collect();
    let mut failed = 0;
    for situation in lived {
        failed += usize::from(situation.await.is_err());
    }
    assert_eq!(failed, 0, "situations went wrong; each says above which it is");
}
