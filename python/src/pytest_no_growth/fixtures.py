"""Pytest's own fixtures, which would keep something of each iteration until the test ends.

A patch, a record of the log or a warning is kept until then, and a body that runs once never notices. Run a thousand
times it would seem to leak. So what the body gives to such a fixture is taken out again after each iteration, and what
other fixtures gave to it before the first stays.
"""

import contextlib
import logging
import warnings

import pytest


@contextlib.contextmanager
def of_one_iteration(item):
    """Around one iteration of a test's body."""
    own = getattr(item, "funcargs", {})
    with contextlib.ExitStack() as undone:
        if "recwarn" in own:
            undone.callback(own["recwarn"].clear)
        # Within it, what warned before warns again. Without `recwarn`, pytest would keep what it is given.
        undone.enter_context(warnings.catch_warnings(record="recwarn" not in own))
        if "monkeypatch" in own:
            _renew(own, "monkeypatch", pytest.MonkeyPatch(), "undo", undone)
        if "mocker" in own:
            _renew(own, "mocker", type(own["mocker"])(item.config), "stopall", undone)
        for capture in ("capsys", "capsysbinary", "capfd", "capfdbinary"):
            if capture in own:
                undone.callback(own[capture].readouterr)
        undone.callback(_forget_log)
        yield


def _renew(own, name, fresh, end, undone):
    """Gives the body a fixture of this iteration's own."""
    before = own[name]
    own[name] = fresh

    def give_back():
        try:
            getattr(fresh, end)()
        finally:
            own[name] = before

    undone.callback(give_back)


def _forget_log():
    """Empties what pytest keeps of the log for `caplog` and for its report."""
    for handler in logging.getLogger().handlers:
        if type(handler).__module__ == "_pytest.logging" and hasattr(handler, "reset"):
            handler.reset()
