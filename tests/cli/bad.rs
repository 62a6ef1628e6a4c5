use super::house::*;

/// One sentence that names the thing, exit 2, and nothing sent.
#[track_caller]
fn refused(house: &House, arguments: &[&str], parts: &[&str]) {
    let said = house.run(arguments).expect(2).says(parts);
    assert!(said.data.is_empty(), "data: {}", said.data);
    assert!(house.sent().is_empty());
}

#[test]
fn bad_usage_is_2_and_nothing_is_sent() {
    let house = House::new(options());
    let mac = &good(1)[0];
    let base = ["send", "--yes", "-a", "dhcprenew"];
    let with = |extra: &[&'static str]| -> Vec<String> {
        base.iter().chain(extra).map(|text| (*text).to_owned()).chain([mac.clone()]).collect()
    };
    for (extra, parts) in [
        (&["--rate", "10"][..], &["--rate", "“10”", "10/60s"][..]),
        (&["--rate", "0/60s"], &["--rate", "0 requests"]),
        (&["--batch-size", "0"], &["--batch-size", "“0”"]),
        (&["--timeout", "30"], &["--timeout", "unit"]),
        (&["--base-url", "gears.opswat.com"], &["--base-url", "https://gears.opswat.com"]),
        (&["--base-url", "https://host/o/"], &["--base-url", "only scheme and host"]),
        (&["--format", "jsn"], &["jsn", "json"]),
        (&["--id-mode", "ip"], &["ip", "hwid"]),
        (&["--colour", "never"], &["--colour", "--color"]),
        (&["--profile", "acme"], &["acme", "[profile.NAME]"]),
        (&["--config", "/nowhere/gears.toml"], &["/nowhere/gears.toml", "gears config init"]),
        (&["--max-unpacked", "big"], &["--max-unpacked", "512MiB"]),
        (&["--reasn", "x"], &["--reasn", "--reason"]),
    ] {
        let arguments = with(extra);
        refused(&house, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), parts);
    }
    refused(&house, &["send", "--yes", "-a", "exempt", mac], &["exempt", "exempt_all"]);
    refused(&house, &["send", "--yes", mac], &["--action"]);
    refused(&house, &["send", "-a", "dhcprenew", "--yes"], &["name a file, an id, or -"]);
    refused(&house, &["send", "-a", "dhcprenew", mac], &["--yes"]);
    refused(&house, &["--demo", mac, "send", "-a", "dhcprenew", "--yes"], &["-a"]);
}

