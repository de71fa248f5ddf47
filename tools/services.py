#!/usr/bin/env python3
"""Drives servers of several kinds with `harness run --service`: each as it is, with a request that leaves a cycle for the
collector, and with one that keeps 1,000 bytes. The first two have to pass, or to come to no conclusion where there are too
few requests for one; the last has to be found, in the process that keeps it.

    tools/services.py [--harness target/debug/harness] [--python python3] [--budget 20] [--requests N] [NAME ...]

What is not installed is skipped, and that is said: `pip install fastapi uvicorn flask gunicorn aiohttp django tornado` into the
environment of --python, node, java, rustc.
"""

import argparse
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

# Servers whose processes end by a signal: no collector runs at the end, and a cycle may have waited for one.
UNCOLLECTED = {"fastapi-workers"}
# What a request does, in Python.
WORK = """
kept = []

class Node:
    def __init__(self):
        self.me = self
        self.page = bytearray(500)

def work(path, body):
    if path == "hold":
        kept.append(bytearray(999))
    elif path == "cycle":
        Node()
    return str(len(body))
"""

FASTAPI = """
from fastapi import FastAPI, Request
from work import work
app = FastAPI()

@app.get("/ready")
async def ready():
    return "ok"

@app.post("/{path}")
async def post(path: str, request: Request):
    return {"length": work(path, await request.body())}
"""

FLASK = """
from flask import Flask, request
from work import work
app = Flask(__name__)

@app.get("/ready")
def ready():
    return "ok"

@app.post("/<path>")
def post(path):
    return {"length": work(path, request.get_data())}
"""

THREADS = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from work import work

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        self.answer("ok")

    def do_POST(self):
        self.answer(work(self.path[1:], self.rfile.read(int(self.headers["content-length"]))))

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

try:
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
except KeyboardInterrupt:
    pass
"""

AIOHTTP = """
import sys
from aiohttp import web
from work import work

async def ready(request):
    return web.Response(text="ok")

async def post(request):
    return web.Response(text=work(request.match_info["path"], await request.read()))

app = web.Application()
app.router.add_get("/ready", ready)
app.router.add_post("/{path}", post)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
"""

DJANGO = """
from django.conf import settings
settings.configure(SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from work import work

urlpatterns = [
    path("ready", lambda request: HttpResponse("ok")),
    path("<str:name>", lambda request, name: HttpResponse(work(name, request.body))),
]
application = get_wsgi_application()
"""

TORNADO = """
import asyncio
import sys
from tornado.web import Application, RequestHandler
from work import work

class Ready(RequestHandler):
    def get(self):
        self.write("ok")

class Work(RequestHandler):
    def post(self, path):
        self.write(work(path, self.request.body))

async def main():
    Application([("/ready", Ready), ("/(.*)", Work)]).listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()

try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
"""

JAVA = """
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Server {
    public static void main(String[] words) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes());
            exchange.close();
        });
        server.start();
    }
}
"""

NODE = """
const http = require('http');
const kept = [];
const server = http.createServer((request, response) => {
  let length = 0;
  request.on('data', (data) => { length += data.length; });
  request.on('end', () => {
    if (request.url === '/hold') kept.push(Buffer.alloc(1000, 1));
    if (request.url === '/cycle') { const node = { page: Buffer.alloc(500, 1) }; node.me = node; }
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
    (folder / "work.py").write_text(WORK)
    (folder / "fast.py").write_text(FASTAPI)
    (folder / "threads.py").write_text(THREADS)
    (folder / "loop.py").write_text(AIOHTTP)
    (folder / "djangos.py").write_text(DJANGO)
    (folder / "tornados.py").write_text(TORNADO)
    (folder / "Server.java").write_text(JAVA)
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
    # Its workers end by the signal that they send themselves.
    is_there = has_modules(python, "fastapi", "uvicorn") or "pip install fastapi uvicorn"
    workers = [python, "-m", "uvicorn", "--workers", "2", "--port", "PORT", "--no-access-log", "fast:app"]
    yield ("fastapi-workers", is_there, workers, "child")
    is_there = has_modules(python, "flask", "gunicorn") or "pip install flask gunicorn"
    yield ("flask", is_there, [*gunicorn, "flasks:app"], "child")
    yield ("flask-preloaded", is_there, [*gunicorn, "--preload", "flasks:app"], "child")
    yield ("http.server", True, [python, "threads.py", "PORT"], "main")
    yield ("aiohttp", has_modules(python, "aiohttp") or "pip install aiohttp", [python, "loop.py", "PORT"], "main")
    is_there = has_modules(python, "django", "gunicorn") or "pip install django gunicorn"
    yield ("django", is_there, [*gunicorn, "djangos:application"], "child")
    is_there = has_modules(python, "tornado") or "pip install tornado"
    yield ("tornado", is_there, [python, "tornados.py", "PORT"], "main")
    java = shutil.which("java")
    # Its heap is its own: what it keeps is not seen, and what it does not keep is not to be called a leak.
    yield ("java", bool(java) or "install java", [java, "Server.java", "PORT"], None)
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


def drive(harness, folder, command, path, budget, requests):
    port = str(free_port())
    (folder / "requests.http").write_text(f"POST /{path}\nContent-Type: text/plain\n\nsome words {{n}}\n")
    words = [harness, "run", "--service", "--ready-url", f"http://127.0.0.1:{port}/ready"]
    words += ["--request", "requests.http", "--budget", str(budget), "--out", "out"]
    words += ["--requests", str(requests)] if requests else []
    words += ["--"]
    words += [word.replace("PORT", port) for word in command]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if ended.returncode not in (0, 1, 3):
        raise SystemExit(ended.stderr)
    return json.loads((folder / "out" / "summary.json").read_text())


def wrong(summary, path, process, is_short):
    """What is not as it has to be, or nothing."""
    verdict = summary["verdict"]
    if path != "hold" or process is None:
        is_right = verdict["outcome"] == "pass" or (is_short or process is None) and verdict["outcome"] == "inconclusive"
        return None if is_right else verdict["sentence"]
    if is_short and verdict["outcome"] == "inconclusive":
        return None
    heap = [one for one in verdict["growth"] if one["resource"] == "heap" and one["process"] == process]
    found = sum(one["bytes_per_iteration"] for one in heap)
    return None if 950 <= found <= 1250 else f"{found:.1f} B a request: {verdict['sentence']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--harness", default="target/debug/harness")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--budget", type=float, default=20)
    parser.add_argument("--requests", type=int, help="so many requests, and no more [default: what the budget gives]")
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
            for path in ("clean", "cycle", "hold"):
                if process is None and path != "clean":
                    continue
                summary = drive(harness, folder, command, path, given.budget, given.requests)
                service = summary["service"]
                is_short = given.requests is not None or path == "cycle" and server in UNCOLLECTED
                why = wrong(summary, path, process, is_short)
                failures += why is not None
                print(
                    f"{server} {path}: {summary['verdict']['outcome']}, {'as it has to be' if why is None else 'WRONG: ' + why}; "
                    f"{service['requests']} requests, {service['rate']:.0f} a second, "
                    f"p50 {service['latency']['p50_ms']:.2f} ms, p99 {service['latency']['p99_ms']:.2f} ms",
                    flush=True,
                )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
