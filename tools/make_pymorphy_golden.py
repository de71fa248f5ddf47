#!/usr/bin/env python3
"""Write a tiny dictionary of pymorphy3 with made-up words, and what spaCy's Russian and Ukrainian lemmatizers make of words.

usage: make_pymorphy_golden.py nlp-core/src/lemmas/pymorphy/golden
       (needs: pip install "spacy>=3.8,<3.9" "pymorphy3>=2,<3" pymorphy3-dicts-ru DAWG2)

The stems are drawn from a seed, and inflected by a few rules of a grammar that is nobody's. `words.jsonl` has for each
word [language, mode, text, pos, morph, lemma]; the same dictionary does for both languages.
"""
import json
import os
import random
import sys
import warnings
from pathlib import Path

import spacy
from pymorphy3.dawg import ConditionalProbDistDAWG
from pymorphy3.opencorpora_dict.compile import compile_parsed_dict
from pymorphy3.opencorpora_dict.parse import ParsedDictionary
from pymorphy3.opencorpora_dict.storage import load_meta, save_compiled_dict, write_meta
from spacy.tokens import Doc

SYLLABLES = "ба де ки лё му не пи рё со ту гу ща".split()
CASES = ["nomn", "gent", "datv", "accs", "ablt", "loct"]
NOUN = {"masc": ["", "а", "у", "", "ом", "е", "ы", "ов", "ам", "ы", "ами", "ах"], "femn": ["а", "ы", "е", "у", "ой", "е", "ы", "", "ам", "ы", "ами", "ах"]}
ADJ = [("masc", "sing", ["ый", "ого", "ому", "ый", "ым", "ом"]), ("femn", "sing", ["ая", "ой", "ой", "ую", "ой", "ой"]), ("", "plur", ["ые", "ых", "ым", "ые", "ыми", "ых"])]
GRAMMEMES = """POST NOUN ADJF ADJS COMP VERB INFN PRTF PRTS GRND NUMR ADVB NPRO PRED PREP CONJ PRCL INTJ anim inan masc femn neut sing plur nomn gent datv
accs ablt loct voct gen1 gen2 acc2 loc1 loc2 perf impf tran intr pres past futr indc impr 1per 2per 3per actv pssv Name Surn Patr Apro Abbr Fixd Sgtm Qual""".split()


def lexemes(rng):
    """Lists of (form, tag), by number."""
    made = []
    stem = lambda: "".join(rng.choice(SYLLABLES) for _ in range(rng.randrange(1, 3))) + rng.choice("кнтрг")
    shared = [stem() for _ in range(3)]
    for gender, endings in NOUN.items():
        for i in range(6):
            word = shared[i] if i < 3 else stem()
            kind = f"NOUN,{rng.choice(['anim', 'inan'])},{gender}" + (",Surn,Sgtm" if i == 5 else "")
            made.append([(word + ending, f"{kind} {'plur' if n > 5 else 'sing'},{CASES[n % 6]}") for n, ending in enumerate(endings)])
    for i in range(5):
        word = shared[i] if i < 3 else stem()
        forms = [(word + ending, f"ADJF{',Apro' if i == 4 else ',Qual'} {','.join(filter(None, [gender, number]))},{case}")
                 for gender, number, endings in ADJ for case, ending in zip(CASES, endings)]
        made.append(forms + [(word + "ее", "COMP,Qual"), ("по" + word + "ее", "COMP,Qual Cmp2")])
    for i in range(4):
        word = shared[i] if i < 3 else stem()
        made.append([(word + "ить", "INFN,perf,tran"), (word + "ил", "VERB,perf,tran masc,sing,past,indc"), (word + "ила", "VERB,perf,tran femn,sing,past,indc"),
                     (word + "ит", "VERB,perf,tran sing,3per,futr,indc"), (word + "ив", "GRND,perf,tran past"), (word + "енный", "PRTF,perf,tran,past,pssv masc,sing,nomn")])
    for word, tag in [("на", "PREP"), ("и", "CONJ"), ("и", "INTJ"), ("а", "CONJ"), ("лё", "PRCL"), ("ле", "CONJ"), ("бако", "ADVB"), ("г", "PRCL"), ("ґа", "NOUN,inan,femn,Fixd sing,nomn")]:
        made.append([(word, tag)])
    return {str(i): forms for i, forms in enumerate(made)}


