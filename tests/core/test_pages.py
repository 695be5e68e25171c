"""What stands on a page is escaped once, and never twice."""

import pytest
from flask import Flask
from jinja2 import TemplateNotFound
from markupsafe import Markup, escape

from app.core.pages import drawn, path


class Words(str):
    """A text of a kind of its own, as enumerations are."""


@pytest.mark.parametrize(
    ("value", "stands"),
    [
        ("<b>&", "&lt;b&gt;&amp;"),
        ("\"'å", "&#34;&#39;å"),
        (Words("<b>"), "&lt;b&gt;"),
        (Markup("<b>&amp;</b>"), "<b>&amp;</b>"),
        (7, "7"),
        (None, "None"),
    ],
)
def test_only_markup_stands_as_it_is(value: object, stands: str) -> None:
    assert drawn(value) == stands == str(escape(value))


def test_a_template_is_made_once_and_found_again(app: Flask) -> None:
    found = app.jinja_env.get_template("base.html")
    assert app.jinja_env.get_template("base.html") is found
    with pytest.raises(TemplateNotFound):
        app.jinja_env.get_template("missing.html")


def test_a_template_escapes_what_it_is_given_and_what_a_text_is_filled_with(app: Flask) -> None:
    page = app.jinja_env.from_string(
        "{{ name }} {{ _('<b>%(name)s</b>', name=name) }} {{ path('home.help_now') }} {{ name if name else path('') }}"
    )
    said = "&lt;i&gt;Siv"
    assert page.render(name="<i>Siv") == f"{said} <b>{said}</b> {path('home.help_now')} {said}"
