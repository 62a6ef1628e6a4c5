use super::house::*;

#[test]
fn reading_the_history_makes_nothing() {
    let house = House::new(options());
    let folder = house.home.path().join("nosuchdir");
    let state = folder.to_str().unwrap();
    for arguments in [&["history"][..], &["history", "--open"], &["history", "--export", "all", "--format", "csv"]] {
        house.run(&[arguments, &["--state-dir", state]].concat()).expect(0);
    }
    house.run(&["history", "7", "--state-dir", state]).expect(2).says(&["no run 7"]);
    assert!(!folder.exists());
}

#[test]
fn an_empty_history_says_so() {
    let house = House::new(options());
    let empty = |arguments: &[&str], words: &str| {
        let said = house.run(arguments).expect(0).says(&[words]);
        assert_eq!(said.data, "", "{arguments:?}");
    };
    empty(&["history"], "no runs yet");
    empty(&["history", "--open"], "no device is known to be exempt");
    empty(&["history", "--device", &good(1)[0]], "nothing was ever sent to this device");
    house.run(&["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).expect(0);
    empty(&["history", "--before", "1"], "no runs before this one");
    // Programs get their form all the same.
    let said = house.run(&["history", "--before", "1", "--format", "json"]).expect(0).says(&["no runs before"]);
    assert_eq!(said.json(), serde_json::json!([]));
    let said = house.run(&["history"]).expect(0);
    assert!(said.words.is_empty() && said.data.lines().count() == 2, "{}{}", said.data, said.words);
}

#[test]
fn what_is_wrong_with_the_run_comes_before_the_question() {
    let house = House::new(options());
    let said = house.run(&["resume", "99"]).expect(2).says(&["there is no run 99"]);
    assert!(!said.words.contains("--yes"), "{}", said.words);
    house.run(&["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).expect(0);
    house.run(&["resume", "1", "--yes"]).expect(2).says(&["nothing is left"]);
    house.run(&["resume", "1"]).expect(2).says(&["--yes"]);
}

#[test]
fn a_journal_that_cannot_take_a_run_over_is_3() {
    let house = House::new(script("[[fault]]\non = 'action'\nstatus = 403\n"));
    house.run(&["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).expect(3);
    // A journal that can be read and not written, for root as well.
    let database = house.home.path().join("state/gears/journal.db");
    let sql = "CREATE TRIGGER no_console BEFORE INSERT ON consoles BEGIN SELECT RAISE(FAIL, 'no space'); END";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::{ConnectOptions as _, Connection as _};
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&database);
        let mut connection = options.connect().await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    house.run(&["resume", "1", "--yes"]).expect(3).says(&["journal"]);
}

#[test]
fn a_long_list_of_wide_letters_stands_in_columns() {
    use unicode_width::UnicodeWidthStr as _;
    let house = House::new(options());
    let list = house.file("list.csv", "host,mac\n東京,00:0c:29:00:00:01\nLT-1,00:0c:29:00:00:02\n");
    let data = house.run(&["devices", &list]).expect(0).data;
    let column = |line: &str| line.find("list.csv").map(|at| line[..at].width());
    let columns: Vec<_> = data.lines().skip(1).map(column).collect();
    assert_eq!(columns.len(), 2);
    assert!(columns[0].is_some() && columns[0] == columns[1], "{data}");
}

#[test]
fn faults_that_cannot_be_read_say_what_they_are() {
    let house = House::new(options());
    house.run(&["simulate", "--faults", "nosuch"]).expect(2).says(&["--faults", "nosuch", "[[fault]]"]);
}

#[test]
fn a_user_without_a_variable_has_a_name() {
    let house = House::new(options());
    house.gears().env_remove("USER").args(["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).assert().code(0);
    let user = house.run(&["history", "--format", "json"]).expect(0).json()[0]["user"].as_str().unwrap().to_owned();
    let name = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    assert_eq!(user, String::from_utf8(name).unwrap().trim());
}

#[test]
fn an_interrupt_ends_a_long_history_at_once() {
    use std::os::unix::process::ExitStatusExt as _;
    let house = House::new(options());
    house.long_run(6000);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gears"))
        .env_clear()
        .envs(surroundings(house.home.path()))
        .args(["history", "1", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It has begun to write, and nobody reads on: it waits in the middle.
    let mut pipe = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut pipe, &mut [0; 10]).unwrap();
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(2));
}
