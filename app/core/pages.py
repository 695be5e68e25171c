"""One way out for every page: what it shows of somebody is in the log before its first byte leaves."""

from collections.abc import Callable, Hashable, MutableMapping
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, g, make_response, render_template
from flask.templating import Environment
from flask_login import current_user
from jinja2 import Template
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.nodes import Call, Expr, Name
from jinja2.nodes import Template as Parsed
from jinja2.runtime import Context
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]

from app.core import audit, clock, db
from app.core.locale import language

PIECES = 512
OURS = {"_", "path"}
GAP = db.short(UUID(int=0))


def also(write: Callable[[], None]) -> None:
    """Let a page store one of the few things a GET may (read marks, session.last_seen), in its own transaction."""
    g.setdefault("page_writes", []).append(write)


def page(template: str, /, **context: object) -> Response:
    """Render, then store what the page reads and marks, then answer. No log, no page."""
    return stored(make_response(render_template(template, **context)))


def stored(answer: Response) -> Response:
    """Something else than a page that shows what was read: it leaves when the log has it."""
    reads, writes = audit.take_reads(), g.pop("page_writes", [])
    if reads or writes:
        with db.transaction(alone=not writes) as session:
            for write in writes:
                write()
            audit.record(session, reads, by=current_user._get_current_object(), now=clock.now())
    return answer


def path(endpoint: str, key: UUID | None = None) -> Markup:
    """The address of a page that takes nothing, or one key. It is the same for everybody, so it is worked out once."""
    if key is None:
        return _path(endpoint)
    filled = _path_of_key(endpoint).replace(GAP, db.short(key))
    return Markup(filled)  # nosec B704  # our own path, a key in base64url


@cache
def _path(endpoint: str) -> Markup:
    built = current_app.url_map.bind("").build(endpoint)
    return Markup(built)  # nosec B704  # our own path


@cache
def _path_of_key(endpoint: str) -> str:
    (rule,) = current_app.url_map.iter_rules(endpoint)
    return current_app.url_map.bind("").build(endpoint, dict.fromkeys(rule.arguments, UUID(int=0)))


def piece(template: str, **facts: Hashable) -> Markup:
    """A part of a page that is the same for all who share these facts and a language: it is drawn once."""
    return _piece(current_app._get_current_object(), language(), template, tuple(facts.items()))  # type: ignore[attr-defined]


@lru_cache(PIECES)
def _piece(app: Flask, _language: str, template: str, facts: tuple[tuple[str, Hashable], ...]) -> Markup:
    html = app.jinja_env.get_template(template).render(dict(facts))
    return Markup(html)  # nosec B704  # a template has escaped it


class Templates(Environment):
    """Templates that are found by name at once: Jinja asks its loader and takes a lock for each of a page's twenty."""

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        self.found: dict[str, Template] = {}

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        if self.auto_reload or globals or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        if (known := self.found.get(name)) is None:
            known = self.found[name] = super().get_template(name, parent)
        return known


class OnceDrawn(Template):
    """A template whose imports are taken as they are: Jinja looks at each import for globals that ours never have."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module(None)


def drawn(value: object) -> str:
    """A value as it stands on a page. What is markup stands as it is, and nothing is made into markup once more."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[return-value]
    return _escape_inner(value) if kind is str else escape(value)  # type: ignore[arg-type]


class Drawing(CodeGenerator):
    """Templates that put their values on the page by `drawn`."""

    def visit_Template(self, node: Parsed, frame: Frame | None = None) -> None:
        self.writeline("from app.core.pages import drawn")
        super().visit_Template(node, frame)

    def visit_Call(self, node: Call, frame: Frame, forward_caller: bool = False) -> None:
        """Our own words and addresses take nothing from the page, so that no page need be asked for it."""
        if not (isinstance(node.node, Name) and node.node.name in OURS and not (node.dyn_args or node.dyn_kwargs)):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("drawn(")


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = OnceDrawn
    app.jinja_env.code_generator_class = Drawing
    app.jinja_env.globals.update(path=path, piece=piece)
