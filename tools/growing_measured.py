#!/usr/bin/env python3
"""Measure the small growing programs by other means than the harness, and compare with the truth that is written down.

usage: growing_measured.py [--programs DIR ...] [--only NAME ...] [--write] [--work DIR]

Each program, and its negative control, runs
- by itself at every count of its truth; each of its processes is stopped by ptrace when it begins to exit, and the
  kernel's figures are read then: anonymous resident memory, highest resident memory, descriptors, mappings, threads and
  children, of which in these programs all should have been waited for;
- under valgrind's memcheck at two counts: bytes and blocks lost and reachable at the end, by the marked line;
- under valgrind's dhat at the same: the most bytes a line held at any time, and what it held when most was live. That
  tells growth that is freed before the end; where memcheck tells all growth of the heap, it is not asked.
The differences of two counts, by iteration, are what counts. Prints one line a program, and each contradiction; exits
with 1 where there is one. --write puts the figures at the end of truth.toml, as [measured]. Needs Linux, valgrind and
permission to trace.
"""
import argparse
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from growing_truth import environment, read_all

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long] * 4
LIBC.ptrace.restype = ctypes.c_long
TRACEME, CONT, SETOPTIONS = 0, 7, 0x4200
# Follow fork, vfork, clone and exec; stop at exit; kill everything should the tracer die.
OPTIONS = 0x2 | 0x4 | 0x8 | 0x10 | 0x40 | 0x100000
EVENT_EXIT = 6
WAIT_ALL = 0x40000000
KINDS = {"Leak_DefinitelyLost": "definite", "Leak_IndirectlyLost": "indirect", "Leak_PossiblyLost": "possible",
         "Leak_StillReachable": "reachable"}
FIGURES = ["anonymous_kib", "peak_kib", "descriptors", "mappings", "threads", "children"]


def kib(status, name):
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.M)
    return int(found[1]) if found else 0


def figures(pid):
    """The kernel's figures of a process that stands still."""
    at = Path(f"/proc/{pid}")
    status = (at / "status").read_text()
    children = [child for task in (at / "task").iterdir() for child in (task / "children").read_text().split()]
    return {"anonymous_kib": kib(status, "RssAnon"), "peak_kib": kib(status, "VmHWM"), "descriptors": len(os.listdir(at / "fd")),
            "mappings": (at / "maps").read_text().count("\n"), "threads": living(at / "task"), "children": len(children)}


def living(tasks):
    """How many threads have not ended yet; a joined one may be listed a moment longer."""
    states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks.iterdir()]
    return sum(state not in "ZX" for state in states)


def at_exit(command, variables):
    """Runs a command. The figures of its first process and those of its largest child, each when it begins to exit."""
    out = os.open(os.devnull, os.O_WRONLY)
    main = os.fork()
    if not main:
        os.dup2(out, 1)
        LIBC.ptrace(TRACEME, 0, 0, 0)
        os.execve(command[0], command, variables)
    os.close(out)
    os.waitpid(main, 0)
    LIBC.ptrace(SETOPTIONS, main, 0, OPTIONS)
    LIBC.ptrace(CONT, main, 0, 0)
    seen, fresh, code = {}, set(), None
    while True:
        try:
            pid, status = os.waitpid(-1, WAIT_ALL)
        except ChildProcessError:
            break
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if pid == main:
                code = os.waitstatus_to_exitcode(status)
            continue
        event, passed = status >> 16, os.WSTOPSIG(status)
        if event == EVENT_EXIT and os.path.exists(f"/proc/{pid}/fd"):
            try:
                if f"\nTgid:\t{pid}\n" in Path(f"/proc/{pid}/status").read_text():
                    seen[pid] = figures(pid)
            except (OSError, PermissionError):
                pass
        if event or passed == signal.SIGTRAP:
            passed = 0
        elif passed == signal.SIGSTOP and pid != main and pid not in fresh:
            fresh.add(pid)
            passed = 0
        LIBC.ptrace(CONT, pid, 0, passed)
    children = [row for pid, row in seen.items() if pid != main]
    largest = {name: max((row[name] for row in children), default=0) for name in FIGURES}
    return code, seen.get(main, dict.fromkeys(FIGURES, 0)), largest


