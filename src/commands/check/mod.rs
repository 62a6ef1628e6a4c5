//! `gears check`: whether everything is in place, one line each.

mod local;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::session::{self, Session, Target};
use super::{Failure, begin_log, json, out};
use crate::cli::{Check, CheckFormat, Sending};
use crate::client::{Account, ClientError};
use crate::config::{self, ConfigError, Environment, Loaded, Plan};
use crate::dispatcher;
use crate::log::Make;
use crate::model::text::visible;

/// The longest time for the name of a host.
const RESOLVE: Duration = Duration::from_secs(10);
/// The difference of clocks from which on tokens and certificates can fail.
const CLOCK: Duration = Duration::from_mins(2);

/// What is said of the account where nobody can be asked.
const NO_CONNECTION: &str = "not asked, because there is no connection";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What was looked at.
    pub check: &'static str,
    /// Whether it is well; `None` where it could not be looked at.
    pub ok: Option<bool>,
    /// What was found, or what is wrong and what to do.
    pub words: String,
}

/// The lines so far.
#[derive(Debug, Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn add(&mut self, check: &'static str, ok: Option<bool>, words: impl Into<String>) {
        let words = visible(&words.into()).into_owned();
        match ok {
            Some(true) => tracing::info!(check, "well"),
            Some(false) => tracing::warn!(check, words, "not well"),
            None => tracing::info!(check, words, "not looked at"),
        }
        self.0.push(Line { check, ok, words });
    }

    fn result(&mut self, check: &'static str, result: Result<String, String>) {
        let (ok, words) = match result {
            Ok(words) => (true, words),
            Err(words) => (false, words),
        };
        self.add(check, Some(ok), words);
    }
}

/// Runs `gears check`; `common` are the options before the command's name.
pub async fn run(check: Check, common: &Sending, environment: &Environment) -> ExitCode {
    let sending = check.sending.or(common);
    let mut lines = Lines::default();
    match config::load(&sending.flags(), environment) {
        Ok(loaded) => {
            begin_log("check", &loaded, Make::Nothing);
            look(&mut lines, &loaded, sending.demo).await;
        }
        Err(error @ ConfigError::Usage(_)) => return Failure::from(error).tell(),
        Err(error) => lines.result("configuration", Err(error.to_string())),
    }
    lines.result("terminal", Ok(local::terminal(environment)));
    print(&lines.0, check.format)
}

async fn look(lines: &mut Lines, loaded: &Loaded, demo: bool) {
    let settings = &loaded.settings;
    lines.result("configuration", local::configuration(loaded));
    lines.result("cloud", if demo { Ok("simulation on this machine".to_owned()) } else { local::cloud(settings) });
    if settings.journal && !demo {
        lines.result("state folder", settings.state_dir().and_then(local::folder));
    }
    let ask = super::may_be_asked();
    let plan = Plan::new(settings, &loaded.environment, ask).map(|plan| plan.to_string());
    let target = Target::find(loaded, demo, ask).await;
    lines.result(
        "credentials",
        match (&target, plan) {
            (Ok(_), _) if demo => Ok("of the simulation".to_owned()),
            (Ok(_), Ok(words)) => Ok(words),
            (Ok(_), Err(error)) => Err(error.to_string()),
            (Err(failure), _) => Err(failure.sentence.clone()),
        },
    );
    let key = target.as_ref().ok().and_then(Target::client_key);
    let journal = session::journal(settings, demo, key).await;
    lines.result(
        "journal",
        match &journal {
            Ok(_) if !settings.journal => Ok("off: runs are not recorded".to_owned()),
            Ok(_) if demo => Ok("off in a simulation".to_owned()),
            Ok(_) => Ok("opens".to_owned()),
            Err(failure) => Err(failure.sentence.clone()),
        },
    );
    let proxy = local::proxy(&settings.base_url, &loaded.environment);
    if !demo {
        lines.result("proxy", Ok(proxy.clone().unwrap_or_else(|| "none".to_owned())));
        match proxy {
            Some(_) => lines.add("name", None, "left to the proxy"),
            None => lines.result("name", resolve(settings).await),
        }
    }
    let (Ok(target), Ok(journal)) = (target, journal) else {
        return lines.add("account", None, "not asked, because of what is wrong above");
    };
    match Session::with(settings, target, journal) {
        Ok(session) => ask_cloud(lines, &session).await,
        Err(failure) => {
            lines.result("connection", Err(failure.sentence));
            lines.add("account", None, NO_CONNECTION);
        }
    }
}

