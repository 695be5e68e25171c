"""A push as it should be: what is on the wire, who can open it, by which key we are known, and where it may go."""

import json
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import http_ece
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from app.config import Keyset, Settings, fresh_secrets
from app.notices import push_envelope as envelope
from app.notices.outcome_rules import Answer
from app.notices.webpush import Pusher, allowed_host, destination, public_key
from tests.notices.misbehaving import Heard, says, serving, writes
from tests.notices.street import AUTH, FCM, MOZILLA, P256DH, READER, Street, push
from tests.world import wall

ONE_SIZE = 86 + envelope.SIZE + 1 + 16
WINDOWS, APPLE = "https://wns2-par02p.notify.windows.com/w/?token=BQY%3d", "https://web.push.apple.com/QGh"


def opened(heard: Heard) -> Any:
    """What the browser reads, as another library opens it."""
    return json.loads(http_ece.decrypt(heard.body, private_key=READER, auth_secret=AUTH, version="aes128gcm"))


def test_what_is_on_the_wire(street: Street) -> None:
    message = {"web_push": 8030, "notification": {"title": "Du har något nytt att läsa", "app_badge": "3"}}
    sent = push(message=message, ttl=7200, urgency="normal", topic="abc_-9")
    assert street.pusher().send([sent]) == [Answer(201)]
    [heard] = street.services["good"].heard
    assert opened(heard) == message
    authorization = heard.headers.pop("authorization")
    assert heard.path == "/fcm/send/siv" and heard.headers == {
        "host": "fcm.googleapis.com",
        "ttl": "7200",
        "urgency": "normal",
        "topic": "abc_-9",
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "content-length": str(ONE_SIZE),
    }
    assert authorization.endswith(",k=" + public_key(street.settings)[1])


def test_who_we_say_that_we_are(street: Street) -> None:
    began = datetime.now(UTC).timestamp()
    street.pusher().send([push(), push(MOZILLA + "siv")])
    claims = {heard.headers["host"]: heard.claims for heard in street.services["good"].heard}
    assert claims.keys() == {"fcm.googleapis.com", "updates.push.services.mozilla.com"}
    for host, said in claims.items():
        assert said.keys() == {"aud", "exp", "sub"} and said["aud"] == f"https://{host}"
        assert began + 11 * 3600 < said["exp"] <= began + 13 * 3600
        assert said["sub"] == "https://narlinjen.example"


@pytest.mark.parametrize("title", ["", "Nytt", "Du har fått svar på det du undrade över 🧡", "å" * 450])
def test_every_notice_is_as_long_as_every_other(street: Street, title: str) -> None:
    street.pusher().send([push(message={"title": title})])
    [heard] = street.services["good"].heard
    assert len(heard.body) == ONE_SIZE and opened(heard) == {"title": title}


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20) | st.integers() | st.booleans(), max_size=4))
def test_whatever_is_said_the_browser_reads_it_and_nobody_sees_how_long_it_was(message: dict[str, Any]) -> None:
    body = envelope.seal(envelope.padded(message), P256DH, envelope.b64(AUTH))
    assert len(body) == ONE_SIZE
    assert opened(Heard("/", {}, body)) == message


