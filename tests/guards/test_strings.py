"""Every text has its translation, and no text stands outside gettext."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from jinja2 import Environment, nodes

from app.core.locale import NAMES, SOURCE
from tests.guards.source import TEMPLATES, Source, app_files, parse, templates
from tests.guards.strings import catalogue, faults, read, said

ANEW = "Run `python -m tests.guards.strings`, then write what stands empty in the .po file."
CALLS = {"_", "_l", "_n", "gettext", "lazy_gettext", "ngettext"}
LANGUAGES = sorted(NAMES.keys() - {SOURCE})
SPOKEN = re.compile(r"""\b(aria-label|alt|title|placeholder|label)="([^"]*)\"""")
LETTERS = re.compile(r"[^\W\d_]{2,}")
NAMES_OF_THINGS = {
    "Närlinjen", "English", "Svenska", "digg.se", "bris.se", "mind.se", "https", "tel",
    "Karin", "Ek", "Siv", "Nyberg", "Leif", "Dahl", "Björken", "Granen",
}  # fmt: skip
SWEDISH = re.compile(r"[åäöÅÄÖ]")
SWEDISH_ALLOWED = {
    "app/accounts/authenticator.py": "the product's own name, which phones keep beside a key",
    "app/bookings/kind_models.py": "the same words, as a constraint of the database",
    "app/bookings/models.py": "the same words, as a constraint of the database",
    "app/bookings/rules.py": "what every kallelse ends with, in the words that were asked for",
    "app/exchange/bundle.py": "what other systems read, in the language of the care",
    "app/exchange/capability.py": "the product's own name, and the law's word, in what programs read",
    "app/exchange/careteam.py": "the code system's own words",
    "app/demo/open_door.py": "what an invented unit says of its open door",
    "app/exchange/file_service.py": "the name of a column",
    "app/exchange/file_words.py": "the names of columns, and what stands in them",
    "app/exchange/map_rules.py": "the words that are read, not said",
    "app/exchange/row_rules.py": "the names of columns, what stands in them, and an invented example",
    "app/exchange/row_service.py": "the names of columns, and what stands in them",
    "app/exchange/visit_service.py": "what a unit calls a kind of time until it names it itself",
    "app/home/slot_samples.py": "invented times, for /komponenter",
    "app/exchange/phone_rules.py": "the words that are read, not said",
    "app/support/rules.py": "letters that are written plainly in an address, and stand last in a list",
    "app/accounts/invite_rules.py": "words that are read aloud over the telephone, and compared",
    "app/care/contact_queries.py": "the letters that stand last in a Swedish list",
    "app/demo/letters.py": "letters of invented people, who write Swedish",
    "app/demo/people.py": "names of invented people and places",
    "app/demo/times.py": "what invented units say in their letters and of their places",
    "app/demo/seed.py": "what a persona is, said in the demo only",
    "app/home/app_views.py": "the product's own name, which phones show under its picture",
    "app/home/booking_samples.py": "invented times, for /komponenter",
    "app/home/log_samples.py": "an invented log, for /komponenter",
    "app/home/samples.py": "made-up rows for the component page, which only the demo shows",
    "app/serve.py": "the product's name, to the one who starts it",
    "app/notices/sms.py": "the alphabet of text messages",
    "app/messages/rules.py": "a greeting that is no part of a topic, in the languages people greet in",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_translated(code: str) -> None:
    there = {message.id: message for message in read(catalogue(code), code) if message.id}
    wanted = {message.id for message in said() if message.id}
    missing, stale = wanted - there.keys(), there.keys() - wanted
    assert not missing, f"{len(missing)} texts are not in {code}, such as {sorted(map(str, missing))[:3]}. {ANEW}"
    assert not stale, f"{len(stale)} texts of {code} are no longer said, such as {sorted(map(str, stale))[:3]}. {ANEW}"
    bad = {name: found for name, message in there.items() if (found := faults(message))}
    assert not bad, f"{len(bad)} translations to {code} are not whole, such as {list(bad.items())[:5]}. {ANEW}"


def unextractable(file: Source) -> Iterator[str]:
    """Calls of gettext that the extractor cannot read: their text is not written there."""
    for call, name in file.calls():
        if name in CALLS and not (call.args and isinstance(call.args[0], ast.Constant)):
            yield f"{file.name}:{call.lineno} {ast.unparse(call)[:60]}"


def test_every_text_is_written_where_it_is_asked_for() -> None:
    found = [it for file in app_files() if file.name != "app/core/locale.py" for it in unextractable(file)]
    assert not found, f"{found}: give gettext the text itself, with %(name)s for what varies."
    for path in templates():
        for call in Environment().parse(path.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in CALLS:
                assert isinstance(call.args[0], nodes.Const), (
                    f"{path.name}:{call.lineno}: give gettext the text itself."
                )


def bare_words(source: str) -> list[str]:
    """Words that a page would show as they stand in the template: its text, and its spoken attributes."""
    source = re.sub(r"\{#.*?#\}|<!--.*?-->|<code>.*?</code>", " ", source, flags=re.DOTALL)
    source = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\x00", source, flags=re.DOTALL)
    spoken = " ".join(value for _name, value in SPOKEN.findall(source))
    text = re.sub(r"<[^>]*>", " ", source) + " " + spoken
    return [word for word in LETTERS.findall(re.sub(r"&\w+;|\b[\w-]+\.se\b", " ", text)) if word not in NAMES_OF_THINGS]


def bare_arguments(source: str) -> list[str]:
    """Texts that a template hands on without gettext."""
    tree = Environment().parse(source)
    asked = {id(const) for call in tree.find_all(nodes.Call) if getattr(call.node, "name", "") in CALLS for const in
             call.find_all(nodes.Const)}  # fmt: skip
    texts = (const.value for const in tree.find_all(nodes.Const) if id(const) not in asked)
    texts = (text for text in texts if isinstance(text, str) and text not in NAMES_OF_THINGS)
    return [text for text in texts if SWEDISH.search(text) or re.search(r"[^\W\d_]{2,} [^\W\d_]{2,}", text)]


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_text_stands_outside_gettext(path: Path) -> None:
    found = bare_words(path.read_text()) + bare_arguments(path.read_text())
    assert not found, f"{path.name} says {found[:8]} outside {{{{ _(…) }}}}: nobody can translate it there."


def bare_swedish(file: Source) -> Iterator[str]:
    """Texts in Python with Swedish letters in them that gettext does not know."""
    asked = {id(it) for call, said in file.calls() if said in CALLS for it in ast.walk(call)}
    docs = {id(node.value) for node in ast.walk(file.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(file.tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in asked | docs
        if text and SWEDISH.search(node.value):
            yield f"{file.name}:{node.lineno} {node.value[:40]!r}"


def test_no_swedish_stands_outside_gettext_in_python() -> None:
    found = [it for file in app_files() if file.name not in SWEDISH_ALLOWED for it in bare_swedish(file)]
    assert not found, f"{found}: put it in _(…), or say in SWEDISH_ALLOWED why nobody reads it in another language."
    idle = [
        name for name in SWEDISH_ALLOWED if not any(list(bare_swedish(it)) for it in app_files() if it.name == name)
    ]
    assert not idle, f"Take {idle} from SWEDISH_ALLOWED: nothing there needs it."


def test_these_guards_bite() -> None:
    assert bare_words('<p>{{ _("Hej") }} och</p>') == ["och"]
    assert bare_words('<a aria-label="Stäng" class="x">{{ x }}</a>') == ["Stäng"]
    assert bare_arguments('{{ row("/", "Två ord") }}{{ _("Två ord") }}') == ["Två ord"]
    assert list(bare_swedish(parse("app/x.py", '"""Å"""\nx = "å"\n_("ö")'))) == ["app/x.py:2 'å'"]
    assert list(unextractable(parse("app/x.py", "_(name)")))
    assert faults(Message("%(name)s skrev", string="wrote")) == ["it lacks ['%(name)s']"]
    assert faults(Message("Hej", string="%(name)s"))
    assert faults(Message("<b>Hej</b>", string="<i>Hi</i>")) == ["its markup is another than the source's"]
    assert faults(Message("Hej", string="Hi", flags=["fuzzy"])) == ["it is fuzzy"]
    assert faults(Message("Hej", string="")) == ["it has no translation"]
    assert not faults(Message(("En", "%(num)s"), string=("One", "%(num)s")))
