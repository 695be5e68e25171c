"""What a unit needs to judge its drop-in by: picture, table and file."""

import csv
import io
import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from babel import Locale
from flask import Blueprint, Response, make_response, request
from flask_login import current_user

from app.care import unit_queries
from app.care.unit_queries import UnitPage
from app.core import db
from app.core.access import access
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.core.locale import language, today
from app.core.pages import page
from app.dropin import figure_queries as queries
from app.dropin import figure_rules as rules
from app.dropin.figure_queries import Counted
from app.dropin.figure_rules import Figures, Quarter, Table
from app.dropin.visit_forms import WAYS

bp = Blueprint("drop_in_figures", __name__, url_prefix="/enhet/drop-in/siffror")
QUARTER = re.compile(r"(20\d\d)-([1-4])")


@dataclass(frozen=True)
class Chosen:
    """Of what the figures are: a drop-in of a unit, and one quarter out of those there are."""

    unit: UnitPage
    all: list[Counted]
    it: Counted | None
    quarters: list[Quarter]
    quarter: Quarter

    @property
    def figures(self) -> Figures:
        return queries.figures_of(current_user, self.it, self.quarter) if self.it else Figures(0)


@dataclass(frozen=True)
class Bar:
    """A share of the picture's width."""

    left: float
    right: float


@bp.app_template_filter("quarter_words")
def quarter_words(it: Quarter) -> str:
    """The months: oktober till december 2026."""
    names = Locale.parse(language()).months["format"]["wide"]
    return _("%(first)s till %(last)s %(year)s", first=names[it.first.month], last=names[it.last.month], year=it.year)


@bp.app_template_filter("quarter_key")
def quarter_key(it: Quarter) -> str:
    return f"{it.year}-{it.number}"


@bp.app_template_filter("figure_words")
def figure_words(table: str, label: Hashable) -> str:
    """A group as it is called."""
    if isinstance(label, date):
        return f"{label.day} {Locale.parse(language()).months['format']['wide'][label.month]}"
    if isinstance(label, int):
        return _("kl. %(first)s–%(last)s", first=label, last=label + 1)
    if label == rules.UNNOTED:
        return _("Inte noterat")
    if table == "new":
        return _("Ny i psykiatrin") if label == "new" else _("Redan känd")
    return str(WAYS[str(label)])


@bp.app_template_filter("share_bar")
def share_bar(count: int, table: Table) -> list[Bar]:
    return [Bar(0, count / table.most)] if count else []


@bp.get("/<key:unit>")
@access("staff")
def show(unit: UUID) -> Response:
    chosen = choose(unit)
    return page("dropin/figures.html", chosen=chosen, unit=chosen.unit, found=chosen.figures, today=today())


@bp.get("/<key:unit>/tabell.csv")
@access("staff")
def table(unit: UUID) -> Response:
    """The same as the page, for a spreadsheet: semicolons and a mark of UTF-8, as they are read here."""
    chosen = choose(unit)
    if chosen.it is None:
        raise NotFound
    names = {
        "total": _("Besök"),
        "wait": _("Väntan i minuter, den mittersta"),
        "days": _("Besök per dag"),
        "hours": _("När på dagen"),
        "new": _("Ny eller känd"),
        "led_to": _("Vad det ledde till"),
    }
    said = io.StringIO()
    writer = csv.writer(said, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Drop-in"), _("Från"), _("Till"), _("Vad"), _("Grupp"), _("Antal")])
    period = (chosen.quarter.first.isoformat(), chosen.quarter.last.isoformat())
    for name, group, count in rules.lines(chosen.figures, in_file, _("visas inte")):
        writer.writerow([harmless(chosen.it.name), *period, names[name], group, count])
    answer = make_response("\ufeff" + said.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    name = f"drop-in-{chosen.quarter.year}-{chosen.quarter.number}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def in_file(name: str, label: Hashable) -> str:
    return label.isoformat() if isinstance(label, date) else figure_words(name, label)


def harmless(text: str) -> str:
    """No spreadsheet takes it for something to work out."""
    return f"'{text}" if text[:1] in "=+-@\t" else text


def choose(unit: UUID) -> Chosen:
    """What the address asks for; anything that there is not is the first, and the quarter that is now."""
    found = unit_queries.led_unit(current_user, unit, today=today())
    known = queries.drop_ins_of(current_user, unit)
    wanted = request.args.get("vilken")
    it = next((one for one in known if db.short(one.key) == wanted), known[0] if known else None)
    quarters = rules.quarters((it and it.first_on) or today(), today())
    asked = QUARTER.fullmatch(request.args.get("kvartal", ""))
    quarter = Quarter(int(asked[1]), int(asked[2])) if asked else quarters[0]
    return Chosen(found, known, it, quarters, quarter if quarter in quarters else quarters[0])
