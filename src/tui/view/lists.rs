//! The dialogs that show a long text: help, the guide, what could not be read, what was said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::guide::Kind;
use crate::tui::app::{App, Notice, Tone};
use crate::tui::dialog::Topic;
use crate::tui::text::{visible, wrap};
use crate::tui::words::counted;

use super::{centred, detail, help, put, put_spans};

/// The place of a long text.
pub(super) fn window(app: &App) -> Rect {
    let screen = Rect::new(0, 0, app.size.width, app.size.height);
    centred(screen, (screen.width.saturating_sub(4)).min(110), screen.height.saturating_sub(2))
}

/// How many rows the dialog's text has.
pub(super) fn length(app: &App, topic: Topic) -> usize {
    match topic {
        Topic::Help => help::lines(app, window(app).width.saturating_sub(4)).len(),
        Topic::Guide(page) => page.lines(usize::from(window(app).width.saturating_sub(4))).len(),
        Topic::Device => detail::lines(app, window(app).width.saturating_sub(4)).len(),
        Topic::Unreadable => (2 * app.list.unreadable().len()).max(1),
        Topic::Notices => notices(app, window(app).width.saturating_sub(4)).len().max(1),
    }
}

pub(super) fn draw(app: &App, topic: Topic, first: usize, buffer: &mut Buffer) {
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
                    let place =
                        format!("{} line {}: ", visible(&app.list.source(bad.origin.source).name), bad.origin.line);
                    put_spans(app, buffer, row, &[(&place, theme.strong()), (&visible(&bad.text), Style::new())]);
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
        wrap(&notice.text, usize::from(width)).into_iter().map(move |line| (line, style))
    };
    app.notices.iter().rev().flat_map(lines).collect()
}
