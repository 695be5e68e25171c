"""E-mail over SMTP (RFC 5321): plain text that says nothing of anybody, and one answer for each recipient."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal
from urllib.parse import unquote, urlsplit
from uuid import UUID

from app.config import Settings, is_loopback
from app.core import clock
from app.core.deadline import Deadline
from app.core.locale import gettext as _
from app.core.locale import reading
from app.notices import words
from app.notices.outcome_rules import Answer, Fault

STEP, BATCH, GOODBYE = 10.0, 45.0, 1.0
"""Seconds: for one answer of the server, for all that is sent at once, and for a goodbye that changes nothing."""
MOST_FAILED = 2
PORTS = {"smtp": 587, "smtps": 465}
OPEN = "/aviseringar/oppna"
# The class, subject and detail that many servers begin their words with (RFC 3463).
ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")
NO_SUCH = frozenset((550, 551, 553))
TAKEN, FULL = 250, 552


@dataclass(frozen=True)
class Mail:
    """One letter to one address. Its `key` makes its Message-ID: what had to be sent twice is one to whoever looks."""

    key: UUID
    to: str
    subject: str
    text: str
    language: str


def notice(key: UUID, to: str, *, about: str, language: str, fuller: bool, base_url: str) -> Mail:
    """What is told of a notice by e-mail: that there is one, and the one address where it is read."""
    title, text = words.out_of_app(about, language, fuller=fuller)
    with reading(language):
        why = _("Du får det här för att du har valt det i Närlinjen. Där slutar du också få det. Svara inte på mejlet.")
    return Mail(key, to, title, f"{text}\n\n{base_url}{OPEN}\n\n{why}\n", language)


def code(key: UUID, to: str, *, digits: str, language: str) -> Mail:
    """The code that shows that an address is somebody's own. It says nothing of where that somebody is a patient."""
    with reading(language):
        text = _("Skriv koden %(code)s i Närlinjen. Den gäller i 15 minuter.", code=digits)
        why = _("Har du inte bett om någon kod? Då har någon skrivit fel adress, och du behöver inte göra något.")
        return Mail(key, to, _("Din kod"), f"{text}\n\n{why}\n", language)


def answer_of(status: int, text: str, *, of: Literal["us", "mailbox", "letter"]) -> Answer:
    """A server's words as the HTTP status of the same meaning; `of` is what it was said of.

    Only what is said of the mailbox itself, that it is no more, ends an address: what is said of us is ours to mend.
    """
    if not 200 <= status < 600 or 300 <= status < 400:
        return Answer(None, fault="garbage")
    if status < 300:
        # A letter is taken with 250 and nothing else; less than that may be a line that was cut.
        return Answer(None, fault="garbage") if of == "letter" and status != TAKEN else Answer(200)
    if status < 500:
        return Answer(503)
    if of == "us":
        return Answer(401)
    found = ENHANCED.match(text)
    subject, detail = map(int, found.groups()) if found else (0, 0)
    # A full box is emptied; a box whose server has trouble, or finds us suspect, is still a box.
    if subject in (3, 4, 7) or (subject, detail) == (2, 2) or (not found and status == FULL):
        return Answer(503)
    if subject in (1, 2) or (not found and of == "mailbox" and status in NO_SUCH):
        return Answer(410)
    return Answer(400)


def fault_of(error: Exception, *, late: bool = False) -> Answer:
    """What went wrong before the server had answered; `late` when it was we who hung up."""
    if late:
        return Answer(None, fault="timeout")
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        said = error.smtp_error
        return answer_of(error.smtp_code, said.decode("ascii", "replace") if isinstance(said, bytes) else said, of="us")
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        # What the library makes of a line that broke while it listened.
        error = error.__context__
    faults: tuple[tuple[type[Exception], Fault], ...] = (
        (TimeoutError, "timeout"),
        (socket.gaierror, "name"),
        (ConnectionRefusedError, "connect"),
        (ssl.SSLError, "tls"),
        (smtplib.SMTPNotSupportedError, "tls"),
        (smtplib.SMTPServerDisconnected, "reset"),
        (ConnectionError, "reset"),
        (smtplib.SMTPException, "garbage"),
    )
    nobody: Fault = "connect"
    found = next((fault for kind, fault in faults if isinstance(error, kind)), nobody)
    return Answer(None, fault=found)


