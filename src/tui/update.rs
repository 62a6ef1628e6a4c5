//! What each event does to the console.

use std::sync::Arc;

use crossterm::event::{Event as TerminalEvent, KeyEvent, MouseEvent};
use ratatui::layout::Size;
use tokio::time::Instant;
use tui_input::Input;

use crate::dispatcher;
use crate::export::SaveError;
use crate::intake::{self, Source};
use crate::model::{EndReason, LastOutcome, NewRun, OutcomeKind, RunId};

use super::acts;
use super::app::{App, Connection, Effect, Intake, Leave, Loading, Options, Tone};
use super::asker::{Answer, Question};
use super::connect::Refused;
use super::dialog::{Dialog, OpenFile, Unfinished};
use super::keymap::Act;
use super::past::Page;
use super::paste;
use super::places;
use super::runs::Phase;
use super::saving;
use super::text::visible;
use super::words::{counted, duration};
use super::{count, dialogs, keys};

/// A row of an inventory with host and user has so many bytes: so the room for a list is reckoned.
const ROW: u64 = 72;
/// Room for no more devices than this is made before they come.
const MOST_EXPECTED: u64 = 1 << 18;

/// Everything that can happen to the console.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key that a person pressed.
    Key(KeyEvent),
    /// A paste.
    Paste(String),
    /// So many characters of a paste by keys have come; none: no paste is coming.
    Pasting(Option<usize>),
    /// The mouse.
    Mouse(MouseEvent),
    /// The screen has another size.
    Resize(Size),
    /// The dispatcher's word.
    Dispatcher(dispatcher::Event),
    /// The dispatcher is ready, and what is to be said of it; or it cannot be, and why, in words.
    Connected(Result<Vec<String>, Refused>),
    /// The console is connected elsewhere than it was; what holds there.
    Arrived(Box<Options>),
    /// The journal's answer.
    Answer(Answer),
    /// Intake's word.
    Intake(Intake),
    /// Paths that a typed one can become.
    Completions {
        /// The typed path.
        typed: String,
        /// What it can become.
        paths: Vec<String>,
    },
    /// A text went to the clipboard, or did not, in words.
    Copied(Result<String, String>),
    /// So many rows of a save are written.
    Saving(usize),
    /// A save has ended.
    Saved(Result<(), Arc<SaveError>>),
    /// Something on screen changes by itself.
    Wake,
    /// The process was asked to end (SIGTERM, SIGINT, SIGQUIT), or its line was cut (SIGHUP).
    Terminate(Leave),
}

/// Takes one event in at `now`. What is to be done outside comes back.
pub fn update(app: &mut App, msg: Msg, now: Instant) -> Vec<Effect> {
    app.now = now;
    count::expire(app);
    let effects = match msg {
        Msg::Key(key) => keys::pressed(app, key),
        Msg::Paste(text) => paste::paste(app, text),
        Msg::Pasting(characters) => {
            app.pasting = characters;
            Vec::new()
        }
        Msg::Mouse(event) => keys::mouse(app, event),
        Msg::Resize(size) => {
            app.size = size;
            Vec::new()
        }
        Msg::Dispatcher(event) => dispatcher_said(app, event),
        Msg::Connected(result) => match result {
            Ok(notices) => {
                (app.connection, app.going) = (Connection::Ready, None);
                for notice in notices {
                    app.say(Tone::Warning, notice);
                }
                vec![Effect::Ask(Question::AtStart { remind_after: app.options.remind_after })]
            }
            Err(refused) => {
                places::refused(app, refused);
                Vec::new()
            }
        },
        Msg::Arrived(options) => {
            places::arrived(app, *options);
            Vec::new()
        }
        Msg::Answer(answer) => journal_said(app, answer),
        Msg::Intake(said) => {
            intake_said(app, said);
            Vec::new()
        }
        Msg::Completions { typed, paths } => {
            dialogs::completions(app, &typed, paths);
            Vec::new()
        }
        Msg::Copied(result) => {
            match result {
                Ok(words) => app.say(Tone::Good, words),
                Err(why) => app.say(Tone::Error, why),
            }
            Vec::new()
        }
        Msg::Saving(rows) => {
            if let Some(saving) = &mut app.saving {
                saving.rows = rows;
            }
            Vec::new()
        }
        Msg::Saved(result) => {
            saving::ended(app, result);
            Vec::new()
        }
        Msg::Wake => Vec::new(),
        Msg::Terminate(how) => vec![Effect::Quit(how)],
    };
    app.settle();
    effects
}

