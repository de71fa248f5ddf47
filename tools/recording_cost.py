"""What recording costs a program: processor time with and without the library, and under other tools, in one run.

usage: recording_cost.py --library libharness_preload.so [--rounds 5] [--only NAME ...] [--peers heaptrack,memray,valgrind]

Each program is run plainly, under the library and under each peer in turn, again and again; the least processor time of
each counts, user and system, children included (heaptrack's includes its compressor). Prints a row a program: seconds
plain, the ratio of each, and nanoseconds an allocation of the library's. Idle machines give better figures.

The library is in the harness; `harness run` writes it out, and `find target -name libharness_preload.so` finds the built
one. Programs are compiled from harness/benches/recording; sqlite3, a compiler and Python are taken where they are
installed. memray is asked for Python programs alone (set PYTHON to an interpreter that has it, and spaCy with a pipeline
for its row).
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "harness/benches/recording"

SQL = """create table t(a integer, b text);
with recursive c(x) as (select 1 union all select x + 1 from c where x < 200000) insert into t select x, 'row ' || x from c;
create index i on t(b);
select count(*) from t where b like '%99%';
"""

JSON = """import json
made = {"a": [{"k%d" % i: [i, str(i), None, 1.5 * i]} for i in range(2000)]}
for _ in range(100):
    assert json.loads(json.dumps(made)) == made
"""

SPACY = """import spacy
text = "Apple is looking at buying a U.K. startup for $1 billion. Autonomous cars shift liability to their makers. " * 8
pipeline = spacy.load(spacy.util.get_installed_models()[0])
for _ in range(200):
    pipeline(text)
