"""Writes what spaCy 3.8 says of some words and random trees, for the tests: `python generate.py` in this directory."""

import ast
import importlib
import json
import pkgutil
import random
import re

import spacy
import spacy.lang
from spacy.attrs import IDS, NORM
from spacy.lang.lex_attrs import LEX_ATTRS
from spacy.tokens import Doc
from spacy.util import get_lang_class
from spacy.vocab import create_vocab

RANDOM = random.Random(2)
FLAGS = [name for name in IDS if re.match("IS_|LIKE_", name) and IDS[name] in LEX_ATTRS]
ENDINGS = ["st", "th", "ኛ", "ይ", "yemîn", "yèm", "inci", "üncü", "वाँ", "%", "º", "^2", "/4", " a", "\n"]
POS = "NOUN PROPN PRON NOUN PROPN PRON VERB AUX ADP DET ADJ CCONJ PUNCT".split()


def write(path, lines):
    with open(path, "w", encoding="utf8", newline="\n") as file:
        file.write("".join(line + "\n" for line in lines))


def words_of(code):
    """Words that the language has a list of."""
    found = []
    for name in ("lex_attrs", "punctuation"):
        try:
            lists = vars(importlib.import_module(f"spacy.lang.{code}.{name}"))
        except ImportError:
            continue
        for key, value in lists.items():
            if key.startswith("__"):
                continue
            if (name == "lex_attrs" or key == "LIST_CURRENCY") and isinstance(value, (list, set, tuple, dict)):
                found += [word for word in value if isinstance(word, str)]
    return sorted(set(found))


def words(code):
    """Lines for words on which the language disagrees with another: the language, the word, its flags, its norm."""
    vocab = create_vocab(code, get_lang_class(code).Defaults)
    getters = vocab.lex_attr_getters
    plain = create_vocab("xx", get_lang_class("xx").Defaults).lex_attr_getters
    stops = sorted(get_lang_class(code).Defaults.stop_words - {""})
    known = words_of(code)
    tries = RANDOM.sample(stops, min(5, len(stops)))
    for word in RANDOM.sample(known, min(30, len(known))):
        tries += [word, word.upper(), "-" + word, RANDOM.choice(known) + word, word[:-1]]
        tries += ["12" + word, word + RANDOM.choice(ENDINGS), word + RANDOM.choice(stops or ["a"])]
    tries += [number + ending for number in ("+1,2", "21", "٣") for ending in ENDINGS]
    kinds = {}
    for text in dict.fromkeys(filter(None, tries)):
        flags = [name for name in FLAGS if getters[IDS[name]](text)]
        norm = getters[NORM](text)
        unlike = [name for name in FLAGS if (name in flags) != plain[IDS[name]](text)]
        kind = (tuple(unlike), norm != plain[NORM](text), "LIKE_NUM" in flags)
        kinds.setdefault(kind, []).append(json.dumps([code, text, flags, norm], ensure_ascii=False))
    return [line for _, lines in sorted(kinds.items()) for line in lines[:4]]


def tree(length):
    """Heads of a random projective tree over some tokens."""
    heads = [0] * length
    todo = [(0, length, None)]
    while todo:
        start, end, parent = todo.pop()
        while start < end:
            middle = RANDOM.randint(start + 1, end)
            root = RANDOM.randrange(start, middle)
            heads[root] = root if parent is None else parent
            todo += [(start, root, root), (root + 1, middle, root)]
            start = middle
    return heads


def chunks(code):
    """Lines for random trees with noun chunks: language, parts of speech, labels, heads, chunks."""
    vocab = create_vocab(code, get_lang_class(code).Defaults)
    iterator = vocab.get_noun_chunks
    if iterator is None:
        return []
    source = importlib.import_module(iterator.__module__).__file__
    with open(source, encoding="utf8") as file:
        strings = [node.value for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.Constant)]
    labels = sorted({text for text in strings if isinstance(text, str) and re.fullmatch("[a-zR][a-zO:T]+", text)})
    lines = []
    while len(lines) < 12:
        length = RANDOM.randint(3, 14)
        heads = tree(length)
        deps = [RANDOM.choice(["ROOT" if head == i else "conj", *RANDOM.sample(labels, 2)]) for i, head in enumerate(heads)]
        pos = [RANDOM.choice(POS) for _ in range(length)]
        doc = Doc(vocab, words=["w"] * length, heads=heads, deps=deps, pos=pos)
        try:
            found = [[span.start, span.end] for span in doc.noun_chunks]
        except IndexError:
            continue
        if len(found) > 1:
            lines.append(json.dumps([code, pos, deps, heads, found]))
    return lines


def main():
    codes = sorted(entry.name for entry in pkgutil.iter_modules(spacy.lang.__path__) if entry.ispkg)
    write("words.jsonl", [line for code in codes for line in words(code)])
    write("chunks.jsonl", [line for code in codes for line in chunks(code)])


if __name__ == "__main__":
    main()
