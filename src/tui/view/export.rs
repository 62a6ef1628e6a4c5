//! The questions before results leave the console: what is copied, where a run is saved.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::export::Save;
use crate::tui::app::App;
use crate::tui::copy::{Choice, Shape, choices, rows};
use crate::tui::saving::SaveForm;
use crate::tui::text::{fit, wrap};
use crate::tui::words::count;

use super::dialog::field;
use super::{cells, first_lines, put, put_spans, window};

/// What can be copied, each with its key and how many rows it has.
pub(super) fn copy(app: &App, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let choices = choices(app);
    let inner = window(app, buffer, 50, choices.len() as u16 + 2, "Copy", theme.accent());
    for (row, Choice { key, rows: which, shape, words }) in (0..).zip(choices) {
        let number = rows(app, *which);
        let style = if number > 0 { Style::new() } else { theme.dim() };
        let key = format!("{key}  ");
        let number = if *shape == Shape::Ticket { String::new() } else { format!("  {}", count(number)) };
        // Where the words are too long they are cut, not the number.
        let room = inner.width.saturating_sub(cells(&key) + cells(&number));
        let words = fit(words, usize::from(room), theme.symbols.cut);
        let spans = [(&*key, theme.key()), (&*words, style), (&*number, theme.dim())];
        put_spans(app, buffer, Rect { y: inner.y + row, height: 1, ..inner }, &spans);
    }
}

/// Where a run is saved, and as what. Where the cursor belongs comes back.
pub(super) fn save(app: &App, form: &SaveForm, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let title = match app.runs.iter().find(|run| run.ticket == form.ticket) {
        Some(run) => format!("Save {}", run.name()),
        None => "Save".to_owned(),
    };
    // On a low screen nothing stands between the kinds and the name, and the keys stay in sight.
    let kinds = Save::ALL.len() as u16;
    let low = buffer.area.height < kinds + 8;
    let height = if low { buffer.area.height.saturating_sub(1) } else { kinds + 6 };
    let inner = window(app, buffer, 74, height, &title, theme.accent());
    let line = |row: u16| Rect { y: inner.y + row, height: 1, ..inner };
    for (row, kind) in (0..).zip(Save::ALL) {
        let chosen = kind == form.kind();
        let (mark, style) = if chosen { (theme.symbols.cursor, theme.strong()) } else { (" ", Style::new()) };
        let words = format!(" {:<5}", kind.extension());
        let spans = [(mark, theme.accent()), (&*words, style), (kind.words(), style)];
        put_spans(app, buffer, line(row), &spans);
    }
    let row = if low { kinds } else { kinds + 1 };
    let at = field(app, &form.input, line(row), buffer);
    let said = match (&form.error, form.exists) {
        (Some(why), _) => why.as_str(),
        (None, Some(_)) => "The file exists: Enter writes over it.",
        (None, None) => return at,
    };
    let below = row + if low { 1 } else { 2 };
    let rows = usize::from(inner.height.saturating_sub(below)).max(1);
    for (row, text) in (below..).zip(first_lines(wrap(said, usize::from(inner.width)), rows, theme.symbols.cut)) {
        put(app, buffer, inner.x, line(row).y, inner.width, &text, theme.warning());
    }
    at
}