async fn resolve(settings: &config::Settings) -> Result<String, String> {
    let host = settings.base_url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = settings.base_url.port_or_known_default().unwrap_or(443);
    let found = tokio::time::timeout(RESOLVE, tokio::net::lookup_host((host, port))).await;
    match found {
        Err(_) => Err(format!("the name server did not answer for {host} within 10 s: check the network")),
        Ok(Err(error)) => Err(format!("{host} is not found: {error}; check base_url and the network")),
        Ok(Ok(addresses)) => {
            let addresses: Vec<String> = addresses.take(3).map(|address| address.ip().to_string()).collect();
            Ok(format!("{host} is {}", addresses.join(", ")))
        }
    }
}

async fn ask_cloud(lines: &mut Lines, session: &Session) {
    match session.limiter.look().await {
        Ok(budget) if budget.taken >= budget.limit => {
            out::say("the budget is used up: waiting for a request to be free");
        }
        Ok(_) => {}
        Err(error) => lines.result("budget", Err(error.to_string())),
    }
    let asked = SystemTime::now();
    let account = dispatcher::account(&session.client, &session.limiter).await;
    let https = session.client.base_url().scheme() == "https";
    let stands = if https { "stands, certificate trusted" } else { "stands, not encrypted (this machine alone)" };
    match &account {
        Err(ClientError::Unreachable(why)) => lines.result("connection", Err(why.to_string())),
        Err(ClientError::Settings(why)) => lines.result("connection", Err(why.clone())),
        _ => lines.result("connection", Ok(stands.to_owned())),
    }
    match account {
        Ok(account) => {
            lines.result("token", Ok("accepted".to_owned()));
            lines.result("account", Ok(account_words(&account)));
            match account.date {
                Some(date) => lines.result("clock", clock(date, asked, SystemTime::now())),
                None => lines.add("clock", None, "the cloud told no time"),
            }
            match account.devices_used.zip(account.devices_allowed) {
                Some((used, allowed)) if used > allowed => {
                    lines.result("licence", Err(format!("{used} devices in use, {allowed} allowed")));
                }
                _ => {}
            }
        }
        Err(ClientError::Credentials(why) | ClientError::NoToken(why)) => {
            lines.result("token", Err(format!("{why}; check client key and secret, and that they are of this cloud")));
        }
        Err(ClientError::Unreachable(_) | ClientError::Settings(_)) => {
            lines.add("account", None, NO_CONNECTION);
        }
        Err(error) => lines.result("account", Err(error.to_string())),
    }
    session.journal.take_notices().iter().for_each(|words| out::say(words));
    if let Ok(budget) = session.limiter.look().await {
        let free = budget.limit.saturating_sub(budget.taken);
        let rate = config::value::rate_text(session.limiter.rate());
        let others = match budget.elsewhere {
            0 => String::new(),
            count => format!(", {count} taken by others"),
        };
        lines.result("budget", Ok(format!("{free} of {} requests free now ({rate}){others}", budget.limit)));
    }
}

fn account_words(account: &Account) -> String {
    let name = account.name.as_deref().or(account.email.as_deref()).unwrap_or("no name");
    match (account.devices_used, account.devices_allowed) {
        (Some(used), Some(allowed)) => format!("{name}, {used} of {allowed} devices used"),
        _ => name.to_owned(),
    }
}

/// Our clock against the answer's, which has whole seconds and was made between `asked` and `answered`.
fn clock(date: SystemTime, asked: SystemTime, answered: SystemTime) -> Result<String, String> {
    let ahead = asked.duration_since(date + Duration::from_secs(1)).unwrap_or_default();
    let behind = date.duration_since(answered).unwrap_or_default();
    let (difference, word) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
    let words = format!("{} s {word} the cloud's", difference.as_secs());
    match difference {
        difference if difference > CLOCK => {
            Err(format!("{words}: set this machine's clock (timedatectl set-ntp true)"))
        }
        difference if difference.as_secs() == 0 => Ok("agrees with the cloud's".to_owned()),
        _ => Ok(words),
    }
}

fn print(lines: &[Line], format: CheckFormat) -> ExitCode {
    let code = if lines.iter().any(|line| line.ok == Some(false)) { out::CONFIGURATION } else { 0 };
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    out::data(code, |out| match format {
        CheckFormat::Json => json::pretty(out, lines),
        CheckFormat::Table => lines.iter().try_for_each(|line| {
            let (mark, paint) = match line.ok {
                Some(true) => ("ok   ", "32"),
                Some(false) => ("wrong", "31"),
                None => ("–    ", "2"),
            };
            let mark = if color { format!("\x1b[{paint}m{mark}\x1b[0m") } else { mark.to_owned() };
            writeln!(out, "{mark}  {:<13}  {}", line.check, line.words)
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_within_the_time_of_the_question() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
        assert_eq!(clock(at(10), at(9), at(11)), Ok("agrees with the cloud's".to_owned()));
        assert_eq!(clock(at(0), at(31), at(32)), Ok("30 s ahead of the cloud's".to_owned()));
        assert_eq!(clock(at(300), at(0), at(1)).unwrap_err().split(':').next(), Some("299 s behind the cloud's"));
    }
}
