//! What a whole run costs, with the release binary, its journal and real HTTP: `cargo bench --bench run`, some three
//! minutes. `-- floor`, `-- shared` or `-- soak` measures one part. Only what must hold is asserted, never a time.

#[path = "../tests/faults/house.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod house;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use gears_console::simulator::{Break, Cut, Fault, Faults, KEY, Options, SECRET};
use house::{Cloud, Home, Printed, Said, mac, options};

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|one| one == part);
    if wanted("floor") {
        floor(false);
        floor(true);
    }
    if wanted("shared") {
        [1, 2, 4, 8].into_iter().for_each(shared);
    }
    if wanted("soak") {
        soak();
    }
}

/// The window of the first two parts; `GEARS_BENCH_WINDOW_MS` for another one, such as the cloud's 60000.
fn window() -> u64 {
    std::env::var("GEARS_BENCH_WINDOW_MS").ok().and_then(|number| number.parse().ok()).unwrap_or(6000)
}

/// Windows that so many requests need.
fn windows(requests: usize) -> u32 {
    requests.div_ceil(10) as u32 - 1
}

/// 2,500 devices at 10 requests a window: the time from the start of the process to its end, against what it must take.
fn floor(ready_token: bool) {
    let latency = window() / 120;
    let (home, cloud) = (Home::new(), Cloud::new(options(10, window(), latency)));
    let list = home.list("list.csv", 0..2500);
    let mut gears = home.send(&cloud, &list, 50);
    if ready_token {
        gears.env("GEARS_ACCESS_TOKEN", token(&cloud)).env_remove("GEARS_CLIENT_SECRET");
        std::thread::sleep(cloud.rate.window);
    }
    let begun = Instant::now();
    let run = Said::from(gears.output().expect("it runs")).expect(0).run();
    let took = begun.elapsed();
    assert_eq!(run.counts()["succeeded"], 2500);
    cloud.kept_its_limit();
    let requests = cloud.arrivals().len() - usize::from(ready_token);
    let least = cloud.rate.window * windows(requests) + Duration::from_millis(latency);
    println!(
        "2,500 devices, {requests} requests{}: {:.2} s, {:.4} times the floor of {} windows of {} s and a latency of {latency} ms",
        if ready_token { "" } else { " with the token's" },
        took.as_secs_f64(),
        took.as_secs_f64() / least.as_secs_f64(),
        windows(requests),
        cloud.rate.window.as_secs_f64(),
    );
}

