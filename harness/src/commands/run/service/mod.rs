//! `harness run --service`: a service is started once, asked again and again, and looked at after so many requests.
//!
//! What it holds while no request is on its way is a point for each mark, and all marks are points of one run: the judge
//! takes each as if the service had ended there. What was lost of it is known when it ends ([`lost`]).
//!
//! - [`ready`]: waits until it can be asked; [`loader`] asks it, from a process of its own.
//! - [`marks`]: after how many requests it is looked at; [`snapshot`] looks, with [`kernel`].
//! - [`drive`]: goes from mark to mark, and through what tells causes apart; [`last_look`] asks for what is known
//!   of it alone, and [`stop`] ends it; [`mod@serve`] is all of it.
//! - [`changes`]: what of it is judged.
//! - [`told`]: what is said of it beside what grows.

mod changes;
mod drive;
mod kernel;
mod last_look;
mod loader;
mod lost;
mod marks;
mod ready;
mod serve;
mod snapshot;
mod stop;
mod told;

pub(super) use changes::only;
pub(super) use serve::{Purpose, serve};
pub(super) use told::{Served, announcement, options_of};
