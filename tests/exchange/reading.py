"""Another system that reads from us, over the same doors as in the world, and two libraries that read what it gets.

None of them is ours: `fhir.resources` for R4 and R5, and `fhirclient` for R4.
"""

from __future__ import annotations

import json
from base64 import b64encode
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus
from uuid import UUID

from fhir.resources import get_fhir_model_class as get_r5
from fhir.resources.R4B import get_fhir_model_class as get_r4
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from werkzeug.test import TestResponse

from app.core import clock, db
from app.exchange import client_service as clients
from app.exchange.client_service import Wanted
from app.exchange.elements import SCOPES
from tests.world import World

if TYPE_CHECKING:
    from tests.client import LintedClient

TIMES, CONTACTS = SCOPES["Appointment"], SCOPES["CareTeam"]
PERSON = "http://electronichealth.se/identifier/personnummer"


def lets_in(world: World, name: str = "1177", *scopes: str, unit: UUID | None = None) -> tuple[UUID, str]:
    """The region's administrator lets a system in; its key and its secret."""
    admin = world.admin()
    with db.transaction():
        wanted = Wanted(name, scopes or (TIMES, CONTACTS), unit)
        return clients.let_in(world.region().id, wanted, by=admin.viewer, now=clock.now())


class System:
    """A program with a secret, which asks as programs do: without a cookie."""

    def __init__(self, world: World, name: str = "1177", *scopes: str, unit: UUID | None = None) -> None:
        self.world = world
        self.key, self.secret = lets_in(world, name, *scopes, unit=unit)
        self.client: LintedClient = world.app.test_client(use_cookies=False)  # type: ignore[assignment]
        self._token = ""

    @property
    def id(self) -> str:
        return db.short(self.key)

    def asks_token(self, *, by: str = "header", client: str = "", secret: str = "", **form: str) -> TestResponse:
        shown = client or self.id, secret or self.secret
        form = {"grant_type": "client_credentials"} | form
        if by == "body":
            return self.client.post("/fhir/token", data=form | {"client_id": shown[0], "client_secret": shown[1]})
        said = b64encode(":".join(map(quote_plus, shown)).encode()).decode()
        return self.client.post("/fhir/token", data=form, headers={"Authorization": f"Basic {said}"})

    def enters(self, **form: str) -> str:
        answer = self.asks_token(**form)
        assert answer.status_code == 200, answer.text
        self._token = answer.json["access_token"]  # type: ignore[index]
        return self._token

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token or self.enters()}"}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/fhir{path}", headers=self.headers | headers)

    def posts(self, path: str, _headers: dict[str, str] | None = None, **form: str) -> TestResponse:
        return self.client.post(f"/fhir{path}", data=form, headers=self.headers | (_headers or {}))

    def times_of(self, number: str, **form: str) -> Any:
        return given(self.posts("/r4/Appointment/_search", **{"patient:identifier": f"{PERSON}|{number}"}, **form))

    def contacts_of(self, number: str, **form: str) -> Any:
        return given(self.posts("/r5/CareTeam/_search", **{"patient:identifier": f"{PERSON}|{number}"}, **form))


def given(answer: TestResponse, status: int = 200) -> Any:
    """What an answer says, when it is as all are, and is valid."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/fhir+json"
    assert "Set-Cookie" not in answer.headers
    assert not [name for name, _value in answer.headers if name.lower().startswith("access-control")]
    said = json.loads(answer.text)
    validate(said, "R5" if "/r5/" in answer.request.path else "R4")
    return said


def fault(answer: TestResponse, status: int) -> str:
    """Why something was not answered."""
    said = given(answer, status)
    assert said["resourceType"] == "OperationOutcome"
    assert answer.headers["Cache-Control"] == "no-store"
    return said["issue"][0]["diagnostics"]


def resources(bundle: Any, mode: str = "match") -> list[Any]:
    return [it["resource"] for it in bundle.get("entry", ()) if it.get("search", {}).get("mode", mode) == mode]


def link(bundle: Any, relation: str) -> str | None:
    """The path of a link, as it stands under /fhir."""
    urls = [it["url"] for it in bundle["link"] if it["relation"] == relation]
    return urls[0].partition("/fhir")[2] if urls else None


def validate(said: Any, version: str) -> None:
    """Raises when it is not valid FHIR, as others' libraries read it."""
    if version == "R5":
        get_r5(said["resourceType"]).model_validate(said)
        return
    get_r4(said["resourceType"]).model_validate(said)
    import_module(f"fhirclient.models.{said['resourceType'].lower()}")
    FHIRElementFactory.instantiate(said["resourceType"], said).as_json()
