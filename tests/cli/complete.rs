use std::path::Path;

use super::house::*;

/// What is offered for the last word of a line, with its help where the shell shows it.
fn offered(house: &House, line: &[&str]) -> Vec<String> {
    let said = Said::from(house.gears().env("GEARS_COMPLETE", "fish").arg("--").args(line).output().unwrap()).expect(0);
    assert_eq!(said.words, "");
    said.data.lines().map(str::to_owned).collect()
}

/// Every path below a folder, with its time of change; but not that of the memory in which readers note that they read.
fn trace(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let told = |path: &Path| {
        let time = path.metadata().unwrap().modified().ok().filter(|_| !path.ends_with("journal.db-shm"));
        format!("{} {time:?}", path.display())
    };
    paths.iter().flat_map(|path| [vec![told(path)], trace(path)].concat()).collect()
}

#[test]
fn runs_are_offered_newest_first_with_action_and_date() {
    let house = House::new(options());
    for action in ["dhcprenew", "exempt_all"] {
        house.run(&["send", "-a", action, "--yes", &good(1)[0]]).expect(0);
    }
    let state = house.home.path().join("state");
    let before = trace(&state);
    for command in ["resume", "history"] {
        let offered = offered(&house, &["gears", command, ""]);
        let runs: Vec<&String> = offered.iter().filter(|line| line.starts_with(char::is_numeric)).collect();
        assert_eq!(runs.len(), 2, "{offered:?}");
        assert!(runs[0].starts_with("2\texempt_all 20") && runs[1].starts_with("1\tdhcprenew 20"), "{runs:?}");
    }
    assert_eq!(offered(&house, &["gears", "history", "--before", "2"]).len(), 1);
    assert_eq!(trace(&state), before, "a completion leaves no trace");
    let elsewhere = ["gears", "--state-dir", "/nowhere", "resume", ""];
    assert!(!offered(&house, &elsewhere).iter().any(|line| line.starts_with(char::is_numeric)));
}

#[test]
fn a_journal_that_is_in_use_or_none_is_no_trouble() {
    let house = House::new(options());
    let numbers = |house: &House| {
        let offered = offered(house, &["gears", "resume", ""]);
        offered.iter().filter(|line| line.starts_with(char::is_numeric)).count()
    };
    assert_eq!(numbers(&house), 0);
    assert_eq!(trace(&house.home.path().join("state")), [""; 0]);
    // While a run is on, its console has the journal open.
    let house = House::new(script("[[fault]]\non = 'action'\nhang = 'head'\n"));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gears"))
        .env_clear()
        .envs(surroundings(house.home.path()))
        .envs(house.cloud())
        .args(["send", "-a", "dhcprenew", "--yes", &good(1)[0]])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while house.sent().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "the run hangs");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(numbers(&house), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    for name in ["journal.db-wal", "journal.db-shm"] {
        std::fs::remove_file(house.home.path().join("state/gears").join(name)).unwrap();
    }
    house.file("state/gears/journal.db", "no journal at all, but long enough to look like one".repeat(100));
    assert_eq!(numbers(&house), 0);
}

#[test]
fn profiles_come_from_the_configuration_of_the_line() {
    let house = House::new(options());
    house.file("config/gears/config.toml", "[profile.acme-prod]\n[profile.acme-test]\n[profile.'a b; rm']\n");
    assert_eq!(offered(&house, &["gears", "check", "--profile", ""]), ["acme-prod", "acme-test"]);
    assert_eq!(offered(&house, &["gears", "--profile", "acme-t"]), ["acme-test"]);
    let other = house.file("other.toml", "[profile.other]\n");
    assert_eq!(offered(&house, &["gears", "--config", &other, "send", "--profile", ""]), ["other"]);
    house.file("config/gears/config.toml", "what is this");
    assert_eq!(offered(&house, &["gears", "--profile", ""]), [""; 0]);
}

#[test]
fn words_that_are_known_are_offered() {
    let house = House::new(options());
    for (line, wanted) in [
        (&["gears", "send", "--action", ""][..], &["dhcprenew", "exempt_all", "unexempt"][..]),
        (&["gears", "completions", ""], &["bash", "elvish", "fish", "powershell", "zsh"]),
        (&["gears", "--log-level", "d"], &["debug"]),
        (&["gears", "resume", "--unknown", ""], &["yes", "no"]),
        (&["gears", "logo"], &["logout"]),
    ] {
        let offered = offered(&house, line);
        let words: Vec<&str> = offered.iter().map(|line| line.split('\t').next().unwrap()).collect();
        let missing: Vec<_> = wanted.iter().filter(|word| !words.contains(word)).collect();
        assert!(missing.is_empty(), "{line:?}: {words:?}");
    }
}

#[test]
fn bash_asks_the_gears_of_its_path() {
    let house = House::new(options());
    house.file("config/gears/config.toml", "[profile.acme-prod]\n");
    let gears = Path::new(env!("CARGO_BIN_EXE_gears"));
    let path = format!("{}:{}", gears.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let script = "source <(gears completions bash); COMP_WORDS=(gears --profile acme); COMP_CWORD=2; COMP_TYPE=9; \
                  _clap_complete_gears gears acme --profile; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash")
        .env_clear()
        .envs(surroundings(house.home.path()))
        .env("PATH", path)
        .args(["-c", script])
        .output()
        .unwrap();
    let said = Said::from(output);
    assert_eq!(said.data.trim(), "acme-prod", "{}", said.words);
}
