"""The commands, one function each (`flask --app app --help`). A refusal is one sentence and exit code 2."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
import phonenumbers
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import Connection, create_engine, make_url, select
from sqlalchemy.exc import DBAPIError

from app import fhir_import, worker
from app.accounts import service as accounts
from app.accounts.service import Known, Who
from app.bookings import kind_reader, kind_service, letter_queries
from app.bookings.letter_rules import closes
from app.care import answer_queries, case_reader
from app.care import explain as cases
from app.config import Refusal, Settings
from app.core import clock, crypto, db, files, installation, log_end, pulse, rotation, schema, seal
from app.core.audit import SYSTEM, Entry, keyset, record
from app.core.errors import NotFound
from app.core.locale import local
from app.demo import seed as demo
from app.home.models import FaultReport
from app.log import export_service as exports
from app.messages.models import Thread

keys = AppGroup("keys", help="The keys that seal what is stored.")
audit = AppGroup("audit", help="The access log and its seals.")
care = AppGroup("care", help="Who answers whom.")
export = AppGroup("export", help="Take something out, to be read elsewhere.")
bring = AppGroup("import", help="Take something in from a file, or from another system.")
letters = AppGroup("letters", help="The letters about times (kallelser).")


def init_app(app: Flask) -> None:
    bring.add_command(fhir_import.command)
    processes = (worker_command, sender_command, watch)
    for command in (migrate, setup, demo_command, *processes, keys, audit, care, export, bring, letters):
        app.cli.add_command(command)


def settings() -> Settings:
    return current_app.extensions["settings"]


@contextmanager
def reachable() -> Iterator[None]:
    """A database that cannot be reached, or that lacks the schema, is a sentence and not a traceback."""
    try:
        yield
    except DBAPIError as error:
        raise Refusal(
            f"The database refused: {str(error.orig).strip().splitlines()[0]}. Is it there, and migrated?"
        ) from error
    except seal.OtherCluster as error:
        raise Refusal(str(error)) from error
    except crypto.Unopenable as error:
        raise Refusal(f"{error} cannot be opened: it is damaged, or its key is no longer in DATA_KEYS.") from error


@contextmanager
def owner() -> Iterator[Connection]:
    """A connection as the role that owns the tables, for the few things that the app's own role may not do."""
    address = make_url(settings().owner_url or settings().database_url or "").set(drivername="postgresql+psycopg")
    engine = create_engine(address, hide_parameters=True)
    try:
        with reachable(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@click.command()
@click.argument("target", default="head")
def migrate(target: str) -> None:
    """Bring the database up to this code (or to TARGET)."""
    schema.migrate(settings().owner_url or settings().database_url or "", target)


@click.command()
@click.option("--region", prompt="Region", help="Its name, as people say it.")
@click.option("--county-code", prompt="County code (two digits)")
@click.option("--function-phone", prompt="A number that the region's function always answers")
@click.option(
    "--person", "people", multiple=True, help="Somebody of the function: NAME;HSA-ID;TITLE. Give it twice or more."
)
@click.option("--administrator", prompt="First administrator (NAME;HSA-ID;TITLE, or the HSA-id of one of the function)")
def setup(region: str, county_code: str, function_phone: str, people: tuple[str, ...], administrator: str) -> None:
    """Make a real installation: the region, its function with two people or more, and the first administrator."""
    if settings().demo:
        raise Refusal("A real installation is set up without DEMO=1.")
    if len(people) < 2:
        raise Refusal("The region's function needs at least two people: give --person NAME;HSA-ID;TITLE twice or more.")
    if not region.strip() or not re.fullmatch(r"[0-9]{2}", county_code):
        raise Refusal("A region has a name, and a county code of two digits, such as 20.")
    number = e164(function_phone)
    # As the owner, so that the mark on the database and the people in it are one truth.
    with owner() as connection, connection.begin(), db.joined(connection), db.transaction():
        now, staff = clock.now(), {}
        installation.make(connection, "real", now=now)
        for line in (*people, *([administrator] if ";" in administrator else [])):
            name, hsa_id, title = staff_line(line)
            try:
                staff[hsa_id] = accounts.register_staff(Who(name), hsa_id=hsa_id, title=title, by=SYSTEM, now=now).id
            except Known as error:
                raise Refusal(f"{hsa_id} is given twice, or is registered already.") from error
        first = staff_line(administrator)[1] if ";" in administrator else administrator.strip()
        if first not in staff:
            raise Refusal(f"The administrator {first!r} is not among the people given.")
        function = [staff[staff_line(line)[1]] for line in people]
        accounts.open_region(
            region.strip(),
            county_code,
            function_phone=number,
            function=function,
            administrator=staff[first],
            by=SYSTEM,
            now=now,
        )
    click.echo(
        f"{region} is set up, with {len(people)} people in its function. Staff sign in when the ways in are configured."
    )


def staff_line(line: str) -> list[str]:
    parts = [part.strip() for part in line.split(";")]
    if len(parts) != 3 or not all(parts):
        raise Refusal(f"{line!r} is not written as NAME;HSA-ID;TITLE.")
    return parts


def e164(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, "SE")
    except phonenumbers.NumberParseException:
        parsed = phonenumbers.PhoneNumber()
    if not phonenumbers.is_valid_number(parsed):
        raise Refusal(f"{number!r} is no telephone number that can be rung.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@click.command("demo")
@click.option("--list", "only_list", is_flag=True, help="Only print who there is: name, tab, what they are.")
def demo_command(only_list: bool) -> None:
    """Fill an empty database with invented people, once. Needs DEMO=1."""
    if not settings().demo:
        raise Refusal("The demo needs DEMO=1, and never runs in a real installation.")
    with reachable():
        if only_list:
            for persona in demo.personas():
                click.echo(f"{persona.name}\t{persona.about}")
            return
        with owner() as connection, connection.begin():
            fresh = installation.make(connection, "demo", now=clock.now())
        if fresh or demo.is_empty():
            with db.transaction():
                demo.seed(now=clock.now())


@click.command("worker")
@click.option("--once", is_flag=True, help="One round, then end.")
@click.option("--senders", envvar="SENDERS", default=worker.SENDERS, type=click.IntRange(1, 16), help="How many send.")
def worker_command(once: bool, senders: int) -> None:
    """Do what must be done later: seal the log, clean up, keep time, send notices (by so many processes)."""
    with reachable():
        worker.run(once=once, senders=senders)


@click.command("sender")
def sender_command() -> None:
    """Send notices, and nothing else; a worker starts its own."""
    with reachable():
        worker.send()


@click.command()
@click.option("--every", default=10.0, type=click.FloatRange(min=0.1), help="Seconds between looks.")
@click.option("--once", is_flag=True, help="One look; exit code 1 when something alarms.")
def watch(every: float, once: bool) -> None:
    """Look for what must alarm, in a process of its own, and say it."""
    while True:
        try:
            with db.engine().connect() as connection:
                found = pulse.alarms(connection, now=clock.now())
        except DBAPIError:
            found = [pulse.Alarm("database", "The database cannot be reached.")]
        for alarm in found:
            click.echo(f"{alarm.name}: {alarm.sentence}")
        if once:
            raise SystemExit(1 if found else 0)
        time.sleep(every)


@keys.command()
@click.option("--batch", default=500, type=click.IntRange(min=1), help="Rows in one transaction.")
def rotate(batch: int) -> None:
    """Seal everything anew with the first of DATA_KEYS. Stop it when you like; it goes on where it was."""
    with owner() as connection:
        for table, done in rotation.rotate(connection, crypto.keyring(), batch=batch):
            click.echo(f"{table}: {done}")
        left = rotation.left(connection, crypto.keyring())
    click.echo(f"{left} values still sealed with an older key")
    if left:
        raise SystemExit(1)


@audit.command()
@click.option(
    "--anchor", help="NUMBER:MAC of a block, from the worker's log, to show that the end has not been cut off."
)
def verify(anchor: str | None) -> None:
    """Read the whole access log against its seals: exit code 0, or 1 with each row that does not agree."""
    known = None
    if anchor:
        number, _, mac = anchor.partition(":")
        try:
            known = int(number), bytes.fromhex(mac)
        except ValueError as error:
            raise Refusal(f"{anchor!r} is not written as NUMBER:MAC.") from error
    with reachable(), db.engine().connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        total, findings = seal.verify(connection, keyset(), now=clock.now(), anchor=known)
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{total} rows read, {len(findings)} do not agree")
    if findings:
        raise SystemExit(1)


@audit.command("seal")
def seal_now() -> None:
    """Seal what can be sealed, now."""
    with reachable():
        worker.seal_all()


@audit.command()
def epoch() -> None:
    """After a restore into another cluster, and before the app starts there: go on with a new epoch of seals."""
    with reachable(), db.engine().begin() as connection:
        try:
            block = seal.new_epoch(connection, keyset(), now=clock.now())
        except ValueError as error:
            raise Refusal(str(error).capitalize() + ".") from error
    click.echo(f"epoch {block.epoch} begins with block {block.n}")


@audit.command("end-month")
@click.argument("month")
@click.option("--to", "folder", default=".", help="The folder to put the month's own file in.")
def end_month(month: str, folder: str) -> None:
    """Take a MONTH (2021-03) out of the access log into a file, once it is LOG_YEARS old. It cannot be undone."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month) or month < "1970":
        raise Refusal(f"{month[:20]!r} is not written as YYYY-MM.")
    first, years, now = date.fromisoformat(f"{month}-01"), settings().log_years, clock.now()
    if years is None:
        raise Refusal("LOG_YEARS is not set, so the access log is kept for ever; set it to 5 or more first.")
    if now < (due := log_end.ends_from(first, years)):
        raise Refusal(f"{month} may be ended from {due:%Y-%m-%d}: the access log is kept for {years} years.")
    place = Path(folder) / f"narlinjen-log-{month}.jsonl"
    if not place.parent.is_dir() or place.exists():
        raise Refusal(f"{place} is there already." if place.exists() else f"There is no folder {folder}.")
    try:
        with files.written([place]) as (file,), owner() as connection, connection.begin(), db.joined(connection):
            ended = log_end.end_month(connection, keyset(), first, file, now=now)
            with db.transaction() as session:
                record(session, Entry("log.month_ended", object=f"month:{month}"), by=SYSTEM, now=now)
    except log_end.CannotEnd as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"{place} cannot be written: {error.strerror}.") from error
    click.echo(f"{place}: {ended.rows} rows, SHA-256 {ended.sha256.hex()}")


@care.command()
@click.argument("file", required=False)
@click.option("--thread", help="The key of a thread, as it stands in its address: who answers it now.")
def explain(file: str | None, thread: str | None) -> None:
    """Say who answers the case in FILE (JSON, "-" is what is piped in), and why; a list of cases gives a list."""
    if (file is None) == (thread is None):
        raise Refusal("Give a FILE with a case, or --thread KEY, and not both.")
    found = explained_thread(thread) if thread else explained_file(file or "")
    click.echo(json.dumps(found, ensure_ascii=False))


def explained_thread(key: str) -> dict[str, Any]:
    try:
        with reachable():
            row = db.session().get(Thread, db.long(key))
    except ValueError as error:
        raise Refusal(f"{key} is no key of a thread: a key is the 22 characters at the end of its address.") from error
    if row is None:
        raise Refusal(f"There is no thread with the key {key}.")
    now = clock.now()
    with reachable():
        answer = answer_queries.answer_for(
            SYSTEM, row.unit_id, row.patient_id, row.belongs_to, at=now, today=local(now).date()
        )
    return cases.said(answer, db.short)


def text_of(file: str) -> str:
    try:
        with click.open_file(file, "rb") as opened:
            return opened.read().decode("utf-8-sig")
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"{file} is no text in UTF-8.") from error


def explained_file(file: str) -> Any:
    try:
        return cases.explain(text_of(file))
    except case_reader.BadCase as error:
        raise Refusal(str(error)) from error


@export.command("patient")
@click.argument("key")
@click.option("--to", "folder", default=".", help="The folder to put the two files in.")
def export_patient(key: str, folder: str) -> None:
    """All that is kept of the patient with KEY (the 22 characters in the address of their page), as JSON and as PDF."""
    try:
        patient = db.long(key)
    except ValueError as error:
        raise Refusal(f"{key[:40]!r} is no key of a patient: a key has 22 characters.") from error
    now = clock.now()
    stem = Path(folder) / f"narlinjen-{key}-{local(now):%Y-%m-%d}"
    places = [stem.with_suffix(".json"), stem.with_suffix(".pdf")]
    if not stem.parent.is_dir():
        raise Refusal(f"There is no folder {folder}.")
    if there := next((place for place in places if place.exists()), None):
        raise Refusal(f"{there} is there already; move it away first.")
    # What draws is slow to load, and every process of the app would wait for it.
    from app.log import pdf

    try:
        with reachable(), files.written(places) as (as_json, as_pdf), db.transaction():
            found = exports.take_out(patient, by=SYSTEM, now=now)
            as_json.write(json.dumps(found, ensure_ascii=False, indent=1).encode())
            as_pdf.write(pdf.drawn(found))
    except NotFound as error:
        raise Refusal(f"There is no patient with the key {key}.") from error
    except OSError as error:
        raise Refusal(f"The files cannot be written in {folder}: {error.strerror}.") from error
    for place in places:
        click.echo(place)


@bring.command("kinds")
@click.argument("file")
def import_kinds(file: str) -> None:
    """The kinds of time in FILE (JSON, a list of unit, name, mode, minutes, staff; place, bring, letter), or none."""
    try:
        found = kind_reader.read(text_of(file))
        with reachable(), db.transaction():
            kind_service.bring_in(found, by=SYSTEM, now=clock.now())
    except (case_reader.BadCase, kind_service.Unmatched) as error:
        raise Refusal(str(error)) from error
    click.echo(f"{len(found)} kinds of time are in.")


@letters.command("verify")
def verify_letters() -> None:
    """Read every letter and template that is kept: exit code 0, or 1 with each that does not invite the relative."""
    with reachable():
        read, astray = 0, []
        for booking, version, text in letter_queries.letters_kept(SYSTEM):
            read += 1
            astray += [] if closes(text) else [f"letter {db.short(booking)}, version {version}"]
        templates = letter_queries.templates_kept(SYSTEM)
        astray += [f"template {db.short(kind)}" for kind, text in templates if not closes(text)]
    for line in astray:
        click.echo(line)
    click.echo(f"{read} letters and {len(templates)} templates read, {len(astray)} do not invite the relative along")
    if astray:
        raise SystemExit(1)


@export.command()
def faults() -> None:
    """The reported faults in accessibility, the latest last, one JSON object a line."""
    with reachable():
        for fault in db.session().scalars(
            select(FaultReport).order_by(FaultReport.reported_at).execution_options(yield_per=100)
        ):
            row: dict[str, Any] = {"at": fault.reported_at.isoformat(), "page": fault.page}
            row |= {"text": fault.text, "reply_to": fault.reply_to}
            click.echo(json.dumps(row, ensure_ascii=False))
