#!/usr/bin/env python3
"""Make a zoo of small spaCy pipelines, in many languages and shapes, to compare nlp-core with spaCy on.

usage: OMP_NUM_THREADS=1 make_zoo.py OUT_DIR [--seed 0] [--only NAME ...] [--random 20] [--languages] [--refused]

Without a switch it makes the pipelines written out below: between them they use every component, architecture and
option that nlp-core supports. `--random N` adds N pipelines drawn from the same space by a seed, `--languages` one small
pipeline for each language of spaCy whose tokenizer needs nothing else installed, and `--refused` makes instead the
pipelines that nlp-core has to refuse with an error. All are trained for a few updates on a made-up language
(toy_corpus.py) and then get noise on every weight, so that no score is near zero and the parses are odd on purpose.
Needs: pip install "spacy>=3.8,<3.9".
"""
import argparse
import copy
import random
import warnings
import zlib
from pathlib import Path

import numpy
import spacy
from spacy.attrs import NORM, ORTH
from spacy.lookups import Lookups
from spacy.pipeline import EditTreeLemmatizer, Tagger
from spacy.training import Example
from thinc.api import fix_random_seed

from toy_corpus import Lexicon, toy_doc

SCRIPT_OF = {"ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "sr": "cyrillic", "mk": "cyrillic", "el": "greek", "grc": "greek", "ar": "arabic",
             "fa": "arabic", "ur": "arabic", "he": "hebrew", "hi": "devanagari", "ne": "devanagari", "mr": "devanagari", "sa": "devanagari"}
# Languages with a tokenizer of their own instead of the one made of rules.
OWN_TOKENIZER = {"ja", "ko", "th", "vi", "zh"}


# -- model configurations ---------------------------------------------------------------------------------------------

def embed(width=32, attrs=("NORM", "PREFIX", "SUFFIX", "SHAPE"), rows=None, v=2, vectors=False):
    rows = rows or [300, 100, 150, 80, 40, 40, 40, 40][: len(attrs)]
    return {"@architectures": f"spacy.MultiHashEmbed.v{v}", "width": width, "attrs": list(attrs), "rows": list(rows), "include_static_vectors": vectors}


def maxout(width=32, depth=2, window=1, pieces=3, v=2):
    return {"@architectures": f"spacy.MaxoutWindowEncoder.v{v}", "width": width, "depth": depth, "window_size": window, "maxout_pieces": pieces}


def mish(width=32, depth=2, window=1, v=2):
    return {"@architectures": f"spacy.MishWindowEncoder.v{v}", "width": width, "depth": depth, "window_size": window}


def tok2vec(e=None, c=None, v=2):
    return {"@architectures": f"spacy.Tok2Vec.v{v}", "embed": e or embed(), "encode": c or maxout(v=v)}


def cnn(width=32, depth=2, size=300, window=1, pieces=3, subwords=True, v=2, vectors=None):
    return {"@architectures": f"spacy.HashEmbedCNN.v{v}", "width": width, "depth": depth, "embed_size": size, "window_size": window,
            "maxout_pieces": pieces, "subword_features": subwords, "pretrained_vectors": vectors}


def listen(width=32, upstream="*"):
    return {"@architectures": "spacy.Tok2VecListener.v1", "width": width, "upstream": upstream}


def tagger(t=None, v=2, normalize=False):
    model = {"@architectures": f"spacy.Tagger.v{v}", "tok2vec": t or listen()}
    if v == 2:
        model["normalize"] = normalize
    return model


def transitions(kind, t=None, v=2, extra=False, hidden=24, pieces=2, upper=True):
    return {"@architectures": f"spacy.TransitionBasedParser.v{v}", "tok2vec": t or listen(), "state_type": kind, "extra_state_tokens": extra,
            "hidden_width": hidden, "maxout_pieces": pieces, "use_upper": upper}


def parser(t=None, **kw):
    return transitions("parser", t, **kw)


def ner(t=None, **kw):
    return transitions("ner", t, **kw)


def pipe(factory, model=None, name=None, **config):
    if model is not None:
        config["model"] = model
    return {"factory": factory, "name": name or factory, "config": config}


