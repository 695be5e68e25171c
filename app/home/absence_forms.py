"""What a page carries that saves an absence, or closed days: which times it has shown that they hit."""

from app.bookings.hit_queries import Hits

SEEN = "traffar"


class Unseen(Exception):
    """The absence hits times that the page has not shown; nothing was stored."""

    def __init__(self, hits: Hits) -> None:
        super().__init__()
        self.hits = hits


def ensure_seen(hits: Hits, said: str | None) -> None:
    """Raises Unseen, unless there are none that the patients do not know of, or the page has shown just these."""
    if hits.fresh.count and said != hits.fresh.mark:
        raise Unseen(hits.fresh)
