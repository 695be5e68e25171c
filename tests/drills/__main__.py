"""`make drill`: faults for real, and what they cost; ONLY=name for one, SCALE=0.01 to try the tool itself, SEED=7 for
another year of `year`."""

import sys

from tests.bench.figures import run_all
from tests.drills import database, dump, gaps, idor, ladder, pushdown, race, revoke, send, silent, tamper, told, year

DRILLS = {
    "send": send.run,
    "database": database.run,
    "tamper": tamper.run,
    "dump": dump.run,
    "gaps": gaps.run,
    "ladder": ladder.run,
    "race": race.run,
    "told": told.run,
    "year": year.run,
    "idor": idor.run,
    "revoke": revoke.run,
    "silent": silent.run,
    "pushdown": pushdown.run,
}

if __name__ == "__main__":
    sys.exit(run_all(DRILLS))
