#!/usr/bin/env python3
"""Drives servers of several kinds with `harness run --service`: each as it is, and once more with a request that keeps
1,000 bytes. The first has to pass, the second has to be found, in the process that keeps it.

    tools/services.py [--harness target/debug/harness] [--python python3] [--budget 20] [NAME ...]

What is not installed is skipped, and that is said: `pip install fastapi uvicorn flask gunicorn` into the environment of
--python, node, rustc.
"""

import argparse
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

FASTAPI = """
from fastapi import FastAPI, Request
app = FastAPI()
kept = []

@app.get("/ready")
async def ready():
    return "ok"

@app.post("/clean")
async def clean(request: Request):
    return {"length": len(await request.body())}

@app.post("/hold")
async def hold(request: Request):
    kept.append(bytearray(999))
    return {"length": len(await request.body())}
"""

FLASK = """
from flask import Flask, request
app = Flask(__name__)
kept = []

@app.get("/ready")
def ready():
    return "ok"

@app.post("/clean")
def clean():
    return {"length": len(request.get_data())}

@app.post("/hold")
def hold():
    kept.append(bytearray(999))
    return {"length": len(request.get_data())}
"""

NODE = """
const http = require('http');
const kept = [];
const server = http.createServer((request, response) => {
  let length = 0;
  request.on('data', (data) => { length += data.length; });
  request.on('end', () => {
    if (request.url === '/hold') kept.push(Buffer.alloc(1000, 1));
    response.end(JSON.stringify({ length }));
  });
});
process.on('SIGTERM', () => process.exit(0));
server.listen(Number(process.argv[2]), '127.0.0.1');
"""

RUST = r"""
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;

static KEPT: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        if first.contains("/hold") {
            KEPT.lock().unwrap().push(vec![1; 1000]);
        }
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
    }
}

fn main() {
    let port = std::env::args().nth(1).unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || serve(stream));
    }
}
"""


def has_modules(python, *names):
    words = [python, "-c", "import " + ", ".join(names)]
    return subprocess.run(words, capture_output=True).returncode == 0


def servers(python, folder):
    """Each server: its name, what it needs, its command, and whose process keeps what it keeps."""
    (folder / "fast.py").write_text(FASTAPI)
    (folder / "flasks.py").write_text(FLASK)
    (folder / "server.js").write_text(NODE)
    (folder / "server.rs").write_text(RUST)
    gunicorn = [python, "-m", "gunicorn", "-w", "2", "-b", "127.0.0.1:PORT"]
    yield (
        "fastapi",
        has_modules(python, "fastapi", "uvicorn") or "pip install fastapi uvicorn",
        [python, "-m", "uvicorn", "--port", "PORT", "--no-access-log", "fast:app"],
        "main",
    )
    is_there = has_modules(python, "flask", "gunicorn") or "pip install flask gunicorn"
    yield ("flask", is_there, [*gunicorn, "flasks:app"], "child")
    yield ("flask-preloaded", is_there, [*gunicorn, "--preload", "flasks:app"], "child")
    node = shutil.which("node")
    yield ("node", bool(node) or "install node", [node, "server.js", "PORT"], "main")
    rustc = shutil.which("rustc")
    if rustc:
        subprocess.run([rustc, "-g", "-O", "-o", "server", "server.rs"], cwd=folder, check=True)
    yield ("rust", bool(rustc) or "install rustc", ["./server", "PORT"], "main")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def drive(harness, folder, command, path, budget):
    port = str(free_port())
    (folder / "requests.http").write_text(f"POST /{path}\nContent-Type: text/plain\n\nsome words {{n}}\n")
    words = [harness, "run", "--service", "--ready-url", f"http://127.0.0.1:{port}/ready"]
    words += ["--request", "requests.http", "--budget", str(budget), "--out", "out", "--"]
    words += [word.replace("PORT", port) for word in command]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if ended.returncode not in (0, 1, 3):
        raise SystemExit(ended.stderr)
    return json.loads((folder / "out" / "summary.json").read_text())


def wrong(summary, path, process):
    """What is not as it has to be, or nothing."""
    verdict = summary["verdict"]
    if path == "clean":
        return None if verdict["outcome"] == "pass" else verdict["sentence"]
    heap = [one for one in verdict["growth"] if one["resource"] == "heap" and one["process"] == process]
    found = sum(one["bytes_per_iteration"] for one in heap)
    return None if 950 <= found <= 1250 else f"{found:.1f} B a request: {verdict['sentence']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--harness", default="target/debug/harness")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--budget", type=float, default=20)
    given = parser.parse_args()
    harness = str(pathlib.Path(given.harness).resolve())
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for server, is_there, command, process in servers(given.python, folder):
            if given.names and server not in given.names:
                continue
            if is_there is not True:
                print(f"{server}: SKIPPED ({is_there})")
                continue
            for path in ("clean", "hold"):
                summary = drive(harness, folder, command, path, given.budget)
                service = summary["service"]
                why = wrong(summary, path, process)
                failures += why is not None
                print(
                    f"{server} {path}: {'as it has to be' if why is None else 'WRONG: ' + why}; "
                    f"{service['requests']} requests, {service['rate']:.0f} a second, "
                    f"p50 {service['latency']['p50_ms']:.2f} ms, p99 {service['latency']['p99_ms']:.2f} ms",
                    flush=True,
                )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
