"""A site at another time of its own, and the people in it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from app.core.locale import SWEDEN
from app.machine.postgres import Server
from tests.browser.behind import beside_the_demo
from tests.browser.site import Site
from tests.conftest import TEMPLATE
from tests.world import World


class OtherTime:
    """A site that believes it is another time, going on from there."""

    def __init__(self, site: Site, world: World, began: datetime) -> None:
        self.site, self.world = site, world
        self.began, self.since = began, time.monotonic()

    @contextmanager
    def behind(self) -> Iterator[World]:
        """What happens behind the pages, at the same hour as before them."""
        passed = timedelta(seconds=time.monotonic() - self.since)
        with time_machine.travel(self.began + passed), self.world.app.app_context():
            yield self.world


def next_weekday(weekday: int, hour: int, minute: int = 0) -> datetime:
    """That hour of the next such day (0 is Monday): ahead of the browser's own clock, so that no cookie is too old."""
    today = datetime.now(SWEDEN)
    ahead = timedelta(days=(weekday - today.weekday()) % 7 or 7)
    midnight = datetime.combine((today + ahead).date(), datetime.min.time(), SWEDEN)
    return midnight.replace(hour=hour, minute=minute).astimezone(UTC)


@contextmanager
def other_time(
    name: str, began: datetime, *, server: Server, local: Path, secrets: dict[str, str]
) -> Iterator[OtherTime]:
    """A site of its own that starts at `began`, over a database of its own."""
    server.create_database(f"narlinjen_{name}", template=TEMPLATE)
    site = Site(local / name, server, f"narlinjen_{name}", secrets, at=began)
    try:
        site.seed()
        site.start()
        app = site.app()
        yield OtherTime(site, beside_the_demo(app), began)
        app.extensions["live"].close()
        app.extensions["db"]["engine"].dispose()
    finally:
        site.stop()
