"""Quick exit on the server: the session ends however old the page was, and all is closed until it is opened again."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app.accounts import exit_views, queries
from app.core import clock
from tests.accounts.test_sessions import sign_in
from tests.client import LintedClient
from tests.lint import faults_of
from tests.world import Patient, World, token_in

PAGE = {"Accept": "text/html"}
HERE, LEFT = "narlinjen-here", "narlinjen-left"


@pytest.fixture
def siv(world: World) -> Patient:
    siv = world.patient("Siv Nyberg")
    siv.asks("Göms snabbt.")
    return siv


def given(answer: TestResponse) -> dict[str, str]:
    """The cookies that an answer sets, by name."""
    cookies = (it.partition(";")[0].partition("=") for it in answer.headers.getlist("Set-Cookie"))
    return {name: value for name, _, value in cookies}


def get(phone: LintedClient, path: str) -> TestResponse:
    return phone.get(path, headers=PAGE, lint=False)


def is_closed(answer: TestResponse) -> bool:
    """Whether it is the closed page, whole, and names nothing of ours."""
    closed = answer.status_code == 200 and "<h1>Sidan är stängd</h1>" in answer.text
    assert not closed or not [word for word in ("Närlinjen", "Siv", "Karin", "Hjälp nu") if word in answer.text]
    return closed


def test_leaving_ends_the_session_without_any_token(siv: Patient) -> None:
    phone = siv.phone()
    assert phone.get("/meddelanden").status_code == 200
    answer = phone.post("/lamna", data={"csrf_token": "för länge sedan"}, lint=False)
    assert answer.status_code == 200 and answer.headers["Refresh"] == f"0; url={exit_views.ELSEWHERE}"
    assert answer.headers["Cache-Control"] == "no-store" and is_closed(answer)
    assert (given(answer)[LEFT], given(answer)[HERE]) == ("1", "out")
    with phone.session_transaction() as cookie:
        assert set(cookie) <= {"language"}


def test_a_script_that_threw_its_half_away_gives_it_along(siv: Patient) -> None:
    phone = siv.phone()
    with phone.session_transaction() as cookie:
        first = cookie["_user_id"]
    half = phone.get_cookie(HERE)
    assert half
    phone.delete_cookie(HERE)
    whole = f"{first}.{half.value}"
    assert queries.viewer_of(whole, now=clock.now())
    phone.post("/lamna", data={"half": half.value}, lint=False)
    assert queries.viewer_of(whole, now=clock.now()) is None


def test_another_site_can_sign_nobody_out(siv: Patient) -> None:
    phone = siv.phone()
    assert phone.post("/lamna", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert phone.get("/meddelanden").status_code == 200


def test_leaving_works_while_the_database_is_down(siv: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = siv.phone()

    def down(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(queries, "viewer_of", down)
    answer = phone.post("/lamna", lint=False)
    monkeypatch.undo()
    assert answer.status_code == 200 and is_closed(answer) and given(answer)[HERE] == "out"
    assert phone.get("/meddelanden", headers={"Sec-Fetch-Mode": "cors"}).status_code == 302


def test_every_page_is_closed_after_it_until_it_is_opened(siv: Patient) -> None:
    phone = siv.phone()
    phone.post("/lamna", lint=False)
    for path in ("/", "/meddelanden", "/hjalp-nu", "/logga-in", "/finns-inte", "/stod"):
        assert is_closed(get(phone, path)), path
        assert phone.heard == [], path
    assert is_closed(phone.post("/sprak", headers=PAGE, lint=False)), "what was sent before is not sent again"
    assert not is_closed(phone.get("/hjalp-nu", headers={"Sec-Fetch-Mode": "cors"})), (
        "what a script asks for is no page"
    )

    answer = phone.post("/lamna/tillbaka", data={"next": "/hjalp-nu"})
    assert (answer.status_code, answer.location, given(answer)[LEFT]) == (303, "/hjalp-nu", "")
    assert "<h1>Hjälp nu</h1>" in phone.get("/hjalp-nu", headers=PAGE).text


@pytest.mark.parametrize("place", ["https://example.org/", "//example.org", "", "/\\example.org"])
def test_what_is_closed_opens_to_a_place_of_our_own(app: Flask, place: str) -> None:
    assert app.test_client().post("/lamna/tillbaka", data={"next": place}).location == "/"


def test_the_closed_page_asks_for_the_place_that_was_asked_for(app: Flask) -> None:
    phone: LintedClient = app.test_client()  # type: ignore[assignment]
    phone.post("/lamna", lint=False)
    page = get(phone, "/stod/2080?vad=<b>").text
    assert 'name="next" value="/stod/2080?vad=&lt;b&gt;"' in page
    # It is as strict as any page, but leads nowhere: not to help now, and not past a head that it has not got.
    assert [fault.partition(":")[0] for fault in faults_of(page)] == [
        "the first link must be the skip link to #main",
        "no link to /hjalp-nu",
    ]


def test_nobody_in_particular_can_leave(app: Flask) -> None:
    phone: LintedClient = app.test_client()  # type: ignore[assignment]
    assert phone.post("/lamna", lint=False).status_code == 200
    assert is_closed(get(phone, "/hjalp-nu"))


def test_the_mark_is_for_an_hour(app: Flask) -> None:
    answer = app.test_client().post("/lamna", lint=False)  # type: ignore[call-arg]
    (mark,) = (it for it in answer.headers.getlist("Set-Cookie") if it.startswith(LEFT))
    assert "Max-Age=3600" in mark and "SameSite=Lax" in mark and "Path=/" in mark


def two_phones(siv: Patient) -> tuple[LintedClient, LintedClient]:
    """One that is lost, and the one that Siv holds."""
    lost: LintedClient = siv.world.app.test_client()  # type: ignore[assignment]
    first, second = sign_in(siv).split(".")
    lost.set_cookie(HERE, second)
    with lost.session_transaction() as cookie:
        cookie["_user_id"], cookie["nav"] = first, "patient"
    return lost, siv.phone()


def test_a_session_ended_from_elsewhere_is_told_once_and_the_phone_forgets(siv: Patient) -> None:
    lost, mine = two_phones(siv)
    token = token_in(mine.get("/inloggningar").text)
    assert mine.post("/inloggningar/avsluta-andra", data={"csrf_token": token}).status_code == 303

    moved = lost.get("/meddelanden", headers=PAGE)
    assert moved.status_code == 302 and given(moved)[HERE] == "ended"
    page = lost.get(moved.location, headers=PAGE)
    assert "Inloggningen här har avslutats" in page.text and given(page)[HERE] == "out"
    again = lost.get("/logga-in", headers=PAGE)
    assert "Inloggningen här har avslutats" not in again.text and HERE not in given(again)


def test_the_first_page_itself_can_tell_it(siv: Patient) -> None:
    lost, mine = two_phones(siv)
    token = token_in(mine.get("/inloggningar").text)
    mine.post("/inloggningar/avsluta-andra", data={"csrf_token": token})
    page = lost.get("/", headers=PAGE)
    assert "Inloggningen här har avslutats" in page.text and given(page)[HERE] == "out"


def test_a_lock_makes_every_phone_forget(siv: Patient) -> None:
    lost, mine = two_phones(siv)
    answer = mine.post("/inloggningar/las", data={"csrf_token": token_in(mine.get("/inloggningar/las").text)})
    assert given(answer)[HERE] == "out"
    assert given(lost.get("/meddelanden", headers=PAGE))[HERE] == "ended"


def test_a_session_that_ran_out_is_no_reason_to_forget_letters(siv: Patient) -> None:
    phone = siv.phone()
    with time_machine.travel(clock.now() + timedelta(days=8)):
        moved = phone.get("/meddelanden", headers=PAGE)
        assert moved.status_code == 302 and given(moved)[HERE] == ""
        assert "Inloggningen här har avslutats" not in phone.get(moved.location, headers=PAGE).text


def test_what_a_script_asks_for_takes_nothing_back(siv: Patient) -> None:
    lost, mine = two_phones(siv)
    token = token_in(mine.get("/inloggningar").text)
    mine.post("/inloggningar/avsluta-andra", data={"csrf_token": token})
    assert HERE not in given(lost.get("/meddelanden", headers={"Sec-Fetch-Mode": "cors"}))
