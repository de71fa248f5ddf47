"""`python run_body.py TEST ITERATIONS`: how the measured processes are started. Not for people.

It is in a folder of its own, because Python looks for modules in a script's folder first.
"""

import json
import os
import sys

if __name__ == "__main__":
    order = os.environ.pop("PYTEST_NO_GROWTH_BODY", None)
    if order is None:
        sys.exit("This is started by the pytest plugin: mark a test with @pytest.mark.no_growth and run pytest.")
    order = json.loads(order)
    # Where the user's own pytest looked, before anything more is imported.
    sys.path[:] = order["search"]

    from pytest_no_growth import body

    body.begin(body.Order(**order), int(sys.argv[-1]))
