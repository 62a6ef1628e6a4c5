//! The question before a run.

use std::fmt::Write as _;
use std::time::Duration;

use super::choose::left_out;
use crate::commands::Failure;
use crate::config::ask;
use crate::model::text::visible;
use crate::model::{Action, Excluded, IdMode};

/// From so many devices on, their number is typed.
const MANY: usize = 50;

/// What the operator is told before a run.
#[derive(Clone, Debug)]
pub struct Sum<'a> {
    /// What will be done.
    pub action: Action,
    /// To how many devices.
    pub devices: usize,
    /// By which id.
    pub id_mode: IdMode,
    /// What is left out.
    pub excluded: &'a [Excluded],
    /// So many requests.
    pub requests: usize,
    /// How long until the last request leaves.
    pub time: Duration,
    /// Host and profile.
    pub cloud: &'a str,
    /// Why, in the operator's words.
    pub reason: Option<&'a str>,
}

impl Sum<'_> {
    /// `12 devices, 1 request, now`
    #[must_use]
    pub fn sentence(&self) -> String {
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        format!("{}, {}, {}", plural(self.devices, "device"), plural(self.requests, "request"), about(self.time))
    }

    /// Whether the number of devices is typed to confirm.
    #[must_use]
    pub fn typed(&self) -> bool {
        self.action.weakens_protection() || self.devices > MANY
    }

    fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.action, self.action.sentence());
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<9} {}", visible(value));
        };
        line("devices", &format!("{} by {}", self.devices, self.id_mode));
        if !self.excluded.is_empty() {
            line("left out", &format!("{}: {}", self.excluded.len(), left_out(self.excluded)));
        }
        line("requests", &format!("{}, {}", self.requests, about(self.time)));
        line("cloud", self.cloud);
        if let Some(reason) = self.reason {
            line("reason", reason);
        }
        text
    }
}

/// `now`, `about 40 s`, `about 4 min 10 s`
#[must_use]
pub fn about(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match (seconds / 60, seconds % 60) {
        (0, 0) => "now".to_owned(),
        (0, seconds) => format!("about {seconds} s"),
        (minutes @ 1..60, 0) => format!("about {minutes} min"),
        (minutes @ 1..60, seconds) => format!("about {minutes} min {seconds} s"),
        (minutes, _) => format!("about {} h {} min", minutes / 60, minutes % 60),
    }
}

/// Asks on the terminal whether to send. Anything but a clear yes is a no.
pub async fn confirm(sum: &Sum<'_>) -> Result<(), Failure> {
    let question = if sum.typed() {
        format!("{}Type the number of devices to send: ", sum.text())
    } else {
        format!("{}Send? [y/N] ", sum.text())
    };
    let answer = ask::line(&question).await.map_err(|error| Failure::unanswered(&error))?;
    if agreed(sum, answer.as_deref().unwrap_or_default()) {
        Ok(())
    } else {
        Err(Failure::usage("not confirmed: nothing was sent"))
    }
}

fn agreed(sum: &Sum<'_>, answer: &str) -> bool {
    if sum.typed() { answer.parse() == Ok(sum.devices) } else { matches!(answer.to_lowercase().as_str(), "y" | "yes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(action: Action, devices: usize) -> Sum<'static> {
        let time = Duration::from_secs(if devices > 500 { 250 } else { 0 });
        let (requests, cloud) = (devices.div_ceil(50), "gears.opswat.com, profile acme\u{1b}[2J");
        Sum { action, devices, id_mode: IdMode::Mac, excluded: &[], requests, time, cloud, reason: None }
    }

    #[test]
    fn the_sum_says_what_it_costs() {
        assert_eq!(sum(Action::DhcpRenew, 1).sentence(), "1 device, 1 request, now");
        assert_eq!(sum(Action::DhcpRenew, 2400).sentence(), "2400 devices, 48 requests, about 4 min 10 s");
        assert_eq!(about(Duration::from_millis(7_200_500)), "about 2 h 0 min");
        let text = sum(Action::DhcpRenew, 12).text();
        assert!(text.contains("12 by MAC") && text.contains("acme␛[2J"), "{text}");
    }

    #[test]
    fn a_dangerous_run_wants_its_number() {
        for (action, devices, answer, expected) in [
            (Action::DhcpRenew, 50, "y", true),
            (Action::DhcpRenew, 50, "YES", true),
            (Action::DhcpRenew, 50, "", false),
            (Action::DhcpRenew, 50, "yy", false),
            (Action::DhcpRenew, 51, "y", false),
            (Action::DhcpRenew, 51, "51", true),
            (Action::Unexempt, 1, "y", true),
            (Action::ExemptAll, 1, "y", false),
            (Action::ExemptAll, 1, "1", true),
            (Action::ExemptAll, 12, "11", false),
        ] {
            assert_eq!(agreed(&sum(action, devices), answer), expected, "{action} {devices} {answer}");
        }
    }
}
