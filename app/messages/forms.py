"""What a letter looks like before it is sent."""

import secrets

from wtforms import HiddenField
from wtforms.validators import Regexp

from app.core.forms import Form, plain, written
from app.core.locale import lazy_gettext as _l
from app.messages.rules import LONGEST


def fresh_key() -> str:
    """A letter's key, made before it is sent: the same key and text is the same letter."""
    return secrets.token_urlsafe(16)


class MessageForm(Form):
    text = written(_l("Vad vill du fråga eller berätta?"), LONGEST)
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


class ReplyForm(MessageForm):
    text = written(_l("Ditt svar"), LONGEST)


class DraftForm(Form):
    place = HiddenField(validators=[Regexp(r"\A[A-Za-z0-9_-]{22}\Z")])
    text = HiddenField(filters=[plain])
