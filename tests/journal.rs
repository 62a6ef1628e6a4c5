//! The journal on real files, with real processes and real faults.

#[path = "journal/records.rs"]
mod records;
#[path = "journal/support.rs"]
mod support;
