//! The binary as people and scripts call it, against the simulated cloud over real HTTP.

#[path = "cli/bad.rs"]
mod bad;
#[path = "cli/complete.rs"]
mod complete;
#[path = "cli/guide.rs"]
mod guide;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/house.rs"]
mod house;
#[path = "cli/log.rs"]
mod log;
#[path = "cli/logout.rs"]
mod logout;
#[path = "cli/papers.rs"]
mod papers;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/send.rs"]
mod send;
#[path = "cli/settings.rs"]
mod settings;
#[path = "cli/signals.rs"]
mod signals;
#[path = "cli/terminal.rs"]
mod terminal;
