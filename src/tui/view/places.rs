//! The first start, the form of credentials, and the list of places to go to.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_input::Input;
use unicode_width::UnicodeWidthStr as _;

use crate::tui::app::App;
use crate::tui::connect::Keep;
use crate::tui::places::{Field, SetUpForm};
use crate::tui::text::{visible, wrap};

use super::dialog::field;
use super::{cells, first_lines, part, put, put_spans, window};

/// What is missing, how to get it, and what can be done now.
pub(super) fn welcome(app: &App, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let inner = window(app, buffer, 72, 10, "Welcome", theme.accent());
    let lines = [
        "Nothing can be sent yet: a client key or its secret is missing.",
        "The My OPSWAT portal makes both: account menu, OAuth Application,",
        "Register New Application. Your administrator may have them already.",
    ];
    for (row, line) in (0..).zip(lines) {
        put(app, buffer, inner.x, inner.y + row, inner.width, line, Style::new());
    }
    let answers = [
        ("d", "demo: everything on a simulator, nothing is real"),
        ("s", "set up now: host, client key, secret"),
        ("q", "quit"),
        ("Esc", "look around: lists work without"),
    ];
    for (row, (key, words)) in (4..).zip(answers) {
        let key = format!("{key:<5}");
        put_spans(
            app,
            buffer,
            Rect { y: inner.y + row, height: 1, ..inner },
            &[(&key, theme.key()), (words, Style::new())],
        );
    }
}

/// Where the profiles and the simulation are.
pub(super) fn places(app: &App, cursor: usize, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let options = &app.options;
    let mut rows: Vec<(String, String, bool)> = options
        .profiles
        .iter()
        .map(|profile| {
            let mode = if profile.read_only { "  read-only" } else { "" };
            let here = !options.demo && options.profile.as_ref() == Some(&profile.name);
            (visible(&profile.name).into_owned(), format!("{}{mode}", visible(&profile.host)), here)
        })
        .collect();
    rows.push(("simulation".to_owned(), "nothing real".to_owned(), options.demo));
    rows.push(("set up".to_owned(), "host, client key and secret".to_owned(), false));
    let width = 70.min(buffer.area.width);
    let words = wrap("The list stays, the selection does not.", usize::from(width.saturating_sub(4)));
    let below = words.len() as u16;
    let inner = window(app, buffer, width, rows.len() as u16 + 3 + below, "Go to", theme.accent());
    let shown = usize::from(inner.height.saturating_sub(1 + below));
    let first = cursor.saturating_sub(shown.saturating_sub(1));
    let width = rows.iter().map(|(name, ..)| name.width()).max().unwrap_or(0).min(28);
    for (row, (index, (name, place, here))) in (0..).zip(rows.iter().enumerate().skip(first).take(shown)) {
        let (mark, style) = if index == cursor { (theme.symbols.cursor, theme.strong()) } else { (" ", Style::new()) };
        let here = if *here { "  (here)" } else { "" };
        let pad = " ".repeat(width.saturating_sub(name.width()) + 2);
        let spans = [
            (mark, theme.accent()),
            (" ", style),
            (name, style),
            (&*pad, style),
            (place, Style::new()),
            (here, theme.dim()),
        ];
        put_spans(app, buffer, Rect { y: inner.y + row, height: 1, ..inner }, &spans);
    }
    for (row, words) in (inner.bottom().saturating_sub(below)..).zip(&words) {
        put(app, buffer, inner.x, row, inner.width, words, theme.dim());
    }
    part(app, buffer, inner, first, shown, rows.len());
}

