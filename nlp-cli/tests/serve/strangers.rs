//! What strangers send, and what they get for it.

use std::io::Write;
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Client, get, parse_request};
use crate::server::Server;

#[test]
fn what_is_wrong_with_a_request_is_said_and_the_next_one_is_served() {
    let server = Server::start(&[
        "--max-texts",
        "3",
        "--max-chars",
        "100",
        "--max-body",
        "5000",
    ]);
    let mut client = server.connect();
    for (body, status) in [
        ("", 400),
        ("[", 400),
        ("{\"texts\": [\"a\"]", 400),
        ("[\"\\ud800\"]", 400),
        ("{}", 422),
        ("[1]", 422),
        ("{\"texts\": {}}", 422),
        ("{\"texts\": [\"a\"], \"parts\": [\"everything\"]}", 422),
        ("{\"texts\": [\"a\"], \"part\": []}", 422),
        ("[\"a\", \"b\", \"c\", \"d\"]", 413),
        (&json!(["x".repeat(101)]).to_string(), 413),
    ] {
        let problem = client.parse(body).problem(status);
        assert!(problem.len() > 20 && problem.len() < 1000, "{problem}");
        assert_eq!(client.parse("[\"Good.\"]").status, 200, "after {body}");
    }
    let plain = parse_request("[\"a\"]").replace("application/json", "text/plain");
    client.send(plain);
    client.answer().unwrap().problem(415);
    let packed = parse_request("[\"a\"]").replace("Host:", "Content-Encoding: gzip\r\nHost:");
    client.send(packed);
    client.answer().unwrap().problem(415);
    assert_eq!(client.parse("[\"Good.\"]").status, 200);
}

#[test]
fn a_body_that_is_too_large_or_never_ends_is_answered_while_it_is_sent() {
    let server = Server::start(&["--max-body", "100000"]);
    // Announced, and sent.
    let mut client = server.connect();
    let large = json!(["x".repeat(300_000)]).to_string();
    client.send(parse_request(&large));
    assert!(
        client
            .answer()
            .unwrap()
            .problem(413)
            .contains("100000 bytes")
    );
    // Announced, not sent, and not waited for.
    let mut client = server.connect();
    let head = "POST /parse HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n";
    client.send(head);
    client.stream.shutdown(Shutdown::Write).unwrap();
    client.answer().unwrap().problem(413);
    // Without an end.
    let mut client = server.connect();
    client.send("POST /parse HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    let mut stream = client.stream.try_clone().unwrap();
    let sender = thread::spawn(move || {
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    });
    client.answer().unwrap().problem(413);
    drop(client);
    sender.join().unwrap();
    assert_eq!(get(server.address, "/health").status, 200);
    assert_eq!(server.figure("nlp_body_bytes_held"), 0.0);
}

#[test]
fn heads_and_bodies_that_come_too_slowly_are_given_up() {
    let server = Server::start(&["--idle-time", "1"]);
    let mut body = server.connect();
    body.send("POST /parse HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[\"");
    let mut head = server.connect();
    head.send("POST /parse HT");
    let mut silent = server.connect();
    let mut after_one = server.connect();
    assert_eq!(after_one.parse("[\"Good.\"]").status, 200);
    let begun = Instant::now();
    // A letter now and then is no head.
    for _ in 0..5 {
        thread::sleep(Duration::from_millis(100));
        head.send("T");
    }
    assert!(head.answer().unwrap().problem(408).contains("head"));
    assert!(body.answer().unwrap().problem(408).contains("body"));
    assert!(silent.answer().is_none() && after_one.answer().is_none());
    assert!(begun.elapsed() < Duration::from_secs(10));
    server.wait_until("nlp_connections", |open| open == 1.0);
}

#[test]
fn a_client_that_takes_no_answer_is_given_up() {
    let server = Server::start(&["--idle-time", "1"]);
    // So that they are counted from now on.
    get(server.address, "/openapi.json");
    let mut client = server.connect();
    // More answers than the system holds for anybody.
    let request = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
    client.send(request.repeat(4_000));
    server.wait_until(
        "nlp_requests_total{route=\"/openapi.json\",status=\"200\"}",
        |answered| answered > 100.0,
    );
    server.wait_until("nlp_connections", |open| open == 1.0);
    assert_eq!(server.figure("nlp_requests_in_flight"), 1.0);
    let answered = server.figure("nlp_requests_total{route=\"/openapi.json\",status=\"200\"}");
    assert!(answered < 4_000.0, "all of it went somewhere");
}

#[test]
fn heads_that_are_no_http_are_refused() {
    let server = Server::start(&[]);
    for (head, status) in [
        ("\x16\x03\x01\x02\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), 400),
        (
            "POST /parse HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(),
            400,
        ),
        (
            "POST /parse HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx".to_owned(),
            400,
        ),
        (
            format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000)),
            431,
        ),
    ] {
        let mut client = server.connect();
        // It may be refused before it is sent.
        let _ = client.stream.write_all(head.as_bytes());
        if let Some(answer) = client.answer() {
            assert_eq!(answer.status, status, "{head:.60}");
        } else {
            assert_eq!(status, 431, "{head:.60}");
        }
    }
    assert_eq!(get(server.address, "/health").status, 200);
}

