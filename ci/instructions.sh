#!/usr/bin/env bash
# The gate on instructions: how many the parse, the tokenizer, the harness's allocators, the preloaded library and the
# closing of a zone take, counted by callgrind and held against ci/instructions-baseline.json.
# usage: ci/instructions.sh [--accept --reason WHY]
# Times on shared machines say little; instructions are the same on all that have the same toolchain, to well within the
# allowance. Networks run with the portable kernels. Exits with 1 if a count is more than 2% above the baseline, with 3 if
# it could not be counted, or was with another toolchain. --accept writes what was counted to the baseline, with WHY for
# what changed by more than 0.2%.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release -p instructions
# The preloaded library is inside the harness, whose build made it.
newest() { find target -path '*/harness-*/out/libharness_preload.so' -size +1k -printf '%T@ %p\n' 2> /dev/null | sort -rn | head -n 1 | cut -d ' ' -f 2; }
if [ -z "$(newest)" ]; then cargo build --quiet -p harness; fi
PRELOAD=$(realpath "$(newest)") exec python3 - "$@" << 'PY'
import argparse, concurrent.futures, datetime, json, os, re, shutil, subprocess, sys, tempfile

BASELINE = "ci/instructions-baseline.json"
ALLOWANCE, NOTED = 1.02, 1.002
PROGRAM = os.path.abspath("target/release/instructions")
PIPELINE = os.path.abspath("nlp-core/tests/data/pipelines/de_toy")
# Of each figure: what it is a figure of, and the runs that are added up and taken away, as (sign, case, preloaded?), for
# the two numbers of times.
FIGURES = {
    "parse": ("a batch of 8 short texts", [(1, "parse", False)], (2, 22)),
    "tokenizer": ("a short text with a new word", [(1, "tokenize", False)], (8, 3208)),
    "allocator, counting": ("a block, counted and freed", [(1, "counting", False)], (1000, 11000)),
    "allocator, sites": ("a block, attributed and freed", [(1, "sites", False)], (1000, 11000)),
    "preloaded library": ("a block, recorded and freed", [(1, "blocks", True), (-1, "blocks", False)], (1000, 11000)),
    "zone, closed": ("a zone of 8 short texts", [(1, "zones", False)], (4, 324)),
}
# What is counted of a case where that is not all: what the texts take differs by more than what is asked for, since the
# tables' hashes are other ones in every process.
INSIDE = {"zones": "*close_zones*"}

p = argparse.ArgumentParser()
p.add_argument("--accept", action="store_true")
p.add_argument("--reason")
a = p.parse_args()
if a.accept and not a.reason:
    p.error("--accept needs --reason")
if not shutil.which("valgrind"):
    print("inconclusive: valgrind is not installed")
    sys.exit(3)


def count(case, n, preloaded):
    """All instructions of a process."""
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, NLP_CORE_ISA="portable", LC_ALL="C")
        env.pop("LD_PRELOAD", None)
        preload = os.environ["PRELOAD"]
        if preloaded:
            env.update(LD_PRELOAD=preload, HARNESS_RECORD_DIR=folder, HARNESS_RECORD="")
        inside = [f"--toggle-collect={INSIDE[case]}"] if case in INSIDE else []
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *inside, PROGRAM, case, str(n), PIPELINE]
        run = subprocess.run(command, env=env, capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", run.stderr)
        if run.returncode != 0 or not found:
            print(f"inconclusive: {' '.join(command)} ended with {run.returncode}\n{run.stderr}")
            sys.exit(3)
        return int(found[1])


runs = {(case, n, preloaded) for _, parts, numbers in FIGURES.values() for _, case, preloaded in parts for n in numbers}
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    counts = dict(zip(sorted(runs), pool.map(lambda run: count(*run), sorted(runs))))
counted = {}
for name, (_, parts, (few, many)) in FIGURES.items():
    total = sum(sign * (counts[case, many, preloaded] - counts[case, few, preloaded]) for sign, case, preloaded in parts)
    counted[name] = total / (many - few)

toolchain = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
baseline = json.load(open(BASELINE)) if os.path.exists(BASELINE) else {"toolchain": toolchain, "figures": {}}
grown = False
for name, (what, _, _) in FIGURES.items():
    now, before = counted[name], baseline["figures"].get(name, {}).get("instructions")
    says = "new"
    if before:
        ratio = now / before
        over = ratio > ALLOWANCE
        grown |= over
        says = f"{100 * (ratio - 1):+.2f}%" + (", MORE THAN IS ALLOWED" if over else ", less: accept it to keep it" if ratio * ALLOWANCE < 1 else "")
    print(f"{name:<22} {now:>14,.1f} instructions, {what}: {says}")
    if a.accept and (not before or not 1 / NOTED < now / before < NOTED):
        baseline["figures"][name] = {"instructions": round(now, 1), "reason": a.reason, "date": str(datetime.date.today())}
if a.accept:
    baseline["toolchain"] = toolchain
    with open(BASELINE, "w") as file:
        file.write(json.dumps(baseline, indent=2) + "\n")
    print(f"accepted: {BASELINE}")
elif baseline["toolchain"] != toolchain:
    print(f"inconclusive: the baseline is of {baseline['toolchain']}, this is {toolchain}: count again with --accept --reason")
    sys.exit(3)
elif grown or len(baseline["figures"]) < len(FIGURES):
    print("refused: make it cheaper, or accept it with --accept --reason WHY")
    sys.exit(1)
PY
