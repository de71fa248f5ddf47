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
fn what_is_lost_is_told_from_what_is_held_with_valgrind_and_without() {
    let tied_by = |place: &Place| {
        let summary: VictimsSummary = place.document();
        let found = summary.cases[0].found.as_ref().unwrap();
        found.place.function.clone()
    };
    let arguments = "victims --only rc-cycle";
    let place = Place::new();
    // Without valgrind the scan of the preloaded library looks; where there is no such library either, nobody does.
    let without = place.command(arguments).env("PATH", "").output().unwrap();
    if harness::preloaded::is_supported() {
        assert_eq!(without.status.code(), Some(0), "{without:?}");
        assert_eq!(tied_by(&place).as_deref(), Some("tie_cycle"));
    } else {
        assert_eq!(without.status.code(), Some(3), "{without:?}");
    }
    if valgrind_is_there() {
        let place = Place::new();
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(tied_by(&place).as_deref(), Some("tie_cycle"));
    }
}