def standard(t=None, width=32, **parsing):
    """All trained components on one shared tok2vec."""
    ear = listen(width)
    return [pipe("tok2vec", t or tok2vec(embed(width), maxout(width))), pipe("tagger", tagger(ear)), pipe("morphologizer", tagger(ear)),
            pipe("parser", parser(ear, **parsing)), pipe("trainable_lemmatizer", tagger(ear)), pipe("ner", ner(ear, **parsing))]


# -- pipelines written out --------------------------------------------------------------------------------------------

FLAGS = ("ORTH", "LOWER", "IS_ALPHA", "LIKE_NUM", "IS_STOP", "IS_TITLE", "LIKE_URL", "IS_PUNCT")
MORE_FLAGS = ("NORM", "IS_DIGIT", "IS_ASCII", "IS_LOWER", "IS_UPPER", "IS_SPACE", "LIKE_EMAIL", "IS_CURRENCY")
ODD_FLAGS = ("LENGTH", "IS_QUOTE", "IS_BRACKET", "IS_LEFT_PUNCT", "IS_RIGHT_PUNCT", "SPACY", "LANG")


def written_out():
    """(name, language, components, options) of each pipeline that is written by hand."""
    yield "de_shared", "de", standard(), {}
    yield "fr_own", "fr", [
        pipe("tagger", tagger(cnn(24))), pipe("parser", parser(cnn(40, depth=3), hidden=30)), pipe("ner", ner(tok2vec(embed(16), maxout(16, depth=1)))),
        pipe("morphologizer", tagger(tok2vec(embed(20, ("LOWER", "SUFFIX")), maxout(20, 4))))], {}
    v1 = tok2vec(embed(28, v=1), maxout(28, 3, v=1), v=1)
    ear = listen(28)
    yield "tr_v1", "tr", [pipe("tok2vec", v1), pipe("tagger", tagger(ear, v=1)), pipe("morphologizer", tagger(ear, v=1)), pipe("parser", parser(ear, v=1)),
                          pipe("trainable_lemmatizer", tagger(ear, v=1)), pipe("ner", ner(ear, v=1))], {}
    yield "es_no_upper", "es", standard(upper=False, pieces=1), {}
    yield "es_no_upper_3_pieces", "es", standard(upper=False, pieces=3, hidden=17), {}
    yield "pt_no_upper_v1", "pt", [pipe("parser", parser(cnn(22), v=1, upper=False, pieces=2)), pipe("ner", ner(cnn(18), v=1, upper=False, pieces=1, extra=True))], {}
    yield "ru_mish", "ru", standard(tok2vec(embed(), mish(32, 3, 2))), {}
    yield "da_mish_v1", "da", standard(tok2vec(embed(v=1), mish(32, 2, 1, v=1), v=1), v=1), {}
    yield "hi_hash_cnn_v1", "hi", standard(cnn(32, 2, 500, subwords=False, v=1)), {}
    yield "bn_hash_cnn_window_2", "bn", standard(cnn(32, 3, 333, window=2, pieces=2)), {}
    yield "ar_extra_tokens", "ar", standard(extra=True), {}
    yield "he_two_tok2vec", "he", [
        pipe("tok2vec", tok2vec()), pipe("tagger", tagger(listen(32, "tok2vec"))), pipe("tok2vec", tok2vec(embed(32, ("LOWER", "SHAPE")), maxout(32, 1)), "second"),
        pipe("parser", parser(listen(32, "second"))), pipe("morphologizer", tagger(listen(32, "second"))), pipe("ner", ner(listen(32, "second"), hidden=31))], {}
    yield "lt_first_of_two_tok2vec", "lt", [
        pipe("tok2vec", tok2vec(), "one"), pipe("tok2vec", tok2vec(embed(32, ("NORM",))), "two"), pipe("tagger", tagger(listen(32, "one"))),
        pipe("senter", tagger(listen(32, "two")))], {}
    yield "xx_ner_only", "xx", [pipe("ner", ner(cnn(33), hidden=33, pieces=3))], {}
    yield "fi_senter_parser", "fi", [pipe("tok2vec", tok2vec()), pipe("senter", tagger()), pipe("parser", parser()), pipe("ner", ner()), pipe("tagger", tagger())], {}
    yield "et_parser_senter_overwrite", "et", [pipe("tok2vec", tok2vec()), pipe("parser", parser()), pipe("senter", tagger(), overwrite=True), pipe("ner", ner())], {}
    yield "eu_parser_senter_keep", "eu", [pipe("tok2vec", tok2vec()), pipe("parser", parser()), pipe("senter", tagger(), overwrite=False)], {}
    yield "el_non_projective", "el", standard(), {"non_projective": 0.9, "updates": 6, "min_action_freq": 1}
    yield "hr_non_projective_extra", "hr", standard(extra=True, pieces=3), {"non_projective": 0.9, "min_action_freq": 1}
    yield "it_ner_twice", "it", [pipe("tok2vec", tok2vec()), pipe("ner", ner(), "ner_first"), pipe("ner", ner(cnn(24)), "ner_second"), pipe("parser", parser())], {}
    yield "sl_ner_senter_ner", "sl", [pipe("tok2vec", tok2vec()), pipe("ner", ner(extra=True)), pipe("senter", tagger()), pipe("ner", ner(cnn(20)), "again"), pipe("parser", parser(cnn(20)))], {}
    yield "sk_parser_twice", "sk", [pipe("tok2vec", tok2vec()), pipe("parser", parser()), pipe("parser", parser(cnn(24)), "parser_again")], {}
    yield "nl_lemmas_top_5", "nl", [pipe("tok2vec", tok2vec()), pipe("trainable_lemmatizer", tagger(), top_k=5, min_tree_freq=1)], {"noise": 1.5}
    yield "af_lemmas_top_50", "af", [pipe("trainable_lemmatizer", tagger(cnn(24)), top_k=50, min_tree_freq=1, backoff="lower")], {"noise": 1.5}
    yield "nn_lemmas_no_backoff", "nn", [pipe("trainable_lemmatizer", tagger(cnn(24)), backoff=None, min_tree_freq=1)], {"noise": 1.5}
    yield "is_lemmas_norm_backoff", "is", [pipe("trainable_lemmatizer", tagger(cnn(24), normalize=True), backoff="norm", top_k=2, min_tree_freq=2)], {"noise": 1.5}
    yield "ga_lemmas_twice", "ga", [pipe("trainable_lemmatizer", tagger(cnn(24)), "lemma_one", backoff=None, min_tree_freq=1),
                                    pipe("trainable_lemmatizer", tagger(cnn(20)), "lemma_two", overwrite=True, min_tree_freq=1),
                                    pipe("trainable_lemmatizer", tagger(cnn(16)), "lemma_three", overwrite=False)], {"noise": 1.5}
    yield "pl_doc_cleaner", "pl", standard() + [pipe("doc_cleaner")], {}
    yield "cs_doc_cleaner_between", "cs", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger()), pipe("doc_cleaner", attrs={"tensor": None}), pipe("parser", parser(cnn(20))), pipe("ner", ner(cnn(24)))], {}
    yield "sv_disabled", "sv", standard() + [pipe("senter", tagger(cnn(24)))], {"disabled": ["parser", "ner"]}
    yield "nb_disabled_tok2vec", "nb", standard(), {"disabled": ["tok2vec"]}
    yield "ca_all_disabled", "ca", standard(), {"disabled": ["tok2vec", "tagger", "morphologizer", "parser", "trainable_lemmatizer", "ner"]}
    yield "en_lexeme_norm", "en", standard(), {"lexeme_norm": {"colour": "color", "don": "do", "gonna": "going to", "the": "THE", "İstanbul": "istanbul", "x": "y"}}
    yield "id_lexeme_norm", "id", standard(), {"lexeme_norm": {"gak": "tidak", "yg": "yang", "kucing": "KUCING"}}
    yield "en_special_cases", "en", standard(), {"special_cases": {
        "gimme": [{ORTH: "gim", NORM: "give"}, {ORTH: "me"}], "don't": [{ORTH: "don't", NORM: "do not"}], ":-)": [{ORTH: ":-)", NORM: "SMILE"}],
        "a b": [{ORTH: "a b"}], "(x)": [{ORTH: "(x)"}], "...and": [{ORTH: "...", NORM: "…"}, {ORTH: "and"}], "🙂🙂": [{ORTH: "🙂🙂", NORM: "joy"}]}}
    yield "de_many_strings", "de", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger())], {"strings": 60_000}
    yield "hu_deep_wide_window", "hu", standard(tok2vec(embed(), maxout(32, 8, 3, 4))), {}
    yield "ro_one_piece", "ro", standard(tok2vec(embed(), maxout(32, 2, 2, 1)), pieces=1, hidden=19), {}
    yield "ta_shallow", "ta", standard(tok2vec(embed(), maxout(32, 1, 1, 2)), pieces=3, hidden=1), {}
    yield "gu_width_1", "gu", standard(tok2vec(embed(1), maxout(1, 1, 1, 1)), width=1), {}
    yield "uk_flags", "uk", standard(tok2vec(embed(32, FLAGS, [200, 200, 2, 3, 4, 5, 6, 7]))), {}
    yield "ur_more_flags", "ur", standard(tok2vec(embed(32, MORE_FLAGS, [1, 2, 3, 5, 8, 13, 21, 34], v=1))), {}
    yield "fa_odd_flags", "fa", standard(tok2vec(embed(32, ODD_FLAGS))), {}
    yield "hy_attr_numbers", "hy", standard(tok2vec(embed(32, (65, 66, 67, 68, 69, 70), [90, 80, 70, 60, 50, 40]))), {}
    yield "sr_one_attr", "sr", standard(tok2vec(embed(32, ("SHAPE",), [7]))), {}
    yield "bg_normalized_heads", "bg", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger(normalize=True)), pipe("morphologizer", tagger(normalize=True)),
                                        pipe("senter", tagger(normalize=True)), pipe("trainable_lemmatizer", tagger(normalize=True), top_k=3)], {}
    yield "lv_tagger_twice", "lv", [pipe("tagger", tagger(cnn(20)), "first"), pipe("tagger", tagger(cnn(24)), "kept", overwrite=False),
                                    pipe("morphologizer", tagger(cnn(20)), "morph_first"), pipe("morphologizer", tagger(cnn(24)), "morph_kept", overwrite=False)], {}
    yield "sq_tagger_overwrites", "sq", [pipe("tagger", tagger(cnn(20)), "first", neg_prefix="#"), pipe("tagger", tagger(cnn(24)), "wins", overwrite=True)], {}
    for extend in (False, True):
        for overwrite in (False, True):
            yield f"lb_morph_overwrite_{overwrite}_extend_{extend}".lower(), "lb", [
                pipe("morphologizer", tagger(cnn(20)), "first"), pipe("morphologizer", tagger(cnn(24)), "second", extend=extend, overwrite=overwrite)], {"noise": 2.0}
    yield "nl_morph_after_tagger_lemma", "nl", [pipe("trainable_lemmatizer", tagger(cnn(20))), pipe("tagger", tagger(cnn(20))), pipe("morphologizer", tagger(cnn(20)), extend=True)], {}
    yield "el_tags_as_features", "el", [
        pipe("tagger", tagger(cnn(24))), pipe("morphologizer", tagger(cnn(24))), pipe("parser", parser(tok2vec(embed(24, ("NORM", "TAG", "POS", "MORPH")), maxout(24)))),
        pipe("ner", ner(tok2vec(embed(24, ("NORM", "DEP", "SENT_START", "LEMMA")), maxout(24)))),
        pipe("trainable_lemmatizer", tagger(tok2vec(embed(24, ("NORM", "ENT_TYPE", "ENT_IOB", "HEAD")), maxout(24))))], {}
    yield "tl_ner_before_parser", "tl", [pipe("tok2vec", tok2vec()), pipe("ner", ner()), pipe("parser", parser()), pipe("senter", tagger())], {}
    yield "ms_component_names", "ms", [pipe("tok2vec", tok2vec(), "my vectors"), pipe("tagger", tagger(listen(32, "my vectors")), "Tagger 2-b"), pipe("ner", ner(), "nér")], {}
    yield "kn_one_label", "kn", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger()), pipe("parser", parser(), min_action_freq=100), pipe("ner", ner())], {}
    yield "ml_no_components", "ml", [], {}
    yield "xx_no_spaces", "xx", standard(), {"spaces": False}
    yield "en_no_prefixes", "en", standard(), {"tokenizer": {"prefix_search": None, "suffix_search": None}}
    yield "en_only_whitespace", "en", [pipe("tagger", tagger(cnn(24)))], {"tokenizer": {"prefix_search": None, "suffix_search": None, "infix_finditer": None, "token_match": None, "url_match": None}, "no_rules": True}
    yield "en_own_expressions", "en", [pipe("tagger", tagger(cnn(24)))], {"expressions": {
        "prefix_search": r"^(?:[\(\[]|(?i:pre)(?=[a-z]{4})|\$(?=\d))", "suffix_search": r"(?:[\)\]\.,!?]|(?<=[a-z])'s|(?<![A-Z])\.)$",
        "infix_finditer": r"(?<=[a-z])[-–](?=[a-z])|\.\.+|(?<=\w)/(?=\w)|(?P<slash>\|)", "token_match": r"^(?:\d+[-/])+\d+$|^\w+@\w+$", "url_match": r"(?i)^https?://\S+$"}}
    yield "fr_full_size", "fr", standard(tok2vec(embed(96, ("NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"), [5000, 1000, 2500, 1000, 50, 50]), maxout(96, 4)), width=96, hidden=64), {"updates": 4}


