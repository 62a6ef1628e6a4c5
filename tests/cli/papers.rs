use super::house::*;

#[test]
fn help_shows_examples_and_every_command_has_its_own() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| Said::from(gears_at(home.path()).args(arguments).output().unwrap()).expect(0).data;
    let help = run(&["--help"]);
    for part in ["gears send --action", "Exit codes", "GEARS_CLIENT_KEY", "--demo", "130"] {
        assert!(help.contains(part), "{part}");
    }
    assert!(run(&["--version"]).starts_with("gears "));
    for command in gears_console::cli::Cli::command_names() {
        assert!(run(&[&command, "--help"]).contains("Usage:"), "{command}");
        let page = run(&["man", &command]);
        assert!(page.contains(".TH") && page.contains(&format!("gears\\-{command}")), "{command}: {page}");
    }
    assert!(run(&["man"]).contains(".TH gears 1"));
    assert!(!help.contains('\u{1b}'), "help in a pipe has no colours");
}

#[test]
fn every_shell_has_its_completions() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text =
            Said::from(gears_at(home.path()).args(["completions", "--static", shell]).output().unwrap()).expect(0).data;
        for part in ["send", "exempt_all", "base-url", "simulate"] {
            assert!(text.contains(part), "{shell}: {part}");
        }
        let asking = Said::from(gears_at(home.path()).args(["completions", shell]).output().unwrap()).expect(0).data;
        assert!(asking.contains("GEARS_COMPLETE") && asking.len() < text.len(), "{shell}: {asking}");
    }
}

#[test]
fn manual_pages_are_written_into_a_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("man");
    std::fs::create_dir(&folder).unwrap();
    gears_at(home.path()).args(["man", "--dir"]).arg(&folder).assert().code(0);
    for page in ["gears.1", "gears-send.1", "gears-config-show.1"] {
        assert!(folder.join(page).exists(), "{page}");
    }
    let pages = std::fs::read_dir(&folder).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap());
    let of_help: Vec<String> = pages.filter(|name| name.contains("-help")).collect();
    assert!(of_help.is_empty(), "{of_help:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let list = home.path().join("list.txt");
    let macs: Vec<String> = (0..20_000_u32)
        .map(|number| format!("00:0c:29:{:02x}:{:02x}:{:02x}", number >> 16, number >> 8 & 255, number & 255))
        .collect();
    std::fs::write(&list, macs.join("\n")).unwrap();
    for arguments in [&["completions", "bash"][..], &["man"], &["devices", "--format", "ndjson", "list.txt"]] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gears"))
            .env_clear()
            .envs(surroundings(home.path()))
            .current_dir(home.path())
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let said = Said::from(child.wait_with_output().unwrap()).expect(0);
        assert!(!said.words.contains("panic") && !said.words.contains("pipe"), "{}", said.words);
    }
}
