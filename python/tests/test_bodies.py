"""What happens in the process that is measured: which test it runs, how often, and what of pytest it leaves out."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

COUNTING = """
    import os
    from pathlib import Path

    def note(what):
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(what + "\\n")
"""


@pytest.fixture
def notes(pytester, stand_in, monkeypatch):
    """What the processes noted, from the ordinary run on; read by calling it."""
    stand_in.answers()
    path = pytester.path / "notes"
    monkeypatch.setenv("NOTES", str(path))
    pytester.makepyfile(noting=COUNTING)
    return lambda: path.read_text().split()


def run(pytester, text, *arguments):
    pytester.makepyfile(text)
    result = pytester.runpytest("-rw", "-p", "no:randomly", *arguments)
    return result


#: The ordinary run, and the iterations of the greatest count with those that warm up.
ONCE_AND_AGAIN = 1 + 5 + 20


def test_the_body_runs_once_and_then_again_and_again(pytester, notes):
    text = """
        import pytest
        from noting import note

        @pytest.fixture(scope="session")
        def whole():
            note("session")

        @pytest.fixture
        def one(whole):
            note("setup")
            yield
            note("teardown")

        @pytest.mark.no_growth(iterations=20, warmup=5)
        def test_it(one):
            note("body")

        def test_other():
            note("other")
    """
    run(pytester, text).assert_outcomes(passed=2, warnings=0)
    noted = notes()
    assert noted.count("body") == ONCE_AND_AGAIN
    # The ordinary run is torn down before another begins, and the measured one is left as it stands.
    assert noted[:5] == ["session", "setup", "body", "teardown", "session"]
    assert (noted.count("setup"), noted.count("teardown"), noted.count("other")) == (2, 1, 1)


@pytest.mark.parametrize("word", ["a", "[x]", "a::b", "{iters}", "ä b/c"])
def test_of_parametrised_tests_the_same_one_runs_again(pytester, notes, word):
    text = f"""
        import pytest
        from noting import note

        @pytest.mark.parametrize("word", ["other", {word!r}])
        class TestIt:
            @pytest.mark.no_growth(iterations=20, warmup=5)
            def test_it(self, word):
                note("other" if word == "other" else "same")
    """
    run(pytester, text).assert_outcomes(passed=2, warnings=0)
    assert notes().count("same") == ONCE_AND_AGAIN


def test_a_method_of_unittest_is_set_up_for_each_iteration(pytester, notes):
    text = """
        import unittest, pytest
        from noting import note

        class TestIt(unittest.TestCase):
            def setUp(self):
                note("setup")

            @pytest.mark.no_growth(iterations=20, warmup=5)
            def test_it(self):
                note("body")
    """
    run(pytester, text).assert_outcomes(passed=1, warnings=0)
    assert notes().count("setup") == notes().count("body") == ONCE_AND_AGAIN


def test_a_method_of_unittest_that_fails_later_is_told(pytester, notes):
    text = """
        import unittest, pytest
        seen = []

        class TestIt(unittest.TestCase):
            @pytest.mark.no_growth(iterations=20)
            def test_it(self):
                seen.append(1)
                self.assertLess(len(seen), 3)
    """
    result = run(pytester, text)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("The body passes once, and fails in iteration 3 of 20 *")


def test_an_async_test_runs_by_its_own_plugin(pytester, notes):
    pytest.importorskip("anyio")
    text = """
        import pytest
        from noting import note

        @pytest.mark.anyio
        @pytest.mark.no_growth(iterations=20, warmup=5)
        async def test_it():
            note("body")

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
    """
    run(pytester, text).assert_outcomes(passed=1, warnings=0)
    assert notes().count("body") == ONCE_AND_AGAIN


def test_pytests_own_fixtures_are_as_new_for_each_iteration(pytester, notes):
    text = """
        import logging, os, warnings, pytest
        from noting import note

        @pytest.fixture(autouse=True)
        def patched(monkeypatch):
            monkeypatch.setenv("BY_FIXTURE", "1")

        @pytest.mark.no_growth(iterations=20, warmup=5)
        def test_it(monkeypatch, caplog, capsys, recwarn):
            assert "BY_BODY" not in os.environ and os.environ["BY_FIXTURE"] == "1"
            monkeypatch.setenv("BY_BODY", "1")
            logging.getLogger("own").warning("once")
            assert caplog.messages == ["once"]
            print("out")
            warnings.warn("once")
            assert len(recwarn) == 1
            note("body")
    """
    run(pytester, text).assert_outcomes(passed=1, warnings=0)
    assert notes().count("body") == ONCE_AND_AGAIN


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "test_it"],
        ["-m", "no_growth"],
        ["-x", "--lf"],
        ["--junitxml=report.xml"],
        ["test_where/test_here.py"],
        ["--rootdir=.", "--", "test_where"],
    ],
)
def test_the_options_of_the_user_hold_and_do_not_get_into_the_way(pytester, notes, arguments):
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--own', default='none')")
    folder = pytester.mkdir("test_where")
    folder.joinpath("test_here.py").write_text(
        "import pytest\n"
        "from noting import note\n"
        "@pytest.mark.no_growth(iterations=20, warmup=5)\n"
        "def test_it(request):\n"
        "    assert request.config.getoption('own') == 'given'\n"
        "    note('body')\n"
    )
    result = pytester.runpytest("-rw", "-p", "no:randomly", "--own=given", *arguments)
    result.assert_outcomes(passed=1, warnings=0)
    assert notes().count("body") == ONCE_AND_AGAIN


def test_modules_are_found_where_the_users_own_pytest_found_them(pytester, notes):
    # `python -m pytest` looks in the folder where it was started, and the script `pytest` does not.
    script = Path(sysconfig.get_path("scripts"), "pytest")
    pytester.mkdir("inside").joinpath("test_here.py").write_text(
        "import pytest\n"
        "def test_before():\n"
        "    import noting\n"
        "@pytest.mark.no_growth(iterations=20)\n"
        "def test_it():\n"
        "    with pytest.raises(ImportError):\n"
        "        import noting\n"
    )
    outcomes = []
    for start in ([script], [sys.executable, "-m", "pytest"]):
        ended = subprocess.run([*start, "-rw", "inside"], cwd=pytester.path, capture_output=True, text=True)
        outcomes.append(ended.stdout.splitlines()[-1])
    # Alike in the ordinary run and in the measured one: what passed once was measured, without a warning.
    assert "1 failed, 1 passed in" in outcomes[0]
    assert "1 failed, 1 passed in" in outcomes[1]


def test_a_module_of_the_user_does_not_stand_in_for_one_of_pythons(pytester, notes):
    pytester.path.joinpath("json.py").write_text("raise ImportError('this is not meant')")
    pytester.mkdir("inside").joinpath("test_here.py").write_text(
        "import pytest\n@pytest.mark.no_growth(iterations=20)\ndef test_it(): pass\n"
    )
    script = Path(sysconfig.get_path("scripts"), "pytest")
    ended = subprocess.run([script, "-rw", "inside"], cwd=pytester.path, capture_output=True, text=True)
    assert "1 passed in" in ended.stdout


def test_workers_of_xdist_measure_too(pytester, notes):
    pytest.importorskip("xdist")
    text = """
        import pytest
        from noting import note

        @pytest.mark.no_growth(iterations=20, warmup=5)
        @pytest.mark.parametrize("word", ["one", "two"])
        def test_it(word, worker_id):
            note(word)
    """
    run(pytester, text, "-n2").assert_outcomes(passed=2, warnings=0)
    assert notes().count("one") == notes().count("two") == ONCE_AND_AGAIN


def test_what_the_body_starts_is_not_asked_to_repeat_it(pytester, notes):
    text = """
        import os, pytest

        @pytest.mark.no_growth(iterations=20)
        def test_it():
            assert "PYTEST_NO_GROWTH_BODY" not in os.environ
    """
    run(pytester, text).assert_outcomes(passed=1, warnings=0)


def test_a_person_who_starts_it_is_told_what_to_do(pytester):
    from pytest_no_growth.body import SCRIPT

    result = pytester.run(sys.executable, SCRIPT, "1")
    assert result.ret == 1
    result.stderr.fnmatch_lines("*mark a test with @pytest.mark.no_growth and run pytest*")
