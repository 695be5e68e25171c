"""`flask import fhir`: read another system once, from a terminal, and say what came of it."""

import json
import os
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import click
from flask import current_app
from sqlalchemy import select

from app import puller
from app.accounts.models import Region
from app.config import Refusal
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.db import transaction
from app.exchange import source_service as sources
from app.exchange.models import Source
from app.exchange.pull_service import Round
from app.exchange.source_line import Way
from app.exchange.source_service import AddressTaken, NameTaken, Wanted

KEPT_IN = "FHIR_CLIENT_SECRET"
DRY_PAGES = 10
COLUMNS = ("read", "made", "changed", "unchanged")


@click.command("fhir")
@click.option("--url", required=True, help="Where the other system's FHIR R4 is.")
@click.option("--name", help="What it is called here; patients see it. Its host, unless said.")
@click.option("--client", help=f"Our client id there (OAuth2); the secret is asked for, or read from {KEPT_IN}.")
@click.option("--token-url", help="Where a token is fetched, with --client.")
@click.option("--certificate", is_flag=True, help="Show the certificate of FHIR_CERTIFICATE.")
@click.option("--dry-run", is_flag=True, help="Say what would come of the first pages; keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def command(
    url: str,
    name: str | None,
    client: str | None,
    token_url: str | None,
    certificate: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read times, and whom they are about, from another system that speaks FHIR R4; the worker reads on from there."""
    if bool(client) != bool(token_url):
        raise Refusal("--client and --token-url go together: give both, or neither.")
    secret = (os.environ.get(KEPT_IN) or click.prompt("Secret", hide_input=True)) if client else None
    way_in = "client" if client else "certificate" if certificate else "open"
    host = urlsplit(url).hostname
    if not host or urlsplit(url).scheme not in ("http", "https"):
        raise Refusal(f"{url[:80]!r} is no address of another system; it begins with https://.")
    wanted = Wanted(name or host, url.rstrip("/"), way_in, token_url, client, secret)
    found = tried(wanted) if dry_run else read(known(wanted, changed=bool(client or certificate)))
    if found is None:
        raise Refusal("It is being read by the worker just now; look at /region/kallor, or try again in a while.")
    click.echo(json.dumps(report(found), ensure_ascii=False) if as_json else table(found))
    if found.fault:
        raise Refusal(f"It could not be read to its end: {found.fault}. What was read is kept; it is tried again.")


def known(wanted: Wanted, *, changed: bool) -> UUID:
    """The source with that address, or a new one."""
    with transaction():
        asked = select(Source.id).where(Source.base_url == wanted.base_url, Source.ended_at.is_(None))
        if there := db.session().scalar(asked):
            if changed:
                sources.change(there, wanted, by=SYSTEM, now=clock.now())
            return there
        region = db.session().scalar(select(Region.id))
        if region is None:
            raise Refusal("There is no region yet: run `flask --app app setup` first.")
        try:
            return sources.add(region, wanted, by=SYSTEM, now=clock.now())
        except (NameTaken, AddressTaken) as error:
            raise Refusal(f"Another source is called {wanted.name!r}: give another --name.") from error


def read(source: UUID, *, most: int | None = None) -> Round | None:
    return puller.read(source, way=Way.of(current_app.extensions["settings"]), most=most)


def tried(wanted: Wanted) -> Round | None:
    """The first pages, in a transaction that is rolled back."""
    with db.engine().connect() as connection, connection.begin() as outer, db.joined(connection):
        # Another system may take its time, and nothing else waits for what this holds for long.
        connection.exec_driver_sql("set local idle_in_transaction_session_timeout = '5min'")
        found = read(known(wanted, changed=False), most=DRY_PAGES)
        outer.rollback()
    return found


def report(found: Round) -> dict[str, Any]:
    return {"pages": found.pages, "fault": found.fault, "types": found.counts}


def table(found: Round) -> str:
    """What came of each type, and below it why something was not used."""
    rows: list[tuple[str, ...]] = [("", *COLUMNS, "passed", "refused")]
    for kind, it in found.tallies.items():
        counts = (str(getattr(it, name)) for name in COLUMNS)
        rows.append((kind, *counts, str(it.passed.total()), str(it.refused.total())))
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True)) for row in rows]
    for kind, it in found.tallies.items():
        lines += [f"{kind}: {count} {reason}" for reason, count in sorted((it.passed + it.refused).items())]
    return "\n".join(lines)
