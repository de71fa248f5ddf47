"""Whether growth is found, and what is no growth is not taken for it: measured by the program itself.

All bodies are in one file, which is run once, by two workers. Each test here looks at what became of one of them.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pytest_no_growth import program

try:
    program.find()
except program.CannotRun as error:
    pytest.skip(str(error), allow_module_level=True)

BODIES = """
import asyncio, functools, logging, os, re, warnings
import pytest

no_growth = pytest.mark.no_growth(iterations=200, strict=True)
kept = []
count = 0


class Client:
    def __init__(self):
        self.page = bytearray(2000)  # here: page

    @functools.lru_cache(maxsize=None)
    def total(self):
        return len(self.page)


@no_growth
def test_method_is_cached():
    Client().total()


@functools.lru_cache(maxsize=16)
def page(at):
    return bytearray(100)


def keeps():
    kept.append(bytearray(3000))  # here: appended


def uses_caches():
    global count
    count += 1
    page(count)
    assert re.compile(f"a{count % 50}+b").match(f"a{count % 50}b")
    cycle = [bytearray(1000)]
    cycle.append(cycle)


@no_growth
@pytest.mark.parametrize("does", [keeps, uses_caches])
def test_of_parameters_one_leaks(does):
    does()


@pytest.fixture
def pool():
    return []


@no_growth
def test_fixture_is_filled_and_file_is_not_closed(pool):
    pool.append(bytearray(4000))  # here: fixture
    os.open(os.devnull, os.O_RDONLY)  # here: file


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
@no_growth
async def test_coroutine_leaks(anyio_backend):
    await asyncio.gather(*(asyncio.sleep(0) for _ in range(3)))
    kept.append(bytearray(6000))  # here: coroutine


@no_growth
def test_extension_in_c_loses():
    losing = pytest.importorskip("losing")
    assert losing.lose()


first = []


@pytest.mark.no_growth(iterations=200, warmup=50)
def test_cache_fills_while_it_warms_up(monkeypatch, caplog, capsys):
    if len(first) < 40:
        first.append(bytearray(10_000))
    # What pytest keeps until a test ends is no growth either.
    monkeypatch.setenv("SOMETHING", "1")
    logging.getLogger().warning("a line of the log")
    print("a line of output")
    warnings.warn("a warning")
    assert caplog.messages and capsys.readouterr().out
"""

EXTENSION = """
#include <Python.h>
#include <stdlib.h>
static PyObject *lose(PyObject *self, PyObject *none) {
    void *lost = malloc(777); /* here */
    return PyBool_FromLong(lost != NULL);
}
static PyMethodDef methods[] = {{"lose", lose, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "losing", NULL, -1, methods};
PyMODINIT_FUNC PyInit_losing(void) { return PyModule_Create(&module); }
"""

#: What leaks: the marks of the lines that take what is left behind, and how much it is at least.
LEAKS = {
    "test_method_is_cached": (["page"], 2000),
    "test_of_parameters_one_leaks[keeps]": (["appended"], 3000),
    "test_fixture_is_filled_and_file_is_not_closed": (["fixture", "file"], 4000),
    "test_coroutine_leaks": (["coroutine"], 6000),
}
CLEAN = ["test_of_parameters_one_leaks[uses_caches]", "test_cache_fills_while_it_warms_up"]


COMPILER = shutil.which("cc") or shutil.which("gcc")
HEADERS = Path(sysconfig.get_path("include"))


def can_build():
    return COMPILER is not None and (HEADERS / "Python.h").exists()


def build_extension(folder):
    if can_build():
        (folder / "losing.c").write_text(EXTENSION)
        command = [COMPILER, "-g", "-shared", "-fPIC", f"-I{HEADERS}", "losing.c", "-o", "losing.so"]
        subprocess.run(command, cwd=folder, check=True)


def line_of(mark):
    return next(at for at, line in enumerate(BODIES.splitlines(), 1) if f"# here: {mark}" in line)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What was said of each test, by its name: the text of its failure, or None where it passed."""
    pytest.importorskip("anyio")
    pytest.importorskip("xdist")
    folder = tmp_path_factory.mktemp("bodies")
    (folder / "test_bodies.py").write_text(BODIES)
    build_extension(folder)
    command = [sys.executable, "-m", "pytest", "-n2", "--junitxml=said.xml"]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cases = ElementTree.parse(folder / "said.xml").iter("testcase")
    return {case.get("name"): "".join(case.itertext()).strip() or None for case in cases}


@pytest.mark.parametrize("name", LEAKS)
def test_growth_is_found_at_its_line(outcomes, name):
    marks, least = LEAKS[name]
    said = outcomes[name]
    assert said, "it passed"
    for mark in marks:
        assert f"test_bodies.py:{line_of(mark)} in " in said
        assert f"# here: {mark}" in said
    first = said.splitlines()[0]
    assert float(first.split("leaves ")[1].split(" B (")[0].replace(",", "")) >= least
    assert ("1 descriptor" in first) == ("file" in marks)


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_no_growth_passes(outcomes, name):
    assert outcomes[name] is None


def test_an_extension_in_c_is_found_at_its_line(outcomes):
    if not can_build():
        pytest.skip("there is no compiler, or no header of Python")
    said = outcomes["test_extension_in_c_loses"]
    line = next(at for at, text in enumerate(EXTENSION.splitlines(), 1) if "/* here */" in text)
    assert f"losing.c:{line} in lose: 777 B (1 block)" in said
    assert "lost: nothing points to it any more" in said
