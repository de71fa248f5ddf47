#!/usr/bin/env python3
"""What 10, 10,000 and 1,000,000 phrases cost in nlp-core and in spaCy, in one run: matchers, and pipelines of a ruler.

usage: OMP_NUM_THREADS=1 phrase_speed.py [--counts 10 10000 1000000] [--text TEXTS.txt] [--rounds 5]
(needs: pip install "spacy>=3.8,<3.9"; builds the bench `phrases` of nlp-core)

`names` are like a list of names: made-up words, and one in twenty a run of words of the text. `dense` are one to four words,
half of which are of the text, so that phrases begin at nearly every token. Of each it prints the seconds to load, the memory that the process has more then, and nanoseconds a token over the text (the best of the rounds), which
for a ruler is all of the pipeline: tokenizer and ruler. Each is a process of its own, and its time is the processor's, so
that it matters little what else the machine does.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def phrases(count, words, rng, dense):
    """Different phrases."""
    made = {}
    syllables = "ba de ki lo mu na pe ri so tu va we xi yo zu fra gli pst".split()
    invented = ["".join(rng.choice(syllables) for _ in range(rng.randrange(2, 5))).capitalize() for _ in range(min(count, 200_000))]
    while len(made) < count:
        length = rng.choice([1, 2, 2, 3, 3, 4])
        if dense:
            some = [rng.choice(words if rng.random() < 0.5 else invented) for _ in range(length)]
        elif rng.random() < 0.05 and len(made) < len(words):
            at = rng.randrange(len(words))
            some = words[at:at + max(length, 2)]
        else:
            some = [rng.choice(invented) for _ in range(length)]
        made[" ".join(some)] = None
    return list(made)


def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20


def spacy_side(kind, what, text, rounds):
    """spaCy's figures: a process of its own."""
    import spacy
    from spacy.matcher import PhraseMatcher

    lines = Path(text).read_text("utf8").splitlines()
    texts = [" ".join(lines[i:i + 100]) for i in range(0, len(lines), 100)]
    nlp = spacy.blank("en")
    if kind == "ruler":
        before, start = resident(), time.process_time()
        nlp = spacy.load(what)
        load, mib = time.process_time() - start, resident() - before
        run = lambda: sum(len(nlp(text).ents) for text in texts)
        tokens = sum(len(nlp.make_doc(text)) for text in texts)
    else:
        phrases = Path(what).read_text("utf8").splitlines()
        before, start = resident(), time.process_time()
        matcher = PhraseMatcher(nlp.vocab)
        for phrase in phrases:
            matcher.add("PHRASE", [nlp.make_doc(phrase)])
        load, mib = time.process_time() - start, resident() - before
        docs = [nlp.make_doc(text) for text in texts]
        tokens = sum(map(len, docs))
        run = lambda: sum(len(matcher(doc)) for doc in docs)
    run()
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        found = run()
        best = min(best, (time.process_time() - start) / tokens)
    print(json.dumps({"load_seconds": load, "mib": mib, "nanoseconds_a_token": best * 1e9, "found": found}))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--counts", type=int, nargs="*", default=[10, 10_000, 1_000_000])
    p.add_argument("--text", default=str(ROOT / "nlp-core/benches/data/ewt-test.txt"))
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--spacy-side", nargs=2, help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.spacy_side:
        return spacy_side(*a.spacy_side, a.text, a.rounds)
    import spacy

    build = ["cargo", "bench", "--quiet", "-p", "nlp-core", "--bench", "phrases", "--no-run", "--message-format=json"]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    program = [m["executable"] for m in map(json.loads, built.splitlines()) if m.get("executable") and m["target"]["name"] == "phrases"][-1]
    rng = random.Random(1)
    words = Path(a.text).read_text("utf8").split()
    print(f"{'':35} {'load s':>9} {'MiB more':>9} {'ns/token':>9} {'found':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        for count, dense in [(count, dense) for dense in (False, True) for count in a.counts]:
            listed = phrases(count, words, rng, dense)
            file, pipeline = Path(scratch) / "phrases.txt", Path(scratch) / "pipeline"
            file.write_text("".join(f"{phrase}\n" for phrase in listed), "utf8")
            nlp = spacy.blank("en")
            nlp.add_pipe("entity_ruler")
            nlp.to_disk(pipeline)
            with open(pipeline / "entity_ruler/patterns.jsonl", "w") as out:
                out.writelines(json.dumps({"label": f"L{i % 20}", "pattern": phrase, "id": f"id{i}"}) + "\n" for i, phrase in enumerate(listed))
            common = ["--text", a.text, "--rounds", str(a.rounds)]
            for kind, what in (("phrases", file), ("ruler", pipeline)):
                shown = f"{'dense' if dense else 'names'}, {'matcher' if kind == 'phrases' else kind}"
                sides = {
                    "nlp-core": [program, "--bench", f"--{kind}", str(what), *common],
                    "spaCy": [sys.executable, __file__, "--spacy-side", kind, str(what), *common],
                }
                for name, command in sides.items():
                    run = subprocess.run(command, capture_output=True, text=True)
                    if run.returncode:
                        print(f"{shown} {count:,} {name}: failed: {run.stderr[-300:]}")
                        continue
                    r = json.loads(run.stdout.splitlines()[-1])
                    each = f"  ({r['bytes_a_phrase']:.0f} bytes a phrase)" if "bytes_a_phrase" in r else ""
                    print(f"{shown:15} {count:>9,} {name:9} {r['load_seconds']:9.3f} {r['mib']:9.1f} {r['nanoseconds_a_token']:9.1f} {r['found']:8}{each}", flush=True)


if __name__ == "__main__":
    main()
