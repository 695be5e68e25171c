"""What staff tick of somebody who came."""

from wtforms import HiddenField, SelectChoice

from app.care.fields import OneOfField
from app.core.forms import Form, plain
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.dropin.fields import YesField
from app.dropin.rules import LED_TO

NEW = {"new": _l("Ny i psykiatrin"), "known": _l("Redan känd"), "unknown": _l("Vet inte")}
WAYS = {
    "talk": _l("Ett samtal"),
    "booked": _l("En bokad tid"),
    "waiting_list": _l("Väntelista"),
    "referral": _l("Remiss"),
    "first_line": _l("Till första linjen"),
    "primary_care": _l("Till vårdcentral"),
    "municipality": _l("Till kommunen"),
    "emergency": _l("Till akuten"),
    "other": _l("Annat"),
    "left": _l("Gick innan"),
}


class ArriveForm(Form):
    """It carries the key of the visit, so that a press that is sent twice is one."""

    visit = HiddenField(filters=[plain])


class NoteForm(Form):
    shown = HiddenField(filters=[plain])
    new = OneOfField(_l("Ny eller känd?"), choices=[SelectChoice(key, label) for key, label in NEW.items()])
    led_to = YesField(_l("Vad ledde det till?"), known=LED_TO)

    @property
    def new_here(self) -> bool | None:
        return {"new": True, "known": False}.get(self.new.data)

    def is_whole(self) -> bool:
        """Whether it says what it led to, with the fault noted."""
        whole = self.validate_on_submit()
        if not self.led_to.data and not self.led_to.errors:
            self.led_to.errors = [_("Välj minst en. Ett samtal räcker.")]
        return whole and not self.led_to.errors
