"""The pages where somebody gives an address to be told on, against a real mail server and a real SMS service."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from app.config import Settings
from app.core import clock, db
from app.notices import point_queries
from app.notices.models import ContactPoint, NoticeChoice
from tests.client import LintedClient
from tests.mail_server import MailServer, running
from tests.notices.test_sms import Service, serving
from tests.world import Patient, Someone, Staff, World, token_in

Travel = time_machine.Traveller
INDEX, EMAIL, MOBILE = "/aviseringar/adresser", "/aviseringar/adresser/ny/epost", "/aviseringar/adresser/ny/mobil"


@pytest.fixture
def post() -> Iterator[MailServer]:
    with running() as made:
        yield made


@pytest.fixture
def texts() -> Iterator[Service]:
    with serving() as made:
        yield made


@pytest.fixture
def outward(app: Flask, post: MailServer, texts: Service, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A house that is no demo and can send by both ways."""
    return sends(app, monkeypatch, demo=False, smtp_url=post.url, sms_url=texts.url, sms_token="hemligt")


def sends(app: Flask, monkeypatch: pytest.MonkeyPatch, **settings: object) -> Settings:
    made = dataclasses.replace(app.extensions["settings"], **settings)
    monkeypatch.setitem(app.extensions, "settings", made)
    return made


def gives(phone: LintedClient, value: str, page: str = EMAIL) -> TestResponse:
    return phone.post(page, data={"csrf_token": token_in(phone.get(page).text), "value": value})


def types(phone: LintedClient, page: str, code: str) -> TestResponse:
    return phone.post(page, data={"csrf_token": token_in(phone.get(INDEX).text), "code": code})


def presses(phone: LintedClient, address: str) -> TestResponse:
    return phone.post(address, data={"csrf_token": token_in(phone.get(INDEX).text)})


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found, text
    return found.group()


def came(post: MailServer) -> str:
    return code_in(post.box.letters[-1][1].get_content())


def held(who: Someone) -> list[str]:
    return [it.value for it in point_queries.points_of(who.viewer) if it.is_confirmed]


def test_from_nothing_to_an_address_that_holds(siv: Patient, post: MailServer, outward: Settings) -> None:
    phone = siv.phone()
    assert "Du har ingen e-postadress här." in phone.get(INDEX).text
    sent = gives(phone, "Siv.Nyberg@Example.org")
    assert sent.status_code == 303 and post.box.to == ["Siv.Nyberg@example.org"]
    page = phone.get(sent.location)
    assert "Vi har skickat sex siffror till <strong>Siv.Nyberg@example.org</strong>" in page.text
    assert "väntar på sin kod" in phone.get(INDEX).text
    done = types(phone, sent.location, came(post))
    assert (done.status_code, done.location) == (303, f"{INDEX}?klart=epost")
    index = phone.get(done.location).text
    assert "Klart. Nu kan vi nå dig med e-post." in index and "Bekräftad i dag" in index
    assert held(siv) == ["Siv.Nyberg@example.org"]


def test_a_mobile_number_in_the_same_way(siv: Patient, texts: Service, outward: Settings) -> None:
    phone = siv.phone()
    sent = gives(phone, "070 174 06 12", MOBILE)
    (asked,) = texts.asked
    assert asked["to"] == "+46701740612" and "Närlinjen" in asked["text"]
    assert "<strong>070-174 06 12</strong>" in phone.get(sent.location).text
    assert types(phone, sent.location, code_in(asked["text"])).location == f"{INDEX}?klart=mobil"
    assert held(siv) == ["+46701740612"] and "070-174 06 12" in phone.get(INDEX).text


@pytest.mark.parametrize("page", [INDEX, EMAIL, MOBILE])
def test_before_anything_is_given_the_page_says_what_others_can_see(siv: Patient, outward: Settings, page: str) -> None:
    text = siv.phone().get(page).text
    assert "Där står bara att du har något nytt i Närlinjen. Inget om vad, och inga namn." in text
    form = text.find('name="value"')
    assert form == -1 or text.find("Vem kan se det?") < form


