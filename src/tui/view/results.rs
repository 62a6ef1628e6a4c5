//! What happened: progress, the map of a large run, and every device with its outcome.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::{Counts, EndReason, IdMode, Outcome, OutcomeKind, RunDevice};
use crate::tui::app::{App, Pane};
use crate::tui::keymap::Act;
use crate::tui::runs::{Phase, RunState};
use crate::tui::text::{visible, wrap};
use crate::tui::words::count;

use super::{cells, pane, put};

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Some(run) = app.current_run() else {
        let inner = pane(app, area, buffer, app.focus == Pane::Results, "Results", "");
        let theme = app.options.theme;
        put(
            app,
            buffer,
            inner.x + 1,
            inner.y + 1,
            inner.width.saturating_sub(1),
            "Nothing was sent yet.",
            theme.strong(),
        );
        if inner.height > 2 {
            let width = inner.width.saturating_sub(1);
            let words = format!("Choose devices and an action, then press {}.", app.key(Act::Send));
            let lines = wrap(&words, usize::from(width));
            for (row, line) in (inner.y + 2..inner.bottom()).zip(lines) {
                put(app, buffer, inner.x + 1, row, width, &line, Style::new());
            }
        }
        return;
    };
    let facts = facts(app, run);
    // Where the room is short the run's name says enough.
    let (title, facts) =
        if cells(&facts) + 15 <= area.width { ("Results", facts.as_str()) } else { (facts.as_str(), "") };
    let inner = pane(app, area, buffer, app.focus == Pane::Results, title, facts);
    if inner.height == 0 {
        return;
    }
    progress(app, run, Rect { height: 1, ..inner }, buffer);
    let map_rows = app.areas().map_rows(run.devices.len()) as u16;
    if map_rows > 0 {
        let place = Rect { x: inner.x + 1, y: inner.y + 1, width: inner.width.saturating_sub(2), height: map_rows };
        map(app, run, place, buffer);
    }
    let top = inner.y + 1 + map_rows;
    let rows = usize::from(inner.bottom().saturating_sub(top));
    for (row, &index) in run.shown.iter().skip(run.list.offset).take(rows).enumerate() {
        let at_cursor = app.focus == Pane::Results && run.list.offset + row == run.list.cursor;
        let place = Rect::new(inner.x, top + row as u16, inner.width, 1);
        let index = index as usize;
        device(app, run, &run.devices[index], &run.outcomes[index], at_cursor, place, buffer);
    }
    if run.shown.is_empty() && rows > 0 {
        let words = format!(
            "no device is {}: {} goes on",
            run.filter.map_or("here", OutcomeKind::word),
            app.key(Act::FilterOutcome)
        );
        put(app, buffer, inner.x + 1, top, inner.width.saturating_sub(1), &words, Style::new());
    }
}

fn facts(app: &App, run: &RunState) -> String {
    let mut facts = run.name();
    match &run.phase {
        Phase::Asked | Phase::Running => {}
        Phase::Stopping => facts += ", stopping",
        Phase::Paused(_) => facts = format!("{facts}, waiting: {} goes on", app.key(Act::ContinueRun)),
        Phase::Ended(EndReason::Completed) => facts += ", done",
        Phase::Ended(EndReason::Stopped | EndReason::Interrupted) => facts += ", stopped",
        Phase::Ended(EndReason::Refused(_) | EndReason::Unreachable(_)) => facts += ", ended early",
    }
    if let Some(kind) = run.filter {
        facts = format!("{facts}, {} only", kind.word());
    }
    if app.runs.len() > 1 {
        facts = format!("{facts} ({}/{})", app.run + 1, app.runs.len());
    }
    facts
}

