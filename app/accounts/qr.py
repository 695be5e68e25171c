"""QR codes (ISO/IEC 18004), as a shape that a page draws."""

from dataclasses import dataclass
from itertools import groupby

import segno

EDGE = 4


@dataclass(frozen=True)
class Drawn:
    """A square of so many units, and the path of all that is dark in it."""

    size: int
    path: str


def drawn(text: str) -> Drawn:
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    path = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                path.append(f"M{x + EDGE} {y + EDGE}h{width}v1h-{width}z")
            x += width
    return Drawn(len(rows) + 2 * EDGE, "".join(path))