def marked(truth):
    """The lines of the source that bear a mark."""
    return {number for number, line in enumerate(truth.source.read_text().splitlines(), 1) if "/*@" in line}


def valgrind(tool, words, command, variables):
    always = [f"--tool={tool}", "--trace-children=yes", "--num-callers=30", "--keep-debuginfo=yes"]
    run = subprocess.run(["valgrind", *always, *words, *command], env=variables, capture_output=True, text=True, timeout=300)
    return run.returncode


def take_larger(into, of):
    """Keeps the larger of two processes' figures, by key: a forked child has its parent's blocks too."""
    for key, pair in of.items():
        into[key] = max(into.get(key, [0, 0]), pair)


def memcheck(truth, command, variables):
    """What was left at the end, of the process that left most: by (line, kind) bytes and blocks; line 0 is every line."""
    all_found, lines = {}, marked(truth)
    with tempfile.TemporaryDirectory() as folder:
        valgrind("memcheck", ["--leak-check=full", "--show-leak-kinds=all", "--xml=yes", f"--xml-file={folder}/%p.xml"], command, variables)
        for document in Path(folder).iterdir():
            try:
                root = ElementTree.parse(document).getroot()
            except ElementTree.ParseError:
                continue  # cut by exec or _exit in the middle
            found = {}
            for error in root.iter("error"):
                kind = KINDS.get(error.findtext("kind"))
                if not kind:
                    continue
                frames = [(frame.findtext("file"), int(frame.findtext("line") or 0)) for frame in error.find("stack").iter("frame")]
                own = [line for file, line in frames if file == truth.source.name and line in lines]
                # What hangs on a lost block is in its figure and has a record of its own.
                direct = re.search(r"\(([\d,]+) direct, ", error.findtext("xwhat/text"))
                size = int(direct[1].replace(",", "")) if direct else int(error.findtext("xwhat/leakedbytes"))
                for line in {0, own[0] if own else -1}:
                    was = found.setdefault((line, kind), [0, 0])
                    was[0] += size
                    was[1] += int(error.findtext("xwhat/leakedblocks"))
            take_larger(all_found, found)
    return all_found


FRAME = re.compile(r"\(([^()]*):(\d+)\)$")


def dhat(truth, command, variables):
    """The most each marked line held, in the largest process: by line bytes and blocks; line 0 is every line when most lived."""
    all_found, lines = {}, marked(truth)
    with tempfile.TemporaryDirectory() as folder:
        valgrind("dhat", [f"--dhat-out-file={folder}/%p.json"], command, variables)
        for document in Path(folder).iterdir():
            try:
                text = json.loads(document.read_text())
            except json.JSONDecodeError:
                continue
            found = {}
            for point in text["pps"]:
                frames = [FRAME.search(text["ftbl"][frame]) for frame in point["fs"]]
                own = [int(frame[2]) for frame in frames if frame and frame[1] == truth.source.name and int(frame[2]) in lines]
                for line, size, blocks in [(0, point.get("gb", 0), point.get("gbk", 0))] + \
                        ([(own[0], point.get("mb", 0), point.get("mbk", 0))] if own else []):
                    was = found.setdefault(line, [0, 0])
                    was[0] += size
                    was[1] += blocks
            take_larger(all_found, found)
    return all_found


def slope(low, high, counts, zero=(0, 0)):
    """The differences of two dictionaries of pairs, by iteration."""
    many = counts[1] - counts[0]
    return {key: [round((after - before) / many, 6) for before, after in zip(low.get(key, zero), high.get(key, zero))]
            for key in sorted(set(low) | set(high), key=str)}


