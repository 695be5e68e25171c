"""A question of Siv's that Karin has, and what staff do on its pages: what the tests of the verbs share."""

import re
from html import unescape
from urllib.parse import urlsplit
from uuid import UUID

import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core import db
from app.messages.models import Thread
from app.notices.models import Notice
from app.waits.models import Wait
from tests.messages.test_views import kept as kept_exactly
from tests.world import Someone, Staff, World, token_in

Travel = time_machine.Traveller
VERBS = ("pratats-vid", "inget-svar", "ringde", "lamna-over", "fraga-kollega", "aterkommer")


def kept(answer: TestResponse) -> str:
    return kept_exactly(answer).removeprefix("\n")


def path(thread: UUID, verb: str = "") -> str:
    return f"/meddelanden/{db.short(thread)}" + (f"/{verb}" if verb else "")


def wait_of(thread: UUID) -> Wait:
    db.session().expire_all()
    newest = select(Wait).where(Wait.subject_id == thread).order_by(Wait.opened_at.desc(), Wait.id.desc())
    found = db.session().scalars(newest).first()
    assert found
    return found


def unanswered(thread: UUID) -> int | None:
    db.session().expire_all()
    return db.session().get_one(Thread, thread).unanswered_n


def name_of(person: UUID | None, world: World) -> str:
    return next((known for known, it in world.people.items() if it.person.id == person), "?")


def told(who: Someone) -> list[str]:
    rows = select(Notice.kind).where(Notice.person_id == who.person.id).order_by(Notice.made_at, Notice.kind)
    return list(db.session().scalars(rows))


def words(answer: TestResponse) -> str:
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    shown = re.sub(r"<template.*?</template>", "", main, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split()).replace(" .", ".").replace("\xa0", " ")


def fields(answer: TestResponse) -> dict[str, str]:
    """What the one form of a verb's page carries and shows."""
    form = re.search(r'<form class="stack.*?</form>', answer.text, re.DOTALL)
    assert form, words(answer)
    found = {}
    for tag in re.findall(r"<input[^>]+>", form.group()):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in said and (said.get("type") != "radio" or " checked" in tag):
            found[said["name"]] = unescape(said.get("value", ""))
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form.group(), re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', body) or re.search(r'value="([^"]*)"', body)
        assert chosen
        found[name] = chosen.group(1)
    for name, body in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', form.group(), re.DOTALL):
        found[name] = unescape(body)
    return found


def does(someone: Someone, thread: UUID, verb: str, **typed: str) -> TestResponse:
    """Open the page of a verb, change what is typed there, and save."""
    phone = someone.phone()
    page = phone.get(path(thread, verb))
    assert page.status_code == 200, words(page)
    return phone.post(path(thread, verb), data=fields(page) | typed)


def follow(someone: Someone, answer: TestResponse) -> str:
    assert answer.status_code == 303, words(answer)
    where = urlsplit(answer.location)
    return words(someone.phone().get(f"{where.path}?{where.query}"))


def presses(someone: Someone, thread: UUID, verb: str) -> TestResponse:
    phone = someone.phone()
    return phone.post(path(thread, verb), data={"csrf_token": token_in(phone.get(path(thread)).text)})


def choose(someone: Staff) -> str:
    return db.short(someone.person.id)
