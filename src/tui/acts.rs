//! What each key of the table does.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tui_input::Input;

use crate::dispatcher::Command;
use crate::model::{Action, Device, Excluded, Id, IdMode, NewRun, NotSendable, OutcomeKind, ResumedRun, RunDevice};

use super::app::{App, Connection, Effect, Leave, Pane, Tone};
use super::asker::Question;
use super::dialog::{Confirm, Dialog, OpenFile, TYPED_OVER, Topic};
use super::keymap::{self, Act, Scope};
use super::palette::Palette;
use super::past::Past;
use super::runs::{Phase, is_problem};
use super::theme::{Builtin, Theme};
use super::words::{count, counted};

/// Does it.
pub fn perform(app: &mut App, act: Act) -> Vec<Effect> {
    // Who goes on has read what was said.
    app.notice = None;
    match act {
        Act::Up | Act::Down | Act::PageUp | Act::PageDown | Act::HalfUp | Act::HalfDown | Act::First | Act::Last => {
            let page = page(app);
            let by = match act {
                Act::Up => -1,
                Act::Down => 1,
                Act::PageUp => -page,
                Act::PageDown => page,
                Act::HalfUp => -page / 2,
                Act::HalfDown => page / 2,
                Act::First => isize::MIN,
                _ => isize::MAX,
            };
            step(app, app.focus, by);
        }
        Act::Left => app.focus = Pane::Devices,
        Act::Right if app.focus == Pane::Devices => {
            app.focus = if app.runs.is_empty() { Pane::Action } else { Pane::Results }
        }
        Act::Right => {}
        Act::NextPane => next_pane(app, 1),
        Act::PreviousPane => next_pane(app, 2),
        Act::Toggle => {
            if toggle(app) {
                step(app, Pane::Devices, 1);
            }
        }
        Act::SelectShown => select(app, |_| true),
        Act::SelectNone => {
            let before = app.list.unselect_all();
            app.recount();
            if before > 0 {
                let key = app.key(Act::Undo);
                app.say(
                    Tone::Plain,
                    format!("none is selected any more, {} were: {key} selects them again", count(before)),
                );
            }
        }
        Act::Invert => select(app, |selected| !selected),
        Act::SelectByOutcome => app.dialog = Some(Dialog::SelectByOutcome),
        Act::Filter => {
            app.focus = Pane::Devices;
            app.filter_input = Some(Input::new(app.filter.text().to_owned()));
        }
        Act::NextMatch | Act::PreviousMatch => next_match(app, act == Act::PreviousMatch, 1),
        Act::FilterOutcome => {
            if let Some(run) = app.current_run_mut() {
                run.show_only(run.next_filter());
            }
        }
        Act::NextProblem | Act::PreviousProblem => next_problem(app, act == Act::PreviousProblem, 1),
        Act::PreviousRun => app.run = app.run.saturating_sub(1),
        Act::NextRun => app.run = (app.run + 1).min(app.runs.len().saturating_sub(1)),
        Act::Action1 => app.action = Action::ALL[0],
        Act::Action2 => app.action = Action::ALL[1],
        Act::Action3 => app.action = Action::ALL[2],
        Act::ToggleIdMode => {
            app.id_mode = app.id_mode.other();
            app.recount();
        }
        Act::Send => ask_to_send(app),
        Act::RetryFailed => ask_to_retry(app, &[OutcomeKind::Failed]),
        Act::RetryUnsent => ask_to_retry(app, &[OutcomeKind::Unknown, OutcomeKind::NotSent]),
        Act::StopRun => return stop(app),
        Act::ContinueRun => return go_on(app),
        Act::Inverse => ask_to_undo(app),
        Act::Save => super::saving::ask(app),
        Act::Profile => super::places::ask(app),
        Act::Copy => app.dialog = Some(Dialog::Copy),
        Act::History => return history(app),
        Act::Open => {
            app.dialog = Some(Dialog::Open(OpenFile::default()));
            return vec![Effect::Complete(String::new())];
        }
        Act::PasteBox => app.dialog = Some(Dialog::Paste(String::new())),
        Act::TypeDevice => app.dialog = Some(Dialog::TypeDevice(Input::default())),
        Act::Remove => remove(app),
        Act::Undo => undo(app),
        Act::TurnRound => turn_round(app),
        Act::Device => app.dialog = Some(Dialog::reader(Topic::Device)),
        Act::Unreadable => app.dialog = Some(Dialog::reader(Topic::Unreadable)),
        Act::Notices => app.dialog = Some(Dialog::reader(Topic::Notices)),
        Act::Mouse => return mouse(app),
        Act::NextTheme => next_theme(app),
        Act::Redraw => return vec![Effect::Redraw],
        Act::Back => return back(app),
        Act::Palette => app.dialog = Some(Dialog::Palette(Palette::default())),
        Act::Help => app.dialog = Some(Dialog::reader(Topic::Help)),
        Act::Quit => {
            if !app.is_running() {
                return vec![Effect::Quit(Leave::Calmly)];
            }
            app.dialog = Some(Dialog::Quit { opened: app.now, interrupted: None });
        }
    }
    Vec::new()
}

