//! A run without the console: from its start to its end, with progress and signals.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::commands::{Failure, out};
use crate::dispatcher::{Command, Event, Link};
use crate::limiter::BudgetView;
use crate::model::text::visible;
use crate::model::{Counts, EndReason, Outcome, OutcomeKind, RunId};

/// How long the dispatcher is given to end once nothing is left to do.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The bar on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// None: it is no terminal.
    None,
    /// For terminals without Unicode.
    Ascii,
    /// With blocks.
    Unicode,
}

/// A run that is over, or was left at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its number.
    pub run: RunId,
    /// One a device of the run.
    pub outcomes: Vec<Outcome>,
    /// Why it is over; `None` where the operator did not want to wait for that.
    pub end: Option<EndReason>,
    /// Whether a signal stopped it.
    pub interrupted: bool,
}

/// What a signal wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The operator has had enough of the run (SIGINT): it is over.
    Stop,
    /// The program has to leave (SIGTERM): the run stays open, and the next console offers to go on with it.
    Leave,
    /// The line is cut (SIGHUP): as `Leave`.
    HungUp,
}

impl Wish {
    /// Whether it asks, after an earlier one, to wait for nothing more. A line that is cut brings SIGHUP and SIGTERM, in any
    /// order: together they are one wish.
    fn is_impatient(self, earlier: Option<Self>) -> bool {
        match (earlier, self) {
            (None, _) | (_, Self::HungUp) | (Some(Self::HungUp), Self::Leave) => false,
            (Some(_), Self::Stop | Self::Leave) => true,
        }
    }
}

/// SIGINT, SIGTERM and SIGHUP. While this lives they do not end the process.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    finish_on_hangup: bool,
}

impl Signals {
    /// Takes the signals over. With `finish_on_hangup` a line that is cut is no reason to stop.
    pub fn new(finish_on_hangup: bool) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            finish_on_hangup,
        })
    }

    /// Waits until somebody wants this to end. Can be dropped.
    pub async fn next(&mut self) -> Wish {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return Wish::Stop,
                _ = self.terminate.recv() => return Wish::Leave,
                _ = self.hangup.recv() => if !self.finish_on_hangup { return Wish::HungUp },
            }
        }
    }
}

/// Starts the run with `start` (`Command::Start` or `Command::Resume`) and follows it to its end. `outcomes` are those
/// that its devices have now.
pub async fn drive(
    mut link: Link,
    start: Command,
    outcomes: Vec<Outcome>,
    mut signals: Signals,
    bar: Bar,
) -> Result<Finished, Failure> {
    let counts = outcomes.iter().map(|outcome| outcome.kind).collect();
    let mut drive = Drive { run: None, outcomes, counts, budget: BudgetView::default(), end: None, bar: progress(bar) };
    drive.bar.set_length(drive.outcomes.len() as u64);
    drive.show();
    if link.commands.send(start).is_err() {
        return Err(Failure::configuration("the run could not be begun: nothing was sent"));
    }
    let (mut asked, mut at_once) = (None, false);
    while drive.end.is_none() {
        tokio::select! {
            event = link.events.recv() => match event {
                Some(Event::Rejected { why, .. }) => {
                    drive.bar.finish_and_clear();
                    return Err(Failure::configuration(format!("{why}; nothing was sent")));
                }
                Some(Event::Accepted { run, .. }) => {
                    drive.run = Some(run);
                    if asked == Some(Wish::Stop) {
                        // An interrupt came before the run had its number.
                        let _ = link.commands.send(Command::Stop(run));
                    }
                }
                Some(event) => drive.take(event),
                None => break,
            },
            wish = signals.next() => {
                at_once = wish.is_impatient(asked);
                if at_once {
                    break;
                }
                if asked.is_none() {
                    drive.say("stopping: what is in flight is awaited; once more ends at once");
                }
                let order = match wish {
                    Wish::Stop => drive.run.map(Command::Stop),
                    Wish::Leave | Wish::HungUp => Some(Command::Shutdown),
                };
                let _ = order.map(|order| link.commands.send(order));
                asked = Some(wish);
            }
            () = drive.next_second() => drive.show(),
        }
    }
    if !at_once {
        let _ = link.commands.send(Command::Shutdown);
        let ended = async { while link.events.recv().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, ended).await;
    }
    drive.bar.finish_and_clear();
    let run = drive.run.ok_or_else(|| match asked {
        None => Failure::configuration("the run ended before it began: nothing was sent"),
        Some(_) => Failure { code: out::INTERRUPTED, sentence: "interrupted: nothing was sent".to_owned() },
    })?;
    Ok(Finished { run, outcomes: drive.outcomes, end: drive.end, interrupted: asked.is_some() })
}

