"""What a letter looks like before it is sent."""

import secrets
from datetime import datetime

from wtforms import BooleanField, HiddenField
from wtforms.validators import Regexp

from app.care.fields import ChoiceField
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


class QuestionForm(MessageForm):
    """What a patient writes. It carries who was said to read it and by when: what was shown is what is promised."""

    reader = HiddenField(filters=[plain])
    promise = HiddenField(filters=[plain])
    no_answer = BooleanField(_l("Du behöver inte svara"))

    def show(self, reader: str, promise: datetime) -> None:
        """Put in who reads, and by when there is an answer."""
        self.reader.data, self.promise.data = reader, promise.isoformat()

    @property
    def shown(self) -> tuple[str, datetime] | None:
        """Who was shown, and by when; None for anything that we never wrote."""
        try:
            at = datetime.fromisoformat(self.promise.data or "")
        except ValueError:
            return None
        return (self.reader.data or "", at) if at.tzinfo else None


class LetterForm(MessageForm):
    """A letter that has waited on a phone: whose it is, where it was written, and what was chosen there."""

    person = HiddenField(filters=[plain])
    place = HiddenField(filters=[plain])
    wait = BooleanField(name="vanta")
    no_answer = BooleanField()


class ReplyForm(MessageForm):
    """What staff answer. It carries the last letter that it was shown under."""

    text = written(_l("Ditt svar"), LONGEST)
    seen = HiddenField(filters=[plain])

    @property
    def shown(self) -> int | None:
        """The number of that letter; None for anything that we never wrote."""
        said = self.seen.data or ""
        return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None


class LaterForm(ReplyForm):
    """An answer that says when there will be more."""

    until = ChoiceField(_l("Mer svar senast"))


class OpeningForm(MessageForm):
    """What staff write first."""

    text = written(_l("Det du vill skriva"), LONGEST)


class SolvedForm(Form):
    """That a question has solved itself. It carries which one the page had shown."""

    wait = HiddenField(filters=[plain])


class DraftForm(Form):
    place = HiddenField(validators=[Regexp(r"\A[A-Za-z0-9_-]{22}\Z")])
    text = HiddenField(filters=[plain])
