"""Where `harness` is, which measures and judges, and whether it can run here."""

import os
import platform
import shutil
import sys
from pathlib import Path

VARIABLE = "PYTEST_NO_GROWTH_HARNESS"


class CannotRun(Exception):
    """Nothing can be measured here, and why."""


def find():
    """The path of `harness`: what the variable names, or what came with the wheel, or what the shell would find.

    Raises CannotRun.
    """
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise CannotRun(f"growth is measured on x86-64 Linux alone, and this is {platform.machine()} {platform.system()}")
    if sys.maxsize <= 1 << 32:
        raise CannotRun("growth is measured in 64-bit processes alone, and this Python is a 32-bit one")
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if not found:
            raise CannotRun(f"{VARIABLE} is {named}, and no program can be started there")
        return str(Path(found).absolute())
    with_us = Path(__file__).with_name("harness")
    found = str(with_us) if os.access(with_us, os.X_OK) else shutil.which("harness")
    if not found:
        raise CannotRun(f"the program harness is neither in this package nor on the PATH: set {VARIABLE} to where it is")
    return found
