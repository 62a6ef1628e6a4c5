//! What keys and pastes do while a dialog is open, and what a paste does without one.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

use crate::dispatcher::Command;
use crate::guide::PAGES;
use crate::intake::{self, Source};
use crate::model::Id;

use super::acts;
use super::app::{App, Effect, Leave, Tone};
use super::asker::Question;
use super::copy;
use super::count::{self, Count};
use super::dialog::{AT_ONCE, Dialog, OpenFile, READING, SELECTABLE_OUTCOMES, Topic, Unfinished};
use super::keymap::Act;
use super::loader::expand;
use super::past::{Past, Step};
use super::places;
use super::reader::Reader;
use super::runs::Phase;
use super::saving::{self, Answer};
use super::text::visible;
use super::update::load;

/// Whether a key is Ctrl-C.
pub(super) fn is_interrupt(key: &KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c')
}

/// A key while a dialog is open.
pub fn key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let interrupt = is_interrupt(&key);
    let leave = key.code == KeyCode::Esc || interrupt;
    let count = app.count.take();
    // As in vim: what is forgotten is the number, and nothing else.
    if key.code == KeyCode::Esc && count.is_some_and(|count| !count.doubtful) {
        return Vec::new();
    }
    let Some(mut dialog) = app.dialog.take() else { return Vec::new() };
    if let Dialog::Quit { opened, interrupted } = dialog
        && interrupt
    {
        if !app.is_running() {
            return vec![Effect::Quit(Leave::Calmly)];
        }
        if interrupted.is_some_and(|last| app.now < last + AT_ONCE) {
            app.leaving = true;
            return vec![Effect::Quit(Leave::AtOnce)];
        }
        app.dialog = Some(Dialog::Quit { opened, interrupted: Some(app.now) });
        return Vec::new();
    }
    // What was typed into the form is not typed again because the cloud does not answer.
    if let Dialog::SetUp(form) = &mut dialog
        && leave
        && form.busy
    {
        form.busy = false;
        app.dialog = Some(dialog);
        return places::give_up(app);
    }
    // The past goes back page by page, and a search ends before its text does.
    let stays =
        matches!(&dialog, Dialog::Past(_)) || matches!(&dialog, Dialog::Reader(reader) if reader.search.is_some());
    if leave && !stays {
        return left(app, &dialog);
    }
    let effects = match &mut dialog {
        Dialog::Confirm(_) => return confirm(app, dialog, key),
        Dialog::Quit { opened, .. } => match key.code {
            KeyCode::Enter if app.now >= *opened + READING => return leave_console(app),
            KeyCode::Enter => Vec::new(),
            _ => return Vec::new(),
        },
        Dialog::Reader(_) => return reader_key(app, dialog, key, count),
        Dialog::Open(open) => match open_key(app, open, key) {
            Some(effects) => effects,
            None => return submit_path(app, open),
        },
        Dialog::Paste(text) => {
            if ctrl && key.code == KeyCode::Char('d') {
                return end_paste_box(app, std::mem::take(text));
            }
            paste_box_key(text, key, ctrl);
            Vec::new()
        }
        Dialog::TypeDevice(input) => {
            if key.code == KeyCode::Enter {
                match typed_device(app, input.value()) {
                    Ok(effect) => return vec![effect],
                    Err(why) => app.say(Tone::Warning, why),
                }
            } else {
                input.handle_event(&Event::Key(key));
            }
            Vec::new()
        }
        Dialog::Unfinished(_) => return unfinished_key(app, dialog, key),
        Dialog::Past(_) => return past_key(app, dialog, key, count),
        Dialog::Palette(palette) => {
            if key.code == KeyCode::Enter {
                return palette.chosen().map(|binding| acts::perform_from_anywhere(app, binding)).unwrap_or_default();
            }
            palette.key(key);
            Vec::new()
        }
        Dialog::Save(form) => match form.key(key, app.now) {
            Answer::Stay => Vec::new(),
            Answer::Save(path, kind, overwrite) => return saving::start(app, form.clone(), path, kind, overwrite),
        },
        Dialog::Copy => return copy::key(app, key),
        Dialog::Welcome => return places::welcome_key(app, key),
        Dialog::Places(cursor) => return places::places_key(app, *cursor, key),
        Dialog::SetUp(_) => {
            let Dialog::SetUp(form) = dialog else { return Vec::new() };
            return places::set_up_key(app, form, key);
        }
        Dialog::SelectByOutcome => {
            let chosen = SELECTABLE_OUTCOMES.into_iter().find(|(own, _)| key.code == KeyCode::Char(*own));
            if let Some((_, kind)) = chosen {
                acts::select_by_outcome(app, kind);
            }
            return Vec::new();
        }
    };
    if app.dialog.is_none() {
        app.dialog = Some(dialog);
    }
    effects
}

