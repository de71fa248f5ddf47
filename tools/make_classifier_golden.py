#!/usr/bin/env python3
"""Make the small classifiers of nlp-core/src/nn/golden: random weights, and what thinc computes with them.

usage: OMP_NUM_THREADS=1 make_classifier_golden.py [OUT_DIR]

NAME.model is the network as thinc writes it, without its longer runs of zero bytes; NAME.json holds the configuration, what
the network reads of a few made-up documents, what spaCy 3.8 predicts for them as one batch, and `zeros`: where in the file
(counted with all runs before it in place) how many zero bytes were left out.
Needs: pip install "spacy>=3.8,<3.9".
"""
import json
import re
import sys
from pathlib import Path

import numpy
import spacy
from spacy.tokens import Doc, Span
from spacy.util import registry
from thinc.api import Ragged

from make_network_golden import numbers
from zoo.models import listen
from zoo.classify import (LINEAR_LOGISTIC, REDUCE_CHAIN, SOFTMAX, attention_classifier, bow, cnn_classifier, ensemble, ensemble_v1, linker_model, mean_max, reduce_classifier,
                          span_categorizer, span_finder_model)

WIDTH = 5
TEXTS = [["Zwölf"], ["The", "12", "cats", "sat", "\n", "."], ["x", "The", "The", "y", "x", "The"], ["!"]]
EAR = listen(WIDTH)
DOCUMENTS = {
    "bow_v1": bow(1, False, 3), "bow_v2_raw": bow(2, True, 2, output=False), "bow_v3": bow(3, True, 2, length=6),
    "cnn_classifier_v1": cnn_classifier(EAR, 1, True), "cnn_classifier_v2": cnn_classifier(EAR, 2, False),
    "reduce_classifier": reduce_classifier(EAR, ["first", "last", "max", "mean"], False), "attention_classifier": attention_classifier(EAR, True),
    "ensemble": ensemble(EAR, bow(3, False, 1, length=4)), "ensemble_of_cnn": ensemble(EAR, cnn_classifier(EAR, 2, True)),
    "ensemble_v1": ensemble_v1(width=4, size=7, exclusive=False, ngrams=2, window=2, depth=2, dropout=0.2),
}
CHAIN = {"@layers": "chain.v1", "*": {"a": {"@layers": "Relu.v1", "nO": 3, "normalize": True}, "b": {"@layers": "residual.v1", "layer": {"@layers": "Mish.v1", "nO": 3}}, "c": SOFTMAX}}
SPANS = {"spancat": span_categorizer(EAR, mean_max(3), LINEAR_LOGISTIC), "spancat_chain": span_categorizer(EAR, REDUCE_CHAIN, CHAIN), "span_finder": span_finder_model(EAR),
         "linker_v1": linker_model(EAR, 1), "linker_v2": linker_model(EAR, 2)}


def without_zeros(data):
    """The bytes without runs of many zeros, and those runs."""
    runs = [[run.start(), len(run.group())] for run in re.finditer(rb"\0{256,}", data)]
    return re.sub(rb"\0{256,}", b"", data), runs


def main(out):
    random = numpy.random.default_rng(5)
    vocab = spacy.blank("en").vocab
    for name, config in {**DOCUMENTS, **SPANS}.items():
        docs = [Doc(vocab, words=words, sent_starts=[i % 3 == 0 for i in range(len(words))]) for words in TEXTS]
        for doc in docs:
            doc.tensor = random.standard_normal((len(doc), WIDTH)).astype("f")
            doc.ents = [Span(doc, len(doc) - 1, len(doc), label="X")]
        model = registry.resolve({"model": config})["model"]
        spans = Ragged(numpy.asarray([[0, 1], [1, 5], [4, 6], [0, 6], [2, 3], [0, 1]], dtype="i"), numpy.asarray([1, 3, 1, 1], dtype="i"))
        inputs = (docs, spans) if name.startswith("spancat") else docs
        outputs = 2 if name == "span_finder" else 3
        model.initialize(X=inputs, Y=numpy.zeros((len(docs), outputs), dtype="f"))
        for node in model.walk():
            for param in node.param_names:
                if node.name != "sparse_linear" or param == "b":
                    node.set_param(param, random.standard_normal(node.get_param(param).shape).astype("f"))
        predicted, backprop = model.begin_update(inputs)
        backprop(random.standard_normal(predicted.shape).astype("f"))
        for node in model.walk():
            if node.name == "sparse_linear":  # weights where these documents have words, and nowhere else
                node.set_param("W", node.get_grad("W"))
        data, zeros = without_zeros(model.to_bytes())
        golden = {
            "config": config, "zeros": zeros, "lengths": [len(doc) for doc in docs],
            "attrs": {attr: [int(x) for doc in docs for x in doc.to_array([attr])] for attr in ("ORTH", "LOWER", "PREFIX", "SUFFIX", "SHAPE")},
            "vectors": numbers(numpy.concatenate([doc.tensor for doc in docs])), "spans": spans.dataXd.tolist(), "spans_of": spans.lengths.tolist(),
            "contexts": [[sent.start, sent.end] for doc in docs for sent in [doc.ents[0].sent]], "predicted": numbers(model.predict(inputs)),
        }
        (out / f"{name}.model").write_bytes(data)
        (out / f"{name}.json").write_text(json.dumps(golden) + "\n")
        print(name, len(data), "bytes")


if __name__ == "__main__":
    default = Path(__file__).resolve().parent.parent / "nlp-core/src/nn/golden"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
