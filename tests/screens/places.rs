//! The first start, setting up, and going to another profile.

use gears_console::tui::app::{Effect, Leave, Options};
use gears_console::tui::asker::Answer;
use gears_console::tui::connect::{Keep, Profile, Refused, SetUp, To};
use gears_console::tui::update::Msg;
use insta::assert_snapshot;
use secrecy::ExposeSecret as _;

use crate::harness::{Console, fleet, options};

fn refused(why: &str, missing: bool) -> Msg {
    Msg::Connected(Err(Refused { why: why.into(), missing }))
}

/// A console that nobody has set up.
fn fresh(width: u16, height: u16) -> Console {
    let mut console = Console::unconnected(width, height, Options { profile: None, ..options() });
    console.send(refused("no credentials: set GEARS_CLIENT_KEY", true));
    console
}

fn profiles() -> Vec<Profile> {
    let profile =
        |name: &str, host: &str, read_only| Profile { name: name.to_owned(), host: host.to_owned(), read_only };
    vec![
        profile("acme-prod", "gears.opswat.com", false),
        profile("acme-test", "gears.opswat.com", true),
        profile("müller\u{1b}[31m", "eu.example.com", false),
    ]
}

fn gone_to(console: &mut Console) -> Vec<To> {
    let effects = console.effects().into_iter();
    effects.filter_map(|effect| if let Effect::Connect(to) = effect { Some(to) } else { None }).collect()
}

#[test]
fn the_first_start_says_what_is_missing_and_what_can_be_done() {
    for (width, height) in [(80, 24), (60, 16), (40, 10)] {
        assert_snapshot!(format!("welcome_{width}x{height}"), fresh(width, height).text());
    }
    let mut console = fresh(80, 24);
    console.press("x").press("d");
    assert!(matches!(gone_to(&mut console)[..], [To::Demo]));
    console.send(Msg::Arrived(Box::new(Options { demo: true, ..options() })));
    console.send(Msg::Connected(Ok(Vec::new())));
    assert!(console.text().contains("nothing here is real"), "{}", console.text());
    let mut console = fresh(80, 24);
    console.press("q");
    assert!(matches!(console.effects()[..], [Effect::Quit(Leave::Calmly)]));
    let mut console = fresh(80, 24);
    console.press("<esc>");
    console.load("wifi.csv", fleet(3)).press("a<enter>");
    assert!(console.text().contains("no credentials"), "{}", console.text());
    // It can be set up later as well.
    console.press("P<down>");
    assert!(console.text().contains("▸ set up"), "{}", console.text());
}

#[test]
fn what_was_set_up_is_tried_and_the_secret_is_not_shown() {
    let mut console = fresh(80, 24);
    console.press("skey-1<tab>");
    assert_snapshot!("set_up_keep", console.text());
    console.press("<enter>hunter2");
    assert_snapshot!("set_up_secret", console.text());
    assert!(!format!("{:?}", console.app).contains("hunter2"));
    console.press("<enter>");
    let [To::SetUp(set_up)] = &gone_to(&mut console)[..] else { panic!("it is tried") };
    let SetUp { profile, host, key, keep, secret, command } = &**set_up;
    assert_eq!((profile, host.as_str(), key.as_str()), (&None, "gears.opswat.com", "key-1"));
    assert_eq!((*keep, secret.expose_secret(), command.as_str()), (Keep::File, "hunter2", ""));
    assert!(!format!("{set_up:?}").contains("hunter2"));
    console.press("x");
    assert_snapshot!("set_up_busy", console.text());
    console.send(refused("the cloud does not know this client key, or the secret is another", false));
    assert_snapshot!("set_up_refused", console.text());
    // Mended, and tried again; given up while it is tried.
    console.press("x<enter><esc>");
    assert_eq!(gone_to(&mut console).len(), 1);
    assert!(console.text().contains("not connected to gears.opswat.com"), "{}", console.text());
}

#[test]
fn a_form_says_what_it_lacks_and_takes_pastes_as_text() {
    let mut console = fresh(80, 24);
    console.press("s<tab><space><tab><enter>");
    assert!(console.text().contains("the client key is wanted"), "{}", console.text());
    console.send(Msg::Paste("key-2\r\n".to_owned()));
    console.press("<tab><tab><enter>");
    assert!(console.text().contains("the command is wanted"), "{}", console.text());
    console.press("pass show gears<enter>");
    let [To::SetUp(set_up)] = &gone_to(&mut console)[..] else { panic!("it is tried") };
    assert_eq!(
        (set_up.key.as_str(), set_up.keep, set_up.command.as_str()),
        ("key-2", Keep::Command, "pass show gears")
    );
}