#[test]
fn clients_that_hang_up_leave_nothing_behind() {
    let server = Server::start(&["--threads", "1"]);
    for round in 0..20 {
        let mut client = server.connect();
        let request = parse_request(&json!(["She said that it was so. ".repeat(100)]).to_string());
        // In the middle of the head, of the body, and of the wait for the answer.
        let end = [20, request.len() - 50, request.len()][round % 3];
        client.send(&request.as_bytes()[..end]);
        if round % 2 == 0 {
            drop(client);
        } else {
            client.stream.shutdown(Shutdown::Both).unwrap();
        }
    }
    server.wait_until("nlp_connections", |open| open == 1.0);
    server.wait_until("nlp_queue_length", |waiting| waiting == 0.0);
    // The last that was taken from the queue may still be at work.
    server.wait_until("nlp_body_bytes_held", |held| held == 0.0);
    assert_eq!(server.figure("nlp_requests_in_flight"), 1.0);
    assert!(server.figure("nlp_requests_abandoned_total") > 0.0);
    assert_eq!(server.connect().parse("[\"Good.\"]").status, 200);
}

/// Shells give a process fewer descriptors than it may have.
fn allow_more_descriptors() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the limit is this function's own, written to and then read.
    unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
    }
}

#[test]
fn a_thousand_idle_connections_are_in_nobodys_way() {
    allow_more_descriptors();
    let server = Server::start(&[]);
    let before = server.figure("nlp_connections");
    let idle: Vec<Client> = (0..1000).map(|_| server.connect()).collect();
    server.wait_until("nlp_connections", |open| open == before + 1000.0);
    let begun = Instant::now();
    assert_eq!(server.connect().parse("[\"Good.\"]").status, 200);
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(idle);
    server.wait_until("nlp_connections", |open| open == before);
}

#[test]
fn connections_beyond_the_limit_are_told_so() {
    let server = Server::start(&["--max-connections", "3"]);
    let mut kept: Vec<Client> = (0..3).map(|_| server.connect()).collect();
    for client in &mut kept {
        assert_eq!(client.parse("[]").status, 200);
    }
    let mut client = server.connect();
    client.send(parse_request("[\"Good.\"]"));
    let answer = client.answer().unwrap();
    assert!(answer.problem(503).contains("too many connections"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    kept.pop();
    let begun = Instant::now();
    loop {
        let mut client = server.connect();
        // A client that is turned away is so before it is listened to.
        let sent = client
            .stream
            .write_all(parse_request("[\"Good.\"]").as_bytes());
        if sent.is_ok() && client.answer().is_some_and(|answer| answer.status == 200) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_full_queue_answers_at_once_and_loses_nothing() {
    let server = Server::start(&["--threads", "1", "--queue", "2", "--batch-size", "1"]);
    let long = json!(["He said that she had said that it was so. ".repeat(200)]).to_string();
    let answers: Vec<_> = thread::scope(|scope| {
        let ask = || {
            let mut client = server.connect();
            let answer = client.parse(&long);
            if answer.status == 503 {
                answer.problem(503);
                assert_eq!(answer.header("retry-after"), Some("1"));
                // The connection goes on.
                assert_ne!(client.parse("[]").status, 400);
            }
            answer.status
        };
        let asked: Vec<_> = (0..12).map(|_| scope.spawn(ask)).collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .collect()
    });
    let of = |status| answers.iter().filter(|one| **one == status).count();
    assert!(of(200) >= 2 && of(503) >= 1, "{answers:?}");
    assert_eq!(of(200) + of(503), 12, "{answers:?}");
}

#[test]
fn a_request_that_takes_too_long_is_given_up() {
    let server = Server::start(&["--threads", "1", "--max-time", "0.05"]);
    let long = json!([
        "fine",
        "He said that she had said that it was so. ".repeat(20_000)
    ])
    .to_string();
    let answer = server.connect().parse(&long);
    assert!(
        answer
            .problem(422)
            .contains("took longer than the limit of")
    );
    assert_eq!(answer.json()["text"], 1);
    assert_eq!(server.connect().parse("[\"Good.\"]").status, 200);
    let server = Server::start(&["--threads", "1", "--request-time", "0.05"]);
    let answer = server.connect().parse(&long);
    assert!([503, 422].contains(&answer.status), "{answer:?}");
    assert_eq!(server.connect().parse("[\"Good.\"]").status, 200);
}
