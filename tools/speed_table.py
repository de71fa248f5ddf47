#!/usr/bin/env python3
"""Words per second of nlp-core and of spaCy, side by side in alternating rounds, as the table of docs/src/performance.md.

usage: tools/speed_table.py [--rounds 5] [--pipelines DIR_OR_PACKAGE ...] [--rows short,long,...] [--cpus 1,0]
                            [--isa avx512|avx2|portable] [--python PYTHON] [--markdown FILE]

Needs `pip install "spacy>=3.8,<3.9"` in PYTHON, and Linux. Builds nlp-core's benchmark, and then, for each pipeline and row,
has each program run in turn, in a process of its own, on the same processors (--cpus: the first is for one thread). A
process parses its texts once before it is measured; where a row says "once", other texts. spaCy runs with several sizes of
batches, of which the best counts; its matrix library is told nothing of the processor, so that it picks its best kernel. The
ratio is that of each round. Rows:

  short     the texts of UD English EWT's test part, one thread
  long      the same, joined to documents of 20,000 characters
  once      5,000 texts of its training part, each once: most words that a stream brings were not there before
  tagger    short texts, with the tok2vec and the tagger alone
  threads   short texts, two threads (spaCy: two processes)
  sentence  sentences of 20 words one by one: the median time for one
"""
import argparse
import datetime
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = ["short", "long", "once", "tagger", "threads", "sentence"]
BATCHES = [64, 256, 1000]


def read_lines(path):
    with open(path, encoding="utf8", newline="\n") as file:
        return [line for line in file.read().split("\n") if line]


