"""What becomes of a marked test, by what was measured of it."""

import pytest
from conftest import growth, site

PASSING = """
    import pytest

    @pytest.mark.no_growth(iterations=20{})
    def test_it():
        pass
"""


def run(pytester, text=PASSING.format(""), *arguments):
    pytester.makepyfile(text)
    return pytester.runpytest("-rw", *arguments)


def test_growth_fails_the_test_with_its_line_its_rate_and_what_holds_it(pytester, stand_in):
    pytester.path.joinpath("clients.py").write_text("\n" * 10 + "    self.page = bytearray(1000)\n")
    held = ["bytearray", "clients.Client.page", "cache of clients.Client.total"]
    stand_in.answers("leak", [growth(site(held_by=held, objects=[{"name": "bytearray", "share": 1.0}]))])
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "Each iteration leaves 1,001 B (1 block) behind, up to 1,000 iterations:",
            "  clients.py:11 in Client.__init__: 1,001 B (1 block)",
            "      self.page = bytearray(1000)",
            "      bytearray, held by clients.Client.page, held by cache of clients.Client.total",
            "Counted after 2, 4, 9 and 20 iterations, each time with 10 before them to warm up.*from 1 B an iteration on.",
            "Report: *report.html",
        ]
    )


def test_a_place_is_told_once_with_the_cause_of_most_of_it(pytester, stand_in):
    lost = growth(site(gained=600.0, blocks=0.75), cause="unreachable")
    stand_in.answers("leak", [growth(site(gained=200.0, blocks=0.25)), lost])
    result = run(pytester)
    result.stdout.fnmatch_lines(["  clients.py:11 in Client.__init__: 800 B (1 block)", "      lost: nothing points*"])


def test_without_holders_it_is_told_whether_it_is_lost(pytester, stand_in):
    types = [{"name": "bytes", "share": 0.75}, {"name": "str", "share": 0.25}]
    stand_in.answers("leak", [growth(site(objects=types), cause="unreachable")])
    run(pytester).stdout.fnmatch_lines("*bytes (75%), str (25%); lost: nothing points to it any more")


def test_the_failure_has_no_traceback_of_the_plugin(pytester, stand_in):
    stand_in.answers("leak", [growth(site())])
    assert "pytest_no_growth" not in run(pytester).stdout.str()


def test_a_leak_of_descriptors_fails_too(pytester, stand_in):
    stand_in.answers("leak", [growth(site(gained=0.0), resource="file_descriptor", cause="not_released")])
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["Each iteration leaves 1 descriptor behind*", "*not released"])


def test_of_many_sites_the_first_are_named(pytester, stand_in):
    stand_in.answers("leak", [growth(*(site(line=line) for line in range(1, 9)))])
    run(pytester).stdout.fnmatch_lines(["  clients.py:5 *", "  and 3 more places, in the report"])


def test_what_pytest_took_first_is_told_apart(pytester, stand_in):
    reused = site(gained=48.0, file="site-packages/_pytest/python.py", function="pytest_pyfunc_call")
    stand_in.answers("leak", [growth(reused, site())])
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  clients.py:11 *", "  48 B (1 block): small objects that Python uses again, first taken in pytest's own code"])
    result.stdout.no_fnmatch_line("  *_pytest/python.py*")


def test_growth_of_pytest_itself_is_a_warning(pytester, stand_in):
    stand_in.answers("leak", [growth(site(file="site-packages/_pytest/reports.py"))])
    result = run(pytester)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines("*leaves 1,001 B (1 block) behind, all of it taken in pytest's own code*")


def test_growth_below_the_limit_is_a_warning(pytester, stand_in):
    stand_in.answers("leak", [growth(site(gained=600.0))])
    result = run(pytester, PASSING.format(", limit='1 KiB', strict=True"))
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines("*each iteration leaves 600 B (1 block) behind, at clients.py:11; that is below the limit*")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"outcome": "leak", "growth": [growth()]}, "*memory grows by 100 B an iteration, and no line can be named*"),
        ({"outcome": "inconclusive", "sentence": "It cannot be told."}, "*the runs do not tell. It cannot be told.*"),
        (
            {"outcome": "pass", "exit_code": None, "ended": "was killed by signal 11 (SIGSEGV)"},
            "*the process of 20 iterations was killed by signal 11 (SIGSEGV). Counted*",
        ),
        (None, "*nothing could be measured: *asked to say nothing*"),
    ],
)
def test_what_cannot_be_told_is_a_warning_and_fails_a_strict_test(pytester, stand_in, answer, said):
    if answer:
        stand_in.answers(**answer)
    result = run(pytester)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(said)
    strict = run(pytester, PASSING.format(", strict=True"))
    strict.assert_outcomes(failed=1)
    strict.stdout.fnmatch_lines(said.replace("*", "*Strict, and ", 1))


