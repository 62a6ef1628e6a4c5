//! Runs beside each other, stopped, resumed, paused; the budget between processes; idleness.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use gears_console::client::Client;
use gears_console::dispatcher::{self, Command, Event, Ticket, Unreachable};
use gears_console::limiter::{Change, LedgerStore, Limiter, MemoryStore, Moment, Owner, Rate, StoreError};
use gears_console::model::{EndReason, IdMode, Outcome, OutcomeKind, ResumedRun, RunId};
use gears_console::simulator::{Options, SECRET, Simulator};

use crate::house::{House, RATE, TIMEOUT, limiter, options, run, script, settings, setup};

fn kinds(house: &House, devices: usize) -> Vec<OutcomeKind> {
    house.outcomes(devices).into_iter().map(|outcome| outcome.kind).collect()
}

#[tokio::test]
async fn a_small_run_does_not_wait_behind_a_large_ones_remainder() {
    let rate = Rate { requests: 4, ..RATE };
    let mut house = House::with(Options { rate, ..options() }, |setup| {
        (setup.batch_size, setup.limiter) = (10, limiter(rate));
    })
    .await;
    house.start(1, run(300));
    // The burst has gone; 27 requests of the large run are left.
    while house.commands().len() < 3 {
        house.next().await;
    }
    let large = house.number();
    let mut urgent = run(310);
    urgent.devices = urgent.devices[300..].into();
    let id = urgent.devices[0].id(IdMode::Mac).unwrap().to_string();
    house.start(2, urgent);
    loop {
        if let Some(Event::Ended { run, why }) = house.next().await {
            assert_ne!(run, large, "the small run is over first");
            assert_eq!(why, EndReason::Completed);
            break;
        }
    }
    let place = house.commands().iter().position(|command| command.ids.contains(&id)).unwrap();
    assert!(place <= 4, "the urgent run was request {place}");
    house.tell(Command::Shutdown);
    while house.next().await.is_some() {}
    house.check(rate);
}

#[tokio::test]
async fn a_run_that_is_stopped_awaits_what_is_in_flight_and_sends_no_more() {
    let slow = Options { latency: Duration::from_millis(200), ..options() };
    let mut house = House::with(slow, |setup| setup.batch_size = 10).await;
    house.start(1, run(200));
    while !matches!(house.next().await, Some(Event::Outcomes { .. })) {}
    house.tell(Command::Stop(house.number()));
    house.tell(Command::Stop(RunId(77)));
    assert_eq!(house.ended().await, EndReason::Stopped);
    let (kinds, sent) = (kinds(&house, 200), house.commands());
    let of = |kind| kinds.iter().filter(|&&other| other == kind).count();
    assert_eq!(of(OutcomeKind::Succeeded), sent.iter().map(|command| command.ids.len()).sum::<usize>());
    assert_eq!(of(OutcomeKind::Succeeded) + of(OutcomeKind::NotSent), 200);
    assert!(of(OutcomeKind::NotSent) > 0);
    drop(std::mem::replace(&mut house.link.commands, tokio::sync::mpsc::unbounded_channel().0));
    while house.next().await.is_some() {}
    assert_eq!(house.commands().len(), sent.len());
}

#[tokio::test]
async fn a_retry_that_is_stopped_is_unknown() {
    let mut house = House::new(script("fault = [{ status = 500, times = 0, runs = true }]")).await;
    house.start(1, run(2));
    while !matches!(house.next().await, Some(Event::Notice(_))) {}
    house.tell(Command::Shutdown);
    assert_eq!(house.ended().await, EndReason::Interrupted);
    assert_eq!(kinds(&house, 2), [OutcomeKind::Unknown; 2]);
    while house.next().await.is_some() {}
}

