"""Pipelines drawn from a seed."""
from .models import cnn, embed, listen, maxout, mish, pipe, tagger, tok2vec, transitions

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


def pipeline(rng):
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