/// `█████░░░░ 31/40  ✓28 ✗2 ?1`: a bar whose parts have the outcomes' colours, and the counts.
fn progress(app: &App, run: &RunState, row: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let total = run.counts.total();
    let mut words: Vec<(String, Style)> =
        vec![(format!(" {}/{} ", count(run.counts.answered()), count(total)), theme.strong())];
    for kind in OutcomeKind::ALL {
        let number = run.counts.of(kind);
        if number > 0 && kind != OutcomeKind::Queued {
            words.push((format!(" {}{}", theme.symbol(kind), count(number)), theme.outcome(kind)));
        }
    }
    let in_flight = format!(" {}{}", theme.symbol(OutcomeKind::InFlight), count(run.counts.of(OutcomeKind::InFlight)));
    let width = |words: &[(String, Style)]| words.iter().map(|(text, _)| cells(text)).sum::<u16>();
    // What is in flight is the least that is missed where the room is short: it is final soon.
    if width(&words) >= row.width {
        words.retain(|(text, _)| *text != in_flight);
    }
    let words_width = width(&words);
    let bar = row.width.saturating_sub(words_width + 2).min(40);
    let mut x = row.x + 1;
    if bar >= 4 {
        let mut done = 0;
        for kind in OutcomeKind::ALL.into_iter().filter(|kind| kind.is_answered()) {
            let before = done * usize::from(bar) / total.max(1);
            done += run.counts.of(kind);
            let after = done * usize::from(bar) / total.max(1);
            let part = theme.symbols.bar[0].repeat(after - before);
            x = put(app, buffer, x, row.y, bar, &part, theme.bar(kind));
        }
        let open = row.x + 1 + bar - x;
        x = put(app, buffer, x, row.y, open, &theme.symbols.bar[1].repeat(usize::from(open)), theme.dim());
    }
    for (text, style) in words {
        x = put(app, buffer, x, row.y, row.right().saturating_sub(x), &text, style);
    }
}

/// One cell for one device or for equally many, in the order of the run. A cell shows the worst outcome that at least a
/// tenth of its devices share: one failure in fifty does not paint a run red, a row of failures does.
fn map(app: &App, run: &RunState, area: Rect, buffer: &mut Buffer) {
    const WORST_FIRST: [OutcomeKind; 6] = [
        OutcomeKind::Failed,
        OutcomeKind::Unknown,
        OutcomeKind::NotSent,
        OutcomeKind::InFlight,
        OutcomeKind::Queued,
        OutcomeKind::Succeeded,
    ];
    let theme = app.options.theme;
    let cells = usize::from(area.width) * usize::from(area.height);
    let each = run.outcomes.len().div_ceil(cells.max(1)).max(1);
    for (cell, devices) in run.outcomes.chunks(each).enumerate() {
        let counts: Counts = devices.iter().map(|outcome| outcome.kind).collect();
        let kind = WORST_FIRST.into_iter().find(|&kind| counts.of(kind) * 10 >= devices.len().max(1));
        let kind = kind.unwrap_or(OutcomeKind::Queued);
        let (symbol, look) = match kind {
            OutcomeKind::Succeeded => (theme.symbols.bar[0], theme.bar(kind)),
            kind => (theme.symbol(kind), theme.outcome(kind)),
        };
        let (x, y) = (cell % usize::from(area.width), cell / usize::from(area.width));
        put(app, buffer, area.x + x as u16, area.y + y as u16, 1, symbol, look);
    }
}

fn device(
    app: &App,
    run: &RunState,
    device: &RunDevice,
    outcome: &Outcome,
    at_cursor: bool,
    row: Rect,
    buffer: &mut Buffer,
) {
    let theme = app.options.theme;
    let cursor = if at_cursor { theme.symbols.cursor } else { " " };
    put(app, buffer, row.x, row.y, 1, cursor, theme.accent());
    let look = theme.outcome(outcome.kind);
    put(app, buffer, row.x + 1, row.y, 1, theme.symbol(outcome.kind), look);
    let id_width = match run.id_mode {
        IdMode::Mac => 17,
        IdMode::Hwid => (row.width / 3).clamp(17, 32),
    };
    let id = device.id(run.id_mode).map(|id| id.to_string()).unwrap_or_default();
    put(app, buffer, row.x + 3, row.y, id_width, &id, Style::new());
    let x = row.x + 3 + id_width + 1;
    let room = row.right().saturating_sub(x);
    let word = outcome.detail.as_deref().unwrap_or_else(|| outcome.kind.word());
    let label = visible(&device.label);
    // A narrow row has room for one thing: the reason where something is wrong, else the name.
    if room >= 44 {
        let label_width = room * 2 / 5;
        put(app, buffer, x, row.y, label_width - 1, &label, Style::new());
        put(app, buffer, x + label_width, row.y, room - label_width, &visible(word), look);
    } else {
        let wrong = matches!(outcome.kind, OutcomeKind::Failed | OutcomeKind::Unknown | OutcomeKind::NotSent);
        let (text, style) = if wrong || label.is_empty() { (visible(word), look) } else { (label, Style::new()) };
        put(app, buffer, x, row.y, room, &text, style);
    }
}
