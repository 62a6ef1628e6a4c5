//! A home with a state folder, a cloud with a log, and the binary between the two.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use gears_console::limiter::Rate;
use gears_console::model::Mac;
use gears_console::simulator::fleet::Fleet;
use gears_console::simulator::{Faults, KEY, Options, Received, SECRET, Simulator};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// A run as it is printed: by `send`, by `resume` and by `history RUN`.
#[derive(Debug, Deserialize)]
pub struct Printed {
    pub run: i64,
    pub devices: Vec<Device>,
    /// Of the history alone.
    pub state: Option<String>,
}

/// One device of it.
#[derive(Debug, Deserialize)]
pub struct Device {
    pub id: String,
    pub outcome: String,
    pub detail: Option<String>,
}

impl Printed {
    /// The ids that have one of these outcomes.
    pub fn ids(&self, outcomes: &[&str]) -> HashSet<&str> {
        let of = |device: &&Device| outcomes.contains(&device.outcome.as_str());
        self.devices.iter().filter(of).map(|device| device.id.as_str()).collect()
    }

    /// How many devices have each outcome.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for device in &self.devices {
            *counts.entry(device.outcome.as_str()).or_default() += 1;
        }
        counts
    }
}

/// A cloud and the runtime that it lives on.
pub struct Cloud {
    pub simulator: Simulator,
    pub rate: Rate,
    /// Where it is reached: itself, or the line in front of it
    address: SocketAddr,
    runtime: Runtime,
}

impl Cloud {
    pub fn new(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let rate = options.rate;
        let simulator = runtime.block_on(Simulator::start(options)).unwrap();
        Self { address: simulator.address(), simulator, rate, runtime }
    }

    /// The same behind a line on which a request travels for up to so many milliseconds: also one whose sender is dead.
    pub fn far_away(options: Options, milliseconds: u64) -> Self {
        let mut cloud = Self::new(options);
        let (listener, upstream) = (std::net::TcpListener::bind("127.0.0.1:0").unwrap(), cloud.address);
        cloud.address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        cloud.runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, upstream, milliseconds));
            }
        });
        cloud
    }

    /// The commands that arrived.
    pub fn commands(&self) -> Vec<Received> {
        self.simulator.received().into_iter().filter(|request| request.action.is_some()).collect()
    }

    /// When every request arrived, in this order: commands, tokens and all others.
    pub fn arrivals(&self) -> Vec<Instant> {
        let mut times: Vec<Instant> = self.simulator.received().iter().map(|one| one.at.into_std()).collect();
        times.sort_unstable();
        times
    }

    /// How often each device was sent to.
    pub fn times(&self) -> HashMap<String, usize> {
        let mut times = HashMap::new();
        for id in self.commands().into_iter().flat_map(|request| request.ids) {
            *times.entry(id).or_default() += 1;
        }
        times
    }

    /// Fails if some window saw more requests than the limit.
    #[track_caller]
    pub fn kept_its_limit(&self) {
        let (times, limit) = (self.arrivals(), self.rate.requests as usize);
        for few in times.windows(limit + 1) {
            let apart = few[limit] - few[0];
            assert!(apart >= self.rate.window, "{} requests within {apart:?}", limit + 1);
        }
    }

    /// Fails if what is told of some device is not what the cloud did.
    #[track_caller]
    pub fn agrees(&self, run: &Printed) {
        let (mut left, mut ran) = (HashSet::new(), HashSet::new());
        for request in self.commands() {
            if request.ran {
                ran.extend(request.ids.iter().cloned());
            }
            left.extend(request.ids);
        }
        for device in &run.devices {
            let (left, ran) = (left.contains(&device.id), ran.contains(&device.id));
            match device.outcome.as_str() {
                "succeeded" => assert!(ran, "not carried out: {device:?}"),
                "failed" => assert!(left, "never sent: {device:?}"),
                "unknown" => {}
                "not_sent" => assert!(!ran, "carried out: {device:?}"),
                _ => panic!("no outcome: {device:?}"),
            }
        }
    }
}

/// Carries one connection; what goes up takes its time.
async fn carry(near: TcpStream, upstream: SocketAddr, milliseconds: u64) -> std::io::Result<()> {
    let far = TcpStream::connect(upstream).await?;
    let ((mut from_near, mut to_near), (mut from_far, mut to_far)) = (near.into_split(), far.into_split());
    let down = tokio::spawn(async move { tokio::io::copy(&mut from_far, &mut to_near).await });
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from_near.read(&mut bytes).await {
        tokio::time::sleep(Duration::from_micros(fastrand::u64(0..milliseconds * 1000))).await;
        to_far.write_all(&bytes[..count]).await?;
    }
    to_far.shutdown().await?;
    down.abort();
    Ok(())
}

/// A home of its own.
pub struct Home {
    folder: TempDir,
    pub state: PathBuf,
}

