#!/usr/bin/env python3
"""Run `harness run` on small programs that grow, or only seem to, and compare what it says with what is true.

usage: growing_programs.py --harness PATH [--programs DIR ...] [--only NAME ...] [--work DIR] [--keep] [--timeout 300]

Builds every program below the folders (harness/tests/programs unless told otherwise; see growing_truth.py for what a
folder holds), runs `PATH run --json FILE -- ./program {iters}` on it and on its negative control (--twin), and compares
outcome, resource, cause, process, function, file, line and the figures of an iteration (within 2% where they are exact)
with the truth. Nothing of the truth is given to the harness: the command line is the same for every program.

Prints a line a program, right or wrong or skipped and why, with what is wrong below it, and the sums. Exits with 1 where
anything was wrong, 2 where nothing was run. --keep leaves documents, programs and what was printed in --work.
"""
import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from growing_compared import compare, compare_control
from growing_truth import environment, read_all


def run_harness(harness, truth, out, twin, limit):
    """Runs the harness on a program. Its document, its exit code and seconds; or why there is no document."""
    name = "control" if twin else "program"
    file = out / f"{name}.json"
    file.unlink(missing_ok=True)
    program, *words = truth.command(out, twin)
    command = [harness, "run", "--json", str(file), "--", f"./{Path(program).name}", *words]
    begun = time.monotonic()
    try:
        # In the program's own folder, as a user would.
        run = subprocess.run(command, cwd=out, env=environment(truth), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             errors="replace", timeout=limit)
    except subprocess.TimeoutExpired:
        return None, f"not ended after {limit} s", limit
    seconds = time.monotonic() - begun
    (out / f"{name}.out").write_text(f"{shlex.join(command)}\n{run.stdout}\n{run.stderr}\nexit {run.returncode}\n")
    try:
        return json.loads(file.read_text()), run.returncode, seconds
    except (OSError, json.JSONDecodeError) as error:
        said = run.stderr.strip().splitlines()
        return None, f"exit {run.returncode} without a document ({error}): {said[-1] if said else 'nothing on standard error'}", seconds


def judge(harness, truth, out, limit):
    """What is wrong about the program and about its control, and how long both took."""
    wrong, times = [], []
    for twin in (False, True):
        document, code, seconds = run_harness(harness, truth, out, twin, limit)
        times.append(seconds)
        if document is None:
            sentences = [code]
        else:
            sentences = compare_control(document, code) if twin else compare(truth, document, code)
        wrong += [f"control: {sentence}" if twin else sentence for sentence in sentences]
    return wrong, times


def truth_in_short(truth):
    if truth.growth:
        return "; ".join(f"{'/'.join(row.resources)} {'/'.join(row.causes or [])}".strip() for row in truth.growth)
    return "; ".join("/".join(one.kinds) for one in truth.explained) or "clean"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--harness", required=True, type=Path)
    parser.add_argument("--programs", nargs="+", default=[here / "harness/tests/programs"], type=Path)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--timeout", default=300, type=float, help="seconds for a program or its control")
    arguments = parser.parse_args()
    truths, left_out = read_all(arguments.programs, arguments.only)
    missing = set(arguments.only) - {truth.name for truth in truths}
    if missing:
        parser.error(f"no such program: {', '.join(sorted(missing))}")
    right = wrong = skipped = 0
    with tempfile.TemporaryDirectory() as folder:
        work = arguments.work or (Path(tempfile.mkdtemp(prefix="growing-")) if arguments.keep else Path(folder))
        for truth in truths:
            why = truth.missing()
            if why:
                skipped += 1
                print(f"{truth.name:32} skipped  {why}", flush=True)
                continue
            out = work.resolve() / truth.name
            failure = truth.make(out)
            if failure:
                sentences, times = [f"does not build: {failure}"], [0, 0]
            else:
                sentences, times = judge(str(arguments.harness.resolve()), truth, out, arguments.timeout)
                truth.clean_up(out)
            right += not sentences
            wrong += bool(sentences)
            print(f"{truth.name:32} {'WRONG' if sentences else 'right':8} {times[0]:5.1f} s, control {times[1]:5.1f} s  "
                  f"{truth_in_short(truth)}", flush=True)
            for sentence in sentences:
                print(f"    {sentence}", flush=True)
        if arguments.keep:
            print(f"documents: {work}")
    if left_out:
        print(f"left out, no program of C, C++ or Rust: {', '.join(left_out)}")
    print(f"{right} right, {wrong} wrong, {skipped} skipped")
    sys.exit(1 if wrong else 0 if right else 2)


if __name__ == "__main__":
    main()
