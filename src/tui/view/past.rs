//! Past runs over the panes.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::journal::{OpenExemption, PastDevice, RunSummary, SentTo, UnfinishedRun};
use crate::model::{Counts, IdMode, OutcomeKind};
use crate::tui::app::App;
use crate::tui::dialog::Unfinished;
use crate::tui::past::{Page, Past};
use crate::tui::text::{visible, wrap};
use crate::tui::words::{count, counted};

use super::dialog::{answers, field};
use super::{lists, put, put_spans, window};

/// Rows of a page that are on screen.
#[must_use]
pub fn rows(app: &App) -> usize {
    usize::from(lists::window(app).height.saturating_sub(3)).max(1)
}

/// Draws the page on top. Where the terminal's cursor belongs comes back, if an id is being typed.
pub(super) fn draw(app: &App, past: &Past, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let theme = app.options.theme;
    let place = lists::window(app);
    let title = past.page().map_or_else(|| "History".to_owned(), |(page, _)| title(app, page));
    let inner = window(app, buffer, place.width, place.height, &title, theme.accent());
    // The line below, where things are said, lies under the window.
    if let Some(notice) = &app.notice {
        put(app, buffer, inner.x, inner.bottom(), inner.width, &format!(" {} ", notice.text), theme.warning());
    }
    let head = Rect { height: 1, ..inner };
    let cursor = if let Some(input) = &past.search {
        let x = put(app, buffer, head.x, head.y, head.width, "What was sent to ", theme.strong());
        Some(field(app, input, Rect { x, width: head.right().saturating_sub(x), ..head }, buffer))
    } else {
        None
    };
    let Some((page, list)) = past.page() else {
        put(app, buffer, inner.x, inner.y + 1, inner.width, "reading the journal", Style::new());
        return cursor;
    };
    if cursor.is_none() {
        put(app, buffer, head.x + 2, head.y, head.width.saturating_sub(2), heading(page), theme.dim());
    }
    if page.is_empty() {
        put(app, buffer, inner.x, inner.y + 1, inner.width, nothing(page), Style::new());
    }
    let rows = usize::from(inner.height.saturating_sub(1));
    for (row, index) in (list.offset..page.len()).take(rows).enumerate() {
        let place = Rect { y: inner.y + 1 + row as u16, height: 1, ..inner };
        let mark = if index == list.cursor { theme.symbols.cursor } else { " " };
        put(app, buffer, place.x, place.y, 1, mark, theme.accent());
        let place = Rect { x: place.x + 2, width: place.width.saturating_sub(2), ..place };
        match page {
            Page::Runs { rows, .. } => run(app, &rows[index], place, buffer),
            Page::Run { summary, devices } => device(app, summary.id_mode, &devices[index], place, buffer),
            Page::SentTo { sent, .. } => sent_to(app, &sent[index], place, buffer),
            Page::Open { rows, chosen, now } => open(app, &rows[index], chosen[index], *now, place, buffer),
        }
    }
    cursor
}

fn title(app: &App, page: &Page) -> String {
    match page {
        Page::Runs { .. } => "History".to_owned(),
        Page::Run { summary, .. } => {
            let reason = summary.reason.as_deref().map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
            let (time, user) = (time(app, summary.started), visible(&summary.user));
            format!("Run {} {}, {time}, {user}{reason}", summary.run, summary.action)
        }
        Page::SentTo { id, .. } => format!("Sent to {id}"),
        Page::Open { rows, .. } => format!("Still exempt: {}", counted(rows.len(), "device")),
    }
}

fn heading(page: &Page) -> &'static str {
    match page {
        Page::Runs { .. } => "run    started           action      outcomes         who      reason",
        Page::Run { .. } => "",
        Page::SentTo { .. } => "run    started           action      outcome      who      reason",
        Page::Open { .. } => "  id                age   run   who         name",
    }
}

fn nothing(page: &Page) -> &'static str {
    match page {
        Page::Runs { .. } => "No run yet.",
        Page::Run { .. } => "No device.",
        Page::SentTo { .. } => "Nothing.",
        Page::Open { .. } => "Nothing is exempt that this journal knows of.",
    }
}

