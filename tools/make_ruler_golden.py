#!/usr/bin/env python3
"""Write what spaCy's rulers find in random texts with random patterns and settings, one case a line.

usage: OMP_NUM_THREADS=1 make_ruler_golden.py [--seed N] [--cases N] > nlp-core/tests/data/golden/rulers.jsonl
(needs: pip install "spacy>=3.8,<3.9")

The pipeline is de_toy of nlp-core/tests/data/pipelines, or en_ewt_sm of nlp-core/models, with one or two rulers before,
among or after its other components. A case says what that changes: the order of the components, the rulers' sections of
the configuration, and their files; then a few texts with the entities ([start, end, label, id]), the tokens' ent_iob_, and
the groups of spans. The recogniser of de_toy is of version 1 and without an upper layer, which spaCy cannot widen for
labels that it was not taught: it then reads scores beyond their end. So there labels before it are its own.
"""
import argparse
import json
import random
import re
import tempfile
import warnings
from pathlib import Path

import spacy

from spacy.vocab import Vocab

from toy_corpus import Lexicon, toy_doc

BASES = {name: Path(__file__).parent.parent / "nlp-core" / path for name, path in {"de_toy": "tests/data/pipelines/de_toy", "en_ewt_sm": "models/en_ewt_sm"}.items()}
ENGLISH = "Ada Lovelace met Charles Babbage in London , and IBM 's U.S. office moved to New York City ( the Big Apple ) for $ 5 . don't".split()
ATTRS = [None, None, "LOWER", "lower", "TEXT", "NORM", "SHAPE", "LENGTH", "IS_PUNCT", "LEMMA", "POS", "TAG", "DEP", "MORPH", "ENT_TYPE", "SENT_START", 66]
OPERATORS = ["!", "?", "+", "*", "{2}", "{1,3}", "{,2}", "{2,}"]
FILTERS = [f"spacy.{name}_filter.v1" for name in ("first_longest_spans", "prioritize_existing_ents", "prioritize_new_ents")]


def token_pattern(rng, tokens):
    pattern = []
    for token in tokens:
        description = rng.choice([
            {"ORTH": token.text}, {"LOWER": token.lower_}, {"LENGTH": {">=": len(token)}}, {"IS_TITLE": True}, {"IS_PUNCT": token.is_punct},
            {"TEXT": {"REGEX": re.escape(token.text[:2])}}, {"LOWER": {"FUZZY": token.lower_}}, {"SHAPE": {"NOT_IN": ["xxxx", "dd"]}}, {},
        ])
        if rng.random() < 0.3:
            description = dict(description, OP=rng.choice(OPERATORS))
        pattern.append(description)
    return pattern


def patterns(rng, nlp, texts, labels):
    """Runs of tokens of the texts, so that they are found; some with the same label, id, or both."""
    entries = []
    for i in range(rng.choice([0, 3, 12, 30])):
        doc = nlp.make_doc(rng.choice(texts))
        start = rng.randrange(max(len(doc), 1))
        span = doc[start:start + rng.choice([1, 1, 2, 3])]
        if rng.random() < 0.15:
            pattern = rng.choice(["", " ", span.text.upper(), "x\ty"])
        else:
            pattern = span.text if rng.random() < 0.6 or not len(span) else token_pattern(rng, span)
        entry = {"label": rng.choice(labels), "pattern": pattern}
        if rng.random() < 0.5:
            entry["id"] = rng.choice(["", "b", "one", "two", "x||y"])
        entries.append(entry)
        if rng.random() < 0.2:
            entries.append(dict(entry, label=labels[-1]))
    return entries


def settings(rng, kind):
    config = {"phrase_matcher_attr": rng.choice(ATTRS), "validate": rng.random() < 0.3}
    if kind == "entity_ruler":
        config |= {"overwrite_ents": rng.random() < 0.5, "ent_id_sep": rng.choice(["||", "||", "-", "b"])}
    elif kind == "future_entity_ruler":
        config |= {"overwrite_ents": rng.random() < 0.5}
    else:
        config |= {
            "spans_key": rng.choice(["ruler", "ruler", "é x", None]), "annotate_ents": rng.random() < 0.5, "overwrite": rng.random() < 0.5,
            "spans_filter": rng.choice([None, {"@misc": rng.choice(FILTERS)}]), "ents_filter": {"@misc": rng.choice(FILTERS)},
        }
    return config