# -- drawn from a seed ------------------------------------------------------------------------------------------------

ALL_ATTRS = ["NORM", "ORTH", "LOWER", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "LENGTH", "IS_SPACE", "IS_ALPHA", "IS_ASCII", "IS_DIGIT", "IS_LOWER", "IS_UPPER", "IS_TITLE",
             "IS_PUNCT", "IS_STOP", "IS_QUOTE", "IS_BRACKET", "IS_LEFT_PUNCT", "IS_RIGHT_PUNCT", "IS_CURRENCY", "LIKE_NUM", "LIKE_URL", "LIKE_EMAIL"]


def random_tok2vec(rng, width):
    if rng.random() < 0.3:
        return cnn(width, rng.randrange(1, 5), rng.randrange(20, 600), rng.choice([1, 1, 2]), rng.randrange(1, 4), rng.random() < 0.6, rng.choice([1, 2]))
    v = rng.choice([1, 2])
    attrs = rng.sample(ALL_ATTRS, rng.randrange(1, 7))
    e = embed(width, attrs, [rng.choice([1, 2, 10, 50, 128, 301]) for _ in attrs], rng.choice([1, 2]))
    if rng.random() < 0.3:
        return tok2vec(e, mish(width, rng.randrange(1, 5), rng.choice([1, 2, 3]), v), v)
    return tok2vec(e, maxout(width, rng.randrange(1, 6), rng.choice([1, 1, 2, 3]), rng.randrange(1, 5), v), v)


