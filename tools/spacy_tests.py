"""Runs the tests of the installed spaCy, with what the caller put in the place of parts of spaCy.

None of spaCy's tests are copied here: they are what they are in the version that is installed.
"""
import contextlib
import sys
import tempfile
from pathlib import Path

import pytest
import spacy

FOLDER = Path(spacy.__file__).parent / "tests"


def run(paths, plugins=()):
    """Runs the tests in these files and folders of spaCy's, and says how they went on standard error."""
    with tempfile.TemporaryDirectory() as cache, contextlib.redirect_stdout(sys.stderr):
        # Without a name for the plugin of the caches nothing is written beside spaCy.
        return pytest.main(["-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", f"--rootdir={cache}", *map(str, paths)], plugins=list(plugins))