/// Turns a terminal's event that is no key into a message.
#[must_use]
pub fn from_terminal(event: TerminalEvent) -> Option<Msg> {
    match event {
        TerminalEvent::Paste(text) => Some(Msg::Paste(text)),
        TerminalEvent::Resize(width, height) => Some(Msg::Resize(Size { width, height })),
        TerminalEvent::Mouse(event) => Some(Msg::Mouse(event)),
        _ => None,
    }
}

/// Filters the device list by this text.
pub fn set_filter(app: &mut App, text: &str) {
    if app.filter.text() == text {
        return;
    }
    let was_similar = app.filter.is_similar();
    let narrower = app.filter.set(text) && !was_similar;
    if narrower {
        app.narrow();
    }
    if !narrower || app.shown.is_empty() {
        app.refilter();
    }
}

fn dispatcher_said(app: &mut App, event: dispatcher::Event) -> Vec<Effect> {
    use dispatcher::Event;
    match event {
        Event::Accepted { ticket, run } => {
            if let Some(state) = app.runs.iter_mut().find(|state| state.ticket == ticket) {
                state.id = Some(run);
                if state.phase == Phase::Stopping {
                    return vec![Effect::Dispatch(dispatcher::Command::Stop(run))];
                }
                state.phase = Phase::Running;
            }
        }
        Event::Rejected { ticket, why } => {
            if let Some(state) = app.runs.iter_mut().find(|state| state.ticket == ticket) {
                let not_sent = crate::model::Outcome::because(OutcomeKind::NotSent, Arc::clone(&why));
                // Of a run that was to go on: what has its outcome keeps it, and what an earlier request left with is unknown.
                let ended = |outcome: &crate::model::Outcome| match (outcome.kind.is_final(), &outcome.detail) {
                    (true, _) => outcome.clone(),
                    (false, Some(_)) => crate::model::Outcome { kind: OutcomeKind::Unknown, ..outcome.clone() },
                    (false, None) => not_sent.clone(),
                };
                let all: Vec<_> = (0..).zip(state.outcomes.iter().map(ended)).collect();
                state.change(&all);
                state.phase = Phase::Ended(EndReason::Refused(Arc::clone(&why)));
            }
            app.say(Tone::Error, format!("nothing was sent: {why}"));
            return vec![Effect::Attention(format!("nothing was sent: {}", visible(&why)))];
        }
        Event::Outcomes { run, changes } => outcomes(app, run, &changes),
        Event::Paused { run, why } => {
            set_phase(app, run, Phase::Paused(Arc::clone(&why)));
            let key = app.key(Act::ContinueRun);
            app.say(Tone::Warning, format!("run {run} waits: {why}. {key} goes on"));
            return vec![Effect::Attention(format!("run {run} waits: {}", visible(&why)))];
        }
        Event::Continued(run) => {
            set_phase(app, run, Phase::Running);
            app.say(Tone::Plain, format!("run {run} goes on"));
        }
        Event::Ended { run, why } => {
            set_phase(app, run, Phase::Ended(why));
            let sentence = ended(app, run);
            if app.leaving && !app.is_running() {
                return vec![Effect::Quit(Leave::Calmly)];
            }
            return sentence.map(Effect::Attention).into_iter().collect();
        }
        Event::Budget(budget) => app.budget = Some(budget),
        Event::Notice(text) => app.say(Tone::Plain, text),
    }
    Vec::new()
}

