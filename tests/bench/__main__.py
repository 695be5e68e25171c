"""`make bench`: every figure of how fast and how small; ONLY=name for one, SCALE=0.01 to try the tool itself."""

import sys

from tests.bench import pages, send
from tests.bench.figures import run_all

BENCHES = {"pages": pages.run, "send": send.run}

if __name__ == "__main__":
    sys.exit(run_all(BENCHES))