#[test]
fn bad_lists_are_2_and_nothing_is_sent() {
    let house = House::new(options());
    let folder = house.home.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    let empty = house.file("empty.csv", "");
    let binary =
        house.file("program.bin", [0x7f, b'E', b'L', b'F', 0, 0, 1, 2, 0xff, 0xfe, 0, 0x80, 3, 0, 0, 9].repeat(64));
    let idless = house.file("idless.txt", "dear helpdesk,\nplease renew my laptop\n");
    for (argument, part) in [
        ("no-such-file.csv", "no-such-file.csv"),
        (folder.to_str().unwrap(), "folder"),
        (&*empty, "empty.csv"),
        (&*binary, "program.bin"),
        (&*idless, "no device"),
        ("histroy", "the command history"),
    ] {
        refused(&house, &["send", "-a", "dhcprenew", "--yes", argument], &[part]);
    }
    let unreadable = house.file("unreadable.csv", good(1)[0].clone());
    std::fs::set_permissions(&unreadable, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read(&unreadable).is_err() {
        refused(&house, &["send", "-a", "dhcprenew", "--yes", &unreadable], &["unreadable.csv"]);
    }
}

#[test]
fn the_console_does_not_open_on_what_is_wrong() {
    let house = House::new(options());
    refused(&house, &["missing.csv"], &["missing.csv"]);
    refused(&house, &["--rate", "x"], &["--rate"]);
    refused(&house, &["--mouse", "maybe"], &["--mouse"]);
    house.file("config/gears/config.toml", "colr = 'never'\n");
    house.run(&[]).expect(3).says(&["line 1", "color"]);
}

#[test]
fn one_bad_list_among_good_ones_sends_nothing() {
    let house = House::new(options());
    refused(&house, &["send", "-a", "dhcprenew", "--yes", &good(1)[0], "missing.csv"], &["missing.csv"]);
}

#[test]
fn control_characters_from_the_command_line_are_marks() {
    let house = House::new(options());
    for arguments in [
        &["send", "-a", "dhcprenew", "--yes", "\u{1b}[31mred\u{7}.csv"][..],
        &["send", "-a", "\u{1b}[31mred\u{7}", "x"],
        &["send", "--\u{1b}[31mred\u{7}", "x"],
        &["--rate", "\u{1b}[31mred\u{7}", "send", "-a", "dhcprenew", "--yes", "x"],
        &["man", "\u{1b}[31mred\u{7}"],
        &["config", "show", "--profile", "\u{1b}[31mred\u{7}"],
    ] {
        let said = house.run(arguments).expect(2);
        assert!(said.words.contains("␛[31mred␇"), "{arguments:?}: {}", said.words);
        assert!(!said.words.contains(['\u{1b}', '\u{7}']), "{:?}", said.words);
    }
}

#[test]
fn wrong_surroundings_are_3_and_nothing_is_sent() {
    let house = House::new(options());
    let mac = &good(1)[0];
    let send = ["send", "-a", "dhcprenew", "--yes", mac];
    let with = |name: &str, value: &str| -> Said { house.gears().env(name, value).args(send).output().unwrap().into() };
    with("GEARS_CLIENT_SECRET", "").expect(3).says(&["GEARS_CLIENT_SECRET", "--demo"]);
    with("GEARS_CLIENT_SECRET", "wrong").expect(3);
    with("GEARS_RATE", "fast").expect(3).says(&["GEARS_RATE", "10/60s"]);
    with("GEARS_BASE_URL", "http://gears.opswat.com").expect(3).says(&["https"]);
    with("GEARS_READ_ONLY", "true").expect(3).says(&["read-only", "GEARS_READ_ONLY"]);
    house.run(&["--read-only", "send", "-a", "dhcprenew", "--yes", mac]).expect(3).says(&["read-only"]);
    with("GEARS_CA_FILE", "/nowhere/ca.pem").expect(3).says(&["/nowhere/ca.pem"]);
    with("GEARS_REQUIRE_REASON", "dhcprenew").expect(2).says(&["--reason"]);
    assert!(house.sent().is_empty());
    house.gears().env("GEARS_REQUIRE_REASON", "true").args(send).args(["--reason", "INC1"]).assert().code(0);

    house.file("config/gears/config.toml", "rate = '10/60s'\nbach_size = 3\n");
    house.run(&send).expect(3).says(&["config.toml, line 2", "batch_size"]);
}

#[test]
fn a_cloud_that_is_not_there_is_3() {
    let house = House::new(options());
    let mut gears = house.gears();
    gears.env("GEARS_BASE_URL", "http://127.0.0.1:9").args(["send", "-a", "dhcprenew", "--yes", "--format", "json"]);
    let said =
        Said::from(gears.arg(&good(1)[0]).output().unwrap()).expect(3).says(&["cannot be reached", "127.0.0.1:9"]);
    assert_eq!(said.json()["devices"][0]["outcome"], "not_sent");
}

#[test]
fn a_slip_in_a_protecting_variable_is_told() {
    let house = House::new(options());
    let mut gears = house.gears();
    gears.env("GEARS_READ_ONYL", "true").args(["send", "-a", "dhcprenew", "--yes", &good(1)[0]]);
    Said::from(gears.output().unwrap()).expect(0).says(&["GEARS_READ_ONYL", "GEARS_READ_ONLY"]);
}

#[test]
fn a_run_that_cannot_be_recorded_is_not_sent() {
    let house = House::new(options());
    let send = ["send", "-a", "dhcprenew", "--yes", &good(1)[0], "--state-dir"];
    let run = |arguments: &[&str]| house.run(&[&send, arguments].concat());
    run(&["/dev/null"]).expect(3).says(&["/dev/null", "--no-journal"]);
    assert!(house.sent().is_empty());
    run(&["/dev/null", "--no-journal"]).expect(0).says(&["The budget is not shared", "/dev/null"]);
}

#[test]
fn a_cloud_that_refuses_us_is_3() {
    let house = House::new(script("[[fault]]\nstatus = 403\ntimes = 0\n"));
    house.run(&["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).expect(3);
}

#[test]
fn a_list_of_hardware_ids_says_how_it_is_read() {
    let house = House::new(options());
    let list = house.file("ids.txt", "KZ60M9CW7L1L218D\nKZ60M9CW7L1L218E\n");
    refused(&house, &["send", "--yes", "-a", "dhcprenew", &list], &["no device found", "--id-mode hwid"]);
    house.run(&["devices", &list]).expect(2).says(&["no device found", "--id-mode hwid"]);
    let found = house.run(&["devices", "--id-mode", "hwid", &list]).expect(0);
    assert!(!found.words.contains("--id-mode") && found.data.contains("KZ60M9CW7L1L218E"), "{}", found.words);
    let mixed = house.file("mixed.txt", "00:0c:29:cd:c7:b2\n00:0c:29:cd:c7:b3\nKZ60M9CW7L1L218D\n");
    let found = house.run(&["devices", "--format", "ndjson", &mixed]).expect(0);
    assert!(found.data.contains("--id-mode hwid"), "{}", found.data);
}
