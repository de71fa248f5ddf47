"""What is made of a measurement: a failure, a warning, or nothing; and what is said of it."""

import dataclasses
import linecache
import os

from . import body, words
from .settings import told_after

RED, UNSURE, FINE = "red", "unsure", "fine"

#: Call sites that are named; of more it is said how many.
SITES = 5
#: Types of objects that are named.
TYPES = 3
#: Of what a body wrote when it failed, so many lines are kept.
LINES = 60

#: What grows, as people call it: one, several.
NAMES = {
    "heap": ("block", "blocks"),
    "mapping": ("mapping", "mappings"),
    "file_descriptor": ("descriptor", "descriptors"),
    "thread": ("thread", "threads"),
    "child_process": ("child process", "child processes"),
    "shared_memory": ("shared memory segment", "shared memory segments"),
}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What becomes of a test."""

    kind: str
    text: str


def conclude(measured, settings, counts):
    """Judges what was measured."""
    ran = f"Counted after {words.listed(sorted(set(counts)))} iterations"
    if settings.warmup:
        ran += f", each time with {settings.warmup:,} before them to warm up"
    ran += f". {_limit(settings, counts)}"
    for told in measured.told:
        if told.how == body.FAILED:
            return Verdict(RED, _failed(told))
    for told in measured.told:
        if told.how == body.SKIPPED:
            return _unsure(settings, f"the body skipped itself in iteration {told.ran:,}: {told.text}", ran)
        if told.how == body.MISSING:
            return _unsure(settings, "the test was not found again in a process of its own: " + (told.text or measured.complaint), ran)
    if measured.summary is None or not measured.told:
        return _unsure(settings, f"nothing could be measured: {measured.complaint}", ran)
    badly = [one for one in measured.summary.get("counts", []) if one["exit_code"] != 0]
    if badly:
        text = f"the process of {words.plural(badly[0]['iterations'], 'iteration')} {badly[0]['ended']}"
        return _unsure(settings, text, f"{ran}\nReport: {measured.page}")
    return _of_summary(measured, settings, ran)


def _of_summary(measured, settings, ran):
    verdict = measured.summary["verdict"]
    placed = _placed(verdict["growth"])
    gained = sum(site["bytes_per_iteration"] for growth, site in placed)
    counted = [growth for growth, site in placed if growth["resource"] != "heap" and site["blocks_per_iteration"] > 0]
    after = f"{ran}\nReport: {measured.page}"
    own = [(growth, site) for growth, site in placed if not _is_pytests(site)]
    if own and (gained >= settings.limit or counted):
        text = [f"Each iteration leaves {_sum(placed)} behind, up to {_up_to(placed):,} iterations:"]
        text += [_site(growth, site) for growth, site in own[:SITES]]
        if len(own) > SITES:
            text.append(f"  and {words.plural(len(own) - SITES, 'more place', 'more places')}, in the report")
        reused = [(growth, site) for growth, site in placed if _is_pytests(site)]
        if reused:
            text.append(f"  {_sum(reused)}: small objects that Python uses again, first taken in pytest's own code")
        return Verdict(RED, "\n".join([*text, after]))
    if placed and not own:
        return _unsure(settings, f"each iteration leaves {_sum(placed)} behind, all of it taken in pytest's own code", after)
    if placed:
        names = ", ".join(sorted({_place(site) for _, site in placed}))
        text = f"each iteration leaves {_sum(placed)} behind, at {names}; that is below the limit, and no failure"
        return Verdict(UNSURE, f"{text}. {after}")
    if verdict["growth"]:
        gained = sum(growth["bytes_per_iteration"] for growth in verdict["growth"])
        text = f"memory grows by {words.byte_count(gained)} an iteration, and no line can be named that takes it"
        return _unsure(settings, text, after)
    if verdict["outcome"] == "inconclusive":
        return _unsure(settings, f"the runs do not tell. {verdict['sentence']}", after)
    return Verdict(FINE, f"Nothing grows. {ran}")


def _unsure(settings, text, after):
    """What fails a strict test, and is a warning of any other."""
    text = f"{text.strip().rstrip('.')}. {after}"
    return Verdict(RED, f"Strict, and {text}") if settings.strict else Verdict(UNSURE, text)


def _limit(settings, counts):
    return (
        f"Growth is told from a block in {words.plural(told_after(counts), 'iteration')} on, "
        f"and fails from {words.byte_count(settings.limit)} an iteration on."
    )


def _failed(told):
    text = "\n".join(told.text.splitlines()[-LINES:])
    return (
        f"The body passes once, and fails in iteration {told.ran:,} of {told.iterations:,} and those that warm up: "
        f"it has to leave things as it finds them.\n\n{text}"
        if told.ran
        else f"The test passes here, and cannot be set up in a process of its own.\n\n{text}"
    )


def _placed(growths):
    """The places that take what grows, the most first, each with the growth that most of it belongs to. What one place
    takes may be lost in part, and held in part by something stale."""
    parts = {}
    for growth in growths:
        for site in growth["sites"]:
            key = (growth["resource"], growth["process"], site["function"], site["file"], site["line"])
            parts.setdefault(key, []).append((growth, site))
    placed = []
    for several in parts.values():
        growth, most = max(several, key=lambda part: part[1]["bytes_per_iteration"])
        rates = {
            rate: sum(site[rate] for _, site in several) for rate in ("bytes_per_iteration", "blocks_per_iteration")
        }
        placed.append((growth, {**most, **rates}))
    return sorted(placed, key=lambda part: -part[1]["bytes_per_iteration"])


def _is_pytests(site):
    """Whether pytest's own code took it. Python keeps small objects that were freed, and uses them again: then the line
    is that of the first user, and says nothing of the last."""
    parts = (site["file"] or "").split("/")
    return any(name in parts for name in ("_pytest", "pluggy", __package__))


def _up_to(placed):
    return max(growth["seen_up_to"] for growth, _ in placed)


def _sum(placed):
    """`1,113 B (3 blocks) and 1 descriptor`."""
    amounts = {}
    for growth, site in placed:
        known = amounts.setdefault(growth["resource"], [0.0, 0.0])
        known[0] += site["bytes_per_iteration"]
        known[1] += site["blocks_per_iteration"]
    return " and ".join(_amount(resource, *amount) for resource, amount in amounts.items())


def _amount(resource, gained, number):
    one, several = NAMES.get(resource, (resource.replace("_", " "),) * 2)
    if gained <= 0:
        return words.plural(number, one, several)
    return f"{words.byte_count(gained)} ({words.plural(number, one, several)})" if number else words.byte_count(gained)


def _place(site):
    """`clients.py:11`, or the function where no line is known."""
    return f"{_near(site['file'])}:{site['line']}" if site["file"] and site["line"] else site["function"]


def _near(file):
    """A path as it is seen from here."""
    here = os.path.relpath(file) if os.path.isabs(file) else file
    return file if here.startswith("..") else here


def _site(growth, site):
    amount = _amount(growth["resource"], site["bytes_per_iteration"], site["blocks_per_iteration"])
    place = _place(site)
    lines = [f"  {place}: {amount}" if place == site["function"] else f"  {place} in {site['function']}: {amount}"]
    source = _source(site)
    if source:
        lines.append(f"      {source}")
    lines.append("      " + _why(growth, site))
    if growth["process"] != "main":
        lines.append("      in a process that the body started: " + " ".join(growth["command"])[:200])
    return "\n".join(lines)


def _why(growth, site):
    """Why it stays: what holds it, where that was found."""
    objects, holders = site.get("objects") or [], list(site.get("held_by") or [])
    several = [f"{one['name']} ({one['share']:.0%})" for one in objects[:TYPES]]
    what = objects[0]["name"] if len(objects) == 1 else ", ".join(several)
    # The first of the holders is such an object itself.
    first = holders.pop(0) if holders else ""
    if holders:
        return ", held by ".join([what or first, *holders]).replace("held by unreferenced", "unreferenced")
    why = {
        "unreachable": "lost: nothing points to it any more",
        "possibly_lost": "possibly lost: something points to its inside alone",
        "held": "held: something still points to it",
        "held_or_lost": "held or lost",
    }.get(growth["cause"], "not released")
    return f"{what}; {why}" if what else why


def _source(site):
    """The line's text, where its file can be read here."""
    if not site["file"] or not site["line"]:
        return ""
    whole = [
        frame["file"]
        for frame in site["stack"]
        if frame["file"] and frame["line"] == site["line"] and frame["function"] == site["function"]
    ]
    for file in [*whole, site["file"]]:
        linecache.checkcache(file)
        text = linecache.getline(file, site["line"]).strip()
        if text:
            return text[:120]
    return ""
