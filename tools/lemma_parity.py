#!/usr/bin/env python3
"""Compare the lemmas that `nlp parse` finds with spaCy's, for every language's lemmatizer and every mode.

usage: OMP_NUM_THREADS=1 lemma_parity.py [--nlp target/debug/nlp] [--tokens 100000] [--seed 0] [--keep DIR] [--real | --pymorphy]
                       [CASE ...]

Makes for each case, such as `fr.rule`, a pipeline that cuts texts at blanks alone, gives words parts of speech and
features at random (a morphologizer with random weights) and then lemmas. Its tables are random too, over few syllables, so that
rules, exceptions and index meet often; with --real they are those of spacy-lookups-data, and the words are its words,
forms made of them with the rules backwards, and odd ones. With --pymorphy it is the turn of the modes of Russian and
Ukrainian that read pymorphy3's dictionaries (needs pymorphy3, pymorphy3-dicts-ru and pymorphy3-dicts-uk). Prints each case with its number of words and of differences
and exits with 1 if there is one. Needs: pip install "spacy>=3.8,<3.9", and spacy-lookups-data for --real.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import warnings
from itertools import islice
from pathlib import Path

import numpy
import spacy
from spacy.lookups import Lookups
from spacy.util import registry, load_language_data
from thinc.api import fix_random_seed

from zoo.models import cnn, tagger
from zoo.training import add_noise, balance

RULE = ["bn", "ca", "de", "el", "en", "es", "fa", "fr", "ht", "mk", "nb", "nl", "ru", "sv"]
POS_LOOKUP = ["ga", "it", "pl"]
LOOKUP = ["ca", "de", "el", "en", "fr", "ht", "it", "mk", "nl", "pl", "uk", "xx"]
POS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X SPACE EOL CONJ".split()
FEATURES = {
    "NOUN": ["Number=Sing", "Number=Plur", "Gender=Fem|Number=Plur", "VerbForm=Vnoun", "Form=HPref|VerbForm=Inf", "Form=HPref", "Number=Plur,Sing",
             "Case=Ins|Gender=Fem|Number=Sing", "Case=Loc|Number=Plur", "Case=Par", "Number=Ptan"],
    "VERB": ["VerbForm=Inf", "Tense=Pres|VerbForm=Fin", "Number=Plur|Tense=Pres|VerbForm=Fin", "Tense=Past|VerbForm=Fin", "VerbForm=Fin,Inf", "VerbForm=None",
             "PronType=Prs|VerbForm=Inf", "PronType=Ind,Prs", "Mood=Ind|Number=Sing|Person=1", "VerbForm=Ger", "Gender=Fem|VerbForm=Part",
             "Aspect=Perf|Gender=Masc|Mood=Ind|Number=Sing|Tense=Past|VerbForm=Fin|Voice=Act", "Aspect=Imp|VerbForm=Conv"],
    "AUX": ["VerbForm=Inf", "PronType=Prs", "Mood=Ind|Number=Sing|Person=1", "VerbForm=Part"],
    "ADJ": ["Degree=Pos", "Degree=Cmp", "Number=Plur", "Gender=Fem|Number=Sing", "VerbForm=Part", "Degree=Cmp,Pos"],
    "PROPN": ["Number=Plur", "VerbForm=Inf", "Animacy=Anim|Case=Gen|Gender=Masc|Number=Sing"], "NUM": ["Case=Gen", "Case=Nom|Gender=Fem"],
    "DET": ["Case=Acc|Gender=Neut|Number=Sing"], "PRON": ["PronType=Prs", "Number=Plur"], "X": ["Degree=Pos", "VerbForm=None"],
}
SYLLABLES = {
    "ga": "b bh f m mb gc nd ng bp dt ts h H t n n- t- bh- a á Á é U s e ḃ Ṡ İ".split(),
    "pl": "nie naj Nie a ta ny k owa ć Ż em".split(),
    "it": "alcun qualcun un' una l' lo la gli d' a o re É".split(),
    "es": "me te se la los nos os n s a e i o ó ú r ar er ía 1 . , 234 aba zo ü Ñ".split(),
    "mk": "јќи ј и ке та во А ње -".split(), "el": "α σ ς Σ ος η ών β Ω".split(), "ru": "а бы ть ся Ш о".split(), "uk": "ї а ти ся Є".split(),
    "bn": "আ ম রা টি কে গু লো ্য".split(), "fa": "ا می ها تر ن ‌ خ".split(),
}
LATIN = "a b s es e n ing ed er É ß - ' 1 İ x".split()


def words(rng, lang, count, most=4):
    syllables = SYLLABLES.get(lang, LATIN)
    return ["".join(rng.choice(syllables) for _ in range(rng.randrange(1, most))) for _ in range(count)]


def random_tables(rng, lang, mode, poses=POS, size=1.0):
    """Tables of every name that a mode may ask for, filled at random."""
    draw = lambda n, most=4: words(rng, lang, max(1, int(n * size)) if n > 3 else n, most)
    value = lambda: rng.choice([draw(1), draw(1), draw(2), draw(3)])
    lower = [pos.lower() for pos in poses]
    some = lambda: [pos for pos in lower if rng.random() < 0.7]
    tables = {}
    if mode == "rule":
        rules = lambda: [[rng.choice(draw(1, 3) + [""]), rng.choice(draw(1, 3) + [""])] for _ in range(rng.randrange(int(12 * size) + 1))]
        if lang == "es":
            literal = lambda: [[old.replace(".", "") or "a", new] for old, new in rules()]
            names = ["", "accents", "adverbs", "det", "det_and_pron_fixed", "det_and_pron_general", "num", "pron", "voc_alt_1", "voc_alt_2", "r1", "r2", "r3", "r4"]
            tables["lemma_rules"] = {name: literal() for name in names}
            features = ["Number=Plur", "Number=Sing", "VerbForm=Inf", "VerbForm=Ger", "Gender=Fem", "Mood=Ind", "PronType=Prs"]
            tables["lemma_rules_groups"] = {pos: [[rng.choice(["r1", "r2", "r3", "r4"]), rng.sample(features, rng.randrange(1, 3))] for _ in range(5)]
                                            for pos in ["noun", "adj", "verb", "pron"]}
        else:
            tables["lemma_rules"] = {pos: rules() for pos in some()}
        texts = lang not in ("nl",)
        tables["lemma_exc"] = {pos: {word: rng.choice(draw(1)) if texts and rng.random() < 0.1 else value() for word in draw(40)} for pos in some()}
        tables["lemma_index"] = {pos: draw(60) for pos in some()}
    one = lambda: rng.choice(draw(1))
    lists = lang in ("ga",) or (mode != "pos_lookup" and lang != "nl")
    entry = lambda: value() if lists and rng.random() < 0.3 else one()
    for name in [""] if mode != "pos_lookup" else [""] + ["_" + pos for pos in lower + ["other"]]:
        tables["lemma_lookup" + name] = {word: entry() for word in draw(80)}
    return tables


def real_tables(lang):
    data = registry.lookups.get(lang)
    return {name: load_language_data(path) for name, path in data.items() if name.startswith("lemma_")}


def real_words(rng, tables):
    """Words that the tables know, as they are or nearly so."""
    known, endings = set(), [""]
    for name, table in tables.items():
        for key, value in table.items():
            if name.startswith("lemma_lookup"):
                known.add(key)
            elif name == "lemma_exc":
                known.update(value)
            elif name == "lemma_index":
                known.update(value)
            elif name == "lemma_rules":
                endings.extend(old for old, _ in value)
    known = sorted(word for word in known if word and not any(c.isspace() for c in word)) or ["word"]
    while True:
        word = rng.choice(known)
        how = rng.random()
        if how < 0.35:
            word += rng.choice(endings)
        elif how < 0.45:
            word = word[: -rng.randrange(1, 4)] + rng.choice(endings)
        elif how < 0.5:
            word = word.upper()
        elif how < 0.57:
            word = word.title()
        elif how < 0.6:
            word = rng.choice(["nie", "naj", "nienaj", "t-", "n-", "bh", "h", "-", "1"]) + word
        elif how < 0.63:
            word += rng.choice(["me", "te", "selo", "noslas", "-", "1", "'s", "İ", "Σ", "јќи", "\u0301"])
        yield word or "x"


def toy_words(rng, lang):
    while True:
        yield from words(rng, lang, 100, 5)


def pymorphy_words(rng, lang):
    """Words of pymorphy's dictionary, and words made of them in all the ways that its analysis of unknown words looks for."""
    import pymorphy3
    config = __import__(f"pymorphy3.lang.{lang}", fromlist=["x"])
    dictionary = pymorphy3.MorphAnalyzer(lang=lang).dictionary
    letters = "абвгдеёжзийклмнопрстуфхцчшщыэюя" if lang == "ru" else "абвгґдеєжзиіїйклмнопрстуфхцчшщюя"
    pool, tries = [], 0
    while len(pool) < 20_000 and tries < 20_000:
        tries += 1
        found = list(islice(dictionary.words.iterkeys("".join(rng.choice(letters) for _ in range(rng.choice([2, 3, 3])))), 3000))
        pool += rng.sample(found, min(len(found), 60))
    odd = "xii XIV I İv iv MMMM 12 1_000 1,5 -3e5 inf NaN ٣٤ -- « » „ … ... www.Abc.de Straße ﬁ ª µ Λόγος 漢字 а Б В. Ґ є й 1-й 20-е A-й no-то - -а а- х-х х-х-х ' — %".split()
    swap = {"ё": "е", "ґ": "г"}
    while True:
        word, how = rng.choice(pool), rng.random()
        if how < 0.35:
            pass
        elif how < 0.5:
            word = rng.choice(config.KNOWN_PREFIXES) + word
        elif how < 0.55:
            word = "".join(rng.choice(config.KNOWN_PREFIXES) for _ in range(rng.randrange(2, 5))) + word
        elif how < 0.62:
            word += rng.choice(config.PARTICLES_AFTER_HYPHEN) * rng.choice([1, 1, 2])
        elif how < 0.75:
            word += "-" + rng.choice(pool)
        elif how < 0.8:
            word = "по-" + word
        elif how < 0.86:
            word = "".join(rng.choice(letters) for _ in range(rng.randrange(1, 6))) + word
        elif how < 0.92:
            word = word[rng.randrange(5):]
        elif how < 0.95:
            word = word[: rng.randrange(len(word) + 1)] + rng.choice(letters) + rng.choice(pool)[-rng.randrange(1, 6):]
        else:
            word = rng.choice(odd)
        if rng.random() < 0.2:
            word = "".join(swap.get(c, c) for c in word)
        yield rng.choice([str, str, str, str.title, str.upper])(word) or "x"


