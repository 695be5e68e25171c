"""What a visit to a drop-in is, for whoever ticks off. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.dropin.rules import LEFT


@dataclass(frozen=True)
class Visit:
    """Somebody who came. Nothing says who: they are the number `n` of the day."""

    n: int
    key: UUID
    came_at: datetime
    seen_at: datetime | None
    new_here: bool | None
    led_to: tuple[str, ...]
    taken_back: bool

    @property
    def state(self) -> str:
        """ "gone" when it was a slip, "waiting", "left", "seen" (and not noted yet) or "done"."""
        if self.taken_back:
            return "gone"
        if self.seen_at is None:
            return "waiting"
        if LEFT in self.led_to:
            return LEFT
        return "done" if self.led_to else "seen"

    @property
    def version(self) -> str:
        """What a page showed of it, so that two who note it at once find out."""
        return mark(self.seen_at, self.new_here, self.led_to, self.taken_back)


def mark(seen_at: datetime | None, new_here: bool | None, led_to: Collection[str], taken_back: bool) -> str:
    new = {None: "?", True: "ny", False: "kand"}[new_here]
    return ".".join(("borta" if taken_back else "sedd" if seen_at else "vantar", new, *sorted(led_to)))
