"""What is told about a patient, and what their relatives ask for themselves, leaves no trace that the patient can see:
their pages are the same bytes, and no row that is theirs is another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import url_for
from sqlalchemy import Uuid, or_, select

from app.core import db
from app.core.access import label_of
from app.core.db import Base
from tests.relatives.heard.telling import birth_of, tells, told, works_on
from tests.relatives.heard.test_calls import asks, calls, page_of
from tests.world import Patient, Staff, World, token_in

MASKED = re.compile(r'((?:name="(?:csrf_token|key|wait)"[^>]*value=|"csrf_token": ?)")[^"]*')
APART = {"told", "relative_call", "wait.about_id"}
STREAMS = {"live.events"}


def pages(siv: Patient, thread: Any) -> dict[str, str]:
    """All that the patient can get, without what is new in each answer."""
    app, phone = siv.world.app, siv.phone()
    known: dict[str, Any] = {"thread": thread, "contact": siv.contact and siv.contact.id}
    found = {}
    for rule in app.url_map.iter_rules():
        kinds = label_of(app, rule.endpoint).kinds
        if "GET" in (rule.methods or ()) and kinds & {"patient", "public"} and rule.endpoint not in STREAMS:
            if not rule.arguments <= known.keys() or rule.endpoint.startswith(("told.", "health.", "static")):
                continue
            with app.test_request_context():
                path = url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
            answer = phone.get(path)
            found[rule.endpoint] = str(answer.status_code) + MASKED.sub(r"\1", answer.text)
    return found


def rows(siv: Patient) -> dict[str, list[str]]:
    """Every row of every table that names the patient anywhere, but for what must never name them elsewhere."""
    found = {}
    for table in Base.metadata.sorted_tables:
        keys = [
            it for it in table.c if isinstance(it.type, Uuid) and not {table.name, f"{table.name}.{it.name}"} & APART
        ]
        if keys:
            theirs = select(table).where(or_(*(it == siv.person.id for it in keys)))
            found[table.name] = sorted(str(tuple(row)) for row in db.session().execute(theirs))
    return found


def unchanged(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []


@pytest.fixture
def thread(siv: Patient) -> Any:
    return siv.asks("Hej Karin. Kan vi ses?")


def settled(siv: Patient, thread: Any) -> dict[str, str]:
    pages(siv, thread)
    return pages(siv, thread)


def test_nothing_of_what_is_told_is_seen(world: World, siv: Patient, karin: Staff, erik: Staff, thread: Any) -> None:
    seen, stored = settled(siv, thread), rows(siv)
    assert len(seen) > 12 and stored["thread"] and stored["wait"] and stored["access_log"]
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv))
    tells(world, karin.unit, "Siv N.", "omkring fyrtio")
    works_on(world)
    first, second = sorted(told(), key=lambda it: it.patient_id is None)
    unchanged(stored, rows(siv))
    desk, page = karin.phone(), f"/berattat/{db.short(first.id)}"
    token = token_in(desk.get(page).text)
    given = {"csrf_token": token, "person": db.short(erik.person.id), "text": "Du känner familjen."}
    assert desk.post(f"{page}/lamna-over", data=given).status_code == 303
    his = erik.phone()
    his.get(page)
    done = {"csrf_token": token_in(his.get(page).text), "text": "Läst."}
    assert his.post(f"{page}/inget-mer", data=done).status_code == 303
    holder = desk if desk.get(f"/berattat/{db.short(second.id)}/vem").status_code == 200 else his
    sort = f"/berattat/{db.short(second.id)}/vem"
    chosen = {
        "csrf_token": token_in(holder.get(sort).text),
        "sought": "Siv",
        "vald": "1",
        "patient": db.short(siv.person.id),
    }
    assert holder.post(sort, data=chosen).status_code == 303
    world.works_on()
    assert [row.patient_id for row in told()] == [siv.person.id] * 2
    unchanged(stored, rows(siv))
    unchanged(seen, pages(siv, thread))


def test_nothing_of_what_a_relative_asks_for_is_seen(world: World, siv: Patient, karin: Staff, thread: Any) -> None:
    anna = world.relative("Anna Sandberg", of=siv)
    phone, page = anna.phone(), page_of(anna, siv)
    phone.get(page)
    seen, stored = settled(siv, thread), rows(siv)
    place = asks(phone, page)
    world.works_on()
    (key,) = calls()
    desk = karin.phone()
    desk.get(f"/berattat/{db.short(key)}")
    after = rows(siv)
    # That a relative has looked at who the contact is, the patient may see; not what they did there.
    looked = [row for row in after.pop("access_log") if "shared.seen" not in row]
    assert looked == [row for row in stored.pop("access_log") if "shared.seen" not in row]
    unchanged(stored, after)
    now = pages(siv, thread)
    for name in ("log.mine", "log.whole"):
        seen.pop(name)
        assert "Anna" in (log := now.pop(name)) and "uppring" not in log.casefold()
    unchanged(seen, now)
    assert phone.get(place).status_code == 200