/// A key in a long text, with the number before it.
fn reader_key(app: &mut App, mut dialog: Dialog, key: KeyEvent, count: Option<Count>) -> Vec<Effect> {
    let Dialog::Reader(reader) = &mut dialog else { return Vec::new() };
    let text = reader.search.is_some();
    if key.code == KeyCode::Char('w') && reader.topic == Topic::Device && !text {
        return acts::perform(app, Act::TurnRound);
    }
    // A number was meant, not the pages that its digits have opened on the way.
    let go_back = |reader: &mut Reader| {
        if let Some(from) = reader.from.take().filter(|_| count.is_some_and(|count| count.doubtful)) {
            *reader = *from;
        }
    };
    if let (Some(digit), false) = (count::digit(&key), text) {
        let doubtful = count.is_none_or(|count| count.doubtful);
        let page = digit.checked_sub(1).and_then(|index| PAGES.get(index));
        match page.filter(|_| doubtful && matches!(reader.topic, Topic::Help | Topic::Guide(_))) {
            Some(page) => {
                let from = reader.from.take().filter(|_| count.is_some());
                let mut before = std::mem::replace(reader, Reader::new(Topic::Guide(page)));
                before.from = None;
                reader.from = from.or_else(|| Some(Box::new(before)));
                count::in_dialog(app, count, digit, true);
            }
            None if digit > 0 || count.is_some() => {
                go_back(reader);
                count::in_dialog(app, count, digit, false);
            }
            None => {}
        }
        app.dialog = Some(dialog);
        return Vec::new();
    }
    let times = count::times(count, &key).filter(|_| reader.is_motion(&key));
    if times.is_some() {
        go_back(reader);
    }
    let (topic, length) = (reader.topic, super::view::reader_length(app, reader.topic));
    if reader.key_times(key, times, super::view::reader_rows(app), length, || super::view::lines(app, topic)) {
        app.dialog = Some(dialog);
    }
    Vec::new()
}

/// A key before the question what becomes of a run that was cut off.
fn unfinished_key(app: &mut App, mut dialog: Dialog, key: KeyEvent) -> Vec<Effect> {
    let Dialog::Unfinished(question) = &mut dialog else { return Vec::new() };
    let Some(run) = question.current().map(|run| run.run) else { return Vec::new() };
    let armed = question.is_armed(app.now);
    let twice = std::mem::take(&mut question.closing);
    question.missing = false;
    let effect = match key.code {
        KeyCode::Char('u') => {
            question.unknown_too = !question.unknown_too;
            question.typed.clear();
            None
        }
        KeyCode::Char('l') => {
            app.dialog = Some(Dialog::Past(Past::waiting()));
            app.cut_off = std::mem::take(&mut question.runs);
            return vec![Effect::Ask(Question::Run(run))];
        }
        KeyCode::Char(digit @ '0'..='9') if question.is_counted() && question.typed.len() < 9 => {
            question.typed.push(digit);
            None
        }
        KeyCode::Backspace => {
            question.typed.pop();
            None
        }
        KeyCode::Enter if armed && app.options.read_only => {
            app.say(Tone::Warning, "read-only: this console sends nothing (gears config show says why)");
            None
        }
        KeyCode::Enter | KeyCode::Char('d') if app.going.is_some() => {
            app.say(Tone::Plain, "still connecting elsewhere");
            None
        }
        KeyCode::Enter if armed && question.is_answered() => {
            Some(Question::Resume { run, unknown_too: question.unknown_too })
        }
        KeyCode::Enter if armed => {
            question.missing = true;
            None
        }
        KeyCode::Char('d') if armed && twice => Some(Question::Close(run)),
        KeyCode::Char('d') if armed => {
            question.closing = true;
            None
        }
        _ => None,
    };
    let Some(effect) = effect else {
        app.dialog = Some(dialog);
        return Vec::new();
    };
    let rest = question.runs.split_off(1);
    if !rest.is_empty() {
        app.dialog = Some(Dialog::Unfinished(Unfinished::new(rest, app.now)));
    }
    app.resuming = matches!(effect, Question::Resume { .. });
    vec![Effect::Ask(effect)]
}

