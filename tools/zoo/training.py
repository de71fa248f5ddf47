"""Builds a pipeline: trains it for a few updates, then puts noise on every weight."""
import copy
import random

import numpy
import spacy
from spacy.pipeline import EditTreeLemmatizer, Tagger
from spacy.training import Example
from thinc.api import fix_random_seed

from toy_corpus import Lexicon, toy_doc

SCRIPT_OF = {"ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "sr": "cyrillic", "mk": "cyrillic", "el": "greek", "grc": "greek", "ar": "arabic",
             "fa": "arabic", "ur": "arabic", "he": "hebrew", "hi": "devanagari", "ne": "devanagari", "mr": "devanagari", "sa": "devanagari", "zh": "han"}


def examples_for(nlp, seed, options, annotate):
    rng = random.Random(seed)
    lexicon = Lexicon(seed, SCRIPT_OF.get(nlp.lang, "latin"))
    examples = []
    for i in range(options.get("docs", 60)):
        doc = toy_doc(nlp.vocab, rng, lexicon, options.get("non_projective", 0.0), options.get("spaces", True), annotate, options.get("subtokens", 0.0))
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
    nlp = spacy.blank(language, config=copy.deepcopy(options.get("config", {})))
    if "tokenizer_data" in options:
        options["tokenizer_data"](nlp, seed, Lexicon(seed, SCRIPT_OF.get(language, "latin")))
    for p in pipes:
        if p["factory"] in ("parser", "beam_parser"):
            p["config"].setdefault("min_action_freq", options.get("min_action_freq", 5))
        nlp.add_pipe(p["factory"], name=p["name"], config=p["config"])
    if options.get("vectors"):
        nlp.vocab.vectors = options["vectors"](nlp, seed)
    change_tokenizer(nlp, options)
    options.get("prepare", lambda *_: None)(nlp, seed)
    fills = options.get("fill", {})
    for name in fills:
        nlp.get_pipe(name).initialize = lambda *_, **__: None  # it would ask for data that are filled in here

    def fill(*kinds):
        for name, fill in fills.items():
            if nlp.get_pipe_meta(name).factory in kinds or not kinds:
                fill(nlp.get_pipe(name), random.Random(seed), Lexicon(seed, SCRIPT_OF.get(nlp.lang, "latin")))

    fill("lemmatizer")  # which does not run without its tables, while those of others are filled in by what is trained
    if pipes:
        train(nlp, pipes, options, seed)
    fill()
    fill_vocab(nlp, options)
    for name in options.get("disabled", ()):
        nlp.disable_pipe(name)
    return nlp


def train(nlp, pipes, options, seed):
    annotate = ["tag", "pos", "morph", "lemma", "ent"] + (["dep"] if any("parser" in p["factory"] for p in pipes) else ["sent"])
    examples = examples_for(nlp, seed, options, annotate)
    options.get("annotate", lambda *_: None)(examples)
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
    options.get("finish", lambda *_: None)(nlp, seed, [eg.reference.text for eg in examples])


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
