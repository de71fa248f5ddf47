#!/usr/bin/env python3
"""Write what spaCy's PhraseMatcher finds for random phrases in random texts, one case a line.

usage: make_phrase_golden.py [--seed N] [--cases N] > nlp-core/tests/data/golden/phrase_matcher.jsonl
(needs: pip install "spacy>=3.8,<3.9")

A case has the attribute, what was done to the matcher in order (["add", key, text] or ["remove", key]), a text, the
matches in the text ([key, start, end]), a span of it with those matches, and the keys that the matcher has in the end.
Words are few, so that phrases overlap, and keys many, so that phrases have several. Texts are split by the tokenizer of
the English pipeline in nlp-core/models.
"""
import argparse
import json
import random
from pathlib import Path

import spacy
from spacy.matcher import PhraseMatcher

ATTRS = [
    "ORTH", "TEXT", "LOWER", "NORM", "SHAPE", "LENGTH", "SPACY", "SENT_START", "IS_SENT_START", "ENT_TYPE", "ENT_IOB",
    "IS_ALPHA", "IS_PUNCT", "IS_TITLE", "IS_STOP", "LIKE_NUM", "LIKE_URL", "IS_SPACE",
]
WORDS = ["a", "A", "the", "The", "cat", "Cat", "don't", "10", "ten", ".", "...", "x.org", " ", "é", "日本", "gonna", "Ab1"]
KEYS = ["K%d" % i for i in range(24)] + ["IS_ALPHA", "ORTH", "PERSON", "é", "a b", "K\n"]


def text(rng, words, most):
    return " ".join(rng.choice(words) for _ in range(rng.randint(0, most)))


def case(rng, nlp):
    attr = rng.choice(ATTRS if rng.random() < 0.6 else ["ORTH", "LOWER"])
    words = rng.sample(WORDS, rng.choice([1, 2, 3, len(WORDS)]))
    keys = rng.sample(KEYS, rng.choice([1, 3, len(KEYS)]))
    matcher = PhraseMatcher(nlp.vocab, attr=attr)
    done = []
    for _ in range(rng.choice([1, 5, 16])):
        key = rng.choice(keys)
        # spaCy's removal takes too much away where the values are 0 and 1: they stand outside of its tables.
        if key in matcher and attr in ("ORTH", "TEXT", "LOWER", "NORM", "SHAPE") and rng.random() < 0.15:
            matcher.remove(key)
            done.append(["remove", key])
        else:
            phrase = text(rng, words, rng.choice([1, 2, 4]))
            matcher.add(key, [nlp.make_doc(phrase)])
            done.append(["add", key, phrase])
    doc = nlp.make_doc(text(rng, words, rng.choice([3, 12])))
    found = lambda on: [[nlp.vocab.strings[key], start, end] for key, start, end in matcher(on)]
    start = rng.randint(0, len(doc))
    end = rng.randint(start, len(doc))
    return {
        "attr": attr, "done": done, "text": doc.text, "matches": found(doc),
        "span": [start, end], "in_span": found(doc[start:end]), "keys": sorted(k for k in set(keys) if k in matcher),
    }


if __name__ == "__main__":
    args = argparse.ArgumentParser()
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--cases", type=int, default=20)
    args = args.parse_args()
    rng = random.Random(args.seed)
    nlp = spacy.load(Path(__file__).parent.parent / "nlp-core/models/en_ewt_sm")
    for _ in range(args.cases):
        print(json.dumps(case(rng, nlp), ensure_ascii=False))
