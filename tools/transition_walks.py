#!/usr/bin/env python3
"""Write what spaCy's transition systems allow and do on random walks, and what it makes of random trees.

usage: transition_walks.py [--seed N] [--walks N] [--trees N] > nlp-core/src/transition/testdata/walks.json
(needs: pip install "spacy>=3.8,<3.9")

A walk takes random valid moves over one random document from the start to the end. Of each step it says which tokens
a network would look at (for 3, 6, 8 and 13 features), which moves are valid and which was taken.
"""
import argparse
import json
import random
from types import SimpleNamespace

import numpy
import spacy
import srsly
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.ml.parser_model import ParserStepModel
from spacy.pipeline._parser_internals import nonproj
from spacy.pipeline._parser_internals.arc_eager import ArcEager
from spacy.pipeline._parser_internals.ner import BiluoPushDown
from spacy.tokens import Doc

FEATURES = (3, 6, 8, 13)
LABELS = ["nsubj", "det", "dep", "obj", "é", "with-dash", "a b"]
PARSER_KINDS, NER_KINDS = "SDLRB", "MBILUO"


def random_moves(rng, kind):
    """Frequencies of labels by kind of move, as a `moves` file has them; negative ones were added later."""
    freq = lambda: rng.choice([0, 1, 1, 2, 30, 1000, -1, -2, -3])
    most = lambda share: {label: freq() for label in LABELS if rng.random() < share}
    if kind == "parser":
        kinds = {0: {"": freq()}, 1: {"": freq()}, 2: most(0.5), 3: most(0.5), 4: {"ROOT": freq()}}
        if rng.random() < 0.3:
            kinds[2]["subtok"] = kinds[3]["subtok"] = 0
        if rng.random() < 0.2:
            kinds[0]["nsubj"] = 1
        if rng.random() < 0.2:
            kinds[rng.choice([2, 3])] = {}
    else:
        kinds = {0: {"": 1} if rng.random() < 0.2 else {}, 5: {"": 1}}
        kinds.update((kind, most(0.9)) for kind in (1, 2, 3, 4))
        if rng.random() < 0.8:
            kinds[4][""] = freq()
        if rng.random() < 0.2:
            kinds[5]["obj"] = 1
    return {str(k): v for k, v in kinds.items()}


def random_doc(rng, vocab, kind, n):
    words = [rng.choice(["a", "b", " ", "\n"]) if rng.random() < 0.4 else "word" for _ in range(n)]
    some = rng.random()
    starts = [rng.choice([True, False]) if rng.random() < some else None for _ in words]
    doc = Doc(vocab, words=words, sent_starts=starts)
    if kind == "ner" and rng.random() < 0.8:
        share = rng.choice([0.3, 0.7, 1.0])
        few = [vocab.strings.add(label) for label in rng.sample(LABELS, 2)]
        tags = numpy.zeros((n, 2), dtype="uint64")
        whole = rng.random() < 0.6
        for i in range(n):
            if rng.random() >= share:
                continue
            if whole and i > 0 and tags[i - 1][0] in (1, 3) and tags[i - 1][1] != 0:
                tags[i] = (1, tags[i - 1][1])
            else:
                iob = rng.choice([0, 2, 3] if whole else [0, 1, 2, 3])
                tags[i] = (iob, rng.choice(few + [0]) if iob in (1, 3) else 0)
        doc.from_array([ENT_IOB, ENT_TYPE], tags)
    return doc


def column(doc, attr):
    return [int(x) for x in doc.to_array([attr]).astype("int64").reshape(-1)]


def heads(doc):
    return [i + head for i, head in enumerate(column(doc, "HEAD"))]


def context(state, features):
    model = SimpleNamespace(state2vec=SimpleNamespace(nF=features))
    return ParserStepModel.get_token_ids(model, [state])[0].tolist()


