"""What the stories about the log need beside the world: a page that is opened, and lines as the patient reads them."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

from app.core import clock, db
from app.log import history_queries, words
from app.log.queries import Line
from tests.care.around import said
from tests.world import Patient, Someone

ITEM = re.compile(r"<li[^>]*>(?=<p class=\"meta\">)(.*?)</li>", re.DOTALL)
TAGS = re.compile(r"<[^>]+>")
STEP = re.compile(r"\s+")


def reads(who: Someone, thread: UUID) -> None:
    answer = who.phone().get(f"/meddelanden/{db.short(thread)}")
    assert answer.status_code == 200


def lines(patient: Patient) -> list[Line]:
    return list(history_queries.lines_of(patient.viewer, now=clock.now()))


def sentence(it: Line) -> str:
    """Who, what and why, as one line."""
    deeds = [words.said(one.action, one.detail, own=it.mine, count=one.count) for one in it.deeds]
    why = words.because(it.because.kind, it.other, still=it.because.still)
    who = "Du" if it.mine else it.who or "Närlinjen"
    return f"{who}: " + " ".join([*deeds, *([why] if why else [])])


def told(patient: Patient) -> list[str]:
    return [sentence(it) for it in lines(patient)]


def of(patient: Patient, name: str) -> list[str]:
    """What somebody did, as the patient reads it."""
    return [sentence(it).partition(": ")[2] for it in lines(patient) if it.who == name and not it.mine]


def items(html: str) -> list[str]:
    """The lines of a page, as words."""
    return [STEP.sub(" ", unescape(TAGS.sub(" ", it))).strip() for it in ITEM.findall(html)]


__all__ = ["items", "lines", "of", "reads", "said", "sentence", "told"]
