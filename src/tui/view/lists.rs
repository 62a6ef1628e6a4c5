//! The dialogs that show a long text: help, the guide, what could not be read, what was said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::guide::Kind;
use crate::model::Unreadable;
use crate::tui::app::{App, Notice, Tone};
use crate::tui::dialog::Topic;
use crate::tui::reader::Reader;
use crate::tui::text::{visible, wrap};
use crate::tui::words::counted;

use super::dialog::field;
use super::{centred, detail, help, part, put, put_spans};

/// The place of a long text.
pub(super) fn window(app: &App) -> Rect {
    let screen = Rect::new(0, 0, app.size.width, app.size.height);
    // A narrow screen has no cells to spare beside it.
    let width = if screen.width < 80 { screen.width } else { (screen.width - 4).min(110) };
    centred(screen, width, screen.height.saturating_sub(2))
}

/// How many rows a long text has.
#[must_use]
pub fn length(app: &App, topic: Topic) -> usize {
    let width = window(app).width.saturating_sub(4);
    match topic {
        Topic::Help => help::lines(app, width).len(),
        Topic::Guide(page) => page.lines(usize::from(width)).len(),
        Topic::Device => detail::lines(app, width).len(),
        Topic::Unreadable => (2 * app.list.unreadable().len()).max(1),
        Topic::Notices => notices(app, width).len().max(1),
    }
}

/// All rows of a long text, as words.
#[must_use]
pub fn lines(app: &App, topic: Topic) -> Vec<String> {
    let width = window(app).width.saturating_sub(4);
    match topic {
        Topic::Help => help::lines(app, width).iter().map(help::Line::text).collect(),
        Topic::Guide(page) => page.lines(usize::from(width)).into_iter().map(|line| line.text).collect(),
        Topic::Device => {
            detail::lines(app, width).into_iter().map(|line| format!("{} {}", line.name, line.text)).collect()
        }
        Topic::Unreadable if app.list.unreadable().is_empty() => vec![String::new()],
        Topic::Unreadable => app
            .list
            .unreadable()
            .iter()
            .flat_map(|bad| [place_of(app, bad) + &visible(&bad.text), bad.reason.to_string()])
            .collect(),
        Topic::Notices => notices(app, width).into_iter().map(|(line, _)| line).collect(),
    }
}

/// Where a row that could not be read stands.
fn place_of(app: &App, bad: &Unreadable) -> String {
    format!("{} line {}: ", visible(&app.list.source(bad.origin.source).name), bad.origin.line)
}

/// Draws a long text. Where the terminal's cursor belongs comes back, if words are typed to look for.
pub(super) fn draw(app: &App, reader: &Reader, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let Reader { topic, first, .. } = *reader;
    let theme = app.options.theme;
    let place = window(app);
    let title = match topic {
        Topic::Help => "Help".to_owned(),
        Topic::Guide(page) => format!("Guide: {}", page.name),
        Topic::Device => "This device".to_owned(),
        Topic::Unreadable => format!("Not read: {}", counted(app.list.unreadable().len(), "row")),
        Topic::Notices => "What was said, newest first".to_owned(),
    };
    let inner = super::window(app, buffer, place.width, place.height, &title, theme.accent());
    let rows = usize::from(inner.height);
    let row = |index: usize| Rect { y: inner.y + index as u16, height: 1, ..inner };
    match topic {
        Topic::Help => {
            for (index, line) in help::lines(app, inner.width).iter().skip(first).take(rows).enumerate() {
                help::draw_line(app, line, row(index), buffer);
            }
        }
        Topic::Guide(page) => {
            for (index, line) in page.lines(usize::from(inner.width)).iter().skip(first).take(rows).enumerate() {
                let style = match line.kind {
                    Kind::Title => theme.strong(),
                    Kind::Text => Style::new(),
                    Kind::Code => theme.key(),
                };
                put(app, buffer, inner.x, row(index).y, inner.width, &line.text, style);
            }
        }
        Topic::Device => {
            for (index, line) in detail::lines(app, inner.width).iter().skip(first).take(rows).enumerate() {
                let row = row(index);
                put(app, buffer, row.x, row.y, detail::NAME_WIDTH, line.name, theme.strong());
                let x = row.x + detail::NAME_WIDTH;
                put(app, buffer, x, row.y, row.right().saturating_sub(x), &line.text, line.style);
            }
        }
        Topic::Unreadable => {
            if app.list.unreadable().is_empty() {
                put(app, buffer, inner.x, inner.y, inner.width, "Everything was read.", Style::new());
            }
            // Two rows each: what stood there, and why it is no device.
            for (line, index) in (first..2 * app.list.unreadable().len()).take(rows).enumerate() {
                let bad = &app.list.unreadable()[index / 2];
                let row = row(line);
                if index % 2 == 0 {
                    put_spans(
                        app,
                        buffer,
                        row,
                        &[(&place_of(app, bad), theme.strong()), (&visible(&bad.text), Style::new())],
                    );
                } else {
                    put_spans(app, buffer, row, &[("  ", Style::new()), (&bad.reason, theme.warning())]);
                }
            }
        }
        Topic::Notices => {
            for (index, (line, style)) in notices(app, inner.width).iter().skip(first).take(rows).enumerate() {
                put(app, buffer, inner.x, row(index).y, inner.width, line, *style);
            }
        }
    }
    if let Some(found) = reader.found.and_then(|found| found.checked_sub(first)).filter(|found| *found < rows) {
        buffer.set_style(row(found), Style::new().add_modifier(Modifier::REVERSED));
    }
    part(app, buffer, inner, first, rows, length(app, topic));
    search(app, reader, Rect { y: inner.bottom(), height: 1, ..inner }, buffer)
}

/// The words to look for, or that they are nowhere, on the window's lower edge.
fn search(app: &App, reader: &Reader, row: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    if reader.nothing {
        put(app, buffer, row.x, row.y, row.width, " not found ", app.options.theme.warning());
    }
    let input = reader.search.as_ref()?;
    put(app, buffer, row.x, row.y, row.width, &" ".repeat(usize::from(row.width)), Style::new());
    Some(field(app, input, row, buffer))
}

/// Everything that was said, newest first, in lines of this width.
fn notices(app: &App, width: u16) -> Vec<(String, Style)> {
    let theme = app.options.theme;
    let look = |tone| match tone {
        Tone::Error => theme.error(),
        Tone::Warning => theme.warning(),
        Tone::Plain | Tone::Good => Style::new(),
    };
    let lines = |notice: &Notice| {
        let style = look(notice.tone);
        let time = app.options.time_zone.to_datetime(notice.at).strftime("%H:%M:%S").to_string();
        let words = wrap(&notice.text, usize::from(width).saturating_sub(time.len() + 1));
        // The time stands before the first of its lines.
        words.into_iter().enumerate().map(move |(index, words)| {
            let time = if index == 0 { time.as_str() } else { "" };
            (format!("{time:8} {words}"), style)
        })
    };
    let mut all: Vec<_> = app.notices.iter().rev().flat_map(lines).collect();
    if let Some(place) = &app.options.log {
        let words = format!("The log, with more than this: {}", visible(&place.to_string_lossy()));
        all.extend(wrap(&words, usize::from(width)).into_iter().map(|line| (line, theme.dim())));
    }
    all
}
