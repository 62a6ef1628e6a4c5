//! A screen as a picture.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

const CELL: (f32, f32) = (8.4, 18.0);
const GROUND: &str = "#16181d";
const INK: &str = "#d8dbe2";

/// The buffer as an SVG of its cells, in the colours of a usual dark terminal.
pub fn svg(buffer: &Buffer) -> String {
    let (width, height) = (f32::from(buffer.area.width) * CELL.0, f32::from(buffer.area.height) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{:.0}\" \
         font-family=\"'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{GROUND}\"/>\n<g transform=\"translate(8,8)\">\n",
        width + 16.0,
        height + 16.0
    );
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let first = &buffer[(x, y)];
            let (start, mut text) = (x, String::new());
            while x < buffer.area.width && look(&buffer[(x, y)]) == look(first) {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += u16::try_from(symbol.width().max(1)).unwrap();
            }
            run(&mut svg, (start, y), x - start, &text, first);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn look(cell: &Cell) -> (Color, Color, Modifier) {
    (cell.fg, cell.bg, cell.modifier)
}

fn run(svg: &mut String, (x, y): (u16, u16), cells: u16, text: &str, cell: &Cell) {
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    let (left, top) = (f32::from(x) * CELL.0, f32::from(y) * CELL.1);
    let ink = if reversed { GROUND.to_owned() } else { colour(cell.fg) };
    if reversed {
        let (width, height) = (f32::from(cells) * CELL.0, CELL.1);
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{INK}\"/>"
        );
    }
    let weight = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let faint = if cell.modifier.contains(Modifier::DIM) { " opacity=\"0.55\"" } else { "" };
    // Every word is put on its own cells, so that a font of another width keeps the columns.
    let mut skipped = 0;
    for word in text.split(' ') {
        let length = word.width();
        if length > 0 {
            let (x, width) = (left + skipped as f32 * CELL.0, length as f32 * CELL.0);
            let word = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{weight}{faint}>{word}</text>",
                top + 13.5
            );
        }
        skipped += length + 1;
    }
}

fn colour(colour: Color) -> String {
    if let Some((r, g, b)) = gears_console::tui::theme::colour::rgb(colour) {
        return format!("#{r:02x}{g:02x}{b:02x}");
    }
    let known = match colour {
        Color::Red | Color::LightRed => "#f2777a",
        Color::Green | Color::LightGreen => "#8fd18a",
        Color::Yellow | Color::LightYellow => "#e8c66a",
        Color::Magenta | Color::LightMagenta => "#d79be0",
        Color::Cyan | Color::LightCyan => "#6cc7d9",
        Color::Blue | Color::LightBlue => "#7aa6f0",
        _ => INK,
    };
    known.to_owned()
}
