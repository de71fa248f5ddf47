#!/usr/bin/env python3
"""Make the small networks of nlp-core/src/nn/golden: random weights, and what thinc computes with them.

usage: OMP_NUM_THREADS=1 make_network_golden.py [OUT_DIR]

NAME.model is the network as thinc writes it; NAME.json holds the configuration, the attributes of a few made-up
documents (one of them empty, one of a single token) and what spaCy 3.8 predicts for them as one batch; where a network
reads more than attributes, also their words and the table of word vectors.
Needs: pip install "spacy>=3.8,<3.9".
"""
import json
import sys
from pathlib import Path

import numpy
import spacy
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vectors import Vectors

TEXTS = [[], ["Zwölf"], ["The", "12", "cats", "sat", "\n", "."], [], ["x", "y"], ["!"]]


# Tables of vectors. "cats" and "The" share a row, and "x" has the last one, which unknown words have in version 1.
VECTORS = {
    "default": {"mode": "default", "rows": 4, "width": 3, "keys": {"cats": 1, "The": 1, "Zwölf": 0, "x": 3}},
    "floret": {"mode": "floret", "rows": 11, "width": 3, "minn": 2, "maxn": 3, "hash_count": 2, "hash_seed": 2166136261, "bow": "<", "eow": ">"},
}


def embed(width, attrs, rows, v, static=False):
    return {"@architectures": f"spacy.MultiHashEmbed.v{v}", "width": width, "attrs": attrs, "rows": rows, "include_static_vectors": static}


def chars(width, rows, nM, nC, v, static=False, **settings):
    return {"@architectures": f"spacy.CharacterEmbed.v{v}", "width": width, "rows": rows, "nM": nM, "nC": nC, "include_static_vectors": static,
            **settings}


def maxout(width, depth, window, pieces, v):
    return {"@architectures": f"spacy.MaxoutWindowEncoder.v{v}", "width": width, "depth": depth, "window_size": window, "maxout_pieces": pieces}


def mish(width, depth, window, v):
    return {"@architectures": f"spacy.MishWindowEncoder.v{v}", "width": width, "depth": depth, "window_size": window}


def tok2vec(embed, encode, v):
    return {"@architectures": f"spacy.Tok2Vec.v{v}", "embed": embed, "encode": encode}


def cnn(width, depth, rows, window, pieces, subwords, v, static=None):
    return {"@architectures": f"spacy.HashEmbedCNN.v{v}", "width": width, "depth": depth, "embed_size": rows, "window_size": window,
            "maxout_pieces": pieces, "subword_features": subwords, "pretrained_vectors": static}


def listener(width):
    return {"@architectures": "spacy.Tok2VecListener.v1", "width": width, "upstream": "tok2vec"}


def tagger(tok2vec, v, **settings):
    return {"@architectures": f"spacy.Tagger.v{v}", "nO": 4, "tok2vec": tok2vec, **settings}


def parser(tok2vec, state_type, extra, hidden, pieces, upper, v):
    return {"@architectures": f"spacy.TransitionBasedParser.v{v}", "state_type": state_type, "extra_state_tokens": extra, "hidden_width": hidden,
            "maxout_pieces": pieces, "use_upper": upper, "nO": 5, "tok2vec": tok2vec}


