//! The cloud, small and local: what `--demo`, `gears simulate` and the tests talk to over real HTTP.
//!
//! It speaks the token call, `POST /o/api/v2/devices/action` and `GET /o/api/v2/account`, keeps the limit by itself (a
//! sliding window over arrivals; 429 with the documented headers), and is strict about the wire, so that mistakes of the
//! client show: both lists or none, an `opt` that does not agree, an unknown action, a wrong method or content type are
//! refused. A MAC that is not written `00:0c:29:cd:c7:b2`, and an id that no device of the fleet has, is a failed device.
//!
//! Faults come from a script ([`Faults`]): `assets/faults.toml` shows every kind.

mod faults;
pub mod fleet;
mod line;
mod server;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::Url;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What the list of sample devices is called.
pub const SAMPLE_LIST: &str = "sample devices";

pub use faults::{Break, Cut, Fault, Faults, Hang, On};
pub use fleet::demo_list;

use crate::client::Credentials;
use crate::limiter::Rate;
use crate::model::{Action, Id};
use fleet::Fleet;
use server::{Server, State};

/// The client's key that the simulator knows.
pub const KEY: &str = "simulated-console";
/// Its secret, which is none.
pub const SECRET: &str = "not-a-secret";

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The limit that it keeps.
    pub rate: Rate,
    /// How long an answer takes, about: between half and one and a half times this.
    pub latency: Duration,
    /// The devices of the account.
    pub fleet: Fleet,
    /// What goes wrong.
    pub faults: Faults,
    /// Where the differences of the latency begin: the same seed, the same differences.
    pub seed: u64,
    /// The longest list that it takes (413 for a longer one), if there is a limit. What the cloud does is not known [?].
    pub longest_list: Option<usize>,
    /// For how long a token is good.
    pub token_lasts: Duration,
    /// Whether answers carry the headers of the limit. Whether the cloud's always do is not known [?].
    pub limit_headers: bool,
}

impl Default for Options {
    /// The documented limit, no latency, the sample fleet, no faults, a free port of 127.0.0.1.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            rate: Rate::default(),
            latency: Duration::ZERO,
            fleet: Fleet::sample(),
            faults: Faults::default(),
            seed: 0,
            longest_list: None,
            token_lasts: Duration::from_secs(43_199),
            limit_headers: true,
        }
    }
}

impl Options {
    /// For people who try the console: 10 requests in 10 s, so that the budget is seen at work, and a little latency.
    #[must_use]
    pub fn demo() -> Self {
        let rate = Rate { requests: 10, window: Duration::from_secs(10) };
        Self { rate, latency: Duration::from_millis(600), ..Self::default() }
    }
}

/// A request as it arrived, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// When it arrived.
    pub at: Instant,
    /// The same by the calendar.
    pub when: SystemTime,
    /// `POST`
    pub method: String,
    /// The path, without the query, which holds the token.
    pub path: String,
    /// The action, if the body named one.
    pub action: Option<Action>,
    /// The list, as it stood in the body.
    pub ids: Vec<String>,
    /// Whether the action was carried out.
    pub ran: bool,
    /// The status of the answer; `None` while there is none, and where the connection was broken instead.
    pub status: Option<u16>,
}

/// A running simulator. Stops when dropped.
pub struct Simulator {
    address: SocketAddr,
    state: Arc<Server>,
    task: JoinHandle<()>,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Simulator {
    /// Listens, and answers on the current tokio runtime from then on. Fails if the address is taken.
    #[expect(clippy::unused_async, reason = "starting is a thing to wait for; only binding happens to be quick")]
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let state = Arc::new(Server::new(options));
        let task = tokio::spawn(server::serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a cloud's.
    ///
    /// # Panics
    ///
    /// Never: an address and a port are always a URL.
    #[must_use]
    pub fn base_url(&self) -> Url {
        format!("http://{}", self.address).parse().expect("an address and a port are a URL")
    }

    /// Credentials that it accepts.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        Credentials::Client { key: KEY.to_owned(), secret: SECRET.into() }
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.lock().log.clone()
    }

    /// Whether a device is exempt, as the account knows it.
    #[must_use]
    pub fn is_exempt(&self, id: &Id) -> bool {
        self.state.is_exempt(&id.to_string())
    }

    /// No token that was given so far is good any more.
    pub fn revoke_tokens(&self) {
        self.lock().revoke();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
        self.state.stop();
    }
}
