"""Closed days and the duty roster on their pages: what cannot be is said, with all that was typed."""

import re
from datetime import UTC, datetime

import pytest
import time_machine

from app.core import db
from tests.care.pages import key, post, said, typed
from tests.world import Staff, World

pytestmark = pytest.mark.usefixtures("monday")


def test_christmas_is_refused_without_cover_and_saved_with_it(world: World, maria: Staff, unit: str) -> None:
    granen = world.unit("Mottagning Granen")
    days = {"starts_on": "2026-12-23", "ends_on": "2027-01-06", "name": "Jul och nyår", "cover": ""}
    answer = post(maria, f"{unit}/stangt", **days)
    assert answer.status_code == 422
    assert "Ingen svarar på 51 timmar öppettid, onsdag 23 december till tisdag 5 januari 2027." in said(answer)
    assert "Längsta glapp är 8,5 timmar. Välj vem som svarar då." in said(answer)
    assert typed(answer, "ends_on") == "2027-01-06" and typed(answer, "name") == "Jul och nyår"
    answer = post(maria, f"{unit}/stangt", **(days | {"cover": "funktionen"}))
    assert answer.status_code == 422 and "Den du valde svarar inte heller då" in said(answer)
    assert post(maria, f"{unit}/stangt", **(days | {"cover": db.short(granen.id)})).status_code == 303
    shown = maria.phone().get(unit)
    assert "Onsdag 23 december till onsdag 6 januari 2027" in said(shown)
    assert "Jul och nyår. Mottagning Granen svarar." in said(shown)
    again = post(maria, f"{unit}/stangt", **(days | {"cover": db.short(granen.id)}))
    assert again.status_code == 422 and "Det är redan stängt onsdag 23 december" in said(again)
    link = re.search(rf'href="({unit}/stangt/[\w-]{{22}})"', shown.text)
    assert link
    opened = maria.phone().get(link.group(1))
    assert typed(opened, "starts_on") == "2026-12-23" and f'selected value="{db.short(granen.id)}"' in opened.text
    shorter = days | {"starts_on": "2026-12-28", "ends_on": "2026-12-28"}
    assert post(maria, link.group(1), **shorter).status_code == 303
    assert post(maria, link.group(1), **days).status_code == 422
    assert post(maria, f"{link.group(1)}/ta-bort").status_code == 303
    assert post(maria, f"{link.group(1)}/ta-bort").status_code == 404
    assert "Inga fler än de röda dagarna." in said(maria.phone().get(unit))


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"ends_on": "2026-12-01"}, "Sista dagen kommer före den första."),
        ({"ends_on": "2028-12-01"}, "Stäng högst ett år i taget."),
        ({"starts_on": "2026-11-20"}, "Det som har varit går inte att ändra."),
        ({"starts_on": ""}, "Välj en dag."),
        ({"starts_on": "i morgon"}, "Skriv dagen som 2026-12-24."),
        ({"cover": "ingen alls"}, "Välj en i listan."),
    ],
)
def test_closed_days_that_cannot_be(maria: Staff, unit: str, wrong: dict[str, str], fault: str) -> None:
    days = {"starts_on": "2026-12-14", "ends_on": "2026-12-14", "name": "Planering", "cover": ""} | wrong
    answer = post(maria, f"{unit}/stangt", **days)
    assert answer.status_code == 422 and fault in said(answer)
    assert typed(answer, "name") == "Planering"


def test_red_days_count_as_closed(maria: Staff, unit: str) -> None:
    shown = said(maria.phone().get(f"{unit}/roda-dagar"))
    assert "röda dagar på ett år" in shown and "Julafton räknas som stängt" in shown
    assert "Midsommarafton räknas som stängt" in shown and "Annandag jul stängt ändå" in shown
    with time_machine.travel(datetime(2026, 12, 24, 9, tzinfo=UTC), tick=False):
        assert "Stängt i dag." in said(maria.phone().get(unit))


def test_a_shift_is_put_on_the_roster_changed_and_repeated(maria: Staff, karin: Staff, unit: str) -> None:
    night = {"on": "2026-11-27", "opens": "21", "closes": "7", "people": [key(karin), "", key(maria)]}
    answer = post(maria, f"{unit}/bevakning/nytt", **night)
    assert answer.status_code == 303
    shown = maria.phone().get(answer.location)
    assert "Karin Ek, sedan Maria Hedlund 21 till lördag 7" in said(shown)
    again = post(maria, f"{unit}/bevakning/nytt", **night)
    assert again.status_code == 422 and "Det finns redan ett pass" in said(again)
    assert typed(again, "opens") == "21" and f'value="{key(karin)}" selected' in again.text
    assert post(maria, f"{unit}/bevakning/upprepa", fran="2026-11-23", weeks="2").status_code == 303
    twice = post(maria, f"{unit}/bevakning/upprepa", fran="2026-11-23", weeks="2")
    assert twice.status_code == 422 and "Inget är upprepat." in said(twice)
    shown = maria.phone().get(f"{unit}/bevakning")
    assert said(shown).count("Karin Ek, sedan Maria Hedlund 21 till lördag 7") == 3
    links = re.findall(rf'href="({unit}/bevakning/[\w-]{{22}})"', shown.text)
    opened = maria.phone().get(links[0])
    assert (typed(opened, "opens"), typed(opened, "closes"), typed(opened, "on")) == ("21", "7", "2026-11-27")
    day = {"on": "2026-11-27", "opens": "8", "closes": "24.00", "people": [key(maria)]}
    assert post(maria, links[0], **day).status_code == 303
    assert "Maria Hedlund 8–24" in said(maria.phone().get(f"{unit}/bevakning"))
    assert post(maria, f"{links[1]}/ta-bort").status_code == 303
    assert maria.phone().get(links[1]).status_code == 404
    assert "Maria Hedlund 8–24" in said(karin.phone().get(unit))
    assert links[0] not in karin.phone().get(unit).text


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"on": ""}, "Välj en dag."),
        ({"on": "2026-11-20"}, "Passet är redan slut då."),
        ({"opens": "25"}, "Skriv klockslaget som 8 eller 16.30."),
        ({"opens": "24"}, "Skriv klockslaget som 8 eller 16.30."),
        ({"people": ["", ""]}, "Välj minst en."),
        ({"people": ["x" * 22]}, "Någon i listan går inte att välja längre."),
    ],
)
def test_a_shift_that_cannot_be(maria: Staff, karin: Staff, unit: str, wrong: dict[str, object], fault: str) -> None:
    shift = {"on": "2026-11-27", "opens": "8", "closes": "16", "people": [key(karin)]} | wrong
    answer = post(maria, f"{unit}/bevakning/nytt", **shift)
    assert answer.status_code == 422 and fault in said(answer) and typed(answer, "closes") == "16"
