"""The whole way of a notice out of the app: people with a phone each, and notices that are due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask

from app.core import clock, crypto, db
from app.core.crypto import place
from app.notices.subscription_service import digest
from tests.bench.push import HOST, Browsers

Row = tuple[Any, ...]


def people(app: Flask, owner: psycopg.Connection[Any], many: int, theirs: Browsers) -> list[UUID]:
    """Patients who each have a phone that takes pushes, and no quiet hours: no figure may depend on the hour. Each has
    been shown one notice a week ago, since nothing of a real house is empty."""
    keys, now = [db.new_key() for _ in range(many)], clock.now()
    phones_of = [db.new_key() for _ in keys]
    with app.app_context(), owner.transaction():
        ring = crypto.keyring()

        def persons() -> Iterator[Row]:
            for n, key in enumerate(keys):
                yield key, ring.seal(f"Patient {n}", place("person.name", key)), "sv", now

        def phones() -> Iterator[Row]:
            for n, (key, own) in enumerate(zip(keys, phones_of, strict=True)):
                endpoint = f"https://{HOST}/fcm/send/{n}"
                sealed = ring.seal(json.dumps({"endpoint": endpoint} | theirs.keys), place("subscription.address", own))
                yield own, key, "private", digest(endpoint), HOST, sealed, 1, "sv", "Chrome på Android", now, now

        copy(owner, "person (id, name_sealed, language, created_at)", "uuid bytea text timestamptz", persons())
        copy(owner, "patient (person_id, since)", "uuid timestamptz", ((key, now) for key in keys))
        columns = "person_id, capacity, off_duty, fuller, app_only, chosen_at"
        choices = ((key, "private", False, False, False, now) for key in keys)
        copy(owner, f"notice_choice ({columns})", "uuid text bool bool bool timestamptz", choices)
        columns = "id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device"
        kinds = "uuid uuid text bytea text bytea int4 text text timestamptz timestamptz"
        copy(owner, f"subscription ({columns}, made_at, renewed_at)", kinds, phones())
    shown_before(owner, keys, phones_of, now - timedelta(days=7))
    return keys


def shown_before(owner: psycopg.Connection[Any], keys: list[UUID], phones: list[UUID], at: datetime) -> None:
    notices = [db.new_key() for _ in keys]

    def told() -> Iterator[Row]:
        for notice, key in zip(notices, keys, strict=True):
            yield notice, key, "reply", "before", "sv", at, at, at, "private"

    def delivered() -> Iterator[Row]:
        for notice, key, phone in zip(notices, keys, phones, strict=True):
            own = db.new_key()
            yield own, notice, key, "private", "push", phone, "t", own.bytes, at, at, 1, at, at

    with owner.transaction():
        columns = "id, person_id, kind, key, language, made_at, show_at, seen_at, capacity"
        copy(owner, f"notice ({columns})", "uuid uuid text text text" + 3 * " timestamptz" + " text", told())
        columns = "id, notice_id, person_id, capacity, channel, subscription_id, topic, receipt_digest, made_at, due_at"
        kinds = "uuid uuid uuid text text uuid text bytea timestamptz timestamptz int4 timestamptz timestamptz"
        copy(owner, f"delivery ({columns}, tries, accepted_at, shown_at)", kinds, delivered())


def due(owner: psycopg.Connection[Any], keys: list[UUID], at: datetime) -> None:
    """A notice to each that was to be told at that time."""
    rows = (
        (db.new_key(), key, "reply", str(n), "sv", at - timedelta(seconds=1), at, "private", at)
        for n, key in enumerate(keys)
    )
    columns = "id, person_id, kind, key, language, made_at, show_at, capacity, next_at"
    kinds = "uuid uuid text text text timestamptz timestamptz text timestamptz"
    with owner.transaction():
        copy(owner, f"notice ({columns})", kinds, rows)
    with autocommitting(owner):
        owner.execute("vacuum analyze person, notice, notice_choice, subscription, delivery")


def copy(owner: psycopg.Connection[Any], table: str, kinds: str, rows: Iterator[Row]) -> None:
    with owner.cursor().copy(f"copy {table} from stdin (format binary)") as into:  # type: ignore[arg-type]
        into.set_types(kinds.split())
        for row in rows:
            into.write_row(row)


@contextmanager
def autocommitting(owner: psycopg.Connection[Any]) -> Iterator[None]:
    owner.commit()
    owner.autocommit = True
    yield
    owner.autocommit = False
