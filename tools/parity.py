#!/usr/bin/env python3
"""Compare what `nlp parse` says of texts with what spaCy says, field by field, and explain each difference.

usage: OMP_NUM_THREADS=1 parity.py PIPELINE... TEXTS [--nlp target/debug/nlp] [--gold GOLDEN.jsonl] [--show 20]
                                    [--min 0.9999]                          (needs: pip install "spacy>=3.8,<3.9")

TEXTS as for make_golden.py: {"text": ...} lines in a .jsonl file, else one document a line; PATH:N draws N of them. A
PIPELINE is whatever both programs load: a directory, or the name of a package. --gold takes spaCy's side from a file of
make_golden.py or `spacy` that was made earlier from the same texts. Both sides process each text on its own.

What `nlp parse --with ids,cats,spans` adds is compared too, scores to 1e-5. Prints the differences, first those of
tokens, then of lexical attributes, then of annotations, each annotation with the score gap that explains it: how far
spaCy's best score was above its second best, for that token (tagger, morphologizer, senter, lemmatizer) or at the closest
decision of the whole document (parser, ner). A gap near the rounding of a float is a near tie; a large one is a fault.
Exits with 1 if any token, white space or lexical attribute differs, or if fewer than --min of the tokens agree in some
annotation.
"""
import argparse
import json
import random
import subprocess
import sys
from collections import Counter

import numpy
import spacy

from make_golden import doc_row, read_texts, rest_row

LEXICAL = ["text", "ws", "idx", "norm", "lower", "shape", "prefix", "suffix"]
# The fields that each kind of component sets.
KINDS = {"Tagger": ["tag"], "Morphologizer": ["pos", "morph"], "SentenceRecognizer": ["sent_start"], "EditTreeLemmatizer": ["lemma"],
         "DependencyParser": ["head", "dep", "sent_start"], "EntityRecognizer": ["ent_iob", "ent_type"]}