def texts_of(rng, stream, tokens):
    while tokens > 0:
        count = rng.randrange(1, 60)
        tokens -= count
        yield "".join(next(stream) + rng.choice([" "] * 20 + ["  ", "\n", " \n\n"]) for _ in range(count))


def build(lang, mode, tables, seed):
    fix_random_seed(seed)
    nlp = spacy.blank(lang)
    tokenizer = nlp.tokenizer
    tokenizer.rules = {}
    for name in ("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match"):
        setattr(tokenizer, name, None)
    nlp.add_pipe("senter", config={"model": tagger(cnn(12, 1, 300))})
    morphologizer = nlp.add_pipe("morphologizer", config={"model": tagger(cnn(16, 1, 500))})
    for pos in POS:
        if (lang, pos) != ("es", "CONJ"):  # spaCy's Spanish class fails on it
            for features in ["", *FEATURES.get(pos, [])]:
                morphologizer.add_label("|".join(sorted(filter(None, [f"POS={pos}", *features.split("|")]))))
    for group in sum(tables.get("lemma_rules_groups", {}).values(), []):
        if "=" in "".join(group[1]):
            for pos in ("VERB", "AUX", "NOUN", "ADJ"):
                morphologizer.add_label("|".join(sorted([f"POS={pos}", *group[1]])))
    nlp.initialize()
    lookups = Lookups()
    for name, table in tables.items():
        lookups.add_table(name, table)
    nlp.add_pipe("lemmatizer", config={"mode": mode, "overwrite": seed % 2 == 1}).initialize(lookups=lookups)
    add_noise(nlp, seed, 1.0)
    balance(nlp, [nlp.make_doc(" ".join(words(random.Random(seed), lang, 60))) for _ in range(3)])
    return nlp


