"""Whether growth is found, and what is no growth is not taken for it: measured by the program itself.

All bodies are in one file, which is run once, by two workers. Each test here looks at what became of one of them.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pytest_no_growth import program

try:
    program.find()
except program.CannotRun as error:
    pytest.skip(str(error), allow_module_level=True)

BODIES = """
import asyncio, functools, logging, os, re, unittest, warnings
import pytest

no_growth = pytest.mark.no_growth(iterations=200)
kept = []
count = 0


def number():
    global count
    count += 1
    return count


@no_growth
def test_list_is_appended_to():
    kept.append(bytearray(1000))  # here: appended


class Client:
    def __init__(self):
        self.page = bytearray(2000)  # here: page

    @functools.lru_cache(maxsize=None)
    def total(self):
        return len(self.page)


@no_growth
def test_method_is_cached():
    Client().total()


@no_growth
@pytest.mark.parametrize("keeps", [True, False])
def test_of_parameters_one_leaks(keeps):
    page = bytearray(3000)  # here: parameter
    if keeps:
        kept.append(page)


class Pool:
    def __init__(self):
        self.taken = []


@pytest.fixture
def pool():
    return Pool()


@no_growth
def test_fixture_is_filled(pool):
    pool.taken.append(bytearray(4000))  # here: fixture


@no_growth
def test_file_is_not_closed():
    kept.append(os.open(os.devnull, os.O_RDONLY))  # here: file


class TestUnit(unittest.TestCase):
    @no_growth
    def test_method_of_unittest_leaks(self):
        kept.append(bytearray(5000))  # here: unittest


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
@no_growth
async def test_coroutine_leaks(anyio_backend):
    await asyncio.sleep(0)
    kept.append(bytearray(6000))  # here: coroutine


@pytest.mark.anyio
@no_growth
async def test_coroutine_does_not_leak(anyio_backend):
    await asyncio.gather(*(asyncio.sleep(0) for _ in range(3)))


@functools.lru_cache(maxsize=16)
def page(at):
    return bytearray(100)


@no_growth
def test_cache_is_bounded():
    page(number())


first = []


@pytest.mark.no_growth(iterations=200, warmup=50)
def test_cache_fills_while_it_warms_up():
    if len(first) < 40:
        first.append(bytearray(10_000))


@no_growth
def test_expressions_are_compiled_once_each():
    at = number() % 50
    assert re.compile(f"a{at}+b").match(f"a{at}b")


@no_growth
def test_cycles_are_left_to_the_collector():
    cycle = [bytearray(1000)]
    cycle.append(cycle)


@no_growth
def test_fixtures_of_pytest_are_used(monkeypatch, caplog, capsys, tmp_path):
    monkeypatch.setenv("SOMETHING", "1")
    logging.getLogger().warning("a line of the log")
    print("a line of output")
    warnings.warn("a warning")
    (tmp_path / "file").write_text("text")
    assert caplog.messages and capsys.readouterr().out
"""

#: What leaks, and the mark of the line that takes what is left behind.
LEAKS = {
    "test_list_is_appended_to": ("appended", 1057),
    "test_method_is_cached": ("page", 2000),
    "test_of_parameters_one_leaks[True]": ("parameter", 3000),
    "test_fixture_is_filled": ("fixture", 4000),
    "test_file_is_not_closed": ("file", 0),
    "TestUnit::test_method_of_unittest_leaks": ("unittest", 5000),
    "test_coroutine_leaks": ("coroutine", 6000),
}
CLEAN = [
    "test_of_parameters_one_leaks[False]",
    "test_coroutine_does_not_leak",
    "test_cache_is_bounded",
    "test_cache_fills_while_it_warms_up",
    "test_expressions_are_compiled_once_each",
    "test_cycles_are_left_to_the_collector",
    "test_fixtures_of_pytest_are_used",
]


def line_of(mark):
    return next(at for at, line in enumerate(BODIES.splitlines(), 1) if f"# here: {mark}" in line)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What was said of each test, by its name: the text of its failure, or None where it passed."""
    pytest.importorskip("anyio")
    pytest.importorskip("xdist")
    folder = tmp_path_factory.mktemp("bodies")
    (folder / "test_bodies.py").write_text(BODIES)
    ended = run(folder, "-n2", "-v", "--tb=short")
    said = {}
    for line in ended.splitlines():
        for word in (" PASSED ", " FAILED "):
            if word in line and line.startswith("[gw"):
                name = line.split(word)[1].strip().partition("::")[2]
                said[name] = None if word == " PASSED " else ""
    name = None
    for line in ended.splitlines():
        if line.startswith("____"):
            name = line.strip("_ ").replace("TestUnit.", "TestUnit::")
        elif line.startswith("===="):
            name = None
        elif name is not None:
            said[name] += line + "\n"
    return said


def run(folder, *arguments):
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return ended.stdout.decode()


@pytest.mark.parametrize("name", LEAKS)
def test_growth_is_found_at_its_line(outcomes, name):
    mark, least = LEAKS[name]
    assert outcomes[name], "it passed"
    assert f"test_bodies.py:{line_of(mark)} in " in outcomes[name]
    assert f"# here: {mark}" in outcomes[name]
    if least:
        first = outcomes[name].splitlines()[0]
        gained = float(first.split("leaves ")[1].split(" ")[0].replace(",", ""))
        assert "B (" in first and gained >= least


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_no_growth_passes(outcomes, name):
    assert name in outcomes
    assert outcomes[name] is None


def test_an_extension_in_c_is_found_at_its_line(tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc")
    headers = Path(sysconfig.get_path("include"))
    if compiler is None or not (headers / "Python.h").exists():
        pytest.skip("there is no compiler, or no header of Python")
    source = """
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
    (tmp_path / "losing.c").write_text(source)
    build = [compiler, "-g", "-shared", "-fPIC", f"-I{headers}", "losing.c", "-o", "losing.so"]
    subprocess.run(build, cwd=tmp_path, check=True)
    (tmp_path / "test_c.py").write_text(
        "import losing, pytest\n\n@pytest.mark.no_growth(iterations=100)\ndef test_c():\n    assert losing.lose()\n"
    )
    said = run(tmp_path)
    line = next(at for at, text in enumerate(source.splitlines(), 1) if "/* here */" in text)
    assert f"losing.c:{line} in lose: 777 B (1 block)" in said
    assert "lost: nothing points to it any more" in said
