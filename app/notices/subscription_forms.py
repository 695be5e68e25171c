"""What a browser says of itself when it may be pushed to."""

import base64
import binascii
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from wtforms import IntegerField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.core.forms import Form
from app.core.locale import lazy_gettext as _l

LONGEST = 2_000
POINT, SECRET = 65, 16
UNREADABLE = _l("Webbläsaren lämnade något som vi inte kan läsa. Ladda om sidan och slå på igen.")


def opened(text: str | None) -> bytes:
    """What base64url stands for, with or without its padding."""
    plain = (text or "").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError(UNREADABLE) from error


class BrowserForm(Form):
    """Sent by our own script, or by the service worker, which has no page to take a token from: `core.origin` says that
    it was ours."""

    class Meta(Form.Meta):
        csrf = False

    endpoint = StringField(validators=[InputRequired(UNREADABLE), Length(max=LONGEST, message=UNREADABLE)])
    before = StringField(validators=[Optional(), Length(max=LONGEST, message=UNREADABLE)])
    p256dh = StringField(validators=[InputRequired(UNREADABLE), Length(max=120, message=UNREADABLE)])
    auth = StringField(validators=[InputRequired(UNREADABLE), Length(max=40, message=UNREADABLE)])
    vapid = IntegerField(validators=[Optional(), NumberRange(1, 255, message=UNREADABLE)])

    def validate_p256dh(self, field: Any) -> None:
        point = opened(field.data)
        if len(point) != POINT:
            raise ValidationError(UNREADABLE)
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        except ValueError as error:
            raise ValidationError(UNREADABLE) from error

    def validate_auth(self, field: Any) -> None:
        if len(opened(field.data)) != SECRET:
            raise ValidationError(UNREADABLE)

    @property
    def fault(self) -> str:
        """What was wrong with it, in one sentence."""
        return self.faults[0][1] if self.faults else ""
