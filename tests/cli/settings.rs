use super::house::*;
use serde_json::Value;

fn shown(house: &House, environment: &[(&str, &str)], arguments: &[&str], key: &str) -> (Value, String) {
    let mut gears = house.gears();
    gears.env_remove("GEARS_BASE_URL").envs(environment.iter().copied()).args(["config", "show", "--format", "json"]);
    let said = Said::from(gears.args(arguments).output().unwrap()).expect(0);
    let setting = said.json()["settings"][key].clone();
    (setting["value"].clone(), setting["from"].as_str().unwrap().to_owned())
}

#[test]
fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
    let house = House::new(options());
    let rate = |environment: &[(&str, &str)], arguments: &[&str]| {
        let (value, from) = shown(&house, environment, arguments, "rate");
        (value.as_str().unwrap().to_owned(), from)
    };
    let told = |value: &str, from: &str| (value.to_owned(), from.to_owned());
    assert_eq!(rate(&[], &[]), told("10/60s", "default"));
    house.file("config/gears/config.toml", "rate = '1/1s'\n[profile.a]\nrate = '2/1s'\n");
    assert_eq!(rate(&[], &[]), told("1/1s", "file, line 1"));
    assert_eq!(rate(&[("GEARS_PROFILE", "a")], &[]), told("2/1s", "profile a, line 3"));
    assert_eq!(rate(&[("GEARS_RATE", "3/1s")], &["--profile", "a"]), told("3/1s", "environment, GEARS_RATE"));
    assert_eq!(rate(&[("GEARS_RATE", "3/1s")], &["--profile", "a", "--rate", "4/1s"]), told("4/1s", "command line"));
    let other = house.file("other.toml", "rate = '5/1s'\n");
    assert_eq!(rate(&[("GEARS_CONFIG", &other)], &[]), told("5/1s", "file, line 1"));
}