#[test]
fn another_profile_is_gone_to_but_not_while_a_run_is_on() {
    let mut console = crate::running(80, 24);
    console.press("P");
    assert!(console.text().contains("a run is on: another profile when it is over"));
    let mut console = crate::done(80, 24);
    console.app.options.profiles = profiles();
    console.press("P");
    assert_snapshot!("places", console.text());
    console.press("<down><enter>");
    assert!(console.text().contains("connecting to acme-test"));
    // Nothing is sent in between, and not two ways at once.
    console.press("a<enter>");
    assert!(!console.text().contains("Send?"));
    console.press("P<enter>");
    let gone = gone_to(&mut console);
    assert!(matches!(&gone[..], [To::Profile(name)] if name == "acme-test"), "{gone:?}");
    let there = Options { profile: Some("acme-test".to_owned()), profiles: profiles(), read_only: true, ..options() };
    console.send(Msg::Arrived(Box::new(there)));
    console.send(Msg::Connected(Ok(Vec::new())));
    // The list is still there; the runs of the other place are not, and nothing is selected.
    assert_snapshot!("arrived", console.text());
}

#[test]
fn where_it_cannot_go_the_console_stays() {
    let mut console = crate::done(80, 24);
    console.app.options.profiles = profiles();
    console.press("P<down><enter>");
    console.send(refused("the file /x is not there", false));
    assert!(console.text().contains("the file /x is not there") && console.text().contains("acme-prod"));
    console.press("r");
    assert!(console.text().contains("Send?"), "it still sends where it was\n{}", console.text());
    // A secret that only the operator has is asked for.
    console.press("<esc>P<down><enter>");
    console.send(refused("the client secret is missing: set GEARS_CLIENT_SECRET", true));
    assert!(console.text().contains("Set up acme-test"), "{}", console.text());
}

#[test]
fn sample_devices_stay_in_the_simulation() {
    let mut console = Console::with(80, 24, Options { demo: true, ..options() });
    console.load(gears_console::simulator::SAMPLE_LIST, fleet(5)).press("d");
    console.load("wifi.csv", fleet(7).split_off(5)).press("a");
    console.app.options.profiles = profiles();
    console.press("P<enter>");
    console.send(Msg::Arrived(Box::new(Options { profiles: profiles(), ..options() })));
    assert_eq!((console.app.list.devices().len(), console.app.selection.all), (2, 0), "{}", console.text());
    // What undo brings back is not selected either.
    console.press("u").press("u");
    assert_eq!(console.app.selection.all, 0);
}

#[test]
fn nothing_set_up_is_overwritten() {
    let mut console = crate::done(80, 24);
    console.app.options.profiles = profiles();
    console.press("PG<enter>");
    assert_snapshot!("set_up_named", console.text());
    console.press("acme-test<enter><enter>key<enter><enter>secret<enter>");
    assert!(console.text().contains("there is a profile of this name"), "{}", console.text());
    console.press("2<tab><tab><tab><tab><enter>");
    let [To::SetUp(set_up)] = &gone_to(&mut console)[..] else { panic!("it is tried") };
    assert_eq!(set_up.profile.as_deref(), Some("acme-test2"));
}

#[test]
fn no_run_goes_on_while_the_console_goes_elsewhere() {
    let mut console = Console::new(80, 24);
    let unfinished = vec![crate::past::cut_off()];
    console.send(Msg::Answer(Answer::AtStart { unfinished, forgotten: 0 }));
    console.wait(std::time::Duration::from_secs(1));
    console.app.options.profiles = profiles();
    console.app.going = Some(To::Profile("acme-test".to_owned()));
    console.press("800<enter>dd");
    assert!(console.effects().is_empty(), "it would go on here, or be left so, while the console leaves");
    // And the other way round: a run that is about to go on keeps the console.
    console.app.going = None;
    console.press("<enter>");
    assert!(matches!(console.effects()[..], [Effect::Ask(_)]));
    console.press("P");
    assert!(console.text().contains("a run is on"), "{}", console.text());
}
