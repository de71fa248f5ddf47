//! What a client gets that asks for what there is.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Client, get, parse_request};
use crate::server::Server;

fn pipeline(name: &str) -> String {
    format!(
        "{}/../nlp-core/tests/data/pipelines/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

const TEXTS: [&str; 4] = [
    "Ada Lovelace wrote the first program in 1843.",
    "",
    "  Zoë—who lives in «Köln»—said:\n\"Don't!\" 🙂 \u{301}",
    "Apple is looking at buying U.K. startup for $1 billion, Reuters says. It did not say why.",
];

/// What `nlp parse` says of the texts.
fn parsed() -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nlp"))
        .args(["parse", "--input", "jsonl", "--with", "ids,cats,spans"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for text in TEXTS {
        writeln!(stdin, "{}", json!({ "text": text })).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn texts_get_the_tokens_and_entities_that_the_command_gives_them() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let plain = client.parse(&json!(TEXTS).to_string());
    assert_eq!(
        (plain.status, plain.header("content-type")),
        (200, Some("application/json"))
    );
    let parts = [
        "tags", "lemmas", "heads", "offsets", "ids", "sents", "cats", "spans",
    ];
    let full = client
        .parse(&json!({"texts": TEXTS, "parts": parts, "model": "en"}).to_string())
        .json();
    let expected = parsed();
    assert_eq!(full.as_array().unwrap().len(), TEXTS.len());
    for ((plain, full), expected) in plain
        .json()
        .as_array()
        .unwrap()
        .iter()
        .zip(full.as_array().unwrap())
        .zip(&expected)
    {
        let words = |document: &Value| -> Vec<Value> {
            document["tokens"]
                .as_array()
                .unwrap()
                .iter()
                .map(|token| token["text"].clone())
                .collect()
        };
        assert_eq!(words(plain), words(expected));
        assert_eq!(
            plain["tokens"],
            json!(
                words(expected)
                    .iter()
                    .map(|text| json!({ "text": text }))
                    .collect::<Vec<_>>()
            )
        );
        let spans = |ents: &Value| -> Vec<Value> {
            let ents = ents.as_array().unwrap().iter();
            ents.map(|ent| json!({"start": ent[0], "end": ent[1], "label": ent[2]}))
                .collect()
        };
        assert_eq!(plain["entities"], json!(spans(&expected["ents"])));
        for (token, expected) in full["tokens"]
            .as_array()
            .unwrap()
            .iter()
            .zip(expected["tokens"].as_array().unwrap())
        {
            for field in [
                "text", "ws", "idx", "tag", "pos", "morph", "lemma", "head", "dep",
            ] {
                assert_eq!(token[field], expected[field], "{field}");
            }
            assert_eq!(token.as_object().unwrap().len(), 9);
        }
        let sents = expected["sents"].as_array().unwrap().iter();
        let sents: Vec<Value> = sents
            .map(|sent| json!({"start": sent[0], "end": sent[1]}))
            .collect();
        assert_eq!(full["sents"], json!(sents));
        assert_eq!(
            (&full["cats"], &full["spans"]),
            (&expected["cats"], &expected["spans"])
        );
    }
}

/// The answers to each of the bodies, asked for by many clients at once.
fn all_at_once(address: SocketAddr, bodies: &[String]) -> Vec<Vec<u8>> {
    std::thread::scope(|scope| {
        let ask = |body: &String| {
            let answer = Client::connect(address).parse(body);
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.body
        };
        let asked: Vec<_> = bodies
            .iter()
            .map(|body| scope.spawn(move || ask(body)))
            .collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .collect()
    })
}

#[test]
fn an_answer_has_the_same_bytes_whatever_it_was_parsed_with() {
    for model in ["en", "tr"] {
        let tr = format!("tr={}", pipeline("tr_toy"));
        let server = Server::start(&[
            "--threads",
            "1",
            "--batch-wait",
            "20",
            "--model",
            &format!(
                "en={}/../nlp-core/models/en_ewt_sm",
                env!("CARGO_MANIFEST_DIR")
            ),
            "--model",
            &tr,
        ]);
        let bodies: Vec<String> = (0..60)
            .map(|i| {
                let texts: Vec<String> = (0..=i % 3)
                    .map(|j| format!("{} Word{i} and {j}.", TEXTS[(i + j) % 4]))
                    .collect();
                json!({"texts": texts, "model": model, "parts": ["tags", "heads", "lemmas"]})
                    .to_string()
            })
            .collect();
        let mut client = server.connect();
        let alone: Vec<Vec<u8>> = bodies.iter().map(|body| client.parse(body).body).collect();
        let batches = || server.figure("nlp_batch_requests_count");
        let before = batches();
        assert_eq!(before, 60.0, "one after the other, each is parsed alone");
        let together = all_at_once(server.address, &bodies);
        for (i, (alone, together)) in alone.iter().zip(&together).enumerate() {
            assert_eq!(alone, together, "{model} {i}");
        }
        let batched = batches() - before;
        match model {
            "en" => assert!(batched < 60.0, "none was parsed with another: {batched}"),
            // Its answers depend on what is parsed with a text.
            _ => assert_eq!(batched, 60.0),
        }
    }
}

#[test]
fn pipelines_are_asked_for_by_name() {
    let (de, zh) = (
        format!("de={}", pipeline("de_toy")),
        format!("zh-1={}", pipeline("zh_toy")),
    );
    let server = Server::start(&["--model", &de, "--model", &zh]);
    let health = get(server.address, "/health");
    assert_eq!(
        health.json(),
        json!({"status": "ok", "models": ["de", "zh-1"]})
    );
    let mut client = server.connect();
    let mut tag = |model: &str| {
        let answer = client.parse(
            &json!({"texts": ["我们在北京。她爱猫"], "model": model, "parts": ["tags"]})
                .to_string(),
        );
        answer.json()[0]["tokens"][0]["tag"].clone()
    };
    assert_eq!((tag("zh-1"), tag("de")), (json!("NN"), json!("NE")));
    let api = get(server.address, "/openapi.json").json();
    let model = &api["components"]["schemas"]["ParseRequest"]["properties"]["model"];
    assert_eq!(model["enum"], json!(["de", "zh-1", null]));
    let unknown = client.parse(r#"{"texts": [], "model": "fr"}"#);
    assert_eq!(
        unknown.problem(422),
        "there is no such model here; there is \"de\", \"zh-1\""
    );
}

#[test]
fn the_other_routes_say_what_they_are_there_for() {
    let server = Server::start(&[]);
    assert_eq!(get(server.address, "/ready").status, 200);
    let page = get(server.address, "/");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'")
    );
    assert!(!page.text().contains("//"), "it needs no other place");
    let api = get(server.address, "/openapi.json").json();
    assert_eq!(api["openapi"], "3.1.0");
    let paths: Vec<&String> = api["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        [
            "/",
            "/health",
            "/metrics",
            "/openapi.json",
            "/parse",
            "/ready"
        ]
    );
    assert_eq!(api["paths"]["/parse"]["post"]["security"], Value::Null);
    get(server.address, "/pars").problem(404);
    let wrong = get(server.address, "/parse");
    wrong.problem(405);
    assert_eq!(wrong.header("allow"), Some("POST"));
}

#[test]
fn requests_in_one_write_are_answered_in_order() {
    let server = Server::start(&["--threads", "2"]);
    let mut client = server.connect();
    let bodies: Vec<String> = (0..20)
        .map(|i| json!([format!("Text number {i}.")]).to_string())
        .collect();
    client.send(
        bodies
            .iter()
            .map(|body| parse_request(body))
            .collect::<String>(),
    );
    for i in 0..20 {
        let answer = client.answer().unwrap();
        assert_eq!(answer.json()[0]["tokens"][2]["text"], format!("{i}"));
    }
}
