#!/usr/bin/env python3
"""Write what spaCy's lemmatizers of every language make of words, with tiny tables: one JSON object a line.

usage: make_lemma_golden.py > nlp-core/src/lemmas/golden/lemmas.jsonl       (needs: pip install "spacy>=3.8,<3.9")

Each line is a language and a mode: {"lang": ..., "mode": ..., "tables": {...}, "words": [[text, pos, morph, whether a
sentence starts, lemma], ...]}. Tables and words are drawn from a seed (see lemma_parity.py); of many words those are
kept whose lemma is another than the word, and a few others.
"""
import json
import random
import warnings

import spacy
from spacy.lookups import Lookups
from spacy.tokens import Doc

from lemma_parity import FEATURES, POS, POS_LOOKUP, RULE, random_tables, words

POSES = ["NOUN", "VERB", "ADJ", "PRON", "ADP", "PROPN"]
SHARED = {"bn", "de", "fa", "nb", "ru", "sv"}  # languages that have no class of their own


def line(lang, mode, seed):
    rng = random.Random(f"{lang}{mode}{seed}")
    extra = {"es": ["AUX", "DET", "ADV", "NUM"], "it": ["DET"], "nl": ["AUX"]}.get(lang, [])
    tables = random_tables(rng, lang, mode, POSES[:3] + extra if mode == "rule" else POS, 0.2 if mode == "rule" else 0.06)
    if mode == "lookup":
        tables = {"lemma_lookup": tables["lemma_lookup"]}
    nlp = spacy.blank(lang)
    lookups = Lookups()
    for name, table in tables.items():
        lookups.add_table(name, table)
    lemmatizer = nlp.add_pipe("lemmatizer", config={"mode": mode})
    lemmatizer.initialize(lookups=lookups)
    known = [word for table in tables.values() for value in table.values() if isinstance(value, dict | list) for word in value if isinstance(word, str)]
    known += [word for name, table in tables.items() if name.startswith("lemma_lookup") for word in table]
    told, plain = {}, {}
    for _ in range(4000):
        word = rng.choice(known) if known and rng.random() < 0.5 else words(rng, lang, 1)[0]
        if not word.strip() or len(word) > 14:
            continue
        pos = rng.choice(POSES[:3] * 3 + POSES + extra * 3 + ["X", "SPACE", ""])
        morph = rng.choice(["", "", *FEATURES.get(pos, [])])
        doc = Doc(nlp.vocab, words=[word, word], pos=[pos, pos], morphs=[morph, morph], sent_starts=[True, False])
        at = rng.randrange(2)
        lemma = lemmatizer(doc)[at].lemma_
        (plain if lemma in (word, word.lower()) else told).setdefault((word, pos), [word, pos, morph, at == 0, lemma])
    if len(told) < 30 and seed < 50:
        return line(lang, mode, seed + 1)
    pick = lambda rows, n: rng.sample(list(rows.values()), min(n, len(rows)))
    return {"lang": lang, "mode": mode, "tables": tables, "words": pick(told, 22) + pick(plain, 8)}


def main():
    warnings.filterwarnings("ignore")
    cases = [(lang, "rule") for lang in RULE if lang not in SHARED] + [("sv", "rule")]
    cases += [(lang, "pos_lookup") for lang in POS_LOOKUP] + [("fr", "lookup"), ("nl", "lookup"), ("xx", "lookup")]
    for lang, mode in cases:
        print(json.dumps(line(lang, mode, 0), ensure_ascii=False))


if __name__ == "__main__":
    main()
