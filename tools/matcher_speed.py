#!/usr/bin/env python3
"""How long nlp-core's Matcher and spaCy's take, in one run: to load patterns, to search a text, and their peak memory.

usage: matcher_speed.py BENCH [COUNT ...]        (BENCH: target/release/deps/matcher-..., made by cargo bench --no-run)

For each COUNT that many patterns of two words are searched for in a text of 2000 tokens that has some of them; then the
case that takes spaCy long: a dozen optional tokens between two words. What is found must be as much in both.
(needs: pip install "spacy>=3.8,<3.9")
"""
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

SPACY = """
import json, sys, time, resource
import spacy
from spacy.matcher import Matcher
nlp = spacy.blank("en")
doc = nlp(open(sys.argv[2]).read())
began = time.perf_counter()
patterns = json.load(open(sys.argv[1]))
matcher = Matcher(nlp.vocab)
for i, pattern in enumerate(patterns):
    matcher.add(f"K{i}", [pattern])
load = time.perf_counter() - began
best = None
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    found = len(matcher(doc))
    took = time.perf_counter() - began
    best = took if best is None else min(best, took)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
print(json.dumps({"tokens": len(doc), "load_ms": load * 1e3, "search_ms": best * 1e3, "found": found, "peak_mb": peak}))
"""


def words(count):
    rng = random.Random(0)
    patterns = [[{"LOWER": f"word{rng.randrange(count)}"}, {"LOWER": f"thing{i}"}] for i in range(count)]
    text = []
    for _ in range(1000):
        first, second = (rng.choice(patterns) for _ in range(2)) if rng.random() < 0.5 else (patterns[0], patterns[0])
        text += [first[0]["LOWER"], second[1]["LOWER"]]
    return patterns, " ".join(text)


def wildcards(optional):
    rng = random.Random(1)
    patterns = [[{"LOWER": "begin"}, *[{"OP": "?"}] * optional, {"LOWER": "end"}]]
    return patterns, " ".join(rng.choice(["begin", "end", "a", "b", "c", "d", "e", "f"]) for _ in range(2000))


def main():
    bench, counts = sys.argv[1], [int(count) for count in sys.argv[2:]] or [10, 10_000, 1_000_000]
    cases = [(f"{count} patterns", words(count)) for count in counts] + [("12 optional tokens", wildcards(12))]
    print(f"{'':20} {'':8} {'load ms':>10} {'search ms':>11} {'peak MB':>8} {'found':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (patterns, text) in cases:
            files = [Path(folder, "patterns.json"), Path(folder, "text.txt")]
            files[0].write_text(json.dumps(patterns))
            files[1].write_text(text)
            large = len(patterns) > 100_000 or "optional" in name
            found = set()
            for who, command, repeats in [("spaCy", [sys.executable, "-c", SPACY], 1 if large else 5), ("nlp-core", [bench], 20)]:
                out = subprocess.run([*command, *map(str, files), str(repeats)], capture_output=True, text=True, check=True).stdout
                row = json.loads(out)
                found.add(row["found"])
                print(f"{name:20} {who:8} {row['load_ms']:10.1f} {row['search_ms']:11.3f} {row['peak_mb']:8} {row['found']:7}", flush=True)
            assert len(found) == 1, f"{name}: they find {found}"


if __name__ == "__main__":
    main()
