//! One request and what came of it: the one place where an answer or an error of the network becomes ours.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::{RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use super::settings::is_loopback;
use super::{ClientError, CloudSettings};
use crate::limiter::{CloudWords, words};
use crate::model::text::visible;

/// The longest answer that is read, in bytes.
pub const LONGEST_ANSWER: usize = 1 << 20;
/// The longest words of a server that are shown, in characters.
const LONGEST_WORDS: usize = 160;
/// How long an unused connection is kept. Shorter than the time after which servers and gateways close theirs (60 s is
/// common, and is our window too), so that no request meets a connection that is just being closed.
const KEEP_IDLE: Duration = Duration::from_secs(15);

/// What came of a request. Its `Debug` shows no body: that of the token call holds the token.
pub struct Reply {
    asked: Instant,
    came: Came,
    safe: Safe,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("reached", &self.reached()).field("limit", &self.limit()).finish_non_exhaustive()
    }
}

enum Came {
    /// No connection stood: the request certainly never left.
    NeverLeft(Arc<str>),
    /// It may have left, and no answer came.
    Lost(Arc<str>),
    Answer {
        status: u16,
        /// The whole body, or why it is not whole.
        body: Result<Vec<u8>, Arc<str>>,
        limit: CloudWords,
        date: Option<SystemTime>,
    },
}

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It certainly never left.
    Never,
    /// It may have left.
    Lost,
    /// An answer with this status came.
    Answered(u16),
}

impl Reply {
    /// How far the request came.
    #[must_use]
    pub fn reached(&self) -> Reached {
        match &self.came {
            Came::NeverLeft(_) => Reached::Never,
            Came::Lost(_) => Reached::Lost,
            Came::Answer { status, .. } => Reached::Answered(*status),
        }
    }

    /// The HTTP status, if an answer came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        if let Came::Answer { status, .. } = &self.came { Some(*status) } else { None }
    }

    /// What the answer said of the limit.
    #[must_use]
    pub fn limit(&self) -> CloudWords {
        if let Came::Answer { limit, .. } = &self.came { *limit } else { CloudWords::default() }
    }

    /// The answer's own clock.
    #[must_use]
    pub fn date(&self) -> Option<SystemTime> {
        if let Came::Answer { date, .. } = &self.came { *date } else { None }
    }

    /// A line of the log: the path without its query, which holds the token, and no body but that of an error.
    fn log(&self, path: &str) {
        let ms = u64::try_from(self.asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        match self.reached() {
            Reached::Answered(status @ 200) => tracing::info!(path, status, ms, "answer"),
            Reached::Answered(status) => tracing::warn!(path, status, ms, words = &*self.words(), "answer"),
            Reached::Never => tracing::warn!(path, ms, why = &*self.words(), "the request never left"),
            Reached::Lost => tracing::warn!(path, ms, why = &*self.words(), "no answer"),
        }
        let limit = self.limit();
        if limit != CloudWords::default() {
            tracing::debug!(?limit, "the cloud's words about its limit");
        }
    }

    /// The whole body; `None` if it was cut off or too long. Holds whatever the server put there.
    pub(super) fn body(&self) -> Option<&[u8]> {
        if let Came::Answer { body: Ok(body), .. } = &self.came { Some(body) } else { None }
    }

    /// When it was asked.
    pub(super) fn asked(&self) -> Instant {
        self.asked
    }

    /// The server's or the network's words: short, without secrets, safe for a terminal; empty if there are none.
    #[must_use]
    pub fn words(&self) -> Arc<str> {
        match &self.came {
            Came::NeverLeft(why) | Came::Lost(why) | Came::Answer { body: Err(why), .. } => Arc::clone(why),
            Came::Answer { body: Ok(body), .. } => self.safe.text(&words_of(body)).into(),
        }
    }

    /// `what`, and after a colon the words, if there are any.
    #[must_use]
    pub fn why(&self, what: &str) -> Arc<str> {
        let words = self.words();
        if words.is_empty() { what.into() } else { format!("{what}: {words}").into() }
    }

    /// A text of the answer, without secrets, safe for a terminal and not long.
    pub(super) fn safe(&self, text: &str) -> String {
        self.safe.text(text)
    }
}

/// Makes texts of one exchange safe to show.
#[derive(Debug)]
struct Safe {
    secrets: Vec<SecretString>,
}