fn time(app: &App, time: Timestamp) -> String {
    time.to_zoned_datetime(app.options.time_zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn run(app: &App, run: &RunSummary, row: Rect, buffer: &mut Buffer) {
    let state = match (&run.ended, run.alive) {
        (None, true) => " on",
        (None, false) => " cut",
        _ => "",
    };
    let head = format!("{:<6} {}  {:<11}", format!("{}{state}", run.run), time(app, run.started), run.action.name());
    let x = put_spans(app, buffer, row, &[(&head, Style::new())]);
    counts(app, &run.counts, Rect { x: x + 1, width: row.right().saturating_sub(x + 1), ..row }, buffer);
    let x = x + 18;
    put(app, buffer, x, row.y, 8, &visible(&run.user), Style::new());
    let reason = visible(run.reason.as_deref().unwrap_or_default());
    put(app, buffer, x + 9, row.y, row.right().saturating_sub(x + 9), &reason, Style::new());
}

fn counts(app: &App, counts: &Counts, row: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let words: Vec<(String, Style)> = OutcomeKind::ALL
        .into_iter()
        .filter(|&kind| counts.of(kind) > 0)
        .map(|kind| (format!("{}{} ", theme.symbol(kind), count(counts.of(kind))), theme.outcome(kind)))
        .collect();
    let spans: Vec<(&str, Style)> = words.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    put_spans(app, buffer, Rect { width: row.width.min(16), ..row }, &spans);
}

fn device(app: &App, mode: IdMode, past: &PastDevice, row: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let look = theme.outcome(past.outcome.kind);
    let id = past.device.id(mode).map(|id| id.to_string()).unwrap_or_default();
    let word = past.outcome.detail.as_deref().unwrap_or_else(|| past.outcome.kind.word());
    let label = format!("  {:<22}  ", visible(&past.device.label));
    let id = format!(" {id:<17}");
    let spans =
        [(theme.symbol(past.outcome.kind), look), (&*id, Style::new()), (&label, Style::new()), (&visible(word), look)];
    put_spans(app, buffer, row, &spans);
}

fn sent_to(app: &App, sent: &SentTo, row: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let kind = sent.device.outcome.kind;
    let head = format!("{:<6} {}  {:<11} ", sent.run, time(app, sent.started), sent.action.name());
    let word = format!("{} {:<11}", theme.symbol(kind), kind.word());
    let x = put_spans(app, buffer, row, &[(&head, Style::new()), (&word, theme.outcome(kind))]);
    put(app, buffer, x, row.y, 8, &visible(&sent.user), Style::new());
    let reason = visible(sent.reason.as_deref().unwrap_or_default());
    put(app, buffer, x + 9, row.y, row.right().saturating_sub(x + 9), &reason, Style::new());
}

fn open(app: &App, row: &OpenExemption, chosen: bool, now: Timestamp, place: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let (mark, style) =
        if chosen { (theme.symbols.selected, theme.accent()) } else { (theme.symbols.selectable, theme.dim()) };
    let id = row.device.id(row.id_mode).map(|id| id.to_string()).unwrap_or_default();
    let sure = if row.certain { "" } else { " (perhaps)" };
    let text = format!(
        " {id:<17} {:>4}  {:<5} {:<11} {}{sure}",
        age(row.since, now),
        row.run.to_string(),
        visible(&row.user),
        visible(&row.device.label)
    );
    put_spans(app, buffer, place, &[(mark, style), (&text, Style::new())]);
}

/// `3 d`, `5 h`, `12 m`.
fn age(since: Timestamp, now: Timestamp) -> String {
    let minutes = (now - since).as_mins().max(0);
    match minutes {
        0..60 => format!("{minutes} m"),
        60..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

/// Asks what becomes of a run whose console is gone. Where the cursor belongs comes back, if a number is typed.
pub(super) fn unfinished(app: &App, question: &Unfinished, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let theme = app.options.theme;
    let run = question.current()?;
    let width = 68.min(buffer.area.width.saturating_sub(2));
    let text_width = usize::from(width.saturating_sub(4));
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| lines.extend(wrap(text, text_width).into_iter().map(|line| (line, style)));
    say(&sentence(run), theme.strong());
    let reason = run.reason.as_deref().map(|reason| format!(", {}", visible(reason))).unwrap_or_default();
    say(&format!("{}, {}{reason}", time(app, run.started), visible(&run.user)), Style::new());
    let (requests, cost) = app.cost(question.to_send());
    let sum = format!("Going on sends {} to {}", run.action, counted(question.to_send(), "device"));
    let place = if app.options.demo { "simulation" } else { &run.cloud };
    let requests = counted(requests, "request");
    say(&format!("{sum} by {}: {requests}, {cost}, at {}", run.id_mode, visible(place)), Style::new());
    if run.unknown > 0 {
        let words = if question.unknown_too {
            "The unknown ones are sent again, which does no harm; u leaves them"
        } else {
            "The unknown ones are left; u sends them again"
        };
        say(words, theme.warning());
    }
    if question.runs.len() > 1 {
        say(&format!("and {} more", counted(question.runs.len() - 1, "run")), theme.dim());
    }
    let below = 3 + u16::from(question.is_counted());
    let inner = window(app, buffer, width, lines.len() as u16 + below + 2, "A run was cut off", theme.warning());
    for (row, (line, style)) in lines.iter().enumerate().take(usize::from(inner.height.saturating_sub(below - 1))) {
        put(app, buffer, inner.x, inner.y + row as u16, inner.width, line, *style);
    }
    let bottom = inner.bottom().saturating_sub(1);
    let row = Rect { y: bottom.saturating_sub(1), height: 1, ..inner };
    let mut cursor = None;
    if question.is_counted() {
        let y = row.y.saturating_sub(1);
        let ask = format!("Type {} to confirm: ", count(question.to_send()));
        let x = put(app, buffer, inner.x, y, inner.width, &ask, theme.strong());
        let typed = format!("{:_<6}", question.typed);
        put(app, buffer, x, y, inner.right().saturating_sub(x), &typed, theme.accent());
        cursor = Some((x + question.typed.len() as u16, y));
    }
    let ready = question.is_armed(app.now) && question.is_answered();
    let x = answers(app, row, ready, "go on", "ask me later", buffer);
    if question.missing {
        put(app, buffer, x + 3, row.y, inner.right().saturating_sub(x + 3), "not the number", theme.error());
    }
    let close = if question.closing { " once more: left so for good" } else { " leave it so for good" };
    let spans = [
        ("  l", theme.key()),
        (" look at it   ", Style::new()),
        ("d", theme.key()),
        (close, if question.closing { theme.strong() } else { Style::new() }),
    ];
    put_spans(app, buffer, Rect { y: bottom, ..row }, &spans);
    cursor
}

/// `run 42, exempt_all: 1,200 of 2,000 answered, 50 unknown, 750 never sent`
fn sentence(run: &UnfinishedRun) -> String {
    let mut text = format!("run {}, {}: {} of {} answered", run.run, run.action, count(run.done), count(run.devices()));
    if run.unknown > 0 {
        text = format!("{text}, {} unknown", count(run.unknown));
    }
    if run.never_sent > 0 {
        text = format!("{text}, {} never sent", count(run.never_sent));
    }
    text
}
