//! What a paste does, and where it goes.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use crate::intake::Source;

use super::app::{App, Effect, Tone};
use super::count;
use super::dialog::Dialog;
use super::dialogs;
use super::keymap::Act;
use super::past::Past;
use super::reader::Reader;
use super::update::{load, set_filter};

/// A paste: into the field that is open, else onto the device list. It never answers a question.
pub fn paste(app: &mut App, text: String) -> Vec<Effect> {
    app.count = None;
    let field = |input: &Input| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        let (before, after): (String, String) = {
            let chars: Vec<char> = input.value().chars().collect();
            let at = input.cursor().min(chars.len());
            (chars[..at].iter().collect(), chars[at..].iter().collect())
        };
        let cursor = before.chars().count() + line.chars().count();
        Input::new(format!("{before}{line}{after}")).with_cursor(cursor)
    };
    if let Some(effects) = count::in_one_piece_in_dialog(app, &text) {
        return effects;
    }
    match &mut app.dialog {
        Some(Dialog::Paste(box_text)) => {
            box_text.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
            return Vec::new();
        }
        Some(
            Dialog::TypeDevice(input)
            | Dialog::Past(Past { search: Some(input), .. })
            | Dialog::Reader(Reader { search: Some(input), .. }),
        ) => {
            *input = field(input);
            return Vec::new();
        }
        Some(Dialog::Palette(palette)) => {
            palette.set(field(palette.input()));
            return Vec::new();
        }
        Some(Dialog::Open(open)) => {
            open.input = field(&open.input);
            return vec![Effect::Complete(open.input.value().to_owned())];
        }
        Some(Dialog::SetUp(form)) => {
            // What is being tried is not changed meanwhile.
            if !form.busy
                && let Some(input) = form.input()
            {
                *input = field(input);
                form.error = None;
            }
            return Vec::new();
        }
        Some(Dialog::Save(form)) => {
            let input = field(&form.input);
            form.set(input);
            return Vec::new();
        }
        Some(Dialog::Confirm(question)) if question.in_reason => {
            question.reason = field(&question.reason);
            return Vec::new();
        }
        // A line that was slow brings typed digits in one piece; only an Enter of its own sends.
        Some(Dialog::Confirm(question)) if text.chars().all(|c| c.is_ascii_digit() || c == ',') => {
            question.missing = None;
            question.typed = question.typed.as_ref().map(field);
            return Vec::new();
        }
        Some(Dialog::Unfinished(question))
            if question.is_counted() && text.chars().all(|c| c.is_ascii_digit()) && text.len() < 10 =>
        {
            question.typed.push_str(&text);
            return Vec::new();
        }
        Some(Dialog::Confirm(_) | Dialog::Quit { .. } | Dialog::Unfinished(_)) => {
            app.say(Tone::Warning, "a paste does not answer a question: it was not taken");
            return Vec::new();
        }
        Some(Dialog::Reader(reader)) => {
            if reader.in_one_piece(&text) {
                let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
                return if text.ends_with('\n') { dialogs::key(app, enter) } else { Vec::new() };
            }
            app.dialog = None;
        }
        Some(_) => app.dialog = None,
        None => {}
    }
    if let Some(input) = &mut app.filter_input {
        *input = field(input);
        let filter = input.value().to_owned();
        set_filter(app, &filter);
        return Vec::new();
    }
    if let Some(filter) = filter_in_one_piece(app, &text)
        && !filter.contains(['\n', '\r', '/'])
    {
        app.filter_input = (!text.ends_with('\n')).then(|| Input::new(filter.to_owned()));
        set_filter(app, filter);
        return Vec::new();
    }
    if text.trim().is_empty() || count::in_one_piece(app, &text) {
        return Vec::new();
    }
    let text: Arc<str> = text.into();
    vec![load(app, Source::Text { name: "pasted".into(), text })]
}

/// A line that was slow brings `/text` in one piece. What begins with a letter can be anything.
fn filter_in_one_piece<'a>(app: &App, text: &'a str) -> Option<&'a str> {
    let mut keys = app.options.keys.keys(Act::Filter).filter(|key| !key.contains(char::is_alphanumeric));
    keys.find_map(|key| text.trim_end().strip_prefix(key))
}
