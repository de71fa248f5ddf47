#!/usr/bin/env python3
"""How fast spaCy runs a pipeline over a text file, and in how much memory: one side of pair_speed.sh.

usage: OMP_NUM_THREADS=1 spacy_speed.py PIPELINE_DIR TEXTS.txt [--repeat 1]     (needs: pip install "spacy>=3.8,<3.9")
Prints one JSON object: tokens, seconds to load, words per second (the best pass
after a first one that does not count), peak RSS in MiB.
"""
import argparse
import json
import resource
import time

import spacy


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pipeline")
    p.add_argument("texts")
    p.add_argument("--repeat", type=int, default=1)
    a = p.parse_args()
    start = time.perf_counter()
    nlp = spacy.load(a.pipeline)
    load = time.perf_counter() - start
    with open(a.texts, encoding="utf8", newline="\n") as file:
        texts = [line for line in file.read().split("\n") if line]
    best = 0.0
    for i in range(a.repeat + 1):
        start = time.perf_counter()
        tokens = sum(len(doc) for doc in nlp.pipe(texts, batch_size=256))
        if i:
            best = max(best, tokens / (time.perf_counter() - start))
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"program": f"spaCy {spacy.__version__}", "tokens": tokens, "words_per_second": round(best), "load_seconds": round(load, 4), "peak_rss_mib": round(rss, 1)}))


if __name__ == "__main__":
    main()
