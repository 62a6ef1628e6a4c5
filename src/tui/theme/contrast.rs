//! Whether everything that the themes put on a ground can be read there.

use std::fmt::Write as _;

use super::colour::{SIXTEEN, rgb};
use super::*;

/// The sixteen colours and the two grounds that people have them on.
struct Palette {
    name: &'static str,
    sixteen: [u32; 16],
    grounds: [u32; 2],
}

/// The palettes that most terminals come with or are set to, from their own sources and manuals.
const PALETTES: [Palette; 6] = [
    Palette {
        name: "xterm",
        sixteen: [
            0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f,
            0xff_0000, 0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
        ],
        grounds: [0x00_0000, 0xff_ffff],
    },
    Palette {
        name: "Windows console",
        sixteen: [
            0x00_0000, 0x80_0000, 0x00_8000, 0x80_8000, 0x00_0080, 0x80_0080, 0x00_8080, 0xc0_c0c0, 0x80_8080,
            0xff_0000, 0x00_ff00, 0xff_ff00, 0x00_00ff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
        ],
        grounds: [0x00_0000, 0xff_ffff],
    },
    Palette {
        name: "Campbell",
        sixteen: [
            0x0c_0c0c, 0xc5_0f1f, 0x13_a10e, 0xc1_9c00, 0x00_37da, 0x88_1798, 0x3a_96dd, 0xcc_cccc, 0x76_7676,
            0xe7_4856, 0x16_c60c, 0xf9_f1a5, 0x3b_78ff, 0xb4_009e, 0x61_d6d6, 0xf2_f2f2,
        ],
        grounds: [0x0c_0c0c, 0xff_ffff],
    },
    Palette {
        name: "Solarized",
        sixteen: [
            0x07_3642, 0xdc_322f, 0x85_9900, 0xb5_8900, 0x26_8bd2, 0xd3_3682, 0x2a_a198, 0xee_e8d5, 0x00_2b36,
            0xcb_4b16, 0x58_6e75, 0x65_7b83, 0x83_9496, 0x6c_71c4, 0x93_a1a1, 0xfd_f6e3,
        ],
        grounds: [0x00_2b36, 0xfd_f6e3],
    },
    Palette {
        name: "Tango",
        sixteen: [
            0x00_0000, 0xcc_0000, 0x4e_9a06, 0xc4_a000, 0x34_65a4, 0x75_507b, 0x06_989a, 0xd3_d7cf, 0x55_5753,
            0xef_2929, 0x8a_e234, 0xfc_e94f, 0x72_9fcf, 0xad_7fa8, 0x34_e2e2, 0xee_eeec,
        ],
        grounds: [0x00_0000, 0xff_ffff],
    },
    Palette {
        name: "Linux console",
        sixteen: [
            0x00_0000, 0xaa_0000, 0x00_aa00, 0xaa_5500, 0x00_00aa, 0xaa_00aa, 0x00_aaaa, 0xaa_aaaa, 0x55_5555,
            0xff_5555, 0x55_ff55, 0xff_ff55, 0x55_55ff, 0xff_55ff, 0x55_ffff, 0xff_ffff,
        ],
        grounds: [0x00_0000, 0xff_ffff],
    },
];

/// The grounds that a colour of the cube is counted on where the terminal's own is not known.
const BLACK_AND_WHITE: Palette = Palette { name: "any", sixteen: [0; 16], grounds: [0x00_0000, 0xff_ffff] };