def test_whoever_chose_to_be_told_more_is_not_told_that_it_is_nothing(siv: Patient, outward: Settings) -> None:
    with db.transaction() as session:
        session.add(
            NoticeChoice(
                person_id=siv.person.id, capacity="private", off_duty=False, fuller=True, chosen_at=clock.now()
            )
        )
    text = siv.phone().get(EMAIL).text
    assert "Där står bara att" not in text and "Där står vad det gäller i stort" in text


def test_the_mail_with_the_code_says_nothing_of_care_or_of_whom(
    siv: Patient, post: MailServer, outward: Settings
) -> None:
    gives(siv.phone(), "siv@example.org")
    letter = post.box.letters[0][1]
    whole = f"{letter['Subject']} {letter['From']} {letter.get_content()}".lower()
    assert not [it for it in ("psyk", "vård", "mottagning", "patient", "karin", "siv ny") if it in whole]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Skriv din e-postadress."),
        ("siv.example.org", "namn@exempel.se"),
        ("siv@example.org\r\nBcc: alla@example.org", "namn@exempel.se"),
        ("åsa@example.org", "å, ä, ö"),
    ],
)
def test_what_is_no_address_stands_there_still_with_what_is_wrong(
    siv: Patient, post: MailServer, outward: Settings, typed: str, said: str
) -> None:
    answer = gives(siv.phone(), typed)
    assert answer.status_code == 422 and said in answer.text and post.box.to == []
    assert f'value="{typed}"' in answer.text or not typed.isprintable() or not typed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Skriv ditt mobilnummer."),
        ("hej", "Skriv numret med siffror"),
        ("070-174", "för få eller för många"),
        ("031-390 06 10", "Det är ingen mobil."),
        ("112", "för få eller för många"),
    ],
)
def test_what_is_no_mobile_number_is_told_apart(
    siv: Patient, texts: Service, outward: Settings, typed: str, said: str
) -> None:
    answer = gives(siv.phone(), typed, MOBILE)
    assert answer.status_code == 422 and said in answer.text and texts.asked == []


def test_a_foreign_mobile_is_taken_and_shown_as_foreign(siv: Patient, texts: Service, outward: Settings) -> None:
    phone = siv.phone()
    sent = gives(phone, "+358 40 123 4567", MOBILE)
    assert texts.asked[0]["to"] == "+358401234567" and "+358 40 1234567" in phone.get(sent.location).text


def test_an_address_with_a_swedish_name_is_shown_as_it_was_written(
    siv: Patient, post: MailServer, outward: Settings
) -> None:
    phone = siv.phone()
    sent = gives(phone, "siv@hjärtat.se")
    assert post.box.to == ["siv@xn--hjrtat-cua.se"] and "siv@hjärtat.se" in phone.get(sent.location).text


def test_a_wrong_code_is_said_and_the_right_one_still_works(siv: Patient, post: MailServer, outward: Settings) -> None:
    phone = siv.phone()
    page = gives(phone, "siv@example.org").location
    right = came(post)
    wrong = types(phone, page, f"{(int(right) + 1) % 1_000_000:06}")
    assert wrong.status_code == 422 and "Koden stämmer inte." in wrong.text
    short = types(phone, page, "123")
    assert short.status_code == 422 and "Koden är sex siffror." in short.text
    assert types(phone, page, f" {right[:3]} {right[3:]} ").status_code == 303


def test_after_ten_tries_or_fifteen_minutes_there_is_a_new_one_to_ask_for(
    siv: Patient, post: MailServer, outward: Settings, clockwork: Travel
) -> None:
    phone = siv.phone()
    page = gives(phone, "siv@example.org").location
    clockwork.shift(timedelta(minutes=15))
    late = types(phone, page, came(post))
    assert late.status_code == 422 and "Koden gäller inte längre" in late.text and held(siv) == []
    again = presses(phone, f"{page}/kod")
    assert again.location == page and len(post.box.to) == 2
    assert types(phone, page, came(post)).status_code == 303


def test_the_second_of_two_tabs_finds_it_done(siv: Patient, post: MailServer, outward: Settings) -> None:
    phone = siv.phone()
    page = gives(phone, "siv@example.org").location
    code = came(post)
    answers = [types(phone, page, code) for _ in range(2)]
    assert [it.location for it in answers] == [f"{INDEX}?klart=epost"] * 2
    assert phone.get(page).location == INDEX


