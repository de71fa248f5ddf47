//! The workload of a service: `nlp serve` in this process, and a client in another that sends it requests over a real
//! socket. What this process holds is the service's alone.

pub mod client;

use super::{Description, Spec, Work, Workload, faults, pipeline};
use crate::allocator::parts;
use crate::workload::Zones;
use crate::workload::settled::settle;
use client::Client;
use harness_model::StoreSample;
use harness_model::units::several;
use harness_tally::counters;
use nlp_cli::serve::{Heap, Limits, Observer, Options, Service};
use nlp_core::{Language, Owner};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// Threads that parse.
const THREADS: usize = 2;
/// Longer than any run: what ends connections by itself would be growth, or its end, that no request made.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// Runs a service and its client.
pub struct Serve {
    spec: Spec,
    nlp: Arc<Language>,
    subject: String,
    observer: Option<Arc<dyn Observer>>,
    running: Option<Running>,
}

struct Running {
    zones: Zones,
    // Dropped first: it has connections to the service.
    client: Client,
    service: Service,
}

impl Serve {
    /// Loads the pipeline and plants the fault that was asked for.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the pipeline cannot be read, or has no place for the fault.
    pub fn new(spec: &Spec) -> Result<Serve, String> {
        let (mut nlp, subject) = pipeline::load(spec.model.as_ref())?;
        if let Some(observer) = parts::observer() {
            nlp.observe(observer);
        }
        pipeline::plant_where_it_belongs(spec, &nlp)?;
        Ok(Serve {
            spec: spec.clone(),
            nlp: Arc::new(nlp),
            subject,
            observer: spec
                .inject
                .and_then(|fault| faults::of_the_service(fault, spec.twin)),
            running: None,
        })
    }

    /// Starts the service and its client, once it is known whether with zones.
    fn start(&self, zones: Zones) -> Result<Running, String> {
        let cannot = |error: std::io::Error| format!("the service cannot be started: {error}");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let options = Options {
            threads: THREADS,
            zones: zones == Zones::On,
            limits: Limits {
                text_time: None,
                request_time: NEVER,
                head_time: NEVER,
                body_time: NEVER,
                write_time: NEVER,
                ..Limits::default()
            },
            observer: self.observer.clone(),
            heap,
            ..Options::new(vec![("en".to_owned(), Arc::clone(&self.nlp))])
        };
        let service = Service::start(options, vec![listener.into()]).map_err(cannot)?;
        let client = Client::start(&self.spec, address)?;
        Ok(Running {
            zones,
            client,
            service,
        })
    }
}

/// What the counters of this process say.
fn heap() -> Option<Heap> {
    Some(Heap {
        live_bytes: counters::read().live_bytes,
        allocator: Vec::new(),
    })
}

impl Workload for Serve {
    fn description(&self) -> Description {
        Description {
            subject: self.subject.clone(),
            iteration: format!(
                "{} in several requests to nlp serve",
                several(self.spec.texts, "text")
            ),
        }
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        if self
            .running
            .as_ref()
            .is_none_or(|running| running.zones != zones)
        {
            self.running = None;
            self.running = Some(self.start(zones)?);
        }
        let Some(running) = &mut self.running else {
            return Err("the service is not there".to_owned());
        };
        let words = running.client.send(iteration)?;
        // The client has the last byte of an answer before the service has freed it.
        let service = &running.service;
        let is_done = || service.in_flight() == 0 && service.connections() == client::KEPT;
        settle(is_done);
        service.let_go();
        settle(is_done);
        Ok(Work { words })
    }

    fn stores(&self) -> Vec<StoreSample> {
        pipeline::stores(&self.nlp.memory_report(), Owner::Vocabulary)
    }
}
