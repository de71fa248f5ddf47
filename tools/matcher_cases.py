#!/usr/bin/env python3
"""What spaCy's Matcher and DependencyMatcher find: JSON lines that nlp-core's tests replay.

usage: matcher_cases.py own > nlp-core/src/matcher/golden/cases.jsonl     (the cases that are committed)
       matcher_cases.py random SEED COUNT > CASES.jsonl                     (cases drawn at random)
       matcher_cases.py dependencies SEED COUNT > CASES.jsonl               (the same, of trees)

Each line has a document (words and what they are annotated with), rules, options, and what spaCy says: the matches, or
that the rules or the search are an error. Cases that are not committed are run by

    NLP_MATCHER_CASES=CASES.jsonl cargo test -p nlp-core --lib matcher::tests::drawn -- --ignored

(needs: pip install "spacy>=3.8,<3.9")
"""
import json
import random
import sys
import warnings

import spacy
from spacy.attrs import ENT_IOB, SENT_START
from spacy.matcher import DependencyMatcher, Matcher
from spacy.tokens import Doc

warnings.filterwarnings("ignore")

WORDS = [
    "a", "A", "b", "bB", "the", "The", "hello", "hallo", "Hello", "world", "wrold", "word", ".", ",", "(", "'s", "1",
    "two", "3.5", "$", " ", "\n", "x.com", "a@b.de", "ABC", "Abc123", "naïve", "NAÏVE", "straße", "İ", "ſ", "日本",
    "e\u0301", "hospital",
]
VALUES = {
    "tag": ["", "NN", "VBZ", "JJ", "_SP", "."],
    "pos": ["", "NOUN", "VERB", "ADJ", "PUNCT", "SPACE"],
    "morph": [None, "", "Number=Sing", "Case=Acc,Nom|Number=Sing", "Case=Nom", "Number=Plur|Person=3"],
    "lemma": ["", "a", "hello", "be", "word"],
    "dep": ["", "nsubj", "dep", "ROOT", "obj"],
    "ent_type": ["", "ORG", "PERSON"],
    "ent_id": ["", "Q1", "x"],
    "kb_id": ["", "Q1", "y"],
    "norm": [None, None, "the", "not", "a"],
}
SCHEMA = {
    "ORTH": WORDS, "TEXT": WORDS, "LOWER": ["a", "b", "the", "hello", "world", "straße", "i̇"],
    "NORM": ["a", "the", "not", "hello", "$"], "SHAPE": ["x", "X", "xxxx", "Xxxxx", "d", "."],
    "TAG": VALUES["tag"], "POS": VALUES["pos"], "LEMMA": VALUES["lemma"], "DEP": VALUES["dep"],
    "MORPH": ["", "_", "Number=Sing", "Case=Acc,Nom|Number=Sing", "Case=Nom,Acc", "Case=Nom"],
    "ENT_TYPE": VALUES["ent_type"], "ENT_ID": VALUES["ent_id"], "ENT_KB_ID": VALUES["kb_id"],
}
LOOSE = {"PREFIX": ["a", "h", "T"], "SUFFIX": ["a", "llo", "rld"], "LANG": ["en", "de"]}
FLAGS = [
    "IS_ALPHA", "IS_ASCII", "IS_DIGIT", "IS_LOWER", "IS_UPPER", "IS_TITLE", "IS_PUNCT", "IS_SPACE", "IS_BRACKET",
    "IS_QUOTE", "IS_LEFT_PUNCT", "IS_RIGHT_PUNCT", "IS_CURRENCY", "IS_STOP", "IS_SENT_START", "SENT_START", "LIKE_NUM",
    "LIKE_URL", "LIKE_EMAIL", "SPACY",
]
OPS = ["!", "?", "?", "+", "+", "*", "*", "{2}", "{1,2}", "{0,2}", "{2,}", "{,2}", "{0}", "{1}", "{0,}", "1"]
REGEXES = ["a", "^h.llo$", "[A-Z]+", r"\d", "(?i)abc", "^$", "l{2}", "wor(?=l)", ".", "Case", "Nom|Sing", r"\bN"]


def draw_words(rng, count):
    return [rng.choice(WORDS) for _ in range(count)]


def draw_doc(rng):
    length = rng.choice([0, 1, 2, 3, 4, 5, 6, 8, 12])
    few = rng.random() < 0.4
    words = [rng.choice(["a", "b", "A"]) for _ in range(length)] if few else draw_words(rng, length)
    doc = {"words": words, "spaces": [rng.random() < 0.7 for _ in words]}
    for name, values in VALUES.items():
        if rng.random() < 0.6:
            doc[name] = [rng.choice(values) for _ in words]
    if rng.random() < 0.5:
        doc["sent_start"] = [rng.choice([-1, 0, 1]) for _ in words]
    if rng.random() < 0.5:
        doc["ent_iob"] = [rng.choice([0, 1, 2, 3]) for _ in words]
    return doc


