//! The journal on real files, with real processes and real faults.

#[path = "journal/child.rs"]
mod child;
#[path = "journal/death.rs"]
mod death;
#[path = "journal/faults.rs"]
mod faults;
#[path = "journal/history.rs"]
mod history;
#[path = "journal/ledger.rs"]
mod ledger;
#[path = "journal/model.rs"]
mod model;
#[path = "journal/printed.rs"]
mod printed;
#[path = "journal/records.rs"]
mod records;
#[path = "journal/support.rs"]
mod support;
