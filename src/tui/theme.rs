//! Colours and symbols: what a state looks like. Every state has a symbol of its own, so colour is never needed to read.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::model::OutcomeKind;

/// The characters that stand for states.
#[derive(Debug)]
pub struct Symbols {
    /// The cursor's row.
    pub cursor: &'static str,
    /// A device that is selected.
    pub selected: &'static str,
    /// A device that can be selected.
    pub selectable: &'static str,
    /// A device that has no id of the mode.
    pub not_sendable: &'static str,
    /// A request that may be sent now, and one that may not.
    pub slot: [&'static str; 2],
    /// The progress bar's finished and open part.
    pub bar: [&'static str; 2],
    /// Where a text was cut.
    pub cut: &'static str,
    /// Behind an address that a device has made up.
    pub made_up: &'static str,
    /// Box lines.
    pub border: border::Set<'static>,
    outcomes: [&'static str; 6],
}

const UNICODE: Symbols = Symbols {
    cursor: "▸",
    selected: "◉",
    selectable: "○",
    not_sendable: "·",
    slot: ["●", "○"],
    bar: ["█", "░"],
    cut: "…",
    made_up: "~",
    border: border::PLAIN,
    outcomes: ["◌", "▹", "✓", "✗", "?", "–"],
};

const ASCII: Symbols = Symbols {
    cursor: ">",
    selected: "*",
    selectable: "o",
    not_sendable: ".",
    slot: ["*", "."],
    bar: ["#", "."],
    cut: "~",
    made_up: "%",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    outcomes: [".", ">", "+", "x", "?", "-"],
};

/// How the console looks on this terminal.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    colour: bool,
    /// The characters to use.
    pub symbols: &'static Symbols,
}

impl Theme {
    /// A theme of the terminal's own 16 colours, or of none; with Unicode symbols, or with ASCII ones.
    #[must_use]
    pub fn new(colour: bool, ascii: bool) -> Self {
        Self { colour, symbols: if ascii { &ASCII } else { &UNICODE } }
    }

    fn fg(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    /// The symbol of an outcome.
    #[must_use]
    pub fn symbol(self, kind: OutcomeKind) -> &'static str {
        self.symbols.outcomes[kind as usize]
    }

    /// The look of an outcome.
    #[must_use]
    pub fn outcome(self, kind: OutcomeKind) -> Style {
        match kind {
            OutcomeKind::Succeeded => self.fg(Color::Green),
            OutcomeKind::Failed => self.fg(Color::Red).add_modifier(Modifier::BOLD),
            OutcomeKind::Unknown => self.fg(Color::Magenta).add_modifier(Modifier::BOLD),
            OutcomeKind::InFlight => self.fg(Color::Cyan),
            OutcomeKind::NotSent => self.fg(Color::Yellow),
            OutcomeKind::Queued => self.dim(),
        }
    }

    /// What matters less.
    #[must_use]
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What matters more.
    #[must_use]
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Where one is, and what is chosen.
    #[must_use]
    pub fn accent(self) -> Style {
        self.fg(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// The lines around a pane.
    #[must_use]
    pub fn border(self, focused: bool) -> Style {
        if focused { self.fg(Color::Cyan) } else { self.dim() }
    }

    /// The top line, in the profile's colour if it has one.
    #[must_use]
    pub fn header(self, colour: Option<Color>) -> Style {
        colour.map_or_else(Style::new, |colour| self.fg(colour)).add_modifier(Modifier::REVERSED)
    }

    /// A key in the bar or in help.
    #[must_use]
    pub fn key(self) -> Style {
        self.strong()
    }

    /// Something that needs care.
    #[must_use]
    pub fn warning(self) -> Style {
        self.fg(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// Something that went wrong.
    #[must_use]
    pub fn error(self) -> Style {
        self.fg(Color::Red).add_modifier(Modifier::BOLD)
    }
}
