//! What will happen: the action, the ID mode, and what sending costs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::{Action, IdMode};
use crate::tui::app::{App, Pane};
use crate::tui::keymap::Act;
use crate::tui::text::wrap;
use crate::tui::theme::Theme;

use super::{pane, put, put_spans};

/// What chooses each action.
const ACTS: [Act; 3] = [Act::Action1, Act::Action2, Act::Action3];

/// The key of an act where it has one.
fn key(app: &App, act: Act) -> &str {
    app.options.keys.keys(act).next().unwrap_or(" ")
}

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let inner = pane(app, area, buffer, app.focus == Pane::Action, "Action", "");
    for (row, action) in Action::ALL.into_iter().enumerate() {
        let chosen = action == app.action;
        let cursor = if chosen { theme.symbols.cursor } else { " " };
        let style = if chosen { theme.strong() } else { Style::new() };
        let number = format!("{} ", key(app, ACTS[row]));
        let name = format!("{:<12}", action.name());
        let words = if inner.width >= 66 { action.sentence() } else { action.summary() };
        let row = Rect { y: inner.y + row as u16, height: 1, ..inner };
        put_spans(
            app,
            buffer,
            row,
            &[(cursor, theme.accent()), (&number, theme.key()), (&name, style), (words, style)],
        );
    }
    let row = Rect { y: inner.y + 3, height: 1, ..inner };
    mode(app, row, buffer);
    let width = usize::from(inner.width.saturating_sub(1));
    for (row, line) in wrap(&app.sum(), width).iter().take(usize::from(inner.height.saturating_sub(4))).enumerate() {
        put(app, buffer, inner.x + 1, inner.y + 4 + row as u16, inner.width - 1, line, theme.strong());
    }
}

/// Two rows without a border: the action with its sum, and the ID mode.
pub(super) fn draw_stacked(app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let first = Rect { height: 1, ..area };
    let style = if app.focus == Pane::Action { theme.accent() } else { theme.strong() };
    let cursor = if app.focus == Pane::Action { theme.symbols.cursor } else { " " };
    let chosen = Action::ALL.iter().position(|&action| action == app.action).unwrap_or(0);
    let key = key(app, ACTS[chosen]);
    let spans = [(cursor, theme.accent()), (key, theme.key()), (" ", style), (app.action.name(), style), (" ", style)];
    let x = put_spans(app, buffer, first, &spans);
    let x = mode(app, Rect { x, width: area.right().saturating_sub(x), ..first }, buffer);
    put(app, buffer, x + 2, first.y, area.right().saturating_sub(x + 2), app.action.summary(), Style::new());
    put(app, buffer, area.x + 1, area.y + 1, area.width.saturating_sub(1), &app.sum(), theme.strong());
}

fn mode(app: &App, row: Rect, buffer: &mut Buffer) -> u16 {
    let theme = app.options.theme;
    let face = |mode: IdMode| {
        if mode == app.id_mode { format!("[{mode}]") } else { format!(" {mode} ") }
    };
    let style = |theme: Theme, mode: IdMode| if mode == app.id_mode { theme.accent() } else { Style::new() };
    let (mac, hwid) = (face(IdMode::Mac), face(IdMode::Hwid));
    let spans = [
        (" ", Style::new()),
        (key(app, Act::ToggleIdMode), theme.key()),
        (" send by ", Style::new()),
        (mac.as_str(), style(theme, IdMode::Mac)),
        (" ", Style::new()),
        (hwid.as_str(), style(theme, IdMode::Hwid)),
    ];
    put_spans(app, buffer, row, &spans)
}
