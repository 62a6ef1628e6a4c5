//! Everything that is known of the device under the cursor.

use ratatui::style::Style;

use crate::model::{Device, IdMode, Outcome, OutcomeKind, ReadAs, RunDevice};
use crate::tui::app::{App, Pane};
use crate::tui::keymap::Act;
use crate::tui::runs::RunState;
use crate::tui::text::{visible, wrap};
use crate::tui::words::counted;

/// Places that are shown of a device that stands in very many.
const PLACES: usize = 50;

/// A word for what it is, and the words.
pub(super) struct Line {
    pub name: &'static str,
    pub text: String,
    pub style: Style,
}

/// Cells for the names.
pub(super) const NAME_WIDTH: u16 = 10;

/// All lines, for a window of this width.
pub(super) fn lines(app: &App, width: u16) -> Vec<Line> {
    let room = usize::from(width.saturating_sub(NAME_WIDTH)).max(1);
    let mut all = Vec::new();
    let mut say = |name: &'static str, text: &str, style: Style| {
        let mut name = name;
        for text in wrap(&visible(text), room) {
            all.push(Line { name: std::mem::take(&mut name), text, style });
        }
    };
    if let Some(notice) = &app.notice {
        say("said", &notice.text, Style::new());
    }
    if let (Pane::Results, Some(run)) = (app.focus, app.current_run()) {
        if let Some((device, outcome)) = run.current() {
            of_a_run(app, run, device, outcome, &mut say);
        }
    } else if let Some(device) = app.device_at_cursor().and_then(|index| app.list.devices().get(index)) {
        of_the_list(app, device, &mut say);
    }
    if all.is_empty() {
        all.push(Line { name: "", text: "No device here.".to_owned(), style: Style::new() });
    }
    all
}

fn of_the_list(app: &App, device: &Device, say: &mut impl FnMut(&'static str, &str, Style)) {
    let theme = app.options.theme;
    for (index, mac) in device.macs.iter().enumerate() {
        let sent = if index == 0 && device.macs.len() > 1 { "  (this one is sent)" } else { "" };
        let made_up = if mac.is_locally_administered() {
            "  randomised: the cloud may know the device by another one"
        } else {
            ""
        };
        say(if index == 0 { "MAC" } else { "" }, &format!("{mac}{sent}{made_up}"), Style::new());
    }
    if let Some(hwid) = &device.hwid {
        say("HWID", hwid.as_str(), Style::new());
    }
    match device.read_as {
        ReadAs::Plain => {}
        ReadAs::BareMac => {
            say("read as", "MAC: twelve hex digits, and nothing said HWID. w turns it round", Style::new());
        }
        ReadAs::BareHwid => say("read as", "HWID: twelve hex digits where HWIDs stand. w turns it round", Style::new()),
    }
    for (name, text) in ["host", "user", "note"].into_iter().zip(device.labels.all()) {
        if let Some(text) = text {
            say(name, text, Style::new());
        }
    }
    if let Some(contradiction) = device.contradiction() {
        say("but", contradiction, theme.warning());
    }
    for mode in [IdMode::Mac, IdMode::Hwid] {
        if let Err(why) = device.id(mode) {
            say("", &format!("{why}: cannot be sent by {mode}"), theme.dim());
        }
    }
    if let Some(last) = device.last() {
        let words = format!("{} in run {} {}", last.kind.word(), last.run, last.action);
        say("last", &words, theme.outcome(last.kind));
        if let Some(detail) = app.last_run_of(device).and_then(|(.., outcome)| outcome.detail.as_ref()) {
            say("because", detail, Style::new());
        }
    }
    for (index, origin) in device.origins.iter().take(PLACES).enumerate() {
        let source = &app.list.source(origin.source).name;
        say(if index == 0 { "found in" } else { "" }, &format!("{source} line {}", origin.line), Style::new());
    }
    if device.origins.len() > PLACES {
        say("", &format!("and {} more", counted(device.origins.len() - PLACES, "place")), Style::new());
    }
}

fn of_a_run(
    app: &App,
    run: &RunState,
    device: &RunDevice,
    outcome: &Outcome,
    say: &mut impl FnMut(&'static str, &str, Style),
) {
    let look = app.options.theme.outcome(outcome.kind);
    say("outcome", outcome.kind.word(), look);
    if let Some(detail) = &outcome.detail {
        say("because", detail, Style::new());
    }
    let (failed, unsent) = (app.key(Act::RetryFailed), app.key(Act::RetryUnsent));
    let advice = match outcome.kind {
        OutcomeKind::Failed => format!("mend the id if it is wrong; {failed} runs all failures of this run again"),
        OutcomeKind::Unknown => format!("it may have happened; {unsent} runs it again, which does no harm"),
        OutcomeKind::NotSent => format!("nothing happened to it; {unsent} sends it"),
        OutcomeKind::InFlight => "the answer is awaited".to_owned(),
        OutcomeKind::Queued => "waits for a free request".to_owned(),
        OutcomeKind::Succeeded => "the cloud took the command".to_owned(),
    };
    say("means", &advice, Style::new());
    say("run", &format!("{} by {}", run.name(), run.id_mode), Style::new());
    if let Some(reason) = &run.reason {
        say("reason", reason, Style::new());
    }
    if let Some(mac) = device.mac {
        say("MAC", &mac.to_string(), Style::new());
    }
    if let Some(hwid) = &device.hwid {
        say("HWID", hwid.as_str(), Style::new());
    }
    if !device.label.is_empty() {
        say("device", &device.label, Style::new());
    }
    say("found in", &format!("{} line {}", device.source, device.line), Style::new());
}