fn history(app: &mut App) -> Vec<Effect> {
    if app.connection != Connection::Ready {
        app.say(Tone::Plain, "the journal is not open");
        return Vec::new();
    }
    app.dialog = Some(Dialog::Past(Past::waiting()));
    vec![Effect::Ask(Question::Runs { before: None })]
}

fn mouse(app: &mut App) -> Vec<Effect> {
    app.mouse = !app.mouse;
    let words = if app.mouse {
        format!("mouse on: {} gives it back to the terminal", app.key(Act::Mouse))
    } else {
        "mouse off: the terminal selects text with it".to_owned()
    };
    app.say(Tone::Plain, words);
    vec![Effect::Mouse(app.mouse)]
}

/// Changes to the next theme: those of the program in turn, then the operator's own.
fn next_theme(app: &mut App) {
    let (now, own) = (app.options.theme, app.options.own_theme);
    if !now.has_colours() {
        app.say(Tone::Plain, "no colours are used here: NO_COLOR, --color never or the terminal's kind (TERM) says so");
        return;
    }
    let mut order: Vec<Theme> = Builtin::ALL.into_iter().map(|builtin| now.another(builtin)).collect();
    order.extend(own);
    let at = order.iter().position(|theme| theme.builtin == now.builtin).map_or(0, |at| at + 1);
    app.options.theme = order[at % order.len()];
    let name = app.options.theme.builtin.map_or("your own", Builtin::name);
    app.say(Tone::Plain, format!("theme: {name}; theme = \"NAME\" in the configuration keeps one"));
}

/// Does what a binding of the table says, from wherever the keys go now.
pub fn perform_from_anywhere(app: &mut App, binding: &keymap::Binding) -> Vec<Effect> {
    match binding.scope {
        Scope::Everywhere => {}
        Scope::Devices => app.focus = Pane::Devices,
        Scope::Results => app.focus = Pane::Results,
    }
    perform(app, binding.act)
}

/// Rows of a page of the focused pane.
pub(super) fn page(app: &App) -> isize {
    let areas = app.areas();
    let rows = match (app.focus, app.current_run()) {
        (Pane::Results, Some(run)) => areas.result_rows(run.devices.len()),
        _ => areas.device_rows(),
    };
    isize::try_from(rows).unwrap_or(1).max(2) - 1
}

/// Moves a pane's cursor.
pub fn step(app: &mut App, pane: Pane, by: isize) {
    match pane {
        Pane::Devices => app.cursor.step(by, app.shown.len()),
        Pane::Action => {
            let at = Action::ALL.iter().position(|&action| action == app.action).unwrap_or(0);
            app.action = Action::ALL[at.saturating_add_signed(by).min(Action::ALL.len() - 1)];
        }
        Pane::Results => {
            if let Some(run) = app.current_run_mut() {
                run.list.step(by, run.shown.len());
            }
        }
    }
}

fn next_pane(app: &mut App, by: usize) {
    const ORDER: [Pane; 3] = [Pane::Devices, Pane::Action, Pane::Results];
    // A narrow screen has no results before there is a run.
    let hidden = app.areas().stacked && app.runs.is_empty();
    let panes = if hidden { &ORDER[..2] } else { &ORDER[..] };
    let at = panes.iter().position(|&pane| pane == app.focus).unwrap_or(0);
    let by = if by == 1 { 1 } else { panes.len() - 1 };
    app.focus = panes[(at + by) % panes.len()];
}

