"""Drop-in in the small world: made by who leads the unit, and shown to a browser of anybody's."""

import re
from datetime import date, time
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from app.core import clock, db
from app.dropin import service
from app.dropin.service import Wanted
from tests.client import LintedClient
from tests.world import Staff, token_in

NAME = "Öppen mottagning i Rättvik"


def wanted(place: UUID, **changed: Any) -> Wanted:
    given: dict[str, Any] = {
        "name": NAME,
        "purpose": "När du mår dåligt och vill prata med någon.",
        "meets": "En sjuksköterska eller en skötare.",
        "location_id": place,
        "municipality": "2031",
        "weekdays": (2,),
        "opens": time(13),
        "closes": time(16),
        "first_on": date(2026, 9, 2),
    }
    return Wanted(**given | changed)


def opens(head: Staff, place: UUID, *, public: bool = True, **changed: Any) -> UUID:
    """A drop-in of the head's unit; on public pages at once."""
    with db.transaction():
        key = service.make(head.unit, wanted(place, **changed), by=head.viewer, now=clock.now())
        if public:
            service.publish(key, by=head.viewer, now=clock.now())
    return key


def anybody(app: Flask) -> LintedClient:
    """A browser of somebody whom we do not know."""
    client = app.test_client()
    assert isinstance(client, LintedClient)
    return client


def press(phone: LintedClient, shown: str, path: str, **data: Any) -> TestResponse:
    """Press what stands on a page."""
    return phone.post(path, data={"csrf_token": token_in(phone.get(shown).text)} | data)


def linked(html: str, under: str) -> str:
    found = re.search(rf'href="({re.escape(under)}/[\w-]{{22}})"', html)
    assert found, f"no link under {under}"
    return found.group(1)
