//! Where the credentials are, and how they are fetched without being shown to anybody.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::AsyncReadExt as _;

use super::{Environment, Key, Settings};
use crate::client::Credentials;
use crate::model::text::visible;

/// The longest time that `client_secret_command` may take; it may wait for a person.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(1);

/// The most bytes of a secret.
const MAX_SECRET: u64 = 64 * 1024;

/// The names under `$CREDENTIALS_DIRECTORY`.
const SYSTEMD: [&str; 3] = ["gears-client-key", "gears-client-secret", "gears-access-token"];

/// Why there are no credentials, in words that say what to do. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Nobody said where they are.
    #[error("{0}")]
    Missing(String),
    /// They are where somebody said, and cannot be had.
    #[error("{0}")]
    Unusable(String),
    /// The operator was asked and gave up.
    #[error("no credentials were given; nothing was sent")]
    Cancelled,
}

/// Whether the operator may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// There is a terminal: what is missing is asked for, without echo.
    Terminal,
    /// There is none.
    Never,
}

/// One text, and where it is.
#[derive(Clone)]
enum Place {
    Variable(&'static str, SecretString),
    Private(PathBuf),
    Systemd(PathBuf),
    Command(String),
    Terminal,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name, _) => write!(f, "{name}"),
            Self::Private(path) | Self::Systemd(path) => write!(f, "file {}", visible(&path.to_string_lossy())),
            Self::Command(command) => {
                let program = command.split_whitespace().next().unwrap_or_default();
                write!(f, "the command {}", visible(program))
            }
            Self::Terminal => write!(f, "asked on the terminal"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where the credentials are, before any of them is read.
#[derive(Clone, Debug)]
pub struct Plan(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Token(Place),
    Client { key: Key_, secret: Place },
}

/// The client key is no secret: it may stand in the settings.
#[derive(Clone, Debug)]
enum Key_ {
    Known(String),
    At(Place),
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Token(place) => write!(f, "access token: {place}"),
            Kind::Client { key: Key_::Known(key), secret } => {
                write!(f, "client key {}, secret: {secret}", visible(key))
            }
            Kind::Client { key: Key_::At(place), secret } => write!(f, "client key: {place}, secret: {secret}"),
        }
    }
}

