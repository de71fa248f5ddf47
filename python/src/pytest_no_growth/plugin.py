"""The pytest plugin: its option, its mark, and what becomes of a marked test's report.

A marked test runs first as any other. Where it passes, and has been torn down, its body is measured in processes of their
own; growth then makes the report that of a failed test. What cannot be told is a warning.
"""

import hashlib
import re
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from . import NoGrowthWarning, body, program, settings, verdict
from .measuring import measure

#: Where modules were looked for when this pytest began: the same for the processes that it starts.
SEARCH = list(sys.path)

_SETTINGS = pytest.StashKey[settings.Settings]()
_CALL = pytest.StashKey[pytest.CallInfo]()
_TOLD = pytest.StashKey[bool]()


def pytest_addoption(parser):
    group = parser.getgroup("no growth", "tests whose body leaves nothing behind")
    group.addoption(
        "--no-growth",
        choices=("on", "off"),
        default="on",
        help=f"whether tests with the mark {settings.MARK} are measured, or run once as any other [default: on]",
    )
    settings.add_ini(parser)


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        f"{settings.SIGNATURE}: the test's body leaves nothing more behind each time it runs. It is run again and again "
        "in processes of its own; what grows with the iterations fails the test.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if _is_asked(item):
        try:
            item.stash[_SETTINGS] = settings.of_item(item)
        except pytest.UsageError as error:
            pytest.fail(f"@pytest.mark.{settings.MARK}: {error}", pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    if call.when == "call" and item.stash.get(_CALL, None) is None:
        item.stash[_CALL] = call
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if not _is_asked(item):
        return None
    item.stash[_CALL] = None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    call = item.stash[_CALL]
    if call is not None and call.excinfo is None and all(_went_well(report) for report in reports):
        at = next(at for at, report in enumerate(reports) if report.when == "call")
        reports[at] = _measured_report(item, reports[at], call)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _is_asked(item):
    config = item.config
    return (
        item.get_closest_marker(settings.MARK) is not None
        and config.getoption("no_growth") == "on"
        and not config.pluginmanager.hasplugin(body.PLUGIN)
    )


def _went_well(report):
    """Whether it passed; a call may have passed against expectation, which is for the report to say."""
    return report.when == "call" or report.passed


def _measured_report(item, ordinary, call):
    """The report of the call, after its body was measured: the ordinary one, or that of a failure."""
    begun = time.time()
    found = _verdict(item, call.duration)

    def raise_it():
        if found is not None and found.kind == verdict.RED:
            pytest.fail(found.text, pytrace=False)

    again = pytest.CallInfo.from_call(raise_it, when="call")
    if again.excinfo is not None:
        report = item.ihook.pytest_runtest_makereport(item=item, call=again)
        report.sections = list(ordinary.sections)
    else:
        report = ordinary
        if found is not None:
            report.sections.append(("no growth", found.text))
            if found.kind == verdict.UNSURE:
                _warn(item, f"no_growth: {found.text}")
    report.duration = ordinary.duration + time.time() - begun
    return report


def _verdict(item, seconds):
    """Measures a body that took so many seconds once; None where nothing can be measured here."""
    try:
        harness = program.find()
    except program.CannotRun as error:
        # Once for all tests: it is the same for each.
        if not item.session.stash.get(_TOLD, False):
            item.session.stash[_TOLD] = True
            _warn(item, f"no_growth: {error}. Tests with this mark run once, as any other.")
        return None
    asked = item.stash[_SETTINGS]
    counts = asked.counts(seconds)
    out = _place(item)
    found = verdict.conclude(measure(harness, item, asked, counts, SEARCH, out), asked, counts)
    if found.kind == verdict.FINE:
        shutil.rmtree(out, ignore_errors=True)
    return found


def _place(item):
    """Where a test's report goes: with pytest's cache, or where there is none, with what is temporary."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", item.nodeid).strip("-.")[-80:]
    name = f"{name}-{hashlib.sha256(item.nodeid.encode()).hexdigest()[:8]}"
    cache = getattr(item.config, "cache", None)
    folder = Path(cache.mkdir("no-growth")) if cache is not None else Path(tempfile.mkdtemp(prefix="no-growth-"))
    shutil.rmtree(folder / name, ignore_errors=True)
    return folder / name


def _warn(item, text):
    """Adds to pytest's summary of warnings. A filter may silence it, and never makes it an error: what could not be told
    fails no test."""
    warning = NoGrowthWarning(text)
    path, line, _ = item.location
    try:
        warnings.warn_explicit(warning, NoGrowthWarning, str(path), (line or 0) + 1)
    except NoGrowthWarning:
        message = warnings.WarningMessage(warning, NoGrowthWarning, str(path), (line or 0) + 1)
        item.config.hook.pytest_warning_recorded.call_historic(
            kwargs={"warning_message": message, "nodeid": item.nodeid, "when": "runtest", "location": None}
        )
