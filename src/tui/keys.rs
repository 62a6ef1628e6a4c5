//! What keys and the mouse do in the panes, and what a key would do anywhere.

use crossterm::event::{
    Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Position;
use tui_input::backend::crossterm::EventHandler as _;

use super::acts;
use super::app::{App, Effect, Pane};
use super::dialog::Dialog;
use super::gate::{self, Meaning};
use super::keymap::{self, Act, Scope};
use super::update::set_filter;
use super::{count, dialogs};

/// The keys that were pressed. Esc and another key that follows come in one piece where the line is slow, or where tmux or
/// GNU screen waits whether a longer sequence comes; they are read as one key with Alt. Where that has no meaning of its
/// own it is the two.
#[must_use]
pub fn apart(app: &App, key: KeyEvent) -> Vec<KeyEvent> {
    let modifiers = key.modifiers - KeyModifiers::ALT;
    let in_panes = app.dialog.is_none() && app.filter_input.is_none();
    let means_something = if in_panes {
        app.options.keys.act(&key, scope(app)).is_some()
    } else {
        // In a field it takes the word before the cursor away.
        key.code == KeyCode::Backspace
    };
    if modifiers == key.modifiers || modifiers.contains(KeyModifiers::CONTROL) || means_something {
        return vec![key];
    }
    vec![KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE), KeyEvent { modifiers, ..key }]
}

/// What a key would do now, if a person pressed it: the gate's question.
#[must_use]
pub fn meaning(app: &App, key: &KeyEvent) -> Meaning {
    if key.code == KeyCode::Enter
        && matches!(app.dialog, Some(Dialog::Confirm(_) | Dialog::Unfinished(_) | Dialog::Quit { .. }))
    {
        return Meaning::Answer;
    }
    let text = app.filter_input.is_some() || app.dialog.as_ref().is_some_and(Dialog::takes_text);
    if text {
        let typed = matches!(key.code, KeyCode::Char(_) | KeyCode::Tab);
        let newline = matches!(app.dialog, Some(Dialog::Paste(_))) && key.code == KeyCode::Enter;
        return match () {
            () if typed || newline => Meaning::Text,
            () if gate::character(key).is_none() => Meaning::Harmless,
            () => Meaning::Command,
        };
    }
    let harmless = match app.dialog {
        // Digits wait, so that a number comes in its order.
        None => {
            let act = app.options.keys.act(key, scope(app));
            act.map_or(count::digit(key).is_none(), keymap::is_harmless)
        }
        // What is no text has a meaning of its own there, which asks nothing of the cloud.
        Some(_) => gate::character(key).is_none(),
    };
    if harmless { Meaning::Harmless } else { Meaning::Command }
}

/// Where keys go.
#[must_use]
pub fn scope(app: &App) -> Scope {
    if app.focus == Pane::Results { Scope::Results } else { Scope::Devices }
}

/// A key that a person pressed.
pub(super) fn pressed(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    if key.code == KeyCode::Char('z') && key.modifiers == KeyModifiers::CONTROL {
        return vec![Effect::Suspend];
    }
    // In the panes the configuration may give it other keys; where text is typed and in dialogs keys are what they are.
    let in_panes = app.dialog.is_none() && app.filter_input.is_none();
    if !in_panes && key.code == KeyCode::Char('l') && key.modifiers == KeyModifiers::CONTROL {
        return vec![Effect::Redraw];
    }
    if app.areas().tiny && !works_unseen(app, &key) {
        return Vec::new();
    }
    if app.dialog.is_some() {
        return dialogs::key(app, key);
    }
    if app.filter_input.is_some() {
        filter_key(app, key);
        return Vec::new();
    }
    let act = app.options.keys.act(&key, scope(app));
    let counted = count::key(app, &key, act);
    let effects = counted.unwrap_or_else(|| act.map(|act| acts::perform(app, act)).unwrap_or_default());
    if let Some(Dialog::Quit { interrupted, .. }) = &mut app.dialog
        && dialogs::is_interrupt(&key)
    {
        *interrupted = Some(app.now);
    }
    effects
}

/// Whether a key does something on a screen that is too small to show what: leaving, drawing again, and nothing that sends.
fn works_unseen(app: &App, key: &KeyEvent) -> bool {
    let in_panes = app.dialog.is_none() && app.filter_input.is_none();
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => true,
        KeyCode::Esc if !in_panes => true,
        _ if in_panes => match app.options.keys.act(key, scope(app)) {
            Some(Act::Back | Act::Redraw) => true,
            Some(Act::Quit) => !app.is_running(),
            _ => false,
        },
        _ => false,
    }
}

fn filter_key(app: &mut App, key: KeyEvent) {
    let Some(input) = &mut app.filter_input else { return };
    match key.code {
        KeyCode::Enter | KeyCode::Down | KeyCode::Tab => app.filter_input = None,
        KeyCode::Esc => {
            app.filter_input = None;
            set_filter(app, "");
        }
        KeyCode::Char('c') if key.modifiers == KeyModifiers::CONTROL => app.filter_input = None,
        _ => {
            if input.handle_event(&TerminalEvent::Key(key)).is_some_and(|change| change.value) {
                let text = input.value().to_owned();
                set_filter(app, &text);
            }
        }
    }
}

/// What the mouse does, while it is on.
pub(super) fn mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    if app.dialog.is_some() {
        return Vec::new();
    }
    let areas = app.areas();
    let position = Position { x: event.column, y: event.row };
    let pane = [(Pane::Devices, areas.devices), (Pane::Action, areas.action), (Pane::Results, areas.results)]
        .into_iter()
        .find(|(_, area)| area.contains(position));
    let Some((pane, area)) = pane else { return Vec::new() };
    // Rows below the border, and in the results below the bar and the map.
    let row = usize::from(event.row.saturating_sub(area.y + 1));
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            app.focus = pane;
            match pane {
                Pane::Devices => {
                    let place = app.cursor.offset + row;
                    if row < areas.device_rows() && place < app.shown.len() {
                        app.cursor.cursor = place;
                        // The mark is the row's first two cells.
                        if event.column <= area.x + 2 {
                            acts::toggle(app);
                        }
                    }
                }
                Pane::Action if !areas.stacked && row < 3 => app.action = crate::model::Action::ALL[row],
                Pane::Action => {}
                Pane::Results => {
                    if let Some(run) = app.runs.get_mut(app.run) {
                        let above = 1 + areas.map_rows(run.devices.len());
                        if let Some(row) = row.checked_sub(above) {
                            run.list.cursor = run.list.offset + row;
                            run.list.clamp(run.shown.len());
                        }
                    }
                }
            }
        }
        MouseEventKind::ScrollUp => acts::step(app, pane, -3),
        MouseEventKind::ScrollDown => acts::step(app, pane, 3),
        _ => {}
    }
    Vec::new()
}
