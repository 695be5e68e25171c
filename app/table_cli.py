"""The command that brings in tables, beside the other commands (`flask import csv --help`)."""

import click
from flask import Flask
from flask.cli import with_appcontext

from app.cli import bring, reachable
from app.config import Refusal
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.core.locale import reading
from app.exchange import file_queries, file_reader, file_service, file_words, row_rules
from app.exchange.file_reader import Unreadable

MOST = 50_000


def init_app(_app: Flask) -> None:
    bring.add_command(import_csv)


@click.command("csv")
@click.argument("kind", type=click.Choice(row_rules.KINDS))
@click.argument("file")
@click.option("--by", "hsa_id", help="The HSA-id of whoever brings it in; bookings are made by them.")
@click.option("--try", "only_try", is_flag=True, help="Look it through and store nothing.")
@with_appcontext
def import_csv(kind: str, file: str, hsa_id: str | None, only_try: bool) -> None:
    """The rows of a table FILE (CSV): people, assignments, contacts or bookings. All of them, or none."""
    if kind == "bookings" and not hsa_id:
        raise Refusal("Say with --by whose HSA-id makes the bookings.")
    try:
        with click.open_file(file, "rb") as opened:
            content = opened.read(row_rules.MOST_BYTES + 1)
        if len(content) > row_rules.MOST_BYTES:
            raise Unreadable("large")
        found = file_service.read(kind, file_reader.text_of(content), most=MOST)
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from error
    except Unreadable as error:
        with reading("en"):
            raise Refusal(file_words.unreadable(error.code, error.more)) from error
    verb = file_service.look_through if only_try else file_service.bring_in
    try:
        with reachable(), db.transaction():
            by = file_service.Brings(file_queries.whoever_has(SYSTEM, hsa_id)) if hsa_id else SYSTEM
            report = verb(kind, found, by=by, now=clock.now())
    except file_service.Tried as error:
        report = error.report
    except NotFound as error:
        raise Refusal(f"Nobody of the staff has the HSA-id {(hsa_id or '')[:40]}.") from error
    except file_service.Refused as error:
        with reading("en"):
            for one in error.report.faults:
                click.echo(f"line {one.line}, {one.column or 'all'}: {file_words.wrong(one)}")
        raise Refusal(f"{error.report.bad} rows are wrong; nothing was stored.") from error
    stored = "would be stored" if only_try else "are stored"
    click.echo(f"{report.new} rows {stored}, {report.same} are here already.")