#[tokio::test]
async fn a_run_of_an_earlier_process_goes_on_with_what_was_never_sent() {
    let mut house = House::new(options()).await;
    let run = run(60);
    let mut outcomes = vec![Outcome::plain(OutcomeKind::Queued); 60];
    outcomes[0] = Outcome::plain(OutcomeKind::Succeeded);
    outcomes[1] = Outcome::because(OutcomeKind::Failed, "code 2");
    outcomes[2] = Outcome::because(OutcomeKind::Unknown, "the connection broke");
    let resumed = ResumedRun { id: RunId(42), run: run.clone(), outcomes, uncertain: Vec::new(), next_batch: 2 };
    house.tell(Command::Resume { ticket: Ticket(9), run: Box::new(resumed.clone()) });
    house.tell(Command::Resume { ticket: Ticket(10), run: Box::new(resumed) });
    assert_eq!(house.ended().await, EndReason::Completed);
    assert!(matches!(house.events[..], [.., Event::Ended { run: RunId(42), .. }]));
    assert!(house.events.iter().any(|event| matches!(event, Event::Accepted { ticket: Ticket(9), run: RunId(42) })));
    assert!(house.events.iter().any(|event| matches!(event, Event::Rejected { ticket: Ticket(10), .. })));
    let sent: Vec<String> = house.commands().into_iter().flat_map(|command| command.ids).collect();
    let never_sent: Vec<String> =
        run.devices[3..].iter().map(|device| device.id(IdMode::Mac).unwrap().to_string()).collect();
    assert_eq!(sent, never_sent);
}

/// A run of an earlier process: 0 has succeeded, 1 and 2 are uncertain, the others were never sent.
fn uncertain(devices: usize) -> ResumedRun {
    let mut outcomes = vec![Outcome::plain(OutcomeKind::Queued); devices];
    outcomes[0] = Outcome::plain(OutcomeKind::Succeeded);
    ResumedRun { id: RunId(42), run: run(devices), outcomes, uncertain: vec![1, 2], next_batch: 2 }
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_process_may_have_sent_is_unknown_where_it_is_not_sent_again() {
    use OutcomeKind::{NotSent, Queued, Unknown};
    for order in [Some(Command::Stop(RunId(42))), Some(Command::Shutdown), None] {
        let mut house = House::with(options(), |setup| {
            let credentials = gears_console::client::Credentials::Token("ready-token".into());
            setup.client = Client::new(settings(dead_end(), credentials)).unwrap();
            setup.unreachable = if order.is_some() { Unreachable::Pause } else { Unreachable::End };
        })
        .await;
        house.tell(Command::Resume { ticket: Ticket(1), run: Box::new(uncertain(5)) });
        if let Some(order) = &order {
            while !matches!(house.next().await, Some(Event::Paused { .. })) {}
            house.tell(order.clone());
        }
        house.ended().await;
        let outcomes = house.outcomes(5);
        let kinds: Vec<_> = outcomes.iter().map(|outcome| outcome.kind).collect();
        // Of the first nothing is told: it has its outcome.
        assert_eq!(kinds, [Queued, Unknown, Unknown, NotSent, NotSent], "{order:?}");
        let why = outcomes[1].detail.as_deref().unwrap_or_default();
        assert!(why.contains("an earlier request left"), "{order:?}: {why}");
        assert_eq!(why.contains("cannot reach"), order.is_none(), "{why}");
    }
}

#[tokio::test]
async fn a_refusal_says_nothing_of_what_an_earlier_process_sent() {
    let mut house = House::new(script("fault = [{ status = 400, times = 0 }]")).await;
    house.tell(Command::Resume { ticket: Ticket(1), run: Box::new(uncertain(4)) });
    assert_eq!(house.ended().await, EndReason::Completed);
    let kinds = kinds(&house, 4);
    assert_eq!(kinds[1..], [OutcomeKind::Unknown, OutcomeKind::Unknown, OutcomeKind::Failed]);
}

#[tokio::test]
async fn a_ready_token_that_is_refused_costs_one_slot() {
    let mut house = House::with(options(), |setup| {
        let credentials = gears_console::client::Credentials::Token("no-such-token".into());
        setup.client = Client::new(settings(setup.client.base_url().clone(), credentials)).unwrap();
    })
    .await;
    for ticket in 1..=3 {
        house.start(ticket, run(1));
        assert!(matches!(house.ended().await, EndReason::Refused(_)));
    }
    let budget = |event: &Event| if let Event::Budget(view) = event { Some(view.taken) } else { None };
    assert_eq!(house.events.iter().filter_map(budget).next_back(), Some(1), "only the first request left");
    assert_eq!(house.simulator.received().len(), 1);
}

/// Panics when the slot of the token is settled.
#[derive(Debug, Default)]
struct Broken(Counting);

impl LedgerStore for Broken {
    fn now(&self) -> gears_console::limiter::Moment {
        self.0.now()
    }

    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        // The first look, and the slot that is taken.
        assert!(self.0.count.load(Ordering::Relaxed) != 2, "a defect of the store");
        self.0.update(change)
    }
}

