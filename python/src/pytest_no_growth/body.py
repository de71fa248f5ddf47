"""What happens in a process that is measured: pytest sets one test up, runs its body again and again, and leaves.

It leaves while the test and its fixtures live, by `os._exit`: what is alive then is what the iterations left behind. All
that pytest writes at its end, such as reports and its cache, is the affair of the process that the user started.
"""

import dataclasses
import gc
import json
import os
import sys
from pathlib import Path

import pytest

from .fixtures import of_one_iteration

#: The variable that hands an order over, and the script that takes it out again: what the body starts is not meant.
VARIABLE = "PYTEST_NO_GROWTH_BODY"
SCRIPT = Path(__file__).with_name("start") / "run_body.py"
#: The name under which the plugin is registered.
PLUGIN = "no_growth_body"

DONE, FAILED, SKIPPED, MISSING = "done", "failed", "skipped", "missing"

#: Plugins that would end a body which runs long, or measure beside us.
DISTURBING = ("timeout", "pytest_timeout", "memray")
#: Options of other plugins, and of pytest itself, that choose tests, write files or wait for a person.
NEUTRAL = {
    "numprocesses": 0,
    "lf": False,
    "failedfirst": False,
    "newfirst": False,
    "stepwise": False,
    "stepwise_skip": False,
    "maxfail": 0,
    "usepdb": False,
    "trace": False,
    "xmlpath": None,
    "htmlpath": None,
    "report_log": None,
    "reruns": 0,
}


@dataclasses.dataclass(frozen=True)
class Order:
    """What the process is asked to do."""

    #: The test, as pytest names it.
    nodeid: str
    #: The same for the command line, wherever it is started.
    select: str
    #: Iterations before those that count.
    warmup: int
    #: The command line of the pytest that the user started.
    arguments: "list[str]"
    #: Where that one looked for modules.
    search: "list[str]"
    #: The folder that takes what the process has to say.
    told: str

    def to_environment(self):
        """As the variable has it."""
        return json.dumps(dataclasses.asdict(self))


class Body:
    """The plugin that runs a body again and again, and then ends the process."""

    def __init__(self, order, iterations):
        self.order = order
        self.iterations = iterations
        self.ran = 0
        self.trouble = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config):
        for name, value in NEUTRAL.items():
            if hasattr(config.option, name):
                setattr(config.option, name, value)
        for name in DISTURBING:
            if config.pluginmanager.hasplugin(name):
                config.pluginmanager.unregister(name=name)
        config.args[:] = [self.order.select]
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        # Whoever started us has chosen already.
        mine = [item for item in items if item.nodeid == self.order.nodeid]
        yield
        items[:] = mine[:1]

    def pytest_collectreport(self, report):
        if report.failed:
            self.trouble.append(report.longreprtext)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item):
        once = item.runtest
        item.runtest = lambda: self._again_and_again(item, once)
        return (yield)

    def _again_and_again(self, item, once):
        # What was there before is looked at no more, so that each collection is short.
        gc.collect()
        gc.freeze()
        for self.ran in range(1, self.order.warmup + self.iterations + 1):
            with of_one_iteration(item):
                once()
            # Unittest keeps what was raised, and pytest looks at it afterwards.
            if getattr(item, "_excinfo", None):
                return
            # What the collector frees is no growth, however long it would have waited.
            gc.collect()
        # Whoever looks for what holds the objects finds all of them.
        gc.unfreeze()
        self._leave(DONE)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        if report.nodeid != self.order.nodeid:
            return
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            self._leave(SKIPPED, str(reason))
        elif report.failed:
            self._leave(FAILED, report.longreprtext)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self):
        self._leave(MISSING, "\n".join(self.trouble))

    def _leave(self, how, text=""):
        """Says how it went, and ends the process as it is."""
        told = {"iterations": self.iterations, "ran": self.ran, "how": how, "text": text}
        Path(self.order.told, f"{os.getpid()}.json").write_text(json.dumps(told), encoding="utf-8")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0 if how == DONE else 1)


def begin(order, iterations):
    """Starts pytest as the user's own was started, with this plugin."""
    pytest.main(order.arguments, plugins=[_named(Body(order, iterations))])
    # It gave up before there was a session: a wrong option, or a conftest.py that cannot be read.
    sys.exit(1)


def _named(body):
    """Of what `pytest.main` is given, the name is that which it has itself."""
    body.__name__ = PLUGIN
    return body