/// Selects or unselects the device under the cursor, or says why it cannot be. Whether it did.
pub fn toggle(app: &mut App) -> bool {
    let (mode, key) = (app.id_mode, app.key(Act::ToggleIdMode));
    let Some(device) = app.device_at_cursor().and_then(|index| app.list.device_mut(index)) else { return false };
    if let (false, Err(why)) = (device.selected, device.id(mode)) {
        app.say(Tone::Warning, format!("cannot be selected: {why}; {key} sends by {}", mode.other()));
        return false;
    }
    device.selected = !device.selected;
    let (selected, sendable) = (device.selected, device.sendable(mode));
    let change = |number: usize| if selected { number + 1 } else { number - 1 };
    app.selection.all = change(app.selection.all);
    if sendable {
        app.selection.sendable = change(app.selection.sendable);
    }
    true
}

/// Sets the selection of every shown device that can be sent.
fn select(app: &mut App, to: impl Fn(bool) -> bool) {
    let mode = app.id_mode;
    let mut skipped = 0;
    for &index in &app.shown {
        if let Some(device) = app.list.device_mut(index as usize) {
            let wanted = to(device.selected);
            let possible = device.sendable(mode);
            skipped += usize::from(wanted && !possible);
            device.selected = wanted && possible;
        }
    }
    app.recount();
    if skipped > 0 {
        let why = if mode == IdMode::Mac { NotSendable::NoMac } else { NotSendable::NoHwid };
        app.say(Tone::Plain, format!("{} cannot be selected: {why}", counted(skipped, "device")));
    }
}

/// Selects exactly those of the shown devices whose last outcome is this one.
pub fn select_by_outcome(app: &mut App, kind: OutcomeKind) {
    let mode = app.id_mode;
    for device in app.list.devices_mut() {
        device.selected = false;
    }
    for &index in &app.shown {
        if let Some(device) = app.list.device_mut(index as usize) {
            device.selected = device.sendable(mode) && device.last().is_some_and(|last| last.kind == kind);
        }
    }
    app.recount();
    let selected = app.selection.all;
    app.say(Tone::Plain, format!("selected: {} with outcome {}", counted(selected, "device"), kind.word()));
}

/// Goes so many failures on in the results, round their end.
pub(super) fn next_problem(app: &mut App, backwards: bool, times: usize) {
    let Some(run) = app.current_run_mut() else { return };
    let rows = run.problems();
    if !run.list.find(&rows, backwards, times) {
        app.say(Tone::Plain, "no device of this run failed or is unknown");
    }
}

/// Goes so many finds on in the device list, round its end: what the filter shows, or without one what failed or is unknown.
pub(super) fn next_match(app: &mut App, backwards: bool, times: usize) {
    let filtered = !app.filter.is_empty();
    let problem = |&index: &u32| {
        let last = app.list.devices()[index as usize].last();
        last.is_some_and(|last| is_problem(last.kind))
    };
    let rows = app.shown.iter().enumerate().filter(|(_, index)| filtered || problem(index));
    let rows: Vec<usize> = rows.map(|(row, _)| row).collect();
    if rows.is_empty() || (filtered && rows.len() == 1) {
        let key = app.key(Act::Filter);
        let words = match (filtered, rows.len()) {
            (false, _) => format!("nothing to go to: {key} finds devices; no device failed or is unknown"),
            (true, 0) => format!("no match: {key} looks for another"),
            (true, _) => format!("the only match: {key} looks for another"),
        };
        app.say(Tone::Plain, words);
        return;
    }
    app.cursor.find(&rows, backwards, times);
}

fn ask_to_send(app: &mut App) {
    if app.selection.sendable == 0 {
        let words = match (app.list.devices().is_empty(), app.selection.all) {
            (true, _) => format!("the list is empty: {} opens a file, or paste devices here", app.key(Act::Open)),
            (false, 0) => {
                let (one, all) = (app.key(Act::Toggle), app.key(Act::SelectShown));
                format!("nothing is selected: {one} selects one device, {all} selects all")
            }
            (false, all) => {
                let (mode, key) = (app.id_mode, app.key(Act::ToggleIdMode));
                format!("none of the {} selected has a {mode}: {key} sends by {}", count(all), mode.other())
            }
        };
        app.say(Tone::Warning, words);
        return;
    }
    let (list, mode) = (&app.list, app.id_mode);
    let (mut devices, mut excluded) = (Vec::with_capacity(app.selection.sendable), Vec::new());
    for device in list.devices().iter().filter(|device| device.selected) {
        let carried = list.run_device(device);
        match device.id(mode) {
            Ok(_) => devices.push(carried),
            Err(why) => {
                excluded.push(Excluded { device: carried, text: Box::default(), why: why.to_string().into() });
            }
        }
    }
    let run =
        NewRun { action: app.action, id_mode: mode, devices: devices.into(), excluded: excluded.into(), reason: None };
    let shown = app.shown.iter().filter(|&&index| list.devices()[index as usize].selected).count();
    let hidden = app.selection.all - shown;
    // Who has chosen all that can be chosen may think that it is all.
    let others = || list.devices().iter().filter(|device| !device.selected);
    let all = others().all(|device| !device.sendable(mode));
    let without_id = if all { others().count() } else { 0 };
    ask(app, run);
    if let Some(Dialog::Confirm(question)) = &mut app.dialog {
        (question.hidden, question.without_id) = (hidden, without_id);
    }
}

