//! The changes of a frame as the fewest bytes that every terminal of the last forty years understands: cursor moves and
//! the sixteen colours of SGR, and nothing that a terminal with eight colours or none could take for something else. More
//! colours are written where a theme has them, and a theme has those of the terminal.

use std::io::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

use super::theme::colour::SIXTEEN;

/// How characters look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pen {
    ink: Color,
    ground: Color,
    modifier: Modifier,
}

/// The modifiers that are drawn, with their SGR codes.
const MODIFIERS: [(Modifier, &str); 4] =
    [(Modifier::BOLD, "1"), (Modifier::DIM, "2"), (Modifier::UNDERLINED, "4"), (Modifier::REVERSED, "7")];

impl Pen {
    fn of(cell: &Cell) -> Self {
        let drawn = MODIFIERS.iter().fold(Modifier::empty(), |all, (modifier, _)| all | *modifier);
        Self { ink: cell.fg, ground: cell.bg, modifier: cell.modifier & drawn }
    }

    /// The bytes that change this pen into another.
    fn change(self, to: Self, out: &mut Vec<u8>) {
        if self == to {
            return;
        }
        let mut codes: Vec<String> = Vec::new();
        // Taking a modifier away alone has codes of its own, which old terminals lack: begin anew instead.
        let mut from = self;
        if !to.modifier.contains(self.modifier) || to == Self::default() {
            from = Self::default();
            codes.push(String::new());
        }
        for (modifier, code) in MODIFIERS {
            if to.modifier.contains(modifier) && !from.modifier.contains(modifier) {
                codes.push(code.to_owned());
            }
        }
        if from.ink != to.ink {
            codes.push(code(to.ink, 30));
        }
        if from.ground != to.ground {
            codes.push(code(to.ground, 40));
        }
        out.extend_from_slice(b"\x1b[");
        out.extend_from_slice(codes.join(";").as_bytes());
        out.push(b'm');
    }
}

/// The SGR code of a colour; `first` is that of the first of the sixteen: 30 for ink, 40 for the ground.
fn code(colour: Color, first: u8) -> String {
    match (colour, number(colour)) {
        (Color::Rgb(r, g, b), _) => format!("{};2;{r};{g};{b}", first + 8),
        (Color::Indexed(index), _) => format!("{};5;{index}", first + 8),
        (_, Some(number)) if number < 8 => (first + number).to_string(),
        (_, Some(number)) => (first + 52 + number).to_string(),
        (_, None) => (first + 9).to_string(),
    }
}

/// The number of one of the terminal's sixteen colours.
fn number(colour: Color) -> Option<u8> {
    let place = SIXTEEN.iter().position(|(_, one)| *one == colour);
    place.and_then(|place| u8::try_from(place).ok())
}

/// Writes changes (column, row, cell; in the order of the screen) for a terminal whose pen is the plain one, and leaves it
/// plain. `width` is the screen's.
pub fn paint(changes: &[(u16, u16, &Cell)], width: u16, out: &mut Vec<u8>) {
    let mut pen = Pen::default();
    // Where the cursor is, if that is known: behind the last column it is not.
    let mut at: Option<(u16, u16)> = None;
    for &(x, y, cell) in changes {
        if at != Some((x, y)) {
            move_to(at, (x, y), out);
        }
        let next = Pen::of(cell);
        pen.change(next, out);
        pen = next;
        out.extend_from_slice(cell.symbol().as_bytes());
        let end = x.saturating_add(u16::try_from(cell.symbol().width()).unwrap_or(1).max(1));
        // Terminals do not agree on how wide a sign of several characters is.
        let sure = end < width && cell.symbol().chars().nth(1).is_none();
        at = sure.then_some((end, y));
    }
    pen.change(Pen::default(), out);
}

/// Notes in a buffer that is on the terminal now which cells are hidden behind a wide character: whatever comes there next
/// is a change, since terminals differ in how they clear the second half of such a character.
pub fn mark_hidden(shown: &mut Buffer) {
    let width = usize::from(shown.area.width).max(1);
    for index in 0..shown.content.len() {
        let symbol = shown.content[index].symbol();
        // Every wide character takes three bytes or more.
        if symbol.len() > 2 && symbol.width() > 1 && (index + 1) % width != 0 {
            // A character that nobody draws.
            shown.content[index + 1].set_symbol("\u{10fffd}");
        }
    }
}

