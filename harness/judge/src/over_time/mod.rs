//! Judges what was measured over time: of a program that runs, whoever measured it and however often.
//!
//! Samples come at any distance. They are put [one step apart](points), what comes at the beginning is
//! [cut off](warm_up), as is [what it gives back at its end](wind_down), and the rest is judged as [any noisy series is](crate::shape). Where the program marks what it
//! does, the same is asked by the mark, and [which of the two](drive) it goes with.
//!
//! ```
//! use harness_judge::over_time::{Point, judge};
//! use harness_model::Shape;
//!
//! // Ten megabytes are loaded in two seconds, and a kilobyte a second leaks.
//! let points: Vec<Point> = (0..600).map(|tenth| Point {
//!     at: f64::from(tenth) / 10.0,
//!     value: 500_000 * u64::from(u32::min(tenth, 20) as u16) + 100 * tenth as u64,
//! }).collect();
//! let judged = judge(&points).unwrap();
//! assert_eq!(judged.shape, Shape::Growing);
//! assert!((judged.slope - 1_000.0).abs() < 50.0, "{}", judged.slope);
//! assert!(judged.warm_up >= 2.0);
//! ```

mod apart;
mod beside;
mod causes;
mod conclude;
mod drive;
mod evidence;
mod judged;
mod points;
mod rates;
mod sites;
#[cfg(test)]
mod tests;
mod track;
mod warm_up;
mod wind_down;

pub use apart::{Apart, Part, conclude_apart};
pub use conclude::{Conclusion, conclude};
pub use evidence::{Decides, Evidence, Marks, ProcessTrack, SiteTrack, Track};
pub use judged::{FEWEST_SAMPLES, judge};
pub use points::Point;
