"""Whose the letters are that wait on a phone."""

from base64 import urlsafe_b64encode

from app.accounts.queries import Viewer
from app.core import crypto

TAG_BYTES = 12


def tag_of(viewer: Viewer) -> str:
    """What a phone keeps in place of a person, in one capacity: the same each time, and it says nothing of anybody."""
    digest = crypto.keyring().digest("device", str(viewer.person_id), viewer.capacity)
    return urlsafe_b64encode(digest[:TAG_BYTES]).decode()