def said(nlp, text):
    doc = nlp(text)
    span = lambda s: [s.start, s.end, s.label_, s.id_]
    return {
        "text": text, "ents": [span(s) for s in doc.ents], "iob": [t.ent_iob_ for t in doc],
        "spans": {key: [span(s) for s in group] for key, group in doc.spans.items()},
    }


def case(rng, lexicon, toy_texts):
    base = rng.choice(list(BASES))
    nlp = spacy.load(BASES[base])
    words = [word[0] for word in lexicon.words] if base == "de_toy" else ENGLISH
    few = rng.sample(words, 4) + [".", ","]
    if base == "en_ewt_sm":
        toy_texts = [" ".join(rng.choice(ENGLISH) for _ in range(rng.randrange(4, 20))) for _ in range(2)]
    texts = [" ".join(rng.choice(few) for _ in range(rng.randrange(1, 9))) for _ in range(2)] + rng.sample(toy_texts, 2) + ["", " "]
    rulers = []
    for i in range(rng.choice([1, 1, 2])):
        kind = rng.choice(["entity_ruler", "entity_ruler", "future_entity_ruler", "span_ruler", "span_ruler"])
        name = rng.choice(["rules", "my rules"]) + str(i)
        config = settings(rng, kind)
        at = rng.choice([{"first": True}, {"before": "ner"}, {"after": "ner"}, {"last": True}])
        if config["phrase_matcher_attr"] in ("LEMMA", "POS", "TAG", "DEP", "MORPH"):
            at = {"after": "ner"}
        labels = rng.choice([["PER", "ORG"], ["PER", "RULE", "TWIN"], ["PER", "ORG", "RULE", "A||b", "", "é"]])
        if base == "de_toy" and ("first" in at or "before" in at):
            labels = ["PER", "ORG"]
        ruler = nlp.add_pipe(kind, name=name, config=config, **at)
        try:
            ruler.add_patterns(patterns(rng, nlp, texts, labels))
        except ValueError:
            return None  # a phrase without the attribute, or a pattern that is none
        rulers.append(name)
    result = {"base": base, "pipeline": nlp.pipe_names, "sections": "", "files": {}}
    with tempfile.TemporaryDirectory() as directory:
        nlp.to_disk(directory)
        # What is loaded again is not always what was made: an id is read from the label.
        nlp = spacy.load(directory)
        config = (Path(directory) / "config.cfg").read_text("utf8")
        for section in re.findall(r"^\[[^\n]*\]\n(?:(?!\[)[^\n]*\n)*", config, flags=re.M):
            if any(section.startswith((f"[components.{name}]", f"[components.{name}.")) for name in rulers):
                result["sections"] += section.rstrip() + "\n\n"
        for name in rulers:
            for path in sorted((Path(directory) / name).iterdir()):
                result["files"][f"{name}/{path.name}"] = path.read_text("utf8")
        if rng.random() < 0.1 and nlp.get_pipe_meta(rulers[0]).factory == "entity_ruler":
            # As spaCy 2 saved it: the patterns beside the folders, and the settings in the configuration.
            moved = {f"{rulers[0]}.jsonl": result["files"].pop(f"{rulers[0]}/patterns.jsonl")}
            result["files"].pop(f"{rulers[0]}/cfg")
            result["files"] |= moved
            for name, content in moved.items():
                (Path(directory) / name).write_text(content, "utf8")
            nlp = spacy.load(directory)
    try:
        result["said"] = [said(nlp, text) for text in texts]
    except ValueError:
        return None  # a ruler that fails with every document
    return result


if __name__ == "__main__":
    args = argparse.ArgumentParser()
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--cases", type=int, default=5)
    args = args.parse_args()
    warnings.filterwarnings("ignore")
    rng = random.Random(args.seed)
    lexicon = Lexicon(11)
    vocab = Vocab()
    toy_texts = [toy_doc(vocab, rng, lexicon).text for _ in range(40)]
    made = 0
    while made < args.cases:
        one = case(rng, lexicon, toy_texts)
        if one:
            made += 1
            print(json.dumps(one, ensure_ascii=False))