def test_the_old_address_holds_until_the_new_one_is_confirmed(
    siv: Patient, post: MailServer, outward: Settings
) -> None:
    phone = siv.phone()
    types(phone, gives(phone, "siv@example.org").location, came(post))
    page = gives(phone, "siv@example.com").location
    index = phone.get(INDEX).text
    assert "siv@example.com väntar på sin kod. Tills dess gäller den du har." in index and "siv@example.org" in index
    types(phone, page, came(post))
    assert held(siv) == ["siv@example.com"] and "siv@example.org" not in phone.get(INDEX).text


def test_what_is_there_already_needs_no_code(siv: Patient, post: MailServer, outward: Settings) -> None:
    phone = siv.phone()
    types(phone, gives(phone, "siv@example.org").location, came(post))
    answer = gives(phone, "siv@example.org")
    assert answer.status_code == 422 and "har du redan här" in answer.text and len(post.box.to) == 1


def test_an_address_is_taken_away_at_once(siv: Patient, post: MailServer, outward: Settings) -> None:
    phone = siv.phone()
    page = gives(phone, "siv@example.org").location
    types(phone, page, came(post))
    assert presses(phone, f"{page}/ta-bort").location == f"{INDEX}?klart=borttagen"
    assert held(siv) == [] and "siv@example.org" not in phone.get(f"{INDEX}?klart=borttagen").text
    assert presses(phone, f"{page}/ta-bort").status_code == 404


def test_nobody_elses_address_is_found(siv: Patient, karin: Staff, post: MailServer, outward: Settings) -> None:
    page = gives(siv.phone(), "siv@example.org").location
    phone = karin.phone()
    assert phone.get(page).status_code == 404
    for address in (page, f"{page}/kod", f"{page}/ta-bort"):
        assert presses(phone, address).status_code == 404
    assert len(post.box.to) == 1


def test_the_answer_is_the_same_whether_it_is_somebodys_or_not(
    world: World, siv: Patient, post: MailServer, outward: Settings
) -> None:
    types(phone := siv.phone(), gives(phone, "siv@example.org").location, came(post))
    olle = world.patient("Olle").phone()
    known, unknown = gives(olle, "siv@example.org"), gives(world.patient("Anna").phone(), "ingen@example.org")
    assert known.status_code == unknown.status_code == 303
    pages = [olle.get(known.location).text.replace("siv@example.org", "X")]
    assert "Vi har skickat sex siffror till <strong>X</strong>" in pages[0]


def test_when_the_mail_server_is_down_the_address_stays_and_the_page_says_so(
    siv: Patient, app: Flask, outward: Settings, monkeypatch: pytest.MonkeyPatch, post: MailServer
) -> None:
    phone = siv.phone()
    sends(app, monkeypatch, smtp_url="smtp://127.0.0.1:1")
    sent = gives(phone, "siv@example.org")
    page = phone.get(sent.location).text
    assert "Koden är inte skickad" in page and "Vi kunde inte skicka just nu." in page and "siv@example.org" in page
    sends(app, monkeypatch, smtp_url=post.url)
    assert presses(phone, f"{sent.location}/kod").location == sent.location
    assert "Vi har skickat sex siffror" in phone.get(sent.location).text
    assert types(phone, sent.location, came(post)).status_code == 303


@pytest.mark.parametrize("name", ["grey", "full", "policy", "content"])
def test_a_mail_server_that_does_not_take_it_now_is_said_to_be_that(
    siv: Patient, post: MailServer, outward: Settings, name: str
) -> None:
    phone = siv.phone()
    sent = gives(phone, f"{name}@example.org")
    assert "Vi kunde inte skicka just nu." in phone.get(sent.location).text
    if name == "grey":
        presses(phone, f"{sent.location}/kod")
        assert "Vi har skickat sex siffror" in phone.get(sent.location).text


def test_a_code_that_came_although_nobody_said_so_can_be_typed(
    siv: Patient, post: MailServer, outward: Settings
) -> None:
    phone = siv.phone()
    sent = gives(phone, "unsaid@example.org")
    page = phone.get(sent.location).text
    assert "Vi kunde inte skicka just nu." in page and "Kom koden ändå?" in page
    assert types(phone, sent.location, came(post)).status_code == 303