def random_pipeline(rng):
    width = rng.choice([1, 3, 7, 16, 24, 33, 48, 64])
    pipes = [pipe("tok2vec", random_tok2vec(rng, width))] if rng.random() < 0.8 else []
    kinds = ["tagger", "morphologizer", "senter", "parser", "ner", "trainable_lemmatizer"]
    rng.shuffle(kinds)
    for i, kind in enumerate(kinds[: rng.randrange(2, 7)]):
        source = listen(width, rng.choice(["*", "tok2vec"])) if pipes and pipes[0]["factory"] == "tok2vec" and rng.random() < 0.7 else random_tok2vec(rng, rng.randrange(4, 40))
        v = rng.choice([1, 2])
        if kind in ("parser", "ner"):
            upper = rng.random() < 0.6
            model = transitions(kind, source, v=v, extra=rng.random() < 0.4, hidden=rng.choice([1, 5, 16, 31, 64]), pieces=rng.randrange(1, 4), upper=upper)
            pipes.append(pipe(kind, model, **({"min_action_freq": rng.choice([1, 5, 30])} if kind == "parser" else {})))
        else:
            options = {}
            if kind == "trainable_lemmatizer":
                options = {"top_k": rng.choice([1, 2, 5, 25]), "backoff": rng.choice(["orth", "lower", "norm", None]), "min_tree_freq": rng.choice([1, 3])}
            if kind == "morphologizer":
                options = {"overwrite": rng.random() < 0.5, "extend": rng.random() < 0.5}
            pipes.append(pipe(kind, tagger(source, v, rng.random() < 0.5), **options))
    return pipes, {"non_projective": rng.choice([0.0, 0.5]), "noise": rng.choice([0.3, 1.0, 2.0])}