def test_a_warning_stays_one_where_warnings_are_errors(pytester, stand_in):
    stand_in.answers("inconclusive")
    result = run(pytester, PASSING.format(""), "-W", "error")
    result.assert_outcomes(passed=1, warnings=1)


def test_a_warning_can_be_silenced(pytester, stand_in):
    stand_in.answers("inconclusive")
    result = run(pytester, PASSING.format(""), "-W", "ignore::pytest_no_growth.NoGrowthWarning")
    result.assert_outcomes(passed=1, warnings=0)


def test_a_passing_test_says_what_was_looked_at(pytester, stand_in):
    stand_in.answers()
    result = run(pytester, PASSING.format(""), "-rP")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*no growth*", "Nothing grows. Counted after 2, 4, 9 and 20 iterations*"])


def test_a_body_that_fails_is_an_ordinary_failure_and_not_measured(pytester, stand_in):
    result = run(pytester, PASSING.format("").replace("pass", "left = 1; assert left == 2"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert left == 2", "E       assert 1 == 2"])
    assert not stand_in.started.exists()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [("pytest.skip('not here')", {"skipped": 1}), ("pytest.xfail('known')", {"xfailed": 1})],
)
def test_a_body_that_skips_or_is_expected_to_fail_is_passed_on(pytester, stand_in, body, outcome):
    run(pytester, PASSING.format("").replace("pass", body)).assert_outcomes(**outcome)
    assert not stand_in.started.exists()


def test_growth_that_was_expected_is_an_expected_failure(pytester, stand_in):
    stand_in.answers("leak", [growth(site())])
    known = PASSING.format("").replace("@pytest", "@pytest.mark.xfail(reason='known', strict=True)\n    @pytest", 1)
    run(pytester, known).assert_outcomes(xfailed=1)
    stand_in.answers()
    run(pytester, known).assert_outcomes(failed=1)


def test_a_body_that_cannot_be_repeated_fails_with_its_own_traceback(pytester, stand_in):
    stand_in.answers("inconclusive")
    result = run(
        pytester,
        """
        import pytest

        seen = []

        @pytest.mark.no_growth(iterations=20)
        def test_it():
            seen.append(1)
            assert len(seen) < 5
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["The body passes once, and fails in iteration 5 of 20 *", "*assert len(seen) < 5"])


def test_a_fixture_that_cannot_be_set_up_twice_says_so(pytester, stand_in):
    stand_in.answers("inconclusive")
    result = run(
        pytester,
        """
        import pytest

        @pytest.fixture
        def alone():
            open("taken", "x").close()

        @pytest.mark.no_growth(iterations=20)
        def test_it(alone):
            pass
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["The test passes here, and cannot be set up in a process of its own.", "*FileExistsError*"])


def test_a_test_without_a_mark_is_left_alone(pytester, stand_in):
    run(pytester, "def test_it(): pass").assert_outcomes(passed=1)
    assert not stand_in.started.exists()


def test_it_can_be_switched_off(pytester, stand_in):
    run(pytester, PASSING.format(""), "--no-growth=off").assert_outcomes(passed=1, warnings=0)
    assert not stand_in.started.exists()


def test_where_nothing_can_be_measured_tests_run_once_and_it_is_said_once(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_NO_GROWTH_HARNESS", "/nowhere/harness")
    two = PASSING.format("") + PASSING.format("").replace("test_it", "test_two")
    result = run(pytester, two, "-W", "error")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines("*PYTEST_NO_GROWTH_HARNESS is /nowhere/harness, and no program can be started there*")


def test_on_another_machine_it_is_said_which_it_would_take(monkeypatch):
    from pytest_no_growth import program

    monkeypatch.setattr(program.sys, "platform", "darwin")
    with pytest.raises(program.CannotRun, match="x86-64 Linux alone"):
        program.find()