def near(seen, said, share=0.02):
    return abs(seen - said) <= share * abs(said) + 1e-9


def told_by_memcheck(truth):
    """Whether what grows on the heap is lost, so that memcheck alone tells it."""
    return bool(truth.growth) and all(growth.causes == ["unreachable"] or "heap" not in growth.resources for growth in truth.growth)


def lost_wrong(truth, lost):
    """What memcheck says against the truth about what is lost: bytes and blocks of each site."""
    told = []
    for growth in truth.growth:
        for site in growth.sites if growth.causes == ["unreachable"] else []:
            pairs = [lost.get((site.line, kind), [0, 0]) for kind in ("definite", "indirect")]
            for at, said, unit in ((0, site.bytes, "bytes"), (1, site.blocks, "blocks")):
                found = sum(pair[at] for pair in pairs)
                if said is not None and not near(found, said):
                    told.append(f"line {site.line}: memcheck lost {found:g}, truth {said:g} {unit}")
    return told


def contradictions(truth, lost, held, native, twin):
    """What the figures say against the truth."""
    told = lost_wrong(truth, lost)
    for growth in truth.growth:
        for site in growth.sites:
            if "heap" not in growth.resources or site.bytes is None:
                continue
            unreachable = sum(lost.get((site.line, kind), [0, 0])[0] for kind in ("definite", "indirect"))
            if growth.causes == ["held"] and unreachable > 0.02 * site.bytes:
                told.append(f"line {site.line}: held, but memcheck lost {unreachable:g} bytes")
            asked = held or growth.causes != ["unreachable"]
            said_of_it = ((site.bytes, "bytes"), (site.blocks, "blocks")) if asked else ()
            for seen, (said, unit) in zip(held.get(site.line, [0, 0]), said_of_it):
                if growth.exact and said is not None and not near(seen, said):
                    told.append(f"line {site.line}: dhat {seen:g}, truth {said:g} {unit}")
        row = native["main" if growth.process != "child" else "child"]
        if growth.between:
            of_heap = growth.resources == ["heap"]
            seen = held.get(growth.sites[0].line, [0, 0])[0] if of_heap else 1024 * row["anonymous_kib"]
            if not growth.between[0] <= seen <= growth.between[1]:
                told.append(f"{'dhat' if of_heap else 'anonymous memory'} {seen:g} bytes, truth between {growth.between}")
        for resource, name in [("file_descriptor", "descriptors"), ("child_process", "children")]:
            if resource in growth.resources and growth.count is not None and not near(row[name], growth.count):
                told.append(f"{name} {row[name]:g}, truth {growth.count:g}")
        grown = growth.bytes is None or row["anonymous_kib"] * 1024 >= 0.9 * growth.bytes or row["mappings"] >= 0.9
        if growth.resources == ["mapping"] and growth.exact and not grown:
            told.append(f"mappings {row['mappings']:g}, anonymous {row['anonymous_kib']:g} KiB")
        if growth.resources == ["thread"] and row["mappings"] < 0.9:
            told.append(f"stacks: {row['mappings']:g} mappings")
    if not truth.growth:
        for line, (size, _) in held.items():
            if size > 0.1:
                told.append(f"nothing grows, but line {line} by {size:g} bytes (dhat)")
        for name in FIGURES[2:]:
            if abs(native["main"][name]) > 0.01:
                told.append(f"nothing grows, but {name} by {native['main'][name]:g}")
    for key, (size, _) in {**twin["lost"], **twin["held"]}.items():
        if size > 0.1 and key in (0, (0, "definite"), (0, "indirect"), (0, "possible")):
            told.append(f"control: {key} by {size:g} bytes")
    for process in ("main", "child"):
        for name in FIGURES[2:]:
            if abs(twin["native"][process][name]) > 0.01:
                told.append(f"control: {process} {name} by {twin['native'][process][name]:g}")
        if twin["native"][process]["anonymous_kib"] > 4:
            told.append(f"control: {process} anonymous memory by {twin['native'][process]['anonymous_kib']:g} KiB")
    return told


