"""Whoever comes is ticked off by anybody who works there: twice is once, a slip is undone, two at once find out."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.core import clock, db
from app.core.audit import log
from app.dropin import visit_service
from app.dropin.models import DropInVisit
from tests.care.pages import post, said, typed
from tests.dropin.hours import anybody, opens
from tests.world import Patient, Staff, World

pytestmark = pytest.mark.usefixtures("clockwork")
Travel = time_machine.Traveller


@pytest.fixture
def here(drop_in: UUID, clockwork: Travel) -> str:
    """Where Karin ticks off, at one o'clock."""
    clockwork.move_to(datetime(2026, 11, 25, 12, tzinfo=UTC))
    return f"/drop-in/i-dag/{db.short(drop_in)}"


def visits() -> list[DropInVisit]:
    return list(
        db.session().scalars(
            select(DropInVisit).order_by(DropInVisit.came_at).execution_options(populate_existing=True)
        )
    )


def comes(karin: Staff, here: str) -> str:
    """Somebody comes; where their visit is."""
    before = {it.id for it in visits()}
    assert post(karin, f"{here}/kom", visit=typed(karin.phone().get(here), "visit")).status_code == 303
    (new,) = [it for it in visits() if it.id not in before]
    return f"{here}/{db.short(new.id)}"


def test_an_afternoon(karin: Staff, here: str, drop_in: UUID, clockwork: Travel, world: World) -> None:
    assert karin.phone().get("/drop-in/i-dag").location == here
    assert "Ingen väntar Öppen mottagning i Rättvik. Öppet nu, till kl. 16.00." in said(karin.phone().get(here))
    first = comes(karin, here)
    clockwork.move_to(datetime(2026, 11, 25, 12, 10, tzinfo=UTC))
    second = comes(karin, here)
    shown = said(karin.phone().get(here))
    assert "2 väntar" in shown and "Nummer 1 kom kl. 13.00. Har väntat i 10 minuter." in shown
    assert "Några väntar just nu, färre än fem." in said(anybody(world.app).get(f"/drop-in/{db.short(drop_in)}"))
    met = post(karin, f"{first}/mots")
    assert met.location == first
    assert (
        post(
            karin, first, shown=typed(karin.phone().get(first), "shown"), new="new", led_to=["talk", "booked"]
        ).status_code
        == 303
    )
    assert post(karin, f"{second}/gick").status_code == 303
    shown = said(karin.phone().get(here))
    assert "Ingen väntar" in shown
    assert "Ett samtal, En bokad tid. Ny i psykiatrin." in shown and "Nummer 2 kom kl. 13.10. Gick innan." in shown
    one, two = visits()
    assert (one.new_here, one.led_to) == (True, ["booked", "talk"])
    assert one.seen_at and one.seen_at - one.came_at == clock.now() - one.came_at
    assert two.led_to == ["left"]
    rows = list(db.session().execute(select(log.c.action, log.c.patient_id, log.c.unit_id).order_by(log.c.id)))
    ours = [
        row
        for row in rows
        if row.action.startswith("drop_in.") and row.action not in ("drop_in.made", "drop_in.published")
    ]
    assert [row.action for row in ours] == [
        "drop_in.came",
        "drop_in.came",
        "drop_in.met",
        "drop_in.noted",
        "drop_in.left",
    ]
    assert {row.patient_id for row in ours} == {None} and {row.unit_id for row in ours} == {karin.unit.id}


def test_one_press_sent_twice_is_one_and_a_second_tab_is_another(karin: Staff, here: str) -> None:
    key = typed(karin.phone().get(here), "visit")
    assert post(karin, f"{here}/kom", visit=key).location == here
    again = post(karin, f"{here}/kom", visit=key)
    assert again.location == f"{here}?redan=1"
    assert "Den var redan noterad. Kom det en till?" in said(karin.phone().get(again.location))
    assert post(karin, f"{here}/kom", visit=typed(karin.phone().get(here), "visit")).status_code == 303
    # A key that nobody made is as good as none: who came is counted.
    assert post(karin, f"{here}/kom", visit="snart").status_code == 303
    assert len(visits()) == 3


