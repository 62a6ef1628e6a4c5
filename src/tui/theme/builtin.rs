//! The themes that come with the program.
//!
//! What reads well is counted as WCAG 2 counts it: contrast is (L1 + 0.05) / (L2 + 0.05) of the two luminances, 4.5 is
//! asked for words and 3 for signs; `contrast.rs` counts every pair and asserts what is said here.
//!
//! - `terminal` does not know its ground. Words are in the terminal's own ink. Of the sixteen colours none reaches 4.5 on
//!   black and on white in every usual palette, and one alone reaches 3 (bright red, 3.1); green falls to 2.2, magenta
//!   to 2.2, cyan to 2.0, yellow to 1.7 and blue to 1.3. So where there are sixteen, a sign is in the terminal's own ink,
//!   told by its shape and by bold, and only a failure is red as well; colours are left to the bars, which say again what
//!   the numbers beside them say. Where there is the cube of 256, whose colours are the same everywhere, signs have those
//!   of its colours that reach 4.5 on both grounds: green 29, blue 63, red 131, magenta 163, grey 243, and a stronger red
//!   where there are all colours of 24 bits. No yellow does (orange 130 comes nearest, with 4.46), so that "not sent" and
//!   warnings are bold.
//! - `colour-blind` tells by blue 63 and orange 130 what must not be mixed up, which all usual kinds of colour blindness
//!   can tell apart; where there are sixteen colours by blue and yellow, in the bars alone.
//! - `dark` and `light` bring their ground and reach 7 with every word and every sign. Where there are only sixteen colours
//!   the ground is the terminal's black or white, words are its white or black, and signs the colours that read best there.

use ratatui::style::{Color, Modifier, Style};

use super::{Depth, Role, Styles};
use crate::model::OutcomeKind;

/// A theme that comes with the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Builtin {
    /// The terminal's own ground and ink.
    #[default]
    Terminal,
    /// Bright on black.
    Dark,
    /// Dark on white.
    Light,
    /// The terminal's own ground and ink, with blue and orange.
    ColourBlind,
}

impl Builtin {
    /// All of them, in the order in which the console changes them.
    pub const ALL: [Self; 4] = [Self::Terminal, Self::Dark, Self::Light, Self::ColourBlind];

    /// Its name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourBlind => "colour-blind",
        }
    }

    /// The theme of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace("color", "colour");
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// What it looks like on a terminal with so many colours.
    pub(super) fn styles(self, depth: Depth) -> Styles {
        match (self, depth) {
            (_, Depth::Mono) => mono(),
            (Self::Terminal, Depth::Eight | Depth::Sixteen) => sixteen(&BARS),
            (Self::ColourBlind, Depth::Eight | Depth::Sixteen) => sixteen(&BLUE_AND_YELLOW),
            (Self::Terminal, Depth::True) => with_true_red(own_ground(&CUBE, &CUBE_BARS)),
            (Self::Terminal, _) => own_ground(&CUBE, &CUBE_BARS),
            (Self::ColourBlind, _) => own_ground(&BLUE_AND_ORANGE, &BLUE_AND_ORANGE_BARS),
            (Self::Dark, Depth::Eight | Depth::Sixteen) => grounded(&DARK_16),
            (Self::Dark, _) => grounded(&DARK),
            (Self::Light, Depth::Eight | Depth::Sixteen) => grounded(&LIGHT_16),
            (Self::Light, _) => grounded(&LIGHT),
        }
    }
}

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// Shapes and bold alone.
fn mono() -> Styles {
    let mut styles = Styles::plain();
    for role in [
        Role::Failed,
        Role::Unknown,
        Role::NotSent,
        Role::Strong,
        Role::Accent,
        Role::FocusedBorder,
        Role::Key,
        Role::Warning,
        Role::Error,
    ] {
        styles.set(role, BOLD);
    }
    styles.set(Role::Header, Style::new().add_modifier(Modifier::REVERSED));
    styles
}

/// Colours in the order of the outcomes: queued, in flight, succeeded, failed, unknown, not sent.
type Bars = [Color; 6];

const BARS: Bars = [Color::Reset, Color::Cyan, Color::Green, Color::Red, Color::Magenta, Color::Yellow];
const BLUE_AND_YELLOW: Bars =
    [Color::Reset, Color::Reset, Color::LightBlue, Color::Yellow, Color::Yellow, Color::Reset];

/// The terminal's ink, and colours in the bars.
fn sixteen(bars: &Bars) -> Styles {
    let mut styles = mono();
    if bars[OutcomeKind::Failed as usize] == Color::Red {
        for role in [Role::Failed, Role::Error] {
            styles.set(role, BOLD.fg(Color::LightRed));
        }
    }
    styles.bars = *bars;
    styles
}

const GREEN: Color = Color::Indexed(29);
const BLUE: Color = Color::Indexed(63);
const ORANGE: Color = Color::Indexed(130);
const RED: Color = Color::Indexed(131);
const MAGENTA: Color = Color::Indexed(163);
const GREY: Color = Color::Indexed(243);

