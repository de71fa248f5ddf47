//! How a service begins and ends.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{get, parse_request};
use crate::server::Server;

#[test]
fn what_was_accepted_is_answered_before_the_end() {
    for signal in ["TERM", "INT"] {
        let server = Server::start(&["--threads", "1"]);
        let idle = server.connect();
        let long = json!(["He said that she had said that it was so. ".repeat(500)]).to_string();
        let mut clients: Vec<_> = (0..6).map(|_| server.connect()).collect();
        for client in &mut clients {
            client.send(parse_request(&long));
        }
        // One whose body is still on its way.
        let mut slow = server.connect();
        slow.send(&parse_request("[\"Good.\"]").as_bytes()[..90]);
        server.wait_until("nlp_requests_in_flight", |under_way| under_way >= 7.0);
        server.signal(signal);
        thread::sleep(Duration::from_millis(50));
        slow.send(&parse_request("[\"Good.\"]").as_bytes()[90..]);
        for client in clients.iter_mut().chain([&mut slow]) {
            let answer = client.answer().expect("what was accepted is answered");
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(client.answer().is_none(), "and then the connection ends");
        }
        let address = server.address;
        let (status, said) = server.wait();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("requests are under way"), "{said}");
        assert!(TcpStream::connect(address).is_err());
        drop(idle);
    }
}

#[test]
fn an_end_has_a_deadline_and_says_what_is_lost() {
    let server = Server::start(&["--stop-time", "1"]);
    let mut slow = server.connect();
    slow.send(&parse_request("[\"Good.\"]").as_bytes()[..90]);
    server.wait_until("nlp_requests_in_flight", |under_way| under_way == 2.0);
    server.signal("TERM");
    let begun = Instant::now();
    let (status, said) = server.wait();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains("1 requests were not answered in time"),
        "{said}"
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Server::start(&[]);
    let mut slow = server.connect();
    slow.send(&parse_request("[\"Good.\"]").as_bytes()[..90]);
    server.wait_until("nlp_requests_in_flight", |under_way| under_way == 2.0);
    server.signal("TERM");
    thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    server.signal("INT");
    let (status, _) = server.wait();
    assert_eq!(status.code(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_unix_socket_is_made_and_removed() {
    let folder = std::env::temp_dir().join(format!("nlp-serve-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("nlp.sock");
    let shown = path.to_str().unwrap();
    let ask = || {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    // One that was killed leaves its socket, which is in nobody's way.
    let killed = Server::start(&["--unix", shown]);
    assert!(ask().starts_with("HTTP/1.1 200 "));
    killed.signal("KILL");
    killed.wait();
    assert!(path.exists());
    let server = Server::start(&["--unix", shown]);
    assert!(ask().starts_with("HTTP/1.1 200 "));
    // Somebody listens there.
    let second = refused(&["--unix", shown]);
    assert!(second.contains("cannot listen on"), "{second}");
    server.signal("TERM");
    assert!(server.wait().0.success());
    assert!(!path.exists());
    // What is no socket is not touched.
    fs::write(&path, "mine").unwrap();
    refused(&["--unix", shown]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    fs::remove_dir_all(&folder).unwrap();
}

/// What the program says that cannot serve so.
fn refused(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nlp"))
        .arg("serve")
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

#[test]
fn what_cannot_be_served_is_said() {
    let server = Server::start(&[]);
    let taken = server.address.to_string();
    for (args, why) in [
        (&["--listen", "nowhere"][..], "cannot listen on nowhere"),
        (&["--listen", &taken], "cannot listen on 127.0.0.1:"),
        (
            &["--listen", "127.0.0.1:0", "--model", "no-name"],
            "give a name",
        ),
        (
            &["--listen", "127.0.0.1:0", "--model", "a=no/such/place"],
            "no/such/place",
        ),
        (
            &["--listen", "127.0.0.1:0", "--token-file", "no-such-file"],
            "cannot read the token in no-such-file",
        ),
        (
            &["--listen", "127.0.0.1:0", "--max-time", "soon"],
            "not a number of seconds",
        ),
    ] {
        let said = refused(args);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_token_is_asked_for_where_there_is_one() {
    let file = std::env::temp_dir().join(format!("nlp-token-{}", std::process::id()));
    fs::write(&file, "an-example-of-a-token\n").unwrap();
    let server = Server::start(&["--token-file", file.to_str().unwrap()]);
    fs::remove_file(&file).unwrap();
    let mut client = server.connect();
    let refused = client.parse("[\"Good.\"]");
    refused.problem(401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    let bear = |token: &str| {
        parse_request("[\"Good.\"]")
            .replace("Host:", &format!("Authorization: Bearer {token}\r\nHost:"))
    };
    let mut client = server.connect();
    client.send(bear("an-example-of-a-tokem"));
    client.answer().unwrap().problem(401);
    let mut client = server.connect();
    client.send(bear("an-example-of-a-token"));
    assert_eq!(client.answer().unwrap().status, 200);
    get(server.address, "/metrics").problem(401);
    assert_eq!(get(server.address, "/health").status, 200);
    let api = get(server.address, "/openapi.json").json();
    assert_eq!(
        api["paths"]["/parse"]["post"]["security"],
        json!([{"bearer": []}])
    );
    assert_eq!(
        api["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
}
