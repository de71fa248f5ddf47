"""Writes the data files beside it from an installed spaCy 3.8: run `python generate.py` in this directory.

The README says what the files hold. Which word lists of a language's lex_attrs.py its like_num() reads is written
down here; how it reads them is in ../number/rules.rs.
"""

import importlib
import pkgutil
import re
import unicodedata

import spacy
import spacy.lang
from spacy.lang import lex_attrs
from spacy.lang.char_classes import ALPHA_LOWER
from spacy.lang.norm_exceptions import BASE_NORMS
from spacy.util import get_lang_class

LETTERS = "ADdNSULTPCIMu"


def header(source, what):
    return f"# {source} of spaCy {spacy.__version__} (MIT licence, see LICENSE-spacy): {what}\n"


def write(path, text):
    with open(path, "w", encoding="utf8", newline="\n") as file:
        file.write(text)


def strip_accents(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


def sections(code):
    """The sections of a language's file: name -> lines."""
    # No word is empty, so an empty stop word (Gaelic has one) says nothing.
    found = {"stop words": sorted(get_lang_class(code).Defaults.stop_words - {""})}
    try:
        module = importlib.import_module(f"spacy.lang.{code}.lex_attrs")
    except ImportError:
        return found
    lists = vars(module)
    words = [*lists.get("_num_words", []), *lists.get("_ordinal_words", [])]
    if code == "zh":
        words = lists["_single_num_words"]
    if code == "yo":
        words = map(strip_accents, words)
    found["numbers"] = sorted(set(words))
    if code == "hi":
        found["ordinals"] = sorted(set(lists["_ordinal_words_one_to_ten"]))
        found["numbers above ten"] = sorted(set(lists["_eleven_to_beyond"]))
    if "_stem_suffixes" in lists:
        found["suffix groups"] = [" ".join(group) for group in lists["_stem_suffixes"]]
    if "NORM_MAP" in lists:
        found["norms"] = [f"{word}\t{norm}" for word, norm in lists["NORM_MAP"].items()]
    currency = lists.get("LIST_CURRENCY") or lists.get("_currency_words")
    if currency:
        found["currencies"] = sorted(set(currency))
    return found


def language(code):
    lines = [header(f"spacy/lang/{code}", "words that lexical attributes look up.").rstrip("\n")]
    for name, words in sections(code).items():
        lines.append(f"== {name}")
        for word in words:
            assert word and "\n" not in word and not word.startswith("== "), (code, word)
            lines.append(word)
    write(f"{code}.txt", "\n".join(lines) + "\n")


def flags(char, lower_or_uncased):
    """What Python says of a character: one of LETTERS for each property that it has."""
    category = unicodedata.category(char)
    before_sigma = (char + "Σ").lower()[-1] == "ς"
    cased = before_sigma
    ignorable = not before_sigma and ("A" + char + "Σ").lower()[-1] == "ς"
    assert cased == (not ignorable and (char.isupper() or char.islower() or category == "Lt")) or ignorable
    has = [
        char.isalpha(),
        char.isdigit(),
        char.isdecimal(),
        char.isnumeric(),
        char.isspace(),
        char.isupper() and category != "Lt",
        char.islower(),
        category == "Lt",
        category.startswith("P"),
        category == "Sc",
        ignorable,
        category == "Mn",
        bool(lower_or_uncased(char)),
    ]
    return "".join(letter for letter, yes in zip(LETTERS, has) if yes)


def characters():
    lower_or_uncased = re.compile(f"[{ALPHA_LOWER}]").match
    text = f"# Unicode {unicodedata.unidata_version}: first code point of each run of characters, their properties (letters: ../chars.rs).\n"
    before = None
    for point in range(0x110000):
        now = flags(chr(point), lower_or_uncased)
        if now != before:
            text += f"{point:X} {now or '-'}\n"
        before = now
    write("characters.txt", text)


def base_letters():
    """Characters that Yoruba's like_num() reads as a plain letter, because NFD takes their accents off."""
    groups = {}
    for point in range(0x80, 0x110000):
        base = strip_accents(chr(point))
        if base != chr(point) and base.isascii() and base.isalpha():
            groups.setdefault(base, []).append(chr(point))
    text = f"# Letters that are a plain letter with accents in Unicode {unicodedata.unidata_version}: the letter, then they.\n"
    write("base_letters.txt", text + "".join(f"{base} {''.join(group)}\n" for base, group in sorted(groups.items())))


def main():
    for entry in pkgutil.iter_modules(spacy.lang.__path__):
        if entry.ispkg:
            language(entry.name)
    write("tlds.txt", header("spacy/lang/lex_attrs.py", "endings of host names.") + "".join(f"{tld}\n" for tld in sorted(lex_attrs._tlds)))
    write(
        "base_norms.txt",
        header("spacy/lang/norm_exceptions.py", "words and their norms, with a tab between.")
        + "".join(f"{word}\t{norm}\n" for word, norm in BASE_NORMS.items()),
    )
    characters()
    base_letters()


if __name__ == "__main__":
    main()
