"""What forms of what is told once share: a key of their own."""

import secrets

from wtforms import HiddenField
from wtforms.validators import Regexp

from app.core.forms import Form, plain
from app.core.locale import lazy_gettext as _l


def fresh_key() -> str:
    """Made before it is sent: the same key and words are told once."""
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
