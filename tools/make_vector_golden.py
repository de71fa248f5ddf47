#!/usr/bin/env python3
"""Make nlp-core/tests/data/golden/vectors.json: tables of random word vectors, and what spaCy makes of them.

usage: make_vector_golden.py [OUT_FILE]

For each way in which words can be looked up: the table and its settings, and the vectors, norms and similarities of tokens,
spans, documents and lexemes under the tokenizer of the English pipeline that is built in. Needs: pip install "spacy>=3.8,<3.9".
"""
import itertools
import json
import sys
import warnings
from pathlib import Path

import numpy
import spacy
from spacy.attrs import LOWER, NORM, ORTH, TAG
from spacy.vectors import Vectors

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = ROOT / "nlp-core/models/en_ewt_sm"

TEXTS = ["", "cats", "Cats", "cats can't sit", "Cats ca n't  sit", "unheard", "unheard of", "Cos cats sit, cuz ZWÖLF cats sat ."]
KEYS = {"cats": 1, "Cats": 1, "because": 2, "not": 3, "sit": 0, "zwölf": 3, "ZWÖLF": 4, "cos": 5, "": 4}
FLORET = {"mode": "floret", "minn": 2, "maxn": 3, "hash_count": 2, "hash_seed": 2166136261, "bow": "<", "eow": ">"}
TABLES = {
    "default": ({"mode": "default"}, KEYS, 6),
    "default by norm": ({"mode": "default", "attr": NORM}, KEYS, 6),
    "default by tag": ({"mode": "default", "attr": TAG}, KEYS, 6),
    "floret": ({**FLORET, "attr": ORTH}, {}, 13),
    "floret by lower": ({**FLORET, "minn": 0, "maxn": 9, "hash_count": 4, "bow": "[", "eow": "", "attr": LOWER}, {}, 7),
    "none": ({"mode": "default"}, {}, 0),
}


def numbers(array):
    return [float(f"{x:.8g}") for x in numpy.asarray(array, dtype="f").ravel().tolist()]


def described(thing):
    return [bool(thing.has_vector), float(f"{thing.vector_norm:.9g}"), numbers(thing.vector)]


def golden(nlp, settings, keys, rows, random):
    data = random.standard_normal((rows, 3 if rows else 0)).astype("f")
    nlp.vocab.vectors = Vectors(strings=nlp.vocab.strings, data=data, **settings)
    for word, row in keys.items():
        nlp.vocab.vectors.add(nlp.vocab.strings.add(word), row=row)
    docs = [nlp(text) for text in TEXTS]
    spans = [(i, start, min(start + length, len(doc))) for i, doc in enumerate(docs) for start in range(len(doc) + 1) for length in (0, 1, 3) if i in (3, 5)]
    # spaCy has no lexeme of a word of a vocabulary without vectors.
    words = ["cats", "Cats", "because", "n't", "unheard", ""] if rows else []
    things = [[doc, ["doc", i]] for i, doc in enumerate(docs)]
    things += [[docs[i][start:end], ["span", i, start, end]] for i, start, end in spans if i == 3]
    things += [[token, ["token", i, token.i]] for i, doc in enumerate(docs) for token in doc if i in (1, 4)]
    things += [[nlp.vocab[word], ["lexeme", word]] for word in words]
    return {
        "settings": settings, "keys": keys, "rows": rows, "width": data.shape[1], "data": numbers(data),
        "docs": [described(doc) for doc in docs],
        "tokens": [[described(token) for token in doc] for doc in docs],
        "spans": [[i, start, end, *described(docs[i][start:end])] for i, start, end in spans],
        "lexemes": [[word, *described(nlp.vocab[word])] for word in words],
        "things": [name for _, name in things],
        # Row by row, those of each thing with all things.
        "similarities": [float(f"{one.similarity(other):.6f}") for (one, _), (other, _) in itertools.product(things, things)],
    }


def main(out):
    warnings.simplefilter("ignore")
    random = numpy.random.default_rng(11)
    tables = {}
    for name, (settings, keys, rows) in TABLES.items():
        nlp = spacy.load(PIPELINE, exclude=[name for name in spacy.util.load_config(PIPELINE / "config.cfg")["nlp"]["pipeline"]])
        tables[name] = golden(nlp, settings, keys, rows, random)
    out.write_text(json.dumps({"texts": TEXTS, "tables": tables}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "nlp-core/tests/data/golden/vectors.json")
