"""Which revision of the database this code was written for; read without loading anything, so that a start is quick."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "migrations"


def newest() -> str:
    """The number that the newest migration's file begins with."""
    return max(found[0] for path in FOLDER.glob("versions/*.py") if (found := re.match(r"\d{4}", path.name)))
