"""Made-up times that an absence hits, which only the demo shows."""

from datetime import datetime, timedelta
from uuid import UUID

from app.bookings.hit_queries import Hit, Hits


def hits_then(now: datetime) -> Hits:
    said = (("Siv Nyberg", True), (None, False), ("Olle Berg", False))
    rows = [
        Hit(UUID(int=n), UUID(int=0), at := now + timedelta(hours=2 * n), at + timedelta(minutes=45), None, name, told)
        for n, (name, told) in enumerate(said, 1)
    ]
    return Hits(tuple(rows), 5)
