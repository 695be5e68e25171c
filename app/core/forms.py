"""What every form shares: the token, one way to say what is wrong, and text that is text."""

import re
import secrets
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, g, request, session
from flask_wtf import CSRFProtect, FlaskForm
from itsdangerous import URLSafeTimedSerializer
from wtforms import HiddenField, TextAreaField, ValidationError
from wtforms.validators import Regexp, StopValidation

from app.core.locale import lazy_gettext as _l

CSRF = "csrf_token"
TOKENS = 1024
UNSEEN = {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"}
INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Form(FlaskForm):
    """A form whose faults are read out in the order of its fields; its texts are our own."""

    class Meta(FlaskForm.Meta):
        locales = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What was typed, as text: a file or JSON in its place is as if nothing had been."""
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            return (request.form or None) if form.is_submitted() else None

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [(field.id, str(error)) for field in self for error in field.errors]


def plain(text: str | None) -> str | None:
    """The text as written, with one kind of line break and no control characters."""
    if text is None:
        return None
    return INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: spaces, marks and invisible letters only. A sign newer than Python is seen."""
    return all(unicodedata.category(letter) in UNSEEN or letter in "\u2800\u3164\u115f\u1160\uffa0" for letter in text)


class Seen:
    """There is something to see: spaces are no words. `needed` says what to write."""

    field_flags = {"required": True}

    def __init__(self, needed: Any) -> None:
        self.needed = needed

    def __call__(self, _form: Any, field: Any) -> None:
        if is_blank(field.data or ""):
            raise StopValidation(str(self.needed))


class Written:
    """A text that says something and is at most `most` letters long, counted as the writer counts them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.field_flags = {"most": most}

    def __call__(self, _form: Any, field: Any) -> None:
        text = field.data or ""
        if is_blank(text):
            raise ValidationError(_l("Skriv något först. Det får vara kort."))
        if len(text) > self.most:
            over = len(text) - self.most
            raise ValidationError(
                _l("Texten är %(over)s tecken för lång. Dela den i två meddelanden, så får allt plats.", over=over)
            )


def written(label: Any, most: int, **options: Any) -> TextAreaField:
    return TextAreaField(label, filters=[plain], validators=[Written(most)], **options)


def fresh_key() -> str:
    """Made before it is sent: the same key and text is the same thing said once."""
    return secrets.token_urlsafe(16)


class KeyedForm(Form):
    """A form that carries a key of its own, so that a second press is the same."""

    key = HiddenField(
        default=fresh_key,
        filters=[plain],
        validators=[
            Regexp(
                r"\A[A-Za-z0-9_-]{16,64}\Z",
                message=_l("Något blev fel med sidan. Texten står kvar. Tryck på Skicka en gång till."),
            )
        ],
    )

    def renew(self) -> None:
        """After a fault in the key: a new one, so that the next try goes through."""
        if self.key.errors:
            self.key.data = fresh_key()


class PromisedForm(Form):
    """It carries who was said to answer, and by when: what was shown is what is promised."""

    reader = HiddenField(filters=[plain])
    promise = HiddenField(filters=[plain])

    def show(self, reader: str, promise: datetime) -> None:
        """Put in who answers, and by when."""
        self.reader.data, self.promise.data = reader, promise.isoformat()

    @property
    def shown(self) -> tuple[str, datetime] | None:
        """Who was shown, and by when; None for anything that we never wrote."""
        try:
            at = datetime.fromisoformat(self.promise.data or "")
        except ValueError:
            return None
        return (self.reader.data or "", at) if at.tzinfo else None


@lru_cache(TOKENS)
def _signed(secret: str, token: str) -> str:
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(token))


def init_app(app: Flask) -> None:
    """Every page has a form, and its token is the session's own: it is signed once, and not for each page."""

    @app.before_request
    def carry() -> None:
        if CSRF in session:
            g.csrf_token = _signed(app.config["SECRET_KEY"], session[CSRF])

    CSRFProtect(app)
