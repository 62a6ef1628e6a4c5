//! The last two rows: what was said or what the row under the cursor means, and the keys that work here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::model::{Outcome, OutcomeKind, RunDevice};
use crate::tui::app::{App, Connection, Notice, Pane, Tone};
use crate::tui::dialog::{Dialog, Topic};
use crate::tui::keymap::{Act, BINDINGS, Scope};
use crate::tui::keys::scope;
use crate::tui::past::{Page, Past};
use crate::tui::reader::Reader;
use crate::tui::runs::{Phase, RunState};
use crate::tui::text::visible;
use crate::tui::words::{count, counted};

use super::{cells, put, put_spans, scrolled};

/// Draws the line above the keys. Where the terminal's cursor belongs comes back, if the filter is being typed.
pub(super) fn notice(app: &App, row: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let theme = app.options.theme;
    if let Some(input) = &app.filter_input {
        let x = put_spans(app, buffer, row, &[(" / ", theme.key())]);
        let width = row.right().saturating_sub(x + 1);
        let (text, at) = scrolled(app, input, width);
        put(app, buffer, x, row.y, width, &text, Style::new());
        return Some((x + at, row.y));
    }
    let (text, style) = line(app);
    let symbol = match style {
        Tone::Plain => ("", Style::new()),
        Tone::Good => (theme.symbol(OutcomeKind::Succeeded), theme.outcome(OutcomeKind::Succeeded)),
        Tone::Warning => ("!", theme.warning()),
        Tone::Error => (theme.symbol(OutcomeKind::Failed), theme.error()),
    };
    let space = if symbol.0.is_empty() { "" } else { " " };
    let used = 1 + cells(symbol.0) + cells(space);
    // What does not fit is whole one key away.
    let key = app.key(if app.notice.is_some() { Act::Notices } else { Act::Device });
    let more = if used + cells(&text) > row.width { 2 + cells(&key) } else { 0 };
    let room = Rect { width: row.width.saturating_sub(more), ..row };
    put_spans(app, buffer, room, &[(" ", Style::new()), symbol, (space, Style::new()), (&text, Style::new())]);
    if more > 0 {
        put(app, buffer, room.right() + 1, row.y, more - 2, &key, theme.key());
    }
    None
}

/// What the line says: a paste or load that is on, what was said last, or what the row under the cursor means.
fn line(app: &App) -> (String, Tone) {
    if let Some(characters) = app.pasting {
        return (format!("pasting: {} characters", count(characters)), Tone::Plain);
    }
    let back = app.key(Act::Back);
    if let (Some(loading), Some(report)) = (&app.loading, app.loading_report()) {
        let text = format!("loading {}: {}", visible(&loading.name), counted(report.devices, "device"));
        let bar = loading.total.map(|total| bar(app, loading.bytes, total)).unwrap_or_default();
        return (format!("{bar}{back} stops  {text}"), Tone::Plain);
    }
    if let Some(to) = &app.going {
        return (format!("connecting to {to}  {back} gives up"), Tone::Plain);
    }
    if let Some(saving) = &app.saving {
        let bar = bar(app, saving.rows as u64, saving.total as u64);
        let name = visible(saving.form.input.value().trim());
        return (format!("{bar}{back} stops  saving {name}"), Tone::Plain);
    }
    if let Some(Notice { tone, text, .. }) = &app.notice {
        return (text.to_string(), *tone);
    }
    match app.focus {
        Pane::Results => {
            let row = app.current_run().and_then(|run| run.current().map(|(device, outcome)| (run, device, outcome)));
            row.and_then(|(run, device, outcome)| outcome_line(app, run, device, outcome))
                .unwrap_or((String::new(), Tone::Plain))
        }
        Pane::Devices => problem_line(app)
            .unwrap_or_else(|| (device_line(app).or_else(|| run_line(app)).unwrap_or_default(), Tone::Plain)),
        Pane::Action => (app.action.sentence().to_owned(), Tone::Plain),
    }
}

