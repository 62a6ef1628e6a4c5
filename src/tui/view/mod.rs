//! The screen. Functions of `(&App, area, buffer)` that read only, one file a pane.

mod action;
mod detail;
mod devices;
mod dialog;
mod export;
mod header;
mod help;
mod lists;
mod past;
mod places;
mod results;
mod status;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::{Block, Clear, Widget as _};
use tui_input::Input;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub use lists::{length as reader_length, lines};
pub use past::rows as past_rows;

use super::app::App;
use super::text::{fit, visible};
use super::theme::Theme;
use super::words::count;
use crate::model::text::ascii;

/// Draws the whole screen into a buffer of its size. Where the terminal's cursor belongs comes back, if text is being typed.
pub fn render(app: &App, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let cursor = draw(app, buffer);
    let theme = app.options.theme;
    if !theme.colours_words() {
        uncolour_words(theme, buffer);
    }
    fill(theme, buffer);
    settle(theme, buffer);
    cursor
}

/// Leaves only what every terminal shows in the same number of cells: in ASCII alone where the terminal knows no more, and
/// else without what makes another picture of a sign (skin tones, emoji and keycap marks), whose width terminals and tmux
/// count differently.
fn settle(theme: Theme, buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.len() == 1 {
            continue;
        }
        let first = symbol.chars().next().unwrap_or(' ');
        let changes = |c: char| matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}');
        if theme.ascii && !symbol.is_ascii() {
            let plain = ascii(first.encode_utf8(&mut [0; 4])).chars().next().unwrap_or('?');
            cell.set_char(plain);
        } else if symbol.chars().skip(1).any(changes) {
            cell.set_char(first);
        }
    }
}

fn draw(app: &App, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let areas = app.areas();
    if areas.tiny {
        status::tiny(app, buffer);
        return None;
    }
    header::draw(app, areas.header, buffer);
    devices::draw(app, areas.devices, buffer);
    if areas.stacked {
        action::draw_stacked(app, areas.action, buffer);
    } else {
        action::draw(app, areas.action, buffer);
    }
    if areas.results.height > 0 {
        results::draw(app, areas.results, buffer);
    }
    let typing = status::notice(app, areas.notice, buffer);
    status::keys(app, areas.keys, buffer);
    match &app.dialog {
        Some(dialog) => dialog::draw(app, dialog, buffer),
        None => typing,
    }
}

/// Words are in the terminal's own colours, which its owner can read: on a white or on a black ground some of the sixteen
/// are always too faint. Colour is for symbols, bars and lines; a word that had one is bold instead, if it does not matter
/// less. A theme that puts words on a ground of their own has chosen it for them.
fn uncolour_words(theme: Theme, buffer: &mut Buffer) {
    let (dim, ground) = (theme.dim().fg.unwrap_or(Color::Reset), theme.text().bg.unwrap_or(Color::Reset));
    let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | ':' | ';' | '(' | ')' | '/');
    // The colour of the word before: the blank behind it goes with it, which costs the line fewer bytes.
    let mut before = None;
    for cell in &mut buffer.content {
        let on_ground = cell.bg == Color::Reset || cell.bg == ground;
        let first = cell.symbol().chars().next();
        let goes = first.is_some_and(word) || (first == Some(' ') && before == Some(cell.fg));
        before = (goes && on_ground).then_some(cell.fg);
        if goes && on_ground && cell.fg != Color::Reset {
            if cell.fg != dim {
                cell.modifier |= Modifier::BOLD;
            }
            cell.fg = Color::Reset;
        }
    }
}

/// Puts everything that has no colour of its own into those of the theme, where it brings them.
fn fill(theme: Theme, buffer: &mut Buffer) {
    let text = theme.text();
    if text.fg.is_none() && text.bg.is_none() {
        return;
    }
    let (ink, ground) = (text.fg.unwrap_or(Color::Reset), text.bg.unwrap_or(Color::Reset));
    for cell in &mut buffer.content {
        if cell.fg == Color::Reset {
            cell.fg = ink;
        }
        if cell.bg == Color::Reset {
            cell.bg = ground;
        }
    }
}

/// Rows of a long text that are on screen.
#[must_use]
pub fn reader_rows(app: &App) -> usize {
    usize::from(lists::window(app).height.saturating_sub(2))
}