fn move_to(from: Option<(u16, u16)>, (x, y): (u16, u16), out: &mut Vec<u8>) {
    // Writing into a vector cannot fail.
    let _ = match from {
        Some((from_x, from_y)) if from_y == y && x == from_x + 1 => write!(out, "\x1b[C"),
        Some((from_x, from_y)) if from_y == y && x > from_x => write!(out, "\x1b[{}C", x - from_x),
        _ if x == 0 => write!(out, "\x1b[{}H", y + 1),
        _ => write!(out, "\x1b[{};{}H", y + 1, x + 1),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    const SIZE: (u16, u16) = (12, 5);

    fn terminal() -> vt100::Parser {
        vt100::Parser::new(SIZE.1.try_into().unwrap(), SIZE.0.try_into().unwrap(), 0)
    }

    fn colour(colour: Color) -> vt100::Color {
        match colour {
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            Color::Indexed(index) => vt100::Color::Idx(index),
            colour => number(colour).map_or(vt100::Color::Default, vt100::Color::Idx),
        }
    }

    /// Asserts that the terminal shows the buffer.
    fn shows(terminal: &vt100::Parser, buffer: &Buffer) {
        for y in 0..SIZE.1 {
            let mut x = 0;
            while x < SIZE.0 {
                let (wanted, seen) = (&buffer[(x, y)], terminal.screen().cell(y, x).unwrap());
                let text = if seen.contents().is_empty() { " " } else { seen.contents() };
                assert_eq!(text, wanted.symbol(), "at {x}, {y}");
                let pen = Pen::of(wanted);
                assert_eq!((seen.fgcolor(), seen.bgcolor()), (colour(pen.ink), colour(pen.ground)), "at {x}, {y}");
                let has = |modifier| pen.modifier.contains(modifier);
                assert_eq!(seen.inverse(), has(Modifier::REVERSED));
                assert_eq!(seen.underline(), has(Modifier::UNDERLINED));
                assert_eq!(seen.bold(), has(Modifier::BOLD));
                x += u16::try_from(wanted.symbol().width().max(1)).unwrap();
            }
        }
    }

    fn buffers() -> impl Strategy<Value = Vec<Buffer>> {
        let colour = prop_oneof![
            Just(Color::Reset),
            Just(Color::Cyan),
            Just(Color::LightRed),
            Just(Color::White),
            Just(Color::Indexed(29)),
            Just(Color::Rgb(255, 128, 0))
        ];
        let modifier = prop_oneof![Just(Modifier::empty()), Just(Modifier::BOLD), Just(Modifier::REVERSED)];
        let text = prop_oneof![Just("a"), Just("日"), Just("✓"), Just("bc"), Just(" "), Just("ü")];
        let piece = (0..SIZE.0, 0..SIZE.1, text, colour.clone(), colour, modifier);
        proptest::collection::vec(proptest::collection::vec(piece, 0..30), 1..6).prop_map(|frames| {
            let frame = |pieces: Vec<(u16, u16, &str, Color, Color, Modifier)>| {
                let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
                for (x, y, text, fg, bg, modifier) in pieces {
                    let style = Style::new().fg(fg).bg(bg).add_modifier(modifier);
                    buffer.set_stringn(x, y, text, usize::from(SIZE.0 - x), style);
                }
                buffer
            };
            frames.into_iter().map(frame).collect()
        })
    }

    proptest! {
        #[test]
        fn a_terminal_shows_every_frame_after_its_changes(frames in buffers()) {
            let mut terminal = terminal();
            let mut shown = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
            for frame in frames {
                let mut bytes = Vec::new();
                paint(&shown.diff(&frame), SIZE.0, &mut bytes);
                terminal.process(&bytes);
                shows(&terminal, &frame);
                shown = frame;
                mark_hidden(&mut shown);
            }
        }
    }

    #[test]
    fn one_cell_costs_few_bytes() {
        let (empty, mut next) = (Buffer::empty(Rect::new(0, 0, 12, 5)), Buffer::empty(Rect::new(0, 0, 12, 5)));
        next.set_string(1, 2, "▸", Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD));
        let mut bytes = Vec::new();
        paint(&empty.diff(&next), 12, &mut bytes);
        assert_eq!(String::from_utf8(bytes).unwrap(), "\u{1b}[3;2H\u{1b}[1;36m▸\u{1b}[m");
    }

    #[test]
    fn each_kind_of_colour_has_its_code() {
        let codes = |colour| [code(colour, 30), code(colour, 40)];
        assert_eq!(codes(Color::Reset), ["39", "49"]);
        assert_eq!(codes(Color::Red), ["31", "41"]);
        assert_eq!(codes(Color::White), ["97", "107"]);
        assert_eq!(codes(Color::Indexed(29)), ["38;5;29", "48;5;29"]);
        assert_eq!(codes(Color::Rgb(1, 2, 3)), ["38;2;1;2;3", "48;2;1;2;3"]);
    }
}
