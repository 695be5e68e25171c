"""Who may knock on which door. Every route is labelled; one without a label is refused.

The label decides on the kind of person; which rows they reach is decided by the queries, through the viewer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask_login import current_user

LONGEST = 1_000
UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
KINDS = ("public", "patient", "relative", "staff", "admin", "operations")


class Unlabelled(Exception):
    """A route without @access: nobody has decided who may use it, so nobody may."""


@dataclass(frozen=True)
class Label:
    kinds: frozenset[str]
    database: bool


V = TypeVar("V", bound=Callable[..., Any])


def access(*kinds: str, database: bool = True) -> Callable[[V], V]:
    """Label a view with the kinds of people it is for; `database=False` promises that it touches none."""
    if not kinds or not set(kinds) <= set(KINDS):
        raise ValueError(f"@access takes some of {KINDS}")

    def label(view: V) -> V:
        view.access = Label(frozenset(kinds), database)  # type: ignore[attr-defined]
        return view

    return label


def label_of(app: Flask, endpoint: str) -> Label:
    label = getattr(app.view_functions[endpoint], "access", None)
    if label is None:
        raise Unlabelled(f"{endpoint} has no @access; say who it is for, above its function.")
    return label


def kinds_of(viewer: Any) -> frozenset[str]:
    """What kinds of person this viewer is, in the capacity of this session."""
    return viewer.kinds if viewer.is_authenticated else frozenset()


def nav_role() -> str | None:
    """Which navigation to draw, read from the signed cookie so that it needs no database."""
    return session.get("nav")


def unseen() -> int:
    """How much the viewer has been told and not seen; nothing on a page that has not asked who they are."""
    return getattr(g.get("_login_user"), "unseen", 0)


def workplace() -> str | None:
    """Where a viewer who works at several units has said that they are now; nothing for everybody else."""
    viewer = g.get("_login_user")
    places = getattr(viewer, "workplaces", {})
    return places.get(viewer.unit_id) if len(places) > 1 else None


def is_page() -> bool:
    """Whether a browser asks for a page to show, and not a script of ours for something in one."""
    mode = request.headers.get("Sec-Fetch-Mode")
    return mode == "navigate" if mode else "text/html" in request.accept_mimetypes.values()


def signed_in() -> bool:
    return "_user_id" in session


def is_local_call() -> bool:
    """A direct call from this machine: what a proxy passes on carries a forwarding header."""
    forwarded = {"Forwarded", "X-Forwarded-For", "X-Real-Ip"} & set(request.headers.keys())
    return request.remote_addr in ("127.0.0.1", "::1") and not forwarded


def safe_next(target: str | None) -> str | None:
    """A place of our own to go on to, or None: never another site, and nothing too long for a cookie to keep."""
    if not target or len(target) > LONGEST or not target.startswith("/") or target.startswith("//"):
        return None
    # Browsers drop control characters and read \ as /, so that what looks like a path may be another site.
    return None if UNSAFE.search(target) or urlsplit(target).netloc else target


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(nav_role=nav_role, signed_in=signed_in, unseen=unseen, workplace=workplace)

    @app.before_request
    def check() -> Response | None:
        if request.endpoint is None:
            return None
        label = label_of(app, request.endpoint)
        if "operations" in label.kinds:
            return None if is_local_call() else abort(404)
        if "public" in label.kinds:
            return None
        if not current_user.is_authenticated:
            for name in ("_user_id", "nav"):
                session.pop(name, None)
            if request.method in ("GET", "HEAD") and "text/event-stream" not in request.accept_mimetypes.values():
                return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
            abort(401)
        if not label.kinds & kinds_of(current_user):
            abort(404)
        return None