# -- what must be refused ---------------------------------------------------------------------------------------------

def refused():
    """Pipelines that spaCy runs and nlp-core does not support: each has to end in an error at load."""
    yield "static_vectors", "en", [pipe("tok2vec", tok2vec(embed(vectors=True))), pipe("tagger", tagger())], {"vectors": 50}
    yield "static_vectors_cnn", "en", [pipe("tagger", tagger(cnn(32, vectors=True)))], {"vectors": 50}
    chars = {"@architectures": "spacy.CharacterEmbed.v2", "width": 32, "rows": 100, "nM": 8, "nC": 4, "include_static_vectors": False, "feature": "LOWER"}
    yield "character_embed", "en", [pipe("tagger", tagger(tok2vec(chars)))], {}
    yield "textcat", "en", [pipe("textcat")], {"cats": True}
    yield "textcat_multilabel", "en", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger()), pipe("textcat_multilabel")], {"cats": True}
    yield "attribute_ruler", "en", [pipe("tagger", tagger(cnn())), pipe("attribute_ruler")], {}
    yield "entity_ruler", "en", [pipe("entity_ruler"), pipe("ner", ner(cnn()))], {}
    yield "span_ruler", "en", [pipe("span_ruler")], {}
    yield "spancat", "en", [pipe("spancat", {"@architectures": "spacy.SpanCategorizer.v1", "tok2vec": cnn(), "reducer": {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 16},
                                                "scorer": {"@layers": "spacy.LinearLogistic.v1"}})], {}
    yield "rule_lemmatizer", "en", [pipe("lemmatizer", mode="rule")], {"lemmatizer_tables": True}
    yield "sentencizer", "en", [pipe("sentencizer"), pipe("tagger", tagger(cnn()))], {}
    yield "beam_parser", "en", [pipe("beam_parser", parser(cnn()))], {}
    yield "beam_ner", "en", [pipe("beam_ner", ner(cnn()))], {}
    yield "token_splitter", "en", [pipe("token_splitter")], {}
    yield "merge_entities", "en", [pipe("ner", ner(cnn())), pipe("merge_entities")], {}
    yield "learned_tokens", "te", [pipe("tok2vec", tok2vec()), pipe("parser", parser(), learn_tokens=True, min_action_freq=1)], {}
    yield "zh_characters", "zh", standard(cnn(32, 2, 300, subwords=False)), {}
    yield "merge_noun_chunks", "en", [pipe("parser", parser(cnn())), pipe("merge_noun_chunks")], {}


