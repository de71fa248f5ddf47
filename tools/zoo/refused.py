"""Pipelines that spaCy runs and nlp-core does not: each has to end in an error when it is loaded."""
from .models import cnn, pipe, tagger, tok2vec
from .training import build


def pipelines():
    """(name, language, components, options) of each."""
    return ()


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