def draw_heads(rng, doc):
    """Sentences of random trees, a few of which cross."""
    length = len(doc["words"])
    heads, start = [0] * length, 0
    while start < length:
        end = min(length, start + rng.choice([1, 2, 3, 5, 8]))
        order = list(range(start, end))
        rng.shuffle(order)
        for at, i in enumerate(order):
            near = sorted(order[:at], key=lambda j: abs(i - j))[:2]
            heads[i] = rng.choice(near if rng.random() < 0.8 else order[:at]) if at else i
        start = end
    doc["head"] = heads
    doc["dep"] = ["ROOT" if heads[i] == i else rng.choice(["nsubj", "obj", "dep"]) for i in range(length)]
    doc.pop("sent_start", None)


def draw_predicate(rng, attr, values, loose):
    kind = rng.choice(["REGEX", "FUZZY", "IN", "NOT_IN", "IS_SUBSET", "IS_SUPERSET", "INTERSECTS", "in-regex", "in-fuzzy"])
    some = [rng.choice(values) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    if kind == "REGEX":
        return {"REGEX": rng.choice(REGEXES)}
    if kind == "FUZZY":
        return {"FUZZY" + rng.choice(["", "1", "2", "3", "5", "9"]): rng.choice(values)}
    if kind == "in-regex" and attr != "MORPH":
        return {"REGEX": {rng.choice(["IN", "NOT_IN"]): [rng.choice(REGEXES) for _ in some]}}
    if kind == "in-fuzzy":
        return {"FUZZY" + rng.choice(["", "1", "3"]): {rng.choice(["IN", "NOT_IN"]): some}}
    if loose and rng.random() < 0.2:
        some.append(rng.choice([0, 1, 5, -1, 1.0, 2.5, True]))
    return {kind: some}


def draw_token(rng, simple, loose):
    token = {}
    for _ in range(rng.choice([0, 1, 1, 1, 2])):
        what = rng.random()
        if simple or what < 0.4:
            attr = rng.choice(["ORTH", "LOWER", "LOWER", "TEXT"]) if simple else rng.choice(list(SCHEMA))
            token[attr] = rng.choice(["a", "b", "A"]) if simple else rng.choice(SCHEMA[attr])
        elif what < 0.5:
            token[rng.choice(FLAGS)] = rng.random() < 0.6
        elif what < 0.6:
            token["LENGTH"] = rng.choice([
                1, 5, {">=": 2}, {"<": 4, "!=": 1}, {"==": 1.0}, {">": 0.5}, {"IN": [1, 5]}, {"NOT_IN": [1]}, {"<=": 1},
                {"REGEX": "IS"},
            ])
        elif what < 0.65:
            token["ENT_IOB"] = rng.choice(["", "I", "O", "B", 0, 1, 2, 3])
        elif loose and what < 0.75:
            attr = rng.choice(list(LOOSE))
            token[attr] = rng.choice(LOOSE[attr] + [5])
        elif loose and what < 0.8:
            attr = rng.choice(["ENT_IOB", "HEAD", "IS_ALPHA", "POS", "SENT_START", "lower", "LENGTH", "Text"])
            token[attr] = rng.choice([0, 1, 2, 92, True, {"IN": [0, 1]}, {">=": 1}, {"==": "a"}, {"Foo": 1}, "a"])
        else:
            attr = rng.choice(list(SCHEMA))
            token[attr] = draw_predicate(rng, attr, SCHEMA[attr], loose)
    return token


def draw_pattern(rng, loose):
    simple = rng.random() < 0.5
    pattern = []
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4, 5])):
        token = draw_token(rng, simple, loose)
        if rng.random() < 0.6:
            token["OP"] = rng.choice(OPS if loose else OPS[:-1])
        pattern.append(token)
    return pattern


def draw_case(rng):
    loose = rng.random() < 0.4
    doc = draw_doc(rng)
    if rng.random() < 0.2:
        draw_heads(rng, doc)
    case = {"doc": doc, "rules": []}
    if loose:
        case["validate"] = False
    if rng.random() < 0.5:
        case["allow_missing"] = True
    if rng.random() < 0.5:
        case["with_alignments"] = True
    if doc["words"] and rng.random() < 0.2:
        start = rng.randrange(len(doc["words"]))
        case["span"] = [start, rng.randrange(start, len(doc["words"]) + 1)]
    for _ in range(rng.choice([1, 1, 2, 3])):
        rule = {"key": rng.choice(["K1", "K2", "K3"]), "patterns": [draw_pattern(rng, loose) for _ in range(rng.choice([1, 1, 2, 3]))]}
        if rng.random() < 0.25:
            rule["greedy"] = rng.choice(["FIRST", "LONGEST"])
        case["rules"].append(rule)
    return case


OPERATORS = ["<", ">", "<<", ">>", ".", ".*", ";", ";*", "$+", "$-", "$++", "$--", ">+", ">-", ">++", ">--", "<+", "<-", "<++", "<--"]


