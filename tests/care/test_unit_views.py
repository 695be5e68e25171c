"""The pages of a unit: each change by its form, each fault beside its field with all that was typed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from werkzeug.test import TestResponse

from app.care import service, unit_queries, unit_service, work_queries
from app.care.hours_rules import NEVER, Span, weekdays
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import OFFICE, Someone, Staff, World, today, token_in

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOURS = {f"hours-0-{day}-0-{end}": text for day in range(5) for end, text in (("fran", "8"), ("till", "16.30"))}
HOURS |= {f"hours-0-{day}-0-{end}": "" for day in (5, 6) for end in ("fran", "till")} | {"hours-veckor": "1"}


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def maria(world: World, karin: Staff) -> Staff:
    maria, erik = world.staff("Maria Hedlund", title="enhetschef"), world.staff("Erik Lund")
    with db.transaction():
        unit_service.name_head(karin.unit.id, maria.person.id, (erik.person.id,), by=SYSTEM, now=clock.now())
    return maria


@pytest.fixture
def unit(karin: Staff) -> str:
    return f"/enhet/{db.short(karin.unit.id)}"


@pytest.fixture
def at_work(unit: str, karin: Staff) -> str:
    return f"{unit}/personal/{db.short(karin.assignment.id)}"


def post(who: Someone, path: str, **data: object) -> TestResponse:
    phone = who.phone()
    return phone.post(path, data={"csrf_token": token_in(phone.get("/enhet").text)} | data)


def said(answer: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\xa0", " ").split())


def typed(answer: TestResponse, name: str) -> str:
    found = re.search(rf'<input[^>]*\bname="{re.escape(name)}"[^>]*>', answer.text)
    value = found and re.search(r'\bvalue="([^"]*)"', found.group())
    return unescape(value.group(1)) if value else ""


def page(who: Someone, staff: Staff) -> unit_queries.UnitPage:
    return unit_queries.unit_for(who.viewer, staff.unit.id, today=today())


def work(maria: Staff, staff: Staff) -> work_queries.Work:
    return work_queries.work_for(maria.viewer, staff.unit.id, staff.assignment.id, today=today())


def key(who: Someone) -> str:
    return db.short(who.person.id)


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
    assert "onsdag 23 december till onsdag 6 januari 2027" in said(shown)
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
    assert "21 till lördag 7 Karin Ek, sedan Maria Hedlund" in said(shown)
    again = post(maria, f"{unit}/bevakning/nytt", **night)
    assert again.status_code == 422 and "Det finns redan ett pass" in said(again)
    assert typed(again, "opens") == "21" and f'value="{key(karin)}" selected' in again.text
    assert post(maria, f"{unit}/bevakning/upprepa", fran="2026-11-23", weeks="2").status_code == 303
    twice = post(maria, f"{unit}/bevakning/upprepa", fran="2026-11-23", weeks="2")
    assert twice.status_code == 422 and "Inget är upprepat." in said(twice)
    shown = maria.phone().get(f"{unit}/bevakning")
    assert said(shown).count("21 till lördag 7 Karin Ek") == 3
    links = re.findall(rf'href="({unit}/bevakning/[\w-]{{22}})"', shown.text)
    opened = maria.phone().get(links[0])
    assert (typed(opened, "opens"), typed(opened, "closes"), typed(opened, "on")) == ("21", "7", "2026-11-27")
    day = {"on": "2026-11-27", "opens": "8", "closes": "24.00", "people": [key(maria)]}
    assert post(maria, links[0], **day).status_code == 303
    assert "8–24 Maria Hedlund" in said(maria.phone().get(f"{unit}/bevakning"))
    assert post(maria, f"{links[1]}/ta-bort").status_code == 303
    assert maria.phone().get(links[1]).status_code == 404
    assert "8–24 Maria Hedlund" in said(karin.phone().get(unit))
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


def test_two_alternating_weeks_are_typed_without_scripts(maria: Staff, karin: Staff, at_work: str) -> None:
    first = maria.phone().get(f"{at_work}/schema")
    anchor = typed(first, "anchor")
    assert typed(first, "starts_on") == anchor == "2026-11-30"
    two = post(maria, f"{at_work}/schema", **HOURS, starts_on="2026-11-30", anchor=anchor, gor="vecka")
    assert "Vecka 1 av 2" in said(two) and "v. 49, 51, 53 och så vidare" in said(two)
    assert typed(two, "hours-1-4-0-till") == "16.30" and work(maria, karin).at(date(2026, 12, 1)).weeks == (OFFICE,)  # type: ignore[union-attr]
    other = {f"hours-1-{day}-0-{end}": "" for day in range(7) for end in ("fran", "till")} | {
        "hours-1-1-0-fran": "10",
        "hours-1-1-0-till": "14",
    }
    form = HOURS | other | {"hours-veckor": "2", "starts_on": "2026-11-30", "anchor": anchor}
    assert post(maria, f"{at_work}/schema", **form).location == at_work
    held = work(maria, karin).at(date(2026, 12, 1))
    assert held and held.weeks == (OFFICE, (NEVER[0], (Span(600, 840),), *NEVER[2:]))
    shown = said(maria.phone().get(at_work))
    assert "Från måndag 30 november" in shown and "olika veckor" in shown
    with time_machine.travel(datetime(2026, 12, 8, 9, tzinfo=UTC), tick=False):
        shown = said(maria.phone().get(at_work))
        assert "Vecka 2 av 2 Tisdag 10–14 (den här veckan)" in shown
        again = maria.phone().get(f"{at_work}/schema")
        # The week that the new pattern would begin in stands first, so that nothing shifts when nothing is changed.
        assert typed(again, "anchor") == "2026-12-14" and typed(again, "hours-0-0-0-fran") == "8"
    less = post(maria, f"{at_work}/schema", **(form | {"gor": "farre"}))
    assert "Vecka 1 av 2" not in said(less) and 'name="hours-1-0-0-fran"' not in less.text


def test_a_pattern_never_rewrites_what_has_been(maria: Staff, karin: Staff, at_work: str) -> None:
    form = HOURS | {"anchor": "2026-11-23"}
    answer = post(maria, f"{at_work}/schema", **form, starts_on="2026-11-22")
    assert answer.status_code == 422 and "Det som har varit ändras inte. Välj måndag 23 november" in said(answer)
    answer = post(maria, f"{at_work}/schema", **(form | {"anchor": "x"}), starts_on="2026-11-24")
    assert answer.status_code == 422 and "Ladda om sidan" in said(answer)
    most = HOURS | {"hours-veckor": "10", "starts_on": "2026-11-24", "anchor": "2026-11-23", "gor": "vecka"}
    eleven = post(maria, f"{at_work}/schema", **most)
    assert 'name="hours-9-0-0-fran"' in eleven.text and 'name="hours-10-0-0-fran"' not in eleven.text
    assert work(maria, karin).periods[0].weeks == (OFFICE,)


def test_who_answers_instead_and_the_direct_number(world: World, maria: Staff, karin: Staff, at_work: str) -> None:
    erik = world.staff("Erik Lund")
    assert post(maria, f"{at_work}/svarar", people=[key(erik), "", key(maria)]).location == at_work
    assert "Erik Lund, sedan Maria Hedlund" in said(maria.phone().get(at_work))
    assert post(maria, f"{at_work}/svarar", people=[key(karin)]).status_code == 422
    assert post(maria, f"{at_work}/nummer", phone="0313900699", phone_hours="Tisdagar").location == at_work
    assert work(maria, karin).phone == "+46313900699"
    assert typed(maria.phone().get(f"{at_work}/nummer"), "phone") == "031-390 06 99"
    assert post(maria, f"{at_work}/nummer", phone="", phone_hours="").location == at_work
    assert "Inget eget nummer" in said(maria.phone().get(at_work))


def test_what_follows_is_shown_before_the_end_is_set(
    world: World, maria: Staff, karin: Staff, unit: str, at_work: str
) -> None:
    for name in ("Siv", "Tom"):
        world.patient(name)
    shown = maria.phone().get(f"{at_work}/slut?on=2026-12-31")
    assert "Två patienter står utan kontakt" in said(shown) and work(maria, karin).ends_on is None
    token = {"on": "2026-12-31", "seen": typed(shown, "seen")}
    world.patient("Gun")
    changed = post(maria, f"{at_work}/slut", **token)
    assert changed.status_code == 422 and "Tre patienter står utan kontakt" in said(changed)
    assert post(maria, f"{at_work}/slut", on="2026-12-31", seen=typed(changed, "seen")).location == at_work
    assert work(maria, karin).ends_on == date(2026, 12, 31)
    assert "Tre patienter får ingen kontakt som arbetar här" in said(maria.phone().get(unit))
    assert "Sista dagen är torsdag 31 december." in said(maria.phone().get(at_work))
    assert post(maria, f"{at_work}/fortsatt").location == at_work
    assert work(maria, karin).ends_on is None
    for wrong in ("", "2026-11-01", "aldrig"):
        assert maria.phone().get(f"{at_work}/slut?on={wrong}").status_code == 422


def test_somebody_from_another_unit_is_given_work_here(world: World, maria: Staff, unit: str) -> None:
    jonas = world.staff("Jonas Ström", unit="Mottagning Granen")
    given = {"person": key(jonas), "role": "care", "starts_on": "2026-12-01", "phone": "", "phone_hours": ""}
    answer = post(maria, f"{unit}/personal/ny", **given)
    assert answer.status_code == 303
    shown = said(maria.phone().get(answer.location))
    assert "Börjar tisdag 1 december." in shown and "Måndag till fredag 8–16.30" in shown
    again = post(maria, f"{unit}/personal/ny", **given)
    assert again.status_code == 422 and "Den personen arbetar redan här då." in said(again)
    answer = post(maria, f"{unit}/personal/ny", **(given | {"person": "", "role": ""}))
    assert answer.status_code == 422
    assert "Välj en i listan." in said(answer) and "Välj ett av svaren." in said(answer)


def test_an_administrator_registers_somebody_new(world: World, maria: Staff, unit: str) -> None:
    admin = world.admin()
    new = {
        "name": "Åsa Öberg",
        "hsa_id": "SE2321000180-ÅÖ",
        "title": "läkare",
        "role": "licensed",
        "physician": "y",
        "starts_on": "2026-11-23",
        "phone": "031-390 06 17",
        "phone_hours": "Vardagar 8–16",
    }
    answer = post(admin, f"{unit}/personal/registrera", **new)
    assert answer.status_code == 303
    assert "Åsa Öberg" in said(maria.phone().get(answer.location))
    again = post(admin, f"{unit}/personal/registrera", **new)
    assert again.status_code == 422 and "Någon med det HSA-id:t finns redan." in said(again)
    answer = post(admin, f"{unit}/personal/registrera", **(new | {"role": "care", "hsa_id": "SE-NY"}))
    assert answer.status_code == 422 and "En läkare är legitimerad." in said(answer)
    assert typed(answer, "name") == "Åsa Öberg"


def test_whoever_works_nowhere_is_told_so(world: World, karin: Staff) -> None:
    with db.transaction():
        service.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())
    assert "Du arbetar inte på någon mottagning här" in said(karin.phone().get("/enhet"))


def test_a_week_that_differs_by_day_is_said_in_words(maria: Staff, karin: Staff, unit: str) -> None:
    week = (*weekdays("08:00", "12:00", days=range(2))[:2], *OFFICE[2:4], (), *NEVER[5:])
    with db.transaction():
        unit_service.change_office_hours(karin.unit.id, week, by=SYSTEM, now=clock.now())
    assert "Måndag och tisdag 8–12, onsdag och torsdag 8–16.30" in said(maria.phone().get(unit))