def measure(truth, out):
    """The figures of the program and of its control."""
    variables, seen = environment(truth), {}
    small = truth.counts[:2]
    for twin in (False, True):
        runs = [(count, *at_exit(truth.command(out, twin, count), variables)) for count in truth.counts]
        truth.clean_up(out)
        failed = [f"{count}: exit {code}" for count, code, _, _ in runs if code]
        many = truth.counts[-1] - truth.counts[-2]
        native = {process: {name: round((runs[-1][at][name] - runs[-2][at][name]) / many, 6) for name in FIGURES}
                  for process, at in (("main", 2), ("child", 3))}
        lost = slope(*(memcheck(truth, truth.command(out, twin, count), variables) for count in small), small)
        if told_by_memcheck(truth) and not lost_wrong(truth, seen["program"]["lost"] if twin else lost):
            held = {}
        else:
            held = slope(*(dhat(truth, truth.command(out, twin, count), variables) for count in small), small)
        truth.clean_up(out)
        seen["twin" if twin else "program"] = {"native": native, "lost": lost, "held": held, "failed": failed,
                                               "resident_kib": [run[2]["anonymous_kib"] for run in runs]}
    return seen


def written(seen, truth, version):
    """The figures as the end of a truth.toml."""
    one = seen["program"]
    rows = ["[measured]", f'by = "{version}"']
    for kind in KINDS.values():
        pair = one["lost"].get((0, kind), [0, 0])
        if any(pair):
            rows.append(f"memcheck_{kind} = [{pair[0]:g}, {pair[1]:g}] # bytes and blocks an iteration, at the end")
    for line, pair in one["held"].items():
        if any(pair) and line:
            mark = re.search(r"/\*@(\w+)\*/", truth.source.read_text().splitlines()[line - 1])[1]
            rows.append(f"dhat_{mark} = [{pair[0]:g}, {pair[1]:g}] # the most that this line held, an iteration")
    for process in ("main", "child"):
        grown = {name: value for name, value in one["native"][process].items() if abs(value) > 0.005}
        if grown:
            pairs = ", ".join(f"{name} = {value:g}" for name, value in grown.items())
            rows.append(f"{process} = {{ {pairs} }} # an iteration, at exit")
    rows.append(f"anonymous_kib = {one['resident_kib']} # resident at exit, at each count")
    return "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--programs", nargs="+", default=[here / "harness/tests/programs"], type=Path)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    version = subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout.strip()
    truths, _ = read_all(arguments.programs, arguments.only)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for truth in truths:
            why = truth.missing()
            if why:
                print(f"{truth.name}: skipped, {why}")
                continue
            out = (arguments.work or Path(folder)).resolve() / truth.name
            failure = truth.make(out)
            if failure:
                print(f"{truth.name}: does not build: {failure}")
                wrong += 1
                continue
            seen = measure(truth, out)
            told = contradictions(truth, seen["program"]["lost"], seen["program"]["held"], seen["program"]["native"], seen["twin"])
            told += seen["program"]["failed"] + [f"control {row}" for row in seen["twin"]["failed"]]
            wrong += bool(told)
            sums = ", ".join(f"{kind} {seen['program']['lost'].get((0, kind), [0, 0])[0]:g}" for kind in KINDS.values())
            print(f"{truth.name}: {'CONTRADICTED' if told else 'as said'} (memcheck: {sums})", *told, sep="\n    ", flush=True)
            if arguments.write and (truth.folder / "truth.toml").exists():
                path = truth.folder / "truth.toml"
                text = path.read_text().split("\n[measured]")[0].rstrip("\n")
                path.write_text(text + "\n\n" + written(seen, truth, version))
    print(f"{len(truths)} programs, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
