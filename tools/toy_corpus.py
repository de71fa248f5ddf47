#!/usr/bin/env python3
"""A made-up language to train toy pipelines on: nonsense words with fixed tags, rule-made lemmas and random trees.

usage: toy_corpus.py [--script latin] [--seed 11] [--count 80] > texts.jsonl   (needs: pip install "spacy>=3.8,<3.9")

Run as a program it writes texts in that language, one {"text": ...} a line. Nothing here comes from a corpus. Words are syllables drawn from a seed; each word has one tag, part of speech, set of
features and lemma, so that a few updates learn something; heads, labels and entities follow simple rules with noise.
"""
import argparse
import json
import random

from spacy.tokens import Doc
from spacy.vocab import Vocab

SYLLABLES = {
    "latin": "ba de ki lo mu na pe ri so tu va we xi yo zu fra gli pst schö ñu ça łe ğı şü tö".split(),
    "cyrillic": "ба де ки ло му на пе ри со ту ва зе ши ю я йо щу фра гли пст її ъе".split(),
    "greek": "βα δε κι λο μυ να πε ρι σο του ξά ψή ώμε ης ος".split(),
    "arabic": "با دي كو لا مو نا بي ري سو تو وا ال ين ات ة".split(),
    "hebrew": "בא די קו לא מו נה פי רי סו תו וא ים ות".split(),
    "han": list("山水木火土日月人口手田心女子大小上下中文"),
    "devanagari": "बा दे कि लो मु ना पे रि सो तु वा क्ष ज्ञा ने".split(),
}
# tag, part of speech, features, ending in the text, ending of the lemma, share of the words
CLASSES = [
    ("NN", "NOUN", "Number=Sing", "", "", 5), ("NNS", "NOUN", "Number=Plur", "s", "", 3), ("NE", "PROPN", "", "", "", 3),
    ("VB", "VERB", "VerbForm=Inf", "en", "en", 2), ("VBD", "VERB", "Tense=Past|VerbForm=Fin", "te", "en", 3),
    ("VBG", "VERB", "Aspect=Prog|VerbForm=Ger", "ing", "", 2), ("JJ", "ADJ", "Degree=Pos", "ig", "ig", 2),
    ("JJR", "ADJ", "Case=Nom|Degree=Cmp", "iger", "ig", 1), ("RB", "ADV", "", "ly", "", 1), ("DT", "DET", "Definite=Def|PronType=Art", "", "X", 2),
    ("IN", "ADP", "", "", "", 2), ("PRP", "PRON", "Case=Acc,Nom|Person=3", "", "", 1), ("CD", "NUM", "NumType=Card", "", "", 1),
]
LABELS = ["nsubj", "obj", "det", "amod", "advmod", "case", "conj", "nmod:poss", "nummod", "punct"]
ENTITY_LABELS = ["PER", "ORG", "LOC", "MISC"]


class Lexicon:
    """The words of the made-up language: (text, tag, pos, morph, lemma), the same for the same seed and script."""

    def __init__(self, seed, script="latin", size=200):
        rng = random.Random(seed)
        syllables = SYLLABLES[script]
        classes = [c for c in CLASSES for _ in range(c[5])]
        self.words = []
        for i in range(size):
            tag, pos, morph, ending, lemma_ending, _ = rng.choice(classes)
            stem = "".join(rng.choice(syllables) for _ in range(rng.choice([1, 2, 2, 3])))
            text, lemma = stem + ending, stem + lemma_ending
            if tag == "NE":
                text = lemma = stem.capitalize()
            elif tag == "CD":
                text = lemma = str(rng.randrange(2000))
            elif tag == "VBG" and i % 2:
                text = "ge" + text  # so that some edit trees change the front as well
            elif i % 11 == 0:
                text = text.upper()
            self.words.append((text, tag, pos, morph, lemma.lower() if tag != "NE" else lemma))
        self.stops = [(".", "$.", "PUNCT", "PunctType=Peri", "."), ("!", "$.", "PUNCT", "PunctType=Excl", "!"), ("?", "$.", "PUNCT", "", "?")]
        self.comma = (",", "$,", "PUNCT", "PunctType=Comm", ",")


