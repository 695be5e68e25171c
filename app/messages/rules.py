"""What a thread is called, and which letters a reader had read when."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

LONGEST = 10_000
TOPIC = 60
DRAFT_KEPT = timedelta(days=30)


def topic(text: str) -> str:
    """A thread's name: the first words of its first line, cut between words at about sixty letters."""
    lines = [re.sub(r"\s+", " ", part).strip() for part in text.splitlines()]
    line = next(filter(_is_seen, lines), next(filter(None, lines), "…"))
    greeting = re.match(
        r"^(hej|hejsan|god morgon|god kväll|hello|hi)\b[^.!?,]{0,30}[.!?,]\s+(?=\S)", line, re.IGNORECASE
    )
    line = line[greeting.end() :] if greeting and len(line) > greeting.end() + 8 else line
    line = line[:1].upper() + line[1:]
    sentence = re.match(r"^.{8,58}?[.!?](?=\s|$)", line)
    if sentence and (words := sentence.group().rstrip(".")):
        return words
    if len(line) <= TOPIC:
        return line
    cut = line[: TOPIC - 1].rsplit(" ", 1)[0] if " " in line[: TOPIC - 1] else line[: TOPIC - 1]
    return (cut.rstrip(" ,;:.-") or cut) + " …"


def adds(topic: str, said: str) -> bool:
    """Whether a topic tells more than the words that stand beside it."""
    return topic.rstrip("… .").lower() not in said.lower()


def _is_seen(line: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LNPS" for letter in line)


@dataclass(frozen=True)
class Read:
    """A read mark: who had read up to which letter, and when."""

    person_id: UUID
    upto: int
    at: datetime


def marks_by_letter(marks: Sequence[Read], authors: Mapping[int, UUID]) -> dict[int, list[Read]]:
    """Each mark on the last letter it made read for that reader, among the letters in `authors` (number → author).

    A mark that made no letter of somebody else read is left out.
    """
    shown: dict[int, list[Read]] = {}
    reached: dict[UUID, int] = {}
    numbers = sorted(authors)
    for mark in sorted(marks, key=lambda mark: (mark.upto, mark.at)):
        reader, until = mark.person_id, bisect_right(numbers, mark.upto)
        while until and authors[numbers[until - 1]] == reader:
            until -= 1
        before = reached.get(reader, 0)
        if until and numbers[until - 1] > before:
            shown.setdefault(numbers[until - 1], []).append(mark)
        reached[reader] = max(before, mark.upto)
    return shown
