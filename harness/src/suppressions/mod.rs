//! valgrind's suppressions, each with a reason and a day of expiry: how they are read, and what they hide.

pub mod entries;
pub mod hide;
pub mod pattern;
