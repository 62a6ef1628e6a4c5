//! A home of its own, a cloud of its own, and the binary.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use gears_console::simulator::{Faults, KEY, Options, SECRET, Simulator, fleet};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub struct House {
    pub home: TempDir,
    pub simulator: Simulator,
    // Last, because the simulator lives on it.
    _runtime: Runtime,
}

/// What came out, as text.
pub struct Said {
    pub code: i32,
    pub data: String,
    pub words: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("all output is text");
        Self { code: output.status.code().unwrap_or(-1), data: text(output.stdout), words: text(output.stderr) }
    }
}

impl Said {
    /// Fails unless the exit code is this.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- data\n{}\n--- words\n{}", self.data, self.words);
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

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {}", self.data))
    }
}

pub fn options() -> Options {
    Options::default()
}

pub fn script(text: &str) -> Options {
    Options { faults: Faults::parse(text).unwrap(), ..options() }
}

/// MACs of the sample fleet that the cloud knows and that do what they are told.
pub fn good(count: usize) -> Vec<String> {
    let good = fleet::devices().into_iter().filter(|device| device.known && device.has_agent);
    good.take(count).map(|device| device.mac.to_string()).collect()
}

/// HWIDs of the same devices.
pub fn good_hwids(count: usize) -> Vec<String> {
    let good = fleet::devices().into_iter().filter(|device| device.known && device.has_agent);
    good.take(count).map(|device| device.hwid.to_string()).collect()
}

/// The binary in this home, with nothing of the surroundings but the path, and nothing to read.
pub fn gears_at(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gears"));
    command.env_clear().current_dir(home).write_stdin("");
    command.envs(surroundings(home));
    command
}

/// The variables of `gears_at`.
pub fn surroundings(home: &Path) -> Vec<(&'static str, String)> {
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    vec![
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("HOME", text(home.to_owned())),
        ("XDG_CONFIG_HOME", text(home.join("config"))),
        ("XDG_STATE_HOME", text(home.join("state"))),
        ("LANG", "C.UTF-8".to_owned()),
        ("USER", "anna".to_owned()),
    ]
}

impl House {
    pub fn new(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let simulator = runtime.block_on(Simulator::start(options)).unwrap();
        Self { home: tempfile::tempdir().unwrap(), simulator, _runtime: runtime }
    }

    /// The variables that lead to the simulator.
    pub fn cloud(&self) -> Vec<(&'static str, String)> {
        vec![
            ("GEARS_BASE_URL", self.simulator.base_url().to_string()),
            ("GEARS_CLIENT_KEY", KEY.to_owned()),
            ("GEARS_CLIENT_SECRET", SECRET.to_owned()),
        ]
    }

    /// The binary, set up for the simulator by its environment.
    pub fn gears(&self) -> Command {
        let mut command = gears_at(self.home.path());
        command.envs(self.cloud());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        self.gears().args(arguments).output().unwrap().into()
    }

    /// Writes a file into the home, and gives its path.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Makes a run of so many devices, all in one request.
    pub fn long_run(&self, devices: u32) {
        let mac = |number: u32| format!("00:0c:29:{:02x}:{:02x}:{:02x}", number >> 16, number >> 8 & 255, number & 255);
        let list = self.file("long.txt", (0..devices).map(mac).collect::<Vec<_>>().join("\n"));
        let said = self.run(&["send", "-a", "dhcprenew", "--yes", "--batch-size", "10000", &list]);
        assert!(said.words.contains("run 1"), "{}", said.words);
    }

    /// The ids of every command that arrived.
    pub fn sent(&self) -> Vec<Vec<String>> {
        self.simulator
            .received()
            .into_iter()
            .filter(|request| request.action.is_some())
            .map(|request| request.ids)
            .collect()
    }
}
