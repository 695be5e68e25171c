"""The app on the home screen: manifest, service worker, the page without a net, how to install."""

import hashlib
import json
from functools import lru_cache

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import queries as care
from app.core.access import access
from app.core.headers import small
from app.core.locale import NAMES, language, reading, today
from app.core.locale import gettext as _
from app.core.pages import page
from app.core.static import Served, thin

bp = Blueprint("webapp", __name__)

LANGUAGE = f"<any({','.join(NAMES)}):code>"
WITHOUT_NET = {"offline": "home/offline.html", "help_offline": "home/help_now.html"}
PAPER = "#f3f2ec"
SHELL = ("js/*.js", "sw/outbox.js", "icons/icons.svg", "icons/app.svg", "icons/none.svg")
# What these do needs the net anyhow.
NEED_NET = {f"js/{name}.js" for name in ("code", "passkey", "push", "share", "shares")}
# In the order that they stand in the worker; all of them are one classic script.
PARTS = ("sw/shell.js", "js/vault.js", "sw/outbox.js", "sw/push.js")
FINDER_PARTS = ("sw/shell.js",)


@bp.get("/manifest.webmanifest")
@access("public", database=False)
def manifest() -> Response:
    """What the phone shows of us outside the app: a name and a sign that say nothing of care."""
    asked = request.args.get("sprak")
    with reading(asked if asked in NAMES else language()):
        known = {
            "id": "/",
            "scope": "/",
            "start_url": "/",
            "lang": language(),
            "dir": "ltr",
            "name": "Närlinjen",
            "short_name": "Närlinjen",
            "display": "standalone",
            "theme_color": PAPER,
            "background_color": PAPER,
            "icons": [
                icon("app-192", 192, "any"),
                icon("app-512", 512, "any"),
                icon("maskable-192", 192, "maskable"),
                icon("maskable-512", 512, "maskable"),
                icon("mono-192", 192, "monochrome"),
            ],
            "shortcuts": [
                {"name": _("Skriv"), "url": url_for(".write"), "icons": [icon("write-96", 96, "any")]},
                {"name": _("Tider"), "url": url_for(".times"), "icons": [icon("times-96", 96, "any")]},
                {"name": _("Hjälp nu"), "url": url_for("home.help_now"), "icons": [icon("help-96", 96, "any")]},
            ],
        }
    answer = Response(json.dumps(known, ensure_ascii=False), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {
        "src": f"{prefix()}icons/{name}.png",
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


def prefix() -> str:
    served: Served = current_app.extensions["static"]
    return served.prefix


@bp.get("/pa-hemskarmen")
@access("public", database=False)
def install() -> Response:
    return page("home/install.html", platform=platform_of(request.user_agent.string))


def platform_of(agent: str) -> str:
    """Whose steps stand first; the others are one press away, so a wrong guess costs little."""
    if any(name in agent for name in ("iPhone", "iPad", "iPod")):
        return "ios"
    if "Android" in agent:
        return "samsung" if "SamsungBrowser" in agent else "firefox" if "Firefox" in agent else "android"
    return "mac" if "Macintosh" in agent and "Safari" in agent and "Chrom" not in agent else "desk"


@bp.get("/skriv")
@access("patient", "staff", "relative")
def write() -> Answer:
    """From the home screen to where one writes: a patient with one contact at once, everybody else through a choice."""
    if "staff" in current_user.kinds:
        return redirect(url_for("opening.choose"))
    contacts = care.contacts_of(current_user, today=today()) if "patient" in current_user.kinds else []
    return redirect(url_for("messages.new", contact=contacts[0].key) if len(contacts) == 1 else url_for("home.start"))


@bp.get("/visa-tider")
@access("patient", "staff", "relative")
def times() -> Answer:
    """From the home screen to one's own times; who has none of their own comes to their start page."""
    if "staff" in current_user.kinds:
        return redirect(url_for("booking.diary"))
    return redirect(url_for("bookings.times" if "patient" in current_user.kinds else "home.start"))


@bp.get("/sw.js")
@access("public", database=False)
def worker() -> Response:
    return script(_worker(current_app._get_current_object(), "/", PARTS))  # type: ignore[attr-defined]


@bp.get("/stod/sw.js")
@access("public", database=False)
def finder_worker() -> Response:
    """The finder's own: who looks for support has no account, and signing in or out does not touch it."""
    return script(_worker(current_app._get_current_object(), "/stod/", FINDER_PARTS))  # type: ignore[attr-defined]


@bp.get(f"/utan-nat/{LANGUAGE}")
@access("public", database=False)
def offline(code: str) -> Response:
    return without_net("offline", code)


@bp.get(f"/utan-nat/{LANGUAGE}/hjalp-nu")
@access("public", database=False)
def help_offline(code: str) -> Response:
    return without_net("help_offline", code)


def without_net(name: str, code: str) -> Response:
    """A page for a phone to keep: in one language, of nobody, and the same for all."""
    with reading(code):
        return page(WITHOUT_NET[name], copies=addresses(name))


def addresses(name: str) -> dict[str, str]:
    return {code: url_for(f"webapp.{name}", code=code) for code in NAMES}


def script(text: str) -> Response:
    """Asked for again at each start, and sent only when it is another."""
    answer = Response(text, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    small(answer).make_conditional(request)
    return answer


@lru_cache(4)
def _worker(app: Flask, scope: str, parts: tuple[str, ...]) -> str:
    """The worker's script: what it keeps, and then its parts, each for itself. It is another when anything of it is."""
    served: Served = app.extensions["static"]
    found = {str(it.relative_to(served.root)) for pattern in SHELL for it in served.root.glob(pattern)}
    files = sorted(found - NEED_NET)
    sources = [thin(path.read_text(), ".js") for part in parts if (path := served.root / part).is_file()]
    whole = hashlib.sha256("\0".join((served.prefix, *sources)).encode())
    for name, template in WITHOUT_NET.items():
        for code in NAMES:
            with reading(code):
                whole.update(render_template(template, copies=addresses(name)).encode())
    known = {
        "version": whole.hexdigest()[:12],
        "scope": scope,
        "prefix": served.prefix,
        "languages": list(NAMES),
        "offline": addresses("offline"),
        "help": addresses("help_offline"),
        "pages": [*addresses("offline").values(), *addresses("help_offline").values()],
        "files": [served.prefix + name for name in (*served.sheets, *files)],
    }
    return f'"use strict";\nself.narlinjen = {json.dumps(known)};\n' + "".join(f"{{\n{it}}}\n" for it in sources)
