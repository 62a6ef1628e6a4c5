use super::*;

fn folder_with(text: &str) -> (tempfile::TempDir, Flags) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    (folder, Flags { config: Some(path), values: Vec::new() })
}

#[test]
fn flags_beat_environment_beats_profile_beats_file_beats_default() {
    let (_folder, mut flags) =
        folder_with("rate = '1/1s'\nbatch_size = 1\ntimeout = '1s'\n[profile.a]\nrate = '2/1s'\nbatch_size = 2\n");
    let mut environment = Environment::default();
    let rate = |flags: &Flags, environment: &Environment| {
        let settings = load(flags, environment).unwrap().settings;
        (settings.get(Key::Rate).unwrap(), settings.provenance(Key::Rate).to_string())
    };
    let told = |value: &str, from: &str| (value.to_owned(), from.to_owned());
    let (_other_folder, nothing) = folder_with("");
    assert_eq!(rate(&nothing, &environment), told("10/60s", "default"));
    assert_eq!(rate(&flags, &environment), told("1/1s", "file, line 1"));
    flags.values.push((Key::Profile, "a".to_owned()));
    assert_eq!(rate(&flags, &environment), told("2/1s", "profile a, line 5"));
    environment.0.insert("GEARS_RATE".to_owned(), "3/1s".to_owned());
    assert_eq!(rate(&flags, &environment), told("3/1s", "environment, GEARS_RATE"));
    flags.values.push((Key::Rate, "4/1s".to_owned()));
    assert_eq!(rate(&flags, &environment), told("4/1s", "command line"));

    let settings = load(&flags, &environment).unwrap().settings;
    assert_eq!(settings.batch_size, 2);
    assert_eq!(settings.provenance(Key::Timeout), Provenance::File(3));
    assert_eq!(settings.provenance(Key::BaseUrl), Provenance::Default);
}

#[test]
fn each_layer_says_where_its_mistake_is() {
    let wrong = |text: &str, environment: Environment, values: &[(Key, &str)]| {
        let (folder, mut flags) = folder_with(text);
        flags.values = values.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
        let error = load(&flags, &environment).unwrap_err();
        drop(folder);
        error
    };
    let none = Environment::default;
    let file = wrong("\nrate = 'fast'", none(), &[]);
    assert!(matches!(&file, ConfigError::Configuration(why) if why.contains("line 2: rate")), "{file}");
    let unused_profile = wrong("[profile.a]\nrate = 'fast'", none(), &[]);
    assert!(matches!(&unused_profile, ConfigError::Configuration(why) if why.contains("line 2")), "{unused_profile}");
    let variable = wrong("", [("GEARS_RATE", "fast")].into(), &[]);
    assert!(matches!(&variable, ConfigError::Configuration(why) if why.contains("GEARS_RATE")), "{variable}");
    let flag = wrong("", none(), &[(Key::Rate, "fast")]);
    assert!(matches!(&flag, ConfigError::Usage(why) if why.starts_with("--rate: ")), "{flag}");
    let profile = wrong("[profile.acme-prod]", none(), &[(Key::Profile, "acme-prd")]);
    assert!(matches!(&profile, ConfigError::Usage(why) if why.contains("did you mean acme-prod")), "{profile}");
    let missing = load(&Flags { config: Some("/nowhere/x.toml".into()), values: vec![] }, &none()).unwrap_err();
    assert!(matches!(&missing, ConfigError::Usage(why) if why.contains("/nowhere/x.toml")), "{missing}");
}

#[test]
fn the_sample_names_every_setting_with_its_default() {
    // The sample as it is changes nothing.
    let (_folder, flags) = folder_with(SAMPLE);
    let loaded = load(&flags, &Environment::default()).unwrap();
    assert_eq!(loaded.settings, Settings::default());

    // With the mark before each setting taken away, every setting is there once, can be read, and is its default.
    let setting = |line: &'static str| match line.strip_prefix("# ") {
        Some(rest) if rest.split(" = ").next().is_some_and(|name| name != rest && !name.contains(' ')) => rest,
        _ => line,
    };
    let (main, profiles) = SAMPLE.split_once("# [profile.").expect("the sample shows a profile");
    let whole: String = main.lines().map(setting).flat_map(|line| [line, "\n"]).collect();
    let text: String = whole.split_inclusive('\n').filter(|line| !line.starts_with("default_profile =")).collect();
    let (_folder, flags) = folder_with(&text);
    let settings = load(&flags, &Environment::default()).unwrap_or_else(|error| panic!("{error}")).settings;
    let defaults = Settings::default();
    for spec in SPECS {
        assert!(SAMPLE.contains(spec.why), "the sample does not say of {}: {}", spec.name, spec.why);
        if spec.key == Key::Profile {
            continue;
        }
        assert_ne!(settings.provenance(spec.key), Provenance::Default, "{} is missing in the sample", spec.name);
        if let (Some(default), false) = (defaults.get(spec.key), spec.key == Key::StateDir) {
            assert_eq!(settings.get(spec.key), Some(default), "{}", spec.name);
        }
    }

    assert_eq!(settings.keys.clash(), None);
    for binding in crate::tui::keymap::BINDINGS {
        assert_ne!(settings.keys_provenance(binding.act), Provenance::Default, "{} is missing", binding.name);
        assert_eq!(settings.keys.listed(binding.act), binding.keys.join(" "), "{}", binding.name);
    }

    // The profiles that it shows can be used.
    let profiles: String =
        format!("# [profile.{profiles}").lines().flat_map(|line| [line.trim_start_matches("# "), "\n"]).collect();
    let (_folder, mut flags) = folder_with(&profiles);
    flags.values.push((Key::Profile, "acme-test".to_owned()));
    assert!(load(&flags, &Environment::default()).unwrap_or_else(|error| panic!("{error}")).settings.read_only);

    // And all of it together is one file.
    let (_folder, flags) = folder_with(&format!("{whole}{profiles}"));
    let settings = load(&flags, &Environment::default()).unwrap_or_else(|error| panic!("{error}")).settings;
    assert_eq!(settings.profile.as_deref(), Some("acme-prod"));
}

#[test]
fn a_variable_that_means_nothing_is_found() {
    let environment: Environment = [("GEARS_READ_ONYL", "1"), ("GEARS_CLIENT_SECRET", "s"), ("HOME", "/")].into();
    assert_eq!(environment.unknown(), [("GEARS_READ_ONYL".to_owned(), Some("GEARS_READ_ONLY".to_owned()))]);
}

#[test]
fn the_log_level_has_a_short_variable() {
    let (_folder, flags) = folder_with("log_level = 'warn'\n");
    let level = |variables: &[(&str, &str)]| {
        let mut environment = Environment::default();
        environment.0.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        assert!(environment.unknown().is_empty());
        let settings = load(&flags, &environment).unwrap().settings;
        (settings.log_level.name(), settings.provenance(Key::LogLevel).to_string())
    };
    let told = |level, from: &str| (level, from.to_owned());
    assert_eq!(level(&[]), told("warn", "file, line 1"));
    assert_eq!(level(&[("GEARS_LOG", "debug")]), told("debug", "environment, GEARS_LOG"));
    let both = [("GEARS_LOG", "debug"), ("GEARS_LOG_LEVEL", "off")];
    assert_eq!(level(&both), told("off", "environment, GEARS_LOG_LEVEL"));
}