"""


def functions(count):
    """A C file that takes a compiler some seconds."""
    parts = ["int printf(const char *, ...); unsigned long strlen(const char *);"]
    for i in range(count):
        parts.append(
            f"struct s{i} {{ int a[{i % 7 + 1}]; char *p; double d; }};\n"
            f"int f{i}(struct s{i} *s, int n) {{ int sum = 0; for (int k = 0; k < n; k++) {{"
            f" if (s->a[k % {i % 7 + 1}] > {i}) sum += s->a[0] * k; else sum ^= (int)s->d;"
            " switch (k % 5) { case 0: sum += strlen(s->p); break; case 1: sum -= k; break; case 2: sum *= 3; break;"
            ' default: printf("%d\\n", sum); } } return sum; }'
        )
    return "\n".join(parts)


def programs(folder, python):
    """Name, command, environment, what the library is asked for, and allocations (0 where they are not known) of each program
    that can be run here."""
    def compiled(name, command):
        subprocess.run(command, check=True)
        return str(folder / name)

    cc = ["cc", "-g", "-O2", "-fno-builtin", "-pthread"]
    compiled("measured", [*cc, str(SOURCES / "measured.c"), "-o", str(folder / "measured")])
    storm = compiled("storm", [*cc, str(SOURCES / "storm.c"), "-o", str(folder / "storm")])
    yield "C, stack stays", [storm], {}, "", 2_000_000
    yield "C, two threads", [storm, "2000000", "2"], {}, "", 2_000_000
    changing = compiled("changing", [*cc, str(SOURCES / "changing.c"), "-o", str(folder / "changing")])
    yield "C, stack changes", [changing], {}, "", 2_000_000
    heap = compiled("heap", [*cc, str(SOURCES / "heap.c"), "-o", str(folder / "heap")])
    for size in (24, 56, 200, 1000):
        yield f"C, 100 MB by {size}", [heap, str(size)], {}, "", (100 << 20) // size
    if shutil.which("rustc"):
        source = str(SOURCES / "strings.rs")
        strings = compiled("strings", ["rustc", "--edition", "2024", "-g", "-O", source, "-o", str(folder / "strings")])
        yield "Rust strings", [strings], {}, "", 0
    (folder / "work.json.py").write_text(JSON)
    (folder / "work.spacy.py").write_text(SPACY)
    (folder / "work.sql").write_text(SQL)
    (folder / "work.c").write_text(functions(500))
    script = [python, str(folder / "work.json.py")]
    for name, environment in (("JSON, every object", {"PYTHONMALLOC": "malloc"}), ("JSON", {})):
        yield name, script, environment, "python=none", 0
        yield f"{name}, lines", script, environment, "", 0
    has_pipeline = "import spacy, sys; sys.exit(not spacy.util.get_installed_models())"
    if subprocess.run([python, "-c", has_pipeline], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        yield "spaCy, lines", [python, str(folder / "work.spacy.py")], {}, "", 0
    if shutil.which("sqlite3"):
        yield "sqlite3", ["sqlite3", ":memory:", f".read {folder / 'work.sql'}"], {}, "", 0
    compiler = subprocess.run(["cc", "-print-prog-name=cc1"], capture_output=True, text=True, check=False).stdout.strip()
    if os.path.isabs(compiler):
        yield "a C compiler", [compiler, "-quiet", "-O2", str(folder / "work.c"), "-o", "/dev/null"], {}, "", 0


def measured(folder, command, environment):
    """Processor seconds of a command and its children, and the most megabytes that one of them had resident."""
    words = [f"{name}={value}" for name, value in environment.items()]
    said = subprocess.run([str(folder / "measured"), "env", *words, *command], capture_output=True, text=True, check=True)
    user, system, kilobytes = map(float, said.stdout.split())
    return user + system, kilobytes / 1024


def peer_command(peer, command, folder, python):
    """The command under a peer; None where it has nothing to do with it."""
    if peer == "heaptrack":
        return ["heaptrack", "-o", str(folder / "heaptrack"), *command]
    if peer == "valgrind":
        return ["valgrind", "-q", "--leak-check=full", *command]
    if peer == "memray" and command[0] == python:
        return [python, "-m", "memray", "run", "-f", "-q", "-o", str(folder / "memray.bin"), *command[1:]]
    return None


def least_of_each(rounds):
    """The least seconds and the least megabytes of some rounds."""
    return tuple(map(min, zip(*rounds)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--peers", default="heaptrack,memray")
    options = parser.parse_args()
    python = os.environ.get("PYTHON", sys.executable)
    peers = [peer for peer in options.peers.split(",") if peer]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        folder = Path(folder)
        records = folder / "records"
        preloaded = {"LD_PRELOAD": str(options.library.resolve()), "HARNESS_RECORD_DIR": str(records)}
        print(f"{'':24}{'plain':>9}{'here':>8}{'ns':>6}{'MB more':>9}", *(f"{peer:>10}" for peer in peers))
        for name, command, extra, wishes, allocations in programs(folder, python):
            if options.only and name not in options.only:
                continue
            plain, own, others = [], [], {peer: [] for peer in peers}
            recorded = extra | preloaded | {"HARNESS_RECORD": wishes}
            for _ in range(options.rounds):
                shutil.rmtree(records, ignore_errors=True)
                records.mkdir()
                plain.append(measured(folder, command, extra))
                own.append(measured(folder, command, recorded))
            for peer in peers:
                under = peer_command(peer, command, folder, python)
                if under and shutil.which(under[0]):
                    others[peer] = [measured(folder, under, extra)[0] for _ in range(max(1, options.rounds // 2))]
            (least, memory), (least_own, memory_own) = map(least_of_each, (plain, own))
            each = f"{(least_own - least) / allocations * 1e9:6.0f}" if allocations else f"{'':6}"
            more = f"{memory_own - memory:5.0f}/{memory:.0f}"
            ratios = (f"{min(times) / least:9.2f}x" if times else f"{'-':>10}" for times in others.values())
            print(f"{name:24}{least:8.3f}s{least_own / least:7.2f}x{each}{more:>9}", *ratios, flush=True)
        recorded = os.environ | preloaded
        plain, own = [], []
        for _ in range(60):
            for environment, times in ((os.environ.copy(), plain), (recorded, own)):
                begun = time.perf_counter()
                subprocess.run(["true"], env=environment, check=False)
                times.append(time.perf_counter() - begun)
        print(f"`true` takes {(statistics.median(own) - statistics.median(plain)) * 1000:.2f} ms more")


if __name__ == "__main__":
    main()
