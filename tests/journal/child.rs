//! Other processes: this test binary again, with one test that plays a role.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gears_console::journal::Journal;
use gears_console::limiter::LedgerStore;
use gears_console::model::{Action, EndReason, Outcome, OutcomeKind, RunId};

use crate::support::{new_run, note, open, send};

const ROLE: &str = "GEARS_TEST_ROLE";
const FOLDER: &str = "GEARS_TEST_FOLDER";
const WORD: &str = "GEARS_TEST_WORD";

/// Devices in a batch of the role `runs`, and batches in a run.
pub const BATCH: u32 = 10;
pub const BATCHES: u32 = 6;

/// Another process of this folder. Killed when it is dropped.
pub struct Other(pub Child);

impl Other {
    /// Begins one in a role; `word` is what the role makes of it.
    pub fn start(role: &str, folder: &Path, word: &str) -> Self {
        Self::spawn(Command::new(std::env::current_exe().unwrap()), role, folder, word)
    }

    /// Begins one whose files may have so many blocks of 512 bytes at most.
    pub fn start_limited(role: &str, folder: &Path, blocks: u32) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        shell.arg(std::env::current_exe().unwrap());
        Self::spawn(shell, role, folder, "")
    }

    fn spawn(mut command: Command, role: &str, folder: &Path, word: &str) -> Self {
        command.args(["--exact", "child::plays_its_role", "--nocapture", "--test-threads=1"]);
        command.env(ROLE, role).env(FOLDER, folder).env(WORD, word).stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }

    /// kill -9
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for its end, which must be a good one.
    pub fn finish(mut self) {
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a child was told is durable, a line each. Its path beside the state folder.
pub fn told(folder: &Path) -> PathBuf {
    folder.with_extension("told")
}

/// Waits until the file says so.
pub fn await_line(folder: &Path, line: &str) {
    loop {
        let text = std::fs::read_to_string(told(folder)).unwrap_or_default();
        if text.lines().any(|one| one.starts_with(line)) {
            return;
        }
        std::thread::yield_now();
    }
}

/// The outcome of a device in the role `runs`.
pub fn outcome(run: RunId, device: u32) -> OutcomeKind {
    let kinds = [OutcomeKind::Succeeded, OutcomeKind::Failed, OutcomeKind::Unknown];
    kinds[usize::try_from(run.0).unwrap().wrapping_add(device as usize) % kinds.len()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plays_its_role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let word = std::env::var(WORD).unwrap();
    match &*role {
        "runs" => runs(&folder).await,
        "holds" => holds(&folder).await,
        "counts" => counts(&folder, &word).await,
        "fills" => fills(&folder).await,
        role => panic!("no role {role}"),
    }
}

/// One run after another, several batches at once, and a line for everything that is said to be durable.
async fn runs(folder: &Path) {
    let journal = open(folder).await;
    let tell = |line: String| {
        let mut file = told_file(folder);
        file.write_all(line.as_bytes()).unwrap();
    };
    loop {
        let run = journal.begin_run(&new_run(Action::ExemptAll, BATCH * BATCHES)).await.unwrap();
        tell(format!("begun {run}\n"));
        let batches = (0..BATCHES).map(|batch| {
            let (journal, tell) = (&journal, &tell);
            async move {
                let devices: Vec<u32> = (batch * BATCH..(batch + 1) * BATCH).collect();
                journal.batch_sent(run, batch, &devices).await.unwrap();
                tell(format!("sent {run} {batch}\n"));
                let outcomes: Vec<_> =
                    devices.iter().map(|&device| (device, Outcome::plain(outcome(run, device)))).collect();
                journal.batch_answered(run, batch, &outcomes, &note(200)).await.unwrap();
                tell(format!("answered {run} {batch}\n"));
            }
        });
        futures::future::join_all(batches).await;
        journal.end_run(run, &EndReason::Completed).await.unwrap();
        tell(format!("ended {run}\n"));
    }
}

fn told_file(folder: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(told(folder)).unwrap()
}

/// Holds a run of 2,000 devices: 1,200 done, 50 in flight, 750 waiting.
async fn holds(folder: &Path) {
    let journal = open(folder).await;
    let run = journal.begin_run(&new_run(Action::ExemptAll, 2000)).await.unwrap();
    for batch in 0..24 {
        let kind = if batch == 3 { OutcomeKind::Failed } else { OutcomeKind::Succeeded };
        send(&journal, run, batch, &(batch * 50..batch * 50 + 50).collect::<Vec<_>>(), kind).await;
    }
    journal.batch_sent(run, 24, &(1200..1250).collect::<Vec<_>>()).await.unwrap();
    told_file(folder).write_all(format!("holds {run}\n").as_bytes()).unwrap();
    std::future::pending::<()>().await;
}

/// Adds one to the number in a file so many times, in the ledger's transaction and with no other care.
async fn counts(folder: &Path, times: &str) {
    let ledger = open(folder).await.ledger().unwrap();
    let file = told(folder);
    for _ in 0..times.parse::<u32>().unwrap() {
        ledger.update(Box::new(|_, _| add_one(&file))).await.unwrap();
    }
}

/// Adds one to the number in a file, with time for others to come in between.
pub fn add_one(file: &Path) {
    let number: u32 = std::fs::read_to_string(file).unwrap_or_default().trim().parse().unwrap_or_default();
    for _ in 0..20 {
        std::thread::yield_now();
    }
    std::fs::write(file, (number + 1).to_string()).unwrap();
}

/// Begins runs until the file may not grow any more, and tells the words.
async fn fills(folder: &Path) {
    let journal: Journal = open(folder).await;
    loop {
        match journal.begin_run(&new_run(Action::DhcpRenew, 500)).await {
            Ok(run) => told_file(folder).write_all(format!("begun {run}\n").as_bytes()).unwrap(),
            Err(error) => {
                told_file(folder).write_all(format!("full {error}\n").as_bytes()).unwrap();
                return;
            }
        }
    }
}
