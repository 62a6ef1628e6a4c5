//! The clocks: wall time for the history, a clock that no one can set for the budget.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use crate::limiter::Moment;

/// What the journal reads time from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Wall time.
    fn wall(&self) -> Timestamp;

    /// Time since the machine started, sleep included, in nanoseconds.
    fn uptime(&self) -> Moment;

    /// Changes with every start of the machine.
    fn boot(&self) -> Arc<str>;

    /// Stays the same across starts of the machine, and differs from other machines'.
    fn machine(&self) -> Arc<str>;
}

/// The system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    fn uptime(&self) -> Moment {
        // CLOCK_BOOTTIME goes on while the machine sleeps, and nobody can set it.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(clock);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or_default();
        Moment(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
    }

    fn boot(&self) -> Arc<str> {
        static BOOT: OnceLock<Arc<str>> = OnceLock::new();
        Arc::clone(BOOT.get_or_init(|| boot_id().into()))
    }

    fn machine(&self) -> Arc<str> {
        static MACHINE: OnceLock<Arc<str>> = OnceLock::new();
        Arc::clone(MACHINE.get_or_init(|| {
            let id = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
            format!("{} {}", rustix::system::uname().nodename().to_string_lossy(), id.trim()).into()
        }))
    }
}

/// The kernel's number of this start of the machine; empty where the system tells none.
fn boot_id() -> String {
    if let Ok(id) = std::fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        return id.trim().to_owned();
    }
    let sysctl = std::process::Command::new("sysctl").args(["-n", "kern.bootsessionuuid"]).output();
    sysctl.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