def walk(rng, vocab, kind):
    moves = random_moves(rng, kind)
    system = (ArcEager if kind == "parser" else BiluoPushDown)(vocab.strings)
    system.from_bytes(srsly.msgpack_dumps({"moves": srsly.json_dumps(moves)}), exclude=["strings"])
    names = [system.get_class_name(i) for i in range(system.n_moves)]
    doc = random_doc(rng, vocab, kind, rng.randrange(1, 13))
    out = {
        "moves": moves,
        "names": [[(PARSER_KINDS if kind == "parser" else NER_KINDS).index(name[0]), name[2:]] for name in names],
        "sent_start": column(doc, "SENT_START"),
        "is_space": [token.is_space for token in doc],
    }
    if kind == "ner":
        out["before"] = {"iob": column(doc, "ENT_IOB"), "type": [token.ent_type_ for token in doc]}
    state = system.init_batch([doc])[0]
    steps = []
    favourites = {name: rng.random() ** 3 for name in names}
    stuck = False
    while not state.is_final():
        valid = [system.is_valid(state, name) for name in names]
        step = [[context(state, n) for n in FEATURES], "".join("01"[v] for v in valid)]
        choices = [i for i, v in enumerate(valid) if v]
        if not choices:
            steps.append(step + [None])
            stuck = True
            break
        taken = rng.choices(choices, [favourites[names[i]] + 1e-6 for i in choices])[0]
        steps.append(step + [taken])
        system.apply_transition(state, names[taken])
    out["steps"] = steps
    if not stuck:
        system.set_annotations(state, doc)
        if kind == "parser":
            out["after"] = {"heads": heads(doc), "labels": [vocab.strings[t.dep] for t in doc],
                            "sent_start": column(doc, "SENT_START")}
        else:
            out["after"] = {"iob": column(doc, "ENT_IOB"), "type": [token.ent_type_ for token in doc]}
    return out


def shape(doc):
    return {
        "heads": heads(doc), "labels": [doc.vocab.strings[t.dep] for t in doc],
        "left_kids": [t.n_lefts for t in doc], "right_kids": [t.n_rights for t in doc],
        "left_edge": [t.left_edge.i for t in doc], "right_edge": [t.right_edge.i for t in doc],
        "sent_start": column(doc, "SENT_START"),
    }


def random_tree(rng, vocab):
    n = rng.randrange(1, 15)
    words = [" " if rng.random() < 0.15 else "word" for _ in range(n)]
    some = rng.random()
    if rng.random() < 0.2:
        # Any heads, even in circles: only where no label is decorated, for spaCy would search such trees for ever.
        hs, labels = [rng.randrange(n) for _ in words], ["nsubj", "det", ""]
    else:
        order = list(range(n))
        rng.shuffle(order)
        hs = [0] * n
        for k, i in enumerate(order):
            hs[i] = i if k == 0 or rng.random() < some * 0.4 else order[rng.randrange(max(0, k - 4), k)]
        labels = ["nsubj", "det", "a||det", "a||nsubj", "det||nsubj", "nsubj||a", "a", "a||nothing", "", "||det", "a||"]
        rng.shuffle(labels)
        labels = labels[:rng.randrange(2, len(labels) + 1)]
    # A decorated root would be moved below itself; a parser calls its roots ROOT.
    deps = ["ROOT" if head == i else rng.choice(labels) for i, head in enumerate(hs)]
    deps[0] = deps[0] or "nsubj"  # spaCy works nothing out if no token has a label
    doc = Doc(vocab, words=words, heads=hs, deps=deps)
    out = {"is_space": [token.is_space for token in doc], "before": shape(doc)}
    nonproj.deprojectivize(doc)
    out["after"] = shape(doc)
    return out


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--seed", type=int, default=3618)
    args.add_argument("--walks", type=int, default=24)
    args.add_argument("--trees", type=int, default=80)
    a = args.parse_args()
    rng = random.Random(a.seed)
    vocab = spacy.blank("en").vocab
    out = {
        "spacy": spacy.__version__,
        "parser": [walk(rng, vocab, "parser") for _ in range(a.walks)],
        "ner": [walk(rng, vocab, "ner") for _ in range(a.walks)],
        "trees": [random_tree(rng, vocab) for _ in range(a.trees)],
    }
    one_a_line = lambda items: "[\n" + ",\n".join(json.dumps(i, ensure_ascii=False, separators=(",", ":")) for i in items) + "\n]"
    rows = [f'"{k}": {one_a_line(v) if isinstance(v, list) else json.dumps(v)}' for k, v in out.items()]
    print("{" + ",\n".join(rows) + "}")


if __name__ == "__main__":
    main()
