"""`make bench`: every figure of how fast and how small; ONLY=name for one, SCALE=0.01 to try the tool itself."""

import sys

from tests.bench import (
    access,
    audit,
    bookings,
    fhir,
    gaps,
    growth,
    live,
    mutants,
    pages,
    push,
    routing,
    send,
    slots,
    tick,
    weight,
)
from tests.bench.figures import run_all

BENCHES = {
    "pages": pages.run,
    "growth": growth.run,
    "send": send.run,
    "live": live.run,
    "audit": audit.run,
    "routing": routing.run,
    "mutants": mutants.run,
    "gaps": gaps.run,
    "tick": tick.run,
    "access": access.run,
    "push": push.run,
    "bookings": bookings.run,
    "slots": slots.run,
    "fhir": fhir.run,
    "weight": weight.run,
}

if __name__ == "__main__":
    sys.exit(run_all(BENCHES))