def test_slips_are_undone(karin: Staff, here: str) -> None:
    visit = comes(karin, here)
    for _press in range(2):
        assert post(karin, f"{visit}/mots").status_code == 303
    assert post(karin, f"{visit}/vantar-igen").status_code == 303
    assert visits()[0].seen_at is None
    assert post(karin, f"{visit}/gick").status_code == 303
    assert post(karin, f"{visit}/vantar-igen").status_code == 303
    assert (visits()[0].seen_at, visits()[0].led_to) == (None, [])
    for _press in range(2):
        assert post(karin, f"{visit}/ta-bort").status_code == 303
    shown = said(karin.phone().get(here))
    assert "Ingen väntar" in shown and "Borttagna Noterad kl. 13.00 Lägg tillbaka" in shown
    assert karin.phone().get(visit).location == here
    assert post(karin, f"{visit}/mots").status_code == 303 and visits()[0].seen_at is None
    for _press in range(2):
        assert post(karin, f"{visit}/lagg-tillbaka").status_code == 303
    assert "En väntar" in said(karin.phone().get(here))


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"new": ""}, "Välj ett av svaren."),
        ({"new": "kanske"}, "Välj ett av svaren."),
        ({"led_to": []}, "Välj minst en. Ett samtal räcker."),
        ({"led_to": ["talk", "left"]}, "Någon i listan går inte att välja längre."),
    ],
)
def test_a_note_that_cannot_be(karin: Staff, here: str, wrong: dict[str, object], fault: str) -> None:
    visit = comes(karin, here)
    shown = typed(karin.phone().get(visit), "shown")
    answer = post(karin, visit, **({"shown": shown, "new": "known", "led_to": ["talk"]} | wrong))
    assert answer.status_code == 422 and fault in said(answer)
    assert (visits()[0].new_here, visits()[0].led_to) == (None, [])
    assert ("new" in wrong) or 'value="known" checked' in re.sub(r"\s+", " ", answer.text) or "checked" in answer.text


def test_two_who_note_it_at_once_find_out(karin: Staff, maria: Staff, here: str) -> None:
    visit = comes(karin, here)
    shown = typed(karin.phone().get(visit), "shown")
    ours = {"shown": shown, "new": "known", "led_to": ["talk"]}
    assert post(karin, visit, **ours).status_code == 303
    assert post(maria, visit, **ours).status_code == 303, "the same again is the same"
    theirs = post(maria, visit, shown=shown, new="new", led_to=["emergency"])
    assert theirs.status_code == 422 and "Någon annan har noterat det här besöket: Ett samtal." in said(theirs)
    assert visits()[0].led_to == ["talk"]
    assert post(maria, visit, shown=typed(theirs, "shown"), new="new", led_to=["emergency"]).status_code == 303
    assert visits()[0].led_to == ["emergency"]
    assert post(karin, f"{visit}/vantar-igen").status_code == 303
    assert visits()[0].led_to == ["emergency"], "what is noted stands"


def test_nobody_is_ticked_off_on_another_day(karin: Staff, here: str, clockwork: Travel) -> None:
    visit = comes(karin, here)
    clockwork.move_to(datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert "Ingen drop-in i dag" in said(karin.phone().get("/drop-in/i-dag"))
    refused = post(karin, f"{here}/kom", visit="")
    assert refused.status_code == 409 and "Det är ingen drop-in i dag" in said(refused)
    assert karin.phone().get(visit).status_code == 404
    assert len(visits()) == 1


def test_only_those_who_work_there_come_in(karin: Staff, world: World, maria: Staff, place: UUID, here: str) -> None:
    visit = comes(karin, here)
    other = world.staff("Frida Falk", unit="Mottagning Granen")
    siv: Patient = world.patient("Siv Nyberg")
    for path in (here, visit):
        assert other.phone().get(path).status_code == 404
        assert siv.phone().get(path).status_code == 404
    for verb in ("mots", "gick", "ta-bort", "lagg-tillbaka", "vantar-igen"):
        assert post(other, f"{visit}/{verb}").status_code == 404
    assert post(other, f"{here}/kom", visit="").status_code == 404
    # A visit is of its own drop-in.
    twin = opens(maria, place, name="En annan")
    strange = f"/drop-in/i-dag/{db.short(twin)}/{visit.rpartition('/')[2]}"
    assert post(karin, f"{strange}/mots").status_code == 404
    assert visits()[0].seen_at is None
    assert len(re.findall(r'href="/drop-in/i-dag/', karin.phone().get("/drop-in/i-dag").text)) == 2


def test_no_row_of_a_visit_knows_a_person_who_came() -> None:
    columns = set(DropInVisit.__table__.columns.keys())
    assert columns == {
        "id",
        "drop_in_id",
        "on_date",
        "came_at",
        "seen_at",
        "new_here",
        "led_to",
        "noted_by",
        "taken_back_at",
    }
    assert visit_service.__doc__ and "No row knows a person" in visit_service.__doc__
