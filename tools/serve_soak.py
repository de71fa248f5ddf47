#!/usr/bin/env python3
"""Soaks `nlp serve`, and beside it the FastAPI example of spaCy's documentation on memory zones, with the same pipeline
under the same load in one run, and prints what came of both as a table.

    tools/serve_soak.py [--requests 200000] [--peer-requests N] [--python PYTHON] [--model NAME_OR_PATH] [--out DIR]

The load is the harness's own generator (`harness __load`): two processes with four connections each, and requests of
one to sixteen real sentences with new words in each of them; one in a hundred is malformed. After the first thousand
requests and after the last the service is left alone for a moment, and what it holds is read: resident memory from the
kernel, the live heap from `/metrics`. `harness record --pid` looks at the process all the while, and says whether it
grows. At last `harness run --service` counts what `nlp serve` keeps to the byte.

It fails where `nlp serve` answers with another 5xx than 503 with Retry-After, leaves a request unanswered, holds more
live heap than after the first thousand requests by more than its pools of zones may, or is judged to grow.

It needs Linux, `cargo build --release -p nlp-cli -p harness` (or --nlp and --harness), and for the other half an
environment with spaCy, the pipeline, fastapi and uvicorn (--python); without it, that half is left out, and said so.
"""

import argparse
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETTLED = 2.0
FIRST = 1_000
PROCESSES, CONNECTIONS = 2, 4
SIZES = (1, 2, 4, 8, 16)
# Weights of a whole file: 99 well-formed requests to each malformed one.
WELL_FORMED, MALFORMED = 99, 1

# What the documentation says a service should be (spacy.io/usage/memory-management): one endpoint that is no coroutine,
# so that FastAPI runs it on threads; one pipeline in the application's state; a zone around each request.
FASTAPI = '''
import spacy
from fastapi import Depends, FastAPI, Request

app = FastAPI()
app.state.nlp = spacy.load(MODEL)


def pipeline(request: Request):
    return request.app.state.nlp


@app.get("/health")
async def health():
    return "ok"


@app.post("/parse")
def parse(*, texts: list[str], nlp=Depends(pipeline)) -> list[dict]:
    with nlp.memory_zone():
        return found(nlp, texts)


def found(nlp, texts):
    return [
        {
            "tokens": [{"text": token.text} for token in doc],
            "entities": [{"start": ent.start, "end": ent.end, "label": ent.label_} for ent in doc.ents],
        }
        for doc in nlp.pipe(texts)
    ]
'''