/// A key in the past, with the number before it.
fn past_key(app: &mut App, mut dialog: Dialog, key: KeyEvent, count: Option<Count>) -> Vec<Effect> {
    // Who goes on has read what was said.
    app.notice = None;
    let height = super::view::past_rows(app);
    let Dialog::Past(past) = &mut dialog else { return Vec::new() };
    if let (Some(digit), None) = (count::digit(&key), &past.search) {
        if digit > 0 || count.is_some() {
            count::in_dialog(app, count, digit, false);
        }
        app.dialog = Some(dialog);
        return Vec::new();
    }
    let step = past.key(key, count::times(count, &key), height, app.id_mode);
    match step {
        Step::Close => {
            super::update::ask_about_the_cut_off(app);
            return Vec::new();
        }
        Step::Prepare(run) => {
            super::update::ask_from_the_past(app, Some(dialog), run);
            return Vec::new();
        }
        Step::Say(words) => app.say(Tone::Plain, words),
        Step::Ask(question) => {
            app.dialog = Some(dialog);
            return vec![Effect::Ask(question)];
        }
        Step::Stay => {}
    }
    app.dialog = Some(dialog);
    Vec::new()
}

/// What is said when a dialog is left without an answer.
fn left(app: &mut App, dialog: &Dialog) -> Vec<Effect> {
    match dialog {
        Dialog::Confirm(_) => {
            app.dialog = app.behind.take().map(Dialog::Past);
            app.say(Tone::Plain, "nothing was sent");
        }
        Dialog::Paste(text) if !text.trim().is_empty() => app.say(Tone::Plain, "the text was not taken"),
        // The guide lies behind the help.
        Dialog::Reader(Reader { topic: Topic::Guide(_), .. }) => app.dialog = Some(Dialog::reader(Topic::Help)),
        _ => {}
    }
    Vec::new()
}

fn confirm(app: &mut App, mut dialog: Dialog, key: KeyEvent) -> Vec<Effect> {
    let Dialog::Confirm(question) = &mut dialog else { return Vec::new() };
    if key.code == KeyCode::Enter || question.spoiled {
        if question.is_armed(app.now) {
            question.missing = question.lack();
            if question.missing.is_none() {
                return acts::send(app, question.confirmed());
            }
        }
        app.dialog = Some(dialog);
        return Vec::new();
    }
    if key.code == KeyCode::Tab || (question.in_reason && matches!(key.code, KeyCode::Up | KeyCode::BackTab)) {
        question.in_reason = !question.in_reason;
        app.dialog = Some(dialog);
        return Vec::new();
    }
    if question.in_reason {
        question.missing = None;
        question.reason.handle_event(&Event::Key(key));
        app.dialog = Some(dialog);
        return Vec::new();
    }
    match (key.code, &mut question.typed) {
        (KeyCode::Char('0'..='9' | ',' | '.'), Some(input)) => {
            question.missing = None;
            input.handle_event(&Event::Key(key));
        }
        (KeyCode::Char(_), _) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
            question.spoiled = true;
            question.missing = question.lack();
        }
        (_, Some(input)) => {
            question.missing = None;
            input.handle_event(&Event::Key(key));
        }
        _ => {}
    }
    app.dialog = Some(dialog);
    Vec::new()
}

/// Leaves: runs stop, what is in flight is awaited. Asked a second time it leaves at once.
fn leave_console(app: &mut App) -> Vec<Effect> {
    // The last run may have ended before the question was answered.
    if !app.is_running() {
        return vec![Effect::Quit(Leave::Calmly)];
    }
    if app.leaving {
        return vec![Effect::Quit(Leave::AtOnce)];
    }
    app.leaving = true;
    let mut effects = Vec::new();
    for run in app.runs.iter_mut().filter(|run| run.is_on()) {
        run.phase = Phase::Stopping;
        effects.extend(run.id.map(|id| Effect::Dispatch(Command::Stop(id))));
    }
    let key = app.key(Act::Quit);
    app.say(Tone::Plain, format!("leaving: the answers of what is in flight are awaited; {key} again leaves at once"));
    effects
}

