//! What was said: every error is one key away.

use gears_console::dispatcher::{Event, Ticket};
use gears_console::model::RunId;
use gears_console::tui::Refused;
use gears_console::tui::asker::Answer;
use gears_console::tui::update::Msg;

use crate::harness::{Console, fleet};

#[test]
fn errors_of_every_room_are_one_key_away_newest_first() {
    let mut console = Console::new(120, 40);
    console.load("wifi.csv", fleet(2));
    console.send(Msg::Connected(Ok(vec!["the budget's age had to be guessed".to_owned()])));
    console.said(Event::Notice("the connection broke; trying again".into()));
    console.said(Event::Paused { run: RunId(7), why: "cannot reach gears.opswat.com".into() });
    console.said(Event::Rejected { ticket: Ticket(9), why: "the disk is full".into() });
    console.send(Msg::Answer(Answer::Failed("the journal is locked".into())));
    console.send(Msg::Connected(Err(Refused { why: "the client secret cannot be had".into(), missing: false })));
    let text = console.press("!").text();
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is not in:\n{text}"));
    let order = [
        "09:30:00 the client secret cannot be had",
        "09:30:00 the journal is locked",
        "09:30:00 nothing was sent: the disk is full",
        "09:30:00 run 7 waits: cannot reach gears.opswat.com",
        "09:30:00 the connection broke; trying again",
        "09:30:00 the budget's age had to be guessed",
        "09:30:00 wifi.csv: 2 devices",
        "/home/ben/.local/state/gears/log/gears.log",
    ];
    assert!(order.map(place).is_sorted(), "{text}");
}
