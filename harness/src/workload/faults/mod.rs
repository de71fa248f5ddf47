//! Faults that can be planted in a workload, each with a twin that takes the same memory and frees it.
//!
//! Each is a row of one [table], beside its own code. Two of them are in nlp-core itself ([`nlp_core::faults`]); two keep
//! what they get of parsed documents ([`documents`]); the others strike once in every iteration, beside the workload's
//! own work. What a fault holds is held in blocks and lists of its own, so that each iteration costs the same number of
//! bytes, exactly, where that is possible.

mod caches;
pub(super) mod documents;
mod kept;
mod lost;
mod pages;
mod service;
mod table;

pub use table::{Expected, Fault, Loop};

use super::{Description, Kind, Spec, Work, Workload};
use crate::workload::Zones;
use harness_model::StoreSample;
use nlp_cli::serve::Observer;
use std::sync::Arc;
use table::Place;

/// A fault that strikes beside a workload's own work.
trait Strike {
    /// Does the wrong thing once, or what its twin does instead.
    ///
    /// # Errors
    ///
    /// A sentence for the user: what could not be done, and why. A fault that is not there must not be looked for.
    fn strike(&mut self, iteration: u64) -> Result<(), String>;

    /// The stores that it has registered.
    fn stores(&self) -> Vec<StoreSample> {
        Vec::new()
    }
}

/// A workload with a fault beside it.
struct Faulty {
    inner: Box<dyn Workload + Send>,
    fault: Box<dyn Strike + Send>,
    name: &'static str,
}

impl Workload for Faulty {
    fn description(&self) -> Description {
        self.inner.description()
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        let work = self.inner.iterate(iteration, zones)?;
        let planted = self.fault.strike(iteration);
        planted.map_err(|why| {
            format!(
                "the fault {} could not be planted in iteration {iteration}: {why}",
                self.name
            )
        })?;
        Ok(work)
    }

    fn stores(&self) -> Vec<StoreSample> {
        let mut stores = self.inner.stores();
        stores.extend(self.fault.stores());
        stores
    }
}

/// Plants the fault that `spec` asks for beside the workload, unless the workload has it in itself.
///
/// # Errors
///
/// A sentence for the user: the fault is of documents, and this workload has none.
pub(super) fn plant(
    spec: &Spec,
    inner: Box<dyn Workload + Send>,
) -> Result<Box<dyn Workload + Send>, String> {
    let Some(fault) = spec.inject else {
        return Ok(inner);
    };
    let name = fault.name();
    let make = match (fault.place(), spec.kind) {
        (Place::Beside(make), _) => make,
        // The pipeline has planted it when it was set up, or refused to.
        (Place::Pipeline(_), Kind::Parse | Kind::Pipe | Kind::Annotate | Kind::Serve)
        | (Place::Documents(_), Kind::Parse)
        | (Place::Service(_), Kind::Serve) => return Ok(inner),
        (Place::Pipeline(_) | Place::Documents(_), Kind::Words) => {
            return Err(format!(
                "the workload \"words\" has no fault {name}: it has no pipeline"
            ));
        }
        (Place::Documents(_), Kind::Pipe | Kind::Annotate | Kind::Serve) => {
            return Err(format!(
                "the fault {name} is one of the workload \"parse\": ask for --workload parse"
            ));
        }
        (Place::Service(_), _) => {
            return Err(format!(
                "the fault {name} is one of the workload \"serve\": ask for --workload serve"
            ));
        }
        (Place::Words, Kind::Words) => return Ok(inner),
        (Place::Words, Kind::Parse | Kind::Pipe | Kind::Annotate | Kind::Serve) => {
            return Err(format!(
                "the fault {name} is one of the workload \"words\": ask for --workload words"
            ));
        }
    };
    let fault = make(spec);
    Ok(Box::new(Faulty { inner, fault, name }))
}

/// What keeps something of a service's clients, or its twin, where the fault is of that kind.
pub(super) fn of_the_service(fault: Fault, twin: bool) -> Option<Arc<dyn Observer>> {
    match fault.place() {
        Place::Service(kept) => Some(Arc::new(service::Keeper::new(kept, twin))),
        _ => None,
    }
}
