//! What a service counts, as Prometheus reads it: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use nlp_core::Store;

use super::heap;
use super::state::State;

/// What text of this kind is called.
pub(super) const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The bounds of the latencies that are told apart, in seconds.
const SECONDS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0,
];
/// The bounds of the numbers of requests that are parsed at once.
const REQUESTS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

/// The counters, and all that is read when they are asked for.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    latency: Family<Route, Histogram, fn() -> Histogram>,
    abandoned: Counter,
    texts: Counter,
    characters: Counter,
    batches: Histogram,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new(state: &Arc<State>) -> Metrics {
        let mut registry = Registry::default();
        let requests = Family::default();
        registry.register(
            "nlp_requests",
            "Answers, by route and status",
            requests.clone(),
        );
        let latency = Family::<Route, Histogram, fn() -> Histogram>::new_with_constructor(|| {
            Histogram::new(SECONDS)
        });
        let help = "Time from a request's head to its answer, in seconds";
        registry.register("nlp_request_duration_seconds", help, latency.clone());
        let abandoned = Counter::default();
        registry.register(
            "nlp_requests_abandoned",
            "Requests whose client went away before the answer",
            abandoned.clone(),
        );
        let texts = Counter::default();
        registry.register("nlp_texts", "Texts that were accepted", texts.clone());
        let characters = Counter::default();
        registry.register(
            "nlp_text_characters",
            "Code points of the texts that were accepted",
            characters.clone(),
        );
        let batches = Histogram::new(REQUESTS);
        registry.register(
            "nlp_batch_requests",
            "Requests that were parsed at once",
            batches.clone(),
        );
        registry.register_collector(Box::new(Now(Arc::clone(state))));
        Metrics {
            registry,
            requests,
            latency,
            abandoned,
            texts,
            characters,
            batches,
        }
    }

    /// A request was answered.
    pub fn answered(&self, route: &'static str, status: u16, took: Duration) {
        self.requests
            .get_or_create(&Answered { route, status })
            .inc();
        self.latency
            .get_or_create(&Route { route })
            .observe(took.as_secs_f64());
    }

    /// A client went away before its answer.
    pub fn abandoned(&self) {
        self.abandoned.inc();
    }

    /// Texts were accepted.
    pub fn accepted(&self, texts: usize, characters: usize) {
        self.texts.inc_by(texts as u64);
        self.characters.inc_by(characters as u64);
    }

    /// So many requests are parsed at once.
    pub fn batch(&self, requests: usize) {
        self.batches.observe(requests as f64);
    }

    /// All of it, as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to memory does not fail");
        text
    }
}

/// What is the case now.
#[derive(Debug)]
struct Now(Arc<State>);

impl Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = &*self.0;
        let to = &mut encoder;
        let count = |value: usize| value as u64;
        gauge(
            to,
            "nlp_queue_length",
            "Requests that wait for a thread",
            count(state.queue.len()),
        )?;
        gauge(
            to,
            "nlp_queue_capacity",
            "Requests that may wait for a thread",
            count(state.queue.capacity()),
        )?;
        gauge(
            to,
            "nlp_requests_in_flight",
            "Requests that are read or answered",
            count(state.in_flight.load(Ordering::Relaxed)),
        )?;
        gauge(
            to,
            "nlp_connections",
            "Connections that are open",
            count(state.connections.load(Ordering::Relaxed)),
        )?;
        gauge(
            to,
            "nlp_body_bytes_held",
            "Bytes of the bodies that are read or wait",
            count(state.budget.held()),
        )?;
        if let Some(resident) = heap::resident_bytes() {
            gauge(
                to,
                "process_resident_memory_bytes",
                "Bytes of this process that are in memory",
                resident,
            )?;
        }
        if let Some(heap) = (state.heap)() {
            gauge(
                to,
                "nlp_heap_live_bytes",
                "Bytes that are allocated and not freed",
                heap.live_bytes,
            )?;
            let each = heap.allocator.iter();
            let each = each.map(|(name, bytes)| ([("what", *name)], *bytes));
            gauges(
                to,
                "nlp_allocator_bytes",
                "What the allocator counts, by name",
                each,
            )?;
        }
        self.zones(to)?;
        self.stores(to)
    }
}

impl Now {
    fn zones(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let each = self.0.pipelines.iter();
        let each = each.map(|one| ([("model", one.name.as_str())], one.open_zones() as u64));
        gauges(to, "nlp_zones_open", "Memory zones that are open", each)
    }

    /// Every store that registers itself: of the pipelines, their vocabularies and their idle zones.
    fn stores(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut stores = Vec::new();
        for pipeline in &self.0.pipelines {
            for store in pipeline.memory_reports().flat_map(|report| report.stores) {
                let name = printable::Line(&store.name).to_string();
                stores.push((pipeline.name.as_str(), name, store));
            }
        }
        let labels = |model, name, store: &Store| {
            let (owner, on_close) = (store.owner.name(), store.on_close.name());
            [
                ("model", model),
                ("owner", owner),
                ("store", name),
                ("on_zone_close", on_close),
            ]
        };
        let each = (stores.iter())
            .map(|(model, name, store)| (labels(model, name.as_str(), store), store.bytes as u64));
        gauges(
            to,
            "nlp_store_bytes",
            "Bytes that a store holds from the allocator",
            each,
        )?;
        let each = (stores.iter()).map(|(model, name, store)| {
            (labels(model, name.as_str(), store), store.entries as u64)
        });
        gauges(to, "nlp_store_entries", "Entries of a store", each)
    }
}

fn gauge(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(to.encode_descriptor(name, help, None, gauge.metric_type())?)
}

/// Gauges of one name, each with other labels.
fn gauges<'v, const N: usize>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    each: impl Iterator<Item = ([(&'static str, &'v str); N], u64)>,
) -> fmt::Result {
    let mut family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in each {
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}