class Mailer:
    """The way to the mail server; without one it is not `on`, and sends nothing."""

    def __init__(self, settings: Settings) -> None:
        self.url = urlsplit(settings.smtp_url or "")
        self.on = bool(settings.smtp_url)
        self.sender = settings.mail_from
        self.host = urlsplit(settings.base_url).hostname or "localhost"

    def send(self, mails: Sequence[Mail], *, seconds: float = BATCH) -> list[Answer]:
        """Send each on its own, over one connection; answers in the same order. What there was no time for, or no
        server, is to be sent later."""
        answers, line, failed = [], None, 0
        with Deadline(seconds) as deadline:
            for mail in mails:
                if failed >= MOST_FAILED or deadline.passed or not self.on:
                    answers.append(Answer(None, fault="resting"))
                    continue
                try:
                    letter = self.letter(mail)
                except ValueError:
                    answers.append(Answer(None, fault="address"))
                    continue
                try:
                    line = line if line and line.sock else self._call(deadline)
                    answers.append(self._say(line, mail.to, letter))
                    failed = 0
                except (OSError, smtplib.SMTPException) as error:
                    answers.append(fault_of(error, late=deadline.passed))
                    failed += 1
                    if line:
                        line.close()
            if line and line.sock:
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    line.sock.settimeout(GOODBYE)
                    line.quit()
                line.close()
        return answers

    def letter(self, mail: Mail) -> bytes:
        """The letter as it is sent; raises ValueError for an address that could be anything more than one."""
        if not mail.to.isascii() or not re.fullmatch(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+", mail.to):
            raise ValueError("not one plain address")
        made = EmailMessage(policy=SMTP)
        with reading(mail.language):
            made["From"] = Address(_("Närlinjen"), addr_spec=self.sender)
        made["To"] = Address(addr_spec=mail.to)
        made["Subject"] = mail.subject
        made["Date"] = format_datetime(clock.now())
        made["Message-ID"] = f"<{mail.key.hex}@{self.host}>"
        # So that no absence notice answers it (RFC 3834; Exchange goes by the second).
        made["Auto-Submitted"] = "auto-generated"
        made["X-Auto-Response-Suppress"] = "All"
        made.set_content(mail.text, cte="quoted-printable")
        made["Content-Language"] = mail.language
        return made.as_bytes()

    def _call(self, deadline: Deadline) -> smtplib.SMTP:
        """A conversation that has begun: greeted, behind TLS where that is to be had, signed in where we are to be."""
        host, port = self.url.hostname or "", self.url.port or PORTS[self.url.scheme]
        context, within = ssl.create_default_context(), self.url.scheme == "smtps"
        # Named, since it would otherwise say the name of this machine, and ask the network for it.
        line = smtplib.SMTP(local_hostname=self.host, timeout=STEP)
        called = socket.create_connection((host, port), STEP)
        deadline.watch(called)
        # As its constructor does, which leaves no time between the call and the waiting for a greeting.
        line.file, line._host = None, host  # type: ignore[attr-defined]
        try:
            line.sock = called
            if within:
                line.sock = context.wrap_socket(called, server_hostname=host)
            status, text = line.getreply()
            if status != 220:
                raise smtplib.SMTPConnectError(status, text)
            line.ehlo_or_helo_if_needed()
            if not within and (self.url.username or (line.has_extn("starttls") and not is_loopback(host))):
                line.starttls(context=context)
                line.ehlo_or_helo_if_needed()
            if self.url.username:
                line.login(unquote(self.url.username), unquote(self.url.password or ""))
        except BaseException:
            line.close()
            raise
        return line

    def _say(self, line: smtplib.SMTP, to: str, letter: bytes) -> Answer:
        of: Literal["us", "mailbox", "letter"] = "us"
        status, text = line.mail(self.sender)
        if status == 250:
            of = "mailbox"
            status, text = line.rcpt(to)
        if of == "mailbox" and 200 <= status < 300:
            of = "letter"
            try:
                status, text = line.data(letter)
            except smtplib.SMTPDataError as error:
                status, text = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        answer = answer_of(status, text.decode("ascii", "replace"), of=of)
        if status == 421 or answer.fault:
            line.close()
        elif status >= 400:
            line.rset()
        return answer