impl Plan {
    /// Finds where the credentials are: a token or secret in the environment first, then what the settings name, then
    /// the service manager's, then the terminal.
    pub fn new(settings: &Settings, environment: &Environment, ask: Ask) -> Result<Self, CredentialError> {
        let variable = |name: &'static str| {
            environment.filled(name).map(|text| Place::Variable(name, SecretString::from(text.trim().to_owned())))
        };
        let systemd = |index: usize| {
            let folder = environment.filled("CREDENTIALS_DIRECTORY")?;
            Some(Path::new(folder).join(SYSTEMD[index])).filter(|path| path.exists()).map(Place::Systemd)
        };
        if let Some(token) = variable("GEARS_ACCESS_TOKEN") {
            return Ok(Self(Kind::Token(token)));
        }
        let secret = match variable("GEARS_CLIENT_SECRET") {
            Some(place) => Some(place),
            None => Self::secret_of(settings)?,
        };
        if let (None, Some(path)) = (&secret, &settings.access_token_file) {
            return Ok(Self(Kind::Token(Place::Private(path.clone()))));
        }
        let secret = secret.or_else(|| systemd(1));
        if let (None, Some(token)) = (&secret, systemd(2)) {
            return Ok(Self(Kind::Token(token)));
        }
        let may_ask = || (ask == Ask::Terminal).then_some(Place::Terminal);
        let key = settings.client_key.clone().map(Key_::Known).or_else(|| systemd(0).map(Key_::At));
        match (key.or_else(|| may_ask().map(Key_::At)), secret.or_else(may_ask)) {
            (Some(key), Some(secret)) => Ok(Self(Kind::Client { key, secret })),
            (None, Some(_)) => Err(missing("the client key is missing: set GEARS_CLIENT_KEY")),
            (Some(_), None) => Err(missing("the client secret is missing: set GEARS_CLIENT_SECRET")),
            (None, None) => Err(missing("no credentials: set GEARS_CLIENT_KEY and GEARS_CLIENT_SECRET")),
        }
    }

    /// Whether the operator is asked on the terminal.
    #[must_use]
    pub fn asks(&self) -> bool {
        match &self.0 {
            Kind::Token(place) => matches!(place, Place::Terminal),
            Kind::Client { key, secret } => {
                matches!(secret, Place::Terminal) || matches!(key, Key_::At(Place::Terminal))
            }
        }
    }

    /// The secret that the settings name: a file or a command, whichever was said with more weight.
    fn secret_of(settings: &Settings) -> Result<Option<Place>, CredentialError> {
        let rank = |key| settings.provenance(key).rank();
        match (&settings.client_secret_file, &settings.client_secret_command) {
            (Some(_), Some(_)) if rank(Key::ClientSecretFile) == rank(Key::ClientSecretCommand) => {
                Err(CredentialError::Unusable(
                    "both client_secret_file and client_secret_command are set: keep one".to_owned(),
                ))
            }
            (Some(_), Some(command)) if rank(Key::ClientSecretCommand) > rank(Key::ClientSecretFile) => {
                Ok(Some(Place::Command(command.clone())))
            }
            (Some(path), _) => Ok(Some(Place::Private(path.clone()))),
            (None, Some(command)) => Ok(Some(Place::Command(command.clone()))),
            (None, None) => Ok(None),
        }
    }

    /// Reads the credentials. Waits for a command or for the operator, where one of them has them.
    pub async fn read(&self) -> Result<Credentials, CredentialError> {
        match &self.0 {
            Kind::Token(place) => Ok(Credentials::Token(read(place, "Access token").await?)),
            Kind::Client { key, secret } => {
                let key = match key {
                    Key_::Known(key) => key.clone(),
                    Key_::At(Place::Terminal) => answer(super::ask::line("Client key: ").await)?,
                    Key_::At(place) => read(place, "Client key").await?.expose_secret().to_owned(),
                };
                Ok(Credentials::Client { key, secret: read(secret, "Client secret").await? })
            }
        }
    }
}

fn missing(what: &str) -> CredentialError {
    CredentialError::Missing(format!(
        "{what}, or GEARS_ACCESS_TOKEN, or name client_secret_file or client_secret_command in the configuration \
         (gears config init); gears --demo needs none"
    ))
}

async fn read(place: &Place, what: &str) -> Result<SecretString, CredentialError> {
    let unusable = |why: String| CredentialError::Unusable(format!("the {} cannot be had: {why}", what.to_lowercase()));
    match place {
        Place::Variable(_, secret) => Ok(secret.clone()),
        Place::Private(path) => private_file(path).map_err(unusable),
        Place::Systemd(path) => {
            let shown = visible(&path.to_string_lossy()).into_owned();
            let file = File::open(path).map_err(|error| unusable(format!("{shown}: {error}")))?;
            first_line(file, &shown).map_err(unusable)
        }
        Place::Command(command) => run_command(command, COMMAND_TIMEOUT).await.map_err(unusable),
        Place::Terminal => answer(super::ask::secret(&format!("{what} (not shown): ")).await),
    }
}

/// What the operator answered; no answer and a signal are a no.
fn answer<T>(answer: io::Result<Option<T>>) -> Result<T, CredentialError> {
    match answer {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(CredentialError::Cancelled),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(CredentialError::Cancelled),
        Err(error) => Err(CredentialError::Unusable(format!("the terminal cannot be asked: {error}"))),
    }
}

