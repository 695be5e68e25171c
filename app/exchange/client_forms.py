"""What an administrator says of a system that is to read from us."""

from app.bookings.kind_forms import SomeField
from app.care.fields import ChoiceField, short
from app.core.forms import Form
from app.core.locale import lazy_gettext as _l
from app.exchange.elements import SCOPES


class ReadsField(SomeField):
    known = frozenset(SCOPES.values())


class ClientForm(Form):
    name = short(_l("Vad heter systemet?"), needed=_l("Skriv vad systemet heter. Patienterna ser namnet."))
    reads = ReadsField(_l("Vad får det läsa?"), least=_l("Välj minst en sak som systemet får läsa."))
    unit = ChoiceField(_l("Var?"), choices=[])
