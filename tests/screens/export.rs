//! Results leave the console: copies, and files.

use std::path::PathBuf;
use std::sync::Arc;

use gears_console::export::{Save, SaveError};
use gears_console::tui::app::Effect;
use gears_console::tui::saving::Job;
use gears_console::tui::update::Msg;
use insta::assert_snapshot;

use crate::harness::Console;

/// What went to the clipboard, and what it was called.
fn copied(console: &mut Console) -> Option<(String, String)> {
    console.effects().into_iter().find_map(|effect| match effect {
        Effect::Copy { text, what } => Some((text.to_string(), what)),
        _ => None,
    })
}

fn jobs(console: &mut Console) -> Vec<Job> {
    let effects = console.effects().into_iter();
    effects.filter_map(|effect| if let Effect::Save(job) = effect { Some(*job) } else { None }).collect()
}

#[test]
fn a_row_the_failures_and_all_are_copied() {
    let mut console = crate::done(80, 24);
    console.press("<tab><tab>yy");
    assert_eq!(copied(&mut console).unwrap(), ("00:0c:29:cd:00:00\n".to_owned(), "1 id".to_owned()));
    console.press("yf");
    let (ids, what) = copied(&mut console).unwrap();
    assert_eq!(what, "4 ids");
    assert_eq!(ids.lines().next(), Some("00:0c:29:cd:00:04"));
    console.press("ya");
    assert_eq!(copied(&mut console).unwrap().0.lines().count(), 35);
    console.press("yF");
    let table = copied(&mut console).unwrap().0;
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0], ["id", "device", "outcome", "why"]);
    assert_eq!((rows.len(), rows[1][2]), (5, "failed"));
    console.press("yt");
    assert!(copied(&mut console).unwrap().0.starts_with("run 42 dhcprenew: 31 of 35 devices told to renew"));
}

#[test]
fn devices_are_copied_from_the_list() {
    let mut console = crate::loaded(80, 24);
    console.press("<space><space>ys");
    assert_eq!(copied(&mut console).unwrap().0, "00:0c:29:cd:00:00\n00:0c:29:cd:00:01\n");
    console.press("/lt-00019<enter>ya");
    assert_eq!(copied(&mut console).unwrap().0, "00:0c:29:cd:00:02\n");
    console.press("<esc>Ays");
    assert_eq!(copied(&mut console), None);
    assert!(console.text().contains("nothing to copy"));
    console.send(Msg::Copied(Ok("2 ids copied, by way of tmux".to_owned())));
    assert!(console.text().contains("2 ids copied"));
}

#[test]
fn a_run_is_saved_when_it_is_over_and_over_no_file() {
    let mut console = crate::loaded(80, 24);
    console.press("e");
    assert!(console.text().contains("no run yet"));
    let mut console = crate::running(80, 24);
    console.press("e");
    assert!(console.text().contains("it is saved when it is over"));
    let mut console = crate::done(80, 24);
    console.press("e<tab><enter>");
    let job = jobs(&mut console).remove(0);
    assert_eq!((job.kind, job.overwrite, job.outcomes.len()), (Save::Xlsx, false, 35));
    assert_eq!(job.path, PathBuf::from("gears-run-42-dhcprenew-20260301-093000.xlsx"));
    console.send(Msg::Saving(14));
    assert_snapshot!("saving", console.text());
    console.send(Msg::Saved(Err(Arc::new(SaveError::Exists))));
    assert_snapshot!("save_exists", console.text());
    console.press("<enter>");
    assert!(jobs(&mut console)[0].overwrite);
    console.send(Msg::Saved(Err(Arc::new(SaveError::Exists))));
    // Another name has not been asked about.
    console.press("<ctrl-u>b<enter>");
    let job = jobs(&mut console).remove(0);
    assert_eq!((job.path, job.overwrite), (PathBuf::from("b"), false));
    console.send(Msg::Saved(Ok(())));
    assert!(console.text().contains("saved: b"));
}

#[test]
fn a_save_is_stopped_and_a_failed_one_is_asked_again() {
    let mut console = crate::done(80, 24);
    console.press("e<enter><esc>");
    let job = jobs(&mut console).remove(0);
    assert!(job.stop.load(std::sync::atomic::Ordering::Relaxed));
    console.send(Msg::Saved(Err(Arc::new(SaveError::Stopped))));
    assert!(console.text().contains("not saved: it was stopped"));
    console.press("e<enter>");
    let refused = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    console.send(Msg::Saved(Err(Arc::new(SaveError::Io(refused)))));
    assert!(console.text().contains("permission denied"), "{}", console.text());
    assert!(console.text().contains("gears-run-42"));
}

#[test]
fn a_run_names_the_window_and_calls_when_it_ends() {
    let mut console = crate::loaded(80, 24);
    assert_eq!(console.app.title(), None);
    console = crate::running(80, 24);
    assert_eq!(console.app.title().unwrap(), "gears 20/35 ✗1 ?1");
    let console = crate::done(80, 24);
    assert_eq!(console.app.title().unwrap(), "gears 35/35 ✗2 ?2");
    assert_eq!(console.calls(), ["run 42: 31 of 35 devices told to renew, 2 failed, 2 unknown"]);
}

#[test]
fn one_save_at_a_time_and_each_of_its_own_run() {
    let mut console = crate::done(80, 24);
    console.press("e<enter>");
    jobs(&mut console);
    console.press("e");
    assert!(console.app.dialog.is_none(), "{}", console.text());
    // Another run is on screen when the save fails.
    console.press("n<space>1<enter><enter>");
    console.accept();
    console.send(Msg::Saved(Err(Arc::new(SaveError::Exists))));
    assert!(console.text().contains("Save run 42"), "{}", console.text());
    console.press("<enter>");
    let job = jobs(&mut console).remove(0);
    assert_eq!((job.run.0, job.outcomes.len()), (42, 35));
}