/// The relative luminance of WCAG 2.
fn luminance(colour: u32) -> f64 {
    let [_, r, g, b] = colour.to_be_bytes();
    let linear = |level: u8| {
        let level = f64::from(level) / 255.0;
        if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// What a colour looks like; none is the terminal's own, which its owner can read.
fn seen(colour: Color, palette: &Palette) -> Option<u32> {
    if let Some((r, g, b)) = rgb(colour) {
        return Some(u32::from_be_bytes([0, r, g, b]));
    }
    SIXTEEN.iter().position(|(_, one)| *one == colour).map(|place| palette.sixteen[place])
}

/// Everything that a theme puts on a ground, with its contrast there; with `what` before it.
fn pairs(theme: Theme, palette: &Palette, looks: &[(&'static str, Style)]) -> Vec<(String, f64)> {
    let mut pairs = Vec::new();
    for (name, style) in looks {
        let Some(ink) = style.fg.or(theme.text().fg).and_then(|ink| seen(ink, palette)) else { continue };
        let own = style.bg.or(theme.text().bg).and_then(|ground| seen(ground, palette));
        for ground in own.map_or(palette.grounds.to_vec(), |own| vec![own]) {
            let name = format!("{:16} {name:16} #{ink:06x} on #{ground:06x}", palette.name);
            pairs.push((name, contrast(ink, ground)));
        }
    }
    pairs
}

/// Asserts that all of these reach `least`; else the whole table is printed.
fn reach(theme: Theme, palettes: &[Palette], looks: &[(&'static str, Style)], least: f64) {
    let mut table = String::new();
    let mut lowest = f64::INFINITY;
    for (name, contrast) in palettes.iter().flat_map(|palette| pairs(theme, palette, looks)) {
        let mark = if contrast < least { "too low" } else { "" };
        let _ = writeln!(table, "{name} {contrast:6.2} {mark}");
        lowest = lowest.min(contrast);
    }
    assert!(
        lowest >= least,
        "{:?} at {:?} falls to {lowest:.2}, and {least} is asked for\n{table}",
        theme.builtin,
        theme.depth
    );
}

/// The looks of all roles.
fn roles(theme: Theme) -> Vec<(&'static str, Style)> {
    Role::NAMES.into_iter().map(|(role, name)| (name, theme.styles.of(role))).collect()
}

fn bars(theme: Theme) -> Vec<(&'static str, Style)> {
    OutcomeKind::ALL.into_iter().map(|kind| (kind.word(), theme.bar(kind))).collect()
}

fn theme(builtin: Builtin, depth: Depth) -> Theme {
    Theme::new(builtin, depth, false)
}

#[test]
fn signs_in_colours_of_the_cube_are_seen_on_black_and_on_white() {
    for depth in [Depth::Cube, Depth::True] {
        reach(theme(Builtin::Terminal, depth), &[BLACK_AND_WHITE], &roles(theme(Builtin::Terminal, depth)), 4.5);
        // Orange, which no other of the cube is nearer to yellow with as much.
        for builtin in [Builtin::Terminal, Builtin::ColourBlind] {
            reach(theme(builtin, depth), &[BLACK_AND_WHITE], &bars(theme(builtin, depth)), 4.45);
            reach(theme(builtin, depth), &[BLACK_AND_WHITE], &roles(theme(builtin, depth)), 4.45);
            // The grounds of every palette as well.
            reach(theme(builtin, depth), &PALETTES, &roles(theme(builtin, depth)), 3.0);
        }
    }
}

#[test]
fn of_sixteen_colours_signs_have_only_what_is_seen_in_every_palette() {
    for depth in [Depth::Sixteen, Depth::Mono] {
        for builtin in [Builtin::Terminal, Builtin::ColourBlind] {
            reach(theme(builtin, depth), &PALETTES, &roles(theme(builtin, depth)), 3.0);
        }
    }
}

#[test]
fn themes_with_their_own_ground_are_high_in_contrast() {
    for builtin in [Builtin::Dark, Builtin::Light] {
        for depth in [Depth::Cube, Depth::True] {
            let theme = theme(builtin, depth);
            reach(theme, &[BLACK_AND_WHITE], &roles(theme), 7.0);
            reach(theme, &[BLACK_AND_WHITE], &bars(theme), 7.0);
            let colours = [Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan];
            let headers = colours.map(|colour| ("header", theme.header(Some(colour))));
            reach(theme, &[BLACK_AND_WHITE], &headers, 7.0);
        }
    }
}

/// Solarized has greys where the bright colours are; there its user takes the theme `terminal`.
#[test]
fn of_sixteen_colours_their_words_are_high_in_contrast_and_signs_are_seen() {
    let usual: Vec<Palette> = PALETTES.into_iter().filter(|palette| palette.name != "Solarized").collect();
    for builtin in [Builtin::Dark, Builtin::Light] {
        let theme = theme(builtin, Depth::Sixteen);
        reach(theme, &PALETTES, &[("text", theme.text())], 7.0);
        reach(theme, &usual, &roles(theme), 4.5);
    }
}

/// What the doc comment of the themes says: no other of the sixteen can be a sign on a ground that is not known.
#[test]
fn bright_red_alone_of_the_sixteen_is_seen_on_every_ground() {
    let lowest = |colour: Color| {
        let one = |palette: &Palette| {
            let ink = seen(colour, palette).unwrap();
            contrast(ink, palette.grounds[0]).min(contrast(ink, palette.grounds[1]))
        };
        PALETTES.iter().map(one).fold(f64::INFINITY, f64::min)
    };
    let seen: Vec<&str> = SIXTEEN.iter().filter(|(_, colour)| lowest(*colour) >= 3.0).map(|(name, _)| *name).collect();
    assert_eq!(seen, ["bright-red"]);
    let figures = [Color::LightRed, Color::Green, Color::Magenta, Color::Cyan, Color::Yellow, Color::Blue].map(lowest);
    let figures = figures.map(|figure| format!("{figure:.1}"));
    assert_eq!(figures, ["3.1", "2.2", "2.2", "2.0", "1.7", "1.3"]);
}
