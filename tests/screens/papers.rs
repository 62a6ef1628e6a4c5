//! What README.md shows is what the program is: its pictures and its key table are made from it.
//!
//! `GEARS_PICTURES=new cargo test --test screens` makes them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gears_console::tui::keymap::{BINDINGS, Chapter, Scope};

use crate::svg::svg;
use crate::{done, large, loaded};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Asserts that the file is what the program makes of it today, or writes it.
fn is_fresh(name: &str, today: &str) {
    if std::env::var_os("GEARS_PICTURES").is_some_and(|wish| wish == "new") {
        std::fs::write(path(name), today).unwrap();
    }
    let kept = std::fs::read_to_string(path(name)).unwrap_or_default();
    assert!(kept == today, "{name} is not of today: GEARS_PICTURES=new cargo test --test screens makes it anew");
}

#[test]
fn pictures() {
    let mut results = done(100, 28);
    results.press("<tab><tab>n");
    is_fresh("assets/console.svg", &svg(&results.buffer()));
    let mut confirm = loaded(80, 24);
    confirm.press("a2<enter>35").wait(Duration::from_secs(1));
    is_fresh("assets/confirm.svg", &svg(&confirm.buffer()));
    is_fresh("assets/waiting.svg", &svg(&large(80, 24).buffer()));
}

#[test]
fn the_sample_lists_every_key() {
    let mut lines = String::new();
    for binding in Chapter::ALL.iter().flat_map(|chapter| BINDINGS.iter().filter(|one| one.chapter == *chapter)) {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("\"{key}\"")).collect();
        let keys = if let [one] = keys.as_slice() { one.clone() } else { format!("[{}]", keys.join(", ")) };
        let _ = writeln!(lines, "# {:<33} # {}", format!("{} = {keys}", binding.name), binding.words);
    }
    let sample = std::fs::read_to_string(path("assets/config.toml")).unwrap();
    let (before, rest) = sample.split_once("[keys]\n").unwrap();
    let (_, after) = rest.split_once("\n# A profile for").unwrap();
    is_fresh("assets/config.toml", &format!("{before}[keys]\n{lines}\n# A profile for{after}"));
}

#[test]
fn the_key_table() {
    let mut table = String::from("| keys | |\n|---|---|\n");
    for chapter in Chapter::ALL {
        let _ = writeln!(table, "| | **{}** |", chapter.title());
        for binding in BINDINGS.iter().filter(|binding| binding.chapter == chapter) {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            let place = if binding.scope == Scope::Results { " (in the results)" } else { "" };
            let _ = writeln!(table, "| {} | {}{place} |", keys.join(" "), binding.words);
        }
    }
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    let (before, rest) = readme.split_once("cargo test --test screens` -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of keys -->").unwrap();
    let today = format!("{before}cargo test --test screens` -->\n{table}<!-- end of keys -->{after}");
    is_fresh("README.md", &today);
}
