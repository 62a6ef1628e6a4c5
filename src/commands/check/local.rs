//! What can be checked without the cloud.

use std::io;
use std::path::Path;

use reqwest::Url;

use crate::config::{Environment, Loaded, Settings};
use crate::tui::clipboard::Way;

/// The file, the profile, and variables that mean nothing.
pub fn configuration(loaded: &Loaded) -> Result<String, String> {
    crate::config::theme(loaded).map_err(|error| error.to_string())?;
    let file = match &loaded.path {
        Some(path) if loaded.found => path.to_string_lossy().into_owned(),
        Some(path) => format!("defaults ({} is not there; gears config init writes it)", path.display()),
        None => "defaults (no home folder)".to_owned(),
    };
    let unknown: Vec<String> = loaded
        .environment
        .unknown()
        .into_iter()
        .map(|(name, near)| match near {
            Some(near) => format!("{name} means nothing, perhaps {near}"),
            None => format!("{name} means nothing"),
        })
        .collect();
    if !unknown.is_empty() {
        return Err(format!("environment: {}", unknown.join("; ")));
    }
    match &loaded.settings.profile {
        Some(profile) => Ok(format!("{file}, profile {profile}")),
        None => Ok(file),
    }
}

/// The cloud's address.
pub fn cloud(settings: &Settings) -> Result<String, String> {
    crate::client::check_url(&settings.base_url).map_err(|error| error.to_string())?;
    let read_only = if settings.read_only { ", read-only" } else { "" };
    Ok(format!("{}{read_only}", settings.base_url.as_str().trim_end_matches('/')))
}

/// Whether the state folder can be written, and by whom.
pub fn folder(folder: &Path) -> Result<String, String> {
    let shown = folder.display();
    let facts = match std::fs::metadata(folder) {
        Ok(facts) if !facts.is_dir() => return Err(format!("{shown} is no folder: name another with --state-dir")),
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(format!("{shown} (made at the first use)")),
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    #[cfg(unix)]
    let others = std::os::unix::fs::MetadataExt::mode(&facts) & 0o777;
    #[cfg(not(unix))]
    let others = 0;
    if others & 0o007 != 0 {
        return Err(format!("{shown} is open to everybody of this machine; run: chmod o-rwx '{shown}'"));
    }
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).map_err(|error| {
        format!("{shown} cannot be written: {error}; change its rights or name another with --state-dir")
    })?;
    let shared = if others & 0o070 == 0 { "" } else { " (shared with its group)" };
    Ok(format!("{shown}{shared}"))
}

/// The proxy that the environment names for this address, without what may be a password.
pub fn proxy(url: &Url, environment: &Environment) -> Option<String> {
    let host = url.host_str().unwrap_or_default();
    let variable = |name: &str| {
        let lower = name.to_lowercase();
        environment.filled(&lower).or_else(|| environment.filled(name)).map(str::to_owned)
    };
    let exempt = variable("NO_PROXY").is_some_and(|list| {
        list.split(',')
            .map(|entry| entry.trim().trim_start_matches('.'))
            .any(|entry| entry == "*" || (!entry.is_empty() && (host == entry || host.ends_with(&format!(".{entry}")))))
    });
    let name = if url.scheme() == "http" { "HTTP_PROXY" } else { "HTTPS_PROXY" };
    let proxy = variable(name).or_else(|| variable("ALL_PROXY")).filter(|_| !exempt)?;
    let bare = proxy.rsplit_once('@').map_or(proxy.as_str(), |(_, host)| host);
    Some(format!("{} ({name} or ALL_PROXY)", bare.trim_start_matches("http://").trim_end_matches('/')))
}

/// Size, kind, colours and letters of the terminal.
pub fn terminal(environment: &Environment) -> String {
    let size = rustix::termios::tcgetwinsize(io::stdout()).or_else(|_| rustix::termios::tcgetwinsize(io::stderr()));
    let Ok(size) = size else { return "none: the console needs one, gears send does not".to_owned() };
    let kind = environment.filled("TERM").unwrap_or("TERM is not set: no console");
    let letters = if environment.is_utf8() { "Unicode" } else { "no Unicode (--ascii is used)" };
    let colors = match environment.filled("COLORTERM") {
        Some(depth) => format!(", {depth}"),
        None => String::new(),
    };
    let small = if size.ws_col < 60 || size.ws_row < 16 { "; 60x16 or more reads well" } else { "" };
    let clipboard = Way::of(environment).words();
    // What a terminal makes of the wish to mark pastes it does not tell.
    let unmarked = ["linux", "vt1", "vt2", "vt3", "dumb"].iter().any(|name| kind.starts_with(name));
    let paste = if unmarked { "pastes come as keys" } else { "pastes marked" };
    format!("{}x{}, {kind}{colors}, {letters}, {paste}, {clipboard}{small}", size.ws_col, size.ws_row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let url = Url::parse("https://gears.opswat.com").unwrap();
        let with = |pairs: [(&str, &str); 2]| proxy(&url, &pairs.into());
        assert_eq!(
            with([("HTTPS_PROXY", "http://anna:hunter2@proxy:3128/"), ("a", "")]).unwrap(),
            "proxy:3128 (HTTPS_PROXY or ALL_PROXY)"
        );
        assert_eq!(with([("https_proxy", "http://p:1"), ("NO_PROXY", "example.org, .opswat.com")]), None);
        assert!(with([("ALL_PROXY", "http://p:1"), ("no_proxy", "gears.example")]).is_some());
        assert_eq!(with([("HTTP_PROXY", "http://p:1"), ("a", "")]), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_for_everybody_is_wrong() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let judge = |mode| {
            std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            folder(place.path())
        };
        assert!(judge(0o700).is_ok());
        assert!(judge(0o770).unwrap().contains("shared with its group"));
        assert!(judge(0o755).unwrap_err().contains("chmod o-rwx"));
        assert!(folder(&place.path().join("not there")).unwrap().contains("first use"));
    }
}
