"""Has `harness` run a test's body in processes of its own, and brings back what it says."""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import body

#: Of what went wrong, so many lines are told.
LINES = 20


@dataclasses.dataclass(frozen=True)
class Told:
    """What a process said of its body."""

    iterations: int
    ran: int
    how: str
    text: str


@dataclasses.dataclass(frozen=True)
class Measured:
    """What came of a measurement."""

    #: The document of `harness run`; None where there is none.
    summary: "dict | None"
    #: What each process said.
    told: "list[Told]"
    #: What `harness` wrote for people, for where it came to no document.
    complaint: str
    #: The report's page.
    page: Path


def measure(program, item, settings, counts, search, out):
    """Runs the body of a test with these counts; the report goes to a folder that is not there yet."""
    with tempfile.TemporaryDirectory(prefix="no-growth-") as folder:
        order = body.Order(
            nodeid=item.nodeid,
            select=_select(item),
            warmup=settings.warmup,
            arguments=_arguments(item.config, Path(folder, "temporary")),
            search=search,
            told=folder,
        )
        summary = Path(folder, "summary")
        command = [
            program,
            "run",
            "--iters",
            ",".join(map(str, counts)),
            "--timeout",
            f"{settings.timeout:g}",
            "--out",
            str(out),
            "--json",
            str(summary),
            "--",
            sys.executable,
            *subprocess._args_from_interpreter_flags(),
            str(body.SCRIPT),
            item.nodeid,
            "{iters}",
        ]
        ended = subprocess.run(
            command,
            env=_environment(order),
            cwd=item.config.invocation_params.dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        complaint = ended.stdout.decode(errors="replace").strip()
        try:
            document = json.loads(summary.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            document = None
        told = [Told(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(Path(folder).glob("*.json"))]
    return Measured(document, told, "\n".join(complaint.splitlines()[-LINES:]), Path(out, "report.html"))


def _select(item):
    """The test for a command line that is read in any folder."""
    inside = item.nodeid.partition("::")[2]
    return f"{item.path}::{inside}" if inside else str(item.path)


def _arguments(config, temporary):
    """The command line that the user gave, without what would spread the tests, measure coverage or swallow output. What
    they write goes to a folder of their own: pytest empties the one that it is given, and other tests may be at work in
    the user's."""
    more = ["--capture=no", f"--basetemp={temporary}"]
    if config.pluginmanager.hasplugin("xdist"):
        more += ["-n0"]
    if config.pluginmanager.hasplugin("pytest_cov"):
        more += ["--no-cov"]
    given = [str(word) for word in config.invocation_params.args]
    # Behind two dashes there are only files.
    end = given.index("--") if "--" in given else len(given)
    return given[:end] + more + given[end:]


def _environment(order):
    """The user's own, and what makes each block visible and each run alike."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV_CORE_", "COVERAGE_PROCESS_"))
    }
    ours[body.VARIABLE] = order.to_environment()
    # Python's own allocator takes 256 KiB or more at once, and no call that fills it can be told from another.
    ours.setdefault("PYTHONMALLOC", "malloc")
    ours.setdefault("PYTHONHASHSEED", "0")
    return ours
