//! Colours, and how many of them a terminal has.

use ratatui::style::Color;

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none is wanted.
    Mono,
    /// The eight of the first colour terminals; bold makes them bright.
    Eight,
    /// Eight and their bright ones. What each looks like is the terminal's affair.
    Sixteen,
    /// Those, a cube of 216 and 24 greys, which are the same everywhere.
    Cube,
    /// All of 24 bits.
    True,
}

impl Depth {
    /// What a terminal of this `TERM` has; `COLORTERM` may say that it has more.
    #[must_use]
    pub fn of(term: &str, colorterm: &str) -> Self {
        const CUBE: [&str; 9] = ["256", "alacritty", "contour", "foot", "ghostty", "kitty", "wezterm", "iterm", "rio"];
        const EIGHT: [&str; 8] = ["linux", "ansi", "cons25", "cygwin", "vt", "sun", "wy", "hp"];
        match () {
            // Old multiplexers pass the variable on, and not the colours.
            () if matches!(colorterm, "truecolor" | "24bit") && !term.starts_with("screen") => Self::True,
            () if term.ends_with("-direct") => Self::True,
            () if CUBE.iter().any(|name| term.contains(name)) => Self::Cube,
            () if EIGHT.iter().any(|name| term.starts_with(name)) => Self::Eight,
            () => Self::Sixteen,
        }
    }

    /// The colour that this terminal has and that is nearest.
    #[must_use]
    pub fn fit(self, colour: Color) -> Color {
        match (self, colour) {
            (_, Color::Reset) | (Self::True, _) => colour,
            (Self::Mono, _) => Color::Reset,
            (Self::Cube, Color::Rgb(r, g, b)) => Color::Indexed(nearest((r, g, b), 16..=255)),
            (Self::Sixteen | Self::Eight, Color::Rgb(r, g, b)) => {
                self.fit(SIXTEEN[usize::from(nearest((r, g, b), 0..=15))].1)
            }
            (Self::Sixteen | Self::Eight, Color::Indexed(index)) => match rgb(Color::Indexed(index)) {
                Some((r, g, b)) => self.fit(Color::Rgb(r, g, b)),
                None => self.fit(SIXTEEN[usize::from(index)].1),
            },
            (Self::Eight, colour) => {
                let at = SIXTEEN.iter().position(|(_, one)| *one == colour).unwrap_or_default();
                SIXTEEN[at % 8].1
            }
            (Self::Sixteen | Self::Cube, colour) => colour,
        }
    }
}

/// The sixteen that every terminal paints as it likes, in their order, with their names in files.
pub const SIXTEEN: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("grey", Color::Gray),
    ("dark-grey", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// What xterm makes of the sixteen: good enough to find the nearest of them.
const XTERM: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// Reads a colour of a file: a name, a number of 256, or `#rrggbb`.
#[must_use]
pub fn read(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#') {
        let number = u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let [_, r, g, b] = number.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    if let Ok(index) = text.parse::<u8>() {
        return Some(SIXTEEN.get(usize::from(index)).map_or(Color::Indexed(index), |(_, colour)| *colour));
    }
    let text = text.replace("gray", "grey");
    SIXTEEN.iter().find(|(name, _)| *name == text).map(|(_, colour)| *colour)
}

/// Red, green and blue of a colour that is the same on every terminal.
#[must_use]
pub fn rgb(colour: Color) -> Option<(u8, u8, u8)> {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match colour {
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(index @ 16..=231) => {
            let level = |by: u8| LEVELS[usize::from((index - 16) / by % 6)];
            Some((level(36), level(6), level(1)))
        }
        Color::Indexed(index @ 232..) => {
            let grey = 8 + 10 * (index - 232);
            Some((grey, grey, grey))
        }
        _ => None,
    }
}

fn nearest((r, g, b): (u8, u8, u8), among: std::ops::RangeInclusive<u8>) -> u8 {
    let distance = |index: &u8| {
        let (r2, g2, b2) = rgb(Color::Indexed(*index)).unwrap_or_else(|| XTERM[usize::from(*index) % 16]);
        [(r, r2), (g, g2), (b, b2)].iter().map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>()
    };
    among.min_by_key(distance).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_given_the_colours_that_it_has() {
        for (term, colorterm, depth) in [
            ("xterm", "", Depth::Sixteen),
            ("xterm-256color", "", Depth::Cube),
            ("xterm-256color", "truecolor", Depth::True),
            ("screen-256color", "truecolor", Depth::Cube),
            ("tmux-256color", "24bit", Depth::True),
            ("xterm-kitty", "", Depth::Cube),
            ("putty", "", Depth::Sixteen),
            ("linux", "", Depth::Eight),
            ("vt220", "", Depth::Eight),
            ("", "", Depth::Sixteen),
        ] {
            assert_eq!(Depth::of(term, colorterm), depth, "{term} {colorterm}");
        }
    }

    #[test]
    fn colours_are_read_and_fitted() {
        assert_eq!(read("red"), Some(Color::Red));
        assert_eq!(read("dark-gray"), Some(Color::DarkGray));
        assert_eq!(read("9"), Some(Color::LightRed));
        assert_eq!(read("208"), Some(Color::Indexed(208)));
        assert_eq!(read("#ff8000"), Some(Color::Rgb(255, 128, 0)));
        for wrong in ["256", "#fff", "#ggggggg", "#+12345", "pink", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let orange = Color::Rgb(255, 128, 0);
        let fitted =
            [Depth::Mono, Depth::Eight, Depth::Sixteen, Depth::Cube, Depth::True].map(|depth| depth.fit(orange));
        assert_eq!(fitted, [Color::Reset, Color::Yellow, Color::Yellow, Color::Indexed(208), orange]);
        assert_eq!(Depth::Eight.fit(Color::LightRed), Color::Red);
        assert_eq!(Depth::Sixteen.fit(Color::Indexed(231)), Color::White);
    }

    #[test]
    fn the_cube_is_the_one_of_every_terminal() {
        let known =
            [(16, (0, 0, 0)), (29, (0, 135, 95)), (130, (175, 95, 0)), (231, (255, 255, 255)), (243, (118, 118, 118))];
        for (index, levels) in known {
            assert_eq!(rgb(Color::Indexed(index)), Some(levels));
        }
        assert_eq!(rgb(Color::Red), None);
    }
}
