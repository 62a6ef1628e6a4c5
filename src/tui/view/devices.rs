//! The device list: mark, id of the mode, label, what became of it last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::{Device, IdMode};
use crate::tui::app::{App, Pane};
use crate::tui::keymap::Act;
use crate::tui::text::visible;
use crate::tui::words::count;

use super::{pane, put};

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let inner = pane(app, area, buffer, app.focus == Pane::Devices, "Devices", &facts(app));
    if app.shown.is_empty() {
        return empty(app, inner, buffer);
    }
    let rows = usize::from(inner.height);
    for (row, &index) in app.shown.iter().skip(app.cursor.offset).take(rows).enumerate() {
        let at_cursor = app.cursor.offset + row == app.cursor.cursor;
        let place = Rect::new(inner.x, inner.y + row as u16, inner.width, 1);
        device(app, &app.list.devices()[index as usize], at_cursor, place, buffer);
    }
}

fn facts(app: &App) -> String {
    let all = app.list.devices().len();
    if all == 0 {
        return String::new();
    }
    let mut facts = format!("{} selected of {}", count(app.selection.all), count(all));
    if app.shown.len() < all {
        let how = if app.filter.is_similar() { "similar" } else { "shown" };
        facts = format!("{facts}, {} {how}", count(app.shown.len()));
    }
    facts
}

/// Cells that a MAC takes; a longer HWID may take more where there is room.
const ID_WIDTH: u16 = 17;

fn device(app: &App, device: &Device, at_cursor: bool, area: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let symbols = theme.symbols;
    let cursor = if at_cursor { symbols.cursor } else { " " };
    put(app, buffer, area.x, area.y, 1, cursor, theme.accent());
    let sendable = device.sendable(app.id_mode);
    let (mark, style) = match (sendable, device.selected) {
        (_, true) => (symbols.selected, theme.accent()),
        (true, false) => (symbols.selectable, theme.dim()),
        (false, false) => (symbols.not_sendable, theme.dim()),
    };
    put(app, buffer, area.x + 1, area.y, 1, mark, style);
    let text = if sendable { ratatui::style::Style::new() } else { theme.dim() };
    let id_width = match app.id_mode {
        IdMode::Mac => ID_WIDTH,
        IdMode::Hwid => (area.width / 3).clamp(ID_WIDTH, 32),
    };
    let id = match device.id(app.id_mode) {
        Ok(id) => id.to_string(),
        Err(why) => why.to_string(),
    };
    put(app, buffer, area.x + 3, area.y, id_width, &id, text);
    let x = area.x + 3 + id_width + 1;
    let made_up = app.id_mode == IdMode::Mac && device.mac().is_some_and(crate::model::Mac::is_locally_administered);
    if device.contradiction().is_some() || made_up {
        let mark = if device.contradiction().is_some() { "!" } else { symbols.made_up };
        put(app, buffer, x - 1, area.y, 1, mark, theme.warning());
    }
    let label_width = area.right().saturating_sub(x + 2);
    if let Some(last) = device.last() {
        put(app, buffer, area.right() - 1, area.y, 1, theme.symbol(last.kind), theme.outcome(last.kind));
    }
    // Host and user stand in columns of their own where there is room for both.
    let host = device.labels.host().map(visible).unwrap_or_default();
    let rest = device.labels.all()[1..].iter().copied().flatten().collect::<Vec<&str>>().join("  ");
    let rest = visible(&rest);
    if label_width >= 40 {
        let host_width = label_width / 3;
        put(app, buffer, x, area.y, host_width - 1, &host, text);
        put(app, buffer, x + host_width, area.y, label_width - host_width, &rest, text);
    } else {
        let space = if host.is_empty() || rest.is_empty() { "" } else { " " };
        put(app, buffer, x, area.y, label_width, &format!("{host}{space}{rest}"), text);
    }
}

fn empty(app: &App, inner: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let line = |text: &str| (text.to_owned(), false);
    let key = |act: Act, words: &str| (format!("{}  {words}", app.key(act)), false);
    let lines: Vec<(String, bool)> = if app.loads_pending > 0 && app.list.devices().is_empty() {
        vec![line("loading")]
    } else if app.list.devices().is_empty() {
        vec![
            ("No devices yet.".to_owned(), true),
            line(""),
            key(Act::Open, "open a list: text, CSV, spreadsheet"),
            key(Act::PasteBox, "paste from a ticket or a table"),
            key(Act::TypeDevice, "type one device"),
            line(""),
            line("A paste right here works as well."),
        ]
    } else {
        let shows = format!("{} shows all again", app.key(Act::Back));
        vec![("No device matches the filter.".to_owned(), true), (shows, false)]
    };
    let top = inner.y + inner.height.saturating_sub(lines.len() as u16) / 3;
    for (row, (line, strong)) in lines.iter().enumerate() {
        let style = if *strong { theme.strong() } else { ratatui::style::Style::new() };
        let y = top + row as u16;
        if y < inner.bottom() {
            put(app, buffer, inner.x + 2, y, inner.width.saturating_sub(2), line, style);
        }
    }
}
