"""The cover ahead: gaps are found, shown to those who work there, and filled by the head."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from app.care import cover_queries
from app.care.absence_service import away_from_now
from app.care.cover_queries import CoverPage
from app.care.service import name_standing
from app.core import clock, db
from tests.world import Patient, Someone, Staff, World, today, token_in

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _tuesday() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


def cover(viewer: Staff) -> CoverPage:
    unit = cover_queries.unit_for(viewer.viewer, viewer.unit.id, today=today())
    return cover_queries.cover_of(viewer.viewer, unit, at=clock.now())


def test_a_covered_unit_has_no_gaps(karin: Staff) -> None:
    assert cover(karin).gaps == ()
    page = karin.phone().get(f"/bevakning/{db.short(karin.unit.id)}")
    assert "Någon svarar alla dagar till fredag 22 januari" in page.text


@pytest.fixture
def head(world: World) -> Someone:
    return world.admin()


@pytest.fixture
def ill(karin: Staff, world: World) -> Staff:
    """Karin is away until further notice, and Erik, who works there too, is nobody's substitute."""
    world.staff("Erik Lund")
    with db.transaction():
        away_from_now(karin.person.id, today_only=False, by=karin.viewer, now=clock.now())
    return karin


def gap_page(staff: Staff) -> str:
    (gap,) = cover(staff).gaps
    return f"/bevakning/{db.short(staff.unit.id)}/glapp?fran={gap.starts_at.isoformat().replace('+', '%2B')}"


def test_an_illness_without_substitutes_is_a_gap_for_all_the_sixty_days(ill: Staff) -> None:
    (gap,) = cover(ill).gaps
    assert (gap.patients, gap.names, gap.away) == (1, ("Karin Ek",), True)
    assert [face.name for face in gap.fills] == ["Erik Lund"]
    page = ill.phone().get(f"/bevakning/{db.short(ill.unit.id)}")
    assert "Ett glapp före fredag 22 januari" in page.text and "Gäller en patient hos Karin Ek" in page.text
    assert "Karin Ek är borta" in page.text and "Fråga Erik" not in page.text


@pytest.mark.parametrize("how", ["instead", "duty"])
def test_the_head_fills_a_gap_from_the_page(ill: Staff, head: Someone, how: str) -> None:
    phone, path = head.phone(), gap_page(ill)
    erik = cover(ill).gaps[0].fills[0].key
    page = phone.get(path)
    assert page.status_code == 200 and "Vem svarar" in page.text
    data = {"csrf_token": token_in(page.text), "who": db.short(erik), "how": how}
    answer = phone.post(path, data=data)
    assert answer.status_code == 303
    assert "Det är sparat" in phone.get(answer.location).text
    assert cover(ill).gaps == ()
    again = phone.post(path, data=data)
    assert again.location.endswith("klart=borta") and "finns inte längre" in phone.get(again.location).text


def test_nobody_chosen_is_said_and_nothing_is_stored(ill: Staff, head: Someone) -> None:
    phone, path = head.phone(), gap_page(ill)
    answer = phone.post(path, data={"csrf_token": token_in(phone.get(path).text), "how": "duty"})
    assert answer.status_code == 422 and "Välj vem som svarar." in answer.text
    assert len(cover(ill).gaps) == 1


def test_a_colleague_sees_the_gaps_and_cannot_fill_them(ill: Staff, world: World) -> None:
    path = gap_page(ill)
    assert world.staff("Erik Lund").phone().get(path).status_code == 404
    stranger = world.staff("Jonas Ström", unit="Mottagning Granen")
    assert stranger.phone().get(path.split("/glapp")[0]).status_code == 404


def test_whoever_has_not_opened_the_app_does_not_count(karin: Staff, world: World) -> None:
    quiet = world.staff("Anna Berg", opened=False)
    with db.transaction():
        name_standing(karin.assignment, (quiet.person.id,), by=karin.viewer, now=clock.now())
    page = karin.phone().get(f"/bevakning/{db.short(karin.unit.id)}")
    assert "Anna Berg nås inte genom Närlinjen" in page.text