def write_dictionary(out, rng):
    made = lexemes(rng)
    parsed = ParsedDictionary(lexemes=made, links=[], grammemes=[(name, "", name, "") for name in [*GRAMMEMES, "Cmp2"]], version="0", revision="0")
    words = sorted({form for forms in made.values() for form, _ in forms})
    compiled = compile_parsed_dict(parsed, {"paradigm_prefixes": ["", "по", "наи"], "min_paradigm_popularity": 2})
    save_compiled_dict(compiled, str(out), source_name="made up", language_code="ru")
    told = sorted({(form, tag) for forms in made.values() for form, tag in forms})
    ConditionalProbDistDAWG([(key, rng.random()) for key in rng.sample(told, len(told) // 8)]).save(str(out / "p_t_given_w.intdawg"))
    meta = load_meta(out / "meta.json")
    meta["compiled_at"], meta["P(t|w)"] = "", True
    write_meta(out / "meta.json", meta)
    (out / "gramtab-opencorpora-ext.json").unlink()
    return words


def variants(rng, word, words):
    yield word
    yield rng.choice(["не", "недо", "авто", "супер", "екс", "анти-", "обще"]) + word
    yield rng.choice(["ба", "хыщ", "ы", "недонедо"]) + word
    yield word + rng.choice(["-то", "-ка", "-таки", "-бо", "-то-то"])
    yield word + "-" + rng.choice(words)
    yield "по-" + word
    yield word[1:] or "и"
    yield rng.choice(["щу", "кы"]) + word[-4:]
    yield word.replace("ё", "е").replace("ґ", "г").title()
    yield word.upper()


def main():
    warnings.filterwarnings("ignore")
    out, rng = Path(sys.argv[1]), random.Random(3)
    dictionary = out / "dictionary"
    dictionary.mkdir(parents=True, exist_ok=True)
    words = write_dictionary(dictionary, rng)
    os.environ["PYMORPHY2_DICT_PATH"] = str(dictionary)
    odd = "12 1_0 1,5 -3e5 inf ٣ 1e 1. « — ... . xii MMMM İv mmmmm Abc a-1 Straße 漢字 А Г Ґ Ы И а- -а а--а на-на лё-на И-и по-а ле ЛЁ x\u0301 ба1".split()
    pool = [other for word in rng.sample(words, 40) for other in rng.sample(list(variants(rng, word, words)), 3)] + rng.sample(words, 30) + odd
    features = {"NOUN": ["", "Case=Gen|Number=Sing", "Case=Nom|Gender=Fem|Number=Plur", "Number=Ptan"], "ADJ": ["", "Case=Dat|Gender=Masc|Number=Sing"],
                "VERB": ["", "VerbForm=Inf", "Aspect=Perf|Gender=Fem|Mood=Ind|Tense=Past|VerbForm=Fin", "Tense=Past|VerbForm=Conv"], "PROPN": ["", "Number=Sing"],
                "DET": [""], "PRON": ["Person=1"], "NUM": ["", "Case=Acc"], "PUNCT": [""], "ADV": [""], "X": [""], "": [""]}
    made = []
    for lang in ("ru", "uk"):
        for mode in ("pymorphy3", "pymorphy3_lookup"):
            nlp = spacy.blank(lang)
            lemmatizer = nlp.add_pipe("lemmatizer", config={"mode": mode})
            for word in pool:
                for pos in rng.sample(list(features), 3) if mode == "pymorphy3" else ["NOUN"]:
                    morph = rng.choice(features[pos])
                    lemma = lemmatizer(Doc(nlp.vocab, words=[word], pos=[pos], morphs=[morph]))[0].lemma_
                    made.append([lang, mode, word, pos, morph, lemma])
    plain = [row for row in made if row[5] in (row[2], row[2].lower())]
    told = [row for row in made if row[5] not in (row[2], row[2].lower())]
    kept = rng.sample(told, min(len(told), 150)) + rng.sample(plain, 50)
    with open(out / "words.jsonl", "w", encoding="utf8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
    (dictionary / "grammemes.json").unlink()  # nlp-core does without
    print(len(told), "of", len(made), "words have another lemma")


if __name__ == "__main__":
    main()
