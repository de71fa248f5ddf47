"""Pipelines whose tokenizer is made of no rules: Chinese, and Vietnamese without software of its own."""
import random
import tempfile
from pathlib import Path

import numpy
import srsly

from .models import cnn, ner, parser, pipe, tagger

TAGS = {"B": 0, "B_single": 1, "I": 2, "I_end": 3, "I_first": 4}


def pkuseg_model(folder, seed, words):
    """Write a segmenter's model with random weights, which knows the characters and words of `words`."""
    rng = random.Random(seed)
    chars = sorted({c for word in words for c in word}) + ["&", "**Num", "**Letter"]
    unigram = sorted(set(words[::2]))
    names = ["$$"]
    for c in chars:
        names += [f"{where}.{c}" for where in ("c", "c-1", "c1", "c-2", "c2")]
    for _ in range(600):
        one, other = rng.choice(chars), rng.choice(chars)
        names.append(f"{rng.choice(['c-1c', 'cc1', 'c-2c-1'])}.{one}.{other}")
    names += [f"{where}.{word}" for word in unigram for where in ("w-1", "w1")]
    for _ in range(300):
        one, other = (rng.choice(unigram + ["**noWord"] * 50) for _ in range(2))
        names.append(f"{rng.choice(['ww.l', 'ww.r'])}.{one}*{other}")
    features = {name: i for i, name in enumerate(dict.fromkeys(names))}
    srsly.write_msgpack(folder / "features.msgpack", {"unigram": unigram, "bigram": [], "feature_to_idx": features, "tag_to_idx": TAGS})
    weights = numpy.random.default_rng(seed).normal(size=len(TAGS) * (len(features) + len(TAGS)))
    # Rounded, so that there are ties.
    numpy.savez(folder / "weights.npz", sizes=numpy.array([len(TAGS), len(features)]), w=weights.round(1))


def keep(get_examples=None, *, nlp=None, pkuseg_model=None, pkuseg_user_dict=None):
    """Stands for the tokenizer's `initialize`, which would load another model as training begins."""


def with_pkuseg(nlp, seed, lexicon):
    """Give the tokenizer a model of its own, words of the user, and words that neighbours are joined to. Needs spacy-pkuseg."""
    rng = random.Random(seed)
    words = [word[0] for word in lexicon.words]
    pairs = [rng.choice(words) + rng.choice(words) for _ in range(120)]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        pkuseg_model(folder, seed, words)
        user = folder / "user.txt"
        user.write_text("\n".join([*rng.sample(pairs, 10), *rng.sample(words, 6), words[0] + words[1] + words[2]]), encoding="utf8")
        nlp.tokenizer.initialize(pkuseg_model=str(folder), pkuseg_user_dict=str(user))
    nlp.tokenizer.initialize = keep
    joined = nlp.tokenizer.pkuseg_seg.postprocesser
    joined.do_process = True
    joined.common_words, joined.other_words = set(rng.sample(pairs, 20)), {*words[::3], *rng.sample(pairs, 60)}


def pipelines():
    """(name, language, components, options) of each."""
    pipes = [pipe("tagger", tagger(cnn(16))), pipe("parser", parser(cnn(16))), pipe("ner", ner(cnn(16)))]
    segmenter = lambda name: {"config": {"nlp": {"tokenizer": {"segmenter": name}}}, "spaces": False}
    yield "zh_characters", "zh", pipes, segmenter("char")
    yield "zh_jieba", "zh", pipes, segmenter("jieba")
    yield "zh_pkuseg", "zh", pipes, {**segmenter("pkuseg"), "tokenizer_data": with_pkuseg}
    yield "zh_rules", "zh", pipes, {"config": {"nlp": {"tokenizer": {"@tokenizers": "spacy.Tokenizer.v1"}}}}
    yield "vi_spaces", "vi", pipes, {"config": {"nlp": {"tokenizer": {"use_pyvi": False}}}}
    yield "ko_rules", "ko", pipes, {"config": {"nlp": {"tokenizer": {"@tokenizers": "spacy.Tokenizer.v1"}}}}