/// What a process said in the end.
pub struct Said {
    pub code: Option<i32>,
    pub data: String,
    pub words: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("all output is text");
        Self { code: output.status.code(), data: text(output.stdout), words: text(output.stderr) }
    }
}

impl Said {
    /// Fails unless the process ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n--- data\n{}\n--- words\n{}", self.data, self.words);
        self
    }

    /// Fails unless the words hold all of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.words.contains(part), "“{part}” is not in: {}", self.words);
        }
        self
    }

    /// The run that was printed.
    #[track_caller]
    pub fn run(&self) -> Printed {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.data, self.words))
    }
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        Self { folder, state }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The binary with these variables and no others, set up for the cloud and for a short run's JSON.
    pub fn gears(&self, cloud: &Cloud, arguments: &[&str]) -> Command {
        self.gears_of(Path::new(env!("CARGO_BIN_EXE_gears")), cloud, arguments)
    }

    /// As `gears`, for a copy of the binary.
    pub fn gears_of(&self, program: &Path, cloud: &Cloud, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.path()).args(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8").env("USER", "anna");
        command.env("HOME", self.path()).env("XDG_CONFIG_HOME", self.path().join("config"));
        command.env("GEARS_STATE_DIR", &self.state).env("GEARS_BASE_URL", format!("http://{}", cloud.address));
        command.env("GEARS_CLIENT_KEY", KEY).env("GEARS_CLIENT_SECRET", SECRET);
        command.env("GEARS_RATE", format!("{}/{}ms", cloud.rate.requests, cloud.rate.window.as_millis()));
        command.env("GEARS_TIMEOUT", "20s");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// `gears send` of a list, `batch` devices in a request.
    pub fn send(&self, cloud: &Cloud, list: &str, batch: usize) -> Command {
        let batch = batch.to_string();
        self.gears(cloud, &["send", "-a", "dhcprenew", "--yes", "--format", "json", "--batch-size", &batch, list])
    }

    /// `gears resume`
    pub fn resume(&self, cloud: &Cloud, run: i64, batch: usize) -> Command {
        let (run, batch) = (run.to_string(), batch.to_string());
        self.gears(cloud, &["resume", &run, "--yes", "--format", "json", "--batch-size", &batch])
    }

    /// A run of the journal, by `gears history`; `None` if there is none.
    pub fn history(&self, cloud: &Cloud, run: i64) -> Option<Printed> {
        let said = ended(self.gears(cloud, &["history", &run.to_string(), "--format", "json"]));
        if said.code == Some(2) && said.words.contains("no run") {
            return None;
        }
        Some(said.expect(0).run())
    }

    /// Does something to the journal's database that no gears would do; so many rows were changed.
    pub fn tamper(&self, statement: &'static str) -> u64 {
        let file = self.state.join("journal.db");
        let work = async {
            let mut connection = SqliteConnectOptions::new().filename(file).connect().await?;
            let done = sqlx::query(statement).execute(&mut connection).await?;
            sqlx::query("PRAGMA journal_mode = DELETE").fetch_all(&mut connection).await?;
            connection.close().await?;
            Ok::<_, sqlx::Error>(done.rows_affected())
        };
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work).unwrap()
    }

    /// Writes a list of devices and gives its path.
    pub fn list(&self, name: &str, devices: impl IntoIterator<Item = u32>) -> String {
        let mut text = String::from("mac,host\n");
        for device in devices {
            let _ = writeln!(text, "{},LT-{device:06}", mac(device));
        }
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// The MAC of a test's device.
pub fn mac(device: u32) -> Mac {
    let [_, a, b, c] = device.to_be_bytes();
    Mac::new([0x00, 0x0c, 0x29, a, b, c])
}

/// A cloud that knows every device.
pub fn options(requests: u32, window_ms: u64, latency_ms: u64) -> Options {
    let rate = Rate { requests, window: Duration::from_millis(window_ms) };
    let latency = Duration::from_millis(latency_ms);
    Options { rate, latency, fleet: Fleet::everything(), ..Options::default() }
}

/// The same with faults.
pub fn script(text: &str, options: Options) -> Options {
    Options { faults: Faults::parse(text).unwrap(), ..options }
}

/// Waits for the end of a process.
pub fn ended(mut command: Command) -> Said {
    command.output().unwrap().into()
}

/// Waits until the cloud has received so many commands.
pub fn until_sent(cloud: &Cloud, count: usize) {
    let begun = Instant::now();
    while cloud.commands().len() < count {
        assert!(begun.elapsed() < Duration::from_mins(1), "no request arrived");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// A small disk of its own; unmounted when it is dropped. None where this process may not mount one.
pub struct Disk(pub PathBuf);

impl Disk {
    pub fn new(folder: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let mount = ["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"];
        let mounted = Command::new("mount").args(mount).arg(folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        eprintln!("skipped: this user may not mount a small disk");
        None
    }

    pub fn remount(&self, how: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