def request_files(folder, address):
    """A file of well-formed requests and one of malformed ones."""
    sentences = [line for line in (ROOT / "harness/data/ewt-dev.txt").read_text().splitlines() if line.strip()]
    head = f"POST http://{address}/parse\nContent-Type: application/json\n\n"
    well, at = [], 0
    for turn in range(40):
        size = SIZES[turn % len(SIZES)]
        texts = [f"{sentences[(at + i * 7) % len(sentences)]} The zog{{n}}x{i} frobbed." for i in range(size)]
        at += size * 7 + 1
        # Braces that are not for the number would be read as a place for it.
        well.append(head + json.dumps([text.replace("{n}", "\0").replace("{", "(").replace("}", ")").replace("\0", "{n}")
                                       for text in texts], ensure_ascii=True))
    wrong = ['["The zog{n}', '["The zog{n}", 1]', '"zog{n}"', '{"text": "zog{n}"}']
    (folder / "well.http").write_text("\n###\n".join(well) + "\n")
    (folder / "wrong.http").write_text("\n###\n".join(head + one for one in wrong) + "\n")
    # A file's weight is that of each of its requests.
    common = len(well) * len(wrong)
    return [{"path": str(folder / "well.http"), "weight": WELL_FORMED * common // len(well)},
            {"path": str(folder / "wrong.http"), "weight": MALFORMED * common // len(wrong)}]


class Load:
    """One process that sends requests."""

    def __init__(self, harness, sources, address):
        ours, its = socket.socketpair()
        self.process = subprocess.Popen([harness, "__load"], stdin=its, stdout=subprocess.DEVNULL)
        its.close()
        self.lines = ours.makefile("rw")
        self.say({"sources": sources, "base": f"http://{address}/", "connections": CONNECTIONS, "rate": None,
                  "timeout": 60.0, "keep_alive": True})

    def say(self, what):
        self.lines.write(json.dumps(what) + "\n")
        self.lines.flush()

    def send(self, first, count):
        self.say({"first": first, "count": count, "seconds": 1e9})
        said = self.lines.readline()
        if not said:
            raise SystemExit("the load generator is gone")
        return json.loads(said)["tallies"]

    def end(self):
        self.lines.close()
        self.process.kill()
        self.process.wait()


class Sum:
    """What became of requests."""

    def __init__(self):
        self.statuses, self.failures, self.steps, self.most = {}, {}, {}, 0
        self.lock = threading.Lock()

    def add(self, tallies):
        with self.lock:
            for tally in tallies:
                for into, more in ((self.statuses, tally["statuses"]), (self.failures, tally["failures"]),
                                   (self.steps, tally["latencies"]["counts"])):
                    for key, count in more.items():
                        into[key] = into.get(key, 0) + count
                self.most = max(self.most, tally["latencies"]["most"])

    def count(self):
        return sum(self.statuses.values()) + sum(self.failures.values())

    def within(self, share):
        """Milliseconds within which this share was answered: see harness/src/load/latency.rs."""
        wanted = max(1, -(-sum(self.steps.values()) * share // 1))
        so_far = 0
        for step in sorted(map(int, self.steps)):
            so_far += self.steps[str(step)]
            if so_far >= wanted:
                shift = max(0, (step >> 6) - 1)
                return min(((step - (shift << 6) + 1) << shift) - 1, self.most) / 1000
        return self.most / 1000


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("the service is gone")


def figures(address):
    """Live heap, and what the pools of zones hold, as the service says it; none of another service."""
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200:
        return None
    heap = pool = 0
    for line in text.splitlines():
        if line.startswith("nlp_heap_live_bytes "):
            heap = float(line.split()[1])
        elif line.startswith("nlp_store_bytes{") and 'owner="pool"' in line:
            pool += float(line.rsplit(" ", 1)[1])
    return {"heap": heap, "pool": pool}


def wait_until_ready(process, address):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"the service ended with exit code {process.returncode}")
        try:
            connection = http.client.HTTPConnection(address, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the service did not become ready")


def soak(name, command, address, given, requests, folder):
    """Starts a service, sends it so many requests, and says what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    log = open(folder / "service.log", "w")
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=os.environ | {"OMP_NUM_THREADS": "1"})
    try:
        wait_until_ready(process, address)
        sources = request_files(folder, address)
        loads = [Load(given.harness, sources, address) for _ in range(PROCESSES)]
        total = Sum()

        def drive(first, count):
            share = count // PROCESSES

            def one(place, load):
                total.add(load.send(first + place * share, share))

            threads = [threading.Thread(target=one, args=pair) for pair in enumerate(loads)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        def look():
            time.sleep(SETTLED)
            return {"rss": resident(process.pid), **(figures(address) or {})}

        drive(0, FIRST)
        before = look()
        recorder = subprocess.Popen(
            [given.harness, "record", "--pid", str(process.pid), "--interval", "0.5", "--chart", "off", "--json",
             "--out", "record"], cwd=folder, stdout=open(folder / "record.json", "w"), stderr=log)
        total = Sum()
        begun = time.monotonic()
        done, chunk = FIRST, max(PROCESSES, requests // 20)
        while done < requests:
            count = min(chunk, requests - done)
            drive(done, count)
            done += count
            print(f"{name}: {done} requests, {total.count() / (time.monotonic() - begun):.0f} a second, "
                  f"{resident(process.pid) / 2**20:.1f} MiB", flush=True)
        seconds = time.monotonic() - begun
        recorder.send_signal(signal.SIGINT)
        recorder.wait()
        after = look()
        for load in loads:
            load.end()
        verdict = json.loads((folder / "record.json").read_text() or "{}").get("verdict", {})
        return {"requests": total.count(), "rate": total.count() / seconds, "statuses": total.statuses,
                "failures": total.failures, "p50": total.within(0.5), "p99": total.within(0.99),
                "p999": total.within(0.999), "before": before, "after": after,
                "verdict": verdict.get("outcome", "none"), "sentence": verdict.get("sentence", "")}
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def counted(given, folder):
    """What `nlp serve` keeps of each request, to the byte."""
    address = free_address()
    sources = request_files(folder, address)
    command = [given.harness, "run", "--service", "--ready-url", f"http://{address}/ready", "--budget", str(given.counted),
               "--json", "--out", "counted"]
    for source in sources:
        command += ["--request", f"{source['path']}={source['weight']}"]
    ended = subprocess.run([*command, "--", *serve(given, address)], cwd=folder, capture_output=True, text=True)
    if not ended.stdout.strip():
        return {"outcome": "none", "sentence": ended.stderr.strip()[-300:]}
    return json.loads(ended.stdout)["verdict"]


def serve(given, address):
    command = [given.nlp, "serve", "--listen", address, "--log", "error"]
    return command + (["--model", f"en={given.pipeline}"] if given.pipeline else [])


def free_address():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % one.getsockname()[1]


def python_has(python, model):
    words = [python, "-c", f"import fastapi, uvicorn, spacy; print(spacy.load({model!r}).path)"]
    ended = subprocess.run(words, capture_output=True, text=True)
    return ended.stdout.strip().splitlines()[-1] if ended.returncode == 0 else None


def table(results):
    def mib(count):
        return f"{count / 2**20:,.2f} MiB"

    def good(result):
        return sum(count for status, count in result["statuses"].items() if status < "300")

    def others(result):
        wrong = sum(count for status, count in result["statuses"].items() if status >= "500" and status != "503")
        return f"{wrong:,}"

    rows = [
        ("requests", lambda one: f"{one['requests']:,}"),
        ("requests a second", lambda one: f"{one['rate']:,.0f}"),
        ("of which answered 2xx", lambda one: f"{one['rate'] * good(one) / one['requests']:,.0f}"),
        ("p50, p99, p99.9 in ms", lambda one: f"{one['p50']:.1f}, {one['p99']:.1f}, {one['p999']:.1f}"),
        ("answers 2xx", lambda one: f"{good(one):,}"),
        ("answers 4xx", lambda one: f"{sum(n for s, n in one['statuses'].items() if '400' <= s < '500'):,}"),
        ("answers 503", lambda one: f"{one['statuses'].get('503', 0):,}"),
        ("answers 5xx, others", others),
        ("no answer", lambda one: f"{sum(one['failures'].values()):,}"),
        ("RSS after 1,000", lambda one: mib(one["before"]["rss"])),
        ("RSS growth", lambda one: mib(one["after"]["rss"] - one["before"]["rss"])),
        ("live heap after 1,000", lambda one: mib(one["before"]["heap"]) if "heap" in one["before"] else "-"),
        ("live heap growth", lambda one: f"{one['after']['heap'] - one['before']['heap']:+,.0f} B" if "heap" in one["after"] else "-"),
        ("held by pools of zones", lambda one: mib(one["after"]["pool"]) if "pool" in one["after"] else "-"),
        ("RSS by harness record", lambda one: one["verdict"]),
    ]
    print("\n| | " + " | ".join(results) + " |\n|---|" + "---:|" * len(results))
    for what, show in rows:
        print(f"| {what} | " + " | ".join(show(one) for one in results.values()) + " |")
    for name, one in results.items():
        print(f"\n{name}: {one['sentence']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--peer-requests", type=int,
                        help="requests for the other half, which is slower [default: as many]")
    parser.add_argument("--nlp", default="target/release/nlp")
    parser.add_argument("--harness", default="target/release/harness")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--model", default="en_core_web_sm", help="the pipeline of both, as spacy.load takes it")
    parser.add_argument("--counted", type=float, default=60, help="seconds for harness run --service; 0 for none")
    parser.add_argument("--out", default="serve-soak")
    given = parser.parse_args()
    given.nlp, given.harness = (str(pathlib.Path(one).resolve()) for one in (given.nlp, given.harness))
    folder = pathlib.Path(given.out).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    given.pipeline = python_has(given.python, given.model)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
    address = free_address()
    ours = soak("nlp serve", serve(given, address), address, given, given.requests, folder / "nlp-serve")
    results = {"nlp serve": ours}
    if given.pipeline:
        (folder / "app").mkdir(exist_ok=True)
        (folder / "app" / "documented.py").write_text(FASTAPI.replace("MODEL", repr(given.model)))
        address = free_address()
        command = [given.python, "-m", "uvicorn", "--app-dir", str(folder / "app"), "--port", address.split(":")[1],
                   "--log-level", "error", "documented:app"]
        requests = given.peer_requests or given.requests
        results["FastAPI and spaCy"] = soak("FastAPI and spaCy", command, address, given, requests, folder / "fastapi")
    else:
        print(f"the other half is left out: {given.python} has no spaCy with {given.model}, or no fastapi and uvicorn")
    table(results)
    exact = counted(given, folder / "nlp-serve") if given.counted else None
    if exact:
        print(f"\nharness run --service: {exact['outcome']}: {exact['sentence']}")
    (folder / "results.json").write_text(json.dumps(results | {"counted": exact}, indent=1))
    grown = ours["after"]["heap"] - ours["before"]["heap"]
    wrong = {
        "another 5xx than 503": any(status >= "500" and status != "503" for status in ours["statuses"]),
        "a request without an answer": bool(ours["failures"]),
        "live heap that grew": grown > ours["after"]["pool"],
        "memory that is judged to grow": ours["verdict"] == "leak",
        "bytes that are kept of requests": bool(exact) and exact["outcome"] == "leak",
    }
    for what, is_so in wrong.items():
        if is_so:
            print(f"FAIL  nlp serve: {what}")
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()
