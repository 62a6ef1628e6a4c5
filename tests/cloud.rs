//! The client, the budget and the dispatcher against the simulated cloud, over real HTTP.

#[path = "cloud/answers.rs"]
mod answers;
#[path = "cloud/house.rs"]
mod house;
#[path = "cloud/proxy.rs"]
mod proxy;
#[path = "cloud/runs.rs"]
mod runs;
#[path = "cloud/simulator.rs"]
mod simulator;
#[path = "cloud/storm.rs"]
mod storm;
#[path = "cloud/tls.rs"]
mod tls;
