//! What a service says of itself.

use serde_json::json;

use crate::client::get;
use crate::server::Server;

#[test]
fn every_store_and_every_request_is_counted() {
    let server = Server::start(&["--threads", "2"]);
    let mut client = server.connect();
    for i in 0..30 {
        let new = json!([format!("The zorgle{i} frobbed the quux{i} 🙂.")]).to_string();
        assert_eq!(client.parse(&new).status, 200);
    }
    client.parse("[");
    assert_eq!(
        server.figure("nlp_requests_total{route=\"/parse\",status=\"200\"}"),
        30.0
    );
    assert_eq!(
        server.figure("nlp_requests_total{route=\"/parse\",status=\"400\"}"),
        1.0
    );
    assert_eq!(
        server.figure("nlp_request_duration_seconds_count{route=\"/parse\"}"),
        31.0
    );
    assert_eq!(server.figure("nlp_texts_total"), 30.0);
    assert_eq!(server.figure("nlp_queue_length"), 0.0);
    assert_eq!(server.figure("nlp_zones_open{model=\"en\"}"), 0.0);
    assert!(server.figure("process_resident_memory_bytes") > 1e6);
    #[cfg(target_env = "gnu")]
    assert!(server.figure("nlp_heap_live_bytes") > 1e6);
    // What the requests brought is gone, and the pool is what it was.
    let of = |figure: &str, owner: &str, store: &str, on_close: &str| {
        server.figure(&format!(
            "nlp_store_{figure}{{model=\"en\",owner=\"{owner}\",store=\"{store}\",on_zone_close=\"{on_close}\"}}"
        ))
    };
    assert_eq!(of("entries", "pool", "strings", "freed"), 0.0);
    assert_eq!(of("entries", "pool", "idle_zones", "kept"), 2.0);
    assert!(of("entries", "pool", "tokenizer_cache", "kept") > 0.0);
    assert_eq!(of("entries", "vocabulary", "strings", "stays"), 0.0);
    let bytes = of("bytes", "pool", "tokenizer_cache", "kept");
    client.parse("[\"Other words than before.\"]");
    assert_eq!(of("bytes", "pool", "tokenizer_cache", "kept"), bytes);
    let text = get(server.address, "/metrics");
    assert_eq!(
        text.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(text.text().ends_with("# EOF\n"));
}
