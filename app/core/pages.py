"""One way out for every page: what it shows of somebody is in the log before its first byte leaves."""

from collections.abc import Callable, Hashable
from functools import cache, lru_cache
from uuid import UUID

from flask import Flask, Response, current_app, g, make_response, render_template
from flask_login import current_user
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup

from app.core import audit, clock, db
from app.core.locale import language

PIECES = 512
GAP = db.short(UUID(int=0))


def also(write: Callable[[], None]) -> None:
    """Let a page store one of the few things a GET may (read marks, session.last_seen), in its own transaction."""
    g.setdefault("page_writes", []).append(write)


def page(template: str, /, **context: object) -> Response:
    """Render, then store what the page reads and marks, then answer. No log, no page."""
    html = render_template(template, **context)
    reads, writes = audit.take_reads(), g.pop("page_writes", [])
    if reads or writes:
        with db.transaction(alone=not writes) as session:
            for write in writes:
                write()
            audit.record(session, reads, by=current_user._get_current_object(), now=clock.now())
    return make_response(html)


def path(endpoint: str, key: UUID | None = None) -> Markup:
    """The address of a page that takes nothing, or one key. It is the same for everybody, so it is worked out once."""
    return _path(endpoint) if key is None else Markup(_path_of_key(endpoint).replace(GAP, db.short(key)))


@cache
def _path(endpoint: str) -> Markup:
    return Markup(current_app.url_map.bind("").build(endpoint))


@cache
def _path_of_key(endpoint: str) -> str:
    (rule,) = current_app.url_map.iter_rules(endpoint)
    return current_app.url_map.bind("").build(endpoint, dict.fromkeys(rule.arguments, UUID(int=0)))


def piece(template: str, **facts: Hashable) -> Markup:
    """A part of a page that is the same for all who share these facts and a language: it is drawn once."""
    return _piece(current_app._get_current_object(), language(), template, tuple(facts.items()))  # type: ignore[attr-defined]


@lru_cache(PIECES)
def _piece(app: Flask, _language: str, template: str, facts: tuple[tuple[str, Hashable], ...]) -> Markup:
    return Markup(app.jinja_env.get_template(template).render(dict(facts)))


class OnceDrawn(Template):
    """A template whose imports are taken as they are: Jinja looks at each import for globals that ours never have."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module(None)


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = OnceDrawn
    app.jinja_env.globals.update(path=path, piece=piece)
