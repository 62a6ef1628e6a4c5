//! The first row: where commands go, and the budget.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::limiter::BudgetView;
use crate::tui::app::{App, Connection};
use crate::tui::text::visible;
use crate::tui::words::duration;

use super::{cells, put, put_spans};

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let look = theme.header(app.options.header);
    buffer.set_style(area, look);
    let name = if app.options.demo { "simulation, nothing real" } else { app.options.host.as_str() };
    let profile = app.options.profile.as_deref().map(|profile| format!("{}  ", visible(profile))).unwrap_or_default();
    let mode = if app.options.read_only { "  read-only" } else { "" };
    let left = [
        (" gears  ", look.patch(theme.strong())),
        (profile.as_str(), look.patch(theme.strong())),
        (&*visible(name), look),
        (mode, look.patch(theme.strong())),
    ];
    let x = put_spans(app, buffer, area, &left);
    let room = area.right().saturating_sub(x + 2);
    // The longest form that fits: dots and words, words, nothing.
    for budget in forms(app) {
        if cells(&budget) <= room {
            put(app, buffer, area.right() - cells(&budget), area.y, cells(&budget), &budget, look);
            break;
        }
    }
}

/// The budget in ever shorter forms.
fn forms(app: &App) -> Vec<String> {
    let Some(budget) = &app.budget else {
        let words = match app.connection {
            Connection::Starting => "starting ",
            Connection::Ready => "",
            Connection::Off(_) => "sending is off ",
        };
        return vec![words.to_owned()];
    };
    let [free_slot, taken_slot] = app.options.theme.symbols.slot;
    let free = budget.limit.saturating_sub(budget.taken);
    let dots = if budget.limit <= 20 {
        free_slot.repeat(free as usize) + &taken_slot.repeat(budget.limit.min(budget.taken) as usize)
    } else {
        String::new()
    };
    let next =
        budget.next_free.map(|at| at.saturating_duration_since(app.now)).filter(|left| free == 0 && !left.is_zero());
    let next = next.map(|left| format!(", next in {}", duration(left))).unwrap_or_default();
    let limit = budget.limit;
    let others = others(budget, &app.options.user);
    vec![
        format!("{others}requests {dots} {free} of {limit} free{next} "),
        format!("{others}{dots} {free} of {limit}{next} "),
        format!("requests {dots} {free} of {limit} free{next} "),
        format!("{dots} {free} of {limit}{next} "),
        format!("{free} of {limit}{next} "),
        format!("{free}/{limit} "),
    ]
}

/// Who else has used the budget: `anna sent 4 lately  `, `2 taken elsewhere  `. Whether they still do nobody knows.
fn others(budget: &BudgetView, me: &str) -> String {
    let name = |who: &str| if who == me { "you, elsewhere,".to_owned() } else { visible(who).into_owned() };
    let mut text = match budget.sharers.as_slice() {
        [] => String::new(),
        [one] => format!("{} sent {} lately  ", name(&one.who), one.taken),
        [one, rest @ ..] => format!("{} and {} more sent lately  ", name(&one.who), rest.len()),
    };
    if budget.elsewhere > 0 {
        text = format!("{text}{} taken elsewhere  ", budget.elsewhere);
    }
    text
}
