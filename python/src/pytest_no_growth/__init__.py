"""Fails a test whose body leaves more behind each time it runs, and names the line.

    @pytest.mark.no_growth(iterations=1000)
    def test_requests_leave_nothing_behind(client):
        client.get("/")

The body is run in processes of its own, under a library that counts every block that the process takes:

- `plugin` has the options, the mark and what becomes of a test's report.
- `settings` reads the mark and the ini file, and chooses the counts of iterations.
- `program` finds `harness`, which measures and judges.
- `measuring` starts it, and `body` is what happens in the processes that it starts.
- `fixtures` keeps pytest's own fixtures from holding what each iteration gives them.
- `verdict` says what is red, what is a warning, and what is fine; `words` has the figures as people read them.
"""

__version__ = "0.1.0"


class NoGrowthWarning(UserWarning):
    """Growth that cannot be told for certain, or is too little; or that nothing could be measured."""