/// Writes a text into at most `width` cells from (x, y) on, cut with a mark. The next free column comes back.
fn put(app: &App, buffer: &mut Buffer, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
    if y >= buffer.area.bottom() || x >= buffer.area.right() {
        return x;
    }
    let width = width.min(buffer.area.right() - x);
    let text = fit(text, usize::from(width), app.options.theme.symbols.cut);
    buffer.set_stringn(x, y, text, usize::from(width), style).0
}

/// Writes several texts one behind the other into a row. The next free column comes back.
fn put_spans(app: &App, buffer: &mut Buffer, row: Rect, spans: &[(&str, Style)]) -> u16 {
    let mut x = row.x;
    for (index, (text, style)) in spans.iter().enumerate() {
        let room = row.right().saturating_sub(x);
        // One that just fills the row is cut where others would follow: what is left out has a mark.
        let more = cells(text) == room && spans[index + 1..].iter().any(|(text, _)| !text.trim().is_empty());
        let cut = if more { format!("{text} ") } else { String::new() };
        x = put(app, buffer, x, row.y, room, if more { &cut } else { text }, *style);
    }
    x
}

/// The part of a text field that is on screen in so many cells, and how many cells of it are before the cursor. Where it
/// begins further on, a mark says so.
fn scrolled(app: &App, input: &Input, width: u16) -> (String, u16) {
    let scroll = input.visual_scroll(usize::from(width));
    let text: String = input.value().chars().skip(scroll).collect();
    let mut text = visible(&text).into_owned();
    if scroll > 0
        && let Some(first) = text.chars().next()
    {
        let blank = " ".repeat(first.width().unwrap_or(1).saturating_sub(1));
        text = format!("{}{blank}{}", app.options.theme.symbols.cut, &text[first.len_utf8()..]);
    }
    (text, (input.visual_cursor().max(scroll) - scroll) as u16)
}

/// Where not all rows of a list fit a window, which of them are seen: ` 3-8 of 54 ` on its lower edge.
fn part(app: &App, buffer: &mut Buffer, inner: Rect, first: usize, rows: usize, all: usize) {
    if all > rows {
        let words = format!(" {}-{} of {} ", first + 1, (first + rows).min(all), count(all));
        let x = inner.right().saturating_sub(cells(&words)).max(inner.x);
        put(app, buffer, x, inner.bottom(), inner.right() - x, &words, Style::new());
    }
}

/// The first of these lines; where others are left out, the last of them ends with a mark.
fn first_lines(mut lines: Vec<String>, rows: usize, mark: &str) -> Vec<String> {
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            *last = format!("{last} {mark}");
        }
    }
    lines
}

/// What Enter missed, behind the answers; where there is no room, on the window's lower edge.
fn missed(app: &App, buffer: &mut Buffer, x: u16, y: u16, inner: Rect, words: &str) {
    let style = app.options.theme.error();
    if inner.right().saturating_sub(x + 3) >= cells(words) {
        put(app, buffer, x + 3, y, inner.right() - (x + 3), words, style);
    } else {
        put(app, buffer, inner.x, inner.bottom(), inner.width, &format!(" {words} "), style);
    }
}

/// Draws a pane's border and title; the place inside comes back.
fn pane(app: &App, area: Rect, buffer: &mut Buffer, focused: bool, title: &str, facts: &str) -> Rect {
    let theme = app.options.theme;
    let block = Block::bordered().border_set(theme.symbols.border).border_style(theme.border(focused));
    let inner = block.inner(area);
    block.render(area, buffer);
    let width = area.width.saturating_sub(4);
    let style = if focused { theme.accent() } else { theme.strong() };
    let title = format!(" {title} ");
    let x = put(app, buffer, area.x + 1, area.y, width, &title, style);
    if !facts.is_empty() {
        let left = area.right().saturating_sub(x + 1);
        put(app, buffer, x, area.y, left, &format!(" {facts} "), Style::new());
    }
    inner
}

/// Clears a window of this size in the middle of the screen and draws its border and title; the place inside comes back.
fn window(app: &App, buffer: &mut Buffer, width: u16, height: u16, title: &str, style: Style) -> Rect {
    let area = centred(buffer.area, width, height);
    Clear.render(area, buffer);
    let block = Block::bordered().border_set(app.options.theme.symbols.border).border_style(style);
    let inner = block.inner(area);
    block.render(area, buffer);
    put(app, buffer, area.x + 1, area.y, area.width.saturating_sub(2), &format!(" {title} "), style);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

fn centred(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect::new((screen.width - width) / 2, (screen.height - height) / 2, width, height)
}

/// How many cells a text takes.
fn cells(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}
