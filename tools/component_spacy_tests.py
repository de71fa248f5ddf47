#!/usr/bin/env python3
"""Run spaCy's own tests, and compare each annotation that they ask of spaCy with what `nlp parse` makes of the same.

usage: OMP_NUM_THREADS=1 component_spacy_tests.py [FILE-OR-FOLDER...] [--nlp target/debug/nlp] [--show 20] [--keep DIR]
                                        (needs: pip install "spacy>=3.8,<3.9" pytest, and what the tests run want)

FILE-OR-FOLDER is a path below spacy/tests, such as pipeline/test_sentencizer.py; without one, all that annotate texts.
The tests run with a Language, components and tokenizers that note what they are asked. Each time one annotates a text,
the pipeline as it is at that moment is saved, the program annotates the text with it, and all of a document is compared:
tokens, lexical attributes, annotations, vectors, categories, spans, ids, scores to 1e-5. No test of spaCy's is copied.

Where a test hands a document that is annotated already to a pipeline or to one component, a pipeline is made that does
the same from a text: special cases of the tokenizer give the tokens, an attribute_ruler in front the annotations.

Prints, for each file, how many cases were the same, how many differ, and how many could not be asked, with the reasons:
what the program refuses, what spaCy itself cannot save or load, or what no text leads to. --keep DIR keeps the pipelines
of the cases that differ. Exits with 1 if a case differs.
"""
import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import weakref
from pathlib import Path

import pytest
import spacy
import spacy.pipeline
import spacy.pipeline.functions
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

import spacy_tests
from make_golden import doc_row, rest_row
from parity import same

warnings.filterwarnings("ignore")

DEFAULT = ["pipeline", "doc", "parser", "lang", "serialize", "tokenizer", "training", "vocab_vectors", "matcher", "morphology", "test_language.py", "test_misc.py",
           "test_architectures.py", "test_models.py", "test_pickles.py", "test_scorer.py"]
# Where the report goes: pytest keeps what is printed while a test runs.
REPORT = os.fdopen(os.dup(1), "w", buffering=1)
# Some tests send thousands of texts through one pipeline.
MOST = 50
# What a token may hold before a component sees it, and what an attribute_ruler calls it.
GIVEN = {"TAG": "tag_", "POS": "pos_", "LEMMA": "lemma_", "DEP": "dep_", "ENT_TYPE": "ent_type_", "ENT_IOB": "ent_iob", "ENT_ID": "ent_id_", "ENT_KB_ID": "ent_kb_id_"}


class CannotAsk(Exception):
    """There is no pipeline and text for a case; says why."""


def row(doc):
    # Of a document whose tensor was taken away spaCy cannot say whether it has vectors.
    vectors = [[] if doc.tensor is None or not t.has_vector else [float(x) for x in t.vector] for t in doc]
    return doc_row(doc) | rest_row(doc) | {"vectors": vectors}


def snapshot(doc):
    """What a document holds before it is annotated; None if nothing but tokens."""
    words = [(t.text, bool(t.whitespace_)) for t in doc]
    starts = doc.to_array([SENT_START, SENT_START])[:, 0].astype("int64") if len(doc) else []
    tokens = []
    for token, start in zip(doc, starts):
        held = {name: getattr(token, attr) for name, attr in GIVEN.items() if getattr(token, attr)}
        if token.morph.key:
            held["MORPH"] = str(token.morph) or "_"
        if start:
            held["SENT_START"] = int(start)
        tokens.append(held)
    return {"text": doc.text, "words": words, "tokens": tokens, "trees": any(t.head.i != t.i for t in doc),
            "more": bool(doc.spans or doc.cats)}


