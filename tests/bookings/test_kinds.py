"""What a unit offers times for, and where: only who leads it changes it, and nothing is half stored."""

import re

import pytest
from sqlalchemy import select

from app.bookings import kind_queries
from app.bookings.kind_models import ServiceType
from app.bookings.models import Booking
from app.bookings.rules import CLOSING
from app.core import db
from app.core.audit import log
from tests.bookings.times import books, offers
from tests.care.pages import key, post, said, typed
from tests.world import Patient, Staff, World

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def here(karin: Staff) -> str:
    """The address of what the unit offers."""
    return f"/enhet/tider/{db.short(karin.unit.id)}"


def samtal(karin: Staff, **changed: object) -> dict[str, object]:
    return {
        "name": "Samtal",
        "mode": "visit",
        "minutes": "45",
        "place": "",
        "staff": [key(karin)],
        "bring": "",
    } | changed


def link(html: str, under: str) -> str:
    found = re.search(rf'href="({under}/[\w-]{{22}})"', html)
    assert found, f"no link under {under}"
    return found.group(1)


def test_the_head_offers_a_time_with_a_place_of_its_own(here: str, maria: Staff, karin: Staff) -> None:
    assert "Inga än. Lägg till den första, så går det att boka." in said(maria.phone().get(here))
    branch = {"name": "Filialen i Björkby", "address": "Torget 1", "way": "Buss 12 till torget.", "weekdays": ["2"]}
    assert post(maria, f"{here}/plats/ny", **branch).status_code == 303
    shown = maria.phone().get(here)
    assert "Filialen i Björkby Torget 1. Öppen onsdag." in said(shown)
    place = link(shown.text, f"{here}/plats").rpartition("/")[2]
    made = post(maria, f"{here}/ny", **samtal(karin, place=place, bring="Legitimation"))
    assert made.status_code == 303 and made.location.endswith("/kallelse")
    assert "Var: Filialen i Björkby." in said(maria.phone().get(made.location))
    shown = maria.phone().get(here)
    assert "Samtal Besök, 45 minuter, Filialen i Björkby. En gör det här." in said(shown)
    opened = maria.phone().get(link(shown.text, here))
    assert typed(opened, "minutes") == "45" and f'selected value="{place}"' in opened.text
    by_phone = samtal(karin, name="Telefontid", mode="phone", place=place, staff=[key(karin), key(maria)])
    assert post(maria, link(shown.text, here), **by_phone).status_code == 303
    assert "Telefontid Telefonsamtal, 45 minuter. Två gör det här." in said(maria.phone().get(here))


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"name": ""}, "Skriv vad tiden heter."),
        ({"name": " \u200b"}, "Skriv vad tiden heter."),
        ({"mode": "letter"}, "Välj ett av svaren."),
        ({"minutes": "4"}, "Skriv antalet minuter, från 5 till 720."),
        ({"minutes": "en timme"}, "Skriv antalet minuter, från 5 till 720."),
        ({"minutes": "9" * 30}, "Skriv antalet minuter, från 5 till 720."),
        ({"minutes": ""}, "Skriv antalet minuter, från 5 till 720."),
        ({"place": "x" * 22}, "Välj en i listan."),
        ({"staff": []}, "Välj minst en som gör det här."),
        ({"staff": ["x" * 22]}, "Någon i listan går inte att välja längre."),
        ({"bring": "a" * 301}, "Skriv kortare, högst 300 tecken."),
    ],
)
def test_a_kind_of_time_that_cannot_be(
    here: str, maria: Staff, karin: Staff, wrong: dict[str, object], fault: str
) -> None:
    answer = post(maria, f"{here}/ny", **samtal(karin, **{"name": "Årskontroll", "bring": "Äpplen"} | wrong))
    assert answer.status_code == 422 and fault in said(answer)
    assert "name" in wrong or typed(answer, "name") == "Årskontroll"
    assert "bring" in wrong or "Äpplen</textarea>" in answer.text
    assert not kind_queries.kinds_of(maria.viewer, karin.unit.id)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"name": ""}, "Skriv vad platsen heter."),
        ({"name": " "}, "Skriv vad platsen heter."),
        ({"address": " \u200b"}, "Skriv en adress som går att hitta till."),
        ({"weekdays": []}, "Välj minst en dag."),
        ({"weekdays": ["7"]}, "Någon i listan går inte att välja längre."),
    ],
)
def test_a_place_that_cannot_be(here: str, maria: Staff, karin: Staff, wrong: dict[str, object], fault: str) -> None:
    place = {"name": "Huset", "address": "Ågatan 3", "way": "Dörren är röd.", "weekdays": ["0", "4"]} | wrong
    answer = post(maria, f"{here}/plats/ny", **place)
    assert answer.status_code == 422 and fault in said(answer) and "Dörren är röd.</textarea>" in answer.text
    assert not kind_queries.places_of(maria.viewer, karin.unit.id)


