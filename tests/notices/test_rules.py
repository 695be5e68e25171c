"""The closed list of kinds, and the table of reminders."""

import pytest

from app.notices import rules, words

TABLE = [
    ([], 1),
    ([(1, False)], None),
    ([(1, True)], 2),
    ([(1, True), (2, False)], None),
    ([(1, True), (2, True)], None),
]


@pytest.mark.parametrize(("there", "number"), TABLE)
def test_two_reminders_a_day_and_the_second_only_after_the_first_was_seen(
    there: list[tuple[int, bool]], number: int | None
) -> None:
    assert rules.next_reminder(there) == number


def test_every_kind_has_words_that_say_no_name_and_no_place() -> None:
    for kind in rules.KINDS:
        for count in (0, 2):
            title, text = words.said(kind, count)
            assert title and text and "%" not in title + text
    assert words.SAID.keys() == rules.KINDS.keys()


def test_a_wait_that_is_no_letter_is_told_in_its_own_words() -> None:
    found = [rules.of_wait(kind, "asked") for kind in ("thread", "contact_request", "new_contact", "cover_gap")]
    assert found == ["asked", "wish", "wish", "gap"] and set(found) <= rules.KINDS.keys()
