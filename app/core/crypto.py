"""Sealed columns: AES-256-GCM, bound to table, column and row, so that a sealed text cannot be moved to another place.

A sealed value is 1 byte key number, 12 bytes nonce, then ciphertext and tag (NIST SP 800-38D).
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Any, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app
from sqlalchemy import inspect

from app.config import Keyset


class Unopenable(Exception):
    """The value is damaged, stands in another place than it was sealed for, or its key is gone."""


class Keyring:
    """Seals with the current key and opens with any key it holds; also makes keyed digests for equality."""

    def __init__(self, data: Keyset, index_key: bytes) -> None:
        self.ciphers = {number: AESGCM(key) for number, key in data.keys.items()}
        self.current = data.current
        self.index_key = index_key

    def seal(self, text: str, place: str) -> bytes:
        nonce = os.urandom(12)
        return bytes([self.current]) + nonce + self.ciphers[self.current].encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        try:
            return self.ciphers[sealed[0]].decrypt(sealed[1:13], sealed[13:], place.encode()).decode()
        except (InvalidTag, KeyError, IndexError, ValueError) as error:
            raise Unopenable(place) from error

    def digest(self, *parts: str) -> bytes:
        """A keyed digest of normalised parts (HMAC-SHA-256): equal when they are, and silent about what they were."""
        return hmac.digest(self.index_key, "\x1f".join(parts).encode(), hashlib.sha256)


def init_app(app: Flask, data: Keyset, index_key: bytes) -> None:
    app.extensions["keyring"] = Keyring(data, index_key)


def keyring() -> Keyring:
    return current_app.extensions["keyring"]


def place(column: str, *key: object) -> str:
    """Where a sealed value belongs: `table.column:row key`."""
    return ":".join((column, *map(str, key)))


@dataclass(frozen=True)
class SealedColumn:
    """What `flask keys rotate` must know of a sealed property."""

    table: str
    name: str
    column: str
    key: tuple[str, ...]


registry: list["Sealed"] = []


class Sealed:
    """A text property over a bytea column named `<name>_sealed`; the row's key must be set before the text is."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name, self.column = owner, name, f"{name}_sealed"
        registry.append(self)

    @overload
    def __get__(self, row: None, owner: type) -> "Sealed": ...
    @overload
    def __get__(self, row: Any, owner: type) -> str: ...
    def __get__(self, row: Any, owner: type) -> "Sealed | str | None":
        if row is None:
            return self
        sealed = getattr(row, self.column)
        return None if sealed is None else keyring().open(sealed, self._place(row))

    def __set__(self, row: Any, text: str | None) -> None:
        setattr(row, self.column, None if text is None else keyring().seal(text, self._place(row)))

    def describe(self) -> SealedColumn:
        mapper: Any = inspect(self.owner)
        return SealedColumn(self.owner.__tablename__, self.name, self.column, tuple(c.name for c in mapper.primary_key))  # type: ignore[attr-defined]

    def _place(self, row: Any) -> str:
        key = [getattr(row, column.name) for column in inspect(type(row)).primary_key]
        if None in key:
            raise ValueError(f"{self.owner.__name__}.{self.name} was given a text before its row had a key")
        return place(f"{self.owner.__tablename__}.{self.name}", *key)  # type: ignore[attr-defined]
