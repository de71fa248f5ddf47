//! `harness victims`, on a few of them: the whole catalogue is a minute's work.

use crate::place::{Place, valgrind_is_there};
use harness::commands::victims::summary::VictimsSummary;
use harness_model::Outcome;

#[test]
fn a_fault_is_told_for_what_it_is_and_its_twin_is_clean() {
    let place = Place::new();
    let ended = place.run("victims --only kept-capacity,sawtooth,one-off,mapping");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary: VictimsSummary = place.document();
    assert_eq!(summary.outcome, Outcome::Pass);
    assert_eq!(summary.cases.len(), 8);
    assert_eq!(summary.causes.right_of_all(), (8, 8));
    assert_eq!(summary.shapes.right_of_all(), (8, 8));
    assert!(place.path("out/report.html").exists());
}

#[test]
fn what_is_lost_is_told_from_what_is_held_only_where_valgrind_runs() {
    let place = Place::new();
    let arguments = "victims --only rc-cycle";
    let without = place.command(arguments).env("PATH", "").output().unwrap();
    assert_eq!(without.status.code(), Some(3), "{without:?}");
    if valgrind_is_there() {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let summary: VictimsSummary = place.document();
        let found = summary.cases[0].found.as_ref().unwrap();
        assert_eq!(found.place.function.as_deref(), Some("tie_cycle"));
    }
}
