"""A person's work on its pages: patterns without scripts, who answers instead, and what an end would mean."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import text

from app.accounts import service as accounts
from app.care import service
from app.care.hours_rules import NEVER, Span
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.care.around import number_for
from tests.care.pages import HOURS, key, post, said, typed, work
from tests.world import ADULT, OFFICE, Staff, World, today

pytestmark = pytest.mark.usefixtures("monday")


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
    for anchor in ("9999-12-27", "0001-01-01"):
        far = {"anchor": anchor, "gor": "vecka", "starts_on": "2026-11-24"}
        assert post(maria, f"{at_work}/schema", **(form | far)).status_code == 200
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
    for wrong in ("", "2026-11-01", "aldrig", "9999-12-31"):
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


NEW = {"title": "skötare", "role": "care", "starts_on": "2026-11-23", "phone": "", "phone_hours": ""}


def test_a_patient_who_gets_work_is_the_same_person_and_keeps_their_name(
    world: World, maria: Staff, karin: Staff, unit: str
) -> None:
    siv = world.patient("Siv Nyberg")
    typed_number = f"{siv.person.number[2:8]}-{siv.person.number[8:]}"
    form = NEW | {"name": "Siv Ny", "hsa_id": "SE-SIV", "number": typed_number}
    answer = post(world.admin(), f"{unit}/personal/registrera", **form)
    assert answer.status_code == 303, said(answer)
    assert db.session().scalar(text("select person_id from staff where hsa_id = 'SE-SIV'")) == siv.person.id
    page = said(maria.phone().get(answer.location))
    assert "Siv Nyberg" in page and "Siv Ny " not in page


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"hsa_id": "SE-TWO", "number": "19800101-0000"},
            "Numret stämmer inte. Skriv alla tolv siffror, eller lämna tomt.",
        ),
        ({"hsa_id": "SE-TWO"}, "Någon i personalen har det numret redan."),
        ({"number": ""}, "Någon med det HSA-id:t finns redan."),
    ],
)
def test_what_is_known_is_said_beside_the_right_field(
    world: World, maria: Staff, unit: str, more: dict[str, str], words: str
) -> None:
    first = NEW | {"name": "Åsa Öberg", "hsa_id": "SE-ONE", "number": number_for(ADULT)}
    assert post(world.admin(), f"{unit}/personal/registrera", **first).status_code == 303
    again = post(world.admin(), f"{unit}/personal/registrera", **first | {"hsa_id": "SE-ONE"} | more)
    field = "hsa_id" if "number" in more and not more["number"] else "number"
    assert again.status_code == 422 and f'id="{field}-fault"' in again.text and words in said(again)
    assert again.text.count('class="fault"') == 1 and typed(again, "name") == "Åsa Öberg"


def test_a_closed_account_gets_no_work(world: World, maria: Staff, unit: str) -> None:
    siv = world.patient("Siv Nyberg")
    with db.transaction():
        accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    form = NEW | {"name": "Siv Nyberg", "hsa_id": "SE-SIV", "number": siv.person.number}
    answer = post(world.admin(), f"{unit}/personal/registrera", **form)
    assert answer.status_code == 422 and "Det finns ett stängt konto med det numret." in said(answer)


def test_whoever_works_nowhere_is_told_so(world: World, karin: Staff) -> None:
    with db.transaction():
        service.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())
    assert "Du arbetar inte på någon mottagning här" in said(karin.phone().get("/enhet"))
