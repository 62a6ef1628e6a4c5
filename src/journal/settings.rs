//! Whose journal it is and where it lives.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::clock::{Clock, SystemClock};
use crate::model::RunId;

/// Who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The user's name on this host.
    pub user: String,
    /// This host's name.
    pub host: String,
    /// The address that the SSH session comes from, where there is one.
    pub ssh_client: Option<String>,
}

impl Who {
    /// As the surroundings tell it: `USER` or `LOGNAME` (else the name in `/etc/passwd`, else the user's number), the host's
    /// name, `SSH_CONNECTION`.
    #[must_use]
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let number = rustix::process::getuid().as_raw();
        let user = variable("USER").or_else(|| variable("LOGNAME")).or_else(|| {
            let users = std::fs::read(USERS).ok()?;
            name_of(number, &String::from_utf8_lossy(&users))
        });
        let user = user.unwrap_or_else(|| format!("uid {number}"));
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let ssh = variable("SSH_CONNECTION").or_else(|| variable("SSH_CLIENT"));
        let ssh_client = ssh.and_then(|value| value.split_whitespace().next().map(str::to_owned));
        Self { user, host, ssh_client }
    }
}

/// The users of this machine, a line each (passwd(5)).
const USERS: &str = "/etc/passwd";

/// The name of the user with this number: `name:password:number:...`
fn name_of(number: u32, users: &str) -> Option<String> {
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, field) = (fields.next()?, fields.next()?, fields.next()?);
        (field.parse() == Ok(number)).then_some(name)
    })?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// How the journal makes a commit durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wal {
    /// A write-ahead log on local disks; none on network file systems, where its shared memory does not work.
    #[default]
    Auto,
    /// Never a write-ahead log: for file systems that pass for local and are not.
    Never,
}

/// What a journal has to know when it is opened.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The state folder; made if it is not there.
    pub folder: PathBuf,
    /// Who sends.
    pub who: Who,
    /// The profile's name, for the history.
    pub profile: String,
    /// The cloud's host (and port, where it is not the usual one), for the history.
    pub cloud: String,
    /// The account, as [`account_key`] names it: runs are resumed and exemptions are undone within one account. The budget is
    /// shared within one cloud.
    pub account: String,
    /// Days before the newest run for which ended runs are kept; 0 keeps them for ever.
    pub keep_days: u32,
    /// How commits are made durable.
    pub wal: Wal,
    /// How long to wait for another process that writes.
    pub patience: Duration,
    /// The clocks; another one in tests.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// The default of `journal.keep_days`.
    pub const KEEP_DAYS: u32 = 400;

    /// The default of `patience`. Our own processes take milliseconds; the longest write is a run of 100,000 devices that
    /// begins.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// The settings for this folder and this account, and the defaults for the rest. `client_key` as in [`account_key`].
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, profile: &str, cloud: &str, client_key: Option<&str>) -> Self {
        Self {
            folder: folder.into(),
            who: Who::from_environment(),
            profile: profile.to_owned(),
            cloud: cloud.to_owned(),
            account: account_key(cloud, client_key),
            keep_days: Self::KEEP_DAYS,
            wal: Wal::Auto,
            patience: Self::PATIENCE,
            clock: Arc::new(SystemClock),
        }
    }
}

/// The name of an account in the journal: the cloud's host and a hash of the client's key (`client_id`), never a secret.
/// With a ready access token the account is not known (`None`), and it may be any of the cloud.
///
/// It is the name under which runs and exemptions are kept. The budget is kept under the cloud's host alone, for one account
/// can be known by several keys and by a token: whoever uses several accounts of one cloud from one state folder shares the
/// budget of one between them, which is never too much.
#[must_use]
pub fn account_key(cloud: &str, client_key: Option<&str>) -> String {
    let Some(key) = client_key else { return cloud.to_owned() };
    let hash = Sha256::digest(format!("{cloud}\n{key}"));
    let short = hash.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    format!("{cloud}#{short}")
}

/// The cloud of an account.
pub(super) fn cloud_of(account: &str) -> &str {
    account.split('#').next().unwrap_or_default()
}

/// Whether two account keys can be the same account: they are equal, or one is only known by its cloud.
pub(super) fn may_be_same_account(one: &str, other: &str) -> bool {
    one == other || (cloud_of(one) == cloud_of(other) && !(one.contains('#') && other.contains('#')))
}

/// Why a run of another account is left alone, and the way to it.
pub(super) fn of_another_account(run: RunId, cloud: &str, profile: &str) -> String {
    match profile {
        "" => {
            format!("run {run} belongs to another account ({cloud} without a profile): go on with it without --profile")
        }
        _ => format!(
            "run {run} belongs to another account ({cloud} with profile {profile}): go on with it by --profile {profile}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_its_host_and_a_hash() {
        let key = account_key("gears.example", Some("client-1"));
        assert!(key.starts_with("gears.example#") && !key.contains("client-1"), "{key}");
        assert_ne!(key, account_key("gears.example", Some("client-2")));
        assert_ne!(key, account_key("other.example", Some("client-1")));
        assert_eq!(account_key("gears.example", None), "gears.example");
    }

    #[test]
    fn a_user_has_a_name_by_its_number() {
        let users = "root:x:0:0:root:/root:/bin/bash\n\nbroken\nanna:x:1001:100:Anna:/home/anna:/bin/sh\n:x:7:7::/:\n";
        assert_eq!(name_of(0, users), Some("root".to_owned()));
        assert_eq!(name_of(1001, users), Some("anna".to_owned()));
        assert_eq!([name_of(100, users), name_of(7, users)], [None, None]);
    }

    #[test]
    fn a_token_may_be_any_account_of_its_host() {
        let [one, two] = ["1", "2"].map(|key| account_key("a.example", Some(key)));
        assert!(may_be_same_account(&one, &one));
        assert!(may_be_same_account(&one, "a.example"));
        assert!(!may_be_same_account(&one, &two));
        assert!(!may_be_same_account(&one, "b.example"));
    }
}
