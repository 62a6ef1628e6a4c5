//! Past runs over the panes.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::journal::{OpenExemption, PastDevice, RunSummary, SentTo, UnfinishedRun};
use crate::model::{Counts, IdMode, OutcomeKind};
use crate::tui::app::App;
use crate::tui::dialog::Unfinished;
use crate::tui::past::{Page, Past};
use crate::tui::text::{fit, visible, wrap};
use crate::tui::words::{count, counted};

use super::dialog::{answers, field};
use super::{lists, missed, part, put, put_spans, window};

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
    let times = times(app, page, inner.width);
    if cursor.is_none() {
        let words = heading(page, times);
        put(app, buffer, head.x + 2, head.y, head.width.saturating_sub(2), &words, theme.dim());
    }
    if page.is_empty() {
        put(app, buffer, inner.x, inner.y + 1, inner.width, nothing(page), Style::new());
    }
    let rows = usize::from(inner.height.saturating_sub(1));
    if app.notice.is_none() {
        part(app, buffer, inner, list.offset, rows, page.len());
    }
    for (row, index) in (list.offset..page.len()).take(rows).enumerate() {
        let place = Rect { y: inner.y + 1 + row as u16, height: 1, ..inner };
        let mark = if index == list.cursor { theme.symbols.cursor } else { " " };
        put(app, buffer, place.x, place.y, 1, mark, theme.accent());
        let place = Rect { x: place.x + 2, width: place.width.saturating_sub(2), ..place };
        match page {
            Page::Runs { rows, .. } => run(app, &rows[index], times, place, buffer),
            Page::Run { summary, devices } => device(app, summary.id_mode, &devices[index], place, buffer),
            Page::SentTo { sent, .. } => sent_to(app, &sent[index], times, place, buffer),
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
            let (time, user) = (time(app, summary.started, FULL), visible(&summary.user));
            format!("Run {} {}, {time}, {user}{reason}", summary.run, summary.action)
        }
        Page::SentTo { id, .. } => format!("Sent to {id}"),
        Page::Open { rows, .. } => format!("Still exempt: {}", counted(rows.len(), "device")),
    }
}

/// How the times of a page are written: without the year where all are of this one, and without the time of day where
/// there is no room for what became of the devices beside it.
fn times(app: &App, page: &Page, width: u16) -> &'static str {
    let year = |time: Timestamp| app.options.time_zone.to_datetime(time).year();
    let now = year((app.options.clock)());
    let this_year = match page {
        Page::Runs { rows, .. } => rows.iter().all(|run| year(run.started) == now),
        Page::SentTo { sent, .. } => sent.iter().all(|sent| year(sent.started) == now),
        Page::Run { .. } | Page::Open { .. } => false,
    };
    match (this_year, width < 56) {
        (true, false) => "%m-%d %H:%M",
        (true, true) => "%m-%d",
        (false, false) => FULL,
        (false, true) => "%Y-%m-%d",
    }
}

/// A time with its year.
const FULL: &str = "%Y-%m-%d %H:%M";

fn heading(page: &Page, times: &str) -> String {
    let started = match times {
        "%m-%d" => format!("{:<5}", "day"),
        "%Y-%m-%d" => format!("{:<10}", "day"),
        FULL => format!("{:<16}", "started"),
        _ => format!("{:<11}", "started"),
    };
    match page {
        Page::Runs { .. } => format!("run    {started}  action      outcomes         who      reason"),
        Page::Run { .. } => String::new(),
        Page::SentTo { .. } => format!("run    {started}  action      outcome      who      reason"),
        Page::Open { .. } => "  id                age   run   who         name".to_owned(),
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

fn time(app: &App, time: Timestamp, how: &str) -> String {
    time.to_zoned_datetime(app.options.time_zone.clone()).strftime(how).to_string()
}

fn run(app: &App, run: &RunSummary, times: &str, row: Rect, buffer: &mut Buffer) {
    let state = match (&run.ended, run.alive) {
        (None, true) => " on",
        (None, false) => " cut",
        _ => "",
    };
    let number = format!("{}{state}", run.run);
    let mut spans =
        vec![(format!("{number:<6} {}  {:<11} ", time(app, run.started, times), run.action.name()), Style::new())];
    let used: usize = spans.iter().map(|(text, _)| text.width()).sum();
    spans.extend(counts(app, &run.counts, usize::from(row.width).saturating_sub(used)));
    spans.push(who_and_why(app, &run.user, run.reason.as_deref()));
    let spans: Vec<(&str, Style)> = spans.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    put_spans(app, buffer, row, &spans);
}

/// `anna     INC0042`
fn who_and_why(app: &App, user: &str, reason: Option<&str>) -> (String, Style) {
    let user = visible(user);
    let user = fit(&user, 8, app.options.theme.symbols.cut);
    let gap = " ".repeat(9_usize.saturating_sub(user.width()));
    // Spaces that have no room would be cut with a mark.
    (format!("{user}{gap}{}", visible(reason.unwrap_or_default())).trim_end().to_owned(), Style::new())
}

/// The counts, in as many cells as their heading has.
fn counts(app: &App, counts: &Counts, room: usize) -> Vec<(String, Style)> {
    const WIDTH: usize = 17;
    let room = room.min(WIDTH);
    let theme = app.options.theme;
    let kinds = OutcomeKind::ALL.into_iter().filter(|&kind| counts.of(kind) > 0);
    let mut words: Vec<(String, Style)> =
        kinds.map(|kind| (format!("{}{} ", theme.symbol(kind), count(counts.of(kind))), theme.outcome(kind))).collect();
    // What there is no room for stands on the run's own page.
    let width = |words: &[(String, Style)]| words.iter().map(|(text, _)| text.width()).sum::<usize>();
    let all = words.len();
    let mut succeeded = counts.of(OutcomeKind::Succeeded) > 0;
    while width(&words) + if words.len() < all { 2 } else { 0 } > room && !words.is_empty() {
        // What went wrong stays longest.
        let place = if std::mem::take(&mut succeeded) { 0 } else { words.len() - 1 };
        words.remove(place);
    }
    if words.len() < all {
        words.push((format!("{} ", theme.symbols.cut), Style::new()));
    }
    words.push((" ".repeat(WIDTH.saturating_sub(width(&words))), Style::new()));
    words
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

fn sent_to(app: &App, sent: &SentTo, times: &str, row: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let kind = sent.device.outcome.kind;
    let head = format!("{:<6} {}  {:<11} ", sent.run, time(app, sent.started, times), sent.action.name());
    let word = format!("{} {:<11}", theme.symbol(kind), kind.word());
    let (tail, look) = who_and_why(app, &sent.user, sent.reason.as_deref());
    put_spans(app, buffer, row, &[(&head, Style::new()), (&word, theme.outcome(kind)), (&tail, look)]);
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
    say(&format!("{}, {}{reason}", time(app, run.started, FULL), visible(&run.user)), Style::new());
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
    let room = usize::from(inner.height.saturating_sub(below - 1));
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push((format!("{} more than fits: enlarge", theme.symbols.more), theme.warning()));
    }
    for (row, (line, style)) in lines.iter().enumerate().take(room) {
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
        missed(app, buffer, x, row.y, inner, "not the number");
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
