//! The main situations in every look, to be looked at: `GEARS_SITUATIONS=FOLDER cargo test --test screens situations` draws
//! them as pictures.

use std::path::PathBuf;
use std::time::Duration;

use gears_console::tui::theme::{Builtin, Depth, Theme};
use ratatui::style::Color;

use crate::harness::{Console, fleet};
use crate::svg::svg;
use crate::{done, large, loaded, past, running};

type Situation = (&'static str, fn(u16, u16) -> Console);

const SITUATIONS: [Situation; 16] = [
    ("empty", Console::new),
    ("loaded", loaded),
    ("filtered", |width, height| after(loaded(width, height), "/lt-0002<enter>")),
    ("selected", |width, height| after(loaded(width, height), "<space><space><down><space>2")),
    ("confirm", |width, height| after(loaded(width, height), "a2<enter>35")),
    ("running", running),
    ("waiting", large),
    ("done", |width, height| after(done(width, height), "<tab><tab>n")),
    ("failure", |width, height| after(done(width, height), "<tab><tab>nv")),
    ("history", past::history_of),
    ("help", |width, height| after(done(width, height), "?")),
    ("narrow", |width, _| after(done(width / 2, 16), "<tab><tab>n")),
    ("copy", |width, height| after(done(width, height), "<tab><tab>y")),
    ("save", |width, height| after(done(width, height), "e")),
    ("places", |width, height| after(done(width, height), "P")),
    ("notices", |width, height| after(done(width, height), "!")),
];

fn after(mut console: Console, keys: &str) -> Console {
    console.press(keys).wait(Duration::from_secs(1));
    console
}

#[test]
fn every_situation_is_told_in_every_look() {
    let folder = std::env::var_os("GEARS_SITUATIONS").map(PathBuf::from);
    let users = format!("{:?}", fleet(40));
    for (width, height) in [(80, 24), (120, 40)] {
        for (name, situation) in SITUATIONS {
            let mut console = situation(width, height);
            for (look, theme) in [
                ("colour", Theme::new(Builtin::Terminal, Depth::Cube, false)),
                ("none", Theme::new(Builtin::Terminal, Depth::Mono, false)),
                ("ascii", Theme::new(Builtin::Terminal, Depth::Sixteen, true)),
            ] {
                console.app.options.theme = theme;
                let (buffer, text) = (console.buffer(), console.text());
                if let Some(folder) = &folder {
                    std::fs::write(folder.join(format!("{name}_{width}x{height}_{look}.svg")), svg(&buffer)).unwrap();
                }
                let coloured = buffer.content.iter().any(|cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset));
                assert!(look != "none" || !coloured, "{name} has a colour\n{text}");
                let foreign = text.chars().find(|c| !c.is_ascii() && !users.contains(*c));
                assert!(look != "ascii" || foreign.is_none(), "{name}: {foreign:?}\n{text}");
            }
        }
    }
}