/// The first line of a file that nobody but its owner may read.
fn private_file(path: &Path) -> Result<SecretString, String> {
    let shown = visible(&path.to_string_lossy()).into_owned();
    let file = File::open(path).map_err(|error| format!("{shown}: {error}"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // The open file is judged, not the name: what is judged is what is read.
        let facts = file.metadata().map_err(|error| format!("{shown}: {error}"))?;
        if facts.mode() & 0o077 != 0 {
            return Err(format!("others may read or change {shown}; run: chmod 600 {}", shell_word(path)));
        }
        let me = rustix::process::geteuid().as_raw();
        if facts.uid() != me && facts.uid() != 0 {
            return Err(format!("{shown} belongs to somebody else; run: chown {me} {}", shell_word(path)));
        }
    }
    first_line(file, &shown)
}

/// A path as one word of a shell, safe to show.
fn shell_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    visible(&shlex::try_quote(&text).unwrap_or_default()).into_owned()
}

fn first_line(file: File, shown: &str) -> Result<SecretString, String> {
    let mut text = String::new();
    match file.take(MAX_SECRET).read_to_string(&mut text) {
        Ok(_) => secret_of(&text).ok_or_else(|| format!("{shown} is empty")),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(format!("{shown} holds no text")),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}

/// The first line, as password stores keep the secret there and notes behind it.
fn secret_of(text: &str) -> Option<SecretString> {
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| SecretString::from(line.to_owned()))
}

/// Runs the command without a shell and takes the first line that it prints. Secrets of our own environment are not
/// handed on.
async fn run_command(command: &str, limit: Duration) -> Result<SecretString, String> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| "a quote in client_secret_command is not closed".to_owned())?;
    let program = visible(&words[0]).into_owned();
    let child = tokio::process::Command::new(&words[0])
        .args(&words[1..])
        .env_remove("GEARS_CLIENT_SECRET")
        .env_remove("GEARS_ACCESS_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(format!("there is no program {program}; client_secret_command runs without a shell"));
        }
        Err(error) => return Err(format!("{program} could not be started: {error}")),
    };
    let (printed, complaints) = (bounded(child.stdout.take()), bounded(child.stderr.take()));
    let ended = tokio::time::timeout(limit, async { tokio::join!(printed, complaints, child.wait()) }).await;
    let (printed, complaints, status) = match ended {
        Err(_) => return Err(format!("{program} did not end within {}", super::value::duration_text(limit))),
        Ok((_, _, Err(error))) => return Err(format!("{program} could not be waited for: {error}")),
        Ok((printed, complaints, Ok(status))) => (printed, complaints, status),
    };
    let said = String::from_utf8_lossy(&complaints);
    let said = visible(said.trim()).chars().take(500).collect::<String>();
    let said = if said.is_empty() { said } else { format!(": {said}") };
    if !status.success() {
        return Err(format!("{program} ended with {status}{said}"));
    }
    let text = std::str::from_utf8(&printed).map_err(|_| format!("{program} printed no text"))?;
    secret_of(text).ok_or_else(|| format!("{program} printed nothing{said}"))
}

