//! A number before a motion, as vim and less take it: `5j`, `20 ctrl-d`, `120G`.
//!
//! The digits 1 to 3 choose an action, and do so at once: nobody has to wait to see it. They can be the beginning of a
//! number as well, but only for [`SOON`]: if a motion or another digit follows by then, the number is meant, and the action
//! goes back to what it was. Numbers move the cursor and do nothing else: any other key forgets them.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::time::Instant;

use crate::model::Action;

use super::acts;
use super::app::{App, Effect, Pane, Tone};
use super::dialog::Dialog;
use super::dialogs;
use super::keymap::Act;
use super::keys::scope;

/// So long a digit that has chosen an action can still become a number. Who types one has the next key down by then; who
/// has chosen an action and goes on to the list mostly has not.
pub const SOON: Duration = Duration::from_secs(1);
/// So long a number that is surely one waits for its motion.
pub const LATER: Duration = Duration::from_secs(5);
/// The most digits of a number; more are not taken.
const DIGITS: u32 = 6;

/// A number that is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The number so far, from 1.
    pub number: usize,
    /// The action before the first digit.
    before: Action,
    /// Every digit so far has chosen an action (in the help and the guide, opened a page), and perhaps that was all it was for.
    pub doubtful: bool,
    /// When it is forgotten.
    pub until: Instant,
}

/// The digit of a key press.
#[must_use]
pub fn digit(key: &KeyEvent) -> Option<usize> {
    match key.code {
        KeyCode::Char(c) if key.modifiers == KeyModifiers::NONE => c.to_digit(10).map(|digit| digit as usize),
        _ => None,
    }
}

/// Whether an act can be done so many times, or goes to a row.
fn is_motion(act: Act) -> bool {
    matches!(
        act,
        Act::Up
            | Act::Down
            | Act::PageUp
            | Act::PageDown
            | Act::HalfUp
            | Act::HalfDown
            | Act::First
            | Act::Last
            | Act::NextMatch
            | Act::PreviousMatch
            | Act::NextProblem
            | Act::PreviousProblem
            | Act::PreviousRun
            | Act::NextRun
    )
}

/// Forgets a number that nothing followed.
pub(super) fn expire(app: &mut App) {
    app.count = app.count.filter(|count| app.now < count.until);
}

/// A key in the panes that would do `act`. None: it has nothing to do with numbers.
pub(super) fn key(app: &mut App, key: &KeyEvent, act: Option<Act>) -> Option<Vec<Effect>> {
    let chooses = matches!(act, Some(Act::Action1 | Act::Action2 | Act::Action3));
    let count = app.count.take();
    match (digit(key), act) {
        // In the action pane the cursor is the action, and a number of rows means nothing.
        _ if app.focus == Pane::Action => None,
        (Some(digit), Some(act)) if chooses && count.is_none_or(|count| count.doubtful) => {
            let before = count.map_or(app.action, |count| count.before);
            acts::perform(app, act);
            app.count = Some(appended(app, count, before, digit, true));
            Some(Vec::new())
        }
        (Some(digit), act) if chooses || (act.is_none() && (digit > 0 || count.is_some())) => {
            // Now it is surely a number.
            let before = count.map_or(app.action, |count| count.before);
            back_to(app, before);
            app.count = Some(appended(app, count, before, digit, false));
            Some(Vec::new())
        }
        // Who has chosen an action and goes on by the arrows has not counted.
        (_, Some(act))
            if is_motion(act) && !matches!(key.code, KeyCode::Char(_)) && count.is_some_and(|count| count.doubtful) =>
        {
            None
        }
        (_, Some(act)) if is_motion(act) => {
            move_by(app, act, count?);
            Some(Vec::new())
        }
        // As in vim: nothing else is left or taken back.
        (_, Some(Act::Back)) if count.is_some_and(|count| !count.doubtful) => Some(Vec::new()),
        _ => None,
    }
}

