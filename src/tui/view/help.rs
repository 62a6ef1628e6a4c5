//! The help, made from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::guide::PAGES;
use crate::model::OutcomeKind;
use crate::tui::app::App;
use crate::tui::keymap::{Act, BINDINGS, Chapter, Scope};
use crate::tui::text::wrap;

use super::{put, put_spans};

/// A line of the help.
pub(super) enum Line {
    Empty,
    Title(&'static str),
    Key {
        keys: String,
        words: String,
    },
    /// Its sign stands before the first line of its words.
    Outcome {
        kind: OutcomeKind,
        is_first: bool,
        words: String,
    },
}

impl Line {
    /// The line's words.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Title(title) => (*title).to_owned(),
            Self::Key { keys, words } => format!("{keys} {words}"),
            Self::Outcome { words, .. } => words.clone(),
        }
    }
}

/// Cells for the keys.
const KEYS_WIDTH: u16 = 14;

/// All lines, for a window of this width.
pub(super) fn lines(app: &App, width: u16) -> Vec<Line> {
    let mut lines = guide(width);
    lines.extend([Line::Empty, Line::Title("What became of a device")]);
    for (kind, words) in [
        (OutcomeKind::Succeeded, "succeeded: the cloud took the command"),
        (OutcomeKind::Failed, "failed: the cloud does not know the id, or refused it"),
        (OutcomeKind::Unknown, "unknown: sent, no trustworthy answer; it may have run"),
        (OutcomeKind::NotSent, "not sent: nothing happened to it"),
        (OutcomeKind::InFlight, "in flight: sent, the answer is awaited"),
        (OutcomeKind::Queued, "queued: waits for a free request"),
    ] {
        let words = wrap(words, usize::from(width.saturating_sub(4)));
        lines.extend(words.into_iter().enumerate().map(|(row, words)| Line::Outcome {
            kind,
            is_first: row == 0,
            words,
        }));
    }
    lines.extend(marks(app, width));
    for chapter in Chapter::ALL {
        lines.push(Line::Empty);
        lines.push(Line::Title(chapter.title()));
        for binding in BINDINGS.iter().filter(|binding| binding.chapter == chapter) {
            let mut words = binding.words.to_owned();
            if binding.scope == Scope::Results {
                words += " (in the results)";
            }
            let mut keys = app.options.keys.listed(binding.act);
            for words in wrap(&words, usize::from(width.saturating_sub(KEYS_WIDTH + 1))) {
                lines.push(Line::Key { keys: std::mem::take(&mut keys), words });
            }
        }
        if chapter == Chapter::Move {
            lines.extend(numbers(app, width));
        }
    }
    lines
}

/// What the other signs on the screen mean.
fn marks(app: &App, width: u16) -> Vec<Line> {
    let (symbols, key) = (app.options.theme.symbols, app.key(Act::Device));
    let [free, taken] = symbols.slot;
    let [done, open] = symbols.bar;
    let mark = |mark: &str, words: &str| (mark.to_owned(), words.to_owned());
    let told = [
        mark(symbols.cursor, "the cursor"),
        mark(&format!("{} {}", symbols.selected, symbols.selectable), "selected, and not selected"),
        mark(symbols.not_sendable, "cannot be selected: no id of the kind that is sent by"),
        mark(symbols.made_up, "behind an id: a randomised address, the cloud may know the device by another one"),
        mark("!", &format!("behind an id: its sources contradict each other, {key} shows how")),
        mark(&format!("{free} {taken}"), "a request that may leave now, and one that is taken"),
        mark(&format!("{done} {open}"), "the part of a bar that is done, and the rest"),
        mark(symbols.cut, &format!("the text goes on: {key} shows all of it")),
    ];
    let mut lines = vec![Line::Empty, Line::Title("Other marks")];
    for (mut keys, words) in told {
        for words in wrap(&words, usize::from(width.saturating_sub(KEYS_WIDTH + 1))) {
            lines.push(Line::Key { keys: std::mem::take(&mut keys), words });
        }
    }
    lines
}

/// Numbers before motions, and how they go together with the keys that choose an action.
fn numbers(app: &App, width: u16) -> Vec<Line> {
    let (last, down) = (app.key(Act::Last), app.key(Act::Down));
    let told = [
        (format!("5 {down}"), "a number before a move: so many rows, pages, finds, failures or runs".to_owned()),
        (format!("120 {last}"), "go to this row".to_owned()),
        (
            String::new(),
            "1 2 3 choose an action; where a move follows within a second they were its number, and the action is as before"
                .to_owned(),
        ),
        (String::new(), "1 to 8 open a page here, and are a number in the same way".to_owned()),
    ];
    let mut lines = Vec::new();
    for (mut keys, words) in told {
        for words in wrap(&words, usize::from(width.saturating_sub(KEYS_WIDTH + 1))) {
            lines.push(Line::Key { keys: std::mem::take(&mut keys), words });
        }
    }
    lines
}

/// The pages of the guide with the key of each.
fn guide(width: u16) -> Vec<Line> {
    let pages: Vec<String> =
        PAGES.iter().enumerate().map(|(index, page)| format!("{}\u{a0}{}", index + 1, page.name)).collect();
    let mut keys = format!("1-{}", PAGES.len());
    let mut lines = vec![Line::Title("Guide: a number opens its page")];
    for words in wrap(&pages.join("  "), usize::from(width.saturating_sub(KEYS_WIDTH + 1))) {
        // A number stays with its page where a line is broken.
        lines.push(Line::Key { keys: std::mem::take(&mut keys), words: words.replace('\u{a0}', " ") });
    }
    lines
}

pub(super) fn draw_line(app: &App, line: &Line, row: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    match line {
        Line::Empty => {}
        Line::Title(title) => {
            put(app, buffer, row.x, row.y, row.width, title, theme.strong());
        }
        Line::Key { keys, words } => {
            put(app, buffer, row.x + 1, row.y, KEYS_WIDTH, keys, theme.key());
            put(app, buffer, row.x + 1 + KEYS_WIDTH, row.y, row.width - KEYS_WIDTH - 1, words, Style::new());
        }
        Line::Outcome { kind, is_first, words } => {
            let style = theme.outcome(*kind);
            let sign = if *is_first { theme.symbol(*kind) } else { " " };
            put_spans(app, buffer, row, &[(" ", style), (sign, style), ("  ", style), (words, style)]);
        }
    }
}
