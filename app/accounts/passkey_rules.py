"""Passkeys, decided without asking anybody."""

from datetime import datetime, timedelta

MOST = 10
LONGEST_NAME = 40
CHALLENGE_LIVES = timedelta(minutes=5)


def is_answered_in_time(asked_at: datetime, *, now: datetime) -> bool:
    return asked_at <= now < asked_at + CHALLENGE_LIVES
