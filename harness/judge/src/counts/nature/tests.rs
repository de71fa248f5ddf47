use super::*;
use crate::counts::{Amount, Course, course};

/// Figures after so many requests each, of blocks of 10 bytes.
fn figures(points: &[(u64, u64)]) -> Vec<Figures> {
    let point = |(iterations, blocks): &(u64, u64)| {
        let amount = Amount {
            bytes: 10 * blocks,
            blocks: *blocks,
        };
        Figures {
            iterations: *iterations,
            taken: *blocks,
            end: amount,
            peak: amount,
            ..Figures::default()
        }
    };
    points.iter().map(point).collect()
}

/// A service that got half of its 1,000 requests once more, and then none for a second; it had served for 10.
fn service() -> Service {
    let phase = |kind, requests, seconds| Phase {
        kind,
        requests,
        seconds,
    };
    Service {
        seconds: 10.0,
        distinct: true,
        phases: vec![
            phase(PhaseKind::SameAgain, 500, 5.0),
            phase(PhaseKind::Idle, 0, 1.0),
        ],
    }
}

const LINE: [(u64, u64); 4] = [(100, 100), (200, 200), (500, 500), (1_000, 1_000)];

fn told(again: u64, idle: u64) -> Nature {
    let marks = figures(&LINE);
    let Course::Grows(growth) = course(&marks) else {
        panic!("a line")
    };
    let after = figures(&[(1_500, 1_000 + again), (1_500, 1_000 + again + idle)]);
    nature(&growth, &marks, &after, &service())
}

#[test]
fn the_same_requests_once_more_and_none_at_all_tell_causes_apart() {
    assert_eq!(told(500, 0), Nature::Requests);
    assert_eq!(told(0, 0), Nature::Inputs);
    assert_eq!(told(450, 90), Nature::Time);
    // Half of them grow: neither.
    assert_eq!(told(200, 0), Nature::Unknown);
    // Three blocks may come by chance.
    assert_eq!(told(500, 3), Nature::Requests);
}

#[test]
fn what_grows_with_time_is_found_though_it_lies_on_no_line() {
    let after = figures(&[(1_500, 1_500), (1_500, 1_600)]);
    let uneven = figures(&[(100, 500), (200, 900), (500, 1_200), (1_000, 1_400)]);
    assert!(!matches!(course(&uneven), Course::Grows(_)));
    let growth = with_time(&uneven, &after, &service()).unwrap();
    assert_eq!((growth.rate.blocks, growth.rate.bytes), (1.0, 10.0));
    assert_eq!(nature(&growth, &uneven, &after, &service()), Nature::Time);
    let said = Nature::Time.sentence(&service(), idle_gain(&uneven, &after, &service()));
    assert_eq!(
        said.unwrap(),
        "It grows with time, not with requests: in 1.0 s without any it went on growing, by 1,000 B a second."
    );
    // It stood still without requests, or it fell before.
    let still = figures(&[(1_500, 1_500), (1_500, 1_500)]);
    assert_eq!(with_time(&uneven, &still, &service()), None);
    let falls = figures(&[(100, 500), (200, 1_200), (500, 1_000), (1_000, 1_400)]);
    assert_eq!(with_time(&falls, &after, &service()), None);
}