/// The form. Where the cursor belongs comes back.
pub(super) fn set_up(app: &App, form: &SetUpForm, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let theme = app.options.theme;
    let title = match &form.profile {
        Some(profile) => format!("Set up {}", visible(profile)),
        None => "Set up".to_owned(),
    };
    let inner = window(app, buffer, 74, 9 + form.fields().len() as u16, &title, theme.accent());
    let line = |row: u16| Rect { y: inner.y + row, height: 1, ..inner };
    let mut cursor = None;
    for (row, &which) in (0..).zip(form.fields()) {
        let (name, input) = match which {
            Field::Name => ("new profile", form.name.as_ref()),
            Field::Host => ("cloud", Some(&form.host)),
            Field::Key => ("client key", Some(&form.key)),
            Field::Keep => ("the secret is", None),
            Field::Secret if form.keep == Keep::Command => ("command", Some(&form.command)),
            Field::Secret => ("client secret", Some(&form.secret)),
        };
        let style = if form.at == which { theme.strong() } else { Style::new() };
        put(app, buffer, inner.x, line(row).y, NAMES, name, style);
        let place = Rect { x: inner.x + NAMES, width: inner.width.saturating_sub(NAMES), ..line(row) };
        let at = match input {
            Some(input) if which == Field::Secret && form.keep != Keep::Command => {
                hidden(app, input, form.at == which, place, buffer)
            }
            Some(input) if form.at == which => field(app, input, place, buffer),
            Some(input) => (
                put(
                    app,
                    buffer,
                    place.x + 2,
                    place.y,
                    place.width.saturating_sub(2),
                    &visible(input.value()),
                    Style::new(),
                ),
                place.y,
            ),
            None => keep(app, form, place, buffer),
        };
        if form.at == which && input.is_some() && !form.busy {
            cursor = Some(at);
        }
    }
    let below = form.fields().len() as u16 + 1;
    let (words, style) = match &form.error {
        _ if form.busy => ("asking the cloud whether it works".to_owned(), theme.strong()),
        Some(why) => (visible(why).into_owned(), theme.warning()),
        None => (explain(form), theme.dim()),
    };
    let rows = usize::from(inner.height.saturating_sub(below + 1));
    let words = first_lines(wrap(&words, usize::from(inner.width)), rows, theme.symbols.cut);
    for (row, text) in (below..).zip(&words) {
        put(app, buffer, inner.x, line(row).y, inner.width, text, style);
    }
    let last = match form.at {
        _ if form.busy => "Esc gives up",
        Field::Secret if form.keep == Keep::Nowhere => "Enter tries it",
        Field::Secret => "Enter tries it, and keeps it if it works",
        _ => "Enter goes on",
    };
    put(app, buffer, inner.x, inner.bottom().saturating_sub(1), inner.width, last, theme.strong());
    cursor
}

/// The width of the fields' names.
const NAMES: u16 = 15;

/// `< in a file that only you may read >`
fn keep(app: &App, form: &SetUpForm, place: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let words = match form.keep {
        Keep::File => "kept in a file that only you may read",
        Keep::Command => "printed by a command",
        Keep::Nowhere => "kept nowhere, and asked for at each start",
    };
    let focused = form.at == Field::Keep;
    let mark = |mark| if focused { mark } else { " " };
    let spans = [
        (mark("<"), theme.key()),
        (" ", Style::new()),
        (words, Style::new()),
        (" ", Style::new()),
        (mark(">"), theme.key()),
    ];
    (put_spans(app, buffer, place, &spans), place.y)
}

/// A text that nobody may read from behind: one mark a character.
fn hidden(app: &App, input: &Input, focused: bool, place: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let mark = theme.symbols.hidden;
    let number = input.value().chars().count().min(usize::from(place.width.saturating_sub(3)));
    let lead = if focused { theme.symbols.cursor } else { " " };
    let dots = mark.repeat(number);
    put_spans(app, buffer, place, &[(lead, theme.accent()), (" ", Style::new()), (&dots, Style::new())]);
    (place.x + cells(lead) + 1 + number as u16, place.y)
}

/// What the field under the cursor means.
fn explain(form: &SetUpForm) -> String {
    match form.at {
        Field::Name => "A name such as acme-test. What is set up already stays as it is.".to_owned(),
        Field::Host => "The host in the address of your console, such as gears.opswat.com.".to_owned(),
        Field::Key => {
            "My OPSWAT portal: account menu, OAuth Application, Register New Application. It shows key and secret."
                .to_owned()
        }
        Field::Keep => "Left and right choose. It never stands in the configuration file.".to_owned(),
        Field::Secret if form.keep == Keep::Command => {
            "Such as: pass show gears. It runs without a shell; its first line counts.".to_owned()
        }
        Field::Secret => "It is not shown. A paste works.".to_owned(),
    }
}
