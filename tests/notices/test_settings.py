"""Mina aviseringar: what is on, turned off, tried out and chosen, and what is refused for good."""

import re
from datetime import time, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.core import clock, db
from app.core.audit import SYSTEM, log
from app.core.recurrence import Quiet
from app.notices import delivery_service
from app.notices import service as notices
from app.notices import setting_queries as queries
from app.notices import setting_service as service
from app.notices.models import Delivery
from app.notices.setting_forms import moment
from tests.client import LintedClient
from tests.notices.browsers import ended, says, tells, turns_on
from tests.world import Patient, Relative, Someone, Staff, World, token_in

Travel = time_machine.Traveller
MINE = "/aviseringar/mina"


def press(client: LintedClient, address: str, **typed: object) -> str:
    answer = client.post(address, data={"csrf_token": token_in(client.get(MINE).text), **typed})
    assert answer.status_code == 303, answer.text
    return answer.location


def section(html: str, about: str) -> str:
    """One section of the page, by its heading's id, without its marks."""
    found = re.search(rf'<section[^>]*aria-labelledby="{about}".*?</section>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])) if found else ""


def said(someone: Someone) -> list[str]:
    rows = select(log.c.action).where(log.c.actor_id == someone.person.id, log.c.action.like("notices.%"))
    return list(db.run(rows.order_by(log.c.at, log.c.id)).scalars())


def test_whom_nothing_reaches_is_told_so_and_how_it_is_turned_on(siv: Patient) -> None:
    page = siv.phone().get(MINE).text
    assert "<h1>Aviseringar är av</h1>" in page
    assert "Att slå på går bara när sidan får köra JavaScript." in page
    assert not section(page, "var") and page.count("Lägg till på hemskärmen") >= 2


def test_each_device_is_listed_with_what_it_has_shown(siv: Patient, clockwork: Travel) -> None:
    it = turns_on(siv, "a")
    phone = siv.phone()
    page = phone.get(MINE).text
    assert "<h1>Aviseringar är på</h1>" in page and "Aviseringar är på här." in page
    assert "Chrome på en telefon eller platta med Android Här är du nu" in section(page, "var")
    assert "På sedan i dag kl. 15.00. Har inte visat något än." in section(page, "var")
    tells(it, shown=True)
    assert "Visade senast något i dag kl. 15.00." in section(phone.get(MINE).text, "var")


def test_a_device_that_shows_nothing_is_said_not_to_reach_and_what_to_do(siv: Patient, clockwork: Travel) -> None:
    tells(turns_on(siv, "a"), 3)
    clockwork.shift(timedelta(minutes=16))
    page = siv.phone().get(MINE).text
    assert "<h1>Aviseringar når inte fram</h1>" in page
    assert "Når inte fram" in section(page, "var") and "Stäng annars av här" in section(page, "var")


def test_a_device_is_turned_off_from_another_and_only_by_whose_it_is(siv: Patient, karin: Staff) -> None:
    it = turns_on(siv, "a")
    siv._token = None
    where = f"/aviseringar/telefoner/{db.short(it.id)}/stang"
    assert press(siv.phone(), where) == f"{MINE}?klart=av" and ended(siv) == ["turned_off"]
    assert "Avstängt. Dit skickar vi inget mer." in siv.phone().get(f"{MINE}?klart=av").text
    phone = karin.phone()
    assert phone.post(where, data={"csrf_token": token_in(phone.get(MINE).text)}).status_code == 404


def test_a_trial_says_what_happened_step_by_step(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    it, phone = turns_on(siv, "a"), siv.phone()
    place = press(phone, f"{MINE}/prova/{db.short(it.id)}")
    assert place.endswith("#prov")
    page = phone.get(place).text
    assert "data-trial" in page and "Skickat i dag kl. 15.00." in section(page, "prov")
    assert "Vi väntar på att den ska visa det." in section(page, "prov")

    def becomes(**values: object) -> str:
        if values:
            db.run(update(Delivery).values(**values))
        return section(phone.get(place).text, "prov")

    assert "Den som sköter aviseringar åt din webbläsare har tagit emot det." in becomes(accepted_at=clock.now())
    clockwork.shift(timedelta(minutes=2))
    assert "Enheten har inte visat det än." in becomes()
    assert "Det visades i dag kl. 15.02." in becomes(shown_at=clock.now())
    assert "data-trial" not in phone.get(place).text
    assert not section(karin.phone().get(place).text, "prov")


@pytest.mark.parametrize(
    ("how", "words"), [("gone", "Slå på igen på den."), ("refused", "Felet är hos oss eller på vägen, inte hos dig.")]
)
def test_a_trial_that_came_nowhere_says_what_to_do(siv: Patient, how: str, words: str) -> None:
    it, phone = turns_on(siv, "a"), siv.phone()
    place = press(phone, f"{MINE}/prova/{db.short(it.id)}")
    db.run(update(Delivery).values(ended_at=clock.now(), ended_how=how))
    assert words in section(phone.get(place).text, "prov")


def test_nobody_tries_out_what_is_anothers(siv: Patient, karin: Staff) -> None:
    it, phone = turns_on(siv, "a"), karin.phone()
    answer = phone.post(f"{MINE}/prova/{db.short(it.id)}", data={"csrf_token": token_in(phone.get(MINE).text)})
    assert answer.status_code == 404 and not db.session().query(Delivery).count()


def test_a_patient_has_peace_at_night_and_the_staff_are_off_duty_then(siv: Patient, karin: Staff) -> None:
    assert queries.choice_of(siv.viewer).quiet == Quiet(time(21), time(7))
    assert queries.choice_of(karin.viewer).quiet is None
    page = siv.phone().get(MINE).text
    assert 'value="21.00"' in page and 'value="7.00"' in page and 'value="tider" checked' in page
    assert 'value="aldrig" checked' in karin.phone().get(MINE).text


def test_quiet_hours_are_chosen_changed_and_taken_away(siv: Patient) -> None:
    phone = siv.phone()
    assert press(phone, f"{MINE}/tyst", quiet="tider", begins="22", ends="6:30") == f"{MINE}?klart=tyst#tyst"
    assert queries.choice_of(siv.viewer).quiet == Quiet(time(22), time(6, 30))
    press(phone, f"{MINE}/tyst", quiet="aldrig", begins="", ends="")
    assert queries.choice_of(siv.viewer).quiet is None
    press(phone, f"{MINE}/tyst", quiet="tider", begins="24", ends="7")
    assert queries.choice_of(siv.viewer).quiet == Quiet(time(0), time(7))
    assert said(siv) == ["notices.quiet"] * 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"quiet": "tider", "begins": "kväll", "ends": "7"}, "Skriv ett klockslag, till exempel 21.00."),
        ({"quiet": "tider", "begins": "25", "ends": "7"}, "Skriv ett klockslag, till exempel 21.00."),
        ({"quiet": "tider", "begins": "7.00", "ends": "7"}, "Tiderna är lika."),
        ({"begins": "21", "ends": "7"}, "Välj ett av de två."),
    ],
)
def test_hours_that_are_none_are_asked_for_again_with_what_was_typed(
    siv: Patient, typed: dict[str, str], words: str
) -> None:
    phone = siv.phone()
    answer = phone.post(f"{MINE}/tyst", data={"csrf_token": token_in(phone.get(MINE).text), **typed})
    assert answer.status_code == 422 and words in answer.text
    assert f'value="{typed["begins"]}"' in answer.text
    assert queries.choice_of(siv.viewer).quiet == Quiet(time(21), time(7))


