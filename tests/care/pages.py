"""How a test uses the pages of a unit: what it sends, and what it reads of the answer."""

import re
from html import unescape

from werkzeug.test import TestResponse

from app.care import unit_queries, work_queries
from app.core import db
from tests.world import Someone, Staff, today, token_in

HOURS = {f"hours-0-{day}-0-{end}": text for day in range(5) for end, text in (("fran", "8"), ("till", "16.30"))}
HOURS |= {f"hours-0-{day}-0-{end}": "" for day in (5, 6) for end in ("fran", "till")} | {"hours-veckor": "1"}


def post(who: Someone, path: str, **data: object) -> TestResponse:
    phone = who.phone()
    return phone.post(path, data={"csrf_token": token_in(phone.get("/enhet").text)} | data)


def said(answer: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\xa0", " ").split())


def typed(answer: TestResponse, name: str) -> str:
    found = re.search(rf'<input[^>]*\bname="{re.escape(name)}"[^>]*>', answer.text)
    value = found and re.search(r'\bvalue="([^"]*)"', found.group())
    return unescape(value.group(1)) if value else ""


def page(who: Someone, staff: Staff) -> unit_queries.UnitPage:
    return unit_queries.unit_for(who.viewer, staff.unit.id, today=today())


def work(maria: Staff, staff: Staff) -> work_queries.Work:
    return work_queries.work_for(maria.viewer, staff.unit.id, staff.assignment.id, today=today())


def key(who: Someone) -> str:
    return db.short(who.person.id)
