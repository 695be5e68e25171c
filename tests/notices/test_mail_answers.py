"""What a mail server says, and what goes wrong before it has said anything: each has one meaning."""

import smtplib
import socket
import ssl

import pytest

from app.core import clock
from app.notices import mail, outcome_rules
from app.notices.outcome_rules import Answer


def became(answers: list[Answer]) -> list[str]:
    return [outcome_rules.outcome(it, tries=1, now=clock.now()).what for it in answers]


WORDS = [
    (250, "2.0.0 Ok", "letter", "accepted"),
    (251, "Will forward", "mailbox", "accepted"),
    (450, "4.2.0 Greylisted", "mailbox", "later"),
    (452, "4.2.2 Full", "mailbox", "later"),
    (421, "4.7.0 Too many", "us", "later"),
    (550, "5.1.1 No such", "mailbox", "gone"),
    (550, "No such", "mailbox", "gone"),
    (551, "Moved", "mailbox", "gone"),
    (553, "Bad name", "mailbox", "gone"),
    (550, "5.2.1 Disabled", "mailbox", "gone"),
    (552, "5.2.2 Full", "mailbox", "later"),
    (552, "Full", "mailbox", "later"),
    (550, "5.7.1 Relaying denied", "mailbox", "later"),
    (554, "5.7.26 Unauthenticated", "letter", "later"),
    (550, "5.4.1 No route", "mailbox", "later"),
    (554, "5.3.4 Too big", "letter", "later"),
    (554, "No", "mailbox", "refused"),
    (550, "No", "letter", "refused"),
    (554, "5.6.0 Content", "letter", "refused"),
    (535, "5.7.8 Wrong password", "us", "later"),
    (553, "5.1.8 Bad sender", "us", "later"),
    (354, "Go on", "letter", "later"),
    (-1, "", "us", "later"),
    (999, "", "mailbox", "later"),
]


@pytest.mark.parametrize(("status", "text", "of", "what"), WORDS)
def test_what_a_server_says_is_of_the_mailbox_or_of_us(status: int, text: str, of: str, what: str) -> None:
    assert became([mail.answer_of(status, text, of=of)]) == [what]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TimeoutError(), "timeout"),
        (socket.gaierror(), "name"),
        (ConnectionRefusedError(), "connect"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "reset"),
        (OSError(113, "No route to host"), "connect"),
        (ssl.SSLCertVerificationError(), "tls"),
        (smtplib.SMTPServerDisconnected(), "reset"),
        (smtplib.SMTPNotSupportedError(), "tls"),
        (smtplib.SMTPException(), "garbage"),
        (smtplib.SMTPResponseException(-1, b""), "garbage"),
    ],
)
def test_whatever_went_wrong_has_a_name(error: Exception, fault: str) -> None:
    assert mail.fault_of(error).fault == fault and became([mail.fault_of(error)]) == ["later"]
