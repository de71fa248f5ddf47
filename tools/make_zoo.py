#!/usr/bin/env python3
"""Make a zoo of small spaCy pipelines, in many languages and shapes, to compare nlp-core with spaCy on.

usage: OMP_NUM_THREADS=1 make_zoo.py OUT_DIR [--seed 0] [--only NAME ...] [--random 20] [--languages] [--refused]

Without a switch it makes the pipelines written out below: between them they use every component, architecture and
option that nlp-core supports. `--random N` adds N pipelines drawn from the same space by a seed, `--languages` one small
pipeline for each language of spaCy whose tokenizer needs nothing else installed, and `--refused` makes instead the
pipelines that nlp-core has to refuse with an error. All are trained for a few updates on a made-up language
(toy_corpus.py) and then get noise on every weight, so that no score is near zero and the parses are odd on purpose.
Needs: pip install "spacy>=3.8,<3.9" jieba spacy-pkuseg.
"""
import argparse
import random
import warnings
import zlib
from pathlib import Path

import spacy

from zoo import chinese, classify, drawn, languages, refused, rules, shape, trained, vectors
from zoo.training import build

# All that is written out by hand.
GROUPS = (trained, vectors, rules, shape, chinese, classify)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", type=Path)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--only", nargs="*")
    p.add_argument("--random", type=int, default=0)
    p.add_argument("--languages", action="store_true")
    p.add_argument("--refused", action="store_true")
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    a.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(a.seed)
    if a.refused:
        wanted = list(refused.pipelines())
    else:
        wanted = [pipeline for group in GROUPS for pipeline in group.pipelines()]
    for i in range(a.random):
        pipes, options = rng.choice([drawn, drawn, classify]).pipeline(rng)
        wanted.append((f"random_{a.seed}_{i:03}", rng.choice(languages.names()), pipes, options))
    shapes = random.Random(a.seed)
    for i in range(a.random // 3):
        pipes, options = shape.drawn(shapes)
        wanted.append((f"random_shape_{a.seed}_{i:03}", shapes.choice(["en", "de", "fr", "es", "it", "nb"]), pipes, options))
    if a.languages:
        wanted += languages.pipelines(rng)
    failed = []
    for name, language, pipes, options in wanted:
        if a.only and name not in a.only:
            continue
        try:
            build(language, pipes, options, zlib.crc32(name.encode()) % 10_000).to_disk(a.out / name)
            print("made", name, flush=True)
        except Exception as error:  # one pipeline that cannot be made must not hide the others
            failed.append(name)
            print("FAILED", name, type(error).__name__, str(error)[:300], flush=True)
    if a.refused and not a.only:
        refused.write_edited(a.out, a.seed)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