def test_we_seal_as_the_standard_shows() -> None:
    """RFC 8291, section 5 and appendix A."""
    written = {
        "browser": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "secret": "BTBZMqHH6r4Tts7J_aSIgg",
        "salt": "DGv6ra1nlYgDCS1FRnbzlw",
        "sealed": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
    }
    browser, secret, salt, sealed = map(envelope.unb64, written.values())
    scalar = int.from_bytes(envelope.unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    key = ec.derive_private_key(scalar, envelope.CURVE)
    said = b"When I grow up, I want to be a watermelon"
    assert envelope.sealed_by(key, salt, said, browser, secret) == sealed


@given(st.binary(min_size=1, max_size=envelope.SIZE), st.binary(min_size=16, max_size=16))
def test_we_seal_as_the_library_does(said: bytes, secret: bytes) -> None:
    key, salt, browser = ec.generate_private_key(envelope.CURVE), os.urandom(16), envelope.unb64(P256DH)
    theirs = http_ece.encrypt(said, salt=salt, private_key=key, dh=browser, auth_secret=secret, version="aes128gcm")
    assert envelope.sealed_by(key, salt, said, browser, secret) == theirs


def bent(raw: bytes) -> bytes:
    """A point beside the curve."""
    return raw[:-1] + bytes([raw[-1] ^ 1])


@pytest.mark.parametrize(
    "wrong",
    [b"", bytes(65), bent(envelope.unb64(P256DH)), envelope.unb64(P256DH)[:33]],
    ids=["nothing", "infinity", "beside the curve", "half"],
)
def test_what_is_no_point_on_the_curve_is_no_browsers_key(wrong: bytes) -> None:
    with pytest.raises(ValueError):
        envelope.seal(b"{}", envelope.b64(wrong), envelope.b64(AUTH))
    with pytest.raises(ValueError):
        envelope.seal(b"{}", P256DH, envelope.b64(AUTH[:15]))


def test_nothing_is_sealed_twice_alike() -> None:
    sealed = {envelope.seal(b"{}", P256DH, envelope.b64(AUTH)) for _ in range(20)}
    assert len({body[:16] for body in sealed}) == 20 and len({body[21:86] for body in sealed}) == 20


def test_a_token_is_signed_twice_a_day_for_each_service(street: Street) -> None:
    signer = envelope.Signer(street.settings.vapid_keys.keys, "mailto:drift@narlinjen.example")
    start = wall("2026-11-04 08:00")

    def at(hours: float, origin: str = "https://fcm.googleapis.com") -> str:
        return signer.authorization(1, origin, start + timedelta(hours=hours))

    first = at(0)
    assert at(10.9) == first and at(0, "https://web.push.apple.com") != first
    renewed = at(11.1)
    assert renewed != first and at(12) == renewed
    assert at(-20) != renewed, "a clock that was set back makes no token that is good for more than a day"
    signer.forget("https://fcm.googleapis.com")
    assert at(-20) != at(12)


def test_a_browser_is_reached_by_the_key_that_it_was_made_for(street: Street) -> None:
    old, new = os.urandom(32), os.urandom(32)
    street.settings = replace(street.settings, vapid_keys=Keyset({2: new, 1: old}, 2))
    street.pusher().send([push(vapid=1), push(vapid=2)])
    # They come in any order, over lines of their own.
    known_by = {heard.headers["authorization"].rpartition("k=")[2] for heard in street.services["good"].heard}
    number, current = public_key(street.settings)
    assert number == 2 and current in known_by and len(known_by) == 2
    assert all(heard.claims for heard in street.services["good"].heard)
    assert len(envelope.unb64(current)) == 65


def test_answers_come_in_the_order_of_the_pushes_over_few_lines(street: Street) -> None:
    service, pusher = street.services["good"], street.pusher()

    async def by_number(heard: Heard, writer: Any) -> None:
        await says(int(heard.path.rpartition("/")[2]))(heard, writer)

    service.behave = by_number
    wanted = [(201, 404, 410, 429, 503, 400)[n % 6] for n in range(600)]
    assert [it.status for it in pusher.send([push(f"{FCM}{status}") for status in wanted])] == wanted
    calls = service.calls
    assert 50 <= calls <= 64, "many at a time, each over a line that stays open"
    pusher.send([push(f"{FCM}201") for _ in range(100)])
    assert service.calls == calls, "lines stay open between one batch and the next"


def test_nothing_to_send_is_nothing(street: Street) -> None:
    assert street.pusher().send([]) == []


def test_a_line_that_was_left_is_never_held_against_the_push(street: Street) -> None:
    service, pusher = street.services["good"], street.pusher()
    pusher.send([push()])
    service.behave = writes(then="close")
    [answer] = pusher.send([push()])
    assert answer == Answer(None, fault="reset") and service.calls == 2, "asked again on a new line, and only there"


def test_what_stands_in_the_environment_leads_nobody_astray(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert street.pusher().send([push()]) == [Answer(201)]


def test_several_may_send_at_once_and_closing_leaves_nothing_behind(street: Street) -> None:
    pusher, found = street.pusher(), []
    threads = [
        threading.Thread(target=lambda: found.extend(pusher.send([push() for _ in range(20)]))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Answer(201)] * 80
    pusher.close()
    pusher.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "push"]


def test_the_clock_of_the_tokens_is_ours(street: Street) -> None:
    with time_machine.travel(wall("2031-03-01 12:00"), tick=True):
        street.pusher().send([push()])
    said = datetime.fromtimestamp(street.services["good"].heard[0].claims["exp"], UTC)
    assert timedelta(hours=11) < said - wall("2031-03-01 12:00") <= timedelta(hours=12, minutes=1)


@pytest.mark.parametrize("endpoint", [FCM + "a:b-c_d", MOZILLA + "x", APPLE, WINDOWS, "https://jmt17.google.com/x"])
def test_where_a_push_may_go(street: Street, endpoint: str) -> None:
    host = endpoint.split("/")[2]
    assert allowed_host(endpoint, street.settings) == host
    found = destination(endpoint, street.settings)
    assert found and found.origin + found.path == endpoint
    with_port = endpoint.replace(host, host + ":443")
    assert destination(with_port, street.settings) == found, "who it is for is said without the port"


@pytest.fixture
def stand_in() -> Any:
    with serving() as service:
        service.behave = says(201)
        yield service


def demo(port: int) -> Settings:
    return Settings.from_env(fresh_secrets() | {"DEMO": "1", "PUSH_STAND_IN": f"http://127.0.0.1:{port}/"})


def test_a_stand_in_takes_what_is_for_all_and_hears_whom_it_is_for(stand_in: Any) -> None:
    pusher, own = Pusher(demo(stand_in.port)), f"http://127.0.0.1:{stand_in.port}"
    answers = pusher.send([push(WINDOWS), push(f"{own}/wpush/v2/x"), push("https://evil.example/x")])
    pusher.close()
    assert answers == [Answer(201), Answer(201), Answer(None, fault="address")]
    found = {heard.path: (heard.headers["host"], heard.claims["aud"]) for heard in stand_in.heard}
    assert found == {
        "/w/?token=BQY%3d": ("wns2-par02p.notify.windows.com", "https://wns2-par02p.notify.windows.com"),
        "/wpush/v2/x": (own.removeprefix("http://"), own),
    }


def test_only_the_stand_in_of_the_settings_is_taken_on_this_machine(street: Street, stand_in: Any) -> None:
    settings, own = demo(stand_in.port), f"127.0.0.1:{stand_in.port}"
    assert allowed_host(f"http://{own}/x", settings) == own
    assert allowed_host(f"http://{own}/x", street.settings) is None
    for other in (f"https://{own}/x", f"http://{own}1/x", f"http://{own}", "http://127.0.0.1:1/x", f"http://a@{own}/x"):
        assert allowed_host(other, settings) is None


def test_the_key_that_browsers_are_given_is_ours() -> None:
    settings = Settings.from_env(fresh_secrets() | {"DEMO": "1"})
    number, text = public_key(settings)
    private = ec.derive_private_key(int.from_bytes(settings.vapid_keys.secret, "big"), ec.SECP256R1())
    assert number == 1 and envelope.unb64(text) == envelope.point(private.public_key())
