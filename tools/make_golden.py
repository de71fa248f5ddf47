#!/usr/bin/env python3
"""Write what spaCy says of each text, one JSON object a line: the files that the tests replay without Python.

usage: OMP_NUM_THREADS=1 make_golden.py PIPELINE_DIR TEXTS... > GOLDEN.jsonl     (needs: pip install "spacy>=3.8,<3.9")
       [--seed 0] [--batch N] [--extra EXTRA.jsonl] [--no-header] [--tensor]

A TEXTS file that ends in .jsonl holds {"text": ...} objects, one a line, so that every text is possible; an old golden
file will do. Any other is plain text, one document a line, split at U+000A only, empty lines skipped, as `nlp parse`
reads it. Each file may be followed by :N, to draw N of its texts from the seed in their order, and by :N:K, to glue K
lines together with spaces for each of the N. The first object written names the versions, {"spacy": ..., "thinc": ...,
"python": ..., "unicode": ..., "pipeline": ...}.

Every text is processed on its own, `nlp(text)`: matrix products may round differently in a batch, so this is the one
form that does not depend on the neighbours. --batch N goes through `nlp.pipe(batch_size=N)` instead.

--extra writes a second file, a line for a line, of what else the API answers of each token: flags as one string of 0 and
1 a name, numbers as lists, the noun chunks where the language has them and the text was parsed, and the categories,
groups of spans and ids of entities where there are any. --tensor adds the
rows of doc.tensor, to find where two forward passes part.
"""
import argparse
import json
import platform
import random
import sys
import unicodedata

import spacy
import thinc

FLAGS = ["is_alpha", "is_ascii", "is_digit", "is_lower", "is_upper", "is_title", "is_punct", "is_space", "is_bracket", "is_quote", "is_left_punct",
         "is_right_punct", "is_currency", "is_stop", "like_num", "like_url", "like_email"]


def token_row(t):
    return {
        "text": t.text, "ws": t.whitespace_, "idx": t.idx,
        "norm": t.norm_, "lower": t.lower_, "shape": t.shape_, "prefix": t.prefix_, "suffix": t.suffix_,
        "tag": t.tag_, "pos": t.pos_, "morph": str(t.morph), "lemma": t.lemma_,
        "head": t.head.i, "dep": t.dep_, "sent_start": t.is_sent_start,
        "ent_iob": t.ent_iob_, "ent_type": t.ent_type_,
    }


def rest_row(doc):
    """What `nlp parse --with ids,cats,spans` adds."""
    scores = {key: [float(s) for s in group.attrs["scores"].ravel()] if "scores" in group.attrs else [None] * len(group) for key, group in doc.spans.items()}
    return {"ids": [[t.ent_id_, t.ent_kb_id_] for t in doc], "cats": dict(doc.cats or {}),
            "spans": {key: [[s.start, s.end, s.label_, s.id_, s.kb_id_, score] for s, score in zip(group, scores[key])] for key, group in doc.spans.items()}}


def doc_row(doc, tensor=False):
    row = {"text": doc.text, "tokens": [token_row(t) for t in doc],
           "ents": [[e.start, e.end, e.label_] for e in doc.ents],
           "sents": [[s.start, s.end] for s in doc.sents] if doc.has_annotation("SENT_START") else []}
    if tensor:
        row["tensor"] = [[round(float(x), 5) for x in v] for v in doc.tensor]
    return row


def extra_row(doc):
    row = {name: "".join(str(int(getattr(t, name))) for t in doc) for name in FLAGS}
    if doc.has_annotation("DEP"):  # without a parse spaCy's edges point one token too far
        row["left_edge"] = [t.left_edge.i for t in doc]
        row["right_edge"] = [t.right_edge.i for t in doc]
    row["n_lefts"] = [t.n_lefts for t in doc]
    row["n_rights"] = [t.n_rights for t in doc]
    if doc.has_annotation("DEP") and doc.noun_chunks_iterator is not None:
        try:
            row["noun_chunks"] = [[c.start, c.end, c.label_] for c in doc.noun_chunks]
        except ValueError:  # some languages' rules ask for parts of speech, and the pipeline sets none
            pass
    row.update((name, value) for name, value in rest_row(doc).items() if value and (name != "ids" or any(map(any, value))))
    return row


def read_texts(source, rng):
    """The texts of PATH, PATH:N or PATH:N:K, as the module's description says."""
    path, *numbers = source.split(":")
    count, join = ([int(n) for n in numbers] + [0, 1][len(numbers):])[:2]
    with open(path, encoding="utf8", newline="\n") as file:
        lines = [line for line in file.read().split("\n") if line]
    texts = [json.loads(line) for line in lines] if path.endswith(".jsonl") else [{"text": line} for line in lines]
    texts = [t["text"] for t in texts if "text" in t]
    texts = [" ".join(texts[i: i + join]) for i in range(0, len(texts), join)]
    return [texts[i] for i in sorted(rng.sample(range(len(texts)), count))] if count else texts


def dumps(row):
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pipeline")
    p.add_argument("texts", nargs="+")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--batch", type=int, default=0)
    p.add_argument("--extra")
    p.add_argument("--no-header", action="store_true")
    p.add_argument("--tensor", action="store_true")
    a = p.parse_args()
    sys.stdout.reconfigure(encoding="utf8", newline="\n")
    nlp = spacy.load(a.pipeline)
    rng = random.Random(a.seed)
    texts = [text for source in a.texts for text in read_texts(source, rng)]
    extra = open(a.extra, "w", encoding="utf8", newline="\n") if a.extra else None
    if not a.no_header:
        print(dumps({"spacy": spacy.__version__, "thinc": thinc.__version__, "python": platform.python_version(), "unicode": unicodedata.unidata_version,
                     "pipeline": f"{nlp.meta['lang']}_{nlp.meta['name']}"}))
    for doc in nlp.pipe(texts, batch_size=a.batch) if a.batch else map(nlp, texts):
        print(dumps(doc_row(doc, a.tensor)))
        if extra:
            extra.write(dumps(extra_row(doc)) + "\n")


if __name__ == "__main__":
    main()