@pytest.mark.parametrize(
    ("text", "hour"),
    [("21", time(21)), (" 7:05 ", time(7, 5)), ("24", time(0)), ("24.30", None), ("7.60", None), ("", None)],
)
def test_a_wall_time_is_written_as_people_write_it(text: str, hour: time | None) -> None:
    assert moment(text) == hour


def test_all_is_on_from_the_start_and_each_can_be_turned_off(siv: Patient, karin: Staff) -> None:
    phone = siv.phone()
    page = phone.get(MINE).text
    assert page.count('value="push" checked') == 4 and 'value="email"' not in page
    press(phone, f"{MINE}/val", answers="push", bookings="push", near="push")
    assert queries.choice_of(siv.viewer).off == {("log", "push")} and not queries.choice_of(karin.viewer).off
    assert "Allt är av. Du ser det först när du öppnar Närlinjen." in section(phone.get(MINE).text, "val")
    press(phone, f"{MINE}/val", answers="push", bookings="push", near="push", log="push")
    assert not queries.choice_of(siv.viewer).off and said(siv) == ["notices.channels"] * 2


def test_staff_who_turn_all_off_are_told_that_the_time_goes_on(karin: Staff) -> None:
    phone = karin.phone()
    press(phone, f"{MINE}/val", work="push")
    text = section(phone.get(MINE).text, "val")
    assert "Svarar du inte blir någon mer tillfrågad." in text


