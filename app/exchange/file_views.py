"""Files of rows: people, assignments, contacts, bookings. Looked through first, then stored whole or not at all."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as Answer

from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused, answer
from app.core.locale import gettext as _
from app.core.pages import page
from app.exchange import file_queries as queries
from app.exchange import file_service as service
from app.exchange import file_words as words
from app.exchange.file_queries import Looked
from app.exchange.file_reader import ADDED, Unreadable, table, text_of, written
from app.exchange.file_service import Gone
from app.exchange.row_rules import COLUMNS, KINDS, MOST_BYTES, MOST_ROWS

bp = Blueprint("files", __name__, url_prefix="/region/filer")
bp.add_app_template_filter(words.wrong, "row_wrong")
Shown = Response | Answer | tuple[Response, int]
SLUGS = {"personer": "people", "uppdrag": "assignments", "kontakter": "contacts", "tider": "bookings"}
SLUG = {kind: slug for slug, kind in SLUGS.items()}
KIND = '<any("personer", "uppdrag", "kontakter", "tider"):slug>'
FEW = 50
ROOM = 100_000
"""What else than the file itself is sent with it."""


@bp.url_value_preprocessor
def room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file may be larger than what people type; it is decided before anything has read it."""
    if endpoint == "files.look":
        request.max_content_length = MOST_BYTES + ROOM


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    return answer(413, _("Filen är för stor"), words.unreadable("large"))


@bp.get("")
@access("admin")
def index() -> Response:
    return page("exchange/files.html", kinds=KINDS, names=words.NAMES, about=words.ABOUT, slugs=SLUG)


@bp.get(f"/{KIND}")
@access("admin")
def kind(slug: str) -> Response:
    return kind_page(SLUGS[slug])


@bp.post(f"/{KIND}")
@access("admin")
def look(slug: str) -> Shown:
    """Look through a file: what it would do is found by doing it, and then none of it is stored."""
    what, at = SLUGS[slug], now()
    try:
        text = sent()
        found = service.read(what, text)
    except Unreadable as error:
        return kind_page(what, fault=words.unreadable(error.code, error.more)), 422

    def try_it() -> None:
        with transaction():
            service.look_through(what, found, by=current_user, now=at)

    report = service.tried(try_it)
    with transaction():
        key = service.keep(what, text, report, by=current_user, now=at)
    return redirect(url_for(".looked", file=key), 303)


@bp.get(f"/{KIND}/mall.csv")
@access("admin")
def template(slug: str) -> Response:
    columns = COLUMNS[SLUGS[slug]]
    text = written([it.name for it in columns], [[it.sample for it in columns]])
    return as_file(text, f"narlinjen-{slug}.csv")


@bp.get("/granskad/<key:file>")
@access("admin")
def looked(file: UUID) -> Response:
    return looked_page(kept(file))


@bp.post("/granskad/<key:file>")
@access("admin")
def store(file: UUID) -> Shown:
    it = queries.file_for(current_user, file)
    try:
        with transaction():
            service.store(file, by=current_user, now=now())
    except Gone:
        return looked_page(kept(file))
    except service.Refused as error:
        # Something has come in its way since it was looked through, and none of it is stored.
        with transaction():
            service.note(file, error.report, by=current_user, now=now())
        return looked_page(queries.file_for(current_user, file), again=True), 409
    return redirect(url_for(".looked", file=it.key), 303)


@bp.get("/granskad/<key:file>/fel.csv")
@access("admin")
def faults(file: UUID) -> Response:
    """The rows that are wrong, as they were, with what is wrong first: they can be mended there and sent again."""
    it = kept(file)
    columns = [one.name for one in COLUMNS[it.kind]]
    said: dict[int, list[str]] = {}
    for one in it.report.faults:
        about = f"{one.column}: " if one.column else ""
        said.setdefault(one.line, []).append(about + words.wrong(one))
    text = queries.text_for(current_user, file)
    rows = table(text, columns, (), most=MOST_ROWS).rows if text else ()
    known = {row.line: [row.cells[name] for name in columns] for row in rows}
    lines = [[str(line), " ".join(why), *known.get(line, [""] * len(columns))] for line, why in said.items()]
    return as_file(written([*ADDED, *columns], lines), f"narlinjen-{SLUG[it.kind]}-fel.csv")


def sent() -> str:
    """The letters of the file that was sent; raises Unreadable."""
    file = request.files.get("fil")
    if file is None or not file.filename:
        raise Unreadable("none")
    with file.stream as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Unreadable("large")
    return text_of(content)


def kept(file: UUID) -> Looked:
    """A file that is there still; raises Refused when its hour is over."""
    it = queries.file_for(current_user, file)
    if it.stored_at is None and it.ends_at <= now():
        title = _("Filen är inte kvar")
        raise Refused(title, _("Den sparas bara en timme. Ladda upp den igen. Det som redan finns ändras inte."), 410)
    return it


def kind_page(what: str, *, fault: str | None = None) -> Response:
    return page(
        "exchange/file_kind.html",
        slug=SLUG[what],
        name=words.NAMES[what],
        about=words.ABOUT[what],
        columns=COLUMNS[what],
        hints=words.HINTS,
        most=MOST_ROWS,
        fault=fault,
    )


def looked_page(it: Looked, *, again: bool = False) -> Response:
    return page(
        "exchange/file_looked.html",
        it=it,
        slug=SLUG[it.kind],
        name=words.NAMES[it.kind],
        few=it.report.faults[:FEW],
        more=max(0, len(it.report.faults) - FEW),
        again=again,
    )


def as_file(text: str, name: str) -> Response:
    given = Response(text, mimetype="text/csv")
    given.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    given.headers["Cache-Control"] = "no-store"
    return given
