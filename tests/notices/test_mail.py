"""E-mail, against real mail servers: what arrives says nothing of anybody, and each answer is one of a recipient's."""

import dataclasses
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest

from app.config import Settings
from app.core import clock, db
from app.notices import mail, outcome_rules, rules, words
from app.notices.mail import Mail, Mailer
from app.notices.outcome_rules import Answer
from tests.mail_server import PASSWORD, USER, MailServer, Papers, papers, running
from tests.world import Patient, World

BASE = "https://narlinjen.example"
# An address of this machine that is not taken for it, so that we speak as to any server.
ELSEWHERE = "127.0.0.2"


@pytest.fixture
def settings(secrets: dict[str, str], tmp_path: Path) -> Settings:
    return Settings.from_env(
        secrets | {"BASE_URL": BASE, "LOCAL_DIR": str(tmp_path), "DATABASE_URL": "postgresql://nowhere"}
    )


@pytest.fixture
def post() -> Iterator[MailServer]:
    with running() as made:
        yield made


@pytest.fixture
def vouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Papers:
    """Papers for a server elsewhere, by an authority that we trust."""
    made = papers(tmp_path, ELSEWHERE)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    return made


def mailer(settings: Settings, url: str | None) -> Mailer:
    return Mailer(dataclasses.replace(settings, smtp_url=url))


def to(*names: str) -> list[Mail]:
    return [
        mail.notice(db.new_key(), f"{name}@example.org", about="answers", language="sv", fuller=False, base_url=BASE)
        for name in names
    ]


def became(answers: list[Answer]) -> list[str]:
    return [outcome_rules.outcome(it, tries=1, now=clock.now()).what for it in answers]


def faults(answers: list[Answer]) -> list[str | None]:
    return [it.fault for it in answers]


def test_a_letter_arrives_with_its_letters_whole(settings: Settings, post: MailServer) -> None:
    letter = Mail(
        UUID(int=7), "siv@example.org", "Å, ä och ö i ämnet", "Å ä ö é 漢\r\n.\r\nEnsam punkt ovan.\r\n", "sv"
    )
    assert mailer(settings, post.url).send([letter]) == [Answer(200)]
    ((to_, came, _secure),) = post.box.letters
    assert (to_, came["Subject"]) == ("siv@example.org", letter.subject)
    assert came.get_content() == letter.text


def test_a_notice_says_that_there_is_something_and_where(settings: Settings, post: MailServer) -> None:
    mailer(settings, post.url).send(to("siv"))
    came = post.box.letters[0][1]
    text = came.get_content().replace("\r", "")
    assert came["Subject"] == "Du har något nytt" and text.startswith("Öppna Närlinjen för att se vad.\n")
    assert text.count("http") == 1 and f"{BASE}/aviseringar/oppna\n" in text
    assert came.get_content_type() == "text/plain" and not came.is_multipart()


