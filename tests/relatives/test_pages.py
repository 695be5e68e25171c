"""The pages of it, from the patient's offer to what is taken back, each on the phone of whoever it is."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import time_machine

from app.accounts import ending_service
from app.core import clock, db
from app.core.db import short
from app.relatives import service as relatives
from tests.client import LintedClient
from tests.world import Patient, Staff, World, token_in


def press(phone: LintedClient, page: str, action: str, **values: object) -> str:
    """Press a button of a page, and return where it leads."""
    html = phone.get(page).text
    assert f'action="{action}"' in html, f"{page} has no button to {action}"
    answer = phone.post(action, data={"csrf_token": token_in(html)} | values)
    assert answer.status_code == 303, answer.text
    return answer.location


def main(phone: LintedClient, page: str) -> str:
    """The words of a page, without what stands on every one."""
    html = phone.get(page).text
    inside = re.search(r"<main.*?</main>", html, re.DOTALL)
    assert inside
    return " ".join(unescape(re.sub(r"<template.*?</template>|<[^>]+>", " ", inside.group(), flags=re.DOTALL)).split())


def offers(phone: LintedClient, **values: object) -> str:
    """Make an offer, and return its page."""
    return press(phone, "/anhoriga", "/anhoriga", **({"name": "Anna", "items": "contact", "length": "half"} | values))


def code_on(phone: LintedClient, page: str) -> str:
    found = re.search(r'<p class="code">([^<]+)</p>', phone.get(page).text)
    assert found, "the page shows no code"
    return found[1]


def test_from_the_offer_to_what_is_taken_back(world: World, siv: Patient) -> None:
    mine, annas = siv.phone(), world.patient("Anna Sandberg", contact=None).phone()
    place = offers(mine)
    code = code_on(mine, place)
    assert "Anna får se vem som är din kontakt och vem som svarar nu, till och med söndag 23 maj 2027." in main(
        mine, place
    )

    assert press(annas, "/slapp-in", "/slapp-in", code=code.lower()) == "/slapp-in/vidare"
    said = main(annas, "/slapp-in/vidare")
    assert "Siv" not in said and "Karin" not in said and "Björken" not in said
    shared = press(annas, "/slapp-in/vidare", "/slapp-in/ja")
    assert "Nu frågar vi en gång till" in main(annas, shared)

    assert siv.rings() == ["relative_answered"]
    assert "Någon har svarat på en inbjudan" in main(mine, "/aviseringar")
    assert "heter Anna Sandberg" in main(mine, place)
    done = press(mine, place, f"{place}/ja")
    assert "Anna ser vem som är din kontakt" in main(mine, done)

    assert world.people["Anna Sandberg"].rings() == ["let_in"]
    seen = main(annas, shared)
    assert "Det Siv Nyberg delar med dig" in seen and "Karin Ek svarar nu" in seen
    assert world.people["Anna Sandberg"].rings() == []
    assert "Anna tittade senast i dag kl. 10.00" in main(mine, "/anhoriga").replace("\N{NO-BREAK SPACE}", " ")

    done = press(mine, "/anhoriga", f"{place}/ta-tillbaka")
    assert "Anna ser ingenting längre" in main(mine, done)
    gone = main(annas, shared)
    assert "Delningen har upphört" in gone and "Siv" not in gone and "Karin" not in gone


def test_the_form_keeps_what_was_typed_and_says_what_is_missing(siv: Patient) -> None:
    mine = siv.phone()
    token = token_in(mine.get("/anhoriga").text)
    answer = mine.post("/anhoriga", data={"csrf_token": token, "name": "Åsa Öberg", "length": "year"})
    assert answer.status_code == 422 and 'value="Åsa Öberg"' in answer.text
    assert "Välj något som personen får se." in answer.text and re.search(r'value="year" checked', answer.text)
    answer = mine.post("/anhoriga", data={"csrf_token": token, "name": " ", "items": "messages", "length": "ever"})
    assert answer.status_code == 422 and "Skriv ett namn." in answer.text
    assert siv.world.app.test_client().get("/anhoriga").status_code == 302


def test_the_link_stays_with_the_browser_that_made_it(siv: Patient) -> None:
    mine, other = siv.phone(), siv.phone()
    place = offers(mine)
    code = code_on(mine, place)
    assert code_on(mine, place) == code, "one comes back to the page and finds the link"
    assert code not in other.get(place).text and "Gör en ny länk" in other.get(place).text
    press(other, place, f"{place}/ny-lank")
    assert code_on(other, place) != code
    assert press(mine, "/anhoriga", f"{place}/ta-tillbaka").startswith("/anhoriga?klart=tillbaka")
    with mine.session_transaction() as cookie:
        assert place.rpartition("/")[2] not in cookie["codes"]


def test_one_changes_what_is_shared_and_for_how_long(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    place = f"/anhoriga/{short(anna.relations[siv])}"
    mine, theirs = siv.phone(), f"/anhorig/{short(anna.relations[siv])}"
    keep = {"name": "Anna, min syster", "items": ["contact", "bookings"], "length": "keep"}
    said = main(mine, press(mine, f"{place}/andra", f"{place}/andra", **keep))
    assert (
        "Ändrat. Det gäller redan." in said
        and "vem som svarar nu och dina tider , till och med söndag 23 maj 2027" in said
    )
    assert "Tider" in main(anna.phone(), theirs)
    shorter = {"name": "Anna", "items": "bookings", "length": "month"}
    assert "onsdag 23 december" in main(mine, press(mine, f"{place}/andra", f"{place}/andra", **shorter))
    assert "Karin" not in main(anna.phone(), theirs)


def test_two_tabs_take_back_once_and_say_the_same(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    place = f"/anhoriga/{short(anna.relations[siv])}"
    mine = siv.phone()
    token = token_in(mine.get("/anhoriga").text)
    told = [mine.post(f"{place}/{verb}", data={"csrf_token": token}).location for verb in ["ta-tillbaka"] * 2]
    assert told[0] == told[1] and "Anna Lind ser ingenting längre" in main(mine, told[1])
    for verb in ("ja", "nej", "ny-lank", "andra"):
        values = {"csrf_token": token, "name": "Anna", "items": "contact", "length": "keep"}
        assert mine.post(f"{place}/{verb}", data=values).location == place
    assert "ser ingenting längre" in main(mine, place) and "Du tog tillbaka det" in main(mine, place)
    assert "ser ingenting längre" in main(mine, f"{place}/andra")
    again = main(mine, "/anhoriga")
    assert "Ser ingenting längre" in again and "Bjud in Anna Lind igen" in again
    html = mine.get(f"/anhoriga?igen={place.rpartition('/')[2]}").text
    assert 'value="Anna Lind"' in html
    assert mine.get("/anhoriga?igen=nonsens").status_code == 200


def test_a_code_is_not_answered_on_duty(world: World, siv: Patient, karin: Staff) -> None:
    _key, code = siv.offers("Karin")
    phone = karin.phone()
    token = token_in(phone.get("/om").text)
    refused = phone.post("/slapp-in", data={"csrf_token": token, "code": code})
    assert refused.status_code == 409 and "inloggad i tjänsten" in refused.text
    assert phone.post("/slapp-in/ja", data={"csrf_token": token}).status_code == 404


def test_every_code_that_does_not_work_gets_the_same_words(world: World, siv: Patient) -> None:
    _key, code = siv.offers("Anna")
    key, other = siv.offers("Olle")
    with db.transaction():
        relatives.take_back(key, by=siv.viewer, now=clock.now())
    phone = world.app.test_client()
    token = token_in(phone.get("/slapp-in").text)
    tried = [code[:4] + "22222222", "K7QF92MHXT4P", other, "abc"]
    answers = [phone.post("/slapp-in", data={"csrf_token": token, "code": it}) for it in tried]
    said = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert {it.status_code for it in answers} == {422} and len(said) == 1
    while (answer := phone.post("/slapp-in", data={"csrf_token": token, "code": "abc"})).status_code == 422:
        pass
    assert answer.status_code == 429


def test_one_says_no_thank_you(world: World, siv: Patient) -> None:
    key, code = siv.offers("Anna")
    phone = world.patient("Anna Sandberg", contact=None).phone()
    press(phone, "/slapp-in", "/slapp-in", code=code)
    assert press(phone, "/slapp-in/vidare", "/slapp-in/nej") == "/"
    assert "Tackade nej" in main(siv.phone(), f"/anhoriga/{short(key)}")
    assert phone.post("/slapp-in/ja", data={"csrf_token": token_in(phone.get("/om").text)}).status_code == 403


def test_the_patient_cannot_answer_themselves(siv: Patient) -> None:
    mine = siv.phone()
    code = code_on(mine, offers(mine))
    press(mine, "/slapp-in", "/slapp-in", code=code)
    answer = mine.post("/slapp-in/ja", data={"csrf_token": token_in(mine.get("/om").text)})
    assert answer.status_code == 409 and "Det här är din egen inbjudan" in answer.text


def test_an_offer_is_held_through_signing_in_for_an_hour_and_not_on_duty(
    world: World, siv: Patient, karin: Staff
) -> None:
    _key, code = siv.offers("Anna")
    phone = world.app.test_client()
    press(phone, "/slapp-in", "/slapp-in", code=code)  # type: ignore[arg-type]
    assert "Logga in först" in phone.get("/slapp-in/vidare").text
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert "Vi har inte koden kvar här" in phone.get("/slapp-in/vidare").text


def test_nothing_of_a_relatives_page_is_kept(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    for page in (f"/anhorig/{short(anna.relations[siv])}", "/slapp-in"):
        answer = anna.phone().get(page)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "data-draft" not in answer.text and "<textarea" not in answer.text


def test_an_open_page_is_told(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    key = anna.relations[siv]
    phone, about = anna.phone(), f"/lage?om=r.{short(key)}"
    first = phone.get(about).headers["ETag"]
    assert phone.get(about, headers={"If-None-Match": first}).status_code == 304
    with db.transaction():
        ending_service.lock(siv.person.id, by=siv.viewer, now=clock.now())
    assert phone.get(about).status_code == 404
    assert "Delningen har upphört" in main(phone, f"/anhorig/{short(key)}")


def test_the_relative_may_stop_seeing_it(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    place = f"/anhorig/{short(anna.relations[siv])}"
    phone = anna.phone()
    assert press(phone, place, f"{place}/lamna") == place
    assert "Delningen har upphört" in main(phone, place)
    assert "Ville inte se det längre" in main(siv.phone(), "/anhoriga")
