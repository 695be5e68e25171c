"""WebAuthn: what is asked of a phone's own keys, and whether its answer holds. The person is always verified by it."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

REQUIRED = UserVerificationRequirement.REQUIRED
CHALLENGE = 32
LONGEST = 20_000


class Refuted(Exception):
    """The answer is none, is damaged, or does not belong to what was asked."""


@dataclass(frozen=True)
class Party:
    """The site that keys are made for: the host in its address, and the address itself."""

    origin: str

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True)
class Made:
    """A key that a phone has made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def ask_to_make(party: Party, *, handle: bytes, name: str, challenge: bytes, there: list[bytes]) -> str:
    """What a phone needs to make a key that it finds again by itself; `name` is all that its list of keys says."""
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=party.host,
            rp_name="Närlinjen",
            user_id=handle,
            user_name=name,
            user_display_name=name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, require_resident_key=True, user_verification=REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=key) for key in there],
        )
    )


def ask_to_use(party: Party, *, challenge: bytes) -> str:
    """What a phone needs to offer the keys it has for this site. It names none, so it tells nothing of anybody."""
    return options_to_json(
        webauthn.generate_authentication_options(rp_id=party.host, challenge=challenge, user_verification=REQUIRED)
    )


def made(party: Party, answer: str, *, challenge: bytes) -> Made:
    """The key that was made; raises Refuted."""
    try:
        found = webauthn.verify_registration_response(
            credential=_whole(answer),
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refuted from error
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def credential_of(answer: str) -> bytes:
    """Which key an answer says that it is from; raises Refuted."""
    try:
        return parse_authentication_credential_json(_whole(answer)).raw_id
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refuted from error


def used(party: Party, answer: str, *, challenge: bytes, public_key: bytes, sign_count: int) -> int:
    """The key's new count, when it truly is the key that answered; raises Refuted."""
    try:
        return webauthn.verify_authentication_response(
            credential=_whole(answer),
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        ).new_sign_count
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refuted from error


def decoded(text: str) -> bytes:
    return base64url_to_bytes(text)


def _whole(answer: str) -> str:
    """An answer that is an object, so that the library is given nothing stranger."""
    if len(answer) > LONGEST or not isinstance(json.loads(answer), dict):
        raise ValueError("no credential")
    return answer