ATTRS = ["NORM", "PREFIX", "SHAPE"]
ROWS = [7, 5, 3]
NETWORKS = {
    "tok2vec_v2": tok2vec(embed(5, ATTRS, ROWS, 2), maxout(5, 2, 1, 3, 2), 2),
    "tok2vec_v1": tok2vec(embed(5, ATTRS, ROWS, 1), maxout(5, 2, 2, 2, 1), 1),
    "tok2vec_v1_encoder_v2": tok2vec(embed(5, ATTRS, ROWS, 1), maxout(5, 2, 1, 2, 2), 1),
    "mish_v1": tok2vec(embed(4, ["ORTH"], [9], 2), mish(4, 1, 1, 1), 1),
    "mish_v2": tok2vec(embed(4, ["LOWER", "IS_SPACE"], [9, 2], 2), mish(4, 3, 1, 2), 2),
    "cnn_v1": cnn(6, 1, 6, 1, 1, True, 1),
    "cnn_v2": cnn(3, 2, 8, 1, 2, False, 2),
    "tagger_v1": tagger(cnn(3, 1, 8, 1, 2, False, 2), 1),
    "tagger_v2": tagger(listener(6), 2),
    "tagger_v2_normalize": tagger(listener(6), 2, normalize=True),
    "parser_v2": parser(listener(6), "parser", False, 4, 2, True, 2),
    "parser_v1_extra": parser(listener(6), "parser", True, 3, 1, True, 1),
    "ner_v2_no_upper": parser(cnn(3, 1, 8, 1, 2, False, 2), "ner", True, 4, 2, False, 2),
    "ner_v1": parser(listener(6), "ner", False, 4, 3, True, 1),
    "static_v2": tok2vec(embed(5, ATTRS, ROWS, 2, True), maxout(5, 1, 1, 2, 2), 2),
    "static_v1": tok2vec(embed(5, ["NORM"], [7], 1, True), maxout(5, 1, 1, 2, 1), 1),
    "static_floret": tok2vec(embed(5, ["NORM"], [7], 2, True), maxout(5, 1, 1, 2, 2), 2),
    "cnn_v1_static": cnn(3, 1, 8, 1, 2, False, 1, True),
    "cnn_v2_static": cnn(3, 1, 8, 1, 2, True, 2, True),
    "chars_v2": tok2vec(chars(4, 5, 2, 4, 2, feature="SHAPE"), maxout(4, 1, 1, 2, 2), 2),
    "chars_v1": tok2vec(chars(4, 5, 2, 3, 1), maxout(4, 1, 1, 2, 1), 1),
    "chars_v2_static": tok2vec(chars(4, 5, 1, 10, 2, True), maxout(4, 1, 1, 2, 2), 2),
    "chars_v1_static": tok2vec(chars(4, 5, 1, 1, 1, True), maxout(4, 1, 1, 2, 1), 1),
}
# Which table each has in its vocabulary.
TABLES = {"static_v2": "default", "static_v1": "default", "static_floret": "floret", "cnn_v1_static": "default", "cnn_v2_static": "floret",
          "chars_v2_static": "default", "chars_v1_static": "default"}


def numbers(array):
    return [float(f"{x:.9g}") for x in numpy.asarray(array, dtype="f").ravel().tolist()]


def vectors(name, strings, random):
    """A table of random vectors, and what the tests need to make the same one."""
    settings = {key: value for key, value in VECTORS[name].items() if key not in ("rows", "width", "keys")}
    data = random.standard_normal((VECTORS[name]["rows"], VECTORS[name]["width"])).astype("f")
    table = Vectors(strings=strings, data=data, **settings)
    for word, row in VECTORS[name].get("keys", {}).items():
        table.add(strings.add(word), row=row)
    return table, {**VECTORS[name], "data": numbers(data)}


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(3)
    vocab = spacy.blank("en").vocab
    for name, config in NETWORKS.items():
        table = {}
        if name in TABLES:
            vocab = spacy.blank("en").vocab
            vocab.vectors, table = vectors(TABLES[name], vocab.strings, random)
        docs = [Doc(vocab, words=words) for words in TEXTS]
        own = config.get("tok2vec", config)
        listens = "Listener" in own["@architectures"]
        if listens:
            for doc in docs:
                doc.tensor = random.standard_normal((len(doc), own["width"])).astype("f")
        model = registry.resolve({"model": config})["model"]
        model.initialize(X=[doc for doc in docs if len(doc)])
        for node in model.walk():
            for param in node.param_names:
                node.set_param(param, random.standard_normal(node.get_param(param).shape).astype("f"))
        columns = next((node.attrs["columns"] for node in model.walk() if node.name == "extract_features"), [])
        golden = {
            "config": config,
            "lengths": [len(doc) for doc in docs],
            "attrs": [[int(x) % 2**64 for x in row] for doc in docs for row in doc.to_array(columns).reshape(len(doc), len(columns)).tolist()] if columns else [],
            "vectors": numbers(numpy.concatenate([doc.tensor for doc in docs])) if listens else [],
        }
        if table or "chars" in name:
            golden |= {"words": [token.text for doc in docs for token in doc], "table": table}
        if "TransitionBasedParser" in config["@architectures"]:
            step, _ = model(docs, is_train=False)
            golden["linear"] = numbers(step.tokvecs)
            # The shares of a missing token, then those of the first token.
            golden["lower"] = numbers(model.get_ref("lower").predict(step.tokvecs)[:2])
            golden["lower_bias"] = numbers(model.get_ref("lower").get_param("b"))
            if config["use_upper"]:
                hidden = random.standard_normal((1, config["hidden_width"])).astype("f")
                golden["hidden"] = numbers(hidden)
                golden["upper"] = numbers(model.get_ref("upper").predict(hidden))
        else:
            golden["predicted"] = numbers(numpy.concatenate(model.predict(docs)))
        (out / f"{name}.model").write_bytes(model.to_bytes())
        (out / f"{name}.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    default = Path(__file__).resolve().parent.parent / "nlp-core/src/nn/golden"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
