"""The pages of a unit: each change by its form, each fault beside its field with all that was typed."""

import pytest

from app.care import unit_service
from app.care.hours_rules import NEVER, Span, weekdays
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.care.pages import HOURS, key, page, post, said, typed
from tests.world import OFFICE, Staff, World

pytestmark = pytest.mark.usefixtures("monday")


def test_the_head_finds_the_unit_and_all_that_can_be_changed(maria: Staff, karin: Staff, unit: str) -> None:
    listed = maria.phone().get("/enhet")
    assert "Du leder en mottagning" in said(listed) and f'href="{unit}"' in listed.text
    shown = maria.phone().get(unit)
    for text in (
        "Öppet i dag 8–16.30.",
        "Maria Hedlund leder.",
        "Sjuksköterska, måndag till fredag 8–16.30.",
        "Svar senast efter 16 timmar",
        "Längsta glapp är 8,5 timmar.",
    ):
        assert text in said(shown), text
    for path in ("oppettider", "lofte", "chef", "stangt", "adress", "bevakning", "personal/ny"):
        assert f'href="{unit}/{path}"' in shown.text, path


def test_a_colleague_sees_the_unit_and_changes_nothing(maria: Staff, karin: Staff, unit: str, at_work: str) -> None:
    shown = karin.phone().get(unit)
    assert "Maria Hedlund leder." in said(shown) and "De som arbetar här" not in said(shown)
    assert "Här arbetar du" in said(karin.phone().get("/enhet"))
    for path in ("oppettider", "lofte", "chef", "stangt", "adress", "bevakning/nytt", "personal/ny"):
        assert f"{unit}/{path}" not in shown.text
        assert karin.phone().get(f"{unit}/{path}").status_code == 404, path
        assert post(karin, f"{unit}/{path}").status_code == 404, path
    for path in ("", "/schema", "/nummer", "/svarar", "/slut"):
        assert karin.phone().get(at_work + path).status_code == 404, path


def test_only_an_administrator_opens_units_and_registers_staff(world: World, maria: Staff, unit: str) -> None:
    for path in ("/enhet/ny", "/enhet/regionen", "/enhet/regionen/tider", f"{unit}/personal/registrera"):
        assert maria.phone().get(path).status_code == 404, path
        assert world.admin().phone().get(path).status_code == 200, path


def test_hours_are_typed_as_people_type_them(maria: Staff, karin: Staff, unit: str) -> None:
    ways = {"hours-0-0-0-fran": "0730", "hours-0-0-0-till": "12,00", "hours-0-0-1-fran": "13:15"}
    ways |= {"hours-0-0-1-till": "23:59", "hours-0-1-0-fran": "", "hours-0-1-0-till": ""}
    assert post(maria, f"{unit}/oppettider", **(HOURS | ways)).location == unit
    assert page(maria, karin).office == ((Span(450, 720), Span(795, 1440)), (), *OFFICE[2:])


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"hours-0-2-0-till": ""}, "Onsdag: skriv från och till"),
        ({"hours-0-2-0-fran": "17"}, "Onsdag: tiden slutar innan den börjar."),
        ({"hours-0-2-0-fran": "8.75"}, "Onsdag: skriv från och till"),
        ({"hours-0-2-1-fran": "12", "hours-0-2-1-till": "18"}, "Onsdag: två tider går in i varandra."),
        ({name: "" for name in HOURS if name != "hours-veckor"}, "Skriv minst en tid."),
    ],
)
def test_hours_that_cannot_be_are_said_with_all_kept(
    maria: Staff, karin: Staff, unit: str, wrong: dict[str, str], fault: str
) -> None:
    answer = post(maria, f"{unit}/oppettider", **(HOURS | wrong))
    assert answer.status_code == 422 and fault in said(answer)
    for name, text in (HOURS | wrong).items():
        assert typed(answer, name) == text, name
    assert page(maria, karin).office == OFFICE


def test_more_room_is_asked_for_without_saving(maria: Staff, karin: Staff, unit: str) -> None:
    more = {"gor": "pass-0", "hours-0-dag": "3", "hours-0-3-0-till": "12"}
    answer = post(maria, f"{unit}/oppettider", **(HOURS | more))
    assert answer.status_code == 200 and typed(answer, "hours-0-3-0-till") == "12"
    assert 'name="hours-0-3-1-fran"' in answer.text and 'name="hours-0-2-1-fran"' not in answer.text
    same = {"gor": "lika-0", "hours-0-0-0-fran": "9"}
    answer = post(maria, f"{unit}/oppettider", **(HOURS | same))
    assert [typed(answer, f"hours-0-{day}-0-fran") for day in range(7)] == ["9"] * 5 + ["", ""]
    assert page(maria, karin).office == OFFICE


