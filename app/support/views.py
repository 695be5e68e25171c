"""The public finder: where one lives, and what there is there. No one signs in, and nothing asks the database."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.core.access import access
from app.core.locale import today
from app.core.pages import page
from app.support import words
from app.support.facts import book
from app.support.forms import PlaceForm

bp = Blueprint("support", __name__)
bp.add_app_template_filter(words.seen, "seen_words")
bp.add_app_template_filter(words.on, "on_words")
bp.add_app_template_filter(words.line, "line_words")


@bp.get("/stod")
@access("public", database=False)
def choose() -> Answer | tuple[Response, int]:
    """Ask where one lives. What is typed leads on when it can mean one place only; else the likely ones are shown."""
    if "kommun" not in request.args:
        return chooser(PlaceForm(formdata=None))
    form = PlaceForm(request.args)
    if not form.validate():
        return chooser(form), 422
    found = book().meant(form.kommun.data)
    if len(found) == 1:
        return redirect(url_for(".municipality", slug=found[0].slug), 302)
    return chooser(form, found=found, asked=form.kommun.data), 200 if found else 422


def chooser(form: PlaceForm, **more: object) -> Response:
    return page(
        "support/choose.html", **{"form": form, "found": [], "asked": None, "counties": book().counties()} | more
    )


@bp.get("/stod/<slug>")
@access("public", database=False)
def municipality(slug: str) -> Response | tuple[Response, int]:
    known = book().by_slug.get(slug)
    if known is None:
        form = PlaceForm(formdata=None, data={"kommun": slug})
        return chooser(form, found=book().meant(slug), asked=slug), 404
    return page(
        "support/municipality.html",
        it=book().answer(known, today=today()),
        twin=book().by_slug.get(known.twin or ""),
        lines=book().lines,
        today=today(),
    )


@bp.get("/stod/kris")
@access("public", database=False)
def crisis() -> Response:
    """What somebody who stands near may ask a unit for when it is worst, and words to say it in."""
    return page("support/crisis.html", lines=book().lines)


@bp.get("/barn")
@access("public", database=False)
def child() -> Response:
    """For a child whose parent, or another adult, is unwell."""
    return page("support/child.html", lines=book().lines)
