//! What is known of a call site once it has been looked at, for those who conclude from it.

use super::Figures;
use super::course::Course;
use super::evidence::SiteHistory;

/// What was found of one call site, or of several of one place.
pub(super) struct Found<'e> {
    /// The site: of several, the one that holds the most.
    pub site: &'e SiteHistory,
    /// What it does.
    pub course: Course,
    /// Its figures.
    pub figures: Vec<Figures>,
    /// Its figures after each phase, of a service.
    pub after: Vec<Figures>,
    /// Its figures at the end, behind a collector.
    pub at_end: Option<Figures>,
    /// Whether the place of the site is known to be the one that grows: not of what is left of a whole process.
    pub is_placed: bool,
}
