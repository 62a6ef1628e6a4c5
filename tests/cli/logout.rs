use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::house::*;
use gears_console::simulator::{KEY, SECRET};

fn private(house: &House, name: &str) -> String {
    let path = house.file(name, SECRET);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn logout(house: &House, arguments: &[&str]) -> Said {
    gears_at(house.home.path()).arg("logout").args(arguments).output().unwrap().into()
}

#[test]
fn what_is_kept_in_our_folder_is_forgotten() {
    let house = House::new(options());
    let secret = private(&house, "config/gears/client_secret");
    let of_profile = private(&house, "config/gears/client_secret-acme");
    let token = private(&house, "config/gears/token-acme");
    house.file(
        "config/gears/config.toml",
        format!(
            "client_key = '{KEY}'\nclient_secret_file = 'client_secret'\n\
             [profile.acme]\nclient_secret_file = 'client_secret-acme'\naccess_token_file = 'token-acme'\n"
        ),
    );
    let there = || [&secret, &of_profile, &token].map(|path| Path::new(path).exists());
    logout(&house, &[]).expect(0).says(&["forgot", &secret, "client_secret_file (file, line 2)"]);
    assert_eq!(there(), [false, true, true]);
    logout(&house, &[]).expect(0).says(&["nothing was kept"]);
    logout(&house, &["--profile", "acme"]).expect(0).says(&[&of_profile, &token, "profile acme, line 4"]);
    assert_eq!(there(), [false, false, false]);
    for path in ["config/gears/client_secret", "config/gears/client_secret-acme", "config/gears/token-acme"] {
        private(&house, path);
    }
    logout(&house, &["--all"]).expect(0).says(&[&secret, &of_profile, &token]);
    assert_eq!(there(), [false, false, false]);
    assert!(house.home.path().join("config/gears/config.toml").exists());
}

#[test]
fn what_is_elsewhere_is_named_and_left() {
    let house = House::new(options());
    let elsewhere = private(&house, "secrets/client_secret");
    let linked = private(&house, "secrets/token");
    let folder = house.home.path().join("config/gears");
    house.file(
        "config/gears/config.toml",
        "client_secret_file = '../../secrets/client_secret'\naccess_token_file = 'token'\n",
    );
    std::os::unix::fs::symlink(&linked, folder.join("token")).unwrap();
    let unnamed = private(&house, "config/gears/unnamed");
    let said = logout(&house, &["--all"]).expect(0).says(&["is left as it is", "secrets/client_secret"]);
    assert!(!said.words.contains("nothing was kept"), "{}", said.words);
    for path in [&elsewhere, &linked, &unnamed] {
        assert!(Path::new(path).exists(), "{path}");
    }
    assert!(folder.join("token").exists());
}

#[test]
fn what_others_keep_is_said() {
    let house = House::new(options());
    house.file("config/gears/config.toml", "client_secret_command = 'pass show gears'\n");
    let mut gears = gears_at(house.home.path());
    gears.env("GEARS_CLIENT_SECRET", SECRET).env("GEARS_ACCESS_TOKEN", "t0ken").env("CREDENTIALS_DIRECTORY", "/run/c");
    let said = Said::from(gears.arg("logout").output().unwrap()).expect(0);
    let said = said.says(&["unset GEARS_CLIENT_SECRET", "unset GEARS_ACCESS_TOKEN", "from pass", "/run/c"]);
    assert!(!said.words.contains(SECRET) && !said.words.contains("t0ken"), "{}", said.words);
    // Nothing at all is set up.
    let house = House::new(options());
    let said = logout(&house, &[]).expect(0).says(&["nothing was kept"]);
    assert_eq!(said.words.lines().count(), 1, "{}", said.words);
    assert!(std::fs::read_dir(house.home.path()).unwrap().next().is_none(), "nothing was made");
}

#[test]
fn a_configuration_that_is_named_without_its_folder_has_one() {
    let house = House::new(options());
    let secret = private(&house, "here/client_secret");
    house.file("here/config.toml", "client_secret_file = 'client_secret'\n");
    let mut gears = gears_at(house.home.path());
    let gears = gears.current_dir(house.home.path().join("here")).args(["--config", "config.toml", "logout"]);
    Said::from(gears.output().unwrap()).expect(0).says(&["forgot", "client_secret"]);
    assert!(!Path::new(&secret).exists());
}