def ours(program, model, texts):
    """What the program says of each text; None where it failed."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    command = [program, "parse", "--model", model, "--input", "jsonl", "--max-length", "10000000", "--batch-size", "1", "--with", "ids,cats,spans"]
    run = subprocess.run(command, input=lines.encode(), capture_output=True)
    if run.returncode == 2:
        sys.exit(f"{' '.join(command)}: {run.stderr.decode()}")
    complaints = [line for line in run.stderr.decode().splitlines() if line.startswith("nlp: line ")]
    failed = {int(line.split(":")[1].split()[-1]) - 1 for line in complaints}
    for line in complaints:
        print("failed:", line)
    rows = iter(run.stdout.decode().split("\n"))
    return [None if i in failed else json.loads(next(rows)) for i in range(len(texts))]


def gaps(nlp, text):
    """For each component: the gap of each token, or of the closest decision."""
    doc = nlp.make_doc(text)
    found = {}
    for name, component in nlp.pipeline:
        if hasattr(component, "moves"):
            found[name] = (component.__class__.__name__, transition_gap(component, doc))
        elif component.__class__.__name__ in KINDS and component.model.has_ref("output_layer"):
            scores = component.model.predict([doc])[0] if len(doc) else numpy.zeros((0, 2))
            best = numpy.sort(scores, axis=1)
            found[name] = (component.__class__.__name__, best[:, -1] - best[:, -2] if best.shape[1] > 1 else None)
        doc = component(doc)
    return found


def transition_gap(component, doc):
    """The smallest lead that the chosen move had over the next valid one."""
    closest = float("inf")
    stepper = component.model.predict([doc])
    states = component.moves.init_batch([doc])
    while states and not states[0].is_final():
        scores = stepper.predict(states)
        valid = [s for s, name in zip(scores[0], component.move_names) if component.moves.is_valid(states[0], name)]
        if len(valid) > 1:
            best = sorted(valid)[-2:]
            closest = min(closest, float(best[1] - best[0]))
        component.transition_states(states, scores)
    return closest



def same(one, other):
    """Whether two values are equal, numbers that are not whole to 1e-5."""
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= 1e-5
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def explain(nlp, text, token, fields):
    """The gaps behind a difference at a token in these fields, as text."""
    parts = []
    for name, (kind, gap) in gaps(nlp, text).items():
        if set(KINDS.get(kind, [])) & set(fields):
            value = gap if numpy.ndim(gap) == 0 else gap[token]
            parts.append(f"{name} {'one class' if value is None else format(float(value), '.2e')}")
    return "; ".join(parts) or "no component of the pipeline sets it"


def compare(pipeline, texts, program, gold=None, show=20, least=0.9999):
    """Prints how the two agree, and returns whether they do."""
    nlp = None
    if gold is None:
        nlp = spacy.load(pipeline)
        docs = [nlp(text) for text in texts]
        gold = [doc_row(doc) | rest_row(doc) for doc in docs]
    if len(gold) != len(texts):
        sys.exit(f"{len(gold)} documents of spaCy, {len(texts)} texts")
    mine = ours(program, pipeline, texts)

    counts, wrong_docs, tokens, shown = Counter(), 0, 0, 0
    for text, g, m in zip(texts, gold, mine):
        tokens += len(g["tokens"])
        if m is None or [t["text"] for t in g["tokens"]] != [t["text"] for t in m["tokens"]] or g["text"] != m["text"]:
            wrong_docs += 1
            if shown < show:
                shown += 1
                print(f"tokens of {text[:100]!r}\n  spaCy {[t['text'] for t in g['tokens']][:30]}\n  nlp   {[t['text'] for t in m['tokens']][:30] if m else 'failed'}")
            continue
        for i, (t, u) in enumerate(zip(g["tokens"], m["tokens"])):
            if t == u:
                continue
            fields = [f for f in t if t[f] != u.get(f)]
            counts.update(fields)
            if shown < show:
                shown += 1
                print(f"token {i} {t['text']!r} of {text[:80]!r}: " + ", ".join(f"{f} spaCy {t[f]!r} nlp {u.get(f)!r}" for f in fields))
                if not set(fields) & set(LEXICAL):
                    nlp = nlp or spacy.load(pipeline)
                    print("  gap:", explain(nlp, text, i, fields))
        for field in ("ents", "sents", "ids", "cats", "spans"):
            if field in g and not same(g[field], m[field]):
                counts[field] += 1
                if shown < show and not any(counts[f] for f in ("ent_iob", "sent_start")):
                    shown += 1
                    print(f"{field} of {text[:80]!r}: spaCy {str(g[field])[:400]} nlp {str(m[field])[:400]}")
    print(f"{pipeline}: {len(texts)} texts, {tokens} tokens, {wrong_docs} texts with other tokens")
    ok = wrong_docs == 0
    for field, count in counts.items():
        share = 1 - count / max(tokens, 1)
        ok &= field not in LEXICAL and share >= least
        print(f"  {field}: {count} differ, {share:.6f} equal")
    print("same" if ok and not counts else "near enough" if ok else "NOT the same", flush=True)
    return ok


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pipeline", nargs="+")
    p.add_argument("texts")
    p.add_argument("--nlp", default="target/debug/nlp")
    p.add_argument("--gold")
    p.add_argument("--show", type=int, default=20)
    p.add_argument("--min", type=float, default=0.9999)
    a = p.parse_args()
    texts = read_texts(a.texts, random.Random(0))
    gold = a.gold and [row for row in map(json.loads, open(a.gold, encoding="utf8", newline="\n")) if "tokens" in row]
    differ = [pipeline for pipeline in a.pipeline if not compare(pipeline, texts, a.nlp, gold, a.show, a.min)]
    if len(a.pipeline) > 1:
        print(f"{len(a.pipeline)} pipelines, {len(differ)} not the same:", *differ)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