struct Drive {
    run: Option<RunId>,
    outcomes: Vec<Outcome>,
    counts: Counts,
    budget: BudgetView,
    end: Option<EndReason>,
    bar: ProgressBar,
}

impl Drive {
    fn take(&mut self, event: Event) {
        match event {
            Event::Outcomes { run, changes } if self.run == Some(run) => {
                for (index, outcome) in changes {
                    if let Some(known) = self.outcomes.get_mut(index as usize) {
                        self.counts.change(known.kind, outcome.kind);
                        *known = outcome;
                    }
                }
            }
            Event::Ended { run, why } if self.run == Some(run) => self.end = Some(why),
            Event::Paused { why, .. } => self.say(&why),
            Event::Notice(words) => self.say(&words),
            Event::Budget(view) => self.budget = view,
            // Of another run, or told elsewhere.
            Event::Accepted { .. }
            | Event::Rejected { .. }
            | Event::Continued(_)
            | Event::Outcomes { .. }
            | Event::Ended { .. } => {}
        }
        self.show();
    }

    fn say(&self, sentence: &str) {
        self.bar.suspend(|| out::say(sentence));
    }

    fn show(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let shown = [OutcomeKind::Succeeded, OutcomeKind::Failed, OutcomeKind::Unknown];
        let mut message = String::new();
        for kind in shown.into_iter().filter(|kind| self.counts.of(*kind) > 0) {
            let _ = write!(message, ", {} {}", self.counts.of(kind), kind.word());
        }
        if let Some(wait) = self.waits() {
            let _ = write!(message, ", next request in {} s", wait.as_secs() + 1);
        }
        // What is there already is not drawn again: the line may be slow.
        let position = self.counts.finished() as u64;
        if self.bar.position() != position {
            self.bar.set_position(position);
        }
        if self.bar.message() != message {
            self.bar.set_message(message);
        }
    }

    /// The time until the next slot, while devices wait for it.
    fn waits(&self) -> Option<Duration> {
        let wait = self.budget.next_free?.saturating_duration_since(Instant::now());
        (self.counts.of(OutcomeKind::Queued) > 0 && !wait.is_zero()).then_some(wait)
    }

    /// Ends when the words on the bar are no longer true; never while nothing counts down on it.
    async fn next_second(&self) {
        match self.waits() {
            Some(wait) if !self.bar.is_hidden() => {
                let part = Duration::from_nanos(u64::from(wait.subsec_nanos()) + 1_000_000);
                tokio::time::sleep(part).await;
            }
            _ => std::future::pending().await,
        }
    }
}

fn progress(kind: Bar) -> ProgressBar {
    let target = if kind == Bar::None { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(5) };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}{msg}") {
        bar.set_style(style.progress_chars(if kind == Bar::Unicode { "█▌░" } else { "#>-" }));
    }
    bar
}

/// What the end of a run means to the operator; nothing where it is simply done.
#[must_use]
pub fn end_sentence(end: Option<&EndReason>) -> Option<String> {
    match end {
        Some(EndReason::Completed) => None,
        Some(EndReason::Stopped) => Some("the run was stopped: what had not left is not sent".to_owned()),
        Some(EndReason::Interrupted) => Some("the run was interrupted: what had not left is not sent yet".to_owned()),
        Some(EndReason::Refused(why)) => Some(format!("the run ended early: {}", visible(why))),
        Some(EndReason::Unreachable(why)) => Some(format!("the cloud cannot be reached: {}", visible(why))),
        None => Some("left at once: what was in flight is unknown".to_owned()),
    }
}