fn ask_to_retry(app: &mut App, kinds: &[OutcomeKind]) {
    let Some(run) = app.current_run() else {
        app.say(Tone::Plain, "no run yet");
        return;
    };
    let devices = run.with_outcome(kinds);
    if devices.is_empty() {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        let name = run.name();
        app.say(Tone::Plain, format!("{name}: no device is {}", words.join(" or ")));
        return;
    }
    let run = NewRun {
        action: run.action,
        id_mode: run.id_mode,
        devices: devices.into(),
        excluded: Arc::default(),
        reason: run.reason.clone(),
    };
    ask(app, run);
}

/// Prepares the opposite of the run on screen for the devices with which it succeeded.
fn ask_to_undo(app: &mut App) {
    let Some(run) = app.current_run() else {
        app.say(Tone::Plain, "no run yet");
        return;
    };
    let devices = run.with_outcome(&[OutcomeKind::Succeeded]);
    let (Some(action), false) = (run.action.inverse(), devices.is_empty()) else {
        let name = run.name();
        app.say(Tone::Plain, format!("{name}: nothing of it can be undone"));
        return;
    };
    let run = NewRun {
        action,
        id_mode: run.id_mode,
        devices: devices.into(),
        excluded: Arc::default(),
        reason: run.reason.clone(),
    };
    ask(app, run);
}

/// Puts the question before a run, or says why nothing can be sent.
pub(super) fn ask(app: &mut App, run: NewRun) {
    if app.options.read_only {
        app.say(Tone::Warning, "read-only: this console sends nothing (gears config show says why)");
        return;
    }
    if let Some(to) = &app.going {
        let words = format!("not ready yet: connecting to {to}");
        app.say(Tone::Plain, words);
        return;
    }
    match &app.connection {
        Connection::Ready => {}
        Connection::Starting => {
            app.say(Tone::Plain, "not ready yet: still starting");
            return;
        }
        Connection::Off(why) => {
            let why = Arc::clone(why);
            app.say(Tone::Error, why);
            return;
        }
    }
    let busy_ids: HashSet<Id> = app
        .runs
        .iter()
        .filter(|state| state.is_on())
        .flat_map(|state| {
            let pairs = state.devices.iter().zip(&state.outcomes);
            pairs.filter(|(_, outcome)| !outcome.kind.is_final()).filter_map(|(device, _)| device.id(state.id_mode))
        })
        .collect();
    let busy =
        run.devices.iter().filter_map(|device| device.id(run.id_mode)).filter(|id| busy_ids.contains(id)).count();
    let again = run.devices.iter().filter(|device| succeeded_before(app, device, run.action, run.id_mode)).count();
    let typed = run.action.weakens_protection() || run.devices.len() > TYPED_OVER;
    let (requests, time) = app.cost(run.devices.len());
    let reason = Input::new(run.reason.clone().unwrap_or_default());
    let reason_required = app.options.require_reason.contains(&run.action);
    app.dialog = Some(Dialog::Confirm(Box::new(Confirm {
        run,
        requests,
        time,
        busy,
        again,
        hidden: 0,
        without_id: 0,
        typed: typed.then(Input::default),
        reason,
        reason_required,
        in_reason: false,
        spoiled: false,
        missing: None,
        opened: app.now,
    })));
}

/// Whether the newest run with this device did the same to it.
fn succeeded_before(app: &App, device: &RunDevice, action: Action, mode: IdMode) -> bool {
    let known = device.id(mode).and_then(|id| app.list.find(&id)).and_then(|index| app.list.devices().get(index));
    let last = known.and_then(Device::last);
    last.is_some_and(|last| last.action == action && last.kind == OutcomeKind::Succeeded)
}