def test_the_promise_and_the_gap(maria: Staff, karin: Staff, unit: str) -> None:
    assert typed(maria.phone().get(f"{unit}/lofte"), "promise") == "16"
    assert post(maria, f"{unit}/lofte", promise="7,5", gap="").location == unit
    assert (page(maria, karin).promise, page(maria, karin).own_gap) == (450, None)
    for promise, gap in (("", ""), ("0", ""), ("81", ""), ("en dag", ""), ("8", "0,1")):
        answer = post(maria, f"{unit}/lofte", promise=promise, gap=gap)
        assert answer.status_code == 422 and "Skriv antalet timmar, från 0,25 till 80." in said(answer)
        assert typed(answer, "promise") == promise


def test_where_it_is_and_which_numbers(maria: Staff, karin: Staff, unit: str) -> None:
    new = {
        "name": "Mottagning Björken",
        "phone": "031 390 06 11",
        "phone_hours": "Vardagar 8–15",
        "visiting": "Björkvägen 1",
        "postal": "",
        "n0-label": "Receptförnyelse",
        "n0-phone": "031-390 06 18",
        "n0-hours": "",
    }
    assert post(maria, f"{unit}/adress", **new).location == unit
    shown = said(maria.phone().get(unit))
    assert "031-390 06 11" in shown and "Receptförnyelse" in shown and "Björkvägen 1" in shown
    again = maria.phone().get(f"{unit}/adress")
    assert typed(again, "phone") == "031-390 06 11" and typed(again, "n0-phone") == "031-390 06 18"
    for wrong, fault in (
        ({"phone": "031-39"}, "Numret har för få eller för många siffror."),
        ({"phone": ""}, "Skriv ett nummer att ringa."),
        ({"phone": "ring oss"}, "Skriv numret med siffror och riktnummer."),
        ({"name": ""}, "Skriv vad mottagningen heter."),
        ({"name": " "}, "Skriv vad mottagningen heter."),
        ({"n0-label": ""}, "Skriv vad numret är till."),
        ({"n0-phone": ""}, "Skriv ett nummer att ringa."),
    ):
        answer = post(maria, f"{unit}/adress", **(new | wrong))
        assert answer.status_code == 422 and fault in said(answer), wrong
        assert typed(answer, "phone_hours") == "Vardagar 8–15"
    assert page(maria, karin).phone == "+46313900611"


def test_a_new_head_and_who_answers_for_them(world: World, maria: Staff, karin: Staff, unit: str) -> None:
    erik = world.staff("Erik Lund")
    for people, fault in (([], "Välj minst en"), ([key(karin), ""], "Chefen kan inte svara för sig själv.")):
        answer = post(maria, f"{unit}/chef", head=key(karin), substitutes=people)
        assert answer.status_code == 422 and fault in said(answer)
    answer = post(maria, f"{unit}/chef", head=key(karin), substitutes=["", key(maria), key(erik)])
    assert answer.status_code == 303
    found = page(karin, karin)
    assert (found.head, found.substitutes) == (karin.person.id, (maria.person.id, erik.person.id))


def test_an_administrator_opens_a_unit(world: World, maria: Staff, karin: Staff) -> None:
    admin = world.admin()
    new = {"name": "Mottagning Eken", "phone": "031-390 06 40", "phone_hours": "", "head": key(maria)} | HOURS
    answer = post(admin, "/enhet/ny", **new, substitutes=[key(karin)])
    assert answer.status_code == 303
    assert "Mottagning Eken" in said(admin.phone().get(answer.location))
    again = post(admin, "/enhet/ny", **new, substitutes=[key(karin)])
    assert again.status_code == 422 and "En annan mottagning heter så." in said(again)
    assert typed(again, "hours-0-0-0-till") == "16.30"
    drawn = post(admin, "/enhet/ny", **new, substitutes=[key(karin)], gor="pass-0", **{"hours-0-dag": "0"})
    assert drawn.status_code == 200 and typed(drawn, "name") == "Mottagning Eken"
    assert f'value="{key(karin)}" selected' in drawn.text


def test_the_regions_function_is_never_one_person(world: World, karin: Staff) -> None:
    admin = world.admin()
    one, two = (db.short(person) for person in world.function)
    answer = post(admin, "/enhet/regionen", phone="031-390 06 05", people=[one])
    assert answer.status_code == 422 and "Välj minst två personer" in said(answer)
    assert post(admin, "/enhet/regionen", phone="031-390 06 05", people=[one, two, key(karin)]).status_code == 303
    assert "031-390 06 05" in admin.phone().get("/enhet/regionen").text
    assert post(admin, "/enhet/regionen/tider", **HOURS).location == "/enhet/regionen"
    assert "Måndag till fredag 8–16.30" in said(admin.phone().get("/enhet/regionen"))


def test_a_week_that_differs_by_day_is_said_in_words(maria: Staff, karin: Staff, unit: str) -> None:
    week = (*weekdays("08:00", "12:00", days=range(2))[:2], *OFFICE[2:4], (), *NEVER[5:])
    with db.transaction():
        unit_service.change_office_hours(karin.unit.id, week, by=SYSTEM, now=clock.now())
    assert "Måndag och tisdag 8–12, onsdag och torsdag 8–16.30" in said(maria.phone().get(unit))