impl Safe {
    /// Servers put tokens into their messages (`Invalid access token: ...`) and whole URLs into their pages.
    fn text(&self, text: &str) -> String {
        let mut text = text.trim().to_owned();
        for secret in &self.secrets {
            let secret = secret.expose_secret();
            let encoded: String = url::form_urlencoded(secret);
            for form in [secret, &encoded] {
                if !form.is_empty() && text.contains(form) {
                    text = text.replace(form, "…");
                }
            }
        }
        let mut safe = visible(&text).into_owned();
        if let Some((end, _)) = safe.char_indices().nth(LONGEST_WORDS) {
            safe.truncate(end);
            safe.push('…');
        }
        safe
    }
}

mod url {
    /// The text as it stands in a URL's query.
    pub fn form_urlencoded(text: &str) -> String {
        let mut url = reqwest::Url::parse("http://localhost").expect("a constant address");
        url.query_pairs_mut().append_pair("", text);
        url.query().unwrap_or_default().trim_start_matches('=').to_owned()
    }
}

/// What a body says in words: JSON's `error` (a text, or an object with `message`), `error_description`, `message`; the
/// title of a page; the first line of a text. The form is not documented [?].
fn words_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let says = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let error = value.get("error").and_then(|error| says(error).or_else(|| says(error.get("message")?)));
        let more = ["error_description", "message", "msg", "detail"].iter().find_map(|key| says(value.get(*key)?));
        return match (error, more) {
            (Some(error), Some(more)) if error != more => format!("{error}: {more}"),
            (Some(words), _) | (None, Some(words)) => words,
            (None, None) => says(&value).unwrap_or_default(),
        };
    }
    // Letters keep their places: only ASCII changes.
    let lower = text.to_ascii_lowercase();
    if let Some(title) = lower.find("<title") {
        let begin = lower[title..].find('>').map(|at| title + at + 1);
        let end = begin.and_then(|begin| lower[begin..].find("</title").map(|at| begin + at));
        if let (Some(begin), Some(end)) = (begin, end) {
            return text[begin..end].to_owned();
        }
    }
    if lower.trim_start().starts_with('<') {
        return String::new();
    }
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// Connections to one cloud.
#[derive(Debug)]
pub struct Exchange {
    pub http: reqwest::Client,
    timeout: Duration,
    host: String,
}

impl Exchange {
    pub fn new(settings: &CloudSettings) -> Result<Self, ClientError> {
        // Fails only where another part of the process has chosen one already, which will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A connection that takes as long as the whole request could not be told from a request without an answer.
        let connect_timeout = settings.connect_timeout.min(settings.timeout * 4 / 5);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("gears-console/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // Each request is counted against the budget: none is repeated behind its back.
            .retry(reqwest::retry::never())
            .pool_idle_timeout(KEEP_IDLE)
            .connect_timeout(connect_timeout)
            .timeout(settings.timeout);
        if is_loopback(&settings.base_url) {
            builder = builder.no_proxy();
        }
        let mut roots = Vec::new();
        if let Some(path) = &settings.ca_file {
            let shown = visible(&path.to_string_lossy()).into_owned();
            let says = |why: &dyn fmt::Display| ClientError::Settings(format!("the CA file {shown}: {why}"));
            let pem = std::fs::read(path).map_err(|error| says(&error))?;
            roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| says(&cause(&error)))?;
            if roots.is_empty() {
                return Err(says(&"holds no certificate in PEM"));
            }
        }
        builder = if settings.base_url.scheme() == "http" {
            // Nothing will be verified, so the system's roots need not be read.
            builder.tls_certs_only(roots)
        } else {
            builder.tls_certs_merge(roots)
        };
        let http = builder.build().map_err(|error| ClientError::Settings(unprepared(&cause(&error.without_url()))))?;
        let host = visible(&authority(&settings.base_url)).into_owned();
        Ok(Self { http, timeout: settings.timeout, host })
    }

