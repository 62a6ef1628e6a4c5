//! Nothing is lost, nothing is sent twice, the limit is never exceeded: the binary, real HTTP and real files, and whatever
//! can go wrong. The cloud's log is the truth.

#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/house.rs"]
mod house;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/leave.rs"]
mod leave;
#[path = "faults/many.rs"]
mod many;
#[path = "faults/rows.rs"]
mod rows;
