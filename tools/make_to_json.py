#!/usr/bin/env python3
"""Write what spaCy's Doc.to_json says of a few texts: nlp-core/tests/data/golden/NAME.to_json.jsonl.

usage: make_to_json.py PIPELINE_DIR > OUT.jsonl     (needs: pip install "spacy>=3.8,<3.9")
"""
import json
import sys

import spacy

TEXTS = [
    "",
    "Word",
    " ",
    "Ada Lovelace wrote the first program in 1843. Nobody could run it, could they?",
    "Don't send £5 to bob@example.com!  See https://example.com/a?b=c\nor İstanbul 👩‍👩‍👧.",
    "Die Katze sitzt auf dem Dach, z.B. nachts.",
]

nlp = spacy.load(sys.argv[1])
for text in TEXTS:
    print(json.dumps(nlp(text).to_json(), ensure_ascii=False))