/// `████████░░ 80 % `: it stands first, so that a long name cuts off nothing of it.
fn bar(app: &App, done: u64, total: u64) -> String {
    const WIDTH: u64 = 20;
    if total == 0 {
        return String::new();
    }
    let done = done.min(total);
    let [full, open] = app.options.theme.symbols.bar;
    let cells = (done * WIDTH / total) as usize;
    format!("{}{} {} % ", full.repeat(cells), open.repeat(WIDTH as usize - cells), done * 100 / total)
}

/// How far the run that is on is, and how long it still takes.
fn run_line(app: &App) -> Option<String> {
    let run = app.runs.iter().find(|run| run.is_on())?;
    let left = run.counts.total() - run.counts.finished();
    let queued = run.counts.of(OutcomeKind::Queued);
    let (_, time) = app.cost(queued);
    let time = match queued {
        0 => "the last answers are awaited".to_owned(),
        _ if time == "now" => "the last requests leave now".to_owned(),
        _ => format!("{time} to the last request"),
    };
    Some(format!("{}: {} to go, {time}", run.name(), counted(left, "device")))
}

/// Why the device under the cursor failed, is unknown or was not sent, if its last run is on screen.
fn problem_line(app: &App) -> Option<(String, Tone)> {
    let device = &app.list.devices()[app.device_at_cursor()?];
    let problem = |kind| matches!(kind, OutcomeKind::Failed | OutcomeKind::Unknown | OutcomeKind::NotSent);
    device.last().filter(|last| problem(last.kind))?;
    let (run, row, outcome) = app.last_run_of(device)?;
    let on_screen = app.current_run().is_some_and(|current| current.id == run.id);
    outcome_line(app, run, row, outcome).filter(|_| on_screen)
}

/// What is unusual about the device under the cursor.
fn device_line(app: &App) -> Option<String> {
    let device = &app.list.devices()[app.device_at_cursor()?];
    if let Some(contradiction) = device.contradiction() {
        return Some(format!("{}: {} shows more", visible(contradiction), app.key(Act::Device)));
    }
    if let Err(why) = device.id(app.id_mode) {
        let origin = device.origins[0];
        let source = &app.list.source(origin.source).name;
        return Some(format!("{why} in {} line {}: cannot be sent by {}", visible(source), origin.line, app.id_mode));
    }
    let mac = device.mac().filter(|mac| mac.is_locally_administered())?;
    Some(format!("{mac} is a randomised address: the cloud may know the device by another one"))
}

/// What an outcome means, and what can be done.
fn outcome_line(app: &App, run: &RunState, device: &RunDevice, outcome: &Outcome) -> Option<(String, Tone)> {
    let name = match visible(&device.label) {
        label if label.is_empty() => device.id(run.id_mode)?.to_string(),
        label => label.split(' ').next().unwrap_or_default().to_owned(),
    };
    let detail = outcome.detail.as_deref().map(visible);
    let detail = detail.as_deref();
    Some(match outcome.kind {
        OutcomeKind::Succeeded => (format!("{name}: the cloud says that it is {}", run.action.done()), Tone::Good),
        OutcomeKind::Failed => {
            let key = app.key(Act::RetryFailed);
            (format!("{name}: {}. {key} runs it again", detail.unwrap_or("failed")), Tone::Error)
        }
        OutcomeKind::Unknown => {
            let (why, key) = (detail.unwrap_or("no answer"), app.key(Act::RetryUnsent));
            (format!("{name}: {why}. It may have happened. {key} runs it again"), Tone::Warning)
        }
        OutcomeKind::NotSent => {
            let key = app.key(Act::RetryUnsent);
            (format!("{name}: {}. {key} sends it", detail.unwrap_or("not sent")), Tone::Warning)
        }
        OutcomeKind::InFlight => (format!("{name}: sent, the answer is awaited"), Tone::Plain),
        OutcomeKind::Queued => {
            let why = if let Phase::Paused(why) = &run.phase { why } else { "waits for a free request" };
            (format!("{name}: {}", detail.unwrap_or(why)), Tone::Plain)
        }
    })
}