/// A key in the field for a path. None: the path is to be opened.
fn open_key(app: &mut App, open: &mut OpenFile, key: KeyEvent) -> Option<Vec<Effect>> {
    match key.code {
        KeyCode::Enter => return None,
        KeyCode::Tab => {
            let longest = common_start(&open.completions);
            if longest.len() > open.input.value().len() {
                open.input = Input::new(longest.to_owned());
                app.notice = None;
                return Some(vec![Effect::Complete(open.input.value().to_owned())]);
            }
        }
        _ => {
            if open.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                return Some(vec![Effect::Complete(open.input.value().to_owned())]);
            }
        }
    }
    Some(Vec::new())
}

/// What all of these begin with.
fn common_start(paths: &[String]) -> &str {
    let Some((first, rest)) = paths.split_first() else { return "" };
    let mut end = first.len();
    for path in rest {
        let same = first.char_indices().zip(path.chars()).take_while(|((_, a), b)| a == b).last();
        end = end.min(same.map_or(0, |((at, c), _)| at + c.len_utf8()));
    }
    &first[..end]
}

fn submit_path(app: &mut App, open: &OpenFile) -> Vec<Effect> {
    let path = open.input.value().trim();
    if path.is_empty() {
        return Vec::new();
    }
    // A folder is gone into, not read.
    let folder = if path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
    if path.ends_with('/') || open.completions.contains(&folder) {
        let completions = Vec::new();
        app.dialog = Some(Dialog::Open(OpenFile { input: Input::new(folder.clone()), completions }));
        return vec![Effect::Complete(folder)];
    }
    app.opening = Some(path.to_owned());
    let path = expand(path);
    vec![load(app, Source::File(path))]
}

/// Takes in what a typed path can become, if it is still the typed one.
pub fn completions(app: &mut App, typed: &str, paths: Vec<String>) {
    if let Some(Dialog::Open(open)) = &mut app.dialog
        && open.input.value() == typed
    {
        open.completions = paths;
    }
}

fn paste_box_key(text: &mut String, key: KeyEvent, ctrl: bool) {
    match key.code {
        KeyCode::Char('u') if ctrl => text.clear(),
        KeyCode::Char('j') if ctrl => text.push('\n'),
        KeyCode::Char(c) if !ctrl => text.push(c),
        KeyCode::Enter => text.push('\n'),
        KeyCode::Tab => text.push('\t'),
        KeyCode::Backspace => drop(text.pop()),
        _ => {}
    }
}

fn end_paste_box(app: &mut App, text: String) -> Vec<Effect> {
    if text.trim().is_empty() {
        app.say(Tone::Plain, "nothing was pasted");
        return Vec::new();
    }
    vec![load(app, Source::Text { name: "pasted".into(), text: text.into() })]
}

fn typed_device(app: &mut App, text: &str) -> Result<Effect, String> {
    let text = text.trim();
    let Some(row) = intake::read_argument(text, Some(app.id_mode)) else {
        let what =
            intake::no_device(text).map_or_else(|| "neither a MAC nor an HWID".to_owned(), |why| why.to_string());
        return Err(format!("“{}” is {what}", visible(text)));
    };
    let known = row
        .hwid
        .iter()
        .cloned()
        .map(Id::Hwid)
        .chain(row.macs.iter().copied().map(Id::Mac))
        .find_map(|id| app.list.find(&id));
    if let Some(place) = known.and_then(|index| app.shown.binary_search(&(index as u32)).ok()) {
        app.cursor.cursor = place;
    }
    Ok(load(app, Source::Rows { name: "typed".into(), rows: vec![row] }))
}

#[cfg(test)]
mod tests {
    use super::common_start;

    #[test]
    fn completion_goes_as_far_as_all_paths_agree() {
        let paths = |all: &[&str]| all.iter().map(|&path| path.to_owned()).collect::<Vec<_>>();
        assert_eq!(common_start(&paths(&["lists/wifi.csv", "lists/wired.csv"])), "lists/wi");
        assert_eq!(common_start(&paths(&["über.csv", "übung.csv"])), "üb");
        assert_eq!(common_start(&paths(&["a", "b"])), "");
        assert_eq!(common_start(&[]), "");
    }
}