const CUBE: [(Role, Color); 9] = [
    (Role::Succeeded, GREEN),
    (Role::Failed, RED),
    (Role::Unknown, MAGENTA),
    (Role::InFlight, BLUE),
    (Role::Queued, GREY),
    (Role::Dim, GREY),
    (Role::Accent, BLUE),
    (Role::Border, GREY),
    (Role::Error, RED),
];
const CUBE_BARS: Bars = [GREY, BLUE, GREEN, RED, MAGENTA, ORANGE];

/// A stronger red than the cube has for both grounds: 4.5 on black, 4.6 on white.
const TRUE_RED: Color = Color::Rgb(0xeb, 0, 0);

fn with_true_red(mut styles: Styles) -> Styles {
    for role in [Role::Failed, Role::Error] {
        styles.set(role, BOLD.fg(TRUE_RED));
    }
    styles.bars[OutcomeKind::Failed as usize] = TRUE_RED;
    styles
}

const BLUE_AND_ORANGE: [(Role, Color); 9] = [
    (Role::Succeeded, BLUE),
    (Role::Failed, ORANGE),
    (Role::Unknown, Color::Reset),
    (Role::InFlight, GREY),
    (Role::Queued, GREY),
    (Role::Dim, GREY),
    (Role::Accent, BLUE),
    (Role::Border, GREY),
    (Role::Error, ORANGE),
];
const BLUE_AND_ORANGE_BARS: Bars = [GREY, GREY, BLUE, ORANGE, Color::Reset, GREY];

/// The terminal's ground and ink, and signs in colours of the cube.
fn own_ground(colours: &[(Role, Color)], bars: &Bars) -> Styles {
    let mut styles = mono();
    for (role, colour) in colours {
        styles.set(*role, styles.of(*role).fg(*colour));
    }
    styles.set(Role::FocusedBorder, Style::new().fg(BLUE));
    styles.bars = *bars;
    styles
}

/// Ground, ink, and the colours of a theme that brings both.
struct Grounded {
    ground: Color,
    ink: Color,
    /// What matters less, and lines.
    dim: Color,
    accent: Color,
    warning: Color,
    /// As in `Bars`.
    outcomes: Bars,
    /// Whether words may have these colours.
    words: bool,
}

const fn cube(index: u8) -> Color {
    Color::Indexed(index)
}

const DARK: Grounded = Grounded {
    ground: cube(16),
    ink: cube(231),
    dim: cube(250),
    accent: cube(123),
    warning: cube(228),
    outcomes: [cube(250), cube(123), cube(120), cube(210), cube(219), cube(228)],
    words: true,
};
const LIGHT: Grounded = Grounded {
    ground: cube(231),
    ink: cube(16),
    dim: cube(239),
    accent: cube(18),
    warning: cube(52),
    outcomes: [cube(239), cube(18), cube(22), cube(88), cube(90), cube(52)],
    words: true,
};
const DARK_16: Grounded = Grounded {
    ground: Color::Black,
    ink: Color::White,
    dim: Color::Gray,
    accent: Color::LightCyan,
    warning: Color::LightYellow,
    outcomes: [Color::Gray, Color::LightCyan, Color::LightGreen, Color::LightRed, Color::White, Color::LightYellow],
    words: false,
};
const LIGHT_16: Grounded = Grounded {
    ground: Color::White,
    ink: Color::Black,
    dim: Color::Black,
    accent: Color::Black,
    warning: Color::Red,
    outcomes: [Color::Black, Color::Blue, Color::Black, Color::Red, Color::Magenta, Color::Black],
    words: false,
};

fn grounded(theme: &Grounded) -> Styles {
    let mut styles = mono();
    let mut set = |role: Role, colour: Color| styles.set(role, styles.of(role).fg(colour));
    for (role, colour) in Role::OUTCOMES.into_iter().zip(theme.outcomes) {
        set(role, colour);
    }
    for (role, colour) in [
        (Role::Dim, theme.dim),
        (Role::Border, theme.dim),
        (Role::Accent, theme.accent),
        (Role::Warning, theme.warning),
        (Role::Error, theme.outcomes[OutcomeKind::Failed as usize]),
    ] {
        set(role, colour);
    }
    styles.set(Role::FocusedBorder, Style::new().fg(theme.accent));
    styles.set(Role::Text, Style::new().fg(theme.ink).bg(theme.ground));
    styles.set(Role::Header, Style::new().fg(theme.ink).bg(theme.ground).add_modifier(Modifier::REVERSED));
    styles.bars = theme.outcomes;
    styles.words = theme.words;
    styles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_theme_in_both_spellings() {
        for theme in Builtin::ALL {
            assert_eq!(Builtin::by_name(theme.name()), Some(theme));
        }
        assert_eq!(Builtin::by_name("Color-Blind"), Some(Builtin::ColourBlind));
        assert_eq!(Builtin::by_name("solarized"), None);
    }
}