def test_an_address_that_is_none_is_said_at_once_and_not_kept(
    siv: Patient, post: MailServer, outward: Settings
) -> None:
    answer = gives(siv.phone(), "gone@example.org")
    assert answer.status_code == 422 and "Dit går det inte att skicka e-post." in answer.text
    assert 'value="gone@example.org"' in answer.text
    assert point_queries.points_of(siv.viewer) == []
    (row,) = db.session().query(ContactPoint).all()
    assert row.ended_at and row.value == ""


def test_a_number_that_is_none_is_said_at_once(siv: Patient, texts: Service, outward: Settings) -> None:
    texts.says = [(410, {})]
    answer = gives(siv.phone(), "070-174 06 12", MOBILE)
    assert answer.status_code == 422 and "Dit går det inte att skicka sms." in answer.text


def test_too_many_codes_have_to_wait_and_what_was_typed_stays(
    siv: Patient, post: MailServer, outward: Settings
) -> None:
    phone = siv.phone()
    for number in range(5):
        page = gives(phone, f"siv{number}@example.org").location
    answer = gives(phone, "siv@example.org")
    assert answer.status_code == 429 and "Vänta tio minuter" in answer.text and 'value="siv@example.org"' in answer.text
    again = presses(phone, f"{page}/kod")
    assert again.status_code == 429 and "Vänta tio minuter" in again.text and len(post.box.to) == 5


def test_where_nothing_can_be_sent_the_pages_say_so_and_what_there_is(
    siv: Patient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(app, monkeypatch, demo=False, smtp_url=None, sms_url=None)
    phone = siv.phone()
    index = phone.get(INDEX).text
    assert "Härifrån skickas ingen e-post än." in index and "Härifrån skickas inga sms än." in index
    assert "varje gång du öppnar Närlinjen" in index and EMAIL not in index
    page = phone.get(EMAIL).text
    assert "Härifrån skickas ingen e-post än." in page and 'name="value"' not in page
    token = token_in(phone.get(INDEX).text)
    refused = phone.post(EMAIL, data={"csrf_token": token, "value": "siv@example.org"})
    assert refused.status_code == 422 and point_queries.points_of(siv.viewer) == []


def test_a_way_that_was_closed_afterwards_leaves_the_address_to_be_taken_away(
    siv: Patient, app: Flask, post: MailServer, outward: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = siv.phone()
    page = gives(phone, "siv@example.org").location
    types(phone, page, came(post))
    sends(app, monkeypatch, smtp_url=None)
    assert "siv@example.org" in phone.get(INDEX).text
    assert presses(phone, f"{page}/ta-bort").status_code == 303 and held(siv) == []


def test_in_the_demo_the_pages_work_up_to_the_sending(siv: Patient, app: Flask) -> None:
    assert app.extensions["settings"].demo and not app.extensions["settings"].smtp_url
    phone = siv.phone()
    page = gives(phone, "siv@example.org").location
    text = phone.get(page).text
    assert "Det här är en demo, och den skickar inget." in text and "Vi kunde inte skicka" not in text
    assert presses(phone, f"{page}/kod").status_code == 303


def test_a_code_is_in_the_language_of_whoever_asks(siv: Patient, post: MailServer, outward: Settings) -> None:
    phone = siv.phone()
    phone.post("/sprak", data={"csrf_token": token_in(phone.get(INDEX).text), "language": "en"})
    gives(phone, "siv@example.org")
    letter = post.box.letters[0][1]
    assert (letter["Subject"], letter["Content-Language"]) == ("Your code", "en")
    assert "It is good for 15 minutes." in letter.get_content()


def test_what_no_longer_reaches_anybody_is_said(siv: Patient, post: MailServer, outward: Settings) -> None:
    phone = siv.phone()
    types(phone, gives(phone, "siv@example.org").location, came(post))
    with db.transaction() as session:
        session.query(ContactPoint).update({"failing_since": clock.now()})
    assert "Det går inte att skicka till den adressen." in phone.get(INDEX).text


def test_nobody_without_a_session_gets_here(app: Flask) -> None:
    client = app.test_client()
    assert client.get(INDEX).status_code in (302, 303)
