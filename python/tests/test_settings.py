import pytest

from pytest_no_growth.settings import FEWEST, Settings, told_after


def asking(iterations=None, warmup=10):
    return Settings(iterations=iterations, warmup=warmup, limit=1.0, strict=False, timeout=300.0)


@pytest.mark.parametrize("iterations", [FEWEST, 21, 99, 100, 1000, 123_456])
def test_four_counts_lie_on_a_scale_and_the_least_runs_twice(iterations):
    least, again, *others = asking(iterations).counts(0.0)
    counts = [least, *others]
    assert again == least
    assert counts == sorted(set(counts)) and len(counts) == 4
    assert counts[-1] == iterations
    assert counts[-1] >= 10 * least


def test_a_thousand_iterations_tell_a_block_in_thirty_six():
    assert told_after(asking(1000).counts(0.0)) == 36


@pytest.mark.parametrize(("seconds", "most"), [(0.0, 1000), (0.01, 500), (0.03, 200), (10.0, 100)])
def test_a_slow_body_runs_less_often(seconds, most):
    assert asking().counts(seconds)[-1] == most


def test_what_was_asked_for_is_done_however_slow_the_body():
    assert asking(5000).counts(60.0)[-1] == 5000


def outcome_of(pytester, mark):
    pytester.makepyfile(f"import pytest\n@pytest.mark.{mark}\ndef test_it(): pass\n")
    return pytester.runpytest()


@pytest.mark.parametrize(
    ("mark", "complaint"),
    [
        ("no_growth(100)", "takes its settings by name"),
        ("no_growth(iteration=100)", "no setting 'iteration'"),
        ("no_growth(iterations=3)", "iterations= is 3, and has to be a whole number from 20"),
        ("no_growth(iterations='many')", "iterations= is 'many'"),
        ("no_growth(warmup=-1)", "warmup= is -1"),
        ("no_growth(limit='some')", "limit= 'some' is no size"),
        ("no_growth(strict='yes')", "strict= is 'yes', and has to be True or False"),
        ("no_growth(timeout=0)", "timeout= is 0, and has to be a number of seconds above 0"),
    ],
)
def test_a_mark_that_cannot_be_read_says_why(pytester, stand_in, mark, complaint):
    result = outcome_of(pytester, mark)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(f"*@pytest.mark.no_growth: *{complaint.replace('[', '[[]')}*")
    assert not stand_in.started.exists()


def test_the_ini_file_says_what_the_mark_does_not(pytester, stand_in):
    stand_in.answers()
    pytester.makeini("[pytest]\nno_growth_iterations = 40\nno_growth_timeout = 7\n")
    outcome_of(pytester, "no_growth(timeout=9)").assert_outcomes(passed=1)
    options = stand_in.started.read_text().split("\n")
    assert options[options.index("--iters") + 1].split(",")[-1] == "40"
    assert options[options.index("--timeout") + 1] == "9"


def test_an_ini_file_that_cannot_be_read_says_why(pytester, stand_in):
    pytester.makeini("[pytest]\nno_growth_limit = little\n")
    result = outcome_of(pytester, "no_growth")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*no_growth_limit 'little' is no size*")
