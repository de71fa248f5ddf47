#!/usr/bin/env python3
"""Train a pipeline with the spaCy that is installed, of any version from 3.0, and write what that version says of texts.

usage: OMP_NUM_THREADS=1 old_pipeline.py OUT_DIR [--lang en] [--seed 0]              (needs: pip install "spacy>=3.0,<4")
       parity.py OUT_DIR/pipeline OUT_DIR/texts.jsonl --gold OUT_DIR/gold.jsonl      (with any spaCy 3.8)

The pipeline has all the components that the version knows of the list below, each as that version makes it when it is
asked for nothing special, trained on the made-up language of toy_corpus.py. Its files are in the form of that version:
an nlp-core that reads it has to read old settings, architectures and tables.
"""
import argparse
import json
import random
import warnings
from pathlib import Path

import spacy
from spacy.training import Example
from thinc.api import fix_random_seed

from make_golden import doc_row, dumps
from toy_corpus import Lexicon, toy_doc

COMPONENTS = ["tok2vec", "tagger", "morphologizer", "parser", "senter", "trainable_lemmatizer", "ner", "merge_entities", "textcat", "textcat_multilabel", "spancat",
              "spancat_singlelabel", "span_finder", "attribute_ruler", "lemmatizer", "entity_ruler", "span_ruler", "sentencizer"]


def settings(name, rng):
    """What has to be said when the component is added."""
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "*"}
    if name in ("tagger", "morphologizer", "trainable_lemmatizer") and rng.random() < 0.7:
        return {"model": {"@architectures": "spacy.Tagger.v1", "nO": None, "tok2vec": listener}}
    return {"lemmatizer": {"mode": "lookup", "overwrite": False}, "entity_ruler": {"overwrite_ents": True}}.get(name, {})


def rules(lexicon, rng, label):
    words = [word[0] for word in lexicon.words]
    for i in range(12):
        yield {"label": f"{label}{i % 3}", "id": f"id{i}", "pattern": rng.choice(words)}
        yield {"label": f"{label}{i % 3}", "pattern": [{"LOWER": rng.choice(words).lower()}, {"TAG": rng.choice(["NN", "NE", "VBD"]), "OP": rng.choice("?+*")}, {"IS_PUNCT": False, "LENGTH": {">=": 3}}]}


def spans_of(doc, rng):
    for start in range(0, len(doc) - 2, 4):
        yield doc[start: start + 1 + start % 3] if not doc[start].is_punct else doc[start: start + 1]


def build(lang, seed):
    fix_random_seed(seed)
    rng, lexicon = random.Random(seed), Lexicon(seed)
    nlp = spacy.blank(lang)
    for name in COMPONENTS:
        if nlp.has_factory(name):
            nlp.add_pipe(name, config=settings(name, rng))
    table = {word[0]: word[4] for word in lexicon.words}
    lookups = spacy.lookups.Lookups()
    lookups.add_table("lemma_lookup", table)
    nlp.get_pipe("lemmatizer").initialize(lambda: [], lookups=lookups)
    nlp.get_pipe("lemmatizer").initialize = lambda *_, **__: None
    nlp.get_pipe("attribute_ruler").add_patterns([
        {"patterns": [[{"TAG": "NN"}, {"TAG": "VBD"}]], "attrs": {"POS": "AUX", "MORPH": "Number=Dual"}, "index": 1},
        {"patterns": [[{"LOWER": {"REGEX": "^b"}}], [{"SHAPE": "Xxxxx"}]], "attrs": {"LEMMA": "shaped"}}])
    examples = []
    for _ in range(48):
        doc = toy_doc(nlp.vocab, rng, lexicon)
        good = float(sum(map(len, (t.text for t in doc))) % 2)
        doc.cats = {"GOOD": good, "BAD": 1 - good}
        if hasattr(doc, "spans"):
            doc.spans["sc"] = [spacy.tokens.Span(doc, s.start, s.end, label=f"S{s.start % 3}") for s in spans_of(doc, rng)]
        predicted = spacy.tokens.Doc(nlp.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
        examples.append(Example(predicted, doc))
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    for _ in range(5):
        rng.shuffle(examples)
        for i in range(0, len(examples), 16):
            nlp.update(examples[i: i + 16], sgd=optimizer, drop=0.1)
    # Which old versions do by running what is trained.
    for name in ("entity_ruler", "span_ruler"):
        if nlp.has_pipe(name):
            nlp.get_pipe(name).add_patterns(list(rules(lexicon, rng, name[:4].upper())))
    texts = [" ".join(toy_doc(nlp.vocab, rng, lexicon).text for _ in range(rng.randrange(1, 3))) for _ in range(60)]
    return nlp, texts + ["", " ", "Hello, world! It's 3.5km (about) $10.", "a\n\nb  c", "naïve İstanbul 日本 🙂", "don't e.g. Mr. X's http://x.org/a?b=c."]


def rest(doc):
    """As make_golden.rest_row has it, also where spans have no ids yet."""
    groups = getattr(doc, "spans", {})
    scores = {key: [float(s) for s in group.attrs["scores"].ravel()] if "scores" in group.attrs else [None] * len(group) for key, group in groups.items()}
    return {"ids": [[t.ent_id_, t.ent_kb_id_] for t in doc], "cats": dict(doc.cats or {}),
            "spans": {key: [[s.start, s.end, s.label_, getattr(s, "id_", ""), s.kb_id_, score] for s, score in zip(group, scores[key])] for key, group in groups.items()}}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", type=Path)
    p.add_argument("--lang", default="en")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    a.out.mkdir(parents=True, exist_ok=True)
    nlp, texts = build(a.lang, a.seed)
    nlp.to_disk(a.out / "pipeline")
    nlp = spacy.load(a.out / "pipeline")
    with open(a.out / "texts.jsonl", "w", encoding="utf8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
    with open(a.out / "gold.jsonl", "w", encoding="utf8") as file:
        file.writelines(dumps(dict(doc_row(doc), **rest(doc))) + "\n" for doc in map(nlp, texts))
    print(spacy.__version__, nlp.pipe_names)


if __name__ == "__main__":
    main()
