"""The app with its access log switched off, to see what the log costs. Nothing but the bench can do this."""

from typing import Any

from flask import Flask

from app import create_app as create_logged_app
from app.core import audit


def create_app() -> Flask:
    def nothing(*_entries: Any, **_who: Any) -> None:
        return None

    audit.record = nothing
    return create_logged_app()