/// Sends the run that was confirmed.
pub fn send(app: &mut App, run: NewRun) -> Vec<Effect> {
    app.behind = None;
    let ticket = app.ticket();
    app.runs.push(super::runs::RunState::new(ticket, &run));
    app.run = app.runs.len() - 1;
    let devices = counted(run.devices.len(), "device");
    app.say(Tone::Plain, format!("{} to {devices}", run.action));
    // The line is for how far the run is.
    app.notice = None;
    vec![Effect::Dispatch(Command::Start { ticket, run })]
}

/// Goes on with a run whose console is gone.
pub fn resume(app: &mut App, resumed: ResumedRun) -> Vec<Effect> {
    let ticket = app.ticket();
    let state = super::runs::RunState::resumed(ticket, &resumed);
    let left = counted(state.counts.of(OutcomeKind::Queued), "device");
    app.say(Tone::Plain, format!("{} goes on with {left}", state.name()));
    app.runs.push(state);
    app.run = app.runs.len() - 1;
    vec![Effect::Dispatch(Command::Resume { ticket, run: Box::new(resumed) })]
}

/// Stops the run on screen, and no other: nobody stops by accident what is not seen.
fn stop(app: &mut App) -> Vec<Effect> {
    let Some(run) = app.runs.get_mut(app.run).filter(|run| run.is_on()) else {
        let words = match app.runs.iter().find(|run| run.is_on()) {
            Some(other) => {
                let (before, after) = (app.options.keys.told(Act::PreviousRun), app.options.keys.told(Act::NextRun));
                format!("this run is over; {} is on: {before} and {after} show it", other.name())
            }
            None => "no run is on".to_owned(),
        };
        app.say(Tone::Plain, words);
        return Vec::new();
    };
    let id = run.id;
    run.phase = Phase::Stopping;
    let name = run.name();
    app.say(Tone::Plain, format!("{name} stops: what is in flight is awaited, the rest is not sent"));
    id.map(|id| Effect::Dispatch(Command::Stop(id))).into_iter().collect()
}

fn go_on(app: &mut App) -> Vec<Effect> {
    let paused = app.runs.iter().filter(|run| matches!(run.phase, Phase::Paused(_)));
    let effects: Vec<Effect> =
        paused.filter_map(|run| run.id).map(|id| Effect::Dispatch(Command::Continue(id))).collect();
    if effects.is_empty() {
        let key = app.key(Act::History);
        app.say(Tone::Plain, format!("no run waits; {key} shows runs that were cut off, c there goes on"));
    }
    effects
}

fn remove(app: &mut App) {
    let mut indices: Vec<usize> =
        app.list.devices().iter().enumerate().filter(|(_, device)| device.selected).map(|(index, _)| index).collect();
    if indices.is_empty() {
        indices.extend(app.device_at_cursor());
    }
    if indices.is_empty() {
        return;
    }
    app.list.remove(&indices);
    app.list_changed();
    app.recount();
    let (devices, key) = (counted(indices.len(), "device"), app.key(Act::Undo));
    app.say(Tone::Plain, format!("{devices} off the list: {key} brings them back"));
}

fn undo(app: &mut App) {
    if app.loading.is_some() {
        let key = app.key(Act::Back);
        app.say(Tone::Plain, format!("still loading: {key} stops the load"));
        return;
    }
    let words = match app.list.undo() {
        Some(undone) => {
            format!("undone: {} ({})", super::text::visible(&undone.what), counted(undone.devices, "device"))
        }
        None => "nothing to undo".to_owned(),
    };
    app.list_changed();
    app.recount();
    app.say(Tone::Plain, words);
}

fn turn_round(app: &mut App) {
    let Some(index) = app.device_at_cursor() else { return };
    let words = match app.list.turn_round(index) {
        Ok(reading) => reading,
        Err(why) => why,
    };
    app.list_changed();
    app.recount();
    app.say(Tone::Plain, words);
}

fn back(app: &mut App) -> Vec<Effect> {
    if app.loading.is_some() {
        // What was stopped on purpose is not mended.
        app.opening = None;
        return vec![Effect::StopLoading];
    }
    if app.going.is_some() {
        return super::places::give_up(app);
    }
    if let Some(saving) = &app.saving {
        saving.stop.store(true, Ordering::Relaxed);
        return Vec::new();
    }
    if app.filter.is_empty() {
        if app.focus == Pane::Results
            && let Some(run) = app.current_run_mut()
        {
            run.show_only(None);
        }
    } else {
        super::update::set_filter(app, "");
    }
    app.notice = None;
    Vec::new()
}
