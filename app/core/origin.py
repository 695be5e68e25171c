"""Where a request that changes something comes from: our own pages, and no other site's.

The token in each form says so too, but whoever lacks one gets back what was sent, with a button that sends it again.
Another site must not be able to put its words behind that button, nor new cookies in place of the reader's own.
"""

from flask import Flask, Response, request, session

from app.core.errors import answer
from app.core.locale import gettext as _

SAFE = {"GET", "HEAD", "OPTIONS"}


def is_ours(base_url: str) -> bool:
    """Whether a page of ours sent this, as the browser says; a program that says nothing has no cookies to misuse."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin == base_url or origin.partition("://")[2] == request.host


def init_app(app: Flask, base_url: str) -> None:
    @app.before_request
    def check() -> Response | None:
        if request.method in SAFE or is_ours(base_url):
            return None
        title = _("Det kom från en annan webbplats")
        refusal = answer(403, title, _("Därför har vi inte gjort något. Gå till start och försök därifrån."), kept={})
        # The browser kept its cookies to itself because of where this came from: new ones would take their place.
        session.modified = False
        return refusal