def spacy_side(a):
    """Runs in the interpreter that has spaCy; prints one JSON object, with the keys of nlp-core's benchmark."""
    import resource
    import time

    import spacy

    start = time.perf_counter()
    nlp = spacy.load(a.model)
    load = time.perf_counter() - start
    if a.only:
        for name in nlp.pipe_names:
            if name not in a.only.split(","):
                nlp.disable_pipe(name)
    texts = read_lines(a.texts)
    batches = BATCHES if not a.alone and not a.warm else [256]

    def one_pass(texts, batch):
        start = time.perf_counter()
        tokens = sum(len(doc) for doc in nlp.pipe(texts, batch_size=batch, n_process=a.threads))
        return tokens, time.perf_counter() - start

    one_pass(read_lines(a.warm) if a.warm else texts, 256)
    # Memory is that of batches of 256: more texts at once take more.
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if a.threads > 1:
        rss += a.threads * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    passes = [one_pass(texts, batch) for batch in batches for _ in range(a.repeat)]
    alone = [None, None]
    if a.alone:
        times = []
        for text in texts:
            start = time.perf_counter()
            nlp(text)
            times.append(1000 * (time.perf_counter() - start))
        times.sort()
        alone = [times[len(times) // 2], times[round((len(times) - 1) * 0.99)]]
    tokens = passes[0][0]
    best = min(seconds for _, seconds in passes)
    print(json.dumps({"tokens": tokens, "words_per_second": round(tokens / best), "load_seconds": load, "peak_rss_mib": rss / 1024, "alone_ms": alone}))


def long_texts(lines):
    """The lines, joined to texts of 20,000 characters."""
    texts, now = [], ""
    for line in lines:
        now += line + " "
        if len(now) >= 20_000:
            texts.append(now.strip())
            now = ""
    return texts + ([now.strip()] if now.strip() else [])


def prepare(folder, a):
    """The files of texts, by row, and the arguments that a row's runs take."""
    test = read_lines(ROOT / "nlp-core/benches/data/ewt-test.txt")
    files = {"short": test, "long": long_texts(test), "sentence": [line for line in test if len(line.split()) == 20]}
    if a.once:
        files["once"] = read_lines(a.once)[:5000]
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf8")
    short = str(folder / "short")
    return {
        "short": ["--texts", short],
        "long": ["--texts", str(folder / "long")],
        "once": ["--texts", str(folder / "once"), "--warm", short, "--repeat", "1"],
        "tagger": ["--texts", short, "--only", a.tagger],
        "threads": ["--texts", short, "--threads", "2"],
        "sentence": ["--texts", str(folder / "sentence"), "--alone"],
    }


def last_json(command, env, cpus):
    run = subprocess.run(["taskset", "-c", cpus, *command], env=env, capture_output=True, text=True, cwd=ROOT)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: {run.stderr}")
    return json.loads(run.stdout.strip().split("\n")[-1])


def median_and_least(numbers, digits):
    return f"{statistics.median(numbers):,.{digits}f} ({min(numbers):,.{digits}f})"


def measure(name, row, arguments, bench, a):
    """A line of the table."""
    model = str(pathlib.Path(name).resolve()) if os.path.exists(name) else name
    ours_model = model
    if not os.path.exists(model):
        # Installed in the other interpreter: where it lies, that one says.
        find = f"import importlib.util as u, glob; print(glob.glob(u.find_spec({model!r}).submodule_search_locations[0] + '/*/config.cfg')[0])"
        found = subprocess.run([a.python, "-c", find], capture_output=True, text=True, check=True)
        ours_model = os.path.dirname(found.stdout.strip())
    cpus = a.cpus if row == "threads" else a.cpus.split(",")[0]
    # As many passes of each program: spaCy has one for each size of batches.
    once = "--repeat" in arguments
    ours_repeat, their_repeat = ([], []) if once else (["--repeat", str(len(BATCHES))], ["--repeat", "1"])
    ours_env = dict(os.environ, **({"NLP_CORE_ISA": a.isa} if a.isa else {}))
    spacy_env = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    spacy_env["OMP_NUM_THREADS"] = "1"
    pairs = []
    for _ in range(a.rounds):
        ours = last_json([bench, "--model", ours_model, "--json", *arguments, *ours_repeat], ours_env, cpus)
        theirs = last_json([a.python, __file__, "--side", model, *arguments, *their_repeat], spacy_env, cpus)
        if ours["tokens"] != theirs["tokens"]:
            sys.exit(f"{name}, {row}: not the same work: {ours['tokens']} tokens here, {theirs['tokens']} there")
        pairs.append((ours, theirs))
    alone = row == "sentence"
    figure = (lambda run: run["alone_ms"][0]) if alone else (lambda run: run["words_per_second"])
    ours, theirs = ([figure(run) for run in side] for side in zip(*pairs))
    ratios = [b / a if alone else a / b for a, b in zip(ours, theirs)]
    digits = 3 if alone else 0
    rss = [max(run["peak_rss_mib"] for run in side) for side in zip(*pairs)]
    load = [1000 * statistics.median(run["load_seconds"] for run in side) for side in zip(*pairs)]
    shown = "ms" if alone else "words/s"
    label = pathlib.Path(name).name
    return (f"| {label} | {row} | {median_and_least(ours, digits)} {shown} | {median_and_least(theirs, digits)} {shown} | "
            f"{median_and_least(ratios, 2)} | {rss[0]:.0f} / {rss[1]:.0f} | {load[0]:.0f} / {load[1]:.0f} |")


def machine():
    def of(key):
        lines = [line for line in open("/proc/cpuinfo", encoding="utf8") if line.startswith(key)]
        return lines[0].split(":", 1)[1].strip() if lines else "?"
    known = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile"]
    features = [name for name in known if name in of("flags").split()]
    return f"{of('model name')}, {os.cpu_count()} processors, {' '.join(features)}; {datetime.date.today()}; load {os.getloadavg()[0]:.2f}"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--pipelines", nargs="+", default=[str(ROOT / "nlp-core/models/en_ewt_sm")])
    p.add_argument("--rows", default=",".join(ROWS))
    p.add_argument("--tagger", default="tok2vec,tagger", help="the components of the row `tagger`")
    p.add_argument("--once", help="a file of texts for the row `once`, which is left out without")
    p.add_argument("--cpus", default="1,0")
    p.add_argument("--isa")
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--markdown")
    # How the script runs itself, in the interpreter that has spaCy.
    p.add_argument("--side", dest="model", help=argparse.SUPPRESS)
    p.add_argument("--texts", help=argparse.SUPPRESS)
    p.add_argument("--warm", help=argparse.SUPPRESS)
    p.add_argument("--only", help=argparse.SUPPRESS)
    p.add_argument("--repeat", type=int, default=2, help=argparse.SUPPRESS)
    p.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    p.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.model:
        return spacy_side(a)
    build = subprocess.run(["cargo", "bench", "-q", "-p", "nlp-core", "--bench", "pipeline", "--no-run", "--message-format=json"],
                           cwd=ROOT, capture_output=True, text=True)
    programs = [json.loads(line).get("executable") for line in build.stdout.splitlines() if line.startswith("{")]
    bench = next((program for program in programs if program), None)
    if not bench:
        sys.exit(f"the benchmark was not built: {build.stderr}")
    version = subprocess.run([a.python, "-c", "import spacy; print(spacy.__version__)"], capture_output=True, text=True, check=True)
    lines = [f"{machine()}; spaCy {version.stdout.strip()}; {a.rounds} rounds{'; ' + a.isa if a.isa else ''}", "",
             "| pipeline | texts | nlp-core, median (least) | spaCy, median (least) | ratio, median (least) | peak MiB | load, ms |",
             "|---|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        rows = prepare(pathlib.Path(folder), a)
        for name in a.pipelines:
            for row in a.rows.split(","):
                if row == "once" and not a.once:
                    continue
                line = measure(name, row, rows[row], bench, a)
                print(line, flush=True)
                lines.append(line)
    if a.markdown:
        pathlib.Path(a.markdown).write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
