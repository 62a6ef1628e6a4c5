//! Tells the program which commit it is made of, where there is a repository.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-env-changed=GEARS_COMMIT");
    let commit = std::env::var("GEARS_COMMIT").ok().or_else(|| git(&["rev-parse", "--short=10", "HEAD"]));
    // What git changes when it moves on; only files that are there, or every build would be a new one.
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let commit = commit.filter(|commit| !commit.is_empty()).map(|commit| format!(" ({commit})"));
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=CONSOLE_VERSION={version}{}", commit.unwrap_or_default());
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