# (name, what stands in the config.cfg of an accepted pipeline, what replaces it)
CONFIG_EDITS = [
    ("transformer_architecture", '"spacy.HashEmbedCNN.v2"', '"spacy-transformers.TransformerModel.v3"'),
    ("future_architecture", '"spacy.Tagger.v2"', '"spacy.Tagger.v9"'),
    ("own_factory", 'factory = "tagger"', 'factory = "my_company.tagger"'),
    ("japanese_tokenizer", '"spacy.Tokenizer.v1"', '"spacy.ja.JapaneseTokenizer"'),
    ("unknown_language", 'lang = "en"', 'lang = "qqq"'),
    ("missing_component", 'pipeline = ["tagger"]', 'pipeline = ["tagger", "parser"]'),
    ("other_vectors", '"spacy.Vectors.v1"', '"spacy.Vectors.v9"'),
]


def write_edited(out, seed):
    """Accepted pipelines whose config.cfg then names something that nlp-core does not know."""
    nlp = build("en", [pipe("tagger", tagger(cnn()))], {}, seed)
    for name, old, new in CONFIG_EDITS:
        nlp.to_disk(out / name)
        path = out / name / "config.cfg"
        text = path.read_text(encoding="utf8")
        if old not in text:
            raise ValueError(f"{old} is not in {path}")
        path.write_text(text.replace(old, new), encoding="utf8")
        print("made", name, flush=True)


