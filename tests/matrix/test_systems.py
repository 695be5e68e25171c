"""The same of other systems: each at every door of theirs, for the things of one patient and of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from app.core import clock, db
from app.exchange import client_service as clients
from app.machine.postgres import Server
from tests.conftest import TEMPLATE
from tests.exchange.reading import CONTACTS, PERSON, TIMES, System
from tests.matrix.town import Side, Town

pytestmark = pytest.mark.slow
NAME = "narlinjen_matrix_systems"
OFTEN = "/fhir/r4/Appointment?_lastUpdated=ge2020-01-01&_count=60"


@pytest.fixture(scope="module")
def town(server: Server, make_app: Callable[..., Flask]) -> Iterator[Town]:
    server.create_database(NAME, template=TEMPLATE)
    app = make_app(NAME, DEMO="", BASE_URL="https://narlinjen.example.org")
    with app.app_context():
        yield Town(app)
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    server.drop_database(NAME)


@dataclass(frozen=True)
class Reader:
    """A system, or somebody who would be one: what it shows, what it may read, and of whom."""

    token: str
    times: bool
    contacts: bool
    siv: bool
    rut: bool

    def may(self, path: str, side: Side, town: Town) -> bool:
        what = self.contacts if "CareTeam" in path else self.times
        return what and (self.siv if side is town.siv else self.rut)


@pytest.fixture(scope="module")
def readers(town: Town) -> dict[str, Reader]:
    world, units = town.world, (town.siv.unit.id, town.rut.unit.id)
    shut = System(world, "Avslutat")
    old = System(world, "Gammalt")
    with time_machine.travel(clock.now() - timedelta(minutes=6)):
        late = old.enters()
    token, admin = shut.enters(), world.admin()
    with db.transaction():
        clients.shut_out(world.region().id, shut.key, by=admin.viewer, now=clock.now())
    both = System(world, "Regionens")
    return {
        "region": Reader(both.enters(), True, True, True, True),
        "region, asked for times": Reader(both.enters(scope=TIMES), True, False, True, True),
        "times only": Reader(System(world, "Tider", TIMES).enters(), True, False, True, True),
        "contacts only": Reader(System(world, "Kontakter", CONTACTS).enters(), False, True, True, True),
        "Siv's unit": Reader(System(world, "Sivs", unit=units[0]).enters(), True, True, True, False),
        "Rut's unit": Reader(System(world, "Ruts", unit=units[1]).enters(), True, True, False, True),
        "shut out": Reader(token, False, False, False, False),
        "run out": Reader(late, False, False, False, False),
        "a secret": Reader(old.secret, False, False, False, False),
        "a session": Reader(town.siv.contact.viewer.token, False, False, False, False),
        "nobody": Reader("", False, False, False, False),
    }


def knocks(side: Side) -> Iterator[tuple[str, str, dict[str, str]]]:
    number = str(side.patient.person.number)
    asked = {"patient:identifier": f"{PERSON}|{number}"}
    yield "GET", f"/fhir/r4/Appointment/{side.things['booking']}", {}
    yield "GET", f"/fhir/r5/CareTeam/{side.things['contact']}", {}
    yield "GET", f"/fhir/r5/CareTeam?_id={side.things['contact']}", {}
    yield "GET", f"/fhir/r5/CareTeam/{side.unit.id}", {}
    yield "GET", OFTEN, {}
    yield "POST", "/fhir/r4/Appointment/_search", asked
    yield "POST", "/fhir/r5/CareTeam/_search", asked


def said(answer: TestResponse, side: Side) -> bool:
    """Whether an answer tells anything of one side."""
    number, unit = str(side.patient.person.number), side.unit.name
    return number in answer.text or unit in answer.text or str(side.things["booking"]) in answer.text


def test_a_system_reads_what_it_was_let_in_to_and_nothing_else(town: Town, readers: dict[str, Reader]) -> None:
    client, wrong, read = town.app.test_client(use_cookies=False), [], 0
    for who, reader in readers.items():
        headers = {"Authorization": f"Bearer {reader.token}"} if reader.token else {}
        for side, other in ((town.siv, town.rut), (town.rut, town.siv)):
            for method, path, form in knocks(side):
                answer = client.open(path, method=method, data=form or None, headers=headers)
                may = reader.may(path, side, town)
                read += said(answer, side)
                if said(answer, side) != may:
                    wrong.append(f"{who}: {method} {path} → {answer.status_code}, of {side.unit.name}")
                if said(answer, other) and not (path == OFTEN and reader.may(path, other, town)):
                    wrong.append(f"{who}: {method} {path} told of {other.unit.name}")
                marks = [mark for it in (side, other) for mark, word in it.marks.items() if word in answer.text]
                if set(marks) - {"plats"}:
                    wrong.append(f"{who}: {method} {path} gave {marks}")
    assert not wrong, "\n".join(wrong)
    assert read > 20, "So few doors opened that the shut ones prove nothing."


def test_a_page_goes_to_nobody_else(town: Town, readers: dict[str, Reader]) -> None:
    client = town.app.test_client(use_cookies=False)
    shown = {"Authorization": f"Bearer {readers['region'].token}"}
    number = str(town.siv.patient.person.number)
    found = client.post("/fhir/r4/Appointment/_search", data={"patient:identifier": number}, headers=shown)
    assert found.json
    (here,) = (it["url"].partition("example.org")[2] for it in found.json["link"] if it["relation"] == "self")
    for who, reader in readers.items():
        answer = client.get(here, headers={"Authorization": f"Bearer {reader.token}"})
        assert (answer.status_code == 200) == who.startswith("region"), who
