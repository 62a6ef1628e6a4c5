//! The table of answers, row by row.

use gears_console::model::{EndReason, OutcomeKind};

use crate::house::{House, RATE, options, run};

#[tokio::test]
async fn a_run_succeeds() {
    let mut house = House::new(options()).await;
    house.start(7, run(120));
    assert_eq!(house.ended().await, EndReason::Completed);
    let outcomes = house.outcomes(120);
    assert!(outcomes.iter().all(|outcome| outcome.kind == OutcomeKind::Succeeded), "{outcomes:?}");
    assert_eq!(house.commands().len(), 3);
    house.check(RATE);
}