def test_two_of_one_name_are_refused_and_what_was_typed_stands(here: str, maria: Staff, karin: Staff) -> None:
    assert post(maria, f"{here}/ny", **samtal(karin)).status_code == 303
    again = post(maria, f"{here}/ny", **samtal(karin, minutes="30"))
    assert again.status_code == 422 and "Mottagningen har redan en tid som heter så." in said(again)
    assert typed(again, "minutes") == "30"
    place = {"name": "Huset", "address": "Ågatan 3", "way": "", "weekdays": ["0"]}
    assert post(maria, f"{here}/plats/ny", **place).status_code == 303
    again = post(maria, f"{here}/plats/ny", **place)
    assert again.status_code == 422 and "Mottagningen har redan en plats som heter så." in said(again)


def test_what_has_ended_is_brought_back_and_what_is_booked_stands(
    here: str, maria: Staff, karin: Staff, siv: Patient
) -> None:
    booked = books(karin, siv, "2026-12-08 09:00")
    kind = f"{here}/{db.short(offers(karin))}"
    for _press in range(2):
        assert post(maria, f"{kind}/sluta").status_code == 303
    shown = said(maria.phone().get(here))
    assert "Används inte längre Det som redan är bokat står kvar. Samtal" in shown
    row = db.session().get_one(Booking, booked)
    assert row.status == "booked" and siv.phone().get(f"/kallelse/{db.short(booked)}").status_code == 200
    assert post(maria, f"{here}/ny", **samtal(karin)).status_code == 303
    refused = post(maria, f"{kind}/igen")
    assert refused.status_code == 409 and "Namnet är upptaget" in said(refused)
    other = next(it.key for it in kind_queries.kinds_of(maria.viewer, karin.unit.id) if not it.ended)
    assert post(maria, f"{here}/{db.short(other)}/sluta").status_code == 303
    assert post(maria, f"{kind}/igen").status_code == 303
    assert "Samtal Besök, 45 minuter. En gör det här." in said(maria.phone().get(here))


def test_a_place_that_is_used_is_not_taken_away(here: str, maria: Staff, karin: Staff) -> None:
    place = {"name": "Huset", "address": "Ågatan 3", "way": "", "weekdays": ["0"]}
    assert post(maria, f"{here}/plats/ny", **place).status_code == 303
    (it,) = kind_queries.places_of(maria.viewer, karin.unit.id)
    one = f"{here}/plats/{db.short(it.key)}"
    assert post(maria, f"{here}/ny", **samtal(karin, place=db.short(it.key))).status_code == 303
    refused = post(maria, f"{one}/sluta")
    assert refused.status_code == 409 and "Samtal är oftast där. Välj en annan plats för dem först." in said(refused)
    kind = link(maria.phone().get(here).text, here)
    assert post(maria, kind, **samtal(karin)).status_code == 303
    assert post(maria, one, **(place | {"name": "Gamla huset", "weekdays": ["0", "1", "2", "4"]})).status_code == 303
    assert "Gamla huset Ågatan 3. Öppen måndag till onsdag, fredag." in said(maria.phone().get(here))
    assert post(maria, f"{one}/sluta").status_code == 303
    assert post(maria, f"{one}/igen").status_code == 303
    assert [place.ended for place in kind_queries.places_of(maria.viewer, karin.unit.id)] == [False]


def test_only_who_leads_the_unit_comes_in(here: str, world: World, maria: Staff, karin: Staff, siv: Patient) -> None:
    kind = f"{here}/{db.short(offers(karin))}"
    other = world.staff("Frida Falk", unit="Mottagning Granen")
    for path in (here, f"{here}/ny", f"{here}/plats/ny", kind, f"{kind}/kallelse"):
        assert maria.phone().get(path).status_code == 200
        assert [who.phone().get(path).status_code for who in (karin, other, siv)] == [404, 404, 404]
    for verb in ("", "/sluta", "/igen", "/kallelse"):
        assert post(karin, f"{kind}{verb}", **samtal(karin)).status_code == 404
    elsewhere = f"/enhet/tider/{db.short(other.unit.id)}/{kind.rpartition('/')[2]}"
    assert world.admin().phone().get(elsewhere).status_code == 404


def test_every_change_is_in_the_log(here: str, maria: Staff, karin: Staff) -> None:
    made = post(maria, f"{here}/ny", **samtal(karin))
    kind = made.location.removesuffix("/kallelse")
    for path, data in ((kind, samtal(karin)), (f"{kind}/kallelse", {"words": "Hej."}), (f"{kind}/sluta", {})):
        assert post(maria, path, **data).status_code == 303
    assert post(maria, f"{kind}/igen").status_code == 303
    rows = db.session().execute(select(log.c.action).order_by(log.c.id)).scalars()
    done = ["opened", "changed", "letter_changed", "ended", "reopened"]
    assert [row for row in rows if row.startswith("service_type")] == [f"service_type.{it}" for it in done]


def test_one_that_is_opened_has_a_letter_that_invites(here: str, maria: Staff, karin: Staff) -> None:
    assert post(maria, f"{here}/ny", **samtal(karin)).status_code == 303
    assert db.session().scalars(select(ServiceType.letter)).all() == [CLOSING]
