"""Configurations of networks and components, as `nlp.add_pipe` takes them."""


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
