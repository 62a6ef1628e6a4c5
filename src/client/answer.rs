//! What an answer means: the table of answers, row by row.

use std::sync::Arc;

use super::exchange::{Reached, Reply};
use super::{ClientError, wire};

/// What came back for one command, and so what may be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 200 with as many numbers as ids: one number a device, in the order of the list [I].
    Numbers(Vec<i64>),
    /// 200 with anything else, or another 2xx: the command may have run. Why.
    Untrusted(Arc<str>),
    /// 400 [D]: nothing ran. The server's words.
    BadRequest(Arc<str>),
    /// 401 [D]: the token is missing, invalid or has ended; nothing ran.
    Token(Arc<str>),
    /// 403, 404, 405, 415, a redirect, and what else of 3xx and 4xx no other row names: nothing ran.
    Refused(Arc<str>),
    /// 406, 413: the list is too long; nothing ran.
    TooLong(Arc<str>),
    /// 429 [D]: over the limit; nothing ran.
    OverLimit(Arc<str>),
    /// 5xx, 408, a reset or a time-out after sending: the command may have run.
    MayHaveRun(Arc<str>),
    /// No connection, DNS, TLS: nothing ran.
    NeverLeft(Arc<str>),
}

impl Verdict {
    /// What `reply` means for a command to `ids` devices.
    #[must_use]
    pub fn of(reply: &Reply, ids: usize) -> Self {
        if let Err(verdict) = Self::of_read(reply) {
            return verdict;
        }
        match reply.body() {
            None => Self::Untrusted(reply.words()),
            Some(body) => match wire::numbers(body, ids) {
                Ok(numbers) => Self::Numbers(numbers),
                Err(why) => Self::Untrusted(why.into()),
            },
        }
    }

    /// What `reply` means for a call whose answer is only read; `Ok` for 200.
    pub fn of_read(reply: &Reply) -> Result<(), Self> {
        let status = match reply.reached() {
            Reached::Never => return Err(Self::NeverLeft(reply.words())),
            Reached::Lost => return Err(Self::MayHaveRun(reply.words())),
            Reached::Answered(200) => return Ok(()),
            Reached::Answered(status) => status,
        };
        let says = |what: &str| reply.why(&format!("{what} (HTTP {status})"));
        Err(match status {
            100..=299 => Self::Untrusted(says("an answer that is not the documented one")),
            300..=399 => Self::Refused(says("the address leads elsewhere, and redirects are not followed")),
            400 | 422 => Self::BadRequest(says("the cloud takes the request for invalid")),
            401 => Self::Token(says("the access token is not accepted")),
            403 => Self::Refused(says("no permission")),
            404 => Self::Refused(says("not found: is the address right?")),
            406 | 413 => Self::TooLong(says("the list is too long")),
            408 => Self::MayHaveRun(says("the server waited too long")),
            429 => Self::OverLimit(says("over the limit")),
            400..=499 => Self::Refused(says("the cloud refuses the request")),
            _ => Self::MayHaveRun(says("the server failed")),
        })
    }

    /// The verdict on a call whose answer is only read, as an error.
    #[must_use]
    pub fn into_error(self) -> ClientError {
        match self {
            Self::Numbers(_) => ClientError::NoAnswer("an answer to another question".into()),
            Self::Untrusted(why) | Self::MayHaveRun(why) => ClientError::NoAnswer(why),
            Self::BadRequest(why) | Self::Refused(why) | Self::TooLong(why) => ClientError::Refused(why),
            Self::Token(why) => ClientError::Credentials(why),
            Self::OverLimit(why) => ClientError::OverLimit(why),
            Self::NeverLeft(why) => ClientError::Unreachable(why),
        }
    }
}