# -- training and noise -----------------------------------------------------------------------------------------------

def examples_for(nlp, seed, options, annotate):
    rng = random.Random(seed)
    lexicon = Lexicon(seed, SCRIPT_OF.get(nlp.lang, "latin"))
    examples = []
    for i in range(options.get("docs", 60)):
        doc = toy_doc(nlp.vocab, rng, lexicon, options.get("non_projective", 0.0), options.get("spaces", True), annotate)
        if options.get("cats"):
            doc.cats = {"GOOD": float(i % 2), "BAD": float(1 - i % 2)}
        doc.spans["sc"] = list(doc.ents)
        predicted = nlp.make_doc(doc.text) if i % 5 == 0 else spacy.tokens.Doc(nlp.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
        examples.append(Example(predicted, doc))
    return examples


def add_noise(nlp, seed, scale):
    """Shift every weight by a seeded normal draw: embeddings the most and biases the least, so that the outputs of
    every layer still depend on the token and the predictions stay varied."""
    rng = numpy.random.default_rng(seed)
    seen = set()
    for _, component in nlp.components:
        model = getattr(component, "model", None)
        for node in model.walk() if hasattr(model, "walk") else ():
            if node.id in seen:
                continue
            seen.add(node.id)
            for name in node.param_names:
                if node.has_param(name):
                    value = node.get_param(name)
                    size = scale * {"E": 1.0, "b": 0.02}.get(name, max(float(value.std()), 0.2))
                    noise = rng.normal(0.0, size, value.shape)
                    if value.ndim > 1:
                        noise -= noise.mean(axis=-1, keepdims=True)  # else a row adds the same to every input
                    node.set_param(name, (value + noise).astype("float32"))


def balance(nlp, docs):
    """Take from each output's bias its mean score over some documents, else one class would win nearly everywhere."""
    for _, component in nlp.components:
        model = getattr(component, "model", None)
        if hasattr(component, "moves"):
            stepper = model.predict(docs)
            states, scores = component.moves.init_batch(docs), []
            for _ in range(12):
                scores.append(stepper.predict(states))
                component.transition_states(states, scores[-1])
                states = [state for state in states if not state.is_final()]
                if not states:
                    break
            lean = numpy.vstack(scores).mean(axis=0)
            last = model.get_ref("upper") if model.attrs["has_upper"] else model.get_ref("lower")
            bias = last.get_param("b")
            last.set_param("b", bias - lean.reshape((-1,) + (1,) * (bias.ndim - 1)))
        elif hasattr(model, "has_ref") and model.has_ref("output_layer") and isinstance(component, Tagger | EditTreeLemmatizer):
            last = model.get_ref("output_layer")
            logits = numpy.vstack(model.get_ref("tok2vec").predict(docs)) @ last.get_param("W").T
            last.set_param("b", -logits.mean(axis=0))
        for doc in docs:
            component(doc)


def build(language, pipes, options, seed):
    pipes = copy.deepcopy(pipes)
    fix_random_seed(seed)
    nlp = spacy.blank(language)
    for p in pipes:
        if p["factory"] == "parser":
            p["config"].setdefault("min_action_freq", options.get("min_action_freq", 5))
        nlp.add_pipe(p["factory"], name=p["name"], config=p["config"])
    if options.get("vectors"):
        rng = numpy.random.default_rng(seed)
        words = [w[0] for w in Lexicon(seed).words[: options["vectors"]]]
        nlp.vocab.vectors = spacy.vectors.Vectors(data=rng.normal(size=(len(words), 10)).astype("float32"), keys=words)
    change_tokenizer(nlp, options)
    if options.get("lemmatizer_tables"):
        tables = Lookups()
        for table, rows in (("lemma_rules", {"noun": [["s", ""]]}), ("lemma_index", {"noun": ["cat"]}), ("lemma_exc", {"noun": {"mice": ["mouse"]}})):
            tables.add_table(table, rows)
        nlp.get_pipe("lemmatizer").initialize(lookups=tables)
    elif pipes:
        train(nlp, pipes, options, seed)
    fill_vocab(nlp, options)
    for name in ("entity_ruler", "span_ruler"):
        if nlp.has_pipe(name):
            nlp.get_pipe(name).add_patterns([{"label": "ORG", "pattern": "Apple"}])
    if nlp.has_pipe("attribute_ruler"):
        nlp.get_pipe("attribute_ruler").add([[{"TAG": "NN"}]], {"POS": "NOUN"})
    for name in options.get("disabled", ()):
        nlp.disable_pipe(name)
    return nlp


def train(nlp, pipes, options, seed):
    annotate = ["tag", "pos", "morph", "lemma", "ent"] + (["dep"] if any("parser" in p["factory"] for p in pipes) else ["sent"])
    examples = examples_for(nlp, seed, options, annotate)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    rng = random.Random(seed)
    trained = any(getattr(c, "is_trainable", False) for _, c in nlp.components)
    for _ in range(options.get("updates", 5) if trained else 0):
        rng.shuffle(examples)
        for i in range(0, len(examples), 20):
            nlp.update(examples[i: i + 20], sgd=optimizer, drop=0.0)
    add_noise(nlp, seed, options.get("noise", 0.5))
    balance(nlp, [nlp.make_doc(eg.reference.text) for eg in examples[:20]])


def change_tokenizer(nlp, options):
    tokenizer = nlp.tokenizer
    for text, tokens in options.get("special_cases", {}).items():
        tokenizer.add_special_case(text, tokens)
    for name, value in options.get("tokenizer", {}).items():
        setattr(tokenizer, name, value)
    if options.get("no_rules"):
        tokenizer.rules = {}
    for name, pattern in options.get("expressions", {}).items():
        compiled = spacy.util.re.compile(pattern)
        method = {"prefix_search": "search", "suffix_search": "search", "infix_finditer": "finditer"}.get(name, "match")
        setattr(tokenizer, name, getattr(compiled, method))


def fill_vocab(nlp, options):
    if "lexeme_norm" in options:
        if nlp.vocab.lookups.has_table("lexeme_norm"):
            nlp.vocab.lookups.remove_table("lexeme_norm")
        nlp.vocab.lookups.add_table("lexeme_norm", options["lexeme_norm"])
    rng = random.Random(7)
    for _ in range(options.get("strings", 0)):
        nlp.vocab.strings.add("".join(rng.choice("abcdefgäöüßжщ漢字🙂 -'") for _ in range(rng.randrange(1, 30))))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", type=Path)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--only", nargs="*")
    p.add_argument("--random", type=int, default=0)
    p.add_argument("--languages", action="store_true")
    p.add_argument("--refused", action="store_true")
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    a.out.mkdir(parents=True, exist_ok=True)
    languages = sorted(d.name for d in Path(spacy.__file__).parent.joinpath("lang").iterdir() if (d / "__init__.py").exists())
    languages = [name for name in languages if name not in OWN_TOKENIZER]
    rng = random.Random(a.seed)
    wanted = list(refused() if a.refused else written_out())
    for i in range(a.random):
        pipes, options = random_pipeline(rng)
        wanted.append((f"random_{a.seed}_{i:03}", rng.choice(languages), pipes, options))
    if a.languages:
        wanted += [(f"lang_{name}", name, [pipe("tok2vec", tok2vec(embed(16, rng.sample(ALL_ATTRS, 6)), maxout(16))), pipe("tagger", tagger(listen(16))),
                                            pipe("parser", parser(listen(16), extra=rng.random() < 0.5))], {"docs": 20}) for name in languages]
    failed = []
    for name, language, pipes, options in wanted:
        if a.only and name not in a.only:
            continue
        try:
            build(language, pipes, options, zlib.crc32(name.encode()) % 10_000).to_disk(a.out / name)
            print("made", name, flush=True)
        except Exception as error:  # one pipeline that cannot be made must not hide the others
            failed.append(name)
            print("FAILED", name, type(error).__name__, str(error)[:300], flush=True)
    if a.refused and not a.only:
        write_edited(a.out, a.seed)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