def draw_dependency_case(rng):
    doc = draw_doc(rng)
    doc.pop("ent_iob", None)  # a part of a document must have entities that make sense
    draw_heads(rng, doc)
    case = {"doc": doc, "dependencies": True, "rules": []}
    for _ in range(rng.choice([1, 1, 2])):
        patterns = []
        for _ in range(rng.choice([1, 1, 2])):
            pattern = []
            for i in range(rng.choice([1, 2, 2, 3, 4])):
                attrs = rng.choice([{}, {}, {"DEP": "obj"}, {"LOWER": "a"}, {"DEP": {"IN": ["nsubj", "dep"]}}, {"IS_ALPHA": True}])
                if rng.random() < 0.08:
                    attrs = dict(attrs, OP=rng.choice(["!", "{2}", "{1,2}", "{1}"]))
                node = {"RIGHT_ID": f"n{i}", "RIGHT_ATTRS": attrs}
                if i:
                    node.update(LEFT_ID=f"n{rng.randrange(i)}", REL_OP=rng.choice(OPERATORS))
                pattern.append(node)
            patterns.append(pattern)
        case["rules"].append({"key": rng.choice(["K1", "K2"]), "patterns": patterns})
    if doc["words"] and rng.random() < 0.2:
        start = rng.randrange(len(doc["words"]))
        case["span"] = [start, rng.randrange(start, len(doc["words"]) + 1)]
    return case


VOCAB = spacy.blank("en").vocab


def make_doc(given):
    words = given["words"]
    names = {"tag": "tags", "pos": "pos", "morph": "morphs", "lemma": "lemmas", "dep": "deps", "head": "heads"}
    annotated = {}
    for name, argument in names.items():
        if name in given:
            annotated[argument] = [value or "" for value in given[name]] if name != "head" else given[name]
    if "sent_start" in given:
        annotated["sent_starts"] = [{1: True, 0: None, -1: False}[start] for start in given["sent_start"]]
    if "heads" in annotated:
        annotated.pop("sent_starts", None)
    morphs = annotated.pop("morphs", None)
    doc = Doc(VOCAB, words=words, spaces=given["spaces"], **annotated)
    for i, token in enumerate(doc):
        if morphs is not None and given["morph"][i] is not None:
            token.set_morph(morphs[i])
        if given.get("norm", [None] * len(words))[i] is not None:
            token.norm_ = given["norm"][i]
        if "ent_type" in given:
            token.ent_type_ = given["ent_type"][i]
        if "ent_id" in given:
            token.ent_id_ = given["ent_id"][i]
        if "kb_id" in given:
            token.ent_kb_id_ = given["kb_id"][i]
    if "ent_iob" in given and words:
        set_iob(doc, given["ent_iob"])
    return doc


def set_iob(doc, iobs):
    """Sets ENT_IOB alone, whatever else is there: an AttributeRuler can."""
    from spacy.tokens._retokenize import set_token_attrs

    for token, iob in zip(doc, iobs):
        set_token_attrs(token, {ENT_IOB: iob})


def answer(case):
    """Adds what spaCy says."""
    doc = make_doc(case["doc"])
    # What follows from the rest.
    case["doc"]["sent_start"] = [int(start) for start in doc.to_array([SENT_START, SENT_START])[:, 0].astype("int64")]
    dependencies = case.get("dependencies", False)
    if dependencies:
        matcher = DependencyMatcher(VOCAB, validate=case.get("validate", True))
    else:
        matcher = Matcher(VOCAB, validate=case.get("validate", True))
    try:
        for rule in case["rules"]:
            options = {} if dependencies else {"greedy": rule.get("greedy")}
            matcher.add(rule["key"], rule["patterns"], **options)
    except Exception as error:
        case["add_error"] = f"{type(error).__name__}: {error}"[:60]
        return case
    within = doc[case["span"][0]:case["span"][1]] if "span" in case else doc
    try:
        if dependencies:
            found = matcher(within)
            case["matches"] = [[VOCAB.strings[key], nodes] for key, nodes in found]
        else:
            options = {name: case.get(name, False) for name in ("allow_missing", "with_alignments")}
            found = matcher(within, **options)
            case["matches"] = [[VOCAB.strings[key], *rest] for key, *rest in found]
    except Exception as error:
        case["find_error"] = f"{type(error).__name__}: {error}"[:60]
    return case


def default(name, length):
    """What goes without saying."""
    return {"spaces": [True] * length, "sent_start": [1, *[0] * (length - 1)]}.get(name)


def main():
    mode = sys.argv[1]
    if mode == "own":
        from matcher_own_cases import CASES

        cases = CASES
    else:
        rng = random.Random(int(sys.argv[2]))
        draw = draw_case if mode == "random" else draw_dependency_case
        cases = (draw(rng) for _ in range(int(sys.argv[3])))
    for case in cases:
        case = answer(case)
        doc = case["doc"]
        case["doc"] = {name: values for name, values in doc.items() if values != default(name, len(doc["words"]))}
        print(json.dumps(case, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
