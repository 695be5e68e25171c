"""What a letter looks like before it is sent."""

from wtforms import BooleanField, HiddenField
from wtforms.validators import Regexp

from app.care.fields import ChoiceField
from app.core.forms import Form, KeyedForm, PromisedForm, plain, written
from app.core.locale import lazy_gettext as _l
from app.messages.rules import LONGEST


class MessageForm(KeyedForm):
    text = written(_l("Vad vill du fråga eller berätta?"), LONGEST)


class QuestionForm(MessageForm, PromisedForm):
    """What a patient writes."""

    no_answer = BooleanField(_l("Du behöver inte svara"))


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