class Run:
    """One run of the tests."""

    def __init__(self, program, show, keep):
        self.program, self.left, self.keep = program, show, keep
        self.counts = collections.defaultdict(collections.Counter)
        self.reasons = collections.defaultdict(collections.Counter)
        self.busy = False
        # What modules annotate when they are imported belongs to no test.
        self.file, self.test, self.cases = "imports", "imports", 0
        self.seen = set()
        self.hosts = weakref.WeakSet()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        file = str(item.path.relative_to(spacy_tests.FOLDER))
        if file != self.file and self.counts[self.file]:
            self.report(self.file)
        self.file, self.test, self.cases = file, f"{file}::{item.name}", 0

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        """Tokenizers of the fixtures, which belong to no pipeline."""
        outcome = yield
        made = outcome.get_result()
        if isinstance(made, Tokenizer):
            fixturedef.cached_result = (noting_tokenizer(self, made), *fixturedef.cached_result[1:])
            outcome.force_result(fixturedef.cached_result[0])

    def note(self, kind, reason=None):
        self.counts[self.file][kind] += 1
        if reason:
            self.reasons[self.file][reason.strip().split("\n")[0][:160]] += 1

    def ask(self, save, text, expected, disable=()):
        """Compares what spaCy said with what the program says; `save` writes the pipeline to a folder.

        `expected` is a row, an exception, or None if the saved pipeline is to be run by spaCy.
        """
        if self.busy:
            return
        self.cases += 1
        if self.cases > MOST:
            return self.note("more of the same test")
        self.busy = True
        folder = Path(tempfile.mkdtemp())
        try:
            try:
                save(folder)
                name_language(folder)
            except CannotAsk as why:
                return self.note("not asked", str(why))
            except Exception as error:
                return self.note("not asked", f"spaCy cannot save it: {type(error).__name__} {error}")
            self.compare(folder, text, expected, list(disable))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self.busy = False

    def compare(self, folder, text, expected, disable):
        key = (hash_folder(folder), text, tuple(disable))
        if key in self.seen:
            return self.note("seen before")
        self.seen.add(key)
        said = self.ours(folder, text, disable)
        fine = expected is not None and agree(expected, said)
        if not fine:
            # What counts is the pipeline that was saved: not all that a test puts in one is.
            reloaded = self.spacys(folder, text, disable)
            if isinstance(reloaded, Exception) and isinstance(said, str):
                return self.note("same" if expected is None else "not asked", None if expected is None else f"neither runs what spaCy saved: {reloaded}; {said}")
            fine, changed = agree(reloaded, said), expected is not None and not agree(expected, reloaded)
            if fine:
                return self.note("same as loaded" if changed else "same")
            if isinstance(said, str):
                return self.note("not asked", f"refused: {said}")
            expected = reloaded
        if fine:
            return self.note("same")
        self.note("different")
        if self.left:
            self.left -= 1
            print(f"{self.test}: {text[:200]!r} disable {disable}", file=REPORT)
            print("  ", *difference(expected, said), sep="\n  ", file=REPORT)
        if self.keep:
            at = self.keep / f"case{sum(c['different'] for c in self.counts.values())}"
            shutil.copytree(folder, at)
            (at / "text.jsonl").write_text(json.dumps({"text": text}) + "\n", encoding="utf8")

    def ours(self, folder, text, disable):
        """The row of the program, or its complaint."""
        command = [self.program, "parse", "--model", str(folder), "--input", "jsonl", "--max-length", "10000000", "--with", "ids,cats,spans,vectors"]
        if disable:
            command += ["--disable", ",".join(disable)]
        run = subprocess.run(command, input=(json.dumps({"text": text}) + "\n").encode(), capture_output=True, timeout=60, env={"VIRTUAL_ENV": sys.prefix, **os.environ})
        if run.returncode not in (0, 1, 2):
            print(f"{self.test}: the program ended with {run.returncode}: {run.stderr.decode()[-500:]}", file=REPORT)
        if run.returncode:
            return run.stderr.decode().replace(str(folder), "PIPELINE").strip().split("\n")[-1]
        return json.loads(run.stdout)

    def spacys(self, folder, text, disable):
        try:
            return row(spacy.load(folder)(text, disable=disable))
        except Exception as error:
            return error

    def document(self, nlp, given, names, expected, disable=()):
        """A case where `given` was handed to these components of the pipeline."""
        self.ask(lambda folder: save_with(nlp, given, names, folder), given["text"], expected, disable)

    def report(self, file):
        print(f"{file}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts[file].items())), file=REPORT)
        for reason, count in self.reasons[file].most_common():
            print(f"    {count} {reason}", file=REPORT)

    def total(self):
        total = sum(self.counts.values(), collections.Counter())
        print("all: " + ", ".join(f"{count} {kind}" for kind, count in sorted(total.items())), file=REPORT)
        return total["different"]


def name_language(folder):
    """Calls the language of no language, which spaCy saves and cannot load, the one for any."""
    config = spacy.util.load_config(folder / "config.cfg", interpolate=False)
    if not config["nlp"]["lang"]:
        config["nlp"]["lang"] = "xx"
        config.to_disk(folder / "config.cfg")
        meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
        (folder / "meta.json").write_text(json.dumps(meta | {"lang": "xx"}), encoding="utf8")


def hash_folder(folder):
    return hash(tuple((str(path.relative_to(folder)), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()))


def agree(expected, said):
    if isinstance(expected, Exception) or isinstance(said, str):
        return isinstance(expected, Exception) and isinstance(said, str)
    return same(expected, said)


def difference(expected, said):
    if isinstance(expected, Exception) or isinstance(said, str):
        return [f"spaCy {str(expected)[:300]!r}", f"nlp {str(said)[:300]!r}"]
    lines = []
    for t, u in zip(expected["tokens"], said["tokens"]):
        if t != u:
            lines.append(f"token {t['text']!r}: " + ", ".join(f"{f} spaCy {t[f]!r} nlp {u.get(f)!r}" for f in t if t[f] != u.get(f)))
    return lines + [f"{f}: spaCy {str(expected[f])[:300]} nlp {str(said[f])[:300]}" for f in expected if f != "tokens" and not same(expected[f], said[f])]


def save_with(nlp, given, names, folder):
    """Saves a pipeline that makes of a text the document that was given, and then runs these components."""
    if given["trees"]:
        raise CannotAsk("a document with a tree was given")
    if given["more"]:
        raise CannotAsk("a document with spans or categories was given")
    tokenizer, words = nlp.tokenizer, given["words"]
    if [(t.text, bool(t.whitespace_)) for t in tokenizer(given["text"])] != words:
        special, chunk = {}, []
        for word, space in words:
            chunk.append(word)
            if space or word is words[-1][0]:
                special["".join(chunk)] = [{"ORTH": word} for word in chunk]
                chunk = []
        try:
            tokenizer = Tokenizer(nlp.vocab, rules=special)
        except Exception:
            raise CannotAsk("no text leads to the tokens that were given") from None
        if [(t.text, bool(t.whitespace_)) for t in tokenizer(given["text"])] != words:
            raise CannotAsk("no text leads to the tokens that were given")
    kept, nlp.tokenizer = nlp.tokenizer, tokenizer
    try:
        nlp.to_disk(folder)
    finally:
        nlp.tokenizer = kept
    rules = [{"patterns": [[{"ORTH": word} for word, _ in words]], "attrs": held, "index": i} for i, held in enumerate(given["tokens"]) if held]
    config = spacy.util.load_config(folder / "config.cfg", interpolate=False)
    config["nlp"]["pipeline"] = names
    config["components"] = {name: config["components"][name] for name in names}
    config["nlp"]["disabled"] = [name for name in config["nlp"]["disabled"] if name in names]
    if rules:
        config["nlp"]["pipeline"] = ["given", *names]
        config["components"]["given"] = {"factory": "attribute_ruler", "validate": False}
        ruler = spacy.blank(nlp.lang or "xx").add_pipe("attribute_ruler", config={"validate": False})
        ruler.add_patterns(rules)
        ruler.to_disk(folder / "given")
    config.to_disk(folder / "config.cfg")


def noting_tokenizer(run, tokenizer):
    class Noting:
        def __call__(self, text):
            doc = tokenizer(text)
            if not run.busy:
                run.busy = True
                expected, nlp = row(doc), spacy.util.get_lang_class(tokenizer.vocab.lang)()
                nlp.tokenizer = tokenizer
                run.busy = False
                run.ask(nlp.to_disk, text, expected)
            return doc

        def pipe(self, texts, **options):
            return map(self, texts)

        def __getattr__(self, name):
            return getattr(tokenizer, name)

    return Noting()


def noting_language(run):
    plain_call, plain_pipe, plain_init = Language.__call__, Language.pipe, Language.__init__

    def init(self, *args, **options):
        plain_init(self, *args, **options)
        run.hosts.add(self)

    def ask(self, given, expected, disable):
        if isinstance(given, str):
            run.ask(self.to_disk, given, expected, disable)
        else:
            run.document(self, given, list(self.component_names), expected, disable)

    def call(self, text, *, disable=(), component_cfg=None):
        if run.busy or component_cfg or not isinstance(text, (str, Doc)):
            return plain_call(self, text, disable=disable, component_cfg=component_cfg)
        given = snapshot(text) if isinstance(text, Doc) else text
        run.busy = True
        try:
            result = plain_call(self, text, disable=disable)
            expected = row(result)
        except Exception as error:
            run.busy = False
            ask(self, given, error, disable)
            raise
        finally:
            run.busy = False
        ask(self, given, expected, disable)
        return result

    def pipe(self, texts, **options):
        if run.busy or options.get("component_cfg"):
            yield from plain_pipe(self, texts, **options)
            return
        given = collections.deque()

        def noted():
            for item in texts:
                text = item[0] if options.get("as_tuples") else item
                given.append(snapshot(text) if isinstance(text, Doc) else text)
                yield item

        inner = plain_pipe(self, noted(), **options)
        while True:
            run.busy = True
            try:
                item = next(inner, None)
            finally:
                run.busy = False
            if item is None:
                return
            doc = item[0] if options.get("as_tuples") else item
            text = given.popleft() if given else None
            if isinstance(text, str) and text == doc.text or isinstance(text, dict) and text["text"] == doc.text:
                ask(self, text, row(doc), options.get("disable", ()))
            yield item

    Language.__init__, Language.__call__, Language.pipe = init, call, pipe


def noting_component(run, kind):
    plain = kind.__call__

    def call(self, doc, *args, **options):
        if run.busy or not isinstance(doc, Doc):
            return plain(self, doc, *args, **options)
        given = snapshot(doc)
        run.busy = True
        try:
            return plain(self, doc, *args, **options)
        finally:
            run.busy = False
            host = next(((nlp, name) for nlp in list(run.hosts) for name, pipe in nlp._components if pipe is self), None)
            if host is None:
                run.ask(lambda folder: save_alone(self, given, folder), given["text"], None)
            else:
                nlp, name = host
                feeding = [n for n in nlp.component_names if nlp.get_pipe_meta(n).factory == "tok2vec"]
                run.document(nlp, given, list(dict.fromkeys([*feeding, name])), None)

    kind.__call__ = call


FACTORIES = {"Sentencizer": "sentencizer", "AttributeRuler": "attribute_ruler", "EntityRuler": "entity_ruler", "SpanRuler": "span_ruler", "DocCleaner": "doc_cleaner",
             "TokenSplitter": "token_splitter"}


def save_alone(component, given, folder):
    """Saves a component that belongs to no pipeline."""
    lemmatizer = isinstance(component, spacy.pipeline.Lemmatizer)
    factory = "lemmatizer" if lemmatizer else FACTORIES.get(type(component).__name__)
    if factory is None:
        raise CannotAsk(f"a {type(component).__name__} that belongs to no pipeline")
    nlp = spacy.blank(component.vocab.lang or "xx") if hasattr(component, "vocab") else spacy.blank("xx")
    nlp.add_pipe(factory, config={"mode": component.mode, "overwrite": component.overwrite} if lemmatizer else {})
    nlp._components = [(factory, component)]
    save_with(nlp, given, [factory], folder)


def noting_function(run, name):
    plain = getattr(spacy.pipeline.functions, name)

    def call(doc, *args, **options):
        if run.busy or args or options:
            return plain(doc, *args, **options)
        given = snapshot(doc)
        nlp = spacy.blank(doc.lang_ or "xx")
        nlp.add_pipe(name)
        run.document(nlp, given, [name], None)
        run.busy = True
        try:
            return plain(doc)
        finally:
            run.busy = False

    setattr(spacy.pipeline.functions, name, call)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("tests", nargs="*", default=DEFAULT)
    p.add_argument("--nlp", default="target/debug/nlp")
    p.add_argument("--show", type=int, default=20)
    p.add_argument("--keep", type=Path)
    a = p.parse_args()
    run = Run(a.nlp, a.show, a.keep)
    noting_language(run)
    for kind in ["AttributeRuler", "EntityRuler", "SpanRuler", "Sentencizer", "Lemmatizer", "EditTreeLemmatizer", "Tagger", "Morphologizer", "SentenceRecognizer", "TextCategorizer",
                 "SpanCategorizer", "EntityLinker", "Tok2Vec"]:
        noting_component(run, getattr(spacy.pipeline, kind))
    for kind in [spacy.pipeline.functions.TokenSplitter, spacy.pipeline.functions.DocCleaner]:
        noting_component(run, kind)
    for name in ["merge_noun_chunks", "merge_entities", "merge_subtokens"]:
        noting_function(run, name)
    spacy_tests.run([spacy_tests.FOLDER / test for test in a.tests], [run])
    run.report(run.file)
    differ = run.total()
    REPORT.close()
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
