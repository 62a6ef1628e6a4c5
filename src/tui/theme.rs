//! Colours and symbols: what a state looks like. Every state has a symbol of its own, so colour is never needed to read.

mod builtin;
pub mod colour;
#[cfg(test)]
mod contrast;
mod symbols;

use ratatui::style::{Color, Modifier, Style};

pub use builtin::Builtin;
pub use colour::Depth;
pub use symbols::Symbols;

use crate::model::OutcomeKind;

/// What has a look of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`NAMES` has the words for each")]
pub enum Role {
    Text,
    Queued,
    InFlight,
    Succeeded,
    Failed,
    Unknown,
    NotSent,
    Dim,
    Strong,
    Accent,
    Border,
    FocusedBorder,
    Header,
    Key,
    Warning,
    Error,
}

impl Role {
    /// Every role with its name in a theme's file.
    pub const NAMES: [(Self, &'static str); 16] = [
        (Self::Text, "text"),
        (Self::Queued, "queued"),
        (Self::InFlight, "in-flight"),
        (Self::Succeeded, "succeeded"),
        (Self::Failed, "failed"),
        (Self::Unknown, "unknown"),
        (Self::NotSent, "not-sent"),
        (Self::Dim, "dim"),
        (Self::Strong, "strong"),
        (Self::Accent, "accent"),
        (Self::Border, "border"),
        (Self::FocusedBorder, "focused-border"),
        (Self::Header, "header"),
        (Self::Key, "key"),
        (Self::Warning, "warning"),
        (Self::Error, "error"),
    ];

    /// The roles of the outcomes, in their order.
    const OUTCOMES: [Self; 6] =
        [Self::Queued, Self::InFlight, Self::Succeeded, Self::Failed, Self::Unknown, Self::NotSent];

    /// The role of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }
}

/// The look of every role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Styles {
    roles: [Style; Role::NAMES.len()],
    /// The blocks of bars and maps, by outcome.
    bars: [Color; 6],
    /// Whether words may have a colour.
    words: bool,
}

impl Styles {
    fn plain() -> Self {
        Self { roles: [Style::new(); Role::NAMES.len()], bars: [Color::Reset; 6], words: false }
    }

    fn of(&self, role: Role) -> Style {
        self.roles[role as usize]
    }

    fn set(&mut self, role: Role, style: Style) {
        self.roles[role as usize] = style;
    }
}

/// How the console looks on this terminal.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// What it is made from; none is one of the operator's own.
    pub builtin: Option<Builtin>,
    styles: Styles,
    depth: Depth,
    /// The characters to use.
    pub symbols: &'static Symbols,
    /// Whether the terminal knows ASCII alone.
    pub ascii: bool,
}

impl Theme {
    /// A theme on a terminal with so many colours; with Unicode symbols, or with ASCII ones.
    #[must_use]
    pub fn new(builtin: Builtin, depth: Depth, ascii: bool) -> Self {
        let mut styles = builtin.styles(depth);
        styles.roles = styles.roles.map(|style| fitted(style, depth));
        styles.bars = styles.bars.map(|colour| depth.fit(colour));
        let symbols = if ascii { &symbols::ASCII } else { &symbols::UNICODE };
        Self { builtin: Some(builtin), styles, depth, symbols, ascii }
    }

    /// This theme with other looks of some roles. Words have colours where `text` has a ground.
    #[must_use]
    pub fn with(mut self, roles: &[(Role, Style)]) -> Self {
        self.builtin = None;
        if self.depth == Depth::Mono {
            return self;
        }
        for (role, style) in roles {
            let style = fitted(*style, self.depth);
            self.styles.set(*role, style);
            if let Some(kind) = Role::OUTCOMES.iter().position(|outcome| outcome == role) {
                self.styles.bars[kind] = style.fg.unwrap_or(Color::Reset);
            }
        }
        self.styles.words = self.text().bg.is_some();
        self
    }

    /// Whether it has any colours.
    #[must_use]
    pub fn has_colours(self) -> bool {
        self.depth > Depth::Mono
    }

    /// Another theme on the same terminal.
    #[must_use]
    pub fn another(self, builtin: Builtin) -> Self {
        Self::new(builtin, self.depth, self.ascii)
    }

    /// Ground and ink of the whole screen, where the theme brings them.
    #[must_use]
    pub fn text(self) -> Style {
        self.styles.of(Role::Text)
    }

    /// Whether words may have a colour: where the ground is not known none can be read everywhere.
    #[must_use]
    pub fn colours_words(self) -> bool {
        self.styles.words
    }

    /// The symbol of an outcome.
    #[must_use]
    pub fn symbol(self, kind: OutcomeKind) -> &'static str {
        self.symbols.outcomes[kind as usize]
    }

    /// The look of an outcome.
    #[must_use]
    pub fn outcome(self, kind: OutcomeKind) -> Style {
        self.styles.of(Role::OUTCOMES[kind as usize])
    }

    /// The look of an outcome's part of a bar.
    #[must_use]
    pub fn bar(self, kind: OutcomeKind) -> Style {
        Style::new().fg(self.styles.bars[kind as usize])
    }

    /// What matters less.
    #[must_use]
    pub fn dim(self) -> Style {
        self.styles.of(Role::Dim)
    }

    /// What matters more.
    #[must_use]
    pub fn strong(self) -> Style {
        self.styles.of(Role::Strong)
    }

    /// Where one is, and what is chosen.
    #[must_use]
    pub fn accent(self) -> Style {
        self.styles.of(Role::Accent)
    }

    /// The lines around a pane.
    #[must_use]
    pub fn border(self, focused: bool) -> Style {
        self.styles.of(if focused { Role::FocusedBorder } else { Role::Border })
    }

    /// The top line, in the profile's colour if it has one.
    #[must_use]
    pub fn header(self, colour: Option<Color>) -> Style {
        let plain = self.styles.of(Role::Header);
        let Some(colour) = colour.filter(|_| self.depth > Depth::Mono) else { return plain };
        if !self.styles.words {
            return plain.fg(colour);
        }
        // Grounds on which white, or black, reaches 7.
        let (ink, ground) = match colour {
            Color::Red => (231, 52),
            Color::Green => (231, 22),
            Color::Yellow => (16, 226),
            Color::Blue => (231, 18),
            Color::Magenta => (231, 53),
            _ => (231, 23),
        };
        fitted(Style::new().fg(Color::Indexed(ink)).bg(Color::Indexed(ground)), self.depth)
    }

    /// A key in the bar or in help.
    #[must_use]
    pub fn key(self) -> Style {
        self.styles.of(Role::Key)
    }

    /// Something that needs care.
    #[must_use]
    pub fn warning(self) -> Style {
        self.styles.of(Role::Warning)
    }

    /// Something that went wrong.
    #[must_use]
    pub fn error(self) -> Style {
        self.styles.of(Role::Error)
    }
}

/// A style in colours that the terminal has. Of eight colours bold makes the bright ones.
fn fitted(mut style: Style, depth: Depth) -> Style {
    let bright = style.fg.is_some_and(|ink| colour::SIXTEEN[9..].iter().any(|(_, bright)| *bright == ink));
    if depth == Depth::Eight && bright {
        style = style.add_modifier(Modifier::BOLD);
    }
    let fit = |colour: Color| depth.fit(colour);
    Style { fg: style.fg.map(fit), bg: style.bg.map(fit), ..style }
}
