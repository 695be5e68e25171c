"""The pages between the packages: each person's start, help now, the language, and the report of a fault."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, text

from app.care import service as care
from app.core import clock, db
from app.core.audit import SYSTEM
from app.home import service
from app.home.models import FaultReport
from tests.client import LintedClient
from tests.world import World, today, token_in


def test_somebody_unknown_is_welcomed(app: Flask) -> None:
    page = app.test_client().get("/").text
    assert 'href="/logga-in"' in page and 'href="/hjalp-nu"' in page and "/meddelanden" not in page


def test_a_patient_starts_with_their_contact_and_what_has_happened(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    page = siv.phone().get("/").text
    assert "Karin Ek" in page and "tel:+46313900612" in page and "tel:+46313900610" in page
    assert siv.contact and f"/meddelanden/ny/{db.short(siv.contact.id)}" in page
    thread = siv.asks("Kan jag byta tid?")
    assert "Kan jag byta tid?" in siv.phone().get("/").text
    karin.writes("Ja.", thread=thread)
    page = siv.phone().get("/").text
    assert "Kan jag byta tid?" in page and "Oläst" in page


def test_a_patient_without_a_contact_is_told_how_to_get_one(world: World) -> None:
    page = world.patient("Siv", contact=None).phone().get("/").text
    assert "Du har ingen fast vårdkontakt här än" in page and "/meddelanden/ny/" not in page


def test_a_patient_whose_contact_is_gone_is_told_who_answers(world: World) -> None:
    siv, karin, _erik = world.patient("Siv"), world.staff("Karin Ek"), world.staff("Erik Lund")
    with db.transaction():
        care.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())
    page = siv.phone().get("/").text
    assert "Karin Ek" in page and "Svarar inte här längre" in page and "Erik Lund svarar" in page
    assert "Skriv till Erik Lund" in page and "tel:+46313900610" in page and "Karin Ek, direktnummer" not in page


def test_staff_start_with_what_has_waited_longest(world: World) -> None:
    karin = world.staff("Karin Ek")
    assert "Ingen väntar på dig just nu" in karin.phone().get("/").text
    with time_machine.travel("2026-11-25 08:00 +0000", tick=False) as clockwork:
        world.patient("Siv").asks("Första frågan.")
        clockwork.shift(60)
        toms = world.patient("Tom").asks("Andra frågan.")
        page = karin.phone().get("/").text
        assert page.index("Siv") < page.index("Tom") and "Första frågan." in page
        karin.writes("Svar.", thread=toms)
        page = karin.phone().get("/").text
        assert "Siv" in page and "Tom" not in page


def test_staff_see_nothing_of_others_patients(world: World) -> None:
    world.patient("Siv").asks("Hej.")
    for someone in (world.staff("Erik Lund"), world.staff("Anna Berg", unit="Mottagning Granen")):
        assert "Siv" not in someone.phone().get("/").text


def test_more_than_a_page_of_waiting_is_paged_and_never_counted_wrong(world: World) -> None:
    karin, siv = world.staff("Karin Ek"), world.patient("Siv")
    with time_machine.travel("2026-11-25 08:00 +0000", tick=False) as clockwork:
        for n in range(23):
            clockwork.shift(60)
            siv.asks(f"Fråga nummer {n}?")
        page = karin.phone().get("/").text
        assert "Fråga nummer 19?" in page and "Fråga nummer 20?" not in page
        assert "Fler än 20 väntar på dig" in page
        more = unescape(page.split('href="/?efter=')[1].split('"')[0])
        second = karin.phone().get(f"/?efter={more}").text
        assert "Fråga nummer 20?" in second and "Fråga nummer 22?" in second and "Fråga nummer 19?" not in second


PUBLIC = (
    "/hjalp-nu",
    "/om",
    "/dina-uppgifter",
    "/tillganglighet",
    "/logga-ut",
    "/komponenter",
    "/healthz",
)


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_asks_the_database_nothing_whoever_reads(world: World, path: str) -> None:
    phones = [world.app.test_client(), world.patient("Siv").phone(), world.staff("Karin Ek").phone()]
    db.session().commit()
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    engine = world.app.extensions["db"]["pages"]
    event.listen(engine, "before_cursor_execute", hear)
    try:
        for phone in phones:
            assert phone.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    assert said == []


def test_help_now_is_one_tap_from_every_page_and_has_numbers_to_ring(world: World) -> None:
    for phone in (world.app.test_client(), world.patient("Siv").phone(), world.staff("Karin Ek").phone()):
        for path in ("/", *PUBLIC[:-1]):
            assert 'href="/hjalp-nu"' in phone.get(path).text, path
    page = world.app.test_client().get("/hjalp-nu").text
    assert 'href="tel:112"' in page and 'href="tel:1177"' in page


def choose(client: LintedClient, code: str, next_: str = "") -> tuple[int, str | None]:
    token = token_in(client.get("/om").text)
    answer = client.post("/sprak", data={"language": code, "next": next_, "csrf_token": token})
    return answer.status_code, answer.location


def test_a_language_is_chosen_kept_and_changed_back(app: Flask) -> None:
    client: LintedClient = app.test_client()  # type: ignore[assignment]
    assert '<html lang="sv">' in client.get("/").text
    assert choose(client, "en", "/hjalp-nu?x=1") == (303, "/hjalp-nu?x=1")
    for path in ("/", "/hjalp-nu", "/finns-inte"):
        assert '<html lang="en">' in client.get(path).text
    assert choose(client, "sv") == (303, "/")
    assert '<html lang="sv">' in client.get("/").text


@pytest.mark.parametrize("code", ["de", "", "EN", "<script>"])
def test_a_language_that_is_none_changes_nothing(app: Flask, code: str) -> None:
    client: LintedClient = app.test_client()  # type: ignore[assignment]
    choose(client, "en")
    assert choose(client, code, "/om") == (303, "/om")
    assert '<html lang="en">' in client.get("/").text


def test_one_readers_language_is_not_anothers(app: Flask) -> None:
    mine: LintedClient = app.test_client()  # type: ignore[assignment]
    choose(mine, "en")
    assert '<html lang="sv">' in app.test_client().get("/").text


def report(client: LintedClient, **data: str) -> tuple[int, str]:
    token = token_in(client.get("/tillganglighet").text)
    answer = client.post("/tillganglighet", data={"text": "Knappen syns inte", "csrf_token": token} | data)
    return answer.status_code, answer.text


@pytest.fixture
def client(app: Flask) -> LintedClient:
    return app.test_client()  # type: ignore[return-value]


def faults() -> list[FaultReport]:
    return list(db.session().query(FaultReport).order_by(FaultReport.reported_at))


def test_a_fault_is_reported_sealed_and_thanked_for(client: LintedClient) -> None:
    token = token_in(client.get("/tillganglighet").text)
    data = {"text": "Knappen\r\nsyns inte", "page": "Start", "reply_to": "siv@example.org", "csrf_token": token}
    answer = client.post("/tillganglighet", data=data)
    assert (answer.status_code, answer.location) == (303, "/tillganglighet?tack=1#tack")
    assert "Tack. Det du skrev är sparat" in client.get("/tillganglighet?tack=1").text
    assert "Tack. Det du skrev är sparat" not in client.get("/tillganglighet").text
    (fault,) = faults()
    assert (fault.text, fault.page, fault.reply_to) == ("Knappen\nsyns inte", "Start", "siv@example.org")
    row = db.session().execute(text("select * from fault_report")).one()
    assert b"Knappen" not in b"".join(bytes(part) for part in row if isinstance(part, bytes))


def test_a_fault_may_be_reported_with_few_words_and_no_name(client: LintedClient) -> None:
    assert report(client)[0] == 303
    (fault,) = faults()
    assert (fault.page, fault.reply_to) == (None, None)
    row = db.session().execute(text("select capacity, actor_id from access_log where action = 'fault.reported'")).one()
    assert tuple(row) == ("system", None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"text": " "}, "Skriv något först"),
        ({"text": "x" * 2_001}, "1 tecken för lång"),
        ({"page": "x" * 201}, "högst 200 tecken"),
        ({"reply_to": "x" * 201}, "högst 200 tecken"),
    ],
)
def test_a_report_that_cannot_be_taken_is_kept_on_the_page(
    client: LintedClient, data: dict[str, str], said: str
) -> None:
    sent = {"text": "Knappen syns inte", "page": "Start", "reply_to": "siv@example.org"} | data
    code, page = report(client, **sent)
    assert code == 422 and said in page
    assert all(value in page for value in sent.values()) and faults() == []


def test_a_flood_is_stopped_with_the_words_kept(client: LintedClient) -> None:
    with time_machine.travel("2026-11-25 08:00 +0000", tick=False) as clockwork:
        for _ in range(service.PER_HOUR):
            with db.transaction():
                service.report_fault("x", page=None, reply_to=None, by=SYSTEM, now=clock.now())
        code, page = report(client, text="Mina <ord> & mer", page="Start")
        assert code == 429 and "Mina &lt;ord&gt; &amp; mer" in page and 'action="/tillganglighet"' in page
        assert len(faults()) == service.PER_HOUR
        clockwork.shift(timedelta(minutes=60, seconds=1))
        again = {"text": "Mina <ord> & mer", "page": "Start", "csrf_token": token_in(page)}
        assert client.post("/tillganglighet", data=again).status_code == 303


def test_the_components_are_shown_in_the_demo_alone(make_app: Callable[..., Flask]) -> None:
    real = make_app("narlinjen_nowhere", DEMO="", BASE_URL="https://narlinjen.example.org")
    for path in ("/komponenter", "/demo/personer"):
        assert real.test_client().get(path).status_code == 404
    assert real.test_client().get("/om").status_code == 200
