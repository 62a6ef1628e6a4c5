//! The cloud's HTTP API.

mod settings;

pub use settings::{CloudSettings, Credentials};
