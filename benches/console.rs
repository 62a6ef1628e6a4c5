//! What the console costs a person on a bad line: drives the release binary in a real terminal of 80x24 and prints a table.
//!
//! `cargo bench --bench console` measures everything, some five minutes. The figures go to `target/console.json` as well.

#[path = "../tests/console/pty.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod pty;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gears_console::limiter::Rate;
use gears_console::simulator::fleet::Fleet;
use gears_console::simulator::{KEY, Options, SECRET, Simulator};
use portable_pty::CommandBuilder;
use pty::{Pty, gears};

struct Figure {
    what: &'static str,
    unit: &'static str,
    goal: f64,
    values: Vec<f64>,
}

impl Figure {
    fn new(what: &'static str, unit: &'static str, goal: f64, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let figure = Self { what, unit, goal, values };
        println!("{}", figure.row());
        figure
    }

    fn part(&self, of_hundred: usize) -> f64 {
        self.values[(self.values.len() - 1) * of_hundred / 100]
    }

    fn row(&self) -> String {
        let Self { what, unit, goal, values } = self;
        format!("| {what} | {goal} {unit} | {:.2} | {:.2} | {} |", self.part(50), self.part(95), values.len())
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn list(folder: &Path, rows: u32) -> PathBuf {
    let mut text = String::from("mac,hwid,hostname,user\n");
    for row in 0..rows {
        let [_, a, b, c] = row.to_be_bytes();
        let _ = writeln!(
            text,
            "00:0c:29:{a:02x}:{b:02x}:{c:02x},KZ60M9CW7L{row:06},LT-{row:05},user{}.name{}",
            row % 977,
            row % 89
        );
    }
    let path = folder.join(format!("{rows}.csv"));
    std::fs::write(&path, text).expect("the list is written");
    path
}

struct Bench {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    /// A console of its own home on a simulator.
    fn console(&self, simulator: &Simulator, arguments: &[&str]) -> CommandBuilder {
        let home = self.folder.path();
        let mut command = gears(home, arguments);
        command.env("GEARS_BASE_URL", simulator.base_url().as_str());
        command.env("GEARS_CLIENT_KEY", KEY);
        command.env("GEARS_CLIENT_SECRET", SECRET);
        command
    }

    fn simulator(&self, options: Options) -> Simulator {
        self.runtime.block_on(Simulator::start(options)).expect("the simulator starts")
    }
}

/// From the start of the process to the first chunk after which the screen shows a text, and the bytes so far.
fn until(command: CommandBuilder, text: &str) -> (f64, f64, Pty) {
    let start = Instant::now();
    let mut pty = Pty::start(command, 80, 24);
    pty.shows(text);
    let bytes = pty.output();
    let mut parser = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
    let mut done = 0;
    for (at, length) in pty.times() {
        parser.process(&bytes[done..length]);
        done = length;
        if parser.screen().contents().contains(text) {
            return (milliseconds(at - start), done as f64, pty);
        }
    }
    unreachable!("the screen shows it")
}

/// Sends a key where nothing else is about to come; the time to the last byte of its answer, and the answer's bytes.
fn key(pty: &mut Pty, key: &str) -> (f64, f64) {
    let before = pty.bytes();
    let start = Instant::now();
    pty.send(key).answers(before).settled();
    let (at, length) = *pty.times().last().expect("an answer");
    (milliseconds(at - start), (length - before) as f64)
}

/// CPU time in milliseconds, voluntary and other switches of all threads, memory in MB, number of threads.
fn process(pty: &Pty) -> (f64, f64, f64, f64) {
    let pid = pty.child.process_id().expect("a process");
    let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
    let stat = read(format!("/proc/{pid}/stat"));
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap_or(0.0) + fields[12].parse::<f64>().unwrap_or(0.0);
    let (mut switches, mut threads) = (0.0, 0.0);
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        threads += 1.0;
        let status = read(task.path().join("status").display().to_string());
        switches += status.lines().filter(|line| line.contains("ctxt_switches")).filter_map(number).sum::<f64>();
    }
    let status = read(format!("/proc/{pid}/status"));
    let memory = status.lines().find(|line| line.starts_with("VmHWM")).and_then(number).unwrap_or(0.0) / 1024.0;
    (ticks * 10.0, switches, memory, threads)
}

fn number(line: &str) -> Option<f64> {
    line.split_whitespace().nth(1)?.parse().ok()
}

fn main() {
    let bench = Bench {
        folder: tempfile::tempdir().expect("a folder"),
        runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime"),
    };
    let (small, large) = (list(bench.folder.path(), 100), list(bench.folder.path(), 100_000));
    let (small, large) = (small.to_str().unwrap(), large.to_str().unwrap());
    let simulator = bench.simulator(Options::default());
    let mut figures = Vec::new();
    println!("| what | goal | median | p95 | measured |\n|---|---|---|---|---|");

    let starts: Vec<(f64, f64)> =
        (0..20).map(|_| until(bench.console(&simulator, &[small]), "q quit")).map(|(t, b, _)| (t, b)).collect();
    figures.push(Figure::new(
        "start to first frame, 100 rows",
        "ms",
        10.0,
        starts.iter().map(|start| start.0).collect(),
    ));
    figures.push(Figure::new(
        "bytes of the first frame",
        "bytes",
        3500.0,
        starts.iter().map(|start| start.1).collect(),
    ));
    let starts = (0..7).map(|_| until(bench.console(&simulator, &[large]), "of 100,000").0).collect();
    figures.push(Figure::new("start to 100,000 CSV rows on screen", "ms", 60.0, starts));

    for (name, rows, path) in [("one key, 100 rows", "of 100", small), ("one key, 100,000 rows", "of 100,000", large)] {
        let (.., mut pty) = until(bench.console(&simulator, &[path]), rows);
        pty.settled();
        // Down through the list, up and down again, so that it scrolls as well.
        let keys = ["j", "k", "j"].into_iter().flat_map(|one| [one; 90]);
        let moves: Vec<(f64, f64)> = keys.map(|one| key(&mut pty, one)).collect();
        figures.push(Figure::new(name, "ms", 1.0, moves.iter().map(|one| one.0).collect()));
        figures.push(Figure::new("bytes of a cursor move", "bytes", 60.0, moves.iter().map(|one| one.1).collect()));
    }

    let (.., mut pty) = until(bench.console(&simulator, &[large]), "of 100,000");
    let (.., memory, threads) = process(&pty);
    let mut strokes = Vec::new();
    for word in ["lt5", "user12", "00:0c:29:01", "name7"] {
        pty.press("/", "keep the filter").settled();
        strokes.extend(word.chars().map(|c| key(&mut pty, &c.to_string()).0));
        pty.press("\u{1b}", "? help");
    }
    figures.push(Figure::new("a filter keystroke, 100,000 rows", "ms", 9.0, strokes));
    figures.push(Figure::new("memory with 100,000 devices, at most", "MB", 60.0, vec![memory]));
    figures.push(Figure::new("threads after a load", "", 4.0, vec![threads]));
    drop(pty);

    let (.., pty) = until(bench.console(&simulator, &[small]), "of 100");
    let bytes = pty.settled();
    std::thread::sleep(Duration::from_secs(15));
    let (cpu, switches, ..) = process(&pty);
    std::thread::sleep(Duration::from_mins(1));
    let (cpu_after, switches_after, _, threads) = process(&pty);
    figures.push(Figure::new("idle for a minute: bytes", "", 0.0, vec![(pty.bytes() - bytes) as f64]));
    figures.push(Figure::new("idle for a minute: wake-ups", "", 0.0, vec![switches_after - switches]));
    figures.push(Figure::new("idle for a minute: CPU", "ms", 0.0, vec![cpu_after - cpu]));
    figures.push(Figure::new("threads when idle", "", 4.0, vec![threads]));
    drop(pty);

    figures.extend(runs(&bench));
    let json: Vec<serde_json::Value> = figures
        .iter()
        .map(|figure| serde_json::json!({"what": figure.what, "unit": figure.unit, "goal": figure.goal, "median": figure.part(50), "values": figure.values}))
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/console.json");
    std::fs::write(path, serde_json::to_string_pretty(&json).expect("figures are JSON"))
        .expect("the figures are written");
}

/// A run that waits for its next slot, and all of a run of 5,000 devices.
fn runs(bench: &Bench) -> Vec<Figure> {
    let path = list(bench.folder.path(), 5000);
    let path = path.to_str().unwrap();
    let start = |window: u64, state: &str| {
        let rate = Rate { requests: 10, window: Duration::from_secs(window) };
        let simulator = bench.simulator(Options { rate, fleet: Fleet::everything(), ..Options::default() });
        let command = bench.console(&simulator, &["--state-dir", state, "--rate", &format!("10/{window}s"), path]);
        let (.., mut pty) = until(command, "of 5,000");
        pty.press("a", "5,000 selected").press("\r", "Type 5,000");
        for end in 1..=4 {
            pty.press(&"5000"[end - 1..end], &format!(": {}", &"5000"[..end]));
        }
        pty.shows("▸ Enter send");
        // Right behind the number it would not count.
        std::thread::sleep(gears_console::tui::gate::FAST * 2);
        let before = pty.bytes();
        pty.send("\r");
        (pty, before, simulator)
    };
    let (mut pty, _, _simulator) = start(40, "waiting");
    pty.shows("next in 2");
    let before = pty.bytes();
    std::thread::sleep(Duration::from_secs(10));
    let waiting = (pty.bytes() - before) as f64 / 10.0;
    drop(pty);
    let (mut pty, before, _simulator) = start(1, "whole");
    pty.shows("5,000/5,000");
    let run = (pty.settled() - before) as f64;
    vec![
        Figure::new("waiting for the next slot, bytes a second", "", 100.0, vec![waiting]),
        Figure::new("a run of 5,000 devices, all output", "bytes", 60_000.0, vec![run]),
    ]
}