def test_its_headers_are_these_and_no_others(settings: Settings, post: MailServer) -> None:
    (letter,) = to("siv")
    mailer(settings, post.url).send([letter])
    came = post.box.letters[0][1]
    said = {name: str(value) for name, value in came.items()}
    assert said.pop("Date")
    assert {name: value for name, value in said.items() if not name.startswith("X-")} == {
        "From": "Närlinjen <narlinjen@narlinjen.example>",
        "To": "siv@example.org",
        "Subject": "Du har något nytt",
        "Message-ID": f"<{letter.key.hex}@narlinjen.example>",
        "Content-Language": "sv",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    # What the server itself adds, and the answer that we ask absence notices not to give.
    assert {name for name in said if name.startswith("X-")} == {"X-Auto-Response-Suppress"}


def test_a_letter_that_is_sent_twice_is_one_to_whoever_looks(settings: Settings, post: MailServer) -> None:
    letters = to("siv")
    mailer(settings, post.url).send(letters)
    mailer(settings, post.url).send(letters)
    first, second = (it[1]["Message-ID"] for it in post.box.letters)
    assert first == second


@pytest.mark.parametrize("language", ["sv", "en", "xx"])
@pytest.mark.parametrize("about", [*sorted({it.about for it in rules.KINDS.values()}), words.TRIAL])
@pytest.mark.parametrize("fuller", [False, True])
def test_no_notice_says_a_name_a_place_or_what_it_is_of(
    world: World, language: str, about: str, fuller: bool, said_of_care: tuple[str, ...]
) -> None:
    key = db.new_key()
    made = mail.notice(key, "siv@example.org", about=about, language=language, fuller=fuller, base_url=BASE)
    whole = f"{made.subject} {made.text}".lower()
    assert not [it for it in said_of_care if it in whole]
    neutral = words.out_of_app("", language, fuller=False)
    same = made.subject == neutral[0]
    assert same == (about != words.TRIAL and not (fuller and about in words.OUT_OF_APP))


@pytest.fixture
def said_of_care(world: World) -> tuple[str, ...]:
    """Words that would give somebody away."""
    siv: Patient = world.patient("Siv Nyberg")
    assert siv.contact
    names = ("siv nyberg", "karin", "ek ", "björken", "mottagning", "provlandet", "region")
    return (*names, "psyk", "vård", "patient", "mår", "läkare", "sjuk", "care", "health", "clinic", "nurse")


def test_words_follow_the_language_of_whom_they_are_to_and_leave_the_readers_alone(world: World) -> None:
    assert words.out_of_app("answers", "en", fuller=False)[0] == "You have something new"
    assert words.out_of_app("answers", "sv", fuller=False)[0] == "Du har något nytt"
    assert mail.code(db.new_key(), "a@b.se", digits="012345", language="en").subject == "Your code"


def test_a_code_says_no_more_than_that_it_is_one(world: World, said_of_care: tuple[str, ...]) -> None:
    made = mail.code(db.new_key(), "siv@example.org", digits="012345", language="sv")
    assert "012345" in made.text and "http" not in made.text
    assert not [it for it in said_of_care if it in f"{made.subject} {made.text}".lower()]
    assert "012345" not in made.subject, "a locked phone shows the subject"


RECIPIENTS = {
    "siv": "accepted",
    "gone": "gone",
    "strange": "gone",
    "full": "later",
    "policy": "later",
    "busy": "later",
    "content": "refused",
    "ghost": "gone",
    "grey": "later",
    "olle": "accepted",
}


def test_each_recipient_has_an_answer_of_their_own_over_one_connection(settings: Settings, post: MailServer) -> None:
    answers = mailer(settings, post.url).send(to(*RECIPIENTS))
    assert dict(zip(RECIPIENTS, became(answers), strict=True)) == RECIPIENTS
    assert post.box.to == ["siv@example.org", "olle@example.org"] and post.box.calls == 1


def test_whoever_was_asked_to_come_back_is_let_in_then(settings: Settings, post: MailServer) -> None:
    letters = to("grey")
    ways = [became(mailer(settings, post.url).send(letters)) for _ in range(2)]
    assert ways == [["later"], ["accepted"]] and len(post.box.letters) == 1


def test_a_server_that_says_goodbye_is_called_again(settings: Settings, post: MailServer) -> None:
    answers = mailer(settings, post.url).send(to("siv", "bye", "olle"))
    assert became(answers) == ["accepted", "later", "accepted"] and post.box.calls == 2


def test_a_line_that_breaks_costs_only_the_letter_that_was_on_it(settings: Settings, post: MailServer) -> None:
    letters = to("siv", "cut", "olle")
    answers = mailer(settings, post.url).send(letters)
    assert became(answers) == ["accepted", "later", "accepted"] and answers[1].fault == "reset"
    assert post.box.to == ["siv@example.org", "olle@example.org"]
    assert became(mailer(settings, post.url).send(letters[1:2])) == ["accepted"]


def test_a_letter_that_was_taken_without_a_word_comes_again_as_the_same(settings: Settings, post: MailServer) -> None:
    letters = to("unsaid")
    ways = [became(mailer(settings, post.url).send(letters)) for _ in range(2)]
    assert ways == [["later"], ["accepted"]]
    assert len({it[1]["Message-ID"] for it in post.box.letters}) == 1


def test_a_server_that_breaks_every_line_is_left_alone(settings: Settings, post: MailServer) -> None:
    answers = mailer(settings, post.url).send(to("cut-1", "cut-2", "siv", "olle"))
    assert faults(answers) == ["reset", "reset", "resting", "resting"] and post.box.to == []


def test_a_server_that_is_down_is_asked_twice_and_then_left_alone(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answers = mailer(settings, f"smtp://127.0.0.1:{port}").send(to("siv", "olle", "anna"))
    assert faults(answers) == ["connect", "connect", "resting"] and set(became(answers)) == {"later"}


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_was_said(settings: Settings, post: MailServer) -> None:
    answers = mailer(settings, post.url).send(to("siv", "hang", "olle"), seconds=0.5)
    assert faults(answers) == [None, "timeout", "resting"] and post.box.to == ["siv@example.org"]


def test_one_step_has_its_time_too(settings: Settings, post: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "STEP", 0.3)
    answers = mailer(settings, post.url).send(to("hang", "olle"))
    assert faults(answers) == ["timeout", None] and post.box.to == ["olle@example.org"]


@contextmanager
def saying(*words_: bytes, each: float = 0.0) -> Iterator[str]:
    """A server that says this to whoever calls, so often, and listens to nothing."""
    stop = threading.Event()

    def talk() -> None:
        while not stop.is_set():
            try:
                line, _address = listener.accept()
            except OSError:
                return
            with line:
                try:
                    for word in words_:
                        line.sendall(word)
                        stop.wait(each)
                    # Until they hang up.
                    while line.recv(1024):
                        pass
                except OSError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        stop.set()
        # A closed socket does not wake whoever waits on it; a call does.
        with socket.create_connection(listener.getsockname()):
            pass
        thread.join(10)


@pytest.mark.parametrize(
    ("said", "status", "fault"),
    [
        (b"554 5.7.1 Not you\r\n", 401, None),
        (b"421 4.3.2 Not now\r\n", 503, None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None, "garbage"),
        (b"\x00\xff\x00\r\n", None, "garbage"),
        (b"", None, "timeout"),
    ],
)
def test_a_strange_greeting(settings: Settings, said: bytes, status: int | None, fault: str | None) -> None:
    with saying(said) as url:
        (answer,) = mailer(settings, url).send(to("siv"), seconds=0.5)
    assert (answer.status, answer.fault) == (status, fault) and became([answer]) == ["later"]


def test_somebody_who_says_a_letter_at_a_time_is_not_listened_to_for_ever(settings: Settings) -> None:
    with saying(*[b"2"] * 100, each=0.05) as url:
        (answer,) = mailer(settings, url).send(to("siv"), seconds=0.5)
    assert answer.fault == "timeout"


def test_what_is_no_single_plain_address_is_never_sent(settings: Settings, post: MailServer) -> None:
    evil = ["siv@example.org\r\nBcc: alla@example.org", "siv@example.org\nRCPT TO:<alla@example.org>", "a@b@c.se"]
    evil += ["siv@example.org, olle@example.org", "<siv@example.org>", "", "åsa@example.org", "siv example@x.se"]
    letters = [dataclasses.replace(it, to=address) for it, address in zip(to(*["x"] * len(evil)), evil, strict=True)]
    answers = mailer(settings, post.url).send([*letters, *to("siv")])
    assert faults(answers) == ["address"] * len(evil) + [None] and post.box.to == ["siv@example.org"]
    assert became(answers[:1]) == ["refused"]


@pytest.mark.parametrize("name", ["subject", "language"])
def test_nothing_can_be_put_into_a_header(settings: Settings, post: MailServer, name: str) -> None:
    letter = dataclasses.replace(to("siv")[0], **{name: "Hej\r\nBcc: alla@example.org"})
    assert faults(mailer(settings, post.url).send([letter])) == ["address"] and post.box.to == []


def test_without_a_server_nothing_is_sent_and_nothing_is_lost(settings: Settings) -> None:
    off = mailer(settings, None)
    assert not off.on and became(off.send(to("siv"))) == ["later"] and off.send([]) == []


def test_what_is_sent_elsewhere_goes_behind_tls_where_that_is_offered(settings: Settings, vouched: Papers) -> None:
    with running(host=ELSEWHERE, tls=vouched.server) as server:
        assert became(mailer(settings, server.url).send(to("siv", "olle"))) == ["accepted"] * 2
    assert [it[2] for it in server.box.letters] == [True, True] and server.box.calls == 1


def test_a_server_without_tls_is_written_to_all_the_same_when_no_password_is_at_stake(settings: Settings) -> None:
    with running(host=ELSEWHERE) as server:
        assert became(mailer(settings, server.url).send(to("siv"))) == ["accepted"]


def test_a_server_that_nobody_vouches_for_is_told_nothing(settings: Settings, tmp_path: Path) -> None:
    strange = papers(tmp_path, ELSEWHERE)
    with running(host=ELSEWHERE, tls=strange.server) as server:
        answers = mailer(settings, server.url).send(to("siv"))
    assert faults(answers) == ["tls"] and became(answers) == ["later"] and server.box.to == []


def test_papers_that_have_run_out_are_no_papers(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = papers(tmp_path, ELSEWHERE, days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(old.authority))
    with running(host=ELSEWHERE, tls=old.server) as server:
        assert faults(mailer(settings, server.url).send(to("siv"))) == ["tls"]


def signed_in(server: MailServer, password: str = PASSWORD, scheme: str = "smtp") -> str:
    return f"{scheme}://{quote(USER, safe='')}:{quote(password, safe='')}@{server.host}:{server.port}"


def test_we_sign_in_where_a_name_and_a_password_are_given(settings: Settings, vouched: Papers) -> None:
    with running(host=ELSEWHERE, tls=vouched.server, sign_in=True) as server:
        assert became(mailer(settings, signed_in(server)).send(to("siv"))) == ["accepted"]
        assert became(mailer(settings, server.url).send(to("siv"))) == ["later"]
    assert server.box.to == ["siv@example.org"]


def test_a_password_that_is_not_taken_is_ours_to_mend(settings: Settings, vouched: Papers) -> None:
    with running(host=ELSEWHERE, tls=vouched.server, sign_in=True) as server:
        (answer, _second) = mailer(settings, signed_in(server, "fel")).send(to("siv", "olle"))
    found = outcome_rules.outcome(answer, tries=1, now=clock.now())
    assert found.what == "later" and found.pause and found.pause.why == "key"


@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE])
def test_a_password_is_never_sent_in_the_clear(settings: Settings, host: str) -> None:
    with running(host=host, sign_in=True) as server:
        answers = mailer(settings, signed_in(server)).send(to("siv"))
    assert faults(answers) == ["tls"] and server.box.to == []


def test_tls_from_the_first_byte(settings: Settings, vouched: Papers) -> None:
    with running(host=ELSEWHERE, tls=vouched.server, within=True) as server:
        url = server.url.replace("smtp:", "smtps:")
        assert became(mailer(settings, url).send(to("siv"))) == ["accepted"]
        assert server.box.to == ["siv@example.org"]


def test_tls_from_the_first_byte_has_its_time_too(settings: Settings) -> None:
    with saying(b"") as url:
        (answer,) = mailer(settings, url.replace("smtp:", "smtps:")).send(to("siv"), seconds=0.5)
    assert answer.fault == "timeout"


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