#[tokio::test]
async fn a_defect_while_a_token_is_asked_for_ends_the_run() {
    let mut house = House::with(options(), |setup| {
        setup.limiter = Limiter::new(RATE, TIMEOUT, Arc::new(Broken::default()), Owner::default());
    })
    .await;
    house.start(1, run(3));
    let EndReason::Refused(why) = house.ended().await else { panic!("{:?}", house.events) };
    assert!(why.contains("an error in this program"), "{why}");
    assert_eq!(kinds(&house, 3), [OutcomeKind::NotSent; 3]);
}

#[tokio::test]
async fn every_device_goes_from_queued_over_in_flight_to_its_end_once() {
    let mut house = House::new(options()).await;
    house.start(1, run(120));
    house.ended().await;
    for device in 0..120 {
        let changes = house.events.iter().filter_map(|event| match event {
            Event::Outcomes { changes, .. } => changes.iter().find(|change| change.0 == device),
            _ => None,
        });
        let way: Vec<OutcomeKind> = changes.map(|change| change.1.kind).collect();
        assert_eq!(way, [OutcomeKind::InFlight, OutcomeKind::Succeeded], "device {device}");
    }
    let hwids = gears_console::model::NewRun { id_mode: IdMode::Hwid, ..run(5) };
    house.start(2, hwids.clone());
    assert_eq!(house.ended().await, EndReason::Completed);
    let ids: Vec<String> = hwids.devices.iter().map(|device| device.hwid.as_ref().unwrap().to_string()).collect();
    assert_eq!(house.commands().last().unwrap().ids, ids);
}

#[tokio::test]
async fn a_run_that_cannot_be_sent_is_rejected() {
    let mut house = House::new(options()).await;
    house.start(1, run(0));
    assert!(matches!(house.next().await, Some(Event::Rejected { ticket: Ticket(1), .. } | Event::Budget(_))));
    let mut no_id = run(2);
    let mut devices = no_id.devices.to_vec();
    devices[1].mac = None;
    no_id.devices = devices.into();
    house.start(2, no_id);
    house.tell(Command::Shutdown);
    while house.next().await.is_some() {}
    let rejected = house.events.iter().filter(|event| matches!(event, Event::Rejected { .. })).count();
    assert_eq!((rejected, house.commands().len()), (2, 0));
}

