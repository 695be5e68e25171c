"""What stands on a page is escaped once, and never twice."""

import pytest
from flask import Flask
from markupsafe import Markup

from app.core.pages import drawn, path


@pytest.mark.parametrize(
    ("value", "stands"),
    [("<b>&", "&lt;b&gt;&amp;"), (Markup("<b>&amp;</b>"), "<b>&amp;</b>"), (7, "7"), (None, "None")],
)
def test_only_markup_stands_as_it_is(value: object, stands: str) -> None:
    assert drawn(value) == stands


def test_a_template_escapes_what_it_is_given_and_what_a_text_is_filled_with(app: Flask) -> None:
    page = app.jinja_env.from_string(
        "{{ name }} {{ _('<b>%(name)s</b>', name=name) }} {{ path('home.help_now') }} {{ name if name else path('') }}"
    )
    said = "&lt;i&gt;Siv"
    assert page.render(name="<i>Siv") == f"{said} <b>{said}</b> {path('home.help_now')} {said}"