/// Draws the keys that work here and now, as many as fit; help and quit always.
pub(super) fn keys(app: &App, row: Rect, buffer: &mut Buffer) {
    let own = |keys: Vec<(&str, &'static str)>| keys.into_iter().map(|(key, words)| (key.to_owned(), words)).collect();
    let keys: Vec<(String, &str)> = match &app.dialog {
        Some(dialog) => own(dialog_keys(dialog)),
        None if app.filter_input.is_some() => own(vec![("Enter", "keep the filter"), ("Esc", "show all")]),
        None => now_keys(app),
    };
    let theme = app.options.theme;
    // The number of a motion stands where vim shows it.
    let row = match app.count {
        Some(count) => {
            let number = count.number.to_string();
            let x = row.right().saturating_sub(cells(&number) + 1);
            put(app, buffer, x, row.y, cells(&number), &number, theme.strong());
            Rect { width: x.saturating_sub(row.x + 2), ..row }
        }
        None => row,
    };
    let width = |(key, words): &(String, &str)| cells(key) + cells(words) + 3;
    let last: u16 = keys.iter().rev().take(2).map(width).sum();
    let mut x = row.x + 1;
    for (index, named) in keys.iter().enumerate() {
        let (key, words) = named;
        let is_last = index + 2 >= keys.len();
        let reserve = if is_last { 0 } else { last };
        if x + width(named) + reserve > row.right() + 2 {
            continue;
        }
        x = put(app, buffer, x, row.y, row.right().saturating_sub(x), key, theme.key());
        x = put(app, buffer, x + 1, row.y, row.right().saturating_sub(x + 1), words, Style::new()) + 2;
    }
}

/// The keys of the panes that do something now, in the order of the table.
fn now_keys(app: &App) -> Vec<(String, &'static str)> {
    let scope = scope(app);
    let works = |act: Act| match act {
        Act::ContinueRun => app.runs.iter().any(|run| matches!(run.phase, Phase::Paused(_))),
        Act::StopRun => app.runs.iter().any(|run| run.is_on() && run.phase != Phase::Stopping),
        Act::Send => app.selection.sendable > 0 && !app.options.read_only && app.connection == Connection::Ready,
        Act::Toggle | Act::SelectShown | Act::Filter => !app.list.devices().is_empty(),
        // What failed is more urgent, where there is not room for all.
        Act::SelectNone => app.selection.all > 0 && (app.size.width >= 100 || !has(app, &[OutcomeKind::Failed])),
        Act::RetryFailed => has(app, &[OutcomeKind::Failed]) && !app.options.read_only,
        Act::RetryUnsent => has(app, &[OutcomeKind::Unknown, OutcomeKind::NotSent]) && !app.options.read_only,
        Act::Save | Act::Copy => app.focus == Pane::Results && app.current_run().is_some_and(|run| !run.is_on()),
        Act::NextMatch => !app.filter.is_empty() && app.shown.len() > 1,
        Act::NextProblem => has(app, &[OutcomeKind::Failed, OutcomeKind::Unknown]),
        Act::Open | Act::PasteBox => app.list.devices().is_empty() || app.size.width >= 100,
        _ => true,
    };
    BINDINGS
        .iter()
        .filter(|binding| {
            !binding.short.is_empty()
                && (binding.scope == Scope::Everywhere || binding.scope == scope)
                && app.options.keys.keys(binding.act).next().is_some()
                && works(binding.act)
        })
        .map(|binding| (app.key(binding.act), binding.short))
        .collect()
}

/// Whether the run on screen is over and has a device with one of these outcomes.
fn has(app: &App, kinds: &[OutcomeKind]) -> bool {
    app.current_run().is_some_and(|run| !run.is_on() && kinds.iter().any(|&kind| run.counts.of(kind) > 0))
}

fn dialog_keys(dialog: &Dialog) -> Vec<(&'static str, &'static str)> {
    match dialog {
        Dialog::Confirm(_) => vec![("Tab", "reason"), ("Enter", "send"), ("Esc", "do not send")],
        Dialog::Quit { .. } => vec![("Enter", "quit"), ("Esc", "stay")],
        Dialog::Reader(reader) if reader.search.is_some() => vec![("Enter", "find"), ("Esc", "cancel")],
        Dialog::Reader(reader) if reader.found.is_some() => {
            vec![("n", "next"), ("N", "before"), ("up/down", "scroll"), ("Esc", "close")]
        }
        Dialog::Reader(Reader { topic: Topic::Help, .. }) => {
            vec![("1-8", "guide"), ("/", "find"), ("up/down", "scroll"), ("Esc", "close")]
        }
        Dialog::Reader(Reader { topic: Topic::Guide(_), .. }) => {
            vec![("1-8", "another page"), ("/", "find"), ("up/down", "scroll"), ("Esc", "back")]
        }
        Dialog::Reader(_) => vec![("/", "find"), ("up/down", "scroll"), ("Esc", "close")],
        Dialog::Open(_) => vec![("Tab", "complete"), ("Enter", "open"), ("Esc", "cancel")],
        Dialog::Paste(_) => vec![("Ctrl-U", "clear"), ("Ctrl-D", "take it"), ("Esc", "cancel")],
        Dialog::TypeDevice(_) => vec![("Enter", "add"), ("Esc", "cancel")],
        Dialog::Past(past) => past_keys(past),
        Dialog::Unfinished(_) => vec![("Enter", "go on"), ("l", "look"), ("d", "leave it so"), ("Esc", "later")],
        Dialog::Palette(_) => vec![("up/down", "choose"), ("Enter", "do it"), ("Esc", "cancel")],
        Dialog::Welcome => vec![("d", "demo"), ("s", "set up"), ("q", "quit"), ("Esc", "look around")],
        Dialog::SetUp(form) if form.busy => vec![("Esc", "give up")],
        Dialog::SetUp(_) => vec![("Tab", "next field"), ("Enter", "go on"), ("Esc", "cancel")],
        Dialog::Places(_) => vec![("up/down", "choose"), ("Enter", "go there"), ("Esc", "stay")],
        Dialog::Save(_) => vec![("Tab", "another kind"), ("Enter", "save"), ("Esc", "cancel")],
        Dialog::Copy => vec![("the key", "copies"), ("Esc", "cancel")],
        Dialog::SelectByOutcome => vec![("1-4", "select"), ("Esc", "cancel")],
    }
}

fn past_keys(past: &Past) -> Vec<(&'static str, &'static str)> {
    if past.search.is_some() {
        return vec![("Enter", "find"), ("Esc", "cancel")];
    }
    let run = [
        ("c", "go on"),
        ("r", "failed again"),
        ("U", "undo it"),
        ("A", "all again"),
        ("/", "find"),
        ("o", "still exempt"),
    ];
    match past.page().map(|(page, _)| page) {
        Some(Page::Open { .. }) => {
            vec![("space", "select"), ("a", "all"), ("A", "none"), ("U", "end the exemption"), ("Esc", "back")]
        }
        Some(Page::Run { .. }) => [run.as_slice(), &[("Enter", "this device"), ("Esc", "back")]].concat(),
        _ => [&[("Enter", "look")], run.as_slice(), &[("Esc", "back")]].concat(),
    }
}

/// The screen that is too small for panes: what is needed, and how runs stand.
pub(super) fn tiny(app: &App, buffer: &mut Buffer) {
    let mut lines = Vec::new();
    if let Some(run) = app.runs.iter().find(|run| run.is_on()).or_else(|| app.current_run()) {
        let theme = app.options.theme;
        let counts: Vec<String> = OutcomeKind::ALL
            .into_iter()
            .filter(|&kind| run.counts.of(kind) > 0 && kind != OutcomeKind::Queued)
            .map(|kind| format!("{}{}", theme.symbol(kind), count(run.counts.of(kind))))
            .collect();
        lines.push(format!("{}/{} {}", run.counts.finished(), run.counts.total(), counts.join(" ")));
    }
    let needed = super::super::layout::SMALLEST;
    let longest = format!("Please enlarge to {}x{}", needed.width, needed.height);
    let short = format!("need {}x{}", needed.width, needed.height);
    lines.push(if cells(&longest) <= buffer.area.width { longest } else { short });
    let top = buffer.area.height.saturating_sub(lines.len() as u16) / 2;
    for (row, line) in lines.iter().enumerate() {
        let x = (usize::from(buffer.area.width).saturating_sub(line.width()) / 2) as u16;
        put(app, buffer, x, top + row as u16, buffer.area.width.saturating_sub(x), line, Style::new());
    }
}
