"""The app on the home screen: manifest, service worker, the page without a net, how to install."""

import gzip
import hashlib
import json
from functools import lru_cache

from flask import Blueprint, Flask, Response, current_app, render_template, request, url_for

from app.core import static
from app.core.access import access
from app.core.locale import NAMES, reading
from app.core.pages import page

bp = Blueprint("webapp", __name__)

LANGUAGE = f"<any({','.join(NAMES)}):code>"
WITHOUT_NET = {"offline": "home/offline.html", "help_offline": "home/help_now.html"}
SHELL = ("css/*.css", "js/*.js", "icons/*.svg", "icons/app-192.png", "icons/badge-96.png")
# In the order that they stand in the worker; all of them are one classic script.
PARTS = ("sw/shell.js", "js/vault.js", "sw/outbox.js", "sw/push.js")
FINDER_PARTS = ("sw/shell.js",)


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
        return small(page(WITHOUT_NET[name], kept=addresses(name)))


def addresses(name: str) -> dict[str, str]:
    return {code: url_for(f"webapp.{name}", code=code) for code in NAMES}


def script(text: str) -> Response:
    """Asked for again at each start, and sent only when it is another."""
    answer = Response(text, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    small(answer).make_conditional(request)
    return answer


def small(answer: Response) -> Response:
    """Compressed on the way. Only for what is the same for everybody: a secret can be guessed by how it compresses."""
    answer.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        answer.set_data(gzip.compress(answer.get_data(), 9, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@lru_cache(4)
def _worker(app: Flask, scope: str, parts: tuple[str, ...]) -> str:
    """The worker's script: what it keeps, and then its parts, each for itself. It is another when anything of it is."""
    prefix = f"/static/{app.extensions['static']}/"
    files = sorted({found for pattern in SHELL for found in static.SOURCE.glob(pattern)})
    sources = [path.read_text() for part in parts if (path := static.SOURCE / part).is_file()]
    whole = hashlib.sha256("\0".join((prefix, *sources)).encode())
    for name, template in WITHOUT_NET.items():
        for code in NAMES:
            with reading(code):
                whole.update(render_template(template, kept=addresses(name)).encode())
    known = {
        "version": whole.hexdigest()[:12],
        "scope": scope,
        "prefix": prefix,
        "languages": list(NAMES),
        "offline": addresses("offline"),
        "help": addresses("help_offline"),
        "pages": [*addresses("offline").values(), *addresses("help_offline").values()],
        "files": [prefix + str(path.relative_to(static.SOURCE)) for path in files],
    }
    return f'"use strict";\nself.narlinjen = {json.dumps(known)};\n' + "".join(f"{{\n{it}}}\n" for it in sources)