def test_what_the_page_did_not_show_stays_as_it_was(siv: Patient) -> None:
    with db.transaction():
        service.choose_channels({("answers", "email")}, by=siv.viewer, now=clock.now())
    press(siv.phone(), f"{MINE}/val", answers="push", bookings="push", near="push", log="push")
    assert queries.choice_of(siv.viewer).off == {("answers", "email")}


def test_what_is_no_channel_is_not_taken(siv: Patient) -> None:
    phone = siv.phone()
    token = token_in(phone.get(MINE).text)
    answer = phone.post(f"{MINE}/val", data={"csrf_token": token, "answers": "duva"})
    assert answer.status_code == 422 and "Det gick inte att spara." in answer.text


def test_a_patient_chooses_a_fuller_text_and_hears_what_can_be_seen(siv: Patient, karin: Staff) -> None:
    phone = siv.phone()
    text = section(phone.get(MINE).text, "text")
    assert "Den som ser din telefon förstår då att du har frågat något." in text and "aldrig ett namn" in text
    press(phone, f"{MINE}/text", fuller="lite")
    assert queries.choice_of(siv.viewer).fuller
    assert queries.choice_of(siv.viewer).quiet == Quiet(time(21), time(7)), "the rest is as usual"
    press(phone, f"{MINE}/text", fuller="inget")
    assert said(siv) == ["notices.fuller", "notices.neutral"]
    staff = karin.phone()
    page = staff.get(MINE).text
    assert not section(page, "text")
    assert staff.post(f"{MINE}/text", data={"csrf_token": token_in(page), "fuller": "lite"}).status_code == 404


def test_a_relative_who_is_no_patient_has_no_log_of_their_own(siv: Patient, world: World) -> None:
    anna: Relative = world.relative("Anna", of=siv)
    page = anna.phone().get(MINE).text
    assert 'name="answers"' in page and 'name="log"' not in page


def test_off_duty_stays_when_other_things_are_chosen(karin: Staff) -> None:
    with db.transaction():
        notices.choose(True, by=karin.viewer, now=clock.now())
        service.choose_quiet(Quiet(time(22), time(6)), by=karin.viewer, now=clock.now())
        service.choose_channels({("work", "push")}, by=karin.viewer, now=clock.now())
    choice = queries.choice_of(karin.viewer)
    assert choice.off_duty and choice.quiet and choice.off == {("work", "push")}


def test_both_capacities_of_one_person_choose_each_for_itself(karin: Staff, world: World) -> None:
    private = Patient(world, karin.person, None)
    with db.transaction():
        service.choose_fuller(True, by=private.viewer, now=clock.now())
        service.choose_quiet(Quiet(time(20), time(8)), by=karin.viewer, now=clock.now())
    assert queries.choice_of(private.viewer).fuller and not queries.choice_of(karin.viewer).fuller
    assert queries.choice_of(private.viewer).quiet == Quiet(time(21), time(7))


def test_whom_nothing_reaches_is_told_where_they_look_and_can_refuse_it_for_good(siv: Patient) -> None:
    phone = siv.phone()
    for page in ("/", "/aviseringar"):
        assert "Nu ser du bara här när något är nytt." in phone.get(page).text
    assert "Nu ser du bara här när något är nytt." not in phone.get("/inloggningar").text
    assert press(phone, f"{MINE}/racker", next="/") == "/"
    for page in ("/", "/aviseringar"):
        assert "Nu ser du bara här när något är nytt." not in phone.get(page).text
    assert said(siv) == ["notices.app_only"]
    assert press(phone, f"{MINE}/racker", next="https://example.org/") == "/aviseringar"


def test_whom_something_reaches_is_told_nothing(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    it, words = turns_on(siv, "a"), "Nu ser du bara här när något är nytt."
    assert words not in siv.phone().get("/").text and words in karin.phone().get("/").text
    tells(it, 3)
    clockwork.shift(timedelta(minutes=16))
    assert words in siv.phone().get("/").text


def test_the_page_is_found_from_where_one_looks_for_it(siv: Patient) -> None:
    phone = siv.phone()
    for page in ("/aviseringar", "/inloggningar"):
        assert f'href="{MINE}"' in phone.get(page).text


def test_a_device_still_says_at_its_start_that_it_is_on(siv: Patient) -> None:
    it = turns_on(siv, "a")
    with db.transaction():
        delivery_service.try_out(it.id, by=siv.viewer, now=clock.now())
    assert says(siv.phone(), "a").json == {"state": "on"} and SYSTEM.person_id is None