def projective_heads(rng, start, end, heads, root):
    """A random projective tree over start..end below `root`, which lies inside."""
    for lo, hi in ((start, root), (root + 1, end)):
        while lo < hi:
            cut = rng.randrange(lo, hi) + 1
            child = rng.randrange(lo, cut)
            heads[child] = root
            projective_heads(rng, lo, cut, heads, child)
            lo = cut


def toy_doc(vocab, rng, lexicon, non_projective=0.0, spaces=True, annotate=("tag", "pos", "morph", "lemma", "dep", "ent", "sent"), subtokens=0.0):
    """One document of one to four sentences, annotated with what `annotate` names; `subtokens` is the share of arcs between
    neighbours that are called pieces of one word."""
    words, heads, deps, sents, ents = [], [], [], [], []
    for _ in range(rng.randrange(1, 5)):
        start = len(words)
        for _ in range(rng.randrange(2, 11)):
            words.append(rng.choice(lexicon.words))
            if rng.random() < 0.08:
                words.append(lexicon.comma)
        if rng.random() < 0.9:
            words.append(rng.choice(lexicon.stops))
        end = len(words)
        tree = [0] * end
        root = rng.randrange(start, end)
        tree[root] = root
        projective_heads(rng, start, end, tree, root)
        if rng.random() < non_projective:
            for _ in range(2):
                child = rng.randrange(start, end)
                target = rng.randrange(start, end)
                if child != root and not reaches(tree, target, child):
                    tree[child] = target
        for i in range(start, end):
            heads.append(tree[i])
            side = 0 if tree[i] > i else 1
            deps.append("ROOT" if i == root else "punct" if words[i][2] == "PUNCT" else LABELS[(len(words[i][1]) * 3 + len(words[i][2]) + side) % 9])
            sents.append(i == start)
    for i in range(len(words) if subtokens else 0):
        if heads[i] == i + 1 and rng.random() < subtokens:
            deps[i] = "subtok"
    i = 0
    while i < len(words):
        if words[i][1] in ("NE", "NN", "CD") or rng.random() < 0.05:
            length = min(rng.choice([1, 1, 2, 3]), len(words) - i)
            label = ENTITY_LABELS[sum(map(ord, words[i][0])) % len(ENTITY_LABELS)]
            ents += ["B-" + label] + ["I-" + label] * (length - 1)
            i += length
        else:
            ents.append("O")
            i += 1
    white = [not (i + 1 < len(words) and words[i + 1][2] == "PUNCT") for i in range(len(words))] if spaces else [False] * len(words)
    fields = {}
    if "tag" in annotate:
        fields["tags"] = [w[1] for w in words]
    if "pos" in annotate:
        fields["pos"] = [w[2] for w in words]
    if "morph" in annotate:
        fields["morphs"] = [w[3] for w in words]
    if "lemma" in annotate:
        fields["lemmas"] = [w[4] for w in words]
    if "dep" in annotate:
        fields["heads"], fields["deps"] = heads, deps
    elif "sent" in annotate:
        fields["sent_starts"] = sents
    if "ent" in annotate:
        fields["ents"] = ents
    return Doc(vocab, words=[w[0] for w in words], spaces=white, **fields)


def reaches(tree, node, ancestor):
    """Whether `ancestor` stands above `node`, or is it."""
    while True:
        if node == ancestor:
            return True
        if tree[node] == node:
            return False
        node = tree[node]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--script", choices=sorted(SYLLABLES), default="latin")
    p.add_argument("--seed", type=int, default=11)
    p.add_argument("--count", type=int, default=80)
    a = p.parse_args()
    lexicon, rng, vocab = Lexicon(a.seed, a.script), random.Random(-1 - a.seed), Vocab()
    for _ in range(a.count):
        print(json.dumps({"text": toy_doc(vocab, rng, lexicon).text}, ensure_ascii=True))


if __name__ == "__main__":
    main()
