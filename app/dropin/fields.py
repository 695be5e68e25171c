"""A field that the forms of drop-in share."""

from collections.abc import Iterable
from typing import Any

from app.bookings.kind_forms import WeekdaysField


class YesField(WeekdaysField):
    """Any out of a few, also none."""

    def __init__(self, label: Any, *, known: Iterable[str], **options: Any) -> None:
        super().__init__(label, least="", **options)
        self.known = frozenset(known)

    def pre_validate(self, form: Any) -> None:
        if self.data:
            super().pre_validate(form)
