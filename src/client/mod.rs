//! The cloud's HTTP API.
//!
//! Every call is one request, so that the dispatcher can take a slot of the budget for each. Everything that comes back
//! goes through `exchange`, the one place where an answer or an error of the network becomes ours: there URLs, which carry
//! the token, are stripped, secrets are struck out of the server's words, and sizes are bounded.

mod answer;
mod exchange;
mod settings;
mod token;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

pub use answer::Verdict;
pub use exchange::{LONGEST_ANSWER, Reply};
pub use settings::{CloudSettings, Credentials, check_url};
pub use token::TokenNumber;

use crate::limiter::CloudWords;
use crate::model::{Action, Id, IdMode};
use exchange::Exchange;
use token::Tokens;

/// The call for a token [D].
const TOKEN: &str = "/o/oauth/token";
/// The call for a command [D].
const ACTION: &str = "/o/api/v2/devices/action";
/// The call for the account [D].
const ACCOUNT: &str = "/o/api/v2/account";

/// Why the cloud could not be asked, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The settings cannot work: an address, a certificate file.
    #[error("{0}")]
    Settings(String),
    /// No request left: no connection, DNS, TLS.
    #[error("{0}")]
    Unreachable(Arc<str>),
    /// The cloud does not accept the credentials.
    #[error("{0}")]
    Credentials(Arc<str>),
    /// No request left: there is no token to send it with, and none can be asked for.
    #[error("{0}")]
    NoToken(Arc<str>),
    /// The cloud, or what stands before it, does not allow the call: a wrong address, no permission.
    #[error("{0}")]
    Refused(Arc<str>),
    /// The limit is reached.
    #[error("{0}")]
    OverLimit(Arc<str>),
    /// No usable answer: the server failed, the connection broke, the answer makes no sense.
    #[error("{0}")]
    NoAnswer(Arc<str>),
}

/// What the cloud says of the account of the credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// `name`, safe for a terminal.
    pub name: Option<String>,
    /// `email`, safe for a terminal.
    pub email: Option<String>,
    /// `devices_allowed`
    pub devices_allowed: Option<u64>,
    /// `devices_used`
    pub devices_used: Option<u64>,
    /// The answer's own clock.
    pub date: Option<SystemTime>,
    /// What the cloud said of the limit.
    pub limit: CloudWords,
}

/// Speaks with one cloud for one account. Cheap to clone; clones share connections and the token.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    base_url: Url,
    exchange: Exchange,
    tokens: Tokens,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.inner.base_url.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the cloud at `settings.base_url`. Reads the certificate file and the system's roots of trust; sends
    /// nothing yet.
    pub fn new(settings: CloudSettings) -> Result<Self, ClientError> {
        settings::check_url(&settings.base_url)?;
        let exchange = Exchange::new(&settings)?;
        let inner = Inner { base_url: settings.base_url, exchange, tokens: Tokens::new(settings.credentials) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The cloud's address.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.inner.base_url
    }

    /// The token to use now; `None` if one has to be fetched first.
    #[must_use]
    pub fn token(&self) -> Option<TokenNumber> {
        self.inner.tokens.current()
    }

    /// The cloud refused this token: it is not used again. Says whether another one can be had.
    #[must_use]
    pub fn forget_token(&self, number: TokenNumber) -> bool {
        tracing::warn!("the token is not used any more: it was refused");
        self.inner.tokens.forget(number)
    }

    /// Asks for a token: one request, `POST /o/oauth/token` [D].
    pub async fn fetch_token(&self) -> (Result<TokenNumber, ClientError>, CloudWords) {
        let Some((key, secret)) = self.inner.tokens.client() else {
            let why = "the access token was refused or has ended, and a ready token cannot be renewed";
            return (Err(ClientError::NoToken(why.into())), CloudWords::default());
        };
        let form =
            [("client_id", key), ("client_secret", secret.expose_secret()), ("grant_type", "client_credentials")];
        let request = self.inner.exchange.http.post(self.url(TOKEN)).form(&form);
        let reply = self.inner.exchange.send(TOKEN, request, &[secret]).await;
        let words = reply.limit();
        let granted = token::read(&reply).map(|granted| self.inner.tokens.keep(granted));
        match &granted {
            Ok(_) => tracing::info!("a token was granted"),
            Err(error) => tracing::warn!(%error, "no token"),
        }
        (granted, words)
    }

    /// Sends the command: one request, `POST /o/api/v2/devices/action` [D]. All of `ids` are of `mode`. `None` if there is
    /// no token of this number any more.
    pub async fn act(&self, token: TokenNumber, action: Action, mode: IdMode, ids: &[Id]) -> Option<(Verdict, Reply)> {
        let token = self.inner.tokens.get(token)?;
        let request = self.inner.exchange.http.post(self.with_token(ACTION, &token));
        let request = request.header("content-type", "application/json").body(wire::command(action, mode, ids));
        let reply = self.inner.exchange.send(ACTION, request, &self.secrets(&token)).await;
        Some((Verdict::of(&reply, ids.len()), reply))
    }

    /// Asks for the account with a fresh or known token: `GET /o/api/v2/account` [D], after a token request where there is
    /// none. Takes no slots: see `dispatcher::account` for the same within the budget.
    pub async fn account(&self) -> Result<Account, ClientError> {
        let token = match self.token() {
            Some(token) => token,
            None => self.fetch_token().await.0?,
        };
        self.account_with(token).await.0
    }

    /// Asks for the account with this token: one request.
    pub async fn account_with(&self, token: TokenNumber) -> (Result<Account, ClientError>, CloudWords) {
        let Some(token) = self.inner.tokens.get(token) else {
            let why = "the access token has ended".into();
            return (Err(ClientError::NoToken(why)), CloudWords::default());
        };
        let request = self.inner.exchange.http.get(self.with_token(ACCOUNT, &token));
        let reply = self.inner.exchange.send(ACCOUNT, request, &self.secrets(&token)).await;
        (wire::account(&reply), reply.limit())
    }

    fn secrets<'a>(&'a self, token: &'a SecretString) -> Vec<&'a SecretString> {
        self.inner.tokens.client().map(|(_, secret)| secret).into_iter().chain([token]).collect()
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.inner.base_url.clone();
        url.set_path(path);
        url
    }

    /// The documentation puts the token into the URL [D]; whether a header would do is [?].
    fn with_token(&self, path: &str, token: &SecretString) -> Url {
        let mut url = self.url(path);
        url.query_pairs_mut().append_pair("access_token", token.expose_secret());
        url
    }
}