/// A port of this machine on which nobody listens.
fn dead_end() -> reqwest::Url {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap()).parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_run_pauses_when_the_cloud_cannot_be_reached_and_goes_on_when_told() {
    let address = dead_end();
    let mut house = House::with(options(), |setup| {
        let credentials = gears_console::client::Credentials::Token("ready-token".into());
        setup.client = Client::new(settings(address.clone(), credentials)).unwrap();
    })
    .await;
    house.start(1, run(60));
    let run = loop {
        if let Some(Event::Paused { run, why }) = house.next().await {
            assert!(why.contains("cannot reach 127.0.0.1"), "{why}");
            break run;
        }
    };
    while kinds(&house, 60) != [OutcomeKind::Queued; 60] {
        house.next().await;
    }
    // Now somebody listens there, to whom the token is unknown.
    tokio::time::resume();
    let listen = address.socket_addrs(|| None).unwrap()[0];
    let back = Simulator::start(Options { listen, ..options() }).await.unwrap();
    house.tell(Command::Continue(run));
    let EndReason::Refused(why) = house.ended().await else { panic!("{:?}", house.events) };
    assert!(why.contains("HTTP 401") && !house.said().contains("ready-token"), "{why}");
    assert!(house.events.iter().any(|event| matches!(event, Event::Continued(_))));
    assert!(back.received().len() <= 2);
    // What never left costs nothing of the budget, and what did has its slot.
    assert_eq!(kinds(&house, 60), [OutcomeKind::NotSent; 60]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_run_can_be_stopped_and_the_next_has_its_own_patience() {
    let mut house = House::with(options(), |setup| {
        let credentials = gears_console::client::Credentials::Token("ready-token".into());
        setup.client = Client::new(settings(dead_end(), credentials)).unwrap();
    })
    .await;
    for ticket in 0..2 {
        house.start(ticket, run(60));
        let begun = tokio::time::Instant::now();
        let run = loop {
            if let Some(Event::Paused { run, .. }) = house.next().await {
                break run;
            }
        };
        assert!(begun.elapsed() >= Duration::from_secs(30));
        house.tell(Command::Stop(run));
        assert_eq!(house.ended().await, EndReason::Stopped);
        assert_eq!(kinds(&house, 60), [OutcomeKind::NotSent; 60]);
        tokio::time::advance(Duration::from_hours(1)).await;
    }
    let budget = house.events.iter().rev().find_map(|event| match event {
        Event::Budget(view) => Some(view.taken),
        _ => None,
    });
    assert_eq!(budget, Some(0), "what never left costs nothing");
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_be_asked_a_run_ends_when_the_cloud_cannot_be_reached() {
    for scheme in ["http", "https"] {
        let mut house = House::with(options(), |setup| {
            let mut address = dead_end();
            address.set_scheme(scheme).unwrap();
            let credentials = gears_console::client::Credentials::Client { key: "k".into(), secret: "hush".into() };
            setup.client = Client::new(settings(address, credentials)).unwrap();
            setup.unreachable = Unreachable::End;
        })
        .await;
        house.start(1, run(60));
        let EndReason::Unreachable(why) = house.ended().await else { panic!("{:?}", house.events) };
        assert!(why.contains("cannot reach 127.0.0.1") && !house.said().contains("hush"), "{why}");
        assert_eq!(kinds(&house, 60), [OutcomeKind::NotSent; 60]);
        let said = house.said();
        assert!(said.contains("trying again"), "{said}");
    }
}

#[tokio::test]
async fn two_consoles_of_a_host_share_the_limit() {
    let simulator = Simulator::start(options()).await.unwrap();
    let store = Arc::new(MemoryStore::new());
    let mut links = Vec::new();
    for (pid, user) in ["anna", "ben"].into_iter().enumerate() {
        let owner = Owner { user: user.to_owned(), pid: pid as u32 };
        let limiter = Limiter::new(RATE, TIMEOUT, store.clone(), owner);
        let mut setup = setup(&simulator);
        (setup.limiter, setup.batch_size) = (limiter, 10);
        let link = dispatcher::start(setup);
        link.commands.send(Command::Start { ticket: Ticket(1), run: run(150) }).unwrap();
        links.push(link);
    }
    let mut sharers = Vec::new();
    for mut link in links {
        loop {
            match link.events.recv().await.unwrap() {
                Event::Budget(view) => sharers.extend(view.sharers.into_iter().map(|sharer| sharer.who)),
                Event::Ended { why, .. } => break assert_eq!(why, EndReason::Completed),
                Event::Notice(words) => panic!("{words}"),
                _ => {}
            }
        }
    }
    assert!(sharers.contains(&"anna".to_owned()) && sharers.contains(&"ben".to_owned()), "{sharers:?}");
    let received = simulator.received();
    assert_eq!(received.len(), 32);
    assert!(received.iter().all(|request| request.status == Some(200)));
    for pair in received.windows(11) {
        assert!(pair[10].at - pair[0].at >= RATE.window);
    }
}

/// Counts how often the ledger is used.
#[derive(Debug, Default)]
struct Counting {
    store: MemoryStore,
    count: AtomicUsize,
    broken: AtomicBool,
}

impl LedgerStore for Counting {
    fn now(&self) -> Moment {
        self.store.now()
    }

    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.count.fetch_add(1, Ordering::Relaxed);
        if self.broken.load(Ordering::Relaxed) {
            return Box::pin(async { Err(StoreError("the disk is full".to_owned())) });
        }
        self.store.update(change)
    }
}

#[tokio::test]
async fn when_all_is_done_and_free_again_nothing_happens_any_more() {
    let store = Arc::new(Counting::default());
    let mut house = House::with(options(), |setup| {
        let owner = Owner { user: "anna".to_owned(), pid: 1 };
        setup.limiter = Limiter::new(RATE, TIMEOUT, store.clone(), owner);
    })
    .await;
    house.start(1, run(120));
    house.ended().await;
    let mut taken = Vec::new();
    while taken.last() != Some(&0) {
        if let Some(Event::Budget(view)) = house.next().await {
            taken.push(view.taken);
        }
    }
    // From here on the clock is ours: a day goes by.
    let count = store.count.load(Ordering::Relaxed);
    tokio::time::pause();
    let day = tokio::time::timeout(Duration::from_hours(24), house.link.events.recv()).await;
    assert!(day.is_err(), "{day:?}");
    assert_eq!(store.count.load(Ordering::Relaxed), count);
}

#[tokio::test]
async fn a_budget_that_cannot_be_read_any_more_is_said_once() {
    let store = Arc::new(Counting::default());
    let mut house = House::with(options(), |setup| {
        setup.limiter = Limiter::new(RATE, TIMEOUT, store.clone(), Owner::default());
    })
    .await;
    house.start(1, run(120));
    house.ended().await;
    store.broken.store(true, Ordering::Relaxed);
    while !matches!(house.next().await, Some(Event::Notice(words)) if &*words == "the disk is full") {}
    let count = store.count.load(Ordering::Relaxed);
    tokio::time::pause();
    let day = tokio::time::timeout(Duration::from_hours(24), house.link.events.recv()).await;
    assert!(day.is_err() && store.count.load(Ordering::Relaxed) <= count + 1, "{day:?}");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let lasts = Duration::from_secs(1000);
    let mut house = House::new(Options { token_lasts: lasts, ..options() }).await;
    let tokens =
        |house: &House| house.simulator.received().iter().filter(|request| request.path == "/o/oauth/token").count();
    for (so_far, later) in [(1, 930), (1, 20), (2, 930), (2, 0)] {
        house.start(1, run(10));
        assert_eq!(house.ended().await, EndReason::Completed);
        assert_eq!(tokens(&house), so_far, "before {later} s more");
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(later)).await;
        tokio::time::resume();
    }
    assert!(house.simulator.received().iter().all(|request| request.status == Some(200)));
}

#[tokio::test]
async fn nothing_shows_a_secret() {
    let simulator = Simulator::start(options()).await.unwrap();
    let setup = setup(&simulator);
    setup.client.account().await.unwrap();
    let settings = settings(simulator.base_url(), simulator.credentials());
    let shown = format!("{setup:?} {settings:?} {simulator:?} {:?}", simulator.received());
    assert!(!shown.contains(SECRET) && !shown.contains("simulated-token"), "{shown}");
    // The refusal's words hold the token.
    simulator.revoke_tokens();
    let refused = setup.client.account().await.unwrap_err();
    let shown = format!("{refused} {refused:?}");
    assert!(shown.contains("Invalid access token: …") && !shown.contains("simulated-token"), "{shown}");
}

#[tokio::test]
async fn nothing_is_sent_where_the_budget_cannot_be_read() {
    let mut house = House::with(options(), |setup| {
        let (owner, store) = (Owner::default(), Counting { broken: true.into(), ..Counting::default() });
        setup.limiter = Limiter::new(RATE, TIMEOUT, Arc::new(store), owner);
    })
    .await;
    house.start(1, run(10));
    assert_eq!(house.ended().await, EndReason::Refused("the disk is full".into()));
    assert_eq!(kinds(&house, 10), [OutcomeKind::NotSent; 10]);
    assert!(house.simulator.received().is_empty());
}

#[tokio::test]
async fn a_token_that_ends_is_renewed() {
    let lasts = Duration::from_secs(1);
    let mut house = House::with(Options { token_lasts: lasts, ..options() }, |setup| setup.batch_size = 10).await;
    house.start(1, run(10));
    assert_eq!(house.ended().await, EndReason::Completed);
    tokio::time::sleep(lasts).await;
    house.start(2, run(10));
    assert_eq!(house.ended().await, EndReason::Completed);
    house.simulator.revoke_tokens();
    house.start(3, run(10));
    assert_eq!(house.ended().await, EndReason::Completed);
    house.check(RATE);
    let simulator = Simulator::start(options()).await.unwrap();
    let setup = setup(&simulator);
    let account = dispatcher::account(&setup.client, &setup.limiter).await.unwrap();
    assert_eq!((account.name.as_deref(), account.devices_allowed), (Some("Example Helpdesk (simulated)"), Some(500)));
    assert!(account.date.is_some() && account.limit.limit == Some(10));
    assert_eq!(setup.limiter.look().await.unwrap().taken, 2);
    assert_eq!(setup.client.account().await.unwrap().email.as_deref(), Some("helpdesk@example.org"));
}
