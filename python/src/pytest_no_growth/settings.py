"""What a test asks for: its mark, and what the ini file says where the mark says nothing."""

import dataclasses

import pytest

from . import words

MARK = "no_growth"
SIGNATURE = "no_growth(iterations=1000, warmup=10, limit='1 B', strict=False, timeout=300)"

#: The largest count of iterations, where nobody says one and the body is quick.
ITERATIONS = 1000
#: The least that can be asked for: four counts, far enough apart to tell a line from a cache that fills.
FEWEST = 20
MOST = 10_000_000
#: Iterations before those that count.
WARMUP = 10
#: Growth below this is no failure.
LIMIT = "1 B"
#: Seconds for one of the processes.
TIMEOUT = 300.0
#: Seconds that all processes together should take, where nobody said how many iterations there are.
PATIENCE = 20.0
#: How much slower a body is when every block is counted, at the most.
SLOWER = 2.0


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a test asks for."""

    iterations: "int | None"
    warmup: int
    limit: float
    strict: bool
    timeout: float

    def counts(self, seconds):
        """The counts to run, of a body that took so many seconds once: the least of them twice, to see what varies.

        They lie on a scale of equal factors. Four of them, because fewer cannot tell a table that doubles from one
        that has reached its size.
        """
        most = self.iterations or self._quick(seconds)
        least = max(most // 100, min(10, most // 10))
        between = [round(least * (most / least) ** (step / 3)) for step in (1, 2)]
        return [least, least, *between, most]

    def _quick(self, seconds):
        for most in (ITERATIONS, 500, 200):
            shares = 1.0 + 0.22 + 0.05 + 0.02
            if seconds * SLOWER * (most * shares + 5 * self.warmup) <= PATIENCE:
                return most
        return 100


def told_after(counts):
    """In how many iterations there has to be another block, for the judge to see a line through these counts."""
    counts = sorted(set(counts))
    rises = [after - before for before, after in zip(counts, counts[1:])]
    return max(1, min(min(rises), rises[-1] // 3))


def add_ini(parser):
    """Declares the settings of the ini file."""
    parser.addini("no_growth_iterations", f"the largest count of iterations [default: {ITERATIONS}, fewer of a slow body]")
    parser.addini("no_growth_warmup", f"iterations before those that count [default: {WARMUP}]")
    parser.addini("no_growth_limit", f"bytes an iteration below which growth fails no test [default: {LIMIT}]")
    parser.addini("no_growth_strict", "fail where nothing could be told for certain", type="bool", default=False)
    parser.addini("no_growth_timeout", f"seconds for one of the processes that measure [default: {TIMEOUT:g}]")


def of_item(item):
    """The settings of a test, or None where it has no mark.

    Raises pytest.UsageError where the mark or the ini file says what cannot be.
    """
    mark = item.get_closest_marker(MARK)
    if mark is None:
        return None
    if mark.args:
        raise pytest.UsageError(f"the mark takes its settings by name: {SIGNATURE}")
    asked = dict(mark.kwargs)
    wrong = sorted(set(asked) - {field.name for field in dataclasses.fields(Settings)})
    if wrong:
        raise pytest.UsageError(f"the mark has no setting {wrong[0]!r}: {SIGNATURE}")

    def value(name, default, read):
        where, given = (f"{name}=", asked[name]) if name in asked else (f"no_growth_{name}", item.config.getini(f"no_growth_{name}"))
        if given in ("", None):
            return default
        try:
            return read(given)
        except (TypeError, ValueError) as error:
            raise pytest.UsageError(f"{where} {error}") from None

    return Settings(
        iterations=value("iterations", None, lambda given: _between(given, FEWEST, MOST)),
        warmup=value("warmup", WARMUP, lambda given: _between(given, 0, MOST)),
        limit=value("limit", words.size(LIMIT), words.size),
        strict=value("strict", False, _flag),
        timeout=value("timeout", TIMEOUT, _seconds),
    )


def _between(given, least, most):
    number = int(given) if isinstance(given, str) and given.strip().isdigit() else given
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise ValueError(f"is {given!r}, and has to be a whole number from {least} to {most:,}")
    return number


def _flag(given):
    if not isinstance(given, bool):
        raise ValueError(f"is {given!r}, and has to be True or False")
    return given


def _seconds(given):
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = 0.0
    if isinstance(given, bool) or not 0 < number <= 1e7:
        raise ValueError(f"is {given!r}, and has to be a number of seconds above 0")
    return number
