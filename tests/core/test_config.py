"""The app starts only on secrets that are there and strong, and says in one sentence how to make them."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import Refusal, Settings, demo_secrets, fresh_secrets

ROOT = Path(__file__).parent.parent.parent
REAL = fresh_secrets() | {"BASE_URL": "https://narlinjen.example.org", "DATABASE_URL": "postgresql://app:hush@db/n"}
SECRETS = ("SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "AUDIT_KEYS", "VAPID_PRIVATE_KEY")
KEY = REAL["INDEX_KEY"]


def refusal(**changed: str | None) -> str:
    env = {name: value for name, value in (REAL | changed).items() if value is not None}
    with pytest.raises(Refusal) as refused:
        Settings.from_env(env)
    return refused.value.format_message()


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and text[0].isupper()


def test_a_real_installation_starts_on_what_is_complete() -> None:
    settings = Settings.from_env(REAL)
    assert settings.secure and not settings.demo
    assert settings.base_url == "https://narlinjen.example.org"
    assert settings.port == 8000


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_secret_is_refused_with_how_to_make_one(name: str, value: str | None) -> None:
    said = refusal(**{name: value})
    assert is_one_sentence(said) and name in said and "python -m app.config" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 31),
        ("SECRET_KEY", "ab" * 40),
        ("INDEX_KEY", "not base64!"),
        ("INDEX_KEY", "åäö" * 12),
        ("INDEX_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"),
        ("INDEX_KEY", "AAAA" * 10 + "AAA="),
        ("DATA_KEYS", "1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"),
        ("DATA_KEYS", "1:åäö"),
        ("AUDIT_KEYS", "1:" + "AAAA" * 10 + "AAA="),
        ("VAPID_PRIVATE_KEY", "1://///wAAAAD//////////7zm+q2nF56E87nKwvxjJVE="),
        ("VAPID_PRIVATE_KEY", "1://///////////////////////////////////////8A="),
        (
            "VAPID_PRIVATE_KEY",
            "2:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=,1://///wAAAAD//////////7zm+q2nF56E87nKwvxjJVI=",
        ),
    ],
)
def test_a_weak_secret_is_refused_with_how_to_make_one(name: str, value: str) -> None:
    said = refusal(**{name: value})
    assert is_one_sentence(said) and name in said and "python -m app.config" in said
    assert value not in said


@pytest.mark.parametrize("name", ["DATA_KEYS", "AUDIT_KEYS"])
@pytest.mark.parametrize("value", ["KEY", "0:KEY", "256:KEY", "x:KEY", "1:KEY,1:KEY", "²:KEY", "1:KEY,"])
def test_a_keyset_written_wrongly_is_refused_with_its_form(name: str, value: str) -> None:
    said = refusal(**{name: value.replace("KEY", KEY)})
    assert is_one_sentence(said) and name in said and "2:KEY,1:KEY" in said
    assert KEY not in said


def test_the_first_key_of_a_set_writes_and_the_others_still_open() -> None:
    other = fresh_secrets()["INDEX_KEY"]
    keys = Settings.from_env(REAL | {"DATA_KEYS": f"2:{other}, 1:{KEY}"}).data_keys
    assert keys.current == 2 and set(keys.keys) == {1, 2} and keys.secret == keys.keys[2]


@pytest.mark.parametrize("port", ["0", "65536", "eight", "-1", "80.5", "²", " ", "9" * 5000], ids=lambda port: port[:6])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    said = refusal(PORT=port)
    assert is_one_sentence(said) and "PORT" in said and "65535" in said


@pytest.mark.parametrize(
    "address", [None, "", "narlinjen.se", "http://narlinjen.se", "ftp://x", "https://", "http://localhost.evil.example"]
)
def test_an_address_that_people_cannot_use_safely_is_refused(address: str | None) -> None:
    said = refusal(BASE_URL=address)
    assert is_one_sentence(said) and "BASE_URL" in said and "https://" in said


PROVIDER = {"ISSUER": "https://id.example.org", "CLIENT_ID": "n", "CLIENT_SECRET": "hush-hush", "ACR": "loa3 loa4"}


def vouched(who: str, **changed: str) -> dict[str, str]:
    return {f"OIDC_{who}_{name}": value for name, value in (PROVIDER | changed).items()}


@pytest.mark.parametrize("who", ["PATIENT", "STAFF"])
@pytest.mark.parametrize("missing", PROVIDER)
def test_half_a_provider_is_refused(who: str, missing: str) -> None:
    said = refusal(**vouched(who, **{missing: " "}))
    assert is_one_sentence(said) and f"OIDC_{who}_{missing}" in said


@pytest.mark.parametrize(
    "issuer", ["http://id.example.org", "http://localhost:9000", "id.example.org", "https://", "https://a.example/?b"]
)
def test_a_provider_without_a_safe_address_is_refused(issuer: str) -> None:
    assert is_one_sentence(refusal(**vouched("PATIENT", ISSUER=issuer)))


def test_a_whole_provider_is_taken_with_its_own_claims() -> None:
    plain = Settings.from_env(REAL | vouched("STAFF"))
    assert plain.oidc_patient is None and plain.oidc_staff
    assert plain.oidc_staff.acr == ("loa3", "loa4") and plain.oidc_staff.claims == ("employeeHsaId",)
    assert plain.oidc_staff.unit_claims == ("careUnitHsaId",)
    assert plain.oidc_staff.client_secret not in repr(plain.oidc_staff).replace("client_secret", "")
    mapped = Settings.from_env(REAL | vouched("PATIENT", CLAIMS="pnr other", SCOPE="openid pnr")).oidc_patient
    assert mapped and mapped.claims == ("pnr", "other") and mapped.scope == "openid pnr"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "http://mail.example.org"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://["),
        ("SMTP_URL", "smtp://mail.example.org:99999"),
        ("SMTP_URL", "smtp://n%C3%A4r:hush@mail.example.org"),
        ("MAIL_FROM", "Närlinjen <a@example.org>"),
        ("MAIL_FROM", "åsa@example.org"),
        ("SMS_URL", "http://sms.example.org"),
        ("SMS_URL", "https://"),
        ("SMS_URL", "https://["),
        ("SMS_URL", "https://sms.example.org:0"),
        ("SMS_TOKEN", "two words"),
        ("SMS_TOKEN", "a\r\nX-Other: b"),
    ],
)
def test_a_way_out_that_is_written_wrongly_is_refused(name: str, value: str) -> None:
    said = refusal(**{name: value})
    assert is_one_sentence(said) and name in said and "hush" not in said


def test_the_ways_out_are_off_until_they_are_given() -> None:
    settings = Settings.from_env(REAL)
    assert (settings.smtp_url, settings.sms_url, settings.sms_token) == (None, None, None)
    assert settings.mail_from == "narlinjen@narlinjen.example.org"


def test_the_log_is_kept_for_ever_or_for_five_years_and_more() -> None:
    assert Settings.from_env(REAL).log_years is None and Settings.from_env(REAL | {"LOG_YEARS": "7"}).log_years == 7
    for wrong in ("4", "0", "-5", "five", "101"):
        assert is_one_sentence(refusal(LOG_YEARS=wrong))


@pytest.mark.parametrize("proxies", ["-1", "4", "one", " "])
def test_a_number_of_proxies_that_is_none_is_refused(proxies: str) -> None:
    assert is_one_sentence(refusal(PROXIES=proxies))


def test_the_demo_needs_no_secrets_and_finds_its_address(tmp_path: Path) -> None:
    settings = Settings.from_env({"DEMO": "1", "LOCAL_DIR": str(tmp_path), "PORT": "8123"})
    assert settings.demo and settings.base_url == "http://localhost:8123" and not settings.secure


def test_the_demos_secrets_are_made_once_and_only_its_owner_reads_them(tmp_path: Path) -> None:
    env = {"DEMO": "1", "LOCAL_DIR": str(tmp_path / "deep" / "local")}
    first, second = Settings.from_env(env), Settings.from_env(env)
    assert (first.secret_key, first.data_keys.secret) == (second.secret_key, second.data_keys.secret)
    path = tmp_path / "deep" / "local" / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


def test_a_given_secret_goes_before_the_demos_own(tmp_path: Path) -> None:
    settings = Settings.from_env({"DEMO": "1", "LOCAL_DIR": str(tmp_path), "SECRET_KEY": REAL["SECRET_KEY"]})
    assert settings.secret_key == REAL["SECRET_KEY"]


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"text"', "{}", '{"SECRET_KEY": 1}', '{"SECRET_KEY": null}'])
def test_the_demos_secrets_when_damaged_are_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(Refusal) as refused:
        Settings.from_env({"DEMO": "1", "LOCAL_DIR": str(tmp_path)})
    assert "\n" not in refused.value.format_message()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match=r"keys\.json"):
        demo_secrets(tmp_path / "file" / "local")


def test_nothing_secret_stands_in_what_settings_say_of_themselves() -> None:
    settings = Settings.from_env(REAL | {"DATABASE_OWNER_URL": "postgresql://owner:quiet@db/n"})
    said = repr(settings) + str(settings) + repr(settings.data_keys)
    raw = [settings.secret_key, repr(settings.index_key), repr(settings.data_keys.secret), "hush", "quiet"]
    assert not [part for part in raw if part in said]


@pytest.mark.slow
def test_two_processes_that_begin_at_once_share_one_set_of_secrets(tmp_path: Path) -> None:
    ask = "import sys; from pathlib import Path; from app.config import demo_secrets\nsys.stdin.read()\n"
    ask += f"print(__import__('json').dumps(demo_secrets(Path({str(tmp_path / 'l')!r}))))"
    starting = [
        subprocess.Popen([sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        for _ in range(4)
    ]
    for process in starting:
        assert process.stdin
        process.stdin.close()
        process.stdin = None
    said = [json.loads(process.communicate()[0]) for process in starting]
    assert all(one == said[0] for one in said) and said[0] == json.loads((tmp_path / "l" / "keys.json").read_text())
    assert [path.name for path in (tmp_path / "l").iterdir()] == ["keys.json"]


@pytest.mark.slow
def test_a_command_without_secrets_ends_with_code_2_and_one_line() -> None:
    env = {name: value for name, value in os.environ.items() if name not in (*SECRETS, "DEMO", "DATABASE_URL")}
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "migrate"],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2 and ended.stdout == ""
    assert ended.stderr == "SECRET_KEY is not set; `python -m app.config` prints a set of fresh secrets to put there.\n"


@pytest.mark.slow
def test_the_secrets_that_are_printed_are_such_that_the_app_starts_on_them() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "app.config"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    given = dict(line.split("=", 1) for line in printed.splitlines())
    assert set(given) == set(SECRETS)
    assert Settings.from_env(given | {"BASE_URL": "https://narlinjen.example.org"}).secure
