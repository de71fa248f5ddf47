"""`python -m pytest_no_growth TEST ITERATIONS`: how the measured processes are started. Not for people."""

import os
import sys

from . import body

if __name__ == "__main__":
    if body.VARIABLE not in os.environ:
        sys.exit("This is started by the pytest plugin: mark a test with @pytest.mark.no_growth and run pytest.")
    body.begin(int(sys.argv[-1]))
