"""Figures as people read them, and as they write them."""

import re

_UNITS = {"": 1, "b": 1, "kib": 1 << 10, "kb": 1000, "mib": 1 << 20, "mb": 10**6, "gib": 1 << 30, "gb": 10**9}


def size(text):
    """How many bytes `1 KiB`, `512` or `0.5 MB` are.

    Raises ValueError where it is no size.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        number = float(text)
        unit = ""
    else:
        found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]*)\s*", str(text))
        if not found or found[2].lower() not in _UNITS:
            raise ValueError(f"{text!r} is no size: write it as 512, '512 B' or '1 KiB'")
        number, unit = float(found[1]), found[2].lower()
    if not 0 <= number < float("inf"):
        raise ValueError(f"{text!r} is no size: it is a number that is not below 0")
    return number * _UNITS[unit]


def byte_count(number):
    """Bytes, with three or four digits that matter: `1,138 B`, `25.4 B`, `1.95 MiB`."""
    if number < 100:
        return f"{number:.3g} B"
    if number < 10_000:
        return f"{number:,.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        number /= 1024
        if number < 1000 or unit == "GiB":
            return f"{number:.3g} {unit}"


def plural(number, singular, several=None):
    """`1 block`, `4 blocks`, `0.25 blocks`."""
    figure = f"{number:,.0f}" if abs(number - round(number)) < 0.005 and round(number) else f"{number:.2g}"
    return f"{figure} {singular if figure == '1' else several or singular + 's'}"


def listed(numbers):
    """`10, 100 and 1,000`."""
    words = [f"{number:,}" for number in numbers]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
