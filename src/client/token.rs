//! Access tokens: which one is used, until when, and what the token call answers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use super::exchange::Reply;
use super::{ClientError, Credentials, Verdict};

/// How long before its end a token is renewed.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
/// A token that lasts less than this is used until it is refused: renewing it in time would spend the budget on tokens.
const SHORT: Duration = Duration::from_mins(2);
/// The longest time that a token is used, whatever the cloud says of it.
const LONGEST_USE: Duration = Duration::from_hours(24);

/// Which token a request was sent with, so that one that was renewed meanwhile is not renewed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenNumber(u64);

/// A token that the cloud granted.
#[derive(Debug)]
pub struct Granted {
    value: SecretString,
    renew_at: Option<Instant>,
}

#[derive(Debug)]
pub struct Tokens {
    credentials: Credentials,
    now: Mutex<Now>,
}

#[derive(Debug, Default)]
struct Now {
    number: u64,
    token: Option<Granted>,
}

impl Tokens {
    pub fn new(credentials: Credentials) -> Self {
        let ready = match &credentials {
            Credentials::Token(value) => Some(Granted { value: value.clone(), renew_at: None }),
            Credentials::Client { .. } => None,
        };
        Self { credentials, now: Mutex::new(Now { number: 0, token: ready }) }
    }

    /// Key and secret, where tokens can be asked for.
    pub fn client(&self) -> Option<(&str, &SecretString)> {
        match &self.credentials {
            Credentials::Client { key, secret } => Some((key, secret)),
            Credentials::Token(_) => None,
        }
    }

    pub fn current(&self) -> Option<TokenNumber> {
        let now = self.lock();
        let fresh = |token: &Granted| token.renew_at.is_none_or(|end| Instant::now() < end);
        now.token.as_ref().is_some_and(fresh).then_some(TokenNumber(now.number))
    }

    pub fn get(&self, number: TokenNumber) -> Option<SecretString> {
        let now = self.lock();
        now.token.as_ref().filter(|_| now.number == number.0).map(|token| token.value.clone())
    }

    pub fn keep(&self, granted: Granted) -> TokenNumber {
        let mut now = self.lock();
        now.number += 1;
        now.token = Some(granted);
        TokenNumber(now.number)
    }

    pub fn forget(&self, number: TokenNumber) -> bool {
        let mut now = self.lock();
        if now.number == number.0 {
            now.token = None;
        }
        now.token.is_some() || matches!(self.credentials, Credentials::Client { .. })
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token call's answer. `expires_in` [C] is seconds; a number in quotes is taken as well.
#[derive(Deserialize)]
struct Grant {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Value,
}

/// What the token call answered.
pub fn read(reply: &Reply) -> Result<Granted, ClientError> {
    let asked = reply.asked();
    let body = match (Verdict::of_read(reply), reply.body()) {
        (Ok(()), Some(body)) => body,
        (Ok(()), None) => return Err(ClientError::NoAnswer(reply.why("the token's answer was cut off or too long"))),
        // Bad credentials are a 401 or a 400 [I].
        (Err(Verdict::Token(words) | Verdict::BadRequest(words)), _) => {
            return Err(ClientError::Credentials(format!("the cloud does not accept the credentials: {words}").into()));
        }
        (Err(verdict), _) => return Err(verdict.into_error()),
    };
    let grant: Grant = serde_json::from_slice(body).map_err(|_| {
        ClientError::Refused("the answer to the token request holds no token: is the address right?".into())
    })?;
    let seconds = grant.expires_in.as_f64().or_else(|| grant.expires_in.as_str()?.trim().parse().ok());
    let lasts =
        seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).map(|lasts| lasts.min(LONGEST_USE));
    // Counted from when it was asked for: it cannot have begun earlier.
    let renew_at = lasts.filter(|&lasts| lasts >= SHORT).map(|lasts| asked + lasts.saturating_sub(RENEW_BEFORE));
    Ok(Granted { value: grant.access_token, renew_at })
}
