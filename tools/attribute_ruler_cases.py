#!/usr/bin/env python3
"""What spaCy's attribute_ruler sets: JSON lines that nlp-core/tests/attribute_ruler.rs replays.

usage: attribute_ruler_cases.py own > nlp-core/tests/data/golden/attribute_ruler.jsonl     (the cases that are committed)
       attribute_ruler_cases.py random SEED COUNT > CASES.jsonl                              (cases drawn at random)

Each line has the rules, as spaCy writes them to the file `patterns` (in hexadecimal), a text, and what the pipeline
de_toy says of the text with the ruler at its end: an object a token, or that loading or parsing is an error. Cases that
are not committed are run by

    NLP_RULER_CASES=CASES.jsonl cargo test -p nlp-core --test attribute_ruler drawn -- --ignored

(needs: pip install "spacy>=3.8,<3.9")
"""
import json
import random
import sys
import tempfile
import warnings
from pathlib import Path

import spacy
import srsly
from spacy import symbols

from matcher_cases import draw_pattern

warnings.filterwarnings("ignore")

PIPELINE = Path(__file__).parent.parent / "nlp-core/tests/data/pipelines/de_toy"
TEXTS = [
    "383 riñu łezu tös! ki yopstiger Töyo! soig çakipstiger mu RIÑUTE?",
    "Angela Merkel besuchte am Montag, dem 3., die Stadt  Köln.\n(a A b hello) the The world $ 5",
    "",
    "a",
    "a b A b a hello hallo wrold . , x.com a@b.de ABC naïve",
    "a b hello .",
]
OWN = [
    # A table from tags to parts of speech; later rules win, wherever they match.
    [{"patterns": [[{"TAG": "NN"}]], "attrs": {"POS": "PROPN", "MORPH": "Number=Plur|Case=Nom,Acc"}},
     {"patterns": [[{"LOWER": "köln"}], [{"LOWER": "a"}]], "attrs": {"POS": "X", "TAG": "XY"}, "index": 0},
     {"patterns": [[{}]], "attrs": {"LEMMA": "lemma"}}],
    # What is found is found before anything is set.
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"TAG": "FIRST"}}, {"patterns": [[{"TAG": "FIRST"}]], "attrs": {"TAG": "SECOND"}}],
    # Any token of what is found, from either end.
    [{"patterns": [[{"LOWER": "a"}, {"OP": "?"}, {"LOWER": "b"}]], "attrs": {"NORM": "last"}, "index": -1},
     {"patterns": [[{"LOWER": "a"}, {"LOWER": "b"}]], "attrs": {"NORM": "first"}, "index": -2},
     {"patterns": [[{"IS_PUNCT": True, "OP": "+"}]], "attrs": {"DEP": "punct"}}],
    # Every attribute of a token, names in any case or as numbers, values as strings or numbers.
    [{"patterns": [[{"LOWER": "hello"}]], "attrs": {
        "tag": "T", "Pos": "INTJ", symbols.LEMMA: "hi", "NORM": "hi", "DEP": symbols.nsubj, "ENT_TYPE": "ORG", "ENT_IOB": "B",
        "ENT_ID": "Q1", "ENT_KB_ID": "Q2", "SENT_START": True, "MORPH": "", "nonsense": 1, "TEXT": "x", "ORTH": "y", "LENGTH": 9, "_": {}}}],
    [{"patterns": [[{symbols.LOWER: "hello"}]], "attrs": {symbols.POS: symbols.NOUN, symbols.TAG: "", "LEMMA": "", "ENT_IOB": 2, "MORPH": "_"}}],
    # Nothing at all.
    [],
    [{"patterns": [], "attrs": {"TAG": "X"}}],
    [{"patterns": [[{"LOWER": "a", "OP": "{0}"}]], "attrs": {"TAG": "X"}, "index": 7}],
    # Refused.
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"TAG": "X"}, "index": 1}],
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"TAG": "X"}, "index": -2}],
    [{"patterns": [[{"FOO": "a"}]], "attrs": {"TAG": "X"}}],
    [{"patterns": [[]], "attrs": {"TAG": "X"}}],
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"TAG": None}}],
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"TAG": 1.5}}],
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"MORPH": "Sing"}}],
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"ENT_IOB": "X"}}],
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"SENT_START": -1}}],
    [{"patterns": [[{"LOWER": "a"}]], "attrs": {"TAG": "X"}, "name": "x"}],
    [{"patterns": [[{"LOWER": "a"}]]}],
]


def draw_rules(rng):
    values = {
        "TAG": ["NN", "X", "", "neu"], "POS": ["NOUN", "X", "", "VERB", 92], "MORPH": ["", "_", "B=2|A=2,1", "Case=Nom"], "LEMMA": ["a", "", "neu"],
        "NORM": ["a", "neu", ""], "DEP": ["dep", "nsubj", ""], "ENT_TYPE": ["ORG", ""], "ENT_IOB": ["", "I", "O", "B", 2], "ENT_ID": ["Q1", ""],
        "ENT_KB_ID": ["Q1"], "SENT_START": [True, False, 1],
    }
    rules = []
    for _ in range(rng.choice([1, 2, 5, 12])):
        attrs = {name: rng.choice(values[name]) for name in rng.sample(list(values), rng.choice([1, 1, 2, 4]))}
        rule = {"patterns": [draw_pattern(rng, True) for _ in range(rng.choice([1, 1, 2]))], "attrs": attrs}
        if rng.random() < 0.4:
            rule["index"] = rng.choice([0, 0, -1, -1, 1, -2])
        rules.append(rule)
    return rules


def row(token):
    return {
        "norm": token.norm_, "tag": token.tag_, "pos": token.pos_, "morph": str(token.morph), "lemma": token.lemma_, "dep": token.dep_,
        "sent_start": token.is_sent_start, "ent_iob": token.ent_iob_, "ent_type": token.ent_type_, "ent_id": token.ent_id_, "kb_id": token.ent_kb_id_,
    }


def answer(rules, text):
    case = {"rules": srsly.msgpack_dumps(rules).hex(), "text": text}
    with tempfile.TemporaryDirectory() as folder:
        nlp = spacy.load(PIPELINE)
        ruler = nlp.add_pipe("attribute_ruler")
        Path(folder, "patterns").write_bytes(bytes.fromhex(case["rules"]))
        Path(folder, "vocab").mkdir()
        try:
            ruler.from_disk(folder, exclude=["vocab"])
            case["tokens"] = [row(token) for token in nlp(text)]
        except Exception as error:
            case["error"] = f"{type(error).__name__}: {error}"[:100]
    return case


def main():
    if sys.argv[1] == "own":
        cases = [(rules, text) for rules in OWN for text in TEXTS[-1:]] + [(OWN[0], TEXTS[1]), (OWN[0], "")]
    else:
        rng = random.Random(int(sys.argv[2]))
        cases = ((draw_rules(rng), rng.choice(TEXTS)) for _ in range(int(sys.argv[3])))
    for rules, text in cases:
        print(json.dumps(answer(rules, text), ensure_ascii=False))


if __name__ == "__main__":
    main()
