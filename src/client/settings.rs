//! What the client has to know of the cloud.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

/// How the console proves who it is.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// An API client of the account: the token is asked for and renewed.
    Client {
        /// `client_id`
        key: String,
        /// `client_secret`
        secret: SecretString,
    },
    /// A ready access token, which cannot be renewed.
    Token(SecretString),
}

/// Where the cloud is and how it is spoken to.
#[derive(Clone, Debug)]
pub struct CloudSettings {
    /// Scheme, host and port; paths begin with `/o/`. `http` only for loopback.
    pub base_url: Url,
    /// Who we are.
    pub credentials: Credentials,
    /// The longest time for a whole request.
    pub timeout: Duration,
    /// The longest time until a connection stands.
    pub connect_timeout: Duration,
    /// More roots of trust, in PEM, beside the system's.
    pub ca_file: Option<PathBuf>,
}