/// All that comes, up to the bound of a secret; then the pipe is closed.
async fn bounded(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(MAX_SECRET).read_to_end(&mut bytes).await;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::Provenance;
    use super::*;

    const SECRET: &str = "s3cr3t-of-the-test";

    fn settings(values: &[(Key, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (key, text) in values {
            settings.set(*key, text, Provenance::File(1)).unwrap();
        }
        settings
    }

    fn exposed(credentials: &Credentials) -> (Option<&str>, &str) {
        match credentials {
            Credentials::Client { key, secret } => (Some(key), secret.expose_secret()),
            Credentials::Token(token) => (None, token.expose_secret()),
        }
    }

    #[tokio::test]
    async fn the_environment_beats_the_file() {
        let settings = settings(&[(Key::ClientKey, "key"), (Key::ClientSecretFile, "/nowhere")]);
        let plan = Plan::new(&settings, &[("GEARS_CLIENT_SECRET", SECRET)].into(), Ask::Never).unwrap();
        assert_eq!(exposed(&plan.read().await.unwrap()), (Some("key"), SECRET));
        let both = [("GEARS_CLIENT_SECRET", "other"), ("GEARS_ACCESS_TOKEN", SECRET)];
        let plan = Plan::new(&settings, &both.into(), Ask::Never).unwrap();
        assert_eq!(exposed(&plan.read().await.unwrap()), (None, SECRET));
    }

    #[tokio::test]
    async fn nothing_debugs_or_displays_a_secret() {
        let environment: Environment =
            [("GEARS_CLIENT_SECRET", SECRET), ("GEARS_CLIENT_KEY", "key"), ("CREDENTIALS_DIRECTORY", "/x")].into();
        let settings = settings(&[(Key::ClientKey, "key")]);
        let plan = Plan::new(&settings, &environment, Ask::Never).unwrap();
        let token = Plan::new(&settings, &[("GEARS_ACCESS_TOKEN", SECRET)].into(), Ask::Never).unwrap();
        let credentials = plan.read().await.unwrap();
        let shown = format!(
            "{environment:?} {settings:?} {plan:?} {plan} {token:?} {token} {credentials:?} {:#?} {:?}",
            token.read().await.unwrap(),
            super::super::load(&super::super::Flags::default(), &environment)
        );
        assert!(!shown.contains(SECRET), "{shown}");
        assert!(shown.contains("GEARS_CLIENT_SECRET"));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (values, environment, wanted) in [
            (&[][..], Environment::default(), "GEARS_CLIENT_KEY and GEARS_CLIENT_SECRET"),
            (&[(Key::ClientKey, "k")][..], Environment::default(), "client secret is missing"),
            (&[][..], [("GEARS_CLIENT_SECRET", "s")].into(), "client key is missing"),
            (&[][..], [("GEARS_CLIENT_SECRET", " ")].into(), "no credentials"),
        ] {
            let error = Plan::new(&settings(values), &environment, Ask::Never).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains("gears --demo"), "{error}");
        }
        let both = settings(&[(Key::ClientSecretFile, "/f"), (Key::ClientSecretCommand, "pass")]);
        assert!(Plan::new(&both, &Environment::default(), Ask::Never).unwrap_err().to_string().contains("keep one"));
        let asked = Plan::new(&Settings::default(), &Environment::default(), Ask::Terminal).unwrap();
        assert!(asked.to_string().contains("asked on the terminal"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_secret_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("the secret");
        std::fs::write(&path, format!("{SECRET}\nnotes\n")).unwrap();
        let settings = settings(&[(Key::ClientKey, "k"), (Key::ClientSecretFile, path.to_str().unwrap())]);
        let plan = Plan::new(&settings, &Environment::default(), Ask::Never).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o666] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = plan.read().await.unwrap_err().to_string();
            assert!(error.contains("chmod 600 '") && !error.contains(SECRET), "{mode:o}: {error}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(exposed(&plan.read().await.unwrap()), (Some("k"), SECRET));
        std::fs::write(&path, "\n").unwrap();
        assert!(plan.read().await.unwrap_err().to_string().contains("is empty"));
    }

    #[tokio::test]
    async fn service_credentials_are_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(SYSTEMD[0]), "key\n").unwrap();
        std::fs::write(folder.path().join(SYSTEMD[1]), SECRET).unwrap();
        let environment = [("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())].into();
        let plan = Plan::new(&Settings::default(), &environment, Ask::Never).unwrap();
        assert_eq!(exposed(&plan.read().await.unwrap()), (Some("key"), SECRET));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_runs_without_a_shell() {
        let run = async |command: &str| run_command(command, Duration::from_mins(1)).await;
        assert_eq!(run("printf '%s\\nnotes' \"a b;$HOME\"").await.unwrap().expose_secret(), "a b;$HOME");
        for (command, wanted) in [
            ("sh -c 'echo no \x07key >&2; exit 3'", "no ␇key"),
            ("no-such-program-here", "without a shell"),
            ("echo 'open", "not closed"),
            ("true", "printed nothing"),
            ("yes", "SIGPIPE"),
        ] {
            assert!(run(command).await.unwrap_err().contains(wanted), "{command}");
        }
        let slow = run_command("sleep 600", Duration::from_millis(50)).await;
        assert_eq!(slow.unwrap_err(), "sleep did not end within 50ms");
    }
}