fn journal_said(app: &mut App, answer: Answer) -> Vec<Effect> {
    if let Answer::AtStart { unfinished, forgotten } = answer {
        if forgotten > 0 {
            let age = duration(app.options.remind_after);
            let (devices, key) = (counted(forgotten, "device"), app.key(Act::History));
            let words = format!("{devices} exempt for more than {age}: {key}, then o shows them");
            app.say(Tone::Warning, words);
        }
        // What cannot go on here is not asked about here.
        let (elsewhere, here): (Vec<_>, Vec<_>) = unfinished.into_iter().partition(|run| run.elsewhere.is_some());
        for words in elsewhere.into_iter().filter_map(|run| run.elsewhere) {
            app.say(Tone::Warning, format!("cut off: {}", visible(&words)));
        }
        app.cut_off = here;
        ask_about_the_cut_off(app);
        return Vec::new();
    }
    if matches!(answer, Answer::Said(_) | Answer::Failed(_)) {
        app.resuming = false;
    }
    let past = if let Some(Dialog::Past(past)) = &mut app.dialog { Some(past) } else { None };
    let past = past.filter(|past| past.waiting);
    match (answer, past) {
        (Answer::Unfinished { run, unfinished }, past) => {
            if let Some(past) = past {
                past.waiting = false;
            }
            let (mut asked, others): (Vec<_>, Vec<_>) = unfinished.into_iter().partition(|other| other.run == run);
            if let Some(why) = asked.iter().find_map(|run| run.elsewhere.as_deref()) {
                app.say(Tone::Warning, visible(why).into_owned());
            } else if asked.is_empty() {
                app.say(Tone::Plain, format!("run {run} was not cut off: R sends what is unknown or not sent"));
            } else {
                asked.extend(others.into_iter().filter(|run| run.elsewhere.is_none()));
                app.dialog = Some(Dialog::Unfinished(Unfinished::new(asked, app.now)));
            }
        }
        (Answer::Resumed(resumed), _) => {
            app.resuming = false;
            return acts::resume(app, *resumed);
        }
        (Answer::Said(words), past) => {
            if past.is_some_and(|past| {
                past.waiting = false;
                past.page().is_none()
            }) {
                app.dialog = None;
            }
            app.say(Tone::Plain, words);
        }
        (Answer::Failed(why), past) => {
            if let Some(past) = past {
                past.waiting = false;
            }
            app.say(Tone::Error, why);
        }
        (Answer::Prepared(run), Some(_)) => {
            let past = app.dialog.take();
            ask_from_the_past(app, past, *run);
        }
        (Answer::Runs { rows, more, older: true }, Some(past)) => past.append(rows, more),
        (Answer::Runs { rows, more, .. }, Some(past)) => past.open(Page::Runs { rows, more }),
        (Answer::Run { summary, devices }, Some(past)) => past.open(Page::Run { summary, devices }),
        (Answer::SentTo { id, sent }, Some(past)) => past.open(Page::SentTo { id, sent }),
        (Answer::Open { rows, now }, Some(past)) => {
            let chosen = vec![false; rows.len()];
            past.open(Page::Open { rows, chosen, now });
        }
        // Nobody waits for it any more.
        _ => {}
    }
    Vec::new()
}

/// Asks whether to send a run that a page of the past has prepared; without an answer that page comes back.
pub(super) fn ask_from_the_past(app: &mut App, past: Option<Dialog>, run: NewRun) {
    acts::ask(app, run);
    if let Some(Dialog::Past(mut past)) = past {
        past.waiting = false;
        if app.dialog.is_some() {
            app.behind = Some(past);
        } else {
            app.dialog = Some(Dialog::Past(past));
        }
    }
}

/// Puts the question what becomes of the runs that were cut off, if there are any and nothing else is asked.
pub(super) fn ask_about_the_cut_off(app: &mut App) {
    if app.dialog.is_none() && !app.cut_off.is_empty() {
        let runs = std::mem::take(&mut app.cut_off);
        app.dialog = Some(Dialog::Unfinished(Unfinished::new(runs, app.now)));
    }
}

fn set_phase(app: &mut App, run: RunId, phase: Phase) {
    if let Some(state) = app.runs.iter_mut().find(|state| state.id == Some(run)) {
        state.phase = phase;
    }
}

fn outcomes(app: &mut App, run: RunId, changes: &[(u32, crate::model::Outcome)]) {
    let Some(state) = app.runs.iter_mut().find(|state| state.id == Some(run)) else { return };
    state.change(changes);
    for (index, outcome) in changes {
        let id = state.devices.get(*index as usize).and_then(|device| device.id(state.id_mode));
        let place = id.and_then(|id| app.list.find(&id));
        if let Some(device) = place.and_then(|place| app.list.device_mut(place)) {
            device.set_last(Some(LastOutcome { run, action: state.action, kind: outcome.kind }));
        }
    }
}

/// Says what became of a run; the sentence comes back.
fn ended(app: &mut App, run: RunId) -> Option<String> {
    let state = app.runs.iter().find(|state| state.id == Some(run))?;
    let tone = match &state.phase {
        Phase::Ended(EndReason::Refused(_) | EndReason::Unreachable(_)) => Tone::Error,
        Phase::Ended(EndReason::Completed) if state.counts.of(OutcomeKind::Succeeded) == state.counts.total() => {
            Tone::Good
        }
        _ => Tone::Warning,
    };
    let sentence = state.sentence();
    app.say(tone, sentence.clone());
    Some(visible(&sentence).into_owned())
}