#[test]
fn a_setting_does_what_it_says() {
    let house = House::new(options());
    house.file("config/gears/config.toml", "batch_size = 2\nrequire_reason = true\n");
    let list = house.file("a.txt", good(4).join("\n"));
    house.run(&["send", "-a", "unexempt", "--yes", &list]).expect(2).says(&["reason", "line 2"]);
    house.run(&["send", "-a", "unexempt", "--yes", "--reason", "INC1", &list]).expect(0);
    assert_eq!(house.sent().iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn the_sample_is_written_once() {
    let house = House::new(options());
    let path = house.home.path().join("config/gears/config.toml");
    assert_eq!(house.run(&["config", "path"]).expect(0).data.trim(), path.to_str().unwrap());
    house.run(&["config", "init"]).expect(0);
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, gears_console::config::SAMPLE);
    std::fs::write(&path, "rate = '7/1s'\n").unwrap();
    house.run(&["config", "init"]).expect(2).says(&["already"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "rate = '7/1s'\n");
    let table = house.run(&["config", "show"]).expect(0).data;
    assert!(
        table.lines().any(|line| line.starts_with("rate ") && line.contains("7/1s") && line.ends_with("file, line 1")),
        "{table}"
    );
}

#[test]
fn keys_are_read_and_their_mistakes_are_named() {
    let house = House::new(options());
    let show = |keys: &str| {
        house.file("config/gears/config.toml", format!("rate = '1/1s'\n[keys]\n{keys}\n"));
        house.run(&["config", "show"])
    };
    let table = show("select-all = ['ж', 'F5']\nstop-run = []").expect(0).data;
    let row = |name: &str, value: &str, from: &str| {
        let found = table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{table}"));
        assert!(found.contains(value) && found.ends_with(from), "{found}");
    };
    row("keys.select-all ", " ж f5 ", "file, line 3");
    row("keys.stop-run ", " – ", "file, line 4");
    assert!(!table.contains("keys.send"), "{table}");
    show("send = 'a'").expect(3).says(&["line 3", "keys.send", "“a”", "select-all"]);
    show("sned = 'a'").expect(3).says(&["line 3", "sned", "did you mean send?"]);
    show("send = 'entre'").expect(3).says(&["line 3", "entre", "did you mean enter?"]);
    show("quit = []").expect(3).says(&["line 3", "keys.quit", "must have a key"]);
    show("[profile.a.keys]\nsend = 'x'").expect(3).says(&["cannot differ by profile"]);
    house.file("config/gears/config.toml", "[keys]\nsend = 's'\nselect-by-outcome = 'S'\n");
    let json = house.run(&["config", "show", "--format", "json"]).expect(0).json();
    assert_eq!(json["keys"]["send"], serde_json::json!({"value": ["s"], "from": "file, line 2"}));
    assert_eq!(json["keys"]["quit"], serde_json::json!({"value": ["q", "ctrl-c"], "from": "default"}));
}

#[test]
fn a_theme_is_looked_for_before_it_is_needed() {
    let house = House::new(options());
    let check = |theme: &str| {
        house.file("config/gears/config.toml", format!("rate = '1/1s'\ntheme = '{theme}'\n"));
        let said = house.run(&["check"]);
        said.data.lines().find(|line| line.contains("configuration")).unwrap().to_owned()
    };
    assert!(check("dark").starts_with("ok"), "{}", check("dark"));
    for (theme, part) in [("drak", "did you mean dark?"), ("mine", "themes/mine.toml"), ("a/b.toml", "a/b.toml")] {
        let line = check(theme);
        assert!(line.starts_with("wrong") && line.contains(part) && line.contains("line 2"), "{line}");
    }
    house.file("config/gears/themes/mine.toml", "failed = 'red'\nsuceeded = 'green'\n");
    let line = check("mine");
    assert!(line.contains("mine.toml, line 2") && line.contains("did you mean succeeded?"), "{line}");
    house.file("config/gears/themes/mine.toml", "failed = 'red'\n");
    assert!(check("mine").starts_with("ok"));
    // Without the console nobody needs it.
    house.file("config/gears/config.toml", "theme = 'drak'\n");
    house.run(&["config", "show"]).expect(0);
}

#[test]
fn an_edit_is_checked() {
    let house = House::new(options());
    let edit = |editor: &str| -> Said {
        house.gears().env("EDITOR", editor).args(["config", "edit"]).output().unwrap().into()
    };
    edit("true").expect(0).says(&["fine"]);
    edit("sed -i '1i raet = 1'").expect(3).says(&["raet", "rate"]);
    edit("no-such-editor").expect(3).says(&["no-such-editor"]);
}

#[test]
fn without_a_terminal_no_editor_of_ours_is_started() {
    let house = House::new(options());
    let path = house.home.path().join("config/gears/config.toml");
    house.run(&["config", "edit"]).expect(2).says(&["no terminal", path.to_str().unwrap(), "$EDITOR"]);
    assert!(!path.exists());
}

#[test]
fn check_looks_at_everything() {
    let house = House::new(options());
    let said = house.run(&["check", "--format", "json"]).expect(0);
    let lines = said.json();
    let ok = |check: &str| {
        lines.as_array().unwrap().iter().find(|line| line["check"] == check).map(|line| line["ok"].clone())
    };
    for check in [
        "configuration",
        "cloud",
        "state folder",
        "credentials",
        "journal",
        "proxy",
        "name",
        "connection",
        "token",
        "account",
        "clock",
        "budget",
        "terminal",
    ] {
        assert_eq!(ok(check), Some(Value::Bool(true)), "{check}: {}", said.data);
    }
    assert_eq!(house.simulator.received().len(), 2, "a token and the account");
}

#[test]
fn check_says_what_is_wrong_with_3() {
    let house = House::new(options());
    let with =
        |name: &str, value: &str| -> Said { house.gears().env(name, value).arg("check").output().unwrap().into() };
    let wrong = |said: Said, check: &str, part: &str| {
        let said = said.expect(3);
        let line = said.data.lines().find(|line| line.starts_with("wrong") && line.contains(check));
        assert!(line.is_some_and(|line| line.contains(part)), "{check}: {}", said.data);
    };
    wrong(with("GEARS_CLIENT_SECRET", "wrong"), "token", "check client key and secret");
    wrong(with("GEARS_CLIENT_SECRET", ""), "credentials", "GEARS_CLIENT_SECRET");
    wrong(with("GEARS_BASE_URL", "http://127.0.0.1:9"), "connection", "");
    wrong(with("GEARS_BASE_URL", "http://example.org"), "cloud", "https");
    wrong(with("GEARS_READ_ONYL", "1"), "configuration", "GEARS_READ_ONLY");
    wrong(with("GEARS_STATE_DIR", "/dev/null"), "state folder", "no folder");
    wrong(with("GEARS_RATE", "x"), "configuration", "GEARS_RATE");
    wrong(with("GEARS_CA_FILE", "nothing.pem"), "connection", "nothing.pem");
}
