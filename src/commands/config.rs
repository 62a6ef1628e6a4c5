//! `gears config`: where the settings are, what is in force and why.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use unicode_width::UnicodeWidthStr as _;

use super::out;
use crate::cli::{CheckFormat, Config, ConfigMode, Sending};
use crate::config::{self, Ask, Environment, Flags, Loaded, Plan, Provenance, SAMPLE, SPECS, Settings};
use crate::model::text::visible;
use crate::tui::keymap::{BINDINGS, Binding};

/// Runs one of the parts of `gears config`; `common` are the options before the command's name.
#[must_use]
pub fn run(config: Config, common: &Sending, environment: &Environment) -> ExitCode {
    let flags = |from: crate::cli::From| Sending { from, ..Sending::default() }.or(common).flags();
    match config.what {
        ConfigMode::Path(from) => path(&flags(from), environment),
        ConfigMode::Show(show) => match config::load(&show.sending.or(common).flags(), environment) {
            Ok(loaded) => self::show(&loaded, show.format),
            Err(error) => super::Failure::from(error).tell(),
        },
        ConfigMode::Init(from) => place(&flags(from), environment).map_or_else(|exit| exit, |path| init(&path)),
        ConfigMode::Edit(from) => {
            let flags = flags(from);
            place(&flags, environment).map_or_else(|exit| exit, |path| edit(&path, &flags, environment))
        }
    }
}

fn place(flags: &Flags, environment: &Environment) -> Result<PathBuf, ExitCode> {
    config::path(flags, environment).ok_or_else(|| {
        out::fail(out::CONFIGURATION, "there is no home folder for a configuration file: name one with --config FILE")
    })
}

fn path(flags: &Flags, environment: &Environment) -> ExitCode {
    match place(flags, environment) {
        Ok(path) => out::data(0, |out| writeln!(out, "{}", visible(&path.to_string_lossy()))),
        Err(exit) => exit,
    }
}

fn init(path: &Path) -> ExitCode {
    let shown = visible(&path.to_string_lossy()).into_owned();
    match write_sample(path) {
        Ok(()) => {
            out::say(&format!("wrote {shown}; gears config edit opens it"));
            ExitCode::SUCCESS
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            out::fail(out::USAGE, &format!("{shown} is there already and stays as it is; gears config edit opens it"))
        }
        Err(error) => out::fail(out::CONFIGURATION, &format!("{shown} cannot be written: {error}")),
    }
}

/// Writes the sample for its owner alone; an existing file is never touched.
fn write_sample(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(SAMPLE.as_bytes())
}

fn edit(path: &Path, flags: &Flags, environment: &Environment) -> ExitCode {
    let shown = visible(&path.to_string_lossy()).into_owned();
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| environment.filled(name));
    // An editor that somebody named may need no terminal; ours does.
    if named.is_none() && !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let sentence =
            format!("there is no terminal for an editor: edit {shown} yourself, or name an editor by $EDITOR");
        return out::fail(out::USAGE, &sentence);
    }
    match write_sample(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return out::fail(out::CONFIGURATION, &format!("{shown} cannot be written: {error}"));
        }
        _ => {}
    }
    let editor = named.unwrap_or("vi");
    let Some(words) = shlex::split(editor).filter(|words| !words.is_empty()) else {
        return out::fail(out::CONFIGURATION, "a quote in $VISUAL or $EDITOR is not closed");
    };
    let mut command = std::process::Command::new(&words[0]);
    command.args(&words[1..]).arg(path).env_remove("GEARS_CLIENT_SECRET").env_remove("GEARS_ACCESS_TOKEN");
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => return out::fail(out::CONFIGURATION, &format!("{} ended with {status}", visible(&words[0]))),
        Err(error) => {
            let sentence = format!("{} could not be started: {error}; set $EDITOR", visible(&words[0]));
            return out::fail(out::CONFIGURATION, &sentence);
        }
    }
    match config::load(flags, environment).and_then(|loaded| config::theme(&loaded)) {
        Ok(_) => {
            out::say(&format!("{shown} is fine"));
            ExitCode::SUCCESS
        }
        Err(error) => super::Failure::from(error).tell(),
    }
}

fn show(loaded: &Loaded, format: CheckFormat) -> ExitCode {
    let file = loaded.path.as_ref().map(|path| visible(&path.to_string_lossy()).into_owned());
    let credentials = match Plan::new(&loaded.settings, &loaded.environment, Ask::Never) {
        Ok(plan) => plan.to_string(),
        Err(error) => error.to_string(),
    };
    let mut rows: Vec<(String, Option<String>, Provenance)> = SPECS
        .iter()
        .map(|spec| (spec.name.to_owned(), loaded.settings.get(spec.key), loaded.settings.provenance(spec.key)))
        .collect();
    if format == CheckFormat::Json {
        let settings: serde_json::Map<String, serde_json::Value> = rows
            .into_iter()
            .map(|(name, value, from)| (name, serde_json::json!({"value": value, "from": from.to_string()})))
            .collect();
        let keys = |binding: &Binding| {
            let (keys, from) = (loaded.settings.keys.keys(binding.act), loaded.settings.keys_provenance(binding.act));
            let keys: Vec<&str> = keys.collect();
            (binding.name.to_owned(), serde_json::json!({"value": keys, "from": from.to_string()}))
        };
        let keys: serde_json::Map<String, serde_json::Value> = BINDINGS.iter().map(keys).collect();
        let all = serde_json::json!({
            "file": file, "found": loaded.found, "profiles": loaded.profiles, "credentials": credentials,
            "settings": settings, "keys": keys
        });
        return out::data(0, |out| super::json::pretty(out, &all));
    }
    rows.extend(other_keys(&loaded.settings));
    out::data(0, |out| {
        match &file {
            Some(path) if loaded.found => writeln!(out, "file {path}")?,
            Some(path) => writeln!(out, "file {path} (not there; gears config init writes it)")?,
            None => writeln!(out, "file (no home folder)")?,
        }
        if !loaded.profiles.is_empty() {
            let names: Vec<_> = loaded.profiles.iter().map(|name| visible(name)).collect();
            writeln!(out, "profiles {}", names.join(", "))?;
        }
        writeln!(out, "credentials {credentials}\n")?;
        let shown =
            |value: &Option<String>| value.as_deref().map_or("–".to_owned(), |value| visible(value).into_owned());
        let width = rows.iter().map(|(_, value, _)| shown(value).width()).max().unwrap_or(0).min(40);
        for (name, value, from) in &rows {
            let value = shown(value);
            let pad = " ".repeat(width.saturating_sub(value.width()));
            writeln!(out, "{name:<22} {value}{pad}  {from}")?;
        }
        Ok(())
    })
}

/// The acts that have other keys than the table gives them; or one row that says that there are none.
fn other_keys(settings: &Settings) -> Vec<(String, Option<String>, Provenance)> {
    let from = |binding: &Binding| settings.keys_provenance(binding.act);
    let row = |binding: &Binding| {
        let listed = settings.keys.listed(binding.act);
        (format!("keys.{}", binding.name), Some(listed).filter(|keys| !keys.is_empty()), from(binding))
    };
    let others = BINDINGS.iter().filter(|binding| from(binding) != Provenance::Default);
    let rows: Vec<_> = others.map(row).collect();
    if rows.is_empty() {
        vec![("keys".to_owned(), Some("as ? shows them".to_owned()), Provenance::Default)]
    } else {
        rows
    }
}