/// A token of the cloud.
fn token(cloud: &Cloud) -> String {
    let body = format!("grant_type=client_credentials&client_id={KEY}&client_secret={SECRET}");
    let mut line = TcpStream::connect(cloud.simulator.address()).expect("it listens");
    write!(
        line,
        "POST /o/oauth/token HTTP/1.1\r\nHost: cloud\r\nConnection: close\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("it reads");
    let mut answer = String::new();
    line.read_to_string(&mut answer).expect("it answers");
    let (_, rest) = answer.split_once("\"access_token\":\"").expect("a token");
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Several processes on one budget: the time from the first request to the last.
fn shared(processes: u32) {
    let (home, cloud) = (Home::new(), Cloud::new(options(10, window(), 50)));
    let each = 48 / processes * 50;
    let start = |number: u32| {
        let list = home.list(&format!("{number}.csv"), number * each..(number + 1) * each);
        home.send(&cloud, &list, 50).spawn().expect("it starts")
    };
    let children: Vec<Child> = (0..processes).map(start).collect();
    for child in children {
        let run = Said::from(child.wait_with_output().expect("it ends")).expect(0).run();
        assert_eq!(run.counts()["succeeded"], each as usize);
    }
    cloud.kept_its_limit();
    let arrivals = cloud.arrivals();
    let took = arrivals[arrivals.len() - 1] - arrivals[0];
    let least = cloud.rate.window * windows(arrivals.len());
    println!(
        "{processes} processes, {} requests: {:.2} s, {:.4} times the floor of {} windows",
        arrivals.len(),
        took.as_secs_f64(),
        took.as_secs_f64() / least.as_secs_f64(),
        windows(arrivals.len()),
    );
}

/// How much memory a process has, in kB, by this line of its status.
fn memory(child: &Child, line: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|one| one.starts_with(line))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

const MANY: u32 = 100_000;

/// What goes wrong in the soak: about one request in 25.
fn weather() -> Faults {
    let mut random = fastrand::Rng::with_seed(4);
    let mut fault = Vec::new();
    for nth in (10..2100).step_by(25) {
        let nth = Some(nth + random.usize(..25));
        let plain = Fault { nth, ..Fault::default() };
        fault.push(match random.u8(..8) {
            0 => Fault { status: Some(503), ..plain },
            1 => Fault { status: Some(500), runs: true, ..plain },
            2 => Fault { reset: Some(Break::Before), ..plain },
            3 => Fault { reset: Some(Break::After), ..plain },
            4 => Fault { cut: Some(Cut::Half), ..plain },
            5 => Fault { cut: Some(Cut::Garbage), ..plain },
            6 => Fault { body: Some("<html>later</html>".to_owned()), ..plain },
            _ => Fault { delay_ms: 800, ..plain },
        });
    }
    // A token that ends in the middle, two words about the limit, and twenty ids that the cloud takes in no list.
    fault.push(Fault { nth: Some(900), status: Some(401), ..Fault::default() });
    for nth in [400, 1500] {
        let headers = [("Retry-After".to_owned(), "1".to_owned())].into();
        fault.push(Fault { nth: Some(nth), status: Some(429), headers, ..Fault::default() });
    }
    for device in (0..20).map(|number| number * 4999 + 7) {
        let containing = vec![mac(device).to_string()];
        fault.push(Fault { containing, status: Some(400), times: Some(0), ..Fault::default() });
    }
    Faults { fault }
}

/// 100,000 devices in one run, at a short window, with faults.
fn soak() {
    let options = Options { faults: weather(), ..options(100, 400, 10) };
    let (home, cloud) = (Home::new(), Cloud::new(options));
    let list = home.list("list.csv", 0..MANY);
    let printed = home.path().join("printed.json");
    let mut gears = home.send(&cloud, &list, 50);
    gears
        .stdout(File::create(&printed).expect("a file"))
        .stderr(File::create(home.path().join("words")).expect("a file"));
    let begun = Instant::now();
    let mut child = gears.spawn().expect("it starts");
    let (mut seen, mut highest, mut next) = (Vec::new(), 0, 0);
    let status: ExitStatus = loop {
        if let Some(status) = child.try_wait().expect("it can be asked") {
            break status;
        }
        let sent = cloud.simulator.received().len();
        if sent >= next
            && let Some(now) = memory(&child, "VmRSS")
        {
            seen.push(format!("{:.1} MB after {sent} requests", now as f64 / 1000.0));
            next = sent + 300;
        }
        highest = memory(&child, "VmHWM").unwrap_or(highest);
        std::thread::sleep(Duration::from_millis(20));
    };
    let took = begun.elapsed();
    let words = fs::read_to_string(home.path().join("words")).unwrap_or_default();
    assert_eq!(status.code(), Some(1), "{words}");
    let run: Printed = serde_json::from_slice(&fs::read(&printed).expect("printed")).expect("a run");
    cloud.kept_its_limit();
    cloud.agrees(&run);
    assert_eq!(run.devices.len(), MANY as usize);
    let begun = Instant::now();
    let past = home.history(&cloud, run.run).expect("the run is known");
    let read = begun.elapsed();
    assert_eq!(past.state.as_deref(), Some("completed"));
    for (printed, past) in run.devices.iter().zip(&past.devices) {
        assert_eq!((&printed.id, &printed.outcome), (&past.id, &past.outcome));
    }
    let twice = cloud.times().values().filter(|&&times| times > 1).count();
    println!("{MANY} devices, {} requests in {:.1} s: {:?}", cloud.arrivals().len(), took.as_secs_f64(), run.counts());
    println!("{twice} devices were in more than one request");
    println!("memory: {}; at the most {:.1} MB, printing included", seen.join(", "), highest as f64 / 1000.0);
    for file in fs::read_dir(&home.state).expect("the state folder").flatten() {
        let size = file.metadata().map_or(0, |about| about.len());
        println!("{}: {:.1} MB", file.file_name().display(), size as f64 / 1e6);
    }
    println!("gears history RUN --format json: {:.2} s", read.as_secs_f64());
}
