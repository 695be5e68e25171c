"""The pages of free times ask as much of the database for sixty rows as for one, and never more than six times."""

from datetime import timedelta

import pytest

from app.core import db
from tests.bookings.times import offers
from tests.guards.walk import MOST
from tests.slots.times import address, publishes, queue, waits
from tests.world import Patient, Staff, World, wall


def filled(world: World, karin: Staff, siv: Patient, rows: int) -> dict[str, int]:
    kind, first = offers(karin), wall("2026-11-24 01:00")
    for number in range(rows):
        waits(world.patient(f"Patient {number}"), kind=kind)
    times = [f"{first + timedelta(days=number % 30, hours=1 + number // 30):%Y-%m-%d %H:00}" for number in range(rows)]
    keys = publishes(karin, *times)
    waits(siv, kind=kind)
    assert len(keys) == rows and len(queue()) == rows + 1
    mine = f"/lediga-tider/vanta/{db.short(kind)}"
    pages = {
        siv: ("/lediga-tider", address(keys[0]), mine, "/tider"),
        karin: (
            "/tidbok/lediga?alla=1",
            "/tidbok/lediga/ny",
            f"/tidbok/lediga/ny/{db.short(kind)}",
            "/tidbok/vantelista",
            f"/tidbok/vantelista/ny/{db.short(siv.person.id)}",
        ),
    }
    found = {}
    for who, paths in pages.items():
        phone = who.phone()
        for n, path in enumerate(paths):
            phone.get(path)
            found[f"{type(who).__name__} {n} {path.split('?')[0][:20]}"] = len(phone.heard)
    return found


@pytest.mark.parametrize("rows", [1, 60])
def test_every_page_keeps_to_its_budget(world: World, karin: Staff, siv: Patient, rows: int) -> None:
    found = filled(world, karin, siv, rows)
    assert not {page: count for page, count in found.items() if count > MOST}, found
