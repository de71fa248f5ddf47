#!/usr/bin/env python3
"""Write what spaCy's own tests ask of its matchers, and what those answer: cases for nlp-core's tests.

usage: matcher_spacy_tests.py > CASES.jsonl        (needs: pip install "spacy>=3.8,<3.9" pytest)

Runs the tests of the installed spaCy with matchers that note what they are asked. They are run as those of
matcher_cases.py are, which see; none are committed. Cases with custom attributes are left out, as those are refused.
"""
import json
import warnings

import spacy
import spacy.matcher
from spacy.attrs import IDS, SENT_START
from spacy.strings import get_string_id
from spacy.tokens import Doc

import spacy_tests

warnings.filterwarnings("ignore")
NAMES = {number: name for name, number in IDS.items()}
OUT = []


def named(value):
    """Patterns with attributes by name, as JSON has them."""
    if isinstance(value, dict):
        return {NAMES.get(key, key): named(inner) for key, inner in value.items()}
    return [named(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def given(doc):
    row = {"words": [t.text for t in doc], "spaces": [bool(t.whitespace_) for t in doc]}
    for name, attr in {"tag": "tag_", "pos": "pos_", "lemma": "lemma_", "dep": "dep_", "norm": "norm_", "ent_type": "ent_type_", "ent_id": "ent_id_", "kb_id": "ent_kb_id_"}.items():
        row[name] = [getattr(t, attr) for t in doc]
    row["morph"] = [doc.vocab.strings[t.morph.key] if t.morph.key else None for t in doc]
    row["ent_iob"] = [t.ent_iob for t in doc]
    if doc.has_annotation("DEP"):
        row["head"] = [t.head.i for t in doc]
    row["sent_start"] = [int(start) for start in doc.to_array([SENT_START, SENT_START])[:, 0].astype("int64")] if len(doc) else []
    return row


def note(case):
    try:
        line = json.dumps(case, ensure_ascii=False)
    except (TypeError, ValueError):
        return
    if '"_": {"' not in line:
        OUT.append(line)


def recorder(kind, dependencies):
    class Recorder(kind):
        def __init__(self, vocab, validate=not dependencies, **options):
            super().__init__(vocab, validate=validate, **options)

        def case(self, **more):
            case = {"rules": named(self.__dict__.setdefault("rules", [])), "validate": self.__dict__.get("checks", not dependencies), **more}
            return {**case, "dependencies": True} if dependencies else case

        def add(self, key, patterns, **options):
            rule = {"key": str(key), "patterns": patterns, "greedy": options.get("greedy")}
            try:
                super().add(key, patterns, **options)
            except Exception as error:
                case = self.case(doc={"words": ["a"]}, add_error=str(error)[:60])
                case["rules"] = [*case["rules"], named(rule)]
                note(case)
                raise
            self.__dict__.setdefault("rules", []).append(rule)

        def remove(self, key):
            super().remove(key)
            self.__dict__["rules"] = [rule for rule in self.rules if rule["key"] != str(key)]

        def __call__(self, doclike, **options):
            doc = doclike if isinstance(doclike, Doc) else getattr(doclike, "doc", None)
            known = {name: bool(options.get(name)) for name in ("allow_missing", "with_alignments")}
            span = {} if doc is doclike else {"span": [doclike.start, doclike.end]} if doc is not None else {}
            try:
                found = super().__call__(doclike, **options)
            except Exception as error:
                if doc is not None:
                    note(self.case(doc=given(doc), find_error=str(error)[:60], **known, **span))
                raise
            if not options.get("as_spans"):
                rules = self.__dict__.get("rules", [])
                keys = {get_string_id(key): key for key in (rule["key"] for rule in rules)}
                keys.update({int(key): key for key in keys.values() if key.isdigit()})
                matches = [[keys[key], *rest] for key, *rest in found]
                note(self.case(doc=given(doc), matches=matches, **known, **span))
            return found

    Recorder.__name__ = kind.__name__
    return Recorder


spacy.matcher.Matcher = recorder(spacy.matcher.Matcher, False)
spacy.matcher.DependencyMatcher = recorder(spacy.matcher.DependencyMatcher, True)


def main():
    files = sorted((spacy_tests.FOLDER / "matcher").glob("test_*.py"))
    spacy_tests.run([f for f in files if "phrase" not in f.name and "levenshtein" not in f.name])
    print("\n".join(OUT))


if __name__ == "__main__":
    main()
