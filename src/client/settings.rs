//! What the client has to know of the cloud.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::ClientError;
use crate::model::text::visible;

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

/// Whether an address can be that of a cloud: `https`, or `http` on this machine, and nothing behind the port.
pub fn check_url(url: &Url) -> Result<(), ClientError> {
    let says = |why: &str| Err(ClientError::Settings(why.to_owned()));
    if !url.username().is_empty() || url.password().is_some() {
        return says("the cloud's address holds a user name or password: give credentials by their own settings");
    }
    let shown = visible(url.as_str()).into_owned();
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(url) => {}
        "http" => return says(&format!("{shown} is not encrypted: use https (http is for this machine alone)")),
        _ => return says(&format!("{shown} is no https address")),
    }
    if url.host().is_none() {
        return says(&format!("{shown} names no host"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return says(&format!("{shown} has more than scheme, host and port: leave out what follows the host"));
    }
    Ok(())
}

/// Whether the address is this machine: `127.0.0.0/8`, `[::1]` or `localhost`.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    // The host as it is parsed, so that `127.0.0.1.example.org` and `localhost.example.org` are what they are.
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        for good in [
            "https://gears.opswat.com",
            "https://t:8443/",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert_eq!(check_url(&good.parse().unwrap()), Ok(()), "{good}");
        }
        for bad in [
            "http://gears.opswat.com",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://[::2]",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "https://anna:secret@gears.opswat.com",
            "https://gears.opswat.com/o/",
            "https://gears.opswat.com/?access_token=1",
        ] {
            let why = check_url(&bad.parse().unwrap()).unwrap_err().to_string();
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