fn intake_said(app: &mut App, said: Intake) {
    match said {
        Intake::Begin(name) => {
            let source = app.list.begin(Arc::clone(&name));
            app.loading = Some(Loading { name, source, bytes: 0, total: None });
        }
        Intake::Found(found) => {
            let Some(loading) = &app.loading else { return };
            let (source, first) = (loading.source, app.list.devices().len());
            if *app.list.report(source) == crate::model::LoadReport::default() {
                let rows = loading.total.map_or(0, |bytes| (bytes / ROW).min(MOST_EXPECTED));
                app.list.reserve((rows as usize).max(found.len()));
            }
            app.list.push_all(source, found);
            // Merging may have joined two devices into one; then every index behind it is another's.
            if app.list.devices().len() >= first && !app.list.was_joined(source) {
                app.show_from(first);
            } else {
                app.list_changed();
            }
        }
        Intake::Progress(bytes, total) => {
            if let Some(loading) = &mut app.loading {
                (loading.bytes, loading.total) = (bytes, total);
            }
        }
        Intake::End(result) => load_ended(app, result),
    }
}

fn load_ended(app: &mut App, result: Result<(), Arc<str>>) {
    app.loads_pending = app.loads_pending.saturating_sub(1);
    let report = app.loading.as_ref().map(|loading| app.list.report(loading.source).clone()).unwrap_or_default();
    app.loaded.lists += 1;
    app.loaded.failed += usize::from(result.is_err());
    app.loaded.report.devices += report.devices;
    app.loaded.report.duplicates += report.duplicates;
    app.loaded.report.unreadable += report.unreadable;
    let path = app.opening.take().filter(|_| result.is_err() && app.dialog.is_none());
    one_load_ended(app, result);
    if let Some(path) = path {
        app.dialog = Some(Dialog::Open(OpenFile { input: Input::new(path), completions: Vec::new() }));
    }
    if app.loads_pending == 0 {
        let sum = std::mem::take(&mut app.loaded);
        if sum.lists > 1 {
            let words = intake::load_sentence(&counted(sum.lists, "list"), &sum.report);
            let failed = sum.failed > 0 || sum.report.unreadable > 0;
            let more = if sum.failed > 0 {
                format!(", {} not read: {} shows why", sum.failed, app.key(Act::Notices))
            } else {
                String::new()
            };
            app.say(if failed { Tone::Warning } else { Tone::Good }, format!("{words}{more}"));
        }
        app.recall_what_was_said_first();
    }
}

fn one_load_ended(app: &mut App, result: Result<(), Arc<str>>) {
    let Some(loading) = app.loading.take() else {
        if let Err(why) = result {
            app.say(Tone::Error, why);
        }
        return;
    };
    let report = app.list.report(loading.source);
    match result {
        Ok(()) => {
            let tone = match report {
                report if report.devices + report.duplicates == 0 => Tone::Warning,
                report if report.unreadable > 0 => Tone::Warning,
                _ => Tone::Good,
            };
            let name = visible(&loading.name);
            let how = format!("after {}", app.key(Act::ToggleIdMode));
            let sentence = intake::load_sentence_with_hint(&name, report, app.id_mode, &how);
            app.say(tone, sentence);
        }
        Err(why) => app.say(Tone::Error, why),
    }
    if loading.name.as_ref() == "argument" || loading.name.as_ref() == "typed" {
        let mut other = false;
        for device in app.list.devices_mut() {
            let named = device.origins.iter().any(|origin| origin.source == loading.source);
            device.selected |= named && device.sendable(app.id_mode);
            other |= named && !device.sendable(app.id_mode);
        }
        if other {
            let (mode, key) = (app.id_mode.other(), app.key(Act::ToggleIdMode));
            app.say(Tone::Warning, format!("it has a {mode} only: {key} sends by {mode}"));
        }
    }
    app.list_changed();
    app.recount();
}

/// Asks for a load, and counts it until it ends.
pub(super) fn load(app: &mut App, source: Source) -> Effect {
    app.loads_pending += 1;
    Effect::Load(source, app.id_mode)
}
