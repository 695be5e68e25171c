"""How fast pushes leave, beside the two libraries that others use, and how the whole way holds from row to receipt."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import pywebpush

from app.config import Settings, fresh_secrets
from app.notices.push_envelope import b64
from app.notices.push_host import Way
from app.notices.webpush import Push, Pusher, public_key
from tests.bench import push_way
from tests.bench.figures import PAIRS, Figure, must, say, scaled
from tests.bench.house import ROOT
from tests.bench.push_browsers import HOST, Browsers, browsers, service
from tests.notices.misbehaving import certificates

LIBRARY, VERSION = "web-push", "3.6.7"
OURS, LOOP, NPM = 3000, 150, 1500
AT_ONCE = 50
MESSAGE = {
    "web_push": 8030,
    "notification": {
        "title": "Du har något nytt att läsa",
        "body": "Öppna Närlinjen för att läsa.",
        "lang": "sv",
        "dir": "ltr",
        "tag": "t1",
        "navigate": "https://narlinjen.example.org/aviseringar/oppna",
        "silent": False,
        "app_badge": "1",
    },
    "mutable": True,
    "app_badge": 1,
    "receipt": "0123456789012345678901",
}


def run() -> list[Figure]:
    return [*ratios(), *push_way.run()]


def ratios() -> list[Figure]:
    """The same pushes to the same service over TLS by us, by a loop over `webpush()`, and by npm's `web-push`."""
    theirs = browsers()
    with tempfile.TemporaryDirectory(prefix="narlinjen-push-") as made:
        shown = certificates(Path(made), [HOST, "localhost"])
        with service(theirs.plan(certificate=shown["good"])) as (port, _pid):
            return compared(theirs, port, shown["authority"])


def compared(theirs: Browsers, port: int, authority: Path) -> list[Figure]:
    settings = Settings.from_env(fresh_secrets() | {"BASE_URL": "https://narlinjen.example.org"})
    pusher = Pusher(settings, Way(lambda _name: ["127.0.0.1"], lambda _ip: True, port, str(authority)))
    address = json.dumps({"endpoint": f"https://{HOST}/fcm/send/x"} | theirs.keys)
    pushes = [Push(uuid.uuid4(), address, 1, MESSAGE, 3600, "high", "t1") for _ in range(scaled(OURS, least=AT_ONCE))]
    subscription = {"endpoint": f"https://localhost:{port}/fcm/send/x", "keys": theirs.keys}
    private, text = b64(settings.vapid_keys.secret), json.dumps(MESSAGE, ensure_ascii=False)
    plan = {
        "library": str(library()),
        "public": public_key(settings)[1],
        "private": private,
        "subscriptions": [subscription],
        "text": text,
        "many": scaled(NPM, least=AT_ONCE),
        "atOnce": AT_ONCE,
    }
    hand_over(pusher, pushes[:AT_ONCE])
    cost, rounds = [], []
    for _ in range(PAIRS):
        began = time.process_time()
        ours = hand_over(pusher, pushes)
        cost.append(1000 * (time.process_time() - began) / len(pushes))
        rounds.append((ours, loop(subscription, text, private, authority), npm(plan, authority)))
    pusher.close()
    names = ("ours", "webpush() in a loop", f"npm's {LIBRARY} {VERSION}")
    for name, rates in zip(names, zip(*rounds, strict=True), strict=True):
        say(f"    {name}: " + " ".join(f"{rate:.0f}" for rate in rates) + " a second")
    return [
        Figure("push", "handed over per s", round(statistics.median(it[0] for it in rounds)), "/s"),
        Figure("push", "processor ms", round(statistics.median(cost), 3), "ms"),
        Figure("push", "ratio webpush()", quotient(rounds, 1), "", 1, least=True),
        Figure("push", f"ratio {LIBRARY}", quotient(rounds, 2), "", 1, least=True),
    ]


def quotient(rounds: list[tuple[float, ...]], other: int) -> float:
    """How many times as fast as another we were, in the median round."""
    return round(statistics.median(it[0] / it[other] for it in rounds), 2)


def hand_over(pusher: Pusher, pushes: list[Push]) -> float:
    """How many a second we hand over."""
    began = time.perf_counter()
    answers = pusher.send(pushes)
    took = time.perf_counter() - began
    must({answer.status for answer in answers} == {201}, f"pushes were answered {set(answers)}")
    return len(pushes) / took


def loop(subscription: dict[str, Any], text: str, private: str, authority: Path) -> float:
    """How many a second go the way that pywebpush's README shows, one after the other."""
    many, before = scaled(LOOP, least=5), os.environ.get("REQUESTS_CA_BUNDLE")
    os.environ["REQUESTS_CA_BUNDLE"] = str(authority)
    began = time.perf_counter()
    for _ in range(many):
        said: Any = pywebpush.webpush(subscription, text, private, {"sub": "mailto:drift@narlinjen.example"}, ttl=3600)
        must(said.status_code == 201, f"webpush() was answered {said.status_code}")
    took = time.perf_counter() - began
    if before is None:
        del os.environ["REQUESTS_CA_BUNDLE"]
    else:
        os.environ["REQUESTS_CA_BUNDLE"] = before
    return many / took


def npm(plan: dict[str, Any], authority: Path) -> float:
    """How many a second npm's library sends, fifty at once."""
    done = subprocess.run(
        ["node", ROOT / "tests/bench/push.cjs"],
        input=json.dumps(plan),
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(authority)},
        capture_output=True,
        text=True,
        check=False,
    )
    must(done.returncode == 0, f"npm's {LIBRARY} failed:\n{done.stderr[-1000:]}")
    return float(plan["many"] / float(done.stdout))


def library() -> Path:
    """Where npm's library is; fetched once, into .local, in one version."""
    folder = ROOT / ".local" / f"{LIBRARY}-{VERSION}"
    found = folder / "node_modules" / LIBRARY
    if not found.exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-save", f"{LIBRARY}@{VERSION}"],
            capture_output=True,
            text=True,
            check=False,
        )
        must(done.returncode == 0, f"npm could not fetch {LIBRARY} {VERSION}:\n{done.stderr[-1000:]}")
    return found
