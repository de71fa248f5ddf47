"""What the tests of the plugin share. They run it as users do, by pytest's own `pytester`."""

import json
import os
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def stand_in(pytester, monkeypatch):
    """A program in the place of `harness`, which runs the command with the greatest count and then says what it is told to
    say: for what the plugin makes of an answer. `answers` sets that; `started` is a file that is there once it ran."""

    program = pytester.path / "stand-in"
    program.write_text(f"#!{sys.executable}\n" + Path(__file__).with_name("stand_in.py").read_text())
    program.chmod(0o755)
    monkeypatch.setenv("PYTEST_NO_GROWTH_HARNESS", str(program))
    return StandIn(pytester.path)


class StandIn:
    """See the fixture."""

    def __init__(self, folder):
        self.started = folder / "started"
        self.answer = folder / "answer"
        os.environ["STAND_IN_FOLDER"] = str(folder)

    def answers(self, outcome="pass", growth=(), sentence="Said so.", exit_code=0, ended="ended with exit code 0"):
        verdict = {"outcome": outcome, "sentence": sentence, "growth": list(growth)}
        counts = [{"iterations": 20, "exit_code": exit_code, "ended": ended}]
        self.answer.write_text(json.dumps({"verdict": verdict, "counts": counts}))


def growth(*sites, resource="heap", cause="held", process="main"):
    """Growth at these call sites, as the document has it."""
    return {
        "resource": resource,
        "cause": cause,
        "process": process,
        "command": ["python"],
        "bytes_per_iteration": sum(one["bytes_per_iteration"] for one in sites) or 100.0,
        "count_per_iteration": sum(one["blocks_per_iteration"] for one in sites) or 1.0,
        "freed_at_end": False,
        "seen_up_to": 1000,
        "sites": list(sites),
    }


def site(gained=1001.0, blocks=1.0, file="clients.py", line=11, function="Client.__init__", **more):
    """A call site, as the document has it."""
    frame = {"function": function, "file": file, "line": line}
    rates = {"bytes_per_iteration": gained, "blocks_per_iteration": blocks}
    return {**frame, "language": "python", **rates, "stack": [frame], **more}