    /// Sends a request to this path and reads its answer. `secrets` are what no text may hold.
    pub async fn send(&self, path: &str, request: RequestBuilder, secrets: &[&SecretString]) -> Reply {
        let safe = Safe { secrets: secrets.iter().map(|&secret| secret.clone()).collect() };
        let asked = Instant::now();
        let came = match request.send().await {
            Ok(response) => self.read(response, &safe).await,
            Err(error) if error.is_connect() || error.is_builder() => {
                let timed_out = error.is_timeout();
                let why = if timed_out { "no connection in time".to_owned() } else { cause(&error.without_url()) };
                Came::NeverLeft(safe.text(&format!("cannot reach {}: {}", self.host, unconnected(why))).into())
            }
            Err(error) => Came::Lost(safe.text(&self.lost(error)).into()),
        };
        let reply = Reply { asked, came, safe };
        reply.log(path);
        reply
    }

    async fn read(&self, mut response: Response, safe: &Safe) -> Came {
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = header("date").and_then(words::http_date);
        let now = date.unwrap_or_else(SystemTime::now);
        let limit = CloudWords {
            limit: header("x-ratelimit-limit").and_then(words::count),
            remaining: header("x-ratelimit-remaining").and_then(words::count),
            reset_after: header("x-ratelimit-reset-time").and_then(|value| words::reset_after(value, now)),
            retry_after: header("retry-after").and_then(|value| words::retry_after(value, now)),
            over_limit: status == 429,
        };
        let mut body = Vec::new();
        let body = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_ANSWER => {
                    break Err("the answer is longer than 1 MiB".into());
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break Ok(body),
                Err(error) => {
                    let why = format!("the answer was cut off: {}", self.lost(error));
                    break Err(safe.text(&why).into());
                }
            }
        };
        Came::Answer { status, body, limit, date }
    }

    fn lost(&self, error: reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("no answer within {} s", self.timeout.as_secs_f64());
        }
        format!("the connection broke: {}", cause(&error.without_url()))
    }
}

fn authority(url: &Url) -> String {
    let mut text = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        let _ = write!(text, ":{port}");
    }
    text
}

/// The words of the innermost error, which says what happened; the outer ones say where.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Why there can be no TLS, and what to do where it is the usual reason.
fn unprepared(why: &str) -> String {
    let hint = if why.contains("No CA certificates") {
        "; install the package ca-certificates, or name an authority with --ca-file"
    } else {
        ""
    };
    format!("cannot prepare TLS: {why}{hint}")
}

/// Why there is no connection, and what to do where a certificate is not taken for one of the usual reasons.
fn unconnected(why: String) -> String {
    match () {
        () if why.contains("UnknownIssuer") => {
            "its certificate is of an authority that is not trusted here; --ca-file names one".to_owned()
        }
        () if why.contains("certificate expired") => {
            "its certificate has ended; is the clock of this machine right?".to_owned()
        }
        () if why.contains("certificate not valid yet") => {
            "its certificate is not valid yet; is the clock of this machine right?".to_owned()
        }
        () => why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_form() {
        for (body, words) in [
            (r#"{"error":"invalid_client","error_description":"Bad credentials"}"#, "invalid_client: Bad credentials"),
            (r#"{"error":{"message":"no such device"}}"#, "no such device"),
            (r#"{"error":{"code":7},"message":"seven"}"#, "seven"),
            (r#"{"message":"wrong list"}"#, "wrong list"),
            (r#""just text""#, "just text"),
            (r#"{"result":[1]}"#, ""),
            ("<html><head><TITLE>502 Bad Gateway</TITLE></head><body>long</body></html>", "502 Bad Gateway"),
            ("<html><body>no title</body></html>", ""),
            ("\n  upstream failed \nat line 3", "upstream failed"),
            ("", ""),
            ("<title>never ends", ""),
        ] {
            assert_eq!(words_of(body.as_bytes()), words, "{body}");
        }
    }

    #[test]
    fn secrets_and_controls_are_struck_out() {
        let safe = Safe { secrets: vec!["to/ken+1".into(), "hush".into()] };
        assert_eq!(safe.text("Invalid access token: to/ken+1"), "Invalid access token: …");
        assert_eq!(
            safe.text("GET /o/x?access_token=to%2Fken%2B1 failed\u{1b}[2J"),
            "GET /o/x?access_token=… failed␛[2J"
        );
        assert_eq!(safe.text(&"hush".repeat(100)), "…".repeat(100));
        let long = safe.text(&"ä".repeat(1000));
        assert_eq!((long.chars().count(), long.ends_with("ä…")), (LONGEST_WORDS + 1, true));
    }
}
