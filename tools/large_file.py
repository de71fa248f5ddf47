#!/usr/bin/env python3
"""Annotates files far larger than memory should be, and breaks it off in every way that it has to survive.

Makes two files of text out of a small one, the second ten times the first, and annotates each with the tokenizer alone:
the peak of the resident set must be the same to a tenth. Then the larger is annotated again and killed with SIGKILL at
random moments, resumed each time; and once more onto a disk that is full half way. Each output must be the unbroken
run's, byte for byte.

    tools/large_file.py --nlp target/release/nlp --text TEXT [--megabytes 2000] [--kills 10] [--seed 1] [--room FOLDER]

The disk that is full is a tmpfs, for which this has to be root; of more than four gigabytes of output only the smaller
file goes there. It takes half an hour for two gigabytes. Needs no package.
"""

import argparse
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PIPES = "tok2vec,tagger,morphologizer,parser,trainable_lemmatizer,ner"


def make(text: Path, path: Path, megabytes: int) -> None:
    """The text again and again, with a word in each line that comes once."""
    lines = [line for line in text.read_bytes().splitlines() if line.strip()]
    size, number = megabytes * 1_000_000, 0
    with path.open("wb") as out:
        written = 0
        while written < size:
            batch = []
            for line in lines:
                number += 1
                batch.append(b"%s w%d\n" % (line, number))
            whole = b"".join(batch)
            out.write(whole)
            written += len(whole)


def command(nlp: str, text: Path, out: Path) -> list[str]:
    return [nlp, "annotate", "--disable", PIPES, "--threads", "2", "--out", str(out), str(text)]


def run(arguments: list[str]) -> tuple[float, int]:
    """Seconds, and the peak of the resident set in bytes."""
    begun = time.monotonic()
    child = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(arguments)} ended with {child.returncode}")
    return time.monotonic() - begun, usage.ru_maxrss * 1024


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def killed(nlp: str, text: Path, out: Path, seconds: float, kills: int, chance: random.Random) -> int:
    """Kills it at moments that are spread over the whole run; the number of those that came before its end."""
    broken = 0
    for _ in range(kills):
        child = subprocess.Popen(command(nlp, text, out), stderr=subprocess.DEVNULL)
        try:
            child.wait(timeout=chance.uniform(0.0, 2.0 * seconds / (kills + 1)))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            broken += 1
    if not out.exists():
        run(command(nlp, text, out))
    return broken


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("--nlp", required=True)
    parse.add_argument("--text", type=Path, required=True)
    parse.add_argument("--megabytes", type=int, default=2000)
    parse.add_argument("--kills", type=int, default=10)
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--room", type=Path)
    options = parse.parse_args()
    chance = random.Random(options.seed)
    room = Path(tempfile.mkdtemp(dir=options.room))
    failed = []
    try:
        seen = {}
        for megabytes in (options.megabytes // 10, options.megabytes):
            text, out = room / f"{megabytes}.txt", room / f"{megabytes}.conllu"
            make(options.text, text, megabytes)
            seconds, peak = run(command(options.nlp, text, out))
            seen[megabytes] = (text, seconds, peak, digest(out), out.stat().st_size)
            print(
                f"{megabytes} MB: {seconds:.1f} s, peak {peak / 2**20:.1f} MiB, output {out.stat().st_size / 1e6:.0f} MB",
                flush=True,
            )
            out.unlink()
        (_, _, small, _, _), (text, seconds, large, whole, _) = seen.values()
        print(f"peak of the larger by the smaller: {large / small:.3f}")
        if large > 1.1 * small:
            failed.append("the peak follows the size")

        out = room / "killed.conllu"
        broken = killed(options.nlp, text, out, seconds, options.kills, chance)
        same = digest(out) == whole
        print(f"killed {broken} times and resumed: {'the same bytes' if same else 'OTHER BYTES'}", flush=True)
        if not same or broken == 0:
            failed.append("killed and resumed")
        out.unlink()

        names = [name for name in seen if seen[name][4] < 4e9]
        text, _, _, whole, size = seen[names[-1]]
        disk = room / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size // 2}", "tmpfs", disk], check=True)
        try:
            out = disk / "out.conllu"
            full = subprocess.run(command(options.nlp, text, out), stderr=subprocess.PIPE, text=True)
            said = full.stderr.strip().splitlines()[-1:]
            print(f"onto a disk that is full half way: exit {full.returncode}, {said}")
            subprocess.run(["mount", "-o", f"remount,size={2 * size}", disk], check=True)
            run(command(options.nlp, text, out))
            same = digest(out) == whole
            print(f"resumed when there was room ({names[-1]} MB): {'the same bytes' if same else 'OTHER BYTES'}")
            if not same or full.returncode == 0:
                failed.append("a full disk")
        finally:
            subprocess.run(["umount", disk], check=True)
    finally:
        shutil.rmtree(room)
    if failed:
        sys.exit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
