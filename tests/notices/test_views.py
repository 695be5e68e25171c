"""The page of what is new: opened one by one, all at once, and whether one is reached off duty."""

import time_machine

from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import queries
from app.notices import service as notices
from app.waits import service as waits
from tests.client import LintedClient
from tests.notices.conftest import Told
from tests.world import Patient, Someone, Staff, World, token_in, wall

Travel = time_machine.Traveller


def press(client: LintedClient, address: str, **typed: str) -> str:
    page = client.get("/aviseringar")
    answer = client.post(address, data={"csrf_token": token_in(page.text), **typed})
    assert answer.status_code == 303, answer.text
    return answer.location


def row_of(someone: Someone, n: int = 0) -> str:
    rows, _more = queries.notices_of(someone.viewer, now=clock.now())
    return f"/aviseringar/{db.short(rows[n].key)}"


def test_the_navigation_counts_what_is_unseen_until_it_is_opened(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    phone = karin.phone()
    assert 'data-news-count><span class="hidden">, </span>1<' in phone.get("/").text
    assert "En ny avisering" in phone.get("/aviseringar").text
    assert press(phone, row_of(karin)) == f"/meddelanden/{db.short(thread)}"
    page = phone.get("/aviseringar").text
    assert "data-news-count></span>" in page and "Inget nytt just nu" in page and "En fråga har kommit till dig" in page


def test_to_open_the_thread_is_to_have_seen_what_was_told_of_it(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    karin.writes("Svar.", thread=thread)
    phone = siv.phone()
    assert siv.viewer.unseen == 1
    assert "data-news-count></span>" in phone.get(f"/meddelanden/{db.short(thread)}").text
    assert siv.viewer.unseen == 0


def test_all_can_be_seen_at_once(siv: Patient, karin: Staff) -> None:
    for n in range(3):
        siv.asks(f"Fråga {n}.")
    assert karin.viewer.unseen == 3
    assert press(karin.phone(), "/aviseringar/alla") == "/aviseringar"
    assert karin.viewer.unseen == 0


def test_it_is_listed_by_pages_the_latest_first(karin: Staff, clockwork: Travel) -> None:
    for n in range(25):
        clockwork.shift(60)
        with db.transaction():
            notices.tell({karin.person.id: clock.now()}, "taken", str(n), by=SYSTEM, now=clock.now())
    phone = karin.phone()
    first = phone.get("/aviseringar").text
    assert first.count("En fråga har gått vidare") == 20 and first.index("15.25") < first.index("15.06")
    older = first.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    second = phone.get(older).text
    assert second.count("En fråga har gått vidare") == 5 and 'rel="next"' in second


def test_the_reminder_leads_to_the_list_and_a_request_to_where_it_is_answered(karin: Staff) -> None:
    with db.transaction():
        for kind in ("reminder", "substitute", "gap", "wish", "back"):
            notices.tell({karin.person.id: clock.now()}, kind, kind, by=SYSTEM, now=clock.now())
    found = {press(karin.phone(), row_of(karin, n)) for n in range(5)}
    assert found == {"/", "/franvaro#svarar", "/bevakning", "/patienter/onskemal", "/medan-du-var-borta"}


def test_nobody_opens_what_another_was_told(siv: Patient, karin: Staff, erik: Staff) -> None:
    siv.asks("Hej.")
    address, phone = row_of(karin), erik.phone()
    token = token_in(phone.get("/aviseringar").text)
    assert phone.post(address, data={"csrf_token": token}).status_code == 404
    assert karin.viewer.unseen == 1


def test_what_was_taken_back_while_the_list_was_open_needs_nothing(siv: Patient, karin: Staff, erik: Staff) -> None:
    thread, phone = siv.asks("Hej."), karin.phone()
    address, token = row_of(karin), token_in(phone.get("/aviseringar").text)
    with db.transaction():
        waits.take("thread", thread, by=erik.viewer, now=clock.now())
    answer = phone.post(address, data={"csrf_token": token}, follow_redirects=True)
    assert "Någon annan har redan tagit hand om det." in answer.text


def test_staff_choose_whether_they_are_reached_off_duty(karin: Staff) -> None:
    phone = karin.phone()
    assert 'value="lugn" checked' in phone.get("/aviseringar").text
    assert press(phone, "/aviseringar/ledig", off_duty="alltid") == "/aviseringar?klart=ledig"
    page = phone.get("/aviseringar?klart=ledig").text
    assert 'value="alltid" checked' in page and "Sparat. Det gäller från nu." in page
    answer = phone.post("/aviseringar/ledig", data={"csrf_token": token_in(page)})
    assert answer.status_code == 422 and "Välj ett av de två." in answer.text


def test_patients_have_no_such_choice(siv: Patient) -> None:
    page = siv.phone().get("/aviseringar").text
    assert "När du är ledig" not in page and "Inget nytt just nu" in page


def test_help_now_asks_nobody_how_much_is_new(siv: Patient, karin: Staff, told: Told, world: World) -> None:
    siv.asks("Hej.")
    assert "data-news-count></span>" in karin.phone().get("/hjalp-nu").text


def test_what_is_new_is_part_of_what_an_open_list_follows(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    phone = karin.phone()
    about = f"/lage?om=p.{db.short(karin.person.id)}"
    before = phone.get(about).headers["ETag"]
    with db.transaction():
        notices.tell({karin.person.id: clock.now()}, "taken", "x", by=SYSTEM, now=clock.now())
    assert phone.get(about).headers["ETag"] != before
    clockwork.move_to(wall("2026-11-04 15:01"))
    assert "99+" not in phone.get("/").text
