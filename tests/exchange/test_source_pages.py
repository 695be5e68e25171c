"""The administrator's pages: a source is tried before it is kept, and what is refused is said without its content."""

import re

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core import crypto, db
from app.exchange.models import Quarantined, Source
from tests.bookings.diary import words
from tests.client import LintedClient
from tests.exchange.clinic import Asked
from tests.exchange.conftest import Reader, gives
from tests.world import World

pytestmark = pytest.mark.slow
NEW = "/region/kallor/ny"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FILLED = {"name": "Tidbok Öst", "way_in": "open", "every": "15", "token_url": "", "client_id": "", "secret": ""}


def post(phone: LintedClient, path: str, typed: dict[str, str] | None = None, *, at: str | None = None) -> TestResponse:
    """Send a form that stands on a page."""
    token = TOKEN.findall(phone.get(at or path).text)[0]
    return phone.post(path, data={"csrf_token": token, **(typed or {})})


def test_a_source_is_tried_and_then_read(reader: Reader, fhir_port: int) -> None:
    phone = reader.world.admin().phone()
    answer = post(phone, NEW, FILLED | {"base_url": f"http://127.0.0.1:{fhir_port}"})
    assert answer.status_code == 303
    page = words(phone.get(answer.location))
    assert "Tidbok Öst" in page and "Inte läst än. Det börjar strax." in page


@pytest.mark.parametrize(
    ("status", "body", "media", "said"),
    [
        (401, b"{}", "application/fhir+json", "De släppte inte in oss."),
        (404, b"", "text/html", "Det finns ingen FHIR på den adressen."),
        (200, b"<html>", "text/html", "De svarade med något annat än FHIR."),
        (200, b'{"resourceType":"CapabilityStatement","fhirVersion":"3.0.2"}', "application/json", "annan version"),
    ],
)
def test_a_trial_that_fails_says_what_happened(reader: Reader, status: int, body: bytes, media: str, said: str) -> None:
    phone = reader.world.admin().phone()
    reader.line.work = lambda asked: asked.says(status, body, Content_Type=media)
    typed = FILLED | {"base_url": f"{reader.line.url}/r4"}
    answer = post(phone, NEW, typed)
    assert answer.status_code == 422 and said in words(answer)
    assert f'value="{reader.line.url}/r4"' in answer.text, "what was typed is kept"
    # A system that is down tonight may be saved all the same.
    assert post(phone, NEW, typed | {"anyway": "1"}).status_code == 303


def test_the_secret_is_sealed_and_never_shown(reader: Reader) -> None:
    phone = reader.world.admin().phone()

    def door(asked: Asked) -> bool:
        token = b'{"access_token":"t","token_type":"bearer","expires_in":60}'
        return asked.path == "/r4/token" and asked.says(200, token, Content_Type="application/json")

    reader.line.work = door
    typed = FILLED | {"way_in": "client", "client_id": "oss", "secret": "mycket-hemligt"}
    typed |= {"base_url": f"{reader.line.url}/r4", "token_url": f"{reader.line.url}/r4/token", "anyway": "1"}
    made = post(phone, NEW, typed).location
    row = db.session().scalars(select(Source).where(Source.name == "Tidbok Öst")).one()
    assert row.secret == "mycket-hemligt" and b"hemligt" not in (row.secret_sealed or b"")
    for path in (made, f"{made}/andra"):
        assert "mycket-hemligt" not in phone.get(path).text
    answer = post(phone, f"{made}/andra", typed | {"secret": "", "every": "30"})
    assert answer.status_code == 303
    db.session().refresh(row)
    assert row.secret == "mycket-hemligt" and row.every_minutes == 30
    assert crypto.keyring()


def test_a_faulty_form_says_what_to_do(reader: Reader) -> None:
    phone = reader.world.admin().phone()
    answer = post(phone, NEW, {"name": "", "base_url": "fhir.example.se", "way_in": "client", "every": "ofta"})
    page = words(answer)
    assert answer.status_code == 422
    for said in ("Skriv vad systemet heter.", "Skriv hela adressen.", "Skriv hemligheten", "från 1 till 1440"):
        assert said in page
    taken = post(phone, NEW, FILLED | {"name": "Tidbok Väst", "base_url": "http://127.0.0.1:1/x", "anyway": "1"})
    assert "Ett annat system heter så." in words(taken)
    taken = post(phone, NEW, FILLED | {"base_url": reader.line.url, "anyway": "1"})
    assert "Den adressen läses redan." in words(taken)


def test_what_cannot_be_used_stands_with_its_reason_and_without_what_it_says(reader: Reader) -> None:
    reader.clinic.practitioner("okand", "SE0000-NOBODY")
    gives(reader.clinic, "a1", days=3, actors=("Patient/siv", "Practitioner/okand"), comment="Hemlig anteckning")
    reader.reads()
    phone = reader.world.admin().phone()
    path = f"/region/kallor/{db.short(reader.source)}"
    answer = phone.get(path)
    page = words(answer)
    assert "Appointment/a1" in page and "Den som har tiden finns inte här bland personalen." in page
    assert "Lägg in personen med rätt HSA-id." in page and "Appointment.participant[1].actor" in page
    assert "Hemlig" not in answer.text and reader.siv.person.number not in answer.text
    row = db.session().scalars(select(Quarantined).where(Quarantined.type == "Appointment")).one()
    again = f"{path}/igen/{db.short(row.id)}"
    assert again in answer.text and post(phone, again, at=path).status_code == 303
    db.session().refresh(row)
    assert row.again_at <= reader.world.now() and row.content_sealed and b"Hemlig" not in row.content_sealed
    for verb in ("igen", "las"):
        assert post(phone, f"{path}/{verb}", at=path).status_code == 303
    assert post(phone, f"{path}/avsluta", at=path).status_code == 303
    assert "Tiderna som är lästa står kvar." in words(phone.get(path))


def test_nobody_but_the_administrator_sees_them(reader: Reader, world: World) -> None:
    for who in (reader.karin, reader.siv):
        assert who.phone().get("/region/kallor").status_code == 404
        assert who.phone().get(f"/region/kallor/{db.short(reader.source)}").status_code == 404