def compare(nlp, path, texts, program, show=5):
    """(tokens, differences) of the lemmas of words that have the same part of speech and features on both sides."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    run = subprocess.run([program, "parse", "--model", str(path), "--input", "jsonl"], input=lines.encode(), capture_output=True)
    if run.returncode:
        print(run.stderr.decode()[:500])
        return 0, 1
    tokens = differences = others = 0
    seen = set()
    for text, row in zip(texts, run.stdout.decode().split("\n")):
        doc, mine = nlp(text), json.loads(row)["tokens"]
        if [t.text for t in doc] != [t["text"] for t in mine]:
            print("tokens of", repr(text))
            differences += 1
            continue
        for theirs, ours in zip(doc, mine):
            if (theirs.pos_, str(theirs.morph), theirs.is_sent_start) != (ours["pos"], ours["morph"], ours["sent_start"]):
                others += 1
                continue
            tokens += 1
            seen.add((theirs.text, theirs.pos_, str(theirs.morph)))
            if theirs.lemma_ != ours["lemma"]:
                differences += 1
                if differences <= show:
                    print(f"  {theirs.text!r} {theirs.pos_} {theirs.morph} start {theirs.is_sent_start}: spaCy {theirs.lemma_!r} nlp {ours['lemma']!r}")
    print(f"{path.name}: {tokens} tokens, {len(seen)} of (word, pos, morph), {differences} differ, {others} left out", flush=True)
    return tokens, differences + (others * 100 > tokens)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("cases", nargs="*")
    p.add_argument("--nlp", default="target/debug/nlp")
    p.add_argument("--tokens", type=int, default=100_000)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--keep", type=Path)
    p.add_argument("--real", action="store_true")
    p.add_argument("--pymorphy", action="store_true")
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    out = a.keep or Path(tempfile.mkdtemp())
    out.mkdir(parents=True, exist_ok=True)
    cases = [(lang, "rule") for lang in RULE] + [(lang, "pos_lookup") for lang in POS_LOOKUP]
    if a.real:
        cases = [c for c in cases if c[0] not in ("de", "ht", "ru")]
        cases += [(lang, "lookup") for lang in sorted(registry.lookups.get_all()) if "lemma_lookup" in registry.lookups.get(lang)]
    else:
        cases += [(lang, "lookup") for lang in LOOKUP]
    if a.pymorphy:
        cases = [(lang, mode) for lang in ("ru", "uk") for mode in ("pymorphy3", "pymorphy3_lookup")]
    wrong = 0
    for lang, mode in cases:
        if a.cases and f"{lang}.{mode}" not in a.cases:
            continue
        rng = random.Random(f"{lang}{mode}{a.seed}")
        tables = {} if a.pymorphy else real_tables(lang) if a.real else random_tables(rng, lang, mode)
        if a.real and mode == "lookup":
            tables = {"lemma_lookup": tables["lemma_lookup"]}
        path = out / f"{lang}.{mode}"
        build(lang, mode, tables, a.seed).to_disk(path)
        nlp = spacy.load(path)
        stream = pymorphy_words(rng, lang) if a.pymorphy else real_words(rng, tables) if a.real else toy_words(rng, lang)
        wrong += compare(nlp, path, list(texts_of(rng, stream, a.tokens)), a.nlp)[1]
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