/// A digit of a number in a dialog, behind those that came before. Some first digits do something there at once, and so
/// are doubtful.
pub(super) fn in_dialog(app: &mut App, before: Option<Count>, digit: usize, doubtful: bool) {
    app.count = Some(appended(app, before, app.action, digit, doubtful));
}

/// How often a motion in a dialog is done: who goes on by the arrows behind a digit that did something has not counted.
pub(super) fn times(count: Option<Count>, key: &KeyEvent) -> Option<usize> {
    let counted = count.filter(|count| !count.doubtful || matches!(key.code, KeyCode::Char(_)));
    counted.map(|count| count.number)
}

fn appended(app: &App, count: Option<Count>, before: Action, digit: usize, doubtful: bool) -> Count {
    let number = count.map_or(0, |count| count.number);
    let number = if number < 10_usize.pow(DIGITS - 1) { number * 10 + digit } else { number };
    Count { number, before, doubtful, until: app.now + if doubtful { SOON } else { LATER } }
}

/// The digits of a number have chosen actions on the way: that is taken back. Whether there was anything to take back.
fn back_to(app: &mut App, before: Action) -> bool {
    std::mem::replace(&mut app.action, before) != before
}

fn move_by(app: &mut App, act: Act, count: Count) {
    app.notice = None;
    let number = count.number;
    let rows = isize::try_from(number).unwrap_or(isize::MAX);
    match act {
        Act::First | Act::Last => {
            acts::step(app, app.focus, isize::MIN);
            acts::step(app, app.focus, rows - 1);
        }
        Act::Up | Act::HalfUp => acts::step(app, app.focus, -rows),
        Act::Down | Act::HalfDown => acts::step(app, app.focus, rows),
        Act::PageUp => acts::step(app, app.focus, -acts::page(app).saturating_mul(rows)),
        Act::PageDown => acts::step(app, app.focus, acts::page(app).saturating_mul(rows)),
        Act::NextMatch | Act::PreviousMatch => acts::next_match(app, act == Act::PreviousMatch, number),
        Act::NextProblem | Act::PreviousProblem => acts::next_problem(app, act == Act::PreviousProblem, number),
        _ => {
            for _ in 0..number.min(app.runs.len()) {
                acts::perform(app, act);
            }
        }
    }
    if back_to(app, count.before) {
        let words = format!("{number} counted the move, so the action is {} as before", app.action);
        app.say(Tone::Plain, words);
    }
}

/// The number and the key of `120G`, which a slow line brings in one piece.
pub(super) fn number_and_key(text: &str) -> Option<(usize, KeyEvent)> {
    let (at, c) = text.char_indices().last()?;
    let digits = &text[..at];
    let plain = digits.len() <= DIGITS as usize && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| plain && *number > 0)?;
    Some((number, KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)))
}

/// A line that was slow brings `120G` in one piece, which is no list. Whether it was that.
pub(super) fn in_one_piece(app: &mut App, text: &str) -> bool {
    let Some((number, key)) = number_and_key(text) else { return false };
    let act = app.options.keys.act(&key, scope(app)).filter(|act| is_motion(*act));
    let Some(act) = act.filter(|_| app.focus != Pane::Action) else { return false };
    let count = Count { number, before: app.action, doubtful: false, until: app.now };
    move_by(app, act, count);
    true
}

/// The same in a dialog that scrolls. None: it was not that.
pub(super) fn in_one_piece_in_dialog(app: &mut App, text: &str) -> Option<Vec<Effect>> {
    let (number, key) = number_and_key(text)?;
    let moves = match &app.dialog {
        Some(Dialog::Reader(reader)) => reader.is_motion(&key),
        Some(Dialog::Past(past)) => past.is_motion(&key),
        _ => false,
    };
    if !moves {
        return None;
    }
    app.count = Some(Count { number, before: app.action, doubtful: false, until: app.now + LATER });
    Some(dialogs::key(app, key))
}
